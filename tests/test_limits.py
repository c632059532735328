"""Limits against the engine, on random worlds: what is marked is judged again as an audit would, what is proved stricter is."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker import rejudge
from checker.changes import changes_of
from checker.compile import compile_audit
from checker.direction import moved
from checker.engines.duckdb import run_plan
from checker.engines.judging import Options
from checker.engines.rejudge import Row
from checker.errors import CheckerError
from checker.plan import FAIL, PASS, Audit, Mark
from checker.policy.values import Duration, Share
from tests.engine_adapter import _fill, _history, audit_of
from tests.reference import World
from tests.worlds import random_world

COLUMNS = 'fingerprint, policy, site, accountable, occurred, v, "limit", field, value, compared'
Found = dict[str, tuple[Any, ...]]


def judged(world: World) -> tuple[Audit, dict[str, Mark], Found]:
    """The audit of a world, its marks, and every finding by fingerprint, passes too."""
    with duckdb.connect() as db:
        db.execute("SET threads = 1")
        audit = audit_of(world)
        plan = compile_audit(audit)
        _fill(db, world)
        _history(db, world)
        run_plan(db, audit, plan, Options(keep_passes=True))
        return audit, plan.marks(), {row[0]: row for row in db.execute(f"SELECT {COLUMNS} FROM finding").fetchall()}


def another(value: Any, rng: Random) -> Any:
    """A value of the same kind and clock, greater or smaller."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return max(0, value + rng.choice([-3, -2, -1, 1, 2, 3]))
    try:
        return f"{Share.parse(str(value)).value.numerator * rng.randint(1, 7) % 97} %"
    except ValueError:
        pass
    try:
        length = Duration.parse(str(value))
    except ValueError:
        return value
    number, _, unit = str(value).partition(" ")
    return f"{max(1, int(number) + rng.randint(-3, 3))} {unit}" if number.isdigit() and length.amount else value


def with_another(world: World, policy: str, parameter: str, rng: Random) -> World | None:
    """The world with another value of one parameter, the same at every site; None where it has no plain value."""
    spec = next(one for one in world.policies if one.id == policy).parameters[parameter]
    values = [world.values.get(site, {}).get(policy, {}).get(parameter) for site in world.zones]
    plain = next((one for one in [*values, spec.value] if one is not None and not isinstance(one, tuple) and one != "set by site"), None)
    if plain is None:
        return None
    new = another(getattr(plain, "written", plain), rng)
    sites = {site: {**world.values.get(site, {}), policy: {**world.values.get(site, {}).get(policy, {}), parameter: new}} for site in world.zones}
    return replace(world, values=sites)


def check_marks(seed: int) -> int:
    """Judge each marked limit of a world again and compare with the engine; the number of findings that were compared."""
    rng = Random(seed)
    world = random_world(rng)
    try:
        before, marks, found = judged(world)
    except CheckerError:
        return 0
    compared = 0
    for policy, mark in marks.items():
        other = with_another(world, policy, mark.parameter, rng)
        if other is None:
            continue
        try:
            after, _, expected = judged(other)
            changes = changes_of(before, after, {policy: mark})
            again = {one: rejudge._judged(Row(*row), changes) for one, row in found.items() if row[1] == policy and row[9] is not None}
        except CheckerError:
            continue
        assert {one for one, row in expected.items() if row[1] == policy} == {one for one, row in found.items() if row[1] == policy}
        for one, result in again.items():
            row = expected[one]
            assert (result.v, result.limit, result.value) == (row[5], row[6], row[8]), (seed, policy, found[one], row)
            compared += 1
    return compared


def check_direction(seed: int) -> int:
    """Give one parameter of each policy of a world another value; what is proved must hold of the verdicts. The number proved."""
    rng = Random(seed)
    world = random_world(rng)
    proved = 0
    try:
        before, _, found = judged(world)
    except CheckerError:
        return 0
    for policy in world.policies:
        for parameter in policy.parameters:
            other = with_another(world, policy.id, parameter, rng)
            if other is None:
                continue
            try:
                after, _, now = judged(other)
            except CheckerError:
                continue
            turns = {moved(policy, policy, [(one.profile, two.profile)]).turn for one, two in zip(before.sites, after.sites, strict=True)} - {"same"}
            if turns not in ({"stricter"}, {"looser"}):
                continue
            proved += 1
            wrong = (FAIL, PASS) if turns == {"stricter"} else (PASS, FAIL)
            flipped = [(found[one], now[one]) for one in found.keys() & now.keys() if found[one][1] == policy.id and (found[one][5], now[one][5]) == wrong]
            assert not flipped, (seed, policy, parameter, flipped[:1])
    return proved


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.integers(min_value=0, max_value=10**9))
def test_a_marked_limit_is_judged_again_as_the_engine_judges_it(seed: int) -> None:
    check_marks(seed)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.integers(min_value=0, max_value=10**9))
def test_what_is_proved_stricter_or_looser_is(seed: int) -> None:
    check_direction(seed)


@pytest.mark.hunt
def test_many_worlds_of_limits() -> None:
    compared, proved = sum(check_marks(seed) for seed in range(1500)), sum(check_direction(seed) for seed in range(500))
    print(f"\n{compared} findings judged again as the engine does, {proved} changes of limits proved")
    assert compared and proved > 100
