"""Lengths on a clock that they cannot be on are refused where a profile gives them, and executed where they can."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.load import examine, validate
from tests.small_worlds import JUDGES, frequency, judged

BOOK = Path(__file__).parent.parent / "fixtures" / "refused" / "book"
POLICY = """format: policies/1
policies:
- id: visit.monthly
  standard: visit.monthly
  title: {zh: 每月走访, en: Visited every month}
  source: [{document: operator-procedure, clause: "1.2"}]
  severity: {level: minor, reason: {zh: 示例, en: example}}
  parameters:
    apart: {unit: duration, value: set by site}
    active: {unit: duration, value: set by site}
  kind: frequency
  for_each: customer
  expects: {record: visit, match: {unit_id: unit_id}, time: arrived_at}
  at_least: 1
  every: month
  counted_if_apart: $apart
  part_period: [{active_at_least: $active, due: all}, {otherwise: true, due: none}]
"""
PROFILE = """format: profiles/1
profile: own
policies: [visit.*]
set:
  visit.monthly:
    apart: APART
    active: [{from: 2026-01-01, value: ACTIVE, approved_by: 甲}]
"""


@pytest.mark.parametrize(
    ("apart", "active", "said"),
    [("7 calendar days", "1 months", []), ("7 working days", "20 calendar days", [(6, "write `7 calendar days`")]),
     ("48 hours", "15 working days", [(6, "write `2 calendar days`"), (7, "write `15 calendar days`")]), ("1 months", "48 hours", [(6, "write `30 calendar days`")])],
)  # fmt: skip
def test_what_a_profile_sets_is_on_a_clock_that_fits(tmp_path: Path, apart: str, active: str, said: list[tuple[int, str]]) -> None:
    base, _ = examine([BOOK])
    for name, text in (("policies.yaml", POLICY), ("profile.yaml", PROFILE.replace("APART", apart).replace("ACTIVE", active))):
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = validate([tmp_path / "policies.yaml", tmp_path / "profile.yaml"], base)
    assert [(one.where.line, one.fix.en) for one in found] == said


@pytest.mark.parametrize("name", JUDGES)
@pytest.mark.parametrize(
    ("active", "verdicts"),
    # Active from 11 October: 21 days. From the 1st of September the whole of October.
    [("21 calendar days", ["fail", "fail"]), ("22 calendar days", ["fail"]), ("504 hours", ["fail", "fail"]), ("505 hours", ["fail", "fail"]),
     ("528 hours", ["fail"]), ("1 months", ["fail"])],
)  # fmt: skip
def test_active_time_by_a_parameter(name: str, active: str, verdicts: list[str]) -> None:
    policy = frequency(
        for_each="customer", subject=["unit_id"], every="month", expects={"record": "visit", "match": {"unit_id": "unit_id"}}, at_least=1,
        parameters={"active": {"unit": "duration", "value": "set by site"}}, part_period=[{"active_at_least": "$active", "due": "all"}, {"otherwise": True, "due": "none"}],
    )  # fmt: skip
    rows = {"customer": [{"customer_id": f"c{n}", "unit_id": f"u{n}", "since": since} for n, since in enumerate(("2026-09-01", "2026-10-11"))]}
    assert judged(JUDGES[name], policy, rows, set={"active": active}) == verdicts
