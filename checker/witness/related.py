"""Related records: which rows of another type belong to a record, and whether each counts (language §3, §7.2)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from checker.holds import Truth, all_hold, negated
from checker.policy.conditions import Related
from checker.quick import quick
from checker.witness.fields import Fields, Get, Instant
from checker.witness.records import FIRST, STATE, Row
from checker.witness.seen import LATER, Sight
from checker.witness.shifts import moved

if TYPE_CHECKING:
    from checker.witness.part import Part


class Bounds(NamedTuple):
    """Where related records without bounds of their own are looked for: [lower, upper], or up to before `until`; `vague`: up to
    an instant that is not known."""

    lower: int | None = None
    upper: int | None = None
    until: int | None = None
    vague: bool = False


NOWHERE = Bounds()


@quick
@dataclass(frozen=True, slots=True)
class Match:
    """A row whose keys match; its time where that is known."""

    row: Row
    counts: Truth
    time: int | None


class Clause:
    """A clause over related records, read from records of a type."""

    def __init__(self, fields: Fields, record: str, clause: Related) -> None:
        self.fields, self.clause, self.kind = fields, clause, fields.types[clause.record]
        self.where: Part = fields.conditions.part(clause.record, clause.where)
        self.asks = self.where.asks
        void = self.kind.void if clause.void != "counts" else None
        self.void = fields.conditions.truth(clause.record, void) if void else None
        path = clause.time or self.kind.time
        self.time: Get | None = fields.moment(clause.record, path) if path else None
        self.keys = [(fields.cell(clause.record, theirs), key_cell(fields, record, ours)) for theirs, ours in clause.match.items()]
        stored = [theirs for theirs in clause.match if theirs in self.kind.stored and theirs != "site_id"]
        self.indexed = tuple(stored)
        self.asked = tuple(ours for (_, ours), theirs in zip(self.keys, clause.match, strict=True) if theirs in stored)
        self.look_back = fields.length(record, clause.look_back) if clause.look_back is not None else None
        own = ((">", clause.after), ("<", clause.before))
        self.own = [(sign, fields.moment(record, path)) for sign, path in own if path]
        what = clause.distinct
        self.distinct = fields.cell(clause.record, what) if what not in (None, "day") else None

    def rows(self, sight: Sight, row: Row, at: Instant, bounds: Bounds) -> list[Match]:
        """The rows whose keys match and that are not yet to come, and whether each counts."""
        there = self._found(sight, row, at)
        limits = self._limits(sight, row, at, bounds) if there else []
        return [match for one in there if (match := self._match(sight, one, at, limits)) is not None]

    def counting(self, sight: Sight, row: Row, at: Instant, bounds: Bounds) -> list[Match]:
        """Those of them that count, or may."""
        there = self._found(sight, row, at)
        if there and self.where.valued:
            there = [one for one in there if self.asks(sight, one, at, NOWHERE) is not False]
        limits = self._limits(sight, row, at, bounds) if there else []
        return [match for one in there if (match := self._match(sight, one, at, limits)) is not None and match.counts is not False]

    def _match(self, sight: Sight, one: Row, at: Instant, limits: Sequence[tuple[str, int | None]]) -> Match | None:
        """What a row says; None of one that is to come."""
        time = self.time(sight, one, at) if self.time else None
        if time is LATER:
            return None
        then = time if time is not None else at
        said = self.asks(sight, one, then, NOWHERE)
        if said is False:
            return Match(one, False, time)
        parts: list[Truth] = [said]
        if self.void is not None:
            parts.append(negated(self.void(sight, one, then)))
        parts += [None if bound is None or time is None else _within(sign, time, bound) for sign, bound in limits]
        counts = all_hold(parts)
        return Match(one, None if counts == "pending" else counts, time)

    def _found(self, sight: Sight, row: Row, at: Instant) -> list[Row]:
        """The rows whose keys match: by an index where the field is their own, the rest by looking."""
        seen, record, place = self.fields.seen, self.clause.record, sight.place
        wanted = [one(sight, row, at) for one in self.asked]
        if len(wanted) == 1 and wanted[0].__class__ is str:
            rows: Iterable[Row] = seen.find(record, place, self.indexed, (wanted[0],))
        else:
            places = itertools.product(*map(_members, wanted))
            rows = dict.fromkeys(one for values in places for one in seen.find(record, place, self.indexed, values))
        whole = len(self.asked) == len(self.keys)
        return [one for one in rows if (whole and not one[STATE]) or self._matches(sight, row, one, at)]

    def _matches(self, sight: Sight, row: Row, one: Row, at: Instant) -> bool:
        return all(_same(theirs(sight, one, at), ours(sight, row, at)) for theirs, ours in self.keys)

    def _limits(self, sight: Sight, row: Row, at: Instant, bounds: Bounds) -> list[tuple[str, int | None]]:
        """The bounds on the time of the rows: those of the clause, else those of the place where it stands."""
        if self.time is None:
            return []
        found: list[tuple[str, int | None]] = []
        if self.look_back is not None:
            ended = None if bounds.vague else bounds.upper if bounds.upper is not None else bounds.until if bounds.until is not None else at
            length = self.look_back(sight, row, at)
            start = None if ended is None or length is None else moved(sight.place, ended, length, -1, "same")
            found += [(">", start), ("<" if bounds.upper is None and bounds.until is not None else "<=", ended)]
        found += [(sign, one if isinstance(one := moment(sight, row, at), int) else None) for sign, moment in self.own]
        if found:
            return found
        if bounds.vague:
            return [("<=", None)]
        pairs = ((">=", bounds.lower), ("<=", bounds.upper), ("<", bounds.until))
        return [(sign, bound) for sign, bound in pairs if bound is not None]

    def size(self, sight: Sight, matches: Sequence[Match], at: Instant) -> int:
        """How many these are; those of one day, or of one value, are one."""
        if self.clause.distinct is None:
            return len(matches)
        return len({what for one in matches if (what := self.what(sight, one, at)) is not None})

    def what(self, sight: Sight, one: Match, at: Instant) -> Any:
        """By what several rows are one."""
        if self.distinct is not None:
            return self.distinct(sight, one.row, at)
        return None if one.time is None else sight.place.day(one.time)


def key_cell(fields: Fields, record: str, path: str) -> Get:
    """What others are matched by, and subjects named: of a list of which each member is an obligation, the member at hand, which
    then stands at the end of the row."""
    cell = fields.cell(record, path)
    if path != getattr(fields.policy, "each_of", None) or record != getattr(fields.policy, "for_each", None):
        return cell
    width = FIRST + len(fields.types[record].stored)
    return lambda sight, row, at: row[-1] if len(row) > width else cell(sight, row, at)


def _members(value: Any) -> tuple[Any, ...]:
    """The values under which others are looked for; an empty key matches nothing."""
    return () if value is None or value is LATER else value if isinstance(value, tuple) else (value,)


def _same(theirs: Any, ours: Any) -> bool:
    """A list matches when it contains the value."""
    if theirs is None or ours is None:
        return False
    if isinstance(theirs, tuple):
        return bool(set(theirs) & set(ours)) if isinstance(ours, tuple) else ours in theirs
    return theirs in ours if isinstance(ours, tuple) else bool(theirs == ours)


def _within(sign: str, time: int, bound: int) -> bool:
    match sign:
        case ">":
            return time > bound
        case ">=":
            return time >= bound
        case "<=":
            return time <= bound
    return time < bound


__all__ = ["NOWHERE", "Bounds", "Clause", "Match", "key_cell"]
