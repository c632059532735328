"""Windows and working days as typed tables: when a site's windows are open, and which of its days are worked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from checker.calendars import always_open, day_start, open_intervals, written_windows
from checker.errors import refuse, say
from checker.plan import BEGINNING, FOREVER, Audit, Site, Table
from checker.policy.files import Calendar, Window
from checker.policy.values import DAY
from checker.workdays import Workdays, workdays

Names = Mapping[str, str]
"""Site -> the window that is meant there."""


@lru_cache(maxsize=64)
def loaded(own: Calendar | None) -> Workdays:
    """The work calendar that a file lays over the national one."""
    return workdays(own)


def calendar_of(audit: Audit, site: Site) -> Workdays:
    """The work calendar of a site."""
    return loaded(own_calendar(audit, site))


def own_calendar(audit: Audit, site: Site) -> Calendar | None:
    """The calendar that the site's profile names; none for the national one. Raises CheckerError where no file has it."""
    named = site.profile.calendar
    if named in audit.calendars or named == "national":
        return audit.calendars.get(named)
    raise refuse(
        "calendar.unknown",
        say("没有日历 `{c}`", "there is no calendar `{c}`", c=named),
        say("写一个 `format: calendars/1` 的文件,放到 `--policies` 里", "write it as a file of `format: calendars/1` among `--policies`"),
    )


def window_at(site: Site, name: str) -> tuple[Window, ...]:
    """A window of a site: the profile's, else the roster's. Raises CheckerError where neither gives it."""
    if found := site.profile.windows.get(name):
        return found
    if said := site.windows.get(name):
        return written_windows(said)
    raise refuse(
        "window.unset",
        say("项目 `{s}` 没有时段 `{w}`", "site `{s}` has no window `{w}`", s=site.id, w=name),
        say("在方案 `{p}` 的 `windows:` 里写,或填在项目台账里", "write it under `windows:` of profile `{p}`, or in the site roster", p=site.profile.profile),
    )


def never_closes(audit: Audit, names: Names) -> bool:
    """Whether a window is open at every instant of every site, so that counted time is elapsed time."""
    return all(always_open(window_at(site, names[site.id])) for site in audit.sites if site.id in names)


def bounds(audit: Audit, site: Site, name: str) -> tuple[int, int]:
    """The instants between which it is known when a window is open: those of the work calendar, where it goes by that."""
    if not any(one.by_workday for one in window_at(site, name)):
        return BEGINNING, FOREVER
    days = calendar_of(audit, site)
    # What opens on the day before the first may reach into it.
    return day_start(site.zone, min(days) + 1), day_start(site.zone, max(days) + 1)


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


__all__ = ["bounds", "calendar_of", "never_closes", "window_at", "window_table", "work_tables"]
