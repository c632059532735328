"""`checker init`: a folder that is green as it stands, and nothing that stood there touched."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from checker import __version__
from checker.errors import CheckerError
from checker.init import FILES, contents, write_folder
from tests.shell import commands, run
from tests.test_docs import TextLoader


@pytest.fixture(scope="module")
def bin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return commands(tmp_path_factory.mktemp("bin"))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, bin: Path) -> Path:
    folder = tmp_path_factory.mktemp("客服 部") / "工作 文件夹"
    done = run(f"checker init '{folder}'", folder.parent, bin)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == sorted(str(one) for one in folder.rglob("*") if one.is_file())
    return folder


@pytest.mark.parametrize("line", ["checker validate . --strict", "checker test --require --mutate --min-kill 1"])
def test_the_fresh_folder_is_green(fresh: Path, bin: Path, line: str) -> None:
    done = run(line, fresh, bin)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_audit_of_the_sample_is_green_and_judges_every_row(fresh: Path, bin: Path) -> None:
    done = run("checker audit 数据 --out ../audit", fresh, bin)
    assert (done.returncode, done.stderr) == (0, "")
    summary = json.loads((fresh.parent / "audit" / "summary.json").read_text(encoding="utf-8"))
    counts = {word: summary["policies"][0][word] for word in ("obligations", "pass", "fail", "pending", "unknown", "exempt", "not_applicable")}
    # By hand: feedback after 13 min, 30:00 and 12 min pass; solved on the spot; received 15 minutes before the month ends.
    assert counts == {"obligations": 5, "pass": 3, "fail": 0, "pending": 1, "unknown": 0, "exempt": 1, "not_applicable": 0}
    assert [(one["read"], one["accepted"]) for one in summary["files"]] == [(5, 5)]


def lines_of(folder: Path, name: str) -> list[str]:
    data = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
    if name.startswith(".github"):
        return [step["run"] for step in data["jobs"]["check"]["steps"] if "run" in step]
    job = data["service-standards"]
    return [*job["before_script"], *job["script"]]


@pytest.mark.parametrize("name", [".github/workflows/service-standards.yml", ".gitlab-ci.yml"])
def test_the_lines_of_continuous_integration_run_in_it(fresh: Path, bin: Path, name: str) -> None:
    lines = lines_of(fresh, name)
    assert [word for word in ("validate", "test", "audit") if not any(f"checker {word} " in line for line in lines)] == []
    done = run(" && ".join(lines), fresh, bin)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"pip install service-standards-checker=={__version__}\n")


def test_the_editor_is_told_a_schema_that_each_file_fits(fresh: Path) -> None:
    found = 0
    for path in fresh.rglob("*.yaml"):
        first, text = path.read_text(encoding="utf-8").split("\n", 1)
        schema = (path.parent / first.removeprefix("# yaml-language-server: $schema=")).resolve()
        jsonschema.Draft7Validator(json.loads(schema.read_text(encoding="utf-8"))).validate(yaml.load(text, Loader=TextLoader))
        found += 1
    assert found == 5
    for name in json.loads((fresh / ".vscode" / "settings.json").read_text(encoding="utf-8"))["yaml.schemas"]:
        assert (fresh / name).is_file()


@pytest.mark.parametrize("name", [*FILES, "schemas/policies.json"])
def test_a_file_in_the_way_is_named_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(CheckerError) as refused:
        write_folder(tmp_path)
    assert [problem.where.file for problem in refused.value.problems] == [path.as_posix()]
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [path]
    assert path.read_text(encoding="utf-8") == "mine"


def test_the_command_names_the_file_in_the_way_even_a_broken_project_file(tmp_path: Path, bin: Path) -> None:
    (tmp_path / "checker.toml").write_text("mine", encoding="utf-8")
    done = run("checker init --lang en", tmp_path, bin)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "checker.toml: is there already and is not overwritten; nothing was written; move it away, or name another folder\n"


def test_a_file_where_a_folder_must_be_is_in_the_way_once(tmp_path: Path) -> None:
    (tmp_path / "schemas").write_text("mine", encoding="utf-8")
    with pytest.raises(CheckerError) as refused:
        write_folder(tmp_path)
    assert [problem.where.file for problem in refused.value.problems] == [(tmp_path / "schemas").as_posix()]
    assert [one.name for one in tmp_path.iterdir()] == ["schemas"]


def test_a_link_to_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "checker.toml").symlink_to(tmp_path / "elsewhere.toml")
    with pytest.raises(CheckerError):
        write_folder(tmp_path)
    assert not (tmp_path / "elsewhere.toml").exists()


def test_other_files_of_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "制度.txt").write_text("mine", encoding="utf-8")
    assert write_folder(tmp_path)
    assert (tmp_path / "制度.txt").read_text(encoding="utf-8") == "mine"


def test_no_template_keeps_a_placeholder() -> None:
    assert [path for path, text in contents() if b"@VERSION@" in text] == []
