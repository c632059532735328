"""The active time of what a roster names, cut to the periods in which something is owed of it (language §7.3, §7.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from checker.calendars import to_date, to_day
from checker.periods import Period, kind_at, periods
from checker.plan import BEGINNING, FOREVER
from checker.policy.conditions import Related
from checker.policy.kinds import DaysOf, Frequency, PeriodField
from checker.policy.records import Active
from checker.witness.conditions import NOWHERE
from checker.witness.fields import Fields
from checker.witness.records import Row
from checker.witness.related import Clause
from checker.witness.seen import Sight
from checker.witness.surroundings import EVER, Place

SPANS = ("day", "week", "month", "quarter", "half-year", "year")
UNITS = {
    "day": ("d", "day", "天", "日"), "week": ("w", "week", "周", "星期"), "month": ("m", "month", "月"), "quarter": ("q", "quarter", "季", "季度"),
    "half-year": ("h", "half-year", "半年"), "year": ("y", "year", "年"),
}  # fmt: skip
PERIOD_OF = {word: period for period, words in UNITS.items() for word in words}
NUMBER_FIRST, PERIOD_FIRST = re.compile(r"\s*([0-9]{1,4})\s*次?\s*/\s*([^\s/]+)\s*"), re.compile(r"\s*每\s*([^\s0-9]+?)\s*([0-9]{1,4})\s*次\s*")


def row_period(text: Any) -> tuple[int | None, str]:
    """(how often, in what period) of a text such as `2/m`, `2次/月` or `每月2次`; by the month where it cannot be read."""
    first, second = (pattern.fullmatch(text) if isinstance(text, str) else None for pattern in (NUMBER_FIRST, PERIOD_FIRST))
    number, word = (first[1], first[2]) if first else (second[2], second[1]) if second else ("", "")
    return (int(number), PERIOD_OF[word]) if word in PERIOD_OF else (None, "month")


@dataclass(frozen=True, slots=True)
class Spell:
    """A row of a roster from when to when it is active: instants and local days, half-open."""

    start: int
    end: int
    first: int
    until: int
    row: Row

    def cut(self, start: int, end: int, first: int, until: int) -> Spell:
        return Spell(max(self.start, start), min(self.end, end), max(self.first, first), min(self.until, until), self.row)


@dataclass(frozen=True, slots=True)
class Owed:
    """What one subject owes in one period: its active time, piece by piece."""

    key: tuple[Any, ...]
    period: Period
    pieces: tuple[Spell, ...]

    @property
    def begin(self) -> int:
        return min(one.start for one in self.pieces)

    @property
    def finish(self) -> int:
        return max(one.end for one in self.pieces)

    @property
    def first_day(self) -> int:
        return min(one.first for one in self.pieces)

    @property
    def last_day(self) -> int:
        return max(one.until for one in self.pieces) - 1

    @property
    def active_days(self) -> int:
        """How many days it is active, those of overlapping spells once."""
        reached, number = -EVER, 0
        for one in sorted(self.pieces, key=lambda piece: (piece.first, piece.until)):
            number += max(0, one.until - max(one.first, reached))
            reached = max(reached, one.until)
        return number


class Owing:
    """The subjects of a frequency, and what they owe."""

    def __init__(self, fields: Fields, policy: Frequency) -> None:
        self.fields, self.policy, self.record = fields, policy, policy.for_each
        self.seen, self.kind = fields.seen, fields.types[policy.for_each]
        self.names = tuple(policy.subject or self.kind.subject)
        self.void = fields.conditions.truth(self.record, self.kind.void) if self.kind.void else None
        self.active: Active | None = policy.active or self.kind.active
        self.by_spell = policy.every == "spell" or policy.never_without_for is not None
        days = policy.every if isinstance(policy.every, DaysOf) else policy.duty_days
        self.duty = None if days is None else Clause(fields, self.record, Related(record=days.record, match=days.match, where=days.where, time=days.days_of))

    def subjects(self, place: Place) -> dict[tuple[Any, ...], list[Row]]:
        """The rows of each subject; those that are surely void have none."""
        found: dict[tuple[Any, ...], list[Row]] = {}
        for key in self.seen.records.where(self.record, place.id, (), ()):
            one = self.seen.one(self.record, place, key) if self.active is None else None
            for row in self.seen.versions(self.record, place, key) if self.active is not None else [one] if one else []:
                self._put(found, place, row)
        return found

    def rows_of(self, place: Place, subject: tuple[Any, ...]) -> list[Row]:
        """The rows of one subject: by an index where it is made of fields of their own."""
        if any(name not in self.kind.stored or name == "site_id" for name in self.names) or self.active is None:
            return self.subjects(place).get(subject, [])
        found: dict[tuple[Any, ...], list[Row]] = {}
        for key in self.seen.records.where(self.record, place.id, self.names, subject):
            for row in self.seen.versions(self.record, place, key):
                self._put(found, place, row)
        return found.get(subject, [])

    def subject(self, place: Place, row: Row) -> tuple[Any, ...]:
        """Whom a row of the roster is about."""
        sight = Sight(place, place.first, place.as_of)
        return tuple(self.fields.cell(self.record, name)(sight, row, place.first) for name in self.names)

    def _put(self, found: dict[tuple[Any, ...], list[Row]], place: Place, row: Row) -> None:
        sight, key = Sight(place, place.first, place.as_of), self.subject(place, row)
        if None not in key and not (self.void is not None and self.void(sight, row, place.first) is True):
            found.setdefault(key, []).append(row)

    def owed(self, place: Place, key: tuple[Any, ...], rows: Iterable[Row]) -> Iterator[Owed]:
        """What a subject owes, period by period."""
        spells = [spell for row in rows for spell in self.spells(place, row)]
        valid = place.valid(self.policy)
        if not spells or not valid:
            return
        effective = self.policy.effective
        first = effective.from_.number if effective and effective.from_ else -EVER
        until = effective.until.number + 1 if effective and effective.until else EVER
        for period, within in self._periods(place, spells):
            cut = (one.cut(period.start, period.end, period.first, period.until).cut(valid[0][0], valid[0][1], first, until) for one in within)
            pieces = tuple(one for one in cut if one.start < one.end and self._on_duty(place, one, period))
            if pieces:
                yield Owed(key, period, pieces)

    def spells(self, place: Place, row: Row) -> list[Spell]:
        """When a row is active, without what it excepts."""
        if self.active is None:
            return [Spell(BEGINNING, FOREVER, -EVER, EVER, row)]
        start, end = self.seen.spell(self.record, row, place, self.active)
        first = place.day(start)
        until = EVER if end >= FOREVER else place.day(end - 1) + 1
        pieces = [(first, until)]
        listed = row[self.seen.columns[self.record][self.active.except_]] if self.active.except_ else ()
        for low, high in filter(None, map(_days, listed or ())):
            pieces = [cut for one in pieces for cut in ((one[0], min(one[1], low)), (max(one[0], high), one[1])) if cut[0] < cut[1]]
        made = (Spell(start if a == first else place.start(a), end if b == until else place.start(b), a, b, row) for a, b in pieces)
        return [one for one in made if one.start < one.end]

    def _periods(self, place: Place, spells: Sequence[Spell]) -> Iterator[tuple[Period, Sequence[Spell]]]:
        if self.by_spell:
            yield from islands(spells)
            return
        policy, every = self.policy, self.policy.every
        kinds: dict[Any, Sequence[Spell]] = {"duty day" if isinstance(every, DaysOf) else every: spells}
        if isinstance(every, PeriodField):
            by_kind: dict[str, list[Spell]] = {}
            cell = self.fields.cell(self.record, every.field)
            for one in spells:
                by_kind.setdefault(row_period(cell(Sight(place, place.first, place.as_of), one.row, place.first))[1], []).append(one)
            kinds = dict(by_kind)
        for kind, within in kinds.items():
            for period in periods(place.audit, policy, place.site, kind, policy.due, policy.on_days is not None):
                yield period, within

    def _on_duty(self, place: Place, piece: Spell, period: Period) -> bool:
        """Where the period is the duty day: whether such a record stands on the day."""
        every = "duty day" if isinstance(self.policy.every, DaysOf) else self.policy.every
        if self.duty is None or kind_at(place.audit, self.policy, place.site, every) != "duty day":
            return True
        rows = self.duty.rows(Sight(place, piece.start, place.as_of), piece.row, piece.start, NOWHERE)
        return any(one.counts is True and one.time is not None and place.day(one.time) == period.first for one in rows)

    def head(self, place: Place, owed: Owed) -> Row:
        """The subject as its roster has it on the first active day."""
        return self._agreed(place, [one.row for one in owed.pieces if one.start == owed.begin])

    def tail(self, place: Place, owed: Owed) -> Row:
        """The same on the last active day."""
        return self._agreed(place, [one.row for one in owed.pieces if one.end == owed.finish])

    def _agreed(self, place: Place, rows: list[Row]) -> Row:
        return rows[0] if len(rows) == 1 else self.seen.folded(self.record, rows, place)


def islands(spells: Sequence[Spell]) -> Iterator[tuple[Period, Sequence[Spell]]]:
    """Spells that overlap or adjoin as one period."""
    groups: list[list[Spell]] = []
    for one in sorted(spells, key=lambda spell: (spell.start, spell.end)):
        if groups and one.start <= max(other.end for other in groups[-1]):
            groups[-1].append(one)
        else:
            groups.append([one])
    for group in groups:
        first, end = min(one.first for one in group), max(one.end for one in group)
        label = "" if first <= -EVER else to_date(first).isoformat()
        yield Period("spell", group[0].start, end, end, first, max(one.until for one in group), label), group


def _days(written: str) -> tuple[int, int] | None:
    """Local days, half-open, of `2026-10-01..2026-10-07` (both included) or one day; None where it cannot be read."""
    first, _, last = str(written).partition("..")
    try:
        low, high = to_day(date.fromisoformat(first)), to_day(date.fromisoformat(last or first)) + 1
    except ValueError:
        return None
    return (low, high) if low < high else None


__all__ = ["Owed", "Owing", "Spell", "row_period"]
