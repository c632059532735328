"""Records that say which places of their indices were looked at, and which a change touches."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

from checker.policy.records import RecordType
from checker.watch.archive import Archive, Member, key_of, place_of
from checker.witness.records import Key, Records, Row, Table

Spot = tuple[str, str, tuple[str, ...], Key]
"""(record type, site, fields, values): where records are looked for. No fields: all records of the type."""


Place = tuple[str, str, Key]
"""(record type, site, key)."""


NOWHERE: set[Key] = {()}
"""Where all records of a type are looked for."""


def _nothing(place: Place, known: str | None) -> None:
    """Nobody asks."""


class Tracked(Records):
    """`looked` gathers the places at which records are looked for; `changed` the rows that were put, before and after."""

    def __init__(self, types: Mapping[str, RecordType], present: frozenset[str] | None = None) -> None:
        super().__init__(types, present)
        self.unfolded = frozenset(kind.record for kinds in self.unfolding.values() for kind in kinds)
        """The types whose rows are made of another type's."""
        self.parents = {kind.record: types[parent] for parent, kinds in self.unfolding.items() for kind in kinds}
        self.looked: set[Spot] = set()
        self.changed: list[tuple[str, str, tuple[Row, ...], tuple[Row, ...]]] = []
        self.fields: dict[str, set[tuple[str, ...]]] = {}
        """By record type: the fields by which its records were ever looked for."""
        self.archive: Archive | None = None
        self.read: Container[Spot] = ()
        """Where somebody looks for records: what lies there was brought back from the archive, and is not put away."""
        self.back: Callable[[Place, str | None], None] = _nothing
        """Told of each record that was brought back, with what was known of it."""

    def table(self, record: str, site: str) -> TrackedTable:
        found = self.tables.get((record, site))
        if found is None:
            found = self.tables[record, site] = TrackedTable(self, self.types[record], site)
        assert isinstance(found, TrackedTable)
        return found

    def where(self, record: str, site: str, fields: tuple[str, ...], values: Key) -> Iterable[Key]:
        spot = (record, site, fields, values)
        self.looked.add(spot)
        table = self.tables.get((record, site)) or self.table(record, site)
        if fields not in table.indices:
            self.fields.setdefault(record, set()).add(fields)
        archive = self.archive
        if archive is not None and spot not in self.read:
            if (record, fields) not in archive.fields:
                archive.looked_for(record, fields, [table.columns[name] for name in fields])
            if not archive.empty:
                self._bring(archive.found(place_of(*spot)))
        return table.where(fields, values)

    # -- the archive --------------------------------------------------------------------------------------------------

    def recall(self, record: str, key: Key) -> None:
        """Bring a record back from the archive, at whatever site."""
        if self.archive is not None and not self.archive.empty:
            self._bring(self.archive.found(key_of(record, key)))

    def recall_all(self) -> None:
        """Bring everything back from the archive."""
        if self.archive is not None:
            self._bring(self.archive.all())

    def _bring(self, families: Iterable[Sequence[Member]]) -> None:
        """Records in memory are later than those that were put away. What was made of another type's rows is left where that type brings its own."""
        for members in families:
            root = members[0]
            if self.table(root.record, root.site).key(root.row) in self.table(root.record, root.site).rows:
                continue
            for record, site, row, known in members:
                if record == root.record or record in self.unfolded:
                    table = self.table(record, site)
                    key = table.key(row)
                    Table.keep(table, key, (row,))
                    self.back((record, site, key), known)

    def family(self, place: Place) -> list[Place] | None:
        """A record with those that are made of it; None of one that is made of another."""
        record, site, key = place
        if record in self.unfolded:
            return None
        rows = self.versions(record, site, key)
        made = [(kind.record, site, self.table(kind.record, site).key(child)) for kind in self.unfolding.get(record, ()) for row in rows for child in kind.rows(row)]
        return [place, *made]

    def root(self, place: Place) -> Place:
        """The record of which one is made, or itself."""
        record, site, key = place
        parent = self.parents.get(record)
        rows = self.versions(record, site, key) if parent else ()
        return (parent.record, site, (rows[0][self.table(record, site).columns[parent.key[0]]],)) if parent and rows else place

    def spots(self, place: Place) -> list[Spot]:
        """Where a record is found."""
        record, site, key = place
        table = self.table(record, site)
        return [(record, site, fields, one) for fields in self.fields.get(record, ()) for one in (table.places(fields, table.rows.get(key, ())) if fields else {()})]

    def put_away(self, family: Sequence[Place], known: Mapping[Place, str]) -> None:
        """Take a family out of memory."""
        assert self.archive is not None
        members = [Member(one[0], one[1], row, known.get(one)) for one in family for row in self.versions(*one)]
        names = {key_of(record, key) for record, _, key in family} | {place_of(*spot) for one in family for spot in self.spots(one)}
        self.archive.put(repr(family[0]), members, names)
        for record, site, key in family:
            Table.keep(self.table(record, site), key, ())

    def brought(self, record: str) -> None:
        """A type has rows of its own: those that another type's rows made of it are forgotten."""
        for parent, kinds in self.unfolding.items():
            if any(kind.record == record for kind in kinds):
                self.unfolding[parent] = [kind for kind in kinds if kind.record != record]
                self.unfolded -= {record}
                del self.parents[record]
                for site in {place for of, place in self.tables if of == record}:
                    for key in tuple(self.table(record, site).rows):
                        self.remove(record, site, key)

    def touched(self) -> Iterator[tuple[str, str, Iterable[Key], list[Spot], frozenset[str] | None]]:
        """(record type, site, keys, places, the fields that are other than before) of what changed since it was last asked; None: a
        record came or went."""
        changed, self.changed = self.changed, []
        for record, site, before, after in changed:
            table, rows = self.table(record, site), (*before, *after)
            spots = [(record, site, fields, one) for fields in self.fields.get(record, ()) for one in (table.places(fields, rows) if fields else NOWHERE)]
            keys = {table.key(row) for row in rows} if len(rows) > 1 else (table.key(rows[0]),)
            yield record, site, keys, spots, _other(table, before, after)


def _other(table: TrackedTable, before: tuple[Row, ...], after: tuple[Row, ...]) -> frozenset[str] | None:
    if len(before) != 1 or len(after) != 1:
        return None
    was, now = before[0], after[0]
    return frozenset([name for name, column in table.columns.items() if was[column] is not now[column] and was[column] != now[column]])


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


__all__ = ["Place", "Spot", "Tracked"]
