"""The verdict of one obligation from its evidence, in plain Python.

Evidence is data: what conditions say of records (`holds.py`), and the instants that a clock gave. The same comparison that
SQL makes of millions is made here of one, so that an explanation can be judged again and a live engine has somebody to
fall back on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checker.finding import Verdict
from checker.holds import Evidence, Truth, holds, shift_name
from checker.quick import quick

Outcome = Verdict | Literal["not_applicable"]


def requirement(where: Truth, demand: Truth, excuse: Truth = False, decided: int | Literal["later"] | None = 0) -> Outcome:
    """A record's verdict from its conditions (language §6); `decided` None: the record is undated, `later`: not yet."""
    if where is False:
        return "not_applicable"
    if decided == "later":
        return "pending"
    if decided is None:
        return "unknown"
    if where == "pending":
        return "pending"
    if where is None:
        return "unknown"
    if demand is True:
        return "pass"
    if demand == "pending":
        return "pending"
    return "unknown" if demand is None else excused(excuse)


def excused(excuse: Truth) -> Outcome:
    """An excuse turns only a fail into exempt, an unknown one into unknown."""
    if excuse is True:
        return "exempt"
    return "fail" if excuse is False else "unknown"


@quick
@dataclass(frozen=True, slots=True)
class Due:
    """A deadline's instants: when it started, the definite answer, the earliest possible one, the last instant at which
    it could be met, the end of coverage, and the instant at which the duty was cancelled. UTC microseconds."""

    start: int | None
    sure: int | None
    possible: int | None
    due: int | None
    as_of: int
    covered_until: int
    early: bool = False
    never_started: bool = False
    cancelled: bool = False
    cancelled_at: int | None = None
    doubt: bool = False
    """Whether the clock may have stood still for longer than is known."""


def deadline(where: Truth, times: Due, excuse: Truth = False) -> Outcome:
    """A deadline's verdict (language §6): closed, pending at exactly as-of."""
    if where is False:
        return "not_applicable"
    if times.start is None:
        return "not_applicable" if times.never_started else "unknown"
    if where == "pending":
        return "pending"
    if where is None or times.early or times.due is None:
        return "unknown"
    if times.sure is not None and times.sure <= times.due:
        return "pass"
    if times.cancelled and times.cancelled_at is not None and times.cancelled_at <= times.due:
        return "not_applicable"
    if times.sure is None and times.due >= times.as_of:
        return "pending"
    if times.doubt:
        return "unknown"
    if (times.possible is not None and times.possible <= times.due) or (times.cancelled and times.cancelled_at is None):
        return "unknown"
    if times.sure is None and times.covered_until < times.due:
        return "unknown"
    return excused(excuse)


@quick
@dataclass(frozen=True, slots=True)
class Ripe:
    """A requirement's instants: when it began, the last at which it could be met, since when its condition holds for good
    (after `due`: only because nothing came), and the end of coverage of what it reads."""

    start: int | None
    due: int | None
    since: int | None
    as_of: int
    covered_until: int
    never_started: bool = False


def ripening(where: Truth, demand: Truth, times: Ripe, excuse: Truth = False, forbidden: bool = False) -> Outcome:
    """The verdict of a requirement with a limit: pending until it is met, or broken, or has lapsed (language §6)."""
    if where is False:
        return "not_applicable"
    if times.start is None:
        return "not_applicable" if times.never_started else "unknown"
    if times.due is None:
        return "unknown"
    if where is not True:
        return "pending" if where == "pending" and times.due >= times.as_of else "unknown"
    lacking = times.covered_until < times.due
    if times.since is not None and times.since <= times.as_of and not (times.since > times.due and lacking):
        return excused(excuse) if forbidden else "pass"
    if times.due >= times.as_of:
        return "pending"
    if demand is None or lacking:
        return "unknown"
    return "pass" if forbidden else excused(excuse)


@dataclass(frozen=True, slots=True)
class Gaps:
    """The gaps of one spell: the instant at which one was too long by the records that surely count, and by all that may;
    the spell's first instant and its end; what the source covers."""

    broken: int | None
    anyway: int | None
    first: int
    until: int
    as_of: int
    covered: tuple[int, int]


def never_without(where: Truth, gaps: Gaps, excuse: Truth = False) -> Outcome:
    """A spell's verdict: a gap that is too long decides, else its end does (language §7.14)."""
    if where is not True:
        return "not_applicable" if where is False else "unknown"
    if gaps.anyway is not None and gaps.anyway < gaps.covered[1]:
        return excused(excuse)
    if gaps.broken is not None:
        return "unknown"
    if gaps.until - 1 >= gaps.as_of:
        return "pending"
    return "unknown" if gaps.covered[0] > gaps.first or gaps.covered[1] < gaps.until else "pass"


@dataclass(frozen=True, slots=True)
class Found:
    """A frequency's numbers: found for certain, possibly found, needed; the last instant of the active time; whether
    the source covers that time."""

    sure: int | None
    possible: int | None
    needed: int | None
    last: int
    as_of: int
    covered: bool


def frequency(where: Truth, numbers: Found, excuse: Truth = False) -> Outcome:
    """A subject's verdict in one period (language §6)."""
    if where is False or (numbers.needed is not None and numbers.needed <= 0):
        return "not_applicable"
    if where is None:
        return "unknown"
    if numbers.needed is None or numbers.sure is None:
        return "pending" if numbers.last >= numbers.as_of else "unknown"
    if numbers.sure >= numbers.needed:
        return "pass"
    if numbers.last >= numbers.as_of:
        return "pending"
    if (numbers.possible or 0) >= numbers.needed or not numbers.covered:
        return "unknown"
    return excused(excuse)


@dataclass(frozen=True, slots=True)
class Shares:
    """A rate's numbers: members that meet, that miss, and that are open; the target as numerator and denominator."""

    met: int
    missed: int
    free: int
    numerator: int
    denominator: int
    closes: int
    as_of: int
    covered: bool
    least: bool = True
    sample: int = 1
    incurable: bool = False
    seen: bool = True


def rate(numbers: Shares) -> Outcome:
    """A group's verdict in one period, by bounds over the open members (language §6, §7.7)."""
    whole, sure = numbers.met + numbers.missed + numbers.free, numbers.met + numbers.missed
    if whole < max(numbers.sample, 1):
        return "not_applicable" if numbers.seen or numbers.closes - 1 >= numbers.as_of else "unknown"
    if numbers.incurable and numbers.least and numbers.numerator == numbers.denominator and numbers.missed:
        return "fail"
    if numbers.closes - 1 >= numbers.as_of:
        return "pending"
    if sure < numbers.sample or not numbers.covered:
        return "unknown"
    low, high = numbers.met * numbers.denominator, (numbers.met + numbers.free) * numbers.denominator
    target = numbers.numerator * whole
    if numbers.least:
        return "pass" if low >= target else "fail" if high < target else "unknown"
    return "pass" if high <= target else "fail" if low > target else "unknown"


@dataclass(frozen=True, slots=True)
class Sums:
    """A mean or a ratio of sums: what is summed above and below, members known and open, and the target."""

    above: int
    below: int
    known: int
    free: int
    numerator: int
    denominator: int
    closes: int
    as_of: int
    covered: bool
    least: bool = True
    sample: int = 1


def mean(numbers: Sums) -> Outcome:
    """A group's verdict in one period: an open member leaves the sums unknown."""
    if numbers.known + numbers.free < max(numbers.sample, 1) or (not numbers.free and not numbers.below):
        return "not_applicable"
    if numbers.closes - 1 >= numbers.as_of:
        return "pending"
    if numbers.known < numbers.sample or not numbers.covered or numbers.free:
        return "unknown"
    reached, target = numbers.above * numbers.denominator, numbers.numerator * numbers.below
    return "pass" if (reached >= target if numbers.least else reached <= target) else "fail"


__all__ = ["Due", "Evidence", "Found", "Gaps", "Outcome", "Ripe", "Shares", "Sums", "deadline", "excused", "frequency", "holds", "mean", "never_without", "rate",
           "requirement", "ripening", "shift_name"]  # fmt: skip
