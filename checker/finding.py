"""Verdicts and the identity of a finding."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
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


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding as the run directory holds it. Times are UTC microseconds; `arguments` is JSON of record fields."""

    policy: str
    standard: str
    verdict: Verdict
    severity: str
    points: Decimal | None
    site_id: str
    team_id: str | None
    accountable: str | None
    subject_type: str
    subject: str
    ordinal: str
    period: str
    occurred_at: int | None
    due_at: int | None
    decided_at: int | None
    measured: int | None
    limit: int | None
    unit: str | None
    value: str | None
    file: str | None
    sheet: str | None
    row: int | None
    missing: str | None
    because: int | None
    arguments: str | None
    note: str | None
    disputed: bool
    waived_by: str | None
    fingerprint: str
