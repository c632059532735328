"""The findings of a run for other programs: valid, complete, the same bytes again, and nothing personal in them."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet as parquet
import pytest
from click.testing import CliRunner, Result

from checker import exporting
from checker.cli import cli
from checker.engines.found import findings_of
from checker.errors import CheckerError
from checker.init import write_folder
from checker.load.kept import book_of_run
from checker.report.machines import oscal, sarif
from checker.report.machines.rows import COLUMNS, Handed
from checker.run import read_run
from tests.test_machines import DATA, ROOT, sarif_errors

NAME, PHONE, LANDLINE, HOME = "欧阳测试丙", "13987654321", "13500001111", "测试路88号7幢1单元902室"
FORMULA = "=cmd|'/C calc'!A1"
HEAD = "工单号,需求类别,受理时间,受理人,回复客户时间,是否当场解决,关单时间,状态,联系人,联系电话,报修地点,服务内容,项目\n"
ROWS = [
    f"T1,报修,2026-10-08 09:00,E01,2026-10-08 09:10,否,,已办结,{NAME},{PHONE},{HOME},,S1",
    f"T2,报修,2026-10-08 09:00,E01,2026-10-08 09:45,否,,已办结,{NAME},{PHONE},{HOME},请打{LANDLINE},S1",
    f"{FORMULA},报修,2026-10-09 09:00,E02,2026-10-09 09:31,否,,已办结,{NAME},{PHONE},{HOME},<script>alert(1)</script>,S1",
    f"T4,咨询,2026-10-09 10:00,E02,,是,,已办结,{NAME},,,,S1", f"T5,报修,2026-10-31 23:50,E02,,否,,处理中,{NAME},,,,S1", f"T6,报修,,E02,2026-10-09 09:31,否,,已办结,{NAME},,,,S1",
]  # fmt: skip
BECAUSE = "{contact_name}({contact_phone},{location})的工单 {ticket_id} 用了 {measured}:{content}"
EXPECTED = {"fail": 2, "exempt": 1, "pending": 1, "unknown": 1}
"""T6 does not say when it was received: unknown (language §6), and in every audit that reads it."""
FORMATS = ("jsonl", "csv", "parquet", "oscal", "sarif")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over tickets with personal data, whose sentence would tell all of it."""
    folder = tmp_path_factory.mktemp("export") / "工作 文件夹"
    write_folder(folder)
    policy = folder / "policies" / "ticket.yaml"
    lines = [f'  - {{otherwise: true, zh: "{BECAUSE}", en: "{BECAUSE}"}}' if line.startswith("  - {otherwise") else line for line in policy.read_text(encoding="utf-8").splitlines()]
    policy.write_text("\n".join(lines) + "\n", encoding="utf-8")
    mapping = folder / "对照表.yaml"
    mapping.write_text("\n".join(line for line in mapping.read_text(encoding="utf-8").splitlines() if "constants" not in line) + "\n", encoding="utf-8")
    (folder / "数据" / "工单_2026-10.csv").write_text(HEAD + "\n".join(ROWS) + "\n", encoding="utf-8")
    audit(folder, folder / "run")
    return folder / "run"


def audit(folder: Path, out: Path) -> None:
    words = ["--policies", str(folder / "policies"), "--policies", str(folder / "profiles"), "--profile", "my-site", "--mapping", str(folder / "对照表.yaml")]
    done = CliRunner().invoke(cli, ["audit", str(folder / "数据"), *words, "--period", "2026-10", "--out", str(out), "--no-report", "--fail-on", "never"])
    assert done.exit_code == 0 or (out / "manifest.json").is_file(), done.output


def export(run: Path, form: str, *options: str) -> Result:
    return CliRunner().invoke(cli, ["export", str(run), "--format", form, *options])


def written(run: Path, form: str, out: Path, *options: str) -> bytes:
    done = export(run, form, "-o", str(out), *options)
    assert (done.exit_code, done.output) == (0, ""), done.exception
    return out.read_bytes()


def rows(run: Path, *options: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in export(run, "jsonl", *options).stdout.splitlines()]


# --- what they hold --------------------------------------------------------------------------------------------------


def test_every_line_fits_the_published_schema_and_none_is_missing(run: Path) -> None:
    schema = json.loads((ROOT / "schemas" / "findings.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    found = rows(run)
    assert [error.message for one in found for error in jsonschema.Draft7Validator(schema).iter_errors(one)] == []
    assert {word: Counter(one["verdict"] for one in found)[word] for word in EXPECTED} == EXPECTED
    assert [one["fingerprint"] for one in found] == parquet.read_table(run / "findings.parquet")["fingerprint"].to_pylist()


def test_a_line_says_what_happened_when_and_where_it_stands(run: Path) -> None:
    (one,) = [one for one in rows(run) if one["subject"] == "T2"]
    assert (one["verdict"], one["measured"], one["limit"], one["unit"]) == ("fail", 45 * 60_000_000, 30 * 60_000_000, "us")
    assert (one["occurred_at"], one["due_at"], one["decided_at"]) == ("2026-10-08T09:00:00+08:00", "2026-10-08T09:30:00+08:00", "2026-10-08T09:30:00+08:00")
    assert (one["file"], one["row"], one["clause"], one["accountable"]) == ("工单_2026-10.csv", 3, "service-handbook 3.2", "E01")
    assert "45 分钟" in one["sentence_zh"]
    assert {one["verdict"] for one in rows(run) if one["sentence_zh"] and one["sentence_en"]} == {"fail", "unknown"}


def test_a_verdict_selects(run: Path) -> None:
    assert {one["verdict"] for one in rows(run, "--verdict", "fail", "--verdict", "exempt")} == {"fail", "exempt"}


def test_csv_and_parquet_hold_the_same_as_the_lines(run: Path, tmp_path: Path) -> None:
    lines = rows(run)
    with (tmp_path / "f.csv").open("wb") as file:
        file.write(written(run, "csv", tmp_path / "g.csv"))
    with (tmp_path / "f.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = list(csv.DictReader(file))
    assert [{key: value for key, value in row.items() if key not in ("arguments", "subject", "sentence_zh", "sentence_en", "disputed")} for row in cells] == [
        {key: "" if value is None else str(value) for key, value in row.items() if key not in ("arguments", "subject", "sentence_zh", "sentence_en", "disputed")} for row in lines
    ]
    written(run, "parquet", tmp_path / "f.parquet")
    table = parquet.read_table(tmp_path / "f.parquet")
    assert table.column_names == list(COLUMNS)
    found = [{**row, "arguments": json.loads(row["arguments"]), "points": row["points"] and str(row["points"])} for row in table.to_pylist()]
    assert found == lines


# --- OSCAL -----------------------------------------------------------------------------------------------------------


def oscal_errors(text: str) -> list[str]:
    """Against NIST's schema; Python's regular expressions do not know the classes of letters and numbers that it uses."""
    schema = json.loads((DATA / "oscal-assessment-results-1.2.3.json").read_text(encoding="utf-8"))
    assert f"/{oscal.VERSION}/" in schema["$id"]
    checked = jsonschema.Draft7Validator(_plain(schema))
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in checked.iter_errors(json.loads(text))]


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(one) for one in node]
    return node.replace(r"\p{L}", r"[^\W\d_]").replace(r"\p{N}", r"\d") if isinstance(node, str) else node


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_oscal_is_valid_and_holds_every_finding(run: Path, lang: str) -> None:
    text = export(run, "oscal", "--lang", lang).stdout
    assert oscal_errors(text) == []
    (result,) = json.loads(text)["assessment-results"]["results"]
    assert len(result["observations"]) == sum(EXPECTED.values())
    (finding,) = result["findings"]
    assert finding["target"]["target-id"] == "ticket.first-feedback"
    assert finding["target"]["status"] == {"state": "not-satisfied", "reason": "fail"}
    assert {one["observation-uuid"] for one in finding["related-observations"]} == {one["uuid"] for one in result["observations"]}


def test_every_reference_of_oscal_leads_somewhere(run: Path) -> None:
    document = json.loads(export(run, "oscal").stdout)["assessment-results"]
    assert document["import-ap"]["href"] == "#" + document["back-matter"]["resources"][0]["uuid"]
    sites = {one["uuid"] for one in document["metadata"]["locations"]}
    assert {subject["subject-uuid"] for one in document["results"][0]["observations"] for subject in one["subjects"]} == sites


def test_the_schema_of_oscal_refuses_what_it_should(run: Path) -> None:
    text = export(run, "oscal").stdout
    assert oscal_errors(text.replace('"not-satisfied"', '"failed"'))
    assert oscal_errors(text.replace('"methods"', '"method"'))


def test_an_observation_is_the_same_in_every_run_that_finds_it(run: Path, tmp_path: Path) -> None:
    folder = run.parent
    shutil.copytree(folder / "数据", tmp_path / "数据")
    for name in ("policies", "profiles"):
        shutil.copytree(folder / name, tmp_path / name)
    shutil.copy(folder / "对照表.yaml", tmp_path)
    (tmp_path / "数据" / "工单_2026-10.csv").write_text(HEAD + "\n".join([*ROWS[1:], ROWS[1].replace("T2", "T0")]) + "\n", encoding="utf-8")
    audit(tmp_path, tmp_path / "run")
    first, second = (json.loads(export(one, "oscal").stdout)["assessment-results"] for one in (run, tmp_path / "run"))
    known, now = ({one["uuid"] for one in document["results"][0]["observations"]} for document in (first, second))
    assert known < now and len(now - known) == 1
    assert first["uuid"] != second["uuid"]
    assert first["results"][0]["findings"][0]["uuid"] == second["results"][0]["findings"][0]["uuid"]


def test_a_standard_that_begins_with_a_digit_is_a_name_of_a_control() -> None:
    assert (oscal.control("5s.daily"), oscal.control("telephone.rings")) == ("_5s.daily", "telephone.rings")


# --- SARIF -----------------------------------------------------------------------------------------------------------


def test_sarif_of_findings_is_valid_and_only_violations_fail(run: Path) -> None:
    text = export(run, "sarif").stdout
    assert sarif_errors(text) == []
    results = json.loads(text)["runs"][0]["results"]
    assert Counter((one["kind"], one["level"]) for one in results) == {("fail", "error"): 2, ("notApplicable", "none"): 1, ("open", "none"): 1, ("review", "none"): 1}
    (late,) = [one for one in results if one["properties"]["subject"] == "T2"]
    place = late["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("%E5%B7%A5%E5%8D%95_2026-10.csv", 3)


def test_a_waived_violation_is_suppressed_not_passed(run: Path) -> None:
    known = read_run(run)
    waived = [replace(one, waived_by="客服经理") for one in findings_of(known, ["fail"])]
    text = "".join(sarif.findings(Handed(known, book_of_run(known), "zh", None, frozenset(), lambda: iter(waived))))
    assert sarif_errors(text) == []
    assert [(one["kind"], one["suppressions"][0]["justification"]) for one in json.loads(text)["runs"][0]["results"]] == [("fail", "客服经理")] * 2


# --- personal data, payloads, the same bytes -------------------------------------------------------------------------


def flat(run: Path, form: str, out: Path, *options: str) -> str:
    """All text of an export; of a Parquet file that of its cells."""
    raw = written(run, form, out, *options)
    return json.dumps(parquet.read_table(out).to_pylist(), ensure_ascii=False, default=str) if form == "parquet" else raw.decode("utf-8")


@pytest.mark.parametrize("form", FORMATS)
def test_no_name_phone_or_address_is_shown_unless_asked(run: Path, tmp_path: Path, form: str) -> None:
    text = flat(run, form, tmp_path / "out")
    assert [one for one in (NAME, PHONE, LANDLINE, HOME) if one in text] == []
    assert "欧****" in text and "139****4321" in text and "135****1111" in text
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    text = flat(copy, form, tmp_path / "open", "--unmask", "--reason", "仲裁")
    assert [one for one in (NAME, PHONE, LANDLINE, HOME) if one not in text] == []
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["exports"] == {"open": {"format": form, "unmasked": "仲裁"}}


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_run_gives_the_same_bytes(run: Path, tmp_path: Path, form: str) -> None:
    assert written(run, form, tmp_path / "a") == written(run, form, tmp_path / "b")


def test_no_cell_of_the_csv_is_a_formula(run: Path, tmp_path: Path) -> None:
    written(run, "csv", tmp_path / "f.csv")
    with (tmp_path / "f.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "'" + FORMULA in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r")) or (cell.startswith("-") and not cell[1:].isdigit())] == []


# --- refusals --------------------------------------------------------------------------------------------------------


def refused(done: Result) -> str:
    assert isinstance(done.exception, CheckerError)
    return str(done.exception)


def test_unmasking_needs_a_reason(run: Path) -> None:
    assert "`--unmask` needs a reason" in refused(export(run, "jsonl", "--unmask"))


def test_an_export_is_not_written_into_the_run(run: Path) -> None:
    before = sorted(one.name for one in run.iterdir())
    assert "give another `-o`" in refused(export(run, "csv", "-o", str(run / "f.csv")))
    assert sorted(one.name for one in run.iterdir()) == before


def test_parquet_needs_a_file(run: Path) -> None:
    assert "add `-o FILE`" in refused(export(run, "parquet"))


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    assert "this is not the run of an audit" in refused(export(tmp_path, "csv", "-o", str(tmp_path / "f.csv")))
    assert list(tmp_path.iterdir()) == []


def test_a_failure_half_way_leaves_the_old_file_and_nothing_else(run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    (copy / "findings.parquet").write_bytes(b"PAR1")
    (tmp_path / "f.jsonl").write_text("old", encoding="utf-8")
    for form in ("jsonl", "parquet"):
        assert export(copy, form, "-o", str(tmp_path / "f.jsonl")).exit_code
    assert sorted(one.name for one in tmp_path.iterdir()) == ["f.jsonl", "run"]
    assert (tmp_path / "f.jsonl").read_text(encoding="utf-8") == "old"


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_names_every_format_and_the_version_of_oscal() -> None:
    page = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    assert [form for form in FORMATS if f"| `{form}` |" not in page] == []
    assert f"OSCAL {oscal.VERSION}" in page
    option = next(one for one in cli.commands["export"].params if one.name == "form")
    assert tuple(option.type.choices) == FORMATS
    assert set(exporting.FORMATS) == set(FORMATS)
