"""What was known of a record whose obligations are settled, in a few bytes: two for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from checker.finding import VERDICTS
from checker.question import By, Word
from checker.watch.known import Known

WORDS: tuple[Word, ...] = get_args(Word)
WHO: tuple[By, ...] = get_args(By)
MOST = 255
"""Policies that a byte can number."""


def packed(known: Mapping[int, tuple[Known, ...]], subject: str) -> bytes | None:
    """What is known by number of the policy; None where it does not fit: an obligation is open, or of another subject or cycle."""
    found = bytearray()
    for number, listed in known.items():
        for one in listed:
            if one.outcome in ("pending", "not_applicable") or (one.subject, one.ordinal) != (subject, "1") or len(listed) > 1 or number > MOST:
                return None
            found += bytes((number, (VERDICTS.index(one.outcome) * len(WORDS) + WORDS.index(one.word)) * len(WHO) + WHO.index(one.by)))
    return bytes(found)


def unpacked(data: bytes, subject: str) -> dict[int, tuple[Known, ...]]:
    """The same, without when each was due."""
    found: dict[int, tuple[Known, ...]] = {}
    for number, code in zip(data[::2], data[1::2], strict=True):
        rest, who = divmod(code, len(WHO))
        outcome, word = divmod(rest, len(WORDS))
        found[number] = (Known(subject, "1", VERDICTS[outcome], WORDS[word], None, WHO[who]),)
    return found


__all__ = ["packed", "unpacked"]
