"""Which policies a record surely does not belong to, by its fields of few values and those that are empty: they are not looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Any

from checker.errors import CheckerError
from checker.policy.kinds import Base
from checker.watch.reading import NONE
from checker.witness import Witness
from checker.witness.obligations import Obligations
from checker.witness.records import Key, Row


class RuledOut:
    """What is ruled out at once of policies, by record type their numbers."""

    def __init__(self, witness: Witness, policies: Sequence[Base], by_record: Mapping[str, Sequence[int]]) -> None:
        self.witness, self.policies, self.by_record = witness, policies, by_record
        self.columns: dict[str, tuple[Callable[[Row], Any], tuple[int, ...]]] = {}
        self.found: dict[tuple[str, Any, tuple[bool, ...]], frozenset[int]] = {}

    def of(self, record: str, site: str, key: Key) -> frozenset[int]:
        """The policies that a record surely does not belong to."""
        rows, place = self.witness.records.versions(record, site, key), self.witness.surroundings.places.get(site)
        if len(rows) != 1 or place is None:
            return NONE
        columns = self.columns.get(record)
        if columns is None:
            columns = self.columns[record] = self._columns(record)
        row, (valued, needed) = rows[0], columns
        said = record, valued(row), tuple([row[column] is None for column in needed])
        found = self.found.get(said)
        if found is None:
            found = self.found[said] = frozenset(number for number, kind in self._single(record) if kind.ruled_out(place, row))
        return found

    def _columns(self, record: str) -> tuple[Callable[[Row], Any], tuple[int, ...]]:
        """What rules records of a type out: the values of some fields, and that others are empty."""
        kinds = [kind for _, kind in self._single(record)]
        valued = dict.fromkeys(column for kind in kinds for column in kind.plain)
        return itemgetter(*valued) if valued else lambda row: (), tuple(dict.fromkeys(column for kind in kinds for column in kind.needs))

    def _single(self, record: str) -> Iterator[tuple[int, Obligations]]:
        """The policies about single records of a type; those that cannot be judged here aside."""
        for number in self.by_record[record]:
            with suppress(CheckerError):
                kind = self.witness.of(self.policies[number])
                if isinstance(kind, Obligations):
                    yield number, kind


__all__ = ["RuledOut"]
