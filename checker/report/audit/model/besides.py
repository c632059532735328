"""What is no violation that counts: what was not judged, what is excused or waived, what ladders propose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from checker.report.audit.model.violations import Rule


@dataclass(frozen=True, slots=True)
class Doubt:
    """Obligations of a rule that were not judged (or were not due): how many and why. `obligations` None: the rule has no records at all."""

    rule: Rule
    sort: Literal["no records", "unknown", "pending", "not applicable"]
    obligations: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Quality:
    """Data quality: (what, how many) of data-quality.csv; coverage and hidden rows as sentences; what was not judged."""

    kinds: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True)
class Exemption:
    """Obligations that the policy itself excuses."""

    rule: Rule
    site: str
    obligations: int
    why: str


@dataclass(frozen=True, slots=True)
class Waived:
    """Violations that somebody let stand: by what, how many, until when, why."""

    rule: Rule
    site: str
    by: str
    violations: int
    until: date | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver that the audit was given, used or not: its scope (a policy may be a glob; site and subject None: all), the days it holds,
    both included, why and by whom, the violations it fits, and what is odd about it, in words (ran out, has not begun, fits nothing, too broad)."""

    policy: str
    site: str | None
    subject: str | None
    first: date
    last: date
    reason: str
    approved_by: str
    place: str
    violations: int
    odd: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a ladder proposes of a person; people decide. `number`: the how-manieth violation reached the step. `provisional`: it rests
    on violations that nobody confirmed yet."""

    rule: Rule
    site: str
    accountable: str
    step: str
    number: int
    due: datetime | None
    provisional: bool
