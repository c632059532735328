"""Fixture files against policies and record types: names exist, cells can be what their field holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.calendars import audit_period
from checker.errors import CheckerError, Problem, say
from checker.load.check_clocks import set_clocks
from checker.load.check_files import names_a_policy, stored, windows, zoned
from checker.load.check_policies import policy as check_policy
from checker.load.check_records import record_type
from checker.load.check_sense import Bounds, bounds_of, of_parameter
from checker.load.check_values import holds, misfit
from checker.load.fields import Kind, Scope, known_record
from checker.load.meant import listed, meant
from checker.load.spot import Spot
from checker.policy.files import Case, Fixture
from checker.policy.kinds import Base
from checker.policy.records import ParameterSpec


def fixture(spot: Spot, scope: Scope, one: Fixture, policies: Mapping[str, Base] | None) -> Iterator[Problem]:
    """Everything that is wrong with a fixture file."""
    types = {**scope.types, **{record.record: record for record in one.record_types or ()}}
    inner = Scope(types, None, {}, scope.windows | frozenset(one.windows), scope.broken)
    for index, record in enumerate(one.record_types or ()):
        yield from record_type(spot.at("record_types", index), inner, record)
    for index, own in enumerate(one.policies or ()):
        yield from check_policy(spot.at("policies", index), inner, own)
    known = None if policies is None else {**policies, **{own.id: own for own in one.policies or ()}}
    if one.policy is not None:
        yield from names_a_policy(spot.at("policy"), one.policy, known)
    judged = (known or {}).get(one.policy or "") or next(iter(one.policies or ()), None)
    specs = {name: spec for own in (*(one.policies or ()), *([judged] if judged else ())) for name, spec in own.parameters.items()}
    yield from _given(spot, inner, one, judged, specs)
    yield from _past(spot, one, known)
    names: dict[str, int] = {}
    for index, case in enumerate(one.cases):
        place = spot.at("cases", index)
        if names.setdefault(case.name, index) != index:
            yield place.at("name").problem("case.twice", say("有两个同名的用例", "two cases have this name"), say("改一个名字", "rename one of them"))
        yield from _given(place, inner, case, judged, specs)
        yield from _past(place, case, known)
        yield from _period(place.at("period"), case.period)
        for number, expected in enumerate(case.expect):
            if expected.policy is not None:
                yield from names_a_policy(place.at("expect", number, "policy"), expected.policy, known)


def _given(spot: Spot, scope: Scope, one: Fixture | Case, judged: Base | None, specs: Mapping[str, ParameterSpec]) -> Iterator[Problem]:
    """What a file or a case gives: zone, windows, parameter values (`specs`: those of its policies), records."""
    yield from zoned(spot.at("zone"), one.zone)
    yield from windows(spot.at("windows"), one.windows)
    if judged is not None:
        yield from _set(spot.at("set"), judged.id, specs, one.set, bounds_of(judged))
        for name, value in one.set.items():
            yield from set_clocks(spot.at("set", name), judged, name, value)
    for record, settings in one.records_set.items():
        yield from known_record(spot.at("records_set", record), scope, record)
        if record in scope.types:
            yield from _set(spot.at("records_set", record), record, scope.types[record].parameters, settings, bounds_of(scope.types[record]))
    for record in one.covered:
        yield from known_record(spot.at("covered", record), scope, record)
    for record, rows in one.records.items():
        yield from known_record(spot.at("records", record), scope, record)
        for index, row in enumerate(rows):
            yield from _row(spot.at("records", record, index), scope.of(record), row)


def _past(spot: Spot, one: Fixture | Case, known: Mapping[str, Base] | None) -> Iterator[Problem]:
    """That earlier findings and decisions are of policies that exist."""
    for index, earlier in enumerate(one.history.findings if one.history else ()):
        yield from names_a_policy(spot.at("history", "findings", index, "policy"), earlier.policy, known)
    for index, decided in enumerate(one.decisions):
        yield from names_a_policy(spot.at("decisions", index, "policy"), decided.policy, known)


def _set(
    spot: Spot, owner: str, specs: Mapping[str, ParameterSpec], settings: Mapping[str, Any], used: Mapping[str, Bounds]
) -> Iterator[Problem]:
    for name, value in settings.items():
        if name in specs:
            yield from holds(spot.at(name), specs[name], name, value)
            yield from of_parameter(spot.at(name), specs[name], used.get(name, Bounds()), value)
            continue
        near = meant(name, specs)
        fix = say("是不是 `{m}`?", "did you mean `{m}`?", m=near) if near else say("已有 {k}", "there are {k}", k=listed(tuple(specs)) or "—")
        yield spot.at(name).problem("parameter.unknown", say("`{o}` 没有参数 `{n}`", "`{o}` has no parameter `{n}`", o=owner, n=name), fix, key=True)


def _row(spot: Spot, scope: Scope, row: Mapping[str, Any]) -> Iterator[Problem]:
    """The cells of one record; words of enums are codes, flags are true or false."""
    for name, value in row.items():
        place = spot.at(name)
        yield from stored(place, scope, name, key=True)
        kind = scope.kind(name)
        if isinstance(kind, Kind) and kind.type in ("enum", "instant", "date", "count") and isinstance(value, str | int) and value != "":
            said = misfit(kind, value, name)
            if said:
                yield place.problem(*said)


def _period(spot: Spot, text: str | None) -> Iterator[Problem]:
    try:
        if text is not None:
            audit_period(text)
    except CheckerError as error:
        yield spot.problem(error.problems[0].id, error.problems[0].what, error.problems[0].fix)
