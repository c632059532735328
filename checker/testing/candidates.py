"""Records near those of a case: one thing moved, dropped or altered at a time, to find one that tells a mutant from its policy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from checker.policy.files import Case
from checker.policy.records import RecordField, RecordType
from checker.testing.edits import said
from checker.testing.world import Records

STEPS = (timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=31))
OTHER = "other"
"""An id that no record of a case has."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case's records with one change, told as YAML of the row that it is."""

    case: Case
    records: Records
    told: str


def candidates(case: Case, records: Records, types: Mapping[str, RecordType], words: frozenset[str], numbers: Sequence[int]) -> Iterator[Candidate]:
    """The case with one row changed. `words` are the fields that the policy speaks of, `numbers` its limits."""
    for record, rows in records.items():
        kind = types[record]
        for index, row in enumerate(rows):
            place = f"{record}[{index}]"
            yield Candidate(case, {**records, record: [*rows[:index], *rows[index + 1 :]]}, f"# - {place}\n# - {said(row)}")
            for field, value, change in _changes(kind, row, words, numbers):
                told = f"# {place}.{field}: {said(row.get(field))} -> {said(value)}\n{record}:\n- {said(change)}"
                yield Candidate(case, {**records, record: [*rows[:index], change, *rows[index + 1 :]]}, told)
                if field in kind.key or field in words:
                    yield Candidate(case, {**records, record: [*rows, _renamed(kind, change)]}, f"# + {record}\n{record}:\n- {said(_renamed(kind, change))}")


def _renamed(kind: RecordType, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row under a key of its own, to stand beside the one that it was made of."""
    numbered = next((one for one in reversed(kind.key) if kind.fields[one].type == "count"), kind.key[0])
    value = row.get(numbered)
    return {**row, numbered: value + 1 if isinstance(value, int) else f"{value}-2"}


def _changes(kind: RecordType, row: Mapping[str, Any], words: frozenset[str], numbers: Sequence[int]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    for field, spec in kind.stored.items():
        if field in words or field in kind.key or field == kind.time:
            for value in values(spec, row.get(field), numbers):
                yield field, value, {key: one for key, one in {**row, field: value}.items() if one is not None}


def values(spec: RecordField, value: Any, numbers: Sequence[int] = ()) -> Iterator[Any]:
    """Other values that a cell may have: near the one it has, and none at all."""
    if value is not None:
        yield None
    match spec.type:
        case "enum":
            yield from (code for code in spec.values or () if code != value)
        case "flag":
            yield from (one for one in (True, False) if one is not value)
        case "count" | "decimal" | "duration":
            near = {value - 1, value + 1} if isinstance(value, int) else set()
            yield from sorted(one for one in {*near, *numbers, 0} if one != value and one >= 0)
        case "instant" | "date":
            yield from _moments(value, spec.type)
        case "list":
            yield from ([one for one in value if one != gone] for gone in value or ())
            yield [*(value or ()), OTHER]
        case _:
            yield OTHER


def _moments(value: Any, form: str) -> Iterator[str]:
    """Earlier and later, by a second up to a month; the ends of the day."""
    found = re.fullmatch(r"([0-9-]{10})(?:T([0-9:]{5,8}))?", str(value))
    if not found:
        return
    clock = found[2] or "00:00:00"
    late = clock.startswith("24")
    at = datetime.fromisoformat(f"{found[1]}T{'00:00' if late else clock}") + timedelta(days=late)
    for step in STEPS[3:] if form == "date" else STEPS:
        yield from (_written(moment, form) for moment in (at - step, at + step))
    if form == "instant":
        midnight = at.replace(hour=0, minute=0, second=0)
        yield from (_written(moment, form) for moment in (midnight, midnight + timedelta(days=1) - STEPS[0]))


def _written(moment: datetime, form: str) -> str:
    return moment.date().isoformat() if form == "date" else moment.isoformat(timespec="seconds")


__all__ = ["Candidate", "candidates", "values"]
