"""A file -> tables of text: one for each sheet, with the row numbers that a person sees. Parquet stays a file."""

from __future__ import annotations

import csv
import hashlib
import html.parser
import io
import json
import pickle
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checker.errors import CheckerError, Text, Where, refuse, say, system

Row = tuple[int, list[str]]
ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".xls", ".xlsm", ".xlsb", ".jsonl", ".ndjson", ".parquet", ".csv.gz")
TIMEOUT = 600


@dataclass
class Raw:
    """One table as it stands in a file. `rows` are (row number, cells); `parquet` instead where it is a Parquet file."""

    path: Path
    name: str
    sheet: str
    sha256: str
    form: str
    encoding: str = ""
    rows: list[Row] = field(default_factory=list)
    parquet: tuple[Path, ...] = ()
    keys: list[str] | None = None
    notes: list[Text] = field(default_factory=list)


def find(paths: tuple[Path, ...]) -> list[tuple[Path, str]]:
    """(file, name as reported) of every file to read, sorted by name whatever the order of the arguments."""
    found: dict[Path, str] = {}
    for path in paths:
        if path.is_dir():
            inside = [one for one in path.rglob("*") if one.is_file() and _readable(one) and not _of_a_run(one, path)]
            if not inside:
                raise refuse("data.empty", say("文件夹里没有可读的文件", "there is no file to read in the folder"),
                             say("放入 CSV、Excel、JSON Lines 或 Parquet 导出", "put CSV, Excel, JSON Lines or Parquet exports in it"), Where(str(path)))  # fmt: skip
            found |= {one: one.relative_to(path).as_posix() for one in inside}
        elif path.is_file():
            found[path] = path.name
        else:
            raise refuse("data.none", say("没有这个文件或文件夹", "there is no such file or folder"), say("检查路径", "look at the path"), Where(str(path)))
    twice = {name for name, number in Counter(found.values()).items() if number > 1}
    return sorted(((one, one.as_posix() if name in twice else name) for one, name in found.items()), key=lambda item: (item[1], str(item[0])))


def _of_a_run(one: Path, folder: Path) -> bool:
    """Whether a file is part of an earlier result that stands inside the folder."""
    return one.parent != folder and (one.parent / "manifest.json").is_file() and (one.parent / "summary.json").is_file()


def _readable(path: Path) -> bool:
    return path.name.lower().endswith(ENDINGS) and not path.name.startswith(("~$", "."))


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(path: Path, name: str, encoding: str | None = None) -> Iterator[Raw]:
    """Every table of a file. Raises CheckerError where it is not what its name says, locked, or dangerous to open."""
    try:
        digest = sha256(path)
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        said = system(error)
        raise refuse("file.locked", say("打不开:{z}", "it cannot be opened: {e}", z=said.zh, e=said.en),
                     say("在 Excel 里关闭它再试", "close it in Excel and try again"), Where(name)) from error  # fmt: skip
    suffix = path.name.lower().rpartition(".")[2]
    match suffix:
        case "parquet":
            if start[:4] != b"PAR1":
                raise _not_what_it_says(name, "Parquet")
            yield Raw(path, name, "", digest, "parquet", parquet=(path,))
        case "jsonl" | "ndjson":
            yield _json_lines(path, name, digest)
        case "xlsx" | "xls" | "xlsm" | "xlsb":
            yield from _workbook(path, name, digest, start)
        case _:
            yield _csv(path, name, digest, start, encoding)


def _not_what_it_says(name: str, wanted: str) -> CheckerError:
    return refuse("file.other", say("内容不是 {w}", "the content is not {w}", w=wanted),
                  say("重新导出,或改成真实的扩展名", "export it again, or give it its true ending"), Where(name))  # fmt: skip


# --- text ------------------------------------------------------------------------------------------------------------


def decode(raw: bytes, name: str, encoding: str | None = None) -> tuple[str, str]:
    """(text, encoding): as said, else by its mark, else UTF-8, else GB18030."""
    tries = [encoding] if encoding else ["utf-8-sig"] if raw[:3] == b"\xef\xbb\xbf" else ["utf-16"] if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8", "gb18030"]
    for one in tries:
        try:
            return raw.decode(one), one
        except (UnicodeDecodeError, LookupError):
            continue
    raise refuse("file.encoding", say("读不出文字编码", "its text encoding cannot be told"),
                 say("另存为 UTF-8 CSV,或在对照文件里写 `encoding:`", "save it as UTF-8 CSV, or give `encoding:` in the mapping"), Where(name))  # fmt: skip


def damaged(name: str) -> CheckerError:
    """What is said of a file that is none throughout."""
    return refuse("file.damaged", say("文件已损坏,或没有传完", "the file is damaged, or not all of it is there"),
                  say("重新导出或复制", "export or copy it again"), Where(name))  # fmt: skip


def _unpacked(raw: bytes, name: str) -> bytes:
    import gzip
    import zlib

    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise damaged(name) from error


def _csv(path: Path, name: str, digest: str, start: bytes, encoding: str | None) -> Raw:
    if start[:4] in (b"PK\x03\x04", b"PAR1") or start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise _not_what_it_says(name, "CSV")
    raw = path.read_bytes()
    if start[:2] == b"\x1f\x8b":
        raw = _unpacked(raw, name)
    text, used = decode(raw, name, encoding)
    if "\x00" in text:
        raise _not_what_it_says(name, "CSV")
    csv.field_size_limit(1 << 24)
    reader = csv.reader(io.StringIO(text, newline=""), _dialect(text))
    try:
        rows = [(number, row) for number, row in enumerate(reader, 1)]
    except csv.Error as error:
        raise refuse("csv.form", say("第 {n} 行读不下去", "it cannot be read past line {n}", n=reader.line_num), say("检查引号", "look at the quotes"), Where(name)) from error
    return Raw(path, name, "", digest, "csv", used, rows)


def _dialect(text: str) -> type[csv.Dialect]:
    """The separator that splits the first lines most."""
    head = text[:20_000].splitlines()[:20]
    best = max(",;\t|", key=lambda mark: (sum(line.count(mark) for line in head), mark == ","))

    class Found(csv.excel):
        delimiter = best

    return Found


def _json_lines(path: Path, name: str, digest: str) -> Raw:
    text, used = decode(path.read_bytes(), name)
    keys: dict[str, int] = {}
    parsed: list[tuple[int, dict[str, Any]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_float=str)
        except ValueError as error:
            raise refuse("json.form", say("第 {n} 行不是 JSON", "line {n} is not JSON", n=number), say("每行写一个对象", "write one object a line"), Where(name, number)) from error
        if not isinstance(row, dict):
            raise refuse("json.form", say("第 {n} 行不是对象", "line {n} is not an object", n=number), say("每行写一个对象", "write one object a line"), Where(name, number))
        for key in row:
            keys.setdefault(key, len(keys))
        parsed.append((number, row))
    rows = [(number, [plain(row.get(key)) for key in keys]) for number, row in parsed]
    return Raw(path, name, "", digest, "jsonl", used, rows, keys=list(keys))


def plain(value: Any) -> str:
    """A JSON value as cell text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(plain(one) for one in value)
    return str(value)


# --- workbooks -------------------------------------------------------------------------------------------------------


def _workbook(path: Path, name: str, digest: str, start: bytes) -> Iterator[Raw]:
    """Sheets of a workbook; read in a process of its own, so that a crash of the reader is a sentence."""
    if start[:2] == b"PK" or start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        for sheet, rows, notes in _in_child(path, name):
            yield Raw(path, name, sheet, digest, path.suffix[1:].lower(), "", rows, notes=notes)
        return
    head = path.read_bytes()[:4096].lstrip(b"\xef\xbb\xbf\r\n\t ").lower()
    if head.startswith(b"<"):
        text, used = decode(path.read_bytes(), name)
        yield Raw(path, name, "", digest, "html", used, html_rows(text), notes=[say("扩展名是 Excel,内容是网页表格", "the ending is Excel, the content a web page")])
        return
    raise _not_what_it_says(name, "Excel")


def _in_child(path: Path, name: str) -> list[tuple[str, list[Row], list[Text]]]:
    # By its path, not as a module of this package: the child then starts with the standard library alone.
    command = [sys.executable, str(Path(__file__).with_name("workbook.py")), str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired as error:
        raise refuse("workbook.slow", say("读了 {n} 秒还没有读完", "it was not read within {n} seconds", n=TIMEOUT), say("拆成几个文件", "split it"), Where(name)) from error
    if done.returncode != 0:
        raise refuse("workbook.crash", say("这个工作簿读不了,可能已损坏", "this workbook cannot be read; it may be damaged"),
                     say("在 Excel 里打开并另存", "open it in Excel and save it again"), Where(name))  # fmt: skip
    kind, result = pickle.loads(done.stdout)
    if kind == "refused":
        zh, en, fix_zh, fix_en, id = result
        raise refuse(id, Text(zh, en), Text(fix_zh, fix_en), Where(name))
    return [(sheet, rows, [Text(*note) for note in notes]) for sheet, rows, notes in result]


class _Tables(html.parser.HTMLParser):
    """The rows of all tables of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.cell: list[str] | None = None
        self.span = (1, 1)
        self.taken: dict[tuple[int, int], str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("tr", "td", "th"):
            self._close()
        if tag == "tr":
            self.rows.append([])
            self._fill()
        elif tag in ("td", "th") and self.rows:
            self.cell = []
            said = dict(attrs)
            self.span = (_span(said.get("colspan")), _span(said.get("rowspan")))

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._close()

    def _close(self) -> None:
        """End the open cell: its text stands at the left of every row that it spans."""
        if self.cell is None:
            return
        text, self.cell = re.sub(r"\s+", " ", "".join(self.cell)).strip(), None
        row, column = len(self.rows) - 1, len(self.rows[-1])
        for down in range(self.span[1]):
            for across in range(self.span[0]):
                self.taken[row + down, column + across] = "" if across else text
        self._fill()

    def _fill(self) -> None:
        """The places of this row that a cell has taken, up to the first that is free."""
        while (place := (len(self.rows) - 1, len(self.rows[-1]))) in self.taken:
            self.rows[-1].append(self.taken.pop(place))


def _span(written: str | None) -> int:
    return min(max(int(written), 1), 1000) if written and written.isdecimal() else 1


def html_rows(text: str) -> list[Row]:
    page = _Tables()
    page.feed(text)
    page.close()
    return [(number, row) for number, row in enumerate(page.rows, 1)]
