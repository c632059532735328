"""Every fixture file is a test: drop one in."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.load import Book, load_book
from checker.testing.batch import judge
from checker.testing.fixtures import Suite, judged_cases, results, suites_at
from checker.testing.world import world

ROOT = Path(__file__).parent.parent
SOME = ("answer-within-rings", "repair-same-day", "other-rate-10", "check-daily")
"""One of each kind."""


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book([ROOT / "policies"])


@pytest.fixture(scope="module")
def suites(book: Book) -> list[Suite]:
    return suites_at([ROOT / "fixtures"], book)


def test_every_case_finds_what_it_expects_and_nothing_else(suites: list[Suite], book: Book) -> None:
    assert [f"{one.where} {one.case}: {what.en}" for one in results(suites, book) for what in one.differences] == []


def test_every_policy_has_fixtures(suites: list[Suite], book: Book) -> None:
    judged = {policy.id for one in suites for policy in one.policies}
    assert [policy.id for policy in book.policies if policy.id not in judged] == []


def test_cases_that_share_a_database_are_judged_as_each_alone(suites: list[Suite], book: Book) -> None:
    alone_as_together([one for one in suites if Path(one.file).stem in SOME], book)


@pytest.mark.hunt
def test_all_cases_are_judged_together_as_each_alone(suites: list[Suite], book: Book) -> None:
    alone_as_together(suites, book)


def alone_as_together(suites: list[Suite], book: Book) -> None:
    together = [_plain(judged.findings, judged.not_applicable) for _, _, _, judged in judged_cases(suites, book)]
    alone = [judge([world(one.fixture, case, one.policies, book)])[0] for one in suites for case in one.fixture.cases]
    assert together == [_plain(judged.findings, judged.not_applicable) for judged in alone]
    assert sum(len(findings) for findings, _ in together) >= sum(bool(case.expect) for one in suites for case in one.fixture.cases) > 20


def _plain(findings: object, none: object) -> tuple[list[str], object]:
    assert isinstance(findings, tuple)
    return sorted(str(one) for one in findings), none


def test_an_id_that_means_two_policies_is_judged_apart(suites: list[Suite], book: Book) -> None:
    one = next(one for one in suites if Path(one.file).stem == "nails")
    policy = one.policies[0]
    other = policy.model_copy(update={"require": None, "forbidden": policy.require})  # type: ignore[attr-defined]
    case = one.fixture.cases[0]
    found = judge([world(one.fixture, case, (each,), book) for each in (policy, other, policy)])
    assert [judged.findings[0]["verdict"] for judged in found] == ["pass", "fail", "pass"]
