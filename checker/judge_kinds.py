"""Sequences, presence and ladders from their evidence, in plain Python: the steps of a case, the spells beside windows, the
findings of one person. What `judge.py` is for the other kinds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checker.holds import Truth
from checker.judge import Outcome, excused
from checker.policy import kinds

# --- sequence --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a case that is known for certain; `tie` orders steps of one instant."""

    at: int
    name: str
    tie: int | None = None


@dataclass(frozen=True, slots=True)
class Cycle:
    """A case from its start or a reopening on: when it was decided, and how much was out of order or missing by then."""

    first: int
    decided: int | None = None
    faults: int = 0
    missing: bool = False


def cycles(policy: kinds.Sequence, steps: Sequence[Step]) -> list[Cycle]:
    """The cycles of a case. A restart after the closing step begins a new one; before it, it goes back within the cycle. Where
    a case was closed rightly, a step that follows out of order and without a restart is a cycle of its own: what was decided stays."""
    order = {step: place for place, entry in enumerate(policy.order) for step in ((entry,) if isinstance(entry, str) else entry)}
    back = {step: min(order[one] for one in targets) for step, targets in (policy.restarts or {}).items()}
    last, found = len(policy.order) - 1, list[Cycle]()
    high, closed, came = -1, False, dict[str, int]()
    placed = sorted(steps, key=lambda one: (one.at, one.tie is None, one.tie or 0, {**order, **back}[one.name], one.name not in back))
    for number, step in enumerate(placed):
        broken = step.name not in back and order[step.name] < high
        if not found or (closed and step.name in back) or (broken and found[-1].decided is not None and not found[-1].faults):
            found.append(Cycle(step.at))
        if step.name in back:
            high, closed = back[step.name], False
            came = {one: when for one, when in came.items() if order[one] < high}
            continue
        place = order[step.name]
        came[step.name] = number
        found[-1] = _after(found[-1], step.at, broken, place == last, [one for one in policy.required or () if one not in came])
        high, closed = max(high, place), closed or place == last
    return found


def _after(cycle: Cycle, at: int, broken: bool, closes: bool, lacking: list[str]) -> Cycle:
    """A cycle after one more step: the first fault decides, else the closing step does."""
    if broken and not cycle.faults:
        return Cycle(cycle.first, at, 1)
    if closes and cycle.decided is None:
        return Cycle(cycle.first, at, len(lacking), bool(lacking))
    return cycle


@dataclass(frozen=True, slots=True)
class Known:
    """What else is known of a case: whether some step of it is not, whether it was cancelled and when, when it began, and
    from when on the source of the steps speaks (None: from ever)."""

    doubt: bool = False
    cancelled: bool = False
    cancelled_at: int | None = None
    start: int | None = None
    covered_from: int | None = None


def sequence(where: Truth, cycle: Cycle | None, known: Known, excuse: Truth = False) -> Outcome:
    """The verdict of one cycle; None: no step has come."""
    if where is False:
        return "not_applicable"
    if where == "pending":
        return "pending"
    decided = cycle.decided if cycle else None
    if known.cancelled and (decided is None or (known.cancelled_at is not None and decided > known.cancelled_at)):
        return "not_applicable"
    if cycle is None or decided is None:
        return "pending"
    if where is None or known.doubt:
        return "unknown"
    if not cycle.faults:
        return "pass"
    unseen = cycle.missing and None not in (known.covered_from, known.start) and (known.covered_from or 0) > (known.start or 0)
    return "unknown" if (known.cancelled and known.cancelled_at is None) or unseen else excused(excuse)


# --- presence --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Duty:
    """A window in which so many are asked for, with the longest gap that is tolerated; a `month` of `always` is charged
    with its own part of a gap that began before it."""

    start: int
    until: int
    needed: int | None
    tolerance: int | None
    month: bool = False


@dataclass(frozen=True, slots=True)
class Spell:
    """Somebody there, at most from when to when; `sure` where that is certain."""

    who: object
    start: int
    until: int
    sure: bool = True


def gap(duties: Sequence[Duty], index: int, spells: Sequence[Spell], covered: tuple[int, int], as_of: int, best: bool) -> int:
    """The longest gap charged to a window, of those that adjoin: in the best world, or in the worst. Duties are in order."""
    longest = 0
    for start, until in _gaps(duties, spells, covered, as_of, best):
        begun = next(one for one in duties if one.start <= start < one.until)
        outgrown = begun.tolerance is not None and until - start > begun.tolerance
        charged = start + (begun.tolerance or 0) if outgrown else start
        this = duties[index]
        if this.start <= charged < this.until:
            longest = max(longest, until - start)
        elif this.month and charged < this.start < until:
            longest = max(longest, min(until, this.until) - this.start)
    return longest


def _gaps(duties: Sequence[Duty], spells: Sequence[Spell], covered: tuple[int, int], as_of: int, best: bool) -> Iterator[tuple[int, int]]:
    """The stretches in which too few are there; they go on where windows adjoin."""
    there = [one for one in spells if one.sure or best]
    edges = {as_of, *covered, *(edge for one in duties for edge in (one.start, one.until)), *(edge for one in there for edge in (one.start, one.until))}
    begun: int | None = None
    for low, high in itertools.pairwise(sorted(edges)):
        duty = next((one for one in duties if one.start <= low < one.until), None)
        asked = duty is not None and low < as_of and (not best or covered[0] <= low < covered[1])
        short = asked and duty is not None and len({one.who for one in there if one.start <= low < one.until}) < (duty.needed or 0)
        if short:
            begun = low if begun is None else begun
        elif begun is not None:
            yield begun, low
            begun = None
        if short and begun is not None and high == max(edges):
            yield begun, high


def presence(where: Truth, duty: Duty, last: int, as_of: int, worst: int, best: int, excuse: Truth = False) -> Outcome:
    """A window's verdict: fails where even the best world has a gap too long, passes where even the worst has none."""
    if where is False:
        return "not_applicable"
    if last >= as_of:
        return "pending"
    if where is not True or duty.needed is None or duty.tolerance is None:
        return "unknown"
    if max(worst, best) <= duty.tolerance:
        return "pass"
    return excused(excuse) if min(worst, best) > duty.tolerance else "unknown"


# --- ladder ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rung:
    """A finding that is counted: when, and its place among those of one instant."""

    at: int
    policy: str
    subject: str
    ordinal: str

    @property
    def place(self) -> tuple[int, str, str, str]:
        return self.at, self.policy, self.subject, self.ordinal


def nth(findings: Sequence[Rung], this: Rung, low: int) -> int:
    """Which finding of its person this is within (low, its instant]."""
    return sum(low < one.at and one.place <= this.place for one in findings)


def step_of(counts: Sequence[int], number: int) -> int | None:
    """The step that the n-th finding leads to: one holds until the next one's count, the last repeats."""
    return max((index for index, count in enumerate(counts) if number >= count), default=None)


@dataclass(frozen=True, slots=True)
class Follows:
    """What was to follow: the definite answer, the earliest possible one, the limit, the end of coverage."""

    sure: int | None
    possible: int | None
    due: int
    covered_until: int


def ladder(step: int | None, last: int, uncovered: bool, follows: Follows | None, as_of: int) -> Outcome:
    """The verdict on the n-th finding. Without a consequence of its own a step that is reached is a violation to decide on."""
    if uncovered and step != last:
        return "unknown"
    if step is None:
        return "not_applicable"
    if follows is None:
        return "fail"
    if follows.sure is not None and follows.sure <= follows.due:
        return "pass"
    if follows.sure is None and follows.due >= as_of:
        return "pending"
    late = follows.possible is not None and follows.possible <= follows.due
    return "unknown" if late or (follows.sure is None and follows.covered_until < follows.due) else "fail"


__all__ = ["Cycle", "Duty", "Follows", "Known", "Rung", "Spell", "Step", "cycles", "gap", "ladder", "nth", "presence", "sequence", "step_of"]
