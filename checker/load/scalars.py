"""Plain scalars: true, false, whole numbers and text; what other readers of YAML take for something else is refused."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from checker.errors import Text, say

Refusal = tuple[str, Text, Text]
"""Id, what, way out."""

NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
ODD = frozenset("0123456789+-.~=<ynotfYNOTF“”‘’「＂＇［｛０１２３４５６７８９＋－–—．＄＃")
"""First characters of everything that may need a second look; all other text is text."""

TRUE, FALSE = frozenset({"y", "yes", "on", "true"}), frozenset({"n", "no", "off", "false"})
QUOTES = {"“": "”", "”": "”", "‘": "’", "’": "’", "＂": "＂", "＇": "＇"}

FORMS: tuple[tuple[str, str, Text, Text], ...] = (
    (r"~|null|Null|NULL", "yaml.empty", Text("`{w}` 不是值", "`{w}` is not a value"),
     Text("写一个值,或删去这个键", "write a value, or remove the key")),
    (r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9]*)?", "yaml.time", Text("时间 `{w}` 没有加引号", "the time `{w}` is not in quotes"),
     Text("写 `\"{t}\"`", "write `\"{t}\"`")),
    (r"[-+]?0[0-9]+", "yaml.leading-zero", Text("`{w}` 以 0 开头,可能是编号,也可能是数", "`{w}` begins with 0: it may be a code or a number"),
     Text("编号加引号 `\"{w}\"`,数写 `{n}`", "put a code in quotes `\"{w}\"`, write a number as `{n}`")),
    (r"0\.[0-9]+", "yaml.decimal", Text("小数 `{w}` 不能直接写", "a decimal such as `{w}` is not written plain"),
     Text("比率写 `{p} %`;编号等文字加引号 `\"{w}\"`", "write a share as `{p} %`; put a clause number or other text in quotes `\"{w}\"`")),
    (r"[-+]?([0-9][0-9_]*\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", "yaml.decimal", Text("小数 `{w}` 不能直接写", "a decimal such as `{w}` is not written plain"),
     Text("条款号等文字加引号 `\"{w}\"`;比率写 `10 %`", "put a clause number or other text in quotes `\"{w}\"`; write a share as `10 %`")),
    (r"[-+]?[0-9]+[eE][-+]?[0-9]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|[-+]?0[xob][0-9a-fA-F_]+", "yaml.number",
     Text("`{w}` 不是普通整数", "`{w}` is not a plain whole number"),
     Text("整数写成 `1000` 的样子,文字加引号 `\"{w}\"`", "write a whole number like `1000`; put text in quotes `\"{w}\"`")),
    (r"[-+]?[1-9][0-9]{0,2}([_,][0-9]{3})+|[-+]?[0-9]+(_[0-9]+)+", "yaml.number", Text("整数 `{w}` 里不加分隔", "a whole number has no separators: `{w}`"),
     Text("写 `{n}`;文字加引号 `\"{w}\"`", "write `{n}`; put text in quotes `\"{w}\"`")),
    (r"\+[0-9]+", "yaml.number", Text("整数 `{w}` 前不加 `+`", "a whole number has no `+`: `{w}`"),
     Text("写 `{n}`;文字加引号 `\"{w}\"`", "write `{n}`; put text in quotes `\"{w}\"`")),
    (r"-?[1-9][0-9]{18,}", "yaml.number", Text("数 `{w}` 太大", "the number `{w}` is too large"),
     Text("编号、电话等文字加引号", "put an id, a phone number or other text in quotes")),
    (r"<<", "yaml.merge", Text("不用合并键 `<<`", "the merge key `<<` is not used"), Text("把内容写出来", "write the content out")),
    (r"=", "yaml.number", Text("`=` 有特别含义", "a bare `=` has a special meaning"), Text("加引号 `\"=\"`", "put it in quotes `\"=\"`")),
)  # fmt: skip
COMPILED = tuple((re.compile(form), id, what, fix) for form, id, what, fix in FORMS)


def plain(word: str) -> str | int | bool | Refusal:
    """The value of an unquoted scalar, or why it cannot stand without quotes."""
    if word[:1] not in ODD:
        return _comment(word) or word
    if word == "true" or word == "false":
        return word == "true"
    if NUMBER.fullmatch(word):
        return int(word)
    return _flag(word) or _surprise(word) or _wide(word) or _comment(word) or word


def plain_key(word: str) -> Refusal | None:
    """Why an unquoted key cannot stand without quotes. Keys are text: `off` and `4` are taken as written."""
    if not word:
        return "yaml.key", say("冒号前面没有键名", "there is no key before the colon"), say("写上键名", "write the key")
    if word[0] not in ODD or NUMBER.fullmatch(word):
        return None
    return None if word.lower() in TRUE | FALSE else _surprise(word) or _wide(word)


def _flag(word: str) -> Refusal | None:
    lower = word.lower()
    if lower not in TRUE and lower not in FALSE:
        return None
    facts = {"w": word, "b": "true" if lower in TRUE else "false"}
    what = say("`{w}` 可能是文字,也可能是是非值", "`{w}` may be text or a flag", **facts)
    fix = say("文字加引号 `\"{w}\"`,是非值写 `{b}`", "write `\"{w}\"` in quotes if text is meant, `{b}` if a flag", **facts)
    return "yaml.flag", what, fix


def _surprise(word: str) -> Refusal | None:
    if _no_time(word):
        what = say("`{w}` 不是一天中的时间", "`{w}` is no time of day", w=word[:40])
        fix = say("写 `\"00:00\"` 到 `\"24:00\"`;别的文字加引号 `\"{w}\"`", "write `\"00:00\"` to `\"24:00\"`; put other text in quotes: `\"{w}\"`", w=word[:40])
        return "yaml.time", what, fix
    for form, id, what, fix in COMPILED:
        if form.fullmatch(word):
            facts = {"w": word[:40], "n": _number(word), "t": _time(word), "p": _percent(word)}
            return id, say(what.zh, what.en, **facts), say(fix.zh, fix.en, **facts)
    return None


def _number(word: str) -> str:
    return re.sub(r"[+_,]", "", word)[:40].lstrip("0") or "0"


def _time(word: str) -> str:
    """A time of day as it should stand in quotes: `9:30` becomes `09:30`."""
    return f"0{word}" if re.fullmatch(r"[0-9]:[0-5][0-9](:[0-5][0-9])?", word) else word[:40]


def _no_time(word: str) -> bool:
    """Whether what looks like a time is later than the end of a day."""
    found = re.fullmatch(r"([0-9]+):([0-9]+)(:[0-9]+)?(\.[0-9]*)?", word)
    return found is not None and (int(found[1]) > 24 or (int(found[1]) == 24 and int(found[2]) > 0))


def _percent(word: str) -> str:
    """`0.15` as `15`, `0.001` as `0.1`."""
    if not re.fullmatch(r"0\.[0-9]{1,12}", word):
        return "10"
    share = Fraction(word) * 100
    return str(share.numerator) if share.denominator == 1 else f"{float(share):.10f}".rstrip("0")


WIDE_FORMS = re.compile(
    r"\$?[-+]?[0-9][0-9.:]*( ?%)?|\$[a-z][a-z0-9_]*|[0-9]+ ?[a-z]+( days?)?|[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+)?"
)
"""What a value in full-width characters may be once it is written plain."""


def _wide(word: str) -> Refusal | None:
    """Full-width digits, quotes, brackets and dashes from a Chinese keyboard."""
    if word[0] in QUOTES and word[-1] == QUOTES[word[0]] and len(word) > 1:
        inner = re.split(rf"{word[-1]}\s*[，、,]\s*{word[0]}", word[1:-1][:60])
        what = say("`“ ”` 是中文引号,不是 YAML 的引号", "`“ ”` are Chinese quotation marks, not quotes")
        if len(inner) > 1:
            return "yaml.wide-quote", what, say("写 `{w}`", "write `{w}`", w=", ".join(f'"{one}"' for one in inner))
        facts = {"w": inner[0][:40]}
        fix = say("写 `\"{w}\"`;引号属于文字时写 `\"“{w}”\"`", "write `\"{w}\"`, or `\"“{w}”\"` where they belong to the text", **facts)
        return "yaml.wide-quote", what, fix
    if word[0] in "［｛":
        right = "[ ]" if word[0] == "［" else "{ }"
        what = say("`{w}` 是全角括号", "`{w}` is a full-width bracket", w=word[0])
        return "yaml.wide-bracket", what, say("写 `{r}`", "write `{r}`", r=right)
    if re.match(r"[－–—]\s", word):
        what = say("列表前的 `{w}` 不是减号", "the `{w}` before an entry of a list is no hyphen", w=word[0])
        return "yaml.wide-dash", what, say("写 `- `", "write `- `")
    narrow = unicodedata.normalize("NFKC", word)
    if narrow != word and WIDE_FORMS.fullmatch(narrow):
        refused = plain(narrow)
        fix = refused[2] if isinstance(refused, tuple) else say("写 `{n}`", "write `{n}`", n=narrow[:40])
        named = Text("全角数字", "full-width digits") if re.search("[０-９]", word) else Text("全角字符", "full-width characters")
        return "yaml.wide-digits", Text(f"`{word[:40]}` 是{named.zh}", f"`{word[:40]}` has {named.en}"), fix
    return None


def _comment(word: str) -> Refusal | None:
    """A comment that begins with a full-width `＃`."""
    if not re.search(r"(^|\s)＃", word):
        return None
    what = say("`＃` 是全角字符,后面不算注释", "`＃` is a full-width character: what follows is no comment")
    return "yaml.wide-hash", what, say("写 `#`;属于文字时整段加引号", "write `#`, or put the whole text in quotes where it belongs to it")
