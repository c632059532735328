"""Two versions of a policy: is the new one stricter, looser, neither, or the same demand; with the proof in words.

What differs in nothing but limits, dates, severity and points is decided by where these stand (`policy/limits.py`); anything
else is incomparable: only records can show what it does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from checker.errors import Text, say
from checker.load import applies
from checker.policy.files import Profile
from checker.policy.kinds import LEVELS, Base
from checker.policy.limits import Effect, Limit, limits, size, turned
from checker.policy.plain import plain
from checker.policy.records import DatedValue, Floor, ParameterSpec
from checker.policy.values import Day, Parameter

Turn = Literal["stricter", "looser", "incomparable", "same"]
WORDS = ("id", "title", "source", "because", "accountable", "standard")
"""Keys on which no verdict rests; who answers is told all the same."""
DECIDED = ("severity", "points", "effective", "parameters")
"""Keys that are compared by themselves."""
EVER = 10**9
GREATER = {1: say("越大越严", "greater is stricter"), -1: say("越大越松", "greater is looser"), 0: say("大小不能说明松紧", "greater is neither stricter nor looser")}
Values = Mapping[str, Any]
"""The value in force in each case of a parameter, by the condition under which it is chosen."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What changed in one policy: which way, each step of the proof, and floors that were lowered."""

    policy: str
    turn: Turn
    proof: tuple[Text, ...] = ()
    floors: tuple[Text, ...] = ()


@dataclass
class _Found:
    """Effects and their proofs as they are collected."""

    effects: set[Effect] = field(default_factory=set)
    proof: list[Text] = field(default_factory=list)

    def add(self, effect: Effect, said: Text) -> None:
        self.effects.add(effect)
        if said not in self.proof:
            self.proof.append(said)

    @property
    def turn(self) -> Turn:
        if not self.effects:
            return "same"
        if self.effects == {1}:
            return "stricter"
        return "looser" if self.effects == {-1} else "incomparable"


def moved(old: Base | None, new: Base | None, profiles: Iterable[tuple[Profile | None, Profile | None]] = ()) -> Moved:
    """How a policy changed, also by what profiles (old, new) set, select and switch off. None: it is not there."""
    policy = new or old
    assert policy is not None
    if old is None:
        return Moved(policy.id, "stricter", (say("新增的政策", "a new policy"),))
    if new is None:
        return Moved(policy.id, "looser", (say("政策被删去", "the policy was removed"),))
    found, listed = _Found(), [*profiles]
    _text(old, new, found)
    _limits(old, new, [(None, None), *listed], found)
    _validity(old, new, found)
    _weight(old, new, found)
    for one, other in listed:
        _selected(policy.id, one, other, found)
    return Moved(policy.id, found.turn, tuple(found.proof), tuple(_floors(old, new)))


# --- what is neither limit nor word ----------------------------------------------------------------------------------


def _text(old: Base, new: Base, found: _Found) -> None:
    """Anything but limits in which the demands differ."""
    one, other = _skeleton(old), _skeleton(new)
    keys = [key for key in dict.fromkeys((*one, *other)) if json.dumps(one.get(key)) != json.dumps(other.get(key))]
    for key in keys:
        found.add(0, say("`{k}` 改了,无法只凭限值比较", "`{k}` differs in more than limits", k=key))
    if plain(old.accountable) != plain(new.accountable):
        found.proof.append(say("责任人的确定方式改了(不影响结论)", "who answers is found in another way (no verdict rests on it)"))


def _skeleton(policy: Base) -> dict[str, Any]:
    """The demand without its limits."""
    data: dict[str, Any] = plain(policy)
    for key in (*WORDS, *DECIDED):
        data.pop(key, None)
    for limit in limits(policy):
        inner: Any = data
        for step in limit.path[:-1]:
            inner = inner[step]
        inner[limit.path[-1]] = "#"
    return data


def _validity(old: Base, new: Base, found: _Found) -> None:
    """The days on which the policy is in force: more of them are stricter."""
    one, other = _spell(old), _spell(new)
    if one == other:
        return
    wider, narrower = other[0] <= one[0] and other[1] >= one[1], other[0] >= one[0] and other[1] <= one[1]
    said = say("生效期从 {a} 改为 {b}", "in force {b}, before {a}", a=_days(old), b=_days(new))
    found.add(1 if wider else -1 if narrower else 0, said)


def _spell(policy: Base) -> tuple[int, int]:
    spell = policy.effective
    return (spell.from_.number if spell and spell.from_ else -EVER, spell.until.number if spell and spell.until else EVER)


def _days(policy: Base) -> str:
    spell = policy.effective
    return f"{spell.from_ or ''}..{spell.until or ''}" if spell else ".."


def _weight(old: Base, new: Base, found: _Found) -> None:
    """Severity and points: what weighs more is stricter."""
    one, other = old.severity.level, new.severity.level
    if one != other:
        found.add(1 if LEVELS.index(other) < LEVELS.index(one) else -1, say("级别从 {a} 改为 {b}", "severity {b}, before {a}", a=one, b=other))
    if old.points != new.points:
        compared = isinstance(old.points, int) and isinstance(new.points, int)
        effect: Effect = 0 if not compared else 1 if int(str(new.points)) > int(str(old.points)) else -1
        found.add(effect, say("扣分从 {a} 改为 {b}", "points {b}, before {a}", a=old.points, b=new.points))


def _selected(policy: str, old: Profile | None, new: Profile | None, found: _Found) -> None:
    """Whether a profile selects the policy, before and now."""
    if old is None or new is None:
        return
    before, now = applies(policy, old), applies(policy, new)
    if before != now:
        word = say("方案 {p} 启用了它", "profile {p} now applies it", p=new.profile) if now else say("方案 {p} 停用了它", "profile {p} no longer applies it", p=new.profile)
        found.add(1 if now else -1, word)


# --- limits ----------------------------------------------------------------------------------------------------------


def _limits(old: Base, new: Base, profiles: Iterable[tuple[Profile | None, Profile | None]], found: _Found) -> None:
    """Each limit that stands in both, in force at every time, in every case, in the document and in each profile."""
    before, now = ({one.path: one for one in limits(policy)} for policy in (old, new))
    for path in (one for one in before if one in now):
        for one, other in profiles:
            if (one or other) and not (_sets(one, old, before[path]) or _sets(other, new, now[path])):
                continue
            last: tuple[Values, Values] = ({}, {})
            for day in sorted({*_edges(old, before[path], one), *_edges(new, now[path], other)}):
                here = _at(old, before[path], one, day), _at(new, now[path], other, day)
                if here != last:
                    _compared(*here, _Step(old, new, before[path], now[path], other, day), found)
                last = here
    _other_parameters(old, new, profiles, found)


def _sets(profile: Profile | None, policy: Base, limit: Limit) -> bool:
    """Whether a profile sets a limit; one that does not has the document's value, which is compared by itself."""
    return profile is not None and isinstance(limit.written, Parameter) and limit.written.name in profile.set.get(policy.id, {})


@dataclass(frozen=True, slots=True)
class _Step:
    """One comparison of a proof: the limits at one place, the profile, and the day from which the values are in force."""

    old: Base
    new: Base
    before: Limit
    now: Limit
    profile: Profile | None
    day: int

    def said(self, before: Any, now: Any) -> Text:
        place = ".".join(map(str, self.now.path))
        name = f"{place} ({self.now.written})" if isinstance(self.now.written, Parameter) else place
        since = f" ({Day(self.day)}…)" if self.day > -EVER else ""
        whose = f" [{self.profile.profile}]" if self.profile else ""
        change, rule = f"{'—' if before is None else before} → {'—' if now is None else now}", GREATER[self.now.effect]
        return Text(f"{name}{whose}{since}:{change}({rule.zh})", f"{name}{whose}{since}: {change} ({rule.en})")


def _compared(before: Values, now: Values, step: _Step, found: _Found) -> None:
    if before == now:
        return
    if before.keys() != now.keys():
        both = before and now
        said = step.said(next(iter(before.values()), None), next(iter(now.values()), None))
        found.add(0, say("取值的条件改了:`{p}`", "the cases of `{p}` differ", p=step.now.written) if both else said)
        return
    for case, one in before.items():
        if one != now[case] and (effect := _effect(one, now[case], step)) is not None:
            found.add(effect, step.said(one, now[case]))


def _effect(before: Any, now: Any, step: _Step) -> Effect | None:
    """Which way a limit went; None where it is the same, written otherwise."""
    one, other = size(before, _unit(step.old, step.before)), size(now, _unit(step.new, step.now))
    if one is None or other is None or one[0] != other[0] or step.before.effect != step.now.effect:
        return 0
    if one[1] == other[1]:
        return None
    return step.now.effect if other[1] > one[1] else turned(step.now.effect)


def _unit(policy: Base, limit: Limit) -> str:
    spec = _spec(policy, limit)
    return spec.unit if spec else ""


def _spec(policy: Base, limit: Limit) -> ParameterSpec | None:
    return policy.parameters.get(limit.written.name) if isinstance(limit.written, Parameter) else None


def _edges(policy: Base, limit: Limit, profile: Profile | None) -> Iterator[int]:
    """The days on which the value of a limit may change."""
    yield -EVER
    spec = _spec(policy, limit)
    for values in _dated(policy, spec, limit.written, profile) if spec else ():
        yield from (one.from_.number for one in values if one.from_)
        yield from (one.until.number + 1 for one in values if one.until)


def _at(policy: Base, limit: Limit, profile: Profile | None, day: int) -> Values:
    """The value in force on a day, by case. A value of a profile without a condition stands before those of the document."""
    spec = _spec(policy, limit)
    if spec is None:
        return {"": plain(limit.written)}
    document, mine = (in_force(values, day) for values in _dated(policy, spec, limit.written, profile))
    return mine if "" in mine else {**document, **mine}


def in_force(values: Iterable[DatedValue], day: int) -> Values:
    """Of dated values those in force on a day, by case; a later one replaces an earlier."""
    found: dict[str, Any] = {}
    for one in values:
        start, end = one.from_.number if one.from_ else -EVER, one.until.number if one.until else EVER
        if start <= day <= end:
            found[json.dumps(plain(one.when)) if one.when else ""] = plain(one.value)
    return found


def _dated(policy: Base, spec: ParameterSpec, written: Parameter, profile: Profile | None) -> tuple[list[DatedValue], list[DatedValue]]:
    """The values of a parameter that the document gives, and those of the profile, each in the order in which a later one
    replaces an earlier."""
    document = sorted(spec.values, key=_start) if spec.values else [] if spec.set_by_site else [DatedValue.model_construct(value=spec.value)]
    setting = profile.set.get(policy.id, {}).get(written.name) if profile else None
    if setting is None:
        return document, []
    mine = sorted(setting, key=_start) if isinstance(setting, tuple) else [DatedValue.model_construct(value=setting)]
    return document, mine


def _start(value: DatedValue) -> int:
    return value.from_.number if value.from_ else -EVER


def _other_parameters(old: Base, new: Base, profiles: Iterable[tuple[Profile | None, Profile | None]], found: _Found) -> None:
    """Parameters that stand anywhere but at limits: a change of them is no matter of greater or smaller."""
    at_limits = {one.written.name for policy in (old, new) for one in limits(policy) if isinstance(one.written, Parameter)}
    for name in sorted((old.parameters.keys() | new.parameters.keys()) - at_limits):
        one, other = (plain(policy.parameters.get(name)) for policy in (old, new))
        settings = [(plain((a.set.get(old.id) or {}).get(name)), plain((b.set.get(new.id) or {}).get(name))) for a, b in profiles if a and b]
        if (one or {}).get("value", (one or {}).get("values")) != (other or {}).get("value", (other or {}).get("values")) or any(a != b for a, b in settings):
            found.add(0, say("参数 `{n}` 改了,它不是限值", "parameter `{n}` differs and is no limit", n=name))


# --- floors ----------------------------------------------------------------------------------------------------------


def _floors(old: Base, new: Base) -> Iterator[Text]:
    """Floors that a document prints and that the new version lowers or drops."""
    for name, spec in old.parameters.items():
        other = new.parameters.get(name)
        if spec.floor is not None and (other is None or _lowered(spec, spec.floor, other)):
            now = other.floor.value if other and other.floor else "—"
            yield say("`{n}` 的底线从 {a} 降为 {b}", "the floor of `{n}` was lowered from {a} to {b}", n=name, a=spec.floor.value, b=now)


def _lowered(spec: ParameterSpec, floor: Floor, other: ParameterSpec) -> bool:
    if other.floor is None or other.floor.better != floor.better:
        return True
    one, now = size(floor.value, spec.unit), size(other.floor.value, other.unit)
    if one is None or now is None or one[0] != now[0]:
        return floor.value != other.floor.value
    return now[1] < one[1] if floor.better == "higher" else now[1] > one[1]


__all__ = ["Moved", "Turn", "in_force", "moved"]
