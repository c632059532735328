"""Bad input ends with one clear sentence, the right exit code, and nothing lost or half-written."""

from __future__ import annotations

import csv
import gzip
import resource
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from checker.errors import CheckerError
from checker.ingest import readers

ROOT = Path(__file__).parent.parent
CALL = {"通话编号": "c1", "呼叫类型": "呼入", "来电时间": "2026-10-05 09:00:00", "振铃次数": "3", "接听状态": "已接听", "接听人": "e1"}
PERIOD = ("--profile", "residential", "--period", "2026-10", "--select", "telephone.answer-within-rings")


def write(path: Path, *rows: dict[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    return path


def audit(data: Path, out: Path, *words: str, limit: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "checker", "audit", str(data), "--out", str(out), "--lang", "en", "--no-report", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=limit)


def refused(done: subprocess.CompletedProcess[str], out: Path, *said: str) -> None:
    """Exit 2, the sentence on stderr, no traceback, and no run directory or rest of one."""
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert all(one in done.stderr for one in said), done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 3
    assert not out.exists()
    assert not list(out.parent.glob(f".{out.name}*"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write(tmp_path / "data" / "话务记录.csv", CALL)
    return tmp_path / "data"


def test_less_memory_than_it_takes(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKER_MEMORY", "1MB")
    refused(audit(data, tmp_path / "run", *PERIOD), tmp_path / "run", "1MB of memory are not enough for so many records and policies", "CHECKER_MEMORY")


def test_a_size_of_memory_that_is_none(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKER_MEMORY", "much")
    refused(audit(data, tmp_path / "run", *PERIOD), tmp_path / "run", "`much` in the environment variable CHECKER_MEMORY is no size of memory")


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    refused(audit(tmp_path / "data", tmp_path / "run", *PERIOD), tmp_path / "run", "there is no file to read in the folder")


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    refused(audit(tmp_path / "none", tmp_path / "run", *PERIOD), tmp_path / "run", "there is no such file or folder")


def test_a_policy_that_names_a_field_nobody_has(data: Path, tmp_path: Path) -> None:
    text = (ROOT / "policies" / "standards" / "telephone.yaml").read_text(encoding="utf-8").replace("direction: inbound", "directoin: inbound")
    (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")
    done = audit(data, tmp_path / "run", *PERIOD, "--policies", str(tmp_path / "policy.yaml"))
    assert done.returncode == 2
    assert "`directoin`" in done.stderr
    assert "did you mean `direction`?" in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("name", "content"), [("话务.xlsx", b"just text"), ("话务.parquet", b"just text"), ("话务.csv", b"PK\x03\x04zip")])
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).write_bytes(content)
    refused(audit(tmp_path / "data", tmp_path / "run", *PERIOD), tmp_path / "run", name, "the content is not")


@pytest.mark.parametrize(("name", "content"), [("话务.parquet", b"PAR1 and no more"), ("话务.csv.gz", gzip.compress(b"a,b")[:-9])])
def test_a_file_of_which_a_part_is_missing(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).write_bytes(content)
    refused(audit(tmp_path / "data", tmp_path / "run", *PERIOD), tmp_path / "run", name, "the file is damaged, or not all of it is there")


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with zipfile.ZipFile(tmp_path / "data" / "话务.xlsx", "w") as file:
        file.writestr("readme.txt", "nothing")
    refused(audit(tmp_path / "data", tmp_path / "run", *PERIOD), tmp_path / "run", "the content is not Excel")


def test_a_workbook_with_a_password(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    name = "EncryptedPackage".encode("utf-16-le")
    (tmp_path / "data" / "话务.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000 + name + b"\0" * 1000)
    refused(audit(tmp_path / "data", tmp_path / "run", *PERIOD), tmp_path / "run", "protected by a password", "save it without the password")


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with zipfile.ZipFile(tmp_path / "data" / "话务.xlsx", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/worksheets/sheet1.xml", b"0" * 200_000_000)
    refused(audit(tmp_path / "data", tmp_path / "run", *PERIOD), tmp_path / "run", "looks like a zip bomb")


def test_a_sheet_that_spans_far_too_much(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with zipfile.ZipFile(tmp_path / "data" / "话务.xlsx", "w") as file:
        file.writestr("xl/worksheets/sheet1.xml", '<sheetData><row><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    refused(audit(tmp_path / "data", tmp_path / "run", *PERIOD), tmp_path / "run", "1048576 rows x 16384 columns")


@pytest.mark.windows
def test_a_workbook_that_excel_holds_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "话务.xlsx"
    path.write_bytes(b"")

    def held(*_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(readers, "sha256", held)
    with pytest.raises(CheckerError) as error:
        list(readers.read(path, path.name))
    assert "close it in Excel" in str(error.value)


@pytest.mark.windows
def test_the_lock_file_of_an_open_workbook_is_not_read(data: Path, tmp_path: Path) -> None:
    (data / "~$话务.xlsx").write_bytes(b"\x00owner")
    assert audit(data, tmp_path / "run", *PERIOD).returncode == 1


def test_a_roster_without_dates(tmp_path: Path) -> None:
    write(tmp_path / "data" / "业主台账.csv", {"客户编号": "k1", "房号": "1-101", "客户姓名": "测试甲"})
    done = audit(tmp_path / "data", tmp_path / "run", "--profile", "residential", "--period", "2026-10", "--select", "visit.twice-per-year")
    refused(done, tmp_path / "run", "lacks the required column `move_in_date`", "入住日期")


def test_an_as_of_before_the_period(data: Path, tmp_path: Path) -> None:
    refused(audit(data, tmp_path / "run", *PERIOD, "--as-of", "2026-09-01"), tmp_path / "run", "as-of 2026-09-01 lies before the period 2026-10")


def test_a_site_without_a_profile(data: Path, tmp_path: Path) -> None:
    refused(audit(data, tmp_path / "run", "--period", "2026-10"), tmp_path / "run", "site `S1` has no profile", "give `--profile`")


def test_a_site_whose_profile_does_not_exist(data: Path, tmp_path: Path) -> None:
    write(data / "项目台账.csv", {"项目编号": "S1", "项目名称": "测试", "时区": "Asia/Shanghai", "考核方案": "palace"})
    refused(audit(data, tmp_path / "run", "--period", "2026-10"), tmp_path / "run", "`palace`, which does not exist")


def test_a_site_in_a_zone_that_does_not_exist(data: Path, tmp_path: Path) -> None:
    write(data / "项目台账.csv", {"项目编号": "S1", "项目名称": "测试", "时区": "Asia/Nowhere", "考核方案": "residential"})
    refused(audit(data, tmp_path / "run", "--period", "2026-10"), tmp_path / "run", "no time zone `Asia/Nowhere`")


WORKING_DAYS = """format: policies/1
policies:
- id: complaint.answered
  standard: complaint.answered
  title: {zh: 投诉按时答复, en: Complaints are answered in time}
  source: [{document: operator-procedure, clause: "3.6"}]
  severity: {level: major, reason: {zh: 书面写明, en: it is printed}}
  kind: deadline
  for_each: ticket
  where: {category: complaint}
  starts: received_at
  ends: completed_at
  within: 3 working days
"""


def test_a_working_day_limit_outside_the_loaded_work_calendar(data: Path, tmp_path: Path) -> None:
    write(data / "工单.csv", {"工单号": "t1", "需求类别": "投诉", "受理时间": "2031-10-08 09:00:00", "状态": "待处理"})
    (tmp_path / "policy.yaml").write_text(WORKING_DAYS, encoding="utf-8")
    done = audit(data, tmp_path / "run", "--profile", "residential", "--period", "2031-10", "--policies", str(tmp_path / "policy.yaml"))
    refused(done, tmp_path / "run", "calendar")


def test_a_parameter_that_no_profile_sets(data: Path, tmp_path: Path) -> None:
    text = (ROOT / "policies" / "profiles" / "residential.yaml").read_text(encoding="utf-8").replace("  call: {ring_cycle: 5, grace: 1}\n", "")
    (tmp_path / "mine.yaml").write_text(text.replace("profile: residential", "profile: mine"), encoding="utf-8")
    done = audit(data, tmp_path / "run", "--profile", str(tmp_path / "mine.yaml"), "--period", "2026-10", "--select", "telephone.answer-within-rings")
    assert done.returncode == 2
    assert "`grace` of `call` is set by site" in done.stderr or "`ring_cycle` of `call` is set by site" in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_select_that_names_nothing(data: Path, tmp_path: Path) -> None:
    done = audit(data, tmp_path / "run", "--profile", "residential", "--period", "2026-10", "--select", "telefone.*")
    refused(done, tmp_path / "run", "`--select telefone.*` names no policy")


def test_a_profile_that_is_misspelt(data: Path, tmp_path: Path) -> None:
    refused(audit(data, tmp_path / "run", "--profile", "residental", "--period", "2026-10"), tmp_path / "run", "did you mean `residential`?")


@pytest.mark.parametrize("period", ["2026-13", "October", "2026-10-05..2026-10-01", "2026-W99"])
def test_a_period_that_is_none(data: Path, tmp_path: Path, period: str) -> None:
    refused(audit(data, tmp_path / "run", "--profile", "residential", "--period", period), tmp_path / "run", f"`{period}` is not a period")


def test_no_period_at_all(data: Path, tmp_path: Path) -> None:
    refused(audit(data, tmp_path / "run", "--profile", "residential"), tmp_path / "run", "the period is not given")


def test_a_file_of_which_much_is_unreadable(tmp_path: Path) -> None:
    write(tmp_path / "data" / "话务记录.csv", CALL, {**CALL, "通话编号": "c2", "来电时间": "昨天"})
    refused(audit(tmp_path / "data", tmp_path / "run", *PERIOD), tmp_path / "run", "1 of 2 rows are rejected, more than 5 %")


def test_a_full_disk_leaves_the_earlier_run_as_it_was(data: Path, tmp_path: Path) -> None:
    assert audit(data, tmp_path / "run", *PERIOD).returncode == 1
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    done = audit(data, tmp_path / "run", *PERIOD, limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700)))
    assert done.returncode == 2, done.stderr
    assert "the disk is full; the earlier run is untouched" in done.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".run")] == []


def test_an_output_folder_that_cannot_be_written(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    done = audit(data, tmp_path / "file" / "run", *PERIOD)
    assert (done.returncode, "cannot be written" in done.stderr) == (2, True), done.stderr


def test_a_folder_that_holds_something_else_is_never_overwritten(data: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").write_text("years of work", encoding="utf-8")
    done = audit(data, tmp_path / "mine", *PERIOD)
    assert (done.returncode, "is not overwritten" in done.stderr) == (2, True), done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.docx"]
    shutil.rmtree(tmp_path / "mine")


def checker(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "checker", *words], cwd=ROOT, capture_output=True, text=True, check=False)


LOW = "format: profiles/1\nprofile: mine\npolicies: [\"callback.special*\"]\nset:\n  callback.special-service-rate-100: {min_rate: 50 %}\n"


def test_a_profile_file_is_held_against_the_policies_before_it_judges(tmp_path: Path) -> None:
    (tmp_path / "low.yaml").write_text(LOW, encoding="utf-8")
    (tmp_path / "工单.csv").write_text("工单号,项目,需求类别,受理时间,完成时间,状态\nt1,S1,特约服务,2026-10-05 09:00,2026-10-05 09:30,已完成\n", encoding="utf-8")
    done = checker("audit", str(tmp_path / "工单.csv"), "--profile", str(tmp_path / "low.yaml"), "--period", "2026-10", "--out", str(tmp_path / "run"))
    assert done.returncode == 2
    assert "100 %" in done.stderr and "low.yaml:5" in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_mapping_is_held_against_the_record_types_before_it_is_used(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text('format: mappings/1\nfiles:\n  - {file: "话务*", record: call, latest_by: nothing}\n', encoding="utf-8")
    (tmp_path / "话务.csv").write_text("通话编号,呼叫类型,来电时间,接听状态\nc1,呼入,2026-10-05 09:00,已接听\n", encoding="utf-8")
    done = checker("audit", str(tmp_path / "话务.csv"), "--mapping", str(tmp_path / "m.yaml"), "--profile", "residential", "--period", "2026-10", "--out", str(tmp_path / "run"))
    assert done.returncode == 2
    assert "nothing" in done.stderr and "m.yaml:3" in done.stderr


@pytest.mark.parametrize("name", ["thesis.docx", "mine.txt"])
def test_a_folder_that_holds_something_else_is_never_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "manifest.json").write_text('{"format": "run/1", "files": {"summary.json": {}}}', encoding="utf-8")
    (tmp_path / "fake" / name).write_text("precious", encoding="utf-8")
    (tmp_path / "话务.csv").write_text("通话编号,呼叫类型,来电时间,接听状态,振铃次数\nc1,呼入,2026-10-05 09:00,已接听,1\n", encoding="utf-8")
    done = checker("audit", str(tmp_path / "话务.csv"), "--profile", "residential", "--period", "2026-10", "--select", "telephone.answer-within-rings", "--out", str(tmp_path / "fake"))
    assert done.returncode == 2
    assert name in done.stderr
    assert (tmp_path / "fake" / name).read_text(encoding="utf-8") == "precious"
