"""`checker clauses`: what became of every standard, and which policies lack which record types and fields."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from checker.clauses import STATUSES, by_area, by_document, clauses, counted
from checker.cli import cli
from checker.errors import say
from checker.evidence import lacking, needed, subject_type
from checker.load import load_book

ROOT = Path(__file__).parent.parent
BOOK = load_book([ROOT / "policies"])
BY_ID = {policy.id: policy for policy in BOOK.policies}
ALL = {record: frozenset(kind.stored) for record, kind in BOOK.records.items()}
TICKETS = "工单号,需求类别,受理时间,状态,项目"


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(cli, ["clauses", *(str(word) for word in words)])


def lacks(folder: Path, policy: str, *words: str | Path) -> tuple[list[str], list[str]]:
    """What `checker clauses --data` says that a policy lacks: record types, and fields."""
    done = run("--data", folder, "--format", "json", *words)
    assert done.exit_code == 0, done.output
    found = next(one for one in json.loads(done.stdout)["evidence"] if one["policy"] == policy)
    return found["missing_records"], [f"{one['record']}.{one['field']}" for one in found["missing_fields"]]


def write(folder: Path, name: str, *lines: str) -> None:
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_every_standard_is_counted_once_by_area_and_once_in_each_of_its_documents() -> None:
    found = clauses(BOOK)
    assert sum(counted(found).values()) == len(found)
    assert sum(sum(numbers.values()) for numbers in by_area(found).values()) == len(found)
    assert sum(sum(numbers.values()) for numbers in by_document(BOOK, found).values()) == sum(len(one.documents) for one in found)


def test_the_status_counted_is_the_one_that_the_catalogue_states() -> None:
    assert [one.id for one in clauses(BOOK) if one.status != one.standard.status or one.status not in STATUSES] == []


def test_the_text_has_every_area_and_document_in_both_languages() -> None:
    for lang in ("zh", "en"):
        done = run("--lang", lang)
        assert done.exit_code == 0
        assert BOOK.catalogue
        assert all(f"{area}  {BOOK.catalogue.areas[area].text[lang]} " in done.stdout for area in by_area(clauses(BOOK)))
        assert all(document in done.stdout for document in BOOK.catalogue.documents) if BOOK.catalogue else False


def test_the_json_lists_each_standard_with_clauses_and_reason() -> None:
    said = json.loads(run("--format", "json").stdout)
    assert len(said["standards"]) == sum(said["standards_by_status"].values())
    assert all(one["source"] for one in said["standards"])
    assert all("reason" in one for one in said["standards"] if one["status"] == "not-checkable")
    assert "evidence" not in said


def test_a_missing_record_type_is_named(tmp_path: Path) -> None:
    write(tmp_path, "工单.csv", TICKETS, "t1,报修,2026-10-05 09:00,关闭,S1")
    assert lacks(tmp_path, "telephone.answer-within-rings")[0] == ["call"]


def test_a_missing_column_is_named_with_its_field(tmp_path: Path) -> None:
    write(tmp_path, "工单.csv", TICKETS, "t1,报修,2026-10-05 09:00,关闭,S1")
    assert lacks(tmp_path, "dispatch.within-five-minutes") == ([], ["ticket.dispatched_at"])


def test_of_two_ways_to_answer_one_is_enough(tmp_path: Path) -> None:
    write(tmp_path, "工单.csv", TICKETS, "t1,报修,2026-10-05 09:00,关闭,S1")
    write(tmp_path, "工单流转.csv", "工单号,序号,节点,操作时间", "t1,1,派单,2026-10-05 09:02")
    assert lacks(tmp_path, "dispatch.within-five-minutes") == ([], [])


def test_a_column_whose_empty_cell_has_a_meaning_is_not_missed(tmp_path: Path) -> None:
    write(tmp_path, "工单.csv", TICKETS + ",派单时间", "t1,报修,2026-10-05 09:00,关闭,S1,2026-10-05 09:02")
    assert lacks(tmp_path, "dispatch.within-five-minutes") == ([], [])  # resolved_on_spot: an empty cell is no


@pytest.mark.parametrize(("column", "missed"), [("振铃次数", []), ("振铃时长", []), ("通话时长", ["call.ring_count"])])
def test_a_derived_field_needs_one_of_what_it_is_made_of(tmp_path: Path, column: str, missed: list[str]) -> None:
    write(tmp_path, "话务.csv", f"通话编号,呼叫类型,来电时间,接听状态,{column}", "c1,呼入,2026-10-05 09:00,已接听,2")
    assert lacks(tmp_path, "telephone.answer-within-rings") == ([], missed)


def test_a_constant_of_the_mapping_counts_as_a_column(tmp_path: Path) -> None:
    data = tmp_path / "数据"
    data.mkdir()
    write(data, "走访.csv", "拜访编号,房号,拜访时间,预约登记时间", "v1,1-101,2026-10-05 09:00,2026-10-01 09:00")
    write(data, "业主台账.csv", "客户编号,房号,入住日期", "k1,1-101,2020-01-01")
    assert lacks(data, "visit.twice-per-year") == (["visit"], [])
    write(tmp_path, "对照.yaml", "format: mappings/1", "files:", '  - {file: "走访*.csv", record: visit, constants: {outcome: done}}')
    assert lacks(data, "visit.twice-per-year", "--mapping", tmp_path / "对照.yaml") == ([], [])


def test_of_events_that_unfold_from_tickets_the_column_asked_for_is_named(tmp_path: Path) -> None:
    write(tmp_path, "工单.csv", TICKETS + ",派单时间", "t1,报修,2026-10-05 09:00,关闭,S1,2026-10-05 09:02")
    write(tmp_path, "回访.csv", "回访编号,工单号,回访时间,回访结果", "b1,t1,2026-10-05 19:00,已回访")
    assert lacks(tmp_path, "callback.repair-same-day") == ([], ["ticket.completed_at"])


def test_what_cannot_be_read_is_said_beside_the_result(tmp_path: Path) -> None:
    write(tmp_path, "工单.csv", "工单号,受理时间,状态", "t1,2026-10-05 09:00,关闭")
    write(tmp_path, "说明.csv", "甲,乙", "1,2")
    done = run("--data", tmp_path, "--lang", "en")
    assert done.exit_code == 0
    assert "说明.csv: not recognised as any record type" in done.stderr
    assert "lacks the required column `category`" in done.stderr
    assert "dispatch.within-five-minutes: lacks the records ticket" in done.stdout


@pytest.mark.parametrize("policy", sorted(BY_ID))
def test_a_policy_lacks_nothing_where_every_field_is_there_and_itself_where_it_is_not(policy: str) -> None:
    one = BY_ID[policy]
    assert lacking(one, BOOK.records, ALL) == ()
    bare = dict.fromkeys(ALL, frozenset[str]())
    read = lacking(one, BOOK.records, bare)
    own = BOOK.records.get(subject_type(one))
    assert {record for record, _ in read} <= {*needed(one, BOOK.records), *(reference.record for reference in (own.references if own else {}).values()), "ticket"}
    assert all(name in BOOK.records[record].stored for record, name in read)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_doctor_and_clauses_say_the_same_of_the_evidence(tmp_path: Path, lang: str) -> None:
    write(tmp_path, "工单.csv", TICKETS, "t1,报修,2026-10-05 09:00,关闭,S1")
    clauses_said = run("--data", tmp_path, "--lang", lang).stdout
    told = clauses_said[clauses_said.index(say("证据齐全的政策", "policies that have their evidence")[lang]) :].rstrip()
    doctor = CliRunner().invoke(cli, ["doctor", str(tmp_path), "--lang", lang])
    assert "dispatch.within-five-minutes: " in told
    assert "ticket.dispatched_at" in told
    assert told in doctor.stdout
    data = json.loads(CliRunner().invoke(cli, ["doctor", str(tmp_path), "--format", "json"]).stdout)
    assert data["policies"] == json.loads(run("--data", tmp_path, "--format", "json").stdout)["evidence"]


def test_a_ladder_has_its_evidence_only_where_a_policy_that_it_reads_has(tmp_path: Path) -> None:
    write(tmp_path, "班次.csv", "班次编号,员工编号,岗位,计划开始,计划结束", "b1,e1,前台,2026-10-05 09:00,2026-10-05 17:00")
    ladder = "escalation.repeat-violation-written-warning"
    assert "finding" in lacks(tmp_path, ladder)[0]
    write(tmp_path, "话务.csv", "通话编号,呼叫类型,来电时间,接听状态,振铃次数,线路类型,接听人", "c1,呼入,2026-10-05 09:00,已接听,2,本线,e1")
    assert "finding" not in lacks(tmp_path, ladder)[0]


def test_own_policies_are_counted_under_the_standards_they_name(tmp_path: Path) -> None:
    write(
        tmp_path, "own.yaml", "format: policies/1", "policies:", "- id: own.dispatch", "  standard: dispatch.entered-in-erp",
        "  title: {zh: 录入, en: Entered}", "  source: [{document: steward-standard, clause: 客户需求受理 3}]",
        "  severity: {level: minor, reason: {zh: 书面写明, en: it is printed}}", "  kind: deadline", "  for_each: ticket",
        "  starts: received_at", "  ends: entered_erp_at", "  within: 15 minutes",
    )  # fmt: skip
    said = json.loads(run("--policies", tmp_path, "--format", "json").stdout)
    assert [one["standard"] for one in said["standards"] if one["status"] == "automated"] == ["dispatch.entered-in-erp"]
    whole = json.loads(run("--format", "json").stdout)["standards_by_status"]
    assert said["standards_by_status"] == whole | {"automated": 1, "not-in-use": whole["automated"] - 1}
    assert ("not in use" in run("--policies", tmp_path, "--lang", "en").stdout, "not in use" in run("--lang", "en").stdout) == (True, False)


def test_a_folder_that_does_not_exist_is_refused() -> None:
    done = run("--data", "no-such-folder")
    assert done.exception is not None
    assert not isinstance(done.exception, SystemExit) or done.exit_code == 2
