"""Which days are worked: the national calendar with its make-up days, and a company's laid over it (language §5).

The library of national holidays is imported when the first working day is asked for, and not before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from checker.calendars import to_date, to_day
from checker.errors import Text, refuse, say
from checker.policy.files import Calendar

FIRST = to_day(date(2024, 1, 1))
"""Earlier years are in the library too, but nothing proves them here."""
Workdays = Mapping[int, bool]
"""Day number -> whether it is worked; days that no calendar speaks of are not in it."""


@lru_cache(maxsize=1)
def national() -> Workdays:
    """Every day from 2024 to the last year that the library holds."""
    from chinese_calendar import constants, is_workday

    last = to_day(date(max(day.year for day in constants.holidays), 12, 31))
    return {day: is_workday(to_date(day)) for day in range(FIRST, last + 1)}


def workdays(own: Calendar | None = None) -> Workdays:
    """The national calendar, with what a company's file says laid over it. Raises CheckerError where a year is left out,
    or a day is changed of which no calendar speaks."""
    found = dict(national())
    if own is None:
        return found
    lost = unspoken(own)
    if lost is not None:
        raise refuse("calendar.unspoken", *unspoken_said(own, lost))
    if own.covers is not None:
        found = {day: (day + 3) % 7 < 5 for day in own.covers.days} | found
        _whole(own, found)
    for changes, works in ((own.closed, False), (own.extra, True)):
        found.update((day, works) for change in changes for day in change.days)
    return dict(sorted(found.items()))


def unspoken(own: Calendar) -> int | None:
    """The first day that a company's file closes or adds in a year of which neither it nor the national calendar speaks."""
    covered = own.covers.days if own.covers else range(0)
    return next((day for change in (*own.closed, *own.extra) for day in change.days if day not in covered and day not in national()), None)


def unspoken_said(own: Calendar, day: int) -> tuple[Text, Text]:
    """What is wrong with such a day, and the way out."""
    facts = {"c": own.calendar, "d": to_date(day), "a": to_date(min(national())), "b": to_date(max(national())), "y": to_date(day).year}
    return (
        say("日历 `{c}` 写到 {d},但全国日历只有 {a} 至 {b}", "calendar `{c}` speaks of {d}, and the national one only of {a} to {b}", **facts),
        say("该年也由本文件来说:写 `covers: {{from: {y}-01-01, until: {y}-12-31}}`;日期写错了就改正",
            "say that year in this file too: `covers: {{from: {y}-01-01, until: {y}-12-31}}`; or correct the date", **facts),
    )  # fmt: skip


def _whole(own: Calendar, found: Workdays) -> None:
    gap = next((day for day in range(min(found), max(found)) if day not in found), None)
    if gap is not None:
        raise refuse(
            "calendar.gap",
            say("日历 `{c}` 与全国日历之间缺了 {d}", "{d} is missing between calendar `{c}` and the national one", c=own.calendar, d=to_date(gap)),
            say("让 `covers` 与全国日历相接", "let `covers` adjoin the national calendar"),
        )


__all__ = ["Workdays", "national", "unspoken", "unspoken_said", "workdays"]
