"""Whose spell a record is: by this a person counts once, however many spells of theirs overlap (language §7.13)."""

from __future__ import annotations

from collections.abc import Mapping

from checker.policy.records import RecordType


def person_of(kind: RecordType, types: Mapping[str, RecordType]) -> tuple[str | None, bool]:
    """(the field that says whose spell it is, whether every row is somebody's): of whom one is absent, in the roster of
    people its own key, else the first reference to that roster. A document may name nobody, and then counts by its key."""
    if kind.absence is not None:
        return kind.absence.of, True
    if kind.team is not None:
        return kind.subject[0], True
    field = next((one.by for one in kind.references.values() if types[one.record].team is not None), None)
    return field, field is not None and kind.fields[field].required


__all__ = ["person_of"]
