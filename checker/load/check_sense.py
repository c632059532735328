"""Values that are of the right kind and still say nothing: a limit below zero, a cycle of 0 seconds, a share over 100 %."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from checker.errors import Problem, say
from checker.load.fields import parameter_kind, reads_as
from checker.load.source import Path
from checker.load.spot import Spot
from checker.policy.conditions import Condition
from checker.policy.kinds import Base, Covers, Frequency, Presence, Rate
from checker.policy.records import ParameterSpec, RecordType
from checker.policy.values import Duration, Parameter, Share
from checker.policy.walk import walk

Owner = Base | RecordType
ONE = frozenset({"divided_by", "nth", "count", "min_sample"})
"""Keys of whole numbers from 1 on."""
LONG = frozenset({"within", "look_back", "never_without_for"})
"""Keys of lengths of time that are not 0."""
SIGNED = frozenset({"CNY"})
"""Units of amounts that may lie below zero: a difference of accounts is one."""
FULL = Fraction(1)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a value is at least; `long`: no length of 0; `part`: a share of a whole, `some` of it."""

    least: int = 0
    long: bool = False
    part: bool = False
    some: bool = False


def sense(spot: Spot, owner: Owner) -> Iterator[Problem]:
    """The values of a policy or record type: those written where they are used, and those of its parameters."""
    for path, part in walk(owner):
        if (bounds := _bounds(owner, path)) and path[0] != "parameters":
            yield from within(spot.at(*path), bounds, part)
    used = bounds_of(owner)
    for name, spec in owner.parameters.items():
        for place, value in _values(spot.at("parameters", name), spec):
            yield from of_parameter(place, spec, used.get(name, Bounds()), value)


def bounds_of(owner: Owner) -> Mapping[str, Bounds]:
    """Parameter -> what its use demands of its values."""
    return {part.name: bounds for path, part in walk(owner) if isinstance(part, Parameter) and (bounds := _bounds(owner, path))}


def of_parameter(spot: Spot, spec: ParameterSpec, bounds: Bounds, value: object) -> Iterator[Problem]:
    """A value of a parameter, in its own file or in a profile. Flags, times and texts are left alone."""
    if value != "set by site" and parameter_kind(spec).type in ("count", "duration", "share") and spec.unit not in SIGNED:
        yield from within(spot, bounds, value)


def within(spot: Spot, bounds: Bounds, value: object) -> Iterator[Problem]:
    """That a value keeps to its bounds."""
    text = str(value) if isinstance(value, str | Duration) else ""
    if isinstance(value, int) and not isinstance(value, bool):
        least = max(bounds.least, int(bounds.long))
        if value < least:
            yield spot.problem("number.small", say("`{n}` 太小", "`{n}` is too small", n=value), say("不小于 {l}", "at least {l}", l=least))
    elif bounds.long and text != "same day" and reads_as(Duration, text) and Duration.parse(text).amount == 0:
        yield spot.problem("duration.zero", say("`{d}` 没有长度", "`{d}` has no length", d=text), say("写大于 0 的时长", "write more than 0"))
    elif bounds.part and reads_as(Share, text):
        share = Share.parse(text).value
        if share > FULL:
            yield spot.problem("share.large", say("`{s}` 超过 100 %", "`{s}` is more than 100 %", s=text), say("写不超过 `100 %` 的比率", "write at most `100 %`"))
        elif bounds.some and share == 0:
            yield spot.problem("share.zero", say("`{s}` 什么也不要求", "`{s}` demands nothing", s=text), say("写大于 `0 %` 的比率", "write more than `0 %`"))


def _bounds(owner: Owner, path: Path) -> Bounds | None:
    """What stands at a path of an owner must be; None where nothing is known."""
    key = path[-1] if path else None
    if key in ONE:
        return Bounds(least=1)
    if key in LONG:
        return Bounds(long=True)
    match owner:
        case Frequency() | Presence() if path == ("at_least",):
            return Bounds(least=1)
        case Rate() if path in (("at_least",), ("at_most",)) and isinstance(owner.that, Condition):
            return Bounds(part=True, some=key == "at_least")
        case Frequency(covers=Covers()) if path == ("covers", "share"):
            return Bounds(part=True, some=True)
    return None


def _values(spot: Spot, spec: ParameterSpec) -> Iterator[tuple[Spot, object]]:
    if spec.value is not None:
        yield spot.at("value"), spec.value
    for index, one in enumerate(spec.values or ()):
        yield spot.at("values", index, "value"), one.value
    for index, choice in enumerate(spec.one_of or ()):
        yield spot.at("one_of", index), choice


__all__ = ["Bounds", "bounds_of", "of_parameter", "sense"]
