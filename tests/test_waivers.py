"""Waivers and the baseline, from the command line: who decides, what is reported, what an audit still fails for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import openpyxl
import pytest

from tests.test_audit import call, write

ROOT = Path(__file__).parent.parent
PERIOD = ("--profile", "residential", "--period", "2026-10", "--select", "telephone.answer-within-rings")


def checker(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "checker", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def waived(out: Path) -> dict[str, str | None]:
    """Who waived it, by subject, of every violation."""
    return dict(duckdb.sql(f"SELECT subject, waived_by FROM '{out}/findings.parquet' WHERE verdict = 'fail' ORDER BY 1").fetchall())


def summary(out: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three calls answered on the third ring, where two are the limit, and one on the second."""
    calls = [call(1, "e1", "2026-10-05 09:00:00", 3), call(2, "e1", "2026-10-10 09:00:00", 3), call(3, "e1", "2026-10-31 23:59:59", 3), call(4, "e1", "2026-10-06 09:00:00", 2)]
    write(tmp_path / "data" / "话务记录.csv", calls)
    return tmp_path / "data"


RULE = "  - {policy: telephone.answer-within-rings, subject: c1, reason: 线路检修, approved_by: 客服经理, from: 2026-10-05, until: 2026-10-31}\n"


def yaml(path: Path, *rules: str) -> Path:
    path.write_text("format: waivers/1\nwaivers:\n" + "".join(rules), encoding="utf-8")
    return path


def audit(data: Path, out: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return checker("audit", data, "--out", out, "--lang", "en", "--no-report", *PERIOD, *words)


def test_a_waived_violation_stays_a_violation_and_says_who_waived_it(data: Path, tmp_path: Path) -> None:
    done = audit(data, tmp_path / "run", "--waivers", yaml(tmp_path / "w.yaml", RULE))
    assert done.returncode == 1
    assert waived(tmp_path / "run") == {"c1": "客服经理 (w.yaml:3)", "c2": None, "c3": None}
    counts = summary(tmp_path / "run")["policies"][0]  # type: ignore[index]
    assert (counts["fail"], counts["waived"]) == (3, 1)
    assert "waived by" in (tmp_path / "run" / "violations.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert "客服经理 (w.yaml:3)" in (tmp_path / "run" / "violations.csv").read_text(encoding="utf-8-sig")


def test_an_audit_whose_violations_are_all_waived_ends_clean(data: Path, tmp_path: Path) -> None:
    rule = RULE.replace("subject: c1, ", "").replace("2026-10-05", "2026-10-01")
    assert audit(data, tmp_path / "run", "--waivers", yaml(tmp_path / "w.yaml", rule)).returncode == 0
    assert None not in waived(tmp_path / "run").values()


@pytest.mark.parametrize(("first", "last", "stands"), [
    ("2026-10-05", "2026-10-10", ["c3"]), ("2026-10-06", "2026-10-31", ["c1"]), ("2026-10-05", "2026-10-30", ["c3"]), ("2026-10-11", "2026-10-31", ["c1", "c2"]),
])  # fmt: skip
def test_both_days_of_a_waiver_are_included_and_no_others(data: Path, tmp_path: Path, first: str, last: str, stands: list[str]) -> None:
    rule = RULE.replace("subject: c1, ", "").replace("2026-10-05", first).replace("2026-10-31", last)
    audit(data, tmp_path / "run", "--waivers", yaml(tmp_path / "w.yaml", rule))
    assert [one for one, by in waived(tmp_path / "run").items() if by is None] == stands


def test_of_several_waivers_the_narrowest_is_named(data: Path, tmp_path: Path) -> None:
    wide = RULE.replace("subject: c1, ", "").replace("telephone.answer-within-rings", "'telephone.*'").replace("客服经理", "项目经理")
    audit(data, tmp_path / "run", "--waivers", yaml(tmp_path / "w.yaml", wide, RULE))
    assert waived(tmp_path / "run") == {"c1": "客服经理 (w.yaml:4)", "c2": "项目经理 (w.yaml:3)", "c3": "项目经理 (w.yaml:3)"}


def test_another_site_or_subject_is_not_waived(data: Path, tmp_path: Path) -> None:
    rules = (RULE.replace("subject: c1", "site: S9"), RULE.replace("subject: c1", "subject: c"), RULE.replace("subject: c1", "subject: c4"))
    done = audit(data, tmp_path / "run", "--waivers", yaml(tmp_path / "w.yaml", *rules))
    assert set(waived(tmp_path / "run").values()) == {None}
    assert done.stdout.count("fits no violation") == 3


def test_waivers_that_ran_out_fit_nothing_or_are_too_broad_are_reported(data: Path, tmp_path: Path) -> None:
    rules = (
        RULE, RULE.replace("until: 2026-10-31", "until: 2026-10-20"), RULE.replace("subject: c1", "subject: c7"),
        RULE.replace("subject: c1, ", "").replace("telephone.answer-within-rings", "'*'"), RULE.replace("until: 2026-10-31", "until: 2027-12-31"),
        RULE.replace("from: 2026-10-05, until: 2026-10-31", "from: 2026-11-01, until: 2026-11-30"),
    )  # fmt: skip
    done = audit(data, tmp_path / "run", "--waivers", yaml(tmp_path / "w.yaml", *rules))
    odd = [one["odd"] for one in summary(tmp_path / "run")["waivers"]]  # type: ignore[index,attr-defined]
    assert odd == [[], ["expired"], ["unused"], ["over-broad"], ["over-broad"], ["not-begun"]]
    for said in ("ran out before the period ended", "fits no violation", "is too broad", "has not begun"):
        assert said in done.stdout


HEAD = ["政策", "对象", "理由", "批准人", "开始日期", "有效期至"]
ROW = ["telephone.answer-within-rings", "c1", "线路检修", "客服经理", "2026/10/5", "2026年10月31日"]


def workbook(path: Path, *rows: list[str]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_a_workbook_with_chinese_headers_is_read_like_a_file_of_yaml(data: Path, tmp_path: Path) -> None:
    book = workbook(tmp_path / "豁免.xlsx", ["豁免清单(十月)"], HEAD, ROW)
    assert audit(data, tmp_path / "run", "--waivers", book).returncode == 1
    assert waived(tmp_path / "run") == {"c1": "客服经理 (豁免.xlsx:3)", "c2": None, "c3": None}


def test_each_mistake_of_a_workbook_is_told_with_file_row_and_way_out(data: Path, tmp_path: Path) -> None:
    rows = [
        [*ROW[:2], "", *ROW[3:]], [ROW[0], "c1", "检修", "客服经理", "十月五日", "2026-10-31"],
        ["telephone.answer", *ROW[1:]], [*ROW[:4], "2026-10-31", "2026-10-05"], ["", "c2", "", "", "", ""],
    ]  # fmt: skip
    book = workbook(tmp_path / "豁免.xlsx", HEAD, *rows)
    for command in (("validate", book), ("audit", data, "--out", tmp_path / "run", *PERIOD, "--waivers", book)):
        done = checker(*command, "--lang", "en")
        assert done.returncode == 2
        said = done.stdout + done.stderr
        assert f"{book}[Sheet]:2:3: `reason` is empty; a waiver names its policy, reason, approver and dates" in said
        assert f"{book}[Sheet]:3:5: `十月五日` is not a date; write for example `2026-10-01`" in said
        assert f"{book}[Sheet]:4:1: there is no policy `telephone.answer`; did you mean" in said
        assert f"{book}[Sheet]:5:6: `until` lies before `from`; change one of them" in said
        assert f"{book}[Sheet]:6:1: `policy` is empty" in said
        assert not (tmp_path / "run").exists()
    assert "「理由」没有填" in checker("validate", book, "--lang", "zh").stdout


def test_a_workbook_without_the_columns_is_refused(tmp_path: Path) -> None:
    done = checker("validate", workbook(tmp_path / "w.xlsx", HEAD[:3], ROW[:3]), "--lang", "en")
    assert (done.returncode, "these columns are missing: `approved_by`, `from`, `until`" in done.stdout) == (2, True)


def test_a_sound_workbook_validates(tmp_path: Path) -> None:
    assert checker("validate", workbook(tmp_path / "w.xlsx", HEAD, ROW), "--lang", "en").stdout == "no errors\n"


@pytest.mark.parametrize(("change", "said"), [
    (("reason: 线路检修", "reason: ''"), "`reason` is empty"), (("answer-within-rings", "answer-in-rings"), "there is no policy"),
    (("from: 2026-10-05", "from: 2026-11-05"), "`until` lies before `from`"), (("approved_by: 客服经理, ", ""), "`approved_by` is missing"),
])  # fmt: skip
def test_a_mistake_in_yaml_is_told_where_it_stands(data: Path, tmp_path: Path, change: tuple[str, str], said: str) -> None:
    done = audit(data, tmp_path / "run", "--waivers", yaml(tmp_path / "w.yaml", RULE.replace(*change)))
    assert (done.returncode, said in done.stderr, f"{tmp_path}/w.yaml:3" in done.stderr) == (2, True, True)


def test_a_waived_violation_is_not_counted_by_a_ladder(tmp_path: Path) -> None:
    """Two late answers of one person propose the second step; with one of them waived it is the first."""
    staff = [{"工号": "e1", "姓名": "测试甲", "项目": "S1", "班组": "T1", "岗位": "前台", "入职日期": "2020-01-01"}]
    write(tmp_path / "data" / "员工花名册.csv", staff)
    write(tmp_path / "data" / "话务记录.csv", [call(1, "e1", "2026-10-05 09:00:00", 3), call(2, "e1", "2026-10-10 09:00:00", 3)])
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "ladder.yaml").write_text(LADDER, encoding="utf-8")
    words = ("--profile", "residential", "--period", "2026-10", "--policies", policies, "--max-unknown", "100 %")
    rule = RULE.replace("telephone.answer-within-rings", "test.rings")
    numbers = {}
    for name, more in (("plain", ()), ("waived", ("--waivers", yaml(tmp_path / "w.yaml", rule)))):
        checker("audit", tmp_path / "data", "--out", tmp_path / name, "--no-report", *words, *more)
        sql = f"SELECT json_extract_string(arguments, '$.number') FROM '{tmp_path / name}/findings.parquet' WHERE policy = 'test.ladder' ORDER BY 1"
        numbers[name] = [row[0] for row in duckdb.sql(sql).fetchall()]
    assert numbers == {"plain": ["1", "2"], "waived": ["1"]}


COMMON = """  source: [{document: operator-procedure, clause: "1.2"}]
  standard: telephone.answer-within-rings
  severity: {level: minor, reason: {zh: 试验, en: a test}}
"""
LADDER = f"""format: policies/1
policies:
- id: test.rings
  title: {{zh: 铃响, en: Rings}}
{COMMON}  accountable: staff_id
  kind: requirement
  for_each: call
  require: {{rings: {{at_most: 2}}}}
- id: test.ladder
  title: {{zh: 累计, en: Repeats}}
{COMMON}  kind: ladder
  of: {{findings: {{policies: [test.rings]}}}}
  per: accountable
  look_back: 20 calendar days
  steps:
    - {{count: 1, propose: oral-warning}}
    - {{count: 2, propose: written-warning}}
"""


# --- the baseline ----------------------------------------------------------------------------------------------------


def test_against_a_baseline_only_new_violations_fail(data: Path, tmp_path: Path) -> None:
    assert audit(data, tmp_path / "before").returncode == 1
    same = audit(data, tmp_path / "same", "--baseline", tmp_path / "before")
    assert same.returncode == 0, same.stderr
    assert "0 new violations, 3 known" in same.stdout
    calls = [call(number, "e1", f"2026-10-{number + 4:02} 09:00:00", 3) for number in (1, 2, 5)]
    write(data / "话务记录.csv", calls)
    done = audit(data, tmp_path / "after", "--baseline", tmp_path / "before")
    assert done.returncode == 1
    assert "1 new violations, 2 known" in done.stdout
    assert summary(tmp_path / "after")["policies"][0]["new"] == 1  # type: ignore[index]


def test_a_new_violation_that_is_waived_does_not_fail(data: Path, tmp_path: Path) -> None:
    audit(data, tmp_path / "before")
    write(data / "话务记录.csv", [call(1, "e1", "2026-10-05 09:00:00", 3), call(9, "e1", "2026-10-09 09:00:00", 3)])
    rule = RULE.replace("subject: c1", "subject: c9")
    assert audit(data, tmp_path / "after", "--baseline", tmp_path / "before", "--waivers", yaml(tmp_path / "w.yaml", rule)).returncode == 0


def test_what_was_waived_in_the_baseline_is_new_when_the_waiver_is_gone(data: Path, tmp_path: Path) -> None:
    audit(data, tmp_path / "before", "--waivers", yaml(tmp_path / "w.yaml", RULE))
    assert audit(data, tmp_path / "after", "--baseline", tmp_path / "before").returncode == 1


def test_a_baseline_of_another_period_is_told(data: Path, tmp_path: Path) -> None:
    """Nothing of it can be known here, so everything is new: that is said, not left to be found out."""
    same = audit(data, tmp_path / "before")
    assert "note:" not in audit(data, tmp_path / "same", "--baseline", tmp_path / "before").stdout + same.stdout
    manifest = tmp_path / "before" / "manifest.json"
    said = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**said, "period": "2026-08", "sites": [{**one, "site": "S9"} for one in said["sites"]]}), encoding="utf-8")
    done = audit(data, tmp_path / "after", "--baseline", tmp_path / "before")
    assert "known — note: its period has no day in common with this one, it audits none of these sites" in done.stdout
    assert summary(tmp_path / "after")["baseline_odd"] == ["other-period", "other-site"]


def test_a_baseline_that_is_no_run_is_refused(data: Path, tmp_path: Path) -> None:
    done = audit(data, tmp_path / "run", "--baseline", data)
    assert (done.returncode, "this is not the run of an audit" in done.stderr) == (2, True)
