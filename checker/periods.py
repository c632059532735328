"""The periods of a site: from when to when, how they are called, and when what is owed in them falls due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.calendars import Span, add_months, day_start, outside_calendar, spans
from checker.force import at, slots
from checker.hours import calendar_of
from checker.plan import Audit, Site
from checker.policy.kinds import Base
from checker.policy.typed import CLOCKS
from checker.policy.values import Duration, Parameter


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


__all__ = ["Period", "kind_at", "periods"]
