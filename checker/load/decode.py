"""Bytes -> text without anything invisible in it, or what is wrong with the bytes."""

from __future__ import annotations

import re
from itertools import islice

from checker.errors import Text, say
from checker.load.source import Span

BYTES = 2_000_000
SHOWN = 10
"""Of many bad characters this many are named."""

Complaint = tuple[Span, str, Text, Text]
"""Where, id, what, way out."""

START = Span(1, 1, 1)
BREAK = re.compile(r"\r\n|\r|\n")
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u2060\ufeff\ufffe\uffff\ufffd]")
WIDE_INDENT = re.compile(r"^[ \t]*[\u00a0\u3000]+", re.MULTILINE)
SAVE = Text("在编辑器里另存为 UTF-8", "save it as UTF-8 in the editor")


def decoded(raw: bytes | str) -> tuple[str, list[Complaint]]:
    """The text of a file; with complaints there is nothing to read."""
    size = len(raw)
    if size > BYTES:
        what = say("文件有 {n} 字节,上限是 {m}", "the file has {n} bytes; the limit is {m}", n=size, m=BYTES)
        return "", [(START, "file.large", what, say("分成几个文件", "split it into several files"))]
    if isinstance(raw, str):
        return raw.removeprefix("\ufeff"), _odd(raw.removeprefix("\ufeff"))
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "", [(START, "file.encoding", say("文件是 UTF-16 编码", "the file is UTF-16 text"), SAVE)]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return "", [_encoding(raw, error.start)]
    return text, _odd(text)


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text as editors count them."""
    return tuple(BREAK.split(text))


def _encoding(raw: bytes, at: int) -> Complaint:
    before = raw[:at].decode("utf-8-sig", errors="replace")
    span = _span(before, len(before))
    try:
        chinese = re.search(r"[\u4e00-\u9fff]", raw.decode("gb18030"))
    except UnicodeDecodeError:
        chinese = None
    if chinese:
        what = say("文件是 GB18030(GBK)编码,不是 UTF-8", "the file is GB18030 (GBK) text, not UTF-8")
    else:
        what = say("这里不是 UTF-8 文字", "this is not UTF-8 text")
    return span, "file.encoding", what, SAVE


def _odd(text: str) -> list[Complaint]:
    """Characters that cannot be seen, and full-width spaces used to indent."""
    matches = list(islice(UNSEEN.finditer(text), SHOWN))
    if "\u3000" in text or "\u00a0" in text:
        matches += islice(WIDE_INDENT.finditer(text), SHOWN)
    return [(_span(text, match.start()), *_named(match[0])) for match in matches]


def _span(text: str, at: int) -> Span:
    before = BREAK.split(text[:at])
    return Span(len(before), len(before[-1]) + 1, 1)


def _named(odd: str) -> tuple[str, Text, Text]:
    if odd[-1] in "\u00a0\u3000":
        what = say("缩进里有全角空格或不换行空格", "a full-width or no-break space is used to indent")
        return "file.wide-space", what, say("改成普通空格", "use plain spaces")
    if odd == "\x00":
        what = say("有空字符(NUL),文件可能损坏", "there is a NUL character; the file may be damaged")
        return "file.control", what, say("换一份完好的文件", "take an undamaged copy")
    what = say("有看不见的字符 U+{c:04X}", "there is an invisible character, U+{c:04X}", c=ord(odd))
    return "file.control", what, say("删去它", "remove it")
