"""Rates against the record types: of what, per what, with a target of the same kind (language §2, §7.7)."""

from __future__ import annotations

from collections.abc import Iterator

from checker.errors import Problem, say
from checker.load.check_conditions import condition, duration, number
from checker.load.check_values import fits
from checker.load.fields import Kind, Scope, path_of
from checker.load.spot import Spot
from checker.policy.conditions import Condition, Related, Shifted, Test
from checker.policy.kinds import MeanOf, Rate, RatioOf
from checker.policy.records import MOMENTS, NUMBERS
from checker.policy.values import DAY, Duration, Parameter


def rate(spot: Spot, scope: Scope, one: Rate) -> Iterator[Problem]:
    population = one.share_of
    record = scope.types.get(scope.record or "")
    yield from condition(spot.at("share_of", "where"), scope, population.where)
    if population.time is not None:
        yield from path_of(spot.at("share_of", "time"), scope, population.time, MOMENTS)
    elif record is not None and record.time is None:
        what = say("`{r}` 没有自己的时间", "`{r}` has no time of its own", r=record.record)
        yield spot.at("share_of", "record").problem("related.time", what, say("写 `time: …`", "write `time: …`"))
    for index, path in enumerate(population.distinct or ()):
        yield from path_of(spot.at("share_of", "distinct", index), scope, path)
    for index, path in enumerate(one.group_by):
        yield from path_of(spot.at("group_by", index), scope, path)
    yield from _that(spot, scope, one)
    if isinstance(one.per, Parameter):
        yield from fits(spot.at("per"), scope, Kind("period"), one.per, "per")
    if one.min_sample is not None:
        yield from number(spot.at("min_sample"), scope, one.min_sample, "min_sample")
    if one.counted_until is not None:
        yield from duration(spot.at("counted_until"), scope, one.counted_until)
        yield from _shorter(spot, one)


def _that(spot: Spot, scope: Scope, one: Rate) -> Iterator[Problem]:
    """What is counted, and a target of the same kind."""
    target: Kind | None = Kind("share")
    place = spot.at("that")
    match one.that:
        case Condition():
            yield from condition(place, scope, one.that)
        case MeanOf(mean_of=path):
            yield from path_of(place.at("mean_of"), scope, path, NUMBERS)
            found = scope.kind(path)
            target = found if isinstance(found, Kind) else None
        case RatioOf(sum_of=above, over=below):
            yield from path_of(place.at("sum_of"), scope, above, NUMBERS)
            yield from path_of(place.at("over"), scope, below, NUMBERS)
    key = "at_least" if one.at_least is not None else "at_most"
    if target is not None:
        yield from fits(spot.at(key), scope, target, getattr(one, key), key)


def _shorter(spot: Spot, one: Rate) -> Iterator[Problem]:
    """A rate that is closed before a limit inside it has run out (language §7.7)."""
    until = one.counted_until
    if not isinstance(until, Duration) or not isinstance(one.that, Condition):
        return
    for limit in _limits(one.that):
        if _length(limit) > _length(until):
            what = say("`{u}` 短于 `that` 里的时限 `{l}`", "`{u}` is shorter than the limit `{l}` inside `that`", u=until, l=limit)
            yield spot.at("counted_until").problem("rate.counted-until", what, say("不短于 `{l}`", "write at least `{l}`", l=limit))
            return


def _limits(written: Condition) -> Iterator[Duration]:
    for _, value in written.parts():
        inner = value if isinstance(value, tuple) else (value,)
        for one in inner:
            if isinstance(one, Condition):
                yield from _limits(one)
            elif isinstance(one, Related) and one.where is not None:
                yield from _limits(one.where)
            elif isinstance(one, Test):
                yield from (operand.plus for _, operand in one.parts() if isinstance(operand, Shifted) and isinstance(operand.plus, Duration))


def _length(length: Duration) -> int:
    """Roughly how long, to compare limits on different clocks: working days are seven a week, months thirty days."""
    return length.amount if length.clock == "elapsed" else length.amount * DAY * (30 if length.clock == "months" else 1)


__all__ = ["rate"]
