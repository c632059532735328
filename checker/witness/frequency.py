"""Frequencies: each active subject of a roster has N matching records every period, or is never without one for too long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checker.account import Account, Node
from checker.judge import Found as Numbers
from checker.judge import Gaps
from checker.policy.kinds import Frequency
from checker.witness.conditions import NOWHERE
from checker.witness.counting import Count, Finding, Found
from checker.witness.fields import Fields, Length
from checker.witness.obligations import Versions, as_text
from checker.witness.records import SITE, Key, Row
from checker.witness.related import Bounds
from checker.witness.seen import Seen, Sight
from checker.witness.shifts import moved
from checker.witness.spells import Owed, Owing
from checker.witness.surroundings import Place

LACKS_LENGTH = Node("test", path="never_without_for", holds=None)


@dataclass(frozen=True, slots=True)
class Counted:
    """An obligation of a frequency with what its account was made of."""

    account: Account
    owed: Owed
    head: Row
    count: Count
    found: tuple[Found, ...]


class Frequencies:
    """The obligations of one frequency: one a subject and period."""

    def __init__(self, seen: Seen, policy: Frequency) -> None:
        self.seen, self.policy, self.fields = seen, policy, Fields(seen, policy)
        self.record, conditions = policy.for_each, self.fields.conditions
        self.owing = Owing(self.fields, policy)
        self.finding = Finding(self.fields, policy, self.owing)
        self.where = conditions.part(self.record, policy.where)
        self.excuse = None if policy.excused_when is None else conditions.part(self.record, policy.excused_when)
        self.length = None if policy.never_without_for is None else self.fields.length(self.record, policy.never_without_for)

    def all(self, place: Place) -> Iterator[Versions]:
        for key, rows in self.owing.subjects(place).items():
            yield from ((one.account,) for one in self.counted(place, key, rows))

    def of(self, row: Row) -> list[Versions]:
        """The obligations of the subject of a row of the roster."""
        place = self.seen.surroundings.places[row[SITE]]
        key = self.owing.subject(place, row)
        return [(one.account,) for one in self.counted(place, key, self.owing.rows_of(place, key))]

    def judged(self, place: Place, key: Key) -> list[Versions]:
        """The obligations of the subject of a row of the roster, by the row's key; of a subject of several rows they are those of the first."""
        for row in self.seen.versions(self.record, place, key)[:1]:
            rows = self.owing.rows_of(place, self.owing.subject(place, row))
            table = self.seen.records.table(self.record, place.id)
            if min((table.key(one) for one in rows), key=repr, default=None) == key:
                return self.of(row)
        return []

    def counted(self, place: Place, key: tuple[Any, ...], rows: Any) -> Iterator[Counted]:
        for owed in self.owing.owed(place, key, rows):
            yield self._gaps(place, owed) if self.length is not None else self._counted(place, owed)

    def _counted(self, place: Place, owed: Owed) -> Counted:
        sight, head = Sight(place, owed.begin, place.as_of), self.owing.head(place, owed)
        needed = self.finding.needed(sight, head, owed)
        count, found = self.finding.count(sight, head, owed, needed)
        covered = place.covered(self.policy.expects.record, owed.begin)
        whole = covered[0] <= owed.begin and covered[1] >= count.lapse
        numbers = Numbers(count.sure, count.possible, needed, count.lapse - 1, place.as_of, whole)
        where = self.where.node(sight, head, owed.begin, NOWHERE)
        bounds = Bounds(lower=owed.period.start, until=owed.period.end)
        excuse = None if self.excuse is None else self.excuse.node(sight, head, owed.begin, bounds)
        account = Account(self.policy.id, place.id, as_text(owed.key), owed.period.label, numbers, where, excuse=excuse)
        return Counted(account, owed, head, count, tuple(found))

    # -- gaps ---------------------------------------------------------------------------------------------------------

    def _gaps(self, place: Place, owed: Owed) -> Counted:
        """From one record to the next, and to the end of what is seen, no gap is longer than the limit (language §7.14)."""
        sight, head = Sight(place, owed.begin, place.as_of), self.owing.head(place, owed)
        assert self.length is not None
        length, found = self.length(sight, head, owed.begin), self.finding.found(sight, owed)
        where = self.where.node(sight, head, owed.begin, NOWHERE)
        covered = place.covered_last(self.policy.expects.record)
        broken, anyway = None, None
        if length is None:
            where = Node("all_of", (where, LACKS_LENGTH))
        else:
            broken, anyway = (self._broken(place, owed, length, found, certain) for certain in (True, False))
            anyway = None if any(one.time is None for one in found) else anyway
        numbers = Gaps(broken, anyway, owed.begin, owed.finish, place.as_of, covered)
        excuse = None
        if self.excuse is not None:
            bounds = Bounds(vague=True) if anyway is None else Bounds(lower=owed.period.start, upper=anyway)
            excuse = self.excuse.node(sight, head, owed.begin, bounds)
        account = Account(self.policy.id, place.id, as_text(owed.key), owed.period.label, numbers, where, excuse=excuse)
        return Counted(account, owed, head, Count(None, 0, None, owed.finish), tuple(found))

    def _broken(self, place: Place, owed: Owed, length: Length, found: list[Found], certain: bool) -> int | None:
        """The instant at which a gap was too long, by the records that surely count or by all that may."""
        return min((due for _, due, end in self.gaps(place, owed, length, found, certain) if due < end), default=None)

    def gaps(self, place: Place, owed: Owed, length: Length, found: list[Found], certain: bool) -> Iterator[tuple[int, int, int]]:
        """(from, the last instant at which it is not too long, end) of every gap."""
        since, stop = max(owed.begin, place.covered_last(self.policy.expects.record)[0]), min(owed.finish - 1, place.as_of)
        times = (one.time for one in found if one.sure or not certain)
        points = sorted([since, *(time for time in times if time is not None and since <= time <= stop)])
        for at, after in zip(points, [*points[1:], stop], strict=True):
            yield at, moved(place, at, length, 1, "end"), after


__all__ = ["Counted", "Frequencies"]
