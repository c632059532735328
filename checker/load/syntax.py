"""Where a text stops being YAML: the parser's complaint in our words, and the text without the part that it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass

from yaml import MarkedYAMLError

from checker.errors import Text, say
from checker.load.decode import Complaint
from checker.load.source import Span
from checker.load.wide import CLOSE_LINE, COLON_LINE, colon_fix

Lines = tuple[str, ...]

SAID: tuple[tuple[str, str, Text, Text], ...] = (
    ("could not find expected ':'", "yaml.colon", Text("这一行没有 `: `", "this line has no `: `"), Text("写成 `键: 值`", "write `key: value`")),
    ("mapping values are not allowed", "yaml.indent", Text("这里不能有 `: `", "a `: ` cannot stand here"),
     Text("检查这一行的缩进;文字里有 `: ` 时加引号", "look at the indentation of this line; put text that contains `: ` in quotes")),
    ("did not find expected key", "yaml.indent", Text("这一行的缩进和上下不齐", "this line is not indented like its neighbours"),
     Text("和同级的键对齐", "align it with the keys it belongs to")),
    ("did not find expected '-' indicator", "yaml.indent", Text("列表里的这一行没有以 `- ` 开头,或没有对齐", "this line of a list does not begin with `- `, or is not aligned"),
     Text("以 `- ` 开头并和其他项对齐", "begin it with `- `, aligned with the other entries")),
    ("did not find expected ',' or '}'", "yaml.bracket", Text("这里缺少 `,` 或 `}`", "a `,` or `}` is missing here"),
     Text("检查括号、逗号和引号", "look at brackets, commas and quotes")),
    ("did not find expected ',' or ']'", "yaml.bracket", Text("这里缺少 `,` 或 `]`", "a `,` or `]` is missing here"),
     Text("检查括号、逗号和引号", "look at brackets, commas and quotes")),
    ("did not find expected node content", "yaml.empty", Text("这里缺少一个值", "a value is missing here"),
     Text("写一个值,或删去多余的标点", "write a value, or remove the extra punctuation")),
    ("unexpected end of stream", "yaml.quote", Text("这里的引号没有配对", "this quote is never closed"), Text("在文字末尾补上引号", "close it at the end of the text")),
    ("unexpected document indicator", "yaml.quote", Text("这里的引号没有配对", "this quote is never closed"), Text("在文字末尾补上引号", "close it at the end of the text")),
    ("unknown escape character", "yaml.escape", Text("双引号里的 `\\` 有特别含义", "a `\\` has a special meaning in double quotes"),
     Text("写 `\\\\`,或改用单引号", "write `\\\\`, or use single quotes")),
    ("hexdecimal number", "yaml.escape", Text("双引号里的 `\\` 有特别含义", "a `\\` has a special meaning in double quotes"),
     Text("写 `\\\\`,或改用单引号", "write `\\\\`, or use single quotes")),
    ("block sequence entries are not allowed", "yaml.indent", Text("列表不能从这里开始", "a list cannot begin here"), Text("另起一行写 `- `", "begin it on a line of its own")),
    ("alphabetic or numeric character", "yaml.alias", Text("`*` 或 `&` 开头的文字没有加引号", "text that begins with `*` or `&` is not in quotes"),
     Text("例如写 `\"*\"`", "write for example `\"*\"`")),
    ("maximum nesting depth", "yaml.depth", Text("嵌套太深", "nested too deep"), Text("写得平一些", "write it flatter")),
    ("expected <document start>", "yaml.indent", Text("这一行不属于上面的任何内容", "this line belongs to nothing above it"), Text("检查缩进", "look at its indentation")),
    ("tab character", "yaml.tab", Text("缩进里有制表符(Tab)", "a tab is used to indent"), Text("改成空格", "use spaces")),
    ("undefined tag handle", "yaml.tag", Text("不用标签", "tags are not used"), Text("删去它;以 `!` 开头的文字加引号", "remove it; put text that begins with `!` in quotes")),
    ("directive", "yaml.directive", Text("不用 `%` 指令", "directives that begin with `%` are not used"),
     Text("删去这一行;以 `%` 开头的文字加引号", "remove the line; put text that begins with `%` in quotes")),
)  # fmt: skip
OTHERWISE = ("yaml.form", Text("这里读不下去", "this cannot be read"), Text("检查缩进、引号和括号", "look at indentation, quotes and brackets"))
CANNOT_START = "cannot start any token"


@dataclass(frozen=True, slots=True)
class Break:
    """A complaint, and the lines (first, last) that it spoils."""

    complaint: Complaint
    lines: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Repaired:
    """The text with one character put right, and the column on `line` before which something was put in (0: nothing)."""

    lines: Lines
    line: int
    inserted: int


def explained(error: MarkedYAMLError, lines: Lines) -> Break:
    """The most likely cause of the parser's complaint."""
    mark, start = error.problem_mark or error.context_mark, error.context_mark
    line = min(mark.line + 1, len(lines)) if mark else 1
    column = mark.column + 1 if mark and mark.line + 1 == line else len(lines[line - 1]) + 1
    context = str(error.context or "")
    if wide := _wide_marks(lines, line):
        return Break(wide, (wide[0].line, line))
    if context.startswith("while parsing a flow") and start is not None and start.line + 1 < line:
        opened = start.line + 1
        nearer = _colon(lines, opened, line) or _open_quote(error, lines, opened, line)
        return Break(nearer or _open_bracket(lines, opened, start.column + 1), (opened, line if nearer else opened))
    scanned = context.startswith("while scanning") and start is not None
    first = min(start.line + 1, line) if scanned and start else line
    complaint = (
        _colon(lines, first, line) or _tab(lines, line) or _comma(lines, line, column) or _open_quote(error, lines, first, line)
        or _said(error, lines, Span(line, column, 1))
    )  # fmt: skip
    return Break(complaint, (min(first, complaint[0].line), line))


def _wide_marks(lines: Lines, last: int) -> Complaint | None:
    """A full-width bracket that was to open a list or keys, or a comment behind a full-width `＃`, just above where the parser stopped."""
    for number in range(last, max(last - 2, 0), -1):
        if found := re.match(r"\s*(＃)", lines[number - 1]):
            what = say("`＃` 是全角字符,这一行不算注释", "`＃` is a full-width character: this line is no comment")
            return Span(number, found.start(1) + 1, 1), "yaml.wide-hash", what, say("写 `#`", "write `#`")
        if found := re.match(r"\s*(?:- +)*(?:[\w.$-]+: +)?([｛［])", lines[number - 1]):
            right = "[ ]" if found[1] == "［" else "{ }"
            what = say("`{w}` 是全角括号", "`{w}` is a full-width bracket", w=found[1])
            return Span(number, found.start(1) + 1, 1), "yaml.wide-bracket", what, say("写 `{r}`", "write `{r}`", r=right)
    return None


def _open_bracket(lines: Lines, line: int, column: int) -> Complaint:
    bracket = lines[line - 1][column - 1 : column]
    what = say("括号 `{b}` 没有配对", "the bracket `{b}` is never closed", b=bracket)
    right = {"{": "}", "[": "]"}.get(bracket, "…")
    return Span(line, column, 1), "yaml.bracket", what, say("在末尾补上 `{r}`", "close it with `{r}`", r=right)


def _said(error: MarkedYAMLError, lines: Lines, span: Span) -> Complaint:
    problem, start = str(error.problem or ""), error.context_mark
    if CANNOT_START in problem:
        return _bad_start(lines, span)
    outside = "expected key" in problem or "<document start>" in problem
    if outside and lines[span.line - 1][span.column - 1 : span.column] in ("}", "]"):
        return span, "yaml.bracket", say("这个括号多了", "this bracket closes nothing"), say("删去它", "remove it")
    id, what, fix = next(((id, what, fix) for part, id, what, fix in SAID if part in problem), OTHERWISE)
    if id in ("yaml.colon", "yaml.quote", "yaml.alias") and start is not None and start.line < len(lines):
        span = Span(start.line + 1, start.column + 1, 1)
    if id == "yaml.colon":
        text = lines[span.line - 1]
        span = Span(span.line, span.column, max(len(text.rstrip()) - span.column + 1, 1))
    key = re.match(r"(\s*(?:- +)*)[\w.$-]+(?=:)", lines[span.line - 1])
    if id == "yaml.indent" and key and key.end() >= span.column - 1:
        span = Span(span.line, len(key[1]) + 1, key.end() - len(key[1]))
    return span, id, what, fix


def _bad_start(lines: Lines, span: Span) -> Complaint:
    text = lines[span.line - 1]
    odd = text[span.column - 1 : span.column] or "?"
    what = say("以 `{c}` 开头的文字没有加引号", "text that begins with `{c}` is not in quotes", c=odd)
    return span, "yaml.start", what, say("加引号", "put it in quotes")


def _colon(lines: Lines, first: int, last: int) -> Complaint | None:
    """A Chinese colon after a key, or a colon without its space, just above where the parser stopped."""
    for number in range(last, max(first - 2, 0), -1):
        for form in (COLON_LINE, CLOSE_LINE):
            found = form.match(lines[number - 1])
            if found:
                key = lines[number - 1].strip().lstrip("- ")
                what, fix = colon_fix(key, len(found[0].strip().lstrip("- ")) - (1 if form is COLON_LINE else 2))
                id = "yaml.wide-colon" if form is COLON_LINE else "yaml.colon"
                return Span(number, found.start(found.lastindex or 0) + 1, 1), id, what, fix
    return None


def _tab(lines: Lines, line: int) -> Complaint | None:
    found = re.match(r" *\t", lines[line - 1])
    if not found:
        return None
    return Span(line, found.end(), 1), "yaml.tab", say("缩进里有制表符(Tab)", "a tab is used to indent"), say("改成空格", "use spaces")


def _comma(lines: Lines, line: int, column: int) -> Complaint | None:
    """`{a: 1，b: 2}`: a Chinese comma just before the second key."""
    found = re.search(r"[，；、]\s*[\w.$-]+\s*$", lines[line - 1][: column - 1])
    if not found:
        return None
    what = say("这里是中文标点「{c}」", "a Chinese `{c}` stands here", c=found[0][0])
    return Span(line, found.start() + 1, 1), "yaml.wide-comma", what, say("改成 `, `", "write `, `")


def _open_quote(error: MarkedYAMLError, lines: Lines, first: int, line: int) -> Complaint | None:
    """A quote that was closed by the next one, lines further down."""
    for number in range(line, max(first - 12, 0), -1):
        text = re.sub(r"\\.|'[^'\"]*'|#.*", lambda found: " " * len(found[0]), lines[number - 1])
        marks = [at for at, one in enumerate(text) if one == '"']
        if len(marks) % 2 and (wide := re.search("[”“＂]", text[marks[-1] + 1 :])):
            inner = text[marks[-1] + 1 : marks[-1] + 1 + wide.start()][:40]
            what = say("左边是 `\"`,右边是中文引号 `{c}`", "it begins with `\"` and ends with a Chinese `{c}`", c=wide[0])
            return Span(number, marks[-1] + 2 + wide.start(), 1), "yaml.wide-quote", what, say("写 `\"{w}\"`", "write `\"{w}\"`", w=inner)
        if len(marks) % 2 and number < line and "stream" not in str(error.problem):
            return Span(number, marks[-1] + 1, 1), "yaml.quote", say("这里的引号没有配对", "this quote is never closed"), \
                say("在文字末尾补上引号", "close it at the end of the text")  # fmt: skip
    return None


NARROW = {"：": ":", "∶": ":", "﹕": ":", "，": ",", "；": ",", "、": ","}
BRACKETS = str.maketrans("｛｝［］，", "{}[],")


def repaired(lines: Lines, broken: Break) -> Repaired | None:
    """The text as it was meant, where the complaint is of a single mark; None where that cannot be known."""
    span, id, _, _ = broken.complaint
    text, at = lines[span.line - 1], span.column - 1
    if id in ("yaml.wide-bracket", "yaml.wide-hash"):
        right = text.translate(BRACKETS) if id == "yaml.wide-bracket" else text.replace("＃", "#", 1)
        return Repaired((*lines[: span.line - 1], right, *lines[span.line :]), span.line, 0)
    if id not in ("yaml.wide-colon", "yaml.colon", "yaml.wide-comma") or at >= len(text):
        return None
    mark = NARROW.get(text[at], text[at])
    if mark not in ":," or (id == "yaml.colon" and mark != ":"):
        return None
    space = "" if mark == "," or text[at + 1 : at + 2] in ("", " ") else " "
    if text[at] == mark and not space:
        return None
    right = text[:at] + mark + space + text[at + 1 :]
    return Repaired((*lines[: span.line - 1], right, *lines[span.line :]), span.line, at + 2 if space else 0)


def mended(lines: Lines, broken: Break) -> Lines | None:
    """The text without the entries that the break spoils; None where nothing would be left."""
    first, last = broken.lines
    indent = _entry_indent(lines, first)
    if indent is None:
        return None
    starts = re.compile(rf" {{{indent}}}- " if indent >= 0 else r"\S")
    ends = re.compile(rf" {{0,{max(indent, 0)}}}\S")
    while first > 1 and not starts.match(lines[first - 1]):
        first -= 1
    while last < len(lines) and not ends.match(lines[last]):
        last += 1
    if first <= 1 or not any(line.strip() for line in (*lines[: first - 1], *lines[last:])):
        return None
    return (*lines[: first - 1], *("" for _ in range(last - first + 1)), *lines[last:])


def _entry_indent(lines: Lines, line: int) -> int | None:
    """How far the entries of the list that `line` stands in are indented; -1 where it stands in keys of the file."""
    for number in range(line, 0, -1):
        if re.match(r"[^\s#-]", lines[number - 1]):
            inner = next((one for one in lines[number:] if one.strip()), "")
            found = re.match(r"( *)- ", inner)
            if number == line:
                return -1
            return len(found[1]) if found else -1
    found = re.match(r"( *)- ", lines[line - 1])
    return len(found[1]) if found else None
