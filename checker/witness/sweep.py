"""Spells and windows of one subject, swept in time: the gaps in which too few were there, and the window each is charged to."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from checker.judge_kinds import Duty, Spell
from checker.plan import BEGINNING, FOREVER
from checker.witness.clock import laid_together

CROWD = 1_000_000_000
"""More than anyone asks for: how many are taken to be there while no source speaks."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which too few were there, [from, until), measured whole; `opens`: the window that it is charged to."""

    start: int
    until: int
    opens: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A subject's part of a window that opens at an instant."""

    opens: int
    label: str
    duty: Duty


def gaps(asked: Sequence[Asked], spells: Sequence[Spell], covered: tuple[int, int], as_of: int, best: bool) -> list[Gap]:
    """The gaps in the worst world, or in the best: there what may hold does, and what no source speaks of was staffed. A gap that
    outgrows the tolerance of the window in which it began is charged to that in which it does. `asked` are in order and apart."""
    starts = [one.duty.start for one in asked]
    found = []
    for low, high in _short(asked, spells, covered, as_of, best):
        tolerance = asked[bisect.bisect_right(starts, low) - 1].duty.tolerance
        charged = low + tolerance if tolerance is not None and high - low > tolerance else low
        found.append(Gap(low, high, asked[bisect.bisect_right(starts, charged) - 1].opens))
    return found


def longest(asked: Sequence[Asked], found: Sequence[Gap]) -> dict[int, int]:
    """By window the longest gap charged to it; of months each later one is charged with the part that lies in it."""
    lengths: dict[int, int] = {}
    for one in found:
        lengths[one.opens] = max(lengths.get(one.opens, 0), one.until - one.start)
        parts: dict[int, tuple[int, int]] = {}
        for each in asked:
            if each.duty.month and each.opens > one.opens and each.duty.start < one.until:
                low, high = parts.get(each.opens, (each.duty.start, BEGINNING))
                parts[each.opens] = min(low, each.duty.start), max(high, min(each.duty.until, one.until))
        for opens, (low, high) in parts.items():
            lengths[opens] = max(lengths.get(opens, 0), high - low)
    return lengths


def _short(asked: Sequence[Asked], spells: Sequence[Spell], covered: tuple[int, int], as_of: int, best: bool) -> list[tuple[int, int]]:
    """The stretches in which fewer are there than are asked for; they go on where windows adjoin. Nothing is asked after as-of."""
    changes: dict[int, list[int]] = {}

    def change(start: int, until: int, there: int, wanted: int) -> None:
        if start < until:
            for at, sign in ((start, 1), (until, -1)):
                sums = changes.setdefault(at, [0, 0])
                sums[0] += sign * there
                sums[1] += sign * wanted

    people: dict[Any, list[tuple[int, int]]] = {}
    for one in spells:
        if best or one.sure:
            people.setdefault(one.who, []).append((one.start, one.until))
    for listed in people.values():
        for low, high in laid_together(listed):
            change(low, high, 1, 0)
    if best:
        change(BEGINNING, covered[0], CROWD, 0)
        change(covered[1], FOREVER, CROWD, 0)
    for each in asked:
        change(each.duty.start, min(each.duty.until, as_of), 0, each.duty.needed or 0)
    found: list[tuple[int, int]] = []
    there = wanted = 0
    begun: int | None = None
    for at in sorted(changes):
        there, wanted = there + changes[at][0], wanted + changes[at][1]
        if there < wanted and begun is None:
            begun = at
        elif there >= wanted and begun is not None:
            found.append((begun, at))
            begun = None
    return found


__all__ = ["Asked", "Gap", "gaps", "longest"]
