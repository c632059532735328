"""Lengths that only make sense on some clocks: written in a policy, in the values of its parameters, in a profile, in a fixture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.errors import Problem, Text, say
from checker.load.fields import reads_as
from checker.load.spot import Spot
from checker.policy.kinds import Base, Frequency, Presence
from checker.policy.records import TIME_UNITS, ParameterSpec
from checker.policy.values import DAY, Clock, Duration, Parameter

DAYS: frozenset[Clock] = frozenset({"calendar days"})
ACTIVE: frozenset[Clock] = frozenset({"elapsed", "calendar days", "months"})
ELAPSED: frozenset[Clock] = frozenset({"elapsed"})
APART = say("间隔按当地日期计", "the distance is counted in local dates")
IN_FORCE = say("在册时间按日历天或月计", "active time is counted in calendar days or months")
GAP = say("空缺按流逝的时间量", "a gap is measured in elapsed time")


@dataclass(frozen=True, slots=True)
class Length:
    """A length in a policy, the clocks that it may have, and why."""

    path: tuple[str | int, ...]
    written: Parameter | Duration
    clocks: frozenset[Clock]
    why: Text


def lengths(one: Base) -> Iterator[Length]:
    """The lengths of a policy that may not be on every clock."""
    match one:
        case Presence() if one.tolerance is not None:
            yield Length(("tolerance",), one.tolerance, ELAPSED, GAP)
        case Frequency():
            if one.counted_if_apart is not None:
                yield Length(("counted_if_apart",), one.counted_if_apart, DAYS, APART)
            for index, part in enumerate(one.part_period or ()):
                if part.active_at_least is not None:
                    yield Length(("part_period", index, "active_at_least"), part.active_at_least, ACTIVE, IN_FORCE)


def clocks(spot: Spot, one: Base) -> Iterator[Problem]:
    """That a policy's lengths, and the values of the parameters that stand for them, are on a clock that they can have."""
    for length in lengths(one):
        if isinstance(length.written, Duration):
            yield from _told(spot.at(*length.path), length, length.written)
            continue
        spec = one.parameters.get(length.written.name)
        if spec is not None:
            place = spot.at("parameters", length.written.name)
            yield from _value(place.at("value"), length, spec, spec.value)
            for index, dated in enumerate(spec.values or ()):
                yield from _value(place.at("values", index, "value"), length, spec, dated.value)


def set_clocks(spot: Spot, one: Base, name: str, setting: object) -> Iterator[Problem]:
    """The same of a value, or of dated values, that a profile or a fixture gives a parameter of a policy."""
    for length in lengths(one):
        if length.written == Parameter(name) and name in one.parameters:
            listed = [(spot.at(index, "value"), dated.value) for index, dated in enumerate(setting)] if isinstance(setting, tuple) else [(spot, setting)]
            for place, value in listed:
                yield from _value(place, length, one.parameters[name], value)


def _value(spot: Spot, length: Length, spec: ParameterSpec, written: object) -> Iterator[Problem]:
    if isinstance(written, str) and reads_as(Duration, written):
        yield from _told(spot, length, Duration.parse(written))
    elif isinstance(written, int) and spec.unit in TIME_UNITS:
        yield from _told(spot, length, Duration(written * TIME_UNITS[spec.unit], "elapsed", f"{written} {spec.unit}"))


def _told(spot: Spot, length: Length, found: Duration) -> Iterator[Problem]:
    if found.clock in length.clocks:
        return
    what = Text(f"{length.why.zh},不是 `{found}`", f"{length.why.en}, not `{found}`")
    wanted = f"{max(_days(found), 1)} calendar days" if "calendar days" in length.clocks else f"{max(_days(found), 1) * 24} hours"
    yield spot.problem("duration.clock", what, say("写 `{w}`", "write `{w}`", w=wanted))


def _days(length: Duration) -> int:
    """Roughly how many days: a month is thirty."""
    return -(-length.amount // DAY) if length.clock == "elapsed" else length.amount * (30 if length.clock == "months" else 1)


__all__ = ["clocks", "set_clocks"]
