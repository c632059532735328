"""A limit -> the limits one unit to either side: counts, durations, shares, times of day, dates, periods."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from checker.policy.values import DAY, MINUTE, PERIODS, Day, Duration, Share, TimeOfDay

ORDER = PERIODS[:-1]
DUE = ("none", "half", "all")
LEVELS = ("critical", "major", "minor", "advisory")
SAMPLE = 10
"""A share that is a whole number in any sample is moved by one in ten."""


def moved(value: Any, by: int) -> Any:
    """The value one unit less (-1) or more (1); None where there is no such value.

    The unit of a duration is the one that it is written in; that of a share is one of the smallest sample in which it
    is a whole number; that of a time of day is a minute.
    """
    if isinstance(value, bool):
        return not value if by > 0 else None
    if isinstance(value, int):
        return value + by if value + by >= 0 else None
    if not isinstance(value, str):
        return None
    for pattern, move in MOVES:
        if re.fullmatch(pattern, value):
            return move(value, by)
    return None


def _duration(text: str, by: int) -> str | None:
    number, _, unit = text.partition(" ")
    found = int(number) + by
    stem = unit.removesuffix("s")
    return f"{found} {stem}{'' if found == 1 else 's'}" if found >= 0 else None


def _day_word(text: str, by: int) -> str | None:
    return _neighbour(("same day", "next day", "2 calendar days"), text, by)


def _share(text: str, by: int) -> str | None:
    share = Share.parse(text).value
    found = share + by * _unit(share.denominator)
    return str(Share(found)) if 0 <= found <= 1 else None


def _unit(denominator: int) -> Fraction:
    return Fraction(1, denominator if denominator > 1 else SAMPLE)


def _time(text: str, by: int) -> str | None:
    found = TimeOfDay.parse(text).micros + by * MINUTE
    return str(TimeOfDay(found)) if 0 <= found <= DAY else None


def _date(text: str, by: int) -> str:
    return str(Day(Day.parse(text).number + by))


def _period(text: str, by: int) -> str | None:
    return _neighbour(ORDER, text, by)


def _neighbour(words: tuple[str, ...], text: str, by: int) -> str | None:
    found = words.index(text) + by
    return words[found] if 0 <= found < len(words) else None


MOVES = (
    (r"same day|next day", _day_word),
    (Duration.pattern.removeprefix("^").removesuffix("$"), _duration),
    (Share.pattern.removeprefix("^").removesuffix("$"), _share),
    (r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?", _time),
    (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", _date),
    ("|".join(ORDER), _period),
    ("|".join(LEVELS), lambda text, by: _neighbour(LEVELS, text, by)),
    ("|".join(DUE), lambda text, by: _neighbour(DUE, text, by)),
)


def both_ways(value: Any) -> Iterator[Any]:
    """The values one unit to either side."""
    yield from (found for by in (-1, 1) if (found := moved(value, by)) is not None)


__all__ = ["both_ways", "moved"]
