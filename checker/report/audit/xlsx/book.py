"""The workbook's sheets, in the order in which a quality department reads them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from checker.errors import Text
from checker.report.audit.model import Report
from checker.report.audit.xlsx import notices, rows, summary, tables
from checker.report.audit.xlsx.paper import Paper

SHEETS = {
    "summary": Text("汇总", "Summary"), "scores": Text("得分表", "Scores"), "indicators": Text("指标表", "Indicators"),
    "violations": Text("不合格项清单", "Nonconformities"), "ranking": Text("排名", "Ranking"), "quality": Text("数据质量", "Data quality"),
    "rules": Text("条款与参数", "Rules and values"), "notes": Text("说明", "Notes"), "notices": Text("整改通知单", "Notices"),
}  # fmt: skip


def write(report: Report, path: Path) -> None:
    """Write the workbook; the same report gives the same bytes."""
    names = {key: said[report.lang] for key, said in SHEETS.items()}
    paper = Paper(path, f"{report.cover.title} {report.cover.number}", _dated(report))
    try:
        summary.summary(paper.sheet(names["summary"], summary.WIDTHS), report)
        tables.scores(paper.sheet(names["scores"]), report)
        tables.indicators(paper.sheet(names["indicators"]), report)
        rows.violations(paper, report, names)
        tables.ranking(paper.sheet(names["ranking"]), report)
        tables.quality(paper.sheet(names["quality"]), report)
        tables.rules(paper.sheet(names["rules"]), report)
        tables.notes(paper.sheet(names["notes"], (22, 26, 30, 12, 12, 12, 12, 12, 66)), report)
        notices.notices(paper.sheet(names["notices"], notices.WIDTHS), report)
    finally:
        paper.close()


def _dated(report: Report) -> datetime:
    """The last as-of, as the date of the workbook: never the wall clock."""
    said = max(site.as_of for site in report.cover.sites)[:10]
    return datetime.strptime(said, "%Y-%m-%d")


__all__ = ["SHEETS", "write"]
