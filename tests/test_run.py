"""The run directory is written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checker.errors import CheckerError
from checker.run import add_to_run, read_run, write_run

ROOT = Path(__file__).parent.parent
WRITER = """
import sys, time
from pathlib import Path
from checker.run import write_run
out, number = Path(sys.argv[1]), int(sys.argv[2])
while True:
    number += 1
    text = str(number) * 2000
    files = {name: (lambda path: path.write_text(text)) for name in ("a", "b", "summary.json")}
    files["summary.json"] = lambda path: path.write_text('{"n": %d}' % number)
    write_run(out, files, lambda written: {"format": "run/1", "files": written, "n": number})
    print(number, flush=True)
"""


def intact(out: Path) -> int:
    """The number of the run that stands there; every file is that run's and is what the manifest says."""
    run = read_run(out)
    assert sorted(path.name for path in out.iterdir()) == ["a", "b", "manifest.json", "summary.json"]
    for name, said in run.manifest["files"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == said["sha256"]
    assert run.summary["n"] == run.manifest["n"]
    return int(run.summary["n"])


def kills(out: Path, times: int, rng: random.Random) -> None:
    """Kill a writer at random instants; whenever a run was there before, one is there after, whole and no older."""
    last = 0
    for _ in range(times):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(out), str(last)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert writer.stdout
        said = int(writer.stdout.readline())
        time.sleep(rng.random() * 0.02)
        os.kill(writer.pid, signal.SIGKILL)
        said = max([said, *(int(line) for line in writer.stdout.read().split("\n")[:-1] if line)])
        writer.wait()
        found = intact(out)
        assert found >= said
        last = found


def test_a_kill_leaves_the_old_run_or_the_new_one(tmp_path: Path) -> None:
    kills(tmp_path / "run", 8, random.Random(1))


@pytest.mark.hunt
def test_two_hundred_random_kills(tmp_path: Path) -> None:
    kills(tmp_path / "run", 200, random.Random(2))
    print("\n200 kills: every time the old run or the new one, none half-written")


def write(out: Path, text: str) -> None:
    write_run(out, {"summary.json": lambda path: path.write_text(json.dumps({"said": text}))}, lambda files: {"format": "run/1", "files": files})


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    write(tmp_path / "deep" / "run", "one")
    write(tmp_path / "deep" / "run", "two")
    assert read_run(tmp_path / "deep" / "run").summary == {"said": "two"}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["run"]


def test_what_somebody_put_beside_the_files_of_a_run_stays_when_files_are_added(tmp_path: Path) -> None:
    write(tmp_path / "run", "one")
    (tmp_path / "run" / "签字.txt").write_text("signed")
    (tmp_path / "run" / "scans").mkdir()
    (tmp_path / "run" / "scans" / "1.png").write_bytes(b"png")
    add_to_run(read_run(tmp_path / "run"), {"report.md": lambda path: path.write_text("report")}, {"reports": {}})
    stays = {one.relative_to(tmp_path / "run").as_posix(): one.read_text() for one in (tmp_path / "run").rglob("*") if one.is_file() and one.name != "manifest.json"}
    assert stays == {"签字.txt": "signed", "scans/1.png": "png", "report.md": "report", "summary.json": '{"said": "one"}'}
    assert set(read_run(tmp_path / "run").manifest["files"]) == {"report.md", "summary.json"}


def test_a_folder_where_a_report_goes_is_not_replaced(tmp_path: Path) -> None:
    write(tmp_path / "run", "one")
    (tmp_path / "run" / "report.md").mkdir()
    with pytest.raises(CheckerError, match="it cannot be written"):
        add_to_run(read_run(tmp_path / "run"), {"report.md": lambda path: path.write_text("report")}, {})
    assert (tmp_path / "run" / "report.md").is_dir() and [one.name for one in tmp_path.iterdir()] == ["run"]


def test_a_writer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fails(path: Path) -> None:
        path.write_text("half")
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        write_run(tmp_path / "run", {"a": fails}, lambda files: {})
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_writer_left_is_swept(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    (tmp_path / f".run.new-{dead.pid}").mkdir()
    write(tmp_path / "run", "one")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_swap_cut_in_two_is_mended_at_the_next_reading(tmp_path: Path) -> None:
    write(tmp_path / "run", "one")
    os.rename(tmp_path / "run", tmp_path / ".run.old")
    assert read_run(tmp_path / "run").summary == {"said": "one"}


def test_a_folder_that_is_no_run_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(CheckerError, match="this is not the run of an audit"):
        read_run(tmp_path)
