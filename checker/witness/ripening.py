"""Requirements that ripen: from `starts` there is time `within` which the demand comes true, or the forbidden does not.

They are judged on what had come when the limit ran out, or by now: what lies after it is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.account import Account, Node
from checker.holds import Truth
from checker.judge import Ripe
from checker.plan import FOREVER
from checker.policy.conditions import Condition, Related, Shifted, Test
from checker.policy.kinds import Requirement
from checker.witness.clock import Clock
from checker.witness.fields import Instant
from checker.witness.obligations import Obligations
from checker.witness.records import Row
from checker.witness.related import Bounds, Clause
from checker.witness.seen import LATER, Seen, Sight
from checker.witness.surroundings import Place


class Ripening(Obligations):
    """The obligations of one requirement with a limit."""

    policy: Requirement

    def __init__(self, seen: Seen, policy: Requirement) -> None:
        self.policy = policy
        super().__init__(seen, policy)
        written = policy.require or policy.forbidden
        assert written is not None and policy.starts is not None
        self.written = written
        self.demand = self.conditions.part(self.record, written)
        self.starts, self.clock = self.fields.moment(self.record, policy.starts), Clock(self.fields, policy)
        self.since = Since(self, written)
        self.sources = tuple(dict.fromkeys(records(written)))

    def start(self, sight: Sight, row: Row) -> int | None:
        found = self.starts(sight, row, sight.place.first)
        return found if isinstance(found, int) else None

    def begun(self, sight: Sight, row: Row) -> tuple[Instant, Truth]:
        start = self.start(sight, row)
        at = self.begun_at(sight, row)
        then = self.by_then(sight, None if start is None else self.clock.due(sight, row, start)[0])
        return start, self.belongs(then, row, at, Bounds(upper=then.horizon)).truth

    @staticmethod
    def by_then(sight: Sight, due: int | None) -> Sight:
        """The record as it stood when the limit ran out, or by now."""
        return Sight(sight.place, sight.values_at, sight.place.as_of if due is None else min(due, sight.place.as_of))

    def judge(self, place: Place, row: Row, alone: bool = False) -> Account | None:
        plain = Sight(place, place.first, place.as_of)
        start = self.start(plain, row)
        at = place.first if start is None else start
        plain.values_at = at
        due = None if start is None else self.clock.due(plain, row, start)[0]
        sight = self.by_then(plain, due)
        bounds = Bounds(upper=sight.horizon)
        within = place.in_force(self.policy, at)
        if alone and not within:
            return None
        belongs = self.belongs(sight, row, at, bounds)
        where = belongs if within else self.outside_force(belongs)
        if alone and where.truth is False:
            return None
        subject = self.subject(sight, row, at)
        ordinal = self.ordinal(place, row, subject, at, belongs.truth)
        if where.truth is False:
            return self.outside(place, subject, ordinal, where)
        demand = self.demand.node(sight, row, at, bounds)
        since = self.since.of(sight, row, at, bounds, start, due) if demand.truth is True and start is not None and due is not None else None
        waits = start is None and self.starts(plain, row, at) is LATER
        covered = min((place.covered(one, at)[1] for one in self.sources), default=FOREVER)
        numbers = Ripe(start, due, since, place.as_of, covered, waits)
        excuse: Node | None = None
        if self.excuse is not None:
            settled = since is not None and since <= place.as_of
            decided = due if not settled or due is None or since is None else min(since, due)
            excuse = self.excuse.node(sight, row, at, Bounds(vague=True) if decided is None else Bounds(upper=decided))
        return Account(self.policy.id, place.id, subject, ordinal, numbers, where, demand, excuse, self.policy.forbidden is not None)


class Since:
    """From when on a condition that holds has held; what says that something is absent, from the lapse on."""

    def __init__(self, of: Ripening, condition: Condition) -> None:
        self.parts = [self._part(of, key, value, condition) for key, value in condition.parts()]

    def of(self, sight: Sight, row: Row, at: int, bounds: Bounds, start: int, due: int) -> int:
        return int(max([start, *(one(sight, row, at, bounds, start, due) for one in self.parts)]))

    def _part(self, of: Ripening, key: str, value: Any, whole: Condition) -> Any:
        match key, value:
            case "all_of", tuple():
                inner = [Since(of, one) for one in value]
                return lambda *asked: max(one.of(*asked) for one in inner)
            case "any_of", tuple():
                pairs = [(of.conditions.part(of.record, one), Since(of, one)) for one in value]
                return lambda sight, row, at, bounds, start, due: min(
                    (since.of(sight, row, at, bounds, start, due) for part, since in pairs if part.truth(sight, row, at, bounds) is True), default=due + 1
                )
            case ("exists" | "number_of"), Related() if whole.at_most is None:
                return _reached(of, value, whole if key == "number_of" else None)
            case ("not" | "none_exists" | "number_of" | "sum" | "mean_of"), _:
                return lambda sight, row, at, bounds, start, due: due + 1
        return _came(of, key, value)


def _reached(of: Ripening, value: Related, whole: Condition | None) -> Any:
    """The instant at which there were so many matching records: of one day, or of one value, the first counts."""
    clause = Clause(of.fields, of.record, value)
    number = of.fields.count(of.record, None if whole is None else whole.at_least, 1)  # type: ignore[arg-type]

    def reached(sight: Sight, row: Row, at: int, bounds: Bounds, start: int, due: int) -> int:
        times: dict[Any, int] = {}
        for one in sorted((one for one in clause.rows(sight, row, at, bounds) if one.counts is True and one.time is not None), key=lambda one: one.time or 0):
            what = one.row if value.distinct is None else clause.what(sight, one, at)
            if what is not None and one.time is not None:
                times.setdefault(what, one.time)
        wanted = number(sight, row, at)
        ordered = sorted(times.values())
        return ordered[wanted - 1] if wanted is not None and 0 < wanted <= len(ordered) else due + 1

    return reached


def _came(of: Ripening, path: str, value: Any) -> Any:
    """A test of an instant holds from that instant on, and from that of the field beside it; of other fields from the start."""
    paths = [path]
    for operator, operand in value.parts() if isinstance(value, Test) else ():
        paths += [operand.field] if isinstance(operand, Shifted) else [str(operand)] if operator in ("same_as", "different_from") else []
    cells = [of.fields.cell(of.record, one) for one in paths if of.fields.type_of(of.record, one) == "instant"]

    def came(sight: Sight, row: Row, at: int, bounds: Bounds, start: int, due: int) -> int:
        found = [cell(sight, row, at) for cell in cells]
        return max((one if isinstance(one, int) else due + 1 for one in found), default=start)

    return came


def records(condition: Any) -> Iterator[str]:
    """The record types that a condition reads beside its own."""
    for _, value in condition.parts() if isinstance(condition, Condition) else ():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Related):
                yield one.record
            elif isinstance(one, Condition):
                yield from records(one)


__all__ = ["Ripening", "records"]
