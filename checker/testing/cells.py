"""Records as people write them in a fixture -> typed rows, by the parsers that read cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checker.calendars import to_utc
from checker.errors import refuse, say
from checker.ingest.cells import Moment, parser
from checker.policy.records import TIME_UNITS, RecordField, RecordType
from checker.policy.values import Duration

ONLY = "S1"
"""The site of rows that name none."""
Row = dict[str, Any]


def typed_rows(kind: RecordType, rows: Sequence[Mapping[str, Any]], zone: str) -> list[Row]:
    """Instants are of `zone` unless they carry an offset. Exact duplicates are taken out and versions of one key marked,
    as ingest does."""
    read = [_typed(kind, row, zone, number) for number, row in enumerate(rows, 2)]
    content: dict[tuple[Any, ...], Row] = {}
    for row in read:
        content.setdefault(tuple(str(value) for key, value in row.items() if key != "#row"), row)
    kept = list(content.values())
    keys = [(row["#site"], *(row[key] for key in kind.key)) for row in kept]
    for row, key in zip(kept, keys, strict=True):
        row["#disputed"] = keys.count(key) > 1
    return kept


def _typed(kind: RecordType, row: Mapping[str, Any], zone: str, number: int) -> Row:
    for key in row:
        if key not in kind.stored and key != "site_id":
            raise refuse("field.unknown", say("「{r}」没有字段 `{f}`", "`{r}` has no field `{f}`", r=kind.record, f=key), say("改字段名", "mend the name"))
    typed = {field: _cell(spec, row.get(field), zone) for field, spec in kind.stored.items()}
    return {**typed, "#site": str(row.get("site_id") or ONLY), "#row": number, "#disputed": False}


def _cell(spec: RecordField, value: Any, zone: str) -> Any:
    """One cell, with what an empty one means."""
    if value is None or value == "":
        return _empty(spec)
    if isinstance(value, list):
        return [str(one) for one in value]
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and spec.type == "duration":
        return value * TIME_UNITS[spec.unit or "seconds"]
    if isinstance(value, str) and spec.type == "duration" and " " in value:
        return Duration.parse(value).amount
    found = parser(spec, "year-month-day", {})(str(value))
    if isinstance(found, Moment):
        return found.micros if found.utc else to_utc(zone, found.micros)
    if found is None:
        raise refuse("cell.form", say("`{v}` 读不懂", "`{v}` cannot be read", v=value), say("按字段类型写", "write it as its field demands"))
    return found


def _empty(spec: RecordField) -> Any:
    if spec.empty in ("unknown", "not yet"):
        return None
    return spec.empty not in ("no", False) if spec.type == "flag" else spec.empty


__all__ = ["ONLY", "Row", "typed_rows"]
