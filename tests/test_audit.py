"""The audit from its command line: several sites, exit codes, what is written, and what is masked."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import duckdb
import pytest

from checker.audit import exit_code
from checker.load import load_book
from checker.report.renderers import RENDERERS

ROOT = Path(__file__).parent.parent
Rows = list[dict[str, str]]


def write(path: Path, rows: Rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    heads = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.DictWriter(file, heads)
        out.writeheader()
        out.writerows(rows)


def audit(data: Path, out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "checker", "audit", str(data), "--out", str(out), "--lang", "en", "--no-report", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def findings(out: Path, columns: str = "site_id, subject, verdict") -> list[tuple[object, ...]]:
    return duckdb.sql(f"SELECT {columns} FROM '{out}/findings.parquet' ORDER BY ALL").fetchall()


def call(number: int, staff: str, at: str, rings: int) -> dict[str, str]:
    return {"通话编号": f"c{number}", "呼叫类型": "呼入", "来电时间": at, "振铃次数": str(rings), "接听状态": "已接听", "接听人": staff}


@pytest.fixture
def two_sites(tmp_path: Path) -> Path:
    """A residential community in Shanghai and an industrial park in Berlin: two profiles, two zones, one folder."""
    data = tmp_path / "data"
    sites = [
        {"项目编号": "S1", "项目名称": "测试小区", "业态": "住宅", "时区": "Asia/Shanghai", "考核方案": "residential"},
        {"项目编号": "S2", "项目名称": "测试园区", "业态": "产业园", "时区": "Europe/Berlin", "考核方案": "industrial-park"},
    ]
    staff = [{"工号": f"e{n}", "姓名": "测试甲", "项目": f"S{n}", "班组": "T1", "岗位": "前台", "入职日期": "2020-01-01"} for n in (1, 2)]
    calls = [
        call(1, "e1", "2026-10-05 09:00:00", 3), call(2, "e2", "2026-10-05 09:00:00", 3), call(3, "e2", "2026-10-05 09:30:00", 4),
        call(4, "e1", "2026-11-01 00:00:00", 9), call(5, "e2", "2026-10-31 23:59:59", 9),
    ]  # fmt: skip
    for name, rows in (("项目台账.csv", sites), ("员工花名册.csv", staff), ("话务记录.csv", calls)):
        write(data / name, rows)
    return data


def test_each_site_is_judged_by_its_own_profile_and_in_its_own_zone(two_sites: Path, tmp_path: Path) -> None:
    done = audit(two_sites, tmp_path / "run", "--period", "2026-10", "--select", "telephone.answer-within-rings", "--keep-passes")
    assert done.returncode == 1, done.stderr
    assert findings(tmp_path / "run", 'site_id, subject, verdict, measured, "limit"') == [
        ("S1", "c1", "fail", 3, 2), ("S2", "c2", "pass", 3, 3), ("S2", "c3", "fail", 4, 3), ("S2", "c5", "fail", 9, 3),
    ]  # fmt: skip
    when = duckdb.sql(f"SELECT epoch_us(occurred_at) FROM '{tmp_path}/run/findings.parquet' WHERE subject IN ('c1', 'c2') ORDER BY subject").fetchall()
    assert when[1][0] - when[0][0] == 6 * 3600 * 1_000_000
    summary = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    assert [(one["site"], one["profile"], one["as_of"]) for one in summary["sites"]] == [
        ("S1", "residential", "2026-10-31T16:00:00Z"), ("S2", "industrial-park", "2026-10-31T23:00:00Z"),
    ]  # fmt: skip


@pytest.mark.parametrize(("fail_on", "code"), [("major", 1), ("critical", 0), ("never", 0), ("advisory", 1)])
def test_the_exit_code_follows_the_severity_asked_for(two_sites: Path, tmp_path: Path, fail_on: str, code: int) -> None:
    assert audit(two_sites, tmp_path / "run", "--period", "2026-10", "--select", "telephone.answer-within-rings", "--fail-on", fail_on).returncode == code


def test_what_a_ladder_proposes_ends_no_audit_with_1() -> None:
    told = {"policy": "a.b", "severity": "critical", "fail": 3, "waived": 0}
    assert [exit_code((), [told | {"proposes": proposes}], "advisory") for proposes in (True, False)] == [0, 1]


def test_policies_without_their_records_make_the_audit_incomplete_unless_that_is_meant(two_sites: Path, tmp_path: Path) -> None:
    done = audit(two_sites, tmp_path / "run", "--period", "2026-10")
    assert done.returncode == 2
    assert "visit.twice-per-year: no records of" in done.stderr
    assert (tmp_path / "run" / "findings.parquet").is_file()
    assert audit(two_sites, tmp_path / "other", "--period", "2026-10", "--allow-missing", "--max-unknown", "100 %").returncode == 1


def test_only_unknowns_are_never_a_clean_audit(tmp_path: Path) -> None:
    write(tmp_path / "data" / "话务记录.csv", [{**call(1, "e1", "2026-10-05 09:00:00", 3), "振铃次数": ""}])
    done = audit(tmp_path / "data", tmp_path / "run", "--period", "2026-10", "--profile", "residential", "--select", "telephone.answer-within-rings", "--max-unknown", "100 %")
    assert done.returncode == 2
    assert "none of 1 can be judged" in done.stderr
    assert (done.stdout + done.stderr).count("none of 1 can be judged") == 1
    assert "the audit is not complete: 1 reasons" in done.stdout


def test_records_after_as_of_are_counted_and_not_seen(two_sites: Path, tmp_path: Path) -> None:
    done = audit(two_sites, tmp_path / "run", "--period", "2026-10", "--as-of", "2026-10-05T09:10", "--select", "telephone.answer-within-rings", "--keep-passes")
    assert [row[1] for row in findings(tmp_path / "run")] == ["c1", "c2"]
    assert "rows lie after as-of and are not seen" in done.stdout


def test_a_week_a_quarter_and_dates_are_periods(two_sites: Path, tmp_path: Path) -> None:
    for period, seen in (("2026-W41", ["c1", "c2", "c3"]), ("2026-Q4", ["c1", "c2", "c3", "c4", "c5"]), ("2026-10-31..2026-11-01", ["c4", "c5"])):
        audit(two_sites, tmp_path / period, "--period", period, "--select", "telephone.answer-within-rings", "--keep-passes")
        assert [row[0] for row in findings(tmp_path / period, "subject")] == seen


def test_the_project_file_makes_the_monthly_command_short(two_sites: Path, tmp_path: Path) -> None:
    (tmp_path / "checker.toml").write_text('period = "2026-10"\nselect = "telephone.answer-within-rings"\nout = "result"\nlang = "en"\n', encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "checker", "audit", "data"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert (tmp_path / "result" / "summary.json").is_file()
    assert "site S1 · period 2026-10" in done.stdout


def test_a_cell_that_would_be_a_formula_is_written_as_text(tmp_path: Path) -> None:
    rows = [{**call(1, "=1+1", "2026-10-05 09:00:00", 3), "通话编号": "=HYPERLINK(1)"}]
    write(tmp_path / "data" / "话务记录.csv", rows)
    audit(tmp_path / "data", tmp_path / "run", "--period", "2026-10", "--profile", "residential", "--select", "telephone.answer-within-rings")
    with (tmp_path / "run" / "violations.csv").open(encoding="utf-8-sig", newline="") as file:
        listed = list(csv.DictReader(file))
    assert [(row["对象 subject"], row["责任人 accountable"]) for row in listed] == [("'=HYPERLINK(1)", "'=1+1")]


def test_showing_personal_data_needs_a_reason_and_is_kept_in_the_manifest(two_sites: Path, tmp_path: Path) -> None:
    refused = audit(two_sites, tmp_path / "run", "--period", "2026-10", "--select", "telephone.answer-within-rings", "--unmask")
    assert (refused.returncode, "needs a reason" in refused.stderr) == (2, True)
    audit(two_sites, tmp_path / "run", "--period", "2026-10", "--select", "telephone.answer-within-rings", "--unmask", "--reason", "申诉复核")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["unmasked"] == "申诉复核"


def test_the_run_directory_holds_what_its_manifest_says(two_sites: Path, tmp_path: Path) -> None:
    audit(two_sites, tmp_path / "run", "--period", "2026-10", "--select", "telephone.answer-within-rings", "--report")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert sorted([*manifest["files"], "manifest.json"]) == sorted(path.name for path in (tmp_path / "run").iterdir())
    assert set(manifest["files"]) == {
        "findings.parquet", "evidence.parquet", "tally.parquet", "rates.parquet", "people.parquet", "names.parquet", "violations.csv", "proposals.csv", "summary.json", "data-quality.csv", "book.json", "compared.parquet",
        *(file for file, _ in RENDERERS.values()),
    }  # fmt: skip


def test_the_manifest_names_the_work_calendar(two_sites: Path, tmp_path: Path) -> None:
    audit(two_sites, tmp_path / "run", "--period", "2026-10", "--select", "telephone.answer-within-rings")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    national = load_book([ROOT / "policies" / "calendars"]).calendars["national"]
    assert manifest["calendars"] == {"national": sha256(national.model_dump_json().encode()).hexdigest()}
    assert manifest["holidays"] == f"chinesecalendar {version('chinesecalendar')}"


def test_counts_in_the_summary_are_those_of_the_findings(two_sites: Path, tmp_path: Path) -> None:
    audit(two_sites, tmp_path / "run", "--period", "2026-10", "--select", "telephone.answer-within-rings", "--keep-passes")
    summary = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    one = summary["policies"][0]
    rows = findings(tmp_path / "run")
    assert one["obligations"] == len(rows)
    assert one["fail"] == sum(row[2] == "fail" for row in rows)
    assert all(file["read"] == file["accepted"] + file["rejected"] + file["duplicates"] + file["superseded"] for file in summary["files"])
