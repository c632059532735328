"""A place in a file that a check speaks of: where its problems stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checker.errors import Problem, Text
from checker.load.source import Path, Source


@dataclass(frozen=True, slots=True)
class Spot:
    """A value in a file, by its path."""

    source: Source
    path: Path = ()

    def at(self, *steps: str | int) -> Spot:
        """The place further in; a step that is not in the file stays where it would stand."""
        return Spot(self.source, (*self.path, *steps))

    def has(self, *steps: str | int) -> bool:
        return self.source.has((*self.path, *steps))

    def problem(self, id: str, what: Text, fix: Text, *, key: bool = False) -> Problem:
        """A problem of the value here, or of its key."""
        return Problem(self.source.where(self.path, key=key), id, what, fix)

    @property
    def written(self) -> Any:
        """The plain value as it stands in the file, or None."""
        try:
            return self.source.value(self.path)
        except KeyError:
            return None
