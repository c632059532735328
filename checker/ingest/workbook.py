"""Reads one workbook in a process of its own and writes its sheets, as text cells, to stdout.

A pre-scan refuses what would exhaust the reader: zip bombs and sheets whose extent is huge while their cells are few.
"""

from __future__ import annotations

import html
import pickle
import re
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

UNPACKED, RATIO, CELLS = 1_500_000_000, 200, 60_000_000
CHUNK = 1 << 20
CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
FORMULA = re.compile(rb"<c [^>]*?r=\"([A-Z]{1,3}\d{1,7})\"[^>]*?><f[^>]*?(?:/>|>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>")
Refusal = tuple[str, str, str, str, str]
Notes = dict[str, list[tuple[str, str]]]
"""What is to be said of a sheet, by its name."""


def main(path: Path) -> tuple[str, Any]:
    """("sheets", [(name, rows, notes)]) or ("refused", texts)."""
    raw = path.open("rb").read(8)
    notes: Notes = {}
    if raw[:2] == b"PK":
        refusal, notes = scan(path)
        if refusal:
            return "refused", refusal
    elif locked(path):
        return "refused", ("有密码,打不开", "it is protected by a password", "去掉密码另存", "save it without the password", "workbook.password")
    return sheets(path, notes)


def locked(path: Path) -> bool:
    """Whether an OLE file holds an encrypted package, or an old workbook is encrypted."""
    return b"E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e" in path.read_bytes()


def scan(path: Path) -> tuple[Refusal | None, Notes]:
    """What is dangerous, and notes on formulas that carry no value."""
    try:
        with zipfile.ZipFile(path) as book:
            items = book.infolist()
            if not any(item.filename.startswith("xl/") for item in items):
                return ("内容不是 Excel", "the content is not Excel", "重新导出", "export it again", "file.other"), {}
            total, packed = sum(item.file_size for item in items), sum(item.compress_size for item in items)
            if total > UNPACKED or (total > RATIO * max(packed, 1) and total > 50_000_000):
                return ("解压后过大,疑为压缩炸弹", "it unpacks to too much and looks like a zip bomb", "重新导出", "export it again", "workbook.bomb"), {}
            return _sheets_scanned(book, items)
    except (zipfile.BadZipFile, OSError, ValueError):
        return ("文件已损坏", "the file is damaged", "在 Excel 里打开并另存", "open it in Excel and save it again", "workbook.crash"), {}


def _sheets_scanned(book: zipfile.ZipFile, items: list[zipfile.ZipInfo]) -> tuple[Refusal | None, Notes]:
    notes: Notes = {}
    named = _names(book)
    for item in items:
        if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", item.filename):
            continue
        rows, columns, empty = _extent(book, item)
        if rows * columns > CELLS:
            said = ("表格范围过大:{r} 行 × {c} 列", "the sheet spans too much: {r} rows x {c} columns")
            zh, en = (text.format(r=rows, c=columns) for text in said)
            return (zh, en, "删去远处的空单元格后另存", "delete the far-away cells and save it again", "workbook.extent"), {}
        if empty:
            said = (f"{len(empty)} 个公式没有值,例如 {empty[0]}", f"{len(empty)} formulas carry no value, for example {empty[0]}")
            notes.setdefault(named.get(item.filename, ""), []).append(said)
    return None, notes


def _names(book: zipfile.ZipFile) -> dict[str, str]:
    """The name of each sheet by the file that holds it, as far as the workbook says it."""
    try:
        sheets, links = (book.read(one).decode("utf-8", "replace") for one in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"))
    except KeyError:
        return {}
    targets = {_said(one, "Id"): _said(one, "Target") for one in re.findall(r"<Relationship\b[^>]*>", links)}
    found = ((_said(one, "name"), targets.get(_said(one, "r:id"), "")) for one in re.findall(r"<sheet\b[^>]*>", sheets))
    return {target.lstrip("/") if target.startswith("/") else f"xl/{target}": html.unescape(name) for name, target in found}


def _said(element: str, attribute: str) -> str:
    found = re.search(rf"""\s{attribute}=(["'])(.*?)\1""", element)
    return found[2] if found else ""


def _extent(book: zipfile.ZipFile, item: zipfile.ZipInfo) -> tuple[int, int, list[str]]:
    """(last row, last column, addresses of formulas without a value) of one sheet, read as a stream."""
    rows = columns = 0
    empty: list[str] = []
    rest = b""
    with book.open(item) as stream:
        while chunk := stream.read(CHUNK):
            block = rest + chunk
            cut = block.rfind(b"<c ")
            block, rest = (block[:cut], block[cut:]) if cut > 0 else (b"", block)
            rows, columns = _grown(block, rows, columns, empty)
    rows, columns = _grown(rest, rows, columns, empty)
    return rows, columns, empty


def _grown(block: bytes, rows: int, columns: int, empty: list[str]) -> tuple[int, int]:
    for found in CELL.finditer(block):
        column = 0
        for letter in found[1]:
            column = column * 26 + letter - 64
        rows, columns = max(rows, int(found[2])), max(columns, column)
    empty += [found[1].decode() for found in FORMULA.finditer(block)]
    return rows, columns


def sheets(path: Path, notes: Notes) -> tuple[str, Any]:
    """Every sheet's rows as text; merged cells keep their value in the first."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_path(str(path))
        found = []
        for sheet in book.sheets_metadata:
            if "WorkSheet" not in str(sheet.typ):
                continue
            said = [*notes.get(sheet.name, ()), *notes.get("", ())]
            if sheet.visible != SheetVisibleEnum.Visible:
                said.append(("隐藏的工作表", "a hidden sheet"))
            rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            found.append((sheet.name, [(number, [cell(one) for one in row]) for number, row in enumerate(rows, 1)], said))
        return "sheets", found
    except PasswordError:
        return "refused", ("有密码,打不开", "it is protected by a password", "去掉密码另存", "save it without the password", "workbook.password")
    except (CalamineError, OSError, ValueError):
        return "refused", ("文件已损坏", "the file is damaged", "在 Excel 里打开并另存", "open it in Excel and save it again", "workbook.crash")


def cell(value: Any) -> str:
    """A cell as text: whole floats without a point, times in ISO form."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            if abs(value) >= 1e15:
                return f"{value:.14e}"
            return str(int(value)) if value.is_integer() else repr(value)
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat()
        case timedelta():
            seconds = value // timedelta(seconds=1)
            return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return str(value)


if __name__ == "__main__":
    sys.stdout.buffer.write(pickle.dumps(main(Path(sys.argv[1]))))
