"""The other files people write: profiles, mappings, fixtures, waivers, the catalogue (language §8)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, Tag, model_validator

from checker.errors import say
from checker.policy.conditions import Name
from checker.policy.kinds import Level, Policy, PolicyId
from checker.policy.records import DatedValue, RecordType, Source
from checker.policy.scoring import Indicated, Points, Scoring
from checker.policy.values import DAY, Day, Duration, Frozen, Instant, Many, Plain, TimeOfDay, Words, wrong

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DayName = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _days_form(value: Any) -> str:
    return "word" if isinstance(value, str) else "list"


class Window(Frozen):
    """A stretch of the day, half-open; `to` not after `from` crosses midnight and belongs to the day it opens on."""

    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay
    days: Annotated[
        Annotated[Literal["all", "workdays", "restdays"], Tag("word")] | Annotated[Many[DayName], Tag("list")],
        Discriminator(_days_form),
    ] = "all"

    @property
    def micros(self) -> tuple[int, int]:
        """(open, close) in microseconds after the midnight of the day it opens on."""
        opens, closes = self.from_.micros, self.to.micros
        return opens, closes if closes > opens else closes + DAY

    @property
    def by_workday(self) -> bool:
        """Whether the work calendar says on which days it opens."""
        return self.days in ("workdays", "restdays")

    def on(self, weekday: int) -> bool:
        """Whether it opens on this weekday (0 Monday … 6 Sunday); `workdays` is a matter of the work calendar."""
        return self.days == "all" or (isinstance(self.days, tuple) and WEEKDAYS[weekday] in self.days)


class Stretch(Frozen):
    """Days from the first to the last, both included; one day where `until` is left out."""

    from_: Day = Field(alias="from")
    until: Day | None = None

    @property
    def days(self) -> range:
        return range(self.from_.number, (self.until or self.from_).number + 1)


class Change(Stretch):
    """Days on which a calendar differs from the one that it is laid over, why, and who says so."""

    reason: Words
    source: Source


class Calendar(Frozen):
    """A company's or a site's work calendar: what differs from the national one. In `covers` the file speaks for itself
    where the national calendar is silent: Monday to Friday are worked."""

    format: Literal["calendars/1"]
    calendar: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Words | None = None
    covers: Stretch | None = None
    closed: Annotated[tuple[Change, ...], Field(strict=False)] = ()
    extra: Annotated[tuple[Change, ...], Field(strict=False)] = ()


class SwitchedOff(Frozen):
    policy: str
    reason: Words


def _setting_form(value: Any) -> str:
    return "dated" if isinstance(value, list | tuple) else "plain"


Setting = Annotated[
    Annotated[Plain, Tag("plain")] | Annotated[Many[DatedValue], Tag("dated")], Discriminator(_setting_form)
]


class Profile(Frozen):
    """A site's tailoring: which policies apply, with which values, from which source, approved by whom."""

    format: Literal["profiles/1"]
    profile: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Words | None = None
    policies: Many[str] = ("*",)
    off: Annotated[tuple[SwitchedOff, ...], Field(strict=False)] = ()
    set: dict[str, dict[Name, Setting]] = Field(default_factory=dict)
    points: dict[Level, Points] = Field(default_factory=dict)
    scoring: Scoring | None = None
    indicators: Annotated[tuple[Indicated, ...], Field(strict=False)] = ()
    follows: dict[str, Source] = Field(default_factory=dict)
    calendar: str = "national"
    windows: dict[Name, Annotated[tuple[Window, ...], Field(strict=False)]] = Field(default_factory=dict)


class Covered(Frozen):
    """The instants a source speaks of, half-open."""

    from_: Instant | None = Field(None, alias="from")
    until: Instant | None = None


class Lookup(Frozen):
    """Names instead of ids: the column `by` of a roster says which id is meant."""

    field: Name
    record: Name
    by: Name


def _column_form(value: Any) -> str:
    return "field" if isinstance(value, str) else "lookup"


class FileMapping(Frozen):
    """How one kind of file is read; everything left out is recognised from names and headers."""

    file: str
    sheet: str | None = None
    record: Name
    zone: str | None = None
    dates: Literal["year-month-day", "day-month-year", "month-day-year"] | None = None
    missing: Annotated[tuple[str, ...], Field(strict=False)] = ()
    encoding: str | None = None
    header_row: int | None = Field(None, ge=1)
    columns: dict[str, Name] = Field(default_factory=dict)
    lookup: dict[str, Lookup] = Field(default_factory=dict)
    values: dict[Name, dict[str, Plain]] = Field(default_factory=dict)
    constants: dict[Name, Plain] = Field(default_factory=dict)
    fill_down: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    covered: Covered | None = None
    latest_by: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def _positions_are_text(cls, data: Any) -> Any:
        """`4: topic` names a column by position; keys are kept as text."""
        if isinstance(data, dict) and isinstance(data.get("columns"), dict):
            return {**data, "columns": {str(key): value for key, value in data["columns"].items()}}
        return data


class Mapping(Frozen):
    format: Literal["mappings/1"]
    files: Many[FileMapping]


Cell = str | int | bool | list[str] | None


class Expected(Frozen):
    """One finding a case expects; what is left out is not compared."""

    policy: PolicyId | None = None
    subject: str
    ordinal: str | None = None
    verdict: Literal["pass", "fail", "pending", "unknown", "exempt"]
    measured: int | str | None = None
    limit: int | str | None = None
    decided_at: Instant | None = None
    due_at: Instant | None = None
    accountable: str | None = None
    site: str | None = None
    field: str | None = None
    disputed: bool | None = None
    note: str | None = None


class Earlier(Frozen):
    """A violation that an earlier run found, at the instant at which that was decided."""

    policy: PolicyId
    subject: str
    ordinal: str = "1"
    site: str | None = None
    accountable: str | None = None
    team: str | None = None
    at: Instant


class History(Frozen):
    """What earlier runs audited, of every policy that is read, and the violations that they found."""

    audited: Covered | None = None
    findings: Annotated[tuple[Earlier, ...], Field(strict=False)] = ()


class Decided(Frozen):
    """What somebody decided of a finding, of this run or an earlier one."""

    policy: PolicyId
    subject: str
    ordinal: str = "1"
    site: str | None = None
    decision: Literal["confirmed", "dismissed", "exempt", "waived", "open"]
    at: Instant | None = None


class Case(Frozen):
    name: str
    shows: Literal["met", "broken", "limit", "missing", "pending", "exempt", "not-applicable", "other"]
    from_: str = Field(alias="from")
    as_of: Instant | None = None
    period: str | None = None
    zone: str | None = None
    profile: str | None = None
    calendar: str | None = None
    set: dict[str, Plain] = Field(default_factory=dict)
    records_set: dict[Name, dict[Name, Plain]] = Field(default_factory=dict)
    windows: dict[Name, Annotated[tuple[Window, ...], Field(strict=False)]] = Field(default_factory=dict)
    covered: dict[Name, Covered] = Field(default_factory=dict)
    records: dict[Name, Annotated[tuple[dict[str, Any], ...], Field(strict=False)]]
    history: History | None = None
    decisions: Annotated[tuple[Decided, ...], Field(strict=False)] = ()
    expect: Annotated[tuple[Expected, ...], Field(strict=False)]
    not_applicable: int | None = None

    @model_validator(mode="after")
    def _has_an_end(self) -> Case:
        if self.as_of is None and self.period is None:
            what = say("没有 `as_of` 也没有 `period`", "neither `as_of` nor `period` is given")
            raise wrong("case.as-of", what, say("写 `as_of: 2026-10-31T24:00`", "write `as_of: 2026-10-31T24:00`"))
        return self


class Equivalent(Frozen):
    """A change to the policy that no record can show, named as `checker test --mutate` prints it, and why."""

    mutation: str
    reason: str


class Fixture(Frozen):
    """Records in, verdicts out: the tests of one policy. What a case leaves out is taken from the file."""

    format: Literal["fixtures/1"]
    policy: PolicyId | None = None
    policies: Many[Policy] | None = None
    record_types: Many[RecordType] | None = None
    zone: str = "Asia/Shanghai"
    profile: str | None = None
    calendar: str | None = None
    set: dict[str, Plain] = Field(default_factory=dict)
    records_set: dict[Name, dict[Name, Plain]] = Field(default_factory=dict)
    windows: dict[Name, Annotated[tuple[Window, ...], Field(strict=False)]] = Field(default_factory=dict)
    covered: dict[Name, Covered] = Field(default_factory=dict)
    records: dict[Name, Annotated[tuple[dict[str, Any], ...], Field(strict=False)]] = Field(default_factory=dict)
    history: History | None = None
    decisions: Annotated[tuple[Decided, ...], Field(strict=False)] = ()
    cases: Many[Case]
    equivalent: Annotated[tuple[Equivalent, ...], Field(strict=False)] = ()


class WaiverRule(Frozen):
    """A decision that lets a violation stand for a while; the verdict stays `fail`."""

    policy: str
    site: str | None = None
    subject: str | None = None
    reason: str
    approved_by: str
    from_: Day = Field(alias="from")
    until: Day


class Waivers(Frozen):
    format: Literal["waivers/1"]
    waivers: Many[WaiverRule]


class Document(Frozen):
    title: Words
    file: str | None = None


class Standard(Frozen):
    """One sentence of a document, and what became of it."""

    title: Words
    source: Many[Source]
    status: Literal["automated", "by-inspection", "not-checkable", "not-yet"]
    reason: Words | None = None
    policies: Annotated[tuple[PolicyId, ...], Field(strict=False)] = ()


class Catalogue(Frozen):
    format: Literal["catalogue/1"]
    documents: dict[str, Document]
    areas: dict[str, Words] = Field(default_factory=dict)
    """Titles of areas: of what stands before the first dot of a standard's id."""
    standards: dict[PolicyId, Standard] = Field(default_factory=dict)


FORMATS: dict[str, type[BaseModel]] = {
    "records/1": RecordType,
    "profiles/1": Profile,
    "mappings/1": Mapping,
    "fixtures/1": Fixture,
    "waivers/1": Waivers,
    "catalogue/1": Catalogue,
    "calendars/1": Calendar,
}
__all__ = ["Calendar", "Case", "Catalogue", "Change", "Covered", "Decided", "Duration", "Earlier", "Expected", "FORMATS", "FileMapping", "Fixture", "History", "Lookup", "Mapping",
           "Profile", "Setting", "Stretch", "SwitchedOff", "WaiverRule", "Waivers", "Window", "Words"]  # fmt: skip
