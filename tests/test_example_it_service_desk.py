"""The worked example on a real log: every number and finding is that of an independent computation in plain Python."""

from __future__ import annotations

import ast
import csv
import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests import independent_it_desk as desk
from tests.independent_it_desk import DAY, MICRO, Found, Span

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "it-service-desk"
SAMPLE = EXAMPLE / "sample" / "incident_event_log.csv"
POLICIES = (*desk.BY_TICKET, *desk.RATES)
WHOLE = Span(datetime(2016, 2, 29), datetime(2017, 2, 19), datetime(2017, 2, 19))
MAY = Span(datetime(2016, 5, 1), datetime(2016, 6, 1), datetime(2016, 6, 1))
MANY_UNKNOWN = ("--max-unknown", "10 %")
Audit = dict[str, Any]
Expected = dict[str, list[Found]]


def log_or_skip() -> Path:
    """The whole log, named by IT_DESK_DATA; it is not part of the repository."""
    named = os.environ.get("IT_DESK_DATA", "")
    if not named or not Path(named).is_file():
        pytest.skip("IT_DESK_DATA names no file")
    return Path(named)


def command(data: Path, out: Path, period: str, *options: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    parts = ("--policies", EXAMPLE / "policies", "--policies", EXAMPLE / "records", "--profile", EXAMPLE / "profile.yaml",
             "--mapping", EXAMPLE / "mapping.yaml", "--period", period)  # fmt: skip
    return checker("audit", data, "--out", out, "--format", "json", "--lang", "en", "--no-report", *parts, *options, folder=folder)


def checker(*words: object, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "checker", *map(str, words)], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def audited(data: Path, out: Path, period: str, unknown: str = "10 %") -> Audit:
    """The summary by policy and by file, and every finding, passes too."""
    done = command(data, out, period, "--keep-passes", "--max-unknown", unknown)
    assert done.returncode == 1, done.stderr
    summary = json.loads(done.stdout)
    assert summary == json.loads((out / "summary.json").read_text(encoding="utf-8"))
    columns = 'policy, subject, ordinal, verdict, epoch_us(decided_at), measured, "limit", missing, row, file, disputed'
    rows = duckdb.execute(f"SELECT {columns} FROM read_parquet(?)", [str(out / "findings.parquet")]).fetchall()
    names = ("policy", "subject", "ordinal", "verdict", "decided", "measured", "limit", "missing", "row", "file", "disputed")
    return {
        "policies": {one["policy"]: one for one in summary["policies"]}, "files": summary["files"], "quality": summary["quality"],
        "findings": [dict(zip(names, row, strict=True)) for row in rows],
        "doubtful": doubtful_rows(out / "data-quality.csv"),
    }  # fmt: skip


def doubtful_rows(path: Path) -> set[tuple[int, str]]:
    """(row, column) of what data-quality.csv lists."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {(int(line[3]), line[4]) for line in list(csv.reader(file))[1:] if line[3]}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    return audited(EXAMPLE / "sample", tmp_path_factory.mktemp("sample") / "run", "2016-02-29..2017-02-18")


@pytest.fixture(scope="module")
def may(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """An unknown without a date belongs to the audit of every month, so that their share is higher in one."""
    return audited(EXAMPLE / "sample", tmp_path_factory.mktemp("may") / "run", "2016-05", unknown="100 %")


@pytest.fixture(scope="module")
def log() -> list[desk.Row]:
    return desk.events(SAMPLE)


@pytest.fixture(scope="module")
def expected(log: list[desk.Row]) -> Expected:
    return desk.audit(log, WHOLE)


@pytest.fixture(scope="module")
def expected_in_may(log: list[desk.Row]) -> Expected:
    return desk.audit(log, MAY)


def micros(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - datetime(1970, 1, 1)) // MICRO


def said(audit: Audit, policy: str) -> dict[str, int]:
    words = ("obligations", "pass", "fail", "pending", "unknown", "exempt", "not_applicable")
    return {word: audit["policies"][policy][word] for word in words}


def judged(found: Found) -> dict[str, Any]:
    """What must be the same of a finding; measure and limit where the verdict rests on them."""
    ticket = found.policy in desk.BY_TICKET
    facts: dict[str, Any] = {"verdict": found.verdict, "decided": micros(found.decided), "row": found.row if ticket else None}
    facts["missing"] = found.lacks if found.verdict == "unknown" else None
    measured = found.verdict in ("pass", "fail", "exempt") and found.limit is not None
    return facts | {"measured": found.measured if measured else None, "limit": found.limit if measured else None}


def findings_agree(audit: Audit, policy: str, expected: Sequence[Found]) -> None:
    wanted = {(one.subject, one.ordinal): judged(one) for one in expected if one.verdict != "not_applicable"}
    found = {}
    for one in (one for one in audit["findings"] if one["policy"] == policy):
        key = (one["subject"], one["ordinal"])
        assert key not in found, key
        facts = wanted.get(key, {})
        found[key] = {word: one[word] if facts.get(word) is not None or word not in ("measured", "limit", "row") else None
                      for word in ("verdict", "decided", "row", "missing", "measured", "limit")}  # fmt: skip
    different = {key: (found.get(key), wanted.get(key)) for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)}
    assert not different, f"{len(different)} differ (audit, independent): {sorted(different.items())[:3]}"


# --- the sample ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
def test_each_policy_counts_what_an_independent_computation_counts(sample: Audit, expected: Expected, policy: str) -> None:
    assert said(sample, policy) == desk.counts(expected[policy])


@pytest.mark.parametrize("policy", POLICIES)
def test_each_finding_is_the_one_computed_independently(sample: Audit, expected: Expected, policy: str) -> None:
    findings_agree(sample, policy, expected[policy])


def test_the_audit_judges_these_ten_policies_and_no_other(sample: Audit) -> None:
    assert sorted(sample["policies"]) == sorted(POLICIES)


def test_every_row_of_the_log_is_accounted_for(sample: Audit, log: list[desk.Row]) -> None:
    (file,) = sample["files"]
    counted = {word: file[word] for word in ("read", "accepted", "rejected", "duplicates", "superseded")}
    assert counted == desk.reconciled(log)
    assert counted["read"] == counted["accepted"] + counted["rejected"] + counted["duplicates"] + counted["superseded"]


@pytest.mark.parametrize(
    ("policy", "subject", "ordinal", "verdict", "measured", "limit"),
    [
        # Read off the file by eye: opened 4/3/2016 16:56, entered 17:26; opened 29/2/2016 12:11, entered 12:42.
        ("handling.entered-in-time", "0002685", "1", "pass", 1_800_000_000, 1_800_000_000),
        ("handling.entered-in-time", "0000228", "1", "fail", 1_860_000_000, 1_800_000_000),
        # Priority 2, opened 18/4/2016 13:49, resolved 19/4/2016 14:42: 24 hours and 53 minutes.
        ("resolution.in-time", "0020445", "1", "fail", 89_580_000_000, 86_400_000_000),
        # Groups 24 and 28 in March 2016: 13 of 21 tickets, and 15 of 26.
        ("agreement.kept-by-group", "24", "2016-03", "pass", 13, 13),
        ("agreement.kept-by-group", "28", "2016-03", "fail", 15, 16),
    ],
)
def test_a_limit_is_kept_on_the_limit_and_broken_just_beyond(
    sample: Audit, policy: str, subject: str, ordinal: str, verdict: str, measured: int, limit: int
) -> None:
    (one,) = [one for one in sample["findings"] if (one["policy"], one["subject"], one["ordinal"]) == (policy, subject, ordinal)]
    assert (one["verdict"], one["measured"], one["limit"]) == (verdict, measured, limit)


def test_a_ticket_entered_before_it_was_opened_is_unknown(sample: Audit) -> None:
    found = {one["subject"] for one in sample["findings"] if one["policy"] == "handling.entered-in-time" and one["verdict"] == "unknown"}
    assert found == {"0000130", "0000131", "0000134", "0000135", "0000137", "0000164"}


def test_an_end_before_its_start_is_listed_as_doubtful_data(sample: Audit) -> None:
    found = {one["row"] for one in sample["findings"] if one["policy"] == "handling.entered-in-time" and one["verdict"] == "unknown"}
    assert {(row, "sys_created_at") for row in found} <= sample["doubtful"]


def test_a_ticket_with_two_last_events_is_unknown_only_where_they_disagree(sample: Audit) -> None:
    found = {one["policy"]: (one["verdict"], one["disputed"]) for one in sample["findings"] if one["subject"] == "0000135"}
    assert found["evidence.closed-ticket-complete"] == ("unknown", True)
    assert found["resolution.in-time"] == ("pass", True)


def test_a_closed_ticket_without_a_resolution_time_is_unknown_and_its_evidence_is_missing(sample: Audit) -> None:
    found = {one["policy"]: one["verdict"] for one in sample["findings"] if one["subject"] == "0000093"}
    assert found["resolution.in-time"] == found["resolution.closed-after"] == "unknown"
    assert found["evidence.closed-ticket-complete"] == "fail"


def test_a_month_of_which_one_day_is_covered_cannot_be_judged(sample: Audit) -> None:
    found = {one["verdict"]: one["missing"] for one in sample["findings"] if one["policy"] == "reopening.rate" and one["ordinal"] == "2016-02"}
    assert found == {"unknown": "coverage"}


# --- as-of in the middle of the log ----------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
def test_an_audit_of_may_counts_what_was_known_at_its_end(may: Audit, expected_in_may: Expected, policy: str) -> None:
    assert said(may, policy) == desk.counts(expected_in_may[policy])


@pytest.mark.parametrize("policy", POLICIES)
def test_each_finding_of_may_is_the_one_computed_independently(may: Audit, expected_in_may: Expected, policy: str) -> None:
    findings_agree(may, policy, expected_in_may[policy])


def test_the_independent_months_add_up_to_the_independent_year(log: list[desk.Row]) -> None:
    """February 2017 is left out: the year stops in its middle."""
    ends = [datetime(2016, month, 1) for month in range(3, 13)] + [datetime(2017, 1, 1), datetime(2017, 2, 1)]
    year = desk.audit(log, Span(datetime(2016, 2, 1), ends[-1], ends[-1]))
    months = [desk.audit(log, Span(start, end, end)) for start, end in zip([datetime(2016, 2, 1), *ends], ends, strict=False)]
    for policy in POLICIES:
        apart = [identity for month in months for identity in dated(month[policy])]
        assert sorted(apart) == sorted(dated(year[policy])), policy


def dated(findings: Sequence[Found]) -> list[tuple[str, str, str, datetime]]:
    return [(one.subject, one.ordinal, one.verdict, one.decided) for one in findings if one.decided]


# --- the command -----------------------------------------------------------------------------------------------------


def test_more_unknowns_than_the_usual_share_end_the_audit_as_not_usable(tmp_path: Path) -> None:
    done = command(EXAMPLE / "sample", tmp_path / "run", "2016-02-29..2017-02-18")
    assert done.returncode == 2
    assert "resolution.in-time" in done.stderr and "resolution.closed-after" in done.stderr
    assert "handling.few-reassignments" not in done.stderr


def test_the_project_file_makes_the_short_command_the_long_one(tmp_path: Path, sample: Audit) -> None:
    done = checker("audit", "sample", "--out", tmp_path / "run", "--format", "json", folder=EXAMPLE)
    assert done.returncode == 1, done.stderr
    assert {one["policy"]: one for one in json.loads(done.stdout)["policies"]} == sample["policies"]


def test_the_files_of_the_example_have_no_errors() -> None:
    files = [EXAMPLE / name for name in ("records", "policies", "profile.yaml", "mapping.yaml")]
    done = checker("validate", *files, "--lang", "en")
    assert done.returncode == 0, done.stdout + done.stderr


def test_two_runs_leave_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert command(EXAMPLE / "sample", tmp_path / name, "2016-02-29..2017-02-18", *MANY_UNKNOWN).returncode == 1
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files and files == sorted(path.name for path in (tmp_path / "two").iterdir())
    assert [name for name in files if (tmp_path / "one" / name).read_bytes() != (tmp_path / "two" / name).read_bytes()] == []


# --- what the example says of itself ---------------------------------------------------------------------------------


def table(title: str) -> dict[str, list[int]]:
    """A table of the README: policy -> its seven numbers."""
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    _, _, after = text.partition(f"| {title} | due |")
    rows = re.findall(r"^\| `([a-z.-]+)` \|(.+)\|$", after.partition("\n\n")[0], re.MULTILINE)
    return {policy: [int(cell.replace(",", "")) for cell in cells.split("|")] for policy, cells in rows}


def test_the_readme_gives_the_numbers_of_the_sample(expected: Expected) -> None:
    assert table("sample") == {policy: list(desk.counts(expected[policy]).values()) for policy in POLICIES}


def test_the_example_holds_no_python() -> None:
    assert {path.suffix for path in EXAMPLE.rglob("*") if path.is_file()} == {".yaml", ".toml", ".md", ".csv"}


def test_the_independent_computation_uses_the_standard_library_alone() -> None:
    tree = ast.parse(Path(desk.__file__).read_text(encoding="utf-8"))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert names and all(name.split(".")[0] in sys.stdlib_module_names for name in names)


def test_the_sample_carries_its_attribution() -> None:
    text = (EXAMPLE / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert all(word in text for word in ("Amaral", "Fantinato", "Peres", "CC BY 4.0"))


# --- the whole log ---------------------------------------------------------------------------------------------------


@pytest.mark.hunt
def test_the_sample_is_those_lines_of_the_log_that_the_readme_says() -> None:
    path = log_or_skip()
    chosen = desk.sample_of(desk.events(path))
    lines = gzip.open(path).read().splitlines(keepends=True) if path.suffix == ".gz" else path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines[1:] if line.partition(b",")[0].decode() in chosen]
    assert b"".join([lines[0], *kept]) == SAMPLE.read_bytes()


@pytest.mark.hunt
def test_the_whole_log_is_judged_as_the_independent_computation_judges_it(tmp_path: Path) -> None:
    path = log_or_skip()
    events = desk.events(path)
    audit, expected = audited(path, tmp_path / "run", "2016-02-29..2017-02-18"), desk.audit(events, WHOLE)
    (file,) = audit["files"]
    assert {word: file[word] for word in desk.reconciled(events)} == desk.reconciled(events)
    for policy in POLICIES:
        assert said(audit, policy) == desk.counts(expected[policy]), policy
        findings_agree(audit, policy, expected[policy])
    assert table("whole log") == {policy: list(desk.counts(expected[policy]).values()) for policy in POLICIES}


@pytest.mark.hunt
def test_a_month_of_the_whole_log_is_judged_as_the_independent_computation_judges_it(tmp_path: Path) -> None:
    path = log_or_skip()
    audit, expected = audited(path, tmp_path / "run", "2016-05", unknown="100 %"), desk.audit(desk.events(path), MAY)
    for policy in POLICIES:
        assert said(audit, policy) == desk.counts(expected[policy]), policy
        findings_agree(audit, policy, expected[policy])


@pytest.mark.hunt
def test_what_the_readme_remarks_about_the_log_is_so() -> None:
    events = desk.events(log_or_skip())
    known = desk.tickets(events)
    last = [versions[0] for versions in known.values()]
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    closed = [row["closed_at"] for row in last if row["closed_at"].startswith("24/3/2016 1")]
    minutes = {at for at in closed if "18:40" <= at[-5:] <= "19:02"}
    numbers = {
        "tickets changed priority": changed(events, "priority"), "changed group": changed(events, "assignment_group"),
        "tickets (6.2 %) do not say when": sum(row["resolved_at"] == "?" for row in last),
        "events)": sum(row["resolved_at"] == "?" for row in events),
        "tickets were closed on 24 March": sum(at in minutes for at in closed),
        "tickets end without a group": sum(row["assignment_group"] == "?" for row in last),
        "tickets come within an hour of a limit": sum(near_a_limit_of_hours(row) for row in last),
        "that were entered within an hour of the limit": sum(near_thirty_minutes_on_a_sunday(row) for row in last),
    }  # fmt: skip
    plain = " ".join(text.replace("*", "").split())
    for words, number in numbers.items():
        assert re.search(rf"(?<![\d,]){number:,}(?: \w+)? {re.escape(words)}|(?<![\d,]){number:,} {re.escape(words)}", plain), (number, words)
    assert len(minutes) == 9
    assert {row["closed_at"].partition(" ")[0].partition("/")[2] for row in last if row["assignment_group"] == "?"} == {"3/2016", "4/2016", "5/2016"}
    assert [number for number, versions in known.items() if len(versions) > 1] == ["0000135"]
    assert len({row["number"] for row in events if row["ident_state"] == "-100"}) == 2
    assert sum(entered_late_in_the_next_month(row) for row in last) == 1


def changed(events: list[desk.Row], column: str) -> int:
    found: dict[str, set[str]] = {}
    for event in events:
        found.setdefault(event["number"], set()).add(event[column])
    return sum(len(values) > 1 for values in found.values())


def near_a_limit_of_hours(row: desk.Row) -> bool:
    elapsed, opened, resolved = desk.BY_PRIORITY[row["priority"]].elapsed, desk.moment(row["opened_at"]), desk.moment(row["resolved_at"])
    return bool(elapsed and opened and resolved and abs(resolved - opened - elapsed) <= timedelta(hours=1))


def near_thirty_minutes_on_a_sunday(row: desk.Row) -> bool:
    opened, entered = desk.moment(row["opened_at"]), desk.moment(row["sys_created_at"])
    if not opened or not entered or not timedelta(0) < entered - opened <= timedelta(minutes=90):
        return False
    midnights = [datetime.combine(opened.date(), time()) + number * DAY for number in (0, 1)]
    return any(at.weekday() == 6 and opened <= at + timedelta(hours=4) and entered >= at - timedelta(minutes=1) for at in midnights)


def entered_late_in_the_next_month(row: desk.Row) -> bool:
    opened, entered = desk.moment(row["opened_at"]), desk.moment(row["sys_created_at"])
    return bool(opened and entered and entered > opened + timedelta(minutes=30) and entered.month != (opened + timedelta(minutes=30)).month)
