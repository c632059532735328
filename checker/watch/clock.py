"""The clock that records move: the latest instant that any of them spoke of, unless one alone leaps far ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.policy.records import RecordType
from checker.policy.values import DAY
from checker.watch.events import Event

LEAP = 31 * DAY
"""One record that speaks of a time further ahead than this is taken for a slip of the pen until a second one agrees."""

EXPORT = "sha256:"
"""What the sources of exports begin with: they are known by their hash."""


@dataclass
class RecordClock:
    """`now` and the instant in doubt in UTC microseconds; `doubted_of`: the record that spoke of it."""

    now: int | None = None
    doubted: int | None = None
    doubted_of: str = ""

    def hear(self, time: int | None, event: Event, types: Mapping[str, RecordType]) -> bool:
        """Move on to an instant that a record speaks of; False where it alone speaks of a time far ahead."""
        if time is None or (self.now is not None and time <= self.now):
            return True
        if self.now is None or time - self.now <= LEAP or self._agreed(time, named(event, types)):
            self.now, self.doubted, self.doubted_of = time, None, ""
            return True
        self.doubted, self.doubted_of = time, named(event, types)
        return False

    def _agreed(self, time: int, key: str) -> bool:
        """Whether another record spoke of about that time."""
        return self.doubted is not None and key != self.doubted_of and abs(time - self.doubted) <= LEAP


def named(event: Event, types: Mapping[str, RecordType]) -> str:
    """The record that an event is about."""
    return f"{event.record} {event.subject(types)}"


def spoken(event: Event, source: str | None) -> int | None:
    """The instant to which an event moves the clock: the latest that it speaks of. A row of an export tells a record's whole life at
    once: there it is the record's own time, and nothing where that stands in another record (UTC microseconds)."""
    return event.own if exported(source) else event.time


def earliest(first: int | None, event: Event) -> int | None:
    """The earlier of an instant and a record's own time."""
    began = event.time if event.own is None else event.own
    return first if began is None else began if first is None else min(first, began)


def exported(source: str | None) -> bool:
    """Whether an event is a row of an export."""
    return (source or "").startswith(EXPORT)


__all__ = ["EXPORT", "LEAP", "RecordClock", "earliest", "exported", "named", "spoken"]
