"""A book that was read without a problem is kept; nothing that changes it goes unseen."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from checker.errors import CheckerError
from checker.lint import suspicions
from checker.load import cache, load_book, over
from checker.load.book import Book
from checker.shipped import policies_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHECKER_CACHE", str(tmp_path / "kept"))
    mine = tmp_path / "policies"
    shutil.copytree(policies_folder(), mine)
    return mine


def kept(folder: Path) -> list[Path]:
    return sorted((folder.parent / "kept").glob("*.book"))


def test_the_kept_book_says_what_the_files_say(folder: Path) -> None:
    first = load_book([folder])
    assert len(kept(folder)) == 1
    second = load_book([folder])
    assert isinstance(second.places, cache.LatePlaces)
    assert (first.policies, first.records, first.profiles, first.calendars, first.catalogue) == (
        second.policies, second.records, second.profiles, second.calendars, second.catalogue)  # fmt: skip
    assert first.hashes == second.hashes and len(first.hashes) > len(first.policies)
    policy = first.policies[0].id
    assert first.where("policy", policy, "id") == second.where("policy", policy, "id")


def test_a_changed_file_is_read_again(folder: Path) -> None:
    load_book([folder])
    profile = folder / "profiles" / "residential.yaml"
    profile.write_text(profile.read_text(encoding="utf-8").replace("profile: residential", "profile: other-name"), encoding="utf-8")
    assert "other-name" in load_book([folder]).profiles
    profile.write_text("format: profiles/1\n", encoding="utf-8")
    with pytest.raises(CheckerError):
        load_book([folder])
    assert len(kept(folder)) == 2, "a book with problems is never kept"


def test_a_spoilt_kept_book_is_read_from_its_files(folder: Path) -> None:
    first = load_book([folder])
    for path in kept(folder):
        path.write_bytes(b"not a book")
    assert load_book([folder]).policies == first.policies


def test_a_file_of_another_user_is_not_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_book([folder])
    monkeypatch.setattr("os.geteuid", lambda: 12345)
    assert not isinstance(load_book([folder]).places, cache.LatePlaces)


def test_nothing_is_kept_when_that_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKER_CACHE", "off")
    load_book([folder])
    assert kept(folder) == []


def test_a_folder_that_cannot_be_written_does_no_harm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKER_CACHE", str(folder / "catalogue.yaml" / "below-a-file"))
    assert load_book([folder]).policies


def test_a_policy_of_ones_own_over_a_kept_book_has_no_hash_of_the_shipped_one(folder: Path) -> None:
    load_book([folder])
    base = load_book([folder])
    policy = base.policies[0]
    changed = policy.model_copy(update={"standard": "other"})
    own = over(base, Book((changed,), own=frozenset({("policy", policy.id)})))
    assert own.hash_of("policy", policy.id, changed) != base.hash_of("policy", policy.id, policy)


def test_what_looks_suspicious_is_kept_with_the_book(folder: Path) -> None:
    """The second time nothing is looked for, and the same is said; a changed file is looked at again."""
    policy = folder / "standards" / "telephone.yaml"
    text = policy.read_text(encoding="utf-8")
    policy.write_text(re.sub(r"title: \{zh: (\S+), en: [^}]*\}", r"title: {zh: \1, en: \1}", text, count=1), encoding="utf-8")
    said = suspicions(load_book([folder]))
    assert [one.id for one in said] == ["lint.missing-translation"]
    again = load_book([folder])
    assert again.lints == said
    policy.write_text(text, encoding="utf-8")
    assert load_book([folder]).lints is None
