"""Records at hand: typed rows by key, looked up through indices that are made on demand and kept up to date."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

from checker.policy.records import RecordType

Row = tuple[Any, ...]
"""(site, source, state, *stored fields in the order of their type). Instants and durations are UTC microseconds, dates day
numbers, lists tuples; what is empty, or has not come, is None. `source` says where the row stands: anything that can be ordered."""
Key = tuple[Any, ...]
SITE, SOURCE, STATE, FIRST = range(4)
DISPUTED, FOLDED = 1, 2
"""Marks of a row's state: that its key has several versions; that it is several rows as one, of which what differs is unknown."""


def columns(kind: RecordType) -> dict[str, int]:
    """Where each stored field stands in a row."""
    return {name: FIRST + number for number, name in enumerate(kind.stored)}


class Table:
    """The rows of one record type at one site, by key. A key has several rows where versions of it are disputed."""

    __slots__ = ("columns", "indices", "keys", "kind", "named", "rows")

    def __init__(self, kind: RecordType) -> None:
        self.kind, self.columns = kind, columns(kind)
        self.named = tuple(kind.key)
        self.keys = tuple(self.columns[name] for name in kind.key)
        self.rows: dict[Key, tuple[Row, ...]] = {}
        self.indices: dict[tuple[str, ...], dict[Key, list[Key]]] = {}

    def key(self, row: Row) -> Key:
        return tuple([row[column] for column in self.keys])

    def keep(self, key: Key, rows: tuple[Row, ...]) -> None:
        """Let a key have these rows; none takes it out."""
        old = self.rows.get(key, ())
        for fields, index in self.indices.items():
            if self._stands(fields, old, rows):
                continue
            before, after = self._places(fields, old), self._places(fields, rows)
            for place in before - after:
                index[place].remove(key)
                if not index[place]:
                    del index[place]
            for place in sorted(after - before, key=str):
                index.setdefault(place, []).append(key)
        if rows:
            self.rows[key] = rows
        else:
            self.rows.pop(key, None)

    def where(self, fields: tuple[str, ...], values: Key) -> Iterable[Key]:
        """The keys of rows whose fields have these values; a list has each of its members."""
        if not fields:
            return tuple(self.rows)
        if fields == self.named:
            return (values,) if values in self.rows else ()
        index = self.indices.get(fields)
        if index is None:
            index = self.indices[fields] = {}
            for key, rows in self.rows.items():
                for place in sorted(self._places(fields, rows), key=str):
                    index.setdefault(place, []).append(key)
        return tuple(index.get(values, ()))

    def _stands(self, fields: tuple[str, ...], old: tuple[Row, ...], rows: tuple[Row, ...]) -> bool:
        """Whether a change leaves a record in its places."""
        return len(old) == len(rows) == 1 and all(old[0][column] == rows[0][column] for column in [self.columns[name] for name in fields])

    def _places(self, fields: tuple[str, ...], rows: tuple[Row, ...]) -> set[Key]:
        if len(fields) == 1:
            column = self.columns[fields[0]]
            return {(one,) for row in rows for one in _members(row[column])}
        return {place for row in rows for place in itertools.product(*(_members(row[self.columns[name]]) for name in fields))}


def _members(value: Any) -> tuple[Hashable, ...]:
    return () if value is None else value if isinstance(value, tuple) else (value,)


class Records:
    """The rows of all types and sites. `present`: the types that some source brings; one that unfolds from another and is not
    among them has the rows that the other's make."""

    def __init__(self, types: Mapping[str, RecordType], present: frozenset[str] | None = None) -> None:
        self.types = types
        self.tables: dict[tuple[str, str], Table] = {}
        brought = frozenset(types) if present is None else present
        self.unfolding: dict[str, list[RecordType]] = {}
        for kind in types.values():
            if kind.unfold is not None and kind.record not in brought and kind.unfold.record in brought:
                self.unfolding.setdefault(kind.unfold.record, []).append(kind)

    def table(self, record: str, site: str) -> Table:
        found = self.tables.get((record, site))
        if found is None:
            found = self.tables[record, site] = Table(self.types[record])
        return found

    def add(self, record: str, site: str, fields: Mapping[str, Any], source: Any = None) -> Row:
        """One more version of a record; the same content again is passed over."""
        table = self.table(record, site)
        row = _row(table, site, source, fields)
        key = table.key(row)
        old = table.rows.get(key, ())
        if all(one[FIRST:] != row[FIRST:] for one in old):
            self._set(table, key, tuple((*one[:STATE], DISPUTED if old else 0, *one[FIRST:]) for one in (*old, row)))
        return row

    def put(self, record: str, site: str, fields: Mapping[str, Any], source: Any = None) -> tuple[Row | None, Row]:
        """A later word about a record: the fields that it names replace what was known. (the row before, the row now)."""
        table = self.table(record, site)
        key = tuple([fields.get(name) for name in table.named])
        old = table.rows.get(key, ())
        columns = table.columns
        cells = [site, source, 0, *old[-1][FIRST:]] if old else [site, source, 0, *[None] * len(columns)]
        for name, value in fields.items():
            column = columns.get(name)
            if column is not None:
                cells[column] = _shared(value)
        row = tuple(cells)
        self._set(table, key, (row,))
        return (old[-1] if old else None), row

    def remove(self, record: str, site: str, key: Key) -> None:
        """Forget a record."""
        self._set(self.table(record, site), key, ())

    def versions(self, record: str, site: str, key: Key) -> tuple[Row, ...]:
        table = self.tables.get((record, site))
        return () if table is None else table.rows.get(key, ())

    def where(self, record: str, site: str, fields: tuple[str, ...], values: Key) -> Iterable[Key]:
        return self.table(record, site).where(fields, values)

    def _set(self, table: Table, key: Key, rows: tuple[Row, ...]) -> None:
        for kind in self.unfolding.get(table.kind.record, ()):
            self._unfold(kind, table, table.rows.get(key, ()), rows)
        table.keep(key, rows)

    def _unfold(self, kind: RecordType, parent: Table, before: tuple[Row, ...], after: tuple[Row, ...]) -> None:
        """The rows that a record's make of another type: one for each of its instants that is known."""
        if len(before) == len(after) == 1 and before[0][:FIRST] == after[0][:FIRST] and not self._unfolds_anew(kind, parent, before[0], after[0]):
            return
        site = (before or after)[0][SITE]
        table, made = self.table(kind.record, site), dict[Key, list[Row]]()
        for rows, keep in ((before, False), (after, True)):
            for row in rows:
                for child in children(kind, table, parent, row):
                    made.setdefault(table.key(child), []).extend([child] if keep else [])
        for key, listed in made.items():
            table.keep(key, tuple(listed))


    @staticmethod
    def _unfolds_anew(kind: RecordType, parent: Table, before: Row, after: Row) -> bool:
        """Whether a change of a record may change the rows that are made of it."""
        assert kind.unfold is not None
        return any(before[parent.columns[column]] != after[parent.columns[column]] for column in (parent.kind.key[0], *kind.unfold.events.values()))


def _row(table: Table, site: str, source: Any, fields: Mapping[str, Any]) -> Row:
    return (site, source, 0, *(_shared(fields.get(name)) for name in table.columns))


def _shared(value: Any) -> Any:
    """A value as rows hold it: equal texts are one object, for there are many rows."""
    if isinstance(value, str):
        return sys.intern(value)
    return tuple(_shared(one) for one in value) if isinstance(value, list | tuple) else value


def children(kind: RecordType, table: Table, parent: Table, row: Row) -> Iterator[Row]:
    """The rows that a record's make of another type."""
    assert kind.unfold is not None
    key = parent.kind.key[0]
    for number, (event, column) in enumerate(kind.unfold.events.items(), 1):
        at = row[parent.columns[column]]
        if at is not None:
            known = {key: row[parent.columns[key]], "seq": number, "event_type": event, "at": at}
            yield (row[SITE], row[SOURCE], row[STATE], *map(known.get, table.columns))


__all__ = ["DISPUTED", "FIRST", "FOLDED", "SITE", "SOURCE", "STATE", "Key", "Records", "Row", "Table", "children", "columns"]
