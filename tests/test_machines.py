"""What build servers and code hosts read: SARIF, JUnit, JSON; against the schemas that are published for them."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from checker.cli import cli
from checker.errors import Problem, Where, say
from checker.load import load_book
from checker.report.diagnostics import render
from checker.report.outputs import outputs
from checker.report.sarif import uri
from checker.shipped import policies_folder
from checker.testing.fixtures import Result
from checker.testing.kills import Mutation, Survivor
from checker.testing.mutants import Mutant
from checker.testing.said import FORMS, Told

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data" / "schemas"
BROKEN = """format: policies/1
policies:
- id: own.dispatch
  standard: own.dispatch
  title: {zh: 派单, en: dispatch}
  source: [{document: steward-standard, clause: "3"}]
  severity: {level: major, reason: {zh: 写明, en: printed}}
  kind: deadline
  for_each: ticket
  starts: recieved_at
  ends: dispatched
  within: 5 minutes
"""


def sarif_errors(text: str) -> list[str]:
    schema = json.loads((DATA / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    checked = jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in checked.iter_errors(json.loads(text))]


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "政策 一.yaml"
    path.write_text(BROKEN, encoding="utf-8")
    return path


def validate(path: Path, form: str, lang: str = "en") -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["validate", str(path), "--format", form, "--lang", lang])
    return done.exit_code, done.output


# --- SARIF -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sarif_of_a_broken_policy_is_valid_and_names_each_place(broken: Path, lang: str) -> None:
    code, text = validate(broken, "sarif", lang)
    assert code == 2
    assert sarif_errors(text) == []
    (run,) = json.loads(text)["runs"]
    places = [one["locations"][0]["physicalLocation"] for one in run["results"]]
    assert {(one["region"]["startLine"], one["region"]["startColumn"], one["region"]["endColumn"]) for one in places} == {(10, 11, 22), (11, 9, 19)}
    assert {one["region"]["snippet"]["text"] for one in places} == {BROKEN.splitlines()[9], BROKEN.splitlines()[10]}
    assert {one["artifactLocation"]["uri"] for one in places} == {broken.as_uri()}
    assert [run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] for one in run["results"]] == [one["ruleId"] for one in run["results"]]
    assert {one["level"] for one in run["results"]} == {"error"}


def test_sarif_of_what_is_valid_has_no_results(broken: Path) -> None:
    broken.write_text(BROKEN.replace("recieved", "received").replace("dispatched\n", "dispatched_at\n"), encoding="utf-8")
    code, text = validate(broken, "sarif")
    assert (code, sarif_errors(text), json.loads(text)["runs"][0]["results"]) == (0, [], [])


def test_a_problem_without_a_file_or_a_line_is_valid_sarif() -> None:
    problems = [Problem(Where(""), "x.y", say("错", "wrong")), Problem(Where("表.xlsx", sheet="工单"), "lint.z", say("怪", "odd"), say("改", "mend"))]
    text = render(problems, "sarif", "en")
    assert sarif_errors(text) == []
    first, second = json.loads(text)["runs"][0]["results"]
    assert first["locations"] == []
    assert (second["level"], second["message"]["text"], second["locations"][0]["logicalLocations"][0]["name"]) == ("warning", "odd; mend", "工单")


def test_the_official_schema_refuses_what_it_should() -> None:
    """The schema is at work: a log without its tool, and a line 0, do not pass."""
    good = json.loads(render([Problem(Where("a.yaml", 3, 1), "x.y", say("错", "wrong"))], "sarif", "en"))
    line = json.loads(json.dumps(good).replace('"startLine": 3', '"startLine": 0'))
    del good["runs"][0]["tool"]
    assert all(sarif_errors(json.dumps(one)) for one in (good, line))


@pytest.mark.parametrize(
    ("path", "said"),
    [("policies/a b.yaml", "policies/a%20b.yaml"), ("政策/x#1.yaml", "%E6%94%BF%E7%AD%96/x%231.yaml"), ("/数据/x.yaml", "file:///%E6%95%B0%E6%8D%AE/x.yaml"),
     (r"C:\客服 部\x.yaml", "file:///C:/%E5%AE%A2%E6%9C%8D%20%E9%83%A8/x.yaml"), (r"policies\x.yaml", "policies/x.yaml")],
)  # fmt: skip
def test_a_path_as_a_reference(path: str, said: str) -> None:
    assert uri(path) == said


# --- JUnit -----------------------------------------------------------------------------------------------------------


def test_junit_has_a_failing_case_for_each_error(broken: Path) -> None:
    code, text = validate(broken, "junit")
    assert code == 2
    (suite,) = ET.fromstring(text)
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == (broken.as_posix(), "2", "2")
    failures = [case.find("failure") for case in suite]
    assert all(one is not None and re.search(r"政策 一\.yaml:(10:11|11:9): ", one.text or "") for one in failures)


def test_junit_of_what_is_only_suspicious_passes_and_says_it() -> None:
    top = ET.fromstring(render([Problem(Where("a.yaml", 1, 1), "lint.z", say("怪", "odd"))], "junit", "en"))
    (suite,) = top
    (case,) = suite
    assert (suite.get("failures"), case.find("failure"), case.findtext("system-out")) == ("0", None, "a.yaml:1:1: odd")


def test_junit_of_no_problems_is_one_case_that_passes() -> None:
    (suite,) = ET.fromstring(render([], "junit", "en"))
    assert [(case.get("name"), len(case)) for case in suite] == [("no errors", 0)]


# --- JSON ------------------------------------------------------------------------------------------------------------


def json_errors(name: str, text: str) -> list[str]:
    schema: dict[str, Any] = json.loads((ROOT / "schemas" / name).read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in jsonschema.Draft7Validator(schema).iter_errors(json.loads(text))]


@pytest.mark.parametrize("name", sorted(outputs()))
def test_the_committed_schemas_of_outputs_are_those_of_the_code(name: str) -> None:
    assert json.loads((ROOT / "schemas" / name).read_text(encoding="utf-8")) == outputs()[name]


def test_the_json_of_problems_fits_its_schema(broken: Path) -> None:
    code, text = validate(broken, "json")
    assert (code, len(json.loads(text)["problems"]), json_errors("diagnostics.json", text)) == (2, 2, [])
    assert json_errors("diagnostics.json", render([], "json", "zh")) == []
    assert json_errors("diagnostics.json", text.replace('"level"', '"levle"'))


def told() -> Told:
    """One case that failed, one lack, and a survivor with a record that would show it."""
    place = Where("用例.yaml", 5, 3)
    (policy, *_) = load_book([policies_folder()]).policies
    survivor = Survivor(Mutant(policy, policy.id, place, "within: 5 -> 6"), ("call: c1", "fail", "pass"))
    lacks = Problem(place, "fixture.lacking", say("缺", "lacks"))
    return Told((Result(place, "a.b", "甲", (say("多", "more"),)), Result(place, "a.b", "乙", ())), (lacks,), Mutation(1, 0, (survivor, replace(survivor, record=None))))


def test_the_json_of_fixtures_fits_its_schema() -> None:
    for one in (told(), Told(()), replace(told(), mutation=None)):
        assert json_errors("test-results.json", FORMS["json"](one, "zh")) == []
    said = json.loads(FORMS["json"](told(), "zh"))
    assert (len(said["failed"]), len(said["lacking"]), len(said["mutation"]["survivors"])) == (1, 1, 2)


def test_the_json_of_the_command_fits_its_schema() -> None:
    path = ROOT / "fixtures" / "dispatch" / "within-five-minutes.yaml"
    done = CliRunner().invoke(cli, ["test", str(path), "--format", "json"])
    assert (done.exit_code, json_errors("test-results.json", done.stdout)) == (0, [])
    assert json.loads(done.stdout)["passed"] >= 10
