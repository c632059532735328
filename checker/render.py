"""A run directory -> its reports, written into it: the one place where a run's figures meet what they are rendered to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from checker.engines.reading import read_figures
from checker.load.kept import book_of_run
from checker.report.audit.content import content
from checker.report.audit.model import Lang, Report
from checker.report.renderers import RENDERERS
from checker.run import add_to_run, read_run


def render(path: Path, history: Sequence[Path], formats: Sequence[str], lang: Lang, reason: str | None) -> tuple[Path, ...]:
    """Render a run to files in its folder and say where. Names, phones and addresses are masked unless there is a `reason`.
    Raises CheckerError where the folder is no run, or a folder of the history holds neither runs nor decisions."""
    run = read_run(path)
    book = book_of_run(run)
    report = content(run, book, read_figures(run, book, history), lang, reason)
    files = {RENDERERS[form][0]: _writer(report, form) for form in formats}
    said: Mapping[str, Any] = {name: {"lang": lang, "unmasked": reason} for name in files}
    add_to_run(run, files, {"reports": dict(sorted({**run.manifest.get("reports", {}), **said}.items()))})
    return tuple(path / name for name in files)


def _writer(report: Report, form: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        if sys.stderr.isatty():
            print(f"\r{path.name} …\x1b[K", end="", file=sys.stderr, flush=True)
        RENDERERS[form][1](report, path)
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    return write


__all__ = ["RENDERERS", "render"]
