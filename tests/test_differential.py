"""The engine against the oracle on random worlds; and changes that must not change a verdict."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.errors import CheckerError
from tests.engine_adapter import run_engine
from tests.reference import OutsideCalendar, World, evaluate
from tests.worlds import random_world

COMPARED = ("policy", "site", "subject", "ordinal", "verdict", "measured", "limit", "due_at", "decided_at", "accountable", "disputed")


def compared(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Findings as tuples of what must agree. An unknown has no measure worth comparing; a disputed one no person."""
    rows = []
    for one in found:
        values = {key: one[key] for key in COMPARED}
        if one["verdict"] == "unknown":
            values |= dict.fromkeys(("measured", "limit", "due_at"))
        if one["verdict"] == "pending":
            values["decided_at"] = None
        if one["disputed"]:
            values |= dict.fromkeys(("measured", "limit", "due_at", "accountable"))
        if one["measured"] is None or one["limit"] is None:
            values |= {"measured": None, "limit": None}
        rows.append(tuple(values[key] for key in COMPARED))
    return sorted(rows, key=repr)


def answer(judge: Callable[[World], list[dict[str, Any]]], world: World) -> list[tuple[Any, ...]]:
    """What a judge says of a world, or that it counts a day of which no work calendar speaks."""
    try:
        return compared(judge(world))
    except OutsideCalendar:
        return [("outside",)]
    except CheckerError as error:
        return [("outside",)] if [one.id for one in error.problems] == ["calendar.outside"] else [("refused", str(error))]


def check(world: World, at_once: int = 1_000_000) -> int:
    """Compare one world, so many records judged at once; the number of policies judged."""
    mine, theirs = answer(partial(run_engine, at_once=at_once), world), answer(evaluate, world)
    assert mine == theirs, "\n".join(["engine only:", *map(repr, sorted(set(mine) - set(theirs), key=repr)), "oracle only:", *map(repr, sorted(set(theirs) - set(mine), key=repr))])
    return len(world.policies)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.integers(min_value=0, max_value=10**9))
def test_the_engine_agrees_with_the_oracle(seed: int) -> None:
    check(random_world(Random(seed)), at_once=2 if seed % 2 else 1_000_000)


@pytest.mark.parametrize("seed", range(12))
def test_the_order_of_rows_and_rows_of_no_concern_change_nothing(seed: int) -> None:
    rng = Random(seed)
    world = random_world(rng)
    shuffled = {record: rng.sample(rows, len(rows)) for record, rows in world.records.items()}
    stranger = {"answer_id": "zz", "ticket_ids": ["nobody"], "at": None, "result": "reached", "#site": "S1", "#row": 99, "#disputed": False}
    if not any(getattr(policy, "for_each", "") == "answer" for policy in world.policies):
        shuffled["answer"] = [*shuffled["answer"], stranger]
    other = replace(world, records=shuffled)
    assert compared(run_engine(world)) == compared(run_engine(other))


@pytest.mark.parametrize("seed", [1_001_847, 1_002_408, 1_005_559, 1_009_122, 5_001_243])
def test_worlds_that_once_differed(seed: int) -> None:
    """1,001,847: a pause that begins when the days of a limit are over moved it all the same.
    1,002,408: as 1,005,559, where neither version says when it was.
    1,005,559: two versions of a record of which one is void: the other says which of its subject's records it is.
    1,009,122: a stretch without length as the last of what a source covers.
    5,001,243: two spells that began before the calendar's first day, of which one was over by then."""
    check(random_world(Random(seed)))


def _checked(seed: int) -> tuple[int, str]:
    """(policies judged, what went wrong)."""
    try:
        return check(random_world(Random(seed)), at_once=2 if seed % 2 else 1_000_000), ""
    except Exception as error:
        return 0, f"world {seed}: {error}"


@pytest.mark.hunt
def test_twenty_thousand_policies_and_datasets_agree() -> None:
    pairs, worlds, wrong = 0, 0, []
    with ProcessPoolExecutor() as pool:
        while pairs < 20_000:
            for judged, problem in pool.map(_checked, range(1_000_000 + worlds, 1_000_000 + worlds + 400), chunksize=20):
                pairs, worlds = pairs + judged, worlds + 1
                wrong += [problem] if problem else []
            print(f"\n{pairs} pairs in {worlds} worlds, {len(wrong)} difference(s) so far", *wrong, sep="\n", flush=True)
    print(f"\n{pairs} policy x dataset pairs in {worlds} worlds: {len(wrong) or 'no'} difference(s)")
    assert not wrong, "\n".join(wrong)
