"""Records near those of a case: one thing moved, dropped or altered at a time, to find one that tells a mutant from its policy."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from checker.policy.files import Case, Covered
from checker.policy.records import RecordField, RecordType
from checker.policy.values import Instant
from checker.testing.edits import said
from checker.testing.world import Records

STEPS = (timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=31))
DATE = re.compile(r"\b([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?(?![0-9-])")
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


def elsewhen(case: Case, records: Records, covered: Mapping[str, Covered], dates: Iterable[str]) -> Iterator[Candidate]:
    """The whole case moved by months to either side of dates, such as those on which a value changes."""
    at = _month(str(case.as_of or case.period))
    for by in sorted({_month(one) - at + near for one in dates for near in (-1, 0, 1)} - {0}, key=abs) if at else ():
        try:
            there = _there(case, covered, by)
        except ValueError:
            return
        moved = {record: [{key: _later(value, by) for key, value in row.items()} for row in rows] for record, rows in records.items()}
        yield Candidate(there, moved, f"# {by:+} months, as of {there.as_of or there.period}\n{rows_listed(moved)}")


def _month(text: str) -> int:
    found = re.match(r"([0-9]{4})-([0-9]{2})", text)
    return int(found[1]) * 12 + int(found[2]) - 1 if found else 0


def _there(case: Case, covered: Mapping[str, Covered], by: int) -> Case:
    """A case and what its sources cover, months later. Raises ValueError for a period that is not written in months or days."""
    if case.period and not re.fullmatch(r"[0-9]{4}-[0-9]{2}.*", case.period):
        raise ValueError(case.period)
    moved = {record: one.model_copy(update={"from_": _instant(one.from_, by), "until": _instant(one.until, by)}) for record, one in covered.items()}
    return case.model_copy(update={"as_of": _instant(case.as_of, by), "period": _later(case.period, by), "covered": moved})


def _instant(at: Instant | None, by: int) -> Instant | None:
    return Instant.parse(_later(str(at), by)) if at else None


def _later(value: Any, by: int) -> Any:
    """A text with every date in it so many months later; the last day of a shorter month where it has no such day."""
    return DATE.sub(lambda found: _dated(found, by), value) if isinstance(value, str) else value


def _dated(found: re.Match[str], by: int) -> str:
    year, month = divmod(int(found[1]) * 12 + int(found[2]) - 1 + by, 12)
    day = f"-{min(int(found[3]), calendar.monthrange(year, month + 1)[1]):02}" if found[3] else ""
    return f"{year:04}-{month + 1:02}{day}"


def rows_listed(records: Records) -> str:
    """Records as a fixture holds them, a row a line."""
    return "\n".join(line for record, rows in records.items() for line in (f"{record}:", *(f"- {said(row)}" for row in rows)))


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


__all__ = ["Candidate", "candidates", "elsewhen", "rows_listed", "values"]
