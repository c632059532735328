"""One file as read: its lines, its plain data, and the place of every key and value in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from checker.errors import Problem, Where

Path = tuple[str | int, ...]
"""Keys and list positions from the top of a file to one value in it."""

FAR = 2000
"""Beyond this column a line is no policy's: it is not shown."""


class Refused:
    """Stands in plain data where a value was refused, so that nothing is said of it twice."""

    def __repr__(self) -> str:
        return "…"


REFUSED: Final = Refused()


class Span(NamedTuple):
    """A stretch of one line; line and column count from 1."""

    line: int
    column: int
    length: int


class Place(NamedTuple):
    """Where a value stands; for collections also the places of its keys and parts."""

    span: Span
    keys: dict[str, Span]
    parts: dict[str, Place] | list[Place]


def part_of(place: Place, step: str | int) -> Place | None:
    """The place one step down, or None where there is no such part."""
    if isinstance(place.parts, dict):
        return place.parts.get(step) if isinstance(step, str) else None
    return place.parts[step] if isinstance(step, int) and 0 <= step < len(place.parts) else None


@dataclass(frozen=True, slots=True)
class Source:
    """A file's text and what was found in it. `place` is None where nothing could be read, `partial` where entries are left out."""

    file: str
    lines: tuple[str, ...]
    data: Any = None
    place: Place | None = None
    problems: tuple[Problem, ...] = ()
    partial: bool = False
    shifts: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """By line the columns before which a space was put in to read on: places are told as the author sees them."""
    lost: frozenset[Path] = frozenset()
    """What was left out or made up so that the rest could be held against the other files."""

    def where(self, path: Path, key: bool = False) -> Where:
        """The place of the value at `path` (or of its key), else of the nearest thing above it that is there.

        What is missing is shown at the key it is missing from, or at the first key of the list entry.
        """
        place, span, depth = self.place, Span(1, 1, 1), 0
        if place is None:
            return self.spot(span)
        span = place.span
        for depth, step in enumerate(path, 1):
            inner = part_of(place, step)
            if inner is None:
                return self.spot(span)
            named = place.keys.get(step) if isinstance(step, str) else None
            last = depth == len(path)
            span = named if named and (key or not last) else inner.span
            place = inner
        return self.spot(span)

    def spot(self, span: Span) -> Where:
        """A span of this file, with the line before it and its own as excerpt."""
        span = Span(span.line, span.column - sum(column < span.column for column in self.shifts.get(span.line, ())), span.length)
        shown = self.lines[max(span.line - 2, 0) : span.line]
        if not shown or span.column > FAR:
            return Where(self.file, span.line, span.column, span.length)
        return Where(self.file, *span, excerpt="\n".join(line[: span.column + 200] for line in shown))

    def has(self, path: Path) -> bool:
        """Whether there is a value at `path`."""
        place = self.place
        for step in path:
            place = part_of(place, step) if place else None
        return place is not None

    def value(self, path: Path) -> Any:
        """The plain value at `path`; REFUSED where it, or what it stands in, was refused. Raises KeyError."""
        found = self.data
        for step in path:
            if found is REFUSED:
                return REFUSED
            try:
                found = found[step]
            except (IndexError, TypeError) as error:
                raise KeyError(step) from error
        return found

    def refused(self, path: Path) -> bool:
        """Whether the value at `path`, or what it stands in, has been refused already."""
        try:
            return self.value(path) is REFUSED
        except KeyError:
            return False
