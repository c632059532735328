"""fixtures/refused: a file that is refused beside the exact sentences it is refused with. Drop in a file, get a test.

`NAME.txt` holds for every problem its line and column and its id, then the sentence in Chinese and in English.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from checker.load import Book, examine, validate

ROOT = Path(__file__).parent.parent
REFUSED = Path("fixtures/refused")
JARGON = re.compile(
    r"pydantic|pyyaml|libyaml|traceback|valueerror|typeerror|\bNone\b|\bdict\b|\bstr\b|\bint\b|validat|invalid input|type=|"
    r"went wrong|discriminator|union|literal", re.IGNORECASE,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def cases() -> list[Path]:
    return sorted(path.relative_to(ROOT) for path in (ROOT / REFUSED).glob("*.yaml"))


@cache
def dictionary() -> Book:
    """The record types, documents, policies and the profile that the refused files are held against."""
    book, problems = examine([REFUSED / "book"])
    assert problems == []
    return book


def said(path: Path) -> str:
    return "".join(
        f"{one.where.line}:{one.where.column} {one.id}\n  {one.what.zh};{one.fix.zh}\n  {one.what.en}; {one.fix.en}\n"
        for one in validate([path], dictionary())
    )


@pytest.mark.parametrize("path", cases(), ids=lambda path: path.stem)
def test_a_refused_file_is_refused_with_exactly_these_sentences(path: Path) -> None:
    assert said(path) == path.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", cases(), ids=lambda path: path.stem)
def test_every_problem_has_a_place_a_cause_and_a_way_out_in_both_languages(path: Path) -> None:
    problems = validate([path], dictionary())
    assert problems
    for one in problems:
        assert one.where.file == path.as_posix() and one.where.line and one.where.column
        assert all((one.what.zh, one.what.en, one.fix.zh, one.fix.en))
        assert re.search(r"[\u4e00-\u9fff]", one.what.zh + one.fix.zh)


def test_no_sentence_speaks_of_the_program_instead_of_the_file() -> None:
    sentences = [line for path in cases() for line in said(path).splitlines() if line.startswith("  ")]
    assert [line for line in sentences if JARGON.search(re.sub(r"`[^`]*`", "", line))] == []


def test_every_sentence_belongs_to_a_file() -> None:
    assert {path.stem for path in (ROOT / REFUSED).glob("*.txt")} == {path.stem for path in cases()}
