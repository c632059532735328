"""不合格项清单: every violation a row; what fits no sheet goes on in the next. The columns up to 状态 are printed, the rest stand beside."""

from __future__ import annotations

from collections.abc import Mapping

from checker.errors import Text
from checker.finding import LEVEL_WORDS
from checker.report.audit.model import Nonconformity, Report
from checker.report.audit.words import STATES
from checker.report.audit.xlsx.paper import LAST_ROW, Column, Link, Look, Paper, Sheet

LINKED = 30_000
"""Rows with links: a sheet holds 65,530 of them, and two stand in a row."""
FIRST_RULE = 1
"""The row of the first rule in 条款与参数, below its head."""
COLUMNS: tuple[tuple[Text, float, Look], ...] = (
    (Text("序号", "No."), 6, "int"), (Text("不合格项编号", "Id"), 15, "text"), (Text("条款编号", "Rule"), 22, "wrap"), (Text("标准要求", "Demand"), 17, "wrap"),
    (Text("事实描述", "Fact"), 32, "wrap"), (Text("证据(记录号/位置)", "Evidence"), 30, "wrap"), (Text("发生时间", "Occurred"), 15.5, "time"),
    (Text("级别", "Severity"), 7, "text"), (Text("扣分", "Points"), 6, "number"), (Text("责任部门", "Team"), 8, "text"), (Text("责任人", "Accountable"), 9, "text"),
    (Text("审核意见", "Decision"), 8, "wrap"), (Text("纠正措施", "Corrective action"), 12, "wrap"), (Text("整改期限", "To be done by"), 10.5, "date"),
    (Text("完成时间", "Done on"), 10.5, "date"), (Text("验证人", "Verified by"), 8, "text"), (Text("验证结果", "Result"), 7, "text"), (Text("状态", "State"), 7, "text"),
    (Text("项目", "Site"), 10, "text"), (Text("对象", "Subject"), 24, "text"), (Text("序次", "Ordinal"), 12, "text"), (Text("期限", "Due"), 16, "time"),
    (Text("实测", "Measured"), 16, "text"), (Text("限值", "Limit"), 16, "text"), (Text("还差", "Short of"), 7, "int"), (Text("取值及来源", "Value in force"), 36, "text"),
    (Text("依据条款", "Clause"), 36, "text"), (Text("板块", "Area"), 16, "text"), (Text("期内第几次", "Repeat no."), 9, "int"),
    (Text("暂定计分", "Provisional points"), 9, "number"), (Text("确认计分", "Confirmed points"), 9, "number"), (Text("更多证据", "More evidence"), 9, "int"),
    (Text("有争议", "Disputed"), 8, "text"), (Text("备注", "Note"), 20, "text"), (Text("认定人", "Decided by"), 10, "text"), (Text("认定时间", "Decided at"), 16, "time"),
    (Text("豁免依据", "Waived by"), 14, "text"), (Text("豁免到期", "Waived until"), 11, "date"),
)  # fmt: skip
PRINTED = 18
SEVERITY = 7


def violations(paper: Paper, report: Report, names: Mapping[str, str], most: int = LAST_ROW - 1) -> None:
    """Write the list, `most` rows a sheet."""
    columns = [Column(head[report.lang], width, look) for head, width, look in COLUMNS]
    places = {rule.policy: f"'{names['rules']}'!A{FIRST_RULE + 1 + index}" for index, rule in enumerate(report.rules)}
    sheet: Sheet | None = None
    for count, one in enumerate(report.violations):
        if count % most == 0:
            _finish(sheet, columns, report)
            sheet = _begin(paper, names["violations"], count // most, columns)
        assert sheet
        sheet.line(columns, _row(one, report.lang, places if count < LINKED else {}))
    _finish(sheet or _begin(paper, names["violations"], 0, columns), columns, report)


def _begin(paper: Paper, name: str, number: int, columns: list[Column]) -> Sheet:
    sheet = paper.sheet(f"{name}({number + 1})" if number else name)
    sheet.head(columns, top=True)
    return sheet


def _finish(sheet: Sheet | None, columns: list[Column], report: Report) -> None:
    if sheet is None:
        return
    sheet.filtered(0, len(columns))
    sheet.coloured(SEVERITY, 1, {level: word[report.lang] for level, word in LEVEL_WORDS.items()})
    sheet.sheet.print_area(0, 0, max(sheet.row - 1, 0), PRINTED - 1)


def _row(one: Nonconformity, lang: str, places: Mapping[str, str]) -> tuple[object, ...]:
    place = places.get(one.rule.policy)
    opinion = STATES[one.decided.state][lang] if one.decided.state != "open" else None
    reason = f"{opinion}: {one.decided.reason}" if opinion and one.decided.reason else opinion
    return (
        one.number, one.id, Link(place, one.rule.policy) if place else one.rule.policy, one.rule.title, one.fact, "\n".join(one.traced), one.occurred,
        one.rule.severity_word, one.points, one.team, one.accountable, reason, None, None, None, None, None, STATES[one.decided.state][lang],
        one.site, one.subject, one.ordinal, one.due, one.measured, one.limit, one.short_of, one.value,
        one.rule.clause, one.rule.area, one.repeat or None, one.weighed, one.weighed_confirmed, one.more,
        {"zh": "是", "en": "yes"}[lang] if one.disputed else None, one.note, one.decided.by, one.decided.at, one.waived_by, one.decided.until,
    )  # fmt: skip


__all__ = ["COLUMNS", "LINKED", "violations"]
