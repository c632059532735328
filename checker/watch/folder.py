"""A folder where exports appear: each file is read once, when it has stopped growing, as an audit would read it; its rows become
events in the order of their own time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from checker.calendars import iso_utc, to_date
from checker.errors import CheckerError, Text, say, system
from checker.ingest import FileReport, Ingested, ingest
from checker.ingest.cast import name
from checker.ingest.readers import ENDINGS, sha256
from checker.policy.files import Mapping as FileMappings
from checker.policy.records import RecordField, RecordType
from checker.policy.values import SECOND
from checker.watch.clock import EXPORT
from checker.watch.sources import Source
from checker.watch.watcher import Inbox, Line, Submission

LOOK = 1.0
"""Seconds between two looks; a file that did not change between them has stopped growing."""
DONE = 1 << 40
"""Where a file stands that was read whole."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it stood at one look."""

    size: int
    changed: int


class Folder(Source):
    """`positions`: by hash, how many rows of a file were taken before."""

    def __init__(
        self, inbox: Inbox, path: Path, complain: Callable[[Text], None], positions: Mapping[str, int], types: Mapping[str, RecordType],
        mappings: Sequence[FileMappings], reject: Callable[[Bad], None], once: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(inbox, str(path), complain)
        self.path, self.positions, self.types, self.mappings, self.reject, self.once = path, positions, types, mappings, reject, once
        self.looked: dict[Path, Seen] = {}
        self.read_at: dict[Path, Seen] = {}
        self.rosters: set[Path] = set()
        """Files without times of their own: names and sites of later files are looked up in them."""

    def read(self) -> None:
        while not self.halt.is_set():
            ready = self._ready()
            if ready:
                self._take(ready)
            elif self.once and self.looked.keys() == self.read_at.keys():
                return
            self.halt.wait(LOOK)

    def _ready(self) -> list[Path]:
        """Files that are new or changed, and did not change since the last look."""
        now = {path: seen for path in sorted(self.path.rglob("*")) if _export(path) and (seen := _seen(path))}
        ready = [path for path, seen in now.items() if self.looked.get(path) == seen and self.read_at.get(path) != seen]
        self.looked = now
        return ready

    def _take(self, ready: list[Path]) -> None:
        self.read_at |= {path: self.looked[path] for path in ready}
        hashes = {path: EXPORT + digest for path in ready if (digest := self._digest(path))}
        fresh = [path for path in hashes if self.positions.get(hashes[path], 0) != DONE]
        if not fresh:
            return
        rosters = [path for path in self.rosters if path not in fresh and path.is_file()]
        try:
            found = ingest([*fresh, *rosters], self.types, self.mappings, max_rejected=Fraction(1), examine=True)
        except CheckerError as error:
            for problem in error.problems:
                self.complain(Text(problem.line("zh"), problem.line("en")))
            return
        self._tell(found, fresh)
        done = {one: self.positions.get(one, 0) for one in hashes.values()}
        sources = {named: hashes[path] for path in fresh for named in (path.name, path.as_posix())}
        self._hand_over(rows(found, sources, self.types), done)
        understood = sorted({sources[one.path] for one in found.files if one.record is not None and one.path in sources})
        self.inbox.put(Submission([Line(None, source, DONE) for source in understood], self.name))

    def _digest(self, path: Path) -> str:
        """The hash of a file; empty where it cannot be opened, or is gone again."""
        try:
            return sha256(path)
        except OSError as error:
            said = system(error)
            self.complain(say("{f}:打不开:{z}", "{f}: it cannot be opened: {e}", f=path.name, z=said.zh, e=said.en))
            return ""

    def _hand_over(self, found: Iterator[tuple[str, str]], done: Mapping[str, int]) -> None:
        """Rows that were not taken before a restart, as lines."""
        counted: dict[str, int] = {}
        lines = []
        for source, raw in found:
            counted[source] = counted.get(source, 0) + 1
            if counted[source] > done.get(source, 0):
                lines.append(Line(raw, source, counted[source]))
        self.hand_over(lines)

    def _tell(self, found: Ingested, fresh: Sequence[Path]) -> None:
        names = {named: path for path in fresh for named in (path.name, path.as_posix())}
        for problem in found.problems:
            self.complain(Text(problem.line("zh"), problem.line("en")))
        for report in found.files:
            if report.path in names:
                self.complain(_read(report))
                if report.record and not self.types[report.record].time:
                    self.rosters.add(names[report.path])
        for one in found.rejects:
            if one.file in names:
                self.reject(Bad(f"{one.file}:{one.row}", one.column, one.text, one.reason))


@dataclass(frozen=True, slots=True)
class Bad:
    """A row of a file that is not used: its place, column, text, and why."""

    place: str
    column: str
    text: str
    reason: Text


def _read(report: FileReport) -> Text:
    if report.record is None:
        return say("{f}:认不出是哪种记录,没有采用", "{f}: not recognised as any record type; it is not used", f=report.path)
    facts = {"f": report.path, "r": report.record, "n": report.read, "b": report.rejected}
    return say("{f}:{r},读了 {n} 行,拒收 {b} 行", "{f}: {r}, {n} rows read, {b} rejected", **facts)


def _seen(path: Path) -> Seen | None:
    """A file as it stands; None where it went away meanwhile."""
    try:
        at = path.stat()
    except FileNotFoundError:
        return None
    return Seen(at.st_size, at.st_mtime_ns)


def _export(path: Path) -> bool:
    return path.is_file() and path.name.lower().endswith(ENDINGS) and not path.name.startswith(("~$", "."))


# --- rows as events --------------------------------------------------------------------------------------------------


def rows(found: Ingested, sources: Mapping[str, str], types: Mapping[str, RecordType]) -> Iterator[tuple[str, str]]:
    """(source, event) of every row of the files named, rosters first, then by the records' own time. `sources`: file name -> source."""
    wanted = {number: sources[file.path] for number, file in enumerate(found.files) if file.path in sources}
    listed: list[tuple[tuple[int, int, str, int, int], str, str]] = []
    for record in sorted(found.tables):
        kind = types[record]
        fields = list(kind.stored)
        said = {number: _named(found.files[number], fields) for number in wanted}
        numbers = ", ".join(str(number) for number in wanted) or "NULL"
        sql = f'SELECT "#file", "#row", {", ".join(map(name, fields))} FROM {name(record)} WHERE "#file" IN ({numbers})'
        for file, row, *values in found.connection.execute(sql).fetchall():
            cells = dict(zip(fields, values, strict=True))
            time = _time(kind, cells)
            order = (-1 if record == "site" else int(time is not None), time or 0, record, file, row)
            listed.append((order, wanted[file], _event(kind, cells, said[file])))
    listed.sort()
    yield from ((source, raw) for _, source, raw in listed)


def _time(kind: RecordType, cells: Mapping[str, Any]) -> int | None:
    """The record's own time; where that stands in another record the first instant that it speaks of. Rosters have none."""
    if kind.time is None:
        return None
    timed = [value for field, value in cells.items() if kind.stored[field].type == "instant" and not kind.stored[field].planned and value is not None]
    own = cells.get(kind.time)
    return own if own in timed else min(timed, default=None)


def _named(report: FileReport, fields: Sequence[str]) -> frozenset[str]:
    return frozenset(column.field for column in report.columns if column.field in fields and column.field)


def _event(kind: RecordType, cells: Mapping[str, Any], named: frozenset[str]) -> str:
    """A row as an event in canonical form: the columns of its file, and what a mapping adds."""
    event: dict[str, Any] = {"record": kind.record}
    for field, value in cells.items():
        if field in named or value is not None:
            event[field] = None if value is None else canonical(kind.stored[field], value)
    return json.dumps(event, ensure_ascii=False)


def canonical(spec: RecordField, value: Any) -> Any:
    """A typed value as it is written in JSON, so that it is read back as the same."""
    match spec.type:
        case "instant":
            return iso_utc(value)
        case "date":
            return to_date(value).isoformat()
        case "duration":
            seconds, rest = divmod(value, SECOND)
            return f"{seconds}.{rest:06}秒" if rest else f"{seconds}秒"
        case "list":
            return list(value)
    return str(value) if isinstance(value, Decimal) else value


__all__ = ["DONE", "Bad", "Folder", "canonical", "rows"]
