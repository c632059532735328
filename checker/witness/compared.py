"""Comparisons of cells in which a time that has not come lies after all that has (language §7.1)."""

from __future__ import annotations

from typing import Any

from checker.holds import Truth
from checker.witness.seen import LATER
from checker.witness.shifts import After


def compared(left: Any, operator: str, right: Any, horizon: int) -> Truth:
    """A comparison; a time that has not come lies after the horizon, and before nothing that is known."""
    left_waits, right_waits = left is LATER or isinstance(left, After), right is LATER or isinstance(right, After)
    if left_waits or right_waits:
        late, other = (left, right) if left_waits else (right, left)
        after = late.instant if isinstance(late, After) else horizon
        if (left_waits and right_waits) or (other is not None and other > after):
            return "pending"
        if other is None:
            return None
        greater = operator in ("no_earlier_than", "at_least", "more_than")
        return operator == "different_from" if operator in ("is", "same_as", "different_from") else greater == left_waits
    if left is None or right is None:
        return None
    match operator:
        case "is" | "same_as":
            return bool(left == right)
        case "different_from":
            return bool(left != right)
        case "at_least" | "no_earlier_than":
            return bool(left >= right)
        case "at_most" | "no_later_than":
            return bool(left <= right)
        case "more_than":
            return bool(left > right)
    return bool(left < right)


__all__ = ["compared"]
