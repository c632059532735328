"""The twelve months of a year, audited one by one, add up to the audit of the year."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from fixtures.sites.six import SELECT

ROOT = Path(__file__).parent.parent
Row = tuple[object, ...]


def decided(data: Path, mapping: Path, period: str, out: Path) -> set[Row]:
    """Every decided finding of a period, passes too: identity, verdict and instant of the decision."""
    command = [sys.executable, "-m", "checker", "audit", str(data), "--mapping", str(mapping), "--profile", "residential", "--period", period,
               "--out", str(out), *SELECT, "--keep-passes", "--fail-on", "never", "--max-unknown", "100 %", "--no-report"]  # fmt: skip
    # So small a site has few rows a file: its planned dirt is a larger part of them than a real one's.
    lenient = os.environ | {"CHECKER_MAX_REJECTED": "50 %"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=lenient)
    assert (out / "findings.parquet").is_file(), done.stderr
    sql = f"SELECT policy, site_id, subject, ordinal, verdict, epoch_us(decided_at) FROM '{out}/findings.parquet' WHERE decided_at IS NOT NULL"
    return set(duckdb.sql(sql).fetchall())


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("year")
    command = [sys.executable, "-m", "fixtures.sites.generate", "--year", "--scale", "0.03", "--out", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_months_add_up_to_the_year(year: Path, tmp_path: Path) -> None:
    mapping = next(year.rglob("对照表.yaml"))
    data = next(path for path in year.rglob("*") if path.is_dir() and path.name == "数据")
    whole = decided(data, mapping, "2026", tmp_path / "year")
    months = [decided(data, mapping, f"2026-{month:02}", tmp_path / f"m{month:02}") for month in range(1, 13)]
    union: set[Row] = set().union(*months)
    assert sum(len(month) for month in months) == len(union)
    assert union == whole
    assert len(whole) > 300
