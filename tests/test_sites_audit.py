"""The sample site: the audit finds exactly what was planted, no more and no fewer; of the six standards, and of the whole book."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "fixtures" / "sites" / "residential"
PLANTED = yaml.load((SAMPLE / "planted.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Audit:
    """(policy, subject, ordinal) -> (verdict, local date of the decision, accountable, period); and what was planted for it."""

    found: dict[Key, tuple[Any, ...]]
    violations: list[dict[str, Any]]
    decoys: list[dict[str, Any]]


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    out = tmp_path_factory.mktemp("sample") / "run"
    command = [sys.executable, "-m", "checker", "audit", str(SAMPLE / "数据"), "--mapping", str(SAMPLE / "对照表.yaml"),
               "--profile", "residential", "--period", "2026-10", "--out", str(out), "--no-report"]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    rows = duckdb.sql(
        f"SELECT policy, subject, ordinal, verdict, decided_at AT TIME ZONE 'UTC', accountable, period FROM '{out}/findings.parquet'"
    ).fetchall()
    shanghai = timedelta(hours=8)
    found = {(p, s, o): (v, at and (at + shanghai).date(), who, period) for p, s, o, v, at, who, period in rows}
    return Audit(found, PLANTED["violations"], PLANTED["decoys"])


def key(one: dict[str, Any]) -> Key:
    return one["policy"], one["subject"], one["ordinal"]


def test_every_planted_violation_is_found_and_nothing_else(audit: Audit) -> None:
    fails = {(*one, period) for one, (verdict, _, _, period) in audit.found.items() if verdict == "fail"}
    assert fails == {(*key(one), "2026-10") for one in audit.violations}


def test_each_is_decided_on_its_day_and_charged_to_its_person(audit: Audit) -> None:
    wrong = []
    for one in audit.violations:
        _, day, who, _ = audit.found[key(one)]
        if day != one["decided"] or one.get("accountable") not in (None, who):
            wrong.append((key(one), day, who))
    assert wrong == []


def test_what_stands_exactly_on_a_limit_is_judged_as_planted(audit: Audit) -> None:
    unseen = ("pass", "not-applicable", "other-period")
    found = audit.found
    wrong = [
        (key(one), one["verdict"], found.get(key(one)))
        for one in audit.decoys
        if (key(one) in found) == (one["verdict"] in unseen) or (key(one) in found and found[key(one)][0] != one["verdict"])
    ]
    assert wrong == []
