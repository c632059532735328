"""The report for a pull request or a chat: what a reader must know on one screen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from checker.errors import Text
from checker.report.audit.model import Change, Report
from checker.report.audit.words import decided_said, score_said, scored_said, target_said, unturned, value_said
from checker.report.sentences import share_of

WORST, EACH, CAUSES, WAIVED, DOUBTS = 20, 3, 10, 10, 10
SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~&])")
LIVE = re.compile(r"(@|#|www(?=\.)|:/(?=/))")
"""What sites make links of by themselves, whatever stands before it."""
RANKS = ("critical", "major", "minor", "advisory")


def write_md(report: Report, path: Path) -> None:
    """Write report.md."""
    path.write_text("\n".join(_lines(report)) + "\n", encoding="utf-8", newline="\n")


def plain(text: object) -> str:
    """A text that no reader takes for markup, a link, a mention or the number of an issue."""
    said = SPECIAL.sub(r"\\\1", " ".join(unturned(str("—" if text is None else text)).split()))
    return LIVE.sub("\\1\u200b", said)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(map(plain, row)) + " |"


def _lines(report: Report) -> Iterator[str]:
    lang, cover, head = report.lang, report.cover, report.headline
    yield f"# {plain(cover.title)} {plain(cover.number)}"
    yield ""
    sites = {"zh": "、", "en": ", "}[lang].join(plain(f"{one.site} {one.name or ''}".strip()) for one in cover.sites)
    yield Text("{s} · 期间 {p} · 截至 {a}", "{s} · period {p} · as of {a}")[lang].format(s=sites, p=cover.period, a="; ".join(sorted({one.as_of for one in cover.sites})))
    yield ""
    yield _score(report)
    for change in head.changes:
        said = Text("- {s} 较 {p}({b} {g}){d}", "- {s} against {p} ({b} {g}): {d}")[lang]
        yield said.format(s=plain(change.site), p=change.period, b=f"{change.score:.2f}", g=plain(change.grade), d=_difference(change, lang))
    counts = Text("- 应核 {o} 项,不合格 {v} 项(严重 {c}、重复 {r}),无法判定 {u} 项", "- {o} obligations, {v} violations ({c} critical, {r} repeated), {u} cannot be judged")
    yield counts[lang].format(o=head.obligations, v=head.violations, c=head.critical, r=head.repeats, u=head.unknown)
    yield Text("- 审核不完整:{n} 条政策或文件有缺", "- not complete: {n} policies or files lack something")[lang].format(n=len(cover.incomplete)) if cover.incomplete else ""
    for part in (_areas, _indicators, _worst, _causes, _waived, _doubts):
        lines = list(part(report))
        if lines:
            yield from ("", *lines)


def _difference(one: Change, lang: str) -> str:
    other = scored_said(one, lang)
    return f"{one.difference:+.2f}" + (f" ({other})" if other else "")


def _score(report: Report) -> str:
    lang, head = report.lang, report.headline
    mark = Text(",达标" if head.passed else ",未达标", ", pass mark reached" if head.passed else ", pass mark missed")[lang] if head.passed is not None else ""
    said = Text("**得分(暂定){s}** {g}{m}", "**Score (provisional) {s}** {g}{m}")[lang].format(s=score_said(head.score), g=plain(head.grade or "—"), m=mark)
    sure = Text("确认分 {c}", "confirmed {c}")[lang].format(c=decided_said(head.confirmed, head.decided, lang))
    return f"{said} · {sure}"


def _areas(report: Report) -> Iterator[str]:
    lang = report.lang
    if any(one.provisional for one in report.scores):
        yield f"## {Text('得分表', 'Scores')[lang]}"
        head = [Text(*pair)[lang] for pair in (("项目", "Site"), ("板块", "Area"), ("权重", "Weight"), ("不合格", "Violations"), ("扣分", "Deduction"), ("得分", "Score"))]
        yield from _table(head, ((one.site, area.area, f"{area.share:.2f}", area.failed, f"{area.deduction:.2f}", f"{area.score:.2f}")
                                 for one in report.scores if one.provisional for area in one.provisional.areas if area.share))  # fmt: skip


def _indicators(report: Report) -> Iterator[str]:
    lang = report.lang
    if report.indicators:
        yield f"## {Text('指标表', 'Indicators')[lang]}"
        head = [Text(*pair)[lang] for pair in (("项目", "Site"), ("指标", "Indicator"), ("目标", "Target"), ("实际", "Value"), ("分子/分母", "Of"))]
        yield from _table(head, ((one.site, one.title, target_said(one, lang), value_said(one, one.numerator, one.denominator), f"{one.numerator}/{one.denominator}")
                                 for one in report.indicators))  # fmt: skip


def _worst(report: Report) -> Iterator[str]:
    """The worst of what somebody has to correct, as the notices have them: the first few of each rule."""
    lang = report.lang
    every = [fact for notice in report.notices for fact in notice.facts]
    every.sort(key=lambda one: (RANKS.index(one.rule.severity), -one.weighed, one.number))
    seen: Counter[str] = Counter()
    facts = [one for one in every if seen.update((one.rule.policy,)) or seen[one.rule.policy] <= EACH]
    if facts:
        yield f"## {Text('最严重的不合格项', 'The worst violations')[lang]}"
        head = [Text(*pair)[lang] for pair in (("编号", "Id"), ("级别", "Severity"), ("标准要求", "Demand"), ("事实", "Fact"), ("责任人", "Accountable"), ("证据", "Evidence"))]
        yield from _table(head, ((one.id, one.rule.severity_word, one.rule.title, one.fact, one.accountable, " ".join(one.traced)) for one in facts[:WORST]))


def _causes(report: Report) -> Iterator[str]:
    lang = report.lang
    if report.causes:
        total = report.causes[-1].cumulative
        yield f"## {Text('主要原因', 'Causes')[lang]}"
        head = [Text(*pair)[lang] for pair in (("条款编号", "Rule"), ("标准要求", "Demand"), ("不合格项", "Violations"), ("累计", "Cumulative"))]
        yield from _table(head, ((one.rule.policy, one.rule.title, one.violations, share_of(one.cumulative, total)) for one in report.causes[:CAUSES]))


def _waived(report: Report) -> Iterator[str]:
    """What is let stand, by whom and why; waivers that should be looked at."""
    lang = report.lang
    if report.waived:
        yield f"## {Text('豁免', 'Waivers')[lang]}"
        head = [Text(*pair)[lang] for pair in (("条款编号", "Rule"), ("项目", "Site"), ("项数", "Number"), ("理由", "Reason"), ("豁免依据", "Waived by"), ("到期", "Until"))]
        yield from _table(head, ((one.rule.policy, one.site, one.violations, one.reason, one.by or None, one.until) for one in report.waived[:WAIVED]))
        if len(report.waived) > WAIVED:
            yield from ("", Text("- 另有 {n} 条,见工作簿", "- {n} more: see the workbook")[lang].format(n=len(report.waived) - WAIVED))
    odd = [one for one in report.waivers if one.odd]
    if odd:
        yield from ("", f"### {Text('须注意的豁免', 'Waivers to be looked at')[lang]}")
        head = [Text(*pair)[lang] for pair in (("政策", "Policy"), ("范围", "Scope"), ("注意", "Note"), ("批准人", "Approved by"), ("至", "Until"), ("写在", "Written in"))]
        joint, everything = {"zh": ";", "en": "; "}[lang], Text("全部", "all")[lang]
        yield from _table(head, ((one.policy, " ".join(filter(None, (one.site, one.subject))) or everything, joint.join(one.odd), one.approved_by, one.last, one.place)
                                 for one in odd[:WAIVED]))  # fmt: skip


def _doubts(report: Report) -> Iterator[str]:
    lang = report.lang
    doubts = [one for one in report.quality.doubts if one.sort in ("no records", "unknown")]
    if doubts:
        yield f"## {Text('未能判定', 'Not judged')[lang]}"
        for one in doubts[:DOUBTS]:
            yield f"- {plain(one.rule.policy)}: {plain(one.why)}" + (f" ({one.obligations})" if one.obligations else "")
        if len(doubts) > DOUBTS:
            yield Text("- 另有 {n} 条,见工作簿", "- {n} more: see the workbook")[lang].format(n=len(doubts) - DOUBTS)
