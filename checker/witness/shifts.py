"""Lengths of time on any clock, added to instants and dates (language §5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checker.calendars import add_months
from checker.witness.surroundings import Place

Edge = Literal["start", "end", "same"]
"""Which time is meant of the day to which days, working days and months move an instant: its first, its last, or as far into the
day as it was."""


@dataclass(frozen=True, slots=True)
class After:
    """A time that has not come, and is known to lie after an instant."""

    instant: int


def day_after(place: Place, day: int, amount: int, clock: str) -> int:
    """The local day that lies so many days, working days or months from another."""
    match clock:
        case "months":
            return add_months(day, amount)
        case "working days":
            return place.working_day(day, amount)
    return day + amount


def moved(place: Place, value: int, length: tuple[int, str], sign: int, edge: Edge, dates: bool = False) -> int:
    """An instant (or, of `dates`, a day) plus or minus a length."""
    amount, clock = length[0] * sign, length[1]
    if clock == "elapsed":
        return value + amount
    if dates:
        return day_after(place, value, amount, clock)
    day = place.day(value)
    target = day_after(place, day, amount, clock)
    match edge:
        case "start":
            return place.start(target)
        case "end":
            return place.end(target)
    return place.start(target) + value - place.start(day)


__all__ = ["After", "Edge", "day_after", "moved"]
