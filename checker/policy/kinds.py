"""The seven kinds of policy (language §2) as frozen models, and the file that holds them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, PlainValidator, Tag, WithJsonSchema, model_validator

from checker.errors import nearest, say
from checker.policy.conditions import Condition, Interval, Name, Path, Related
from checker.policy.records import Active, FieldOrFirst, FirstField, ParameterSpec, Source
from checker.policy.values import (
    PERIODS,
    Day,
    Duration,
    Frozen,
    Length,
    Many,
    Number,
    Parameter,
    Plain,
    Said,
    TimeOfDay,
    Words,
    either,
    wrong,
)

LEVELS = ("critical", "major", "minor", "advisory")
Level = Literal["critical", "major", "minor", "advisory"]
PolicyId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$")]


class Severity(Frozen):
    level: Level
    reason: Words


class Accountable(Frozen):
    """Who answers: the first field that is present, unless that person is absent by the record type named."""

    first_present: Many[Path]
    unless_absent: Name | None = None


def _path_or(value: Any) -> str:
    return "path" if isinstance(value, str) else "model"


AccountableBy = Annotated[
    Annotated[Path, Tag("path")] | Annotated[Accountable, Tag("model")], Discriminator(_path_or)
]


class Effective(Frozen):
    """The days on which the policy is in force, both inclusive."""

    from_: Day | None = Field(None, alias="from")
    until: Day | None = None


class Because(Frozen):
    """The sentence of a violation: the first whose `when` holds. Names in braces are filled, nothing is evaluated."""

    when: Condition | None = None
    otherwise: Literal[True] | None = None
    zh: Said
    en: Said


def _points_form(value: Any) -> str:
    return "field" if isinstance(value, str) else "number"


Points = Annotated[
    Annotated[Path, Tag("field")] | Annotated[Annotated[int, Field(ge=0)], Tag("number")], Discriminator(_points_form)
]


class Base(Frozen):
    """What every policy says."""

    id: PolicyId
    standard: PolicyId
    title: Words
    source: Many[Source]
    severity: Severity
    points: Points | None = None
    accountable: AccountableBy | None = None
    effective: Effective | None = None
    parameters: dict[Name, ParameterSpec] = Field(default_factory=dict)
    because: Many[Because] | None = None


class Requirement(Base):
    """Each record of `for_each` in `where` satisfies `require`, or does not satisfy `forbidden`."""

    model_config = ConfigDict(json_schema_extra=either("require", "forbidden", together=("starts", "within")))

    kind: Literal["requirement"]
    for_each: Name
    each_of: Path | None = None
    subject: Many[Path] | None = None
    where: Condition | None = None
    excused_when: Condition | None = None
    require: Condition | None = None
    forbidden: Condition | None = None
    starts: Path | None = None
    within: Length | None = None
    counted_in: Plain | None = None
    judged_at: Path | None = None

    @model_validator(mode="after")
    def _one_demand(self) -> Requirement:
        if (self.require is None) == (self.forbidden is None):
            what = say("要写 `require` 或 `forbidden`,只写一个", "a requirement has `require` or `forbidden`, one of them")
            raise wrong("requirement.demand", what, say("留下一个", "keep one"))
        if (self.starts is None) != (self.within is None):
            what = say("`starts` 和 `within` 要一起写", "`starts` and `within` go together")
            raise wrong("requirement.ripens", what, say("补上缺的一个", "add the one that is missing"))
        return self


class FirstOf(Frozen):
    first_of: Many[End]


class LatestOf(Frozen):
    latest_of: Many[End]


def _end_form(value: Any) -> str:
    if isinstance(value, str):
        return "path"
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", ())
    return "first_of" if "first_of" in keys else "latest_of" if "latest_of" in keys else "related"


End = Annotated[
    Annotated[Path, Tag("path")]
    | Annotated[FirstOf, Tag("first_of")]
    | Annotated[LatestOf, Tag("latest_of")]
    | Annotated[Related, Tag("related")],
    Discriminator(_end_form),
]


class Cutoff(Frozen):
    """A start strictly after this local time has until the end of the next day."""

    after: Annotated[Plain, Field(description="a time of day, or a parameter that holds one")]
    then: Duration


class Paused(Frozen):
    """Spells in which the clock of a deadline stands still."""

    record: Name
    match: dict[Path, Path]
    where: Condition | None = None
    from_: Path = Field(alias="from")
    to: Path


class Deadline(Base):
    """From `starts`, something `ends` it `within` a limit."""

    kind: Literal["deadline"]
    for_each: Name
    each_of: Path | None = None
    subject: Many[Path] | None = None
    where: Condition | None = None
    excused_when: Condition | None = None
    starts: FieldOrFirst
    ends: End
    ends_by: Path | None = None
    within: Length
    counted_in: Plain | None = None
    cutoff: Cutoff | None = None
    paused_by: Paused | None = None
    early: Literal["counts"] | None = None


class PeriodField(Frozen):
    """The period stands in the roster row itself, for example `2/m`."""

    field: Path


class DaysOf(Frozen):
    """One period a day on which such a record stands: each duty day."""

    record: Name
    match: dict[Path, Path]
    where: Condition | None = None
    days_of: Path


def _every_form(value: Any) -> str:
    if isinstance(value, str | Parameter):
        return "word"
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", ())
    return "days_of" if "days_of" in keys else "field"


def _read_every(value: Any) -> Any:
    if isinstance(value, Parameter):
        return value
    if isinstance(value, str) and value.startswith("$"):
        return Parameter.parse(value)
    if value in (*PERIODS, "spell"):
        return value
    what = say("`{v}` 不是周期", "`{v}` is not a period", v=value)
    near = nearest(str(value).lower().removesuffix("ly"), PERIODS)
    there = say("写 {p} 之一", "write one of {p}", p=", ".join(f"`{one}`" for one in (*PERIODS, "spell")))
    raise wrong("period.unknown", what, say("是不是 `{m}`?", "did you mean `{m}`?", m=near) if near else there)


PeriodSchema = WithJsonSchema({"anyOf": [{"enum": [*PERIODS, "spell"]}, {"type": "string", "pattern": Parameter.pattern}]})
Every = Annotated[
    Annotated[Parameter | str, PlainValidator(_read_every), PeriodSchema, Tag("word")]
    | Annotated[DaysOf, Tag("days_of")]
    | Annotated[PeriodField, Tag("field")],
    Discriminator(_every_form),
]


class PartPeriod(Frozen):
    """What is due of a subject active for part of the period; the first that holds."""

    active_at_least: Length | None = None
    otherwise: Literal[True] | None = None
    due: Literal["all", "half", "none"]


class Members(Frozen):
    """The members that must be covered: `field` of matching records."""

    record: Name
    match: dict[Path, Path]
    where: Condition | None = None
    field: Path


class Covers(Frozen):
    """Every member of `all_of` (or the share of them) stands in the list `field` of at least N of the records.

    `complete_when` names two counts whose equality says that an empty list was a full cover (language §7.6).
    """

    field: Path
    all_of: Members
    share: Plain | None = None
    complete_when: Annotated[tuple[Path, Path], Field(strict=False)] | None = None


class Frequency(Base):
    """Each active subject of a roster has `at_least` N matching records `every` period."""

    model_config = ConfigDict(json_schema_extra=either("every", "never_without_for"))

    kind: Literal["frequency"]
    for_each: Name
    subject: Many[Path] | None = None
    where: Condition | None = None
    active: Active | None = None
    excused_when: Condition | None = None
    expects: Related
    at_least: Number | None = None
    every: Every | None = None
    duty_days: DaysOf | None = None
    counted_if_apart: Length | None = None
    part_period: Many[PartPeriod] | None = None
    covers: Covers | None = None
    never_without_for: Length | None = None
    due: Length | None = None
    on_days: Literal["working days"] | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Frequency:
        counted = self.every is not None and (self.at_least is not None or isinstance(self.every, PeriodField))
        if counted == (self.never_without_for is not None) or (self.every is not None and not counted):
            raise wrong(
                "frequency.measure",
                say("频次要写 `at_least` 和 `every`,或写 `never_without_for`", "a frequency has `at_least` and `every`, or `never_without_for`"),
                say("例如 `at_least: 2` 和 `every: year`", "for example `at_least: 2` and `every: year`"),
            )
        return self


class Population(Frozen):
    """The members of a rate: records of one type, counted in the period in which `time` lies."""

    record: Name
    where: Condition | None = None
    time: Path | None = None
    distinct: Many[Path] | None = None


class MeanOf(Frozen):
    mean_of: Path


class RatioOf(Frozen):
    sum_of: Path
    over: Path


def _that_form(value: Any) -> str:
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", ())
    if "sum_of" in keys:
        return "ratio"
    return "mean" if isinstance(value, MeanOf) or (isinstance(value, dict) and isinstance(value.get("mean_of"), str)) else "condition"


That = Annotated[
    Annotated[Condition, Tag("condition")] | Annotated[MeanOf, Tag("mean")] | Annotated[RatioOf, Tag("ratio")],
    Discriminator(_that_form),
]


class Rate(Base):
    """`that` as a share of `share_of` reaches a target, by group and period."""

    model_config = ConfigDict(json_schema_extra=either("at_least", "at_most"))

    kind: Literal["rate"]
    share_of: Population
    that: That
    excused_when: Condition | None = None
    at_least: Plain | None = None
    at_most: Plain | None = None
    per: Annotated[Parameter | str, PlainValidator(_read_every), PeriodSchema]
    group_by: Many[Path]
    counted_until: Length | None = None
    min_sample: Number | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Rate:
        if (self.at_least is None) == (self.at_most is None):
            what = say("比率要写 `at_least` 或 `at_most`,只写一个", "a rate has `at_least` or `at_most`, one of them")
            raise wrong("rate.target", what, say("例如 `at_least: 10 %`", "for example `at_least: 10 %`"))
        return self


class Steps(Frozen):
    record: Name
    match: dict[Path, Path]
    where: Condition | None = None
    name: Path
    time: Path
    ties: Path | None = None


def _step_form(value: Any) -> str:
    return "one" if isinstance(value, str) else "several"


Step = Annotated[Annotated[str, Tag("one")] | Annotated[Many[str], Tag("several")], Discriminator(_step_form)]


class Sequence(Base):
    """The steps of a case come in order, the required ones all come.

    A case is decided at the step that settles it, which is the last step that its verdict rests on: the first one out of order, else
    the closing one, the first of the last place in `order`. Language §6 says in short "the last step". Read as the closing step, it
    would leave an order that is broken in a case that nobody closes pending for ever; it would tell a breach of October in the month
    in which the case happens to be closed; and of a step that follows a rightful close out of order it could say nothing. As with a
    frequency that can no longer be met, no later step, and no restart, puts right what came in the wrong order; and only `required` is
    asked of closed cases alone (§2), so the order is asked of open ones too.
    """

    kind: Literal["sequence"]
    for_each: Name
    subject: Many[Path] | None = None
    where: Condition | None = None
    excused_when: Condition | None = None
    steps: Steps
    order: Many[Step]
    required: Many[str] | None = None
    restarts: dict[str, Many[str]] | None = None


class Presence(Base):
    """`during` a window, at every instant at least N matching spells hold."""

    kind: Literal["presence"]
    for_each: Name
    subject: Many[Path] | None = None
    where: Condition | None = None
    excused_when: Condition | None = None
    during: Plain
    staffed_by: Interval
    at_least: Number
    tolerance: Length | None = None


class Findings(Frozen):
    """Findings of other policies."""

    policies: Many[str]
    severity: dict[Literal["at_least"], Level] | None = None
    decision: Literal["confirmed"] | None = None


class FindingsOf(Frozen):
    findings: Findings


class LadderStep(Frozen):
    count: Number
    propose: str
    expects: Related | None = None
    due: Length | None = None


class Ladder(Base):
    """The n-th finding of the same person or subject within `look_back` leads to a step."""

    kind: Literal["ladder"]
    of: FindingsOf
    per: Path
    look_back: Length
    steps: Many[LadderStep]


Policy = Annotated[
    Requirement | Deadline | Frequency | Rate | Sequence | Presence | Ladder, Field(discriminator="kind")
]
KINDS: tuple[type[Base], ...] = (Requirement, Deadline, Frequency, Rate, Sequence, Presence, Ladder)


def subject_type(policy: Base) -> str:
    """The record type that a policy's obligations are about."""
    return policy.share_of.record if isinstance(policy, Rate) else str(getattr(policy, "for_each", ""))


class PolicyFile(Frozen):
    format: Literal["policies/1"]
    policies: Many[Policy]


__all__ = ["KINDS", "LEVELS", "Accountable", "Because", "Covers", "Cutoff", "DaysOf", "Deadline", "End", "FirstField", "FirstOf",
           "Frequency", "Ladder", "LatestOf", "Level", "MeanOf", "Members", "PartPeriod", "PeriodField", "Policy", "PolicyFile",
           "Population", "Presence", "Rate", "RatioOf", "Requirement", "Sequence", "Severity", "TimeOfDay", "subject_type"]  # fmt: skip
