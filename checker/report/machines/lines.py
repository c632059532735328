"""Findings as JSON Lines and as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from checker.report.machines.rows import COLUMNS, Handed
from checker.report.tables import safe


def jsonl(handed: Handed) -> Iterator[str]:
    """One JSON object a line."""
    return (json.dumps(row, ensure_ascii=False) + "\n" for row in handed.rows())


def as_csv(handed: Handed) -> Iterator[str]:
    """With a mark, for Excel; no cell is a formula."""
    yield "\ufeff" + _line(list(COLUMNS))
    for row in handed.rows():
        row["arguments"] = json.dumps(row["arguments"], ensure_ascii=False)
        yield _line([safe(row[name]) for name in COLUMNS])


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


__all__ = ["as_csv", "jsonl"]
