"""Windows, where QA staff work, as far as Linux can imitate it: `make test` prints the list of these."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from checker import run as run_directory
from checker.errors import CheckerError, system
from checker.init import write_folder
from tests.cmd import Cmd, split
from tests.shell import ROOT, commands, run

pytestmark = pytest.mark.windows
WINDOWS = {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64", "extra": ""}


# --- the base install ------------------------------------------------------------------------------------------------


def pip(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "pip", *words, "--disable-pip-version-check"], capture_output=True, text=True, check=False)


def resolved(wanted: list[str], python: str, folder: Path) -> list[dict[str, Any]]:
    """What the package client would install on 64-bit Windows, from ready wheels alone."""
    report = folder / "report.json"
    done = pip(
        "install", "--dry-run", "-q", "--ignore-installed", "--only-binary=:all:", "--platform", "win_amd64", "--implementation", "cp",
        "--python-version", python, "--target", str(folder / "site"), "--report", str(report), *wanted,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(report.read_text(encoding="utf-8"))["install"]
    return found


def on_windows(written: list[str], python: str) -> list[str]:
    """The requirements that hold on Windows, without their conditions: the client would weigh those for this machine."""
    listed = [Requirement(one) for one in written]
    held = [one for one in listed if one.marker is None or one.marker.evaluate({**WINDOWS, "python_version": python, "python_full_version": f"{python}.0"})]
    return [f"{one.name}{one.specifier}" for one in held]


@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_the_base_install_resolves_to_ready_wheels(tmp_path: Path, python: str) -> None:
    if pip("index", "versions", "click").returncode:
        pytest.skip("no package index is reachable, so nothing says what Windows would install")
    wanted = on_windows(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"], python)
    assert any(one.startswith("tzdata") for one in wanted)
    while True:
        found = resolved(wanted, python, tmp_path)
        names = {named(one["metadata"]["name"]) for one in found}
        more = [need for one in found for need in on_windows(one["metadata"].get("requires_dist", []), python) if named(Requirement(need).name) not in names]
        if not more:
            break
        wanted += more
    files = [one["download_info"]["url"].rpartition("/")[2] for one in found]
    assert [one for one in files if not re.search(r"-(win_amd64|any)\.whl$", one)] == []
    assert {"duckdb", "pydantic-core", "python-calamine", "tzdata"} <= names


def named(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


# --- dropped files ---------------------------------------------------------------------------------------------------


LAUNCHER = "拖到这里审核.cmd"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "客服 部 (一期)" / "工作文件夹"
    write_folder(found)
    return found


def dropped(folder: Path, *paths: Path, console: bool = True) -> tuple[Cmd, list[subprocess.CompletedProcess[str]]]:
    """The launcher, with files dropped on it as the desktop hands them over: quoted where there is a blank, absolute."""
    done: list[subprocess.CompletedProcess[str]] = []
    bin = commands(folder.parent / "bin")

    def checker(words: list[str]) -> int:
        done.append(run('checker "$@"'.replace("$@", '" "'.join(words)), folder, bin))
        return done[-1].returncode

    def py(words: list[str]) -> int:
        assert words[:2] == ["-m", "checker"]
        return checker(words[2:])

    rest = " ".join(f'"{path}"' if " " in str(path) else str(path) for path in paths)
    cmd = Cmd(f"{folder}{os.sep}", rest, {"checker": checker} if console else {"py": py})
    cmd.level = cmd.run((folder / LAUNCHER).read_bytes())
    return cmd, done


@pytest.mark.parametrize("console", [True, False], ids=["command", "module"])
def test_the_launcher_audits_what_is_dropped_on_it(folder: Path, console: bool) -> None:
    cmd, (done,) = dropped(folder, folder / "数据" / "工单_2026-10.csv", console=console)
    assert (cmd.level, done.returncode, done.stderr) == (0, 0, "")
    assert cmd.moved == [f"{folder}{os.sep}"]
    assert json.loads((folder / "audit-2026-10" / "summary.json").read_text(encoding="utf-8"))["files"][0]["accepted"] == 5


def test_the_launcher_takes_several_files_and_hands_the_exit_code_on(folder: Path) -> None:
    text = (folder / "数据" / "工单_2026-10.csv").read_text(encoding="utf-8-sig")
    late = folder.parent / "另一 部" / "工单_补.csv"
    late.parent.mkdir()
    late.write_text(text.replace("T2026", "B2026").replace("17:18:00", "17:18:01"), encoding="utf-8-sig")
    cmd, (done,) = dropped(folder, folder / "数据", late)
    assert (cmd.level, done.stderr) == (1, "")
    assert "B20261015-001" in done.stdout


def test_the_launcher_without_files_says_what_to_do(folder: Path) -> None:
    cmd, done = dropped(folder)
    assert (cmd.level, done, cmd.printed) == (2, [], ["Drop exports (files or folders) onto this file."])


def test_how_windows_cuts_a_line() -> None:
    assert split(r'"D:\客服 部\十 月.xlsx" E:\数据\话务.csv --set="a b"') == [r"D:\客服 部\十 月.xlsx", r"E:\数据\话务.csv", "--set=a b"]


# --- a console that cannot print everything --------------------------------------------------------------------------


def gbk(line: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    bin = commands(folder.parent / "bin")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CHECKER_") and key not in ("PYTHONPATH", "PYTHONUTF8")}
    environment = kept | {"PATH": f"{bin}{os.pathsep}{os.environ['PATH']}", "PYTHONIOENCODING": "gbk"}
    return subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, check=False, env=environment)


@pytest.fixture
def rare(folder: Path) -> Path:
    """Names with characters that GBK does not hold."""
    policy = folder / "policies" / "ticket.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("受理后三十分钟内首次反馈, en", "首次反馈 𠮷 🔔, en"), encoding="utf-8")
    return folder


@pytest.mark.parametrize("line", ["checker explain ticket.first-feedback", "checker audit 数据", "checker doctor 数据", "checker validate .", "checker --help"])
def test_a_gbk_console_gets_what_it_can_print(rare: Path, line: str) -> None:
    done = gbk(line, rare)
    assert (done.returncode, done.stderr) == (0, b"")
    said = done.stdout.decode("gbk")
    if "explain" in line or "audit" in line:
        assert "首次反馈 ? ?" in said


def test_an_error_on_a_gbk_console_is_a_sentence(rare: Path) -> None:
    (rare / "policies" / "ticket.yaml").write_text("format: policies/1\npolicies: 🔔\n", encoding="utf-8")
    done = gbk("checker audit 数据", rare)
    assert done.returncode == 2
    assert "ticket.yaml:2" in done.stderr.decode("gbk")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("form", ["json", "sarif", "junit", "github"])
def test_what_is_for_machines_is_utf_8_whatever_the_console(rare: Path, form: str) -> None:
    (rare / "policies" / "坏 𠮷.yaml").write_text("format: policies/1\npolicies: 3\n", encoding="utf-8")
    done = gbk(f"checker validate . --format {form} > 结果", rare)
    assert (done.returncode, done.stderr) == (2, b"")
    text = (rare / "结果").read_bytes().decode("utf-8")
    assert ("%F0%A0%AE%B7" if form == "sarif" else "坏 𠮷.yaml") in text


# --- files that another program holds --------------------------------------------------------------------------------


def held() -> PermissionError:
    error = PermissionError(errno.EACCES, "The process cannot access the file because it is being used by another process")
    error.winerror = 32  # type: ignore[attr-defined]
    return error


def test_a_held_file_is_not_said_to_lack_permission() -> None:
    assert (system(held()).zh, system(held()).en) == ("正被别的程序打开(例如 Excel)", "another program has it open (such as Excel)")


def test_a_result_that_excel_has_open_stays_and_the_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "审核 结果"
    manifest = {"format": "run/1", "files": {"violations.csv": {}}}
    run_directory.write_run(out, {"violations.csv": lambda path: path.write_text("old", encoding="utf-8")}, lambda files: manifest)

    def refuses(*_: object) -> None:
        raise held()

    monkeypatch.setattr(run_directory, "_exchanged", lambda *_: False)
    monkeypatch.setattr(run_directory.os, "rename", refuses)
    with pytest.raises(CheckerError) as error:
        run_directory.write_run(out, {"violations.csv": lambda path: path.write_text("new", encoding="utf-8")}, lambda files: manifest)
    assert "another program has it open (such as Excel)" in str(error.value)
    assert "close what has it open" in str(error.value)
    assert (out / "violations.csv").read_text(encoding="utf-8") == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["审核 结果"]


def test_a_run_is_written_where_only_writable_handles_are_flushed_and_no_folder_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows answers a flush of a handle opened for reading with `bad file descriptor`, and opens no folder."""
    real_open, real_fsync = os.open, os.fsync

    def opens(path: Any, flags: int, *rest: Any) -> int:
        if Path(path).is_dir():
            raise PermissionError(errno.EACCES, "Permission denied")
        return real_open(path, flags, *rest)

    def flushes(handle: int) -> None:
        if fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, "Bad file descriptor")
        real_fsync(handle)

    monkeypatch.setattr(run_directory.os, "open", opens)
    monkeypatch.setattr(run_directory.os, "fsync", flushes)
    monkeypatch.setattr(run_directory, "_exchanged", lambda *_: False)
    for text in ("old", "new"):
        run_directory.write_run(tmp_path / "run", {"a.txt": lambda path, text=text: path.write_text(text)}, lambda files: {"format": "run/1", "files": files})
    assert (tmp_path / "run" / "a.txt").read_text() == "new"
