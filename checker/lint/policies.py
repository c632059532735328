"""Policies that say what another says, limits on a clock that is not meant, parameters that nothing reads, texts that are not translated."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from checker.errors import say
from checker.lint.conditions import Found
from checker.lint.facts import LOWER, UPPER, size
from checker.load.source import Path
from checker.policy.kinds import Base, Because
from checker.policy.records import RecordType
from checker.policy.values import DAY, Duration, Parameter, Words
from checker.policy.walk import walk

SAID = frozenset({"id", "standard", "title", "source", "severity", "points", "because"})
"""What two policies may differ in and still demand the same."""
CHINESE = re.compile("[\u3400-\u9fff]")
LETTERS = re.compile(r"[A-Za-z]{2}")
BRACES = re.compile(r"\{[^{}]*\}")
STRICTER_LOW, STRICTER_HIGH = UPPER | {"within", "tolerance", "never_without_for"}, LOWER


def alike(policies: Sequence[Base]) -> Iterator[tuple[str, Found]]:
    """(policy, lint) of each that says what an earlier one says, or less than another."""
    first: dict[str, str] = {}
    for one in policies:
        whole = json.dumps(_demand(one), sort_keys=False, ensure_ascii=False)
        if whole in first:
            what = say("与 `{p}` 要求的完全相同", "demands the very same as `{p}`", p=first[whole])
            yield one.id, ("duplicate-policy", ("id",), what, say("删去一个;出处都写在 `source:` 里", "remove one; its source goes under `source:` of the other"))
        first.setdefault(whole, one.id)
    yield from _implied(policies)


def _demand(policy: Base) -> dict[str, Any]:
    """What a policy demands, in plain data: parameters with one value that always holds stand as that value."""
    data: dict[str, Any] = policy.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=set(SAID))
    data["parameters"] = {name: {key: one for key, one in spec.items() if key not in ("title", "floor")} for name, spec in data["parameters"].items()}
    fixed = {f"${name}": value for name, spec in policy.parameters.items() if (value := _fixed(policy, name, spec.unit)) is not None}
    data["parameters"] = {name: spec for name, spec in data["parameters"].items() if f"${name}" not in fixed}
    found: dict[str, Any] = _filled(data, fixed)
    return found


def _fixed(policy: Base, name: str, unit: str) -> Any:
    spec = policy.parameters[name]
    if spec.values is None or len(spec.values) != 1 or spec.values[0].from_ or spec.values[0].until or spec.values[0].when:
        return None
    value = spec.values[0].value
    return f"{value} {unit}" if isinstance(value, int) and not isinstance(value, bool) and unit in ("seconds", "minutes", "hours") else value


def _filled(value: Any, fixed: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, fixed) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, fixed) for one in value]
    return fixed.get(value, value) if isinstance(value, str) else value


def _implied(policies: Sequence[Base]) -> Iterator[tuple[str, Found]]:
    """Policies that are alike but for one limit: who keeps the stricter keeps the looser."""
    groups: dict[str, list[tuple[Any, str, str]]] = {}
    for one in policies:
        data = _demand(one)
        for path, key, value in _limits(data, ()):
            found = size(value)
            if found and not found[0].startswith("$"):
                rest = json.dumps([path, found[0], _without(data, path)], ensure_ascii=False)
                groups.setdefault(rest, []).append((found[1] if key in STRICTER_LOW else -found[1], one.id, str(path[0])))
    for listed in groups.values():
        strictest = min(listed)
        for limit, name, key in listed:
            if limit > strictest[0]:
                what = say("`{p}` 更严,守住它就守住这一条", "`{p}` is stricter: who keeps it keeps this one", p=strictest[1])
                yield name, ("implied-policy", (key,), what, say("删去较松的,或用 `effective:` 分开时段", "remove the looser one, or part them by `effective:`"))


def _limits(data: Any, path: Path) -> Iterator[tuple[Path, str, Any]]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key in ("where", "excused_when", "parameters", "forbidden", "not", "exists", "none_exists", "number_of", "expects", "share_of"):
                continue
            if key in STRICTER_LOW | STRICTER_HIGH and not isinstance(value, dict | list):
                yield (*path, key), key, value
            else:
                yield from _limits(value, (*path, key))


def _without(data: Any, path: Path) -> Any:
    if not path:
        return "…"
    return {key: _without(one, path[1:]) if key == path[0] else one for key, one in data.items()}


# --- clocks and words ------------------------------------------------------------------------------------------------


def clocks(policy: Base) -> Iterator[Found]:
    """Limits on a clock that can hardly be meant."""
    within, window = getattr(policy, "within", None), getattr(policy, "counted_in", None)
    if window is not None:
        for path, length in _lengths(policy, within):
            if length.clock == "elapsed" and length.amount >= DAY:
                what = say("`{l}` 只在 `{w}` 里计时,实际要几天", "`{l}` is counted only in `{w}`: it takes several days", l=length, w=window)
                fix = say("照条款写工作日或日历日,或删去 `counted_in`", "write working or calendar days as the clause has it, or remove `counted_in`")
                yield "wrong-clock", path, what, fix
    for name, spec in policy.parameters.items():
        found = [(index, one) for index, value in enumerate(spec.values or ()) if not value.when and (one := _length(value.value))]
        for index, one in found[1:]:
            if one.clock != found[0][1].clock:
                what = say("`{n}` 前后的值按不同的钟计", "the values of `{n}` are on different clocks", n=name)
                yield "wrong-clock", ("parameters", name, "values", index, "value"), what, say("按条款写成同一种钟", "write them on one clock, as the clause has it")


def _lengths(policy: Base, within: object) -> Iterator[tuple[Path, Duration]]:
    if isinstance(within, Duration):
        yield ("within",), within
    elif isinstance(within, Parameter) and within.name in policy.parameters:
        spec = policy.parameters[within.name]
        for index, one in enumerate(spec.values or ()):
            written = f"{one.value} {spec.unit}" if isinstance(one.value, int) else one.value
            if length := _length(written):
                yield ("parameters", within.name, "values", index, "value"), length


def _length(value: object) -> Duration | None:
    found = size(value) if isinstance(value, str) else None
    return Duration.parse(str(value)) if found and found[0] in ("elapsed", "calendar days", "working days", "months") else None


def unused(owner: Base | RecordType) -> Iterator[Found]:
    """Parameters that nothing reads. Where none is read and all have a title, they tell an inspector what to hold an item against."""
    used = {part.name for _, part in walk(owner) if isinstance(part, Parameter)} & set(owner.parameters)
    if not used and all(spec.title for spec in owner.parameters.values()):
        return
    for name in owner.parameters:
        if name not in used:
            what = say("参数 `{n}` 没有被用到", "parameter `{n}` is not used", n=name)
            yield "unused-parameter", ("parameters", name), what, say("写成 `${n}` 用上它,或删去", "use it as `${n}`, or remove it", n=name)


def words(model: BaseModel) -> Iterator[Found]:
    """Texts whose Chinese is not Chinese, or whose English is."""
    for path, part in walk(model):
        if not isinstance(part, Words | Because):
            continue
        zh, en = (BRACES.sub("", getattr(part, lang)) for lang in ("zh", "en"))
        if LETTERS.search(zh) and not CHINESE.search(zh):
            yield "missing-translation", (*path, "zh"), say("`zh` 里没有中文", "there is no Chinese in `zh`"), say("写上中文", "write it in Chinese")
        if CHINESE.search(en):
            yield "missing-translation", (*path, "en"), say("`en` 里有中文", "there is Chinese in `en`"), say("写上英文", "write it in English")


__all__ = ["alike", "clocks", "unused", "words"]
