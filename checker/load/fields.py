"""What a dotted path stands for: the type, unit and words of the field at its end, or where the path breaks off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from checker.errors import Problem, Text, say
from checker.load.meant import listed, meant
from checker.load.spot import Spot
from checker.policy.records import (
    MOMENTS,
    NUMBERS,
    TIME_UNITS,
    Amount,
    Difference,
    FirstPresent,
    NumberIn,
    ParameterSpec,
    RecordField,
    RecordType,
    Whole,
)
from checker.policy.values import Duration, Parameter, Share

WORDS = frozenset({"text", "id", "enum"})
TYPE_NAMES: Mapping[str, Text] = {
    "text": Text("文字", "text"), "id": Text("编号", "an id"), "enum": Text("限定的词", "a listed word"), "flag": Text("是非值", "a flag"),
    "count": Text("个数", "a count"), "decimal": Text("数", "a number"), "duration": Text("时长", "a duration"), "instant": Text("时刻", "an instant"),
    "date": Text("日期", "a date"), "share": Text("比率", "a share"), "list": Text("列表", "a list"), "windows": Text("时段", "time windows"),
    "time": Text("一天中的时间", "a time of day"), "period": Text("周期", "a period"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value is: its type, its unit where it is counted, its words where they are listed."""

    type: str
    unit: str | None = None
    words: Mapping[str, tuple[str, ...]] | None = None
    not_yet: bool = False

    @property
    def name(self) -> Text:
        named = TYPE_NAMES.get(self.type, Text(self.type, self.type))
        if self.type in ("count", "decimal") and self.unit:
            return Text(f"{named.zh}({self.unit})", f"{named.en} of {self.unit}")
        return named

    @property
    def ordered(self) -> bool:
        return self.type in NUMBERS or self.type in MOMENTS


ID = Kind("id")


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a path breaks off: the part, the record type it was looked for in, and what there is."""

    part: str
    record: str
    known: tuple[str, ...]
    reference: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean in one place: record types, the record that paths begin at, parameters, windows.

    `record` is None where the record type itself is unknown: nothing is said of its fields then.
    """

    types: Mapping[str, RecordType]
    record: str | None
    parameters: Mapping[str, ParameterSpec] = field(default_factory=dict)
    windows: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    """Record types, fields and references (`call.rings`) and parameters (`$limit`) that exist but could not be read: nothing is said of them."""

    def of(self, record: str | None) -> Scope:
        return replace(self, record=record if record in self.types else None)

    def kind(self, path: str) -> Kind | Broken | None:
        """What stands at the end of a path; None where that cannot be known."""
        record = self.record
        *hops, last = path.split(".")
        for hop in hops:
            if record is None or record not in self.types or f"{record}.{hop}" in self.broken:
                return None
            reference = self.types[record].references.get(hop)
            if reference is None:
                return Broken(hop, record, tuple(self.types[record].references), True)
            record = reference.record
        if record is None or record not in self.types:
            return None
        if f"{record}.{last}" in self.broken:
            return None
        if last == "site_id" and last not in self.types[record].fields:
            return ID
        if last not in self.types[record].fields:
            return Broken(last, record, tuple(self.types[record].fields), False)
        return kind_of(self.types[record], last)


def kind_of(record: RecordType, name: str) -> Kind | None:
    """The kind of a field; of a derived one what its derivation gives. None where that is not known."""
    return _kind(record, name, frozenset())


def _kind(record: RecordType, name: str, seen: frozenset[str]) -> Kind | None:
    spec = record.fields.get(name)
    if spec is None or name in seen:
        return None
    words = dict(spec.values) if spec.values else None
    if spec.derived is None:
        return Kind(spec.type, spec.unit, words, spec.not_yet)
    derived = _derived(record, spec.derived, seen | {name})
    if derived is None:
        return Kind(spec.type, spec.unit, words) if "type" in spec.model_fields_set else None
    return replace(derived, unit=spec.unit or derived.unit)


def _derived(record: RecordType, spec: object, seen: frozenset[str]) -> Kind | None:
    match spec:
        case str():
            return _kind(record, spec, seen) if "." not in spec else None
        case FirstPresent(first_present=members):
            return next((found for one in members if (found := _derived(record, one, seen))), None)
        case Whole() | NumberIn():
            return Kind("count")
        case Difference():
            return Kind("duration")
        case Amount():
            return _kind(record, spec.field, seen) if "." not in spec.field else None
    return None


def parameter_kind(spec: ParameterSpec) -> Kind:
    """What a parameter holds, by its unit and, where none is written, by its first value."""
    unit = spec.unit
    if "unit" not in spec.model_fields_set:
        first = next(iter(values_of(spec)), None)
        if isinstance(first, bool):
            return Kind("flag")
        if isinstance(first, int):
            return Kind("count")
        return Kind("share") if isinstance(first, str) and reads_as(Share, first) else Kind("duration")
    if unit == "duration" or unit in TIME_UNITS:
        return Kind("duration", unit if unit in TIME_UNITS else None)
    return Kind(unit) if unit in ("share", "time", "period", "text", "flag") else Kind("count", unit)


def values_of(spec: ParameterSpec) -> Iterator[object]:
    """The values that a parameter has in its own file."""
    if spec.value is not None and not spec.set_by_site:
        yield spec.value
    for one in spec.values or ():
        yield one.value


def reads_as(scalar: type[Share] | type[Duration], text: str) -> bool:
    """Whether a text is a value of this scalar."""
    try:
        scalar.parse(text)
    except ValueError:
        return False
    return True


def broken_path(spot: Spot, broken: Broken, path: str, *, key: bool = False) -> Problem:
    """The problem of a path that leads nowhere."""
    what = say("`{r}` 没有字段 `{p}`", "`{r}` has no field `{p}`", r=broken.record, p=broken.part)
    if broken.reference:
        what = say("`{r}` 没有引用 `{p}`", "`{r}` has no reference `{p}`", r=broken.record, p=broken.part)
    found = meant(broken.part, broken.known)
    if found:
        fix = say("是不是 `{m}`?", "did you mean `{m}`?", m=path.replace(broken.part, found) if broken.part in path else found)
    elif broken.known:
        fix = say("已有 {k}", "there are {k}", k=listed(broken.known))
    else:
        fix = say("在记录类型的 `references:` 里声明", "declare it under `references:` of the record type")
    return spot.problem("reference.unknown" if broken.reference else "field.unknown", what, fix, key=key)


def known_record(spot: Spot, scope: Scope, record: str) -> Iterator[Problem]:
    """That a record type exists."""
    if record not in scope.types and record not in scope.broken:
        found = meant(record, scope.types)
        fix = say("是不是 `{m}`?", "did you mean `{m}`?", m=found) if found else say("已有 {k}", "there are {k}", k=listed(tuple(scope.types)))
        yield spot.problem("record.unknown", say("没有 `{r}` 这种记录", "there is no record type `{r}`", r=record), fix)


def path_of(spot: Spot, scope: Scope, path: str, allowed: frozenset[str] | None = None, *, key: bool = False) -> Iterator[Problem]:
    """That a path leads to a field, of one of the types allowed here."""
    found = scope.kind(path)
    if isinstance(found, Broken):
        references = scope.types[found.record].references
        if not found.reference and found.part in references:
            fix = say("写它的一个字段,例如 `{p}.…`", "name a field of it, as in `{p}.…`", p=path)
            yield spot.problem("field.reference", say("`{p}` 是引用,不是字段", "`{p}` is a reference, not a field", p=path), fix, key=key)
        else:
            yield broken_path(spot, found, path, key=key)
    elif found is not None and allowed is not None and found.type not in allowed:
        wanted = " / ".join(TYPE_NAMES[one].zh for one in sorted(allowed)), " or ".join(TYPE_NAMES[one].en for one in sorted(allowed))
        what = Text(f"`{path}` 是{found.name.zh},不是{wanted[0]}", f"`{path}` is {found.name.en}, not {wanted[1]}")
        yield spot.problem("field.type", what, _of_type(scope, allowed), key=key)


def _of_type(scope: Scope, allowed: frozenset[str]) -> Text:
    """The fields of the record that would do."""
    record = scope.types.get(scope.record or "")
    fits = [name for name in record.fields if (kind := kind_of(record, name)) and kind.type in allowed] if record else []
    if not fits:
        return say("换一个字段", "take another field")
    return say("可用 {k}", "there are {k}", k=listed(fits))


def alike(one: Kind, other: Kind) -> bool:
    """Whether two values can be the same: types and units agree; words, ids and members of lists are compared as text."""
    if one.type in WORDS | {"list"} and other.type in WORDS | {"list"}:
        return True
    return one.type == other.type and (one.unit == other.unit or not one.unit or not other.unit)


def hole(kind: object) -> bool:
    """Whether nothing can be said: the path is broken (and said so), or its record type is not known."""
    return kind is None or isinstance(kind, Broken)


__all__ = ["ID", "Broken", "Kind", "Parameter", "RecordField", "Scope", "alike", "broken_path", "hole", "kind_of", "known_record",
           "parameter_kind", "path_of", "reads_as", "values_of"]  # fmt: skip
