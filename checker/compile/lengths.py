"""Lengths of time on any clock, added to instants and dates (language §5).

Clocks: elapsed microseconds, calendar days, working days, months. On the last three an instant moves by local days; what
time of that day is meant, the `edge` says: its first instant, its last, or as far into the day as it was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from checker.compile.scope import Scope
from checker.compile.sql import DAY, Expr
from checker.policy.typed import CLOCKS
from checker.policy.values import Duration, Parameter

Edge = Literal["start", "end", "same"]
ELAPSED, CALENDAR, WORKING, MONTHS = range(len(CLOCKS))


def amount_of(scope: Scope, length: Parameter | Duration) -> tuple[str, str, tuple[int, ...]]:
    """(amount, clock, clocks that it may have) as SQL."""
    if isinstance(length, Parameter):
        value = scope.parameter(length)
        return value.sql, value.second, value.clocks or (ELAPSED,)
    clock = CLOCKS.index(length.clock)
    return str(length.amount), str(clock), (clock,)


def shifted(scope: Scope, found: Expr, length: Parameter | Duration, sign: str, edge: Edge) -> Expr:
    """An instant or a date plus (or minus) a length. What lies after as-of moves with it."""
    amount, clock, clocks = amount_of(scope, length)
    move = _dates if found.type == "date" else _instants

    def moved(sql: str) -> str:
        return by_clock({one: move(scope, sql, amount, one, sign, edge) for one in clocks}, clock)

    after = moved(found.after or scope.horizon) if found.later else None
    return replace(found, sql=f"({moved(found.sql)})", after=after)


def _dates(scope: Scope, day: str, amount: str, clock: int, sign: str, edge: Edge) -> str:
    return day_after(scope, day, amount, clock, sign)


def _instants(scope: Scope, instant: str, amount: str, clock: int, sign: str, edge: Edge) -> str:
    if clock == ELAPSED:
        return f"{instant} {sign} {amount}"
    day = local_day(scope.site, instant)
    target = day_after(scope, day, amount, clock, sign)
    match edge:
        case "start":
            return day_start(scope.site, target)
        case "end":
            return f"{day_start(scope.site, f'{target} + 1')} - 1"
    return f"{day_start(scope.site, target)} + ({instant} - {day_start(scope.site, day)})"


def day_after(scope: Scope, day: str, amount: str, clock: int, sign: str = "+") -> str:
    """The local day that lies `amount` days, working days or months from another."""
    match clock:
        case 2:
            return _working(scope, day, amount, sign)
        case 3:
            months = f"to_months(({sign}{amount})::INTEGER)"
            return f"date_diff('day', DATE '1970-01-01', ((DATE '1970-01-01' + ({day})::INTEGER) + {months})::DATE)"
    return f"({day} {sign} {amount})"


def _working(scope: Scope, day: str, amount: str, sign: str) -> str:
    """The n-th working day after (or before) a day that may be worked or not; none after it is the day itself."""
    number = working_days(scope.site, day, early=sign == "+")
    found = f'(SELECT n.day FROM "_worked" n WHERE n.site = {scope.site} AND n.no = {number} {sign} {amount})'
    known = f"({day}) IS NOT NULL AND ({amount}) IS NOT NULL"
    return f"CASE WHEN {known} THEN CASE WHEN {amount} = 0 THEN {day} ELSE coalesce({found}, {outside(scope.env.unworked())}) END END"


def working_days(site: str, day: str, early: bool = True) -> str:
    """The number of a working day. Other days have that of the one before (`early`) or of the one to come.

    A day outside the loaded work calendar ends the audit: `engines/duckdb.py` knows the text that is said then.
    """
    column = "upto" if early else "upto + (NOT w.works)::BIGINT"
    return f"coalesce((SELECT w.{column} FROM \"_work\" w WHERE w.site = {site} AND w.day = {day}), {outside(day)})"


OUTSIDE = "day outside the work calendar: "


def outside(day: str) -> str:
    """Ends the audit where a day is counted of which no work calendar speaks: the text is no number, and the database
    says so. (Its `error` would do too, but not inside a window function.)"""
    return f"CASE WHEN {day} IS NOT NULL THEN ('{OUTSIDE}' || ({day})::VARCHAR)::BIGINT END"


def local_day(site: str, instant: str) -> str:
    offset = f'SELECT z."offset" FROM "_zone" z WHERE z.site = {site} AND {instant} >= z.from_us AND {instant} < z.until_us'
    return f"(({instant} + ({offset})) // {DAY})"


def day_start(site: str, day: str) -> str:
    """The first instant of a local day."""
    return f'(SELECT d.start_us FROM "_day" d WHERE d.site = {site} AND d.day = {day})'


def by_clock(found: dict[int, str], clock: str) -> str:
    if len(found) == 1:
        return next(iter(found.values()))
    return f"CASE {clock} " + " ".join(f"WHEN {number} THEN {sql}" for number, sql in found.items()) + " END"
