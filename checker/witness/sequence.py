"""Sequences: the steps of a case come in order, the required ones all come (language §2, §6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checker import judge_kinds
from checker.account import Account, Stepped
from checker.holds import Truth
from checker.policy.conditions import Related
from checker.policy.kinds import Sequence
from checker.witness.conditions import NOWHERE
from checker.witness.fields import Instant
from checker.witness.obligations import Obligations, Versions
from checker.witness.records import Key, Row
from checker.witness.related import Bounds, Clause, Match
from checker.witness.seen import Seen, Sight
from checker.witness.surroundings import Place


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a case that are known, and the records of which something is not."""

    known: tuple[tuple[judge_kinds.Step, Match], ...]
    doubtful: tuple[Match, ...]

    def in_doubt(self, cycle: judge_kinds.Cycle | None) -> bool:
        """Whether one of the doubtful may have come before a cycle was decided."""
        decided = cycle.decided if cycle else None
        return any(one.time is None or (decided is not None and one.time <= decided) for one in self.doubtful)


class Sequences(Obligations):
    """The obligations of one sequence: the cycles of each case."""

    policy: Sequence
    counts_all = True

    def __init__(self, seen: Seen, policy: Sequence) -> None:
        self.policy = policy
        super().__init__(seen, policy)
        spec = policy.steps
        self.clause = Clause(self.fields, self.record, Related(record=spec.record, match=spec.match, where=spec.where, time=spec.time))
        self.name = self.fields.cell(spec.record, spec.name)
        self.tie = self.fields.cell(spec.record, spec.ties) if spec.ties else None
        self.names = {step for entry in policy.order for step in ((entry,) if isinstance(entry, str) else entry)} | set(policy.restarts or {})
        lapses = self.kind.lapses
        self.lapses = None if lapses is None else (self.conditions.truth(self.record, lapses.where), self.fields.moment(self.record, lapses.at))

    def start(self, sight: Sight, row: Row) -> int | None:
        found = self.time(sight, row, sight.place.first) if self.time else None
        return found if isinstance(found, int) else None

    def begun(self, sight: Sight, row: Row) -> tuple[Instant, Truth]:
        return self.start(sight, row), True

    def judged(self, place: Place, key: Key) -> list[Versions]:
        """The cycles of a case, each with its versions."""
        found: dict[int, list[Account]] = {}
        for row in self.each(place, key):
            for number, account in enumerate(self.cycled(place, row), 1):
                found.setdefault(number, []).append(account)
        return [tuple(listed) for listed in found.values()]

    def versioned(self, place: Place, key: Key) -> Iterator[tuple[Row, Account]]:
        for row in self.each(place, key):
            yield from ((row, account) for account in self.cycled(place, row))

    def steps(self, sight: Sight, row: Row, at: int) -> Steps:
        known, doubtful = [], []
        for one in self.clause.rows(sight, row, at, NOWHERE):
            name = self.name(sight, one.row, one.time)
            if one.counts is False or (name is not None and name not in self.names):
                continue
            if one.counts is True and name is not None and one.time is not None:
                known.append((judge_kinds.Step(one.time, name, self.tie(sight, one.row, one.time) if self.tie else None), one))
            else:
                doubtful.append(one)
        return Steps(tuple(known), tuple(doubtful))

    def walked(self, place: Place, row: Row) -> tuple[Steps, list[judge_kinds.Cycle | None]]:
        """The steps of a case and its cycles; one that is None where no step has come."""
        sight = Sight(place, place.first, place.as_of)
        at = self.begun_at(sight, row)
        sight.values_at = at
        steps = self.steps(sight, row, at)
        return steps, list(judge_kinds.cycles(self.policy, [step for step, _ in steps.known])) or [None]

    def cycled(self, place: Place, row: Row) -> list[Account]:
        """The accounts of the cycles of one version of a case."""
        steps, cycles = self.walked(place, row)
        return [self._account(place, row, cycle, number, steps.in_doubt(cycle)) for number, cycle in enumerate(cycles, 1)]

    def _account(self, place: Place, row: Row, cycle: judge_kinds.Cycle | None, number: int, doubt: bool) -> Account:
        plain = Sight(place, place.first, place.as_of)
        time = self.start(plain, row)
        start = time if time is not None else cycle.first if cycle else None
        at = place.first if start is None else start
        sight = plain.valued(at)
        upper = cycle.decided if cycle and cycle.decided is not None else place.as_of
        belongs = self.belongs(sight, row, at, Bounds(upper=upper))
        excuse = None if self.excuse is None else self.excuse.node(sight, row, at, Bounds(upper=upper))
        subject = self.subject(sight, row, at)
        ordinal = self._cycle_ordinal(place, row, subject, at, number)
        cancelled, cancelled_at = self._cancelled(sight, row, at)
        known = judge_kinds.Known(doubt, cancelled, cancelled_at, start, self._covered_from(place))
        return Account(self.policy.id, place.id, subject, ordinal, Stepped(cycle, known), self.in_force(place, belongs, at), excuse=excuse)

    def _covered_from(self, place: Place) -> int | None:
        """From when on the source of the steps speaks; those that unfold from the case itself, from ever."""
        record = self.policy.steps.record
        if self.seen.types[record].unfold is not None and record not in place.audit.present:
            return None
        return place.covered_last(record)[0]

    def _cancelled(self, sight: Sight, row: Row, at: int) -> tuple[bool, int | None]:
        if self.lapses is None or self.lapses[0](sight, row, at) is not True:
            return False, None
        moment = self.lapses[1](sight, row, at)
        return True, moment if isinstance(moment, int) else None

    def _cycle_ordinal(self, place: Place, row: Row, subject: str, at: int, number: int) -> str:
        """The cycle of the case; where the subject is more than the case, its number among the cycles of all of its cases."""
        if not self.cycles:
            return str(number)
        places: set[tuple[Any, ...]] = set()
        for one in self._of_subject(place, row, subject, at):
            places |= {(*self._order(place, one)[:3], cycle) for cycle in range(1, len(self.walked(place, one)[1]) + 1)}
        mine = (*self._order(place, row)[:3], number)
        return str(sorted({*places, mine}).index(mine) + 1)


__all__ = ["Sequences", "Steps"]
