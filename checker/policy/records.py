"""Record types: fields, types, units, keys, spells, references, and the names exports use (language §4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from checker.errors import Text, say
from checker.policy.conditions import Condition, Name, Path
from checker.policy.values import Day, Frozen, Many, Number, Plain, Said, Share, Words, either, wrong

Type = Literal["text", "id", "enum", "flag", "count", "decimal", "duration", "instant", "date", "share", "list", "windows"]
NUMBERS = frozenset({"count", "decimal", "duration", "share"})
MOMENTS = frozenset({"instant", "date"})
TIME_UNITS = {"seconds": 1_000_000, "minutes": 60_000_000, "hours": 3_600_000_000}


class Adjusted(Frozen):
    """A field less or plus an amount; never below 0."""

    less: Number | None = None
    plus: Number | None = None


class Amount(Frozen):
    """`{ring_seconds: {less: $grace}}`: one field, adjusted."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[Path, Adjusted] = Field(init=False)

    @model_validator(mode="after")
    def _one_field(self) -> Amount:
        if len(self.__pydantic_extra__) != 1:
            what = say("这里只能写一个字段", "one field stands here")
            raise wrong("derived.amount", what, say("例如 `{ring_seconds: {less: $grace}}`", "for example `{ring_seconds: {less: $grace}}`"))
        return self

    @property
    def field(self) -> str:
        return next(iter(self.__pydantic_extra__))

    @property
    def adjusted(self) -> Adjusted:
        return self.__pydantic_extra__[self.field]


class FirstPresent(Frozen):
    first_present: Many[Derived]


class Whole(Frozen):
    """`whole: A, divided_by: B, plus: N`: how often B fits into A, rounded down, plus N; A never below 0."""

    whole: Derived
    divided_by: Number
    plus: int = 0


class Difference(Frozen):
    """`difference: [later, earlier]` of two instants: a duration."""

    difference: Annotated[tuple[Path, Path], Field(strict=False)]


class NumberIn(Frozen):
    """The number of members of a list."""

    number_in: Path


def _derived_form(value: Any) -> str:
    if isinstance(value, str):
        return "path"
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", ())
    for form in ("first_present", "whole", "difference", "number_in"):
        if form in keys:
            return form
    return "amount"


Derived = Annotated[
    Annotated[Path, Tag("path")]
    | Annotated[FirstPresent, Tag("first_present")]
    | Annotated[Whole, Tag("whole")]
    | Annotated[Difference, Tag("difference")]
    | Annotated[NumberIn, Tag("number_in")]
    | Annotated[Amount, Tag("amount")],
    Discriminator(_derived_form),
]


class RecordField(Frozen):
    """One column. `empty` says what an empty cell means; by default `not yet` never stands in for unknown. `planned`: a time
    that was set beforehand, an appointment; it is known before it comes, so as-of does not hide it."""

    type: Type = "text"
    title: Words | None = None
    unit: str | None = None
    columns: Annotated[tuple[str, ...], Field(strict=False)] = ()
    values: dict[str, Annotated[tuple[str, ...], Field(strict=False)]] | None = None
    empty: Plain = "unknown"
    required: bool = False
    planned: bool = False
    personal: Literal["name", "phone", "address", "id-number"] | None = None
    derived: Derived | None = None
    note_if_second: Words | None = None

    @model_validator(mode="after")
    def _fits(self) -> RecordField:
        if self.type == "enum" and not self.values:
            raise wrong(
                "field.enum",
                say("`enum` 字段没有列出取值", "an `enum` field lists no values"),
                say("写 `values: {answered: [已接听]}`", "write `values: {answered: [已接听]}`"),
            )
        if self.planned and self.type != "instant":
            raise wrong(
                "field.planned",
                say("`planned` 只用于时刻", "`planned` goes with instants only"),
                say("写 `type: instant`,或删去 `planned`", "write `type: instant`, or remove `planned`"),
            )
        if self.type == "count" and self.unit in TIME_UNITS:
            raise wrong(
                "field.time-unit",
                say("按{u}计的是时长,不是个数", "a number of {u} is a duration, not a count", u=self.unit),
                say("写 `type: duration, unit: {u}`", "write `type: duration, unit: {u}`", u=self.unit),
            )
        return self

    @property
    def blank(self) -> Any:
        """The value that an empty cell has: what `empty` gives it, else None."""
        if self.empty in ("unknown", "not yet"):
            return None
        if self.type == "flag":
            return self.empty not in ("no", False)
        return self.empty if isinstance(self.empty, int) else str(self.empty)

    @property
    def not_yet(self) -> bool:
        """Whether an empty cell is a time that has not come."""
        return self.type == "instant" and self.empty == "not yet"


class Active(Frozen):
    """The spell of a roster row; dates are inclusive at both ends unless `to_excluded`."""

    from_: Name = Field(alias="from")
    to: Name | None = None
    to_excluded: bool = False
    except_: Name | None = Field(None, alias="except")


class Reference(Frozen):
    """A record of another type, by key; a reference to a roster takes the row whose spell holds `at`."""

    record: Name
    by: Name
    at: Name | None = None


class Lapse(Frozen):
    """From `at` on, open duties of a record that satisfies `where` end; breaches before it stand."""

    where: Condition
    at: Name


class Unfold(Frozen):
    """How rows of this type are made from another when no file brings it: event type -> instant field."""

    record: Name
    events: dict[str, Name]


class Absence(Frozen):
    """How rows of this type say that a person is away: `of` names the person, `at` the time, `when` what leave is."""

    of: Name
    at: Name
    when: Condition


class FirstField(Frozen):
    first_present: Many[Path]


def _site_form(value: Any) -> str:
    return "path" if isinstance(value, str) else "first"


FieldOrFirst = Annotated[
    Annotated[Path, Tag("path")] | Annotated[FirstField, Tag("first")], Discriminator(_site_form)
]


class DatedValue(Frozen):
    """A value from a day on, chosen by the first `when` that holds; with its source and approver."""

    from_: Day | None = Field(None, alias="from")
    until: Day | None = None
    when: Condition | None = None
    otherwise: Literal[True] | None = None
    value: Plain
    source: Source | None = None
    approved_by: str | None = None


class Source(Frozen):
    document: str
    clause: Said


class Floor(Frozen):
    """A limit that a document prints: a profile may make it stricter, never looser."""

    value: Plain
    better: Literal["higher", "lower"]
    source: Source | None = None


class ParameterSpec(Frozen):
    """A named value. `unit` gives its type: share, duration, time, period, text, flag, seconds … or a count's unit."""

    model_config = ConfigDict(json_schema_extra=either("value", "values"))

    unit: str = "duration"
    title: Words | None = None
    value: Plain | None = None
    values: Many[DatedValue] | None = None
    floor: Floor | None = None
    one_of: Many[Plain] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> ParameterSpec:
        if (self.value is None) == (self.values is None):
            raise wrong(
                "parameter.value",
                say("参数要么有 `value`,要么有 `values`", "a parameter has either `value` or `values`"),
                say("由项目设定的写 `value: set by site`", "write `value: set by site` where the site decides"),
            )
        return self

    @property
    def set_by_site(self) -> bool:
        return self.value == "set by site"


class RecordType(Frozen):
    """One record type: the dictionary by which files are read and policies are checked.

    `team` stands in the one roster of people: the field that names a person's team. `in_order` lists times that follow
    each other: where a later one stands before an earlier, the row is doubtful data (language §6, end before start).
    """

    format: Literal["records/1"] = "records/1"
    record: Name
    title: Words
    files: Annotated[tuple[str, ...], Field(strict=False)] = ()
    key: Many[Name]
    time: Path | None = None
    site: FieldOrFirst | None = None
    active: Active | None = None
    references: dict[Name, Reference] = Field(default_factory=dict)
    void: Condition | None = None
    lapses: Lapse | None = None
    unfold: Unfold | None = None
    absence: Absence | None = None
    team: Name | None = None
    in_order: Many[Many[Name]] | None = None
    fields: dict[Name, RecordField] = Field(min_length=1)
    parameters: dict[Name, ParameterSpec] = Field(default_factory=dict)

    @property
    def stored(self) -> dict[str, RecordField]:
        """The fields that files bring: all but the derived ones."""
        return {name: field for name, field in self.fields.items() if field.derived is None}

    @property
    def subject(self) -> tuple[str, ...]:
        """The key without the start of the spell: what a roster's rows are about."""
        return tuple(name for name in self.key if not (self.active and name == self.active.from_))

    def titled(self, field: str) -> Text:
        """What people call a field; its name where it has no title."""
        title = self.fields[field].title
        return title.text if title else Text(field, field)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Where a dotted path ends: the record type, field name and field, and the references followed."""

    record: str
    name: str
    field: RecordField
    hops: tuple[str, ...]


def resolve(types: dict[str, RecordType], record: str, path: str) -> Resolved:
    """Follow `path` from `record`. Raises KeyError with the first part that does not exist."""
    *hops, last = path.split(".")
    for hop in hops:
        record = types[record].references[hop].record
    return Resolved(record, last, types[record].fields[last], tuple(hops))


__all__ = ["Absence", "Active", "Adjusted", "Amount", "DatedValue", "Difference", "FirstField", "FirstPresent", "Floor", "Lapse",
           "NumberIn", "ParameterSpec", "RecordField", "RecordType", "Reference", "Resolved", "Share", "Source", "Unfold",
           "Whole", "resolve"]  # fmt: skip
