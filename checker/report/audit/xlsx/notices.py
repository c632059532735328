"""整改通知单: one a page, to be filled in and signed."""

from __future__ import annotations

from checker.errors import Text
from checker.report.audit.model import Notice, Report
from checker.report.audit.xlsx.paper import LINE, Column, Look, Sheet

FACTS = (
    Text("不合格项编号", "Id"), Text("条款", "Clause"), Text("发生时间", "Occurred"), Text("事实与证据", "Fact and evidence"), Text("级别 / 扣分", "Severity / points"),
    Text("要求", "Demand"),
)  # fmt: skip
LOOKS: tuple[Look, ...] = ("text", "wrap", "time", "wrap", "text", "wrap")
WIDTHS = (19, 24, 17, 44, 13, 24)
COLUMNS = [Column("", width, look) for width, look in zip(WIDTHS, LOOKS, strict=True)]
BLANKS = (
    (Text("原因分析(五个为什么)", "Cause (five whys)"), 3), (Text("纠正", "Correction"), 2), (Text("纠正措施", "Corrective action"), 2),
    (Text("预防措施", "Preventive action"), 2), (Text("整改前后证据", "Evidence before and after"), 2),
)  # fmt: skip
SIGNED = (
    (Text("整改责任人", "Owner"), Text("整改期限", "To be done by"), Text("完成日期", "Completed on")),
    (Text("验证人(不得是整改责任人)", "Verified by (not the owner)"), Text("验证结果(有效/无效)", "Effective or not"), Text("关闭日期", "Closed on")),
    (Text("签发人", "Issued by"), Text("责任人签字", "Signed by the owner"), Text("验证人签字", "Signed by the verifier")),
)  # fmt: skip
APPEAL = Text("对本通知有异议的,可在 3 个工作日内申诉一次,由他人复核。", "An appeal may be made once within 3 working days; somebody else decides on it.")


def notices(sheet: Sheet, report: Report) -> None:
    """All notices, each on a page of its own."""
    breaks = []
    for one in report.notices:
        _notice(sheet, one, report)
        breaks.append(sheet.row)
    sheet.sheet.set_h_pagebreaks(breaks[:1023])
    if not report.notices:
        sheet.paragraph(Text("没有需要整改的不合格项", "nothing needs a corrective action")[report.lang], 6, 100)


def _notice(sheet: Sheet, one: Notice, report: Report) -> None:
    lang = report.lang
    sheet.title(Text("整改通知单", "Corrective-action notice")[lang])
    told: list[tuple[Text, object]] = [(Text("编号", "No."), one.number), (Text("发往", "Issued to"), one.addressee), (Text("签发日期", "Issued on"), None),
             (Text("项目", "Site"), one.site), (Text("应整改项数", "Violations"), one.violations), (Text("应扣分", "Points"), one.points)]  # fmt: skip
    for first in (0, 3):
        for index, (label, value) in enumerate(told[first : first + 3]):
            sheet.cell(sheet.row, 2 * index, "text", label[lang], True)
            sheet.cell(sheet.row, 2 * index + 1, "number" if label.en == "Points" else "int" if isinstance(value, int) else "text", value)
        sheet.row += 1
    for index, head in enumerate(FACTS):
        sheet.cell(sheet.row, index, "text", head[lang], True)
    sheet.row += 1
    for fact in one.facts:
        told_of = "\n".join((fact.fact, *fact.traced))
        values = (fact.id, fact.rule.clause, fact.occurred, told_of, f"{fact.rule.severity_word} {fact.weighed.normalize():f}", fact.rule.title)
        sheet.line(COLUMNS, values)
    if one.violations > len(one.facts):
        sheet.paragraph(Text("另有 {n} 项,见不合格项清单。", "{n} more: see the list.")[lang].format(n=one.violations - len(one.facts)), 6, 100)
    for label, lines in BLANKS:
        sheet.sheet.set_row(sheet.row, 18 * lines)
        sheet.sheet.merge_range(sheet.row, 1, sheet.row, 5, "", sheet.look("text"))
        sheet.cell(sheet.row, 0, "text", label[lang], True)
        sheet.row += 1
    for labels in SIGNED:
        sheet.sheet.set_row(sheet.row, 2 * LINE)
        for index, word in enumerate(labels):
            sheet.cell(sheet.row, 2 * index, "wrap", word[lang], True)
            sheet.cell(sheet.row, 2 * index + 1, "text", None)
        sheet.row += 1
    sheet.paragraph(APPEAL[lang], 6, 100)
    sheet.row += 1
