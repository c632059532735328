"""A policy as a person would say it: demand, clause, who answers, and the values with their dates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.errors import Text
from checker.finding import LEVEL_WORDS
from checker.policy.files import Profile
from checker.policy.kinds import Accountable, Base, Rate
from checker.policy.records import ParameterSpec, Source
from checker.report.explain_kinds import demand
from checker.report.phrases import Phrases, amount

KINDS = {
    "requirement": Text("要求", "requirement"), "deadline": Text("时限", "deadline"), "frequency": Text("频次", "frequency"),
    "rate": Text("比率", "rate"), "sequence": Text("顺序", "sequence"), "presence": Text("在岗在效", "presence"), "ladder": Text("累进", "ladder"),
}  # fmt: skip


def explain(policy: Base, book: Any, profile: Profile | None, lang: str) -> str:
    """The whole explanation; `book` has `records` and `catalogue`."""
    words = Phrases(book.records, lang, policy, profile)
    lines = [f"{policy.id}  {policy.title.text[lang]}", ""]
    lines += [f"{head[lang]}: {said}" for head, said in _parts(policy, words, lang)]
    if words.links:
        lines += ["", Text("怎样对应", "related records")[lang] + ":", *(f"  {line}" for line in words.links)]
    if policy.because:
        lines += ["", Text("不合格时的说法", "sentence of a violation")[lang] + ":", *(f"  {line}" for line in _because(policy, words, lang))]
    lines += ["", Text("依据", "source")[lang] + ":", *(f"  {line}" for line in _sources(policy, book, lang))]
    if policy.parameters:
        lines += ["", Text("取值", "values")[lang] + ":", *(f"  {line}" for line in _values(policy, profile, words, book, lang))]
    return "\n".join(lines)


def _parts(policy: Base, words: Phrases, lang: str) -> Iterator[tuple[Text, str]]:
    kind = getattr(policy, "kind", "")
    yield KINDS[kind], demand(policy, words)
    record = _record(policy)
    if subject := getattr(policy, "subject", None):
        yield Text("对象", "subject"), words.listed(words.field(record, path) for path in subject)
    if excuse := getattr(policy, "excused_when", None):
        yield Text("免责", "excused when"), words.condition(record, excuse)
    if policy.accountable is not None:
        yield Text("责任人", "accountable"), _accountable(policy, record, words, lang)
    yield Text("级别", "severity"), f"{LEVEL_WORDS[policy.severity.level][lang]}({policy.severity.reason.text[lang]})"
    if policy.points is not None:
        yield Text("扣分", "points"), words.field(record, policy.points) if isinstance(policy.points, str) else str(policy.points)
    if policy.effective and (policy.effective.from_ or policy.effective.until):
        yield Text("生效", "in force"), _days(policy.effective.from_, policy.effective.until, lang)


def _days(first: object, last: object, lang: str) -> str:
    start = Text("自 {d} 起", "from {d}")[lang].format(d=first) if first else ""
    end = Text("至 {d} 止", "until {d}")[lang].format(d=last) if last else ""
    return f"{start}{'' if lang == 'zh' or not (start and end) else ' '}{end}"


def _because(policy: Base, words: Phrases, lang: str) -> Iterator[str]:
    """The sentences of a violation, each with the case that it is for."""
    last = Text("其余:", "otherwise: ")[lang] if len(policy.because or ()) > 1 else ""
    for one in policy.because or ():
        case = Text("{c}时:", "where {c}: ")[lang].format(c=words.condition(_record(policy), one.when)) if one.when else last
        yield case + (one.zh if lang == "zh" else one.en)


def _record(policy: Base) -> str:
    return policy.share_of.record if isinstance(policy, Rate) else str(getattr(policy, "for_each", ""))


def _accountable(policy: Base, record: str, words: Phrases, lang: str) -> str:
    who = policy.accountable
    if not isinstance(who, Accountable):
        return words.field(record, str(who))
    listed = Text(",空缺则 ", ", else ")[lang].join(words.field(record, path) for path in who.first_present)
    absent = Text("({r}为请假时由后一位负责)", " (on leave by the {r}: the next)")[lang].format(r=words.record(who.unless_absent)) if who.unless_absent else ""
    return listed + absent


def _sources(policy: Base, book: Any, lang: str) -> Iterator[str]:
    yield Text("标准 {s}", "standard {s}")[lang].format(s=policy.standard)
    yield from (cited(source, book, lang) for source in policy.source)


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
            source = f" ({cited(spec.floor.source, book, lang)})" if spec.floor.source else ""
            yield f"{name}: {word[lang]} {amount(spec.floor.value, lang, spec.unit)}{source}"
        if spec.one_of:
            yield Text("{n}: 可取 {v}", "{n}: one of {v}")[lang].format(n=name, v=words.listed(amount(one, lang, spec.unit) for one in spec.one_of))


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
