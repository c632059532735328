"""A parameter's value with the type that its unit and form give it (language §5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checker.policy.records import TIME_UNITS
from checker.policy.values import Duration, Share, TimeOfDay

CLOCKS = ("elapsed", "calendar days", "working days", "months")


@dataclass(frozen=True, slots=True)
class Typed:
    """A parameter's value as it is stored: kind, integer or text, and for durations the clock, for shares the denominator;
    `said` is the value as written, with its source and approver."""

    kind: str
    value: object
    second: object = None
    said: str = ""


def typed(raw: object, unit: str) -> Typed:
    """The value of a parameter by its unit and form (language §5). Raises CheckerError where they do not fit."""
    if isinstance(raw, bool):
        return Typed("flag", raw)
    if isinstance(raw, int):
        if unit in TIME_UNITS:
            return Typed("duration", raw * TIME_UNITS[unit], 0)
        return Typed("count", raw)
    word = str(raw)
    if unit == "share" or re.fullmatch(Share.pattern, word):
        value = Share.parse(word).value
        return Typed("share", value.numerator, value.denominator)
    if unit == "time":
        return Typed("time", TimeOfDay.parse(word).micros)
    if unit in ("duration", *TIME_UNITS):
        length = Duration.parse(word)
        return Typed("duration", length.amount, CLOCKS.index(length.clock))
    return Typed("period" if unit == "period" else "text", word)
