"""A small audit for the tests of reports: twenty calls of October, a profile that scores them, and what follows by hand.

Scored are `calls.answered` (minor), `calls.rings` (major) and `calls.rate`; the area of visits has no record and gives its weight away.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from checker.cli import cli

POLICIES = """\
format: policies/1
policies:
- id: calls.answered
  standard: calls.answered
  title: {zh: 来电有人接, en: Calls are answered}
  source: [{document: operator-procedure, clause: "1.2"}]
  severity: {level: minor, reason: {zh: 第一印象, en: first impression}}
  accountable: staff_id
  because: [{otherwise: true, zh: "{accountable} 没有接 {caller_no} 的来电", en: "{accountable} did not answer the call from {caller_no}"}]
  kind: requirement
  for_each: call
  require: {outcome: answered}
- id: calls.rings
  standard: calls.rings
  title: {zh: 三声内接听, en: Answered within three rings}
  source: [{document: operator-procedure, clause: "1.3"}]
  severity: {level: major, reason: {zh: 第一印象, en: first impression}}
  accountable: staff_id
  kind: requirement
  for_each: call
  where: {outcome: answered}
  require: {ring_count: {at_most: 3}}
- id: calls.rate
  standard: calls.rate
  title: {zh: 接听率, en: Answer rate}
  source: [{document: operator-procedure, clause: "1.4"}]
  severity: {level: major, reason: {zh: 漏接就是漏掉需求, en: a missed call is a missed demand}}
  kind: rate
  share_of: {record: call, time: ring_start_at}
  that: {outcome: answered}
  at_least: 85 %
  per: month
  group_by: [site_id]
- id: visits.done
  standard: visits.done
  title: {zh: 走访有结果, en: Visits have an outcome}
  source: [{document: operator-procedure, clause: "1.5"}]
  severity: {level: critical, reason: {zh: 走访是承诺, en: a visit is a promise}}
  kind: requirement
  for_each: call
  where: {direction: outbound}
  require: {ring_count: {at_most: 3}}
- id: escalation.third
  standard: escalation.third
  title: {zh: 三次建议谈话, en: A talk after three}
  source: [{document: operator-procedure, clause: "9.1"}]
  severity: {level: minor, reason: {zh: 只是建议, en: a proposal}}
  kind: ladder
  of: {findings: {policies: ["calls.*"], decision: confirmed}}
  per: accountable
  look_back: 1 months
  steps: [{count: 3, propose: oral-warning}]
"""
PROFILE = """\
format: profiles/1
profile: small
points: {critical: 5, major: 2, minor: "0.5", advisory: 0}
scoring:
  source: {zh: 测试用评分办法, en: scoring of the tests}
  approved_by: 测试甲
  method: METHOD
  areas:
    - {title: {zh: "来电、接听", en: Answering}, weight: 60, policies: [calls.answered, calls.rings]}
    - {title: {zh: 比率, en: Rates}, weight: 30, policies: [calls.rate]}
    - {title: {zh: 走访, en: Visits}, weight: 10, policies: ["*"]}
  steepness: 5
  bands: [{over: 2 %, deduct: 25 %}, {over: 5 %, deduct: 50 %}, {over: 10 %, deduct: 100 %}]
  repeated: {within: 90 calendar days, weighs: 150 %}
  grades:
    - {from: 95, grade: {zh: 优秀, en: excellent}}
    - {from: 90, grade: {zh: 良好, en: good}}
    - {from: 80, grade: {zh: 合格, en: qualified}}
    - {from: 0, grade: {zh: 不合格, en: not qualified}}
  critical_at_most: 80
  pass_mark: 85
indicators:
  - {title: {zh: 来电接听率, en: Calls answered}, policies: [calls.rate]}
  - {title: {zh: 三声内接听, en: Within three rings}, policies: [calls.rings]}
"""
Row = dict[str, str]


def call(number: int, staff: str, day: str, outcome: str = "已接听", rings: int = 1, caller: str = "13800001111") -> Row:
    return {"通话编号": f"c{number:02}", "呼叫类型": "呼入", "来电时间": f"{day} 09:{number % 60:02}:00", "振铃次数": str(rings), "接听状态": outcome,
            "接听人": staff, "主叫号码": caller}  # fmt: skip


MISSED = {1: "e1", 2: "e1", 3: "e1", 4: "e2"}


def calls() -> list[Row]:
    """Twenty calls of October: e1 misses three and e2 one; e1 answers one on the fifth ring."""
    return [
        call(number, MISSED.get(number, "e1" if number % 2 else "e2"), f"2026-10-{number:02}", "未接" if number in MISSED else "已接听", 5 if number == 9 else 1)
        for number in range(1, 21)
    ]  # fmt: skip


def write(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)


def folder(base: Path, rows: list[Row] | None = None, name: str = "测试甲", method: str = "points") -> Path:
    """A working folder: policies, profile, data."""
    base.mkdir(exist_ok=True)
    (base / "policies.yaml").write_text(POLICIES, encoding="utf-8")
    (base / "profile.yaml").write_text(PROFILE.replace("METHOD", method), encoding="utf-8")
    write(base / "data" / "话务记录.csv", rows if rows is not None else calls())
    write(base / "data" / "员工花名册.csv", [{"工号": one, "姓名": name, "班组": "T1", "入职日期": "2020-01-01"} for one in ("e1", "e2")])
    return base


def run(*words: object) -> int:
    """A command in this process; its exit code."""
    found: Any = cli.main([str(word) for word in words], standalone_mode=False)
    return int(found or 0)


def audit(base: Path, out: Path, period: str = "2026-10", *words: object) -> Path:
    """Audit a working folder; without reports unless asked, for they take longer than so small an audit."""
    words = words if "--report" in words else (*words, "--no-report")
    run("audit", base / "data", "--policies", base / "policies.yaml", "--profile", base / "profile.yaml", "--period", period, "--out", out, "--allow-missing", *words)
    return out
