"""Look-backs over earlier runs and decisions, from the command line."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from checker.engines.history import load_history
from checker.errors import CheckerError
from checker.load import load_book

ROOT = Path(__file__).parent.parent
POLICIES = """\
format: policies/1
policies:
- id: calls.answered
  standard: calls.answered
  title: {zh: 来电有人接, en: Calls are answered}
  source: [{document: operator-procedure, clause: "1.2"}]
  severity: {level: minor, reason: {zh: 第一印象, en: first impression}}
  accountable: staff_id
  kind: requirement
  for_each: call
  require: {outcome: answered}
- id: escalation.twice
  standard: escalation.twice
  title: {zh: 再犯升级, en: A repeated violation is taken further}
  source: [{document: operator-procedure, clause: "9.1"}]
  severity: {level: major, reason: {zh: 前后一致, en: consequences are consistent}}
  kind: ladder
  of: {findings: {policies: ["calls.*"], decision: confirmed}}
  per: accountable
  look_back: 1 months
  steps:
    - {count: 1, propose: oral-warning}
    - {count: 2, propose: written-warning}
"""


def write(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)


def month(folder: Path, number: int, *days: str) -> Path:
    calls = [{"通话编号": f"c{number}{index}", "呼叫类型": "呼入", "来电时间": f"{day} 09:00:00", "接听状态": "未接", "接听人": "e1"} for index, day in enumerate(days)]
    write(folder / "话务记录.csv", calls)
    write(folder / "员工花名册.csv", [{"工号": "e1", "姓名": "测试甲", "班组": "T1", "入职日期": "2020-01-01"}])
    return folder


def audit(folder: Path, data: Path, period: str, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "policies.yaml").write_text(POLICIES, encoding="utf-8")
    command = [sys.executable, "-m", "checker", "audit", str(data), "--period", period, "--policies", str(folder / "policies.yaml"), "--profile", "residential",
               "--out", str(folder / "runs" / period), "--lang", "en", "--no-report", *words]  # fmt: skip
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def steps(folder: Path, period: str) -> list[tuple[object, ...]]:
    source = folder / "runs" / period / "findings.parquet"
    return duckdb.sql(f"SELECT subject, verdict, measured, \"limit\", missing, note FROM '{source}' WHERE policy = 'escalation.twice' ORDER BY occurred_at").fetchall()


@pytest.fixture
def two_months(tmp_path: Path) -> Path:
    """September with two missed calls, of which one was dismissed afterwards; October with one."""
    done = audit(tmp_path, month(tmp_path / "九月", 9, "2026-09-20", "2026-09-25"), "2026-09")
    assert done.returncode == 2, done.stderr  # August is not covered: only unknowns
    mark = hashlib.sha256("\x1f".join(("calls.answered", duckdb.sql(f"SELECT any_value(site_id) FROM '{tmp_path}/runs/2026-09/findings.parquet'").fetchall()[0][0], "c90", "1")).encode()).hexdigest()
    write(tmp_path / "runs" / "decisions.csv", [{"编号": f"F-{mark[:12]}", "认定": "不成立", "认定人": "测试乙", "认定时间": "2026-09-22 10:00:00"}])
    return tmp_path


def test_without_the_earlier_run_the_step_is_unknown_and_the_month_is_named(two_months: Path) -> None:
    audit(two_months, month(two_months / "十月", 10, "2026-10-10"), "2026-10")
    assert steps(two_months, "2026-10") == [("e1", "unknown", 1, 1, "2026-09", "provisional")]


def test_earlier_findings_count_unless_they_were_dismissed(two_months: Path) -> None:
    done = audit(two_months, month(two_months / "十月", 10, "2026-10-10"), "2026-10", "--history", str(two_months / "runs"))
    assert done.returncode == 1, done.stderr
    assert steps(two_months, "2026-10") == [("e1", "fail", 2, 2, None, "provisional")]
    text = (two_months / "runs" / "2026-10" / "proposals.csv").read_text(encoding="utf-8-sig")
    assert "第 2 次,建议:书面警告并存档" in text
    assert "finding number 2: written warning on file is proposed" in text


def test_a_run_of_the_same_month_is_not_counted_beside_this_one(two_months: Path) -> None:
    data = month(two_months / "十月", 10, "2026-10-10")
    for _ in range(2):
        audit(two_months, data, "2026-10", "--history", str(two_months / "runs"))
    assert steps(two_months, "2026-10") == [("e1", "fail", 2, 2, None, "provisional")]


def test_a_folder_without_runs_and_decisions_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = audit(tmp_path, month(tmp_path / "十月", 10, "2026-10-10"), "2026-10", "--history", str(tmp_path / "empty"))
    assert done.returncode == 2
    assert "the folder holds no earlier run and no table of decisions" in done.stderr


def test_a_ladder_without_the_policies_that_it_reads_is_not_judged(tmp_path: Path) -> None:
    done = audit(tmp_path, month(tmp_path / "十月", 10, "2026-10-10"), "2026-10", "--select", "escalation.*")
    assert done.returncode == 2
    assert "finding" in done.stderr


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("escalation.*", "a policy does not read its own findings"), ("calls.nothing", "there is no policy `calls.nothing`")],
)
def test_a_ladder_reads_other_policies_that_exist(tmp_path: Path, pattern: str, said: str) -> None:
    path = tmp_path / "policies.yaml"
    path.write_text(POLICIES.replace('"calls.*"', f'"{pattern}"'), encoding="utf-8")
    with pytest.raises(CheckerError, match=said.split("`")[0].strip()):
        load_book([path], load_book([ROOT / "policies"]))


def test_two_ladders_that_read_each_other_are_refused(tmp_path: Path) -> None:
    ladder = "- id: escalation.twice" + POLICIES.partition("- id: escalation.twice")[2]
    other = ladder.replace("escalation.twice", "further.on").replace('"calls.*"', '"escalation.*"')
    path = tmp_path / "policies.yaml"
    path.write_text(POLICIES.replace('"calls.*"', '"calls.*", "further.*"') + other, encoding="utf-8")
    with pytest.raises(CheckerError) as refused:
        load_book([path], load_book([ROOT / "policies"]))
    assert [one.id for one in refused.value.problems] == ["ladder.circle", "ladder.circle"]
    assert "`further.on`" in refused.value.problems[0].what.en


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["甲,乙", "1,2"], "decisions.csv: this is not a table of decisions"),
        (["编号,认定,认定时间", "F-0123456789ab,也许,2026-09-22 10:00:00"], "decisions.csv:2: row 2 cannot be used: `也许`"),
    ],
)
def test_a_table_of_decisions_that_cannot_be_read_says_what_it_should_look_like(tmp_path: Path, lines: list[str], said: str) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "decisions.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(CheckerError) as caught:
        load_history(duckdb.connect(), [tmp_path / "runs"])
    told = caught.value.problems[0].line("en")
    assert said in told
    assert "its header names `fingerprint` and `decision`" in told
    assert "doctor" not in told


def test_decisions_and_runs_leave_their_trace_in_the_evidence(two_months: Path) -> None:
    audit(two_months, month(two_months / "十月", 10, "2026-10-10"), "2026-10", "--history", str(two_months / "runs"))
    run = two_months / "runs" / "2026-10"
    rows = duckdb.sql(f"SELECT e.record, count(*) FROM '{run}/evidence.parquet' e JOIN '{run}/findings.parquet' f USING (fingerprint) WHERE f.policy = 'escalation.twice' GROUP BY 1").fetchall()
    assert rows == [("finding", 2)]
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    assert [one["fail"] for one in summary["policies"]] == [1, 1]
