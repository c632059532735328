"""Same files, same bytes: whatever the threads, the locale, the order of arguments; shuffled rows and split files: same findings."""

from __future__ import annotations

import csv
import io
import os
import random
import subprocess
import sys
from functools import partial
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from checker.cli import cli
from checker.engines.judging import Options
from fixtures.sites.six import SELECT

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "fixtures" / "sites" / "residential"
MAPPING = SAMPLE / "对照表.yaml"
FILES = sorted((SAMPLE / "数据").iterdir())


def audit(data: list[Path], out: Path, *words: str, **environment: str) -> dict[str, bytes]:
    """The files of the run, by name."""
    command = [sys.executable, "-m", "checker", "audit", *map(str, data), "--mapping", str(MAPPING), "--profile", "residential",
               "--period", "2026-10", "--out", str(out), "--keep-passes", *SELECT, *words]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | environment)
    assert done.returncode == 1, done.stderr
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return audit(FILES, tmp_path_factory.mktemp("once") / "run")


@pytest.mark.parametrize(
    "environment",
    [{"CHECKER_THREADS": "1", "PYTHONHASHSEED": "1"}, {"CHECKER_THREADS": "2", "LC_ALL": "C"}, {"LC_ALL": "zh_CN.UTF-8", "LANG": "zh_CN.UTF-8", "TZ": "Asia/Tokyo"}],
    ids=["one-thread", "two-threads-C", "chinese-tokyo"],
)
def test_threads_locale_and_hash_seed_change_no_byte(once: dict[str, bytes], tmp_path: Path, environment: dict[str, str]) -> None:
    again = audit(FILES, tmp_path / "run", **environment)
    assert [name for name in once if once[name] != again[name]] == []
    assert once.keys() == again.keys()


def test_the_order_of_arguments_changes_no_byte(once: dict[str, bytes], tmp_path: Path) -> None:
    again = audit(FILES[::-1], tmp_path / "run")
    assert [name for name in once if once[name] != again[name]] == []


def decoded(path: Path) -> str:
    """A file of the sample: UTF-8 or GB18030, as its exports differ."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def test_shuffled_rows_and_split_files_give_the_same_findings(once: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "split").mkdir()
    rng, halves = random.Random(3), []
    for path in FILES:
        if path.suffix != ".csv" or path.stat().st_size < 1000:
            halves.append(path)
            continue
        rows = list(csv.reader(io.StringIO(decoded(path), newline="")))
        head = next(number for number, row in enumerate(rows[:5]) if sum(bool(cell) for cell in row) > 3)
        body = [row for row in rows[head + 1 :] if any(row)]
        rng.shuffle(body)
        for part, some in enumerate((body[::2], body[1::2])):
            name = tmp_path / "split" / f"{path.stem}_{part}.csv"
            with name.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([rows[head], *some])
            halves.append(name)
    audit(halves, tmp_path / "run", "--no-report")
    (tmp_path / "once.parquet").write_bytes(once["findings.parquet"])
    sql = "SELECT * EXCLUDE (file, sheet, \"row\") FROM '{}' ORDER BY ALL"
    assert duckdb.sql(sql.format(tmp_path / "run" / "findings.parquet")).fetchall() == duckdb.sql(sql.format(tmp_path / "once.parquet")).fetchall()


def test_judged_part_by_part_the_records_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["audit", *map(str, FILES), "--mapping", str(MAPPING), "--profile", "residential", "--period", "2026-10", "--no-report", *SELECT]
    runs = {}
    for at_once in (1_000_000, 1_000):
        monkeypatch.setattr("checker.audit.Options", partial(Options, at_once=at_once))
        out = tmp_path / str(at_once) / "run"
        assert CliRunner().invoke(cli, [*words, "--out", str(out)]).exit_code == 1
        runs[at_once] = {path.name: path.read_bytes() for path in sorted(out.iterdir()) if path.name != "manifest.json"}
    whole, parts = runs.values()
    assert [name for name in whole if whole[name] != parts[name]] == []
    assert whole.keys() == parts.keys()
