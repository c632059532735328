"""What each kind of policy demands, as a person would say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from checker.errors import Text
from checker.finding import proposal
from checker.policy.conditions import Condition, Interval, Related
from checker.policy.kinds import (
    Covers,
    DaysOf,
    Deadline,
    FirstOf,
    Frequency,
    Ladder,
    LadderStep,
    LatestOf,
    MeanOf,
    PeriodField,
    Presence,
    Rate,
    Requirement,
    Sequence,
)
from checker.policy.over import RECORD
from checker.policy.records import FirstField
from checker.policy.values import Parameter
from checker.report.phrases import Phrases
from checker.report.sentences import WHOM

PERIODS = {
    "day": Text("每天", "every day"), "week": Text("每周(周一至周日)", "every ISO week"), "month": Text("每月", "every month"),
    "quarter": Text("每季度", "every quarter"), "half-year": Text("每半年", "every half-year"), "year": Text("每年", "every year"),
    "duty day": Text("每个当班日", "every duty day"), "spell": Text("每段在册时间", "every active spell"),
}  # fmt: skip
WORST = {
    "critical": Text("严重", "critical"), "major": Text("重要及以上", "major or worse"), "minor": Text("一般及以上", "minor or worse"),
    "advisory": Text("各级", "any severity"),
}  # fmt: skip
DUE = {"all": Text("全数", "all"), "half": Text("半数(进一)", "half, rounded up"), "none": Text("不要求", "none")}


def demand(policy: Any, words: Phrases) -> str:
    """What the policy demands, of what, with every condition of its kind."""
    return words.text(";", "; ").join(DEMANDS[policy.kind](policy, words))


def _of(policy: Any, words: Phrases) -> str:
    """`each call whose …`; of a list each member."""
    where, name = words.condition(policy.for_each, policy.where), words.record(policy.for_each)
    said = words.text("每一条{w}的{r}", "each {r} whose {w}", r=name, w=where) if where else words.text("每一条{r}", "each {r}", r=name)
    if each := getattr(policy, "each_of", None):
        return words.text("{s}中{f}的每一项", "each of {f} in {s}", s=said, f=words.field(policy.for_each, each))
    return said


# --- requirement and deadline ----------------------------------------------------------------------------------------


def _requirement(policy: Requirement, words: Phrases) -> Iterator[str]:
    record = policy.for_each
    if policy.forbidden:
        yield words.text("{o},不得:{c}", "{o} must not have: {c}", o=_of(policy, words), c=words.condition(record, policy.forbidden))
    else:
        yield words.text("{o},应当:{c}", "{o} must have: {c}", o=_of(policy, words), c=words.condition(record, policy.require))
    if policy.starts is not None:
        yield words.text("从{s}起 {w}内做到即可", "there is {w} for it from {s}", s=words.field(record, policy.starts), w=words.plain(policy.within))
    yield from _counted_in(policy.counted_in, words)
    if policy.judged_at is not None:
        yield words.text("在{f}判定", "judged at {f}", f=words.field(record, policy.judged_at))


def _deadline(policy: Deadline, words: Phrases) -> Iterator[str]:
    record = policy.for_each
    paths = policy.starts.first_present if isinstance(policy.starts, FirstField) else (policy.starts,)
    starts = words.text(",空缺则为", ", else ").join(words.field(record, path) for path in paths)
    facts = {"o": _of(policy, words), "s": starts, "w": words.plain(policy.within), "e": _end(policy.ends, record, words)}
    if str(policy.within) == "same day":
        yield words.text("{o},在{s}的当日应有:{e}", "{o}: on the day of {s} there must be: {e}", **facts)
    else:
        yield words.text("{o},自{s}起 {w}内应有:{e}", "{o}: within {w} of {s} there must be: {e}", **facts)
    if policy.ends_by is not None:
        yield words.text("有{f}的,以它为期限", "where {f} is given, it is the limit instead", f=words.field(record, policy.ends_by))
    yield from _counted_in(policy.counted_in, words)
    if policy.cutoff is not None:
        facts = {"a": words.plain(policy.cutoff.after), "t": words.plain(policy.cutoff.then)}
        yield words.text("晚于 {a} 的,期限是{t}", "after {a} the limit is: {t}", **facts)
    if (paused := policy.paused_by) is not None:
        words.link(paused.record, words.matched(paused.record, paused.match, record))
        facts = {"r": words.named(paused.record, paused.where), "a": words.field(paused.record, paused.from_), "b": words.field(paused.record, paused.to)}
        yield words.text("有{r}时停表(从{a}到{b})", "the clock stands still during {r} (from {a} to {b})", **facts)
    if policy.early is not None:
        yield words.text("早于起点的也算做到", "an end before the start counts")


def _counted_in(window: object, words: Phrases) -> Iterator[str]:
    if window is not None:
        yield words.text("只计 {w} 内的时间", "only time within {w} counts", w=words.window(window))


def _end(end: object, record: str, words: Phrases) -> str:
    if isinstance(end, FirstOf | LatestOf):
        members = end.first_of if isinstance(end, FirstOf) else end.latest_of
        joint = words.text(" 或 ", " or ") if isinstance(end, FirstOf) else words.text(" 和 ", " and ")
        return joint.join(_end(one, record, words) for one in members)
    if isinstance(end, str):
        return words.field(record, end)
    nth = getattr(end, "nth", None)
    prefix = words.text("第 {n} 次 ", "number {n} of ", n=words.number(nth)) if nth is not None else ""
    return prefix + words.related(end, record)


# --- frequency -------------------------------------------------------------------------------------------------------


def _frequency(policy: Frequency, words: Phrases) -> Iterator[str]:
    facts = {"o": _of(policy, words), "e": words.related(policy.expects, policy.for_each)}
    if policy.never_without_for is not None:
        yield words.text("{o},不得超过 {t} 没有{e}", "{o} is never without {e} for longer than {t}", t=words.plain(policy.never_without_for), **facts)
    if policy.every is not None:
        count = words.text("按所写的次数", "as often as it says") if policy.at_least is None else words.text("至少 {n} 次", "at least {n} times", n=words.number(policy.at_least))
        yield words.text("{o},{p}{n}{e}", "{o}: {p} {n} {e}", p=_every(policy, words), n=count, **facts)
    if policy.duty_days is not None:
        yield words.text("当班日:{d}", "duty days: {d}", d=_days_of(policy.duty_days, policy.for_each, words))
    if policy.counted_if_apart is not None:
        yield words.text("相隔 {d} 以上才另计", "counted when {d} apart", d=words.plain(policy.counted_if_apart))
    if policy.covers is not None:
        yield from _covers(policy, policy.covers, words)
    if policy.due is not None:
        yield words.text("每期结束后 {d} 内交来的仍算这一期", "what comes within {d} of the period's end is of it still", d=words.plain(policy.due))
    if policy.on_days is not None:
        yield words.text("休息日不要求", "nothing is due on rest days")
    yield from _active(policy, words)
    for part in policy.part_period or ():
        when = words.text("在册满 {d}", "active for {d}", d=words.plain(part.active_at_least)) if part.active_at_least else words.text("其余", "otherwise")
        yield f"{when}: {DUE[part.due][words.lang]}"


def _every(policy: Frequency, words: Phrases) -> str:
    match policy.every:
        case Parameter():
            return words.text("每个周期({p})", "every period ({p})", p=words.plain(policy.every))
        case PeriodField(field=path):
            return words.text("按{f}所写的周期", "in the period that {f} names,", f=words.field(policy.for_each, path))
        case DaysOf():
            return words.text("每个当班日({d})", "every duty day ({d})", d=_days_of(policy.every, policy.for_each, words))
    return PERIODS[str(policy.every)][words.lang]


def _days_of(days: DaysOf, ours: str, words: Phrases) -> str:
    words.link(days.record, words.matched(days.record, days.match, ours))
    return words.text("{r}的{f}那一天", "the day of {f} of {r}", r=words.named(days.record, days.where), f=words.field(days.record, days.days_of))


def _covers(policy: Frequency, covers: Covers, words: Phrases) -> Iterator[str]:
    members = covers.all_of
    words.link(members.record, words.matched(members.record, members.match, policy.for_each))
    facts = {
        "m": words.named(members.record, members.where), "f": words.field(policy.expects.record, covers.field), "g": words.field(members.record, members.field),
        "s": words.plain(covers.share) if covers.share is not None else "",
    }  # fmt: skip
    if covers.share is None:
        yield words.text("应覆盖全部{m}({f}里有其{g})", "covering all {m} (their {g} stands in {f})", **facts)
    else:
        yield words.text("应覆盖 {s} 的{m}({f}里有其{g})", "covering {s} of {m} (their {g} stands in {f})", **facts)
    if covers.complete_when is not None:
        one, other = (words.field(policy.expects.record, path) for path in covers.complete_when)
        yield words.text("{f}为空而{a}等于{b}的,算全覆盖", "an empty {f} is a full cover where {a} equals {b}", f=facts["f"], a=one, b=other)


def _active(policy: Frequency, words: Phrases) -> Iterator[str]:
    """Whose spells they are, where the policy says it itself."""
    if (spell := policy.active) is None:
        return
    name = policy.for_each
    until = words.field(name, spell.to) if spell.to is not None else words.text("今", "now")
    said = words.text("在册时间从{a}到{b}", "active from {a} to {b}", a=words.field(name, spell.from_), b=until)
    said += words.text("(不含最后一天)", " (that day excluded)") if spell.to_excluded else ""
    yield said + (words.text(",除去{e}", ", except {e}", e=words.field(name, spell.except_)) if spell.except_ is not None else "")


# --- rate ------------------------------------------------------------------------------------------------------------


def _rate(policy: Rate, words: Phrases) -> Iterator[str]:
    members, record = policy.share_of, policy.share_of.record
    bound, target = (("不低于", "at least"), policy.at_least) if policy.at_least is not None else (("不高于", "at most"), policy.at_most)
    facts = {"p": _per(policy, words), "w": _plural(record, members.where, words), "s": words.text(*bound), "n": words.plain(target)}
    match policy.that:
        case Condition():
            share = words.condition(record, policy.that)
            yield words.text("{p},{w}中「{t}」的占比{s} {n}", "{p}, of {w}, the share with {t} is {s} {n}", t=share, **facts)
        case MeanOf(mean_of=path):
            yield words.text("{p},{w}的{f}平均{s} {n}", "{p}, of {w}, the mean of {f} is {s} {n}", f=words.field(record, path), **facts)
        case ratio:
            above, below = words.field(record, ratio.sum_of), words.field(record, ratio.over)
            yield words.text("{p},{w}的{a}合计与{b}合计之比{s} {n}", "{p}, of {w}, the sum of {a} over the sum of {b} is {s} {n}", a=above, b=below, **facts)
    yield words.text("按{g}分别计算", "by {g}", g=words.listed(words.field(record, path) for path in policy.group_by))
    if members.time is not None:
        yield words.text("按{t}归入各期", "in the period of {t}", t=words.field(record, members.time))
    if members.distinct:
        yield words.text("{f}相同的只算一次", "those of one {f} count once", f=words.listed(words.field(record, path) for path in members.distinct))
    if policy.min_sample is not None:
        yield words.text("少于 {n} 条的不评", "not judged on fewer than {n}", n=words.number(policy.min_sample))
    if policy.counted_until is not None:
        yield words.text("期末后再等 {d} 才评", "judged {d} after the period's end", d=words.plain(policy.counted_until))


def _per(policy: Rate, words: Phrases) -> str:
    if isinstance(policy.per, Parameter):
        return words.text("每个周期({p})", "every period ({p})", p=words.plain(policy.per))
    return PERIODS[str(policy.per)][words.lang]


def _plural(record: str, where: Condition | None, words: Phrases) -> str:
    said = words.condition(record, where)
    return words.text("{w}的{r}", "{r} whose {w}", w=said, r=words.record(record)) if said else words.record(record)


# --- sequence, presence, ladder --------------------------------------------------------------------------------------


def _sequence(policy: Sequence, words: Phrases) -> Iterator[str]:
    """The order, what a closed case must have, and where a reopening begins again."""
    steps = policy.steps
    order = " → ".join(_steps(policy, one, words, "/") for one in policy.order)
    yield words.text("{o},按顺序:{s}", "{o}, in this order: {s}", o=_of(policy, words), s=order)
    if policy.required:
        facts = {"c": _steps(policy, policy.order[-1], words, "/"), "s": _steps(policy, policy.required, words, words.text("、", ", "))}
        yield words.text("到「{c}」时应已有:{s}", "by {c} there must have been: {s}", **facts)
    for step, targets in (policy.restarts or {}).items():
        facts = {"r": _steps(policy, step, words, ""), "s": _steps(policy, targets, words, "/")}
        yield words.text("「{r}」之后从{s}重新开始", "after {r} it begins again at {s}", **facts)
    words.link(steps.record, words.matched(steps.record, steps.match, policy.for_each))
    facts = {"r": words.named(steps.record, steps.where), "n": words.field(steps.record, steps.name), "t": words.field(steps.record, steps.time)}
    said = words.text("各步取自{r}的{n},先后按{t}", "the steps are {n} of {r}, in the order of {t}", **facts)
    yield said + (words.text(",同时的按{f}", ", then of {f}", f=words.field(steps.record, steps.ties)) if steps.ties is not None else "")


def _steps(policy: Sequence, steps: str | Iterable[str], words: Phrases, joint: str) -> str:
    listed = (steps,) if isinstance(steps, str) else tuple(steps)
    return joint.join(words.word(policy.steps.record, policy.steps.name, one) for one in listed)


def _presence(policy: Presence, words: Phrases) -> Iterator[str]:
    """The window, how many of what, from which instant to which, and the gap that is tolerated."""
    spell: Interval = policy.staffed_by
    words.related(Related(record=spell.record, match=spell.match, void=spell.void), policy.for_each)
    facts = {
        "o": _of(policy, words), "n": words.number(policy.at_least), "r": words.named(spell.record, spell.where),
        "a": words.field(spell.record, spell.from_), "b": words.field(spell.record, spell.to),
        "w": words.text("全部时间", "all the time") if policy.during == "always" else words.window(policy.during),
    }  # fmt: skip
    yield words.text("{o},在{w}内任何时刻至少有 {n} 个{r}(从{a}到{b})", "{o}: at every instant of {w} at least {n} of {r} (from {a} to {b})", **facts)
    yield words.text("一人只算一次", "a person counts once")
    if policy.tolerance is not None:
        yield words.text("每次空缺不超过 {t}", "a gap may last {t}", t=words.plain(policy.tolerance))


def _ladder(policy: Ladder, words: Phrases) -> Iterator[str]:
    """Whose findings of which policies, how far back, and the steps."""
    findings = policy.of.findings
    facts = {
        "p": words.listed(findings.policies), "l": WORST[(findings.severity or {}).get("at_least", "advisory")][words.lang],
        "c": words.text("经确认的", "confirmed ") if findings.decision else "", "w": WHOM.get(policy.per, Text(policy.per, policy.per))[words.lang],
        "b": words.plain(policy.look_back),
    }  # fmt: skip
    steps = words.text(";", "; ").join(_rung(step, words) for step in policy.steps)
    yield words.text("{p} 的{l}{c}不合格项,同一{w}在 {b} 内累计:{s}", "{c}findings of {p} ({l}), by {w}, within {b}: {s}", s=steps, **facts)
    yield words.text("每一级用到下一级为止,最后一级一直用", "a step holds until the next one, the last one on")
    if findings.decision:
        yield words.text("还没有认定的标为暂定", "marked provisional until somebody has decided")


def _rung(step: LadderStep, words: Phrases) -> str:
    said = words.text("第 {n} 次 → {p}", "number {n} → {p}", n=words.number(step.count), p=proposal(step.propose)[words.lang])
    if step.expects is not None and step.due is not None:
        said += words.text("({d} 内应有{r})", " (within {d} there must be: {r})", d=words.plain(step.due), r=words.related(step.expects, RECORD))
    return said


DEMANDS: Mapping[str, Any] = {
    "requirement": _requirement, "deadline": _deadline, "frequency": _frequency, "rate": _rate, "sequence": _sequence, "presence": _presence,
    "ladder": _ladder,
}  # fmt: skip

__all__ = ["demand"]
