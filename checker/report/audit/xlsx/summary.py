"""汇总: the first page, with what moved, what caused it and when."""

from __future__ import annotations

from checker.errors import Text
from checker.report.audit.model import Report
from checker.report.audit.words import SIGNED, WEEKDAYS, decided_said, score_said, scored_said
from checker.report.audit.xlsx.paper import Column, Heads, Sheet, columns_of

WIDTHS = (30, 32, 11, 14, 11, 11, 16, 16)
LACKING, CAUSES, REPEATS, PROPOSALS = 5, 20, 20, 50
PROPOSALS_HEADS: Heads = (
    (Text("建议", "Proposal"), 0, "text"), (Text("条款编号", "Rule"), WIDTHS[1], "wrap"), (Text("项目", "Site"), 0, "text"), (Text("责任人", "Person"), 0, "text"),
    (Text("第几次", "Number"), 0, "int"), (Text("是否暂定", "Provisional"), 0, "text"),
)  # fmt: skip
REPEATS_HEADS: Heads = (
    (Text("标准要求", "Demand"), 0, "text"), (Text("条款编号", "Rule"), WIDTHS[1], "wrap"), (Text("项目", "Site"), 0, "text"), (Text("责任人/对象", "Who"), 0, "text"),
    (Text("本期次数", "This period"), 0, "int"), (Text("以往次数", "Earlier"), 0, "int"), (Text("首次", "First"), 0, "time"), (Text("末次", "Last"), 0, "time"),
)  # fmt: skip
CAUSES_HEADS: Heads = (
    (Text("标准要求", "Demand"), 0, "text"), (Text("条款编号", "Rule"), WIDTHS[1], "wrap"), (Text("级别", "Severity"), 0, "text"), (Text("不合格项", "Violations"), 0, "int"),
    (Text("占比", "Share"), 0, "percent"), (Text("累计占比", "Cumulative"), 0, "percent"),
)  # fmt: skip
AREAS_HEADS: Heads = (
    (Text("板块得分", "Area"), 0, "text"), (Text("项目", "Site"), 0, "text"), (Text("权重", "Weight"), 0, "number"), (Text("扣分", "Deduction"), 0, "number"),
    (Text("得分", "Score"), 0, "number"), (Text("得分率", "Of the weight"), 0, "percent"),
)  # fmt: skip


def summary(sheet: Sheet, report: Report) -> None:
    lang, cover = report.lang, report.cover
    sheet.title(cover.title)
    sheet.pairs([
    (Text("报告编号", "Report no.")[lang], cover.number), (Text("期间", "Period")[lang], cover.period),
    (Text("项目", "Sites")[lang], {"zh": "、", "en": ", "}[lang].join(f"{one.site} {one.name or ''}".strip() for one in cover.sites)),
    (Text("截至时刻", "As of")[lang], "; ".join(sorted({one.as_of for one in cover.sites}))), *((one[lang], None) for one in SIGNED),
    ])  # fmt: skip
    sheet.heading(Text("总评", "Summary")[lang])
    sheet.pairs(_headline(report))
    for line in cover.incomplete[:LACKING]:
        sheet.paragraph(Text("审核不完整:{l}", "Not complete: {l}")[lang].format(l=line), 8, 120)
    if len(cover.incomplete) > LACKING:
        sheet.paragraph(Text("另有 {n} 条,见「数据质量」", "{n} more: see the sheet on data quality")[lang].format(n=len(cover.incomplete) - LACKING), 8, 120)
    _areas(sheet, report)
    _causes(sheet, report)
    _heat(sheet, report)
    _repeats(sheet, report)
    _proposals(sheet, report)


def _headline(report: Report) -> list[tuple[str, object]]:
    lang, head = report.lang, report.headline
    mark = Text("达标", "reached") if head.passed else Text("未达标", "missed")
    decided = decided_said(head.confirmed, head.decided, lang)
    lines: list[tuple[str, object]] = [
    (Text("得分(暂定)", "Score (provisional)")[lang], score_said(head.score)), (Text("得分(确认)", "Score (confirmed)")[lang], decided),
    (Text("等级", "Grade")[lang], head.grade or "—"),
    ]  # fmt: skip
    if head.pass_mark is not None:
        lines.append((Text("达标线", "Pass mark")[lang], f"{head.pass_mark:.2f} {mark[lang]}"))
    for one in head.changes:
        said = Text("{p} 为 {s}({g}),变化 {d}", "{p} was {s} ({g}); change {d}")[lang]
        shown = said.format(p=one.period, s=one.score, g=one.grade, d=f"{one.difference:+.2f}")
        lines.append((Text("较上期 {s}", "Against last time {s}")[lang].format(s=one.site), "; ".join(filter(None, (shown, scored_said(one, lang))))))
    if not head.changes:
        lines.append((Text("较上期", "Against last time")[lang], Text("没有以往审核可比", "no earlier audit to compare with")[lang]))
    numbers = ((Text("应核", "Obligations"), head.obligations), (Text("不合格项", "Violations"), head.violations), (Text("其中严重", "of these critical"), head.critical),
               (Text("其中重复", "of these repeated"), head.repeats), (Text("无法判定", "Cannot be judged"), head.unknown),
               (Text("累进建议人数(不计入不合格)", "People with a proposal (no violations)"), head.proposals))  # fmt: skip
    return [*lines, *((label[lang], str(number)) for label, number in numbers)]


def _areas(sheet: Sheet, report: Report) -> None:
    lang = report.lang
    columns = columns_of(AREAS_HEADS, lang)
    if not any(one.provisional for one in report.scores):
        return
    sheet.heading(Text("板块得分(暂定)", "Areas (provisional)")[lang])
    sheet.head(columns)
    for site in report.scores:
        for area in site.provisional.areas if site.provisional else ():
            rate = area.score / area.share if area.share else None
            sheet.line(columns, (area.area, site.site, area.share, area.deduction, area.score, rate))


def _causes(sheet: Sheet, report: Report) -> None:
    lang, total = report.lang, report.causes[-1].cumulative if report.causes else 0
    if not total:
        return
    columns = columns_of(CAUSES_HEADS, lang)
    sheet.heading(Text("主要原因(帕累托,前 {n})", "Causes (Pareto, first {n})")[lang].format(n=min(CAUSES, len(report.causes))))
    sheet.head(columns)
    for one in report.causes[:CAUSES]:
        sheet.line(columns, (one.rule.title, one.rule.policy, one.rule.severity_word, one.violations, one.violations / total, one.cumulative / total))


def _heat(sheet: Sheet, report: Report) -> None:
    """Hours down, weekdays across: that fits a page."""
    if not any(map(any, report.heat.cells)):
        return
    lang = report.lang
    columns = [Column(Text("时段", "Hour")[lang], 0), *(Column(day, 0, "int") for day in WEEKDAYS[lang])]
    sheet.heading(Text("不合格项的时间分布(星期 × 小时)", "When violations occur (weekday × hour)")[lang])
    sheet.head(columns)
    first = sheet.row
    for hour in range(24):
        sheet.line(columns, (f"{hour:02}:00–{hour + 1:02}:00", *(day[hour] for day in report.heat.cells)))
    sheet.sheet.conditional_format(first, 1, sheet.row - 1, 7, {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#F8696B"})
    if report.heat.undated:
        sheet.paragraph(Text("另有 {n} 项按天或按周期判定,没有时刻。", "{n} more are judged by day or period and have no hour.")[lang].format(n=report.heat.undated), 8, 120)


def _repeats(sheet: Sheet, report: Report) -> None:
    if not report.repeats:
        return
    lang = report.lang
    columns = columns_of(REPEATS_HEADS, lang)
    sheet.heading(Text("重复不合格(前 {n},共 {t}):应采取纠正措施,不只是纠正", "Repeated violations (first {n} of {t}): a corrective action, not a correction alone")[lang].format(
        n=min(REPEATS, len(report.repeats)), t=len(report.repeats)))  # fmt: skip
    sheet.head(columns)
    for one in report.repeats[:REPEATS]:
        sheet.line(columns, (one.rule.title, one.rule.policy, one.site, one.who, one.count, one.earlier, one.first, one.last))


def _proposals(sheet: Sheet, report: Report) -> None:
    if not report.proposals:
        return
    lang = report.lang
    columns = columns_of(PROPOSALS_HEADS, lang)
    said = Text("累进建议(前 {n},共 {t};由人决定,不自动执行)", "Proposals of the ladder (first {n} of {t}; people decide)")[lang]
    sheet.heading(said.format(n=min(PROPOSALS, len(report.proposals)), t=len(report.proposals)))
    sheet.head(columns)
    for one in report.proposals[:PROPOSALS]:
        marked = Text("是", "yes")[lang] if one.provisional else Text("否", "no")[lang]
        sheet.line(columns, (one.step, one.rule.policy, one.site, one.accountable, one.number, marked))
