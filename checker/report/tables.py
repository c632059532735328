"""Tables for Excel: UTF-8 with a mark, no cell that is a formula."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

DANGER = tuple("=+-@\t\r＝＋－＠")
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


def quality(rows: Iterable[Sequence[object]]) -> Callable[[Path], None]:
    """Writes what was rejected or doubtful: file, sheet, row, column, text, reason in both languages."""
    head = ("类别 kind", "文件 file", "工作表 sheet", "行 row", "列 column", "原文 text", "原因", "reason")
    return lambda path: write_csv(path, head, rows)
