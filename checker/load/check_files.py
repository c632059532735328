"""Profiles, mappings, fixtures, waivers against policies and record types (language §8)."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from checker.calendars import zone
from checker.errors import CheckerError, Problem, Text, say
from checker.load.check_clocks import set_clocks
from checker.load.check_parameters import dated, floored
from checker.load.check_sense import Bounds, bounds_of, of_parameter
from checker.load.check_values import holds, misfit
from checker.load.fields import Kind, Scope, known_record, path_of
from checker.load.meant import listed, meant, policy_hint
from checker.load.spot import Spot
from checker.policy.files import FileMapping, Profile, WaiverRule, Waivers, Window
from checker.policy.files import Mapping as FileMappings
from checker.policy.kinds import Base
from checker.policy.records import MOMENTS, ParameterSpec
from checker.policy.walk import walk

LONG = 366
"""Days: a waiver that holds for longer is too broad."""
Owners = Mapping[str, Mapping[str, ParameterSpec]]
"""Parameters by policy id or record type."""


def unknown_policy(spot: Spot, named: str, known: Iterable[str], *, key: bool = False) -> Problem:
    """A policy id, or a glob, that names no policy."""
    return spot.problem("policy.unknown", say("没有政策 `{p}`", "there is no policy `{p}`", p=named), policy_hint(named, known), key=key)


def names_a_policy(spot: Spot, named: str, known: Iterable[str] | None, *, key: bool = False) -> Iterator[Problem]:
    """That an id or a glob fits a policy; nothing is said where not all policies are known."""
    words = list(known or ())
    if known is not None and not any(fnmatchcase(one, named) for one in words):
        yield unknown_policy(spot, named, words, key=key)


# --- profiles --------------------------------------------------------------------------------------------------------


def profile(spot: Spot, scope: Scope, one: Profile, policies: Mapping[str, Base] | None) -> Iterator[Problem]:
    """A profile: policies it names, values it sets, windows. `policies` is None where not all are known."""
    for index, named in enumerate(one.policies):
        if named != "*":
            yield from names_a_policy(spot.at("policies", index), named, policies)
    for index, off in enumerate(one.off):
        yield from names_a_policy(spot.at("off", index, "policy"), off.policy, policies)
    for owner, settings in one.set.items():
        yield from _set(spot.at("set", owner), scope, owner, settings, policies)
    for index, area in enumerate(one.scoring.areas if one.scoring else ()):
        for place, named in enumerate(area.policies):
            if named != "*":
                yield from names_a_policy(spot.at("scoring", "areas", index, "policies", place), named, policies)
    for index, indicator in enumerate(one.indicators):
        for place, named in enumerate(indicator.policies):
            yield from names_a_policy(spot.at("indicators", index, "policies", place), named, policies)
    yield from windows(spot.at("windows"), one.windows)


def _set(
    spot: Spot, scope: Scope, owner: str, settings: Mapping[str, object], policies: Mapping[str, Base] | None
) -> Iterator[Problem]:
    found = (policies or {}).get(owner) or scope.types.get(owner)
    if found is None:
        if policies is not None and owner not in scope.broken:
            known = [*policies, *scope.types]
            near = meant(owner, known)
            what = say("没有政策或记录类型 `{o}`", "there is no policy or record type `{o}`", o=owner)
            fix = say("是不是 `{m}`?", "did you mean `{m}`?", m=near) if near else say("写一个政策编号或记录类型", "write a policy id or a record type")
            yield spot.problem("policy.unknown", what, fix, key=True)
        return
    for name, written in settings.items():
        yield from setting(spot.at(name), owner, name, written, found.parameters, bounds_of(found).get(name, Bounds()))
        if policies is not None and owner in policies:
            yield from set_clocks(spot.at(name), policies[owner], name, written)


def setting(spot: Spot, owner: str, name: str, written: object, found: Mapping[str, ParameterSpec], bounds: Bounds) -> Iterator[Problem]:
    """One parameter of a policy or record type, given a value or dated values."""
    spec = found.get(name)
    if spec is None:
        near = meant(name, found)
        what = say("`{o}` 没有参数 `{n}`", "`{o}` has no parameter `{n}`", o=owner, n=name)
        there = say("已有 {k}", "there are {k}", k=listed(tuple(found))) if found else say("它没有参数,删去", "it has none: remove this")
        yield spot.problem("parameter.unknown", what, say("是不是 `{m}`?", "did you mean `{m}`?", m=near) if near else there, key=True)
        return
    if not isinstance(written, tuple):
        yield from holds(spot, spec, name, written)
        yield from of_parameter(spot, spec, bounds, written)
        yield from floored(spot, spec, name, written)
        return
    yield from dated(spot, written)
    for index, one in enumerate(written):
        yield from holds(spot.at(index, "value"), spec, name, one.value)
        yield from of_parameter(spot.at(index, "value"), spec, bounds, one.value)
        yield from floored(spot.at(index, "value"), spec, name, one.value)


def windows(spot: Spot, named: Mapping[str, tuple[Window, ...]]) -> Iterator[Problem]:
    """Windows that open at some time."""
    for name, listed_windows in named.items():
        if not listed_windows:
            what = say("时段 `{n}` 是空的", "the window `{n}` is empty", n=name)
            yield spot.at(name).problem("window.empty", what, say("写 `{from: …, to: …}`", "write `{from: …, to: …}`"), key=True)
        for index, one in enumerate(listed_windows):
            if str(one.from_) == "24:00":
                what = say("时段不能从 24:00 开始", "a window cannot open at 24:00")
                yield spot.at(name, index, "from").problem("window.form", what, say("写 `\"00:00\"`", "write `\"00:00\"`"))


def unset(spot: Spot, one: Profile, policies: Iterable[Base], scope: Scope) -> Iterator[Problem]:
    """Parameters set by site that a profile leaves open, and windows that nobody gives."""
    chosen = [policy for policy in policies if applies(policy.id, one)]
    owners: list[tuple[str, Mapping[str, ParameterSpec]]] = [(policy.id, policy.parameters) for policy in chosen]
    read = {name for policy in chosen for name in _read(policy, scope)}
    owners += [(name, record.parameters) for name, record in scope.types.items() if name in read]
    for owner, parameters in owners:
        for name, spec in parameters.items():
            if spec.set_by_site and name not in one.set.get(owner, {}):
                facts = {"o": owner, "n": name, "p": one.profile}
                what = say("`{o}` 的参数 `{n}` 由项目设定,方案 `{p}` 没有设", "parameter `{n}` of `{o}` is set by site; profile `{p}` does not set it", **facts)
                fix = Text(f"在 `set:` 下写 `{owner}: {{{name}: …}}`", f"write `{owner}: {{{name}: …}}` under `set:`")
                yield spot.at("set").problem("parameter.unset", what, fix, key=True)


def _read(policy: Base, scope: Scope) -> Iterator[str]:
    """The record types that a policy reads: its own, those of every clause in it, and those that its paths refer to."""
    for _, part in walk(policy):
        if isinstance(record := getattr(part, "for_each", None) or getattr(part, "record", None), str):
            yield record
            yield from _referred(record, scope)


def _referred(record: str, scope: Scope) -> Iterator[str]:
    yield from (one.record for one in scope.types[record].references.values()) if record in scope.types else ()


def applies(policy: str, one: Profile) -> bool:
    """Whether a profile selects a policy."""
    return any(fnmatchcase(policy, glob) for glob in one.policies) and not any(fnmatchcase(policy, off.policy) for off in one.off)


# --- mappings --------------------------------------------------------------------------------------------------------


def mapping(spot: Spot, scope: Scope, one: FileMappings) -> Iterator[Problem]:
    for index, file in enumerate(one.files):
        yield from _file(spot.at("files", index), scope, file)


def _file(spot: Spot, scope: Scope, one: FileMapping) -> Iterator[Problem]:
    yield from known_record(spot.at("record"), scope, one.record)
    inner = scope.of(one.record)
    for header, name in one.columns.items():
        yield from stored(spot.at("columns", header), inner, name)
    for name, words in one.values.items():
        yield from stored(spot.at("values", name), inner, name, key=True)
        yield from _words(spot.at("values", name), inner, name, words)
    for name, value in one.constants.items():
        yield from stored(spot.at("constants", name), inner, name, key=True)
        kind = inner.kind(name)
        if isinstance(kind, Kind) and kind.type not in ("list", "windows", "text", "id") and (said := misfit(kind, value, name)):
            yield spot.at("constants", name).problem(*said)
    for index, name in enumerate(one.fill_down):
        yield from stored(spot.at("fill_down", index), inner, name)
    if one.latest_by is not None:
        yield from path_of(spot.at("latest_by"), inner, one.latest_by, MOMENTS | {"count", "decimal"})
    for header, lookup in one.lookup.items():
        place = spot.at("lookup", header)
        yield from stored(place.at("field"), inner, lookup.field)
        yield from known_record(place.at("record"), scope, lookup.record)
        yield from path_of(place.at("by"), scope.of(lookup.record), lookup.by)
    yield from zoned(spot.at("zone"), one.zone)
    yield from _encoding(spot.at("encoding"), one.encoding)
    if one.covered and one.covered.from_ and one.covered.until and one.covered.until.local <= one.covered.from_.local:
        what = say("`until` 不晚于 `from`", "`until` is not after `from`")
        yield spot.at("covered", "until").problem("dates.order", what, say("`until` 是不再覆盖的第一个时刻", "`until` is the first instant that is not covered"))


def stored(spot: Spot, scope: Scope, name: str, *, key: bool = False) -> Iterator[Problem]:
    """A field that files can bring."""
    record = scope.types.get(scope.record or "")
    if name == "site_id":
        return
    if record is not None and name in record.fields and record.fields[name].derived is not None:
        what = say("`{n}` 是派生字段,不从文件读入", "`{n}` is derived; no file brings it", n=name)
        yield spot.problem("field.derived", what, say("给它所依据的字段", "give the fields that it is made of"), key=key)
        return
    yield from path_of(spot, scope, name, key=key)


def _words(spot: Spot, scope: Scope, name: str, words: Mapping[str, object]) -> Iterator[Problem]:
    kind = scope.kind(name)
    for raw, value in words.items():
        said = misfit(kind, value, name) if isinstance(kind, Kind) and kind.type in ("enum", "flag") else None
        if said:
            yield spot.at(raw).problem(*said)


def zoned(spot: Spot, name: str | None) -> Iterator[Problem]:
    """That a time zone exists."""
    try:
        if name is not None:
            zone(name)
    except CheckerError as error:
        yield spot.problem(error.problems[0].id, error.problems[0].what, error.problems[0].fix)


def _encoding(spot: Spot, name: str | None) -> Iterator[Problem]:
    try:
        if name is not None:
            codecs.lookup(name)
    except (LookupError, ValueError):
        yield spot.problem("encoding.unknown", say("没有编码 `{e}`", "there is no encoding `{e}`", e=name), say("例如写 `gb18030`", "write for example `gb18030`"))


# --- waivers --------------------------------------------------------------------------------------------------------


def waivers(spot: Spot, one: Waivers, policies: Mapping[str, Base] | None) -> Iterator[Problem]:
    for index, rule in enumerate(one.waivers):
        place = spot.at("waivers", index)
        yield from names_a_policy(place.at("policy"), rule.policy, policies)
        for key, id, what, fix in waiver_faults(rule):
            yield place.at(key).problem(id, what, fix)


def too_broad(policy: str, site: str | None, subject: str | None, days: int, sites: int | None = None) -> bool:
    """Whether a waiver speaks of more than one decision should: of every subject of several policies or sites, or for over a year."""
    everything = subject is None and ("*" in policy or (site is None and sites is not None and sites > 1))
    return everything or days >= LONG


def waiver_faults(rule: WaiverRule) -> Iterator[tuple[str, str, Text, Text]]:
    """(key, id, what, way out) of what is wrong within one waiver."""
    for key, written in (("reason", rule.reason), ("approved_by", rule.approved_by)):
        if not written.strip():
            what = say("`{k}` 没有写", "`{k}` is empty", k=key)
            yield key, "waiver.empty", what, say("写明豁免的理由和批准人", "say why it is waived and who approved it")
    if rule.until.number < rule.from_.number:
        yield "until", "dates.order", say("`until` 早于 `from`", "`until` lies before `from`"), say("改其中一个", "change one of them")
