"""Text -> plain data with a place for every key and value, or all that is wrong with it. Strict YAML (language §1).

Built on the parser's events, never on its composer: nesting is bounded before anything recurses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from checker.errors import Problem, Text, Where, say

WIDE_COLON = "\uff1a"
DEPTH, NODES, BYTES = 40, 200_000, 2_000_000
Path = tuple[str | int, ...]
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value (and its key) stands: line and column count from 1."""

    line: int
    column: int
    length: int
    key_line: int = 0
    key_column: int = 0
    key_length: int = 1


@dataclass
class Source:
    """A file's data and the places in it. `data` is None where it could not be read at all."""

    file: str
    lines: list[str]
    data: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def where(self, path: Path, key: bool = False) -> Where:
        """The place of a path, or of the nearest part of it that exists."""
        while path and path not in self.places:
            path, key = path[:-1], False
        place = self.places.get(path)
        if place is None:
            return Where(self.file, 1, 1, 1, self.excerpt(1))
        if key and place.key_line:
            return Where(self.file, place.key_line, place.key_column, place.key_length, self.excerpt(place.key_line))
        return Where(self.file, place.line, place.column, place.length, self.excerpt(place.line))

    def excerpt(self, line: int) -> str:
        return self.lines[line - 1].rstrip("\r\n")[:400] if 0 < line <= len(self.lines) else ""

    def add(self, id: str, what: Text, fix: Text, line: int, column: int, length: int = 1) -> None:
        self.problems.append(Problem(Where(self.file, line, column, length, self.excerpt(line)), id, what, fix))


def read(raw: bytes, file: str) -> Source:
    """Read one file. Every problem found is in `problems`; nothing is raised."""
    text, problem = _decoded(raw, file)
    source = Source(file, text.splitlines() or [""])
    if problem:
        source.problems.append(problem)
        return source
    try:
        _Composer(source).compose(text)
    except yaml.MarkedYAMLError as error:
        _syntax(source, error)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError):
        source.add("yaml.form", say("这不是 YAML", "this is not YAML"), say("用纯文本编辑器打开检查", "look at it in a text editor"), 1, 1)
    return source


def _decoded(raw: bytes, file: str) -> tuple[str, Problem | None]:
    where = Where(file)
    if len(raw) > BYTES:
        return "", Problem(where, "file.large", say("文件超过 {n} 字节", "the file is over {n} bytes", n=BYTES), say("分成几个文件", "split it"))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        found = Problem(Where(file, line, 1), "file.encoding", say("不是 UTF-8 文字", "this is not UTF-8 text"),
                        say("用编辑器另存为 UTF-8", "save it as UTF-8 in the editor"))  # fmt: skip
        return "", found
    bad = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]", text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - (text.rfind("\n", 0, bad.start()) + 1) + 1
        found = Problem(Where(file, line, column), "file.control", say("有控制字符", "there is a control character"), say("删去它", "remove it"))
        return "", found
    return text, None


def _syntax(source: Source, error: yaml.MarkedYAMLError) -> None:
    """The parser's complaint in our words, with the causes that people meet most."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    line = min(line, max(len(source.lines), 1))
    shown = source.excerpt(line)
    for near in (line, line - 1):
        wide = re.match(rf"\s*(- )?[\w.$-]+({WIDE_COLON})", source.excerpt(near))
        if wide:
            source.add(
                "yaml.wide-colon", say(f"这里是中文冒号「{WIDE_COLON}」", f"this is a Chinese colon `{WIDE_COLON}`"),
                say("改成英文冒号和一个空格 `: `", "write an ASCII colon and a space `: `"), near, wide.start(2) + 1,
            )  # fmt: skip
            return
    if "\t" in shown[: len(shown) - len(shown.lstrip())]:
        source.add("yaml.tab", say("缩进里有制表符", "a tab is used to indent"), say("改成空格", "use spaces"), line, 1)
        return
    hint = say("检查缩进、引号和括号是否成对", "look at the indentation and at quotes and brackets")
    source.add("yaml.form", say("这里读不下去", "this cannot be read on"), hint, line, min(column, len(shown) + 1))


class _Composer:
    """Events -> data; an explicit stack, so that no nesting can exhaust ours."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.nodes = 0

    def compose(self, text: str) -> None:
        documents = 0
        stack: list[_Open] = []
        for event in yaml.parse(text, Loader=Loader):
            self.nodes += 1
            if self.nodes > NODES:
                raise ValueError("too large")
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        self._add(event, "yaml.documents", say("一个文件里有多份文档", "there are several documents in one file"),
                                  say("每份写一个文件", "write one document a file"))  # fmt: skip
                        return
                case yaml.AliasEvent():
                    self._add(event, "yaml.alias", say("不能用锚点和别名", "anchors and aliases are not used"), say("把内容写出来", "write the content out"))
                    self._put(stack, None, event)
                case yaml.ScalarEvent():
                    self._checked(event)
                    self._put(stack, self._scalar(event, stack), event)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._checked(event)
                    if len(stack) >= DEPTH:
                        self._add(event, "yaml.depth", say("嵌套超过 {n} 层", "nested more than {n} deep", n=DEPTH), say("写得平一些", "write it flatter"))
                        return
                    stack.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else [], event))
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    done = stack.pop()
                    self._put(stack, done.value, done.event)
        if self.source.data is None and not self.source.problems:
            self.source.add("file.empty", say("文件是空的", "the file is empty"), say("第一行写 `format: …`", "begin it with `format: …`"), 1, 1)

    def _put(self, stack: list[_Open], value: Any, event: Any) -> None:
        place = _place(event)
        if not stack:
            self.source.data = value
            self.source.places[()] = place
            return
        top = stack[-1]
        if isinstance(top.value, list):
            path = (*self._path(stack), len(top.value))
            top.value.append(value)
            self.source.places[path] = place
        elif top.key is None:
            self._key(stack, top, value, event)
        else:
            key, mark = top.key
            path = (*self._path(stack), key)
            top.key = None
            if key in top.value:
                return
            top.value[key] = value
            self.source.places[path] = Place(place.line, place.column, place.length, mark.line, mark.column, mark.length)

    def _key(self, stack: list[_Open], top: _Open, value: Any, event: Any) -> None:
        """Take a key: text, or a whole number where columns are named by position."""
        place = _place(event)
        if isinstance(value, dict | list | bool) or value is None:
            self._add(event, "yaml.key", say("这里要写键名", "a key stands here"), say("写一个词", "write a word"))
            top.key = (f"#{len(top.value)}", place)
            return
        key = str(value)
        if WIDE_COLON in key:
            self._add(event, "yaml.wide-colon", say(f"键里有中文冒号「{WIDE_COLON}」", f"the key has a Chinese colon `{WIDE_COLON}`"),
                      say("改成英文冒号和一个空格 `: `", "write an ASCII colon and a space `: `"))  # fmt: skip
        if key in top.value:
            first = self.source.places[(*self._path(stack), key)].key_line
            self._add(event, "yaml.duplicate", say("`{k}` 写了两次,前一次在第 {n} 行", "`{k}` stands twice, the first time in line {n}", k=key, n=first),
                      say("留下一个", "keep one"))  # fmt: skip
        top.key = (key, place)

    @staticmethod
    def _path(stack: list[_Open]) -> Path:
        """The path of the innermost open collection."""
        path: list[str | int] = []
        for outer in stack[:-1]:
            path.append(outer.key[0] if outer.key is not None else len(outer.value))
        return tuple(path)

    def _checked(self, event: Any) -> None:
        if event.anchor:
            self._add(event, "yaml.alias", say("不能用锚点和别名", "anchors and aliases are not used"), say("把内容写出来", "write the content out"))
        if event.tag:
            self._add(event, "yaml.tag", say("不能用标签 `{t}`", "tags such as `{t}` are not used", t=event.tag), say("删去它", "remove it"))

    def _scalar(self, event: Any, stack: list[_Open]) -> Any:
        if event.style:
            return event.value
        word: str = event.value
        if stack and isinstance(stack[-1].value, dict) and stack[-1].key is None:
            return word
        if word in ("true", "false"):
            return word == "true"
        if re.fullmatch(r"-?(0|[1-9]\d{0,17})", word):
            return int(word)
        for pattern, id, what, fix in SURPRISES:
            if re.fullmatch(pattern, word):
                facts = {"w": word}
                self._add(event, id, say(what.zh, what.en, **facts), say(fix.zh, fix.en, **facts))
                return None
        return word

    def _add(self, event: Any, id: str, what: Text, fix: Text) -> None:
        place = _place(event)
        self.source.add(id, what, fix, place.line, place.column, place.length)


@dataclass
class _Open:
    """A collection being read; `key` is the key that waits for its value."""

    value: Any
    event: Any
    key: tuple[str, Place] | None = None


def _place(event: Any) -> Place:
    start, end = event.start_mark, event.end_mark
    length = max(end.column - start.column, 1) if end.line == start.line else 1
    if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
        length = 1
    return Place(start.line + 1, start.column + 1, length)


QUOTE = Text("文字请加引号 `\"{w}\"`", "put text in quotes: `\"{w}\"`")
SURPRISES: tuple[tuple[str, str, Text, Text], ...] = (
    (r"", "yaml.empty", Text("没有写值", "no value is given"), Text("写一个值,或删去这个键", "write a value or remove the key")),
    (r"~|null|Null|NULL", "yaml.null", Text("`{w}` 不是值", "`{w}` is not a value"), Text("删去这个键", "remove the key")),
    (r"(?i)y|n|yes|no|on|off|true|false", "yaml.flag", Text("`{w}` 有歧义", "`{w}` is ambiguous"),
     Text("是非值写 `true` 或 `false`,文字加引号 `\"{w}\"`", "write `true` or `false` for a flag, `\"{w}\"` for text")),
    (r"[-+]?0\d+", "yaml.octal", Text("`{w}` 以 0 开头,有歧义", "`{w}` begins with 0 and is ambiguous"), QUOTE),
    (r"[-+]?\d[\d_]*:[0-5]?\d(:[0-5]?\d)*(\.\d*)?", "yaml.time", Text("`{w}` 没有加引号", "`{w}` is not in quotes"),
     Text("时间请加引号 `\"{w}\"`", "put a time in quotes: `\"{w}\"`")),
    (r"[-+]?(\d[\d_]*\.\d*|\.\d+)([eE][-+]?\d+)?|[-+]?\d+[eE][-+]?\d+", "yaml.decimal", Text("`{w}` 是小数", "`{w}` is a decimal"),
     Text("比率写 `10 %`,条款号等文字加引号 `\"{w}\"`", "write a share as `10 %`; put a clause number or other text in quotes: `\"{w}\"`")),
    (r"[-+]?0[xob][0-9a-fA-F_]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|[-+]?\d[\d_]*_[\d_]*|\+\d+|[-+]?\d{19,}", "yaml.number",
     Text("`{w}` 不是普通整数", "`{w}` is not a plain whole number"), QUOTE),
    (r"<<|=", "yaml.merge", Text("不能用合并键", "merge keys are not used"), Text("把内容写出来", "write the content out")),
)  # fmt: skip


def scalars(data: Any) -> Iterator[Any]:
    """Every scalar in plain data."""
    if isinstance(data, dict):
        for value in data.values():
            yield from scalars(value)
    elif isinstance(data, list):
        for value in data:
            yield from scalars(value)
    else:
        yield data
