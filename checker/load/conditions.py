"""Paths and conditions held against the record dictionary: fields that exist, operators and operands that fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.errors import Problem, Text, nearest, say
from checker.load.strict import Path, Source
from checker.policy.conditions import Condition, Related, Shifted, Summed, Test
from checker.policy.records import MOMENTS, NUMBERS, ParameterSpec, RecordField, RecordType, resolve
from checker.policy.values import Day, Duration, Instant, Parameter, Share

ORDERED = {"at_least": NUMBERS, "at_most": NUMBERS, "more_than": NUMBERS, "less_than": NUMBERS,
           "no_earlier_than": MOMENTS, "no_later_than": MOMENTS, "includes": frozenset({"list"}), "includes_all": frozenset({"list"}),
           "matches": frozenset({"text", "id"}), "during": frozenset({"instant"})}  # fmt: skip
NAMES = {
    "text": Text("文字", "text"), "id": Text("编号", "an id"), "enum": Text("列举值", "one of listed values"), "flag": Text("是非值", "a flag"),
    "count": Text("个数", "a count"), "decimal": Text("数", "a number"), "duration": Text("时长", "a duration"), "instant": Text("时刻", "an instant"),
    "date": Text("日期", "a date"), "share": Text("比率", "a share"), "list": Text("列表", "a list"), "windows": Text("时间段", "windows"),
}  # fmt: skip
UNSAFE = ("(?", "\\1", "\\2", "*+", "++", "{,")
Parameters = Mapping[str, ParameterSpec]


class Checker:
    """Checks of one file against the dictionary."""

    def __init__(self, types: dict[str, RecordType], source: Source) -> None:
        self.types, self.source = types, source

    def path(self, record: str, path: str, at: Path, key: bool = False) -> Iterator[Problem]:
        """Every part of a dotted path exists."""
        *hops, last = path.split(".")
        for hop in hops:
            kind = self.types.get(record)
            if kind is None:
                return
            if hop not in kind.references:
                yield self._unknown(at, key, "reference.unknown", Text("引用", "reference"), hop, kind.references, record)
                return
            record = kind.references[hop].record
        kind = self.types.get(record)
        if kind is not None and last not in kind.fields and last != "site_id":
            yield self._unknown(at, key, "field.unknown", Text("字段", "field"), last, kind.fields, record)

    def moment(self, record: str, path: str, at: Path) -> Iterator[Problem]:
        """A path that must be a time."""
        wrong = list(self.path(record, path, at))
        yield from wrong
        field = self._field(record, path)
        if not wrong and field is not None and field.type not in MOMENTS:
            named = NAMES[field.type]
            what = Text(f"`{path}` 是{named.zh},这里要时间", f"`{path}` is {named.en}; a time stands here")
            fix = Text("换一个时间字段", "name a field that is an instant or a date")
            yield Problem(self.source.where(at), "field.type", what, fix)

    def _field(self, record: str, path: str) -> RecordField | None:
        try:
            return resolve(self.types, record, path).field
        except KeyError:
            return None

    def _unknown(self, at: Path, key: bool, id: str, noun: Text, word: str, known: Any, record: str) -> Problem:
        meant = nearest(word, known)
        hint = say("是不是 `{m}`?", "did you mean `{m}`?", m=meant) if meant else say("「{r}」有 {k}", "`{r}` has {k}", r=record, k=", ".join(sorted(known)) or "—")
        what = Text(f"「{record}」没有{noun.zh} `{word}`", f"`{record}` has no {noun.en} `{word}`")
        return Problem(self.source.where(at, key), id, what, hint)

    # -- conditions ---------------------------------------------------------------------------------------------------

    def condition(self, record: str, condition: Condition, at: Path, parameters: Parameters) -> Iterator[Problem]:
        """Every test of a condition fits the field it is made of."""
        for key, value in condition.parts():
            here = (*at, key)
            match value:
                case Condition():
                    yield from self.condition(record, value, here, parameters)
                case Related():
                    yield from self.related(record, value, here, parameters)
                case tuple():
                    for index, one in enumerate(value):
                        yield from self.condition(record, one, (*here, index), parameters)
                case _:
                    yield from self._test(record, key, value, here, parameters)

    def related(self, record: str, clause: Related, at: Path, parameters: Parameters) -> Iterator[Problem]:
        """The record type, both sides of `match`, the time and the condition of a related clause."""
        if clause.record not in self.types:
            yield self._unknown((*at, "record"), False, "record.unknown", Text("记录类型", "record type"), clause.record, self.types, record)
            return
        for theirs, ours in clause.match.items():
            yield from self.path(clause.record, theirs, (*at, "match", theirs), key=True)
            yield from self.path(record, ours, (*at, "match", theirs))
        if clause.time:
            yield from self.moment(clause.record, clause.time, (*at, "time"))
        for word in ("after", "before"):
            if path := getattr(clause, word):
                yield from self.moment(record, path, (*at, word))
        if clause.distinct and clause.distinct != "day":
            yield from self.path(clause.record, clause.distinct, (*at, "distinct"))
        if isinstance(clause, Summed):
            yield from self.path(clause.record, clause.field, (*at, "field"))
        if clause.where is not None:
            yield from self.condition(clause.record, clause.where, (*at, "where"), parameters)

    def _test(self, record: str, path: str, value: object, at: Path, parameters: Parameters) -> Iterator[Problem]:
        wrong = list(self.path(record, path, at, key=True))
        yield from wrong
        field = self._field(record, path)
        if wrong or field is None:
            return
        tests = list(value.parts()) if isinstance(value, Test) else [("is", value)]
        for operator, operand in tests:
            here = (*at, operator) if isinstance(value, Test) else at
            yield from self._operator(record, path, field, operator, operand, here, parameters)

    def _operator(
        self, record: str, path: str, field: RecordField, operator: str, operand: object, at: Path, parameters: Parameters
    ) -> Iterator[Problem]:
        allowed = ORDERED.get(operator)
        kind = self._type(record, path, field)
        if allowed is not None and kind not in allowed:
            what = Text(f"`{operator}` 不能用于{NAMES[kind].zh} `{path}`", f"`{operator}` cannot be asked of `{path}`, which is {NAMES[kind].en}")
            yield Problem(self.source.where(at, key=True), "operator.type", what, _instead(kind))
        elif operator in ("same_as", "different_from"):
            yield from self._same(record, path, kind, str(operand), at)
        elif isinstance(operand, Shifted):
            yield from self.moment(record, operand.field, (*at, "field"))
        elif operator == "matches" and any(mark in str(operand) for mark in UNSAFE):
            yield Problem(self.source.where(at), "pattern.form", say("这种写法不在可用的正则范围内", "this is outside the patterns that can be used"),
                          say("只用字符、`[]`、`.`、`*`、`+`、`?`、`|`、`()` 和 `{m,n}`", "use characters, `[]`, `.`, `*`, `+`, `?`, `|`, `()` and `{m,n}`"))  # fmt: skip
        elif operator not in ("present", "matches", "during", "includes", "includes_all"):
            for index, one in enumerate(operand if isinstance(operand, tuple) else (operand,)):
                here = (*at, index) if isinstance(operand, tuple) else at
                yield from self._operand(field, kind, path, one, here, parameters)

    def _type(self, record: str, path: str, field: RecordField) -> str:
        """The type of a field; a derived one has that of what it is derived from."""
        if field.derived is None:
            return field.type
        if field.unit in ("seconds", "minutes", "hours") or isinstance(field.derived, str):
            return "duration"
        name = type(field.derived).__name__
        return {"Whole": "count", "NumberIn": "count", "Difference": "duration"}.get(name, "count" if field.unit else field.type)

    def _same(self, record: str, path: str, kind: str, other: str, at: Path) -> Iterator[Problem]:
        wrong = list(self.path(record, other, at))
        yield from wrong
        field = self._field(record, other)
        texts = {"text", "id", "enum"}
        if not wrong and field is not None and field.type != kind and not {field.type, kind} <= texts:
            what = Text(f"`{path}` 是{NAMES[kind].zh},`{other}` 是{NAMES[field.type].zh}", f"`{path}` is {NAMES[kind].en}, `{other}` is {NAMES[field.type].en}")
            yield Problem(self.source.where(at), "operand.type", what, Text("比较同类的字段", "compare fields of one type"))

    def _operand(self, field: RecordField, kind: str, path: str, value: object, at: Path, parameters: Parameters) -> Iterator[Problem]:
        if isinstance(value, Parameter):
            yield from self._parameter(field, kind, path, value, at, parameters)
            return
        if kind == "enum" and field.values is not None:
            if value not in field.values:
                meant = nearest(str(value), field.values)
                hint = say("是不是 `{m}`?", "did you mean `{m}`?", m=meant) if meant else say("可用 {k}", "there are {k}", k=", ".join(field.values))
                what = say("`{p}` 不会是 `{v}`", "`{p}` can never be `{v}`", p=path, v=value)
                yield Problem(self.source.where(at), "value.impossible", what, hint)
        elif not _readable(kind, value):
            what = Text(f"`{value}` 不是{NAMES[kind].zh}", f"`{value}` is not {NAMES[kind].en}")
            yield Problem(self.source.where(at), "operand.type", what, _example(kind))

    def _parameter(self, field: RecordField, kind: str, path: str, value: Parameter, at: Path, parameters: Parameters) -> Iterator[Problem]:
        """A count against a duration, or rings against visits, is a mistake."""
        spec = parameters.get(value.name)
        if spec is None:
            return
        timed = spec.unit in ("seconds", "minutes", "hours", "duration")
        units = field.unit and kind == "count" and spec.unit not in (field.unit, "count") and not timed
        if units or ((kind == "duration") != timed and kind in NUMBERS):
            unit = field.unit or NAMES[kind].en
            what = Text(f"`${value.name}` 的单位是 {spec.unit},`{path}` 的是 {field.unit or NAMES[kind].zh}", f"`${value.name}` is in {spec.unit}, `{path}` in {unit}")
            yield Problem(self.source.where(at), "unit.mismatch", what, Text("换成同一单位的参数", "use a parameter in the same unit"))

    def later(self, record: str, condition: Condition) -> str:
        """The first field or record that a condition reads and that may come after the record itself."""
        time = self.types[record].time
        for key, value in condition.parts():
            match value:
                case Condition():
                    found = self.later(record, value)
                case Related():
                    found = value.record
                case tuple():
                    found = next((one for one in (self.later(record, part) for part in value) if one), "")
                case _:
                    field = self._field(record, key)
                    found = key if field is not None and field.not_yet and key != time else ""
            if found:
                return found
        return ""


def _readable(kind: str, value: object) -> bool:
    """Whether a written operand can mean a value of the type."""
    match kind:
        case "flag":
            return isinstance(value, bool)
        case "count" | "decimal":
            return isinstance(value, int) and not isinstance(value, bool)
        case "duration":
            return _parses(Duration, value)
        case "date":
            return _parses(Day, value)
        case "instant":
            return _parses(Instant, value)
        case "share":
            return _parses(Share, value)
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def _parses(scalar: Any, value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        scalar.parse(value)
    except ValueError:
        return False
    return True


def _instead(kind: str) -> Text:
    if kind in NUMBERS:
        return Text("数用 `at_least`、`at_most`、`more_than`、`less_than`", "numbers take `at_least`, `at_most`, `more_than`, `less_than`")
    if kind in MOMENTS:
        return Text("时间用 `no_earlier_than`、`no_later_than`", "times take `no_earlier_than`, `no_later_than`")
    return Text("用 `is`、`one_of`、`none_of`、`present`", "use `is`, `one_of`, `none_of`, `present`")


def _example(kind: str) -> Text:
    shown = {"flag": "true", "count": "3", "decimal": "3", "duration": "5 minutes", "date": "2026-10-01",
             "instant": "2026-10-05T09:00:00", "share": "10 %"}.get(kind, "…")  # fmt: skip
    return say("例如写 `{x}`", "write for example `{x}`", x=shown)
