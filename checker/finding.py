"""Verdicts and the identity of a finding."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

from checker.errors import Text

Verdict = Literal["pass", "fail", "pending", "unknown", "exempt"]
VERDICTS: tuple[Verdict, ...] = ("pass", "fail", "pending", "unknown", "exempt")
WORDS = {
    "pass": Text("合格", "pass"),
    "fail": Text("不合格", "fail"),
    "pending": Text("未到期", "pending"),
    "unknown": Text("无法判定", "unknown"),
    "exempt": Text("免责", "exempt"),
    "not_applicable": Text("不适用", "not applicable"),
}
SEPARATOR = "\x1f"


def fingerprint(policy: str, site: str, subject: str, ordinal: str) -> str:
    """The stable identity of a finding: 64 hex digits; never made of a value that a correction may change."""
    return hashlib.sha256(SEPARATOR.join((policy, site, subject, ordinal)).encode()).hexdigest()


def short(identity: str) -> str:
    """How people are shown a fingerprint: `F-` and 12 hex digits."""
    return f"F-{identity[:12]}"


def subject_of(values: Sequence[object]) -> str:
    """The subject as text: its field values joined with `/`."""
    return "/".join("" if value is None else str(value) for value in values)
