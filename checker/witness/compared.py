"""Comparisons of cells in which a time that has not come lies after all that has (language §7.1)."""

from __future__ import annotations

import operator as by
from collections.abc import Callable, Mapping
from typing import Any

from checker.holds import Truth
from checker.witness.seen import LATER
from checker.witness.shifts import After

OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "is": by.eq, "same_as": by.eq, "different_from": by.ne, "at_least": by.ge, "no_earlier_than": by.ge, "at_most": by.le, "no_later_than": by.le,
    "more_than": by.gt, "less_than": by.lt,
}  # fmt: skip
"""How what is known is compared."""


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
    return None if left is None or right is None else bool(OPERATORS[operator](left, right))


__all__ = ["OPERATORS", "compared"]
