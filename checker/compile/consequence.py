"""What a step of a ladder expects to follow, and by when: a deadline of its own from the n-th finding."""

from __future__ import annotations

from dataclasses import dataclass

from checker.compile.lengths import CALENDAR, ELAPSED, MONTHS, WORKING, amount_of, by_clock, local_day, shifted, working_days
from checker.compile.operands import constant
from checker.compile.related import Bounds, matches
from checker.compile.scope import Scope
from checker.compile.sql import Expr, text
from checker.policy.kinds import LadderStep

UNITS = {ELAPSED: "'us'", CALENDAR: "'days'", WORKING: "'workdays'", MONTHS: "'days'"}


@dataclass(frozen=True, slots=True)
class Consequence:
    """SQL of the definite answer, the earliest possible one, the last instant at which it is in time, the end of what the
    source covers, and the measure on the clock of the limit."""

    sure: str
    possible: str
    due: str
    covered: str
    measured: str
    limit: str
    unit: str
    follows: str


def consequence(scope: Scope, index: int, step: LadderStep) -> Consequence | None:
    """The consequence of step `index`; its look-up is joined to the scope. None where a person decides and nothing is due."""
    if step.expects is None or step.due is None:
        return None
    sure, possible = _answers(scope, index, step)
    amount, clock, clocks = amount_of(scope, step.due)
    due = shifted(scope, Expr("f.start", "instant"), step.due, "+", "end").sql
    seen = f"coalesce({sure}, e.as_of - 1)"
    days = f"{local_day(scope.site, seen)} - {local_day(scope.site, 'f.start')}"
    measured = {ELAPSED: f"coalesce({sure}, e.as_of) - f.start", CALENDAR: days, MONTHS: days}
    limit = dict.fromkeys(clocks, amount)
    if MONTHS in clocks:
        limit[MONTHS] = f"{local_day(scope.site, due)} - {local_day(scope.site, 'f.start')}"
    if WORKING in clocks:
        measured[WORKING] = f"{working_days(scope.site, local_day(scope.site, seen))} - {working_days(scope.site, local_day(scope.site, 'f.start'))}"
    return Consequence(
        sure, possible, due, scope.env.covered_last(step.expects.record)[1], by_clock({one: measured[one] for one in clocks}, clock),
        by_clock(limit, clock), by_clock({one: UNITS[one] for one in clocks}, clock), text(step.expects.record),
    )  # fmt: skip


def _answers(scope: Scope, index: int, step: LadderStep) -> tuple[str, str]:
    """The first record from the finding on that counts, or the n-th; and the first that may."""
    clause = step.expects
    assert clause is not None
    found = matches(scope, clause, Bounds(lower="f.start"))
    nth = "1" if clause.nth is None else constant(scope, Expr("", "count"), clause.nth).sql
    pair = ", ".join(
        f"list_extract(list_sort(list({time}) FILTER (WHERE {test})), {nth})"
        for time, test in ((found.time, found.counts), (f"coalesce({found.time}, f.start)", f"({found.counts}) IS NOT FALSE"))
    )
    alias = f"follows{index}"
    scope.late[alias] = f"LEFT JOIN LATERAL (SELECT [{pair}] AS pair FROM {found.source} WHERE {found.where} AND f.step = {index}) {alias} ON TRUE"
    return f"{alias}.pair[1]", f"{alias}.pair[2]"


__all__ = ["Consequence", "consequence"]
