"""What was taken in and what was said survive: torn ends, kills, two watchers on one state."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from checker.errors import CheckerError
from checker.watch import watcher as watcher_module
from checker.watch.journal import Journal, entries, segments, whole
from checker.watch.state import AlertLog, State, Told, read_checkpoint
from tests import watch_world
from tests.watch_world import NINE, alerts, run, start, storm, stream, submission, ticket, watcher

EVENT = '{"record":"ticket","ticket_id":"工单,\\"crc\\":\\"1"}'


def filled(folder: Path, number: int = 3) -> Path:
    journal = Journal(folder)
    for index in range(number):
        journal.append(EVENT, None, "file:1:2:,\"event\":x", index)
    journal.append(tick=NINE)
    journal.append(source="sha256:ab", at=7)
    journal.commit()
    journal.close()
    return segments(folder)[0]


def test_inputs_are_read_back_as_they_were_journalled(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    one, two, three = entries(tmp_path)
    assert (one.seq, one.event, one.tick, one.source, one.at) == (1, EVENT, None, 'file:1:2:,"event":x', 0)
    assert (two.seq, two.event, two.tick, two.source) == (2, None, NINE, None)
    assert (three.seq, three.event, three.source, three.at) == (3, None, "sha256:ab", 7)


def test_each_line_of_the_journal_is_json_with_a_number_and_a_checksum(tmp_path: Path) -> None:
    lines = filled(tmp_path).read_bytes().splitlines(keepends=True)
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3, 4, 5]
    assert all(whole(line) for line in lines)
    assert not any(whole(line.replace(b'"seq":', b'"seq": ')) for line in lines)


def test_nothing_is_written_before_commit(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(EVENT)
    assert segments(tmp_path)[0].stat().st_size == 0
    journal.commit()
    assert [entry.seq for entry in entries(tmp_path)] == [1]


def test_a_journal_torn_at_any_byte_keeps_its_whole_lines_and_goes_on_after_them(tmp_path: Path) -> None:
    whole_journal = filled(tmp_path / "whole").read_bytes()
    ends = [0]
    for line in whole_journal.splitlines(keepends=True):
        ends.append(ends[-1] + len(line))
    for length in range(len(whole_journal)):
        folder = tmp_path / "torn"
        folder.mkdir(exist_ok=True)
        (folder / "000000000001.jsonl").write_bytes(whole_journal[:length])
        kept = sum(end <= length for end in ends) - 1
        assert [entry.seq for entry in entries(folder)] == list(range(1, kept + 1))
        journal = Journal(folder)
        assert journal.last == kept
        assert journal.append(EVENT).seq == kept + 1
        journal.commit()
        journal.close()
        assert [entry.seq for entry in entries(folder)] == list(range(1, kept + 2))


def test_damage_with_whole_lines_after_it_is_refused_with_its_line(tmp_path: Path) -> None:
    path = filled(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b"ticket", b"tickEt") + b"".join(lines[2:]))
    for read in (lambda: Journal(tmp_path), lambda: list(entries(tmp_path))):
        with pytest.raises(CheckerError) as refused:
            read()
        assert refused.value.problems[0].id == "journal.damaged"
        assert refused.value.problems[0].where.line == 2


def test_segments_follow_each_other_and_a_replay_begins_in_the_right_one(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for _ in range(3):
        for _ in range(4):
            journal.append(EVENT)
        journal.commit()
        journal.rotate()
    assert [path.stem for path in segments(tmp_path)] == ["000000000001", "000000000005", "000000000009", "000000000013"]
    for after in range(13):
        assert [entry.seq for entry in entries(tmp_path, after)] == list(range(after + 1, 13))
    journal.close()
    assert Journal(tmp_path).append(EVENT).seq == 13


def test_the_torn_end_of_the_log_of_alerts_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(b'{"seq": 1, "zh": "x"}\n{"seq": 2, "zh": "x"}\n{"seq": 3, "zh')
    log = AlertLog(path)
    assert log.last == 2
    log.write(['{"seq": 3, "zh": "y"}\n'])
    assert [one["seq"] for one in alerts(tmp_path)] == [1, 2, 3]


def test_a_log_of_alerts_that_is_damaged_before_its_checkpoint_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(b'{"seq": 1}\n{"seq": x}\n{"seq": 3}\n')
    assert AlertLog(path, 3).last == 1
    assert path.read_bytes().count(b"\n") == 3


def test_a_listener_that_is_new_is_told_what_comes_and_one_that_is_known_what_it_missed(tmp_path: Path) -> None:
    assert Told(tmp_path, "x", 7).seq == 7
    Told(tmp_path, "x", 9).mark(8)
    assert Told(tmp_path, "x", 20).seq == 8


def test_two_watchers_on_one_state_are_refused_with_the_process(tmp_path: Path) -> None:
    state = State(tmp_path)
    with pytest.raises(CheckerError) as refused:
        State(tmp_path)
    assert refused.value.problems[0].id == "watch.locked"
    assert str(os.getpid()) in refused.value.problems[0].what.en
    state.close()
    State(tmp_path).close()


def test_a_journal_shorter_than_its_checkpoint_is_refused(tmp_path: Path) -> None:
    made, _ = watcher(tmp_path)
    made.take([submission(ticket("T-1", "09:00:00"))])
    made.keep(always=True)
    made.state.close()
    for path in segments(tmp_path / "journal"):
        path.unlink()
    with pytest.raises(CheckerError) as refused:
        State(tmp_path)
    assert refused.value.problems[0].id == "watch.lost"


def test_many_that_lapse_at_once_are_told_as_they_are_judged_and_none_before_it_is_journalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher_module, "LINES", 3)
    made, _ = watcher(tmp_path)
    made.take([submission(*(ticket(f"T-{number}", "09:00:00") for number in range(10)))])
    told, journalled = list[list[str]](), list[int]()

    def tell(lines: Sequence[str]) -> None:
        told.append([json.loads(line)["subject"] for line in lines])
        journalled.append(sum(1 for _ in entries(tmp_path / "journal", 0)))

    made.tell = tell
    made.take([submission(ticket("T-10", "09:06:00"))])
    assert [len(lines) for lines in told] == [3, 3, 3, 1]
    assert sorted(subject for lines in told for subject in lines) == sorted(f"T-{number}" for number in range(10))
    assert journalled == [11] * 4


def test_what_was_taken_after_the_last_checkpoint_is_judged_again_and_not_said_twice(tmp_path: Path) -> None:
    made, _ = watcher(tmp_path)
    made.take([submission(ticket("T-1", "09:00:00"), ticket("T-2", "09:03:00"))])
    made.keep(always=True)
    made.take([submission(ticket("T-3", "09:06:00"))])
    before = (tmp_path / "alerts.jsonl").read_bytes()
    made.state.close()
    assert read_checkpoint(tmp_path).seq == 2
    again, _ = watcher(tmp_path)
    assert (tmp_path / "alerts.jsonl").read_bytes() == before
    assert again.clock == NINE + 6 * watch_world.MINUTE
    again.take([submission(ticket("T-4", "09:09:00"))])
    assert [(one["seq"], one["alert"], one["subject"]) for one in alerts(tmp_path)] == [(1, "lapsed", "T-1"), (2, "lapsed", "T-2")]


def test_alerts_that_a_crash_kept_from_the_log_are_said_at_the_restart(tmp_path: Path) -> None:
    made, _ = watcher(tmp_path)
    made.take([submission(*stream(30))])
    made.state.close()
    whole_log = (tmp_path / "alerts.jsonl").read_bytes()
    assert whole_log.count(b"\n") > 10
    for length in (0, len(whole_log) // 2, len(whole_log) - 1):
        (tmp_path / "alerts.jsonl").write_bytes(whole_log[:length])
        again, _ = watcher(tmp_path)
        again.state.close()
        assert (tmp_path / "alerts.jsonl").read_bytes() == whole_log


# --- kills -----------------------------------------------------------------------------------------------------------


def killed(tmp_path: Path, kills: int, seed: int, events: int, stream: Callable[..., list[str]] = stream) -> tuple[bytes, bytes, set[int], int]:
    """The log of an undisturbed run, that of a run killed again and again, the numbers printed in all, and how often it died."""
    (tmp_path / "events.jsonl").write_text("\n".join(stream(events)) + "\n", encoding="utf-8")
    run(tmp_path, "events.jsonl", "--once", "--state", "calm")
    chance, died, printed = random.Random(seed), 0, set()
    for _ in range(kills * 20):
        after = f"{chance.uniform(0.0005, 0.25):.6f}" if died < kills else ""
        done = run(tmp_path, "events.jsonl", "--once", "--state", "killed", DIES_AFTER=after, BETWEEN="3000")
        printed |= {json.loads(line)["seq"] for line in done.stdout.splitlines() if line.endswith("}")}
        died += done.returncode == -signal.SIGALRM
        assert done.returncode in (0, -signal.SIGALRM), done.stderr
        if done.returncode == 0 and died >= kills:
            break
        if done.returncode == 0:
            (tmp_path / "events.jsonl").open("a", encoding="utf-8").write("\n".join(stream(events, died + 2)) + "\n")
    run(tmp_path, "events.jsonl", "--once", "--state", "calm")
    return (tmp_path / "calm" / "alerts.jsonl").read_bytes(), (tmp_path / "killed" / "alerts.jsonl").read_bytes(), printed, died


def test_killed_at_random_instants_it_loses_no_alert_and_doubles_none(tmp_path: Path) -> None:
    calm, disturbed, printed, died = killed(tmp_path, 4, 11, 400)
    assert died == 4
    assert calm.count(b"\n") > 300
    assert disturbed == calm
    assert printed == set(range(1, calm.count(b"\n") + 1))


def test_killed_while_many_lapse_at_once_it_loses_no_alert_and_doubles_none(tmp_path: Path) -> None:
    calm, disturbed, printed, died = killed(tmp_path, 4, 13, 1_200, storm)
    assert died == 4
    assert calm.count(b"\n") >= 1_200
    assert disturbed == calm
    assert printed == set(range(1, calm.count(b"\n") + 1))


def test_a_reader_that_goes_away_while_many_lapse_at_once_hears_the_rest_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("\n".join(storm(1_200)) + "\n", encoding="utf-8")
    calm = run(tmp_path, "events.jsonl", "--once", "--state", "calm").stdout.splitlines()
    process = start(tmp_path, "events.jsonl", "--once", "--state", "left")
    assert process.stdout
    first = process.stdout.readline().rstrip("\n")
    process.stdout.close()
    assert process.wait(60) == 0
    assert [first, len(calm)] == [calm[0], 1_200]
    assert [json.loads(line) for line in calm] == alerts(tmp_path / "left"), "all were judged all the same"
    again = run(tmp_path, "events.jsonl", "--once", "--state", "left").stdout.splitlines()
    assert again and set(calm[500:]) <= set(again) <= set(calm)


@pytest.mark.hunt
def test_killed_two_hundred_times_it_loses_no_alert_and_doubles_none(tmp_path: Path) -> None:
    calm, disturbed, printed, died = killed(tmp_path, 200, 12, 400)
    assert died == 200
    assert disturbed == calm
    assert printed == set(range(1, calm.count(b"\n") + 1))


def test_an_interrupt_ends_with_130_after_a_checkpoint(tmp_path: Path) -> None:
    process = start(tmp_path, "--state", "st")
    assert process.stdin and process.stdout
    process.stdin.write("\n".join([ticket("T-1", "09:00:00"), ticket("T-2", "09:09:00")]) + "\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["alert"] == "lapsed"
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert read_checkpoint(tmp_path / "st").seq == 2
    assert "Traceback" not in process.stderr.read()
