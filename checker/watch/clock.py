"""The clock that records move: the latest instant that any of them spoke of, unless one alone leaps far ahead."""

from __future__ import annotations

from dataclasses import dataclass

from checker.policy.values import DAY
from checker.watch.events import Event

LEAP = 31 * DAY
"""One record that speaks of a time further ahead than this is taken for a slip of the pen until a second one agrees."""


@dataclass
class RecordClock:
    """`now` and the instant in doubt in UTC microseconds; `doubted_of`: the record that spoke of it."""

    now: int | None = None
    doubted: int | None = None
    doubted_of: str = ""

    def hear(self, event: Event, key: str) -> bool:
        """Move on as an event says; False where it alone speaks of a time far ahead."""
        if event.time is None or (self.now is not None and event.time <= self.now):
            return True
        if self.now is None or event.time - self.now <= LEAP or self._agreed(event.time, key):
            self.now, self.doubted, self.doubted_of = event.time, None, ""
            return True
        self.doubted, self.doubted_of = event.time, key
        return False

    def _agreed(self, time: int, key: str) -> bool:
        """Whether another record spoke of about that time."""
        return self.doubted is not None and key != self.doubted_of and abs(time - self.doubted) <= LEAP


__all__ = ["LEAP", "RecordClock"]
