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


RENDERERS: dict[str, Renderer] = {"xlsx": _xlsx, "md": _md}
"""`report.<format>` of the run directory; each takes the report and the path to write."""
