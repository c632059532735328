"""Tables for Excel: UTF-8 with a mark, no cell that is a formula."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from checker.masks import Masks
from checker.policy.records import RecordType

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


def quality(found: Any, masks: Masks) -> Callable[[Path], None]:
    """Writes what was rejected or doubtful: file, sheet, row, column, text, reason in both languages; personal cells masked."""
    head = ("类别 kind", "文件 file", "工作表 sheet", "行 row", "列 column", "原文 text", "原因", "reason")
    personal = personal_columns(found, masks.types)
    shown = masks.text

    def rows() -> Iterable[Sequence[object]]:
        for one in found.doubtful():
            text = shown(one.text, personal.get((one.file, one.sheet, one.column)))
            place = shown(one.file), shown(one.sheet or ""), one.row, shown(one.column)
            yield (f"{one.kind.zh} {one.kind.en}", *place, text, shown(one.reason.zh), shown(one.reason.en))

    return lambda path: write_csv(path, head, rows())


def personal_columns(found: Any, types: Mapping[str, RecordType]) -> dict[tuple[str, str, str], str]:
    """(file, sheet, header or field) -> what kind of personal data stands there; a column of names looked up holds names."""
    listed: dict[tuple[str, str, str], str] = {}
    for file in found.files:
        for column in file.columns if file.record else ():
            spec = types[file.record].fields.get(column.field or "")
            kind = "name" if column.lookup else spec.personal if spec else None
            if kind:
                listed |= {(file.path, file.sheet, column.header): kind, (file.path, file.sheet, column.field or ""): kind}
    return listed
