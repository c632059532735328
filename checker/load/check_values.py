"""That a written value fits what it stands beside: type, unit, clock, and the words that somebody can have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.errors import Problem, Text, say
from checker.load.fields import WORDS, Kind, Scope, alike, parameter_kind, reads_as, values_of
from checker.load.meant import listed, meant
from checker.load.spot import Spot
from checker.load.wide import hint
from checker.load.wording import shown, spaced
from checker.policy.records import TIME_UNITS, ParameterSpec
from checker.policy.values import PERIODS, Day, Duration, Instant, Parameter, Share, TimeOfDay

Said = tuple[str, Text, Text]
FLAGS = {"是": "true", "有": "true", "yes": "true", "true": "true", "否": "false", "无": "false", "no": "false", "false": "false"}
DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def fits(spot: Spot, scope: Scope, kind: Kind, value: object, named: str) -> Iterator[Problem]:
    """That a value, or the parameter that stands for it, can be a `kind`; `named` is what it stands beside."""
    if isinstance(value, Parameter):
        yield from parameter_fits(spot, scope, kind, value, named)
        return
    said = misfit(kind, value, named)
    if said:
        yield spot.problem(*said)
    elif kind.type == "count" and isinstance(value, int) and value < 0:
        yield spot.problem("number.small", say("`{n}` 太小", "`{n}` is too small", n=value), say("不小于 {l}", "at least {l}", l=0))


def parameter_fits(spot: Spot, scope: Scope, kind: Kind, value: Parameter, named: str) -> Iterator[Problem]:
    """That a parameter exists and holds a `kind`."""
    spec = scope.parameters.get(value.name)
    if str(value) in scope.broken:
        return
    if spec is None:
        yield unknown_parameter(spot, scope, value.name)
        return
    held = parameter_kind(spec)
    if kind.type in WORDS | {"list"} and held.type == "text":
        for written in values_of(spec):
            said = misfit(kind, written, named)
            if said:
                yield spot.problem(*said)
        return
    if kind.type == "decimal" and held.type == "count":
        held = Kind("decimal", held.unit)
    if not alike(kind, held) or (kind.unit and held.type in ("count", "decimal") and not held.unit):
        what = Text(f"`{named}` 是{kind.name.zh},`${value.name}` 是{held.name.zh}", f"`{named}` is {kind.name.en}, `${value.name}` is {held.name.en}")
        yield spot.problem("parameter.type", what, _unit_fix(kind, value.name))
    elif kind.type == "duration":
        yield from elapsed(spot, scope, value)


def _unit_fix(kind: Kind, name: str) -> Text:
    """The unit that the parameter would need."""
    units = {"share": "share", "flag": "flag", "time": "time", "period": "period", "duration": kind.unit or "duration"}
    unit = units.get(kind.type, kind.unit or ("text" if kind.type in WORDS else ""))
    if not unit:
        return say("换一个参数", "take another parameter")
    return say("给 `{n}` 写 `unit: {u}`,或换一个参数", "write `unit: {u}` for `{n}`, or take another parameter", n=name, u=unit)


def unknown_parameter(spot: Spot, scope: Scope, name: str) -> Problem:
    """A parameter that nobody declares."""
    found = meant(name, scope.parameters)
    what = say("没有参数 `${n}`", "there is no parameter `${n}`", n=name)
    if found:
        return spot.problem("parameter.unknown", what, say("是不是 `${m}`?", "did you mean `${m}`?", m=found))
    fix = say("在 `parameters:` 里写 `{n}: {{unit: …, value: …}}`", "write `{n}: {{unit: …, value: …}}` under `parameters:`", n=name)
    return spot.problem("parameter.unknown", what, fix)


def misfit(kind: Kind, value: object, named: str) -> Said | None:
    """Why a written value cannot be a `kind`; None where it can."""
    match kind.type:
        case "text" | "id" | "list":
            return None if isinstance(value, str) else _wrong(kind, value, named, say("加引号 `\"{v}\"`", "put it in quotes: `\"{v}\"`", v=_bare(value)))
        case "enum":
            return _word(kind, value, named)
        case "flag":
            if isinstance(value, bool):
                return None
            flag = FLAGS.get(str(value).lower())
            return _wrong(kind, value, named, say("写 `{f}`", "write `{f}`", f=flag) if flag else say("写 `true` 或 `false`", "write `true` or `false`"))
        case "count" | "decimal":
            fine = isinstance(value, int) and not isinstance(value, bool)
            if fine or (kind.type == "decimal" and isinstance(value, str) and DECIMAL.fullmatch(value)):
                return None
            return _wrong(kind, value, named, say("写一个整数", "write a whole number"))
        case "windows":
            return "operator.type", say("`{n}` 是时段,不能比较", "`{n}` is time windows and cannot be compared", n=named), say("换一个字段", "take another field")
    return _scalar(kind, value, named)


def _scalar(kind: Kind, value: object, named: str) -> Said | None:
    """Durations, shares, dates, instants, times and periods are written as text of a fixed form."""
    text = value if isinstance(value, str) else None
    match kind.type:
        case "duration":
            return _duration(kind, value, named)
        case "share" if text is None or not reads_as(Share, text):
            return _wrong(kind, value, named, say("例如写 `10 %`", "write for example `10 %`"))
        case "instant" if text is None or not _reads(Instant, text):
            return _wrong(kind, value, named, say("例如写 `2026-10-05T09:00:00`", "write for example `2026-10-05T09:00:00`"))
        case "date" if text is None or not _reads(Day, text):
            return _wrong(kind, value, named, say("例如写 `2026-10-05`", "write for example `2026-10-05`"))
        case "time" if text is None or not _reads(TimeOfDay, text):
            return _wrong(kind, value, named, say("例如写 `\"20:30\"`", "write for example `\"20:30\"`"))
        case "period" if text not in (*PERIODS, "spell"):
            found = meant(text or "", PERIODS)
            fix = say("是不是 `{m}`?", "did you mean `{m}`?", m=found) if found else say("写 {k} 之一", "write one of {k}", k=listed(PERIODS))
            return _wrong(kind, value, named, fix)
    return None


def _duration(kind: Kind, value: object, named: str) -> Said | None:
    if isinstance(value, int) and not isinstance(value, bool):
        unit = kind.unit or "minutes"
        return _wrong(kind, value, named, say("写 `{v} {u}`", "write `{v} {u}`", v=value, u=unit))
    if not isinstance(value, str) or not reads_as(Duration, value):
        return _wrong(kind, value, named, _elapsed_fix(str(value)))
    length = Duration.parse(value)
    if length.clock == "elapsed":
        return None
    what = say("`{n}` 是流逝的时长,`{v}` 按日历计", "`{n}` is elapsed time; `{v}` goes by the calendar", n=named, v=value)
    hours = length.amount * 24 if length.clock == "calendar days" else 24
    return "duration.clock", what, say("例如写 `{h} hours`", "write for example `{h} hours`", h=max(hours, 24))


def _elapsed_fix(text: str) -> Text:
    """How elapsed time is written: of a bare day, its hours."""
    bare = re.fullmatch(r"([0-9]+) days?", text)
    return say("写 `{h} hours`", "write `{h} hours`", h=24 * int(bare[1])) if bare else Duration.way_out(text)


def elapsed(spot: Spot, scope: Scope, value: Parameter) -> Iterator[Problem]:
    """That a parameter's durations are elapsed time."""
    for written in values_of(scope.parameters[value.name]):
        if isinstance(written, str) and reads_as(Duration, written) and Duration.parse(written).clock != "elapsed":
            what = say("`${n}` 的 `{v}` 按日历计,这里要流逝的时长", "`{v}` of `${n}` goes by the calendar; here stands elapsed time", n=value.name, v=written)
            yield spot.problem("duration.clock", what, say("例如写 `24 hours`", "write for example `24 hours`"))


def _reads(scalar: type[Instant] | type[Day] | type[TimeOfDay], text: str) -> bool:
    try:
        scalar.parse(text)
    except ValueError:
        return False
    return True


def _bare(value: object) -> str:
    return shown(value).en.strip("`")


def _wrong(kind: Kind, value: object, named: str, fix: Text) -> Said:
    got = shown(value)
    if isinstance(value, str) and reads_as(Duration, value):
        got = Text(f"时长 {got.zh}", f"the duration {got.en}")
    elif isinstance(value, str) and reads_as(Share, value):
        got = Text(f"比率 {got.zh}", f"the share {got.en}")
    elif isinstance(value, str) and hint(value) != Text("", ""):
        fix = hint(value)
    return "value.type", Text(spaced(f"`{named}` 是{kind.name.zh},不是 {got.zh}"), f"`{named}` is {kind.name.en}, not {got.en}"), fix


def _word(kind: Kind, value: object, named: str) -> Said | None:
    """One of the words of a field; a word of the exports stands for its code."""
    words = kind.words or {}
    if isinstance(value, str) and value in words:
        return None
    what = Text(spaced(f"`{named}` 不会是 {shown(value).zh}"), f"`{named}` is never {shown(value).en}")
    code = next((code for code, raw in words.items() if isinstance(value, str) and value in raw), None)
    if code is not None:
        return "value.word", what, say("政策里写 `{c}`", "in policies it is called `{c}`", c=code)
    if isinstance(value, str) and hint(value) != Text("", ""):
        return "value.word", what, hint(value)
    found = meant(str(value), words)
    fix = say("是不是 `{m}`?", "did you mean `{m}`?", m=found) if found else say("可写 {k}", "there are {k}", k=listed(tuple(words)))
    return "value.word", what, fix


# --- parameters: their own values ------------------------------------------------------------------------------------


def holds(spot: Spot, spec: ParameterSpec, name: str, value: object) -> Iterator[Problem]:
    """That a value is one that a parameter can have, in its own file or in a profile."""
    if isinstance(value, Parameter):
        yield spot.problem("parameter.value", say("参数的值不能是另一个参数", "a parameter's value is not another parameter"), say("写出值来", "write the value"))
        return
    kind = parameter_kind(spec)
    if kind.type == "duration" and not isinstance(value, bool):
        said = _length(kind, spec, value, name)
    else:
        said = misfit(kind, value, name)
    if said:
        yield spot.problem(*_as_parameter(said, name, kind, value))
    elif spec.one_of and value not in spec.one_of:
        fix = say("写 {k} 之一", "write one of {k}", k=listed([_bare(one) for one in spec.one_of]))
        yield spot.problem("parameter.choice", Text(spaced(f"`{name}` 不能是 {shown(value).zh}"), f"`{name}` cannot be {shown(value).en}"), fix)


def _length(kind: Kind, spec: ParameterSpec, value: object, name: str) -> Said | None:
    """A length of time on any clock; a bare number where the unit says what it counts."""
    if isinstance(value, int) and spec.unit in TIME_UNITS:
        return None
    if isinstance(value, str) and reads_as(Duration, value):
        return None if spec.unit not in TIME_UNITS or Duration.parse(value).clock == "elapsed" else _duration(kind, value, name)
    if isinstance(value, str) and spec.unit not in TIME_UNITS:
        return "parameter.type", say("", ""), Duration.way_out(value)
    if isinstance(value, int):
        fix = say("写 `{v} minutes`,或给参数写 `unit:`", "write `{v} minutes`, or give the parameter a `unit:`", v=value)
        return "parameter.type", say("", ""), fix
    return _duration(kind, value, name)


def _as_parameter(said: Said, name: str, kind: Kind, value: object) -> Said:
    id, _, fix = said
    what = Text(spaced(f"参数 `{name}` 是{kind.name.zh},不能是 {shown(value).zh}"), f"parameter `{name}` is {kind.name.en}; it cannot be {shown(value).en}")
    return ("parameter.type" if id == "value.type" else id), what, fix
