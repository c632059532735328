"""Records that say which places of their indices were looked at, and which a change touches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from checker.policy.records import RecordType
from checker.witness.records import Key, Records, Row, Table

Spot = tuple[str, str, tuple[str, ...], Key]
"""(record type, site, fields, values): where records are looked for. No fields: all records of the type."""


class Tracked(Records):
    """`looked` gathers the places at which records are looked for; `changed` the rows that were put, before and after."""

    def __init__(self, types: Mapping[str, RecordType], present: frozenset[str] | None = None) -> None:
        super().__init__(types, present)
        self.looked: set[Spot] = set()
        self.changed: list[tuple[str, str, tuple[Row, ...], tuple[Row, ...]]] = []
        self.fields: dict[str, set[tuple[str, ...]]] = {}
        """By record type: the fields by which its records were ever looked for."""

    def table(self, record: str, site: str) -> TrackedTable:
        found = self.tables.get((record, site))
        if found is None:
            found = self.tables[record, site] = TrackedTable(self, self.types[record], site)
        assert isinstance(found, TrackedTable)
        return found

    def where(self, record: str, site: str, fields: tuple[str, ...], values: Key) -> Iterable[Key]:
        self.looked.add((record, site, fields, values))
        table = self.tables.get((record, site)) or self.table(record, site)
        if fields not in table.indices:
            self.fields.setdefault(record, set()).add(fields)
        return table.where(fields, values)

    def brought(self, record: str) -> None:
        """A type has rows of its own: those that another type's rows made of it are forgotten."""
        for parent, kinds in self.unfolding.items():
            if any(kind.record == record for kind in kinds):
                self.unfolding[parent] = [kind for kind in kinds if kind.record != record]
                for site in {place for of, place in self.tables if of == record}:
                    for key in tuple(self.table(record, site).rows):
                        self.remove(record, site, key)

    @property
    def unfolded(self) -> frozenset[str]:
        """The types whose rows are made of another type's."""
        return frozenset(kind.record for kinds in self.unfolding.values() for kind in kinds)

    def touched(self) -> Iterator[tuple[str, str, frozenset[Key], set[Spot], frozenset[str] | None]]:
        """(record type, site, keys, places, the fields that are other than before) of what changed since it was last asked; None: a
        record came or went."""
        changed, self.changed = self.changed, []
        for record, site, before, after in changed:
            table = self.table(record, site)
            spots: set[Spot] = set()
            for fields in self.fields.get(record, ()):
                values = table.places(fields, (*before, *after)) if fields else {()}
                spots |= {(record, site, fields, one) for one in values}
            yield record, site, frozenset(table.key(row) for row in (*before, *after)), spots, _other(table, before, after)


def _other(table: TrackedTable, before: tuple[Row, ...], after: tuple[Row, ...]) -> frozenset[str] | None:
    if len(before) != 1 or len(after) != 1:
        return None
    return frozenset(name for name, column in table.columns.items() if before[0][column] != after[0][column])


class TrackedTable(Table):
    """A table that reports what is kept in it."""

    __slots__ = ("owner", "site")

    def __init__(self, owner: Tracked, kind: RecordType, site: str) -> None:
        super().__init__(kind)
        self.owner, self.site = owner, site

    def keep(self, key: Key, rows: tuple[Row, ...]) -> None:
        before = self.rows.get(key, ())
        if before != rows:
            super().keep(key, rows)
            self.owner.changed.append((self.kind.record, self.site, before, rows))

    def places(self, fields: tuple[str, ...], rows: tuple[Row, ...]) -> set[Any]:
        return self._places(fields, rows)


__all__ = ["Spot", "Tracked"]
