"""得分表, 指标表, 排名, 数据质量, 条款与参数, 说明."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from checker.errors import Text
from checker.finding import LEVEL_WORDS, WORDS
from checker.report.audit.model import Indicator, Report
from checker.report.audit.standing import AreaScore, RuleScore, SiteScore
from checker.report.audit.words import HOWS, SORTS, confirmed_said, score_said, target_said, value_said
from checker.report.audit.xlsx.paper import Column, Heads, Sheet, columns_of

# --- 得分表 -----------------------------------------------------------------------------------------------------------

SCORES: Heads = (
    (Text("项目", "Site"), 8, "text"), (Text("板块", "Area"), 16, "wrap"), (Text("条款编号", "Rule"), 34, "wrap"), (Text("标准要求", "Demand"), 26, "wrap"),
    (Text("级别", "Severity"), 8, "text"), (Text("计分方式", "Method"), 11, "text"), (Text("权重", "Weight"), 7, "number"), (Text("应核", "Due"), 7, "int"),
    (WORDS["pass"], 7, "int"), (WORDS["fail"], 7, "int"), (WORDS["pending"], 7, "int"), (WORDS["unknown"], 8, "int"), (WORDS["not_applicable"], 7, "int"),
    (WORDS["exempt"], 6, "int"), (Text("已豁免", "Waived"), 7, "int"), (Text("已驳回", "Rejected"), 7, "int"), (Text("计分项", "Counted"), 7, "int"),
    (Text("其中重复", "Repeats"), 7, "int"), (Text("应扣分", "Points"), 8, "number"), (Text("扣分(暂定)", "Deduction (provisional)"), 8, "number"),
    (Text("得分(暂定)", "Score (provisional)"), 8, "number"), (Text("确认项", "Confirmed"), 7, "int"), (Text("扣分(确认)", "Deduction (confirmed)"), 8, "number"),
    (Text("得分(确认)", "Score (confirmed)"), 8, "number"),
)  # fmt: skip


def scores(sheet: Sheet, report: Report) -> None:
    """A line for each area in bold, its rules below, and the total of each site."""
    columns = columns_of(SCORES, report.lang)
    sheet.head(columns, top=True)
    for site in report.scores:
        for values, strong in _of_site(site, report.lang):
            sheet.line(columns, values, strong)
    sheet.filtered(0, len(columns))
    sheet.coloured(4, 1, {level: word[report.lang] for level, word in LEVEL_WORDS.items()})
    for site in report.scores:
        said = Text("{s}:暂定 {p} {g},确认 {c}", "{s}: provisional {p} {g}, confirmed {c}")[report.lang]
        total = site.provisional
        sheet.heading(said.format(s=site.site, p=score_said(total.total if total else None), g=total.grade if total else "", c=confirmed_said(site, report.lang)))


def _of_site(site: SiteScore, lang: str) -> Iterator[tuple[tuple[object, ...], bool]]:
    if site.provisional is None or site.confirmed is None:
        return
    confirmed = {area.area: area for area in site.confirmed.areas}
    rules = {rule.policy: rule for rule in site.confirmed.rules}
    for area in site.provisional.areas:
        yield _area(site.site, area, confirmed[area.area], lang), True
        for rule in site.provisional.rules:
            if rule.area == area.area:
                yield _rule(site.site, rule, rules[rule.policy], lang), False
    blank = (None,) * 12
    total, sure = site.provisional.total, site.confirmed.total
    yield (site.site, Text("合计", "Total")[lang], None, None, None, None, Decimal(100), *blank, 100 - total, total, None, 100 - sure, sure), True


def _area(site: str, one: AreaScore, sure: AreaScore, lang: str) -> tuple[object, ...]:
    said = Text("规则 {n} 条,评分 {s} 条;方案权重 {w}", "{n} rules, {s} scored; weight in the profile {w}")[lang].format(n=one.rules, s=one.scored, w=f"{one.weight:.2f}")
    return (
        site, one.area, Text("小计", "Subtotal")[lang], said, None, None, one.share, one.obligations, one.passed, one.failed, one.pending, one.unknown,
        one.not_applicable, one.exempt, one.waived, None, None, None, None, one.deduction, one.score, None, sure.deduction, sure.score,
    )  # fmt: skip


def _rule(site: str, one: RuleScore, sure: RuleScore, lang: str) -> tuple[object, ...]:
    scored = one.how != "none"
    return (
        site, one.area, one.policy, one.title, LEVEL_WORDS[one.severity][lang], HOWS[one.how][lang], one.weight if scored else None, one.obligations, one.passed, one.failed,
        one.pending, one.unknown, one.not_applicable, one.exempt, one.waived, one.rejected, one.counted, one.repeats, one.points,
        *((one.deduction, one.weight - one.deduction) if scored else (None, None)), sure.counted,
        *((sure.deduction, sure.weight - sure.deduction) if scored else (None, None)),
    )  # fmt: skip


# --- 指标表 -----------------------------------------------------------------------------------------------------------

INDICATORS: Heads = (
    (Text("项目", "Site"), 12, "text"), (Text("指标", "Indicator"), 28, "text"), (Text("目标", "Target"), 12, "text"), (Text("分子", "Numerator"), 10, "int"),
    (Text("分母", "Denominator"), 10, "int"), (Text("实际", "Value"), 10, "percent"), (Text("是否达标", "Met"), 12, "text"),
)  # fmt: skip
RATES: Heads = (
    (Text("项目", "Site"), 0, "text"), (Text("比率", "Rate"), 0, "text"), (Text("目标", "Target"), 0, "text"), (Text("分子", "Numerator"), 0, "number"),
    (Text("分母", "Denominator"), 0, "number"), (Text("组", "Group"), 0, "text"), (Text("结论", "Verdict"), 0, "text"), (Text("期间", "Period"), 0, "text"),
    (Text("计暂定分", "Counts"), 0, "text"), (Text("计确认分", "Confirmed"), 0, "text"), (Text("条款编号", "Rule"), 0, "text"),
)  # fmt: skip


def indicators(sheet: Sheet, report: Report) -> None:
    """The indicators with their trend, and below them every rate that was judged."""
    lang = report.lang
    periods = [point.period for point in report.indicators[0].trend] if report.indicators else []
    columns = [*columns_of(INDICATORS, lang), *(Column(period, 12, "text" if len(periods) > 1 else "percent") for period in periods)]
    sheet.head(columns, top=True)
    for one in report.indicators:
        sheet.line(columns, _indicator(one, lang, len(periods) > 1))
    sheet.filtered(0, len(columns))
    if not report.rates:
        return
    sheet.heading(Text("比率明细(每组每期)", "Every rate that was judged (group and period)")[lang])
    rates = columns_of(RATES, lang)
    sheet.sheet.set_column(len(rates) - 1, len(rates) - 1, 32)
    sheet.head(rates)
    yes, no = Text("是", "yes")[lang], Text("否", "no")[lang]
    for line in report.rates:
        target = f"{line.target[0].normalize():f}/{line.target[1].normalize():f}"
        sheet.line(rates, (line.site, line.title, target, line.numerator, line.denominator, line.group, line.verdict_word, line.period,
                           yes if line.counts else no, yes if line.confirmed else no, line.policy))  # fmt: skip


def _missed(reached: int, groups: int) -> Text:
    """Where each of several groups has to reach the target, how many did."""
    return Text(f"未达标({groups} 组中 {reached} 组达标)", f"missed ({groups} groups, {reached} met)") if groups > 1 else Text("未达标", "missed")


def _value(one: Indicator, numerator: int, denominator: int) -> float | str | None:
    """A share as a number of its cell, any other value as it is said."""
    return None if not denominator else numerator / denominator if one.is_share else value_said(one, numerator, denominator)


def _indicator(one: Indicator, lang: str, trend: bool) -> tuple[object, ...]:
    met = "—" if one.met is None else Text("达标", "met")[lang] if one.met else _missed(*one.groups)[lang]
    value = _value(one, one.numerator, one.denominator)
    points = [value_said(one, point.numerator, point.denominator) if trend else _value(one, point.numerator, point.denominator) for point in one.trend]
    return one.site, one.title, target_said(one, lang), one.numerator, one.denominator, value, met, *points


# --- 排名 ------------------------------------------------------------------------------------------------------------

RANKING: Heads = (
    (Text("类别", "Sort"), 10, "text"), (Text("名次", "Place"), 8, "int"), (Text("编号", "Id"), 16, "text"), (Text("名称", "Name"), 18, "text"),
    (Text("已判项数", "Judged"), 12, "int"), (Text("不合格项", "Violations"), 12, "int"), (Text("每百项不合格", "Per 100"), 14, "number"),
    (Text("其中重复", "Repeats"), 12, "int"), (Text("应扣分", "Points"), 12, "number"),
)  # fmt: skip
NEAR: Heads = (
    (Text("条款编号", "Rule"), 0, "text"), (Text("项目", "Site"), 0, "text"), (Text("对象", "Subject"), 0, "text"), (Text("责任人", "Accountable"), 0, "text"),
    (Text("日期", "Date"), 0, "date"), (Text("实测", "Measured"), 0, "text"), (Text("限值", "Limit"), 0, "text"), (Text("标准要求", "Demand"), 0, "text"),
)  # fmt: skip


def ranking(sheet: Sheet, report: Report) -> None:
    """Sites, teams and people: the best first; then all repeats and the near misses."""
    lang = report.lang
    columns = columns_of(RANKING, lang)
    sheet.head(columns, top=True)
    for sort, listed in ((Text("项目", "site"), report.sites), (Text("班组", "team"), report.teams), (Text("个人", "person"), report.people)):
        for one in listed:
            sheet.line(columns, (sort[lang], one.place, one.id, one.name, one.judged, one.violations, one.hundred, one.repeats, one.points))
    sheet.filtered(0, len(columns))
    if report.near:
        near = columns_of(NEAR, lang)
        sheet.heading(Text("接近限值的合格项(用时在限值九成以上)", "Near misses (more than nine tenths of the limit used)")[lang])
        sheet.head(near)
        for miss in report.near:
            sheet.line(near, (miss.rule.policy, miss.site, miss.subject, miss.accountable, miss.on, miss.measured, miss.limit, miss.rule.title))


# --- 数据质量 ---------------------------------------------------------------------------------------------------------

DOUBTS: Heads = (
    (Text("条款编号", "Rule"), 34, "text"), (Text("标准要求", "Demand"), 34, "text"), (Text("情形", "Sort"), 14, "text"), (Text("项数", "Number"), 10, "int"),
    (Text("原因", "Why"), 44, "wrap"), (Text("级别", "Severity"), 10, "text"),
)  # fmt: skip

WAIVED: Heads = (
    (Text("条款编号", "Rule"), 0, "text"), (Text("标准要求", "Demand"), 0, "wrap"), (Text("项目", "Site"), 0, "text"), (Text("项数", "Number"), 0, "int"),
    (Text("理由", "Reason"), 0, "wrap"), (Text("豁免依据", "Waived by"), 0, "text"), (Text("豁免到期", "Waived until"), 0, "date"),
)  # fmt: skip
WAIVERS: Heads = (
    (Text("政策", "Policy"), 0, "text"), (Text("项目、对象", "Site, subject"), 0, "wrap"), (Text("注意", "Note"), 0, "wrap"), (Text("项数", "Number"), 0, "int"),
    (Text("理由", "Reason"), 0, "wrap"), (Text("批准人", "Approved by"), 0, "text"), (Text("自", "From"), 0, "date"), (Text("至", "Until"), 0, "date"),
    (Text("写在", "Written in"), 0, "text"),
)  # fmt: skip


def quality(sheet: Sheet, report: Report) -> None:
    """What was not judged and why; what was doubtful in the data; what is excused and waived."""
    lang, found = report.lang, report.quality
    columns = columns_of(DOUBTS, lang)
    sheet.head(columns, top=True)
    for one in found.doubts:
        sheet.line(columns, (one.rule.policy, one.rule.title, SORTS[one.sort][lang], one.obligations, one.why, one.rule.severity_word))
    sheet.filtered(0, len(columns))
    sheet.heading(Text("存疑数据(逐行见 data-quality.csv)", "Doubtful data (row by row in data-quality.csv)")[lang])
    sheet.pairs([(kind, str(number)) for kind, number in found.kinds] or [(Text("没有", "none")[lang], None)])
    for line in (*found.notes, *report.cover.incomplete):
        sheet.paragraph(line, 6, 140)
    if report.exemptions:
        sheet.heading(Text("免责(政策本身规定)", "Excused by the policies themselves")[lang])
        for excused in report.exemptions:
            sheet.line(columns, (excused.rule.policy, excused.rule.title, excused.site, excused.obligations, excused.why, excused.rule.severity_word))
    sheet.heading(Text("已豁免的不合格项", "Violations let stand")[lang])
    _waived(sheet, report)
    if report.waivers:
        _waivers(sheet, report)


def _waived(sheet: Sheet, report: Report) -> None:
    if not report.waived:
        return sheet.paragraph(Text("没有", "none")[report.lang], 6, 140)
    columns = columns_of(WAIVED, report.lang)
    sheet.head(columns)
    for one in report.waived:
        sheet.line(columns, (one.rule.policy, one.rule.title, one.site, one.violations, one.reason, one.by, one.until))
    return None


def _waivers(sheet: Sheet, report: Report) -> None:
    """Every waiver of the audit: whether it is used, and what is odd about it."""
    columns = columns_of(WAIVERS, report.lang)
    sheet.heading(Text("豁免文件逐条", "Every waiver of the audit")[report.lang])
    sheet.head(columns)
    for one in report.waivers:
        scope = " ".join(part for part in (one.site, one.subject) if part) or Text("全部", "all")[report.lang]
        odd = {"zh": ";", "en": "; "}[report.lang].join(one.odd)
        sheet.line(columns, (one.policy, scope, odd or None, one.violations, one.reason, one.approved_by, one.first, one.last, one.place))


# --- 条款与参数 -------------------------------------------------------------------------------------------------------

RULES: Heads = (
    (Text("条款编号", "Rule"), 34, "text"), (Text("标准要求", "Demand"), 30, "wrap"), (Text("级别", "Severity"), 8, "text"), (Text("板块", "Area"), 18, "text"),
    (Text("依据条款", "Clause"), 40, "wrap"), (Text("判定规则", "How it is judged"), 80, "wrap"),
)  # fmt: skip
VALUES: Heads = (
    (Text("条款编号", "Rule"), 0, "text"), (Text("参数", "Parameter"), 0, "wrap"), (Text("方案", "Profile"), 0, "text"), (Text("取值", "Value"), 0, "wrap"),
    (Text("来源", "From"), 0, "wrap"),
)  # fmt: skip


def rules(sheet: Sheet, report: Report) -> None:
    """The rules first (links lead to their rows), then the values in force."""
    lang = report.lang
    columns = columns_of(RULES, lang)
    sheet.head(columns, top=True)
    for one in report.rules:
        sheet.line(columns, (one.policy, one.title, one.severity_word, one.area, one.clause, "\n".join(one.text)))
    sheet.filtered(0, len(columns))
    sheet.coloured(2, 1, {level: word[lang] for level, word in LEVEL_WORDS.items()})
    sheet.heading(Text("生效取值", "Values in force")[lang])
    values = columns_of(VALUES, lang)
    sheet.head(values)
    for value in report.appendix.values:
        sheet.line(values, (value.policy, value.parameter, value.site_profile, value.value, value.origin))


# --- 说明 ------------------------------------------------------------------------------------------------------------

FILES: Heads = (
    (Text("文件", "File"), 0, "text"), (Text("工作表", "Sheet"), 0, "text"), (Text("记录", "Record"), 0, "text"), (Text("读入", "Read"), 0, "int"),
    (Text("采用", "Accepted"), 0, "int"), (Text("拒收", "Rejected"), 0, "int"), (Text("重复", "Duplicates"), 0, "int"), (Text("被更新", "Superseded"), 0, "int"),
    (Text("文件校验值 SHA-256", "SHA-256 of the file"), 0, "text"),
)  # fmt: skip


def notes(sheet: Sheet, report: Report) -> None:
    """What was audited by what, how scores come about, what was sampled, what is left to inspection."""
    lang, cover = report.lang, report.cover
    sheet.title(Text("说明", "Notes")[lang])
    sheet.pairs([
        (Text("报告编号", "Report no.")[lang], cover.number), (Text("程序", "Tool")[lang], cover.tool), (Text("期间", "Period")[lang], cover.period),
        *((Text("项目 {s}", "Site {s}")[lang].format(s=one.site), f"{one.name or ''} {one.zone} {one.profile} {one.as_of}".strip()) for one in cover.sites),
        (Text("政策", "Policies")[lang], f"{cover.policies} {cover.policies_hash}"),
        *((Text("方案 {p}", "Profile {p}")[lang].format(p=name), said) for name, said in cover.profiles),
        (Text("个人信息", "Personal data")[lang], Text("姓名、电话、地址已遮盖", "names, phones and addresses are masked")[lang] if cover.reason is None
         else Text("未遮盖,理由:{r}", "shown, because: {r}")[lang].format(r=cover.reason)),
    ])  # fmt: skip
    sheet.heading(Text("数据文件", "Files")[lang])
    files = columns_of(FILES, lang)
    sheet.head(files)
    for one in cover.files:
        sheet.line(files, (one.file, one.sheet, one.record, one.read, one.accepted, one.rejected, one.duplicates, one.superseded, one.sha256))
    for heading, lines in ((Text("计算方法", "How scores are computed"), report.appendix.calculation), (Text("检查范围与抽样", "Scope and sampling"), report.appendix.sampling)):
        sheet.heading(heading[lang])
        for line in lines:
            sheet.paragraph(line, 9, 190)
    if report.appendix.by_inspection:
        sheet.heading(Text("只能现场检查的标准", "Standards left to inspection")[lang])
        for standard, title in report.appendix.by_inspection:
            sheet.paragraph(f"{standard}  {title}", 9, 190)
