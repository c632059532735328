"""Records that are fetched from the database when they are asked for: an explanation takes only the rows that it needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from duckdb import DuckDBPyConnection

from checker.compile.sql import name
from checker.policy.records import RecordType
from checker.witness import Records
from checker.witness.records import Key, Row

OFTEN = 64
"""After so many look-ups all records of a type and site are taken at once."""
Source = tuple[int, int]
"""(file number, row) where a record stands."""


class Fetched(Records):
    """The records of an ingested database. `present`: the types whose tables are there."""

    def __init__(self, db: DuckDBPyConnection, types: Mapping[str, RecordType], present: frozenset[str]) -> None:
        super().__init__(types, present)
        self.db, self.present = db, present
        self._asked: Counter[tuple[str, str]] = Counter()
        self._known: set[tuple[str, str, tuple[str, ...], Key]] = set()

    def where(self, record: str, site: str, fields: tuple[str, ...], values: Key) -> Iterable[Key]:
        self._fetch(record, site, fields, values)
        return super().where(record, site, fields, values)

    def versions(self, record: str, site: str, key: Key) -> tuple[Row, ...]:
        self._fetch(record, site, self.types[record].key, key)
        return super().versions(record, site, key)

    def at(self, record: str, file: int, row: int) -> list[tuple[str, Key]]:
        """(site, key) of the records that a row of a file brought; of a type that unfolds, those that it makes."""
        parent = self._parent(record)
        source = parent.record if parent else record
        if source not in self.present:
            return []
        kind = self.types[source]
        listed = ", ".join(name(one) for one in ("#site", *kind.key))
        rows = self.db.execute(f'SELECT {listed} FROM {name(source)} WHERE "#file" = ? AND "#row" = ?', [file, row]).fetchall()
        found = []
        for site, *key in rows:
            if parent is None:
                found.append((site, tuple(key)))
            else:
                place = self.types[record].key.index(parent.key[0]) if parent.key[0] in self.types[record].key else None
                self._fetch(source, site, (parent.key[0],), (key[0],))
                found += [(site, one) for one in super().where(record, site, (), ()) if place is not None and one[place] == key[0]]
        return found

    def _parent(self, record: str) -> RecordType | None:
        """The type whose rows make those of this one, where no file brings it."""
        return next((self.types[parent] for parent, kinds in self.unfolding.items() if any(one.record == record for one in kinds)), None)

    def _fetch(self, record: str, site: str, fields: tuple[str, ...], values: Key) -> None:
        """Take the rows with these values, and all versions of what they are versions of."""
        asked = (record, site, fields, values)
        if asked in self._known or (record, site, (), ()) in self._known or record not in self.types:
            return
        self._known.add(asked)
        self._asked[record, site] += 1
        if fields and self._asked[record, site] > OFTEN:
            self._fetch(record, site, (), ())
            return
        parent = self._parent(record)
        if parent is not None:
            shared = [(one, value) for one, value in zip(fields, values, strict=True) if one == parent.key[0]]
            self._fetch(parent.record, site, tuple(one for one, _ in shared), tuple(value for _, value in shared))
        elif record in self.present:
            self._take(record, site, fields, values)

    def _take(self, record: str, site: str, fields: Sequence[str], values: Sequence[Any], whole: bool = False) -> None:
        """Rows of one type; of one whose key is disputed, every version (`whole`: they are these)."""
        kind = self.types[record]
        tests = [f"list_contains({name(one)}, ?)" if kind.fields[one].type == "list" else f"{name(one)} IS NOT DISTINCT FROM ?" for one in fields]
        where = " AND ".join(['"#site" = ?', *tests])
        columns = [*kind.stored, "#file", "#row", "#disputed"]
        sql = f'SELECT {", ".join(map(name, columns))} FROM {name(record)} WHERE {where} ORDER BY "#file", "#row"'
        for row in self.db.execute(sql, [site, *values]).fetchall():
            cells = dict(zip(columns, row, strict=True))
            if cells["#disputed"] and not whole:
                key = [cells[one] for one in kind.key]
                self._known.add((record, site, kind.key, tuple(key)))
                self._take(record, site, kind.key, key, whole=True)
            else:
                self.add(record, site, {one: cells[one] for one in kind.stored}, (cells["#file"], cells["#row"]))


__all__ = ["Fetched", "Source"]
