"""What the evidence does not say is said: sources that are empty, absent, partial or strange, and rows that are doubtful."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.test_audit import Rows, audit, call, findings, write

SITE = [{"项目编号": "S1", "项目名称": "测试小区", "业态": "住宅", "时区": "Asia/Shanghai"}]
STAFF = [{"工号": "e1", "姓名": "测试甲", "项目": "S1", "班组": "T1", "岗位": "前台", "入职日期": "2020-01-01"}]
WORDS = ("--period", "2026-10", "--profile", "residential")


def ticket(number: str, received: str, **more: str) -> dict[str, str]:
    return {"工单号": number, "项目": "S1", "需求类别": "报修", "状态": "已完成", "受理时间": received, "受理人": "e1", "派单时间": "", "完成时间": "", "关单时间": "", **more}


def folder(tmp_path: Path, **files: Rows) -> Path:
    for name, rows in {"项目台账": SITE, "员工花名册": STAFF, **files}.items():
        write(tmp_path / "data" / f"{name}.csv", rows)
    return tmp_path / "data"


def doubtful(run: Path) -> list[tuple[str, str, str]]:
    with (run / "data-quality.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["类别 kind"].split(" ", 1)[1], row["列 column"], row["原文 text"]) for row in csv.DictReader(file)]


def summary(run: Path) -> dict[str, dict[str, object]]:
    return {one["policy"]: one for one in json.loads((run / "summary.json").read_text(encoding="utf-8"))["policies"]}


def mapped(tmp_path: Path, *entries: str) -> tuple[str, str]:
    path = tmp_path / "m.yaml"
    path.write_text("format: mappings/1\nfiles:\n" + "".join(f"  - {one}\n" for one in entries), encoding="utf-8")
    return "--mapping", str(path)


def test_a_row_of_a_site_that_the_roster_does_not_know_is_rejected(tmp_path: Path) -> None:
    rows = [ticket(f"t{n}", "2026-10-05 09:00:00", 派单时间="2026-10-05 09:06:00") for n in range(30)]
    data = folder(tmp_path, 工单=[*rows, ticket("x", "2026-10-05 09:00:00", 项目="S9", 派单时间="2026-10-05 09:06:00")])
    assert audit(data, tmp_path / "run", *WORDS, "--select", "dispatch.within-five-minutes").returncode == 1
    assert len(findings(tmp_path / "run")) == 30
    assert ("unusable row", "site_id", "") in doubtful(tmp_path / "run")


@pytest.mark.parametrize("select", ["telephone.answer-within-rings", "dispatch.within-five-minutes"])
def test_an_export_without_rows_or_stated_coverage_is_a_missing_source(tmp_path: Path, select: str) -> None:
    data = folder(tmp_path, 话务记录=[call(1, "e1", "2026-10-05 09:00:00", 1)], 工单=[ticket("t1", "2026-10-05 09:00:00")])
    for name in ("话务记录.csv", "工单.csv"):
        head = (data / name).read_text(encoding="utf-8-sig").splitlines()[0]
        (data / name).write_text(head + "\n", encoding="utf-8")
    done = audit(data, tmp_path / "run", *WORDS, "--select", select)
    assert done.returncode == 2
    assert "does not state its coverage" in done.stderr + done.stdout


def test_an_export_without_rows_that_states_its_coverage_is_not_applicable(tmp_path: Path) -> None:
    data = folder(tmp_path, 话务记录=[call(1, "e1", "2026-10-05 09:00:00", 1)])
    (data / "话务记录.csv").write_text((data / "话务记录.csv").read_text(encoding="utf-8-sig").splitlines()[0] + "\n", encoding="utf-8")
    mapping = mapped(tmp_path, '{file: "话务*", record: call, covered: {from: 2026-10-01, until: 2026-11-01}}')
    done = audit(data, tmp_path / "run", *WORDS, "--select", "telephone.answer-within-rings", *mapping)
    assert done.returncode == 0, done.stderr
    assert "no record of the period meets its conditions" in done.stdout


def test_an_export_of_another_month_is_a_missing_source(tmp_path: Path) -> None:
    data = folder(tmp_path, 话务记录=[call(1, "e1", "2026-09-05 09:00:00", 9)])
    mapping = mapped(tmp_path, '{file: "话务*", record: call, covered: {from: 2026-09-01, until: 2026-10-01}}')
    done = audit(data, tmp_path / "run", *WORDS, "--select", "telephone.answer-within-rings", *mapping)
    assert done.returncode == 2
    assert "another time" in done.stderr


def test_a_gap_between_two_exports_covers_nothing(tmp_path: Path) -> None:
    done_on = ticket("t1", "2026-10-20 09:00:00", 完成时间="2026-10-20 10:00:00")
    asked = [{"回访编号": f"b{n}", "工单号": "t9", "回访时间": at, "回访人": "e1", "回访结果": "已回访"} for n, at in enumerate(("2026-10-03 10:00:00", "2026-11-10 10:00:00"))]
    data = folder(tmp_path, 工单=[done_on, ticket("t9", "2026-10-02 09:00:00")], 回访_一=asked[:1], 回访_二=asked[1:])
    mapping = mapped(
        tmp_path, '{file: "回访_一*", record: callback, covered: {from: 2026-10-01, until: 2026-10-10}}', '{file: "回访_二*", record: callback, covered: {from: 2026-11-01, until: 2026-12-01}}'
    )
    audit(data, tmp_path / "run", *WORDS, "--as-of", "2026-12-01", "--select", "callback.repair-same-day", *mapping)
    assert findings(tmp_path / "run", "subject, verdict, missing") == [("t1", "unknown", "coverage")]


def test_the_profile_on_the_command_line_wins_over_the_roster_and_that_is_said(tmp_path: Path) -> None:
    data = folder(tmp_path, 话务记录=[call(1, "e1", "2026-10-05 09:00:00", 1)], 项目台账=[{**SITE[0], "考核方案": "residential"}])
    done = audit(data, tmp_path / "run", "--period", "2026-10", "--profile", "office-tower", "--select", "telephone.answer-within-rings")
    assert "the roster says profile residential; the command line says office-tower" in done.stdout


def test_a_subtotal_row_does_not_make_a_small_export_unusable(tmp_path: Path) -> None:
    data = folder(tmp_path, 话务记录=[call(1, "e1", "2026-10-05 09:00:00", 1)], 员工花名册=[*STAFF, {"工号": "合计", "姓名": "1"}])
    done = audit(data, tmp_path / "run", *WORDS, "--select", "telephone.answer-within-rings")
    assert done.returncode == 0, done.stderr
    assert ("subtotal row", "", "合计") in doubtful(tmp_path / "run")


def test_a_file_of_no_known_type_is_listed_and_the_audit_is_not_complete(tmp_path: Path) -> None:
    data = folder(tmp_path, 话务记录=[call(1, "e1", "2026-10-05 09:00:00", 1)], 导出2=[{"甲": "1", "乙": "2"}])
    done = audit(data, tmp_path / "run", *WORDS, "--select", "telephone.answer-within-rings")
    assert done.returncode == 2
    assert "导出2.csv: not recognised" in done.stderr
    assert ("table not recognised", "", "") in doubtful(tmp_path / "run")


def test_an_end_before_its_start_is_listed_whatever_policy_reads_it(tmp_path: Path) -> None:
    odd = {**call(1, "e1", "2026-10-05 09:00:00", 1), "接听时间": "2026-10-05 08:59:00"}
    data = folder(tmp_path, 话务记录=[odd], 责任区台账=[{"责任区编号": "A1", "项目": "S1", "管家": "e1", "生效日期": "2026-05-01", "失效日期": "2026-04-01"}])
    audit(data, tmp_path / "run", *WORDS, "--select", "telephone.answer-within-rings")
    assert [one[:2] for one in doubtful(tmp_path / "run") if one[0] == "end before start"] == [("end before start", "answered_at"), ("end before start", "valid_to")]


def test_personal_cells_are_masked_in_the_list_of_doubtful_rows(tmp_path: Path) -> None:
    odd = {**call(1, "e1", "2026-10-05 09:00:00", 1), "振铃次数": "打 13800000000 问"}
    data = folder(tmp_path, 话务记录=[*(call(n, "e1", "2026-10-05 09:00:00", 1) for n in range(2, 40)), odd])
    audit(data, tmp_path / "run", *WORDS, "--select", "telephone.answer-within-rings")
    assert "13800000000" not in (tmp_path / "run" / "data-quality.csv").read_text(encoding="utf-8-sig")
    audit(data, tmp_path / "open", *WORDS, "--select", "telephone.answer-within-rings", "--unmask", "--reason", "复核")
    assert "13800000000" in (tmp_path / "open" / "data-quality.csv").read_text(encoding="utf-8-sig")


def test_a_disputed_finding_is_traced_to_all_its_versions(tmp_path: Path) -> None:
    data = folder(tmp_path, 话务_a=[call(1, "e1", "2026-10-05 09:00:00", 3)], 话务_b=[call(1, "e1", "2026-10-05 09:00:00", 4)])
    audit(data, tmp_path / "run", *WORDS, "--select", "telephone.answer-within-rings")
    import duckdb

    assert findings(tmp_path / "run", "verdict, disputed") == [("fail", True)]
    assert duckdb.sql(f"SELECT file FROM '{tmp_path}/run/evidence.parquet' ORDER BY 1").fetchall() == [("话务_a.csv",), ("话务_b.csv",)]


def test_a_duty_that_lapsed_with_its_ticket_is_measured_to_its_end(tmp_path: Path) -> None:
    gone = ticket("t1", "2026-10-05 09:00:00", 状态="已取消", 关单时间="2026-10-05 09:30:00")
    data = folder(tmp_path, 工单=[gone])
    audit(data, tmp_path / "run", *WORDS, "--select", "dispatch.within-five-minutes")
    assert findings(tmp_path / "run", "verdict, measured") == [("fail", 30 * 60_000_000)]


def test_a_violation_says_the_value_in_force_and_where_it_comes_from(tmp_path: Path) -> None:
    data = folder(tmp_path, 话务记录=[call(1, "e1", "2026-10-05 09:00:00", 3)])
    audit(data, tmp_path / "run", *WORDS, "--select", "telephone.answer-within-rings")
    assert findings(tmp_path / "run", "value") == [("max_rings=2 rings (operator-procedure 1.2, 项目经理)",)]
    row = next(csv.DictReader((tmp_path / "run" / "violations.csv").open(encoding="utf-8-sig", newline="")))
    assert row["取值 value in force"] == "max_rings=2 rings (operator-procedure 1.2, 项目经理)"
    assert row["条款 clause"].startswith("《客服中心员标准操作规程》1.2")
    assert row["级别 severity"] == "重要 major"


def test_what_could_not_be_judged_says_which_field_it_lacks(tmp_path: Path) -> None:
    data = folder(tmp_path, 话务记录=[call(1, "e1", "2026-10-05 09:00:00", 1), {**call(2, "e1", "2026-10-05 09:00:00", 1), "振铃次数": ""}])
    done = audit(data, tmp_path / "run", *WORDS, "--select", "telephone.answer-within-rings", "--max-unknown", "60 %")
    assert "telephone.answer-within-rings: cannot be judged: 1 lack" in done.stdout
    assert summary(tmp_path / "run")["telephone.answer-within-rings"]["unknown"] == 1


def test_files_of_one_name_in_two_folders_are_told_apart(tmp_path: Path) -> None:
    data = folder(tmp_path)
    for number, name in ((1, "x"), (2, "y")):
        write(tmp_path / name / "话务.csv", [call(number, "e1", "2026-10-05 09:00:00", 9)])
    audit(data, tmp_path / "run", str(tmp_path / "x"), str(tmp_path / "y"), *WORDS, "--select", "telephone.answer-within-rings")
    files = [row[0] for row in findings(tmp_path / "run", "file")]
    assert [Path(str(one)).parent.name for one in files] == ["x", "y"]


def test_what_a_mapping_says_that_fits_nothing_is_listed(tmp_path: Path) -> None:
    data = folder(tmp_path, 话务记录=[call(1, "e1", "2026-10-05 09:00:00", 1)])
    mapping = mapped(tmp_path, '{file: "话务*", record: call, columns: {不存在的列: line_type}}', '{file: "没有这种*", record: visit}')
    audit(data, tmp_path / "run", *WORDS, "--select", "telephone.answer-within-rings", *mapping)
    assert [one for one in doubtful(tmp_path / "run") if one[0] == "mapping"] == [("mapping", "", ""), ("mapping", "不存在的列", "")]


def test_html_saved_as_excel_keeps_cells_that_span_in_their_places(tmp_path: Path) -> None:
    heads = "".join(f"<th>{one}" for one in ("通话编号", "呼叫类型", "来电时间", "振铃次数", "接听状态", "接听人"))
    first = '<tr><td>c1<td>呼入<td>2026-10-05 09:00<td>3<td>已接听<td rowspan="2">e1</tr>'
    page = f"<table><tr>{heads}</tr>{first}<tr><td>c2<td>呼入<td>2026-10-05 上午9:30<td>4<td>已接听</table>"
    data = folder(tmp_path)
    (data / "话务记录.xls").write_text(page, encoding="utf-8")
    audit(data, tmp_path / "run", *WORDS, "--select", "telephone.answer-within-rings")
    assert findings(tmp_path / "run", "subject, accountable, measured") == [("c1", "e1", 3), ("c2", "e1", 4)]


def test_an_error_value_of_excel_is_nobody(tmp_path: Path) -> None:
    rows = [*(call(n, "e1", "2026-10-05 09:00:00", 1) for n in range(2, 40)), call(1, "#N/A", "2026-10-05 09:00:00", 9), {**call(40, "e1", "2026-10-05 09:00:00", 1), "振铃次数": "-1"}]
    data = folder(tmp_path, 话务记录=rows)
    audit(data, tmp_path / "run", *WORDS, "--select", "telephone.answer-within-rings", "--keep-passes")
    assert {("unreadable cell", "接听人", "#N/A"), ("unreadable cell", "振铃次数", "-1")} <= set(doubtful(tmp_path / "run"))
    assert "c1" not in {row[0] for row in findings(tmp_path / "run", "subject")}
    assert "c40" not in {row[0] for row in findings(tmp_path / "run", "subject")}
