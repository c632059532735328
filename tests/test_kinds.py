"""The policies of the language's own examples, with verdicts worked by hand: sequence, presence and ladder."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.load import Book, load_book
from checker.testing import run_fixture

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "tests" / "kinds").glob("*.yaml"))


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book([ROOT / "policies"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_case_finds_what_it_expects_and_nothing_else(path: Path, book: Book) -> None:
    assert [f"{result.case}: {one}" for result in run_fixture(path, book) for one in result.differences] == []
