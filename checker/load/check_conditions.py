"""Conditions and related records against the record types: fields exist, operators and values fit them (language §3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checker.errors import Problem, Text, say
from checker.load.check_pattern import unportable
from checker.load.check_values import fits
from checker.load.fields import TYPE_NAMES, WORDS, Broken, Kind, Scope, alike, hole, known_record, path_of
from checker.load.meant import listed, meant
from checker.load.spot import Spot
from checker.policy.conditions import Condition, Interval, Related, Shifted, Summed, Test
from checker.policy.records import MOMENTS, NUMBERS
from checker.policy.values import Duration, Parameter

ORDER = frozenset({"at_least", "at_most", "more_than", "less_than"})
TIMES = frozenset({"no_earlier_than", "no_later_than"})
EQUAL = frozenset({"is", "one_of", "none_of", "same_as", "different_from", "present"})
ALLOWED: Mapping[str, frozenset[str]] = {
    "text": EQUAL | {"matches"}, "id": EQUAL | {"matches"}, "enum": EQUAL, "flag": EQUAL - {"one_of", "none_of"},
    "count": EQUAL | ORDER, "decimal": EQUAL | ORDER, "duration": EQUAL | ORDER, "share": EQUAL | ORDER,
    "instant": (EQUAL | TIMES | {"during"}), "date": EQUAL | TIMES,
    "list": frozenset({"includes", "includes_all", "present"}), "windows": frozenset({"present"}),
}  # fmt: skip
INSTEAD = {"at_least": "no_earlier_than", "more_than": "no_earlier_than", "at_most": "no_later_than", "less_than": "no_later_than"}
BACK = {"no_earlier_than": "at_least", "no_later_than": "at_most"}
COUNT = Kind("count")


def condition(spot: Spot, scope: Scope, written: Condition | None) -> Iterator[Problem]:
    """Everything in a condition, in written order."""
    if written is None:
        return
    for key, value in written.parts():
        inner = spot.at(key)
        match key:
            case "all_of" | "any_of":
                for index, one in enumerate(value):
                    yield from condition(inner.at(index), scope, one)
            case "not":
                yield from condition(inner, scope, value)
            case "exists" | "none_exists" | "number_of" | "sum" | "mean_of":
                yield from related(inner, scope, value)
            case _:
                yield from field_test(inner, scope, key, value)
    yield from _bounds(spot, scope, written)


def _bounds(spot: Spot, scope: Scope, written: Condition) -> Iterator[Problem]:
    """The limits of a count, a sum or a mean; limits against each other."""
    clause = written.number_of or written.sum or written.mean_of
    kind: object = COUNT
    if isinstance(clause, Summed):
        kind = scope.of(clause.record).kind(clause.field)
    if clause is None or not isinstance(kind, Kind):
        return
    for key in ("at_least", "at_most"):
        limit = getattr(written, key)
        if limit is not None:
            yield from fits(spot.at(key), scope, Kind(kind.type), limit, _counted(written))
    low, high = written.at_least, written.at_most
    if isinstance(low, int) and isinstance(high, int) and low > high:
        what = say("`at_least` 大于 `at_most`,永远不成立", "`at_least` is above `at_most`: this never holds")
        yield spot.at("at_least").problem("condition.never", what, say("改其中一个", "change one of them"))


def _counted(written: Condition) -> str:
    return "number_of" if written.number_of else "sum" if written.sum else "mean_of"


def field_test(spot: Spot, scope: Scope, path: str, value: object) -> Iterator[Problem]:
    """One field and what it must be."""
    kind = scope.kind(path)
    if isinstance(kind, Broken):
        yield from path_of(spot, scope, path, key=True)
    tests = list(value.parts()) if isinstance(value, Test) else [("is", value)]
    for operator, operand in tests:
        place = spot.at(operator) if isinstance(value, Test) else spot
        yield from _operator(place, scope, path, kind if isinstance(kind, Kind) else None, operator, operand)


def _operator(spot: Spot, scope: Scope, path: str, kind: Kind | None, operator: str, operand: object) -> Iterator[Problem]:
    if kind is not None and operator not in ALLOWED[kind.type]:
        yield _not_for(spot, path, kind, operator)
        return
    match operator:
        case "same_as" | "different_from":
            yield from _other_field(spot, scope, path, kind, str(operand))
        case "matches":
            yield from unportable(spot, str(operand))
        case "during":
            yield from window(spot, scope, operand)
        case "present":
            return
        case "one_of" | "none_of" | "includes_all":
            assert isinstance(operand, tuple)
            for index, one in enumerate(operand):
                yield from _operand(spot.at(index), scope, path, kind, one)
            yield from _repeated(spot, operand)
        case _:
            yield from _operand(spot, scope, path, kind, operand)


def _operand(spot: Spot, scope: Scope, path: str, kind: Kind | None, operand: object) -> Iterator[Problem]:
    if isinstance(operand, Shifted):
        yield from _shifted(spot, scope, path, kind, operand)
    elif kind is not None:
        yield from fits(spot, scope, kind, operand, path)
    elif isinstance(operand, Parameter) and operand.name not in scope.parameters:
        yield from fits(spot, scope, Kind("text"), operand, path)


def _repeated(spot: Spot, operand: tuple[object, ...]) -> Iterator[Problem]:
    for index, one in enumerate(operand):
        if one in operand[:index]:
            yield spot.at(index).problem("list.twice", say("`{w}` 写了两次", "`{w}` stands twice", w=one), say("留下一个", "keep one of them"))


def _not_for(spot: Spot, path: str, kind: Kind, operator: str) -> Problem:
    """An operator that says nothing of fields of this type."""
    allowed = ALLOWED[kind.type]
    what = Text(f"`{path}` 是{kind.name.zh},不能用 `{operator}`", f"`{path}` is {kind.name.en}; `{operator}` does not go with it")
    other = INSTEAD.get(operator) if kind.type in MOMENTS else BACK.get(operator) if kind.type in NUMBERS else None
    if operator in ("is", "one_of") and kind.type == "list":
        other = "includes"
    fix = say("写 `{o}`", "write `{o}`", o=other) if other else say("可用 {k}", "there are {k}", k=listed(sorted(allowed)))
    return spot.problem("operator.type", what, fix, key=operator != "is" or spot.path[-1:] == ("is",))


def _other_field(spot: Spot, scope: Scope, path: str, kind: Kind | None, other: str) -> Iterator[Problem]:
    yield from path_of(spot, scope, other)
    found = scope.kind(other)
    if kind is None or not isinstance(found, Kind):
        return
    if other == path:
        yield spot.problem("condition.itself", say("`{p}` 和自己相比", "`{p}` is compared with itself", p=path), say("换另一个字段", "take another field"))
    elif not alike(kind, found):
        what = Text(f"`{path}` 是{kind.name.zh},`{other}` 是{found.name.zh},不能相比", f"`{path}` is {kind.name.en} and `{other}` is {found.name.en}: they cannot be compared")
        yield spot.problem("operator.type", what, say("换另一个字段", "take another field"))


def _shifted(spot: Spot, scope: Scope, path: str, kind: Kind | None, operand: Shifted) -> Iterator[Problem]:
    """`{field: F, plus: DURATION}` beside an instant or a date of the same kind."""
    yield from path_of(spot.at("field"), scope, operand.field, MOMENTS)
    found = scope.kind(operand.field)
    if kind is not None and isinstance(found, Kind) and found.type in MOMENTS and found.type != kind.type:
        what = Text(f"`{path}` 是{kind.name.zh},`{operand.field}` 是{found.name.zh},不能相比",
                    f"`{path}` is {kind.name.en} and `{operand.field}` is {found.name.en}: they cannot be compared")  # fmt: skip
        yield spot.at("field").problem("operator.type", what, say("换另一个字段", "take another field"))
    for key in ("plus", "minus"):
        length = getattr(operand, key)
        if length is not None:
            yield from duration(spot.at(key), scope, length, date=isinstance(found, Kind) and found.type == "date")


def duration(spot: Spot, scope: Scope, length: Parameter | Duration, *, date: bool = False) -> Iterator[Problem]:
    """A length of time, or a parameter that holds one; beside a date it counts days."""
    if isinstance(length, Parameter):
        yield from fits_length(spot, scope, length)
    elif date and length.clock == "elapsed":
        days = max(length.amount // 86_400_000_000, 1)
        what = say("日期不能加减 `{l}`", "`{l}` cannot be added to a date", l=length)
        yield spot.problem("duration.clock", what, say("例如写 `{n} calendar days`", "write for example `{n} calendar days`", n=days))


def fits_length(spot: Spot, scope: Scope, parameter: Parameter) -> Iterator[Problem]:
    """That a parameter exists and holds a length of time, on whatever clock."""
    from checker.load.check_values import unknown_parameter
    from checker.load.fields import parameter_kind

    spec = scope.parameters.get(parameter.name)
    if str(parameter) in scope.broken:
        return
    if spec is None:
        yield unknown_parameter(spot, scope, parameter.name)
    elif parameter_kind(spec).type != "duration":
        held = parameter_kind(spec).name
        what = Text(f"这里要时长,`${parameter.name}` 是{held.zh}", f"a duration stands here; `${parameter.name}` is {held.en}")
        yield spot.problem("parameter.type", what, say("给它写 `unit: duration`,或换一个参数", "give it `unit: duration`, or take another parameter"))


def window(spot: Spot, scope: Scope, name: object, also: frozenset[str] = frozenset()) -> Iterator[Problem]:
    """That a window is named by a profile or kept by the site roster."""
    if isinstance(name, Parameter):
        yield from fits(spot, scope, Kind("text"), name, "during")
        return
    known = sorted(scope.windows | also)
    if str(name) not in known and (scope.windows or also):
        found = meant(str(name), known)
        there = say("在方案的 `windows:` 里写,已有 {k}", "name it under `windows:` of a profile; there are {k}", k=listed(known))
        fix = say("是不是 `{m}`?", "did you mean `{m}`?", m=found) if found else there
        yield spot.problem("window.unknown", say("没有时段 `{w}`", "there is no window `{w}`", w=name), fix)


# --- related records -------------------------------------------------------------------------------------------------


def related(spot: Spot, scope: Scope, clause: Related, *, timed: bool = False) -> Iterator[Problem]:
    """A clause of related records; `timed` where it must have an instant."""
    yield from known_record(spot.at("record"), scope, clause.record)
    inner = scope.of(clause.record)
    yield from matched(spot.at("match"), scope, inner, clause.match)
    yield from condition(spot.at("where"), inner, clause.where)
    if clause.time is not None:
        yield from path_of(spot.at("time"), inner, clause.time, MOMENTS)
    elif timed and inner.record is not None and inner.types[inner.record].time is None:
        what = say("`{r}` 没有自己的时间", "`{r}` has no time of its own", r=clause.record)
        yield spot.at("record").problem("related.time", what, say("写 `time: …`", "write `time: …`"))
    for key in ("after", "before"):
        path = getattr(clause, key)
        if path is not None:
            yield from path_of(spot.at(key), scope, path, MOMENTS)
    if clause.look_back is not None:
        yield from duration(spot.at("look_back"), scope, clause.look_back)
    if clause.distinct is not None and clause.distinct != "day":
        yield from path_of(spot.at("distinct"), inner, clause.distinct)
    if clause.for_period is not None:
        yield from path_of(spot.at("for_period"), inner, clause.for_period)
    if clause.nth is not None:
        yield from number(spot.at("nth"), scope, clause.nth, "nth", least=1)
    if isinstance(clause, Summed):
        yield from path_of(spot.at("field"), inner, clause.field, NUMBERS)


def interval(spot: Spot, scope: Scope, record: str, match: Mapping[str, str], where: Condition | None, start: str, end: str) -> Iterator[Problem]:
    """Spells of related records."""
    yield from known_record(spot.at("record"), scope, record)
    inner = scope.of(record)
    yield from matched(spot.at("match"), scope, inner, match)
    yield from condition(spot.at("where"), inner, where)
    yield from path_of(spot.at("from"), inner, start, MOMENTS)
    yield from path_of(spot.at("to"), inner, end, MOMENTS)


def matched(spot: Spot, outer: Scope, inner: Scope, match: Mapping[str, str]) -> Iterator[Problem]:
    """Keys of `match` are fields of the related record, values are fields of ours, and both can be the same."""
    for theirs, ours in match.items():
        place = spot.at(theirs)
        yield from path_of(place, inner, theirs, key=True)
        yield from path_of(place, outer, ours)
        left, right = inner.kind(theirs), outer.kind(ours)
        if isinstance(left, Kind) and isinstance(right, Kind) and not alike(left, right):
            what = Text(f"`{theirs}` 是{left.name.zh},`{ours}` 是{right.name.zh},对不上", f"`{theirs}` is {left.name.en} and `{ours}` is {right.name.en}: they never match")
            yield place.problem("match.type", what, say("换另一个字段", "take another field"))


def number(spot: Spot, scope: Scope, value: Parameter | int, named: str, least: int = 0) -> Iterator[Problem]:
    """A whole number not below `least`, or a parameter that holds a count."""
    if isinstance(value, int):
        if value < least:
            yield spot.problem("number.small", say("`{n}` 太小", "`{n}` is too small", n=value), say("不小于 {l}", "at least {l}", l=least))
        return
    yield from fits(spot, scope, COUNT, value, named)


__all__ = ["ALLOWED", "COUNT", "Interval", "TYPE_NAMES", "WORDS", "condition", "duration", "field_test", "fits_length", "hole", "interval",
           "matched", "number", "related", "window"]  # fmt: skip
