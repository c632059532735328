"""Presence: in a window, at every instant enough spells hold (language §2, §6, §7.4, §7.13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checker.account import Account, Node, Staffed
from checker.judge_kinds import Duty, Spell
from checker.periods import openings_of
from checker.plan import BEGINNING, FOREVER
from checker.policy.conditions import Related
from checker.policy.kinds import Presence
from checker.policy.people import person_of
from checker.policy.records import resolve
from checker.witness.conditions import NOWHERE
from checker.witness.fields import Fields
from checker.witness.obligations import Versions, as_text
from checker.witness.records import DISPUTED, SITE, SOURCE, STATE, Row
from checker.witness.related import Bounds, Clause, Match
from checker.witness.seen import LATER, Seen, Sight
from checker.witness.surroundings import Place
from checker.witness.sweep import Asked, Gap, gaps, longest


@dataclass(frozen=True, slots=True)
class Part:
    """A subject's part of a window with the row of the roster that it is asked of."""

    asked: Asked
    row: Row
    where: Node


@dataclass(frozen=True, slots=True)
class Window:
    """An obligation of a presence with what its account was made of: gaps in the worst world and in the best."""

    account: Account
    parts: tuple[Part, ...]
    spells: tuple[tuple[Spell, Match], ...]
    worst: tuple[Gap, ...]
    best: tuple[Gap, ...]


class Presences:
    """The obligations of one presence: one a subject and window."""

    def __init__(self, seen: Seen, policy: Presence) -> None:
        self.seen, self.policy, self.fields, self.record = seen, policy, Fields(seen, policy), policy.for_each
        self.kind, conditions, spec = seen.types[self.record], self.fields.conditions, policy.staffed_by
        self.names = tuple(policy.subject or self.kind.subject)
        self.where = conditions.part(self.record, policy.where)
        self.void = None if self.kind.void is None else conditions.part(self.record, self.kind.void, "void")
        self.excuse = None if policy.excused_when is None else conditions.part(self.record, policy.excused_when)
        self.at_least = self.fields.count(self.record, policy.at_least)
        self.tolerance = None if policy.tolerance is None else self.fields.length(self.record, policy.tolerance)
        self.clause = Clause(self.fields, self.record, Related(record=spec.record, match=spec.match, where=spec.where, time=spec.from_, void=spec.void))
        self.ends = Ends(self.fields, policy)

    # -- obligations --------------------------------------------------------------------------------------------------

    def all(self, place: Place) -> Iterator[Versions]:
        for key, rows in self.subjects(place).items():
            yield from ((one.account,) for one in self.windows(place, key, rows))

    def of(self, row: Row) -> list[Versions]:
        """The obligations of the subject of a row."""
        place = self.seen.surroundings.places[row[SITE]]
        key = self._key(place, row)
        return [(one.account,) for one in self.windows(place, key, self.subjects(place).get(key, []))]

    def _key(self, place: Place, row: Row) -> tuple[Any, ...]:
        sight = Sight(place, place.first, place.as_of)
        return tuple(self.fields.cell(self.record, name)(sight, row, place.first) for name in self.names)

    def subjects(self, place: Place) -> dict[tuple[Any, ...], list[tuple[Row, int, int]]]:
        """By subject its rows, each with the time in which it is active; other rows are there always."""
        found: dict[tuple[Any, ...], list[tuple[Row, int, int]]] = {}
        always = ((row, BEGINNING, FOREVER) for row in self.seen.find(self.record, place, (), ()))
        for piece in self.seen.segments(self.record, place) if self.kind.active else always:
            key = self._key(place, piece[0])
            if None not in key:
                found.setdefault(key, []).append(piece)
        return found

    def windows(self, place: Place, key: tuple[Any, ...], rows: list[tuple[Row, int, int]]) -> Iterator[Window]:
        """The windows that touch the period."""
        parts = self.parts(place, rows)
        spells = [spell for row, low, high in rows for spell in self.spells(place, row, low, high)]
        asked, there, covered = [one.asked for one in parts], [spell for spell, _ in spells], place.covered_last(self.policy.staffed_by.record)
        worst, best = (gaps(asked, there, covered, place.as_of, one) for one in (False, True))
        lengths = longest(asked, worst), longest(asked, best)
        by_opening: dict[int, list[Part]] = {}
        for part in parts:
            by_opening.setdefault(part.asked.opens, []).append(part)
        for opens, own in by_opening.items():
            last = max(one.asked.duty.until for one in own) - 1
            if own[0].asked.duty.start < place.until and last >= place.first:
                account = self._account(place, key, own[0], last, lengths[0].get(opens, 0), lengths[1].get(opens, 0))
                yield Window(account, tuple(own), tuple(spells), tuple(worst), tuple(best))

    def _account(self, place: Place, key: tuple[Any, ...], part: Part, last: int, worst: int, best: int) -> Account:
        asked, sight = part.asked, Sight(place, part.asked.opens, place.as_of)
        excuse = None if self.excuse is None else self.excuse.node(sight, part.row, last, Bounds(upper=last))
        numbers = Staffed(asked.duty, last, place.as_of, worst, best)
        return Account(self.policy.id, place.id, as_text(key), asked.label, numbers, part.where, excuse=excuse)

    # -- windows ------------------------------------------------------------------------------------------------------

    def parts(self, place: Place, rows: list[tuple[Row, int, int]]) -> list[Part]:
        """The parts of windows that are asked of a subject, in order; of rows that overlap the earlier part stands."""
        if not place.valid(self.policy):
            return []
        made: list[Part] = []
        for opening in openings_of(place.audit, self.policy, place.site, place.as_of):
            for row, low, high in rows:
                start, until = max(opening.start, low), min(opening.end, high)
                if start < until and place.in_force(self.policy, opening.start):
                    part = self._part(place, row, opening.start, opening.label, start, until, opening.kind == "month")
                    made += [] if part is None else [part]
        found, reached = [], BEGINNING
        for one in sorted(made, key=lambda part: (part.asked.duty.start, part.asked.duty.until, part.row[SOURCE])):
            duty = one.asked.duty
            start, reached = max(duty.start, reached), max(reached, duty.until)
            if start < duty.until:
                cut = Duty(start, duty.until, duty.needed, duty.tolerance, duty.month)
                found.append(Part(Asked(one.asked.opens, one.asked.label, cut), one.row, one.where))
        return found

    def _part(self, place: Place, row: Row, opens: int, label: str, start: int, until: int, month: bool) -> Part | None:
        sight, bounds = Sight(place, opens, place.as_of), Bounds(upper=until - 1)
        where = self.where.node(sight, row, opens, bounds)
        if self.void is not None:
            where = Node("all_of", (where, Node("not", (self.void.node(sight, row, opens, bounds),))))
        if where.truth is False:
            return None
        tolerance: int | None = 0
        if self.tolerance is not None:
            length = self.tolerance(sight, row, opens)
            tolerance = None if length is None else length[0]
        return Part(Asked(opens, label, Duty(start, until, self.at_least(sight, row, opens), tolerance, month)), row, where)

    # -- spells -------------------------------------------------------------------------------------------------------

    def spells(self, place: Place, row: Row, low: int, high: int) -> Iterator[tuple[Spell, Match]]:
        """Who was there at most from when to when, and whether that is certain. An end that is unknown, or stands before its
        start, may be any later instant."""
        sight = Sight(place, place.first, place.as_of)
        for one in self.clause.rows(sight, row, place.first if low <= BEGINNING else low, NOWHERE):
            if one.counts is False:
                continue
            start, end = self.ends.of(sight, one)
            who, must = self.ends.who(sight, one)
            sure = one.counts is True and start is not None and end is not None and not (must and who is None)
            begin, finish = max(BEGINNING if start is None else start, low), min(FOREVER if end is None else end, high)
            if begin < finish:
                yield Spell(("row", self.ends.key(one)) if who is None else ("who", who), begin, finish, sure), one


class Ends:
    """From when to when a spell holds, and whose it is."""

    def __init__(self, fields: Fields, policy: Presence) -> None:
        spec = policy.staffed_by
        self.kind = fields.types[spec.record]
        self.begins, self.raw_start, self.raw_end = fields.moment(spec.record, spec.from_), fields.cell(spec.record, spec.from_), fields.cell(spec.record, spec.to)
        there = resolve(fields.types, spec.record, spec.to)
        active = fields.types[there.record].active
        self.plus = 0 if active is not None and active.to == there.name and active.to_excluded else 1
        self.types = fields.type_of(spec.record, spec.from_), there.field.type
        self.comes = there.field.type == "date" and there.field.empty == "not yet"
        person, self.must = person_of(self.kind, fields.types)
        self.person = fields.cell(spec.record, person) if person else None
        self.keys = [fields.seen.columns[spec.record][name] for name in self.kind.key]

    def key(self, one: Match) -> tuple[Any, ...]:
        return tuple(one.row[column] for column in self.keys)

    def who(self, sight: Sight, one: Match) -> tuple[Any, bool]:
        """(whose spell it is, whether every row must say so)."""
        return (self.person(sight, one.row, one.time) if self.person else None), self.must

    def of(self, sight: Sight, one: Match) -> tuple[int | None, int | None]:
        """[from, until): FOREVER where the end has not come, None where it is not known. A date is the last day on which it holds."""
        start, end = self.begins(sight, one.row, one.time), self.raw_end(sight, one.row, one.time)
        start = start if isinstance(start, int) else None
        if end is LATER or (self.comes and end is None and not one.row[STATE] & DISPUTED):
            return start, FOREVER
        if end is None:
            return start, None
        closes = sight.place.start(end + self.plus) if self.types[1] == "date" else end
        if start is None:
            return None, closes
        if self.types[0] == self.types[1]:
            follows = end >= self.raw_start(sight, one.row, one.time)
        else:
            follows = closes > start if self.types[1] == "date" else closes >= start
        return start, closes if follows else None


__all__ = ["Part", "Presences", "Window"]
