"""The limits of a policy: every number, length or share that it compares with, and what a greater one would do.

Two policies that differ in nothing but limits are stricter or looser by proof: each limit stands where a greater value can
only add violations, or only take some away, whatever the records are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from checker.policy.conditions import Condition, Interval, Related, Shifted, Summed, Test
from checker.policy.kinds import (
    Base,
    Deadline,
    FirstOf,
    Frequency,
    Ladder,
    LatestOf,
    PeriodField,
    Presence,
    Rate,
    Requirement,
    Sequence,
)
from checker.policy.records import TIME_UNITS
from checker.policy.values import Day, Duration, Scalar, Share, TimeOfDay

Effect = Literal[-1, 0, 1]
"""What a greater limit does: 1 only adds violations (stricter), -1 only takes some away (looser), 0 either."""
Path = tuple[str | int, ...]
HARDER = ("at_least", "more_than", "no_earlier_than")
EASIER = ("at_most", "less_than", "no_later_than")


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit as written, where it stands in the policy, and what a greater one does."""

    path: Path
    written: Any
    effect: Effect


def limits(policy: Base) -> list[Limit]:
    """Every limit of a policy; a place that is not in the list is no limit."""
    return [one for one in _of_kind(policy) if one.written is not None]


def _of_kind(policy: Base) -> Iterator[Limit]:
    match policy:
        case Requirement():
            yield from _condition(policy.where, ("where",), 1)
            yield from _condition(policy.require, ("require",), -1)
            yield from _condition(policy.forbidden, ("forbidden",), 1)
            yield from _excused(policy)
            yield Limit(("within",), policy.within, -1 if policy.require else 1)
        case Deadline():
            yield from _condition(policy.where, ("where",), 1)
            yield from _excused(policy)
            yield Limit(("within",), policy.within, -1)
            yield from _end(policy.ends, ("ends",), -1)
            if policy.cutoff is not None:
                yield Limit(("cutoff", "after"), policy.cutoff.after, 1)
        case Frequency():
            yield from _frequency(policy)
        case Rate():
            yield from _rate(policy)
        case Sequence():
            yield from _condition(policy.where, ("where",), 1)
            yield from _excused(policy)
        case Presence():
            yield from _condition(policy.where, ("where",), 1)
            yield from _excused(policy)
            yield Limit(("at_least",), policy.at_least, 1)
            yield Limit(("tolerance",), policy.tolerance, -1)
            yield from _spells(policy.staffed_by)
        case Ladder():
            # Where a step expects something, a later step may be met when an earlier one was not.
            yield Limit(("look_back",), policy.look_back, 0 if any(step.expects for step in policy.steps) else 1)
            for index, step in enumerate(policy.steps):
                yield Limit(("steps", index, "count"), step.count, -1 if index == 0 else 0)
                yield Limit(("steps", index, "due"), step.due, -1)


def _excused(policy: Any, effect: Effect = -1) -> Iterator[Limit]:
    yield from _condition(policy.excused_when, ("excused_when",), effect)


def _frequency(policy: Frequency) -> Iterator[Limit]:
    yield from _condition(policy.where, ("where",), 1)
    yield from _excused(policy)
    yield from _related(policy.expects, ("expects",), -1)
    yield Limit(("at_least",), policy.at_least, 1)
    yield Limit(("counted_if_apart",), policy.counted_if_apart, 1)
    yield Limit(("never_without_for",), policy.never_without_for, -1)
    if not isinstance(policy.every, PeriodField):
        yield Limit(("due",), policy.due, -1)
    dues = [("none", "half", "all").index(part.due) for part in policy.part_period or ()]
    for index, part in enumerate(policy.part_period or ()):
        yield Limit(("part_period", index, "active_at_least"), part.active_at_least, -1 if dues == sorted(dues, reverse=True) else 0)
    if policy.covers is not None:
        yield Limit(("covers", "share"), policy.covers.share, 1)


def _rate(policy: Rate) -> Iterator[Limit]:
    """A truer `that` reaches an `at_least` sooner, and an `at_most` is over it sooner; excused members were not met."""
    effect: Effect = -1 if policy.at_least is not None else 1
    yield Limit(("at_least",), policy.at_least, 1)
    yield Limit(("at_most",), policy.at_most, -1)
    yield Limit(("min_sample",), policy.min_sample, -1)
    if isinstance(policy.that, Condition):
        yield from _condition(policy.that, ("that",), effect)
        yield from _excused(policy, effect)
        yield Limit(("counted_until",), policy.counted_until, effect)


# --- conditions ------------------------------------------------------------------------------------------------------


def _condition(condition: Condition | None, path: Path, effect: Effect) -> Iterator[Limit]:
    """The limits of a condition; `effect` is what it does that the condition holds more often."""
    for key, value in condition.parts() if condition else ():
        match key, value:
            case ("all_of" | "any_of"), tuple():
                for index, one in enumerate(value):
                    yield from _condition(one, (*path, key, index), effect)
            case "not", Condition():
                yield from _condition(value, (*path, key), turned(effect))
            case ("exists" | "none_exists"), Related():
                yield from _related(value, (*path, key), effect if key == "exists" else turned(effect))
            case "number_of", Related():
                yield from _bounds(condition, path, effect)
                yield from _related(value, (*path, key), _of_bounds(condition, effect))
            case ("sum" | "mean_of"), Summed():
                yield from _bounds(condition, path, effect)
            case _, Test():
                yield from _test(value, (*path, key), effect)


def _bounds(condition: Condition | None, path: Path, effect: Effect) -> Iterator[Limit]:
    assert condition
    yield Limit((*path, "at_least"), condition.at_least, turned(effect))
    yield Limit((*path, "at_most"), condition.at_most, effect)


def _of_bounds(condition: Condition | None, effect: Effect) -> Effect:
    """What more matching records do to a number that has bounds."""
    assert condition
    if (condition.at_least is None) == (condition.at_most is None):
        return 0
    return effect if condition.at_least is not None else turned(effect)


def _test(test: Test, path: Path, effect: Effect) -> Iterator[Limit]:
    for operator, operand in test.parts():
        if operator in (*HARDER, *EASIER):
            one = effect if operator in EASIER else turned(effect)
            if isinstance(operand, Shifted):
                yield Limit((*path, operator, "plus"), operand.plus, one)
                yield Limit((*path, operator, "minus"), operand.minus, turned(one))
            else:
                yield Limit((*path, operator), operand, one)


def _related(clause: Related, path: Path, effect: Effect) -> Iterator[Limit]:
    """`effect` is what it does that more records match."""
    yield from _condition(clause.where, (*path, "where"), effect)
    yield Limit((*path, "look_back"), clause.look_back, effect)
    yield Limit((*path, "nth"), clause.nth, turned(effect))


def _spells(clause: Interval) -> Iterator[Limit]:
    yield from _condition(clause.where, ("staffed_by", "where"), -1)


def _end(end: Any, path: Path, effect: Effect) -> Iterator[Limit]:
    match end:
        case FirstOf(first_of=several):
            for index, one in enumerate(several):
                yield from _end(one, (*path, "first_of", index), effect)
        case LatestOf(latest_of=several):
            for index, one in enumerate(several):
                yield from _end(one, (*path, "latest_of", index), 0)
        case Related():
            yield from _related(end, path, effect)


def turned(effect: Effect) -> Effect:
    return 0 if effect == 0 else -1 if effect == 1 else 1


def size(value: object, unit: str = "") -> tuple[str, Fraction] | None:
    """(clock or kind, size) of a value as written, where it has a size; `unit` is that of its parameter."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return ("elapsed", Fraction(value * TIME_UNITS[unit])) if unit in TIME_UNITS else ("number", Fraction(value))
    text = str(value)
    for scalar, sized in SIZES.items():
        try:
            return sized(scalar.parse(text))
        except ValueError:
            continue
    return None


SIZES: Mapping[type[Scalar], Callable[[Any], tuple[str, Fraction]]] = {
    Share: lambda one: ("share", one.value), Duration: lambda one: (one.clock, Fraction(one.amount)),
    TimeOfDay: lambda one: ("time", Fraction(one.micros)), Day: lambda one: ("date", Fraction(one.number)),
}  # fmt: skip


__all__ = ["Effect", "Limit", "limits", "size", "turned"]
