"""What is settled leaves memory and journal: nothing that is said changes by it, whenever the watcher dies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from checker.errors import CheckerError
from checker.policy.values import DAY, MINUTE
from checker.watch.archive import Archive, Member, key_of, place_of, put_away
from checker.watch.events import Reader
from checker.watch.fold import Folded, folded
from checker.watch.journal import entries, segments
from checker.watch.obligations import Watch
from checker.watch.state import State, written
from checker.watch.watcher import Line, Submission, Watcher
from checker.watch.worker import Plain
from tests.test_watch_live import NINE, POLICIES, Heard, as_kept, inputs, run, settings, ticket, watch
from tests.watch_world import stream

ROWS = [Member("ticket", "S1", ("S1", None, 0, f"T-{number}", ("a", "b"), None), "[]") for number in range(3)]


def archived(folder: Path, generation: int = 0, many: bool = False) -> Heard:
    """A watch that puts everything away as soon as nothing is open about it: for that was long enough ago, or `many` are settled."""
    w = watch(*POLICIES)
    w.watch.use(Archive(folder, generation), w.said.append)
    w.watch.obligations.keep, w.watch.obligations.most = (DAY, 0) if many else (0, 20_000)
    return w


def test_nothing_is_kept_of_a_record_that_belongs_to_no_policy_until_it_does() -> None:
    w = watch()
    w.tick(NINE)
    for number in range(20):
        w.feed("ticket", ticket(f"T-{number}", NINE, category="complaint"))
    assert not w.watch.obligations.units
    again = watch()
    again.watch.restore(as_kept(w))
    assert not again.watch.obligations.units, "also after a restart, which reads them before it knows their site"
    for one in (w, again):
        one.feed("ticket", ticket("T-7", category="repair"))
        assert [(alert.kind, alert.subject) for alert in one.tick(NINE + 4 * MINUTE)] == [("due-soon", "T-7")]
        one.feed("ticket", ticket("T-7", category="complaint"))
        assert one.tick(NINE + 6 * MINUTE) == []


def in_memory(w: Heard) -> int:
    return sum(len(table.rows) for table in w.watch.obligations.records.tables.values())


# --- the archive -----------------------------------------------------------------------------------------------------


def test_what_was_put_away_is_found_by_key_and_by_place_as_it_was_put_away_last(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 0)
    assert archive.found(key_of("ticket", ("T-0",))) == []
    archive.put("0", ROWS[:1], [key_of("ticket", ("T-0",)), place_of("ticket", "S1", ("owner",), ("K1",))])
    archive.put("1", ROWS[1:], [key_of("ticket", ("T-1",)), place_of("ticket", "S1", ("owner",), ("K1",))])
    assert archive.found(key_of("ticket", ("T-1",))) == [ROWS[1:]]
    assert archive.found(place_of("ticket", "S1", ("owner",), ("K1",))) == [ROWS[:1], ROWS[1:]]
    archive.put("0", ROWS[2:], [key_of("ticket", ("T-0",))])
    assert archive.found(place_of("ticket", "S1", ("owner",), ("K1",))) == [ROWS[1:]]
    assert list(archive.all()) == [ROWS[1:], ROWS[2:]]


def test_what_was_put_away_after_the_last_checkpoint_is_gone_after_a_crash(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 0)
    archive.put("0", ROWS[:1], ["p"])
    assert archive.commit() == 1
    archive.stands()
    archive.put("0", ROWS[1:2], ["p"])
    archive.commit()
    archive.db.close()
    assert list(put_away(tmp_path, 1)) == [ROWS[:1]] and list(put_away(tmp_path, 2)) == [ROWS[1:2]]
    assert Archive(tmp_path, 1).found("p") == [ROWS[:1]]


def test_records_are_found_by_fields_by_which_nobody_looked_for_them_before(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 0)
    archive.put("0", ROWS[:1], [])
    archive.looked_for("ticket", ("names",), [4])
    assert archive.found(place_of("ticket", "S1", ("names",), ("b",))) == [ROWS[:1]]


# --- what is said ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("many", [False, True], ids=["long-settled", "many"])
@pytest.mark.parametrize("seed", range(4))
def test_what_is_put_away_changes_nothing_that_is_said(seed: int, many: bool, tmp_path: Path) -> None:
    listed = inputs(Random(seed))
    plain, w = watch(*POLICIES), archived(tmp_path, many=many)
    assert run(w, listed) == run(plain, listed)
    assert in_memory(w) < in_memory(plain) / 2
    assert w.findings(NINE + 5 * DAY) == plain.findings(NINE + 5 * DAY)


@pytest.mark.parametrize(("seed", "many"), [(seed, seed % 2 == 1) for seed in range(6)])
def test_a_crash_goes_back_to_the_checkpoint_and_says_the_same_again(seed: int, many: bool, tmp_path: Path) -> None:
    rng = Random(seed)
    listed = inputs(rng)
    kept, died = sorted(rng.sample(range(len(listed)), 2))
    undisturbed = run(watch(*POLICIES), listed)
    first = archived(tmp_path, many=many)
    said = run(first, listed[:kept])
    archive, state = first.watch.obligations.records.archive, as_kept(first)
    assert archive is not None and archive.commit() == 1
    archive.stands()
    lost = run(first, listed[kept:died])
    archive.commit()
    archive.close()
    second = archived(tmp_path, 1, many)
    second.watch.restore(state)
    assert run(second, listed[kept:died]) == lost
    assert [*said, *lost, *run(second, listed[died:])] == undisturbed


# --- memory and journal ----------------------------------------------------------------------------------------------


def watcher(folder: Path) -> Watcher:
    asked = settings(*POLICIES)
    made = Watcher(State(folder), Watch(asked, Plain()), Reader(asked.book.records, asked.zone), "records", asked.late, "same", lambda text: None)
    made.recover()
    return made


def take(made: Watcher, lines: Sequence[str]) -> None:
    made.take([Submission([Line(one) for one in lines], "test")])


def test_the_number_of_records_in_memory_does_not_grow_with_those_that_came(tmp_path: Path) -> None:
    w, sizes = watch(), list[int]()
    w.watch.use(Archive(tmp_path, 0), w.said.append)
    w.watch.obligations.keep = 60 * MINUTE
    for number in range(600):
        at = NINE + number * 10 * MINUTE
        w.feed("ticket", ticket(f"T-{number}", at, dispatched_at=at))
        w.tick(at)
        sizes.append(in_memory(w))
    assert max(sizes[300:]) == max(sizes[50:300]) < 60


def test_records_are_the_same_whether_the_journal_goes_or_stays(tmp_path: Path) -> None:
    lines, made, asked = stream(60), watcher(tmp_path), settings(*POLICIES)
    made.watch.obligations.keep = 0  # type: ignore[attr-defined]
    whole = Folded(asked.book.records)
    for start in range(0, len(lines), 20):
        take(made, lines[start : start + 20])
        made.keep(always=True)
    take(made, lines[:5])
    reader = Reader(asked.book.records, asked.zone)
    for one in (*lines, *lines[:5]):
        event = reader.read(one)
        whole.put(event)  # type: ignore[arg-type]
    assert next(iter(entries(tmp_path / "journal", made.state.checkpoint.seq))).seq == len(lines) + 1
    assert len(segments(tmp_path / "journal")) == 1 and next(iter(put_away(tmp_path, made.state.checkpoint.generation)), None) is not None
    found = folded(tmp_path, Reader(asked.book.records, asked.zone))
    assert (found.first, found.clock) == (whole.first, made.clock)
    assert named(found) == named(whole)


def named(found: Folded) -> dict[Any, Any]:
    """Records by key, with the fields that are not empty; those that nobody named say what an empty one means."""
    blank = {record: {name: spec.blank for name, spec in kind.stored.items()} for record, kind in found.types.items()}
    full = {(record, *key): {**blank[record], **row} for record, rows in found.records.items() for key, row in rows.items()}
    return {key: {name: value for name, value in row.items() if value is not None} for key, row in full.items()}


def test_a_long_checkpoint_is_written_in_pieces_as_json() -> None:
    rows = [[number, "字", None] for number in range(1_201)]
    pieces = list(written({"a": iter(()), "b": {}, "c": iter(rows), "d": {"e": [1], "f": {"g": iter([7])}}}))
    assert json.loads("".join(pieces)) == {"a": [], "b": {}, "c": rows, "d": {"e": [1], "f": {"g": [7]}}} and len(pieces) > 10


def test_a_journal_that_begins_after_the_checkpoint_is_refused(tmp_path: Path) -> None:
    made = watcher(tmp_path)
    take(made, stream(5))
    made.keep(always=True)
    made.state.close()
    with pytest.raises(CheckerError) as refused:
        list(entries(tmp_path / "journal", 1))
    assert refused.value.problems[0].id == "journal.lost"


def test_a_watcher_goes_on_after_its_journal_went(tmp_path: Path) -> None:
    lines = stream(80)
    once, twice = watcher(tmp_path / "once"), watcher(tmp_path / "twice")
    take(once, lines)
    take(twice, lines[:50])
    twice.keep(always=True)
    take(twice, lines[50:60])
    twice.state.close()
    again = watcher(tmp_path / "twice")
    take(again, lines[60:])
    assert said(tmp_path / "twice") == said(tmp_path / "once") != []


def said(folder: Path) -> list[Any]:
    return [json.loads(line) for line in (folder / "alerts.jsonl").read_text(encoding="utf-8").splitlines()]
