"""Requirements: what each record must satisfy, or must not."""

from __future__ import annotations

from typing import Any, Literal

from checker.account import Account, Decided, Node
from checker.holds import Truth
from checker.policy.kinds import Requirement
from checker.witness.fields import Instant
from checker.witness.obligations import Obligations
from checker.witness.records import Row
from checker.witness.related import Bounds
from checker.witness.seen import LATER, Seen, Sight
from checker.witness.surroundings import Place


class Requirements(Obligations):
    """The obligations of one requirement without a limit."""

    policy: Requirement

    def __init__(self, seen: Seen, policy: Requirement) -> None:
        self.policy = policy
        super().__init__(seen, policy)
        self.demand = self.conditions.part(self.record, policy.require or policy.forbidden)
        self.decided = self.fields.moment(self.record, policy.judged_at) if policy.judged_at else self.time

    def start(self, sight: Sight, row: Row) -> int | None:
        found = self.time(sight, row, sight.place.first) if self.time else sight.place.first
        return found if isinstance(found, int) else None

    def decided_at(self, sight: Sight, row: Row, at: int) -> Any:
        """When the record is judged: an instant, LATER, or None where it is undated."""
        return self.decided(sight, row, at) if self.decided else sight.place.first

    def begun(self, sight: Sight, row: Row) -> tuple[Instant, Truth]:
        at = self.begun_at(sight, row)
        bounds = self.bounds(self.decided_at(sight, row, at))
        return self.start(sight, row), self.belongs(sight, row, at, bounds).truth

    @staticmethod
    def bounds(decided: Any) -> Bounds:
        """Related records up to the decision; of an undated record none is known to lie before it."""
        return Bounds(upper=decided) if isinstance(decided, int) else Bounds(vague=True)

    def judge(self, place: Place, row: Row, alone: bool = False) -> Account | None:
        sight = Sight(place, place.first, place.as_of)
        at = self.begun_at(sight, row)
        sight.values_at = at
        decided = self.decided_at(sight, row, at)
        bounds = self.bounds(decided)
        within = place.in_force(self.policy, at)
        if alone and not within:
            return None
        belongs = self.belongs(sight, row, at, bounds)
        where, said = belongs if within else self.outside_force(belongs), belongs.truth
        if alone and where.truth is False:
            return None
        subject = self.subject(sight, row, at)
        ordinal = self.ordinal(place, row, subject, at, said)
        if where.truth is False:
            return self.outside(place, subject, ordinal, where)
        demand = self.demand.node(sight, row, at, bounds)
        excuse: Node | None = None
        if self.excuse is not None:
            excuse = self.excuse.node(sight, row, at, bounds)
        numbers = Decided(decided_word(decided))
        return Account(self.policy.id, place.id, subject, ordinal, numbers, where, demand, excuse, self.policy.forbidden is not None)


def decided_word(decided: Any) -> int | Literal["later"] | None:
    return "later" if decided is LATER else decided


__all__ = ["Requirements"]
