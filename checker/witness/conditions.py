"""Conditions, read once and asked of many rows: by three values, and pending where a time that has not come decides."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from checker.calendars import instant_utc
from checker.holds import Truth, all_hold, any_holds, negated
from checker.policy.conditions import Condition, Related, Shifted, Summed, Test
from checker.policy.kinds import Base
from checker.policy.values import Day, Duration, Instant, Parameter, Share
from checker.witness.comparing import Says, among, among_these, comparing, comparing_fixed, includes
from checker.witness.fields import Fields, Get
from checker.witness.fields import Instant as At
from checker.witness.part import Part
from checker.witness.records import Row
from checker.witness.related import NOWHERE, Bounds, Clause
from checker.witness.seen import LATER, Sight
from checker.witness.shifts import After, Edge, moved


class Conditions:
    """The conditions of one policy."""

    def __init__(self, fields: Fields) -> None:
        self.fields, self.types = fields, fields.types

    @property
    def policy(self) -> Base:
        return self.fields.policy

    def part(self, record: str, condition: Condition | None, path: str = "") -> Part:
        """A condition of records of a type; nothing written is true. Tests are named by where they stand (`any_of.0.rings`)."""
        parts = []
        for key, value in condition.parts() if condition else ():
            at = f"{path}.{key}" if path else key
            if key in ("all_of", "any_of"):
                parts.append(Part(key, parts=tuple(self.part(record, one, f"{at}.{index}") for index, one in enumerate(value))))
            elif key == "not":
                parts.append(Part("not", parts=(self.part(record, value, at),)))
            else:
                assert condition is not None
                needs = self.fields.seen.columns[record].get(key) if isinstance(value, Test) and ("present", True) in value.parts() else None
                parts.append(Part("test", at, says=self._test(record, key, value, condition), plain=self._plain(record, key, value), needs=needs))
        return Part("all_of", parts=tuple(parts))

    def truth(self, record: str, condition: Condition | None) -> Callable[[Sight, Row, At], Truth]:
        """What a condition says where it reads no related records."""
        asks = self.part(record, condition).asks
        return lambda sight, row, at: asks(sight, row, at, NOWHERE)

    def _plain(self, record: str, key: str, value: Any) -> int | None:
        """Where the stored field of few values stands that a test compares with what is written, and with nothing else."""
        spec = self.types[record].stored.get(key)
        if spec is None or spec.type not in ("enum", "flag"):
            return None
        operands = value.parts() if isinstance(value, Test) else [("is", value)]
        fixed = all(operator in ("is", "one_of", "none_of") and not isinstance(operand, Parameter | Shifted) for operator, operand in operands)
        return self.fields.seen.columns[record][key] if fixed else None

    def _test(self, record: str, key: str, value: Any, whole: Condition) -> Says:
        match key, value:
            case ("exists" | "none_exists"), Related():
                clause = Clause(self.fields, record, value)
                return _exists(clause, key == "exists")
            case "number_of", Related():
                return self._number_of(record, value, whole)
            case ("sum" | "mean_of"), Summed():
                return self._summed(record, key, value, whole)
        tests = [self._one(record, key, *pair) for pair in (value.parts() if isinstance(value, Test) else [("is", value)])]
        if len(tests) == 1:
            return tests[0]
        return lambda sight, row, at, bounds: all_hold([one(sight, row, at, bounds) for one in tests])

    # -- related records ----------------------------------------------------------------------------------------------

    def _number_of(self, record: str, value: Related, whole: Condition) -> Says:
        """How many match, by bounds: definite ones at least, and those that may."""
        clause = Clause(self.fields, record, value)
        limits = [(name == "at_least", self.fields.count(record, bound)) for name, bound in _bounds(whole)]

        def holds(sight: Sight, row: Row, at: At, bounds: Bounds) -> Truth:
            rows = clause.counting(sight, row, at, bounds)
            low, high = clause.size(sight, [one for one in rows if one.counts is True], at), clause.size(sight, rows, at)
            return all_hold([_between(least, low, high, limit(sight, row, at)) for least, limit in limits])

        return holds

    def _summed(self, record: str, key: str, value: Summed, whole: Condition) -> Says:
        """A sum by bounds; a mean where every row is known, of at least one. A value that is missing leaves both open."""
        clause, cell = Clause(self.fields, record, value), self.fields.cell(value.record, value.field)
        type_ = self.fields.type_of(value.record, value.field)
        limits = [(name == "at_least", self.constant(record, type_, bound)) for name, bound in _bounds(whole)]

        def holds(sight: Sight, row: Row, at: At, bounds: Bounds) -> Truth:
            there = [(one.counts, cell(sight, one.row, at)) for one in clause.counting(sight, row, at, bounds)]
            doubtful = any(counts is not True for counts, _ in there)
            if any(found is None for _, found in there) or (key == "mean_of" and (doubtful or not there)):
                return None
            low, high = (sum(found if counts is True else end(found, 0) for counts, found in there) for end in (min, max))
            number = len(there) if key == "mean_of" else 1
            return all_hold([_between(least, low, high, None if (one := limit(sight, row, at)) is None else one * number) for least, limit in limits])

        return holds

    # -- fields -------------------------------------------------------------------------------------------------------

    def _one(self, record: str, path: str, operator: str, operand: Any) -> Says:
        cell, type_ = self.fields.cell(record, path), self.fields.type_of(record, path)
        match operator:
            case "present":
                return lambda sight, row, at, bounds: (cell(sight, row, at) not in (None, LATER)) == operand
            case "one_of" | "none_of":
                listed = [self.constant(record, type_, one) for one in operand]
                if type_ != "instant" and not any(isinstance(one, Parameter | Shifted) for one in operand):
                    return among_these(cell, frozenset(one(None, (), None) for one in listed), operator == "one_of")  # type: ignore[arg-type]
                return among(cell, listed, operator == "one_of")
            case "includes" | "includes_all":
                return includes(cell, [self.constant(record, "text", one) for one in (operand if operator == "includes_all" else (operand,))])
            case "matches":
                pattern = re.compile(str(operand))
                return lambda sight, row, at, bounds: None if (found := cell(sight, row, at)) is None else pattern.fullmatch(found) is not None
            case "during":
                return self._during(record, path, operand)
            case "same_as" | "different_from":
                return comparing(cell, operator, self.fields.cell(record, str(operand)))
        right = self.constant(record, type_, operand, "start" if operator == "no_earlier_than" else "end")
        if type_ != "instant" and not isinstance(operand, Parameter | Shifted):
            return comparing_fixed(cell, operator, right(None, (), None))  # type: ignore[arg-type]
        return comparing(cell, operator, right)

    def _during(self, record: str, path: str, written: Any) -> Says:
        moment, named = self.fields.moment(record, path), self.window(record, written)

        def during(sight: Sight, row: Row, at: At, bounds: Bounds) -> Truth:
            found = moment(sight, row, at)
            if not isinstance(found, int):
                return "pending" if found is LATER else None
            return sight.place.is_open(named(sight, row, at), found)

        return during

    def window(self, record: str, written: Any) -> Callable[[Sight, Row, At], str]:
        """The name of a window; of a parameter, its value at the start of the audit's period."""
        if not isinstance(written, Parameter):
            name = str(written)
            return lambda sight, row, at: name
        value = self.fields.parameter(record, written)
        return lambda sight, row, at: str(getattr(value(sight.valued(sight.place.first), row, at), "value", ""))

    def constant(self, record: str, type_: str, written: Any, edge: Edge = "end") -> Get:
        """An operand, with the meaning that the field beside it gives it; `edge` of the day that a shift by days means."""
        match written:
            case Parameter():
                value = self.fields.parameter(record, written)
                return lambda sight, row, at: _plain(value(sight, row, at))
            case Shifted():
                return self._shifted(record, written, edge)
            case bool() | int():
                return lambda sight, row, at: written
        word = str(written)
        match type_:
            case "instant":
                instant, zones = Instant.parse(word), dict[str, int]()
                return lambda sight, row, at: zones.setdefault(sight.place.zone, instant_utc(sight.place.zone, instant))
            case "duration":
                found: Any = Duration.parse(word).amount
            case "date":
                found = Day.parse(word).number
            case "share":
                found = _share(Share.parse(word).value.numerator, Share.parse(word).value.denominator)
            case _:
                found = word
        return lambda sight, row, at: found

    def _shifted(self, record: str, written: Shifted, edge: Edge) -> Get:
        """Another field, plus or minus a length. One that has not come lies after the horizon, moved with it."""
        cell, dates = self.fields.cell(record, written.field), self.fields.type_of(record, written.field) == "date"
        lengths = [(sign, self.fields.length(record, one)) for sign, one in ((1, written.plus), (-1, written.minus)) if one is not None]

        def shifted(sight: Sight, row: Row, at: At) -> Any:
            value = cell(sight, row, at)
            for sign, length in lengths:
                if value is None or (amount := length(sight, row, at)) is None:
                    return None
                later = value is LATER or isinstance(value, After)
                base = sight.horizon if value is LATER else value.instant if isinstance(value, After) else value
                target = moved(sight.place, base, amount, sign, edge, dates)
                value = After(target) if later else target
            return value

        return shifted


def _exists(clause: Clause, wanted: bool) -> Says:
    """True on one definite match, unknown if a row whose key matches is unknown."""

    def exists(sight: Sight, row: Row, at: At, bounds: Bounds) -> Truth:
        found = any_holds([one.counts for one in clause.counting(sight, row, at, bounds)])
        return found if wanted else negated(found)

    return exists


def _bounds(whole: Condition) -> list[tuple[str, Any]]:
    return [(name, bound) for name, bound in (("at_least", whole.at_least), ("at_most", whole.at_most)) if bound is not None]


def _between(least: bool, low: Any, high: Any, limit: Any) -> Truth:
    if limit is None:
        return None
    surely, never = (low >= limit, high < limit) if least else (high <= limit, low > limit)
    return True if surely else False if never else None


def _plain(found: Any) -> Any:
    """A parameter's value beside a field."""
    if found is None:
        return None
    return _share(found.value, found.second) if found.kind == "share" else found.value


def _share(numerator: int, denominator: int) -> Decimal:
    """A share as rows hold it."""
    return (Decimal(numerator) / Decimal(denominator)).quantize(Decimal("1e-9"))


__all__ = ["NOWHERE", "Conditions"]
