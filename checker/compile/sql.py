"""Pieces of SQL. Identifiers and texts enter only through `name` and `text`; limits come from tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checker.errors import refuse, say
from checker.policy.records import Type

DAY = 86_400_000_000
HOUR = 3_600_000_000


def name(identifier: str) -> str:
    """A quoted identifier."""
    return '"' + _clean(identifier).replace('"', '""') + '"'


def text(value: str) -> str:
    """A quoted text."""
    return "'" + _clean(value).replace("'", "''") + "'"


def _clean(value: str) -> str:
    if "\x00" in value:
        raise refuse("text.nul", say("文字里有空字符", "a text contains a NUL"), say("删去它", "remove it"))
    return value


def both(parts: Iterable[str]) -> str:
    """A conjunction; true of nothing written."""
    found = [part for part in parts if part != "TRUE"]
    return " AND ".join(f"({part})" for part in found) or "TRUE"


def either(parts: Iterable[str]) -> str:
    found = [part for part in parts if part != "FALSE"]
    return " OR ".join(f"({part})" for part in found) or "FALSE"


def first(*parts: str) -> str:
    return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"


def day_of(instant: str, offset: str) -> str:
    """The local day number of an instant; `offset` is that of the same instant."""
    return f"(({instant} + {offset}) // {DAY})"


@dataclass(frozen=True, slots=True)
class Expr:
    """A typed value. `later` is SQL that is TRUE where NULL is a time after as-of, or after `after` where that is
    written; `note` names how it was found."""

    sql: str
    type: Type
    later: str | None = None
    note: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition as SQL: `known` is TRUE, FALSE or NULL; `pending` is TRUE where NULL may still be decided;
    `missing` names, where `known` is NULL, the field that it lacks; `parts` are what a conjunction joins."""

    known: str
    pending: str | None = None
    missing: str = "NULL"
    parts: tuple[str, ...] = ()

    @property
    def may(self) -> tuple[str, ...]:
        """That it is not false, part by part: each leaves out rows where the database reads what it speaks of."""
        return tuple(f"({part}) IS NOT FALSE" for part in self.parts or (self.known,))


YES = Truth("TRUE")


def all_true(parts: list[Truth]) -> Truth:
    return _join(parts, both)


def any_true(parts: list[Truth]) -> Truth:
    return _join(parts, either)


def _join(parts: list[Truth], how: object) -> Truth:
    if len(parts) == 1:
        return parts[0]
    known = (both if how is both else either)(part.known for part in parts)
    waits = [part.pending for part in parts if part.pending]
    pending = f"({known}) IS NULL AND ({either(waits)})" if waits else None
    missing = " ".join(f"WHEN ({part.known}) IS NULL THEN {part.missing}" for part in parts if part.missing != "NULL")
    said = tuple(one for part in parts for one in part.parts or (part.known,)) if how is both else ()
    return Truth(known, pending, f"CASE {missing} END" if missing else "NULL", said)


def negated(part: Truth) -> Truth:
    return Truth(f"NOT ({part.known})", part.pending, part.missing)
