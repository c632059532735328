"""`matches` takes a small part of regular expressions that means the same in every engine (language §3).

Plain characters, `.`, `[abc]`, `[^abc]`, `[a-z]`, groups `( )`, `|`, `* + ? {n} {n,} {n,m}` with n and m up to 99, and a
backslash before punctuation. The whole value must match.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.errors import Problem, Text, say
from checker.load.spot import Spot

PIECE = re.compile(
    r"(?P<open>\((?!\?))|(?P<close>\))|(?P<bar>\|)|(?P<times>[*+?]|\{[0-9]{1,2}(,[0-9]{0,2})?\})"
    r"|(?P<one>\[\^?[^\[\]\\\^]+\]|\\[.\\*+?()\[\]{}|^$/-]|[^\\()\[\]{}|*+?^$])"
)
LONGEST = 200


def unportable(spot: Spot, pattern: str) -> Iterator[Problem]:
    """Why a pattern is not taken."""
    reason = _reason(pattern)
    if reason:
        yield spot.problem("pattern.form", *reason)


def _reason(pattern: str) -> tuple[Text, Text] | None:
    if not pattern or len(pattern) > LONGEST:
        return say("格式是空的或太长", "the pattern is empty or too long"), say("写 1 到 {n} 个字符", "write 1 to {n} characters", n=LONGEST)
    at, depth, repeatable = 0, 0, False
    while at < len(pattern):
        found = PIECE.match(pattern, at)
        if not found:
            return _odd(pattern, at)
        kind = found.lastgroup or "times"
        if kind == "close":
            depth -= 1
        if depth < 0 or (found["times"] and not repeatable):
            return _odd(pattern, at)
        if found["open"]:
            depth += 1
        repeatable = found["one"] is not None or found["close"] is not None
        at = found.end()
    return _odd(pattern, len(pattern) - 1) if depth else _compiles(pattern)


def _odd(pattern: str, at: int) -> tuple[Text, Text]:
    piece = pattern[at : at + 2] if pattern[at] in "\\(" else pattern[at]
    plain = {"\\d": "[0-9]", "\\w": "[A-Za-z0-9_]", "\\s": "[ ]"}
    what = say("格式里的 `{c}` 不能用", "`{c}` cannot be used in a pattern", c=piece)
    if piece in plain:
        return what, say("写 `{p}`", "write `{p}`", p=plain[piece])
    if piece[0] in "^$":
        return what, say("整个值总要匹配,删去它", "the whole value is always matched: remove it")
    return what, say("可用 `. [ ] ( ) | * + ? {{n,m}}`;作为文字写 `\\{c}`", "there are `. [ ] ( ) | * + ? {{n,m}}`; for the character itself write `\\{c}`", c=piece[0])


def _compiles(pattern: str) -> tuple[Text, Text] | None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return say("格式 `{p}` 不成立", "the pattern `{p}` does not work", p=pattern[:60]), say("检查 `[ ]` 里的范围和次数", "look at ranges in `[ ]` and at repetitions")
    return None
