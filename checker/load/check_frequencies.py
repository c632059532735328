"""Frequencies against the record types: who owes what, how often, on which days, for parts of a period (language §2)."""

from __future__ import annotations

from collections.abc import Iterator

from checker.errors import Problem, Text, say
from checker.load.check_conditions import condition, duration, matched, number, related
from checker.load.check_records import spell
from checker.load.check_values import fits
from checker.load.fields import Kind, Scope, known_record, path_of
from checker.load.spot import Spot
from checker.policy.kinds import Covers, DaysOf, Frequency, PeriodField
from checker.policy.records import MOMENTS
from checker.policy.values import Parameter


def frequency(spot: Spot, scope: Scope, one: Frequency) -> Iterator[Problem]:
    yield from _roster(spot, scope, one)
    yield from related(spot.at("expects"), scope, one.expects, timed=one.expects.for_period is None)
    if one.at_least is not None:
        yield from number(spot.at("at_least"), scope, one.at_least, "at_least", least=1)
    yield from _every(spot, scope, one)
    for key in ("counted_if_apart", "never_without_for", "due"):
        length = getattr(one, key)
        if length is not None:
            yield from duration(spot.at(key), scope, length)
    yield from _reports(spot, one)
    yield from _parts(spot.at("part_period"), scope, one)
    if one.covers is not None:
        yield from _covers(spot.at("covers"), scope, one.expects.record, one.covers)


def _reports(spot: Spot, one: Frequency) -> Iterator[Problem]:
    """A time after the period's end goes with records that say of which period they are."""
    if one.due is not None and one.expects.for_period is None:
        what = say("`due` 之前交来的记录算哪一期,没有说", "it is not said of which period a record is that comes until `due`")
        yield spot.at("due").problem("frequency.due", what, say("在 `expects` 里写 `for_period: …`", "write `for_period: …` in `expects`"), key=True)


def _roster(spot: Spot, scope: Scope, one: Frequency) -> Iterator[Problem]:
    """Whose spells say who owes it."""
    record = scope.types.get(scope.record or "")
    if one.active is not None:
        yield from spell(spot.at("active"), scope, one.active)
    elif one.every == "spell" and record is not None and record.active is None:
        what = say("`{r}` 没有起止日期", "`{r}` has no spells", r=record.record)
        yield spot.at("every").problem("frequency.spell", what, say("写 `active: {from: …, to: …}`", "write `active: {from: …, to: …}`"))


def _every(spot: Spot, scope: Scope, one: Frequency) -> Iterator[Problem]:
    match one.every:
        case Parameter():
            yield from fits(spot.at("every"), scope, Kind("period"), one.every, "every")
        case PeriodField(field=path):
            yield from path_of(spot.at("every", "field"), scope, path, frozenset({"text", "enum"}))
        case DaysOf():
            yield from _days_of(spot.at("every"), scope, one.every)
    if one.duty_days is not None:
        yield from _days_of(spot.at("duty_days"), scope, one.duty_days)
    elif one.every == "duty day":
        what = say("没有说哪些是当班日", "it is not said which days are duty days")
        shape = "`duty_days: {record: shift, match: {…}, days_of: …}`"
        yield spot.at("every").problem("frequency.duty-days", what, Text(f"写 {shape}", f"write {shape}"))


def _days_of(spot: Spot, scope: Scope, days: DaysOf) -> Iterator[Problem]:
    yield from known_record(spot.at("record"), scope, days.record)
    inner = scope.of(days.record)
    yield from matched(spot.at("match"), scope, inner, days.match)
    yield from condition(spot.at("where"), inner, days.where)
    yield from path_of(spot.at("days_of"), inner, days.days_of, MOMENTS)


def _parts(spot: Spot, scope: Scope, one: Frequency) -> Iterator[Problem]:
    """What is due of part of a period: every case is reached, the last is `otherwise`."""
    parts = one.part_period or ()
    for index, part in enumerate(parts):
        place = spot.at(index)
        if (part.active_at_least is None) == (part.otherwise is None):
            what = say("每一项写 `active_at_least` 或 `otherwise: true`", "each entry has `active_at_least` or `otherwise: true`")
            yield place.problem("part.form", what, say("留下一个", "keep one of them"))
        if part.active_at_least is not None:
            yield from duration(place.at("active_at_least"), scope, part.active_at_least)
        if part.otherwise and index < len(parts) - 1:
            what = say("`otherwise` 后面的项永远用不到", "nothing after `otherwise` is ever reached")
            yield place.at("otherwise").problem("case.unreached", what, say("把它放到最后", "put it last"), key=True)
    if parts and parts[-1].otherwise is None:
        what = say("没有说其余情况应做多少", "it is not said what is due otherwise")
        yield spot.at(len(parts) - 1).problem("part.otherwise", what, say("加 `{otherwise: true, due: none}`", "add `{otherwise: true, due: none}`"))


def _covers(spot: Spot, scope: Scope, record: str, covers: Covers) -> Iterator[Problem]:
    inner, members = scope.of(record), scope.of(covers.all_of.record)
    yield from path_of(spot.at("field"), inner, covers.field, frozenset({"list"}))
    place = spot.at("all_of")
    yield from known_record(place.at("record"), scope, covers.all_of.record)
    yield from matched(place.at("match"), scope, members, covers.all_of.match)
    yield from condition(place.at("where"), members, covers.all_of.where)
    yield from path_of(place.at("field"), members, covers.all_of.field)
    if covers.share is not None:
        yield from fits(spot.at("share"), scope, Kind("share"), covers.share, "share")
    for index, path in enumerate(covers.complete_when or ()):
        yield from path_of(spot.at("complete_when", index), inner, path, frozenset({"count"}))


__all__ = ["frequency"]
