"""Windows and working days as typed tables: when a site's windows are open, and which of its days are worked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from checker.calendars import always_open, open_intervals
from checker.hours import bounds, calendar_of, loaded, own_calendar, window_at
from checker.plan import Audit, Site, Table
from checker.policy.files import Calendar, Window
from checker.policy.values import DAY
from checker.workdays import Workdays

Names = Mapping[str, str]
"""Site -> the window that is meant there."""


def never_closes(audit: Audit, names: Names) -> bool:
    """Whether a window is open at every instant of every site, so that counted time is elapsed time."""
    return all(always_open(window_at(site, names[site.id])) for site in audit.sites if site.id in names)


def window_table(audit: Audit, table: str, names: Names) -> Table:
    """Open stretches by site with the open time before each: counted time is a look-up in it. The last stretch of a
    window that goes by working days is empty, and stands where the work calendar ends."""
    columns = {"site": "VARCHAR", "from_us": "BIGINT", "until_us": "BIGINT", "before_us": "BIGINT"}
    return Table(table, columns, tuple(row for site in audit.sites if site.id in names for row in _rows(audit, site, names[site.id])))


def _rows(audit: Audit, site: Site, name: str) -> Iterator[tuple[object, ...]]:
    windows = window_at(site, name)
    by_workday, before = any(one.by_workday for one in windows), 0
    own = own_calendar(audit, site) if by_workday else None
    for start, end in _stretches(windows, site.zone, audit.span, by_workday, own):
        yield site.id, start, end, before
        before += end - start
    if by_workday:
        last = bounds(audit, site, name)[1]
        yield site.id, last, last, before


@lru_cache(maxsize=64)
def _stretches(
    windows: tuple[Window, ...], zone: str, span: tuple[int, int], by_workday: bool, own: Calendar | None
) -> list[tuple[int, int]]:
    first, last = span[0] // DAY - 1, span[1] // DAY + 1
    if not by_workday:
        return open_intervals(windows, zone, first, last)
    days = loaded(own)
    return open_intervals(windows, zone, max(first, min(days)), min(last, max(days) + 1), days)


def work_tables(audit: Audit) -> Iterator[Table]:
    """`_work`: each day, whether it is worked, and how many days up to it are; `_worked`: the n-th working day."""
    counted = {site.id: list(_counted(calendar_of(audit, site))) for site in audit.sites}
    columns = {"site": "VARCHAR", "day": "BIGINT", "works": "BOOLEAN", "upto": "BIGINT"}
    yield Table("_work", columns, tuple((site, *row) for site, rows in counted.items() for row in rows))
    columns = {"site": "VARCHAR", "no": "BIGINT", "day": "BIGINT"}
    yield Table("_worked", columns, tuple((site, upto, day) for site, rows in counted.items() for day, works, upto in rows if works))


def _counted(days: Workdays) -> Iterator[tuple[int, bool, int]]:
    number = 0
    for day, works in days.items():
        number += works
        yield day, works, number


__all__ = ["never_closes", "window_table", "work_tables"]
