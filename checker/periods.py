"""The periods of a site: from when to when, how they are called, and when what is owed in them falls due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checker.calendars import Span, add_months, day_start, openings, outside_calendar, span_of, spans
from checker.force import at, slots
from checker.hours import calendar_of, window_at
from checker.plan import BEGINNING, Audit, Site
from checker.policy.kinds import Base, Presence
from checker.policy.typed import CLOCKS
from checker.policy.values import DAY, Duration, Parameter


@dataclass(frozen=True, slots=True)
class Period:
    """A period at a site: its kind, its instants, the first one at which nothing more counts, its local days, half-open."""

    kind: str
    start: int
    end: int
    closes: int
    first: int
    until: int
    label: str


def gaps(stretches: Iterable[tuple[int, int]], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of [start, end) that lie in none of the sorted stretches."""
    for low, high in stretches:
        if low > start:
            yield start, min(low, end)
        start = max(start, high)
        if start >= end:
            return
    if start < end:
        yield start, end


def periods(audit: Audit, policy: Base, site: Site, every: object, grace: Parameter | Duration | None = None, working: bool = False) -> Iterator[Period]:
    """The periods of a kind (or of that which a parameter names) that overlap the audit's or may still be open in it;
    `working`: only those in which a day is worked."""
    kind = kind_at(audit, policy, site, every)
    length = _length(audit, policy, site, grace)
    for span in spans("day" if kind == "duty day" else kind, _first(audit.period_of(site), length), audit.period_of(site).until):
        if not working or _worked(audit, site, span):
            start, end = day_start(site.zone, span.first), day_start(site.zone, span.until)
            yield Period(kind, start, end, _closes(audit, site, span.until, length), span.first, span.until, span.label)


def _first(period: Span, length: Duration | None) -> int:
    """The day from which periods may still be open when the audit's begins."""
    if length is None:
        return period.first
    days = {"elapsed": length.amount // 86_400_000_000 + 1, "months": 31 * length.amount, "working days": 3 * length.amount + 20}
    return period.first - days.get(length.clock, length.amount)


def kind_at(audit: Audit, policy: Base, site: Site, every: object) -> str:
    """The kind of period at a site: as written, or the parameter's value at the start of the audit's period."""
    if isinstance(every, Parameter):
        found = at(slots(policy, every.name, audit)[0].series[site.id], site.first)
        return str(getattr(found, "value", "month"))
    return str(every)


def _length(audit: Audit, policy: Base, site: Site, written: Parameter | Duration | None) -> Duration | None:
    if not isinstance(written, Parameter):
        return written
    found = at(slots(policy, written.name, audit)[0].series[site.id], site.first)
    clock = CLOCKS[int(getattr(found, "second", None) or 0)]
    return None if found is None else Duration(int(getattr(found, "value", 0)), clock, "")  # type: ignore[arg-type]


def _closes(audit: Audit, site: Site, until: int, length: Duration | None) -> int:
    """The instant that is too late for a period that ends where the day `until` begins."""
    if length is None:
        return day_start(site.zone, until)
    match length.clock:
        case "elapsed":
            return day_start(site.zone, until) + length.amount
        case "months":
            return day_start(site.zone, add_months(until, length.amount))
        case "working days":
            return day_start(site.zone, _working_day(audit, site, until - 1, length.amount) + 1)
    return day_start(site.zone, until + length.amount)


def _working_day(audit: Audit, site: Site, day: int, amount: int) -> int:
    """The n-th working day after another day."""
    days = calendar_of(audit, site)
    while amount:
        day += 1
        if day not in days:
            raise outside_calendar(day)
        amount -= days[day]
    return day


def _worked(audit: Audit, site: Site, span: Span) -> bool:
    days = calendar_of(audit, site)
    for day in range(span.first, span.until):
        if day not in days:
            raise outside_calendar(day)
        if days[day]:
            return True
    return False


# --- windows of presence ---------------------------------------------------------------------------------------------

REACH = 400
"""Days before the period in which a gap that reaches into it may have begun."""


def openings_of(audit: Audit, policy: Presence, site: Site, as_of: int) -> Iterator[Period]:
    """Every opening of the window of a presence, from so early that a gap is seen whole to as-of; what overlaps an earlier one
    is taken off. Of `always` each is a month."""
    last, numbers, months = BEGINNING, dict[str, int](), _during(audit, policy, site) == "always"
    for start, end, span in sorted(_months(audit, site, as_of) if months else _openings(audit, policy, site, as_of)):
        numbers[span.label] = numbers.get(span.label, 0) + 1
        if max(start, last) < end:
            label = span.label if numbers[span.label] == 1 else f"{span.label}/{numbers[span.label]}"
            yield Period("month" if months else "opening", max(start, last), end, end, span.first, span.until, label)
            last = end


def _during(audit: Audit, policy: Presence, site: Site) -> str:
    wanted = policy.during
    if isinstance(wanted, Parameter):
        found = at(slots(policy, wanted.name, audit)[0].series[site.id], site.first)
        return str(getattr(found, "value", ""))
    return str(wanted)


def _days(audit: Audit, site: Site, as_of: int) -> tuple[int, int]:
    period = audit.period_of(site)
    return period.first - REACH, max(period.until, as_of // DAY + 2)


def _months(audit: Audit, site: Site, as_of: int) -> Iterator[tuple[int, int, Span]]:
    for span in spans("month", *_days(audit, site, as_of)):
        yield day_start(site.zone, span.first), day_start(site.zone, span.until), span


def _openings(audit: Audit, policy: Presence, site: Site, as_of: int) -> Iterator[tuple[int, int, Span]]:
    windows = window_at(site, _during(audit, policy, site))
    first, until = _days(audit, site, as_of)
    workdays = None
    if any(one.by_workday for one in windows):
        workdays = calendar_of(audit, site)
        first = min(audit.period_of(site).first, max(first, min(workdays)))
        until = max(audit.period_of(site).until, min(until, max(workdays) + 1))
    for day, opens, closes in openings(windows, site.zone, range(first, until), workdays):
        yield opens, closes, span_of("day", day)


__all__ = ["Period", "gaps", "kind_at", "openings_of", "periods"]
