"""violations.csv and data-quality.csv: for Excel, UTF-8 with a mark, no cell that is a formula."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from checker.finding import Finding, short
from checker.policy.kinds import Base
from checker.report.sentences import Writer, enough, measure, moment

DANGER = tuple("=+-@\t\r＝＋－＠")
HEAD = (
    "编号 id", "政策 policy", "标准 standard", "条款 clause", "级别 severity", "扣分 points", "项目 site", "班组 team", "责任人 accountable",
    "对象 subject", "序次 ordinal", "发生时间 occurred at", "期限 due at", "实测 measured", "限值 limit", "还差 short of",
    "事实", "fact", "备注 note", "有争议 disputed", "文件 file", "工作表 sheet", "行 row",
)  # fmt: skip


def safe(cell: object) -> str:
    """A cell that a spreadsheet takes as text: what would begin a formula gets a leading apostrophe."""
    text = "" if cell is None else str(cell)
    number = text.removeprefix("-").replace(".", "", 1)
    return "'" + text if text.startswith(DANGER) and not number.isdigit() else text


def write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(head)
        out.writerows([safe(cell) for cell in row] for row in rows)


def violations(findings: Callable[[], Iterable[Finding]], writer: Writer, policies: dict[str, Base]) -> Callable[[Path], None]:
    """Writes the fails as sentences in both languages."""

    def row(finding: Finding) -> Sequence[object]:
        policy, zone = policies[finding.policy], writer.zones.get(finding.site_id, "UTC")
        said = writer.sentence(finding)
        clause = "; ".join(f"{one.document} {one.clause}" for one in policy.source)
        return (
            short(finding.fingerprint), finding.policy, finding.standard, clause, finding.severity, _number(finding.points), finding.site_id,
            finding.team_id, finding.accountable, finding.subject, finding.ordinal, moment(finding.occurred_at, zone, "zh"),
            moment(finding.due_at, zone, "zh"), measure(finding.measured, finding.unit, zone, "zh"),
            measure(finding.limit, finding.unit, zone, "zh"), enough(finding), said.zh, said.en, finding.note,
            "是" if finding.disputed else "", finding.file, finding.sheet, finding.row,
        )  # fmt: skip

    return lambda path: write_csv(path, HEAD, map(row, findings()))


def _number(value: Decimal | None) -> str:
    """A decimal without trailing zeros."""
    return "" if value is None else f"{value.normalize():f}"


def quality(rows: Iterable[Sequence[object]]) -> Callable[[Path], None]:
    """Writes what was rejected or doubtful: file, sheet, row, column, text, reason in both languages."""
    head = ("类别 kind", "文件 file", "工作表 sheet", "行 row", "列 column", "原文 text", "原因", "reason")
    return lambda path: write_csv(path, head, rows)
