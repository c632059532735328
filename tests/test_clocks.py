"""Clocks, pauses, members, limits that ripen, sums and periods, worked by hand: the oracle and the engine say what was written first."""

from __future__ import annotations

from typing import Any

import pytest

from checker.errors import CheckerError
from tests.reference import OutsideCalendar
from tests.small_worlds import COMES, COUNT, DATE, ID, INSTANT, JUDGES, LIST, Judge, _enum, _type, deadline, frequency, judged, rate, requirement

JUDGED = pytest.mark.parametrize("judge", JUDGES.values(), ids=list(JUDGES))
PAUSE = _type("pause", ["pause_id"], {"ticket_id": ID, "from_at": INSTANT, "to_at": COMES, "why": _enum("parts", "owner")})
REPORT = _type("report", ["report_id"], {"of_month": {"type": "text"}, "of_day": DATE, "site_id": ID, "at": INSTANT}, time="at")
OFFICE = _type("office", ["office_id", "since"], {"since": DATE, "until": DATE, "often": {"type": "text"}, "away": LIST}, active={"from": "since", "to": "until"})
ROUND = _type("round", ["round_id"], {"office_id": ID, "at": INSTANT, "outcome": _enum("done", "refused"), "minutes": COUNT}, time="at")
MORE: dict[str, Any] = {"types": (PAUSE, REPORT, OFFICE, ROUND)}


def ticket(received: str, **more: Any) -> dict[str, Any]:
    return {"ticket_id": "t1", "received_at": received, "status": "closed", "category": "repair", **more}


def dispatched(within: str, **more: Any) -> dict[str, Any]:
    return deadline(for_each="ticket", starts="received_at", ends="dispatched_at", within=within, **more)


# --- working days ----------------------------------------------------------------------------------------------------

# 30 September 2026 is a Wednesday; 1 to 7 October are the holiday, Saturday the 10th is worked in its stead.
@JUDGED
@pytest.mark.parametrize(("at", "expected"), [
    ("2026-10-10T23:59:59.999999", ("pass", 3, 3)), ("2026-10-11T00:00", ("fail", 4, 3)), ("2026-10-08T00:00", ("pass", 1, 3)),
    ("2026-10-04T09:00", ("pass", 1, 3)), ("2026-09-30T10:00", ("pass", 0, 3)), ("2026-10-12T09:00", ("fail", 4, 3)),
])  # fmt: skip
def test_three_working_days_end_with_a_saturday_that_is_worked(judge: Judge, at: str, expected: tuple[Any, ...]) -> None:
    rows = {"ticket": [ticket("2026-09-30T10:00", dispatched_at=at)]}
    found = judged(judge, dispatched("3 working days"), rows, "verdict", "measured", "limit", "due_at", period=("2026-09-01", "2026-11-01"))
    assert found == [(*expected, "2026-10-10T23:59:59.999999")]


@JUDGED
@pytest.mark.parametrize(("as_of", "verdict"), [("2026-10-10T23:59:59.999999", "pending"), ("2026-10-11T00:00", "fail")])
def test_working_days_lapse_at_the_end_of_the_last(judge: Judge, as_of: str, verdict: str) -> None:
    rows = {"ticket": [ticket("2026-09-30T10:00")]}
    assert judged(judge, dispatched("3 working days"), rows, period=("2026-09-01", "2026-11-01"), as_of=as_of) == [verdict]


@JUDGED
def test_a_day_that_the_company_closes_does_not_count(judge: Judge) -> None:
    why = {"reason": {"zh": "检修", "en": "maintenance"}, "source": {"document": "d", "clause": "1"}}
    own = {"closed": [{"from": "2026-10-09", **why}], "extra": [{"from": "2026-10-11", **why}]}
    rows = {"ticket": [ticket("2026-09-30T10:00", dispatched_at="2026-10-11T20:00")]}
    found = judged(judge, dispatched("3 working days"), rows, "verdict", "measured", calendar=own, period=("2026-09-01", "2026-11-01"))
    assert found == [("pass", 3)]


@JUDGED
@pytest.mark.parametrize(("then", "due"), [("next day", "2026-10-12"), ("1 working days", "2026-10-13")])
def test_a_late_start_counts_as_made_later(judge: Judge, then: str, due: str) -> None:
    """Friday the 16th after hours: as on Saturday, or as on Monday."""
    policy = dispatched("1 working days", cutoff={"after": "17:30", "then": then})
    rows = {"ticket": [ticket("2026-10-16T17:30:00.000001")]}
    due = {"2026-10-12": "2026-10-19", "2026-10-13": "2026-10-20"}[due]
    assert judged(judge, policy, rows, "verdict", "due_at", as_of="2026-10-31T24:00") == [("fail", f"{due}T23:59:59.999999")]


@JUDGED
def test_a_field_shifted_by_working_days(judge: Judge) -> None:
    policy = requirement(for_each="ticket", require={"seen_at": {"no_later_than": {"field": "received_at", "plus": "2 working days"}}}, judged_at="seen_at")
    rows = {"ticket": [ticket("2026-10-16T09:00", seen_at="2026-10-20T23:59:59.999999"), ticket("2026-10-16T09:00", ticket_id="t2", seen_at="2026-10-21T00:00")]}
    assert judged(judge, policy, rows) == ["pass", "fail"]


@JUDGED
def test_a_limit_beyond_the_calendar_is_an_error(judge: Judge) -> None:
    rows = {"ticket": [ticket("2026-12-31T09:00")]}
    with pytest.raises((OutsideCalendar, CheckerError)) as caught:
        judged(judge, dispatched("1 working days"), rows, period=("2026-12-01", "2027-01-01"))
    assert "2027-01-01 lies outside" in str(caught.value) or caught.value.args[0] == 20819


# --- windows ---------------------------------------------------------------------------------------------------------

HOURS = {"hours": [{"from": "08:30", "to": "17:30", "days": "workdays"}]}
NIGHT = {"hours": [{"from": "22:00", "to": "06:00", "days": "restdays"}]}


@JUDGED
@pytest.mark.parametrize(("at", "verdict"), [("2026-10-10T09:30", "pass"), ("2026-10-10T09:30:00.000001", "fail"), ("2026-10-09T20:00", "pass")])
def test_service_hours_run_on_a_worked_saturday(judge: Judge, at: str, verdict: str) -> None:
    """Received on Friday the 9th at 16:30: an hour on Friday, the second on Saturday until 09:30."""
    rows = {"ticket": [ticket("2026-10-09T16:30", dispatched_at=at)]}
    assert judged(judge, dispatched("2 hours", counted_in="hours"), rows, windows=HOURS) == [verdict]


@JUDGED
@pytest.mark.parametrize(("at", "inside"), [
    ("2026-10-10T21:59", False), ("2026-10-10T23:00", False), ("2026-10-11T22:00", True), ("2026-10-12T05:59:59.999999", True), ("2026-10-12T06:00", False),
])  # fmt: skip
def test_a_night_belongs_to_the_day_of_rest_on_which_it_opens(judge: Judge, at: str, inside: bool) -> None:
    policy = requirement(for_each="call", require={"at": {"during": "hours"}})
    assert judged(judge, policy, {"call": [{"call_id": "c1", "at": at, "outcome": "answered"}]}, windows=NIGHT) == ["pass" if inside else "fail"]


@JUDGED
def test_what_has_not_come_may_still_lie_in_a_window(judge: Judge) -> None:
    policy = requirement(for_each="ticket", require={"dispatched_at": {"during": "hours"}})
    rows = {"ticket": [ticket("2026-10-09T09:00"), ticket("2026-10-09T09:00", ticket_id="t2", seen_at=None, dispatched_at="2026-10-09T08:00")]}
    assert judged(judge, policy, rows, windows=HOURS) == ["pending", "fail"]


# --- pauses ----------------------------------------------------------------------------------------------------------

PAUSED = {"record": "pause", "match": {"ticket_id": "ticket_id"}, "where": {"why": "parts"}, "from": "from_at", "to": "to_at"}


def pause(start: str | None, end: str | None, number: int = 1, why: str | None = "parts") -> dict[str, Any]:
    return {"pause_id": f"p{number}", "ticket_id": "t1", "from_at": start, "to_at": end, "why": why}


@JUDGED
@pytest.mark.parametrize(("at", "verdict", "measured"), [("2026-10-09T13:00", "pass", 2 * 3600), ("2026-10-09T13:00:00.000001", "fail", 2 * 3600 + 0.000001)])
def test_the_clock_stands_still_in_pauses_laid_together(judge: Judge, at: str, verdict: str, measured: float) -> None:
    """Two hours from 9:00: one until 10:00, pauses from 10:00 to 11:30 and from 11:00 to 12:00, one until 13:00."""
    rows = {"ticket": [ticket("2026-10-09T09:00", dispatched_at=at)],
            "pause": [pause("2026-10-09T10:00", "2026-10-09T11:30"), pause("2026-10-09T11:00", "2026-10-09T12:00", 2), pause("2026-10-09T09:10", "2026-10-09T09:50", 3, "owner")]}
    found = judged(judge, dispatched("2 hours", paused_by=PAUSED), rows, "verdict", "measured", "due_at", **MORE)
    assert found == [(verdict, round(measured * 1_000_000), "2026-10-09T13:00:00")]


@JUDGED
def test_a_pause_that_goes_on_leaves_it_pending(judge: Judge) -> None:
    rows = {"ticket": [ticket("2026-10-09T09:00")], "pause": [pause("2026-10-09T10:00", None)]}
    assert judged(judge, dispatched("2 hours", paused_by=PAUSED), rows, **MORE) == ["pending"]


@JUDGED
def test_a_pause_that_may_be_one_leaves_a_late_answer_unknown(judge: Judge) -> None:
    rows = {"ticket": [ticket("2026-10-09T09:00", dispatched_at="2026-10-09T11:30")], "pause": [pause("2026-10-09T10:00", "2026-10-09T11:00", why=None)]}
    assert judged(judge, dispatched("2 hours", paused_by=PAUSED), rows, **MORE) == ["unknown"]
    rows["ticket"][0]["dispatched_at"] = "2026-10-09T11:00"
    assert judged(judge, dispatched("2 hours", paused_by=PAUSED), rows, **MORE) == ["pass"]


@JUDGED
def test_a_day_that_ends_in_a_pause_does_not_count(judge: Judge) -> None:
    """Three calendar days from Thursday the 15th end with the 18th; two midnights lie in the pause."""
    rows = {"ticket": [ticket("2026-10-15T09:00", dispatched_at="2026-10-20T23:00")], "pause": [pause("2026-10-16T10:00", "2026-10-18T00:00")]}
    found = judged(judge, dispatched("3 calendar days", paused_by=PAUSED), rows, "verdict", "measured", "due_at", **MORE)
    assert found == [("pass", 3, "2026-10-20T23:59:59.999999")]


# --- one obligation per member ---------------------------------------------------------------------------------------


@JUDGED
def test_each_ticket_of_a_callback_is_asked_for_by_itself(judge: Judge) -> None:
    event = {"record": "event", "match": {"ticket_id": "ticket_ids"}, "where": {"kind": "completed"}}
    policy = deadline(for_each="callback", each_of="ticket_ids", starts="at", ends=event, within="1 calendar days")
    rows = {
        "callback": [{"callback_id": "b1", "ticket_ids": ["t1", "t2", "t1"], "at": "2026-10-09T09:00", "result": "reached"}, {"callback_id": "b2", "ticket_ids": None, "at": "2026-10-09T09:00", "result": "reached"},
                     {"callback_id": "b3", "ticket_ids": [], "at": "2026-10-09T09:00", "result": "reached"}],
        "event": [{"ticket_id": "t1", "seq": 1, "kind": "completed", "at": "2026-10-10T23:59"}],
    }  # fmt: skip
    found = judged(judge, policy, rows, "subject", "verdict", as_of="2026-10-11T00:00")
    assert found == [("b1/t1", "pass"), ("b1/t2", "fail"), ("b2/", "unknown")]


# --- requirements that ripen -----------------------------------------------------------------------------------------

REACHED = {"record": "callback", "match": {"ticket_ids": "ticket_id"}, "where": {"result": "reached"}}


def call(at: str, number: int = 1, result: str | None = "reached", **more: Any) -> dict[str, Any]:
    return {"callback_id": f"b{number}", "ticket_ids": ["t1"], "at": at, "result": result, **more}


@JUDGED
@pytest.mark.parametrize(("calls", "as_of", "expected"), [
    ([call("2026-10-12T23:59:59.999999")], "2026-10-20T00:00", ("pass", "2026-10-12T23:59:59.999999")), ([call("2026-10-13T00:00")], "2026-10-20T00:00", ("fail", "2026-10-12T23:59:59.999999")),
    ([], "2026-10-12T23:59:59.999999", ("pending", None)), ([], "2026-10-13T00:00", ("fail", "2026-10-12T23:59:59.999999")),
    ([call("2026-10-10T09:00", result=None)], "2026-10-20T00:00", ("unknown", "2026-10-12T23:59:59.999999")),
    ([call("2026-10-10T09:00"), call("2026-10-09T10:00", 2)], "2026-10-11T00:00", ("pass", "2026-10-09T10:00:00")),
])  # fmt: skip
def test_a_requirement_ripens_until_it_is_met_or_has_lapsed(judge: Judge, calls: list[Any], as_of: str, expected: tuple[Any, ...]) -> None:
    policy = requirement(for_each="ticket", starts="received_at", within="3 calendar days", require={"exists": REACHED})
    assert judged(judge, policy, {"ticket": [ticket("2026-10-09T09:00")], "callback": calls}, "verdict", "decided_at", as_of=as_of) == [expected]


@JUDGED
@pytest.mark.parametrize(("calls", "as_of", "expected"), [
    ([call("2026-10-10T09:00")], "2026-10-11T00:00", ("fail", "2026-10-10T09:00:00")), ([call("2026-10-13T00:00")], "2026-10-20T00:00", ("pass", "2026-10-12T23:59:59.999999")),
    ([], "2026-10-11T00:00", ("pending", None)),
])  # fmt: skip
def test_what_is_forbidden_for_a_time_is_decided_when_it_is_broken(judge: Judge, calls: list[Any], as_of: str, expected: tuple[Any, ...]) -> None:
    policy = requirement(for_each="ticket", starts="received_at", within="3 calendar days", forbidden={"exists": REACHED})
    assert judged(judge, policy, {"ticket": [ticket("2026-10-09T09:00")], "callback": calls}, "verdict", "decided_at", as_of=as_of) == [expected]


@JUDGED
def test_what_comes_after_the_limit_is_not_seen_and_an_excuse_exempts(judge: Judge) -> None:
    policy = requirement(for_each="ticket", starts="received_at", within="1 hours", counted_in="hours", require={"dispatched_at": {"present": True}}, excused_when={"on_spot": True})
    rows = {"ticket": [ticket("2026-10-09T17:00", dispatched_at="2026-10-10T09:00"), ticket("2026-10-09T17:00", ticket_id="t2", dispatched_at="2026-10-10T09:00:00.000001", on_spot=False),
                       ticket("2026-10-09T17:00", ticket_id="t3", on_spot=True)]}
    assert judged(judge, policy, rows, windows=HOURS) == ["pass", "fail", "exempt"]


# --- sums, means -----------------------------------------------------------------------------------------------------


@JUDGED
@pytest.mark.parametrize(("tries", "bound", "verdict"), [
    ([2, 3], {"sum": "at_least", "limit": 5}, "pass"), ([2, 2], {"sum": "at_least", "limit": 5}, "fail"), ([2, None], {"sum": "at_least", "limit": 1}, "unknown"),
    ([2, 3], {"mean_of": "at_most", "limit": 2}, "fail"), ([1, 3], {"mean_of": "at_most", "limit": 2}, "pass"), ([], {"mean_of": "at_most", "limit": 2}, "unknown"),
    ([], {"sum": "at_most", "limit": 0}, "pass"),
])  # fmt: skip
def test_sums_and_means_of_related_records(judge: Judge, tries: list[int | None], bound: dict[str, Any], verdict: str) -> None:
    word = "sum" if "sum" in bound else "mean_of"
    policy = requirement(for_each="ticket", judged_at="closed_at", require={word: {**REACHED, "field": "tries"}, bound[word]: bound["limit"]})
    rows = {"ticket": [ticket("2026-10-09T09:00", closed_at="2026-10-20T09:00")], "callback": [call("2026-10-10T09:00", n, tries=one) for n, one in enumerate(tries)]}
    assert judged(judge, policy, rows) == [verdict]


@JUDGED
@pytest.mark.parametrize(("counts", "expected"), [([1, 3], ("pass", 4, 4)), ([1, 2], ("fail", 3, 4)), ([1, None], ("unknown", 1, 2)), ([], ())])
def test_a_mean_is_a_sum_against_the_target_of_each(judge: Judge, counts: list[int | None], expected: tuple[Any, ...]) -> None:
    policy = rate(share_of={"record": "call"}, that={"mean_of": "ring_count"}, at_least=2, per="month", group_by=["site_id"])
    rows = {"call": [{"call_id": f"c{n}", "at": "2026-10-09T09:00", "ring_count": one, "outcome": "answered"} for n, one in enumerate(counts)]}
    assert judged(judge, policy, rows, "verdict", "measured", "limit") == ([expected] if expected else [])


@JUDGED
def test_a_ratio_of_sums_over_nothing_is_not_applicable(judge: Judge) -> None:
    policy = rate(share_of={"record": "visit"}, that={"sum_of": "scanned", "over": "total"}, at_least="50 %", per="month", group_by=["unit_id"])
    made = [("u1", 1, 2), ("u1", 2, 4), ("u2", 1, 3), ("u3", 0, 0)]
    rows = {"visit": [{"visit_id": f"v{n}", "unit_id": unit, "at": "2026-10-09T09:00", "scanned": one, "total": all_} for n, (unit, one, all_) in enumerate(made)]}
    assert judged(judge, policy, rows, "subject", "verdict", "measured", "limit") == [("u1", "pass", 3, 3), ("u2", "fail", 1, 2)]


@JUDGED
def test_members_that_are_one_count_once(judge: Judge) -> None:
    policy = rate(share_of={"record": "call", "distinct": ["staff_id"]}, that={"outcome": "answered"}, at_least="50 %", per="month", group_by=["site_id"])
    made = [("e1", "missed", "2026-10-09T09:00"), ("e1", "answered", "2026-10-09T08:00"), ("e2", "missed", "2026-10-09T09:00")]
    rows = {"call": [{"call_id": f"c{n}", "staff_id": who, "outcome": outcome, "at": at} for n, (who, outcome, at) in enumerate(made)]}
    assert judged(judge, policy, rows, "verdict", "measured", "limit") == [("pass", 1, 1)]


# --- frequencies -----------------------------------------------------------------------------------------------------


def rounds(**more: Any) -> dict[str, Any]:
    return frequency(for_each="office", subject=["office_id"], expects={"record": "round", "match": {"office_id": "office_id"}, "where": {"outcome": "done"}}, **more)


def made_at(*times: str) -> list[dict[str, Any]]:
    return [{"round_id": f"r{n}", "office_id": "o1", "at": at, "outcome": "done"} for n, at in enumerate(times)]


def office(since: str = "2026-10-01", until: str | None = None, **more: Any) -> dict[str, Any]:
    return {"office_id": "o1", "since": since, "until": until, **more}


@JUDGED
@pytest.mark.parametrize(("often", "expected"), [("2/m", [("2026-10", "pass", 2, 2)]), ("每月3次", [("2026-10", "fail", 2, 3)]), ("soon", [("2026-10", "unknown", 2, None)])])
def test_the_row_says_how_often(judge: Judge, often: str, expected: list[Any]) -> None:
    rows = {"office": [office(often=often)], "round": made_at("2026-10-09T09:00", "2026-10-20T09:00")}
    covered = {"round": ("2026-10-01", "2026-11-01")}
    assert judged(judge, rounds(every={"field": "often"}), rows, "ordinal", "verdict", "measured", "limit", covered=covered, **MORE) == expected


@JUDGED
@pytest.mark.parametrize(("until", "at", "expected"), [
    ("2026-10-20", "2026-10-20T23:59:59.999999", ("2026-10-01", "pass", "2026-10-20T23:59:59.999999")), ("2026-10-20", "2026-10-21T00:00", ("2026-10-01", "fail", "2026-10-20T23:59:59.999999")),
    (None, "2026-12-01T00:00", ("2026-10-01", "pending", None)),
])  # fmt: skip
def test_once_a_spell(judge: Judge, until: str | None, at: str, expected: tuple[Any, ...]) -> None:
    rows = {"office": [office(until=until)], "round": made_at(at)}
    found = judged(judge, rounds(every="spell", at_least=1), rows, "ordinal", "verdict", "decided_at", covered={"round": ("2026-10-01", "2026-11-01")}, **MORE)
    assert found == [expected]


@JUDGED
def test_days_that_are_excepted_ask_for_nothing(judge: Judge) -> None:
    policy = rounds(every="day", at_least=1, active={"from": "since", "to": "until", "except": "away"})
    rows = {"office": [office(until="2026-10-06", away=["2026-10-02..2026-10-04", "2026-10-04..2026-10-05"])], "round": made_at("2026-10-06T09:00", "2026-10-03T09:00")}
    found = judged(judge, policy, rows, "ordinal", "verdict", covered={"round": ("2026-10-01", "2026-11-01")}, **MORE)
    assert found == [("2026-10-01", "fail"), ("2026-10-06", "pass")]


@JUDGED
@pytest.mark.parametrize(("times", "until", "as_of", "expected"), [
    (["2026-10-08T09:00", "2026-10-15T23:59"], "2026-10-22", "2026-10-31T24:00", ("pass", 7, "2026-10-22T23:59:59.999999")),
    (["2026-10-08T09:00", "2026-10-16T00:00"], "2026-10-22", "2026-10-31T24:00", ("fail", 8, "2026-10-15T23:59:59.999999")),
    (["2026-10-08T09:00"], None, "2026-10-15T23:59:59.999999", ("pending", 7, None)),
    (["2026-10-08T09:00"], None, "2026-10-16T00:00", ("fail", 7, "2026-10-15T23:59:59.999999")),
])  # fmt: skip
def test_never_a_week_without(judge: Judge, times: list[str], until: str | None, as_of: str, expected: tuple[Any, ...]) -> None:
    rows = {"office": [office(until=until)], "round": made_at(*times)}
    found = judged(judge, rounds(never_without_for="7 calendar days"), rows, "verdict", "measured", "decided_at", as_of=as_of, covered={"round": ("2026-10-01", "2026-11-01")}, **MORE)
    assert found == [expected]


@JUDGED
@pytest.mark.parametrize(("at", "as_of", "expected"), [
    ("2026-10-13T23:59:59.999999", "2026-10-31T24:00", ("pass", "2026-10-13T23:59:59.999999")), ("2026-10-14T00:00", "2026-10-31T24:00", ("fail", "2026-10-13T23:59:59.999999")),
    (None, "2026-10-13T23:59:59.999999", ("pending", None)), (None, "2026-10-14T00:00", ("fail", "2026-10-13T23:59:59.999999")),
])  # fmt: skip
def test_a_report_of_september_is_due_five_working_days_after(judge: Judge, at: str | None, as_of: str, expected: tuple[Any, ...]) -> None:
    """After the holiday: 8, 9, 10 (a worked Saturday), 12 and 13 October."""
    policy = frequency(for_each="office", subject=["office_id"], every="month", at_least=1, due="5 working days",
                       expects={"record": "report", "match": {"site_id": "site_id"}, "for_period": "of_month"})  # fmt: skip
    rows = {"office": [office("2026-01-01", "2026-09-30")], "report": [{"report_id": "r1", "site_id": "S1", "of_month": "2026-09", "at": at}] if at else []}
    found = judged(judge, policy, rows, "verdict", "decided_at", as_of=as_of, covered={"report": ("2026-09-01", "2026-11-01")}, **MORE)
    assert found == [expected]


@JUDGED
def test_a_daily_report_is_asked_for_on_working_days(judge: Judge) -> None:
    policy = frequency(for_each="office", subject=["office_id"], every="day", at_least=1, on_days="working days",
                       expects={"record": "report", "match": {"site_id": "site_id"}, "for_period": "of_day"})  # fmt: skip
    rows = {"office": [office("2026-10-07", "2026-10-11")], "report": [{"report_id": "r1", "site_id": "S1", "of_day": "2026-10-09", "at": "2026-10-09T18:00"}]}
    found = judged(judge, policy, rows, "ordinal", "verdict", covered={"report": ("2026-10-01", "2026-11-01")}, **MORE)
    assert found == [("2026-10-08", "fail"), ("2026-10-09", "pass"), ("2026-10-10", "fail")]


# --- records that are told of a day ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "expected"), [("2026-10-09", ["fail"]), ("2015-03-02", []), ("2050-03-02", [])])
def test_a_record_of_a_day_that_is_far_off_is_not_of_this_month(day: str, expected: list[str]) -> None:
    """The oracle is not asked: its records have instants."""
    works = _type("works", ["works_id"], {"begin": DATE, "permit": DATE}, time="begin")
    policy = requirement(for_each="works", require={"permit": {"present": True}})
    assert judged(JUDGES["engine"], policy, {"works": [{"works_id": "w1", "begin": day}]}, types=(works,)) == expected
