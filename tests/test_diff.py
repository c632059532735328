"""Two runs, and two versions of the policies, compared from the command line; and what a change of a limit is, by proof."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from checker.direction import moved
from checker.policy.files import Profile
from checker.policy.kinds import Base, Policy
from tests.test_audit import call, write
from tests.test_waivers import checker

ROOT = Path(__file__).parent.parent
COMMON = """  standard: telephone.answer-within-rings
  title: {zh: 试验, en: A test}
  source: [{document: operator-procedure, clause: "1.2"}]
  severity: {level: minor, reason: {zh: 试验, en: a test}}
"""
RINGS = f"""- id: test.rings
{COMMON}  parameters: {{most: {{unit: rings, value: 2}}}}
  because: [{{otherwise: true, zh: "{{caller_no}} 第 {{measured}} 声,限 {{limit}} 声", en: "{{caller_no}}: ring {{measured}}, limit {{limit}}"}}]
  kind: requirement
  for_each: call
  require: {{ring_count: {{at_most: $most}}}}
"""
REPAIR = f"""- id: test.repair
{COMMON}  kind: deadline
  for_each: ticket
  starts: received_at
  ends: completed_at
  within: 2 working days
"""
CALENDAR = """format: calendars/1
calendar: own
closed: [{from: 2026-10-15, reason: {zh: 停业, en: closed}, source: {document: operator-procedure, clause: "1.2"}}]
"""
PHONE = "13912345678"


def book(folder: Path, *policies: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "policies.yaml").write_text("format: policies/1\npolicies:\n" + "".join(policies), encoding="utf-8")
    (folder / "calendar.yaml").write_text(CALENDAR, encoding="utf-8")
    return folder


def profile(path: Path, **more: Any) -> Path:
    path.write_text(json.dumps({"format": "profiles/1", "profile": "test", **more}), encoding="utf-8")
    return path


def ticket(number: str, received: str, completed: str) -> dict[str, str]:
    return {"工单号": number, "需求类别": "报修", "受理时间": received, "完成时间": completed, "状态": "已完成"}


def data(folder: Path, rings: dict[int, int], *tickets: dict[str, str]) -> Path:
    """Calls by number with their rings, on the day of that number."""
    write(folder / "话务记录.csv", [{**call(number, "e1", f"2026-10-{number:02} 09:00:00", n), "来电号码": PHONE} for number, n in rings.items()])
    write(folder / "工单.csv", list(tickets) or [ticket("t1", "2026-10-13 10:00:00", "2026-10-13 11:00:00")])
    return folder


def audit(folder: Path, out: Path, policies: Path, used: Path, period: str = "2026-10", *words: object) -> Path:
    done = checker("audit", folder, "--policies", policies, "--profile", used, "--period", period, "--out", out, "--max-unknown", "100 %", "--no-report", *words)
    assert (out / "summary.json").is_file(), done.stderr
    return out


def compared(before: Path, after: Path) -> dict[str, Any]:
    done = checker("diff", before, after, "--format", "json", "--lang", "en")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def subjects(found: dict[str, Any], sort: str) -> list[tuple[str, list[str]]]:
    return [(one["subject"], one["reasons"]) for one in found["items"][sort]]


# --- two runs --------------------------------------------------------------------------------------------------------


@pytest.fixture
def base(tmp_path: Path) -> tuple[Path, Path, Path]:
    """(policies, profile, run): calls 1 and 2 late, call 3 in time."""
    policies, used = book(tmp_path / "p", RINGS, REPAIR), profile(tmp_path / "profile.yaml")
    return policies, used, audit(data(tmp_path / "d", {1: 3, 2: 4, 3: 2}), tmp_path / "a", policies, used)


def test_records_that_were_corrected_resolve_and_make_violations(base: tuple[Path, Path, Path], tmp_path: Path) -> None:
    policies, used, before = base
    after = audit(data(tmp_path / "e", {1: 2, 2: 4, 3: 5, 4: 6}), tmp_path / "b", policies, used)
    found = compared(before, after)
    assert (subjects(found, "new"), subjects(found, "resolved"), subjects(found, "open")) == ([("c3", ["records"]), ("c4", ["records"])], [("c1", ["records"])], [("c2", [])])
    assert found["inputs"] == {"policies": [], "profiles": [], "calendars": [], "data": True, "tool": False, "as_of": []}
    text = checker("diff", before, after, "--lang", "zh").stdout
    assert "不同之处:数据文件" in text
    assert "c1: 不合格 → 合格或不适用 [记录改了]" in text
    markdown = checker("diff", before, after, "--lang", "en", "--format", "markdown").stdout
    assert "| test.rings | 2 | 1 | 1 | 0 |" in markdown
    for said in (text, markdown, json.dumps(found)):
        assert PHONE not in said
    assert "139\\*\\*\\*\\*5678: ring 5, limit 2" in markdown


def test_the_same_run_twice_differs_in_nothing(base: tuple[Path, Path, Path]) -> None:
    found = compared(base[2], base[2])
    assert found["counts"] == {"new": 0, "resolved": 0, "open": 2, "changed": 0, "outside": 0}
    assert "what differs: none" in checker("diff", base[2], base[2], "--lang", "en").stdout


def test_another_value_and_another_policy_are_told_apart(base: tuple[Path, Path, Path], tmp_path: Path) -> None:
    policies, used, before = base
    looser = profile(tmp_path / "looser.yaml", set={"test.rings": {"most": 3}})
    assert subjects(compared(before, audit(tmp_path / "d", tmp_path / "b", policies, looser)), "resolved") == [("c1", ["value"])]
    changed = book(tmp_path / "q", RINGS.replace("ring_count: {at_most: $most}", "outcome: missed, ring_count: {at_most: $most}"), REPAIR)
    assert subjects(compared(before, audit(tmp_path / "d", tmp_path / "c", changed, used)), "new") == [("c3", ["policy"])]


def test_another_calendar_is_the_reason_where_working_days_count(tmp_path: Path) -> None:
    """Received on Tuesday the 13th, two working days: due on Thursday, and on Friday where Thursday is closed."""
    policies = book(tmp_path / "p", RINGS, REPAIR)
    folder = data(tmp_path / "d", {3: 2}, ticket("t1", "2026-10-13 10:00:00", "2026-10-16 11:00:00"))
    before = audit(folder, tmp_path / "a", policies, profile(tmp_path / "one.yaml"))
    found = compared(before, audit(folder, tmp_path / "b", policies, profile(tmp_path / "two.yaml", calendar="own")))
    assert subjects(found, "resolved") == [("t1", ["calendar"])]
    assert len(found["inputs"]["calendars"]) == 1


def test_another_edition_of_the_national_holidays_is_a_change_of_calendars(base: tuple[Path, Path, Path], tmp_path: Path) -> None:
    shutil.copytree(base[2], tmp_path / "newer")
    manifest = tmp_path / "newer" / "manifest.json"
    said = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**said, "holidays": "chinesecalendar 0.0.1"}), encoding="utf-8")
    assert compared(base[2], base[2])["inputs"]["calendars"] == []
    assert compared(base[2], tmp_path / "newer")["inputs"]["calendars"] == [one["site"] for one in said["sites"]]


def test_what_was_pending_fails_when_time_has_passed(base: tuple[Path, Path, Path], tmp_path: Path) -> None:
    policies, used, _ = base
    folder = data(tmp_path / "e", {3: 2}, ticket("t1", "2026-10-13 10:00:00", ""))
    early = audit(folder, tmp_path / "early", policies, used, "2026-10", "--as-of", "2026-10-14T12:00")
    found = compared(early, audit(folder, tmp_path / "late", policies, used))
    assert [(one["subject"], one["before"], one["reasons"]) for one in found["items"]["new"]] == [("t1", "pending", ["as-of"])]


def test_a_violation_of_another_month_is_not_called_resolved(base: tuple[Path, Path, Path], tmp_path: Path) -> None:
    policies, used, before = base
    found = compared(before, audit(tmp_path / "d", tmp_path / "b", policies, used, "2026-11", "--allow-missing"))
    assert (found["counts"]["resolved"], [one["subject"] for one in found["items"]["outside"]]) == (0, ["c1", "c2"])


def test_a_violation_of_which_the_earlier_run_does_not_speak_is_new_for_no_other_reason(base: tuple[Path, Path, Path], tmp_path: Path) -> None:
    policies, used, after = base
    before = audit(tmp_path / "d", tmp_path / "b", policies, used, "2026-09", "--allow-missing")
    assert subjects(compared(before, after), "new") == [("c1", ["scope"]), ("c2", ["scope"])]
    assert "c1: not audited → fail [the other run does not speak of it]" in checker("diff", before, after, "--lang", "en").stdout


@pytest.mark.parametrize("runs", [(), (ROOT,), (ROOT, ROOT)])
def test_what_are_no_two_runs_is_refused(runs: tuple[Path, ...]) -> None:
    done = checker("diff", *runs, "--lang", "en")
    assert done.returncode == 2
    assert ("this is not the run of an audit" if len(runs) == 2 else "two runs are compared") in done.stderr


# --- two versions of the policies ------------------------------------------------------------------------------------


def versions(tmp_path: Path, new: str, *words: object) -> tuple[int, dict[str, Any]]:
    """(exit code, answer) of comparing the base policies with `new` on four calls of two months."""
    folder = data(tmp_path / "d", {1: 3, 2: 4, 3: 2, 4: 1})
    with (folder / "话务记录.csv").open("a", encoding="utf-8") as file:
        file.write((folder / "话务记录.csv").read_text(encoding="utf-8-sig").splitlines()[1].replace("2026-10", "2026-11").replace("c1", "n1") + "\n")
    done = checker("diff", "--policies", book(tmp_path / "old", RINGS, REPAIR), book(tmp_path / "new", new), "--data", folder, "--period", "2026-Q4",
                   "--profile", profile(tmp_path / "profile.yaml"), "--as-of", "2026-12-31T24:00", "--format", "json", *words)  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_stricter_limit_is_proved_and_its_flips_are_counted_by_month(tmp_path: Path) -> None:
    code, found = versions(tmp_path, RINGS.replace("value: 2", "value: 1") + REPAIR)
    one = found["policies"][0]
    assert (code, one["turn"], one["new"], one["gone"]) == (0, "stricter", 1, 0)
    assert one["proof"] == [{"zh": "require.ring_count.at_most ($most):2 → 1(越大越松)", "en": "require.ring_count.at_most ($most): 2 → 1 (greater is looser)"}]
    assert [example["subject"] for example in one["examples"]["new"]] == ["c3"]


def test_a_looser_limit_ends_with_1(tmp_path: Path) -> None:
    code, found = versions(tmp_path, RINGS.replace("value: 2", "value: 3") + REPAIR)
    one = found["policies"][0]
    assert (code, one["turn"], one["gone"], found["looser"]) == (1, "looser", 2, ["test.rings"])
    assert [(place["month"], place["gone"]) for place in one["by"]] == [("2026-10", 1), ("2026-11", 1)]


def test_another_demand_is_incomparable_and_judged_by_the_data(tmp_path: Path) -> None:
    code, found = versions(tmp_path, RINGS.replace("ring_count: {at_most: $most}", "outcome: missed, ring_count: {at_most: $most}") + REPAIR)
    assert (code, found["policies"][0]["turn"], found["policies"][0]["new"]) == (0, "incomparable", 2)
    code, found = versions(tmp_path, RINGS.replace("for_each: call", "for_each: call\n  where: {outcome: missed}") + REPAIR)
    assert (code, found["policies"][0]["turn"], found["policies"][0]["gone"]) == (1, "incomparable", 3)


def test_a_policy_that_is_removed_is_looser_and_words_alone_change_nothing(tmp_path: Path) -> None:
    code, found = versions(tmp_path, RINGS.replace("en: A test", "en: Rings"))
    assert (code, [(one["policy"], one["turn"]) for one in found["policies"]]) == (1, [("test.repair", "looser")])
    assert checker("diff", "--policies", tmp_path / "old", tmp_path / "old", "--lang", "en").stdout == "the two versions demand the same\n"


def test_a_floor_that_is_lowered_ends_with_1_and_needs_no_data(tmp_path: Path) -> None:
    floored = RINGS.replace("value: 2", "value: 2, floor: {value: 3, better: lower}")
    old, new = book(tmp_path / "old", floored), book(tmp_path / "new", floored.replace("value: 3", "value: 4"))
    done = checker("diff", "--policies", old, new, "--lang", "en", "--format", "markdown")
    assert done.returncode == 1
    assert "**a floor was lowered in 1 policies: test.rings**" in done.stdout
    assert "the floor of \\`most\\` was lowered from 3 to 4" in done.stdout
    assert checker("diff", "--policies", new, old, "--lang", "en").returncode == 0


# --- which way a limit goes ------------------------------------------------------------------------------------------


def policy(**said: Any) -> Base:
    head = {"id": "test.one", "standard": "test.one", "title": {"zh": "试", "en": "t"}, "source": [{"document": "d", "clause": "1"}],
            "severity": {"level": "minor", "reason": {"zh": "试", "en": "t"}}}  # fmt: skip
    made: Base = TypeAdapter(Policy).validate_python({**head, **said}, by_alias=True, by_name=False)
    return made


def kinds() -> Iterator[tuple[dict[str, Any], str]]:
    """Policies with one limit `#`, and what a greater one is."""
    call_ = {"kind": "requirement", "for_each": "call"}
    done = {"record": "visit", "match": {"unit_id": "unit_id"}}
    yield {**call_, "require": {"rings": {"at_most": "#"}}}, "looser"
    yield {**call_, "require": {"rings": {"at_least": "#"}}}, "stricter"
    yield {**call_, "forbidden": {"rings": {"more_than": "#"}}}, "looser"
    yield {**call_, "require": {"not": {"rings": {"more_than": "#"}}}}, "looser"
    yield {**call_, "where": {"rings": {"at_least": "#"}}, "require": {"outcome": "answered"}}, "looser"
    yield {**call_, "excused_when": {"rings": {"at_most": "#"}}, "require": {"outcome": "answered"}}, "looser"
    yield {**call_, "excused_when": {"rings": {"at_most": "#"}}, "require": {"rings": {"at_least": "#"}}}, "incomparable"
    yield {**call_, "require": {"number_of": done, "at_least": "#"}}, "stricter"
    yield {**call_, "require": {"none_exists": {**done, "where": {"minutes": {"at_least": "#"}}}}}, "looser"
    yield {"kind": "frequency", "for_each": "customer", "expects": done, "at_least": "#", "every": "year"}, "stricter"
    yield {"kind": "presence", "for_each": "site", "during": "always", "at_least": "#",
           "staffed_by": {"record": "shift", "from": "actual_start", "to": "actual_end"}}, "stricter"  # fmt: skip
    rate = {"kind": "rate", "share_of": {"record": "ticket"}, "per": "month", "group_by": ["site_id"]}
    yield {**rate, "that": {"minutes": {"at_most": "#"}}, "at_least": "90 %"}, "looser"
    yield {**rate, "that": {"minutes": {"at_most": "#"}}, "at_most": "10 %"}, "stricter"
    yield {**rate, "that": {"outcome": "done"}, "at_least": "90 %", "min_sample": "#"}, "looser"


def filled(said: Any, value: object) -> Any:
    if isinstance(said, dict):
        return {key: filled(one, value) for key, one in said.items()}
    return value if said == "#" else [filled(one, value) for one in said] if isinstance(said, list) else said


OPPOSITE = {"stricter": "looser", "looser": "stricter", "incomparable": "incomparable"}


@pytest.mark.parametrize(("said", "turn"), list(kinds()))
def test_a_greater_limit_is_stricter_or_looser_by_where_it_stands(said: dict[str, Any], turn: str) -> None:
    two, three = (policy(**filled(said, value)) for value in (2, 3))
    named = policy(**filled(said, "$n"), parameters={"n": {"unit": "times", "value": 3}})
    assert moved(two, two).turn == "same"
    assert (moved(two, three).turn, moved(three, two).turn) == (turn, OPPOSITE[turn])
    assert moved(two, named).turn == turn


@pytest.mark.parametrize(("old", "new", "turn"), [
    ("5 minutes", "300 seconds", "same"), ("5 minutes", "4 minutes", "stricter"), ("24 hours", "1 calendar day", "incomparable"), ("same day", "next day", "looser"),
    ("2 working days", "3 working days", "looser"), ("1 month", "1 year", "looser"),
])  # fmt: skip
def test_lengths_are_compared_on_one_clock_only(old: str, new: str, turn: str) -> None:
    said = {"kind": "deadline", "for_each": "ticket", "starts": "received_at", "ends": "completed_at"}
    assert moved(policy(**said, within=old), policy(**said, within=new)).turn == turn


def test_dated_values_and_profiles_are_compared_where_they_are_in_force() -> None:
    said: dict[str, Any] = {"kind": "requirement", "for_each": "call", "require": {"rings": {"at_most": "$n"}}}

    def dated(*values: dict[str, Any]) -> Base:
        return policy(**said, parameters={"n": {"unit": "rings", "values": list(values)}})

    old = dated({"value": 3})
    assert moved(old, dated({"value": 3}, {"from": "2026-11-01", "value": 2})).turn == "stricter"
    assert moved(old, dated({"value": 4}, {"from": "2026-11-01", "value": 2})).turn == "incomparable"
    profiles = [Profile.model_validate({"format": "profiles/1", "profile": "p", "set": {"test.one": {"n": value}}}) for value in (2, 4)]
    assert moved(old, old, [(profiles[0], profiles[1])]).turn == "looser"
    off = Profile.model_validate({"format": "profiles/1", "profile": "p", "off": [{"policy": "test.*", "reason": {"zh": "停", "en": "off"}}]})
    assert moved(old, old, [(profiles[0], off)]).turn == "looser"


def test_weight_and_validity_count_too() -> None:
    said: dict[str, Any] = {"kind": "requirement", "for_each": "call", "require": {"rings": {"at_most": 2}}}
    heavy = {"level": "major", "reason": {"zh": "试", "en": "t"}}
    assert moved(policy(**said), policy(**said, severity=heavy)).turn == "stricter"
    assert moved(policy(**said, points=2), policy(**said, points=1)).turn == "looser"
    assert moved(policy(**said), policy(**said, effective={"until": "2026-12-31"})).turn == "looser"
    assert moved(policy(**said), None).turn == "looser"
    assert moved(None, policy(**said)).turn == "stricter"
