"""Conditions in words, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from checker.errors import Text
from checker.policy.conditions import Condition, Related, Shifted, Summed, Test
from checker.policy.files import Profile
from checker.policy.kinds import Base
from checker.policy.over import FINDING, RECORD
from checker.policy.records import DatedValue, ParameterSpec, RecordField, RecordType, resolve
from checker.policy.values import Parameter

OPERATORS = {
    "is": Text("{f}为{v}", "{f} is {v}"),
    "one_of": Text("{f}为{v}之一", "{f} is one of {v}"),
    "none_of": Text("{f}不是{v}", "{f} is none of {v}"),
    "at_least": Text("{f}不少于{v}", "{f} is at least {v}"),
    "at_most": Text("{f}不超过{v}", "{f} is at most {v}"),
    "more_than": Text("{f}多于{v}", "{f} is more than {v}"),
    "less_than": Text("{f}少于{v}", "{f} is less than {v}"),
    "no_earlier_than": Text("{f}不早于{v}", "{f} is no earlier than {v}"),
    "no_later_than": Text("{f}不晚于{v}", "{f} is no later than {v}"),
    "same_as": Text("{f}与{v}相同", "{f} is the same as {v}"),
    "different_from": Text("{f}与{v}不同", "{f} differs from {v}"),
    "includes": Text("{f}包含{v}", "{f} includes {v}"),
    "includes_all": Text("{f}包含全部{v}", "{f} includes all of {v}"),
    "matches": Text("{f}符合格式 {v}", "{f} has the form {v}"),
    "during": Text("{f}在{v}之内", "{f} lies within {v}"),
}
PRESENT = {True: Text("{f}已填写", "{f} is given"), False: Text("{f}未填写", "{f} is not given")}
COUNTED = {
    "number_of": Text("{r}的数量", "the number of {r}"),
    "sum": Text("{r}的{x}合计", "the sum of {x} over {r}"),
    "mean_of": Text("{r}的{x}平均", "the mean of {x} over {r}"),
}
LENGTHS = {
    "second": "秒", "minute": "分钟", "hour": "小时", "calendar day": "个日历日", "working day": "个工作日", "week": "周", "month": "个月", "year": "年",
    "same day": "当日", "next day": "次日",
}  # fmt: skip
UNITS_ZH = {
    "rings": "声", "times": "次", "visits": "次", "checks": "次", "attempts": "次", "reopenings": "次", "updates": "次", "points": "分", "people": "人",
    "pieces": "件", "items": "项", "members": "个", "reassignments": "次", "seconds": "秒", "minutes": "分钟", "hours": "小时", "days": "天", "CNY": "元",
}  # fmt: skip
PERIODS_ZH = {"day": "日", "week": "周", "month": "月", "quarter": "季度", "half-year": "半年", "year": "年", "duty day": "当班日"}
WINDOWS = {
    "zh": {"hotline_hours": "热线服务时间", "online_hours": "在线服务时间", "service_hours": "客服服务时间", "always": "全天"},
    "en": {"hotline_hours": "hotline hours", "online_hours": "online hours", "service_hours": "service hours", "always": "day and night"},
}
TYPED = ("share", "duration", "time", "period", "text", "flag")
"""Units that say how a value is written, and are not said beside it."""


def amount(value: object, lang: str, unit: str = "") -> str:
    """A value as people say it: `5 minutes` is 5 分钟, `2` of unit rings is 2 声."""
    written = {True: {"zh": "是", "en": "yes"}, False: {"zh": "否", "en": "no"}}[value][lang] if isinstance(value, bool) else str(value)
    if unit == "period" and lang == "zh":
        return PERIODS_ZH.get(written, written)
    unit = "" if unit in TYPED or not isinstance(value, int) or isinstance(value, bool) else unit
    if lang != "zh":
        return f"{written} {unit}".strip()
    found = re.fullmatch(r"([0-9]+) ([a-z ]+?)s?", written)
    if found and found[2] in LENGTHS:
        return f"{found[1]} {LENGTHS[found[2]]}"
    return f"{LENGTHS.get(written, PERIODS_ZH.get(written, written))} {UNITS_ZH.get(unit, unit)}".strip()


class Phrases:
    """Words for the fields and conditions of one dictionary in one language. With a policy, its parameters are said by
    the value in force where there is but one."""

    def __init__(self, types: dict[str, RecordType], lang: str, policy: Base | None = None, profile: Profile | None = None) -> None:
        self.types, self.lang, self.policy, self.profile = {**types, RECORD: FINDING}, lang, policy, profile
        self.links: dict[str, None] = {}
        """How the related records that were spoken of belong to what they stand beside, in the order in which they were."""

    def text(self, zh: str, en: str, /, **facts: str) -> str:
        """A sentence in the language of these phrases."""
        return (zh if self.lang == "zh" else en).format_map(facts)

    def listed(self, parts: Iterable[str]) -> str:
        return self.text("、", ", ").join(parts)

    def plain(self, value: object, unit: str = "") -> str:
        """A written value, or the parameter's where it has one; else its name."""
        if not isinstance(value, Parameter):
            found = re.fullmatch(Parameter.pattern, str(value))
            return self.plain(Parameter.parse(str(value)), unit) if found else amount(value, self.lang, unit)
        spec = self.policy.parameters.get(value.name) if self.policy else None
        return self._in_force(value.name, spec) if spec else value.name

    def number(self, value: object) -> str:
        """A bare number; a parameter's without its unit."""
        said = self.plain(value) if isinstance(value, Parameter) else str(value)
        return said.partition(" ")[0] if said[:1].isdigit() else said

    def window(self, value: object) -> str:
        """A window by its name as people know it."""
        return WINDOWS[self.lang].get(str(value)) or self.plain(value)

    def _in_force(self, name: str, spec: ParameterSpec) -> str:
        setting = self.profile.set.get(self.policy.id, {}).get(name) if self.profile and self.policy else None
        values = setting if isinstance(setting, tuple) else [DatedValue.model_construct(value=setting)] if setting is not None else spec.values or ()
        if not values and spec.value is not None and not spec.set_by_site:
            values = [DatedValue.model_construct(value=spec.value)]
        said = {amount(one.value, self.lang, spec.unit) for one in values}
        if len(said) == 1:
            return said.pop()
        named = spec.title.text[self.lang] if spec.title else name
        return Text("〔{n},见取值〕", "[{n}, see values]")[self.lang].format(n=named)

    def record(self, record: str) -> str:
        kind = self.types.get(record)
        return kind.title.text[self.lang] if kind else record

    def field(self, record: str, path: str) -> str:
        """The name of a field; Chinese column names stand in 「」."""
        found = self._field(record, path)
        if self.lang == "zh":
            shown = found.title.zh if found and found.title else found.columns[0] if found and found.columns else path
            return f"「{shown}」"
        return found.title.en if found and found.title else path.replace("_", " ").replace(".", " of ")

    def _field(self, record: str, path: str) -> RecordField | None:
        try:
            return resolve(self.types, record, path).field
        except KeyError:
            return None

    def condition(self, record: str, condition: Condition | None) -> str:
        """The condition as one phrase; parts are joined by 'and'."""
        if condition is None:
            return ""
        parts = [self._part(record, key, value, condition) for key, value in condition.parts()]
        return (",且" if self.lang == "zh" else " and ").join(parts)

    def _part(self, record: str, key: str, value: object, whole: Condition) -> str:
        match key:
            case "all_of" | "any_of":
                joint = {"all_of": Text(",且", " and "), "any_of": Text(",或", " or ")}[key][self.lang]
                return "(" + joint.join(self.condition(record, one) for one in value) + ")"  # type: ignore[attr-defined]
            case "not":
                return Text("并非({c})", "not ({c})")[self.lang].format(c=self.condition(record, value))  # type: ignore[arg-type]
            case "exists" | "none_exists":
                said = {"exists": Text("有{r}", "there is {r}"), "none_exists": Text("没有{r}", "there is no {r}")}
                return said[key][self.lang].format(r=self.related(value, record))
            case "number_of" | "sum" | "mean_of":
                return self._counted(record, key, value, whole)
        return self._tests(record, key, value)

    def _counted(self, record: str, key: str, clause: object, whole: Condition) -> str:
        field = self.field(clause.record, clause.field) if isinstance(clause, Summed) else ""
        name = COUNTED[key][self.lang].format(r=self.related(clause, record), x=field)
        bounds = [("at_least", whole.at_least), ("at_most", whole.at_most)]
        return self._and(OPERATORS[one][self.lang].format(f=name, v=self.value(None, bound)) for one, bound in bounds if bound is not None)

    def _tests(self, record: str, path: str, value: object) -> str:
        name, field = self.field(record, path), self._field(record, path)
        tests = list(value.parts()) if isinstance(value, Test) else [("is", value)]
        return self._and(self._test(record, name, field, operator, operand) for operator, operand in tests)

    def _test(self, record: str, name: str, field: RecordField | None, operator: str, operand: object) -> str:
        if operator == "present":
            return PRESENT[bool(operand)][self.lang].format(f=name)
        if operator in ("same_as", "different_from"):
            return OPERATORS[operator][self.lang].format(f=name, v=self.field(record, str(operand)))
        if isinstance(operand, Shifted):
            signed = (" + ", operand.plus) if operand.plus else (" - ", operand.minus)
            shift = signed[0] + self.plain(signed[1]) if signed[1] else ""
            return OPERATORS[operator][self.lang].format(f=name, v=self.field(record, operand.field) + shift)
        return OPERATORS[operator][self.lang].format(f=name, v=self.value(field, operand))

    def value(self, field: RecordField | None, value: object) -> str:
        """An operand as people say it: enum codes by their Chinese word, flags as yes and no."""
        if isinstance(value, tuple):
            return ("、" if self.lang == "zh" else ", ").join(self.value(field, one) for one in value)
        if isinstance(value, Parameter):
            return self.plain(value)
        if self.lang == "zh" and field and field.values and field.values.get(str(value)):
            return field.values[str(value)][0]
        return self.plain(value, field.unit or "" if field else "")

    def word(self, record: str, path: str, value: str) -> str:
        """A value of a field as people say it."""
        return self.value(self._field(record, path), value)

    def related(self, clause: object, ours: str = "") -> str:
        """Related records as a noun phrase; how they belong to a record of `ours` goes to `links`."""
        assert isinstance(clause, Related)
        self.link(clause.record, [*self.matched(clause.record, clause.match, ours), *self._chosen(clause, ours)])
        return self.named(clause.record, clause.where)

    def named(self, record: str, where: Condition | None) -> str:
        """`a visit whose outcome is done`."""
        said = self.condition(record, where)
        return self.text("{w}的{r}", "a {r} whose {w}", w=said, r=self.record(record)) if said else self.record(record)

    def link(self, record: str, parts: Iterable[str]) -> None:
        """Note how records belong to what they stand beside."""
        if said := self.text(";", "; ").join(parts):
            self.links[self.text("{r}:{s}", "{r}: {s}", r=self.record(record), s=said)] = None

    def matched(self, record: str, match: Mapping[str, str], ours: str) -> Iterator[str]:
        """Which of their fields is which of ours."""
        for theirs, own in match.items():
            whose = self.record(ours) if ours else self.text("本条", "this one")
            yield self.text("其{t}是{r}的{o}", "its {t} is {o} of the {r}", t=self.field(record, theirs), r=whose, o=self.field(ours, own))

    def _chosen(self, clause: Related, ours: str) -> Iterator[str]:
        """Which of the records that match are taken, and when they happened."""
        if clause.time is not None:
            yield self.text("时间取{f}", "its time is {f}", f=self.field(clause.record, clause.time))
        if clause.after is not None:
            yield self.text("只取{f}之后的", "only after {f}", f=self.field(ours, clause.after))
        if clause.before is not None:
            yield self.text("只取{f}之前的", "only before {f}", f=self.field(ours, clause.before))
        if clause.look_back is not None:
            yield self.text("只取此前 {d} 以内的", "only of the {d} before", d=self.plain(clause.look_back))
        if clause.distinct == "day":
            yield self.text("同一天的只算一次", "those of one day count once")
        elif clause.distinct is not None:
            yield self.text("{f}相同的只算一次", "those of one {f} count once", f=self.field(clause.record, clause.distinct))
        if clause.nth is not None:
            yield self.text("取第 {n} 次", "the one of number {n}", n=self.number(clause.nth))
        if clause.for_period is not None:
            yield self.text("属于{f}所写的那一期", "it is of the period that {f} names", f=self.field(clause.record, clause.for_period))
        if clause.void is not None:
            yield self.text("作废的也算", "void ones count")

    def _and(self, parts: Iterable[str]) -> str:
        return (",且" if self.lang == "zh" else " and ").join(parts)
