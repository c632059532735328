"""What the witness finds of one obligation, judged by `judge.py`, is what the language, the fixtures and the oracle say."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.load import Book, load_book
from checker.testing.fixtures import Suite, suites_at
from checker.testing.world import world
from tests.witnessed import obligations, of_case, verdicts

ROOT = Path(__file__).parent.parent
FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "fixtures").rglob("*.yaml") if not path.with_suffix(".txt").exists() and "format: fixtures/1" in path.read_text("utf-8"))
DONE = ("requirement", "deadline")


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book([ROOT / "policies"])


@pytest.fixture(scope="module")
def suites(book: Book) -> dict[str, Suite]:
    return {Path(one.file).relative_to(ROOT).as_posix(): one for one in suites_at([ROOT / "fixtures"], book)}


@pytest.mark.parametrize("file", FILES)
def test_the_account_of_every_fixture_is_judged_as_it_expects(file: str, suites: dict[str, Suite], book: Book) -> None:
    suite = suites[file]
    if any(policy.kind not in DONE for policy in suite.policies):  # type: ignore[attr-defined]
        pytest.skip("of a kind that is yet to come")
    for case in suite.fixture.cases:
        found = verdicts(obligations(of_case(world(suite.fixture, case, suite.policies, book))))
        for one in case.expect:
            policy = one.policy or suite.policies[0].id
            said = [key for key in found if key[0] == policy and key[2] == one.subject and one.ordinal in (None, key[3]) and one.site in (None, key[1])]
            assert one.verdict in [key[4] for key in said], f"{file}: {case.name}: {one.subject}"
