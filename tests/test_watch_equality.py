"""Live findings equal the audit's on the stream folded by key: random worlds, and the sample site."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from checker.plan import Audit
from checker.watch.archive import Archive
from checker.watch.remembered import Remembering
from checker.watch.worker import Decider, Plain, Worker
from tests.engine_adapter import run_engine
from tests.reference import DAY, OutsideCalendar, World, evaluate
from tests.sampled import Findings, Rows, audited, streamed
from tests.streams import Event, events, folded, live_findings, live_world, told
from tests.test_differential import compared
from tests.worlds import random_world

ROOT = Path(__file__).parent.parent
SAMPLE, DESK = ROOT / "fixtures" / "sites" / "residential", ROOT / "examples" / "it-service-desk"


def stream_of(seed: int) -> tuple[World, list[Event]] | None:
    """A world of the kinds that run live as its stream leaves it, and the stream."""
    rng = Random(seed)
    world = live_world(random_world(rng))
    if world is None:
        return None
    stream = events(rng, world)
    return folded(world, stream), stream


def differences(world: World, stream: list[Event], judged: list[dict[str, Any]], decider: Decider, keep: int = DAY, archive: Archive | None = None) -> tuple[int, list[Any]]:
    """(how many findings, those on which the audit and the watch differ: in verdict, measure, limit, times or person)."""
    wanted, live = Counter(compared(judged)), Counter(compared(live_findings(told(world, stream, decider, 0, keep, archive), world)))
    return sum(wanted.values()), [*(("audit", *one) for one in wanted - live), *(("live", *one) for one in live - wanted)]


def check(seed: int, decider: Decider) -> tuple[int, str]:
    """(findings compared, what differs). In every other world what is settled is put away at once, and in most of those nothing that
    nobody reads stays in memory."""
    made = stream_of(seed)
    if made is None:
        return 0, ""
    try:
        judged = evaluate(made[0])
    except OutsideCalendar:
        return 0, ""
    with TemporaryDirectory() as folder:
        archive = Archive(Path(folder), 0) if seed % 6 else None
        number, wrong = differences(*made, judged, decider, DAY * (seed % 2), archive)
    return number, f"world {seed}: {wrong[:4]}" if wrong else ""


def test_live_findings_equal_the_oracles_on_the_folded_stream() -> None:
    number, wrong = 0, []
    with Worker(()) as worker:
        remembering = Remembering(worker)
        for seed in range(70):
            found, problem = check(seed, remembering)
            number, wrong = number + found, wrong + [problem] * bool(problem)
    assert not wrong, "\n".join(wrong)
    assert number > 150


def test_live_findings_equal_those_of_the_engine_of_record() -> None:
    made = [one for one in map(stream_of, range(12)) if one is not None]
    found = [differences(world, stream, run_engine(world), Plain()) for world, stream in made]
    assert sum(number for number, _ in found) > 20
    assert [wrong for _, wrong in found if wrong] == []


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_arrival_within_a_key_decides_and_nothing_else(seed: int) -> None:
    """The same stream with its ticks elsewhere ends in the same findings."""
    made = stream_of(seed)
    if made is not None:
        world, stream = made
        still = [(record, site, fields, None) for record, site, fields, _ in stream]
        plain, other = (live_findings(told(world, one, Plain()), world) for one in (stream, still))
        assert sorted(plain, key=repr) == sorted(other, key=repr)


def _checked(seeds: range) -> tuple[int, int, list[str]]:
    findings, streams, wrong = 0, 0, []
    with Worker(()) as worker:
        remembering = Remembering(worker)
        for seed in seeds:
            number, problem = check(seed, remembering)
            findings, streams = findings + number, streams + bool(number)
            wrong += [problem] if problem else []
            if seed % 20 == 0:
                worker.close()
    return findings, streams, wrong


@pytest.mark.hunt
def test_two_thousand_streams_end_as_their_audits() -> None:
    findings, streams, wrong, first = 0, 0, list[str](), 100_000
    with ProcessPoolExecutor(2) as pool:
        while streams < 2_000:
            for some, told_of, problems in pool.map(_checked, [range(one, one + 100) for one in range(first, first + 800, 100)]):
                findings, streams, wrong = findings + some, streams + told_of, wrong + problems
            first += 800
    print(f"\n{streams} streams, {findings} findings: {len(wrong) or 'no'} difference(s)")
    assert not wrong, "\n".join(wrong)



def ended(audit: Audit, rows: Rows, found: Findings) -> list[tuple[Any, ...]]:
    """What an audit finds otherwise than the watch at the end of its records told one by one; records of which it has several versions aside."""
    keys = Counter((record, site, *(row[one] for one in audit.types[record].key)) for record, site, row, _ in rows)
    disputed = {"/".join(map(str, key[2:])) for key, number in keys.items() if number > 1}
    with Worker(audit.policies) as worker:
        table = streamed(audit, rows, Remembering(worker))
    live = Counter((policy.id, unit.site, one.subject, one.ordinal, one.outcome) for policy, unit, one in table.known())
    wrong = [one for one in found - live if one[2] not in disputed]
    print(f"\n{len(rows)} rows, {sum(found.values())} findings of the audit: {len(wrong) or 'no'} difference(s)")
    return wrong


@pytest.mark.hunt
def test_the_sample_month_told_row_by_row_ends_as_its_audit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    audit, rows, found = audited(monkeypatch, tmp_path / "run", SAMPLE / "数据", SAMPLE / "对照表.yaml", "2026-10")
    assert sum(found.values()) > 30_000
    assert ended(audit, rows, found) == []


@pytest.mark.hunt
def test_real_tickets_of_a_service_desk_told_one_by_one_end_as_their_audit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    audit, rows, found = audited(monkeypatch, tmp_path / "run", DESK / "sample", DESK / "mapping.yaml", "2016-02-29..2017-02-18", str(DESK / "profile.yaml"), [DESK])
    assert sum(found.values()) > 10_000
    assert ended(audit, rows, found) == []
