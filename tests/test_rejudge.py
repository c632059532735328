"""A run judged again without its files equals a full audit with the same values; what needs the files is refused."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import duckdb
import pytest

from checker.load import load_profile
from checker.policy.plain import plain
from tests.test_audit import call, write
from tests.test_waivers import RULE, checker
from tests.test_waivers import yaml as waiver_file

ROOT = Path(__file__).parent.parent
SITE = ROOT / "fixtures" / "sites" / "residential"
FILES = ("项目台账.csv", "员工花名册.xlsx", "话务记录_2026-10.csv", "工单_2026-10.xlsx", "回访记录_2026-10.xlsx")
SELECT = tuple(word for one in ("telephone.answer-*", "telephone.neighbour-*", "callback.*-rate-*") for word in ("--select", one))
PROFILE = plain(load_profile(ROOT / "policies" / "profiles" / "residential.yaml"))
COLUMNS = "* EXCLUDE (file, sheet, row), file || ':' || sheet || ':' || row AS place"
Tables = dict[str, list[tuple[object, ...]]]


def tables(run: Path) -> Tables:
    """What a run says of every obligation: findings in their order, counts, nearest passes, evidence, rates with their targets, sentences."""
    found = {
        "findings": duckdb.sql(f"SELECT {COLUMNS} FROM read_parquet('{run}/findings.parquet', file_row_number = TRUE) ORDER BY file_row_number").fetchall(),
        "tally": duckdb.sql(f"SELECT * FROM '{run}/tally.parquet' ORDER BY ALL").fetchall(),
        "evidence": duckdb.sql(f"SELECT * FROM '{run}/evidence.parquet' ORDER BY ALL").fetchall(),
        "rates": duckdb.sql(f"SELECT * FROM '{run}/rates.parquet' ORDER BY ALL").fetchall(),
        "compared": duckdb.sql(f"SELECT fingerprint FROM '{run}/compared.parquet' ORDER BY ALL").fetchall(),
    }
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    return found | {"sentences": [((run / "violations.csv").read_text(encoding="utf-8-sig"),)], "counts": [(one,) for one in summary["policies"]]}


def with_values(path: Path, values: dict[str, dict[str, object]], base: dict[str, object] = PROFILE) -> Path:
    """A profile file that differs from the sample's in these values alone."""
    made = {**base, "set": {**base["set"]}}  # type: ignore[dict-item]
    for policy, named in values.items():
        made["set"][policy] = {**made["set"].get(policy, {}), **named}  # type: ignore[index]
    path.write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def audit(out: Path, profile: object, *words: object) -> Path:
    data = [SITE / "数据" / name for name in FILES]
    done = checker("audit", *data, "--mapping", SITE / "对照表.yaml", "--profile", profile, "--period", "2026-10", "--out", out, "--no-report", *SELECT, *words)
    assert (out / "findings.parquet").is_file(), done.stderr
    return out


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """The sample site, with its passes and without."""
    folder = tmp_path_factory.mktemp("sample")
    return {keep: audit(folder / str(keep), "residential", *(("--keep-passes",) if keep else ())) for keep in (True, False)}


def limits(seed: int) -> dict[str, dict[str, object]]:
    """Random limits, among them those that no call and every call keeps to."""
    rng = random.Random(seed)
    return {
        "telephone.answer-within-rings": {"max_rings": rng.choice([1, 2, 3, 4, 5, 8])}, "telephone.neighbour-phone-answer": {"max_rings": rng.randint(2, 6)},
        "callback.other-rate-10": {"min_rate": f"{rng.choice([10, 11, 25]) if seed == 1 else rng.randint(100, 999) / 10} %"},
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_random_limits_give_what_a_full_audit_gives(runs: dict[bool, Path], tmp_path: Path, seed: int) -> None:
    profile = with_values(tmp_path / "p.yaml", limits(seed))
    done = checker("rejudge", runs[True], "--profile", profile, "--out", tmp_path / "again", "--lang", "en")
    assert (tmp_path / "again").is_dir(), done.stderr
    again, full = tables(tmp_path / "again"), tables(audit(tmp_path / "full", profile, "--keep-passes"))
    for name in full:
        assert again[name] == full[name], name


def test_looser_limits_need_no_passes(runs: dict[bool, Path], tmp_path: Path) -> None:
    profile = with_values(tmp_path / "p.yaml", {"telephone.answer-within-rings": {"max_rings": 3}})
    done = checker("rejudge", runs[False], "--profile", profile, "--out", tmp_path / "again", "--lang", "en")
    assert (tmp_path / "again").is_dir(), done.stderr
    again, full = tables(tmp_path / "again"), tables(audit(tmp_path / "full", profile))
    for name in ("findings", "evidence", "rates", "sentences", "counts"):
        assert again[name] == full[name], name


def test_stricter_limits_without_the_passes_are_refused(runs: dict[bool, Path], tmp_path: Path) -> None:
    done = checker("rejudge", runs[False], "--set", "telephone.answer-within-rings.max_rings=1", "--out", tmp_path / "again", "--lang", "en")
    assert done.returncode == 2
    assert "`telephone.answer-within-rings.max_rings` becomes stricter" in done.stderr
    assert "--keep-passes" in done.stderr
    assert not (tmp_path / "again").exists()


def test_the_same_values_give_the_same_run(runs: dict[bool, Path], tmp_path: Path) -> None:
    for keep, run in runs.items():
        checker("rejudge", run, "--out", tmp_path / str(keep))
        assert tables(tmp_path / str(keep)) == tables(run)


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "said"), [
    (("--set", "telephone.answer-rate.short_abandon=9 seconds"), "a change of `telephone.answer-rate.short_abandon` is read by more than the final comparison"),
    (("--set", "call.grace=2"), "a change of `call.grace`"), (("--profile", "office-tower"), "a change of `office-tower: windows`"),
    (("--set", "callback.other-rate-10.min_rate=5 %"), "callback.other-rate-10.min_rate: `5 %` is below the floor `10 %`"),
    (("--set", "telephone.answer-rate.min_rate=100 %"), "a change of `telephone.answer-rate.min_rate (100 %)`"),
    (("--set", "telephone.answer-within-rings.max_rings=soon"), "telephone.answer-within-rings.max_rings: "),
    (("--set", "telephone.answer-within-rings.most_rings=3"), "telephone.answer-within-rings.most_rings"), (("--set", "three"), "`three` cannot be read (`--set`)"),
    (("--set", "telephone.answer-within-ring.max_rings=3"), "this run has no policy `telephone.answer-within-ring`; did you mean `telephone.answer-within-rings`?"),
    (("--set", "telephone.answer-within-rings.max_ring=3"), "`telephone.answer-within-rings` has no parameter `max_ring`; did you mean `max_rings`?"),
])  # fmt: skip
def test_any_other_change_is_refused_by_name(runs: dict[bool, Path], tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = checker("rejudge", runs[True], *words, "--out", tmp_path / "again", "--lang", "en")
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "again").exists()


def test_a_run_of_an_earlier_version_is_refused(runs: dict[bool, Path], tmp_path: Path) -> None:
    shutil.copytree(runs[True], tmp_path / "old")
    (tmp_path / "old" / "book.json").unlink()
    done = checker("rejudge", tmp_path / "old", "--lang", "en")
    assert (done.returncode, "the run has no book.json" in done.stderr) == (2, True)


# --- sites, dates, disputes, waivers ---------------------------------------------------------------------------------


POLICY = "telephone.answer-within-rings"


def small(data: Path) -> tuple[object, ...]:
    """Two sites in two zones; one call whose exports disagree; one that was abandoned, one whose rings nobody noted."""
    sites = [
        {"项目编号": "S1", "项目名称": "测试小区", "业态": "住宅", "时区": "Asia/Shanghai", "考核方案": "residential"},
        {"项目编号": "S2", "项目名称": "测试园区", "业态": "产业园", "时区": "Europe/Berlin", "考核方案": "industrial-park"},
    ]
    staff = [{"工号": f"e{n}", "姓名": "测试甲", "项目": f"S{n}", "班组": "T1", "岗位": "前台", "入职日期": "2020-01-01"} for n in (1, 2)]
    calls = [call(number, f"e{1 + number % 2}", f"2026-10-{1 + number % 28:02} {number % 24:02}:30:00", 1 + number % 6) for number in range(1, 60)]
    calls += [call(90, "e1", "2026-10-15 09:00:00", 2), call(90, "e1", "2026-10-15 09:00:00", 4), call(91, "e1", "2026-10-15 09:00:00", 3), call(91, "e1", "2026-10-15 09:00:00", 4)]
    calls += [{**call(92, "e1", "2026-10-15 10:00:00", rings), "接听状态": "放弃"} for rings in (3,)] + [{**call(93, "e2", "2026-10-15 10:00:00", 3), "振铃次数": ""}]
    for name, rows in (("项目台账.csv", sites), ("员工花名册.csv", staff), ("话务记录.csv", calls)):
        write(data / name, rows)
    return ("audit", data, "--period", "2026-10", "--select", POLICY, "--keep-passes", "--max-unknown", "100 %", "--no-report")


def test_every_site_call_and_version_is_judged_by_the_value_of_its_own_time(tmp_path: Path) -> None:
    """The value changes within the month; disputed calls, abandoned ones and unknown rings are judged as an audit does."""
    command = small(tmp_path / "data")
    dated = [{"value": 1}, {"from": "2026-10-12", "value": 3}, {"from": "2026-10-20", "until": "2026-10-22", "value": 5}]
    profile = with_values(tmp_path / "p.yaml", {POLICY: {"max_rings": dated}})
    checker(*command, "--profile", "residential", "--out", tmp_path / "run")
    checker(*command, "--profile", profile, "--out", tmp_path / "full")
    done = checker("rejudge", tmp_path / "run", "--profile", profile, "--out", tmp_path / "again", "--max-unknown", "100 %", "--lang", "en")
    assert done.returncode == 1, done.stderr
    again, full = tables(tmp_path / "again"), tables(tmp_path / "full")
    assert {row[2] for row in full["findings"]} == {"pass", "fail", "unknown", "exempt"} or {row[2] for row in full["findings"]} >= {"pass", "fail", "unknown"}
    for name in full:
        assert again[name] == full[name], name


def test_other_waivers_are_decided_by_the_same_rule(tmp_path: Path) -> None:
    write(tmp_path / "data" / "话务记录.csv", [call(1, "e1", "2026-10-05 09:00:00", 3), call(2, "e1", "2026-10-10 09:00:00", 4)])
    command = ("audit", tmp_path / "data", "--profile", "residential", "--period", "2026-10", "--select", POLICY, "--keep-passes", "--no-report")
    waivers = ("--waivers", waiver_file(tmp_path / "w.yaml", RULE))
    checker(*command, "--out", tmp_path / "run")
    checker(*command, *waivers, "--out", tmp_path / "full")
    assert checker("rejudge", tmp_path / "run", *waivers, "--out", tmp_path / "again").returncode == 1
    assert tables(tmp_path / "again") == tables(tmp_path / "full")
    # The run's own waivers hold when none are given, and of those only the ones that still fit a violation.
    profile = with_values(tmp_path / "p.yaml", {POLICY: {"max_rings": 3}})
    checker(*command[:3], profile, *command[4:], *waivers, "--out", tmp_path / "loose")
    checker("rejudge", tmp_path / "full", "--set", f"{POLICY}.max_rings=3", "--out", tmp_path / "loosened")
    assert tables(tmp_path / "loosened") == tables(tmp_path / "loose")
    assert json.loads((tmp_path / "loosened" / "summary.json").read_text())["waivers"][0]["odd"] == ["unused"]


RATE = """\
format: policies/1
policies:
- id: test.rate
  standard: test.rate
  title: {zh: 每天接听率, en: Answered each day}
  source: [{document: operator-procedure, clause: "1.4"}]
  severity: {level: major, reason: {zh: 测试, en: a test}}
  parameters: {least: {unit: share, values: [{from: 2020-01-01, value: 80 %}, {from: 2026-10-06, value: 90 %}]}}
  kind: rate
  share_of: {record: call, time: ring_start_at}
  that: {outcome: answered}
  at_least: $least
  per: day
  group_by: [site_id]
- id: test.visits
  standard: test.visits
  title: {zh: 走访有结果, en: Visits have an outcome}
  source: [{document: operator-procedure, clause: "1.5"}]
  severity: {level: minor, reason: {zh: 测试, en: a test}}
  kind: requirement
  for_each: visit
  require: {outcome: done}
"""


def test_a_rate_that_passes_tells_the_target_of_its_own_day_and_what_is_left_out_is_not_lacking(tmp_path: Path) -> None:
    """Both days pass, of a run that keeps no passes: their targets are those of a full audit. The visits, left out, make nothing incomplete."""
    write(tmp_path / "data" / "话务记录.csv", [call(1, "e1", "2026-10-05 09:00:00", 1), call(2, "e1", "2026-10-06 09:00:00", 1)])
    dated = "[{from: 2020-01-01, value: 70 %}, {from: 2026-10-06, value: 60 %}]"
    (tmp_path / "p.yaml").write_text(RATE, encoding="utf-8")
    profile = ("format: profiles/1", "profile: small", 'policies: ["*"]')
    lines = {"small": profile, "loose": (*profile, f"set: {{test.rate: {{least: {dated}}}}}")}
    for name, said in lines.items():
        (tmp_path / f"{name}.yaml").write_text("\n".join([*said, ""]), encoding="utf-8")
    words = ("audit", tmp_path / "data", "--policies", tmp_path / "p.yaml", "--period", "2026-10", "--no-report", "--allow-missing")
    checker(*words, "--profile", tmp_path / "small.yaml", "--out", tmp_path / "run")
    checker(*words, "--profile", tmp_path / "loose.yaml", "--out", tmp_path / "full")
    done = checker("rejudge", tmp_path / "run", "--policies", tmp_path / "p.yaml", "--profile", tmp_path / "loose.yaml", "--out", tmp_path / "again", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert tables(tmp_path / "again")["rates"] == tables(tmp_path / "full")["rates"] != tables(tmp_path / "run")["rates"]
    checker(*words[:-1], "--profile", tmp_path / "small.yaml", "--out", tmp_path / "lacking")
    assert json.loads((tmp_path / "lacking" / "summary.json").read_text(encoding="utf-8"))["incomplete"]
    done = checker("rejudge", tmp_path / "lacking", "--without", "test.visits", "--out", tmp_path / "left", "--lang", "en")
    assert (done.returncode, "test.visits" in done.stderr) == (0, False), done.stderr


def test_a_ladder_that_counts_what_changes_is_named_and_may_be_left_out(tmp_path: Path) -> None:
    from tests.test_waivers import LADDER

    write(tmp_path / "data" / "话务记录.csv", [call(1, "e1", "2026-10-05 09:00:00", 3)])
    (tmp_path / "p.yaml").write_text(LADDER.replace("at_most: 2", "at_most: $most").replace("  kind: requirement", "  parameters: {most: {unit: rings, value: 2}}\n  kind: requirement"))
    checker("audit", tmp_path / "data", "--policies", tmp_path / "p.yaml", "--profile", "residential", "--period", "2026-10", "--out", tmp_path / "run", "--max-unknown", "100 %", "--no-report")
    again = ("rejudge", tmp_path / "run", "--set", "test.rings.most=3", "--out", tmp_path / "again", "--max-unknown", "100 %", "--lang", "en")
    done = checker(*again)
    assert (done.returncode, "`test.ladder` counts the violations of `test.rings`" in done.stderr) == (2, True)
    done = checker(*again, "--without", "test.ladder")
    assert done.returncode == 0, done.stderr
    assert [one["policy"] for one in json.loads((tmp_path / "again" / "summary.json").read_text())["policies"]] == ["test.rings"]
