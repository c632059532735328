"""One recognised table -> a staged relation: typed fields, wall times still without a zone, and the cells that failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import duckdb
from duckdb import DuckDBPyConnection

from checker.errors import Text, say
from checker.ingest.cast import Cast, Caster, column_type, fast, filled, name, native, text
from checker.ingest.cells import ERROR, REACH, YEARS, moment, parser, tidy
from checker.ingest.readers import Raw, damaged
from checker.ingest.recognise import Recognised
from checker.policy.records import RecordField, RecordType
from checker.policy.values import Day, Duration, Instant, Share

CHUNK = 20_000
SUBTOTALS = ("合计", "小计", "总计", "总和", "total", "subtotal")
SUBTOTAL = say("合计行", "subtotal row")
CELL = say("读不懂的单元格", "unreadable cell")


@dataclass(frozen=True, slots=True)
class Bad:
    """A rejected row or a doubtful cell, by file number."""

    kind: Text
    file: int
    row: int | None
    column: str
    text: str
    reason: Text


@dataclass
class Stage:
    """Tables of one layout, staged together: `members` by file number. `sql` selects their typed fields with `#file` and
    `#row`; `utc` says which instants are UTC; `read` counts rows by file number."""

    members: dict[int, Recognised]
    sql: str = ""
    stored: bool = True
    read: dict[int, int] = field(default_factory=dict)
    utc: dict[str, str] = field(default_factory=dict)
    bad: list[Bad] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The first file's."""
        return next(iter(self.members))

    @property
    def found(self) -> Recognised:
        """What all members have in common: record type, columns, mapping."""
        return self.members[self.number]

    @property
    def kind(self) -> RecordType:
        assert self.found.kind is not None
        return self.found.kind


def alike(recognised: Sequence[Recognised]) -> list[dict[int, Recognised]]:
    """Text tables with the same record type, columns and mapping, by file number: they are read as one."""
    groups: dict[object, dict[int, Recognised]] = {}
    for number, one in enumerate(recognised):
        alone = one.kind is None or one.raw.parquet
        layout = number if alone else (one.kind.record if one.kind else "", one.columns, id(one.mapping))
        groups.setdefault(layout, {})[number] = one
    return list(groups.values())


def parquet_columns(raw: Raw) -> dict[str, str]:
    """Column name -> type, hive partitions included. Raises CheckerError where the file is damaged."""
    try:
        return dict(_columns_of(scan(raw)))
    except duckdb.Error as error:
        raise damaged(raw.name) from error


@lru_cache(maxsize=4096)
def _columns_of(source: str) -> tuple[tuple[str, str], ...]:
    rows = _describer().execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    return tuple((row[0], str(row[1])) for row in rows if row[0] != "file_row_number")


@lru_cache(maxsize=1)
def _describer() -> DuckDBPyConnection:
    """A database that holds nothing: opening one costs more than all that it is asked."""
    return duckdb.connect()


def scan(raw: Raw) -> str:
    files = ", ".join(text(str(path)) for path in raw.parquet)
    return f"read_parquet([{files}], hive_partitioning = true, file_row_number = true)"


def stage(db: DuckDBPyConnection, members: dict[int, Recognised]) -> Stage:
    """Stage tables of one layout; a table that is of no known type is only counted."""
    result = Stage(members)
    if result.found.kind is None:
        result.read = {number: max(len(one.raw.rows) - 1, 0) for number, one in members.items()}
    elif result.found.raw.parquet:
        _parquet(db, result)
    else:
        _rows(db, result)
    return result


# --- text tables -----------------------------------------------------------------------------------------------------


def _rows(db: DuckDBPyConnection, result: Stage) -> None:
    table = f"raw {result.number}"
    columns = {column.field: f"c{column.position}" for column in result.found.columns if column.field}
    _create(db, table, len(result.found.columns))
    for file, one in result.members.items():
        body = list(_body(one))
        result.read[file] = len(body)
        _load(db, table, file, len(one.columns), [row for row in body if not _subtotal(row[1])])
        for number, cells in body:
            if _subtotal(cells):
                first = next(cell for cell in cells if cell.strip())
                result.bad.append(Bad(SUBTOTAL, file, number, "", first, say("合计行,不是记录", "a subtotal, not a record")))
    caster = Caster(db, table, result.number, result.found)
    casts = caster.casts({one: raw for one, raw in columns.items() if one})
    _select(db, result, table, casts)


def _body(found: Recognised) -> list[tuple[int, list[str]]]:
    """The rows under the header, blank ones left out, merged cells filled down where the mapping says so."""
    width = len(found.columns)
    down = {column.position - 1 for column in found.columns if found.mapping and column.field in found.mapping.fill_down}
    last = [""] * width
    rows = []
    for number, cells in found.raw.rows:
        if number <= found.header_row or not any(cell.strip() for cell in cells):
            continue
        row = (list(cells) + [""] * width)[:width]
        for position in down:
            row[position] = row[position].strip() or last[position]
        last = row
        rows.append((number, row))
    return rows


def _subtotal(cells: Sequence[str]) -> bool:
    first = next((tidy(cell) for cell in cells if cell.strip()), "")
    return first.rstrip(":").lower().startswith(SUBTOTALS) and sum(bool(cell.strip()) for cell in cells) <= max(len(cells) // 2, 2)


def _create(db: DuckDBPyConnection, table: str, width: int) -> None:
    listed = ", ".join(f"c{position} VARCHAR" for position in range(1, width + 1))
    db.execute(f'CREATE TEMP TABLE {name(table)} ("#file" INTEGER, "#row" BIGINT, {listed})')


def _load(db: DuckDBPyConnection, table: str, file: int, width: int, rows: Sequence[tuple[int, list[str]]]) -> None:
    marks = ", ".join("unnest(?::VARCHAR[])" for _ in range(width))
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        columns = [[row[position] for _, row in part] for position in range(width)]
        db.execute(f"INSERT INTO {name(table)} SELECT {file}, unnest(?::BIGINT[]), {marks}", [[number for number, _ in part], *columns])


def _select(db: DuckDBPyConnection, result: Stage, table: str, casts: Sequence[Cast]) -> None:
    """The staged SELECT, after the cells that failed are taken out with their rows."""
    joins = " ".join(cast.join for cast in casts if cast.join)
    titles = {column.field: column.header for column in result.found.columns if column.field}
    failed = " UNION ALL ".join(
        f'SELECT {place} AS place, r."#file" AS file, r."#row" AS number, {cast.raw} AS cell FROM {name(table)} r {cast.join} WHERE {cast.raw} IS NOT NULL AND ({cast.sql}) IS NULL'
        for place, cast in enumerate(casts)
    )
    for place, file, row, cell in db.execute(f"SELECT * FROM ({failed}) ORDER BY file, place, number").fetchall() if casts else ():
        field = casts[place].field
        result.bad.append(Bad(CELL, file, row, titles.get(field, field), cell, why(result.kind.stored[field], cell)))
    gone = sorted({(bad.file, bad.row) for bad in result.bad if bad.row is not None})
    keep = 'WHERE (r."#file", r."#row") NOT IN (SELECT (unnest(?::INTEGER[]), unnest(?::BIGINT[])))' if gone else ""
    by_field = {cast.field: cast for cast in casts}
    selected = ", ".join(f"{_value(result, one, spec, by_field.get(one))} AS {name(one)}" for one, spec in result.kind.stored.items())
    zoned = ", ".join(
        f"{by_field[one].utc if one in by_field else _is_utc(result, one)} AS {name(one + '#utc')}"
        for one, spec in result.kind.stored.items() if spec.type == "instant"
    )  # fmt: skip
    staged = f"staged {result.number}"
    db.execute(
        f'CREATE TEMP TABLE {name(staged)} AS SELECT r."#file", r."#row", {selected}{", " + zoned if zoned else ""} '
        f'FROM {name(table)} r {joins} {keep} ORDER BY r."#file", r."#row"',
        [[file for file, _ in gone], [row for _, row in gone]] if gone else [],
    )
    db.execute(f"DROP TABLE {name(table)}")
    result.sql = f"SELECT * FROM {name(staged)}"
    result.utc = {one: name(one + "#utc") for one, spec in result.kind.stored.items() if spec.type == "instant"}


def _value(result: Stage, one: str, spec: RecordField, cast: Cast | None) -> str:
    """A field's SQL: its column, else the mapping's constant, else empty; then what an empty cell means."""
    mapping = result.found.mapping
    if cast is not None:
        return f"({filled(spec, cast.sql)})::{column_type(spec)}"
    if mapping and one in mapping.constants:
        return f"{constant(spec, mapping.constants[one])}::{column_type(spec)}"
    return f"({filled(spec, f'NULL::{column_type(spec)}')})::{column_type(spec)}"


def constant(spec: RecordField, value: object) -> str:
    """A constant of a mapping as SQL; it is written as in a policy. An instant without an offset is wall time."""
    written = str(value)
    match spec.type:
        case "flag":
            return str(value).upper()
        case "instant":
            at = Instant.parse(written)
            return str(at.local - (at.offset or 0))
        case "date":
            return str(Day.parse(written).number)
        case "duration":
            return str(Duration.parse(written).amount)
        case "share":
            share = Share.parse(written).value
            return f"{share.numerator} / {share.denominator}"
        case "list":
            return f"[{text(written)}]"
    return text(written)


def _is_utc(result: Stage, one: str) -> str:
    """Whether an instant that no column brings is UTC: a constant with an offset is, and what is empty may be."""
    mapping = result.found.mapping
    if mapping is None or one not in mapping.constants:
        return "TRUE"
    return str(Instant.parse(str(mapping.constants[one])).offset is not None).upper()


def why(spec: RecordField, cell: str) -> Text:
    """Why a cell could not be read, and the way out."""
    if cell.startswith("#") and ERROR.fullmatch(cell):
        return say("这是 Excel 的错误值", "this is an error value of Excel")
    if spec.type == "instant" and moment(cell) is not None:
        return say("年份不在 {a} 至 {b} 之间;用它表示没有时间的,留空,或写进对照文件 `missing:`",
                   "its year is not between {a} and {b}; where it stands for no time, leave it empty, or name it under `missing:` in the mapping",
                   a=YEARS[0], b=YEARS[1])  # fmt: skip
    if spec.type in ("instant", "date"):
        if "/" in cell or "-" in cell or "." in cell:
            return say("读不出日期:写法不明,或年月日的顺序没有说明(对照文件 `dates:`)",
                       "not a date that can be read: its form is unknown, or the order of day and month is not said (`dates:` in the mapping)")  # fmt: skip
        return say("读不出日期", "not a date that can be read")
    if spec.type == "enum":
        known = "、".join(words[0] if words else code for code, words in (spec.values or {}).items())
        return say("不是已知的取值({k}),可在对照文件 `values:` 里补", "not one of the known values ({k}); add it under `values:` in the mapping", k=known)
    if spec.type == "id":
        return say("长编号被 Excel 改成了科学计数,数字已丢失", "a long id that Excel turned into powers of ten; digits are lost")
    words = {"count": Text("整数", "a whole number"), "decimal": Text("数字", "a number"), "duration": Text("时长", "a duration"),
             "flag": Text("是或否", "yes or no"), "share": Text("比率", "a share")}  # fmt: skip
    wanted = words.get(spec.type, Text("可读的内容", "readable"))
    return Text(f"不是{wanted.zh}", f"not {wanted.en}")


# --- parquet ---------------------------------------------------------------------------------------------------------


def _parquet(db: DuckDBPyConnection, result: Stage) -> None:
    """Native columns are cast where they stand; only what is not native goes through text."""
    raw, kinds = result.found.raw, parquet_columns(result.found.raw)
    source = scan(raw)
    count = db.execute(f"SELECT count(*) FROM {source}").fetchone()
    result.read[result.number] = int(count[0]) if count else 0
    columns = {column.field: column.header for column in result.found.columns if column.field}
    found: dict[str, tuple[str, str]] = {}
    for one, header in columns.items():
        spec = result.kind.stored[one]
        direct = native(spec, f"r.{name(header)}", kinds[header]) or _codes(db, source, spec, header, kinds[header])
        if direct is None or (spec.type == "instant" and _far(db, source, direct[0])):
            _as_text(db, result, source, kinds)
            return
        found[one] = direct
    selected = ", ".join(f"{_direct(result, one, spec, found.get(one))} AS {name(one)}" for one, spec in result.kind.stored.items())
    result.sql = f'SELECT {result.number} AS "#file", r.file_row_number + 1 AS "#row", {selected} FROM {source} r'
    result.utc = {one: found[one][1] if one in found else _is_utc(result, one) for one, spec in result.kind.stored.items() if spec.type == "instant"}
    result.stored = False


def _direct(result: Stage, one: str, spec: RecordField, direct: tuple[str, str] | None) -> str:
    if direct is None:
        return _value(result, one, spec, None)
    return f"({filled(spec, direct[0])})::{column_type(spec)}"


def _codes(db: DuckDBPyConnection, source: str, spec: RecordField, header: str, kind: str) -> tuple[str, str] | None:
    """A column of codes that stand in the dictionary as they are."""
    if spec.type != "enum" or kind.upper() != "VARCHAR":
        return None
    rows = db.execute(f"SELECT DISTINCT {name(header)} FROM {source}").fetchall()
    if all(row[0] is None or row[0] in (spec.values or {}) for row in rows):
        return f"r.{name(header)}", "FALSE"
    return None


def _far(db: DuckDBPyConnection, source: str, sql: str) -> bool:
    """Whether some instant lies outside the years that are read."""
    return db.execute(f"SELECT 1 FROM {source} r WHERE {sql} NOT BETWEEN {REACH[0]} AND {REACH[1] - 1} LIMIT 1").fetchone() is not None


def _as_text(db: DuckDBPyConnection, result: Stage, source: str, kinds: dict[str, str]) -> None:
    """All columns as text, then like any other table. Lists are joined with commas; instants with an offset are written in UTC."""
    columns = [column.header for column in result.found.columns]
    forms = {"VARCHAR[]": "array_to_string({}, ',')", "TIMESTAMP WITH TIME ZONE": "make_timestamp(epoch_us({}))::VARCHAR || 'Z'"}
    listed = ", ".join(f"{forms.get(kinds[one].upper(), '{}::VARCHAR').format(name(one))} AS c{position}" for position, one in enumerate(columns, 1))
    table = f"raw {result.number}"
    db.execute(f'CREATE TEMP TABLE {name(table)} AS SELECT {result.number} AS "#file", file_row_number + 1 AS "#row", {listed} FROM {source}')
    caster = Caster(db, table, result.number, result.found)
    by_field = {column.field: f"c{column.position}" for column in result.found.columns if column.field}
    _select(db, result, table, caster.casts(by_field))


__all__ = ["Bad", "Stage", "alike", "fast", "parquet_columns", "parser", "stage"]
