"""A policy as a person would say it: demand, clause, who answers, and the values with their dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.errors import Text
from checker.policy.files import Profile
from checker.policy.kinds import (
    Accountable,
    Base,
    Deadline,
    FirstOf,
    Frequency,
    LatestOf,
    Presence,
    Rate,
    Requirement,
    Sequence,
)
from checker.policy.records import FirstField, ParameterSpec, Source
from checker.report import explain_kinds
from checker.report.phrases import Phrases, amount

LEVELS = {"critical": Text("严重", "critical"), "major": Text("重要", "major"), "minor": Text("一般", "minor"), "advisory": Text("提示", "advisory")}
KINDS = {
    "requirement": Text("要求", "requirement"), "deadline": Text("时限", "deadline"), "frequency": Text("频次", "frequency"),
    "rate": Text("比率", "rate"), "sequence": Text("顺序", "sequence"), "presence": Text("在岗在效", "presence"), "ladder": Text("累进", "ladder"),
}  # fmt: skip
PERIODS = {
    "day": Text("每天", "every day"), "week": Text("每周(周一至周日)", "every ISO week"), "month": Text("每月", "every month"),
    "quarter": Text("每季度", "every quarter"), "half-year": Text("每半年", "every half-year"), "year": Text("每年", "every year"),
    "duty day": Text("每个当班日", "every duty day"),
}  # fmt: skip


def explain(policy: Base, book: Any, profile: Profile | None, lang: str) -> str:
    """The whole explanation; `book` has `records` and `catalogue`."""
    words = Phrases(book.records, lang, policy, profile)
    lines = [f"{policy.id}  {policy.title.text[lang]}", ""]
    lines += [f"{head[lang]}: {said}" for head, said in _parts(policy, words, lang)]
    lines += ["", Text("依据", "source")[lang] + ":", *(f"  {line}" for line in _sources(policy, book, lang))]
    if policy.parameters:
        lines += ["", Text("取值", "values")[lang] + ":", *(f"  {line}" for line in _values(policy, profile, words, book, lang))]
    return "\n".join(lines)


def _parts(policy: Base, words: Phrases, lang: str) -> Iterator[tuple[Text, str]]:
    kind = getattr(policy, "kind", "")
    yield KINDS[kind], DEMANDS[kind](policy, words, lang)
    record = _record(policy)
    if excuse := getattr(policy, "excused_when", None):
        yield Text("免责", "excused when"), words.condition(record, excuse)
    if policy.accountable is not None:
        yield Text("责任人", "accountable"), _accountable(policy, record, words, lang)
    yield Text("级别", "severity"), f"{LEVELS[policy.severity.level][lang]}({policy.severity.reason.text[lang]})"
    if policy.effective and policy.effective.from_:
        yield Text("生效", "in force"), Text("自 {d} 起", "from {d}")[lang].format(d=policy.effective.from_)


def _record(policy: Base) -> str:
    return policy.share_of.record if isinstance(policy, Rate) else str(getattr(policy, "for_each", ""))


def _accountable(policy: Base, record: str, words: Phrases, lang: str) -> str:
    who = policy.accountable
    if not isinstance(who, Accountable):
        return words.field(record, str(who))
    listed = Text(",空缺则 ", ", else ")[lang].join(words.field(record, path) for path in who.first_present)
    absent = Text("(请假时由后一位负责)", " (on leave: the next)")[lang] if who.unless_absent else ""
    return listed + absent


def _of(policy: Any, words: Phrases, lang: str) -> str:
    """`each call whose …`."""
    where = words.condition(policy.for_each, policy.where)
    name = words.record(policy.for_each)
    if not where:
        return Text("每一条{r}", "each {r}")[lang].format(r=name)
    return Text("每一条{w}的{r}", "each {r} whose {w}")[lang].format(r=name, w=where)


def _requirement(policy: Requirement, words: Phrases, lang: str) -> str:
    if policy.forbidden:
        said = Text("{o},不得:{c}", "{o} must not have: {c}")
        return said[lang].format(o=_of(policy, words, lang), c=words.condition(policy.for_each, policy.forbidden))
    return Text("{o},应当:{c}", "{o} must have: {c}")[lang].format(o=_of(policy, words, lang), c=words.condition(policy.for_each, policy.require))


def _deadline(policy: Deadline, words: Phrases, lang: str) -> str:
    starts = policy.starts.first_present[0] if isinstance(policy.starts, FirstField) else policy.starts
    within = Text("{o},自{s}起 {w}内应有:{e}", "{o}: within {w} of {s} there must be: {e}")
    same_day = Text("{o},在{s}的当日应有:{e}", "{o}: on the day of {s} there must be: {e}")
    said = (same_day if str(policy.within) == "same day" else within)[lang].format(
        o=_of(policy, words, lang), s=words.field(policy.for_each, starts), w=words.plain(policy.within), e=_end(policy.ends, policy, words, lang)
    )
    if policy.counted_in is not None:
        said += Text(";只计 {w} 内的时间", "; only time within {w} counts")[lang].format(w=words.window(policy.counted_in))
    if policy.cutoff is not None:
        said += Text(";晚于 {c} 的顺延到次日", "; after {c} it is the next day")[lang].format(c=words.plain(policy.cutoff.after))
    return said


def _end(end: object, policy: Deadline, words: Phrases, lang: str) -> str:
    if isinstance(end, FirstOf | LatestOf):
        members = end.first_of if isinstance(end, FirstOf) else end.latest_of
        joint = Text(" 或 ", " or ") if isinstance(end, FirstOf) else Text(" 和 ", " and ")
        return joint[lang].join(_end(one, policy, words, lang) for one in members)
    if isinstance(end, str):
        return words.field(policy.for_each, end)
    nth = getattr(end, "nth", None)
    prefix = Text("第 {n} 次 ", "number {n} of ")[lang].format(n=words.number(nth)) if nth is not None else ""
    return prefix + words.related(end)


def _frequency(policy: Frequency, words: Phrases, lang: str) -> str:
    if policy.never_without_for is not None:
        never = Text("{o},不得超过 {t} 没有{e}", "{o} is never without {e} for longer than {t}")
        return never[lang].format(o=_of(policy, words, lang), t=words.plain(policy.never_without_for), e=words.related(policy.expects))
    every = PERIODS[policy.every][lang] if isinstance(policy.every, str) and policy.every in PERIODS else _every(policy, lang)
    said = Text("{o},{p}至少 {n} 次{e}", "{o}: {p} at least {n} times {e}")[lang].format(
        o=_of(policy, words, lang), p=every, n=words.number(policy.at_least), e=words.related(policy.expects)
    )
    if policy.counted_if_apart is not None:
        said += Text(";相隔 {d} 以上才另计", "; counted when {d} apart")[lang].format(d=words.plain(policy.counted_if_apart))
    if policy.covers is not None:
        said += Text(";应覆盖全部{m}", "; covering all {m}")[lang].format(m=words.record(policy.covers.all_of.record))
    for part in policy.part_period or ():
        due = {"all": Text("全数", "all"), "half": Text("半数(进一)", "half, rounded up"), "none": Text("不要求", "none")}[part.due][lang]
        when = Text("在册满 {d}", "active for {d}")[lang].format(d=words.plain(part.active_at_least)) if part.active_at_least else Text("其余", "otherwise")[lang]
        said += f"; {when}: {due}"
    return said


def _every(policy: Frequency, lang: str) -> str:
    from checker.policy.values import Parameter

    if isinstance(policy.every, Parameter):
        return Text("每个周期({p})", "every period ({p})")[lang].format(p=policy.every.name)
    return PERIODS["duty day"][lang]


def _rate(policy: Rate, words: Phrases, lang: str) -> str:
    from checker.policy.conditions import Condition

    record = policy.share_of.record
    where = words.condition(record, policy.share_of.where)
    whole = Text("{w}的{r}", "{r} whose {w}")[lang].format(w=where, r=words.record(record)) if where else words.record(record)
    that = words.condition(record, policy.that) if isinstance(policy.that, Condition) else str(policy.that)
    bound, target = ("at_least", policy.at_least) if policy.at_least is not None else ("at_most", policy.at_most)
    sign = {"at_least": Text("不低于", "at least"), "at_most": Text("不高于", "at most")}[bound][lang]
    per = PERIODS.get(str(policy.per), Text(str(policy.per), str(policy.per)))[lang]
    return Text("{p},{w}中「{t}」的占比{s} {n}", "{p}, of {w}, the share with {t} is {s} {n}")[lang].format(
        p=per, w=whole, t=that, s=sign, n=words.plain(target)
    )


def _sequence(policy: Sequence, words: Phrases, lang: str) -> str:
    return explain_kinds.sequence(policy, _of(policy, words, lang), words, lang)


def _presence(policy: Presence, words: Phrases, lang: str) -> str:
    return explain_kinds.presence(policy, _of(policy, words, lang), words, lang)


DEMANDS: Mapping[str, Any] = {
    "requirement": _requirement, "deadline": _deadline, "frequency": _frequency, "rate": _rate,
    "sequence": _sequence, "presence": _presence, "ladder": explain_kinds.ladder,
}  # fmt: skip


def _sources(policy: Base, book: Any, lang: str) -> Iterator[str]:
    return (cited(source, book, lang) for source in policy.source)


def cited(source: Source, book: Any, lang: str) -> str:
    """A clause with the title of its document."""
    documents = book.catalogue.documents if book.catalogue else {}
    name = documents[source.document].title.text[lang] if source.document in documents else source.document
    return Text("《{d}》{c}", "{d}, {c}")[lang].format(d=name, c=source.clause)


def _values(policy: Base, profile: Profile | None, words: Phrases, book: Any, lang: str) -> Iterator[str]:
    for name, spec in policy.parameters.items():
        named = f"{name}({spec.title.text[lang]})" if spec.title else name
        for line in _written(spec, words, lang, book):
            yield f"{named}: {line}"
        setting = profile.set.get(policy.id, {}).get(name) if profile else None
        if setting is not None and profile is not None:
            dated = setting if isinstance(setting, tuple) else None
            said = "; ".join(_dated(one, spec.unit, words, lang, book) for one in dated) if dated else amount(setting, lang, spec.unit)
            yield Text("{n}: 方案 {p} 设为 {s}", "{n}: profile {p} sets {s}")[lang].format(n=name, p=profile.profile, s=said)
        if spec.floor is not None:
            word = {"higher": Text("不得低于", "never below"), "lower": Text("不得高于", "never above")}[spec.floor.better]
            yield f"{name}: {word[lang]} {amount(spec.floor.value, lang, spec.unit)}"


def _written(spec: ParameterSpec, words: Phrases, lang: str, book: Any) -> Iterator[str]:
    if spec.set_by_site:
        yield Text("由项目设定", "set by the site")[lang]
    elif spec.value is not None:
        yield amount(spec.value, lang, spec.unit)
    for one in spec.values or ():
        yield _dated(one, spec.unit, words, lang, book)


def _dated(one: Any, unit: str, words: Phrases, lang: str, book: Any) -> str:
    start = Text("自 {d} 起 ", "from {d} ")[lang].format(d=one.from_) if one.from_ else ""
    until = Text("至 {d} ", "until {d} ")[lang].format(d=one.until) if one.until else ""
    record = _record(words.policy) if words.policy else ""
    case = Text("{c}时 ", "where {c}: ")[lang].format(c=words.condition(record, one.when)) if one.when else Text("其余 ", "otherwise ")[lang] if one.otherwise else ""
    source = f" ({cited(one.source, book, lang)})" if one.source else ""
    approver = Text(",{a}批准", ", approved by {a}")[lang].format(a=one.approved_by) if one.approved_by else ""
    return f"{start}{until}{case}{amount(one.value, lang, unit)}{source}{approver}"
