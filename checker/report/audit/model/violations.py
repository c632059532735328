"""Violations as people read them: the list, the notices that are served, who and what they concern, when they happen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

State = Literal["open", "confirmed", "rejected", "exempt", "waived"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy that was selected, as the list, the ranking and the appendix name it. `clause` is every clause it cites; `text` is its
    explanation (lines), `values` the values in force."""

    policy: str
    title: str
    standard: str
    area: str
    clause: str
    severity: str
    severity_word: str
    kind: str
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What people decided of a violation last: by whom, when (local), why, until when."""

    state: State
    by: str | None = None
    at: datetime | None = None
    reason: str | None = None
    until: date | None = None


OPEN = Decided("open")


@dataclass(frozen=True, slots=True)
class Nonconformity:
    """One row of 不合格项清单. `number` is its place in the list (from 1; the worst first within a policy area is not assumed: the
    run's total order), `id` is F- and 12 hex digits. The fact is `template` with `arguments` in its places: columnar renderers may
    keep the two apart. `evidence` is file[sheet]:row; `more` counts further evidence rows. `repeat` is the number of this violation
    among those of the same person and rule in the look-back (1: the first, 0: it does not count); `weighed` and `weighed_confirmed` are what
    it deducts in the two scores before its rule is exhausted."""

    number: int
    id: str
    fingerprint: str
    rule: Rule
    site: str
    team: str | None
    accountable: str | None
    subject: str
    ordinal: str
    occurred: datetime | None
    due: datetime | None
    template: str
    arguments: tuple[tuple[str, str], ...]
    measured: str
    limit: str
    short_of: int | None
    value: str | None
    file: str | None
    sheet: str | None
    row: int | None
    evidence: str
    more: int
    points: Decimal | None
    repeat: int
    weighed: Decimal
    weighed_confirmed: Decimal
    disputed: bool
    note: str | None
    waived_by: str | None
    decided: Decided = OPEN

    @property
    def fact(self) -> str:
        """What happened, as a sentence."""
        said = self.template
        for name, value in self.arguments:
            said = said.replace("{" + name + "}", value)
        return said

    @property
    def traced(self) -> tuple[str, ...]:
        """The record and the place where it stands, as far as there are any."""
        return tuple(part for part in (self.subject, self.evidence) if part)


@dataclass(frozen=True)
class Listing:
    """The violations, counted, and drawn from the run as often as asked, always in the same order."""

    total: int
    each: Callable[[], Iterator[Nonconformity]] = field(compare=False)

    def __iter__(self) -> Iterator[Nonconformity]:
        return self.each()

    def __len__(self) -> int:
        return self.total


@dataclass(frozen=True, slots=True)
class Standing:
    """One row of a ranking: place (equal figures share one), id, name as shown, what was judged and what failed, violations that are
    repeats, points deducted; `hundred` is violations per 100 judged."""

    place: int
    id: str
    name: str | None
    judged: int
    violations: int
    repeats: int
    points: Decimal
    hundred: Decimal


@dataclass(frozen=True, slots=True)
class Repeat:
    """Two or more of one rule by one person (or about one subject where nobody answers): a corrective action, not a correction alone.
    `earlier` counts those of earlier runs in the look-back."""

    rule: Rule
    site: str
    who: str
    by_subject: bool
    count: int
    earlier: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Cause:
    """One bar of the Pareto chart: a rule, its violations, and those of all bars up to it."""

    rule: Rule
    violations: int
    cumulative: int


@dataclass(frozen=True, slots=True)
class Heat:
    """Violations by weekday (0 Monday … 6 Sunday) and hour: `cells[weekday][hour]`. `undated` have no time."""

    cells: tuple[tuple[int, ...], ...]
    undated: int


@dataclass(frozen=True, slots=True)
class Near:
    """A pass close to its limit."""

    rule: Rule
    site: str
    subject: str
    ordinal: str
    accountable: str | None
    on: date | None
    measured: str
    limit: str




@dataclass(frozen=True, slots=True)
class Notice:
    """One 整改通知单: to a person (`person`), or to a team or a site where nobody is named. `facts` are their numbers in the list,
    the worst first, at most 20; `violations` counts all of them."""

    number: str
    site: str
    team: str | None
    person: str | None
    addressee: str
    violations: int
    points: Decimal
    facts: tuple[Nonconformity, ...]
