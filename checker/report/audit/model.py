"""The audit report as a frozen value, in one language, masked unless asked otherwise: what every renderer is given.

Texts are ready to be shown, shares are integers (numerator, denominator), times are local and naive (the zone of the
site is on the cover), scores and deductions are decimals of two places. None means: there is nothing to show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from checker.report.audit.standing import SiteScore

Lang = Literal["zh", "en"]
State = Literal["open", "confirmed", "rejected", "exempt", "waived"]


# --- cover -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CoverSite:
    """One site on the cover: id, name (None where no roster names it), zone, profile, as-of in local time as people write it."""

    site: str
    name: str | None
    zone: str
    profile: str
    as_of: str


@dataclass(frozen=True, slots=True)
class CoverFile:
    """One table of the data: read = accepted + rejected + duplicates + superseded; `record` is the title of its record type,
    None where it was not recognised. `sha256` is the whole file's."""

    file: str
    sheet: str
    record: str | None
    read: int
    accepted: int
    rejected: int
    duplicates: int
    superseded: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Cover:
    """What is audited, up to when, by what. `number` is the report number (PZ-2026-10-001: the runs of that period in the
    history, and this one). `incomplete` says why the audit is not complete; empty where it is. `reason` is why personal data is
    shown, None where it is masked. 编制/审核/批准 are signed on paper: the renderer leaves room for them."""

    number: str
    title: str
    period: str
    sites: tuple[CoverSite, ...]
    files: tuple[CoverFile, ...]
    tool: str
    policies: int
    policies_hash: str
    profiles: tuple[tuple[str, str], ...]
    """(name, hash)."""
    incomplete: tuple[str, ...]
    reason: str | None
    previous: str | None
    """The period of the earlier run that changes are measured from."""


# --- figures ---------------------------------------------------------------------------------------------------------


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


# --- violations ------------------------------------------------------------------------------------------------------


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


# --- what was not judged, and why -------------------------------------------------------------------------------------


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


# --- notices and appendix ---------------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class InForce:
    """A value in force: where it comes from is `origin` (a clause, or a profile with its approver)."""

    policy: str
    parameter: str
    site_profile: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Appendix:
    """Texts of the rules (Rule.text), values in force, how scores are computed (paragraphs), what was checked whole, what by sample and
    what is left to inspection (paragraphs)."""

    values: tuple[InForce, ...]
    calculation: tuple[str, ...]
    sampling: tuple[str, ...]
    by_inspection: tuple[tuple[str, str], ...]
    """(standard, title): left to a person's inspection."""


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. `scores` has one entry a site (see checker/report/audit/standing.py); rankings are of sites, teams and people."""

    lang: Lang
    cover: Cover
    headline: Headline
    scores: tuple[SiteScore, ...]
    indicators: tuple[Indicator, ...]
    rates: tuple[RateLine, ...]
    violations: Listing
    sites: tuple[Standing, ...]
    teams: tuple[Standing, ...]
    people: tuple[Standing, ...]
    repeats: tuple[Repeat, ...]
    causes: tuple[Cause, ...]
    heat: Heat
    near: tuple[Near, ...]
    quality: Quality
    exemptions: tuple[Exemption, ...]
    waived: tuple[Waived, ...]
    waivers: tuple[Waiver, ...]
    proposals: tuple[Proposal, ...]
    notices: tuple[Notice, ...]
    rules: tuple[Rule, ...]
    appendix: Appendix
