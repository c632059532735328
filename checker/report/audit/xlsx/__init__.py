"""The report as a workbook."""

from __future__ import annotations

from pathlib import Path

from checker.report.audit.model import Report


def write_xlsx(report: Report, path: Path) -> None:
    """Write report.xlsx."""
    from checker.report.audit.xlsx.book import write

    write(report, path)
