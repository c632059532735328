"""Deadlines: from a start, something ends it within a limit, on whatever clock (language §2, §6)."""

from __future__ import annotations

from collections.abc import Sequence

from checker.account import Account, Node
from checker.holds import Truth
from checker.judge import Due
from checker.plan import FOREVER
from checker.policy.kinds import Deadline
from checker.witness.clock import Clock, Ran, Step
from checker.witness.ends import End, ends
from checker.witness.fields import Instant
from checker.witness.obligations import Obligations
from checker.witness.records import Row
from checker.witness.related import NOWHERE, Bounds
from checker.witness.seen import LATER, Seen, Sight
from checker.witness.surroundings import Place

VAGUE = Bounds(vague=True)


class Deadlines(Obligations):
    """The obligations of one deadline."""

    policy: Deadline

    def __init__(self, seen: Seen, policy: Deadline) -> None:
        self.policy = policy
        super().__init__(seen, policy)
        starts = (policy.starts,) if isinstance(policy.starts, str) else policy.starts.first_present
        self.starts = [self.fields.moment(self.record, path) for path in starts]
        self.ends, self.sources = ends(self.fields, policy, policy.ends)
        self.ends_by = self.fields.moment(self.record, policy.ends_by) if policy.ends_by else None
        self.clock = Clock(self.fields, policy)
        lapses = self.kind.lapses
        self.lapses = None if lapses is None else (self.conditions.part(self.record, lapses.where).asks, self.fields.moment(self.record, lapses.at))

    def start(self, sight: Sight, row: Row) -> int | None:
        first = sight.place.first
        for one in self.starts:
            value = one(sight, row, first)
            if value is not None and value is not LATER:
                return int(value)
        return None

    def begun(self, sight: Sight, row: Row) -> tuple[Instant, Truth]:
        start = self.start(sight, row)
        return start, self.belongs(sight, row, self.begun_at(sight, row), self.bounds(start)).truth

    @staticmethod
    def bounds(start: int | None) -> Bounds:
        return VAGUE if start is None else Bounds(upper=start)

    def judge(self, place: Place, row: Row, alone: bool = False) -> Account | None:
        sight = Sight(place, place.first, place.as_of)
        start = self.start(sight, row)
        sight.values_at = at = place.first if start is None else start
        within = place.in_force(self.policy, at)
        if alone and not within:
            return None
        bounds = VAGUE if start is None else Bounds(upper=start)
        belongs = self.belonging.node(sight, row, at, bounds) if len(row) <= self.width else self.belongs(sight, row, at, bounds)
        where = belongs if within else self.outside_force(belongs)
        if alone and where.truth is False:
            return None
        subject = self.subject(sight, row, at)
        ordinal = self.ordinal(place, row, subject, at, belongs.truth) if self.cycles else "1"
        if where.truth is False:
            return self.outside(place, subject, ordinal, where)
        numbers = self.never(sight, row) if start is None else self.times(sight, row, start)
        excuse: Node | None = None
        if self.excuse is not None:
            excuse = self.excuse.node(sight, row, at, bounds)
        return Account(self.policy.id, place.id, subject, ordinal, numbers, where, excuse=excuse)

    @staticmethod
    def covered(place: Place, sources: Sequence[str], start: int) -> int:
        """Up to when all of these speak of a time that begins at an instant."""
        if place.unstated:
            return int(place.as_of)
        return min([int(place.covered(source, start)[1]) for source in sources])

    def later(self, account: Account, place: Place) -> Account:
        """The account of an obligation after some time in which nothing came to pass."""
        was = account.numbers
        assert isinstance(was, Due) and was.start is not None
        covered = self.covered(place, self.sources, was.start)
        now = Due(was.start, was.sure, was.possible, was.due, int(place.as_of), covered, was.early, was.never_started, was.cancelled, was.cancelled_at, was.doubt)
        return Account(account.policy, account.site, account.subject, account.ordinal, now, account.where, account.demand, account.excuse)

    def never(self, sight: Sight, row: Row) -> Due:
        """What is known where nothing started."""
        waits = all(one(sight, row, sight.place.first) is LATER for one in self.starts)
        return Due(None, None, None, None, int(sight.place.as_of), FOREVER, never_started=waits)

    def times(self, sight: Sight, row: Row, start: int) -> Due:
        end = self.ends(sight, row, start)
        lapsed = self.lapses is not None and self.lapses[0](sight, row, start, NOWHERE) is True
        cancelled, cancelled_at = self.cancelled(sight, row, start) if lapsed else (False, None)
        due, doubt = self.due(sight, row, start) if self.ends_by else self.clock.due(sight, row, start)
        place = sight.place
        covered = int(place.as_of) if place.unstated else self.covered(place, self.sources, start)
        if self.clock.paused_by and due is not None:
            doubt = doubt or place.covered(self.clock.paused_by, start)[1] < due
        early = end.early and self.policy.early is None
        return Due(start, end.sure, end.possible, due, int(place.as_of), covered, early, cancelled=cancelled, cancelled_at=cancelled_at, doubt=doubt)

    def due(self, sight: Sight, row: Row, start: int) -> tuple[int | None, bool]:
        """When the limit runs out, and whether that is in doubt."""
        by = self.ends_by(sight, row, start) if self.ends_by else None
        return (by, self.clock.doubtful(sight, row, start)) if isinstance(by, int) else self.clock.due(sight, row, start)

    def ran(self, sight: Sight, row: Row, start: int, end: End, say: list[Step] | None = None) -> tuple[Ran, bool]:
        """How the limit ran: to the answer, else to the end of a duty that lapsed, else to as-of."""
        as_of = sight.place.as_of
        cancelled, at = self.cancelled(sight, row, start)
        seen = end.sure if end.sure is not None else min(at, as_of) if cancelled and at is not None else as_of
        by = self.ends_by(sight, row, start) if self.ends_by else None
        if isinstance(by, int):
            return Ran(by, seen - start, by - start), self.clock.doubtful(sight, row, start)
        return self.clock.ran(sight, row, start, seen, as_of - 1 if end.sure is None else end.sure, say)

    def cancelled(self, sight: Sight, row: Row, start: int) -> tuple[bool, int | None]:
        """(whether the record's duties ended, when, where that is known)."""
        if self.lapses is None:
            return False, None
        holds, moment = self.lapses
        if holds(sight, row, start, NOWHERE) is not True:
            return False, None
        at = moment(sight, row, start)
        return True, at if isinstance(at, int) else None


__all__ = ["Deadlines"]
