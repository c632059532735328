"""Explains one obligation: the slow way, for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.account import Decided, Stepped
from checker.judge import Due, Ripe
from checker.policy.kinds import Deadline, Requirement
from checker.witness import explain_groups as groups
from checker.witness.clock import Step
from checker.witness.deadline import Deadlines
from checker.witness.ends import flat
from checker.witness.explanation import Explanation, Involved, Tested
from checker.witness.facts import of_record
from checker.witness.obligations import Obligations
from checker.witness.reasons import answer, checked, involved, of_row, once, related, unmet, values
from checker.witness.records import Row
from checker.witness.related import Bounds
from checker.witness.requirement import Requirements
from checker.witness.ripening import Ripening
from checker.witness.seen import Sight
from checker.witness.sequence import Sequences
from checker.witness.surroundings import Place
from checker.witness.told import Kind, Told


def explain(kind: Kind, place: Place, one: Told) -> Explanation:
    """Everything that is said of an obligation that `told` found."""
    if not isinstance(kind, Obligations):
        return groups.explain(kind, place, one)
    row = one.of[0]
    sight, bounds = _looked_at(kind, place, row, one)
    at = sight.values_at
    steps: list[Step] = []
    facts = of_record(kind, place, row, one.account, steps)
    listed = tuple(_tests(kind, sight, row, at, bounds))
    demand = "forbidden" if one.account.forbidden else "require"
    lacks = unmet(listed, demand) if isinstance(kind, Requirements | Ripening) and one.verdict in ("fail", "exempt", "unknown", "pending") else ()
    made = [*_about(kind, sight, row, one), *steps, *_outcome(kind, one)]
    return Explanation(
        one.accounts, one.verdict, facts, values(kind.fields, kind.record, sight, row, at), listed, once(_records(kind, place, sight, one, bounds)),
        tuple(made), tuple(_enough(kind, one)), lacks,
    )  # fmt: skip


def _looked_at(kind: Obligations, place: Place, row: Row, one: Told) -> tuple[Sight, Bounds]:
    """How the kind looks at a record, and up to when related records are read."""
    sight = Sight(place, place.first, place.as_of)
    at = kind.begun_at(sight, row)
    sight.values_at = at
    match kind:
        case Requirements():
            return sight, kind.bounds(kind.decided_at(sight, row, at))
        case Ripening():
            then = kind.by_then(sight, one.account.numbers.due if isinstance(one.account.numbers, Ripe) else None)
            return then, Bounds(upper=then.horizon)
        case Deadlines():
            return sight, kind.bounds(kind.start(sight, row))
    numbers = one.account.numbers
    decided = numbers.cycle.decided if isinstance(numbers, Stepped) and numbers.cycle else None
    return sight, Bounds(upper=place.as_of if decided is None else decided)


def _tests(kind: Obligations, sight: Sight, row: Row, at: int, bounds: Bounds) -> Iterator[Tested]:
    policy = kind.policy
    parts = [("where", policy.where), ("void", kind.kind.void)]
    parts += [("require", policy.require), ("forbidden", policy.forbidden)] if isinstance(policy, Requirement) else []
    for name, condition in (*parts, ("excused_when", policy.excused_when)):
        yield from checked(kind.fields, kind.record, name, condition, sight, row, at, bounds)


def _records(kind: Obligations, place: Place, sight: Sight, one: Told, bounds: Bounds) -> Iterator[Involved]:
    for row in one.of:
        start = kind.start(sight, row)
        yield of_row(kind.fields, sight, "record", kind.record, row, start)
        at = sight.values_at
        if isinstance(kind, Deadlines) and start is not None:
            for record, match in kind.ends(sight, row, start).found:
                yield from involved(kind.fields, sight, "end", record, (match,))
            if kind.clock.pauses is not None:
                yield from involved(kind.fields, sight, "pause", kind.clock.pauses.clause.clause.record, kind.clock.pauses.clause.rows(sight, row, start, Bounds()))
        if isinstance(kind, Sequences):
            steps = kind.walked(place, row)[0]
            yield from involved(kind.fields, sight, "step", kind.policy.steps.record, [match for _, match in sorted(steps.known, key=lambda pair: pair[0].at)])
            yield from involved(kind.fields, sight, "step", kind.policy.steps.record, steps.doubtful)
        policy: Any = kind.policy
        for condition in (policy.where, getattr(policy, "require", None), getattr(policy, "forbidden", None), policy.excused_when):
            yield from related(kind.fields, kind.record, condition, sight, row, at, bounds)


def _about(kind: Obligations, sight: Sight, row: Row, one: Told) -> Iterator[Step]:
    """When it began, and by which limit."""
    policy, numbers = kind.policy, one.account.numbers
    if isinstance(policy, Deadline | Requirement) and isinstance(numbers, Due | Ripe) and numbers.start is not None:
        starts = policy.starts
        paths = (starts,) if isinstance(starts, str) else () if starts is None else starts.first_present
        field = next((path for path in paths if kind.fields.moment(kind.record, path)(sight, row, sight.place.first) == numbers.start), paths[0] if paths else "")
        yield Step("start", {"field": field, "at": numbers.start})
        if isinstance(kind, Deadlines) and kind.ends_by is not None and isinstance(by := kind.ends_by(sight, row, numbers.start), int):
            yield Step("ends_by", {"field": str(kind.policy.ends_by), "at": by})
            return
        clock = kind.clock if isinstance(kind, Deadlines | Ripening) else None
        length = clock.length(sight, row, numbers.start) if clock else None
        if clock and length:
            window = clock.counted_in(sight, row, numbers.start) if clock.counted_in else None
            yield Step("limit", {"amount": length[0], "clock": length[1], "window": window})
            pauses = clock.pauses.found(sight, row, numbers.start)[0] if clock.pauses else []
            yield from (Step("pause", {"from": low, "until": high}) for low, high in pauses)
    if isinstance(numbers, Decided) and isinstance(numbers.at, int):
        yield Step("judged", {"field": policy.judged_at or kind.kind.time or "" if isinstance(policy, Requirement) else "", "at": numbers.at})
    if isinstance(kind, Sequences) and isinstance(numbers, Stepped):
        cycle = numbers.cycle
        yield Step("order", {"order": kind.policy.order, "required": kind.policy.required, "faults": cycle.faults if cycle else 0, "missing": bool(cycle and cycle.missing)})


def _outcome(kind: Obligations, one: Told) -> Iterator[Step]:
    """What came, and what of it was in time."""
    match one.account.numbers:
        case Due(start=int()) as numbers:
            yield Step("due", {"at": numbers.due, "as_of": numbers.as_of})
            if numbers.cancelled:
                yield Step("cancelled", {"at": numbers.cancelled_at})
            yield answer(numbers.sure, numbers.possible, numbers.due, numbers.covered_until)
        case Ripe(start=int()) as numbers:
            yield Step("due", {"at": numbers.due, "as_of": numbers.as_of})
            if numbers.since is not None:
                yield Step("since", {"at": numbers.since, "due": numbers.due})
        case Stepped(cycle=cycle) if cycle is not None:
            yield Step("decided", {"at": cycle.decided})


def _enough(kind: Obligations, one: Told) -> Iterator[Step]:
    """What would have been enough, where it was not."""
    if one.verdict not in ("fail", "exempt", "pending"):
        return
    match one.account.numbers:
        case Due(due=int(due)) as numbers:
            yield Step("end-by", {"at": due, "short": None if numbers.sure is None else numbers.sure - due, "ends": _ends(kind)})
        case Ripe(due=int(due)):
            yield Step("not-until" if one.account.forbidden else "met-by", {"at": due})
        case Decided():
            yield Step("not-so" if one.account.forbidden else "met", {})
        case Stepped(cycle=cycle) if cycle is not None and cycle.faults:
            yield Step("steps", {"missing": cycle.missing})


def _ends(kind: Obligations) -> list[str]:
    """What ends a deadline: fields and record types."""
    return list(dict.fromkeys(one if isinstance(one, str) else one.record for one in flat(kind.policy.ends))) if isinstance(kind, Deadlines) else []


__all__ = ["explain"]
