"""Files -> typed tables in DuckDB, with what was rejected and why. Nothing is lost: per file
read = accepted + rejected + exact duplicates + superseded."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

from checker.calendars import instant_utc
from checker.errors import CheckerError, Problem, Text, Where, refuse, say
from checker.ingest.readers import Raw, find, read
from checker.ingest.recognise import Column, Recognised, recognise
from checker.ingest.stage import Stage, stage
from checker.ingest.tables import Finished, finish
from checker.policy.files import Covered
from checker.policy.files import Mapping as FileMappings
from checker.policy.records import RecordType

MEMORY = "500MB"
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
    notes: tuple[Text, ...]


@dataclass(frozen=True)
class Coverage:
    """The instants a source speaks of, UTC microseconds, half-open; `stated` where files or mappings say so."""

    stated: bool
    start: int | None = None
    until: int | None = None


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
    def quality_counts(self) -> dict[str, int]:
        """Number of data-quality findings by kind, in English words."""
        found: dict[str, int] = {}
        for one in (*self.rejects, *self.quality):
            found[one.kind.en] = found.get(one.kind.en, 0) + 1
        return dict(sorted(found.items()))

    def quality_rows(self) -> Iterator[tuple[object, ...]]:
        """Rows for data-quality.csv, in a total order."""
        for one in sorted((*self.rejects, *self.quality), key=lambda r: (r.file, r.sheet, r.row or 0, r.column, r.text)):
            yield (f"{one.kind.zh} {one.kind.en}", one.file, one.sheet, one.row, one.column, one.text, one.reason.zh, one.reason.en)


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory database that never reaches the network and keeps its order."""
    db = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    db.execute(f"SET memory_limit = '{MEMORY}'; SET TimeZone = 'UTC'; SET preserve_insertion_order = true")
    if threads := os.environ.get("CHECKER_THREADS"):
        db.execute(f"SET threads = {int(threads)}")
    return db


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
    stages = [stage(db, number, one) for number, one in enumerate(recognised)]
    timer("cast")
    finished = finish(db, types, stages, DEFAULT_ZONE)
    timer("keys and reconciliation")
    files = tuple(_report(one, number, finished) for number, one in enumerate(stages))
    if not examine:
        _few_rejected(files, max_rejected)
    return Ingested(
        db, finished.tables, files, _rejects(files, finished.rejects), _rejects(files, finished.quality),
        _coverage(known, finished), finished.disputed, finished.zones, finished.profiles, finished.span, tuple(problems), finished.windows,
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


def _report(staged: Stage, number: int, finished: Finished) -> FileReport:
    one = staged.found
    raw = one.raw
    rejected = len({reject.row for reject in finished.rejects if reject.file == number}) if one.kind else 0
    duplicates, superseded = finished.duplicates.get(number, 0), finished.superseded.get(number, 0)
    accepted = staged.read - rejected - duplicates - superseded
    return FileReport(
        raw.name, raw.sheet, raw.sha256, raw.form, raw.encoding, one.kind.record if one.kind else None, one.header_row, one.columns,
        staged.read, accepted if one.kind else 0, rejected if one.kind else staged.read, duplicates, superseded, tuple(one.notes),
    )  # fmt: skip


def _few_rejected(files: Sequence[FileReport], most: Fraction) -> None:
    """Over the threshold the audit stops: a file of which much is lost says little."""
    bad = [one for one in files if one.record and one.read and Fraction(one.rejected, one.read) > most]
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


def _coverage(known: Sequence[Recognised], finished: Finished) -> dict[str, Coverage]:
    """Stated where every file of a type states it; then from the earliest to the latest."""
    found: dict[str, list[Covered | None]] = {}
    for one in known:
        assert one.kind is not None
        found.setdefault(one.kind.record, []).append(one.mapping.covered if one.mapping else None)
    zone = next(iter(finished.zones.values()), DEFAULT_ZONE)
    result = {}
    for record, stated in found.items():
        if any(one is None for one in stated):
            result[record] = Coverage(False)
            continue
        starts = [instant_utc(zone, one.from_) for one in stated if one and one.from_]
        ends = [instant_utc(zone, one.until) for one in stated if one and one.until]
        result[record] = Coverage(True, min(starts, default=None), max(ends, default=None))
    return result


__all__ = ["Coverage", "FileReport", "Ingested", "Reject", "connect", "field", "ingest"]
