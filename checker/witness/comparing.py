"""Tests of a field as functions that are made once: against what is written, other fields, and values in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from checker.holds import Truth
from checker.witness.compared import OPERATORS, compared
from checker.witness.fields import Get
from checker.witness.fields import Instant as At
from checker.witness.records import Row
from checker.witness.related import Bounds
from checker.witness.seen import LATER, Sight

Says = Callable[[Sight, Row, At, Bounds], Truth]
PLAIN = frozenset((bool, int, str, Decimal))
"""What is compared as it stands."""


def among(cell: Get, listed: Sequence[Get], wanted: bool) -> Says:
    def says(sight: Sight, row: Row, at: At, bounds: Bounds) -> Truth:
        found = cell(sight, row, at)
        return None if found in (None, LATER) else any(found == one(sight, row, at) for one in listed) == wanted

    return says


def among_these(cell: Get, listed: frozenset[Any], wanted: bool) -> Says:
    def says(sight: Sight, row: Row, at: At, bounds: Bounds) -> Truth:
        found = cell(sight, row, at)
        return None if found is None or found is LATER else (found in listed) is wanted

    return says


def includes(cell: Get, listed: Sequence[Get]) -> Says:
    def says(sight: Sight, row: Row, at: At, bounds: Bounds) -> Truth:
        found = cell(sight, row, at)
        return None if found is None else all(one(sight, row, at) in found for one in listed)

    return says


def comparing(left: Get, operator: str, right: Get) -> Says:
    plainly = OPERATORS[operator]

    def says(sight: Sight, row: Row, at: At, bounds: Bounds) -> Truth:
        ours, theirs = left(sight, row, at), right(sight, row, at)
        if ours.__class__ is theirs.__class__ and ours.__class__ in PLAIN:
            return bool(plainly(ours, theirs))
        return compared(ours, operator, theirs, sight.horizon)

    return says


def comparing_fixed(left: Get, operator: str, theirs: Any) -> Says:
    plainly, kind = OPERATORS[operator], theirs.__class__ if theirs.__class__ in PLAIN else None

    def says(sight: Sight, row: Row, at: At, bounds: Bounds) -> Truth:
        ours = left(sight, row, at)
        return bool(plainly(ours, theirs)) if ours.__class__ is kind else compared(ours, operator, theirs, sight.horizon)

    return says


__all__ = ["Says", "among", "among_these", "comparing", "comparing_fixed", "includes"]
