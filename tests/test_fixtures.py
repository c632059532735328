"""Every fixture file is a test: drop one in."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.load import Book, load_book
from checker.testing import run_fixture

ROOT = Path(__file__).parent.parent
FILES = sorted(path for path in (ROOT / "fixtures").glob("*/*.yaml") if path.parent.name not in ("sites", "refused"))


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book([ROOT / "policies"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_case_finds_what_it_expects_and_nothing_else(path: Path, book: Book) -> None:
    wrong = [f"{result.case}: {one}" for result in run_fixture(path, book) for one in result.differences]
    assert wrong == []


def test_every_policy_has_fixtures(book: Book) -> None:
    tested = {path.read_text(encoding="utf-8").split("policy: ", 1)[-1].split("\n", 1)[0].strip() for path in FILES}
    assert [policy.id for policy in book.policies if policy.id not in tested] == []
