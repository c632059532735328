"""Full-width punctuation from a Chinese keyboard: where it stands, and what was meant."""

from __future__ import annotations

import re
import unicodedata

from checker.errors import NOTHING, Text, say

WIDE_COLONS = "：∶﹕"
COLON_LINE = re.compile(r"\s*(?:- +)*(\"[^\"]*\"|'[^']*'|[^\s\"'#{\[：∶﹕:][^\s：∶﹕:]*)([：∶﹕])")
CLOSE_LINE = re.compile(r"\s*(?:- +)*[\w.$-]+(:)[^\s:/]")
"""A key in the words of the language, and a colon without its space."""


def pairs(rest: str) -> list[str]:
    """`1，c：2` as `1` and `c: 2`: what stands behind the first colon of keys and values in Chinese punctuation."""
    first, *others = re.split(rf"\s*[，；、]\s*(?=[\w.$-]+\s*[{WIDE_COLONS}:])", rest)
    return [first, *(re.sub(rf"^([\w.$-]+)\s*[{WIDE_COLONS}:]\s*", r"\1: ", one) for one in others)]


def colon_fix(key: str, at: int) -> tuple[Text, Text]:
    """For a key that swallowed its colon at `at`: Chinese, or without the space after it."""
    name, rest = key[:at], ", ".join(pairs(key[at + 1 :].strip()))[:40] or "…"
    fix = say("写 `{k}: {r}`", "write `{k}: {r}`", k=name, r=rest)
    if key[at] in WIDE_COLONS:
        return say("`{k}` 后面是中文冒号「{c}」", "a Chinese colon `{c}` follows `{k}`", k=name, c=key[at]), fix
    return say("`{k}:` 的冒号后面没有空格", "there is no space after the colon of `{k}:`", k=name), fix


def hint(text: str) -> Text:
    """What a refused text was probably meant to be, or NOTHING: full-width forms written plain."""
    found = re.match(r"([a-z][\w.-]*)\s*[：∶﹕]\s*(.*)", text)
    if found:
        return say("是不是用了中文冒号?写 `{k}: {r}`", "did you type a Chinese colon? write `{k}: {r}`", k=found[1], r=found[2][:40] or "…")
    if bracketed := re.fullmatch(r"【(.*)】", text):
        return say("是不是用了中文括号?写 `[{r}]`", "did you type Chinese brackets? write `[{r}]`", r=", ".join(re.split(r"\s*[，、,]\s*", bracketed[1]))[:60])
    listed = re.split(r"\s*[，、]\s*", text)
    if len(listed) > 1 and all(re.fullmatch(r"[\w.$-]+", one) for one in listed):
        return say("是不是用了中文逗号?写 `{r}`", "did you type a Chinese comma? write `{r}`", r=", ".join(listed)[:60])
    narrow = unicodedata.normalize("NFKC", text).strip("“”‘’「」")
    if narrow != text and narrow.isascii() and narrow:
        return say("是不是用了全角字符?写 `{n}`", "did you type full-width characters? write `{n}`", n=narrow[:60])
    return NOTHING
