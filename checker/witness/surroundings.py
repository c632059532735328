"""What an obligation is judged in: the audit, and its sites with their days, working days, windows and what sources cover.

As-of may be moved on without anything being built anew: what is kept does not rest on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checker import force, hours
from checker.calendars import day_start, offset_at, openings, outside_calendar
from checker.plan import BEGINNING, FOREVER, Audit, Site
from checker.policy.files import Window
from checker.policy.kinds import Base
from checker.policy.values import DAY
from checker.workdays import Workdays

EVER = 999_999
"""A day after all days."""
WEEK = 7 * DAY
REMEMBERED = 10_000
"""Limits that are remembered: one is asked for several times, while it runs."""
NEVER_OPENS = 4_000
"""Days after which a window that has not opened is taken never to open."""


class Surroundings:
    """An audit, and the places at which it is held."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self.places = {site.id: Place(audit, site) for site in audit.sites}

    def move(self, as_of: int) -> None:
        """Let all sites be seen as they stand at this instant (UTC microseconds)."""
        for place in self.places.values():
            place.as_of = as_of


class Place:
    """A site: its clock, calendar and windows, and the instant up to which it is seen. Instants are UTC microseconds."""

    def __init__(self, audit: Audit, site: Site) -> None:
        self.audit, self.site, self.id, self.zone = audit, site, site.id, site.zone
        self.as_of, self.first, self.until = site.as_of, site.first, site.until
        self._starts: dict[int, int] = {-EVER: BEGINNING, EVER: FOREVER}
        self._shifts: dict[int, int | None] = {}
        self._chosen: dict[str, force.Series] = {}
        self._windows: dict[str, tuple[Window, ...]] = {}
        self._by_workday: dict[str, bool] = {}
        self._opened: dict[tuple[str, int], list[tuple[int, int]] | None] = {}
        self._near: dict[tuple[str, int], list[tuple[int, int]]] = {}
        self._counted: dict[tuple[str, int, int], int | None] = {}
        self.lasts: dict[tuple[int, str, int, int], tuple[int, int, int]] = {}
        """Limits in days without pauses, as they were reckoned."""
        self._covered: dict[str, list[tuple[int, int]]] = {}
        self.unstated = not (audit.covered if site.covered is None else site.covered)
        """Whether no source says of which time it speaks."""
        self._workdays: Workdays | None = None

    # -- days ---------------------------------------------------------------------------------------------------------

    def local(self, instant: int) -> int:
        """An instant on the wall clock, in microseconds since 1970-01-01T00:00 of its own zone."""
        week = instant // WEEK
        if week not in self._shifts:
            first, last = (offset_at(self.zone, edge) for edge in (week * WEEK, (week + 1) * WEEK))
            self._shifts[week] = first if first == last else None
        shift = self._shifts[week]
        return instant + (offset_at(self.zone, instant) if shift is None else shift)

    def day(self, instant: int) -> int:
        """The local day of an instant; of those before and after all time a day before and after all days."""
        if abs(instant) >= FOREVER:
            return EVER if instant > 0 else -EVER
        return self.local(instant) // DAY

    def start(self, day: int) -> int:
        """The first instant of a local day."""
        found = self._starts.get(day)
        if found is None:
            found = self._starts[day] = day_start(self.zone, day)
        return found

    def end(self, day: int) -> int:
        """The last instant of a local day."""
        return self.start(day + 1) - 1

    @property
    def workdays(self) -> Workdays:
        if self._workdays is None:
            self._workdays = hours.calendar_of(self.audit, self.site)
        return self._workdays

    def works(self, day: int) -> bool:
        """Whether a day is worked. Raises CheckerError where no work calendar speaks of it."""
        found = self.workdays.get(day)
        if found is None:
            raise outside_calendar(day)
        return found

    def working_day(self, day: int, amount: int) -> int:
        """The day so many working days after (or, below 0, before) another, which does not count itself."""
        step = 1 if amount > 0 else -1
        while amount:
            day += step
            amount -= step * self.works(day)
        return day

    # -- windows ------------------------------------------------------------------------------------------------------

    def window(self, name: str) -> tuple[Window, ...]:
        """The hours that a name stands for. Raises CheckerError where neither profile nor roster gives them."""
        found = self._windows.get(name)
        if found is None:
            found = self._windows[name] = hours.window_at(self.site, name)
        return found

    def by_workday(self, name: str) -> bool:
        found = self._by_workday.get(name)
        if found is None:
            found = self._by_workday[name] = any(one.by_workday for one in self.window(name))
        return found

    def known(self, name: str, instant: int) -> None:
        """That the work calendar speaks of the day of an instant, where a window goes by it. Raises CheckerError."""
        if self.by_workday(name):
            self.works(self.day(instant))

    def opened(self, name: str, day: int) -> list[tuple[int, int]] | None:
        """When a window opens and closes that opens on a day; None where no work calendar speaks of the day."""
        key = (name, day)
        if key not in self._opened:
            spoken = not self.by_workday(name) or day in self.workdays
            workdays = self.workdays if self.by_workday(name) else None
            made = sorted((opens, closes) for _, opens, closes in openings(self.window(name), self.zone, (day,), workdays)) if spoken else None
            self._opened[key] = made
        return self._opened[key]

    def stretches(self, name: str, instant: int, last: int = EVER) -> Iterator[tuple[int, int]]:
        """When a window is open, in order and apart (they may adjoin), from the stretch on that may hold an instant, to those that
        open on a last day. Raises CheckerError where a day is reached of which no work calendar speaks."""
        high, idle = BEGINNING, 0
        day = self.day(instant) - 2
        while idle < NEVER_OPENS and day <= last:
            opened = self.opened(name, day)
            if opened is None and self.end(day) >= instant:
                raise outside_calendar(day)
            for start, end in opened or ():
                if end > max(start, high):
                    yield max(start, high), end
                    high, idle = end, 0
            day, idle = day + 1, idle + 1

    def _about(self, name: str, day: int) -> list[tuple[int, int]]:
        """The first of the stretches from an instant of a day on, to those that open on this day. Raises CheckerError as `stretches`."""
        found = self._near.get((name, day))
        if found is None:
            found = self._near[name, day] = list(self.stretches(name, self.start(day), day))
        return found

    def ran(self, name: str, low: int, high: int) -> int:
        """For how long a window was open from one instant to another."""
        if low >= high:
            return 0
        near, found = self._about(name, self.day(low)), 0
        for since, until in near if near and near[-1][1] >= high else self.stretches(name, low):
            found += max(min(until, high) - max(since, low), 0)
            if until >= high:
                break
        return found

    def counted(self, name: str, start: int, amount: int) -> int | None:
        """The last instant at which the time that a window was open since a start is not over an amount; None: there is none.
        Raises CheckerError as `known`."""
        key = (name, start, amount)
        found = self._counted.get(key, 0)
        if found == 0:
            if len(self._counted) >= REMEMBERED:
                self._counted.clear()
            found = self._counted[key] = self._count(name, start, amount)
        return found

    def _count(self, name: str, start: int, amount: int) -> int | None:
        self.known(name, start)
        found = _reached(self._about(name, self.day(start)), start, amount)
        return _reached(self.stretches(name, start), start, amount) if found is None else found

    def is_open(self, name: str, instant: int) -> bool:
        self.known(name, instant)
        day = self.day(instant)
        return any(start <= instant < end for one in (day - 1, day) for start, end in self.opened(name, one) or ())

    # -- policies and sources -----------------------------------------------------------------------------------------

    def in_force(self, policy: Base, instant: int) -> bool:
        """Whether a policy is chosen here and in force at an instant."""
        series = self._chosen.get(policy.id) or self.valid(policy)
        if len(series) == 1:
            return series[0][0] <= instant < series[0][1]
        return any(start <= instant < end for start, end, _ in series)

    def valid(self, policy: Base) -> force.Series:
        """The stretches in which a policy is chosen here and in force."""
        found = self._chosen.get(policy.id)
        if found is None:
            found = self._chosen[policy.id] = force.in_force(policy, self.site)
        return found

    def covered(self, record: str, instant: int) -> tuple[int, int]:
        """The stretch in which an instant lies of which the source of a record type speaks; an empty one where none does.
        Unstated: the audit's period up to as-of."""
        stated = None if self.unstated else self._stated(record)
        if not stated:
            return self.first, self.as_of
        return next((one for one in stated if one[0] <= instant < one[1]), (FOREVER, BEGINNING))

    def covered_last(self, record: str) -> tuple[int, int]:
        """The last stretch that begins before as-of."""
        stated = self._stated(record)
        if not stated:
            return self.first, self.as_of
        return next((one for one in reversed(stated) if one[0] < self.as_of), (FOREVER, BEGINNING))

    def _stated(self, record: str) -> list[tuple[int, int]]:
        found = self._covered.get(record)
        if found is None:
            found = self._covered[record] = list(force.joined(self.audit.covered_at(self.site, record)))
        return found


def _reached(stretches: Iterable[tuple[int, int]], start: int, left: int) -> int | None:
    """When so much has run in these stretches since a start; None: it never has."""
    for low, high in stretches:
        since = max(low, start)
        if high - since > left:
            return since + left
        left -= max(high - since, 0)
    return None


__all__ = ["EVER", "Place", "Surroundings"]
