"""One record type: its own names, and what it says of other types (language §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checker.errors import Problem, Text, say
from checker.load.check_conditions import condition
from checker.load.check_parameters import parameters
from checker.load.check_sense import sense
from checker.load.check_values import fits, misfit
from checker.load.fields import TYPE_NAMES, Kind, Scope, alike, kind_of, known_record, path_of
from checker.load.spot import Spot
from checker.policy.records import (
    MOMENTS,
    NUMBERS,
    Active,
    Amount,
    Difference,
    FirstField,
    FirstPresent,
    NumberIn,
    RecordField,
    RecordType,
    Unfold,
    Whole,
)
from checker.policy.values import Parameter

DAYS = frozenset({"instant", "date"})


def record_type(spot: Spot, types: Scope, one: RecordType) -> Iterator[Problem]:
    """Everything that is wrong with a record type."""
    scope = Scope(types.types, one.record, one.parameters, types.windows, types.broken)
    yield from _own(spot, scope, one)
    yield from sense(spot, one)
    yield from _references(spot, scope, one)
    yield from condition(spot.at("void"), scope, one.void)
    if one.lapses is not None:
        yield from condition(spot.at("lapses", "where"), scope, one.lapses.where)
        yield from path_of(spot.at("lapses", "at"), scope, one.lapses.at, MOMENTS)
    if one.absence is not None:
        yield from path_of(spot.at("absence", "of"), scope, one.absence.of)
        yield from path_of(spot.at("absence", "at"), scope, one.absence.at, MOMENTS)
        yield from condition(spot.at("absence", "when"), scope, one.absence.when)
    if one.unfold is not None:
        yield from _unfold(spot.at("unfold"), scope, one.unfold)
    for name, field in one.fields.items():
        yield from _field(spot.at("fields", name), scope, one, name, field)
    yield from _columns(spot.at("fields"), one)
    yield from parameters(spot, scope, one)


def _own(spot: Spot, scope: Scope, one: RecordType) -> Iterator[Problem]:
    """Key, time, site, spell, team: fields of this type."""
    for index, name in enumerate(one.key):
        yield from path_of(spot.at("key", index), scope, name)
        if name in one.fields and one.fields[name].derived is not None:
            what = say("派生字段 `{n}` 不能做主键", "the derived field `{n}` cannot be a key", n=name)
            yield spot.at("key", index).problem("record.key", what, say("用文件里的字段", "take a field that files bring"))
    if one.time is not None:
        yield from path_of(spot.at("time"), scope, one.time, MOMENTS)
    if isinstance(one.site, FirstField):
        for index, path in enumerate(one.site.first_present):
            yield from path_of(spot.at("site", "first_present", index), scope, path)
    elif one.site is not None:
        yield from path_of(spot.at("site"), scope, one.site)
    if one.active is not None:
        yield from spell(spot.at("active"), scope, one.active)
    if one.team is not None:
        yield from path_of(spot.at("team"), scope, one.team)
    for index, names in enumerate(one.in_order or ()):
        yield from _in_order(spot.at("in_order", index), scope, one, names)


def _in_order(spot: Spot, scope: Scope, one: RecordType, names: tuple[str, ...]) -> Iterator[Problem]:
    """Times of one kind: instants, or dates."""
    for index, name in enumerate(names):
        yield from path_of(spot.at(index), scope, name, MOMENTS)
    if len({one.fields[name].type for name in names if name in one.fields}) > 1:
        what = say("时刻和日期不能比先后", "instants and dates have no order between them")
        yield spot.problem("record.order", what, say("分成两组写", "write them as two lists"))


def spell(spot: Spot, scope: Scope, active: Active) -> Iterator[Problem]:
    """The start and end of a spell."""
    yield from path_of(spot.at("from"), scope, active.from_, DAYS)
    if active.to is not None:
        yield from path_of(spot.at("to"), scope, active.to, DAYS)
    if active.except_ is not None:
        yield from path_of(spot.at("except"), scope, active.except_)


def _references(spot: Spot, scope: Scope, one: RecordType) -> Iterator[Problem]:
    for name, reference in one.references.items():
        place = spot.at("references", name)
        yield from known_record(place.at("record"), scope, reference.record)
        yield from path_of(place.at("by"), scope, reference.by)
        if reference.at is not None:
            yield from path_of(place.at("at"), scope, reference.at, MOMENTS)
        target = scope.types.get(reference.record)
        if target is None or not target.subject:
            continue
        ours, theirs = scope.kind(reference.by), kind_of(target, target.subject[0])
        if isinstance(ours, Kind) and theirs is not None and not alike(ours, theirs):
            what = Text(f"`{reference.by}` 是{ours.name.zh},`{target.record}` 的主键 `{target.subject[0]}` 是{theirs.name.zh}",
                        f"`{reference.by}` is {ours.name.en}; the key `{target.subject[0]}` of `{target.record}` is {theirs.name.en}")  # fmt: skip
            yield place.at("by").problem("match.type", what, say("换另一个字段", "take another field"))


def _unfold(spot: Spot, scope: Scope, unfold: Unfold) -> Iterator[Problem]:
    yield from known_record(spot.at("record"), scope, unfold.record)
    kind = scope.kind("event_type")
    for event, path in unfold.events.items():
        place = spot.at("events", event)
        yield from path_of(place, scope.of(unfold.record), path, MOMENTS)
        said = misfit(kind, event, "event_type") if isinstance(kind, Kind) else None
        if said:
            yield place.problem(*said, key=True)


# --- fields ----------------------------------------------------------------------------------------------------------


def _field(spot: Spot, scope: Scope, one: RecordType, name: str, field: RecordField) -> Iterator[Problem]:
    if name in one.references:
        what = say("`{n}` 既是字段又是引用", "`{n}` is a field and a reference", n=name)
        yield spot.problem("record.name", what, say("给其中一个改名", "rename one of them"), key=True)
    if field.derived is not None:
        yield from _derived(spot.at("derived"), scope, field.derived)
        yield from _derived_type(spot, scope, one, name, field)
    elif field.note_if_second is not None:
        what = say("`note_if_second` 只用于派生字段", "`note_if_second` goes with derived fields only")
        yield spot.at("note_if_second").problem("field.form", what, say("删去它", "remove it"), key=True)
    if field.values is not None:
        yield from _values(spot, name, field)
    yield from _empty(spot.at("empty"), name, field)


def _derived_type(spot: Spot, scope: Scope, one: RecordType, name: str, field: RecordField) -> Iterator[Problem]:
    """A type that is written beside a derivation is the one that the derivation gives."""
    kind = scope.kind(name)
    if "type" in field.model_fields_set and isinstance(kind, Kind) and kind.type != field.type:
        what = Text(f"`{name}` 推算出来是{kind.name.zh}", f"`{name}` is derived as {kind.name.en}")
        yield spot.at("type").problem("field.derived-type", what, say("写 `type: {t}` 或删去 `type`", "write `type: {t}`, or remove `type`", t=kind.type))
    for key in ("columns", "required", "empty"):
        if key in field.model_fields_set:
            what = say("派生字段没有 `{k}`", "a derived field has no `{k}`", k=key)
            yield spot.at(key).problem("field.form", what, say("删去它", "remove it"), key=True)


def _derived(spot: Spot, scope: Scope, spec: object) -> Iterator[Problem]:
    """The fields that a derivation reads."""
    match spec:
        case str():
            yield from path_of(spot, scope, spec)
        case FirstPresent(first_present=members):
            for index, one in enumerate(members):
                yield from _derived(spot.at("first_present", index), scope, one)
            yield from _agree(spot.at("first_present"), scope, members)
        case Whole():
            yield from _derived(spot.at("whole"), scope, spec.whole)
            yield from _amount(spot.at("divided_by"), scope, spec.divided_by, _kind(scope, spec.whole), "divided_by")
            if isinstance(spec.divided_by, int) and spec.divided_by <= 0:
                what = say("不能除以 {n}", "it cannot be divided by {n}", n=spec.divided_by)
                yield spot.at("divided_by").problem("number.small", what, say("写大于 0 的数", "write more than 0"))
        case Difference(difference=paths):
            for index, path in enumerate(paths):
                yield from path_of(spot.at("difference", index), scope, path, MOMENTS)
        case NumberIn(number_in=path):
            yield from path_of(spot.at("number_in"), scope, path, frozenset({"list"}))
        case Amount():
            place = spot.at(spec.field)
            yield from path_of(place, scope, spec.field, NUMBERS, key=True)
            for key in ("less", "plus"):
                change = getattr(spec.adjusted, key)
                if change is not None:
                    yield from _amount(place.at(key), scope, change, _kind(scope, spec.field), spec.field)


def _kind(scope: Scope, spec: object) -> Kind | None:
    """The kind of the field that a derivation is about, where it is one."""
    path = spec if isinstance(spec, str) else spec.field if isinstance(spec, Amount) else None
    found = scope.kind(path) if path else None
    return found if isinstance(found, Kind) else None


def _amount(spot: Spot, scope: Scope, value: Parameter | int, kind: Kind | None, named: str) -> Iterator[Problem]:
    """A number beside a field; beside a duration it is a duration too."""
    if isinstance(value, Parameter):
        yield from fits(spot, scope, kind or Kind("count"), value, named)


def _agree(spot: Spot, scope: Scope, members: tuple[object, ...]) -> Iterator[Problem]:
    """`first_present` takes one field for another: they are of one kind."""
    first = _kind(scope, members[0])
    for index, member in enumerate(members[1:], 1):
        other = Kind("count") if isinstance(member, Whole | NumberIn) else Kind("duration") if isinstance(member, Difference) else _kind(scope, member)
        if first is not None and other is not None and not alike(first, other):
            what = Text(f"第一项是{first.name.zh},这一项是{other.name.zh}", f"the first is {first.name.en}, this one is {other.name.en}")
            yield spot.at(index).problem("field.derived-type", what, say("换成同类的字段", "take a field of the same kind"))


def _values(spot: Spot, name: str, field: RecordField) -> Iterator[Problem]:
    if field.type != "enum":
        what = say("只有 `enum` 字段列出取值", "only `enum` fields list values")
        yield spot.at("values").problem("field.values", what, say("写 `type: enum` 或删去 `values`", "write `type: enum`, or remove `values`"), key=True)
    seen: dict[str, str] = {}
    for code, words in (field.values or {}).items():
        for index, word in enumerate(words):
            if seen.setdefault(word, code) != code:
                what = say("「{w}」同时是 `{a}` 和 `{b}`", "`{w}` stands for both `{a}` and `{b}`", w=word, a=seen[word], b=code)
                yield spot.at("values", code, index).problem("field.word-twice", what, say("留下一个", "keep one of them"))


def _empty(spot: Spot, name: str, field: RecordField) -> Iterator[Problem]:
    """What an empty cell means is `unknown`, `not yet` for a time, or a value of the field."""
    if "empty" not in field.model_fields_set or field.empty == "unknown" or field.derived is not None:
        return
    if field.empty == "not yet":
        if field.type not in MOMENTS:
            named = TYPE_NAMES[field.type]
            what = Text(f"`not yet` 说的是时间,`{name}` 是{named.zh}", f"`not yet` is said of times; `{name}` is {named.en}")
            yield spot.problem("field.empty", what, say("写 `unknown` 或一个值", "write `unknown` or a value"))
        return
    if field.type == "flag" and field.empty in ("no", "yes"):
        return
    said = misfit(Kind(field.type, field.unit, field.values), field.empty, name)
    if said:
        yield spot.problem("field.empty", said[1], said[2])


def _columns(spot: Spot, one: RecordType) -> Iterator[Problem]:
    """A header belongs to one field."""
    seen: dict[str, str] = {}
    headers: Mapping[str, tuple[str, ...]] = {name: field.columns for name, field in one.stored.items()}
    for name, columns in headers.items():
        for index, header in enumerate(columns):
            place = spot.at(name, "columns", index)
            if seen.setdefault(header, name) != name:
                what = say("表头「{h}」同时属于 `{a}` 和 `{b}`", "the header `{h}` belongs to both `{a}` and `{b}`", h=header, a=seen[header], b=name)
                yield place.problem("column.twice", what, say("留给其中一个", "leave it to one of them"))
            elif header in headers and header != name:
                what = say("表头 `{h}` 是另一个字段的名称", "the header `{h}` is the name of another field", h=header)
                yield place.problem("column.name", what, say("删去它", "remove it"))


