"""Findings as JSON Lines and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from checker.report.machines.rows import COLUMNS, Handed
from checker.report.machines.streamed import ENCODE
from checker.report.tables import safe


def jsonl(handed: Handed) -> Iterator[str]:
    """One JSON object a line."""
    return (ENCODE(row) + "\n" for row in handed.rows())


def as_csv(handed: Handed) -> Iterator[str]:
    """With a mark, for Excel; no cell is a formula."""
    yield "\ufeff" + _line(list(COLUMNS))
    for row in handed.rows():
        row["arguments"] = ENCODE(row["arguments"])
        yield _line([safe(row[name]) for name in COLUMNS])


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


__all__ = ["as_csv", "jsonl"]
