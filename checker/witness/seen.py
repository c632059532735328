"""Records as they stand at as-of: what lies after it is hidden, versions of one record are one row, rosters are asked by their spells."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

from checker.plan import BEGINNING, FOREVER
from checker.policy.over import FINDING, RECORD
from checker.policy.records import Active, RecordType
from checker.witness.records import DISPUTED, FIRST, FOLDED, SITE, SOURCE, STATE, Key, Records, Row, columns
from checker.witness.surroundings import Place, Surroundings


class _Later(Enum):
    """A time that has not come, or that as-of hides."""

    LATER = "later"


LATER: Final = _Later.LATER
PARENTS = -1


@dataclass(slots=True)
class Sight:
    """How an obligation is looked at: its site, the instant at which values in force are read, and the instant after which
    lies what has not come (as-of, or the limit by which it is asked for): times after it are hidden. UTC microseconds."""

    place: Place
    values_at: int
    horizon: int

    def valued(self, instant: int) -> Sight:
        """The same, with values read at another instant."""
        return replace(self, values_at=instant)


class Seen:
    """Records in their surroundings."""

    def __init__(self, surroundings: Surroundings, records: Records) -> None:
        self.surroundings, self.records, self.types = surroundings, records, {**records.types, RECORD: FINDING}
        self.columns = {record: columns(kind) for record, kind in self.types.items()}
        self._own = {record: _own_time(kind, self.columns[record]) for record, kind in self.types.items()}
        self._hides = {record: tuple(_hides(kind, name) for name in kind.stored) for record, kind in self.types.items()}

    # -- rows ---------------------------------------------------------------------------------------------------------

    def cell(self, record: str, row: Row, number: int, place: Place) -> Any:
        """A stored field (by its number) as it stands at as-of."""
        value, (instant, not_yet, planned) = row[FIRST + number], self._hides[record][number]
        if not instant or value is LATER:
            return value
        if value is None:
            return LATER if not_yet and not row[STATE] & FOLDED else None
        return LATER if value > place.as_of and not planned else value

    def hidden(self, record: str, row: Row, place: Place) -> bool:
        """Whether a record's own time lies after as-of."""
        column = self._own[record]
        if column is None:
            return False
        own = self._parents_time(record, row, place) if column == PARENTS else row[column]
        return isinstance(own, int) and own > place.as_of

    def _parents_time(self, record: str, row: Row, place: Place) -> Any:
        """The own time of a record that has it from the one it belongs to."""
        kind = self.types[record]
        hop, _, field = str(kind.time).partition(".")
        reference = kind.references[hop]
        value, there = row[self.columns[record][reference.by]], self.types[reference.record]
        if value is None or field not in there.stored:
            return None
        rows = self._raw(reference.record, place, (there.key[0],), (value,))
        return min((one for each in rows if isinstance(one := each[self.columns[reference.record][field]], int)), default=None)

    def _raw(self, record: str, place: Place, fields: tuple[str, ...], values: Key) -> Iterator[Row]:
        for key in self.records.where(record, place.id, fields, values):
            yield from self.records.versions(record, place.id, key)

    def versions(self, record: str, place: Place, key: Key) -> list[Row]:
        """All rows of a key that are seen."""
        rows = self.records.versions(record, place.id, key)
        column = self._own[record]
        if column is None:
            return list(rows)
        if column == PARENTS:
            return [row for row in rows if not self.hidden(record, row, place)]
        if len(rows) == 1:
            return [] if (own := rows[0][column]).__class__ is int and own > place.as_of else [rows[0]]
        return [row for row in rows if (own := row[column]).__class__ is not int or own <= place.as_of]

    def all(self, record: str, place: Place) -> Iterator[Row]:
        """Every version of every record of a type."""
        for key in self.records.where(record, place.id, (), ()):
            yield from self.versions(record, place, key)

    def one(self, record: str, place: Place, key: Key) -> Row | None:
        """The record of a key: what its versions dispute is unknown."""
        listed = self.records.versions(record, place.id, key)
        if len(listed) == 1:
            return None if self.hidden(record, listed[0], place) else listed[0]
        rows = [row for row in listed if not self.hidden(record, row, place)]
        return self.folded(record, rows, place) if rows else None

    def find(self, record: str, place: Place, fields: tuple[str, ...], values: Key) -> list[Row]:
        """Records, one a key, of which some version has these values."""
        found, column, as_of = [], self._own[record], place.as_of
        for key in self.records.where(record, place.id, fields, values):
            rows = self.records.versions(record, place.id, key)
            if len(rows) != 1 or column == PARENTS:
                one = self.one(record, place, key)
            else:
                one = None if column is not None and (own := rows[0][column]).__class__ is int and own > as_of else rows[0]
            if one is not None:
                found.append(one)
        return found

    def folded(self, record: str, rows: Iterable[Row], place: Place) -> Row:
        """Several rows as one: a field is known where all agree on it."""
        listed = list(rows)
        cells = [[self.cell(record, row, number, place) for row in listed] for number in range(len(self._hides[record]))]
        agreed = (one[0] if all(value == one[0] for value in one) else None for one in cells)
        state = FOLDED | (DISPUTED if any(row[STATE] & DISPUTED for row in listed) else 0)
        return (listed[0][SITE], min((row[SOURCE] for row in listed), key=lambda source: (source is None, source)), state, *agreed)

    # -- rosters ------------------------------------------------------------------------------------------------------

    def spell(self, record: str, row: Row, place: Place, active: Active | None = None) -> tuple[int, int]:
        """When a row of a roster is active, [from, until): dates are inclusive at both ends, instants half-open."""
        kind, column = self.types[record], self.columns[record]
        spec = active or kind.active
        assert spec is not None

        def edge(name: str, plus: int, missing: int) -> int:
            value = self.cell(record, row, column[name] - FIRST, place)
            if not isinstance(value, int):
                return missing
            return place.start(value + plus) if kind.fields[name].type == "date" else value

        end = FOREVER if spec.to is None else edge(spec.to, 0 if spec.to_excluded else 1, FOREVER)
        return edge(spec.from_, 0, BEGINNING), end

    def segments(self, record: str, place: Place) -> Iterator[tuple[Row, int, int]]:
        """A roster cut so that no spells of one subject overlap: (what all that overlap agree on, from, until)."""
        kind, by_subject = self.types[record], dict[Key, list[tuple[int, int, Row]]]()
        own = [self.columns[record][name] for name in kind.subject]
        for row in self.all(record, place):
            start, end = self.spell(record, row, place)
            if start < end:
                by_subject.setdefault(tuple(row[column] for column in own), []).append((start, end, row))
        for listed in by_subject.values():
            for low, high in itertools.pairwise(sorted({edge for start, end, _ in listed for edge in (start, end)})):
                there = [row for start, end, row in listed if start <= low and high <= end]
                if there:
                    yield there[0] if len(there) == 1 else self.folded(record, there, place), low, high

    def rostered(self, record: str, place: Place, who: Any, at: int) -> Row | None:
        """The row of a roster whose spell holds at an instant; where several do, what they agree on."""
        found = []
        for key in self.records.where(record, place.id, (self.types[record].subject[0],), (who,)):
            for row in self.versions(record, place, key):
                start, end = self.spell(record, row, place)
                if start <= at < end:
                    found.append(row)
        return found[0] if len(found) == 1 else self.folded(record, found, place) if found else None


def _own_time(kind: RecordType, columns: Mapping[str, int]) -> int | None:
    """The column of a type's own time; `PARENTS` where it is another record's, None where it is no instant that is stored."""
    if not kind.time or "." in kind.time:
        return PARENTS if kind.time else None
    spec = kind.fields[kind.time]
    return columns[kind.time] if spec.type == "instant" and spec.derived is None else None


def _hides(kind: RecordType, name: str) -> tuple[bool, bool, bool]:
    """(whether it is an instant, whether an empty one is to come, whether it is known before it comes)."""
    spec = kind.fields[name]
    return spec.type == "instant", spec.not_yet, spec.planned


__all__ = ["LATER", "Seen", "Sight"]
