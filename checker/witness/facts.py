"""What is said of one obligation beside its verdict: when it began, fell due and was decided, what was measured, who answers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from checker.account import Account, Climbed, Decided, Staffed, Stepped
from checker.judge import Due, Gaps, Ripe, Shares, Sums
from checker.judge import Found as Numbers
from checker.judge_kinds import Follows
from checker.plan import FOREVER
from checker.policy.conditions import Condition, Test
from checker.policy.records import MOMENTS, NUMBERS, resolve
from checker.quick import quick
from checker.witness.clock import Ran, Step
from checker.witness.deadline import Deadlines
from checker.witness.ends import End
from checker.witness.frequency import Counted, Frequencies
from checker.witness.ladder import Climb, Ladders
from checker.witness.obligations import Obligations
from checker.witness.presence import Presences, Window
from checker.witness.rate import Rated, Rates
from checker.witness.records import Row
from checker.witness.related import Bounds
from checker.witness.requirement import Requirements
from checker.witness.ripening import Ripening
from checker.witness.seen import Sight
from checker.witness.sequence import Sequences
from checker.witness.surroundings import Place

ORDERINGS = ("at_least", "at_most", "more_than", "less_than", "no_earlier_than", "no_later_than")
WORDS = frozenset({"all_of", "any_of", "not", "exists", "none_exists", "number_of", "sum", "mean_of"})
BY_TYPE = {"duration": "us", "instant": "instant", "date": "date"}


@quick
@dataclass(frozen=True, slots=True)
class Facts:
    """Times in UTC microseconds; `unit` of measured and limit as findings have it."""

    began: int | None = None
    due_at: int | None = None
    decided_at: int | None = None
    measured: int | None = None
    limit: int | None = None
    unit: str | None = None
    accountable: str | None = None


def of_record(kind: Obligations, place: Place, row: Row, account: Account, say: list[Step] | None = None) -> Facts:
    """The facts of an obligation over one record, of one version of it."""
    match kind:
        case Requirements():
            return _requirement(kind, place, row)
        case Ripening():
            return _ripening(kind, place, row, account, say)
        case Deadlines():
            return _deadline(kind, place, row, account, say)
        case Sequences():
            return _sequence(kind, place, row, account)
    raise AssertionError(kind)


# --- records ---------------------------------------------------------------------------------------------------------


def _requirement(kind: Requirements, place: Place, row: Row) -> Facts:
    sight = Sight(place, place.first, place.as_of)
    at = kind.begun_at(sight, row)
    sight.values_at = at
    decided = kind.decided_at(sight, row, at)
    known = decided if isinstance(decided, int) else None
    measured, limit, unit = measure(kind, sight, row, at, kind.bounds(decided))
    answers = kind.fields.answers(kind.record).person(sight, row, known if kind.policy.judged_at else at, known, known)
    return Facts(kind.start(sight, row) if known is None else known, None, known, measured, limit, unit, answers)


def _ripening(kind: Ripening, place: Place, row: Row, account: Account, say: list[Step] | None) -> Facts:
    numbers = account.numbers
    plain = Sight(place, place.first, place.as_of)
    at = kind.begun_at(plain, row)
    plain.values_at = at
    if not isinstance(numbers, Ripe) or numbers.start is None:
        return Facts(accountable=kind.fields.answers(kind.record).person(plain, row, at))
    due = kind.clock.ran(plain, row, numbers.start, place.as_of, place.as_of - 1, say)[0].due
    sight = kind.by_then(plain, due)
    measured, limit, unit = measure(kind, sight, row, at, Bounds(upper=sight.horizon))
    settled = numbers.since is not None and numbers.since <= place.as_of
    decided = due if not settled or due is None or numbers.since is None else min(numbers.since, due)
    end = place.as_of if decided is None else min(decided, place.as_of)
    return Facts(numbers.start, due, decided, measured, limit, unit, kind.fields.answers(kind.record).person(sight, row, at, at, end))


def _deadline(kind: Deadlines, place: Place, row: Row, account: Account, say: list[Step] | None) -> Facts:
    numbers, sight = account.numbers, Sight(place, place.first, place.as_of)
    if not isinstance(numbers, Due) or numbers.start is None:
        sight.values_at = at = kind.begun_at(sight, row)
        return Facts(accountable=kind.fields.answers(kind.record).person(sight, row, at))
    sight.values_at = numbers.start
    ran: Ran = kind.ran(sight, row, numbers.start, End(numbers.sure, numbers.possible), say)[0]
    measured = ran.measured
    if numbers.sure is None and ran.due is not None and ran.due < place.as_of and measured is not None and ran.limit is not None:
        # What never came is over its limit, also when as-of is the last instant of a day that was left.
        measured = max(measured, ran.limit + 1)
    decided = numbers.sure if numbers.sure is not None and ran.due is not None and numbers.sure <= ran.due else ran.due
    who = kind.fields.answers(kind.record).person(sight, row, numbers.start, numbers.start, place.as_of if numbers.sure is None else numbers.sure)
    return Facts(numbers.start, ran.due, decided, measured, ran.limit, ran.unit, who)


def _sequence(kind: Sequences, place: Place, row: Row, account: Account) -> Facts:
    if not isinstance(account.numbers, Stepped):
        return Facts()
    cycle, known = account.numbers.cycle, account.numbers.known
    plain = Sight(place, place.first, place.as_of)
    start = place.first if known.start is None else known.start
    decided = cycle.decided if cycle else None
    began = cycle.first if cycle and account.ordinal != "1" and not kind.cycles else known.start
    who = kind.fields.answers(kind.record).person(plain.valued(start), row, start if decided is None else decided, start, decided)
    return Facts(began, None, decided, cycle.faults if cycle else 0, 0, "steps", who)


def measure(kind: Requirements | Ripening, sight: Sight, row: Row, at: int, bounds: Bounds) -> tuple[Any, Any, str]:
    """Measured, limit and unit of the first unmet condition in written order; 0 of 1 where it orders nothing (§7.9)."""
    policy, conditions = kind.policy, kind.conditions
    if policy.forbidden is not None:
        return 0, 1, "conditions"
    assert policy.require is not None
    met: tuple[Any, Any, str] | None = None
    for key, value in policy.require.parts():
        if key in WORDS:
            if conditions.part(kind.record, alone(policy.require, key)).truth(sight, row, at, bounds) is False:
                return 0, 1, "conditions"
            continue
        for operator, operand in value.parts() if isinstance(value, Test) else [("is", value)]:
            one: tuple[Any, Any, str] = (0, 1, "conditions")
            if operator in ORDERINGS and resolve(kind.fields.types, kind.record, key).field.type in NUMBERS | MOMENTS | {"text"}:
                type_ = kind.fields.type_of(kind.record, key)
                right = conditions.constant(kind.record, type_, operand, "start" if operator == "no_earlier_than" else "end")(sight, row, at)
                one = whole(kind.fields.cell(kind.record, key)(sight, row, at)), whole(right), unit_of(kind, key)
                met = met or one
            if conditions.part(kind.record, Condition.model_validate({key: {operator: operand}})).truth(sight, row, at, bounds) is False:
                return one
    return met or (1, 1, "conditions")


def alone(written: Condition, key: str) -> Condition:
    """A word of a condition, alone."""
    parts = {key: getattr(written, "not_" if key == "not" else key)}
    if key in ("number_of", "sum", "mean_of"):
        parts |= {bound: getattr(written, bound) for bound in ("at_least", "at_most") if getattr(written, bound) is not None}
    return Condition.model_validate(parts)


def whole(value: Any) -> int | None:
    """A measure as findings have it; a time that has not come is none."""
    if isinstance(value, Decimal):
        return int(value.to_integral_value(ROUND_HALF_UP))
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def unit_of(kind: Obligations, path: str) -> str:
    found = resolve(kind.fields.types, kind.record, path).field
    return BY_TYPE.get(found.type) or found.unit or ""


# --- groups ----------------------------------------------------------------------------------------------------------


def of_group(kind: Any, place: Place, found: Any) -> Facts:
    """The facts of an obligation that is no single record's."""
    match kind, found:
        case Frequencies(), Counted():
            return _gaps(kind, place, found) if kind.length is not None else _frequency(kind, place, found)
        case Rates(), Rated():
            return _rate(found)
        case Presences(), Window():
            return _presence(kind, place, found)
        case Ladders(), Climb():
            return _ladder(kind, place, found)
    raise AssertionError(kind)


def _frequency(kind: Frequencies, place: Place, found: Counted) -> Facts:
    numbers, owed, count = found.account.numbers, found.owed, found.count
    assert isinstance(numbers, Numbers)
    met = count.sure is not None and numbers.needed is not None and count.sure >= numbers.needed > 0
    decided = count.met_at if met else count.lapse - 1 if count.lapse < FOREVER else None
    closes, sight = owed.period.closes, Sight(place, owed.begin, place.as_of)
    who = kind.fields.answers(kind.record).person(sight, kind.owing.tail(place, owed), owed.finish - 1, owed.begin, min(count.lapse - 1, place.as_of))
    return Facts(owed.begin, closes - 1 if closes < FOREVER else None, decided, count.sure, numbers.needed, "times", who)


def _gaps(kind: Frequencies, place: Place, found: Counted) -> Facts:
    numbers, owed, sight = found.account.numbers, found.owed, Sight(place, found.owed.begin, place.as_of)
    assert isinstance(numbers, Gaps) and kind.length is not None
    length = kind.length(sight, found.head, owed.begin)
    if length is None:
        return Facts(owed.begin)
    found_gaps = list(kind.gaps(place, owed, length, list(found.found), True))
    # The last gap goes on to the end of what is seen; a record that ends one stands on its own day.
    seen = [*(end for _, _, end in found_gaps[:-1]), min(numbers.until, numbers.as_of) - 1]
    listed = [(at, due, end, *gap(place, length, at, due, end, last)) for (at, due, end), last in zip(found_gaps, seen, strict=True)]
    longest = max(listed, key=lambda one: one[3])
    failed = numbers.anyway is not None and numbers.anyway < numbers.covered[1]
    decided = numbers.anyway if failed else numbers.broken if numbers.broken is not None else owed.finish - 1 if owed.finish < FOREVER else None
    due_at = next((one for one in (numbers.anyway, numbers.broken) if one is not None), min(max(one[1] for one in listed), owed.finish - 1))
    at = place.as_of if decided is None else min(decided, place.as_of)
    who = kind.fields.answers(kind.record).person(sight, kind.owing.tail(place, owed), at, owed.begin, at)
    unit = {"elapsed": "us", "working days": "workdays"}.get(length[1], "days")
    return Facts(owed.begin, due_at, decided, longest[3], longest[4], unit, who)


def gap(place: Place, length: tuple[int, str], at: int, due: int, end: int, last: int) -> tuple[int, int]:
    """(how long a gap is, its limit), on the clock of the limit; of days up to that of `last`."""
    amount, clock = length
    if clock == "elapsed":
        return end - at, amount
    first, seen = place.day(at), place.day(last)
    if clock == "working days":
        return sum(place.works(day) for day in range(first + 1, seen + 1)) + (seen > first and not place.works(seen)), amount
    return seen - first, place.day(due) - first if clock == "months" else amount


def _rate(found: Rated) -> Facts:
    numbers, period = found.account.numbers, found.period
    if isinstance(numbers, Decided):
        return Facts(period.start, accountable=found.accountable)
    assert isinstance(numbers, Shares | Sums)
    of = numbers.met + numbers.missed if isinstance(numbers, Shares) else numbers.below
    product = numbers.numerator * of
    limit = -(-product // numbers.denominator) if numbers.least else product // numbers.denominator
    lost = isinstance(numbers, Shares) and numbers.incurable and numbers.least and numbers.numerator == numbers.denominator and numbers.missed > 0
    decided = min((one.at for one in found.members if one.state == "missed"), default=period.end - 1) if lost else period.end - 1
    measured = numbers.met if isinstance(numbers, Shares) else numbers.above
    return Facts(period.start, period.closes - 1, decided, measured, limit, "members" if isinstance(numbers, Shares) else found.unit, found.accountable)


def _presence(kind: Presences, place: Place, found: Window) -> Facts:
    numbers, part = found.account.numbers, found.parts[0]
    assert isinstance(numbers, Staffed)
    duty, sight = part.asked.duty, Sight(place, part.asked.opens, place.as_of)
    who = kind.fields.answers(kind.record).person(sight, part.row, numbers.last, duty.start, numbers.last)
    return Facts(duty.start, numbers.last, numbers.last, numbers.best, duty.tolerance, "us", who)


def _ladder(kind: Ladders, place: Place, found: Climb) -> Facts:
    numbers, this = found.account.numbers, found.counted
    who = this.one.accountable
    if kind.policy.accountable is not None:
        who = kind.fields.answers("#finding").person(Sight(place, this.one.moment, place.as_of), kind.row(this.one), this.start, this.start, this.start)
    number = len(found.before)
    if not isinstance(numbers, Climbed) or numbers.follows is None or (numbers.uncovered and numbers.step != numbers.last):
        limit = found.counts[numbers.step or 0] if isinstance(numbers, Climbed) and found.counts else None
        return Facts(this.start, None, this.start, number, limit, "findings", who)
    follows: Follows = numbers.follows
    met = follows.sure is not None and follows.sure <= follows.due
    measured, limit, unit = kind.run_out(place, found)
    return Facts(this.start, follows.due, follows.sure if met else follows.due, measured, limit, unit, who)


__all__ = ["Facts", "alone", "of_group", "of_record"]
