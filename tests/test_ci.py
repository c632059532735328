"""What is offered to build servers: its shell lines run in a fresh clone of a working folder, with the checker of a fresh clone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.shell import ROOT, run

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
GITLAB = yaml.safe_load((ROOT / "docs" / "ci" / "gitlab-ci.yml").read_text(encoding="utf-8"))["service-standards"]
PAGE = (ROOT / "docs" / "ci" / "README.md").read_text(encoding="utf-8")


def git(*words: str, folder: Path) -> None:
    settings = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *settings, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone of the checker, and beside it a folder of commands: `pip` installs what it is given, without its dependencies."""
    place = tmp_path_factory.mktemp("tool")
    git("clone", "-q", str(ROOT), "clone", folder=place)
    (place / "bin").mkdir()
    scripts = {
        "pip": f'shift; exec "{sys.executable}" -m pip install -q --no-deps --no-index --no-build-isolation --target "{place / "site"}" "$@"',
        "checker": f'PYTHONPATH="{place / "site"}" exec "{sys.executable}" -P -m checker "$@"',
    }
    for name, line in scripts.items():
        (place / "bin" / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (place / "bin" / name).chmod(0o755)
    done = run(steps("pip")[0][0], place, place / "bin", GITHUB_ACTION_PATH=str(place / "clone"))
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture
def clone(tool: Path, tmp_path: Path) -> Path:
    """A working folder as `checker init` writes it, committed and cloned."""
    done = run("checker init origin", tmp_path, tool / "bin")
    assert done.returncode == 0, done.stderr
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "a folder")):
        git(*words, folder=tmp_path / "origin")
    git("clone", "-q", "origin", "客服 部", folder=tmp_path)
    return tmp_path / "客服 部"


def steps(word: str = "") -> list[tuple[str, dict[str, str]]]:
    """The shell lines of the action in which a word stands, with the environment of each by the name of its input."""
    return [(step["run"], step.get("env", {})) for step in ACTION["runs"]["steps"] if "run" in step and word in step["run"]]


def given(step: tuple[str, dict[str, str]], **inputs: str) -> tuple[str, dict[str, str]]:
    """A line of the action, and its environment as the inputs fill it."""
    values = {name: one["default"] for name, one in ACTION["inputs"].items()} | {name.replace("_", "-"): value for name, value in inputs.items()}
    return step[0], {key: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: values[found[1]], text) for key, text in step[1].items()}


def test_the_action_is_composite_and_takes_inputs_through_the_environment_alone() -> None:
    assert ACTION["runs"]["using"] == "composite"
    assert all("${{" not in line for line, _ in steps())
    assert {key for _, environment in steps() for key in environment} == {"PATHS", "FIXTURES", "DATA", "OPTIONS"}


def test_the_lines_of_the_action_are_green_in_a_fresh_clone(tool: Path, clone: Path) -> None:
    for word in ("validate", "test", "audit"):
        (step,) = steps(f"checker {word} ")
        line, environment = given(step, data="数据\n", audit_options="--fail-on=major\n--lang=en")
        done = run(line, clone, tool / "bin", **environment)
        assert (done.returncode, done.stderr) == (0, ""), (line, done.stdout)
    assert "as of 2026-11-01 00:00" in done.stdout


def test_the_action_shows_an_error_at_its_line_and_fails(tool: Path, clone: Path) -> None:
    policy = clone / "policies" / "ticket.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("starts: received_at", "starts: recieved_at"), encoding="utf-8")
    number = next(number for number, line in enumerate(policy.read_text(encoding="utf-8").splitlines(), 1) if "recieved_at" in line)
    line, environment = given(steps("validate")[0], paths="policies\nprofiles")
    done = run(line, clone, tool / "bin", **environment)
    assert done.returncode == 2
    assert f"::error file=policies/ticket.yaml,line={number},col=11," in done.stdout


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_is_green_in_a_fresh_clone(tool: Path, clone: Path, hook: dict[str, object]) -> None:
    assert hook["language"] == "python" and hook["pass_filenames"] is False
    args = hook["args"]
    assert isinstance(args, list)
    done = run(" ".join([str(hook["entry"]), *args]), clone, tool / "bin")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_lines_of_the_gitlab_job_are_green_in_a_fresh_clone(tool: Path, clone: Path) -> None:
    environment = {**GITLAB["variables"], "CHECKER": str(tool / "clone")}
    done = run(" && ".join(GITLAB["script"]), clone, tool / "bin", **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert [(clone / name).read_text(encoding="utf-8")[:5] for name in GITLAB["artifacts"]["reports"]["junit"]] == ["<?xml", "<?xml"]
    assert list(clone.glob(GITLAB["artifacts"]["paths"][0]))
    assert GITLAB["before_script"] == ['pip install --disable-pip-version-check "$CHECKER"']


def test_the_lines_of_the_page_run_in_a_fresh_clone(tool: Path, clone: Path) -> None:
    (line,) = re.findall(r"- run: (.+)", PAGE)
    policy = clone / "policies" / "ticket.yaml"
    for text in (policy.read_text(encoding="utf-8"), "format: policies/1\npolicies: 3\n"):
        policy.write_text(text, encoding="utf-8")
        assert run(line, clone, tool / "bin").returncode == 0
        assert (clone / "checker.sarif").read_text(encoding="utf-8").startswith("{")


def test_the_page_names_what_exists() -> None:
    inputs = yaml.safe_load(re.findall(r"```yaml\n(steps:.*?)```", PAGE, re.S)[0])["steps"][1]["with"]
    assert set(inputs) <= set(ACTION["inputs"])
    hooks = yaml.safe_load(re.findall(r"```yaml\n(repos:.*?)```", PAGE, re.S)[0])["repos"][0]["hooks"]
    assert [hook["id"] for hook in hooks] == [hook["id"] for hook in HOOKS]
    for link in re.findall(r"\]\(([^)]+)\)", PAGE):
        assert (ROOT / "docs" / "ci" / link).exists()
