"""Personal data as others may see it: names, telephone numbers, addresses and numbers of identity cards, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache

JOINT = "/"
"""Between the parts of a subject."""

PHONE = re.compile(r"(?<!\d)(?:1\d{10}|1[3-9]\d[- ]\d{4}[- ]\d{4}|(?:0\d{2,3}[- ]|\(0\d{2,3}\) ?)\d{7,8}|\+\d{1,3}[- ]?1[3-9]\d{9})(?!\d)")
"""A mobile number, in one piece or in three; a number with its area code."""
IDENTITY = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")
FLAT = r"\d+(?:号楼|栋|幢|座|单元)\s*(?:\d+(?:单元|层|楼|梯)\s*)*\d+(?:室|户|号|房)?"
ADDRESS = re.compile(
    rf"[\u4e00-\u9fff]{{1,8}}?(?:路|街|大道|巷|弄|胡同)\d+号?(?:\s*{FLAT})?|{FLAT}|\d+ (?:[A-Z][a-z]+ )+(?:Road|Street|Avenue|Lane|Rd|St)\b(?:, (?:Flat|Apt|Room|Unit) \w+)?"
)
"""A road with its number, a flat with its building."""
PATTERNS = ((PHONE, "phone"), (IDENTITY, "id-number"), (ADDRESS, "address"))
SUSPECT = r"\d{7}|\d[号栋幢座单]|[路街道巷弄同]\d|\d[- ]\d{4}|[a-z] (?:Road|Street|Avenue|Lane|Rd|St)"
"""A text without this has no number or address; words that two engines read alike."""
SUSPECTED = re.compile(SUSPECT)
LATIN = 3
"""A name in Latin letters is looked for inside of texts from so many letters on, and only as a word."""


def masked(text: str, kind: str) -> str:
    """A value of one kind: 张*, 138****8000, 110101…12; addresses keep their first third."""
    if kind == "name":
        return text[:1] + "*" * max(len(text) - 1, 1)
    if kind == "phone":
        digits = re.sub(r"\D", "", text)
        return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 7 else "****"
    if kind == "id-number":
        return f"{text[:6]}…{text[-2:]}" if len(text) > 8 else "…"
    return text[: max(1, min(6, len(text) // 3))] + "…"


class Hidden:
    """Hides what is personal inside of texts. `names` are those that stand in the columns of names of the run's files."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = frozenset(one for one in names if len(one) > 1 and not one.isdigit())
        self.text = lru_cache(1 << 16)(self._text)
        self.mark = lru_cache(1 << 16)(self._mark)

    def cell(self, text: str, personal: str | None) -> str:
        """A cell of an export, by what its column holds."""
        return masked(text, personal) if personal else self.text(text)

    def _text(self, text: str) -> str:
        """A text that people wrote: numbers, addresses, and every name that is known."""
        return self._unnamed(_plain(text))

    def _mark(self, text: str) -> str:
        """An id, part by part: numbers and addresses; a name where it is nothing but that."""
        return JOINT.join(masked(part, "name") if part in self.names else _plain(part) for part in text.split(JOINT))

    @cached_property
    def _inside(self) -> frozenset[str]:
        """The names that are looked for inside of texts."""
        return frozenset(one for one in self.names if not one.isascii() or len(one) >= LATIN)

    @cached_property
    def _sizes(self) -> tuple[int, ...]:
        return tuple(sorted({len(one) for one in self._inside}, reverse=True))

    @cached_property
    def _firsts(self) -> frozenset[str]:
        return frozenset(one[0] for one in self._inside)

    def _unnamed(self, text: str) -> str:
        parts, at, kept = [], 0, 0
        while at < len(text):
            size = next((size for size in self._sizes if self._is_name(text, at, at + size)), 0) if text[at] in self._firsts else 0
            if size:
                parts += [text[kept:at], masked(text[at : at + size], "name")]
                kept = at + size
            at += size or 1
        return "".join([*parts, text[kept:]]) if parts else text

    def _is_name(self, text: str, start: int, end: int) -> bool:
        """Whether a known name stands there; a Latin one must be a word of its own."""
        if text[start:end] not in self._inside:
            return False
        around = text[max(start - 1, 0) : start] + text[end : end + 1]
        return not text[start:end].isascii() or not any(one.isascii() and one.isalnum() for one in around)


def _plain(text: str) -> str:
    if not SUSPECTED.search(text):
        return text
    for pattern, kind in PATTERNS:
        text = pattern.sub(_as(kind), text)
    return text


def _as(kind: str) -> Callable[[re.Match[str]], str]:
    return lambda found: masked(found[0], kind)


__all__ = ["JOINT", "SUSPECT", "Hidden", "masked"]
