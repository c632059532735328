"""The compiled form of an audit: frozen, printable, engine-free.

A plan is typed tables (limits, windows, calendar: never literals in SQL), views over the records, and one scan a
unit. Every scan yields one row an obligation with the columns named in `COMMON` and, for each policy i of the unit,
the columns named in `EACH` followed by i, but for those that `Unit.alike` names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from checker.calendars import Span
from checker.policy.files import Calendar, Profile
from checker.policy.kinds import Base, Level
from checker.policy.records import RecordType

NONE, PASS, FAIL, PENDING, UNKNOWN, EXEMPT = range(6)
"""Verdict codes in scans; NONE is not applicable."""

COMMON = ("site", "file", "row", "disputed", "version_of", "occurred", "offset")
EACH = {
    "v": "TINYINT", "subject": "VARCHAR", "ordinal": "VARCHAR", "field": "VARCHAR", "measured": "BIGINT",
    "limit": "BIGINT", "unit": "VARCHAR", "due": "BIGINT", "decided": "BIGINT", "began": "BIGINT", "accountable": "VARCHAR",
    "points": "DECIMAL(18,4)", "because": "INTEGER", "args": "VARCHAR", "note": "VARCHAR", "value": "VARCHAR",
    "compared": "VARCHAR",
}  # fmt: skip
"""`v` verdict code; `field` what an unknown lacks; `unit` of measured and limit: `us`, `days`, `instant`, `date`, or a
count's; times in UTC microseconds; `began` when it could first be pending; `because` index of the sentence; `args` JSON of
the fields the sentence names; `value` the values in force; `compared` JSON of what a marked limit is compared with, and of
the verdicts either way."""

FOREVER = 2**62
BEGINNING = -(2**62)


Stretch = tuple[str | None, int | None, int | None]
"""(site or all, from, until): what a source speaks of, UTC microseconds, half-open, open where None."""


@dataclass(frozen=True, slots=True)
class Site:
    """One site of an audit: zone, profile, its instants in UTC microseconds, and its windows as the roster writes them.

    `period` and `covered` stand where sites differ in them: many small audits run as the sites of one.
    """

    id: str
    zone: str
    profile: Profile
    first: int
    until: int
    as_of: int
    windows: Mapping[str, str] = field(default_factory=dict)
    period: Span | None = None
    covered: Mapping[str, tuple[Stretch, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A decision that lets violations stand for a while: of a policy (a glob may name several), at a site or at all, of a
    subject or of all, on the local days from `first` to `last`. `place` is the file and row that it stands in."""

    policy: str
    site: str | None
    subject: str | None
    first: int
    last: int
    reason: str
    approved_by: str
    place: str

    @property
    def said(self) -> str:
        """Who waived it and where that is written."""
        return f"{self.approved_by} ({self.place})"


@dataclass(frozen=True, slots=True)
class Audit:
    """What is audited: the dictionary, the selected policies, the sites, and what the sources cover."""

    types: dict[str, RecordType]
    policies: tuple[Base, ...]
    sites: tuple[Site, ...]
    period: Span
    span: tuple[int, int]
    covered: dict[str, tuple[Stretch, ...]] = field(default_factory=dict)
    disputed: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    audited: tuple[tuple[str, str, int, int], ...] = ()
    """(site, policy, from, until) of what earlier runs judged."""
    earlier: Mapping[str, Level] = field(default_factory=dict)
    """The policies of which earlier runs have violations, with their severity."""
    waivers: tuple[Waiver, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Record type -> how many rows the files brought."""

    def period_of(self, site: Site) -> Span:
        """The local days that are audited at a site."""
        return site.period or self.period

    def covered_at(self, site: Site, record: str) -> list[tuple[int | None, int | None]]:
        """The stretches of which a site's source of a record type speaks; none where that is not stated."""
        said = self.covered if site.covered is None else site.covered
        return [(start, until) for whose, start, until in said.get(record, ()) if whose in (None, site.id)]


@dataclass(frozen=True, slots=True)
class Table:
    """A typed table: column name -> SQL type, and rows."""

    name: str
    columns: dict[str, str]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class View:
    """A named SELECT; `stored` views are computed once, and so are those that many scans read `often` where there are few rows:
    reading a view is planned anew each time."""

    name: str
    sql: str
    stored: bool = False
    often: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A parameter that only the final comparison reads: it can be set otherwise without the files. `whole_decides`: a target
    of 100 % also decides when, and is not set so."""

    parameter: str
    operator: str
    whole_decides: bool = False


PART = "(/* part */ TRUE)"


@dataclass(frozen=True, slots=True)
class Unit:
    """One scan that judges one or several policies.

    `ordered`: indexes of policies with a measure, for the nearest passes. `record`: whose rows are scanned. `small`: each row is an obligation, also
    where none is due. `stored`: the scan is worth computing once. `rated`: each obligation is a share, worth keeping whatever its verdict.
    `alike`: columns that the scan does not have because another one says the same, or because they are constant -> SQL.
    `evidence`: related records by `hit`, or where the unit is small by `site`, `subject` and `ordinal`.
    `before`: a table that scan and evidence read, made when the units before this one have left their findings.
    `apart`: a column of the scanned rows; those that differ in it can be judged apart, and PART stands in the scan where they are chosen.
    """

    name: str
    policies: tuple[str, ...]
    scan: str
    ordered: tuple[int, ...] = ()
    small: bool = False
    stored: bool = False
    evidence: str | None = None
    record: str = ""
    rated: bool = False
    marks: Mapping[str, Mark] = field(default_factory=dict)
    alike: Mapping[str, str] = field(default_factory=dict)
    before: View | None = None
    apart: str = ""

    def parts(self, number: int) -> list[str]:
        """The scan as so many scans of which each obligation is in one."""
        return [self.scan.replace(PART, f"hash({self.apart}) % {number} = {one}") for one in range(number)] if number > 1 else [self.scan]

    def column(self, column: str, index: int = 0) -> str:
        """SQL that reads a column of policy `index` from the rows of the scan."""
        return self.alike.get(f"{column}{index}", f'"{column}{index}"')


@dataclass(frozen=True, slots=True)
class Plan:
    tables: tuple[Table, ...]
    views: tuple[View, ...]
    units: tuple[Unit, ...]

    def lines(self) -> Iterator[str]:
        """The plan as text, for people."""
        for table in self.tables:
            yield f"-- table {table.name} ({', '.join(table.columns)}): {len(table.rows)} rows"
        for view in self.views:
            yield f"-- {'table' if view.stored else 'view'} {view.name}\n{view.sql};"
        for unit in self.units:
            yield f"-- unit {unit.name}: {', '.join(unit.policies)}"
            yield from (f"-- only compared: {policy} ${mark.parameter}" for policy, mark in unit.marks.items())
            if unit.before:
                yield f"-- table {unit.before.name}\n{unit.before.sql};"
            yield f"{unit.scan};"

    def marks(self) -> dict[str, Mark]:
        """By policy: the limit that only the final comparison reads."""
        return {policy: mark for unit in self.units for policy, mark in unit.marks.items()}
