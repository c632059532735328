"""The audit report: scores by hand and from the printed tables, what counts after decisions, history, rendering again, masks."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from checker.engines.reading import read_figures
from checker.errors import CheckerError
from checker.finding import fingerprint
from checker.load import load_book
from checker.load.kept import book_of_run, kept
from checker.report.audit.content import content
from checker.report.audit.model import Indicator, Lang, Report
from checker.report.audit.words import scored_said, target_said, value_said
from checker.report.html import moment
from checker.report.renderers import RENDERERS
from checker.run import Run, read_run
from checker.shipped import policies_folder
from tests.recomputed import Printed
from tests.report_world import audit, call, calls, folder, run, write


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = folder(tmp_path_factory.mktemp("world"))
    audit(base, base / "run", "2026-10", "--report")
    return base


def told(out: Path, *history: Path, lang: Lang = "zh", reason: str | None = None) -> Report:
    found = read_run(out)
    book = book_of_run(found)
    return content(found, book, read_figures(found, book, history), lang, reason)


def rules(report: Report, which: str = "provisional") -> dict[str, Any]:
    return {rule.policy: rule for rule in getattr(report.scores[0], which).rules}


def decide(base: Path, *decided: tuple[str, str, str]) -> Path:
    """A table of decisions: (policy, subject, what); the rate's ordinal is its month."""
    rows = [
        {"编号": fingerprint(policy, "S1", subject, "2026-10" if policy == "calls.rate" else "1"), "认定": what, "认定时间": "2026-11-03 09:00:00", "认定人": "q1", "理由": "核对录音"}
        for policy, subject, what in decided
    ]
    write(base / "decided" / "decisions.csv", rows)
    return base / "decided"


# --- scores ----------------------------------------------------------------------------------------------------------


def test_weights_of_areas_without_records_go_to_the_others_and_add_up(world: Path) -> None:
    score = told(world / "run").scores[0].provisional
    assert score
    assert [(area.area, area.weight, area.share) for area in score.areas] == [
        ("来电、接听", Decimal(60), Decimal("66.67")), ("比率", Decimal(30), Decimal("33.33")), ("走访", Decimal(10), Decimal(0)),
    ]  # fmt: skip
    assert {rule.policy: rule.weight for rule in score.rules} == {
        "calls.answered": Decimal("33.34"), "calls.rings": Decimal("33.33"), "calls.rate": Decimal("33.33"), "visits.done": 0,
    }  # fmt: skip


def test_what_a_ladder_proposes_is_no_obligation_and_no_violation_anywhere(world: Path) -> None:
    """Twice a step is reached, by one person: it stands among the proposals, and in no figure of the audit."""
    report = told(world / "run")
    score = report.scores[0].provisional
    assert score and sum(area.failed for area in score.areas) == report.headline.violations == 6
    assert sum(area.obligations for area in score.areas) == report.headline.obligations
    assert sum(area.unknown for area in score.areas) == report.headline.unknown
    assert (report.headline.proposals, report.headline.reached) == (len(report.proposals), 2) == (1, 2)
    assert "另有 1 条累进政策只提建议,不计入应核和不合格。" in report.appendix.sampling


def test_an_indicator_that_is_no_share_is_said_in_the_unit_of_its_target() -> None:
    mean = Indicator("均值", "S1", (), 7769, 9600, (4, 5), "at_least", True, is_share=False)
    assert (value_said(mean, 7769, 9600), target_said(mean, "zh"), value_said(mean, 0, 0)) == ("0.81", "≥ 0.8", "—")
    share = Indicator("比率", "S1", (), 9, 10, (4, 5), "at_least", True)
    assert (value_said(share, 9, 10), target_said(share, "zh")) == ("90 %", "≥ 80 %")


def test_the_provisional_score_is_what_follows_by_hand(world: Path) -> None:
    """e1 misses three calls: 0.5 + 2 x 0.75; e2 one: 0.5. One late answer: 2. 80 % of 85 %: 33.33 x 5 x 1/17."""
    report = told(world / "run")
    found = rules(report)
    assert {policy: rule.deduction for policy, rule in found.items() if rule.deduction} == {
        "calls.answered": Decimal("2.50"), "calls.rings": Decimal("2.00"), "calls.rate": Decimal("9.80"),
    }  # fmt: skip
    assert (found["calls.answered"].counted, found["calls.answered"].repeats) == (4, 2)
    assert (report.headline.score, report.headline.grade, report.headline.passed) == (Decimal("85.70"), "合格", True)
    assert (report.headline.violations, report.headline.proposals) == (6, 1)


def test_bands_deduct_by_the_violation_rate(tmp_path: Path) -> None:
    """4 of 20 unanswered is over 10 %: all of 33.34; 1 of 16 late is over 5 %: half of 33.33."""
    base = folder(tmp_path, method="bands")
    found = rules(told(audit(base, base / "run")))
    assert (found["calls.answered"].deduction, found["calls.rings"].deduction, found["calls.rate"].deduction) == (Decimal("33.34"), Decimal("16.67"), Decimal("9.80"))


def test_a_rule_deducts_at_most_its_weight(tmp_path: Path) -> None:
    rows = [call(number, "e1", f"2026-10-{number % 28 + 1:02}", "已接听", 5) for number in range(1, 40)]
    found = rules(told(audit(folder(tmp_path, rows), tmp_path / "run")))
    assert found["calls.rings"].points == Decimal(2) + 38 * Decimal(3)
    assert found["calls.rings"].deduction == found["calls.rings"].weight


def test_a_critical_violation_holds_the_grade_down(tmp_path: Path) -> None:
    rows = [{**call(number, "e1", "2026-10-05"), "呼叫类型": "呼出" if number < 3 else "呼入", "振铃次数": "9" if number == 1 else "1"} for number in range(1, 31)]
    report = told(audit(folder(tmp_path, rows), tmp_path / "run"))
    score = report.scores[0].provisional
    assert score
    assert (rules(report)["visits.done"].deduction, rules(report)["calls.rings"].deduction) == (Decimal(5), Decimal(2))
    assert (score.total, score.grade, score.capped) == (Decimal(93), "合格", True)


def test_decisions_part_the_confirmed_score_from_the_provisional(world: Path) -> None:
    """e2's miss is dismissed, one of e1's and the rate are confirmed: provisional 100 - 2 - 2 - 9.80, confirmed 100 - 0.5 - 9.80."""
    decided = decide(world, ("calls.answered", "c04", "不成立"), ("calls.answered", "c02", "确认"), ("calls.rate", "S1", "确认"))
    report = told(world / "run", decided)
    one = report.scores[0]
    assert one.provisional and one.confirmed
    assert (one.provisional.total, one.confirmed.total, one.decided, one.violations) == (Decimal("86.20"), Decimal("89.70"), 3, 6)
    states = {row.subject: (row.decided.state, row.decided.by, row.decided.reason) for row in report.violations if row.rule.policy == "calls.answered"}
    assert states == {"c01": ("open", None, None), "c02": ("confirmed", "q1", "核对录音"), "c03": ("open", None, None), "c04": ("rejected", "q1", "核对录音")}


@pytest.mark.parametrize("method", ["points", "bands"])
def test_both_scores_follow_from_the_printed_tables_alone(tmp_path: Path, method: str) -> None:
    base = folder(tmp_path, method=method)
    out = audit(base, base / "run")
    decided = decide(base, ("calls.answered", "c04", "不成立"), ("calls.answered", "c02", "确认"), ("calls.answered", "c03", "确认"), ("calls.rate", "S1", "确认"))
    run("report", out, "--history", decided, "--format", "xlsx", "--format", "html")
    score = told(out, decided).scores[0]
    assert score.provisional and score.confirmed
    for name in ("report.html", "report.xlsx"):
        printed = Printed(out / name)
        assert (printed.total("S1", False), printed.total("S1", True)) == (score.provisional.total, score.confirmed.total), name
    last = printed.scores[-1]
    assert (Decimal(str(last["得分(暂定)"])), Decimal(str(last["得分(确认)"]))) == (score.provisional.total, score.confirmed.total)


def test_a_waiver_that_ran_out_before_as_of_counts_again(tmp_path: Path) -> None:
    base = folder(tmp_path)
    out = audit(base, base / "run")
    for until, counted in (("2026-10-30", 4), ("2026-10-31", 3)):
        rows = [{"编号": fingerprint("calls.answered", "S1", "c04", "1"), "认定": "豁免", "认定时间": "2026-10-20 09:00:00", "截止": until}]
        write(base / "decided" / "decisions.csv", rows)
        report = told(out, base / "decided")
        assert (rules(report)["calls.answered"].counted, sum(one.violations for one in report.waived)) == (counted, 4 - counted)


def test_waivers_of_an_audit_stand_in_the_report_with_who_and_until_when(tmp_path: Path) -> None:
    """One call is let stand to the end of October, e1's two others to the end of November; a decision that ran out does not hide that."""
    base = folder(tmp_path)
    rules_ = [("c01", "2026-10-31"), ("c02", "2026-11-30"), ("c03", "2026-11-30")]
    lines = [f"- {{policy: calls.answered, subject: {who}, reason: 线路检修, approved_by: 客服经理, from: 2026-10-01, until: {until}}}" for who, until in rules_]
    (base / "waivers.yaml").write_text("\n".join(["format: waivers/1", "waivers:", *lines, ""]), encoding="utf-8")
    out = audit(base, base / "run", "2026-10", "--waivers", base / "waivers.yaml")
    decided = [{"编号": fingerprint("calls.answered", "S1", "c01", "1"), "认定": "豁免", "认定时间": "2026-10-20 09:00:00", "截止": "2026-10-25"}]
    write(base / "decided" / "decisions.csv", decided)
    report = told(out, base / "decided")
    assert [(one.rule.policy, one.site, one.by, one.violations, one.until) for one in report.waived] == [
        ("calls.answered", "S1", "客服经理 (waivers.yaml:3)", 1, date(2026, 10, 31)), ("calls.answered", "S1", "客服经理 (waivers.yaml:4)", 1, date(2026, 11, 30)),
        ("calls.answered", "S1", "客服经理 (waivers.yaml:5)", 1, date(2026, 11, 30)),
    ]  # fmt: skip
    states = {row.subject: (row.decided.state, row.decided.until) for row in report.violations if row.rule.policy == "calls.answered"}
    assert states == {
        "c01": ("waived", date(2026, 10, 31)), "c02": ("waived", date(2026, 11, 30)), "c03": ("waived", date(2026, 11, 30)), "c04": ("open", None),
    }  # fmt: skip
    assert (rules(report)["calls.answered"].counted, rules(report)["calls.answered"].deduction) == (1, Decimal("0.50"))


def test_decisions_to_waive_are_listed_by_when_they_end(tmp_path: Path) -> None:
    """What ends sooner, and what has no end, is not hidden behind the last day of another."""
    base = folder(tmp_path)
    out = audit(base, base / "run")
    ends = {"c01": "2026-11-15", "c02": "2026-12-31", "c03": ""}
    rows = [{"编号": fingerprint("calls.answered", "S1", one, "1"), "认定": "豁免", "认定时间": "2026-10-20 09:00:00", "认定人": "q1", "截止": end} for one, end in ends.items()]
    write(base / "decided" / "decisions.csv", rows)
    found = [(one.by, one.violations, one.until) for one in told(out, base / "decided").waived]
    assert found == [("q1", 1, date(2026, 11, 15)), ("q1", 1, date(2026, 12, 31)), ("q1", 1, None)]


def test_an_advisory_is_listed_and_scores_nothing(tmp_path: Path) -> None:
    base = folder(tmp_path)
    text = (base / "policies.yaml").read_text(encoding="utf-8").replace("level: minor, reason: {zh: 第一印象", "level: advisory, reason: {zh: 第一印象")
    (base / "policies.yaml").write_text(text, encoding="utf-8")
    profile = (base / "profile.yaml").read_text(encoding="utf-8").replace("  steepness: 5", "  shares: {advisory: 0}\n  steepness: 5")
    (base / "profile.yaml").write_text(profile, encoding="utf-8")
    report = told(audit(base, base / "run"))
    assert (rules(report)["calls.answered"].how, rules(report)["calls.answered"].weight, rules(report)["calls.rings"].weight) == ("none", 0, Decimal("66.67"))
    assert sum(row.rule.policy == "calls.answered" for row in report.violations) == 4


# --- earlier periods -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """September, with one call that e1 missed, beside October."""
    base = tmp_path_factory.mktemp("months")
    earlier = [call(31, "e1", "2026-09-20", "未接"), *(call(number, "e2", "2026-09-21") for number in range(32, 51))]
    audit(folder(base / "09", earlier), base / "runs" / "2026-09", "2026-09")
    audit(folder(base / "10"), base / "runs" / "2026-10", "2026-10", "--history", base / "runs")
    return base


def test_change_trend_and_repeats_come_from_the_history(two_months: Path) -> None:
    """The miss of September makes all three of October repeats: 3 x 0.75 + 0.5; September lost 0.5 of 100."""
    report = told(two_months / "runs" / "2026-10", two_months / "runs")
    assert rules(report)["calls.answered"].deduction == Decimal("2.75")
    assert [(one.period, one.score, one.difference) for one in report.headline.changes] == [("2026-09", Decimal("99.50"), Decimal("85.45") - Decimal("99.50"))]
    assert [(point.period, point.numerator, point.denominator) for point in report.indicators[0].trend] == [("2026-09", 19, 20), ("2026-10", 16, 20)]
    assert [(one.who, one.count, one.earlier) for one in report.repeats if one.rule.policy == "calls.answered"] == [("e1", 3, 1)]


def test_a_score_that_rests_on_other_rules_says_so(two_months: Path, tmp_path: Path) -> None:
    """A September in which nobody was asked about rings: two rules are scored then, three now."""
    months = tmp_path / "months"
    shutil.copytree(two_months / "runs" / "2026-10", months / "2026-10")
    earlier = [call(number, "e2", "2026-09-21", "未接") for number in range(32, 51)]
    audit(folder(tmp_path / "09", earlier), months / "2026-09", "2026-09")
    (change,) = told(months / "2026-10", months).headline.changes
    assert (change.scored, scored_said(change, "zh")) == ((2, 3), "当时评分 2 条、本期 3 条,不完全可比")
    (same,) = told(two_months / "runs" / "2026-10", two_months / "runs").headline.changes
    assert (same.scored, scored_said(same, "en")) == ((3, 3), "")


def test_without_a_history_nothing_is_compared(two_months: Path) -> None:
    report = told(two_months / "runs" / "2026-10")
    assert (report.headline.changes, report.cover.previous, len(report.indicators[0].trend)) == ((), None, 1)


def test_a_second_report_of_the_period_has_the_next_number(two_months: Path, tmp_path: Path) -> None:
    shutil.copytree(two_months / "runs" / "2026-10", tmp_path / "again")
    assert told(two_months / "runs" / "2026-10", two_months / "runs").cover.number == "PZ-2026-10-001"
    assert told(tmp_path / "again", two_months / "runs").cover.number == "PZ-2026-10-002"


# --- content ---------------------------------------------------------------------------------------------------------


def test_the_list_holds_every_violation_once_and_no_proposal_the_worst_severity_first(world: Path) -> None:
    out, order = world / "run", ("critical", "major", "minor", "advisory")
    listed = [row.fingerprint for row in told(out).violations]
    failed = duckdb.sql(f"SELECT fingerprint, severity FROM '{out}/findings.parquet' WHERE verdict = 'fail' AND policy NOT LIKE 'escalation.%' ORDER BY file_row_number").fetchall()
    assert listed == [mark for mark, severity in sorted(failed, key=lambda row: order.index(row[1]))] != [row[0] for row in failed]
    assert [row.number for row in told(out).violations] == list(range(1, len(listed) + 1))
    assert len(told(out).violations) == len(listed) == 6


def test_rankings_causes_and_heat_add_up_to_the_violations(world: Path) -> None:
    report = told(world / "run")
    assert [(one.place, one.id, one.judged, one.violations, one.repeats) for one in report.people] == [(1, "e2", 17, 1, 0), (2, "e1", 19, 4, 2)]
    assert [(one.rule.policy, one.violations, one.cumulative) for one in report.causes] == [("calls.answered", 4, 4), ("calls.rate", 1, 5), ("calls.rings", 1, 6)]
    assert sum(map(sum, report.heat.cells)) + report.heat.undated == 6
    by_day = [day[9] for day in report.heat.cells]
    assert (by_day, report.heat.undated) == ([0, 0, 0, 1, 2, 1, 1], 1)  # 1 to 4 October are Thursday to Sunday, the 9th is a Friday; the rate has no hour


def test_what_was_not_judged_says_why(world: Path) -> None:
    doubts = {(one.rule.policy, one.sort): (one.obligations, one.why) for one in told(world / "run").quality.doubts}
    assert doubts["visits.done", "not applicable"] == (0, "本期没有符合条件的记录")
    assert doubts["escalation.third", "unknown"][0] == 3


def test_proposals_say_that_they_are_provisional(world: Path) -> None:
    assert [(one.accountable, one.step, one.number, one.provisional) for one in told(world / "run").proposals] == [("e1", "口头警告", 4, True)]


def test_a_notice_goes_to_each_person_or_site_with_something_to_correct(world: Path) -> None:
    """Major or repeated: e1's late answer and second and third miss; the site's rate. e2's first miss is minor."""
    notices = told(world / "run").notices
    assert [(one.person, one.violations, one.points) for one in notices] == [("e1", 3, Decimal("3.5")), (None, 1, Decimal(2))]
    assert [fact.rule.severity for fact in notices[0].facts] == ["major", "minor", "minor"]


def test_a_time_that_is_the_end_of_a_day_is_written_24_00() -> None:
    assert [moment(one) for one in (datetime(2026, 10, 5, 23, 59, 59, 999999), datetime(2026, 10, 5, 23, 59, 59), datetime(2026, 10, 5, 9, 30), None)] == [
        "2026-10-05 24:00", "2026-10-05 23:59:59", "2026-10-05 09:30", "—",
    ]  # fmt: skip


def test_the_hash_of_the_policies_is_one_hash(world: Path) -> None:
    assert re.fullmatch("[0-9a-f]{64}", told(world / "run").cover.policies_hash)


def test_no_control_character_of_a_file_reaches_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{**call(number, "e1", "2026-10-05", rings=9), "通话编号": f"\x1b[2Jc{number}\x07"} for number in range(1, 4)]
    out = audit(folder(tmp_path, rows), tmp_path / "run")
    assert run("diff", out, out) == 0
    shown = capsys.readouterr().out
    assert "[2Jc1" in shown and not re.search(r"[\x00-\x09\x0b-\x1f]", shown)


def test_values_and_rules_stand_in_the_appendix(world: Path) -> None:
    report = told(world / "run", lang="en")
    assert [rule.policy for rule in report.rules] == ["calls.answered", "calls.rings", "calls.rate", "visits.done", "escalation.third"]
    assert any("Weights: Answering 60; Rates 30; Visits 10." in line for line in report.appendix.calculation)


# --- rendering again, masks ------------------------------------------------------------------------------------------


def test_an_audit_renders_its_reports_unless_told_not_to(world: Path, tmp_path: Path) -> None:
    reports = {file for file, _ in RENDERERS.values()}
    manifest = json.loads((world / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert reports <= set(manifest["files"]) and set(manifest["reports"]) == reports
    assert all((world / "run" / name).is_file() for name in manifest["files"])
    bare = audit(folder(tmp_path), tmp_path / "run")
    assert not reports & {path.name for path in bare.iterdir()}


def test_a_run_is_rendered_again_without_its_data(tmp_path: Path) -> None:
    base = folder(tmp_path)
    out = audit(base, base / "run", "2026-10", "--report")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    shutil.rmtree(base / "data")
    for path in out.glob("report.*"):
        path.unlink()
    assert run("report", out) == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_personal_data_is_masked_unless_asked_for_with_a_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    canaries = ("13912345678", "金丝雀姓名")
    rows = [{**one, "主叫号码": canaries[0]} for one in calls()]
    out = audit(folder(tmp_path, rows, canaries[1]), tmp_path / "run", "2026-10", "--report")
    assert not [(path.name, canary) for path in (out / file for file, _ in RENDERERS.values()) for canary in canaries if canary in _text(path)]
    for no_reason in ((), ("--reason", " ")):
        with pytest.raises(CheckerError, match="needs a reason"):
            run("report", out, "--unmask", *no_reason)
    run("report", out, "--unmask", "--reason", "申诉复核")
    assert all(canary in _text(out / "report.xlsx") for canary in canaries)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["reports"]["report.xlsx"] == {"lang": "zh", "unmasked": "申诉复核"}
    assert "申诉复核" in _text(out / "report.xlsx")


def _text(path: Path) -> str:
    if path.suffix != ".xlsx":
        return path.read_text(encoding="utf-8")
    import zipfile

    with zipfile.ZipFile(path) as parts:
        return "\n".join(parts.read(name).decode("utf-8") for name in parts.namelist())


def test_what_cannot_be_rendered_is_said(world: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckerError, match="this is not the run of an audit"):
        run("report", tmp_path)
    with pytest.raises(CheckerError, match="there is no format `pdf`"):
        run("report", world / "run", "--format", "pdf")
    shutil.copytree(world / "run", tmp_path / "run")
    (tmp_path / "run" / "book.json").unlink()
    with pytest.raises(CheckerError, match="the run has no book"):
        run("report", tmp_path / "run")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckerError, match="no earlier run"):
        run("report", world / "run", "--history", tmp_path / "empty")


@pytest.mark.parametrize("payload", ["<script>alert(1)</script>", "[x](javascript:alert(1))", "@everyone", "#1", "http://evil.example", "a|b`c"])
def test_nothing_from_the_data_is_markup_in_the_summary(tmp_path: Path, payload: str) -> None:
    rows = [call(1, payload, "2026-10-05", "已接听", 9), call(2, "e1", "2026-10-06")]
    out = audit(folder(tmp_path, rows), tmp_path / "run")
    run("report", out, "--format", "md")
    said = (out / "report.md").read_text(encoding="utf-8")
    assert payload not in said
    assert not re.search(r"(?<!\\)[<\[`]", said) and "http://" not in said


def test_the_book_of_a_run_reads_back_as_it_was(tmp_path: Path) -> None:
    """All that ships: written to JSON and read again, every policy, record type and profile is the same."""
    shipped = load_book([policies_folder()])
    (tmp_path / "book.json").write_text(kept(shipped, shipped.policies, shipped.profiles.values()), encoding="utf-8")
    found = book_of_run(Run(tmp_path, {}, {}))
    assert (found.policies, found.records, found.profiles) == (shipped.policies, shipped.records, shipped.profiles)
    assert [policy.model_dump_json() for policy in found.policies] == [policy.model_dump_json() for policy in shipped.policies]
