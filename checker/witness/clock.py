"""The clock of a limit: when it runs out, and how much of it has run (language §5, §7.4, §7.15)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from checker.calendars import add_months
from checker.plan import FOREVER
from checker.policy.conditions import Related
from checker.policy.kinds import Cutoff, Deadline, Paused, Requirement
from checker.policy.values import DAY, Parameter, TimeOfDay
from checker.witness.fields import Fields, Get, Instant
from checker.witness.records import Row
from checker.witness.related import Bounds, Clause
from checker.witness.seen import LATER, Sight
from checker.witness.shifts import day_after
from checker.witness.surroundings import Place

Spells = list[tuple[int, int]]
"""Stretches of time, [from, until), in order and apart."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the arithmetic: a word, and what belongs to it: instants `from` and `until` in UTC microseconds, day numbers,
    amounts."""

    word: str
    facts: dict[str, Any] = field(default_factory=dict)


class Ran(NamedTuple):
    """When a limit runs out, how much has run, and the limit, in microseconds or days."""

    due: int | None
    measured: int | None
    limit: int | None
    unit: str = "us"


class Pauses:
    """The spells in which the clock of a deadline stands still."""

    def __init__(self, fields: Fields, record: str, paused: Paused) -> None:
        self.clause = Clause(fields, record, Related(record=paused.record, match=paused.match, where=paused.where))
        self.begins, self.ends = fields.moment(paused.record, paused.from_), fields.cell(paused.record, paused.to)
        self.dates = fields.type_of(paused.record, paused.to) == "date"

    def found(self, sight: Sight, row: Row, start: int) -> tuple[Spells, bool]:
        """(the spells that are certain, laid together; whether there may be others). One that goes on does so to as-of."""
        spells, doubt = [], False
        for one in self.clause.counting(sight, row, start, Bounds()):
            low, high = self.begins(sight, one.row, start), self._end(sight, one.row, start)
            if low is LATER or (high is not None and high <= start):
                continue
            if one.counts is True and low is not None and high is not None:
                spells.append((max(low, start), high))
            else:
                doubt = True
        return laid_together(spells), doubt

    def _end(self, sight: Sight, row: Row, at: int) -> int | None:
        end = self.ends(sight, row, at)
        if end is LATER:
            return sight.place.as_of
        return sight.place.start(end + 1) if self.dates and end is not None else end


def laid_together(spells: Spells) -> Spells:
    merged: Spells = []
    for low, high in sorted(one for one in spells if one[0] < one[1]):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


class Clock:
    """The limit of a policy over records of a type."""

    def __init__(self, fields: Fields, policy: Requirement | Deadline) -> None:
        record = policy.for_each
        assert policy.within is not None
        self.length = fields.length(record, policy.within)
        self.counted_in = None if policy.counted_in is None else fields.conditions.window(record, policy.counted_in)
        cutoff, paused = getattr(policy, "cutoff", None), getattr(policy, "paused_by", None)
        self.cutoff = None if cutoff is None else (_time(fields, record, cutoff), cutoff.then)
        self.pauses = None if paused is None else Pauses(fields, record, paused)
        self.paused_by = None if paused is None else paused.record

    def ran(self, sight: Sight, row: Row, at: int, seen: int, last: int, say: list[Step] | None = None) -> tuple[Ran, bool]:
        """From `at` on: when the limit runs out, and how much of it had run at `seen` (of days: at the end of that of `last`);
        and whether the clock may have stood still for longer than is known."""
        length = self.length(sight, row, at)
        if length is None:
            return Ran(None, None, None), False
        pauses, doubt = self.pauses.found(sight, row, at) if self.pauses else ([], False)
        amount, clock = length
        if clock == "elapsed":
            window = self.counted_in(sight, row, at) if self.counted_in else None
            return elapsed(sight.place, window, pauses, at, amount, seen, say), doubt
        begun = self._begun(sight, row, at, say)
        return in_days(sight.place, amount, clock, pauses, at, begun, last, say), doubt

    def due(self, sight: Sight, row: Row, at: int) -> tuple[int | None, bool]:
        """When the limit that runs from `at` on runs out, and whether the clock may have stood still for longer than is known."""
        length = self.length(sight, row, at)
        if length is None:
            return None, False
        pauses, doubt = self.pauses.found(sight, row, at) if self.pauses else ([], False)
        amount, clock = length
        if clock == "elapsed":
            window = self.counted_in(sight, row, at) if self.counted_in else None
            if window is not None and pauses:
                sight.place.known(window, at)
            return _runs_out(sight.place, window, pauses, at, amount, None), doubt
        return sight.place.end(_day_due(sight.place, amount, clock, pauses, at, self._begun(sight, row, at, None), None)[1]), doubt

    def doubtful(self, sight: Sight, row: Row, at: int) -> bool:
        """Whether the clock may have stood still for longer than is known."""
        return self.pauses is not None and self.pauses.found(sight, row, at)[1]

    def _begun(self, sight: Sight, row: Row, start: int, say: list[Step] | None) -> int:
        """The day from which days are counted: a start strictly after the cut-off counts as made later."""
        place = sight.place
        day = place.day(start)
        if self.cutoff is None:
            return day
        after, then = self.cutoff
        limit = after(sight, row, start)
        if limit is None or place.local(start) % DAY <= limit:
            return day
        begun = day_after(place, day, then.amount, then.clock)
        if say is not None:
            say.append(Step("cutoff", {"after": limit, "from": day, "day": begun}))
        return begun


def _time(fields: Fields, record: str, cutoff: Cutoff) -> Get:
    if isinstance(cutoff.after, Parameter):
        return fields.count(record, cutoff.after)
    micros = TimeOfDay.parse(str(cutoff.after)).micros
    return lambda sight, row, at: micros


# --- counted time ----------------------------------------------------------------------------------------------------


def elapsed(place: Place, window: str | None, pauses: Spells, start: int, amount: int, seen: int, say: list[Step] | None = None) -> Ran:
    """The last instant at which the counted time is not over the limit (§7.4), and how much has been counted at `seen`."""
    if window is not None:
        place.known(window, start)
        place.known(window, seen)
    low, high = min(start, seen), max(start, seen)
    if pauses:
        counted = sum(min(until, high) - max(since, low) for since, until in _while(place, window, pauses, low, high))
    else:
        counted = high - low if window is None else place.ran(window, low, high)
    return Ran(_runs_out(place, window, pauses, start, amount, say), counted if seen >= start else -counted, amount)


def _runs_out(place: Place, window: str | None, pauses: Spells, start: int, amount: int, say: list[Step] | None) -> int | None:
    if say is None and not pauses:
        return place.counted(window, start, amount) if window is not None else start + amount if amount < FOREVER - start else None
    left = amount
    for since, until in running(place, window, pauses, start):
        if say is not None:
            say.append(Step("runs", {"from": since, "until": min(until, since + left), "left": max(0, left - (until - since))}))
        if until - since > left:
            return since + left
        left -= until - since
    return None


def running(place: Place, window: str | None, pauses: Spells, start: int) -> Iterator[tuple[int, int]]:
    """The stretches from an instant on in which the clock runs: in the window, and in no pause."""
    for low, high in [(start, FOREVER)] if window is None else place.stretches(window, start):
        since = max(low, start)
        for a, b in pauses:
            if a < high and b > since:
                if since < a:
                    yield since, a
                since = max(since, b)
        if since < high:
            yield since, high


def _while(place: Place, window: str | None, pauses: Spells, low: int, high: int) -> Iterator[tuple[int, int]]:
    if low == high:
        return
    for since, until in running(place, window, pauses, low):
        if since >= high:
            return
        yield since, until
        if until >= high:
            return


# --- days ------------------------------------------------------------------------------------------------------------


def in_days(place: Place, amount: int, clock: str, pauses: Spells, start: int, begun: int, last: int, say: list[Step] | None = None) -> Ran:
    """Midnights are counted: all, or those of worked days; one that lies in a pause is not."""
    working = clock == "working days"
    begun, day, amount = _day_due(place, amount, clock, pauses, start, begun, say)
    return Ran(place.end(day), _days(place, begun, place.day(last), working, pauses), amount, "workdays" if working else "days")


def _day_due(place: Place, amount: int, clock: str, pauses: Spells, start: int, begun: int, say: list[Step] | None) -> tuple[int, int, int]:
    """(the day from which days are counted, the last that is not over the limit, the limit in days)."""
    today = place.day(start)
    if pauses or say is not None:
        return _reckoned(place, amount, clock, pauses, today, begun, say)
    key = amount, clock, begun, today
    found = place.lasts.get(key)
    if found is None:
        found = place.lasts[key] = _reckoned(place, amount, clock, pauses, today, begun, say)
    return found


def _reckoned(place: Place, amount: int, clock: str, pauses: Spells, today: int, begun: int, say: list[Step] | None) -> tuple[int, int, int]:
    if clock != "working days":
        amount, begun = (add_months(begun, amount) if clock == "months" else amount + begun) - today, today
    return begun, _last_day(place, amount, begun, clock == "working days", pauses, say), amount


def _counts(place: Place, day: int, working: bool) -> bool:
    return not working or place.works(day)


def _stands(place: Place, day: int, pauses: Spells) -> bool:
    """Whether the clock stands still at the midnight that ends a day."""
    return any(low <= place.end(day) < high for low, high in pauses)


def _last_day(place: Place, amount: int, begun: int, working: bool, pauses: Spells, say: list[Step] | None) -> int:
    if not working and not pauses:
        if say is not None:
            say.append(Step("days", {"day": begun, "amount": amount}))
        return begun + amount
    day, left = begun, amount + _counts(place, begun, working)
    while left > 0:
        counts, stands = _counts(place, day, working), _stands(place, day, pauses)
        left -= counts and not stands
        if say is not None:
            why = "start" if day == begun else "rest" if not counts else "pause" if stands else ""
            say.append(Step("day", {"day": day, "why": why, "left": left}))
        day += left > 0
    return day


def _days(place: Place, begun: int, seen: int, working: bool, pauses: Spells) -> int:
    """How many days have been counted up to one; what comes on a day of rest is as late as the working day that follows."""
    if not working and not pauses:
        return seen - begun

    def counts(day: int) -> bool:
        return _counts(place, day, working)

    measured = sum(counts(one) for one in range(begun + 1, seen + 1)) - sum(counts(one) for one in range(seen + 1, begun + 1))
    measured += seen > begun and not counts(seen)
    return measured - sum(counts(one) and _stands(place, one, pauses) for one in range(begun, seen))


__all__ = ["Clock", "Instant", "Pauses", "Ran", "Spells", "Step", "elapsed", "in_days", "laid_together", "running"]
