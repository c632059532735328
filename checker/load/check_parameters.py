"""Parameters: used ones are declared; their values fit, follow one another, and keep to their floor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.errors import Problem, Text, say
from checker.load.check_conditions import condition
from checker.load.check_values import holds, unknown_parameter
from checker.load.fields import Scope
from checker.load.spot import Spot
from checker.policy.kinds import Base
from checker.policy.limits import size
from checker.policy.records import DatedValue, Floor, ParameterSpec, RecordType
from checker.policy.values import Parameter
from checker.policy.walk import walk

Owner = Base | RecordType


def parameters(spot: Spot, scope: Scope, owner: Owner) -> Iterator[Problem]:
    """The parameters of a policy or of a record type."""
    for name, spec in owner.parameters.items():
        yield from _values(spot.at("parameters", name), scope, name, spec)
    if isinstance(owner, RecordType):
        for path, part in walk(owner):
            if isinstance(part, Parameter) and part.name not in owner.parameters:
                yield unknown_parameter(spot.at(*path), scope, part.name)


def _values(spot: Spot, scope: Scope, name: str, spec: ParameterSpec) -> Iterator[Problem]:
    if spec.value is not None and not spec.set_by_site:
        yield from holds(spot.at("value"), spec, name, spec.value)
        yield from floored(spot.at("value"), spec, name, spec.value)
    for index, one in enumerate(spec.values or ()):
        place = spot.at("values", index)
        yield from holds(place.at("value"), spec, name, one.value)
        yield from floored(place.at("value"), spec, name, one.value)
        yield from condition(place.at("when"), scope, one.when)
        if one.when is not None and one.otherwise:
            what = say("`when` 和 `otherwise` 只能写一个", "`when` and `otherwise` do not go together")
            yield place.at("otherwise").problem("case.form", what, say("留下一个", "keep one of them"), key=True)
    yield from dated(spot.at("values"), spec.values or ())
    if spec.floor is not None:
        yield from holds(spot.at("floor", "value"), spec, name, spec.floor.value)
    for index, choice in enumerate(spec.one_of or ()):
        yield from holds(spot.at("one_of", index), spec.model_copy(update={"one_of": None}), name, choice)


def dated(spot: Spot, values: Sequence[DatedValue]) -> Iterator[Problem]:
    """That dated values follow one another: no value ends before it begins, none begins on the day of another."""
    seen: dict[object, int] = {}
    for index, one in enumerate(values):
        place = spot.at(index)
        if one.from_ and one.until and one.until.number < one.from_.number:
            yield place.at("until").problem("dates.order", say("`until` 早于 `from`", "`until` lies before `from`"), say("改其中一个", "change one of them"))
        start = (one.from_.number if one.from_ else None, one.when.model_dump_json() if one.when else None, one.until.number if one.until else None)
        if start[:2] in seen and one.when is None:
            day = str(one.from_) if one.from_ else ""
            what = say("有两个值都从 `{d}` 起", "two values begin on `{d}`", d=day) if day else say("有两个值没有 `from`", "two values have no `from`")
            yield place.problem("dates.twice", what, say("写上各自的 `from`", "give each its `from`"))
        seen[start[:2]] = index


# --- floors ----------------------------------------------------------------------------------------------------------


def floored(spot: Spot, spec: ParameterSpec, name: str, value: object) -> Iterator[Problem]:
    """That a value is not looser than the floor that a document prints, nor on another clock."""
    floor = spec.floor
    if floor is None:
        return
    limit, found = size(floor.value, spec.unit), size(value, spec.unit)
    if limit is None or found is None:
        return
    if limit[0] != found[0]:
        what = say("`{n}` 的底线按另一种钟计", "the floor of `{n}` is on another clock", n=name)
        yield spot.problem("floor.clock", what, _floor_fix(floor))
    elif (found[1] < limit[1]) if floor.better == "higher" else (found[1] > limit[1]):
        word = Text("低于", "below") if floor.better == "higher" else Text("高于", "above")
        what = Text(f"`{value}` {word.zh} `{name}` 的底线 `{floor.value}`", f"`{value}` is {word.en} the floor `{floor.value}` of `{name}`")
        yield spot.problem("floor.lowered", what, _floor_fix(floor))


def _floor_fix(floor: Floor) -> Text:
    source = f"({floor.source.document} {floor.source.clause})" if floor.source else ""
    word = Text("不低于", "at least") if floor.better == "higher" else Text("不高于", "at most")
    return Text(f"写{word.zh} `{floor.value}` 的值{source}", f"write {word.en} `{floor.value}`{' ' + source if source else ''}")
