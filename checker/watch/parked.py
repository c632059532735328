"""Records of which it is not known yet where they belong: they wait for a site, or for another record that says theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.policy.records import RecordType
from checker.watch.sites import site_paths
from checker.witness.records import Key

Fields = dict[str, Any]


class Parked:
    """Events by record type and key, in the order in which they came."""

    def __init__(self, types: Mapping[str, RecordType]) -> None:
        self.types = types
        self.listed: dict[str, dict[Key, list[Fields]]] = {}
        self.waiting: dict[tuple[str, Any], dict[tuple[str, Key], None]] = {}
        """By the record that would say their site (its type, its id) the records that wait for it."""

    def __iter__(self) -> Iterator[tuple[str, Fields]]:
        return ((record, fields) for record, keys in self.listed.items() for events in keys.values() for fields in events)

    def add(self, record: str, fields: Fields) -> None:
        """An event of a record of which it is not known where it belongs."""
        key = self._key(record, fields)
        self.listed.setdefault(record, {}).setdefault(key, []).append(fields)
        for one in self._asked(record, fields):
            self.waiting.setdefault(one, {})[record, key] = None

    def take(self, record: str, key: Key) -> list[Fields]:
        """The events of a record, which wait no more."""
        keys = self.listed.get(record, {})
        found = keys.pop(key, [])
        if not keys:
            self.listed.pop(record, None)
        for one in {one for fields in found for one in self._asked(record, fields)}:
            there = self.waiting[one]
            del there[record, key]
            if not there:
                del self.waiting[one]
        return found

    def take_all(self) -> list[tuple[str, Fields]]:
        """All events, which wait no more."""
        found = list(self)
        self.listed, self.waiting = {}, {}
        return found

    def told(self, record: str, fields: Fields) -> list[tuple[str, Fields]]:
        """The events of those that waited for this record; they wait no more."""
        there = tuple(self.waiting.get((record, fields.get(self.types[record].subject[0])), ()))
        return [(kind, one) for kind, key in there for one in self.take(kind, key)]

    def _key(self, record: str, fields: Fields) -> Key:
        return tuple([fields.get(name) for name in self.types[record].key])

    def _asked(self, record: str, fields: Fields) -> Iterator[tuple[str, Any]]:
        """Which records would say the site of this one."""
        kind = self.types[record]
        for path in site_paths(kind):
            hop = path.rpartition(".")[0]
            if hop and (who := fields.get(kind.references[hop].by)) is not None:
                yield kind.references[hop].record, who


__all__ = ["Parked"]
