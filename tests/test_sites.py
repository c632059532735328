"""The sample of a community's exports: made by its generator, of the size of a real one, with known breaches."""

from __future__ import annotations

import ast
import csv
import functools
import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from openpyxl import load_workbook

from fixtures.sites.generator.unshown import UNSHOWN

ROOT = Path(__file__).parent.parent
GENERATOR = ROOT / "fixtures" / "sites"
SAMPLE = GENERATOR / "residential"
MEGABYTE = 1_000_000


def generate(out: Path, *options: str) -> dict[str, Any]:
    subprocess.run([sys.executable, "-m", "fixtures.sites.generate", "--out", out, *options], cwd=ROOT, check=True)
    return planted(out)


def planted(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load((folder / "planted.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return found


def content(path: Path) -> dict[str, bytes]:
    """The bytes of a file; of a workbook, those of its parts, so that no compressor has a say."""
    if path.suffix != ".xlsx":
        return {"": path.read_bytes()}
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


@functools.cache
def rows(path: Path, sheet: str) -> list[list[str]]:
    """Every row that is not blank, as text."""
    if path.suffix == ".csv":
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "gb18030")
        found = list(csv.reader(io.StringIO(text)))
    else:
        cells = load_workbook(path, read_only=True)[sheet].iter_rows(values_only=True)
        found = [["" if cell is None else str(cell) for cell in row] for row in cells]
    return [row for row in found if any(row)]


@pytest.fixture(scope="module")
def sample() -> dict[str, Any]:
    return planted(SAMPLE)


def share(sample: dict[str, Any], policy: str, of: str) -> float:
    return sum(one["policy"] == policy for one in sample["violations"]) / int(sample["sizes"][of])


def test_the_committed_sample_is_what_the_generator_makes_to_the_byte(tmp_path: Path) -> None:
    generate(tmp_path)
    names = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {path.relative_to(SAMPLE) for path in SAMPLE.rglob("*") if path.is_file()}
    different = [name for name in sorted(names) if content(tmp_path / name) != content(SAMPLE / name)]
    assert different == [], "run `make sample` and look at the difference before committing it"


def test_another_seed_gives_other_records_but_the_same_cases(tmp_path: Path, sample: dict[str, Any]) -> None:
    other = generate(tmp_path, "--seed", "7")
    assert other["violations"] != sample["violations"]
    named = [sorted((one["policy"], one["name"]) for one in told["violations"] + told["decoys"] if "name" in one
                    and one["policy"] != "callback.other-rate-10" and not one["policy"].startswith("callback.special"))
             for told in (other, sample)]  # fmt: skip
    assert named[0] == named[1]


def test_each_file_holds_the_rows_that_planted_yaml_counts(sample: dict[str, Any]) -> None:
    assert {one["file"] for one in sample["files"]} == {path.name for path in (SAMPLE / "数据").iterdir()}
    data = ("records", "exact_duplicates", "unreadable", "superseded", "subtotals", "repeated_headers")
    for one in sample["files"]:
        found = rows(SAMPLE / "数据" / one["file"], one["sheet"])
        header = next(n for n, row in enumerate(found) if sum(map(bool, row)) == len(row))
        assert len(found) - header - 1 == sum(one.get(key, 0) for key in data), one["file"]


def test_exact_duplicates_and_subtotals_are_there_as_counted(sample: dict[str, Any]) -> None:
    for one in sample["files"]:
        found = [tuple(row) for row in rows(SAMPLE / "数据" / one["file"], one["sheet"])]
        twice = len(found) - len(set(found)) - one.get("repeated_headers", 0)
        assert twice == one.get("exact_duplicates", 0), one["file"]
        assert sum(row[0] == "合计" for row in found) == one.get("subtotals", 0), one["file"]


def test_the_community_has_the_size_of_a_real_one(sample: dict[str, Any]) -> None:
    sizes = sample["sizes"]
    assert (sizes["households_on_1_october"], sizes["vacant_on_1_october"]) == (2400, 60)
    assert (sizes["areas"], sizes["staff"]) == (8, 22)
    assert 85 <= sizes["calls"] / 31 <= 95
    assert 42 <= sizes["tickets"] / 31 <= 48


@pytest.mark.parametrize(
    ("policy", "of", "least", "most"),
    [
        ("dispatch.within-five-minutes", "dispatch_decided", 0.04, 0.08),
        ("telephone.answer-within-rings", "calls_decided", 0.05, 0.10),
        ("callback.repair-same-day", "repair_completions", 0.05, 0.12),
        ("patrol.area-weekly-full-coverage", "area_weeks", 0.01, 0.03),
    ],
)
def test_the_share_of_violations_is_that_of_a_real_community(
    sample: dict[str, Any], policy: str, of: str, least: float, most: float
) -> None:
    assert least <= share(sample, policy, of) <= most


@pytest.mark.parametrize(
    ("policy", "record", "least", "most"),
    [("vacancy.monthly-patrol", "vacancy", 0.03, 0.06), ("decoration.daily-patrol", "patrol", 0.05, 0.10)],
)
def test_empty_units_and_works_are_neglected_as_often_as_in_a_real_community(
    sample: dict[str, Any], policy: str, record: str, least: float, most: float
) -> None:
    """Of the units that stand empty, and of the days on which there was work."""
    missed = sum(one["policy"] == policy for one in sample["violations"])
    held = sum(row[1] == "装修" for row in rows(SAMPLE / "数据" / "巡查记录_2026-10.csv", "")) + missed if record == "patrol" else len(rows(SAMPLE / "数据" / "空置房台账.xlsx", "空置")) - 3
    assert least <= missed / held <= most


def test_one_household_in_ten_has_had_no_visit_by_mid_year(sample: dict[str, Any]) -> None:
    assert 0.08 <= sample["sizes"]["unvisited_by_mid_year"] / 2400 <= 0.15


@functools.cache
def in_force() -> dict[str, set[str]]:
    """The policies of the residential profile, and the clauses that each cites."""
    profile = yaml.safe_load((ROOT / "policies" / "profiles" / "residential.yaml").read_text(encoding="utf-8"))
    off = {one["policy"] for one in profile[False]}  # to YAML 1.1 the word `off` is a truth value
    book = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (ROOT / "policies" / "standards").glob("*.yaml")]
    policies = [one for file in book for one in file["policies"] if one["id"] not in off]
    return {one["id"]: {f"{clause['document']} {clause['clause']}" for clause in one["source"]} for one in policies}


def test_every_policy_of_the_profile_is_broken_or_it_is_said_why_not(sample: dict[str, Any]) -> None:
    broken = {one["policy"] for one in sample["violations"]}
    assert broken.isdisjoint(UNSHOWN)
    assert broken | UNSHOWN.keys() == in_force().keys()
    assert all(zh and en for zh, en in UNSHOWN.values())


def test_no_obligation_is_planted_twice(sample: dict[str, Any]) -> None:
    keys = [(one["policy"], one["subject"], one["ordinal"]) for one in sample["violations"] + sample["decoys"]]
    assert len(keys) == len(set(keys))


def test_every_planted_violation_is_decided_in_the_period(sample: dict[str, Any]) -> None:
    period = sample["period"]
    assert all(period["from"] <= one["decided"] < period["until"] for one in sample["violations"])


def test_every_planted_entry_cites_a_clause_of_its_policy_or_a_case(sample: dict[str, Any]) -> None:
    for one in sample["violations"] + sample["decoys"]:
        found = re.fullmatch(r"case (\d+)", one["from"])
        assert 1 <= int(found[1]) <= 18 if found else one["from"] in in_force()[one["policy"]], one


def test_decoys_stand_on_both_sides_of_the_limits(sample: dict[str, Any]) -> None:
    verdicts = {(one["policy"].split(".")[0], one["verdict"]) for one in sample["decoys"]}
    for area in {policy.split(".")[0] for policy in in_force()} - {"escalation"}:
        assert (area, "pass") in verdicts, area
    assert {verdict for _, verdict in verdicts} == {
        "pass",
        "exempt",
        "pending",
        "unknown",
        "not-applicable",
        "other-period",
    }


def test_all_the_sample_stays_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 3 * MEGABYTE


def test_nobody_in_the_sample_is_real(sample: dict[str, Any]) -> None:
    for one in sample["files"]:
        for row in rows(SAMPLE / "数据" / one["file"], one["sheet"]):
            for cell in row:
                assert not re.search(r"(?<!\d)1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)", cell) or cell.startswith(
                    "138-0000-"
                ), cell
    for file, column in (("业主台账.xlsx", 2), ("员工花名册.xlsx", 1)):
        sheet = next(one["sheet"] for one in sample["files"] if one["file"] == file)
        names = [row[column] for row in rows(SAMPLE / "数据" / file, sheet)[3:] if row[0] != "合计"]
        assert names
        assert all(name.startswith("测试") for name in names)


def test_the_generator_knows_nothing_of_the_checker() -> None:
    for path in [GENERATOR / "generate.py", *(GENERATOR / "generator").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "checker" for name in names), path
    loaded = "import sys, fixtures.sites.generate; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    told = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert "checker" not in told.split()


def test_a_whole_year_at_a_tenth_of_the_size_has_breaches_in_every_month(tmp_path: Path) -> None:
    year = generate(tmp_path, "--year", "--scale", "0.1")
    assert {one["decided"].month for one in year["violations"]} == set(range(1, 13))
    assert len(list((tmp_path / "数据").glob("话务记录_*.csv"))) == 12
    weeks = [one for one in year["violations"] if one["policy"] == "patrol.area-weekly-full-coverage"]
    assert 0.01 <= len(weeks) / year["sizes"]["area_weeks"] <= 0.03
