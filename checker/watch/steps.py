"""What follows from several: the steps of ladders that violations lead to as they happen, and what repeats within a window."""

from __future__ import annotations

import json
from bisect import insort
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from checker.finding import Finding, fingerprint, short
from checker.force import at, slots
from checker.plan import Audit
from checker.policy.conditions import Condition, Related
from checker.policy.kinds import Base, Ladder
from checker.policy.over import levels, reads
from checker.policy.typed import CLOCKS
from checker.policy.values import Duration, Parameter
from checker.question import Asked, Repeat, Rung
from checker.watch.known import Unit
from checker.watch.worker import Decider, decide
from checker.witness import Witness
from checker.witness.obligations import Obligations
from checker.witness.related import Bounds, Clause
from checker.witness.seen import Sight
from checker.witness.shifts import moved
from checker.witness.surroundings import Place

Counted = tuple[int, str, str, str]
"""A violation in order: (decided at, policy, subject, ordinal)."""


class Steps:
    """Violations by ladder, site and whoever they are counted for."""

    def __init__(self, policies: tuple[Base, ...], decider: Decider) -> None:
        known = levels(policies)
        self.ladders = {policy.id: policy for policy in policies if isinstance(policy, Ladder)}
        self.read = {ident: frozenset(reads(ladder, known)) for ident, ladder in self.ladders.items()}
        self.decider = decider
        self.counted: dict[tuple[str, str, str], list[Counted]] = {}

    def withdrawn(self, policy: str, site: str, subject: str, ordinal: str) -> None:
        """A violation is none any more."""
        for (ladder, where, _), listed in self.counted.items():
            if policy in self.read[ladder] and where == site:
                listed[:] = [one for one in listed if one[1:] != (policy, subject, ordinal)]

    def steps(self, finding: Finding, audit: Audit, place: Place) -> Iterator[Finding]:
        """The findings of the ladders whose step a violation leads to."""
        for ident, ladder in self.ladders.items():
            who = {"accountable": finding.accountable, "subject": finding.subject, "site_id": finding.site_id}.get(ladder.per)
            if who is None or finding.decided_at is None or finding.policy not in self.read[ident] or not place.in_force(ladder, finding.decided_at):
                continue
            own = (finding.decided_at, finding.policy, finding.subject, finding.ordinal)
            listed = self.counted.setdefault((ident, finding.site_id, who), [])
            if own not in listed:
                insort(listed, own)
            found = self._reached(ladder, listed, own, audit, place)
            if found is not None:
                yield _finding(ladder, finding, who, *found)

    def _reached(self, ladder: Ladder, listed: list[Counted], own: Counted, audit: Audit, place: Place) -> tuple[int, int, str] | None:
        """(number, count of the step, what is proposed) where a violation leads to a step."""
        back = _length(ladder, ladder.look_back, audit, place, own[0])
        counts = [_number(ladder, step.count, audit, place, own[0]) for step in ladder.steps]
        if back is None or None in counts:
            return None
        low = moved(place, own[0], back, -1, "same")
        number = sum(one[0] > low and one <= own for one in listed)
        wanted = tuple(one for one in counts if one is not None)
        step = decide(self.decider, [Rung(number, wanted)])[0].step
        return None if step is None else (number, wanted[step], ladder.steps[step].propose)


def _finding(ladder: Ladder, cause: Finding, who: str, number: int, count: int, proposed: str) -> Finding:
    ordinal = short(cause.fingerprint)
    return replace(
        cause, policy=ladder.id, standard=ladder.standard, severity=ladder.severity.level, subject_type="", subject=who, ordinal=ordinal, period="", due_at=None,
        measured=number, limit=count, unit="times", because=0 if ladder.because else None, missing=None,
        arguments=json.dumps({"number": number, "proposed": proposed}, ensure_ascii=False), note="provisional" if ladder.of.findings.decision else None,
        fingerprint=fingerprint(ladder.id, cause.site_id, who, ordinal),
    )  # fmt: skip


def _typed(policy: Ladder, name: str, audit: Audit, place: Place, instant: int) -> Any:
    return at(slots(policy, name, audit)[0].series[place.id], instant)


def _number(policy: Ladder, written: Parameter | int, audit: Audit, place: Place, instant: int) -> int | None:
    if not isinstance(written, Parameter):
        return written
    found = _typed(policy, written.name, audit, place, instant)
    return None if found is None else int(found.value)


def _length(policy: Ladder, written: Parameter | Duration, audit: Audit, place: Place, instant: int) -> tuple[int, str] | None:
    if not isinstance(written, Parameter):
        return written.amount, written.clock
    found = _typed(policy, written.name, audit, place, instant)
    return None if found is None else (int(found.value), CLOCKS[int(found.second or 0)])


# --- repeats ---------------------------------------------------------------------------------------------------------


class Repeats:
    """Policies that count records of their own type back from each: the second within the window is a repeat."""

    def __init__(self, witness: Witness, policies: tuple[Base, ...], decider: Decider) -> None:
        self.witness, self.decider = witness, decider
        self.clauses: dict[str, Clause] = {}
        for policy in policies:
            kind, written = witness.of(policy), _counting(policy)
            if written is not None and isinstance(kind, Obligations):
                self.clauses[policy.id] = Clause(kind.fields, kind.record, written)

    def number(self, policy: Base, unit: Unit) -> int:
        """Which time it is, counted within the window up to the record itself; below 2 it is no repeat."""
        clause = self.clauses.get(policy.id)
        if clause is None:
            return 0
        kind = self.witness.of(policy)
        place = self.witness.surroundings.places.get(unit.site)
        rows = self.witness.records.versions(unit.record, unit.site, unit.key)
        if place is None or len(rows) != 1 or not isinstance(kind, Obligations) or clause.look_back is None or clause.time is None:
            return 0
        sight = Sight(place, place.first, place.as_of)
        own = clause.time(sight, rows[0], place.first)
        if not isinstance(own, int):
            return 0
        sight.values_at = own
        length = clause.look_back(sight, rows[0], own)
        if length is None:
            return 0
        window = own - moved(place, own, length, -1, "same") - 1
        times = [one.time for one in clause.rows(sight, rows[0], own, Bounds(upper=own)) if one.counts is True and one.time is not None]
        pairs: list[Asked] = [Repeat(time, own, window) for time in times]
        return sum(one.repeat for one in decide(self.decider, pairs)) if pairs else 0


def _counting(policy: Base) -> Related | None:
    """The clause by which a policy counts records of its own type within a look-back."""
    for name in ("where", "require", "forbidden"):
        condition = getattr(policy, name, None)
        for one in _clauses(condition) if isinstance(condition, Condition) else ():
            if one.record == getattr(policy, "for_each", None) and one.look_back is not None:
                return one
    return None


def _clauses(condition: Condition) -> Iterator[Related]:
    for key, value in condition.parts():
        if key == "number_of" and isinstance(value, Related):
            yield value
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Condition):
                yield from _clauses(inner)


def as_data(counted: Mapping[tuple[str, str, str], list[Counted]]) -> list[Any]:
    return [[*key, [list(one) for one in listed]] for key, listed in counted.items() if listed]


def from_data(data: list[Any]) -> dict[tuple[str, str, str], list[Counted]]:
    return {(ladder, site, who): [(at_, policy, subject, ordinal) for at_, policy, subject, ordinal in listed] for ladder, site, who, listed in data}


__all__ = ["Repeats", "Steps", "as_data", "from_data"]
