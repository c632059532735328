"""Files -> typed tables in DuckDB, with what was rejected and why. Nothing is lost: per file
read = accepted + rejected + exact duplicates + superseded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

from checker.calendars import instant_utc
from checker.errors import CheckerError, Problem, Text, Where, refuse, say
from checker.ingest.cast import name as quoted
from checker.ingest.cells import header
from checker.ingest.database import connect
from checker.ingest.doubts import EARLY
from checker.ingest.readers import Raw, find, read
from checker.ingest.recognise import Column, Recognised, recognise
from checker.ingest.stage import SUBTOTAL, alike, stage
from checker.ingest.tables import Finished, finish
from checker.policy.files import Mapping as FileMappings
from checker.policy.records import RecordType

DEFAULT_ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class FileReport:
    """How one table of a file was understood, and what became of its rows."""

    path: str
    sheet: str
    sha256: str
    form: str
    encoding: str
    record: str | None
    header_row: int
    columns: tuple[Column, ...]
    read: int
    accepted: int
    rejected: int
    duplicates: int
    superseded: int
    subtotals: int
    notes: tuple[Text, ...]
    constants: tuple[str, ...] = ()
    """The fields that the mapping gives one value for all rows."""


@dataclass(frozen=True)
class Coverage:
    """What a source speaks of: (site or all, from, until), UTC microseconds, half-open. `unstated`: sites of whose files some
    do not say it; None among them is all sites."""

    stretches: tuple[tuple[str | None, int | None, int | None], ...]
    unstated: frozenset[str | None]

    @property
    def stated(self) -> bool:
        return not self.unstated


@dataclass(frozen=True)
class Reject:
    """A row or cell that is not used, or doubtful: where, its text, why."""

    kind: Text
    file: str
    sheet: str
    row: int | None
    column: str
    text: str
    reason: Text


@dataclass(frozen=True)
class Ingested:
    """Everything an audit needs of the data. `tables`: record types that files brought, each a table of that name."""

    connection: duckdb.DuckDBPyConnection
    tables: frozenset[str]
    files: tuple[FileReport, ...]
    rejects: tuple[Reject, ...]
    quality: tuple[Reject, ...]
    coverage: Mapping[str, Coverage]
    disputed: frozenset[str]
    sites: Mapping[str, str]
    site_profiles: Mapping[str, str]
    span: tuple[int | None, int | None]
    problems: tuple[Problem, ...] = ()
    site_windows: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What the site roster says of each site's windows, as written."""

    @property
    def fields(self) -> dict[str, frozenset[str]]:
        """By record type the fields that files bring, as columns or as constants of their mapping."""
        found: dict[str, frozenset[str]] = {}
        for file in self.files:
            if file.record is not None:
                here = {*file.constants, *(column.field for column in file.columns if column.field)}
                found[file.record] = found.get(file.record, frozenset()) | here
        return found

    @property
    def sizes(self) -> dict[str, int]:
        """By record type how many rows the files bring."""
        return {record: sum(file.accepted for file in self.files if file.record == record) for record in sorted(self.tables)}

    @property
    def quality_counts(self) -> list[dict[str, Any]]:
        """Number of data-quality findings by kind: `zh`, `en`, `findings`."""
        found = Counter(one.kind for one in (*self.rejects, *self.quality))
        return [{"zh": kind.zh, "en": kind.en, "findings": found[kind]} for kind in sorted(found, key=lambda kind: kind.en)]

    def words(self, record: str, field: str) -> list[tuple[str, int]]:
        """The values of a field and how many records have each, sorted; none where no file brings the record type."""
        if record not in self.tables:
            return []
        sql = f"SELECT {quoted(field)}, count(*) FROM {quoted(record)} WHERE {quoted(field)} IS NOT NULL GROUP BY 1 ORDER BY 1"
        return [(str(word), int(number)) for word, number in self.connection.execute(sql).fetchall()]

    def names(self, types: Mapping[str, RecordType]) -> frozenset[str]:
        """Every name that stands in a column of names."""
        columns = [(quoted(record), quoted(name)) for record in sorted(self.tables) for name, one in types[record].stored.items() if one.personal == "name"]
        each = " UNION ".join(f"SELECT {column}::VARCHAR FROM {table} WHERE {column} IS NOT NULL" for table, column in columns)
        return frozenset(row[0] for row in self.connection.execute(each).fetchall()) if each else frozenset()

    def doubtful(self) -> list[Reject]:
        """Everything rejected or doubtful, in a total order."""
        return sorted((*self.rejects, *self.quality), key=lambda r: (r.file, r.sheet, r.row or 0, r.column, r.text))


def ingest(
    paths: Sequence[Path],
    types: Mapping[str, RecordType],
    mappings: Sequence[FileMappings] = (),
    *,
    max_rejected: Fraction = Fraction(1, 20),
    examine: bool = False,
    timer: Callable[[str], None] = lambda stage: None,
) -> Ingested:
    """Read files and folders. Raises CheckerError with everything that makes the data unusable; where `examine` is set
    such problems are reported beside what could be understood instead."""
    recognised, problems = _recognised(tuple(paths), types, mappings)
    known = [one for one in recognised if one.kind is not None]
    if problems and not examine:
        raise CheckerError(problems)
    if not known and not examine:
        raise _nothing(recognised)
    timer("read files")
    db = connect()
    stages = [stage(db, members) for members in alike(recognised)]
    timer("cast")
    finished = finish(db, types, stages, DEFAULT_ZONE)
    timer("keys and reconciliation")
    read_by_file = {number: rows for one in stages for number, rows in one.read.items()}
    files = tuple(_report(one, number, read_by_file[number], finished) for number, one in enumerate(recognised))
    if not examine:
        _few_rejected(files, max_rejected)
    return Ingested(
        db, finished.tables, files, _rejects(files, finished.rejects), (*_rejects(files, finished.quality), *_said(files), *_idle(recognised, mappings)),
        _coverage(db, recognised, finished), finished.disputed, finished.zones, finished.profiles, finished.span, tuple(problems), finished.windows,
    )  # fmt: skip


def _recognised(
    paths: tuple[Path, ...], types: Mapping[str, RecordType], mappings: Sequence[FileMappings]
) -> tuple[list[Recognised], list[Problem]]:
    found: list[Recognised] = []
    problems: list[Problem] = []
    for path, name in find(paths):
        try:
            tables = list(read(path, name, _encoding(name, mappings)))
        except CheckerError as error:
            problems += error.problems
            continue
        for raw in tables:
            if not raw.rows and not raw.parquet and raw.sheet:
                continue
            try:
                found.append(recognise(_headed(raw), types, mappings))
            except CheckerError as error:
                problems += error.problems
    return found, problems


def _headed(raw: Raw) -> Raw:
    """A Parquet file's columns are its header."""
    if raw.parquet:
        from checker.ingest.stage import parquet_columns

        raw.keys = list(parquet_columns(raw))
    return raw


def _encoding(name: str, mappings: Sequence[FileMappings]) -> str | None:
    from fnmatch import fnmatchcase

    entries = [one for mapping in mappings for one in mapping.files]
    return next((one.encoding for one in entries if one.encoding and fnmatchcase(name.rpartition("/")[2], one.file)), None)


def _nothing(recognised: Sequence[Recognised]) -> CheckerError:
    names = ", ".join(sorted({one.raw.name for one in recognised})) or "—"
    return refuse(
        "data.unknown",
        say("没有一个文件认得出是哪种记录:{n}", "no file is recognised as any record type: {n}", n=names),
        say("用 `checker doctor` 看每一列怎样被理解,或写对照文件", "see with `checker doctor` how columns were understood, or write a mapping"),
    )


def _report(one: Recognised, number: int, rows: int, finished: Finished) -> FileReport:
    raw = one.raw
    rejected = len({reject.row for reject in finished.rejects if reject.file == number}) if one.kind else 0
    subtotals = sum(reject.kind == SUBTOTAL for reject in finished.rejects if reject.file == number)
    duplicates, superseded = finished.duplicates.get(number, 0), finished.superseded.get(number, 0)
    accepted = rows - rejected - duplicates - superseded
    return FileReport(
        raw.name, raw.sheet, raw.sha256, raw.form, raw.encoding, one.kind.record if one.kind else None, one.header_row, one.columns,
        rows, accepted if one.kind else 0, rejected if one.kind else rows, duplicates, superseded, subtotals, tuple(one.notes),
        tuple(one.mapping.constants) if one.mapping else (),
    )  # fmt: skip


def _said(files: Sequence[FileReport]) -> Iterator[Reject]:
    """What is to be said of whole files: those of no known type, and notes such as a hidden sheet."""
    for one in files:
        if one.record is None and one.read:
            reason = say("没有采用;写进对照文件,或从文件夹里移走", "it is not used; describe it in a mapping, or move it out of the folder")
            yield Reject(say("认不出的表", "table not recognised"), one.path, one.sheet, None, "", "", reason)
        elif one.record is not None:
            yield from (Reject(say("文件说明", "note on a file"), one.path, one.sheet, None, "", "", note) for note in one.notes)


def _idle(recognised: Sequence[Recognised], mappings: Sequence[FileMappings]) -> Iterator[Reject]:
    """What a mapping says that fits nothing: an entry without a file, a header that no file has."""
    kind, used = say("对照文件", "mapping"), {id(one.mapping) for one in recognised}
    for entry in (entry for mapping in mappings for entry in mapping.files if id(entry) not in used):
        yield Reject(kind, entry.file, entry.sheet or "", None, "", "", say("没有文件符合这一条", "no file fits this entry"))
    for one in recognised:
        there = {header(column.header) for column in one.columns}
        for wanted in one.mapping.columns if one.mapping else ():
            if not str(wanted).isdigit() and header(str(wanted)) not in there:
                yield Reject(kind, one.raw.name, one.raw.sheet, None, str(wanted), "", say("文件里没有这一列", "the file has no such column"))


def _few_rejected(files: Sequence[FileReport], most: Fraction) -> None:
    """Over the threshold the audit stops: a file of which much is lost says little."""
    bad = [one for one in files if one.record and one.read and Fraction(one.rejected - one.subtotals, one.read) > most]
    if bad:
        raise CheckerError(
            Problem(
                Where(one.path, 0, 0, 1, "", one.sheet), "data.rejected",
                say("{r}/{n} 行被拒收,超过 {m:g} %", "{r} of {n} rows are rejected, more than {m:g} %", r=one.rejected, n=one.read, m=float(most * 100)),
                say("用 `checker doctor` 看原因", "see the reasons with `checker doctor`"),
            )
            for one in bad
        )  # fmt: skip


def _rejects(files: Sequence[FileReport], found: Sequence[Any]) -> tuple[Reject, ...]:
    return tuple(Reject(one.kind, files[one.file].path, files[one.file].sheet, one.row, one.column, one.text, one.reason) for one in found)


def _coverage(db: duckdb.DuckDBPyConnection, recognised: Sequence[Recognised], finished: Finished) -> dict[str, Coverage]:
    """What files and mappings state, by record type. A file speaks for the sites of its rows."""
    found: dict[str, tuple[list[tuple[str | None, int | None, int | None]], set[str | None]]] = {}
    for number, one in enumerate(recognised):
        if one.kind is None:
            continue
        stretches, unstated = found.setdefault(one.kind.record, ([], set()))
        stated = one.mapping.covered if one.mapping else None
        for site in _sites_of(db, one.kind.record, number, finished):
            zone = finished.zones.get(site or "", next(iter(finished.zones.values()), DEFAULT_ZONE))
            start, until = (instant_utc(zone, edge) if edge else None for edge in ((stated.from_, stated.until) if stated else (None, None)))
            if stated:
                stretches.append((site, start, until))
            else:
                unstated.add(site)
    return {record: Coverage(tuple(stretches), frozenset(unstated)) for record, (stretches, unstated) in found.items()}


def _sites_of(db: duckdb.DuckDBPyConnection, record: str, number: int, finished: Finished) -> list[str | None]:
    """The sites that a file's rows belong to; all where it has none, or there is but one."""
    if len(finished.zones) < 2:
        return [None]
    rows = db.execute(f'SELECT DISTINCT "#site" FROM {quoted(record)} WHERE "#file" = {number} ORDER BY 1').fetchall()
    return [row[0] for row in rows] or [None]


__all__ = ["EARLY", "Coverage", "FileReport", "Ingested", "Reject", "connect", "field", "ingest"]
