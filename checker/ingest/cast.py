"""Text columns -> typed columns, in DuckDB: canonical forms by SQL, every other distinct value by the one parser."""

from __future__ import annotations

from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from checker.ingest.cells import Moment, parser, tidy
from checker.ingest.recognise import Recognised
from checker.policy.records import RecordField, RecordType
from checker.policy.values import DAY

TYPES = {
    "instant": "BIGINT", "date": "INTEGER", "count": "BIGINT", "decimal": "DECIMAL(18,4)", "duration": "BIGINT",
    "flag": "BOOLEAN", "list": "VARCHAR[]", "share": "DECIMAL(18,9)",
}  # fmt: skip
CHUNK = 20_000
INSTANT = r"[1-8]\d{3}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?"
PLAIN = r"[!\"$-~][!-~]*"
WIDE = {narrow: narrow + 0xFEE0 for narrow in range(0x21, 0x7F)}
"""ASCII to its full-width forms."""


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
            return f"CASE WHEN regexp_full_match({raw}, '\\d{{1,18}}') THEN TRY_CAST({raw} AS BIGINT) END"
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
        self.missing = tuple(dict.fromkeys(form for mark in mapping.missing for form in (mark.strip(), tidy(mark), tidy(mark).translate(WIDE)))) if mapping else ()

    def casts(self, columns: dict[str, str]) -> list[Cast]:
        """A cast for each field that a column brings; `columns` is field -> raw column name."""
        assert isinstance(self.kind, RecordType)
        shown = {field: self._shown(f"r.{name(raw)}") for field, raw in columns.items()}
        quick = {field: None if field in self.values else fast(self.kind.stored[field], shown[field]) for field in columns}
        odd = self._odd(shown, quick)
        self._table(odd)
        return [self._cast(field, shown[field], quick[field], bool(odd[field])) for field in columns]

    def _shown(self, raw: str) -> str:
        """The text of a cell, NULL where it is empty or a mark that means missing."""
        shown = f"nullif(trim({raw}), '')"
        if not self.missing:
            return shown
        marks = ", ".join(text(mark) for mark in self.missing)
        return f"CASE WHEN trim({raw}) NOT IN ({marks}) THEN {shown} END"

    def _odd(self, shown: dict[str, str], quick: dict[str, str | None]) -> dict[str, list[str]]:
        """The distinct texts of each field that are not canonical, found in one scan."""
        if not shown:
            return {}
        parts = [
            f"list(DISTINCT {shown[field]}) FILTER (WHERE {shown[field]} IS NOT NULL" + (f" AND ({quick[field]}) IS NULL)" if quick[field] else ")")
            for field in shown
        ]
        row = self.db.execute(f"SELECT {', '.join(parts)} FROM {name(self.table)} r").fetchone() or ()
        return {field: sorted(found or ()) for field, found in zip(shown, row, strict=True)}

    @property
    def _looked_up(self) -> str:
        return f"read {self.number}"

    def _table(self, odd: dict[str, list[str]]) -> None:
        """Every odd text with its value, as text that casts to the field's type; NULL where the parser cannot read it."""
        self.db.execute(f"CREATE TEMP TABLE {name(self._looked_up)} (field VARCHAR, text VARCHAR, value VARCHAR, utc BOOLEAN)")
        for field, words in odd.items():
            read = parser(self.kind.stored[field], self.order, self.values.get(field, {}))  # type: ignore[union-attr]
            for start in range(0, len(words), CHUNK):
                part = words[start : start + CHUNK]
                parsed = [read(word) for word in part]
                values = [written(one) for one in parsed]
                zoned = [isinstance(one, Moment) and one.utc for one in parsed]
                self.db.execute(
                    f"INSERT INTO {name(self._looked_up)} SELECT ?, unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::BOOLEAN[])",
                    [field, part, values, zoned],
                )

    def _cast(self, field: str, shown: str, quick: str | None, odd: bool) -> Cast:
        assert isinstance(self.kind, RecordType)
        kind = column_type(self.kind.stored[field])
        if not odd:
            return Cast(field, shown, f"({quick})::{kind}" if quick else f"NULL::{kind}")
        alias = name(f"m {field}")
        value = f"string_split({alias}.value, chr(31))" if kind == "VARCHAR[]" else f"{alias}.value::{kind}"
        join = f"LEFT JOIN {name(self._looked_up)} {alias} ON {alias}.field = {text(field)} AND {alias}.text = {shown}"
        sql = f"coalesce({quick}, {value})" if quick else value
        return Cast(field, shown, f"({sql})::{kind}", f"coalesce({alias}.utc, FALSE)", join)


def written(value: object) -> str | None:
    """A parsed value as text that the database casts back to its type; members of a list are set apart by U+001F."""
    match value:
        case None:
            return None
        case Moment(micros=micros):
            return str(micros)
        case list():
            return "\x1f".join(str(one) for one in value)
        case bool():
            return "true" if value else "false"
    return str(value)


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
