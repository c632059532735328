"""The tests of the tests: cases that differ fail, what is lacking is told, mutants are made, killed, or told with a record."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from checker.cli import cli
from checker.load import Book, load_book
from checker.testing.edits import edited, edits
from checker.testing.fixtures import suites_at
from checker.testing.kills import Mutation, Survivor, mutated
from checker.testing.moves import moved
from checker.testing.mutants import mutants
from checker.testing.required import needed
from checker.testing.said import Told, to_json, to_text

ROOT = Path(__file__).parent.parent
POLICY = """format: policies/1
policies:
- id: visit.not-late
  standard: visit.twice-per-year
  title: {zh: 走访不晚, en: Not late}
  source: [{document: steward-standard, clause: 客服拜访 1}]
  severity: {level: minor, reason: {zh: 试, en: a trial}}
  kind: requirement
  for_each: ticket
  where: {category: repair}
  excused_when: {resolved_on_spot: true}
  require: {reopened_count: {at_most: 2}}
"""
HEAD = """format: fixtures/1
policy: visit.not-late
cases:
"""
CASE = """  - name: {name}
    shows: {shows}
    from: {source}
    as_of: 2026-10-31T24:00
    records: {{ticket: [{{ticket_id: t1, category: repair, status: open, received_at: 2026-10-05T09:00:00, {fields}}}]}}
    expect: [{{subject: t1, verdict: {verdict}}}]
"""
MET = CASE.format(name="met", shows="met", source="case 1", fields="reopened_count: 1", verdict="pass")
BROKEN = CASE.format(name="broken", shows="broken", source="case 1", fields="reopened_count: 3", verdict="fail")
LIMIT = CASE.format(name="limit", shows="limit", source="case 1", fields="reopened_count: 2", verdict="pass")
MISSING = CASE.format(name="missing", shows="missing", source="case 1", fields="content: a", verdict="unknown")
EXEMPT = CASE.format(name="exempt", shows="exempt", source="case 1", fields="reopened_count: 3, resolved_on_spot: true", verdict="exempt")
OTHER = BROKEN.replace("category: repair", "category: complaint").replace("[{subject: t1, verdict: fail}]", "[]").replace("broken", "other")
ALL = (MET, BROKEN, LIMIT, MISSING, EXEMPT, OTHER)


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book([ROOT / "policies"])


def written(folder: Path, *cases: str, policy: str = POLICY) -> list[str]:
    """The arguments of a run over these cases."""
    (folder / "policies").mkdir(exist_ok=True)
    (folder / "policies" / "p.yaml").write_text(policy, encoding="utf-8")
    (folder / "fixture.yaml").write_text(HEAD + "".join(cases), encoding="utf-8")
    return ["test", str(folder / "fixture.yaml"), "--policies", str(folder / "policies"), "--lang", "en"]


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, list(arguments))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_cases_that_pass_end_with_0(tmp_path: Path) -> None:
    assert run(*written(tmp_path, *ALL)) == (0, "6 cases: 6 passed, 0 failed\n")


def test_a_missing_and_an_unexpected_finding_fail_and_name_the_line(tmp_path: Path) -> None:
    code, said = run(*written(tmp_path, MET.replace("verdict: pass", "verdict: fail"), BROKEN.replace("[{subject: t1, verdict: fail}]", "[]")))
    assert code == 1
    assert "fixture.yaml:4:11: visit.not-late: met\n    expected {subject: t1, verdict: fail}; found {subject: t1, ordinal: 1, verdict: pass" in said
    assert "    not expected: {subject: t1, ordinal: 1, verdict: fail, measured: 3, limit: 2" in said
    assert said.endswith("2 cases: 0 passed, 2 failed\n")


@pytest.mark.parametrize(
    ("cases", "what"),
    [
        ((MET, BROKEN, MISSING), "has no case that shows limit, exempt"),
        ((LIMIT, EXEMPT), "has no case that shows met, broken, missing"),
        ((*ALL[1:], LIMIT.replace("shows: limit", "shows: met").replace("verdict: pass", "verdict: fail").replace("count: 2", "count: 9").replace("limit", "x")),
         "has no case that shows met"),
        ((*ALL[:-1], OTHER.replace("from: case 1", 'from: " "')), "the case names no clause"),
        *(((*ALL[:-1], OTHER.replace("from: case 1", f'from: "{said}"')), f"there is no clause, case or line of the language `{said}`")
          for said in ("because", "case 19", "case 0", "language 9", "language 7.17", "steward-standard", "steward-standard 客服拜访 99", "visit.twice-per-year")),
    ],
)
def test_require_tells_what_is_lacking(tmp_path: Path, cases: tuple[str, ...], what: str) -> None:
    arguments = written(tmp_path, *cases)
    assert run(*arguments)[0] == 0
    code, said = run(*arguments, "--require")
    assert (code, what in said) == (2, True)


@pytest.mark.parametrize("said", ["case 18", "language 6", "language 7.16", "steward-standard 客服拜访 1", "operator-procedure 1.2"])
def test_a_case_may_cite_a_clause_a_case_or_a_line_of_the_language(tmp_path: Path, said: str) -> None:
    assert run(*written(tmp_path, *(case.replace("from: case 1", f'from: "{said}"') for case in ALL)), "--require")[0] == 0


def test_a_clause_of_the_policys_own_document_may_be_cited(tmp_path: Path) -> None:
    own = "standard: own.visits\n  title: {zh: 走访不晚, en: Not late}\n  source: [{document: house-rules, clause: 第三条}]"
    theirs = POLICY[POLICY.index("standard:") : POLICY.index("\n  severity")]
    (tmp_path / "policies").mkdir()
    catalogue = "format: catalogue/1\ndocuments: {house-rules: {title: {zh: 家规, en: House rules}, file: a.txt}}\n"
    (tmp_path / "policies" / "catalogue.yaml").write_text(catalogue, encoding="utf-8")
    arguments = written(tmp_path, *(case.replace("from: case 1", "from: house-rules 第三条") for case in ALL), policy=POLICY.replace(theirs, own))
    assert run(*arguments, "--require")[0] == 0


def test_a_policy_that_tries_a_record_type_need_not_show_everything() -> None:
    code, said = run("test", "fixtures/records/complaint.yaml", "--require", "--lang", "en")
    assert (code, "has no case" in said) == (0, False)


def test_a_ladder_that_only_proposes_is_never_met(book: Book) -> None:
    asked = {policy.id.partition(".")[2]: list(needed(policy, book)) for policy in book.policies if policy.kind == "ladder"}  # type: ignore[attr-defined]
    assert asked["multiple-violations-dismissal"] == ["broken", "missing", "limit"]
    assert asked["repeat-violation-written-warning"] == ["met", "broken", "missing", "limit"]


def test_a_case_of_a_sequence_that_is_not_closed_is_asked_for(book: Book) -> None:
    asked = {policy.id: list(needed(policy, book)) for policy in book.policies if policy.kind == "sequence"}  # type: ignore[attr-defined]
    assert asked
    assert all("pending" in one for one in asked.values())


def test_a_policy_without_fixtures_is_lacking_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, *ALL, policy=POLICY + POLICY.partition("policies:\n")[2].replace("visit.not-late", "visit.other"))
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixture.yaml").rename(tmp_path / "fixtures" / "fixture.yaml")
    monkeypatch.chdir(tmp_path)
    code, said = run("test", "--policies", "policies", "--require", "--lang", "en")
    assert code == 2
    assert "policies/p.yaml:13:7: policy `visit.other` has no case that shows met, broken, missing, limit, exempt" in said


def test_all_mutants_of_a_fully_tested_policy_are_killed(tmp_path: Path) -> None:
    code, said = run(*written(tmp_path, *ALL), "--mutate", "--format", "json")
    found = json.loads(said)
    assert (code, found["schema_version"]) == (0, 1)
    assert found["mutation"] == {"mutants": 7, "killed": 7, "equivalent": 0, "survivors": []}


def test_a_survivor_is_told_with_its_place_and_a_record_that_would_kill_it(tmp_path: Path) -> None:
    arguments = written(tmp_path, *(case for case in ALL if case != LIMIT))
    code, said = run(*arguments, "--mutate", "--format", "json")
    found = json.loads(said)["mutation"]
    assert (code, found["killed"], found["mutants"]) == (1, 5, 7)
    survivor = next(one for one in found["survivors"] if one["mutation"] == "require.reopened_count.at_most: 2 -> 1")
    assert (Path(survivor["file"]).name, survivor["line"]) == ("p.yaml", 12)
    assert "reopened_count: 2" in survivor["record"]
    assert ("pass" in survivor["policy_says"], "fail" in survivor["mutant_says"]) == (True, True)
    assert run(*arguments, "--mutate", "--min-kill", "0.7")[0] == 0
    assert run(*arguments, "--mutate", "--min-kill", "70 %")[0] == 0


def test_a_survivor_with_many_records_is_printed_in_few_lines(book: Book) -> None:
    suite = suites_at([ROOT / "fixtures" / "callback" / "other-rate-10.yaml"], book)[0]
    mutant = next(iter(mutants([suite], suite.policies[0], book)))
    record = "# a case\nticket:\n" + "".join(f"- {{ticket_id: t{number}, content: {'words ' * 40}}}\n" for number in range(300))
    survivor = Survivor(mutant, (record, "{subject: S1, verdict: pass}", "{subject: S1, verdict: fail}"))
    told = Told((), (), Mutation(survivors=(survivor,)))
    lines = to_text(told, "en").splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 160
    assert [line for line in lines if "more lines: see `--format json`" in line]
    assert json.loads(to_json(told, "en"))["mutation"]["survivors"][0]["record"] == record


def test_of_a_survivor_only_the_findings_that_differ_are_said(tmp_path: Path) -> None:
    """A second ticket stands beside that of the case, which the mutant judges as before."""
    said = run(*written(tmp_path, MET, BROKEN), "--mutate")[1]
    told = said[said.index("survives excused_when: {resolved_on_spot: true} -> —") :].splitlines()[1:9]
    row = "{ticket_id: t1-2, category: repair, status: open, received_at: 2026-10-05T09:00:00, reopened_count: 3, resolved_on_spot: true}"
    assert told == [
        "    these records would kill it:", "        # broken", "        # + ticket", "        ticket:", f"        - {row}",
        "    the policy says:", "        {subject: t1-2, ordinal: 1, verdict: exempt, measured: 3, limit: 2}", "    the mutant says:",
    ]  # fmt: skip


def test_a_case_that_fails_kills_nothing(tmp_path: Path) -> None:
    code, said = run(*written(tmp_path, *(re.sub("verdict: [a-z]+", "verdict: pending", case) for case in ALL[:-1])), "--mutate")
    assert code == 1
    assert "7 mutants: 0 killed (0 %), 0 equivalent, 7 survive" in said


def test_an_equivalent_mutant_is_confirmed_and_a_wrong_claim_is_not(tmp_path: Path) -> None:
    same = POLICY.replace("  where:", "  judged_at: received_at\n  where:")
    claim = "equivalent:\n  - {{mutation: '{}', reason: a reason}}\n"
    arguments = written(tmp_path, *ALL, claim.format("judged_at: received_at -> —"), policy=same)
    assert run(*arguments, "--mutate")[1].endswith("8 mutants: 7 killed (100 %), 1 equivalent, 0 survive\n")
    fixture = tmp_path / "fixture.yaml"
    fixture.write_text(HEAD + "".join((MET, BROKEN, MISSING, EXEMPT, OTHER)) + claim.format("require.reopened_count.at_most: 2 -> 1"), encoding="utf-8")
    code, said = run(*arguments, "--mutate")
    assert (code, "is declared equivalent, which is not confirmed" in said) == (1, True)
    fixture.write_text(HEAD + "".join(ALL) + claim.format("require.reopened_count.at_most: 2 -> 1"), encoding="utf-8")
    assert "is no mutant that survives" in str(CliRunner().invoke(cli, [*arguments, "--mutate"]).exception)


def test_a_subject_that_is_the_default_is_no_mutant(tmp_path: Path) -> None:
    same = POLICY.replace("  where:", "  subject: [ticket_id]\n  where:")
    assert run(*written(tmp_path, *ALL, policy=same), "--mutate")[1].endswith("7 mutants: 7 killed (100 %), 0 equivalent, 0 survive\n")


PROFILE = """format: profiles/1
profile: trial
set:
  visit.not-late:
    most: [{when: {category: repair}, value: 2}, {otherwise: true, value: 9}]
"""


def test_values_that_only_a_profile_sets_are_moved_one_by_one(tmp_path: Path) -> None:
    """The cases hold the value for repairs on its limit, and never look at the other."""
    by_site = POLICY.replace("  kind:", "  parameters: {most: {unit: times, value: set by site}}\n  kind:").replace("at_most: 2", "at_most: $most")
    arguments = written(tmp_path, *ALL, policy=by_site)
    (tmp_path / "policies" / "trial.yaml").write_text(PROFILE, encoding="utf-8")
    found = json.loads(run(*arguments, "--profile", "trial", "--mutate", "--format", "json")[1])
    moved = [f"parameters.most.value.1: set by site -> {word}" for word in ("one less", "one more")]
    assert (found["passed"], [one["mutation"] for one in found["mutation"]["survivors"]], found["mutation"]["mutants"]) == (6, moved, 9)


RATE = POLICY.partition("  kind:")[0].replace("visit.not-late", "visit.done") + """  kind: rate
  share_of: {record: ticket, time: received_at}
  that: {reopened_count: {at_most: 0}}
  at_least: $share
  per: month
  group_by: [site_id]
  parameters: {share: {unit: share, values: [{value: 10 %}, {from: 2026-01-01, value: 60 %}]}}
"""
RATED = """format: fixtures/1
policy: visit.done
cases:
  - name: half
    shows: broken
    from: case 1
    as_of: 2026-10-31T24:00
    records:
      ticket:
        - {ticket_id: t1, site_id: S1, category: repair, status: open, received_at: 2026-10-05T09:00:00, reopened_count: 0}
        - {ticket_id: t2, site_id: S1, category: repair, status: open, received_at: 2026-10-06T09:00:00, reopened_count: 1}
    expect: [{subject: S1, ordinal: 2026-10, verdict: fail}]
"""


def test_a_record_that_kills_a_change_of_an_earlier_value_lies_in_its_time(tmp_path: Path) -> None:
    arguments = written(tmp_path, policy=RATE)
    (tmp_path / "fixture.yaml").write_text(RATED, encoding="utf-8")
    found = json.loads(run(*arguments, "--mutate", "--format", "json")[1])["mutation"]["survivors"]
    dated = {one["mutation"]: one["record"] for one in found if one["mutation"].startswith("parameters.share.values.0")}
    assert dated
    gone = dated["parameters.share.values.0: 10 % -> —"]
    assert gone
    assert "2025-12" in gone


FREQUENT = POLICY.partition("  kind:")[0].replace("visit.not-late", "visit.done") + """  kind: frequency
  for_each: area
  subject: [area_id]
  expects: {record: patrol, match: {area_id: area_id}, time: started_at}
  at_least: 1
  every: month
  part_period: [{active_at_least: 1 month, due: all}, {otherwise: true, due: none}]
"""


WINDOWED = POLICY.partition("  kind:")[0].replace("visit.not-late", "visit.done") + """  kind: deadline
  for_each: ticket
  starts: received_at
  ends: dispatched_at
  within: 5 minutes
  counted_in: hotline_hours
"""
OPEN = RATED.replace("cases:", 'windows: {hotline_hours: [{from: "08:00", to: "%s", days: all}]}\ncases:')
HALF, CLOSES = "part_period.0.due: all -> half", "counted_in: hotline_hours -> hotline_hours (closes later)"


@pytest.mark.parametrize(
    ("policy", "fixture", "name", "made"),
    [
        (FREQUENT, RATED, HALF, False), (FREQUENT.replace("at_least: 1\n", "at_least: 2\n"), RATED, HALF, True),
        (WINDOWED, OPEN % "24:00", CLOSES, False), (WINDOWED, OPEN % "20:00", CLOSES, True),
        (RATE.replace("per: month", "min_sample: 1\n  per: month"), RATED, "min_sample: 1 -> —", False),
        (RATE.replace("per: month", "min_sample: 1\n  per: month"), RATED, "min_sample: 1 -> 2", True),
    ],
)  # fmt: skip
def test_what_changes_nothing_by_the_words_of_the_language_is_no_mutant(book: Book, tmp_path: Path, policy: str, fixture: str, name: str, made: bool) -> None:
    (tmp_path / "p.yaml").write_text(policy, encoding="utf-8")
    (tmp_path / "f.yaml").write_text(fixture, encoding="utf-8")
    own = load_book([tmp_path / "p.yaml"], book)
    found = [one.name for one in mutants(suites_at([tmp_path / "f.yaml"], own), own.policies[0], own)]
    assert found
    assert (name in found) is made


RECORD = """format: records/1
record: errand
title: {zh: 差事, en: Errand}
key: [errand_id]
time: at
void: {state: {one_of: [twice, test]}}
lapses: {where: {state: dropped}, at: dropped_at}
fields:
  errand_id: {type: id, title: {zh: 编号, en: id}, columns: [编号], required: true}
  at: {type: instant, title: {zh: 时间, en: at}, columns: [时间], required: true}
  done_at: {type: instant, title: {zh: 完成, en: done at}, columns: [完成], empty: not yet}
  dropped_at: {type: instant, title: {zh: 取消时间, en: dropped at}, columns: [取消时间], empty: not yet}
  state: {type: enum, title: {zh: 状态, en: state}, columns: [状态], values: {open: [未完], twice: [重复], test: [测试], dropped: [取消]}}
"""
ERRAND = POLICY.partition("  kind:")[0].replace("visit.not-late", "visit.done") + """  kind: deadline
  for_each: errand
  starts: at
  ends: done_at
  within: 1 hour
"""
ERRANDS = """format: fixtures/1
policy: visit.done
cases:
  - name: a
    shows: broken
    from: case 1
    as_of: 2026-10-31T24:00
    records:
      errand:
        - {errand_id: a1, state: open, at: 2026-10-05T09:00:00}
        - {errand_id: a2, state: twice, at: 2026-10-05T09:00:00}
        - {errand_id: a3, state: dropped, at: 2026-10-05T09:00:00, dropped_at: 2026-10-05T09:30:00}
    expect: [{subject: a1, verdict: fail}]
"""


def test_what_a_record_type_says_is_void_and_lapses_is_tested_by_the_policies_beside_it(tmp_path: Path) -> None:
    """Nothing looks at a test errand: that it is void could be left out."""
    for name, text in {"policies/errand.yaml": RECORD, "policies/p.yaml": ERRAND, "fixture.yaml": ERRANDS}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    arguments = ["test", str(tmp_path / "fixture.yaml"), "--policies", str(tmp_path / "policies"), "--mutate", "--format", "json"]
    found = json.loads(run(*arguments)[1])["mutation"]
    told = [(one["policy"], one["mutation"], one["line"]) for one in found["survivors"] if one["policy"] == "errand"]
    assert told == [("errand", "void.state.one_of.1: test -> —", 6)]
    assert found["killed"] >= 5


def test_junit_is_valid_xml_with_a_failure_for_each_case_that_failed(tmp_path: Path) -> None:
    code, said = run(*written(tmp_path, MET, BROKEN.replace("verdict: fail", "verdict: pass")), "--format", "junit")
    suite = ET.fromstring(said).find("testsuite")
    assert suite is not None
    assert (code, suite.get("tests"), suite.get("failures")) == (1, "2", "1")
    assert [case.get("name") for case in suite if case.find("failure") is not None] == ["broken"]


@pytest.mark.parametrize("share", ["2", "half", "-1", "0.95%%"])
def test_a_share_that_is_none_is_refused(tmp_path: Path, share: str) -> None:
    done = CliRunner().invoke(cli, [*written(tmp_path, *ALL), "--mutate", "--min-kill", share])
    assert "is not a share" in str(done.exception)


def test_a_folder_without_fixtures_is_refused(tmp_path: Path) -> None:
    assert "no fixture files" in str(CliRunner().invoke(cli, ["test", str(tmp_path)]).exception)


@pytest.mark.parametrize(
    ("value", "less", "more"),
    [
        (2, 1, 3), (0, None, 1), ("5 minutes", "4 minutes", "6 minutes"), ("1 hour", "0 hours", "2 hours"), ("same day", None, "next day"), ("10 %", "0 %", "20 %"),
        ("100 %", "90 %", None), ("95 %", "90 %", "100 %"), ("20:30", "20:29", "20:31"), ("00:00", None, "00:01"), ("2026-01-01", "2025-12-31", "2026-01-02"),
        ("month", "week", "quarter"), ("day", None, "week"), ("half", "none", "all"), ("minor", "major", "advisory"), ("repair", None, None), (True, None, False),
    ],
)  # fmt: skip
def test_limits_move_by_one_unit(value: object, less: object, more: object) -> None:
    assert (moved(value, -1), moved(value, 1)) == (less, more)


def test_an_edit_leaves_the_rest_as_it_was() -> None:
    data = {"kind": "requirement", "where": {"a": 1, "b": {"one_of": ["x", "y"]}}, "require": {"c": {"at_least": 2}}}
    made = {f"{'.'.join(map(str, one.shown))} {one.old} {one.new}": edited(data, one.path, one.value) for one in edits(data)}
    assert made["where.b.one_of.0 x —"] == {**data, "where": {"a": 1, "b": {"one_of": ["y"]}}}
    assert made["require.c.at_least at_least more_than"] == {**data, "require": {"c": {"more_than": 2}}}
    assert made["where.a 1 —"] == {**data, "where": {"b": {"one_of": ["x", "y"]}}}
    assert data == {"kind": "requirement", "where": {"a": 1, "b": {"one_of": ["x", "y"]}}, "require": {"c": {"at_least": 2}}}


def test_too_many_equivalents_are_not_enough() -> None:
    assert Mutation(95, 5).enough(Fraction(95, 100)) is False
    assert Mutation(97, 3).enough(Fraction(95, 100)) is True


@pytest.mark.hunt
def test_the_shipped_fixtures_kill_the_mutants_of_the_shipped_policies(book: Book) -> None:
    found = sum(mutated(suites_at([ROOT / "fixtures"], book), book), Mutation())
    assert [one.mutant.name for one in found.survivors] == []
    assert found.enough(Fraction(95, 100))
    assert found.mutants > 250


@pytest.mark.parametrize("name", ["telephone/answer-within-rings", "appearance/nails", "dispatch/within-five-minutes.reopened"])
def test_some_shipped_fixtures_kill_their_mutants(name: str, book: Book) -> None:
    found = sum(mutated(suites_at([ROOT / "fixtures" / f"{name}.yaml"], book), book), Mutation())
    assert [one.mutant.name for one in found.survivors] == []
    assert found.killed > 5
