"""When a limit in a window runs out, where the day at hand decides and where later ones do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from checker.calendars import outside_calendar
from checker.errors import CheckerError
from checker.policy.values import DAY, HOUR
from checker.witness.surroundings import Place

LAST = 20_003
"""The last day of which the calendar speaks."""


class Desk(Place):
    """Open from nine to six, and on one day through the night."""

    def __init__(self) -> None:
        site: Any = SimpleNamespace(id="S1", zone="UTC", as_of=0, first=0, until=0, covered=None)
        super().__init__(SimpleNamespace(covered={}), site)  # type: ignore[arg-type]

    def by_workday(self, name: str) -> bool:
        return True

    def works(self, day: int) -> bool:
        if day > LAST:
            raise outside_calendar(day)
        return True

    def opened(self, name: str, day: int) -> list[tuple[int, int]] | None:
        closes = 30 if day == 20_001 else 18
        return [(day * DAY + 9 * HOUR, day * DAY + closes * HOUR)] if day <= LAST else None


def plainly(desk: Desk, start: int, left: int) -> int | None:
    for low, high in desk.stretches("desk", start):
        since = max(low, start)
        if high - since > left:
            return since + left
        left -= max(high - since, 0)
    return None


@pytest.mark.parametrize("day", range(20_000, LAST + 1))
def test_a_limit_runs_out_as_its_stretches_say(day: int) -> None:
    desk, ended = Desk(), 0
    for start in range(day * DAY, (day + 1) * DAY, HOUR):
        for amount in (0, 1, HOUR, 5 * HOUR, 9 * HOUR, 9 * HOUR - 1, 20 * HOUR, 40 * HOUR):
            try:
                wanted = plainly(Desk(), start, amount)
            except CheckerError:
                ended += 1
                with pytest.raises(CheckerError):
                    desk.counted("desk", start, amount)
                continue
            assert desk.counted("desk", start, amount) == wanted
    assert bool(ended) == (day >= LAST - 3)


def test_the_last_day_of_the_calendar_is_enough_for_what_ends_on_it() -> None:
    assert Desk().counted("desk", LAST * DAY + 10 * HOUR, HOUR) == LAST * DAY + 11 * HOUR
    with pytest.raises(CheckerError):
        Desk().counted("desk", LAST * DAY + 17 * HOUR, HOUR)
