"""One policy against the record types, the documents and its own parameters (language §2, §5, §6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checker.errors import Problem, Text, say
from checker.load.check_clocks import clocks
from checker.load.check_conditions import condition, duration, interval, matched, number, related, window
from checker.load.check_judged import judged_at
from checker.load.check_parameters import parameters
from checker.load.check_records import spell
from checker.load.check_sense import sense
from checker.load.check_values import fits
from checker.load.check_words import because
from checker.load.fields import Kind, Scope, known_record, path_of
from checker.load.meant import listed
from checker.load.spot import Spot
from checker.policy.conditions import Condition, Related, Shifted, Test
from checker.policy.kinds import (
    Accountable,
    Base,
    Covers,
    DaysOf,
    Deadline,
    FirstOf,
    Frequency,
    Ladder,
    LatestOf,
    MeanOf,
    PeriodField,
    Presence,
    Rate,
    RatioOf,
    Requirement,
    Sequence,
)
from checker.policy.over import FINDING, RECORD
from checker.policy.records import MOMENTS, NUMBERS
from checker.policy.values import DAY, Duration, Parameter

ALWAYS = frozenset({"always"})


def policy(spot: Spot, types: Scope, one: Base) -> Iterator[Problem]:
    """Everything that is wrong with a policy in the light of the record types; `types` has no record and no parameters."""
    if isinstance(one, Ladder):
        types = replace(types, types={**types.types, RECORD: FINDING})
    named = one.share_of.record if isinstance(one, Rate) else RECORD if isinstance(one, Ladder) else getattr(one, "for_each", None)
    place = spot.at("share_of", "record") if isinstance(one, Rate) else spot.at("for_each")
    if named is not None:
        yield from known_record(place, types, named)
    lost = {f"${path[len(spot.path) + 1]}" for path in spot.source.lost if path[: len(spot.path) + 1] == (*spot.path, "parameters") and len(path) > len(spot.path) + 1}
    scope = Scope(types.types, named if named in types.types else None, one.parameters, types.windows, types.broken | lost)
    yield from _common(spot, scope, one)
    yield from clocks(spot, one)
    match one:
        case Requirement():
            yield from _requirement(spot, scope, one)
        case Deadline():
            yield from _deadline(spot, scope, one)
        case Frequency():
            yield from _frequency(spot, scope, one)
        case Rate():
            yield from _rate(spot, scope, one)
        case Sequence():
            yield from _sequence(spot, scope, one)
        case Presence():
            yield from _presence(spot, scope, one)
        case Ladder():
            yield from _ladder(spot, scope, one)


def _common(spot: Spot, scope: Scope, one: Base) -> Iterator[Problem]:
    """What every kind of policy has."""
    yield from parameters(spot, scope, one)
    yield from sense(spot, one)
    yield from because(spot, scope, one)
    who = one.accountable
    if scope.record is not None and isinstance(who, str):
        yield from path_of(spot.at("accountable"), scope, who)
    elif scope.record is not None and isinstance(who, Accountable):
        for index, path in enumerate(who.first_present):
            yield from path_of(spot.at("accountable", "first_present", index), scope, path)
    if isinstance(who, Accountable) and who.unless_absent is not None:
        yield from _absence(spot.at("accountable", "unless_absent"), scope, who.unless_absent)
    if isinstance(one.points, str):
        yield from path_of(spot.at("points"), scope, one.points, NUMBERS)
    if one.effective and one.effective.from_ and one.effective.until and one.effective.until.number < one.effective.from_.number:
        yield spot.at("effective", "until").problem("dates.order", say("`until` 早于 `from`", "`until` lies before `from`"), say("改其中一个", "change one of them"))
    for index, path in enumerate(getattr(one, "subject", None) or ()):
        yield from path_of(spot.at("subject", index), scope, path)
    for key in ("where", "excused_when"):
        yield from condition(spot.at(key), scope, getattr(one, key, None))


def _absence(spot: Spot, scope: Scope, record: str) -> Iterator[Problem]:
    yield from known_record(spot, scope, record)
    if record in scope.types and scope.types[record].absence is None:
        what = say("`{r}` 没有说怎样算请假", "`{r}` does not say what being away is", r=record)
        yield spot.problem("absence.unknown", what, say("在它的记录类型里写 `absence:`", "write `absence:` in its record type"))


# --- requirement and deadline ----------------------------------------------------------------------------------------


def _requirement(spot: Spot, scope: Scope, one: Requirement) -> Iterator[Problem]:
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


def _deadline(spot: Spot, scope: Scope, one: Deadline) -> Iterator[Problem]:
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


# --- frequency -------------------------------------------------------------------------------------------------------


def _frequency(spot: Spot, scope: Scope, one: Frequency) -> Iterator[Problem]:
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


# --- rate ------------------------------------------------------------------------------------------------------------


def _rate(spot: Spot, scope: Scope, one: Rate) -> Iterator[Problem]:
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


# --- sequence, presence, ladder --------------------------------------------------------------------------------------


def _sequence(spot: Spot, scope: Scope, one: Sequence) -> Iterator[Problem]:
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


def _presence(spot: Spot, scope: Scope, one: Presence) -> Iterator[Problem]:
    yield from window(spot.at("during"), scope, one.during, ALWAYS)
    spell = one.staffed_by
    yield from interval(spot.at("staffed_by"), scope, spell.record, spell.match, spell.where, spell.from_, spell.to)
    yield from number(spot.at("at_least"), scope, one.at_least, "at_least", least=1)
    if one.tolerance is not None:
        yield from duration(spot.at("tolerance"), scope, one.tolerance)


def _ladder(spot: Spot, scope: Scope, one: Ladder) -> Iterator[Problem]:
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

