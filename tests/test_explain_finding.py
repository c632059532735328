"""`checker explain F-…`: a finding of a run, with the value in force, the arithmetic, the records and what would have been enough."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator

from checker.account import from_data
from checker.cli import cli
from checker.load import load_profile
from checker.policy.plain import plain
from checker.report.outputs import outputs
from checker.run import read_run
from checker.witness import verdict
from tests.test_audit import Rows, audit, call, write

ROOT = Path(__file__).parent.parent
SELECT = ("telephone.answer-within-rings", "dispatch.within-five-minutes", "repair.arranged-in-time", "callback.other-rate-10", "reception.record-required-items",
          "callback.repair-same-day", "micro-service.online-hours", "visit.twice-per-year")  # fmt: skip
NAME, PHONE = "测试姓名甲", "13900001234"


def ticket(number: int, **cells: str) -> dict[str, str]:
    plain = {"工单号": f"t{number}", "项目": "S1", "需求类别": "其他", "受理时间": "2026-10-12 09:00:00", "受理人": "e1", "来源": "电话", "状态": "已关闭"}
    return {**plain, **cells}


FILES: dict[str, Rows] = {
    "项目台账.csv": [{"项目编号": "S1", "项目名称": "测试小区", "业态": "住宅", "时区": "Asia/Shanghai"}],
    "员工花名册.csv": [{"工号": f"e{n}", "姓名": NAME, "项目": "S1", "班组": "T1", "岗位": "前台", "入职日期": "2020-01-01", "上级": "e9"} for n in (1, 2)],
    "话务记录.csv": [call(1, "e1", "2026-10-05 09:00:00", 3), call(2, "e1", "2026-10-06 09:00:00", 2)],
    "工单.csv": [
        ticket(1, 派单时间="2026-10-13 08:03:00", 受理时间="2026-10-12 22:28:00"),
        ticket(2, 需求类别="报修", 受理时间="2026-09-30 10:00:00", 到场时间="2026-10-14 10:00:00", 派单时间="2026-09-30 10:01:00", 完成时间="2026-10-14 12:00:00"),
        ticket(3, 来源="前台", 联系人=NAME, 联系电话=PHONE, 服务内容=f"请回电 {PHONE}", 派单时间="2026-10-12 09:01:00", 完成时间="2026-10-12 10:00:00"),
        ticket(4, 派单时间="2026-10-12 09:01:00", 完成时间="2026-10-12 10:00:00"),
        ticket(5, 派单时间="2026-10-12 09:01:00", 完成时间="2026-10-12 11:00:00"),
    ],
    "回访记录.csv": [{"回访编号": "h1", "工单号": "t9", "回访时间": "2026-10-13 09:00:00", "回访人": "e1", "回访结果": "已回访"}],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month of a small site, whose hotline closes at night and whose repairs are due in working days, and its run."""
    folder = tmp_path_factory.mktemp("explained")
    for name, rows in FILES.items():
        write(folder / "data" / name, rows)
    made: dict[str, Any] = plain(load_profile(ROOT / "policies" / "profiles" / "residential.yaml"))
    limit = [{"when": {"urgency": "urgent"}, "value": "30 minutes"}, {"from": "2026-01-01", "value": "3 working days", "source": {"document": "staff-rules", "clause": "2.2.1"}}]
    made["set"]["repair.arranged-in-time"] = {"limit": limit}
    made["windows"]["hotline_hours"] = [{"from": "08:00", "to": "22:30", "days": "all"}]
    (folder / "own.yaml").write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
    (folder / "mapping.yaml").write_text("format: mappings/1\nfiles:\n- {file: 工单.csv, record: ticket, covered: {until: 2026-11-01}}\n", encoding="utf-8")
    words = [word for one in SELECT for word in ("--select", one)]
    done = audit(folder / "data", folder / "run", "--period", "2026-10", "--profile", str(folder / "own.yaml"), "--mapping", str(folder / "mapping.yaml"),
                 "--keep-passes", "--no-report", "--allow-missing", *words)  # fmt: skip
    assert done.returncode == 1, done.stderr
    return folder


def findings(run: Path) -> dict[tuple[str, str], str]:
    """(policy, subject) -> fingerprint."""
    return {(policy, subject): mark for policy, subject, mark in duckdb.sql(f"SELECT policy, subject, fingerprint FROM '{run}/findings.parquet'").fetchall()}


def explain(run: Path, mark: str, *words: object) -> Any:
    return CliRunner().invoke(cli, ["explain", mark, "--run", str(run), *map(str, words)])


def told(folder: Path, policy: str, subject: str, lang: str) -> list[str]:
    done = explain(folder / "run", "F-" + findings(folder / "run")[policy, subject][:12], "--lang", lang)
    assert done.exit_code == 0, done.output
    return [line.strip() for line in done.output.splitlines()]


def stands(lines: list[str], *wanted: str) -> None:
    """That these lines stand there, in this order."""
    at = -1
    for one in wanted:
        assert one in lines[at + 1 :], f"{one!r} not after line {at} of:\n" + "\n".join(lines)
        at = lines.index(one, at + 1)


def test_a_requirement_says_clause_value_test_and_row(folder: Path) -> None:
    zh = told(folder, "telephone.answer-within-rings", "c1", "zh")
    assert zh[0].endswith("不合格  重要")
    stands(
        zh, "依据:", "《客服中心员标准操作规程》1.2", "适用的取值:", "max_rings(最多铃声数) = 2 声(方案 residential 设定,《客服中心员标准操作规程》1.2,项目经理批准)",
        "条件:", "[符合] 要求: 「接听状态」为已接听;实际 已接听", "[不符合] 要求: 「铃响声数」不超过2 声;实际 3 声", "记录:", "怎样才够:", "满足:", "「铃响声数」不超过2 声",
    )  # fmt: skip
    assert any(line.startswith("本条 电话记录 c1") and line.endswith("话务记录.csv:2") for line in zh)
    en = told(folder, "telephone.answer-within-rings", "c1", "en")
    assert any(line.startswith("[no] demands: ") and line.endswith("is at most 2 rings; found 3 rings") for line in en)


def test_a_deadline_in_hours_says_when_its_clock_ran(folder: Path) -> None:
    zh = told(folder, "dispatch.within-five-minutes", "t1", "zh")
    stands(
        zh, "计算:", "自 2026-10-12 22:28 起算(「受理时间」)", "时限 5 分钟,只计热线服务时间", "2026-10-12 22:28 至 2026-10-12 22:30 计 2 分钟,还剩 3 分钟",
        "2026-10-13 08:00 至 2026-10-13 08:03 计 3 分钟,还剩 0 秒", "期限 2026-10-13 08:03", "2026-10-13 08:03 完成,在期限内",
    )  # fmt: skip
    assert "怎样才够:" not in zh
    en = told(folder, "dispatch.within-five-minutes", "t1", "en")
    stands(en, "the limit is 5 min, counted in hotline hours alone", "it was due at 2026-10-13 08:03", "it was met at 2026-10-13 08:03, in time")


def test_a_deadline_in_working_days_says_which_days_it_counted(folder: Path) -> None:
    """30 September to 9 October 2026: the national holiday lies between."""
    zh = told(folder, "repair.arranged-in-time", "t2", "zh")
    assert any(line.startswith("limit(") and "其余" not in line and "自 2026-01-01 起" in line and "3 个工作日" in line for line in zh)
    stands(zh, "时限 3 个工作日", "2026-09-30(周三) 起算当天,不计", "2026-10-01(周四) 休息日,不计", "2026-10-07(周三) 休息日,不计", "2026-10-08(周四) 计一天,还剩 2 天")
    en = told(folder, "repair.arranged-in-time", "t2", "en")
    due = next(line for line in en if line.startswith("it was due at "))
    late = next(line for line in en if line.startswith("it was met at 2026-10-14 10:00, late by "))
    assert f"arrived at by {due.removeprefix('it was due at ')}, sooner by {late.partition('late by ')[2]}" in en


def test_a_rate_says_how_many_more_would_do(folder: Path) -> None:
    zh = told(folder, "callback.other-rate-10", "S1", "zh")
    stands(zh, "共 3 件:达标 0,未达标 3", "0 / 3,目标至少 10 %,即至少 1", "怎样才够:", "3 件中再有 1 件达标")
    assert sum(line.startswith("其中 工单 t") for line in zh) == 3
    stands(told(folder, "callback.other-rate-10", "S1", "en"), "0 of 3; at least 10 % is asked for, that is 1", "1 more of 3")


def test_personal_data_is_masked_unless_there_is_a_reason(folder: Path) -> None:
    mark = findings(folder / "run")["reception.record-required-items", "t3"]
    for words in ((), ("--format", "json")):
        masked = explain(folder / "run", mark, *words)
        assert masked.exit_code == 0
        assert NAME not in masked.output and PHONE not in masked.output and "139****1234" in masked.output
        shown = explain(folder / "run", mark, *words, "--unmask", "--reason", "复核")
        assert NAME in shown.output and PHONE in shown.output
    refused = explain(folder / "run", mark, "--unmask", "--lang", "en")
    assert "needs a reason" in str(refused.exception) or "`--unmask` needs `--reason`" in str(refused.exception) or refused.exit_code != 0


def test_every_finding_explained_as_json_fits_its_schema_and_is_judged_again(folder: Path) -> None:
    schema = Draft7Validator(outputs()["explanation.json"])
    found = duckdb.sql(f"SELECT fingerprint, verdict, measured, \"limit\", accountable FROM '{folder}/run/findings.parquet'").fetchall()
    assert {row[1] for row in found} >= {"pass", "fail"}
    for mark, said, measured, limit, accountable in found:
        done = explain(folder / "run", mark, "--format", "json")
        data = json.loads(done.output)
        assert [f"{list(error.absolute_path)}: {error.message}" for error in schema.iter_errors(data)] == []
        one = data["explanation"]
        assert verdict(tuple(from_data(account) for account in one["accounts"])) == one["verdict"] == data["verdict"] == said
        assert (one["facts"]["measured"], one["facts"]["limit"], one["facts"]["accountable"]) == (measured, limit, accountable)
        assert any(record["source"]["file"] for record in one["records"])


def test_files_that_moved_are_found_where_it_is_said_and_those_that_changed_are_not_taken(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "run", tmp_path / "run")
    shutil.copytree(folder / "data", tmp_path / "moved")
    mark = findings(tmp_path / "run")["dispatch.within-five-minutes", "t1"]
    assert "it was due at 2026-10-13 08:03" in explain(tmp_path / "run", mark, "--data", tmp_path / "moved", "--lang", "en").output
    with (tmp_path / "moved" / "工单.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    changed = explain(tmp_path / "run", mark, "--data", tmp_path / "moved", "--lang", "en")
    assert changed.exit_code == 0
    assert "not computed again: file 工单.csv has changed since the audit; say with `--data` where they are." in changed.output
    assert "Ticket 工单.csv:2" in changed.output and "it was due at" not in changed.output
    (tmp_path / "moved" / "工单.csv").unlink()
    gone = explain(tmp_path / "run", mark, "--data", tmp_path / "moved", "--lang", "zh")
    assert "没有重新计算:当时的文件 工单.csv 不在了;用 `--data` 指出它们在哪里。" in gone.output
    data = json.loads(explain(tmp_path / "run", mark, "--data", tmp_path / "moved", "--format", "json").output)
    assert data["explanation"] is None and data["why_not"]["en"].startswith("file 工单.csv that was read is gone")
    assert list(Draft7Validator(outputs()["explanation.json"]).iter_errors(data)) == []


def test_a_file_that_came_later_is_not_taken_for_one_of_the_audit(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "data", tmp_path / "data")
    write(tmp_path / "data" / "微客服.csv", [{"会话编号": "w1"}])
    mark = findings(folder / "run")["dispatch.within-five-minutes", "t1"]
    assert "file 微客服.csv was not there at the audit" in explain(folder / "run", mark, "--data", tmp_path / "data", "--lang", "en").output


def refused(run: Path | None, mark: str) -> str:
    words = ["explain", mark, *(["--run", str(run)] if run else [])]
    return " ".join(one.line("en") for one in CliRunner().invoke(cli, words).exception.problems)  # type: ignore[union-attr]


def test_what_cannot_be_explained_is_said_with_the_way_out(folder: Path, tmp_path: Path) -> None:
    assert "it is not said of which run" in refused(None, "F-0123456789ab")
    assert "the run has no finding `F-0123456789ab`" in refused(folder / "run", "F-0123456789ab")
    assert "this is not the run of an audit" in refused(tmp_path, "F-0123456789ab")


def test_of_several_findings_that_begin_alike_more_digits_are_asked_for(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "run", tmp_path / "run")
    path, made = tmp_path / "run" / "findings.parquet", tmp_path / "made.parquet"
    duckdb.sql(f"COPY (SELECT * REPLACE ('abcdef' || fingerprint[7:] AS fingerprint) FROM '{path}') TO '{made}' (FORMAT parquet)")
    made.replace(path)
    said = refused(tmp_path / "run", "F-abcdef")
    assert "findings begin with `F-abcdef`" in said and "write more digits, for example F-abcdef" in said


def test_a_run_says_what_was_read_and_how(folder: Path) -> None:
    manifest = read_run(folder / "run").manifest
    assert manifest["read"] == {"data": [(folder / "data").as_posix()], "history": []}
    book = json.loads((folder / "run" / "book.json").read_text(encoding="utf-8"))
    assert [entry["file"] for one in book["mappings"] for entry in one["files"]] == ["工单.csv"]
