"""The tab key and `--version`: what they say is what the heavy code would say, without loading it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from checker import __version__, about
from checker.calendars import to_date
from checker.completion import policy_globs, policy_ids, profiles
from checker.load import MODELS, load_book
from checker.report import diagnostics
from checker.run import FORMAT
from checker.shipped import policies_folder
from checker.testing import said
from checker.workdays import national
from tests.shell import ROOT, commands, run

HEAVY = ("duckdb", "pydantic", "yaml", "python_calamine", "sqlglot")


def test_the_ids_and_titles_are_those_of_the_book() -> None:
    offered = {item.value: item.help for item in policy_ids({}, "")}
    assert offered == {policy.id: policy.title.zh for policy in load_book([policies_folder()]).policies}


def test_the_profiles_are_those_of_the_book() -> None:
    assert [item.value for item in profiles({}, "")] == sorted(load_book([policies_folder()]).profiles)
    assert [(item.value, item.type) for item in profiles({}, "./方案")] == [("./方案", "file")]


def test_select_offers_the_areas_as_globs_too() -> None:
    offered = [item.value for item in policy_globs({}, "telephone.")]
    assert offered[0] == "telephone.*"
    assert "telephone.answer-within-rings" in offered
    assert all(one.startswith("telephone.") for one in offered)
    assert "telephone.*" in [item.value for item in policy_globs({}, "tele")]


def test_the_policies_named_on_the_line_come_before_those_of_environment_and_project_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("line", "environment", "project"):
        (tmp_path / f"{name}.yaml").write_text(f'format: policies/1\npolicies:\n- id: own.{name}\n  title: {{zh: "甲, 乙", en: a}}\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "checker.toml").write_text('policies = "project.yaml"', encoding="utf-8")
    assert [(item.value, item.help) for item in policy_ids({}, "")] == [("own.project", "甲, 乙")]
    monkeypatch.setenv("CHECKER_POLICIES", "environment.yaml")
    assert [item.value for item in policy_ids({}, "own")] == ["own.environment"]
    assert [item.value for item in policy_ids({"policies": ("line.yaml",)}, "own")] == ["own.line"]


@pytest.mark.parametrize("broken", ["policies = [", "policies = [3]", "policies = 3"])
def test_a_broken_project_file_is_no_trouble_at_the_tab_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "checker.toml").write_text(broken, encoding="utf-8")
    policy_ids({}, "x")


@pytest.mark.parametrize(
    ("words", "offered"),
    [("explain telephone.answer-within-r", "telephone.answer-within-rings"), ("audit 十月 --select visit.twice-per-year", "visit.twice-per-year"),
     ("audit 十月 --profile resid", "residential"), ("val", "validate")],
)  # fmt: skip
def test_bash_completes(tmp_path: Path, words: str, offered: str) -> None:
    bin = commands(tmp_path / "bin")
    listed = words.split()
    line = f'eval "$(_CHECKER_COMPLETE=bash_source checker)"; COMP_WORDS=(checker {words}); COMP_CWORD={len(listed)}; _checker_completion checker; echo "${{COMPREPLY[*]}}"'
    done = run(line, tmp_path, bin)
    assert (done.stdout, done.stderr) == (offered + "\n", "")


@pytest.mark.parametrize("case", ["version", "tab"])
def test_no_heavy_library_is_loaded(tmp_path: Path, case: str) -> None:
    asked = ["checker", "--version"] if case == "version" else ["checker"]
    told = {"_CHECKER_COMPLETE": "bash_complete", "COMP_WORDS": "checker explain tele", "COMP_CWORD": "2"} if case == "tab" else {}
    code = (
        f"import atexit, sys; sys.argv = {asked!r}; import checker.cli\n"
        f"try:\n checker.cli.main()\nexcept SystemExit: pass\nprint('loaded', [one for one in {HEAVY} if one in sys.modules], file=sys.stderr)"
    )
    done = run(f'"{sys.executable}" -P -c "$CODE"', tmp_path, tmp_path, CODE=code, PYTHONPATH=str(ROOT), **told)
    assert done.stderr == "loaded []\n"
    assert ("telephone.answer-within-rings" if case == "tab" else __version__) in done.stdout


def test_the_version_names_engine_calendar_and_formats(tmp_path: Path) -> None:
    import duckdb

    text = run("checker --version", tmp_path, commands(tmp_path / "bin")).stdout
    lines = dict(line.split(maxsplit=1) for line in text.splitlines())
    years = (to_date(min(national())).year, to_date(max(national())).year)
    assert lines["checker"] == __version__
    assert lines["engine"] == f"DuckDB {duckdb.__version__}"
    assert lines["calendar"].startswith(f"{years[0]}..{years[1]} ")
    assert lines["reads"].split() == sorted(MODELS)
    assert lines["writes"].split() == [FORMAT, "summary/1"]


def test_the_version_of_json_is_that_of_every_output() -> None:
    assert about.SCHEMA_VERSION == diagnostics.SCHEMA_VERSION == said.SCHEMA_VERSION
    assert json.loads(diagnostics.render([], "json", "zh"))["schema_version"] == about.SCHEMA_VERSION
