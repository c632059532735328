"""What was found of what a frequency asks: counted, far enough apart, of every member (language §7.5, §7.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from checker.calendars import add_months
from checker.policy.kinds import Covers, Frequency, PeriodField
from checker.policy.records import resolve
from checker.policy.values import DAY, Parameter, Share
from checker.witness.conditions import NOWHERE
from checker.witness.fields import Fields
from checker.witness.records import Row
from checker.witness.related import Clause, Match
from checker.witness.seen import Sight
from checker.witness.spells import Owed, Owing, row_period
from checker.witness.surroundings import Place


@dataclass(frozen=True, slots=True)
class Found:
    """A record that was found: its time where that is known, and whether it counts for certain."""

    row: Row
    time: int | None
    sure: bool
    same: Any = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many were found, how many may have been, the instant of the one that was enough, and the first instant at which it
    is too late."""

    sure: int | None
    possible: int
    met_at: int | None
    lapse: int


class Finding:
    """The records that a frequency expects."""

    def __init__(self, fields: Fields, policy: Frequency, owing: Owing) -> None:
        self.fields, self.policy, self.owing = fields, policy, owing
        self.clause = Clause(fields, policy.for_each, policy.expects)
        path, record = policy.expects.for_period, policy.expects.record
        self.named = None if path is None else fields.cell(record, path)
        self.named_type = None if path is None else resolve(fields.types, record, path).field.type
        self.at_least = fields.count(policy.for_each, policy.at_least)
        self.apart = None if policy.counted_if_apart is None else fields.length(policy.for_each, policy.counted_if_apart)
        self.often = fields.cell(policy.for_each, policy.every.field) if isinstance(policy.every, PeriodField) else None
        self.parts = [(part, None if part.active_at_least is None else fields.length(policy.for_each, part.active_at_least)) for part in policy.part_period or ()]
        self.covers = None if policy.covers is None else Covering(fields, policy, policy.covers)

    # -- records ------------------------------------------------------------------------------------------------------

    def found(self, sight: Sight, owed: Owed) -> list[Found]:
        """The related records within the active time, once each."""
        found: dict[Any, Found] = {}
        kind = self.clause.kind
        keys = [self.fields.seen.columns[kind.record][name] for name in kind.key]
        for piece in owed.pieces:
            for one in self.clause.counting(sight, piece.row, piece.start, NOWHERE):
                if self._belongs(sight, one, piece.start, piece.end, owed):
                    same = self.clause.what(sight, one, piece.start) if self.policy.expects.distinct else None
                    found[tuple(one.row[column] for column in keys)] = Found(one.row, one.time, one.counts is True and one.time is not None, same)
        return list(found.values())

    def _belongs(self, sight: Sight, one: Match, start: int, end: int, owed: Owed) -> bool:
        """Within the active time; or, of a record that names its period, of this one and not too late."""
        if self.named is None:
            return one.time is None or start <= one.time < end
        said, period = self.named(sight, one.row, start), owed.period
        match self.named_type:
            case "date":
                same = said is not None and period.first <= said < period.until
            case "instant":
                same = isinstance(said, int) and period.start <= said < period.end
            case _:
                same = said == period.label
        return same and (one.time is None or one.time < period.closes)

    def once(self, found: list[Found]) -> list[Found]:
        """What `distinct` makes one counts once, at the first that surely counts."""
        if self.policy.expects.distinct is None or self.policy.covers is not None or self.policy.never_without_for is not None:
            return found
        groups: dict[Any, list[Found]] = {}
        for number, one in enumerate(found):
            groups.setdefault((one.same is None, number if one.same is None else one.same), []).append(one)
        kept = []
        for (alone, _), listed in groups.items():
            sure = [one for one in listed if one.sure]
            first = min(sure, key=lambda one: one.time or 0) if sure else listed[0]
            kept.append(Found(first.row, first.time if sure else None, bool(sure) and not alone, first.same))
        return kept

    # -- numbers ------------------------------------------------------------------------------------------------------

    def needed(self, sight: Sight, head: Row, owed: Owed) -> int | None:
        """How many are owed: of a part of a period all, half (rounded up) or none."""
        limit = self.at_least(sight, head, owed.begin)
        if self.often is not None:
            said = row_period(self.often(sight, head, owed.begin))[0]
            limit = None if said is None else max(said, limit or 0)
        if not self.parts:
            return limit  # type: ignore[no-any-return]
        for part, length in self.parts:
            if length is None or self._reaches(length(sight, head, owed.begin), owed):
                return 0 if part.due == "none" else None if limit is None else int(limit) if part.due == "all" else (int(limit) + 1) // 2
        return None

    @staticmethod
    def _reaches(length: tuple[int, str] | None, owed: Owed) -> bool:
        """Whether active days, laid end to end, reach the same day N months (or N days) later."""
        if length is None:
            return False
        amount, clock = length
        if clock == "months":
            return owed.first_day + owed.active_days >= add_months(owed.first_day, amount)
        return owed.active_days >= (amount // DAY if clock == "elapsed" else amount)

    def count(self, sight: Sight, head: Row, owed: Owed, needed: int | None) -> tuple[Count, list[Found]]:
        found = self.found(sight, owed)
        if self.covers is not None:
            return self.covers.count(sight, head, owed, found, needed), found
        found = self.once(found)
        if self.apart is not None:
            counted = self._apart(sight, head, owed, found, needed)
        else:
            times = sorted(one.time for one in found if one.sure and one.time is not None)
            counted = Count(len(times), len(found), _nth(times, needed), owed.finish)
        if self.policy.expects.for_period is not None:
            counted = Count(counted.sure, counted.possible, counted.met_at, owed.period.closes)
        return counted, found

    def _apart(self, sight: Sight, head: Row, owed: Owed, found: list[Found], needed: int | None) -> Count:
        """Greedily from the earliest: the next that lies far enough after the last that counted. Too late is the first day after
        which so many do not fit any more."""
        assert self.apart is not None
        place, length = sight.place, self.apart(sight, head, owed.begin)
        gap = 0 if length is None else length[0]
        sure = greedy(place, (one.time for one in found if one.sure), gap)
        possible = greedy(place, (one.time for one in found), gap)
        lapse = owed.finish
        for step in range(needed or 0):
            latest = owed.last_day - gap * ((needed or 0) - 1 - step)
            if len(sure) <= step or place.day(sure[step]) > latest:
                lapse = max(place.start(latest + 1), owed.begin + 1) if latest < owed.last_day else lapse
                break
        return Count(len(sure), len(possible), _nth(sure, needed), lapse)


def greedy(place: Place, times: Iterable[int | None], gap: int) -> list[int]:
    """Of these times those that are so many local days apart, greedily from the earliest."""
    kept: list[int] = []
    for time in sorted(one for one in times if one is not None):
        if not kept or place.day(time) - place.day(kept[-1]) >= gap:
            kept.append(time)
    return kept


def _nth(times: Sequence[int], needed: int | None) -> int | None:
    return times[needed - 1] if needed and len(times) >= needed > 0 else None


class Covering:
    """Every member stands in at least N of the records: the measure is the smallest number (language §7.6)."""

    def __init__(self, fields: Fields, policy: Frequency, covers: Covers) -> None:
        self.fields, self.covers, self.record, self.of = fields, covers, covers.all_of.record, policy.for_each
        expects = policy.expects.record
        self.listed = fields.cell(expects, covers.field)
        self.full = None if covers.complete_when is None else tuple(fields.cell(expects, path) for path in covers.complete_when)
        self.where = fields.conditions.truth(self.record, covers.all_of.where)
        self.member = fields.cell(self.record, covers.all_of.field)
        self.keys = [(fields.cell(self.record, theirs), fields.cell(policy.for_each, ours)) for theirs, ours in covers.all_of.match.items()]
        share = covers.share
        self.share = fields.parameter(policy.for_each, share) if isinstance(share, Parameter) else None
        written = None if share is None or isinstance(share, Parameter) else Share.parse(str(share)).value
        self.fraction = (1, 1) if written is None else (written.numerator, written.denominator)

    def members(self, sight: Sight, head: Row, owed: Owed) -> list[Any]:
        """The members that are active throughout the active time."""
        place, seen, kind = sight.place, self.fields.seen, self.fields.types[self.record]
        rows = seen.all(self.record, place) if kind.active else seen.find(self.record, place, (), ())
        found: dict[Any, None] = {}
        for row in rows:
            if kind.active:
                start, end = seen.spell(self.record, row, place)
                if start > owed.begin or end < owed.finish:
                    continue
            keys = all((ours := mine(sight, head, owed.begin)) is not None and ours == theirs(sight, row, owed.begin) for theirs, mine in self.keys)
            if keys and self.where(sight, row, owed.begin) is True:
                found[self.member(sight, row, owed.begin)] = None
        return list(found)

    def count(self, sight: Sight, head: Row, owed: Owed, found: list[Found], needed: int | None) -> Count:
        members = self.members(sight, head, owed)
        numerator, denominator = self.fraction
        if self.share is not None:
            said = self.share(sight, head, owed.begin)
            numerator, denominator = (int(str(said.value)), int(str(said.second))) if said else (1, 1)
        if not members:
            return Count(None, 0, None, owed.finish)
        # The rank of the member on which the share turns: the share of them, rounded up.
        rank = max(1, -(-len(members) * numerator // denominator))
        listed = [(one, self._list(sight, one), self._complete(sight, one)) for one in found]
        hits = [sorted(one.time for one, names, full in listed if one.sure and one.time is not None and (full or member in names)) for member in members]
        maybe = [sum(full or member in names or not names for _, names, full in listed) for member in members]
        enough = sorted(times[max(needed or 0, 1) - 1] for times in hits if len(times) >= max(needed or 0, 1))
        met = enough[rank - 1] if needed is not None and len(enough) >= rank else None
        return Count(sorted(map(len, hits), reverse=True)[rank - 1], sorted(maybe, reverse=True)[rank - 1], met, owed.finish)

    def lacking(self, sight: Sight, head: Row, owed: Owed, found: list[Found], needed: int | None) -> dict[str, Any]:
        """How many members there are, and those that stand in too few of the records."""
        members = self.members(sight, head, owed)
        hits = {member: sum(one.sure and (member in self._list(sight, one) or self._complete(sight, one)) for one in found) for member in members}
        return {"record": self.record, "members": len(members), "lacking": sorted(str(one) for one in members if hits[one] < max(needed or 0, 1))}

    def _list(self, sight: Sight, one: Found) -> tuple[Any, ...]:
        return self.listed(sight, one.row, one.time) or ()

    def _complete(self, sight: Sight, one: Found) -> bool:
        """Whether an empty list beside two counts that are equal says that all were there."""
        if self.full is None or self._list(sight, one):
            return False
        first, second = (cell(sight, one.row, one.time) for cell in self.full)
        return first is not None and first == second


__all__ = ["Count", "Finding", "Found", "greedy"]
