"""What conditions say of one field, as facts: whether they can hold together, and whether some make another certain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from pydantic_core import PydanticCustomError

from checker.load.source import Path
from checker.policy.conditions import Condition, Shifted, Test
from checker.policy.records import RecordField
from checker.policy.values import Day, Duration, Instant, Parameter, Scalar, Share

OPPOSITE = {
    "is": "none_of", "one_of": "none_of", "none_of": "one_of", "at_least": "less_than", "less_than": "at_least", "at_most": "more_than",
    "more_than": "at_most", "same_as": "different_from", "different_from": "same_as",
}  # fmt: skip
LOWER, UPPER = frozenset({"at_least", "more_than", "no_earlier_than"}), frozenset({"at_most", "less_than", "no_later_than"})
OPEN = frozenset({"more_than", "less_than"})
NATURAL = frozenset({"count", "duration", "share"})
"""Types that are never below 0."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One operator on one field, and where it is written; that a related record exists is a fact of the whole clause."""

    path: Path
    field: str
    operator: str
    operand: Any

    @property
    def name(self) -> str:
        """The field, or the record type of the clause."""
        return self.field.partition(" ")[0]

    @property
    def values(self) -> tuple[Any, ...]:
        return self.operand if isinstance(self.operand, tuple) else (self.operand,)


def facts(condition: Condition | None, path: Path) -> Iterator[Fact]:
    """Everything that must hold together, as far as it can be said of one field or one clause at a time."""
    for key, value in condition.parts() if condition else ():
        yield from _part(key, value, (*path, key)) or ()


def wholly(condition: Condition) -> bool:
    """Whether the facts of a condition are all that it says."""
    return all(all(wholly(one) for one in value) if key == "all_of" else _part(key, value, ()) is not None for key, value in condition.parts())


def _part(key: str, value: Any, path: Path) -> list[Fact] | None:
    """One part of a condition as facts; None where it cannot be said so."""
    match key, value:
        case "all_of", _:
            return [fact for index, one in enumerate(value) for fact in facts(one, (*path, index))]
        case "any_of", _:
            return _either(value, path)
        case "not", _:
            inner = list(facts(value, path))
            found = opposite(inner[0]) if len(inner) == 1 and wholly(value) else None
            return [found] if found else None
        case "exists" | "none_exists", _:
            return [Fact(path, f"{value.record} {value.model_dump_json(by_alias=True)}", "present", key == "exists")]
        case ("number_of" | "sum" | "mean_of"), _:
            return None
        case _, Test():
            return [Fact((*path, operator), key, operator, operand) for operator, operand in value.parts()]
        case _:
            return [Fact(path, key, "is", value)]


def _either(members: Sequence[Condition], path: Path) -> list[Fact] | None:
    """Members that each list values of one same field, as one list of them all."""
    listed = [list(facts(one, path)) for one in members]
    if not all(wholly(one) for one in members) or {len(one) for one in listed} != {1}:
        return None
    single = [one[0] for one in listed]
    if len({one.field for one in single}) > 1 or any(one.operator not in ("is", "one_of") for one in single):
        return None
    return [Fact(path, single[0].field, "one_of", tuple(dict.fromkeys(value for one in single for value in one.values)))]


def opposite(fact: Fact) -> Fact | None:
    """What holds exactly where a fact about a given value does not."""
    if fact.operator == "present":
        return replace(fact, operand=not fact.operand)
    found = OPPOSITE.get(fact.operator)
    return replace(fact, operator=found, operand=fact.values if found in ("one_of", "none_of") else fact.operand) if found else None


def possible(known: Iterable[Fact], field: RecordField | None) -> bool:
    """Whether one value can satisfy all these facts about one field."""
    listed = list(known)
    needing = [one for one in listed if one.operator != "present" or one.operand]
    if any(one.operator == "present" and not one.operand for one in listed):
        return not needing
    if {one.operand for one in listed if one.operator == "same_as"} & {one.operand for one in listed if one.operator == "different_from"}:
        return False
    allowed = _allowed(listed, field)
    spans = _spans(listed, field)
    if any(_empty(low, high) for low, high in spans.values()):
        return False
    return allowed is None or any(_within(value, spans) for value in allowed)


def certain(known: Sequence[Fact], fact: Fact, field: RecordField | None) -> bool:
    """Whether every value that satisfies `known` satisfies `fact`."""
    against = opposite(fact)
    return against is not None and fact.operator != "present" and possible(known, field) and not possible([*known, against], field)


def _allowed(known: Sequence[Fact], field: RecordField | None) -> set[Any] | None:
    """The values left where they can be listed; None where any may be."""
    allowed: set[Any] | None = None
    if field is not None and field.type in ("enum", "flag"):
        allowed = set(field.values or ()) if field.type == "enum" else {True, False}
    for one in known:
        if any(isinstance(value, Parameter) for value in one.values):
            continue
        if one.operator in ("is", "one_of"):
            allowed = set(one.values) if allowed is None else allowed & set(one.values)
    gone = {value for one in known if one.operator == "none_of" for value in one.values}
    return None if allowed is None else allowed - gone


# --- orderings -------------------------------------------------------------------------------------------------------

Edge = tuple[Any, bool] | None
"""A bound and whether it is itself excluded."""


SIZES: tuple[tuple[type[Scalar], Callable[[Any], tuple[str, Any] | None]], ...] = (
    (Share, lambda one: ("share", one.value)),
    (Duration, lambda one: (one.clock, one.amount)),
    (Day, lambda one: ("day", one.number)),
    (Instant, lambda one: ("instant", one.local) if one.offset is None else None),
)


def size(value: Any) -> tuple[str, Any] | None:
    """A value that can be ordered, with what it can be ordered against; a parameter against itself."""
    if isinstance(value, Parameter):
        return f"${value.name}", 0
    if isinstance(value, bool):
        return None
    if isinstance(value, Shifted):
        return _shifted(value)
    if isinstance(value, int):
        return "number", Fraction(value)
    for form, sized in SIZES:
        try:
            return sized(form.parse(str(value)))
        except (ValueError, PydanticCustomError):
            continue
    return None


def _shifted(value: Shifted) -> tuple[str, Any] | None:
    """Another field, some time earlier or later, can be ordered against that field."""
    length = value.plus or value.minus
    if length is None:
        return f"@{value.field}", 0
    found = size(length)
    return (f"@{value.field}", found[1] if value.plus else -found[1]) if found and found[0] == "elapsed" else None


def _spans(known: Sequence[Fact], field: RecordField | None) -> dict[str, tuple[Edge, Edge]]:
    """The tightest bounds, by what they are ordered against."""
    natural = field is not None and field.type in NATURAL
    spans: dict[str, tuple[Edge, Edge]] = dict.fromkeys(("number", "share", "elapsed"), ((0, False), None)) if natural else {}
    for one in known:
        found = size(one.operand) if one.operator in LOWER | UPPER else None
        if found:
            low, high = spans.get(found[0], (None, None))
            edge = (found[1], one.operator in OPEN)
            spans[found[0]] = (max(low or edge, edge), high) if one.operator in LOWER else (low, _lower(high, edge))
    return spans


def _lower(one: Edge, other: tuple[Any, bool]) -> Edge:
    """The tighter of two upper bounds; of equal ones the one that excludes its value."""
    return other if one is None or (other[0], not other[1]) < (one[0], not one[1]) else one


def _empty(low: Edge, high: Edge) -> bool:
    return low is not None and high is not None and (low[0] > high[0] or (low[0] == high[0] and (low[1] or high[1])))


def _within(value: Any, spans: dict[str, tuple[Edge, Edge]]) -> bool:
    found = size(value)
    if found is None or found[0] not in spans:
        return True
    low, high = spans[found[0]]
    return not (_empty((found[1], False), high) or _empty(low, (found[1], False)))


__all__ = ["NATURAL", "Fact", "certain", "facts", "opposite", "possible", "size", "wholly"]
