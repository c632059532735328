"""Scores as values: of rules, areas and sites. How they are computed: checker/report/score.py."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

How = Literal["points", "bands", "shortfall", "none"]
"""How a rule's deduction was found: points per violation, a band of the violation rate, the shortfall of a rate; none: not scored."""


@dataclass(frozen=True, slots=True)
class RuleScore:
    """One rule in one site. `weight` is what it may lose (0 where it is not scored); `counted` the violations that count, `repeats`
    those among them that weigh more, `points` the sum of what they deduct before the rule is exhausted; `numerator`, `denominator`
    and `target` (n, d) those of a rate. `deduction` ≤ `weight`."""

    policy: str
    title: str
    area: str
    severity: str
    how: How
    weight: Decimal
    obligations: int
    passed: int
    failed: int
    pending: int
    unknown: int
    not_applicable: int
    exempt: int
    waived: int
    rejected: int
    counted: int
    repeats: int
    points: Decimal
    shortfall: Decimal | None
    deduction: Decimal


@dataclass(frozen=True, slots=True)
class AreaScore:
    """One area: the weight that the profile gives it, the weight after areas without a scored rule gave theirs away (`share`), the sums
    of its rules, deduction, and score = share − deduction."""

    area: str
    weight: Decimal
    share: Decimal
    rules: int
    scored: int
    obligations: int
    passed: int
    failed: int
    pending: int
    unknown: int
    not_applicable: int
    exempt: int
    waived: int
    deduction: Decimal
    score: Decimal


@dataclass(frozen=True, slots=True)
class Score:
    """One score of a site: 100 less all deductions. `capped`: a critical violation holds the grade down."""

    total: Decimal
    grade: str
    capped: bool
    areas: tuple[AreaScore, ...]
    rules: tuple[RuleScore, ...]

    @property
    def scored(self) -> int:
        """How many rules it rests on."""
        return sum(area.scored for area in self.areas)


@dataclass(frozen=True, slots=True)
class SiteScore:
    """The two scores of a site: `provisional` counts every violation that is neither rejected nor waived, `confirmed` only those that
    people confirmed. `decided` of `violations` were decided. `rank` is among the sites of the run. None: nothing could be scored, or the
    profile says nothing of scoring."""

    site: str
    profile: str
    provisional: Score | None
    confirmed: Score | None
    decided: int
    violations: int
    rank: int | None
