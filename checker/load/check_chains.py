"""Sequences, presence and ladders against the record types (language §2, §6)."""

from __future__ import annotations

from collections.abc import Iterator

from checker.errors import Problem, say
from checker.load.check_conditions import condition, duration, interval, matched, number, related, window
from checker.load.check_values import fits
from checker.load.fields import Kind, Scope, known_record, path_of
from checker.load.meant import listed
from checker.load.spot import Spot
from checker.policy.kinds import Ladder, Presence, Sequence
from checker.policy.records import MOMENTS

ALWAYS = frozenset({"always"})


def sequence(spot: Spot, scope: Scope, one: Sequence) -> Iterator[Problem]:
    steps, inner = one.steps, scope.of(one.steps.record)
    place = spot.at("steps")
    yield from known_record(place.at("record"), scope, steps.record)
    yield from matched(place.at("match"), scope, inner, steps.match)
    yield from condition(place.at("where"), inner, steps.where)
    yield from path_of(place.at("name"), inner, steps.name)
    yield from path_of(place.at("time"), inner, steps.time, MOMENTS)
    if steps.ties is not None:
        yield from path_of(place.at("ties"), inner, steps.ties, frozenset({"count"}))
    kind = inner.kind(steps.name)
    ordered = {step for entry in one.order for step in ((entry,) if isinstance(entry, str) else entry)}
    for path, step in _steps(one):
        if isinstance(kind, Kind):
            yield from fits(spot.at(*path), inner, kind, step, steps.name)
        if path[0] == "required" and step not in ordered:
            what = say("`{s}` 不在 `order` 里", "`{s}` is not in `order`", s=step)
            yield spot.at(*path).problem("sequence.required", what, say("写进 `order`,或从这里删去", "add it to `order`, or remove it here"))
    yield from _twice(spot, one)
    yield from _restarts(spot, one, ordered)


def _twice(spot: Spot, one: Sequence) -> Iterator[Problem]:
    """A step has one place in the order."""
    seen: set[str] = set()
    for path, step in _steps(one):
        if path[0] == "order" and step in seen:
            what = say("`{s}` 在 `order` 里写了两次,不知道该在哪一步", "`{s}` stands twice in `order`: its place is not known", s=step)
            yield spot.at(*path).problem("sequence.twice", what, say("留下一个;可以重来的步骤写进 `restarts`", "keep one; what may come again goes under `restarts`"))
        seen.add(step)


def _restarts(spot: Spot, one: Sequence, ordered: set[str]) -> Iterator[Problem]:
    """A restart is no step of the order, and goes back to steps that are."""
    for named, targets in (one.restarts or {}).items():
        if named in ordered:
            what = say("`{s}` 既在 `order` 里,又是重新开始", "`{s}` is in `order` and a restart too", s=named)
            yield spot.at("restarts", named).problem("sequence.restart", what, say("从 `order` 里删去", "remove it from `order`"), key=True)
        for index, step in enumerate(targets):
            if step not in ordered:
                what = say("`{s}` 不在 `order` 里", "`{s}` is not in `order`", s=step)
                fix = say("写 `order` 里的一步", "write a step of `order`")
                yield spot.at("restarts", named, index).problem("sequence.restart", what, fix)


def _steps(one: Sequence) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every step named, with its path."""
    for index, entry in enumerate(one.order):
        if isinstance(entry, str):
            yield ("order", index), entry
        else:
            yield from ((("order", index, inner), step) for inner, step in enumerate(entry))
    yield from ((("required", index), step) for index, step in enumerate(one.required or ()))
    for name, targets in (one.restarts or {}).items():
        yield ("restarts", name), name
        yield from ((("restarts", name, index), step) for index, step in enumerate(targets))


def presence(spot: Spot, scope: Scope, one: Presence) -> Iterator[Problem]:
    yield from window(spot.at("during"), scope, one.during, ALWAYS)
    spell = one.staffed_by
    yield from interval(spot.at("staffed_by"), scope, spell.record, spell.match, spell.where, spell.from_, spell.to)
    yield from number(spot.at("at_least"), scope, one.at_least, "at_least", least=1)
    if one.tolerance is not None:
        yield from duration(spot.at("tolerance"), scope, one.tolerance)


def ladder(spot: Spot, scope: Scope, one: Ladder) -> Iterator[Problem]:
    whom = ("accountable", "subject", "site_id", "team_id")
    if one.per not in whom:
        what = say("不能按 `{p}` 累计", "findings are not counted by `{p}`", p=one.per)
        yield spot.at("per").problem("ladder.per", what, say("写 {k} 之一", "write one of {k}", k=listed(whom)))
    yield from duration(spot.at("look_back"), scope, one.look_back)
    before = 0
    for index, step in enumerate(one.steps):
        place = spot.at("steps", index)
        yield from number(place.at("count"), scope, step.count, "count", least=1)
        if isinstance(step.count, int):
            if step.count <= before:
                yield place.at("count").problem("ladder.order", say("次数没有递增", "the counts do not rise"), say("写大于 {n} 的数", "write more than {n}", n=before))
            before = max(before, step.count)
        if step.expects is not None:
            yield from related(place.at("expects"), scope, step.expects, timed=True)
        if (step.expects is None) != (step.due is None):
            what = say("`expects` 和 `due` 要一起写", "`expects` and `due` go together")
            yield place.problem("ladder.due", what, say("补上缺的一个", "add the one that is missing"))
        if step.due is not None:
            yield from duration(place.at("due"), scope, step.due)


__all__ = ["ladder", "presence", "sequence"]
