"""Records at hand: typed rows by key, looked up through indices that are made on demand and kept up to date."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from checker.policy.records import RecordType

Row = tuple[Any, ...]
"""(site, source, state, *stored fields in the order of their type). Instants and durations are UTC microseconds, dates day
numbers, lists tuples; what is empty, or has not come, is None. `source` says where the row stands: anything that can be ordered."""
Key = tuple[Any, ...]
SITE, SOURCE, STATE, FIRST = range(4)
LISTS = list, tuple
DISPUTED, FOLDED = 1, 2
"""Marks of a row's state: that its key has several versions; that it is several rows as one, of which what differs is unknown."""


def columns(kind: RecordType) -> dict[str, int]:
    """Where each stored field stands in a row."""
    return {name: FIRST + number for number, name in enumerate(kind.stored)}


class Table:
    """The rows of one record type at one site, by key. A key has several rows where versions of it are disputed."""

    __slots__ = ("columns", "indices", "keys", "kind", "named", "rows", "values")

    def __init__(self, kind: RecordType) -> None:
        self.kind, self.columns = kind, columns(kind)
        self.named = tuple(kind.key)
        self.keys = tuple(self.columns[name] for name in kind.key)
        self.rows: dict[Key, tuple[Row, ...]] = {}
        self.indices: dict[tuple[str, ...], dict[Key, list[Key]]] = {}
        self.values: dict[tuple[str, ...], Callable[[Row], Any]] = {}
        """What stands in the fields by which records were looked for."""

    def key(self, row: Row) -> Key:
        return tuple([row[column] for column in self.keys])

    def keep(self, key: Key, rows: tuple[Row, ...]) -> None:
        """Let a key have these rows; none takes it out."""
        old = self.rows.get(key, ())
        for fields, index in self.indices.items():
            values = self.values[fields]
            if len(old) != 1 or len(rows) != 1 or values(old[0]) != values(rows[0]):
                before, after = self.places(fields, old), self.places(fields, rows)
                self._move(index, key, before - after, after - before)
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
            self.values[fields] = itemgetter(*[self.columns[name] for name in fields])
            for key, rows in self.rows.items():
                self._move(index, key, (), self.places(fields, rows))
        return tuple(index.get(values, ()))

    @staticmethod
    def _move(index: dict[Key, list[Key]], key: Key, away: Collection[Key], to: Collection[Key]) -> None:
        """Take a key out of some places, and put it into others."""
        for place in away:
            index[place].remove(key)
            if not index[place]:
                del index[place]
        for place in sorted(to, key=str) if len(to) > 1 else to:
            index.setdefault(place, []).append(key)

    def places(self, fields: tuple[str, ...], rows: tuple[Row, ...]) -> set[Key]:
        """Under which values of some fields rows are found."""
        if len(fields) == 1:
            column = self.columns[fields[0]]
            if len(rows) == 1 and rows[0][column].__class__ is str:
                return {(rows[0][column],)}
            return {(one,) for row in rows for one in _members(row[column])} if rows else set()
        return {place for row in rows for place in itertools.product(*[_members(row[self.columns[name]]) for name in fields])}


def _members(value: Any) -> tuple[Hashable, ...]:
    return () if value is None else value if isinstance(value, tuple) else (value,)


class Records:
    """The rows of all types and sites. `present`: the types that some source brings; one that unfolds from another and is not
    among them has the rows that the other's make."""

    def __init__(self, types: Mapping[str, RecordType], present: frozenset[str] | None = None) -> None:
        self.types = types
        self.tables: dict[tuple[str, str], Table] = {}
        brought = frozenset(types) if present is None else present
        self.unfolding: dict[str, list[Unfolding]] = {}
        for kind in types.values():
            if kind.unfold is not None and kind.record not in brought and kind.unfold.record in brought:
                self.unfolding.setdefault(kind.unfold.record, []).append(Unfolding(kind, types[kind.unfold.record]))

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

    def put(self, record: str, site: str, fields: Mapping[str, Any], source: Any = None) -> Key:
        """A later word about a record: the fields that it names replace what was known. Returns its key."""
        table = self.table(record, site)
        key = tuple([_shared(fields.get(name)) for name in table.named])
        old = table.rows.get(key, ())
        columns = table.columns
        cells = [site, source, 0, *old[-1][FIRST:]] if old else [site, source, 0, *[None] * len(columns)]
        for name, value in fields.items():
            column = columns.get(name)
            if column is not None:
                cells[column] = sys.intern(value) if value.__class__ is str else _shared(value)
        self._set(table, key, (tuple(cells),))
        return key

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
            self._unfold(kind, table.rows.get(key, ()), rows)
        table.keep(key, rows)

    def _unfold(self, kind: Unfolding, before: tuple[Row, ...], after: tuple[Row, ...]) -> None:
        """The rows that a record's make of another type: one for each of its instants that is known."""
        changed = kind.changed(before[0], after[0]) if len(before) == len(after) == 1 else None
        if changed == ():
            return
        table = self.table(kind.record, (before or after)[0][SITE])
        if not before and len(after) == 1:
            for child in kind.rows(after[0]):
                table.keep(table.key(child), (child,))
            return
        made: dict[Key, list[Row]] = {}
        for rows, keep in ((before, False), (after, True)):
            for row in rows:
                for child in kind.rows(row, changed):
                    made.setdefault(table.key(child), []).extend([child] if keep else [])
        for key, listed in made.items():
            table.keep(key, tuple(listed))


def _row(table: Table, site: str, source: Any, fields: Mapping[str, Any]) -> Row:
    return (site, source, 0, *(_shared(fields.get(name)) for name in table.columns))


def _shared(value: Any) -> Any:
    """A value as rows hold it: equal texts are one object, for there are many rows."""
    if isinstance(value, str):
        return sys.intern(value)
    return tuple(_shared(one) for one in value) if isinstance(value, LISTS) else value


class Unfolding:
    """How rows of a type are made of another's: one for each of its instants that is known."""

    def __init__(self, kind: RecordType, parent: RecordType) -> None:
        assert kind.unfold is not None
        here, there, key = columns(kind), columns(parent), parent.key[0]
        self.record, self.own, self.width = kind.record, there[key], len(here)
        self.events = tuple((number, event, there[column]) for number, (event, column) in enumerate(kind.unfold.events.items(), 1))
        self.filled = tuple((here[name], place) for place, name in enumerate((key, "seq", "event_type", "at")) if name in here)

    def changed(self, before: Row, after: Row) -> tuple[int, ...] | None:
        """The numbers of the events that a change of a record may change; None: all of them."""
        if before[self.own] != after[self.own] or before[:FIRST] != after[:FIRST]:
            return None
        return tuple([number for number, _, column in self.events if before[column] != after[column]])

    def rows(self, row: Row, only: Sequence[int] | None = None) -> Iterator[Row]:
        """The rows that a record's make; `only` those of these events."""
        for number, event, column in self.events:
            if row[column] is not None and (only is None or number in only):
                known, cells = (row[self.own], number, event, row[column]), [*row[:FIRST], *[None] * self.width]
                for there, place in self.filled:
                    cells[there] = known[place]
                yield tuple(cells)


__all__ = ["DISPUTED", "FIRST", "FOLDED", "SITE", "SOURCE", "STATE", "Key", "Records", "Row", "Table", "Unfolding", "columns"]
