"""The parser's events -> plain data and places. Depth, size, and everything YAML has too much of are bounded here.

Only events are used: the parser's own composer recurses and can crash the process on deep nesting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from checker.errors import Text, say
from checker.load.scalars import plain, plain_key
from checker.load.source import REFUSED, Place, Span
from checker.load.wide import WIDE_COLONS, colon_fix, pairs

DEPTH, NODES = 40, 200_000
Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SWALLOWED = re.compile(rf"[a-z][a-z0-9_]*[{WIDE_COLONS}]")
"""A key with more behind its Chinese colon, up to the next plain one: `where：{direction: inbound}`."""
Add = Callable[[Span, str, Text, Text], None]


class TooMuch(Exception):
    """Nothing after this point is read."""


class _Open:
    """A collection that is being read; `key` is the key that waits for its value, to `drop` where it was refused."""

    __slots__ = ("drop", "flow", "key", "key_span", "keys", "lost", "parts", "span", "value")

    def __init__(self, value: dict[str, Any] | list[Any], span: Span, flow: bool) -> None:
        self.value, self.span, self.flow = value, span, flow
        self.keys: dict[str, Span] = {}
        self.parts: Any = {} if isinstance(value, dict) else []
        self.key: str | None = None
        self.key_span = span
        self.drop = self.lost = False


class Composer:
    """Reads one document. `data` and `place` hold what could be read, also after an exception."""

    def __init__(self, text: str, lines: tuple[str, ...], add: Add) -> None:
        self.text, self.lines, self.add = text, lines, add
        self.data: Any = None
        self.place: Place | None = None
        self.stack: list[_Open] = []
        self.nodes = 0
        self.documents = 0

    def run(self) -> None:
        """Read the text. Raises TooMuch, and the parser's errors on text that is not YAML."""
        takes: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar, yaml.AliasEvent: self._alias, yaml.DocumentStartEvent: self._document,
            yaml.MappingStartEvent: self._open, yaml.SequenceStartEvent: self._open,
            yaml.MappingEndEvent: self._close, yaml.SequenceEndEvent: self._close,
        }  # fmt: skip
        for event in _events(self.text):
            take = takes.get(type(event))
            if take:
                take(event)

    def _document(self, event: Any) -> None:
        self.documents += 1
        if event.version or event.tags:
            self.add(_start(event), "yaml.directive", say("不用 `%` 指令", "directives that begin with `%` are not used"), say("删去这一行", "remove the line"))
        if self.documents > 1:
            self.add(_start(event, 3), "yaml.documents", say("一个文件里有几份文档", "there are several documents in one file"),
                     say("删去 `---`,或分成几个文件", "remove the `---`, or split the file"))  # fmt: skip
            raise TooMuch

    def _scalar(self, event: Any) -> None:
        span = self._span(event)
        self._plain_node(event, span)
        if self._key_expected():
            self._key(event, span)
            return
        if event.tag is not None or event.style:
            self._put(event.value if event.tag is None else REFUSED, Place(span, {}, {}))
            return
        if event.value == "":
            self._empty(span)
            return
        value = plain(event.value)
        if isinstance(value, tuple):
            self.add(span, *value)
        self._put(REFUSED if isinstance(value, tuple) else value, Place(span, {}, {}))

    def _empty(self, span: Span) -> None:
        """No value: a key that waits for one, an entry of a list, or a colon that the parser did not see."""
        top = self.stack[-1] if self.stack else None
        if top is None:
            self._put(REFUSED, Place(span, {}, {}))
            return
        if top.key is None:
            what, fix = say("这一项是空的", "this entry is empty"), say("写一个值,或删去这个 `-`", "write a value, or remove the `-`")
            self.add(span, "yaml.empty", what, fix)
        elif top.flow and (found := _hidden_colon(top.key)):
            what, fix = colon_fix(top.key, found)
            self.add(_within(top.key_span, found), f"yaml.{'wide-' if top.key[found] in WIDE_COLONS else ''}colon", what, fix)
            self._put(self._meant(top, found), Place(span, {}, {}))
            return
        else:
            what = say("`{k}` 后面没有值", "`{k}` has no value", k=top.key)
            self.add(top.key_span, "yaml.empty", what, say("写一个值,或删去这个键", "write a value, or remove the key"))
        self._put(REFUSED, Place(span, {}, {}))

    def _meant(self, top: _Open, colon: int) -> Any:
        """Let the key that swallowed its colon be the key that was meant; its value."""
        assert top.key is not None and isinstance(top.value, dict)
        name = top.key[:colon].strip("\"' ")
        rest, *others = pairs(top.key[colon + 1 :].strip())
        del top.keys[top.key]
        for other in others:
            key, _, value = other.partition(": ")
            top.keys.setdefault(key, top.key_span)
            top.parts.setdefault(key, Place(top.key_span, {}, {}))
            top.value.setdefault(key, self._plainly(value))
        top.drop = top.drop or name in top.keys
        top.keys.setdefault(name, Span(top.key_span.line, top.key_span.column, colon))
        top.key = name
        return self._plainly(rest)

    def _plainly(self, word: str) -> Any:
        value = plain(word) if word else REFUSED
        return REFUSED if isinstance(value, tuple) else value

    def _alias(self, event: Any) -> None:
        span = self._span(event)
        self.add(span, "yaml.alias", say("不用锚点和别名 `*{a}`", "anchors and aliases are not used: `*{a}`", a=event.anchor),
                 say("把内容写出来;文字加引号 `\"*{a}\"`", "write the content out; put text in quotes: `\"*{a}\"`", a=event.anchor))  # fmt: skip
        if self._key_expected():
            self._take_key(f"*{event.anchor}", span)
        else:
            self._put(REFUSED, Place(span, {}, {}))

    def _open(self, event: Any) -> None:
        flow = bool(event.flow_style)
        span = self._span(event)
        self._plain_node(event, span)
        if len(self.stack) >= DEPTH:
            self.add(span, "yaml.depth", say("嵌套超过 {n} 层", "nested more than {n} deep", n=DEPTH), say("写得平一些", "write it flatter"))
            raise TooMuch
        if self._key_expected():
            what = say("键不能是列表或一组键值", "a key cannot be a list or keys and values")
            fix = say("以括号开头的文字加引号", "put text that begins with a bracket in quotes")
            self.add(span, "yaml.key", what, fix)
            raise TooMuch
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.stack.append(_Open(value, span, flow))

    def _close(self, event: Any) -> None:
        done = self.stack.pop()
        span = done.span
        if done.flow:
            same = event.end_mark.line + 1 == span.line
            span = Span(span.line, span.column, event.end_mark.column + 1 - span.column) if same else self._to_end(span)
        elif done.keys:
            first = next(iter(done.keys.values()))
            span = first if first.line == span.line else span
        self._put(REFUSED if done.lost and not done.value else done.value, Place(span, done.keys, done.parts))

    # -- keys and values ----------------------------------------------------------------------------------------------

    def _key_expected(self) -> bool:
        return bool(self.stack) and self.stack[-1].key is None and isinstance(self.stack[-1].value, dict)

    def _key(self, event: Any, span: Span) -> None:
        word: str = event.value
        if not event.style:
            if not self.stack[-1].flow and SWALLOWED.match(word):
                raise yaml.MarkedYAMLError(problem="could not find expected ':'", problem_mark=event.start_mark)
            refusal = plain_key(word)
            if refusal:
                self.add(span, *refusal)
                self.stack[-1].drop = self.stack[-1].lost = True
        self._take_key(word, span)

    def _take_key(self, word: str, span: Span) -> None:
        top = self.stack[-1]
        first = top.keys.get(word)
        if first:
            lines = say("第 {a} 行和第 {b} 行", "lines {a} and {b}", a=first.line, b=span.line)
            if first.line == span.line:
                lines = say("都在第 {a} 行", "line {a}", a=first.line)
            self.add(span, "yaml.duplicate", Text(f"`{word}` 写了两次:{lines.zh}", f"`{word}` stands twice: {lines.en}"), say("留下一个", "keep one of them"))
        else:
            top.keys[word] = span
        top.key, top.key_span = word, span

    def _put(self, value: Any, place: Place) -> None:
        """Give a value to what is open; the second value of a key is dropped."""
        self.nodes += 1
        if self.nodes > NODES:
            self.add(place.span, "yaml.size", say("内容超过 {n} 项", "there are more than {n} entries", n=NODES), say("分成几个文件", "split the file"))
            raise TooMuch
        if not self.stack:
            self.data, self.place = value, place
            return
        top = self.stack[-1]
        if isinstance(top.value, list):
            top.value.append(value)
            top.parts.append(place)
            return
        key, top.key = top.key, None
        dropped, top.drop = top.drop, False
        assert key is not None
        if key not in top.value and not dropped:
            top.value[key] = value
            top.parts[key] = place

    def _plain_node(self, event: Any, span: Span) -> None:
        if event.anchor is not None:
            self.add(span, "yaml.alias", say("不用锚点 `&{a}`", "anchors such as `&{a}` are not used", a=event.anchor), say("删去它", "remove it"))
        if event.tag is not None:
            self.add(span, "yaml.tag", say("不用标签 `{t}`", "tags such as `{t}` are not used", t=_tag(event.tag)), say("删去它;文字加引号", "remove it; put text in quotes"))

    # -- places -------------------------------------------------------------------------------------------------------

    def _span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        span = Span(start.line + 1, start.column + 1, max(end.column - start.column, 1))
        return span if start.line == end.line else self._to_end(span)

    def _to_end(self, span: Span) -> Span:
        line = self.lines[span.line - 1] if span.line <= len(self.lines) else ""
        return Span(span.line, span.column, max(len(line.rstrip()) - span.column + 1, 1))


def _events(text: str) -> Iterator[Any]:
    parser = Parser(text)
    try:
        while parser.check_event():
            yield parser.get_event()
    finally:
        parser.dispose()


def _start(event: Any, length: int = 1) -> Span:
    return Span(event.start_mark.line + 1, event.start_mark.column + 1, length)


def _tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")[:40]


def _hidden_colon(key: str) -> int:
    """Where in a key without a value the colon stands that was meant to end it; 0 for nowhere."""
    return min((at for at in map(key.find, WIDE_COLONS) if at > 0), default=0) or max(key.find(":"), 0)


def _within(span: Span, offset: int) -> Span:
    return Span(span.line, span.column + offset, 1)
