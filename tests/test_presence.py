"""Presence over rosters and documents, judged by hand: whose spell it is, its last day, ends that have not come, months."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checker.compile.presence import person_of
from checker.load import load_book
from tests.small_worlds import DATE, ID, JUDGES, Judge, _enum, _type, small

BASE = {
    "id": "hand.policy", "standard": "hand.policy", "title": {"zh": "手", "en": "hand"}, "source": [{"document": "d", "clause": "1"}],
    "severity": {"level": "minor", "reason": {"zh": "手", "en": "hand"}}, "kind": "presence", "for_each": "place", "during": "always", "at_least": 1,
}  # fmt: skip
PEOPLE = BASE | {"staffed_by": {"record": "crew", "where": {"post": "manager"}, "from": "hired", "to": "left"}}
PAPERS = BASE | {"staffed_by": {"record": "paper", "from": "valid_from", "to": "valid_to"}}
LEFT = {"type": "date", "empty": "not yet"}
HOUR = 3_600_000_000


def types(excluded: bool = False) -> tuple[Any, ...]:
    return (
        _type("place", ["place_id"], {}),
        _type("crew", ["crew_id", "hired"], {"hired": DATE, "left": LEFT, "team_id": ID, "post": _enum("manager", "desk"), "boss_id": ID},
              active={"from": "hired", "to": "left", "to_excluded": excluded}, team="team_id", references={"boss": {"record": "crew", "by": "boss_id"}}),
        _type("paper", ["paper_id"], {"valid_from": DATE, "valid_to": DATE, "crew_id": ID}, references={"crew": {"record": "crew", "by": "crew_id"}}),
    )  # fmt: skip


@pytest.fixture(params=JUDGES)
def judge(request: pytest.FixtureRequest) -> Judge:
    return JUDGES[request.param]


def october(judge: Judge, policy: dict[str, Any], rows: dict[str, Any], excluded: bool = False, **more: Any) -> tuple[str, int | None]:
    """(verdict, hours of the longest gap) of October."""
    covered = dict.fromkeys(("crew", "paper"), ("2020-01-01", "2027-01-01"))
    world = small(policy, {"place": [{"place_id": "p1"}], **rows}, types=types(excluded), **{"covered": covered, **more})
    [found] = [one for one in judge(world) if one["ordinal"] == "2026-10"]
    return found["verdict"], None if found["verdict"] == "unknown" else found["measured"] // HOUR


def person(key: str, hired: str, left: str | None = None, post: str | None = "manager", boss: str | None = "b0") -> dict[str, Any]:
    return {"crew_id": key, "hired": hired, "left": left, "post": post, "boss_id": boss}


def test_a_superior_is_not_counted_for_the_person(judge: Judge) -> None:
    two = PEOPLE | {"at_least": 2}
    assert october(judge, two, {"crew": [person("e1", "2026-01-01"), person("e2", "2026-01-01")]}) == ("pass", 0)
    assert october(judge, two, {"crew": [person("e1", "2026-01-01"), person("e1", "2026-02-01", boss="b1")]}) == ("fail", 744)


def test_the_last_day_counts_whole(judge: Judge) -> None:
    followed = [person("e1", "2026-01-01", "2026-10-15"), person("e2", "2026-10-16")]
    assert october(judge, PEOPLE, {"crew": followed}) == ("pass", 0)
    assert october(judge, PEOPLE, {"crew": [followed[0], person("e2", "2026-10-17")]}) == ("fail", 24)
    assert october(judge, PEOPLE, {"crew": [person("e1", "2026-10-15", "2026-10-15")]}) == ("fail", 384)


def test_a_roster_may_name_the_first_day_away(judge: Judge) -> None:
    followed = [person("e1", "2026-01-01", "2026-10-16"), person("e2", "2026-10-16")]
    assert october(judge, PEOPLE, {"crew": followed}, excluded=True) == ("pass", 0)
    assert october(judge, PEOPLE, {"crew": [followed[0], person("e2", "2026-10-17")]}, excluded=True) == ("fail", 24)


def test_who_has_not_left_is_there_and_who_left_before_coming_may_be(judge: Judge) -> None:
    assert october(judge, PEOPLE, {"crew": [person("e1", "2026-10-11")]}) == ("fail", 240)
    assert october(judge, PEOPLE, {"crew": [person("e1", "2026-01-01", "2025-12-31")]})[0] == "unknown"


def test_dates_far_away_are_known(judge: Judge) -> None:
    assert october(judge, PEOPLE, {"crew": [person("e1", "1990-01-01", "2099-12-31")]}) == ("pass", 0)
    assert october(judge, PEOPLE, {"crew": [person("e1", "1990-01-01", "1995-12-31")]}) == ("fail", 744)


def test_a_post_that_is_not_known_is_neither_met_nor_broken(judge: Judge) -> None:
    assert october(judge, PEOPLE, {"crew": [person("e1", "2026-01-01", post=None)]})[0] == "unknown"
    assert october(judge, PEOPLE, {"crew": [person("e1", "2026-01-01", post=None), person("e2", "2026-01-01")]}) == ("pass", 0)


def test_versions_that_disagree_on_the_last_day_leave_it_open(judge: Judge) -> None:
    versions = [person("e1", "2026-01-01", left) for left in (None, "2026-10-15")]
    assert october(judge, PEOPLE, {"crew": versions})[0] == "unknown"


def test_a_paper_counts_by_its_key_and_its_end_must_be_known(judge: Judge) -> None:
    def paper(key: str, start: str, end: str | None, who: str | None = None) -> dict[str, Any]:
        return {"paper_id": key, "valid_from": start, "valid_to": end, "crew_id": who}

    assert october(judge, PAPERS, {"paper": [paper("h1", "2026-01-01", "2026-10-15"), paper("h2", "2026-10-16", "2027-01-01")]}) == ("pass", 0)
    assert october(judge, PAPERS, {"paper": [paper("h1", "2026-01-01", None)]})[0] == "unknown"
    two = PAPERS | {"at_least": 2}
    assert october(judge, two, {"paper": [paper(key, "2026-01-01", "2027-01-01") for key in ("h1", "h2")]}) == ("pass", 0)
    assert october(judge, two, {"paper": [paper(key, "2026-01-01", "2027-01-01", "e1") for key in ("h1", "h2")]}) == ("fail", 744)


def test_each_month_is_charged_with_its_part_of_a_gap_that_goes_on(judge: Judge) -> None:
    gone = {"crew": [person("e1", "2026-01-01", "2026-09-14"), person("e2", "2026-10-11")]}
    assert october(judge, PEOPLE, gone) == ("fail", 240)
    assert october(judge, PEOPLE, {"crew": [person("e1", "2026-01-01", "2026-08-31")]}) == ("fail", 744)
    # What no source speaks of may have been staffed: October is none the less.
    assert october(judge, PEOPLE, {"crew": []}, covered={"crew": ("2026-10-01", "2026-11-01")}) == ("fail", 744)


def test_a_tolerated_gap_over_the_end_of_a_month_is_measured_whole(judge: Judge) -> None:
    policy = PEOPLE | {"tolerance": "30 hours"}
    assert october(judge, policy, {"crew": [person("e1", "2026-01-01", "2026-09-29"), person("e2", "2026-10-02")]}) == ("fail", 48)
    assert october(judge, policy, {"crew": [person("e1", "2026-01-01", "2026-09-30"), person("e2", "2026-10-02")]}) == ("pass", 24)


def test_the_shipped_types_say_whose_spells_they_are() -> None:
    types = load_book([Path(__file__).parent.parent / "policies"]).records
    assert {one: person_of(types[one], types) for one in ("staff", "shift", "document", "site")} == {
        "staff": ("staff_id", True), "shift": ("staff_id", True), "document": ("staff_id", False), "site": (None, False),
    }  # fmt: skip
