"""The hours and the working days of a site: its calendar, its windows, and the time of which they speak."""

from __future__ import annotations

from functools import lru_cache

from checker.calendars import day_start, written_windows
from checker.errors import refuse, say
from checker.plan import BEGINNING, FOREVER, Audit, Site
from checker.policy.files import Calendar, Window
from checker.workdays import Workdays, workdays


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


def bounds(audit: Audit, site: Site, name: str) -> tuple[int, int]:
    """The instants between which it is known when a window is open: those of the work calendar, where it goes by that."""
    if not any(one.by_workday for one in window_at(site, name)):
        return BEGINNING, FOREVER
    days = calendar_of(audit, site)
    # What opens on the day before the first may reach into it.
    return day_start(site.zone, min(days) + 1), day_start(site.zone, max(days) + 1)


__all__ = ["bounds", "calendar_of", "loaded", "own_calendar", "window_at"]
