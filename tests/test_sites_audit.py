"""The sample site: the audit finds exactly what was planted, no more and no fewer."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from fixtures.sites.six import SELECT

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "fixtures" / "sites" / "residential"
PLANTED = yaml.safe_load((SAMPLE / "planted.yaml").read_text(encoding="utf-8"))
Key = tuple[str, str, str]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[Key, tuple[Any, ...]]:
    """(policy, subject, ordinal) -> (verdict, local date of the decision, accountable)."""
    out = tmp_path_factory.mktemp("sample") / "run"
    command = [sys.executable, "-m", "checker", "audit", str(SAMPLE / "数据"), "--mapping", str(SAMPLE / "对照表.yaml"),
               "--profile", "residential", "--period", "2026-10", "--out", str(out), *SELECT]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    rows = duckdb.sql(f"SELECT policy, subject, ordinal, verdict, decided_at AT TIME ZONE 'UTC', accountable FROM '{out}/findings.parquet'").fetchall()
    shanghai = timedelta(hours=8)
    return {(p, s, o): (v, at and (at + shanghai).date(), who) for p, s, o, v, at, who in rows}


def key(one: dict[str, Any]) -> Key:
    return one["policy"], one["subject"], one["ordinal"]


def test_every_planted_violation_is_found_and_nothing_else(found: dict[Key, tuple[Any, ...]]) -> None:
    fails = {one for one, (verdict, *_) in found.items() if verdict == "fail"}
    assert fails == {key(one) for one in PLANTED["violations"]}


def test_each_is_decided_on_its_day_and_charged_to_its_person(found: dict[Key, tuple[Any, ...]]) -> None:
    wrong = []
    for one in PLANTED["violations"]:
        _, day, who = found[key(one)]
        if day != one["decided"] or one.get("accountable") not in (None, who):
            wrong.append((key(one), day, who))
    assert wrong == []


def test_what_stands_exactly_on_a_limit_is_judged_as_planted(found: dict[Key, tuple[Any, ...]]) -> None:
    unseen = ("pass", "not-applicable", "other-period")
    wrong = [
        (key(one), one["verdict"], found.get(key(one)))
        for one in PLANTED["decoys"]
        if (key(one) in found) == (one["verdict"] in unseen) or (key(one) in found and found[key(one)][0] != one["verdict"])
    ]
    assert wrong == []
