"""Text columns -> typed columns, in DuckDB: canonical forms by SQL, every other distinct value by the one parser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from checker.ingest.cells import Moment, parser
from checker.ingest.recognise import Recognised
from checker.policy.records import RecordField, RecordType
from checker.policy.values import DAY

TYPES = {
    "instant": "BIGINT", "date": "INTEGER", "count": "BIGINT", "decimal": "DECIMAL(18,4)", "duration": "BIGINT",
    "flag": "BOOLEAN", "list": "VARCHAR[]", "share": "DECIMAL(18,9)",
}  # fmt: skip
CHUNK = 20_000
INSTANT = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?"
PLAIN = r"[!-~]+"


def name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def column_type(spec: RecordField) -> str:
    return TYPES.get(spec.type, "VARCHAR")


@dataclass(frozen=True, slots=True)
class Cast:
    """How one field is read from a raw table: SQL that is NULL where the text cannot be read, and the joins it needs.

    `utc` says of an instant whether it is UTC already; other instants are wall time.
    """

    field: str
    raw: str
    sql: str
    utc: str = "FALSE"
    join: str = ""


def fast(spec: RecordField, raw: str) -> str | None:
    """SQL for the canonical form of a type, NULL where the text is something else."""
    match spec.type:
        case "instant":
            # An hour of 24 or a 30 February is not a timestamp; the parser has the last word on it.
            return f"CASE WHEN regexp_full_match({raw}, '{INSTANT}') THEN epoch_us(TRY_CAST({raw} AS TIMESTAMP)) END"
        case "date":
            known = f"CASE WHEN regexp_full_match({raw}, '\\d{{4}}-\\d\\d-\\d\\d') THEN TRY_CAST({raw} AS DATE) END"
            return f"date_diff('day', DATE '1970-01-01', {known})"
        case "count":
            return f"CASE WHEN regexp_full_match({raw}, '-?\\d{{1,18}}') THEN TRY_CAST({raw} AS BIGINT) END"
        case "text":
            return f"CASE WHEN regexp_full_match({raw}, '{PLAIN}') THEN {raw} END"
        case "id":
            # What looks like a number in powers of ten, or a whole float, is for the parser.
            return f"CASE WHEN regexp_full_match({raw}, '{PLAIN}') AND NOT regexp_full_match({raw}, '\\d+(\\.\\d+)?([eE].*)?') OR regexp_full_match({raw}, '\\d+') THEN {raw} END"
    return None


class Caster:
    """Casts of one raw table; values that SQL does not know are parsed once each and kept in look-up tables."""

    def __init__(self, db: DuckDBPyConnection, table: str, number: int, found: Recognised) -> None:
        self.db, self.table, self.number, self.found = db, table, number, found
        self.kind = found.kind
        mapping = found.mapping
        self.order = mapping.dates if mapping else None
        self.values = mapping.values if mapping else {}
        self.missing = tuple(mapping.missing) if mapping else ()

    def casts(self, columns: dict[str, str]) -> Iterator[Cast]:
        """A cast for each field that a column brings; `columns` is field -> raw column name."""
        assert isinstance(self.kind, RecordType)
        for field, raw in columns.items():
            yield self._cast(field, self.kind.stored[field], f"r.{name(raw)}")

    def _cast(self, field: str, spec: RecordField, raw: str) -> Cast:
        shown = f"nullif(trim({raw}), '')"
        if self.missing:
            marks = ", ".join(text(mark) for mark in self.missing)
            shown = f"CASE WHEN trim({raw}) NOT IN ({marks}) THEN {shown} END"
        quick = None if field in self.values else fast(spec, shown)
        odd = self._odd(shown, quick)
        if not odd:
            return Cast(field, shown, f"({quick})::{column_type(spec)}" if quick else f"NULL::{column_type(spec)}")
        alias = f"m{self.number}_{field}"
        self._table(alias, field, spec, odd)
        joined = f"LEFT JOIN {name(alias)} {name(alias)} ON {name(alias)}.text = {shown}"
        sql = f"coalesce({quick}, {name(alias)}.value)" if quick else f"{name(alias)}.value"
        return Cast(field, shown, f"({sql})::{column_type(spec)}", f"coalesce({name(alias)}.utc, FALSE)", joined)

    def _odd(self, shown: str, quick: str | None) -> list[str]:
        """The distinct texts that are not canonical."""
        where = f"AND ({quick}) IS NULL" if quick else ""
        rows = self.db.execute(f"SELECT DISTINCT {shown} FROM {name(self.table)} r WHERE {shown} IS NOT NULL {where}").fetchall()
        return sorted(row[0] for row in rows)

    def _table(self, alias: str, field: str, spec: RecordField, odd: Sequence[str]) -> None:
        read = parser(spec, self.order, self.values.get(field, {}))
        self.db.execute(f"CREATE TEMP TABLE {name(alias)} (text VARCHAR, value {column_type(spec)}, utc BOOLEAN)")
        for start in range(0, len(odd), CHUNK):
            words = list(odd[start : start + CHUNK])
            parsed = [read(word) for word in words]
            values = [one.micros if isinstance(one, Moment) else one for one in parsed]
            zoned = [isinstance(one, Moment) and one.utc for one in parsed]
            self.db.execute(
                f"INSERT INTO {name(alias)} SELECT unnest(?::VARCHAR[]), unnest(?::{column_type(spec)}[]), unnest(?::BOOLEAN[])",
                [words, values, zoned],
            )


def filled(spec: RecordField, sql: str) -> str:
    """What an empty cell means, for fields that give it a value (`empty: no`, `empty: own`)."""
    if spec.empty in ("unknown", "not yet"):
        return sql
    if spec.type == "flag":
        return f"coalesce({sql}, {'FALSE' if spec.empty in ('no', False) else 'TRUE'})"
    if isinstance(spec.empty, int):
        return f"coalesce({sql}, {spec.empty})"
    return f"coalesce({sql}, {text(str(spec.empty))})"


def native(spec: RecordField, raw: str, kind: str) -> tuple[str, str] | None:
    """(SQL, utc) for a Parquet column of a native type; None where it must go through text."""
    kind = kind.upper()
    if spec.type == "instant" and kind == "TIMESTAMP WITH TIME ZONE":
        return f"epoch_us({raw})", "TRUE"
    if spec.type == "instant" and kind.startswith("TIMESTAMP"):
        return f"epoch_us({raw}::TIMESTAMP)", "FALSE"
    if (spec.type == "date" and kind in ("DATE",)) or (spec.type == "date" and kind.startswith("TIMESTAMP")):
        return f"date_diff('day', DATE '1970-01-01', {raw}::DATE)", "FALSE"
    whole = kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
    if spec.type == "count" and whole:
        return f"{raw}::BIGINT", "FALSE"
    if spec.type == "duration" and whole and spec.unit:
        from checker.policy.records import TIME_UNITS

        return f"({raw}::BIGINT * {TIME_UNITS.get(spec.unit, DAY)})", "FALSE"
    if spec.type == "flag" and kind == "BOOLEAN":
        return raw, "FALSE"
    if spec.type in ("decimal", "share") and (whole or kind.startswith(("DECIMAL", "DOUBLE", "FLOAT"))):
        return f"{raw}::{column_type(spec)}", "FALSE"
    if spec.type == "list" and kind == "VARCHAR[]":
        return raw, "FALSE"
    if spec.type in ("text", "id", "windows") and kind == "VARCHAR":
        return f"nullif({raw}, '')", "FALSE"
    return None
