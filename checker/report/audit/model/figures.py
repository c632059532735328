"""The figures of the first pages: score and what it moved by, indicators with their trend, rates."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class Change:
    """A score and its grade against the same site's last period before this one: None where the history has none. `scored` are the rules
    that the two scores rest on, then and now."""

    site: str
    period: str
    score: Decimal
    grade: str
    difference: Decimal
    scored: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Headline:
    """The first page: over all sites the mean of their scores. `violations` are those of the list, `critical` and `repeats` count what is
    neither rejected nor waived. `proposals` of ladders, one for each person, and the times that they were `reached` are no violations and no
    obligations; `decided` is (decided, violations)."""

    score: Decimal | None
    confirmed: Decimal | None
    grade: str
    pass_mark: Decimal | None
    passed: bool | None
    changes: tuple[Change, ...]
    obligations: int
    violations: int
    critical: int
    repeats: int
    unknown: int
    proposals: int
    reached: int
    decided: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a trend; denominator 0: no cases."""

    period: str
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row of the KPI table: numerator of denominator against a target share (n, d), None where the policies are plain demands
    that each record is to meet (the target is then all of them). `better` says which side is good; `met` is None without cases.
    `scale` divides numerator (and the target's n, where it is no share) for means and sums. `trend` runs from the oldest period to this."""

    title: str
    site: str
    policies: tuple[str, ...]
    numerator: int
    denominator: int
    target: tuple[int, int]
    better: Literal["at_least", "at_most"]
    met: bool | None
    is_share: bool = True
    trend: tuple[Point, ...] = ()
    groups: tuple[int, int] = (0, 0)
    """Of several groups of which each has to reach the target: how many did, of how many."""


@dataclass(frozen=True, slots=True)
class RateLine:
    """One rate that was judged: a group in a period, numerator (a sum where the rate is one of sums) of denominator against the target
    (n, d). `counts` and `confirmed`: whether its violation counts in the provisional and in the confirmed score."""

    policy: str
    title: str
    site: str
    group: str
    period: str
    verdict: str
    verdict_word: str
    numerator: Decimal
    denominator: Decimal
    target: tuple[Decimal, Decimal]
    counts: bool
    confirmed: bool
