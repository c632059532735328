"""The months of a year add up for sequences and presence too: each finding is decided once, in one of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.small_worlds import JUDGES, Judge, small

BASE = {
    "id": "hand.policy", "standard": "hand.policy", "title": {"zh": "手", "en": "hand"}, "source": [{"document": "d", "clause": "1"}],
    "severity": {"level": "minor", "reason": {"zh": "手", "en": "hand"}},
}  # fmt: skip
SEQUENCE = BASE | {
    "kind": "sequence", "for_each": "ticket", "order": ["dispatched", "completed"],
    "steps": {"record": "event", "match": {"ticket_id": "ticket_id"}, "name": "kind", "time": "at", "ties": "seq"}, "required": ["dispatched"],
}  # fmt: skip
RATE = BASE | {
    "kind": "rate", "share_of": {"record": "ticket"}, "that": {"completed_at": {"present": True}}, "at_least": "100 %", "per": "month", "group_by": ["site_id"],
}  # fmt: skip
PRESENCE = BASE | {
    "kind": "presence", "for_each": "post", "during": "hours", "at_least": 1, "tolerance": "5 minutes",
    "staffed_by": {"record": "shift", "match": {"post_id": "post_id"}, "from": "starts_at", "to": "ends_at"},
}  # fmt: skip
EVENTS = [("t1", 1, "dispatched", "2026-10-20T09:00"), ("t1", 2, "completed", "2026-10-31T23:59:59"), ("t2", 1, "dispatched", "2026-10-30T09:00"),
          ("t2", 2, "completed", "2026-11-01T00:00"), ("t3", 1, "completed", "2026-11-02T09:00"), ("t4", 1, "completed", "2026-10-30T10:00"),
          ("t4", 2, "dispatched", "2026-11-03T10:00")]  # fmt: skip
SHIFTS = [("d1", "2026-09-25T00:00", "2026-10-31T23:58"), ("d2", "2026-11-01T00:02", "2026-11-15T23:50"), ("d3", "2026-11-16T00:10", "2026-11-30T23:56"),
          ("d4", "2026-12-01T00:30", "2026-12-20T00:00")]  # fmt: skip


@pytest.fixture(params=JUDGES)
def judge(request: pytest.FixtureRequest) -> Judge:
    return JUDGES[request.param]


def types() -> tuple[Any, ...]:
    from tests.small_worlds import ID, INSTANT, _type

    post = _type("post", ["post_id"], {})
    shift = _type("shift", ["shift_id"], {"post_id": ID, "starts_at": INSTANT, "ends_at": INSTANT}, time="starts_at")
    return post, shift


def decided(judge: Judge, policy: dict[str, Any], rows: dict[str, Any], period: tuple[str, str], as_of: str) -> list[tuple[Any, ...]]:
    world = small(policy, rows, types=types(), period=period, as_of=as_of, windows={"hours": [{"from": "00:00", "to": "24:00"}]},
                  covered={"shift": ("2026-09-01", "2027-01-01"), "event": ("2026-09-01", "2027-01-01")})  # fmt: skip
    keys = ("subject", "ordinal", "verdict", "measured", "limit", "decided_at")
    return sorted(tuple(one[key] for key in keys) for one in judge(world) if one["verdict"] != "pending")


MONTHS = [("2026-10-01", "2026-11-01"), ("2026-11-01", "2026-12-01")]


def test_the_months_of_a_sequence_add_up(judge: Judge) -> None:
    rows = {"ticket": [{"ticket_id": f"t{n}", "received_at": "2026-10-20T08:00", "status": "open"} for n in range(1, 5)],
            "event": [{"ticket_id": ticket, "seq": seq, "kind": kind, "at": at} for ticket, seq, kind, at in EVENTS]}  # fmt: skip
    apart = [one for first, until in MONTHS for one in decided(judge, SEQUENCE, rows, (first, until), until)]
    assert sorted(apart) == decided(judge, SEQUENCE, rows, ("2026-10-01", "2026-12-01"), "2026-12-01")
    assert [(one[0], one[2]) for one in sorted(apart)] == [("t1", "pass"), ("t2", "pass"), ("t3", "fail"), ("t4", "fail")]


def test_the_months_of_a_presence_add_up(judge: Judge) -> None:
    rows = {"post": [{"post_id": "p1"}], "shift": [{"shift_id": key, "post_id": "p1", "starts_at": start, "ends_at": end} for key, start, end in SHIFTS]}
    apart = [one for first, until in MONTHS for one in decided(judge, PRESENCE, rows, (first, until), until)]
    whole = decided(judge, PRESENCE, rows, ("2026-10-01", "2026-12-01"), "2026-12-01")
    assert len(whole) == 61
    # A gap is measured whole as far as is known: the one over the end of October by its own as-of only up to midnight.
    assert [one[:3] for one in sorted(apart)] == [one[:3] for one in whole]
    minutes = 60_000_000
    # 4 minutes over the end of October are tolerated; 20 minutes on 15 November outgrow the tolerance that day.
    assert [(one[1], one[3]) for one in whole if one[2] == "fail"] == [("2026-11-15", 20 * minutes)]
    assert [(one[1], one[3]) for one in whole if one[2] == "pass" and one[3]] == [("2026-10-31", 4 * minutes), ("2026-11-30", 4 * minutes)]


def test_what_comes_after_a_closed_month_does_not_change_its_rate(judge: Judge) -> None:
    """A ticket of October that is completed in November was not completed in October, whenever that is asked."""
    rows = {"ticket": [{"ticket_id": "t1", "received_at": "2026-10-20T08:00", "completed_at": "2026-10-31T23:59:59", "status": "open"},
                       {"ticket_id": "t2", "received_at": "2026-10-21T08:00", "completed_at": "2026-11-01T00:00", "status": "open"},
                       {"ticket_id": "t3", "received_at": "2026-11-03T08:00", "completed_at": "2026-11-04T00:00", "status": "open"}]}  # fmt: skip
    apart = [one for first, until in MONTHS for one in decided(judge, RATE, rows, (first, until), until)]
    assert sorted(apart) == decided(judge, RATE, rows, ("2026-10-01", "2026-12-01"), "2026-12-01")
    assert [(one[1], one[2], one[3]) for one in sorted(apart)] == [("2026-10", "fail", 1), ("2026-11", "pass", 1)]


def test_what_comes_after_a_case_was_closed_does_not_undo_it(judge: Judge) -> None:
    """A step out of order after a rightful close is a violation of its own month; a nameless one changes nothing that was decided."""
    rows = {"ticket": [{"ticket_id": f"t{n}", "received_at": "2026-10-05T08:00", "status": "open"} for n in (1, 2, 3)],
            "event": [{"ticket_id": ticket, "seq": seq, "kind": kind, "at": at} for ticket, seq, kind, at in (
                ("t1", 1, "dispatched", "2026-10-06T09:00"), ("t1", 2, "completed", "2026-10-14T09:00"), ("t1", 3, "dispatched", "2026-11-03T09:00"),
                ("t2", 1, "dispatched", "2026-10-06T09:00"), ("t2", 2, "completed", "2026-10-14T09:00"), ("t2", 3, None, "2026-11-03T09:00"),
                ("t3", 1, "completed", "2026-10-14T09:00"), ("t3", 2, "dispatched", "2026-11-03T09:00"))]}  # fmt: skip
    apart = [one for first, until in MONTHS for one in decided(judge, SEQUENCE, rows, (first, until), until)]
    assert sorted(apart) == decided(judge, SEQUENCE, rows, ("2026-10-01", "2026-12-01"), "2026-12-01")
    assert [one[:3] for one in sorted(apart)] == [("t1", "1", "pass"), ("t1", "2", "fail"), ("t2", "1", "pass"), ("t3", "1", "fail")]


def test_an_order_that_is_broken_is_decided_at_the_step_that_breaks_it(judge: Judge) -> None:
    """Whether the case is closed in a later month (t1), never (t2), or started again first (t3): no later step mends the order."""
    policy = SEQUENCE | {"order": ["dispatched", "arrived", "completed"], "restarts": {"reopened": ["dispatched"]}}
    steps = {"t1": [("completed", "2026-11-05T09:00")], "t2": [], "t3": [("reopened", "2026-10-12T09:00"), ("dispatched", "2026-10-13T09:00"), ("completed", "2026-11-06T09:00")]}
    events = [(ticket, seq, *step) for ticket, more in steps.items()
              for seq, step in enumerate([("arrived", "2026-10-06T09:00"), ("dispatched", "2026-10-07T09:00"), *more], 1)]  # fmt: skip
    rows = {"ticket": [{"ticket_id": ticket, "received_at": "2026-10-05T08:00", "status": "open"} for ticket in steps],
            "event": [{"ticket_id": ticket, "seq": seq, "kind": kind, "at": at} for ticket, seq, kind, at in events]}  # fmt: skip
    october, november = (decided(judge, policy, rows, (first, until), until) for first, until in MONTHS)
    assert [one[:4] for one in october] == [(ticket, "1", "fail", 1) for ticket in steps]
    assert len({one[5] for one in october}) == 1
    assert november == []
