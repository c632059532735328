"""What a report is rendered to: the format, and the function that writes it. A new format is one more line here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from checker.report.audit.model import Report

Renderer = Callable[[Report, Path], None]


def _xlsx(report: Report, path: Path) -> None:
    from checker.report.audit.xlsx import write_xlsx

    write_xlsx(report, path)


def _md(report: Report, path: Path) -> None:
    from checker.report.audit.markdown import write_md

    write_md(report, path)


def _html(report: Report, path: Path) -> None:
    from checker.report.html import render_html

    render_html(report, path)


def _notices(report: Report, path: Path) -> None:
    from checker.report.html import render_notices

    render_notices(report, path)


RENDERERS: dict[str, tuple[str, Renderer]] = {
    "html": ("report.html", _html), "notices": ("notices.html", _notices), "xlsx": ("report.xlsx", _xlsx), "md": ("report.md", _md),
}  # fmt: skip
"""Format -> its file in the run directory, and what writes it: each takes the report and the path."""
