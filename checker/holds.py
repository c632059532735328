"""Whether conditions hold of one record and what is related to it, in plain Python: what `judge.py` rests on.

Evidence is data: records as mappings from dotted path to typed value (instants and durations in microseconds, dates as
day numbers), the values in force, and the instants that a clock gave. The same comparison that SQL makes of millions
is made here of one, so that an explanation can be judged again and a live engine has somebody to fall back on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from checker.policy.conditions import Condition, Related, Shifted, Summed, Test
from checker.policy.records import RecordType, resolve
from checker.policy.values import Day, Duration, Instant, Parameter, Share

Cell = str | int | bool | tuple[str, ...] | None
Truth = bool | None | Literal["pending"]
"""True, False, None for unknown, or pending: a later record or instant decides."""


@dataclass(frozen=True)
class Evidence:
    """What one obligation is judged on.

    `record` holds every path that its conditions read; `values` the parameters in force, typed like the fields they are
    compared with; `related` the rows of each record type whose keys match and whose times are in bounds; `instants` what
    a calendar says: of instants as policies print them, and of shifted fields by `shift_name` (of one that has not come:
    the instant after which it lies).
    """

    types: dict[str, RecordType]
    kind: str
    record: Mapping[str, Cell]
    as_of: int
    values: Mapping[str, Cell] = field(default_factory=dict)
    related: Mapping[str, Sequence[Mapping[str, Cell]]] = field(default_factory=dict)
    instants: Mapping[str, int] = field(default_factory=dict)
    windows: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    """When the windows that conditions name are open, about the instants in question."""

    def of(self, kind: str, record: Mapping[str, Cell]) -> Evidence:
        """The same surroundings, looked at from a related record."""
        return Evidence(self.types, kind, record, self.as_of, self.values, self.related, self.instants, self.windows)



# --- three values ----------------------------------------------------------------------------------------------------


def all_hold(parts: Sequence[Truth]) -> Truth:
    """A false member decides; else pending outweighs unknown, for it may still turn false."""
    if False in parts:
        return False
    if "pending" in parts:
        return "pending"
    return None if None in parts else True


def any_holds(parts: Sequence[Truth]) -> Truth:
    """A true member decides; else pending outweighs unknown, for it may still turn true."""
    if True in parts:
        return True
    if "pending" in parts:
        return "pending"
    return None if None in parts else False


def negated(part: Truth) -> Truth:
    return part if part in (None, "pending") else not part


def holds(condition: Condition | None, evidence: Evidence) -> Truth:
    """Whether a condition holds of the evidence."""
    if condition is None:
        return True
    return all_hold([_part(key, value, condition, evidence) for key, value in condition.parts()])


def _part(key: str, value: object, whole: Condition, evidence: Evidence) -> Truth:
    match key, value:
        case "all_of", tuple():
            return all_hold([holds(one, evidence) for one in value])
        case "any_of", tuple():
            return any_holds([holds(one, evidence) for one in value])
        case "not", Condition():
            return negated(holds(value, evidence))
        case "exists", Related():
            return any_holds([counts for _, counts in matching(value, evidence)])
        case "none_exists", Related():
            return negated(any_holds([counts for _, counts in matching(value, evidence)]))
        case "number_of", Related():
            return _number(value, whole, evidence)
        case "sum" | "mean_of", Summed():
            return _summed(key, value, whole, evidence)
    tests = value.parts() if isinstance(value, Test) else [("is", value)]
    return all_hold([_test(key, operator, operand, evidence) for operator, operand in tests])


def matching(clause: Related, evidence: Evidence) -> list[tuple[Mapping[str, Cell], Truth]]:
    """The related rows at hand and whether each counts."""
    kind = evidence.types[clause.record]
    found = []
    for row in evidence.related.get(clause.record, ()):
        inner = evidence.of(clause.record, row)
        parts = [holds(clause.where, inner)]
        if kind.void and clause.void != "counts":
            parts.append(negated(holds(kind.void, inner)))
        found.append((row, all_hold(parts)))
    return found


def _number(clause: Related, whole: Condition, evidence: Evidence) -> Truth:
    """By bounds: those that count for certain, and those that may."""
    rows = matching(clause, evidence)
    sure, possible = (_size(clause, [row for row, counts in rows if counts in kept]) for kept in ((True,), (True, None, "pending")))
    parts: list[Truth] = []
    if whole.at_least is not None:
        parts.append(_between(sure >= _limit(whole.at_least, evidence), possible < _limit(whole.at_least, evidence)))
    if whole.at_most is not None:
        parts.append(_between(possible <= _limit(whole.at_most, evidence), sure > _limit(whole.at_most, evidence)))
    return all_hold(parts)


def _summed(key: str, clause: Summed, whole: Condition, evidence: Evidence) -> Truth:
    """A sum by bounds, a mean where every row is known; of a missing value, and the mean of nothing, nothing is known."""
    rows = [(counts, row.get(clause.field)) for row, counts in matching(clause, evidence) if counts is not False]
    sure = [value for counts, value in rows if counts is True and isinstance(value, int)]
    doubtful = [value for counts, value in rows if counts is not True and isinstance(value, int)]
    if len(sure) + len(doubtful) < len(rows) or (key == "mean_of" and (doubtful or not rows)):
        return None
    low, high = (sum(sure) + sum(end(value, 0) for value in doubtful) for end in (min, max))
    number = len(sure) if key == "mean_of" else 1
    parts: list[Truth] = []
    if whole.at_least is not None:
        limit = _amount(clause, whole.at_least, evidence) * number
        parts.append(_between(low >= limit, high < limit))
    if whole.at_most is not None:
        limit = _amount(clause, whole.at_most, evidence) * number
        parts.append(_between(high <= limit, low > limit))
    return all_hold(parts)


def _amount(clause: Summed, written: object, evidence: Evidence) -> int:
    """The limit of a sum, with the meaning that its field gives it."""
    found = _value(clause.field, written, evidence.of(clause.record, {}))
    assert isinstance(found, int)
    return found


def _between(surely: bool, never: bool) -> Truth:
    return True if surely else False if never else None


def _size(clause: Related, rows: Sequence[Mapping[str, Cell]]) -> int:
    if clause.distinct is None:
        return len(rows)
    key = "#day" if clause.distinct == "day" else clause.distinct
    return len({row.get(key) for row in rows if row.get(key) is not None})


def _limit(written: object, evidence: Evidence) -> int:
    value = evidence.values[written.name] if isinstance(written, Parameter) else written
    assert isinstance(value, int)
    return value


# --- one test --------------------------------------------------------------------------------------------------------


def _test(path: str, operator: str, operand: object, evidence: Evidence) -> Truth:
    left = evidence.record.get(path)
    if operator == "present":
        return (left is not None) == operand
    if operator == "during":
        if left is None:
            return "pending" if _not_yet(path, evidence) else None
        return any(opens <= left < closes for opens, closes in evidence.windows[str(operand)])  # type: ignore[operator]
    if operator in ("one_of", "none_of", "includes_all"):
        assert isinstance(operand, tuple)
        wanted = [_value(path, one, evidence) for one in operand]
        if left is None:
            return None
        if operator == "includes_all":
            return set(wanted) <= set(left)  # type: ignore[arg-type]
        return (left in wanted) == (operator == "one_of")
    if operator == "includes":
        return None if left is None else _value(path, operand, evidence) in left  # type: ignore[operator]
    if operator in ("same_as", "different_from"):
        return _compared(left, operator, evidence.record.get(str(operand)), path, str(operand), evidence)
    if isinstance(operand, Shifted):
        right, after = _shifted(operand, operator, evidence)
        return _compared(left, operator, right, path, operand.field, evidence, after)
    return _compared(left, operator, _value(path, operand, evidence), path, None, evidence)


ORDERS = {
    "is": 0, "same_as": 0, "different_from": 0, "at_least": 1, "more_than": 1, "no_earlier_than": 1,
    "at_most": -1, "less_than": -1, "no_later_than": -1,
}  # fmt: skip


def _compared(
    left: Cell, operator: str, right: Cell, path: str, right_path: str | None, evidence: Evidence, after: int | None = None
) -> Truth:
    """A comparison; a time that has not come lies after as-of, on the right after `after` where it was moved."""
    left_waits = left is None and _not_yet(path, evidence)
    right_waits = right is None and right_path is not None and _not_yet(right_path, evidence)
    if left_waits or right_waits:
        return _with_future(left, operator, right, left_waits, right_waits, after if after is not None and not left_waits else evidence.as_of)
    if left is None or right is None:
        return None
    match operator:
        case "is" | "same_as":
            return left == right
        case "different_from":
            return left != right
        case "at_least" | "no_earlier_than":
            return left >= right  # type: ignore[operator]
        case "at_most" | "no_later_than":
            return left <= right  # type: ignore[operator]
        case "more_than":
            return left > right  # type: ignore[operator]
    return left < right  # type: ignore[operator]


def _with_future(left: Cell, operator: str, right: Cell, left_waits: bool, right_waits: bool, after: int) -> Truth:
    if left_waits and right_waits:
        return "pending"
    known = right if left_waits else left
    if known is None:
        return None
    if isinstance(known, int) and known > after:
        return "pending"
    direction = ORDERS[operator] * (1 if left_waits else -1)
    return operator == "different_from" if direction == 0 else direction > 0


def _not_yet(path: str, evidence: Evidence) -> bool:
    return resolve(evidence.types, evidence.kind, path).field.not_yet


def _value(path: str, written: object, evidence: Evidence) -> Cell:
    """An operand with the meaning that the field beside it gives it."""
    if isinstance(written, Parameter):
        return evidence.values.get(written.name)
    if isinstance(written, bool | int):
        return written
    word = str(written)
    match resolve(evidence.types, evidence.kind, path).field.type:
        case "duration":
            return Duration.parse(word).amount
        case "date":
            return Day.parse(word).number
        case "instant":
            return evidence.instants.get(word, Instant.parse(word).local)
        case "share":
            share = Share.parse(word).value
            return share.numerator * 10**9 // share.denominator
    return word


def shift_name(written: Shifted, operator: str) -> str:
    """The name under which evidence holds a shifted field; the operator says which end of a day is meant."""
    return f"{operator} {written.field} + {written.plus} - {written.minus}"


def _shifted(written: Shifted, operator: str, evidence: Evidence) -> tuple[Cell, int]:
    """(the moved time or None where there is none, the instant after which it lies where it has not come)."""
    value = evidence.record.get(written.field)
    moved = evidence.instants.get(shift_name(written, operator))
    if moved is None:
        moved = value if isinstance(value, int) else evidence.as_of
        for sign, length in ((1, written.plus), (-1, written.minus)):
            if isinstance(length, Parameter):
                moved += sign * _limit(length, evidence)
            elif length is not None:
                moved += sign * length.amount
    return (moved if isinstance(value, int) else None), moved


__all__ = ["Cell", "Evidence", "Truth", "all_hold", "any_holds", "holds", "matching", "negated", "shift_name"]
