"""Sequences, presence and ladders as a person would say them."""

from __future__ import annotations

from collections.abc import Iterable

from checker.errors import Text
from checker.policy.conditions import Related
from checker.policy.kinds import Ladder, LadderStep, Presence, Sequence
from checker.report.phrases import Phrases

WHOM = {"accountable": Text("责任人", "person accountable"), "subject": Text("对象", "subject"), "site_id": Text("项目", "site"), "team_id": Text("班组", "team")}
WORST = {
    "critical": Text("严重", "critical"), "major": Text("重要及以上", "major or worse"), "minor": Text("一般及以上", "minor or worse"),
    "advisory": Text("各级", "any severity"),
}  # fmt: skip


def sequence(policy: Sequence, of: str, words: Phrases, lang: str) -> str:
    """The order, what a closed case must have, and where a reopening begins again."""
    said = [Text("{o},按顺序:{s}", "{o}, in this order: {s}")[lang].format(o=of, s=" → ".join(_steps(policy, one, words, "/") for one in policy.order))]
    if policy.required:
        closing = _steps(policy, policy.order[-1], words, "/")
        must = Text("到「{c}」时应已有:{s}", "by {c} there must have been: {s}")
        said.append(must[lang].format(c=closing, s=_steps(policy, policy.required, words, _comma(lang))))
    for step, targets in (policy.restarts or {}).items():
        again = Text("「{r}」之后从{s}重新开始", "after {r} it begins again at {s}")
        said.append(again[lang].format(r=_steps(policy, step, words, ""), s=_steps(policy, targets, words, "/")))
    return _semicolon(lang).join(said)


def _steps(policy: Sequence, steps: str | Iterable[str], words: Phrases, joint: str) -> str:
    listed = (steps,) if isinstance(steps, str) else tuple(steps)
    return joint.join(words.word(policy.steps.record, policy.steps.name, one) for one in listed)


def presence(policy: Presence, of: str, words: Phrases, lang: str) -> str:
    """The window, how many of what, from which instant to which, and the gap that is tolerated."""
    spell = policy.staffed_by
    window = Text("全部时间", "all the time") if policy.during == "always" else Text(words.window(policy.during), words.window(policy.during))
    told = Text("{o},在{w}内任何时刻至少有 {n} 个{r}(从{a}到{b});一人只算一次", "{o}: at every instant of {w} at least {n} of {r} (from {a} to {b}); a person counts once")
    said = told[lang].format(
        o=of, w=window[lang], n=words.number(policy.at_least), r=words.related(Related(record=spell.record, where=spell.where)),
        a=words.field(spell.record, spell.from_), b=words.field(spell.record, spell.to),
    )  # fmt: skip
    if policy.tolerance is not None:
        said += Text(";每次空缺不超过 {t}", "; a gap may last {t}")[lang].format(t=words.plain(policy.tolerance))
    return said


def ladder(policy: Ladder, words: Phrases, lang: str) -> str:
    """Whose findings of which policies, how far back, and the steps."""
    findings = policy.of.findings
    level = WORST[(findings.severity or {}).get("at_least", "advisory")][lang]
    confirmed = Text("经确认的", "confirmed ")[lang] if findings.decision else ""
    said = Text("{p} 的{l}{c}不合格项,同一{w}在 {b} 内累计:{s}", "{c}findings of {p} ({l}), by {w}, within {b}: {s}")[lang].format(
        p=_comma(lang).join(findings.policies), l=level, c=confirmed, w=WHOM.get(policy.per, Text(policy.per, policy.per))[lang], b=words.plain(policy.look_back),
        s=_semicolon(lang).join(_rung(step, words, lang) for step in policy.steps),
    )  # fmt: skip
    said += Text(";每一级用到下一级为止,最后一级一直用", "; a step holds until the next one, the last one on")[lang]
    return said + (Text(";还没有认定的标为暂定", "; marked provisional until somebody has decided")[lang] if findings.decision else "")


def _rung(step: LadderStep, words: Phrases, lang: str) -> str:
    said = Text("第 {n} 次 → {p}", "number {n} → {p}")[lang].format(n=words.number(step.count), p=step.propose)
    if step.expects is not None and step.due is not None:
        said += Text("({d} 内应有{r})", " (within {d} there must be: {r})")[lang].format(d=words.plain(step.due), r=words.related(step.expects))
    return said


def _comma(lang: str) -> str:
    return "、" if lang == "zh" else ", "


def _semicolon(lang: str) -> str:
    return ";" if lang == "zh" else "; "


__all__ = ["ladder", "presence", "sequence"]
