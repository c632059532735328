"""Requirements and conditions worked by hand from the language, for the oracle and for the engine alike."""

from __future__ import annotations

from typing import Any

import pytest

from tests.small_worlds import JUDGES, Judge, judged, requirement

Row = dict[str, Any]


@pytest.fixture(params=JUDGES)
def judge(request: pytest.FixtureRequest) -> Judge:
    return JUDGES[request.param]


def call(number: int, at: str | None = "2026-10-05T09:00", **more: Any) -> Row:
    return {"call_id": f"c{number}", "at": at, "outcome": "answered", **more}


def ticket(number: int, received_at: str | None = "2026-10-05T09:00", **more: Any) -> Row:
    return {"ticket_id": f"t{number}", "received_at": received_at, "status": "open", "category": "repair", **more}


def callback(number: int, at: str | None, ids: list[str] | None, result: str | None = "reached", **more: Any) -> Row:
    return {"callback_id": f"b{number}", "at": at, "ticket_ids": ids, "result": result, **more}


TWO_RINGS = requirement(for_each="call", require={"outcome": "answered", "rings": {"at_most": 2}})
REACHED = {"record": "callback", "match": {"ticket_ids": "ticket_id"}, "where": {"result": "reached"}}

# --- comparisons -----------------------------------------------------------------------------------------------------


def test_a_limit_belongs_to_what_is_allowed(judge: Judge) -> None:  # §5, closed
    rows = {"call": [call(1, ring_count=2), call(2, ring_count=3)]}
    assert judged(judge, TWO_RINGS, rows, "verdict", "measured", "limit") == [("pass", 2, 2), ("fail", 3, 2)]


def test_rings_are_estimated_from_seconds_with_grace(judge: Judge) -> None:  # catalogue part 6, case 14
    rows = {"call": [call(1, ring_seconds=9), call(2, ring_seconds=10), call(3, ring_seconds=11), call(4, ring_seconds=0)]}
    found = judged(judge, TWO_RINGS, rows, "verdict", "measured")
    assert found == [("pass", 2), ("pass", 2), ("fail", 3), ("pass", 1)]


def test_measured_and_limit_are_those_of_the_first_unmet_condition(judge: Judge) -> None:  # §7.9
    rows = {"call": [call(1, outcome="missed", ring_count=5)]}
    assert judged(judge, TWO_RINGS, rows, "verdict", "measured", "limit") == [("fail", 0, 1)]
    turned = requirement(for_each="call", require={"rings": {"at_most": 2}, "outcome": "answered"})
    assert judged(judge, turned, rows, "verdict", "measured", "limit") == [("fail", 5, 2)]


@pytest.mark.parametrize(
    ("require", "row", "verdict"),
    [
        ({"outcome": {"none_of": ["missed"]}}, {"outcome": None}, "unknown"),
        ({"outcome": {"one_of": ["missed", "answered"]}}, {"outcome": None}, "unknown"),
        ({"ring_count": {"present": False}}, {"ring_count": None}, "pass"),
        ({"ring_count": {"present": True}}, {"ring_count": None}, "fail"),
        ({"not": {"ring_count": 2}}, {"ring_count": None}, "unknown"),
        ({"ring_count": {"more_than": 2}}, {"ring_count": 2}, "fail"),
        ({"ring_count": {"less_than": 3}}, {"ring_count": 2}, "pass"),
        ({"ring_count": {"at_least": 1, "at_most": 2}}, {"ring_count": 3}, "fail"),
        ({"staff_id": {"different_from": "staff.superior_id"}}, {"staff_id": None}, "unknown"),
        ({"tags": {"includes": "loud"}}, {"tags": ["loud", "late"]}, "pass"),
        ({"tags": {"includes": "loud"}}, {"tags": []}, "fail"),
        ({"tags": {"includes": "loud"}}, {"tags": None}, "unknown"),
        ({"tags": {"includes_all": ["loud", "late"]}}, {"tags": ["loud"]}, "fail"),
        ({"at": {"no_earlier_than": "2026-10-05T09:00"}}, {}, "pass"),
        ({"at": {"no_later_than": "2026-10-05T08:59:59.999999"}}, {}, "fail"),
        ({"ring_seconds": {"at_most": "10 seconds"}}, {"ring_seconds": 10}, "pass"),
    ],
)
def test_what_one_field_must_satisfy(judge: Judge, require: Any, row: Row, verdict: str) -> None:  # §3, §7.1
    assert judged(judge, requirement(for_each="call", require=require), {"call": [call(1, **row)]}) == [verdict]


def test_a_false_member_decides_all_of_and_a_true_one_any_of(judge: Judge) -> None:  # §7.1
    unknown, no, yes = {"ring_count": 2}, {"outcome": "missed"}, {"outcome": "answered"}
    for require, verdict in (({"all_of": [unknown, no]}, "fail"), ({"any_of": [unknown, yes]}, "pass"), ({"all_of": [unknown, yes]}, "unknown"),
                             ({"any_of": [unknown, no]}, "unknown")):  # fmt: skip
        assert judged(judge, requirement(for_each="call", require=require), {"call": [call(1)]}) == [verdict]


def test_what_is_forbidden_fails_when_it_holds(judge: Judge) -> None:  # §2
    policy = requirement(for_each="call", forbidden={"outcome": "missed"})
    rows = {"call": [call(1, outcome="missed"), call(2), call(3, outcome=None)]}
    assert judged(judge, policy, rows) == ["fail", "pass", "unknown"]


# --- where, excuse, void ---------------------------------------------------------------------------------------------


def test_an_excuse_turns_only_a_fail_into_exempt(judge: Judge) -> None:  # §6
    policy = requirement(for_each="call", require={"outcome": "answered"}, excused_when={"ring_count": {"at_most": 2}})
    rows = {"call": [call(1, ring_count=1), call(2, ring_count=1, outcome="abandoned"), call(3, ring_count=4, outcome="abandoned"),
                     call(4, outcome="abandoned"), call(5)]}  # fmt: skip
    assert judged(judge, policy, rows) == ["pass", "exempt", "fail", "unknown", "pass"]


def test_a_record_that_may_not_belong_is_unknown_and_one_that_does_not_is_no_finding(judge: Judge) -> None:  # §6
    policy = requirement(for_each="call", where={"urgency": "urgent"}, require={"outcome": "answered"})
    rows = {"call": [call(1, urgency=None), call(2, urgency="normal"), call(3, urgency="urgent")]}
    assert judged(judge, policy, rows, "subject", "verdict", "decided_at") == [("c1", "unknown", "2026-10-05T09:00:00"), ("c3", "pass", "2026-10-05T09:00:00")]


def test_a_void_record_is_no_subject(judge: Judge) -> None:  # §4
    policy = requirement(for_each="call", require={"ring_count": 1})
    assert judged(judge, policy, {"call": [call(1, outcome="wrong-number"), call(2, outcome=None, ring_count=3)]}, "subject", "verdict") == [("c2", "unknown")]


# --- values in force -------------------------------------------------------------------------------------------------


def test_each_record_is_judged_by_the_value_in_force_at_its_own_time(judge: Judge) -> None:  # §6, value changes
    limit = {"max_rings": {"unit": "rings", "values": [{"from": "2017-05-01", "value": 3}, {"from": "2026-10-15", "value": 2}]}}
    policy = requirement(for_each="call", require={"rings": {"at_most": "$max_rings"}}, parameters=limit)
    rows = {"call": [call(1, "2026-10-14T23:59:59.999999", ring_count=3), call(2, "2026-10-15T00:00", ring_count=3)]}
    assert judged(judge, policy, rows, "verdict", "limit") == [("pass", 3), ("fail", 2)]


def test_the_first_case_that_holds_gives_the_value(judge: Judge) -> None:  # §2, values by case
    cases = [{"when": {"urgency": "urgent"}, "value": 1}, {"otherwise": True, "value": 4}]
    policy = requirement(for_each="call", require={"rings": {"at_most": "$most"}}, parameters={"most": {"unit": "rings", "values": cases}})
    rows = {"call": [call(1, ring_count=2, urgency="urgent"), call(2, ring_count=2, urgency="normal"), call(3, ring_count=2, urgency=None)]}
    assert judged(judge, policy, rows) == ["fail", "pass", "unknown"]


def test_a_value_of_the_profile_replaces_that_of_the_document(judge: Judge) -> None:  # design §4
    policy = requirement(for_each="call", require={"rings": {"at_most": "$most"}}, parameters={"most": {"unit": "rings", "value": 2}})
    assert judged(judge, policy, {"call": [call(1, ring_count=3)]}, set={"most": 3}) == ["pass"]


def test_a_plain_value_of_the_profile_replaces_the_cases_of_the_document(judge: Judge) -> None:  # design §4
    cases = [{"when": {"urgency": "urgent"}, "value": 1}, {"otherwise": True, "value": 4}]
    policy = requirement(for_each="call", require={"rings": {"at_most": "$most"}}, parameters={"most": {"unit": "rings", "values": cases}})
    assert judged(judge, policy, {"call": [call(1, ring_count=3, urgency="urgent")]}, set={"most": 3}) == ["pass"]


def test_a_policy_is_in_force_on_both_its_days(judge: Judge) -> None:  # kinds, Effective
    policy = requirement(for_each="call", require={"outcome": "answered"}, effective={"from": "2026-10-05", "until": "2026-10-06"})
    times = ("2026-10-04T23:59:59.999999", "2026-10-05T00:00", "2026-10-06T23:59:59.999999", "2026-10-07T00:00")
    assert judged(judge, policy, {"call": [call(n, at) for n, at in enumerate(times)]}, "subject") == [("c1",), ("c2",)]


# --- which period, as-of ---------------------------------------------------------------------------------------------


def test_days_are_half_open_so_midnight_lies_on_the_day_that_begins(judge: Judge) -> None:  # §6
    rows = {"call": [call(1, "2026-10-01T00:00"), call(2, "2026-11-01T00:00"), call(3, "2026-09-30T23:59:59.999999")]}
    assert judged(judge, requirement(for_each="call", require={"outcome": "answered"}), rows, "subject", as_of="2026-12-01") == [("c1",)]


def test_a_month_is_the_sites_own(judge: Judge) -> None:  # catalogue part 6, case 12
    policy = requirement(for_each="call", require={"outcome": "answered"})
    rows = {"call": [call(1, "2026-02-28T16:30Z"), call(2, "2026-02-28T15:59:59.999999Z")]}
    assert judged(judge, policy, rows, "subject", "decided_at", period=("2026-03-01", "2026-04-01")) == [("c1", "2026-03-01T00:30:00")]


def test_a_record_later_than_as_of_is_not_seen(judge: Judge) -> None:  # §6, as-of
    rows = {"call": [call(1, "2026-10-05T09:00"), call(2, "2026-10-05T09:00:00.000001")]}
    assert judged(judge, requirement(for_each="call", require={"outcome": "answered"}), rows, "subject", as_of="2026-10-05T09:00") == [("c1",)]


def test_an_undated_record_is_unknown_in_every_audit(judge: Judge) -> None:  # §6, undated
    policy = requirement(for_each="call", require={"outcome": "answered"})
    for period in (("2026-10-01", "2026-11-01"), ("2020-01-01", "2020-02-01")):
        assert judged(judge, policy, {"call": [call(1, None)]}, "verdict", "decided_at", period=period) == [("unknown", None)]


def test_a_record_of_a_type_without_time_is_reported_always(judge: Judge) -> None:  # §6, brief
    policy = requirement(for_each="item", require={"ok": True})
    rows = {"item": [{"item_id": "i1", "ok": True}, {"item_id": "i2", "ok": False}, {"item_id": "i3", "ok": None}]}
    assert judged(judge, policy, rows) == ["pass", "fail", "unknown"]


def test_an_instant_later_than_as_of_reads_as_not_yet(judge: Judge) -> None:  # §6, as-of
    policy = requirement(for_each="ticket", require={"dispatched_at": {"present": True}})
    rows = {"ticket": [ticket(1, dispatched_at="2026-10-05T09:10"), ticket(2, dispatched_at="2026-10-05T09:10:00.000001")]}
    assert judged(judge, policy, rows, as_of="2026-10-05T09:10") == ["pass", "fail"]


def test_a_time_not_yet_come_is_decided_against_something_earlier_else_pending(judge: Judge) -> None:  # §7.1
    within = {"no_later_than": {"field": "received_at", "plus": "5 minutes"}}
    policy = requirement(for_each="ticket", require={"dispatched_at": within})
    assert judged(judge, policy, {"ticket": [ticket(1)]}, as_of="2026-10-05T09:06") == ["fail"]
    assert judged(judge, policy, {"ticket": [ticket(1)]}, as_of="2026-10-05T09:04") == ["pending"]
    later = requirement(for_each="ticket", require={"received_at": {"no_later_than": {"field": "dispatched_at"}}})
    assert judged(judge, later, {"ticket": [ticket(1)]}) == ["pass"]
    earlier = requirement(for_each="ticket", require={"dispatched_at": {"no_earlier_than": {"field": "received_at"}}})
    assert judged(judge, earlier, {"ticket": [ticket(1)]}) == ["pass"]


def test_an_hour_before_a_time_not_yet_come_is_not_yet_known(judge: Judge) -> None:  # §7.1
    policy = requirement(for_each="ticket", require={"seen_at": {"no_later_than": {"field": "closed_at", "minus": "1 hours"}}})
    rows = {"ticket": [ticket(1, seen_at="2026-10-05T10:00")]}
    assert judged(judge, policy, rows, as_of="2026-10-05T10:10") == ["pending"]
    assert judged(judge, policy, rows, as_of="2026-10-05T11:00") == ["pass"]


def test_an_hour_after_a_time_not_yet_come_lies_an_hour_after_as_of(judge: Judge) -> None:  # §7.1
    policy = requirement(for_each="ticket", require={"appointment_at": {"no_later_than": {"field": "closed_at", "plus": "1 hours"}}})
    rows = {"ticket": [ticket(1, appointment_at="2026-10-05T10:00")]}
    assert judged(judge, policy, rows, as_of="2026-10-05T10:10") == ["pass"]


def test_calendar_days_after_an_instant_end_at_midnight(judge: Judge) -> None:  # §5
    within = {"no_later_than": {"field": "received_at", "plus": "3 calendar days"}}
    policy = requirement(for_each="ticket", require={"dispatched_at": within})
    rows = {"ticket": [ticket(1, dispatched_at="2026-10-08T23:59:59.999999"), ticket(2, dispatched_at="2026-10-09T00:00")]}
    assert judged(judge, policy, rows) == ["pass", "fail"]


def test_judged_at_another_instant_a_record_is_decided_then(judge: Judge) -> None:  # §6, judged_at
    policy = requirement(for_each="ticket", require={"exists": REACHED}, judged_at="closed_at")
    rows = {"ticket": [ticket(1, closed_at="2026-10-08T09:00"), ticket(2, closed_at="2026-10-08T09:00"), ticket(3), ticket(4, closed_at="2026-11-02T09:00")],
            "callback": [callback(1, "2026-10-08T09:00", ["t1"]), callback(2, "2026-10-08T09:01", ["t2", "t3", "t4"])]}  # fmt: skip
    found = judged(judge, policy, rows, "subject", "verdict", "decided_at")
    assert found == [("t1", "pass", "2026-10-08T09:00:00"), ("t2", "fail", "2026-10-08T09:00:00"), ("t3", "pending", None), ("t4", "pending", None)]


# --- related records -------------------------------------------------------------------------------------------------


def test_related_records_are_taken_up_to_the_decision(judge: Judge) -> None:  # §7.2
    policy = requirement(for_each="ticket", require={"exists": REACHED})
    rows = {"ticket": [ticket(1), ticket(2)], "callback": [callback(1, "2026-10-05T09:00", ["t1"]), callback(2, "2026-10-05T09:00:00.000001", ["t2"])]}
    assert judged(judge, policy, rows) == ["pass", "fail"]


def test_one_definite_match_decides_and_else_an_unknown_one_leaves_it_open(judge: Judge) -> None:  # §6, exists
    policy = requirement(for_each="ticket", require={"exists": REACHED})
    early = "2026-10-05T08:00"
    for listed, verdict in (([callback(1, early, ["t1"], None)], "unknown"), ([callback(1, early, ["t1"], None), callback(2, early, ["t1"])], "pass"),
                            ([callback(1, early, None)], "fail"), ([callback(1, None, ["t1"])], "unknown"), ([callback(1, None, ["t1"], "no-answer")], "fail"),
                            ([callback(1, early, [])], "fail"), ([callback(1, early, ["t2", "t1"])], "pass")):  # fmt: skip
        assert judged(judge, policy, {"ticket": [ticket(1)], "callback": listed}) == [verdict]


def test_none_may_exist(judge: Judge) -> None:  # §3
    policy = requirement(for_each="ticket", require={"none_exists": REACHED})
    early = "2026-10-05T08:00"
    for listed, verdict in (([], "pass"), ([callback(1, early, ["t1"])], "fail"), ([callback(1, early, ["t1"], None)], "unknown")):
        assert judged(judge, policy, {"ticket": [ticket(1)], "callback": listed}) == [verdict]


def test_a_time_that_has_not_come_matches_nothing(judge: Judge) -> None:  # §6, as-of; §7.2
    policy = requirement(for_each="ticket", require={"exists": {**REACHED, "time": "spoke_at"}})
    rows = {"ticket": [ticket(1)], "callback": [callback(1, "2026-10-05T08:00", ["t1"])]}
    assert judged(judge, policy, rows) == ["fail"]


def test_a_number_is_judged_by_its_bounds(judge: Judge) -> None:  # §6, counts with unknown members
    early = "2026-10-05T08:00"
    rows = {"ticket": [ticket(1)], "callback": [callback(1, early, ["t1"]), callback(2, early, ["t1"], None)]}
    for bound, verdict in (({"at_least": 1}, "pass"), ({"at_least": 2}, "unknown"), ({"at_least": 3}, "fail"), ({"at_most": 0}, "fail"), ({"at_most": 1}, "unknown"),
                           ({"at_most": 2}, "pass")):  # fmt: skip
        assert judged(judge, requirement(for_each="ticket", require={"number_of": REACHED, **bound}), rows) == [verdict]


def test_distinct_days_are_days_of_the_site(judge: Judge) -> None:  # §2, distinct: day
    policy = requirement(for_each="ticket", require={"number_of": {**REACHED, "distinct": "day"}, "at_least": 2})
    times = {1: "2026-10-03T23:59", 2: "2026-10-04T00:00", 3: "2026-10-04T00:00", 4: "2026-10-04T23:59"}
    rows = {"ticket": [ticket(1), ticket(2)], "callback": [callback(n, at, ["t1" if n < 3 else "t2"]) for n, at in times.items()]}
    assert judged(judge, policy, rows) == ["pass", "fail"]


def test_a_void_record_is_no_related_record_unless_the_clause_says_so(judge: Judge) -> None:  # §4
    rows = {"ticket": [ticket(1)], "callback": [callback(1, "2026-10-05T08:00", ["t1"], "void")]}
    clause = {"record": "callback", "match": {"ticket_ids": "ticket_id"}}
    assert judged(judge, requirement(for_each="ticket", require={"exists": clause}), rows) == ["fail"]
    assert judged(judge, requirement(for_each="ticket", require={"exists": {**clause, "void": "counts"}}), rows) == ["pass"]


def test_parameters_of_a_related_record_are_those_of_the_obligation(judge: Judge) -> None:  # §6, the value at the trigger
    tries = {"tries": {"unit": "times", "values": [{"from": "2026-01-01", "value": 1}, {"from": "2026-10-05", "value": 3}]}}
    clause = {**REACHED, "where": {"tries": {"at_least": "$tries"}}}
    policy = requirement(for_each="ticket", require={"exists": clause}, parameters=tries)
    rows = {"ticket": [ticket(1)], "callback": [callback(1, "2026-10-04T09:00", ["t1"], tries=2)]}
    assert judged(judge, policy, rows) == ["fail"]


def test_records_join_within_one_site(judge: Judge) -> None:  # §4
    policy = requirement(for_each="ticket", require={"exists": REACHED})
    rows = {"ticket": [ticket(1), ticket(1, site="S2")], "callback": [callback(1, "2026-10-05T08:00", ["t1"], site="S2")]}
    zones = {"S1": "Asia/Shanghai", "S2": "Asia/Shanghai"}
    assert judged(judge, policy, rows, "site", "verdict", zones=zones) == [("S1", "fail"), ("S2", "pass")]


# --- references ------------------------------------------------------------------------------------------------------


def staff(who: str, hired: str, left: str | None = None, **more: Any) -> Row:
    return {"staff_id": who, "hired": hired, "left": left, **more}


def test_a_reference_takes_the_row_whose_spell_holds(judge: Judge) -> None:  # §3, references; §7.3
    policy = requirement(for_each="call", require={"staff.team_id": "A"})
    people = [staff("e1", "2026-01-01", "2026-10-05", team_id="A"), staff("e1", "2026-10-06", team_id="B")]
    times = ("2026-10-05T23:59:59.999999", "2026-10-06T00:00", "2025-12-31T23:59:59")
    rows = {"call": [call(n, at, staff_id="e1") for n, at in enumerate(times)], "staff": people}
    assert judged(judge, policy, rows, period=("2025-01-01", "2027-01-01")) == ["pass", "fail", "unknown"]


def test_spells_that_overlap_but_agree_on_the_field_are_known(judge: Judge) -> None:  # §7.7
    people = [staff("e1", "2026-01-01", team_id="A", superior_id="e8"), staff("e1", "2026-02-01", team_id="A", superior_id="e9")]
    rows = {"call": [call(1, staff_id="e1")], "staff": people}
    assert judged(judge, requirement(for_each="call", require={"staff.team_id": "A"}), rows) == ["pass"]
    assert judged(judge, requirement(for_each="call", require={"staff.superior_id": "e8"}), rows) == ["unknown"]


def test_without_a_time_of_its_own_a_reference_is_read_at_the_records_own_time(judge: Judge) -> None:  # §3, references
    policy = requirement(for_each="event", where={"kind": "completed"}, require={"ticket.staff.team_id": "A"})
    people = [staff("e1", "2026-01-01", "2026-10-05", team_id="A"), staff("e1", "2026-10-06", team_id="B")]
    rows = {"staff": people, "ticket": [ticket(1, staff_id="e1")], "event": [{"ticket_id": "t1", "seq": 1, "kind": "completed", "at": "2026-10-06T09:00"}]}
    assert judged(judge, policy, rows) == ["pass"]


# --- versions, identity, people --------------------------------------------------------------------------------------


def test_versions_that_agree_stand_and_those_that_do_not_are_unknown(judge: Judge) -> None:  # §6, same key
    rows = {"call": [call(1, ring_count=2), call(1, "2026-10-06T09:00", ring_count=1), call(2, ring_count=2), call(2, ring_count=3)]}
    found = judged(judge, TWO_RINGS, rows, "subject", "verdict", "decided_at")
    assert found == [("c1", "pass", "2026-10-06T09:00:00"), ("c2", "unknown", "2026-10-05T09:00:00")]


def test_a_version_that_does_not_belong_disagrees_with_one_that_fails(judge: Judge) -> None:  # §6, same key
    policy = requirement(for_each="call", where={"urgency": "urgent"}, require={"outcome": "answered"})
    rows = {"call": [call(1, urgency="urgent", outcome="missed"), call(1, urgency="normal", outcome="missed")]}
    assert judged(judge, policy, rows, "verdict", "disputed") == [("unknown", True)]


def test_fields_on_which_versions_of_a_related_record_differ_are_unknown(judge: Judge) -> None:  # §7.10
    policy = requirement(for_each="ticket", require={"exists": REACHED})
    early = "2026-10-05T08:00"
    rows = {"ticket": [ticket(1)], "callback": [callback(1, early, ["t1"]), callback(1, early, ["t1"], "no-answer")]}
    assert judged(judge, policy, rows) == ["unknown"]
    rows = {"ticket": [ticket(1)], "callback": [callback(1, early, ["t1"], tries=1), callback(1, early, ["t1"], tries=2)]}
    assert judged(judge, policy, rows) == ["pass"]


def test_records_of_one_subject_are_told_apart_by_their_ordinal(judge: Judge) -> None:  # §6, fingerprint
    policy = requirement(for_each="call", subject=["staff_id"], require={"outcome": "answered"})
    rows = {"call": [call(2, "2026-10-06T09:00", staff_id="e1", outcome="missed"), call(1, staff_id="e1")]}
    assert judged(judge, policy, rows, "subject", "ordinal", "verdict") == [("e1", "1", "pass"), ("e1", "2", "fail")]


def test_the_first_present_person_answers_as_of_the_decision(judge: Judge) -> None:  # §6, accountable
    policy = requirement(for_each="ticket", require={"on_spot": True}, judged_at="closed_at", accountable={"first_present": ["team_id", "staff.superior_id"]})
    people = [staff("e1", "2026-01-01", "2026-10-05", superior_id="e8"), staff("e1", "2026-10-06", superior_id="e9")]
    rows = {"staff": people, "ticket": [ticket(1, staff_id="e1", closed_at="2026-10-06T09:00"), ticket(2, staff_id="e1", team_id="T1", closed_at="2026-10-06T09:00")]}
    assert judged(judge, policy, rows, "accountable") == [("e9",), ("T1",)]
