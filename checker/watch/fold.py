"""The journal folded by key, in order of arrival, as data files that an audit reads: what a snapshot is made of."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checker.errors import CheckerError
from checker.policy.files import Covered, FileMapping
from checker.policy.files import Mapping as FileMappings
from checker.policy.records import RecordType
from checker.watch.archive import Member, into, put_away
from checker.watch.clock import RecordClock, earliest, spoken
from checker.watch.events import Event, Reader
from checker.watch.folder import canonical
from checker.watch.journal import entries
from checker.watch.state import JOURNAL, Checkpoint, read_checkpoint
from checker.witness.records import FIRST

Key = tuple[str, tuple[Any, ...]]


@dataclass
class Folded:
    """Records by type and key, each with the fields that its events named, the later over the earlier. One id at two sites is
    two records; an event that names no site speaks of the record that was spoken of last. `first`: the earliest
    record's own time, `clock`: where the watcher's clock stands (UTC microseconds)."""

    types: Mapping[str, RecordType]
    records: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = field(default_factory=dict)
    spoken: dict[Key, Any] = field(default_factory=dict)
    first: int | None = None
    clock: int | None = None

    def put(self, event: Event) -> None:
        self._put(event.record, event.row)
        self.first = earliest(self.first, event)

    def _put(self, record: str, row: Mapping[str, Any]) -> None:
        kind = self.types[record]
        key = tuple(row[one] for one in kind.key)
        there = self.records.setdefault(record, {})
        site = row.get("site_id") if "site_id" not in kind.key else None
        said_last = self.spoken.get((record, key))
        if site is None:
            site = said_last
        elif said_last is None and (None, *key) in there:
            there[site, *key] = there.pop((None, *key))
        self.spoken[record, key] = site
        there.setdefault((site, *key), {}).update(row)

    def begin(self, kept: Checkpoint, away: Iterable[Sequence[Member]]) -> None:
        """Be as a checkpoint says, with the records that were put away by then."""
        unfolded = set(kept.watch["unfolded"])
        for record, sites in kept.watch["rows"].items():
            for rows in sites.values():
                for row in rows:
                    self._put(record, self._named(record, map(into, row)))
        here = {(record, *key) for record, there in self.records.items() for key in there}
        for members in away:
            for one in members:
                row = self._named(one.record, one.row[FIRST:])
                if one.record not in unfolded and not {(one.record, site, *(row[part] for part in self.types[one.record].key)) for site in (None, one.site)} & here:
                    self._put(one.record, row)
        for record, fields in kept.watch["parked"]:
            self._put(record, {name: into(value) for name, value in fields.items()})
        self.spoken |= {(record, tuple(map(into, key))): site for record, key, site in kept.watch["told"]}
        self.first = kept.first

    def _named(self, record: str, cells: Iterable[Any]) -> dict[str, Any]:
        """The fields of a record that are not empty."""
        return {name: value for name, value in zip(self.types[record].stored, cells, strict=True) if value is not None}

    def write(self, folder: Path) -> list[Path]:
        """One file of JSON Lines a record type, in place of earlier ones."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in folder.glob("*.jsonl"):
            old.unlink()
        return [self._file(folder / f"{record}.jsonl", record) for record in sorted(self.records)]

    def _file(self, path: Path, record: str) -> Path:
        fresh = path.with_name(f".{path.name}")
        with fresh.open("w", encoding="utf-8") as file:
            file.writelines(self._lines(record))
        os.replace(fresh, path)
        return path

    def _lines(self, record: str) -> Iterator[str]:
        """The records; the first names every field, so that no column is absent."""
        stored = self.types[record].stored
        for number, row in enumerate(self.records[record].values()):
            said = {name: None if row.get(name) is None else canonical(spec, row[name]) for name, spec in stored.items() if name in row or number == 0}
            yield json.dumps(said, ensure_ascii=False) + "\n"

    def mapping(self, given: Sequence[FileMappings] = ()) -> FileMappings:
        """How the files are read: each is of the type that it is named after, and covers what the mappings given say of that type."""
        entries = [entry for mapping in given for entry in mapping.files]
        return FileMappings(format="mappings/1", files=tuple(_entry(record, [one for one in entries if one.record == record]) for record in sorted(self.records)))


def _entry(record: str, given: Sequence[FileMapping]) -> FileMapping:
    return FileMapping(file=f"{record}.jsonl", record=record, header_row=None, covered=_covered([one.covered for one in given]))


def _covered(given: Sequence[Covered | None]) -> Covered | None:
    """The stretch that several make; of stretches that do not meet the last, for what is not covered accuses nobody."""
    said = sorted((one for one in given if one is not None), key=lambda one: one.from_.local if one.from_ else -(2**62))
    if not said or len(said) < len(given):
        return None
    joined = said[0]
    for one in said[1:]:
        apart = one.from_ and joined.until and one.from_.local > joined.until.local
        ends = [joined.until, one.until]
        joined = one if apart else joined.model_copy(update={"until": None if None in ends else max((end for end in ends if end), key=lambda end: end.local)})
    return joined


def folded(state: Path, reader: Reader) -> Folded:
    """Every record of a state as it stands, also while it is watched. Raises CheckerError where the journal is damaged."""
    while True:
        kept = read_checkpoint(state)
        try:
            return _folded(state, kept, reader)
        except (CheckerError, FileNotFoundError):
            if read_checkpoint(state).seq == kept.seq:
                raise


def _folded(state: Path, kept: Checkpoint, reader: Reader) -> Folded:
    """The records of a checkpoint, and the events of the journal since."""
    found, clock, tick = Folded(reader.types), RecordClock(), None
    reader.zones = {}
    if kept.whole:
        found.begin(kept, put_away(state, kept.generation))
        clock, reader.zones = RecordClock(*kept.clock), dict(kept.zones)
    for entry in entries(state / JOURNAL, kept.seq if kept.whole else 0):
        event = reader.read(entry.event) if entry.event is not None else None
        if isinstance(event, Event):
            found.put(event)
            clock.hear(spoken(event, entry.source), event, reader.types)
        tick = entry.tick if entry.tick is not None else tick
    found.clock = clock.now if tick is None else tick
    return found


__all__ = ["Folded", "folded"]
