"""The live watch from outside: what is said of records that come one by one, and when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest

from checker.calendars import to_day, to_utc
from checker.commands import book_of
from checker.load import Book
from checker.policy.files import Profile
from checker.policy.kinds import PolicyFile
from checker.policy.values import DAY, MINUTE
from checker.watch import looking, table
from checker.watch.alerts import Alert
from checker.watch.archive import Archive
from checker.watch.obligations import Watch
from checker.watch.state import written
from checker.watch.watching import Settings
from checker.watch.worker import Plain, Worker

NINE = to_utc("Asia/Shanghai", 20_731 * DAY + 9 * 60 * MINUTE)
"""2026-10-05T09:00 in Shanghai, a Monday."""
SOURCE = {"source": [{"document": "d", "clause": "1"}], "severity": {"level": "major", "reason": {"zh": "因", "en": "why"}}}


def policy(ident: str, **more: Any) -> dict[str, Any]:
    return {"id": ident, "standard": ident, "title": {"zh": ident, "en": ident}, **SOURCE, **more}


FIVE = policy("d.five", kind="deadline", for_each="ticket", where={"category": "repair"}, starts="received_at", ends="dispatched_at", within="5 minutes", accountable="received_by")
BOOK = book_of(("shipped",))


def settings(*written: dict[str, Any], windows: Any = None, **more: Any) -> Settings:
    policies = PolicyFile.model_validate({"format": "policies/1", "policies": list(written) or [FIVE]}).policies
    profile = Profile.model_validate({"format": "profiles/1", "profile": "p", "policies": ["*"]})
    book = Book(policies=tuple(policies), records=BOOK.records, profiles={"p": profile}, calendars=BOOK.calendars)
    return replace(Settings(book, tuple(policies), {"p": profile}, "p", "Asia/Shanghai", MINUTE, 10 * MINUTE), **more)


class Heard:
    """A watch that is asked after every input what it has to say."""

    def __init__(self, watching: Watch, archive: Archive | None = None) -> None:
        self.watch, self.said = watching, list[Alert]()
        watching.use(archive, self.said.append)

    def feed(self, record: str, row: dict[str, Any]) -> list[Alert]:
        self.watch.feed(record, row)
        return self._fetched()

    def tick(self, now: int) -> list[Alert]:
        self.watch.tick(now)
        return self._fetched()

    def _fetched(self) -> list[Alert]:
        said = list(self.said)
        self.said.clear()
        return said

    def __getattr__(self, name: str) -> Any:
        return getattr(self.watch, name)


def watch(*written: dict[str, Any], **more: Any) -> Heard:
    return Heard(Watch(settings(*written, **more), Plain()))


def ticket(key: str, received: int | None = None, **more: Any) -> dict[str, Any]:
    first = {} if received is None else {"received_at": received, "category": "repair", "received_by": "e1", "status": "open"}
    return {"ticket_id": key, **first, **more}


def told(watching: Heard, record: str, row: dict[str, Any], now: int | None = None) -> list[Alert]:
    """What is said of an event, and of the tick that follows it."""
    return [*watching.feed(record, row), *(watching.tick(now) if now is not None else [])]


def words(alerts: Sequence[Alert]) -> list[tuple[str, str]]:
    return [(one.kind, one.subject) for one in alerts]


# --- deadlines -------------------------------------------------------------------------------------------------------


def test_a_deadline_is_said_to_be_due_soon_and_to_lapse_after_its_last_microsecond() -> None:
    w = watch()
    assert told(w, "ticket", ticket("T-1", NINE), NINE) == []
    assert w.tick(NINE + 4 * MINUTE - 1) == []
    assert words(w.tick(NINE + 4 * MINUTE)) == [("due-soon", "T-1")]
    assert w.tick(NINE + 5 * MINUTE) == []
    (lapsed,) = w.tick(NINE + 5 * MINUTE + 1)
    assert (lapsed.kind, lapsed.due_at, lapsed.at, lapsed.severity) == ("lapsed", NINE + 5 * MINUTE, NINE + 5 * MINUTE + 1, "major")
    assert "T-1" in lapsed.zh and "T-1" in lapsed.en
    assert w.tick(NINE + DAY) == []


def test_a_limit_moves_on_while_a_pause_goes_on() -> None:
    paused = {"record": "chat", "match": {"ticket_id": "ticket_id"}, "from": "started_at", "to": "closed_at"}
    w = watch({**FIVE, "paused_by": paused})
    chat = {"session_id": "C-1", "ticket_id": "T-1", "started_at": NINE + MINUTE}
    told(w, "ticket", ticket("T-1", NINE), NINE)
    assert told(w, "chat", chat, NINE + MINUTE) == []
    assert [alert for minute in range(2, 20) for alert in w.tick(NINE + minute * MINUTE + 1)] == [], "four minutes are left all the time"
    assert told(w, "chat", {**chat, "closed_at": NINE + 20 * MINUTE}, NINE + 20 * MINUTE) == []
    assert words(w.tick(NINE + 23 * MINUTE)) == [("due-soon", "T-1")]
    assert words(w.tick(NINE + 24 * MINUTE + 1)) == [("lapsed", "T-1")]


def test_an_answer_in_time_is_met_and_one_too_late_is_said_once_more() -> None:
    w = watch()
    told(w, "ticket", ticket("T-1", NINE), NINE)
    told(w, "ticket", ticket("T-2", NINE), NINE)
    assert words(told(w, "ticket", ticket("T-1", dispatched_at=NINE + 5 * MINUTE), NINE + 5 * MINUTE)) == [("met", "T-1"), ("due-soon", "T-2")]
    assert words(told(w, "ticket", ticket("T-2", dispatched_at=NINE + 6 * MINUTE), NINE + 6 * MINUTE)) == [("met-late", "T-2")]
    assert told(w, "ticket", ticket("T-2", dispatched_at=NINE + 6 * MINUTE), NINE + 7 * MINUTE) == []


def test_an_answer_that_arrives_late_but_was_in_time_takes_a_lapse_back() -> None:
    w = watch()
    told(w, "ticket", ticket("T-1", NINE), NINE)
    assert words(w.tick(NINE + 6 * MINUTE)) == [("lapsed", "T-1")]
    assert words(w.feed("ticket", ticket("T-1", dispatched_at=NINE + 2 * MINUTE))) == [("met", "T-1")]
    assert [(one.subject, one.verdict) for one in w.findings(NINE + 6 * MINUTE)] == [("T-1", "pass")]


def test_what_a_record_says_of_a_time_to_come_waits_for_it() -> None:
    w = watch()
    told(w, "ticket", ticket("T-1", NINE), NINE)
    assert w.feed("ticket", ticket("T-1", dispatched_at=NINE + 3 * MINUTE)) == []
    assert words(w.tick(NINE + 3 * MINUTE)) == [("met", "T-1")]


def test_a_record_that_is_none_of_the_policy_is_passed_over_and_comes_back_when_it_changes() -> None:
    w = watch()
    assert told(w, "ticket", ticket("T-1", NINE, category="inquiry"), NINE + 6 * MINUTE) == []
    assert words(w.feed("ticket", ticket("T-1", category="repair"))) == [("lapsed", "T-1")]
    assert w.feed("ticket", ticket("T-1", status="duplicate")) == []
    assert w.findings(NINE + 6 * MINUTE) == []


def test_the_end_may_be_a_record_of_another_type() -> None:
    w = watch(FIVE | {"ends": {"record": "ticket_event", "match": {"ticket_id": "ticket_id"}, "where": {"event_type": "dispatched"}, "time": "at"}})
    told(w, "ticket", ticket("T-1", NINE), NINE)
    event = {"ticket_id": "T-1", "seq": 1, "event_type": "dispatched", "at": NINE + MINUTE}
    assert words(told(w, "ticket_event", event, NINE + MINUTE)) == [("met", "T-1")]


def test_a_type_that_unfolds_from_another_does_so_until_it_has_records_of_its_own() -> None:
    w = watch(FIVE | {"ends": {"record": "ticket_event", "match": {"ticket_id": "ticket_id"}, "where": {"event_type": "dispatched"}, "time": "at"}})
    assert words(told(w, "ticket", ticket("T-1", NINE, dispatched_at=NINE + MINUTE), NINE + MINUTE)) == [("met", "T-1")]
    told(w, "ticket_event", {"ticket_id": "T-2", "seq": 1, "event_type": "registered", "at": NINE + MINUTE}, NINE + 9 * MINUTE)
    assert [(one.subject, one.verdict) for one in w.findings(NINE + 9 * MINUTE)] == [("T-1", "fail")]


def test_a_requirement_that_holds_is_not_worth_a_word_and_one_that_does_not_is() -> None:
    w = watch(policy("r.spot", kind="requirement", for_each="ticket", require={"resolved_on_spot": True}))
    assert told(w, "ticket", ticket("T-1", NINE, resolved_on_spot=True), NINE) == []
    assert words(told(w, "ticket", ticket("T-2", NINE, resolved_on_spot=False), NINE)) == [("fail", "T-2")]
    (unknown,) = told(w, "ticket", ticket("T-3", NINE, resolved_on_spot=None), NINE)
    assert unknown.kind == "unknown" and "resolved" in unknown.en
    assert words(w.feed("ticket", ticket("T-3", resolved_on_spot=True))) == [("met", "T-3")]


def test_a_field_that_no_event_named_says_what_an_empty_one_means() -> None:
    w = watch(policy("r.spot", kind="requirement", for_each="ticket", require={"resolved_on_spot": True}))
    assert words(told(w, "ticket", ticket("T-1", NINE), NINE)) == [("fail", "T-1")]
    assert words(w.feed("ticket", ticket("T-1", resolved_on_spot=True))) == [("met", "T-1")]
    assert w.feed("ticket", ticket("T-1", status="closed")) == []


def test_this_weeks_patrol_lapses_when_the_week_is_over_and_the_next_week_begins_anew() -> None:
    patrol = {"record": "patrol", "match": {"area_id": "area_id"}, "time": "started_at"}
    w = watch(policy("p.week", kind="frequency", for_each="area", subject=["area_id"], expects=patrol, at_least=1, every="week"))
    told(w, "area", {"area_id": "A1", "keeper_id": "e1", "valid_from": 20_700}, NINE)
    week = NINE - 9 * 60 * MINUTE + 7 * DAY
    assert [one.kind for one in w.tick(week - MINUTE)] == ["due-soon"]
    assert words(w.tick(week)) == [("lapsed", "A1")]
    assert [(one.ordinal, one.verdict) for one in w.findings(week)] == [("2026-W41", "fail"), ("2026-W42", "pending")]
    row = {"patrol_id": "P1", "area_id": "A1", "started_at": week + MINUTE}
    assert words(told(w, "patrol", row, week + MINUTE)) == [("met", "A1")]


@pytest.mark.parametrize("ends", [(date(1, 1, 1), date(9999, 12, 31)), (date(9999, 12, 31), None)])
def test_a_roster_may_hold_to_the_end_of_the_calendar(ends: tuple[date, date | None]) -> None:
    weekly = policy("f.weekly", kind="frequency", for_each="area", expects={"record": "patrol", "match": {"area_id": "area_id"}}, every="week", at_least=1)
    w = watch(weekly)
    begins, until = (None if one is None else to_day(one) for one in ends)
    told(w, "area", {"area_id": "A1", "valid_from": begins, "valid_to": until}, NINE)
    assert words(w.tick(NINE + 7 * DAY)) == ([("lapsed", "A1")] if until else [])


def test_what_is_settled_is_put_away_is_not_said_again_and_comes_back_when_it_changes() -> None:
    w = watch()
    told(w, "ticket", ticket("T-1", NINE), NINE)
    assert words(told(w, "ticket", ticket("T-1", dispatched_at=NINE + MINUTE), NINE + MINUTE)) == [("met", "T-1")]
    assert w.tick(NINE + 3 * DAY) == []
    assert not w.obligations.units and len(w.obligations.settled) == 1
    assert w.feed("ticket", ticket("T-1", status="closed")) == []
    assert w.tick(NINE + 6 * DAY) == []
    assert words(w.feed("ticket", ticket("T-1", dispatched_at=NINE + 9 * MINUTE))) == [("met-late", "T-1")]
    assert [(one.subject, one.verdict) for one in w.findings(NINE + 9 * DAY)] == [("T-1", "fail")]


# --- several ---------------------------------------------------------------------------------------------------------


def test_the_second_within_the_window_is_a_repeat() -> None:
    counted = {"record": "ticket", "match": {"customer_id": "customer_id"}, "look_back": "7 calendar days"}
    w = watch(policy("c.repeat", kind="requirement", for_each="ticket", where={"number_of": counted, "at_least": 2}, judged_at="received_at", require={"urgency": "urgent"}))
    assert told(w, "ticket", ticket("T-1", NINE, customer_id="K1", urgency="normal"), NINE) == []
    found = told(w, "ticket", ticket("T-2", NINE + DAY, customer_id="K1", urgency="normal"), NINE + DAY)
    assert words(found) == [("fail", "T-2"), ("repeat", "T-2")] and "2" in found[1].en
    assert told(w, "ticket", ticket("T-3", NINE + 9 * DAY, customer_id="K1", urgency="normal"), NINE + 9 * DAY) == []


def test_a_ladder_says_the_step_that_a_violation_leads_to() -> None:
    ladder = policy("l.warn", kind="ladder", of={"findings": {"policies": ["d.*"]}}, per="accountable", look_back="30 calendar days",
                    steps=[{"count": 2, "propose": "oral-warning"}, {"count": 3, "propose": "written-warning"}])  # fmt: skip
    w = watch(FIVE, ladder)
    said: list[Alert] = []
    for number in range(4):
        at = NINE + number * DAY
        said += told(w, "ticket", ticket(f"T-{number}", at), at)
        said += w.tick(at + 6 * MINUTE)
    steps = [one for one in said if one.kind == "step"]
    assert [(one.subject, one.en.split(": ", 1)[1]) for one in steps] == [
        ("e1", "finding number 2: oral warning is proposed"), ("e1", "finding number 3: written warning on file is proposed"), ("e1", "finding number 4: written warning on file is proposed"),
    ]  # fmt: skip
    assert len({one.fingerprint for one in steps}) == 3


def test_a_violation_that_was_taken_back_does_not_count() -> None:
    ladder = policy("l.warn", kind="ladder", of={"findings": {"policies": ["d.*"]}}, per="accountable", look_back="30 calendar days", steps=[{"count": 2, "propose": "oral-warning"}])
    w = watch(FIVE, ladder)
    told(w, "ticket", ticket("T-1", NINE), NINE)
    assert words(w.tick(NINE + 6 * MINUTE)) == [("lapsed", "T-1")]
    w.feed("ticket", ticket("T-1", dispatched_at=NINE + MINUTE))
    told(w, "ticket", ticket("T-2", NINE + DAY), NINE + DAY)
    assert words(w.tick(NINE + DAY + 6 * MINUTE)) == [("lapsed", "T-2")]


def test_what_does_not_run_live_is_named_with_its_reason() -> None:
    rate = policy("s.rate", kind="rate", share_of={"record": "ticket"}, that={"resolved_on_spot": True}, at_least="10 %", per="month", group_by=["site_id"])
    (named,) = watch(FIVE, rate).not_live
    assert "s.rate" in named.zh and "s.rate" in named.en and "period" in named.en


# --- sites -----------------------------------------------------------------------------------------------------------


def site(ident: str, **more: Any) -> dict[str, Any]:
    return {"site_id": ident, "timezone": "Asia/Shanghai", **more}


def test_a_record_of_which_the_site_is_not_known_waits_for_it() -> None:
    w = watch()
    for one in ("A", "B"):
        w.feed("site", site(one))
    assert told(w, "ticket", ticket("T-1", NINE), NINE + 6 * MINUTE) == []
    assert [one.en.partition(";")[0] for one in w.troubles] == ["`ticket`: it is not known to which site some records belong"]
    (found,) = told(w, "ticket", ticket("T-1", site_id="B", dispatched_at=NINE + MINUTE), NINE + 7 * MINUTE)
    assert (found.kind, found.site, found.subject) == ("met", "B", "T-1")
    assert w.troubles == []


def test_a_record_waits_for_the_one_that_says_its_site_and_no_other_wakes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    w = watch(policy("r.complaint", kind="requirement", for_each="complaint", require={"severity": "serious"}))
    for one in ("A", "B"):
        w.feed("site", site(one))
    for number in range(3):
        told(w, "complaint", {"ticket_id": f"T-{number}", "severity": "ordinary"}, NINE)
        told(w, "ticket", ticket(f"T-{number}", NINE), NINE)
    asked = list[str]()
    monkeypatch.setattr(w.watch.sites, "of", lambda records, record, fields, of=w.watch.sites.of: asked.append(fields["ticket_id"]) or of(records, record, fields))
    assert [(one.kind, one.site, one.subject) for one in told(w, "ticket", ticket("T-1", site_id="B"), NINE + MINUTE)] == [("fail", "B", "T-1")]
    assert set(asked) == {"T-1"}


def test_one_id_at_two_sites_is_two_things() -> None:
    w = watch()
    for one in ("A", "B"):
        w.feed("site", site(one))
        w.feed("ticket", ticket("T-1", NINE, site_id=one))
    assert sorted((one.kind, one.site) for one in w.tick(NINE + 6 * MINUTE)) == [("lapsed", "A"), ("lapsed", "B")]
    assert len({one.fingerprint for one in w.findings(NINE + 6 * MINUTE)}) == 2


def test_records_that_came_before_the_only_site_was_named_are_its_own() -> None:
    w = watch()
    told(w, "ticket", ticket("T-1", NINE), NINE)
    told(w, "site", site("YG01"), NINE + MINUTE)
    assert [(one.kind, one.site) for one in w.tick(NINE + 6 * MINUTE)] == [("lapsed", "YG01")]
    assert [(one.site_id, one.verdict) for one in w.findings(NINE + 6 * MINUTE)] == [("YG01", "fail")]


def test_a_site_without_a_profile_is_not_watched_and_that_is_said() -> None:
    w = watch()
    w.feed("site", site("A", profile_id="nowhere"))
    w.feed("site", site("B"))
    told(w, "ticket", ticket("T-1", NINE, site_id="A"), NINE)
    assert w.tick(NINE + 6 * MINUTE) == [] and "`A`" in w.troubles[0].en


# --- state, and who judged -------------------------------------------------------------------------------------------


def inputs(rng: Random) -> list[tuple[str, Any]]:
    """Feeds and ticks of some tickets, with answers, changes and repeats."""
    found: list[tuple[int, int, str, Any]] = []
    for number in range(40):
        at = NINE + rng.randint(0, 3 * DAY)
        row = ticket(f"T-{number}", at, received_by=f"e{rng.randint(1, 3)}", customer_id=f"K{rng.randint(1, 9)}", resolved_on_spot=rng.choice((True, False, None)))
        found.append((at, len(found), "ticket", row))
        if rng.random() < 0.8:
            done = at + rng.choice((MINUTE, 5 * MINUTE, 5 * MINUTE + 1, 8 * MINUTE))
            found.append((done + rng.choice((0, 0, 3 * MINUTE)), len(found), "ticket", ticket(f"T-{number}", dispatched_at=done)))
        found.append((at + rng.randint(0, DAY), len(found), "tick", None))
    found.append((NINE, -1, "area", {"area_id": "A1", "keeper_id": "e1", "valid_from": 20_700}))
    return [(what, (at, row)) for at, _, what, row in sorted(found, key=lambda one: one[:2])]


def as_kept(w: Heard) -> Any:
    """The state of a watch as it is read back."""
    return json.loads("".join(written(w.state())))


def run(w: Heard, listed: Sequence[tuple[str, Any]]) -> list[Alert]:
    return [alert for what, (at, row) in listed for alert in ([] if what == "tick" else w.feed(what, row)) + w.tick(at)]


POLICIES = (
    FIVE, policy("r.spot", kind="requirement", for_each="ticket", require={"resolved_on_spot": True}, accountable="received_by"),
    policy("p.day", kind="frequency", for_each="area", subject=["area_id"], expects={"record": "patrol", "match": {"area_id": "area_id"}, "time": "started_at"}, at_least=1, every="day"),
    policy("c.repeat", kind="requirement", for_each="ticket", judged_at="received_at", require={"resolved_on_spot": True},
           where={"number_of": {"record": "ticket", "match": {"customer_id": "customer_id"}, "look_back": "2 calendar days"}, "at_least": 2}),
    policy("l.warn", kind="ladder", of={"findings": {"policies": ["d.*", "r.*"]}}, per="accountable", look_back="1 calendar days", steps=[{"count": 2, "propose": "oral-warning"}]),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_a_watch_that_was_written_down_anywhere_goes_on_as_if_nothing_had_been(seed: int) -> None:
    rng = Random(seed)
    listed = inputs(rng)
    undisturbed = run(watch(*POLICIES), listed)
    assert {one.kind for one in undisturbed} >= {"met", "lapsed", "fail", "unknown", "step", "repeat"}
    cut = rng.randint(0, len(listed))
    first = watch(*POLICIES)
    said = run(first, listed[:cut])
    what, (at, row) = listed[cut] if cut < len(listed) else ("tick", (NINE, None))
    said += [] if what == "tick" else first.feed(what, row)
    second = watch(*POLICIES)
    second.restore(as_kept(first))
    assert as_kept(second) == as_kept(first)
    said += second.tick(at) if cut < len(listed) else []
    assert said + run(second, listed[cut + 1 :]) == undisturbed


@pytest.mark.parametrize("chunk", [1, 200, 1000])
def test_the_engine_says_what_the_judge_says_in_chunks_of_any_size(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = inputs(Random(9))
    plain = run(watch(*POLICIES), listed)
    monkeypatch.setattr(table, "AT_ONCE", chunk)
    monkeypatch.setattr(looking, "FEWEST", chunk)
    monkeypatch.setattr(looking, "SEEN", chunk)
    w = Heard(Watch(settings(*POLICIES), Worker((), chunk=chunk)))
    try:
        found = run(w, listed)
        assert {one.evaluated_by for one in found} == {"engine"} and {one.evaluated_by for one in plain} == {"judge"}
        assert [replace(one, evaluated_by="") for one in found] == [replace(one, evaluated_by="") for one in plain]
    finally:
        w.close()


def test_a_record_that_kills_the_engine_is_judged_and_its_alert_says_so() -> None:
    w = Heard(Watch(settings(FIVE), Worker((), engine="tests.live_poison:Poisoned")))
    try:
        for key in ("T-1", "segv", "T-2"):
            w.feed("ticket", ticket(key, NINE))
        found = w.tick(NINE + 6 * MINUTE)
        assert [(one.kind, one.subject, one.evaluated_by) for one in found] == [("lapsed", "T-1", "engine"), ("lapsed", "T-2", "engine"), ("lapsed", "segv", "judge")]
    finally:
        w.close()


def test_what_is_due_next_stands_first() -> None:
    w = watch()
    for key, at in (("T-2", NINE + MINUTE), ("T-1", NINE), ("T-3", NINE + 2 * MINUTE)):
        w.feed("ticket", ticket(key, at))
    w.tick(NINE + 2 * MINUTE)
    assert [(one.subject, one.due_at) for one in w.upcoming(2)] == [("T-1", NINE + 5 * MINUTE), ("T-2", NINE + 6 * MINUTE)]
