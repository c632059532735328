"""What was known of a record whose obligations are settled, as a short text."""

from __future__ import annotations

import json
from collections.abc import Iterable

from checker.watch.known import Known


def packed(known: Iterable[tuple[int, tuple[Known, ...]]], subject: str) -> str | None:
    """What is known by number of the policy; None where an obligation is open, or may get another number among
    those of its subject: an unknown one has no time."""
    found = []
    for number, listed in known:
        for one in listed:
            if one.outcome in ("pending", "not_applicable") or (one.outcome == "unknown" and one.subject != subject):
                return None
            found.append([number, None if one.subject == subject else one.subject, one.ordinal, one.outcome, one.word, one.by])
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def unpacked(data: str, subject: str) -> dict[int, tuple[Known, ...]]:
    """The same, read back."""
    found: dict[int, tuple[Known, ...]] = {}
    for number, about, ordinal, outcome, word, by in json.loads(data):
        found[number] = (*found.get(number, ()), Known(subject if about is None else about, ordinal, outcome, word, None, by))
    return found


__all__ = ["packed", "unpacked"]
