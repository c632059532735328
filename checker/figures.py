"""What the tables of a run say, counted, as values: read by an engine, made into a report by others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from checker.finding import Finding

Decision = Literal["open", "confirmed", "dismissed", "exempt", "waived"]
Key = tuple[str, str]
"""(policy, site)."""
Sort = Literal["site", "team", "person"]


@dataclass(frozen=True, slots=True)
class Tallied:
    """Violations of one policy at one site, by what people decided of them. `counted` are those that are neither rejected nor waived,
    `points` what they deduct, repeats weighing more; the same of those that were confirmed. `critical` are counted ones of that severity."""

    violations: int = 0
    rejected: int = 0
    waived: int = 0
    decided: int = 0
    counted: int = 0
    repeats: int = 0
    points: Decimal = Decimal(0)
    confirmed: int = 0
    confirmed_repeats: int = 0
    confirmed_points: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rated:
    """One rate that was judged: a group in a period. `target` is (n, d). `counts` and `confirmed` say whether a violation counts."""

    policy: str
    site: str
    group: str
    period: str
    verdict: str
    unit: str
    numerator: Decimal
    denominator: Decimal
    target: tuple[Decimal, Decimal]
    counts: bool
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Violation:
    """A finding that failed, with what people decided of it. `repeat` is its number among those of the same person and rule in the
    look-back (1: the first; 0 where it does not count), `repeat_confirmed` among the confirmed ones; `weighed` and `weighed_confirmed`
    are what it deducts. `more` counts further evidence rows. Times are UTC microseconds."""

    finding: Finding
    number: int
    more: int
    repeat: int
    repeat_confirmed: int
    weighed: Decimal
    weighed_confirmed: Decimal
    decision: Decision
    decided: int | None
    by: str | None
    reason: str | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """What was judged of one site, team or person, and the violations that count."""

    sort: Sort
    id: str
    judged: int
    violations: int
    repeats: int
    points: Decimal


@dataclass(frozen=True, slots=True)
class Again:
    """Two or more violations of one policy by one person, or about one subject where nobody answers (`by_subject`)."""

    policy: str
    site: str
    who: str
    by_subject: bool
    count: int
    earlier: int
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Nearest:
    policy: str
    site: str
    subject: str
    ordinal: str
    accountable: str | None
    on: date | None
    measured: int
    limit: int
    unit: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """The furthest step that a ladder proposes of one person."""

    policy: str
    site: str
    who: str
    step: str
    number: int
    due: int | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class Let:
    """Violations that somebody let stand."""

    policy: str
    site: str
    by: str
    violations: int
    until: date | None
    reason: str | None
    """Of a decision; a waiver's stands in the summary."""


@dataclass(frozen=True, slots=True)
class Served:
    """Whom a notice is served on: a person, else a team, else the site; its violations that need a corrective action."""

    site: str
    team: str | None
    person: str | None
    violations: int
    points: Decimal
    worst: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class Dated:
    """Counts of an earlier period, for trends: {(policy, site): {verdict: n}} and the rates."""

    period: str
    counts: Mapping[Key, Mapping[str, int]]
    rates: tuple[Rated, ...]
    tallied: Mapping[Key, Tallied]


@dataclass(frozen=True)
class Figures:
    """Everything that a report is made of beside the book, the summary and the manifest. `total` violations are drawn by `violations`."""

    now: Dated
    past: tuple[tuple[str, Dated], ...]
    """(name of the run's folder, its figures), the oldest first, each earlier than this one."""
    again_of_period: int
    """Earlier runs of the same period."""
    people: Mapping[str, tuple[str | None, str | None]]
    """id -> (name, team)."""
    total: int
    proposals: int
    violations: Callable[[], Iterator[Violation]] = field(compare=False)
    ranked: tuple[Ranked, ...] = ()
    again: tuple[Again, ...] = ()
    heat: Mapping[tuple[int, int], int] = field(default_factory=dict)
    """(weekday, hour) -> violations."""
    undated: int = 0
    near: tuple[Nearest, ...] = ()
    proposed: tuple[Proposed, ...] = ()
    let: tuple[Let, ...] = ()
    served: tuple[Served, ...] = ()
    names: frozenset[str] = frozenset()
    """All that stand in columns of names of the run's files."""
