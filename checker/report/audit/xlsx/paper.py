"""A workbook of tables: formats, columns with widths, and a sheet that is written from top to bottom.

Every cell is written by its type; text is always written as text, so that nothing from the data becomes a formula or a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import xlsxwriter

from checker.errors import Text
from checker.report.audit.words import unturned

Look = Literal["text", "wrap", "int", "number", "percent", "date", "time"]
LAST_ROW, LONGEST, TEXTS = 1_048_576, 32_000, ("text", "wrap")
UNFIT = re.compile("[\ud800-\udfff\ufffe\uffff]")
COLOURS = {"critical": ("#9C0006", "#FFC7CE"), "major": ("#7F3F00", "#FFD8A8"), "minor": ("#7F6000", "#FFEB9C"), "advisory": ("#44546A", "#E7E6E6")}
"""Severity -> ink and ground."""
BASE: Mapping[str, Any] = {"font_name": "等线", "font_size": 10, "valign": "top"}
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "text": {"num_format": "@"}, "wrap": {"num_format": "@", "text_wrap": True}, "int": {"num_format": "0"}, "number": {"num_format": "0.00"},
    "percent": {"num_format": "0.00%"}, "date": {"num_format": "yyyy-mm-dd"}, "time": {"num_format": "yyyy-mm-dd hh:mm"},
    "head": {"bold": True, "text_wrap": True, "align": "center", "valign": "vcenter", "bg_color": "#DDEBF7"}, "label": {"bold": True, "bg_color": "#F2F2F2"},
    "strong": {"bold": True, "num_format": "@", "bg_color": "#F2F2F2", "text_wrap": True}, "strong_int": {"bold": True, "num_format": "0", "bg_color": "#F2F2F2"},
    "strong_number": {"bold": True, "num_format": "0.00", "bg_color": "#F2F2F2"}, "link": {"num_format": "@", "font_color": "#0563C1", "underline": 1, "text_wrap": True},
    "title": {"bold": True, "font_size": 16}, "heading": {"bold": True, "font_size": 12}, "plain": {"text_wrap": True},
}  # fmt: skip
BOX: Mapping[str, Any] = {"border": 1, "border_color": "#BFBFBF"}
LINE, HIGHEST = 15, 405
"""The height of a line and of the highest row, in points."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its head, its width in digits (a Chinese character takes two), and how its cells look."""

    head: str
    width: float
    look: Look = "text"


Heads = Sequence[tuple[Text, float, Look]]
"""Columns in both languages: head, width, look."""


def columns_of(heads: Heads, lang: str) -> list[Column]:
    return [Column(head[lang], width, look) for head, width, look in heads]


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads to a place of this workbook: `'条款与参数'!A5`."""

    place: str
    text: str


def clean(text: str) -> str:
    """A text that a cell can hold: no unpaired surrogates, not too long, nothing that the writer would take for markup or that
    turns the words around it."""
    text = unturned(text)
    if UNFIT.search(text):
        text = UNFIT.sub("\ufffd", text)
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    return " " + text if text.startswith("<r>") else text


class Paper:
    """The workbook; the same values give the same bytes. `dated` is its date of creation."""

    def __init__(self, path: Path, title: str, dated: datetime) -> None:
        options = {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
        self.book = xlsxwriter.Workbook(str(path), options)
        self.book.set_properties({"title": clean(title), "created": dated})
        self.title = clean(title)
        self.formats: dict[tuple[str, bool], Any] = {}

    def look(self, name: str, boxed: bool = False) -> Any:
        if (name, boxed) not in self.formats:
            self.formats[name, boxed] = self.book.add_format({**BASE, **LOOKS[name], **(BOX if boxed else {})})
        return self.formats[name, boxed]

    @cached_property
    def severities(self) -> dict[str, Any]:
        return {level: self.book.add_format({"font_color": ink, "bg_color": ground}) for level, (ink, ground) in COLOURS.items()}

    def sheet(self, name: str, widths: Sequence[float] = ()) -> Sheet:
        """A sheet that is one long table, with lines between all cells; where `widths` are given, a page on which only
        what is filled has a border."""
        return Sheet(self, name, widths)

    def close(self) -> None:
        self.book.close()


class Sheet:
    """A sheet that is written downwards; `row` is where the next line goes."""

    def __init__(self, paper: Paper, name: str, widths: Sequence[float]) -> None:
        self.paper, self.name, self.row, self.boxed = paper, name, 0, bool(widths)
        self.sheet = paper.book.add_worksheet(name)
        for index, width in enumerate(widths):
            self.sheet.set_column(index, index, width)
        self.sheet.set_landscape()
        self.sheet.hide_gridlines(2 if self.boxed else 0)
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(0.4, 0.4, 0.6, 0.6)
        self.sheet.set_header("&L" + _plain(paper.title) + "&R" + _plain(name))
        self.sheet.set_footer("&C&P / &N")

    def look(self, name: str) -> Any:
        return self.paper.look(name, self.boxed)

    def title(self, text: str) -> None:
        self.sheet.set_row(self.row, 26)
        self.sheet.write_string(self.row, 0, clean(text), self.paper.look("title"))
        self.row += 1

    def heading(self, text: str) -> None:
        self.row += 1
        self.sheet.write_string(self.row, 0, clean(text), self.paper.look("heading"))
        self.row += 1

    def paragraph(self, text: str, columns: int, per_line: int) -> None:
        """A paragraph over several columns that hold so many digits in a line."""
        lines = -(-_digits(text) // per_line) or 1
        self.sheet.set_row(self.row, LINE * lines)
        self.sheet.merge_range(self.row, 0, self.row, columns - 1, "", self.paper.look("plain"))
        self.sheet.write_string(self.row, 0, clean(text), self.paper.look("plain"))
        self.row += 1

    def pairs(self, listed: Iterable[tuple[str, object]]) -> None:
        """Labels with their values."""
        for label, value in listed:
            self.sheet.write_string(self.row, 0, clean(label), self.look("label"))
            self.cell(self.row, 1, "text", value)
            self.row += 1

    def head(self, columns: Sequence[Column], *, top: bool = False) -> None:
        """The head of a table; at the `top` of a sheet it stays when the rows are scrolled, and repeats on every printed page."""
        if top:
            for index, column in enumerate(columns):
                self.sheet.set_column(index, index, column.width)
            self.sheet.freeze_panes(self.row + 1, 0)
            self.sheet.repeat_rows(self.row)
        self.sheet.set_row(self.row, 30)
        for index, column in enumerate(columns):
            self.sheet.write_string(self.row, index, clean(column.head), self.look("head"))
        self.row += 1

    def line(self, columns: Sequence[Column], values: Sequence[object], strong: bool = False) -> None:
        """One row of a table, each value in the look of its column, as high as its longest text. Most cells are text in a text
        column: they go the short way."""
        self.height(zip(columns, values, strict=True))
        for index, (column, value) in enumerate(zip(columns, values, strict=True)):
            if value is None and not (strong or self.boxed):
                continue
            if type(value) is str and value and not strong and column.look in TEXTS:
                self.sheet.write_string(self.row, index, clean(value), self.look(column.look))
            else:
                self.cell(self.row, index, column.look, value, strong)
        self.row += 1

    def height(self, cells: Iterable[tuple[Column, object]]) -> None:
        """Make the next row as high as the longest text of a wrapped column: not every program does that when it opens a file."""
        lines = max((_lines(text_of(value), column.width) for column, value in cells if column.look == "wrap" and column.width), default=1)
        if lines > 1:
            self.sheet.set_row(self.row, min(LINE * lines, HIGHEST))

    def cell(self, row: int, index: int, look: Look, value: object, strong: bool = False) -> None:
        style = self.look(_strong(look) if strong else look)
        match value:
            case None | "":
                if strong or self.boxed:
                    self.sheet.write_blank(row, index, None, style)
            case Link():
                self.sheet.write_url(row, index, "internal:" + value.place, self.look("link"), clean(value.text))
            case str():
                self.sheet.write_string(row, index, clean(value), style if look in TEXTS else self.look("text"))
            case int() | Decimal() | float():
                self.sheet.write_number(row, index, value, style)
            case datetime():
                self.sheet.write_datetime(row, index, value.replace(microsecond=0), style)
            case date():
                self.sheet.write_datetime(row, index, value, style)
            case _:
                raise TypeError(type(value))

    def filtered(self, first: int, columns: int) -> None:
        """Filters on a table whose head stands in row `first`."""
        self.sheet.autofilter(first, 0, max(self.row - 1, first), columns - 1)

    def coloured(self, column: int, first: int, words: Mapping[str, str]) -> None:
        """Colours by severity; `words` are the severities as they stand in the cells."""
        for level, word in words.items():
            rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": self.paper.severities[level]}
            self.sheet.conditional_format(first, column, max(self.row - 1, first), column, rule)


def _strong(look: Look) -> str:
    return {"int": "strong_int", "number": "strong_number"}.get(look, "strong")


def text_of(value: object) -> str:
    """What is read of a cell that may be wrapped; nothing of numbers and dates, which never are."""
    return value if isinstance(value, str) else value.text if isinstance(value, Link) else ""


def _digits(text: str) -> int:
    """The width of a text in digits: a Chinese character has two bytes in GBK."""
    return len(text.encode("gbk", "replace"))


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a column of so many digits."""
    size = _digits(text)
    return 1 if size <= width and "\n" not in text else sum(1 + int(_digits(part) / width) for part in text.split("\n"))


def _plain(text: str) -> str:
    """A text in a header, where `&` is a sign."""
    return text.replace("&", "&&")[:100]
