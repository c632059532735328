"""Requirements and deadlines against the record types (language §2, §5)."""

from __future__ import annotations

from collections.abc import Iterator

from checker.errors import Problem, say
from checker.load.check_conditions import condition, duration, interval, related, window
from checker.load.check_judged import judged_at
from checker.load.check_values import fits
from checker.load.fields import Kind, Scope, path_of
from checker.load.spot import Spot
from checker.policy.conditions import Related
from checker.policy.kinds import Deadline, FirstOf, LatestOf, Requirement
from checker.policy.records import MOMENTS
from checker.policy.values import Duration, Parameter


def requirement(spot: Spot, scope: Scope, one: Requirement) -> Iterator[Problem]:
    for key in ("require", "forbidden"):
        yield from condition(spot.at(key), scope, getattr(one, key))
    yield from _each_of(spot, scope, one.each_of)
    for key in ("starts", "judged_at"):
        path = getattr(one, key)
        if path is not None:
            yield from path_of(spot.at(key), scope, path, MOMENTS)
    if one.within is not None:
        yield from duration(spot.at("within"), scope, one.within)
        yield from _counted_in(spot, scope, one.counted_in, one.within)
    yield from judged_at(spot, scope, one)


def _each_of(spot: Spot, scope: Scope, path: str | None) -> Iterator[Problem]:
    if path is not None:
        yield from path_of(spot.at("each_of"), scope, path, frozenset({"list"}))


def deadline(spot: Spot, scope: Scope, one: Deadline) -> Iterator[Problem]:
    yield from _each_of(spot, scope, one.each_of)
    starts = [((), one.starts)] if isinstance(one.starts, str) else [(("first_present", index), path) for index, path in enumerate(one.starts.first_present)]
    for steps, path in starts:
        yield from path_of(spot.at("starts", *steps), scope, path, MOMENTS)
    yield from _end(spot.at("ends"), scope, one.ends)
    if one.ends_by is not None:
        yield from path_of(spot.at("ends_by"), scope, one.ends_by, MOMENTS)
    yield from duration(spot.at("within"), scope, one.within)
    yield from _counted_in(spot, scope, one.counted_in, one.within)
    yield from _cutoff(spot, scope, one)
    if one.paused_by is not None:
        paused = one.paused_by
        yield from interval(spot.at("paused_by"), scope, paused.record, paused.match, paused.where, paused.from_, paused.to)


def _end(spot: Spot, scope: Scope, end: object) -> Iterator[Problem]:
    match end:
        case str():
            yield from path_of(spot, scope, end, MOMENTS)
        case FirstOf(first_of=members):
            for index, one in enumerate(members):
                yield from _end(spot.at("first_of", index), scope, one)
        case LatestOf(latest_of=members):
            for index, one in enumerate(members):
                yield from _end(spot.at("latest_of", index), scope, one)
        case Related():
            yield from related(spot, scope, end, timed=True)


def _counted_in(spot: Spot, scope: Scope, name: object, within: Parameter | Duration) -> Iterator[Problem]:
    if name is None:
        return
    yield from window(spot.at("counted_in"), scope, name)
    if isinstance(within, Duration) and within.clock != "elapsed":
        what = say("`{w}` 按日历计,没有可停的钟", "`{w}` goes by the calendar: no clock stands still", w=within)
        fix = say("`within` 写小时或分钟,或删去 `counted_in`", "write `within` in hours or minutes, or remove `counted_in`")
        yield spot.at("counted_in").problem("clock.counted", what, fix, key=True)


def _cutoff(spot: Spot, scope: Scope, one: Deadline) -> Iterator[Problem]:
    if one.cutoff is None:
        return
    yield from fits(spot.at("cutoff", "after"), scope, Kind("time"), one.cutoff.after, "after")
    if isinstance(one.within, Duration) and one.within.clock == "elapsed":
        what = say("`{w}` 不论在哪一天开始都一样长", "`{w}` is as long whenever it starts", w=one.within)
        yield spot.at("cutoff").problem("clock.cutoff", what, say("`cutoff` 用于 `same day` 和按天计的时限", "`cutoff` goes with `same day` and limits in days"), key=True)
    if one.cutoff.then.clock == "elapsed":
        what = say("`{t}` 不是某一天的结束", "`{t}` is not the end of a day", t=one.cutoff.then)
        yield spot.at("cutoff", "then").problem("clock.cutoff", what, say("例如写 `next day`", "write for example `next day`"))


__all__ = ["deadline", "requirement"]
