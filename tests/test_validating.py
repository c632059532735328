"""`checker validate`: against which policies files are checked, what profiles leave unset, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from checker.cli import cli

OWN = """format: policies/1
policies:
- id: own.quick
  standard: dispatch.within-five-minutes
  title: {zh: 及时派单, en: Dispatched in time}
  source: [{document: steward-standard, clause: 客户需求受理 3}]
  severity: {level: minor, reason: {zh: 书面写明, en: it is printed}}
  kind: deadline
  for_each: ticket
  starts: received_at
  ends: dispatched_at
  within: $limit
  parameters: {limit: {unit: minutes, value: set by site}}
"""
WAIVER = "format: waivers/1\nwaivers:\n- {policy: %s, subject: t1, reason: 停电, approved_by: 经理, from: 2026-06-01, until: 2026-06-30}\n"
SHIPPED = "telephone.answer-within-rings"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a policy of its own, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "policies.yaml").write_text(OWN, encoding="utf-8")
    return tmp_path


def validate(*words: str) -> Result:
    return CliRunner().invoke(cli, ["validate", "--lang", "en", *words])


def put(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return name


def test_names_are_looked_up_among_the_policies_of_the_project_file(folder: Path) -> None:
    mine, theirs = put(folder, "mine.yaml", WAIVER % "own.quick"), put(folder, "theirs.yaml", WAIVER % SHIPPED)
    assert "there is no policy `own.quick`" in validate(mine).output
    assert validate(theirs).exit_code == 0
    put(folder, "checker.toml", 'policies = ["own"]')
    assert validate(mine).exit_code == 0
    assert f"there is no policy `{SHIPPED}`" in validate(theirs).output
    put(folder, "checker.toml", 'policies = ["shipped", "own"]')
    assert (validate(mine).exit_code, validate(theirs).exit_code) == (0, 0)


def test_a_mistake_in_a_file_that_the_project_names_is_told_once(folder: Path) -> None:
    put(folder, "checker.toml", 'policies = ["own"]')
    put(folder, "own/policies.yaml", OWN.replace("received_at", "recieved_at"))
    waiver = put(folder, "mine.yaml", WAIVER % "own.quick")
    for paths in ([waiver], [waiver, "own"], ["own/policies.yaml"], []):
        done = validate(*paths)
        assert done.exit_code == 2, paths
        assert done.output.count("did you mean `received_at`?") == 1, done.output


@pytest.mark.parametrize("project", [None, 'policies = ["own"]', 'policies = ["shipped", "own"]'])
def test_a_profile_among_the_files_that_leaves_a_parameter_unset_is_told_so(folder: Path, project: str | None) -> None:
    put(folder, "own/profile.yaml", 'format: profiles/1\nprofile: ours\npolicies: ["own.*"]\n')
    if project:
        put(folder, "checker.toml", project)
    done = validate("own")
    assert (done.exit_code, "parameter `limit` of `own.quick` is set by site; profile `ours` does not set it" in done.output) == (2, True)
    put(folder, "own/profile.yaml", 'format: profiles/1\nprofile: ours\npolicies: ["own.*"]\nset: {own.quick: {limit: [{from: 2026-01-01, value: 5}]}}\n')
    assert validate("own").exit_code == 0


def test_a_profile_of_a_project_that_keeps_the_shipped_policies_must_set_theirs_too(folder: Path) -> None:
    put(folder, "own/profile.yaml", 'format: profiles/1\nprofile: ours\npolicies: ["telephone.*"]\n')
    assert "`call` is set by site" not in validate("own").output
    put(folder, "checker.toml", 'policies = ["shipped", "own"]')
    assert "parameter `grace` of `call` is set by site; profile `ours` does not set it" in validate("own").output


@pytest.mark.parametrize(
    ("policy", "subject", "until", "broad"),
    [('"*"', None, "2026-06-30", True), ('"telephone.*"', None, "2026-06-30", True), (SHIPPED, None, "2026-06-30", False), ('"*"', "c1", "2026-06-30", False),
     (SHIPPED, "c1", "2027-06-01", False), (SHIPPED, "c1", "2027-06-02", True)],
)  # fmt: skip
def test_a_waiver_that_is_too_broad_is_suspicious(folder: Path, policy: str, subject: str | None, until: str, broad: bool) -> None:
    about = f"subject: {subject}, " if subject else ""
    name = put(folder, "w.yaml", f"format: waivers/1\nwaivers:\n- {{policy: {policy}, {about}reason: 停电, approved_by: 经理, from: 2026-06-01, until: {until}}}\n")
    plain, strict = validate(name), validate(name, "--strict")
    assert ("too broad" in plain.output, plain.exit_code, strict.exit_code) == (broad, 0, 2 if broad else 0)


def test_a_row_of_a_waiver_table_that_is_too_broad_is_suspicious(folder: Path) -> None:
    name = put(folder, "w.csv", "政策,理由,批准人,开始日期,有效期至\ntelephone.*,停电,经理,2026-06-01,2026-06-30\n")
    done = validate(name)
    assert ("w.csv:2" in done.output, "broad-waiver" in done.output, done.exit_code) == (True, True, 0)


def test_what_strict_refuses_is_not_called_clean(folder: Path) -> None:
    put(folder, "own/policies.yaml", OWN.replace("  within: $limit", "  within: 5 minutes"))
    loose, strict = validate("own"), validate("own", "--strict")
    assert (loose.exit_code, loose.output.endswith("\nno errors\n")) == (0, True)
    assert (strict.exit_code, strict.output.endswith("\nno errors, but suspicious: 1 (`--strict`)\n")) == (2, True)
