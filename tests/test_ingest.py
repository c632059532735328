"""What Excel people really send, reconciled to the row."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.ingest import Ingested, ingest
from checker.ingest.cells import day, flag, identifier, length, members, moment, whole
from checker.load import load_book
from checker.policy.files import Mapping
from checker.report.doctor import unread

ROOT = Path(__file__).parent.parent
BOOK = load_book([ROOT / "policies"])
TYPES = BOOK.records
HEAD = ["通话编号", "呼叫类型", "来电时间", "振铃次数", "接听状态", "接听人"]
ROW = ["c1", "呼入", "2026-10-05 09:00:00", "2", "已接听", "e1"]
NINE = 1_791_162_000_000_000
"""2026-10-05 09:00 in Shanghai, UTC microseconds."""


def read(*paths: Path, mapping: dict[str, Any] | None = None) -> Ingested:
    mappings = (Mapping.model_validate({"format": "mappings/1", "files": [mapping]}),) if mapping else ()
    return ingest(paths, TYPES, mappings, max_rejected=1)  # type: ignore[arg-type]


def calls(found: Ingested, columns: str = "call_id, ring_start_at") -> list[tuple[Any, ...]]:
    return found.connection.execute(f"SELECT {columns} FROM call ORDER BY ALL").fetchall()


def balanced(found: Ingested) -> bool:
    return all(one.read == one.accepted + one.rejected + one.duplicates + one.superseded for one in found.files)


def table(rows: list[list[str]], mark: str = ",") -> str:
    return "\n".join(mark.join(row) for row in rows) + "\n"


@pytest.mark.parametrize(("encoding", "named"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("gb18030", "gb18030")])
def test_four_encodings_are_told_apart(tmp_path: Path, encoding: str, named: str) -> None:
    (tmp_path / "话务.csv").write_bytes(table([["话务系统导出 2026-10"], HEAD, ROW]).encode(encoding))
    found = read(tmp_path)
    assert (found.files[0].encoding, found.files[0].header_row, calls(found)) == (named, 2, [("c1", NINE)])


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_three_separators(tmp_path: Path, mark: str) -> None:
    (tmp_path / "话务.csv").write_text(table([HEAD, ROW], mark), encoding="utf-8")
    assert calls(read(tmp_path)) == [("c1", NINE)]


def test_a_compressed_csv_and_json_lines_and_html_named_xls(tmp_path: Path) -> None:
    (tmp_path / "话务1.csv.gz").write_bytes(gzip.compress(table([HEAD, ROW]).encode()))
    (tmp_path / "call.jsonl").write_text(json.dumps(dict(zip(("call_id", "direction", "ring_start_at", "outcome"), ("c2", "inbound", "2026-10-05T01:00:00Z", "answered"), strict=True))))
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in (HEAD, ["c3", *ROW[1:]]))
    (tmp_path / "话务2.xls").write_text(f"<html><table>{cells}</table></html>", encoding="utf-8")
    assert calls(read(tmp_path)) == [("c1", NINE), ("c2", NINE), ("c3", NINE)]


def test_a_workbook_with_titles_serials_hidden_sheets_and_long_ids(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "话务"
    for row in (["话务记录"], HEAD, ["c1", "呼入", datetime(2026, 10, 5, 9), 2, "已接听", "e1"], ["c2", "呼入", 46300.375, 2, "已接听", "e1"],
                ["c3", "呼入", "2026/10/5 9:00", "２", "已接听", "e1"], [123456789012345678, "呼入", "2026-10-05 09:00", 2, "已接听", "e1"], ["合计", None, None, 8]):  # fmt: skip
        sheet.append(row)
    hidden = book.create_sheet("话务旧")
    hidden.sheet_state = "hidden"
    hidden.append(HEAD)
    hidden.append(["c9", *ROW[1:]])
    book.save(tmp_path / "十月.xlsx")
    found = read(tmp_path)
    assert calls(found, "call_id, ring_start_at, ring_count") == [(one, NINE, 2) for one in ("c1", "c2", "c3", "c9")]
    assert sorted(one.kind.en for one in found.rejects) == ["subtotal row", "unreadable cell"]
    assert any("hidden" in note.en for file in found.files for note in file.notes)
    assert balanced(found)


def test_a_formula_without_a_value_is_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "话务"
    sheet.append(HEAD)
    sheet.append(["c1", "呼入", "2026-10-05 09:00", "=1+1", "已接听", "e1"])
    book.save(tmp_path / "话务.xlsx")
    assert "formulas carry no value" in read(tmp_path).files[0].notes[0].en


def test_parquet_of_native_types_in_hive_partitions(tmp_path: Path) -> None:
    for site in ("S1", "S2"):
        folder = tmp_path / "ticket" / f"site_id={site}"
        folder.mkdir(parents=True)
        duckdb.sql(f"COPY (SELECT 't1' AS ticket_id, 'repair' AS category, 'open' AS status, make_timestamp({NINE}) AT TIME ZONE 'UTC' AS received_at) TO '{folder / 'ticket.parquet'}'")
    found = read(tmp_path)
    assert found.connection.execute('SELECT "#site", ticket_id, received_at FROM ticket ORDER BY ALL').fetchall() == [("S1", "t1", NINE), ("S2", "t1", NINE)]
    assert dict(found.sites) == {"S1": "Asia/Shanghai", "S2": "Asia/Shanghai"}


@pytest.mark.parametrize("at", ["9999-12-31 00:00:00", "0001-01-01 00:00:00"])
def test_a_time_at_the_end_of_the_calendar_is_rejected_with_the_way_out(tmp_path: Path, at: str) -> None:
    (tmp_path / "话务.csv").write_text(table([HEAD, ROW, ["c2", "呼入", at, *ROW[3:]]]), encoding="utf-8")
    found = read(tmp_path)
    assert calls(found) == [("c1", NINE)]
    assert [(one.text, "`missing:`" in one.reason.en) for one in found.rejects] == [(at, True)]
    assert calls(read(tmp_path, mapping={"file": "*.csv", "record": "call", "missing": [at]})) == [("c1", NINE), ("c2", None)]


@pytest.mark.parametrize("odd", ["TIMESTAMPTZ '9999-12-31 00:00:00+00'", "'2026-10-05 09:05'"])
def test_parquet_whose_instants_go_through_text_keeps_their_offsets(tmp_path: Path, odd: str) -> None:
    row = "'repair' AS category, 'open' AS status, TIMESTAMPTZ '2026-10-05 01:00:00+00' AS received_at"
    duckdb.sql(f"COPY (SELECT 't1' AS ticket_id, {row}, NULL AS dispatched_at UNION ALL SELECT 't2', {row}, {odd}) TO '{tmp_path / 'ticket.parquet'}'")
    found = read(tmp_path)
    assert found.connection.execute("SELECT DISTINCT received_at FROM ticket").fetchall() == [(NINE,)]
    assert [one.text for one in found.rejects] == (["9999-12-31 00:00:00Z"] if "9999" in odd else [])
    assert balanced(found)


def test_a_mapping_settles_headers_positions_words_names_constants_and_gaps(tmp_path: Path) -> None:
    (tmp_path / "花名册.csv").write_text(table([["工号", "姓名", "入职日期"], ["e1", "测试甲", "2020-01-01"], ["e2", "测试乙", "2020-01-01"]]), encoding="utf-8")
    rows = [["流水", "方向", "打来", "声", "声", "怎样", "谁"], ["c1", "外线进", "05/10/2026 09:00", "2", "7", "?", "测试甲"], ["c2", "外线进", "05/10/2026 09:00", "2", "7", "接了", "测试丙"]]
    (tmp_path / "export.csv").write_text(table(rows), encoding="utf-8")
    found = read(tmp_path, mapping={
        "file": "export.csv", "record": "call", "dates": "day-month-year", "missing": ["?"], "constants": {"line_type": "own"},
        "columns": {"流水": "call_id", "方向": "direction", "打来": "ring_start_at", "5": "ring_count", "怎样": "outcome"},
        "values": {"direction": {"外线进": "inbound"}, "outcome": {"接了": "answered"}}, "lookup": {"谁": {"field": "staff_id", "record": "staff", "by": "name"}},
    })  # fmt: skip
    assert calls(found, "call_id, direction, ring_start_at, ring_count, outcome, line_type, staff_id") == [
        ("c1", "inbound", NINE, 7, None, "own", "e1"), ("c2", "inbound", NINE, 7, "answered", "own", None),
    ]  # fmt: skip
    assert [(one.kind.en, one.text) for one in found.quality] == [("name not resolved", "测试丙"), ("a needed cell is empty", "")]


def test_a_constant_of_every_type_is_read(tmp_path: Path) -> None:
    (tmp_path / "话务.csv").write_text(table([["通话编号", "呼叫类型", "接听状态"], ["c1", "呼入", "已接听"]]), encoding="utf-8")
    constants = {"ring_start_at": "2026-10-05T09:00:00", "answered_at": "2026-10-05T02:00:00Z", "ring_count": 3, "ring_seconds": "15 seconds"}
    mapping = {"file": "话务.csv", "record": "call", "zone": "Asia/Shanghai", "constants": constants}
    assert calls(read(tmp_path, mapping=mapping), "ring_start_at, answered_at, ring_count, ring_seconds") == [(NINE, NINE + 3_600_000_000, 3, 15_000_000)]


def test_a_note_on_formulas_stands_on_their_own_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name in ("话务一", "话务二"):
        sheet = book.create_sheet(name)
        sheet.append(HEAD)
        sheet.append([f"c{name}", *ROW[1:]])
    book["话务二"]["H3"] = "=1+1"
    book["话务一"].sheet_state = "hidden"
    del book["Sheet"]
    book.save(tmp_path / "话务.xlsx")
    assert {one.sheet: [note.en for note in one.notes] for one in read(tmp_path).files} == {
        "话务一": ["a hidden sheet"], "话务二": ["1 formulas carry no value, for example H3"],
    }  # fmt: skip


def test_a_date_whose_order_is_not_said_is_rejected_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "话务.csv").write_text(table([HEAD, [ROW[0], ROW[1], "03/04/2026 09:00", *ROW[3:]]]), encoding="utf-8")
    found = read(tmp_path)
    assert [(one.row, one.column, one.text) for one in found.rejects] == [(2, "来电时间", "03/04/2026 09:00")]
    assert "`dates:`" in found.rejects[0].reason.en


def test_duplicates_versions_and_the_latest_of_several(tmp_path: Path) -> None:
    rows = [HEAD, ROW, ROW, ["c2", *ROW[1:]], ["c2", *ROW[1:3], "4", *ROW[4:]]]
    (tmp_path / "话务.csv").write_text(table(rows), encoding="utf-8")
    found = read(tmp_path)
    assert (found.files[0].duplicates, sorted(found.disputed), balanced(found)) == (1, ["call"], True)
    assert calls(found, 'call_id, ring_count, "#disputed"') == [("c1", 2, False), ("c2", 2, True), ("c2", 4, True)]
    latest = read(tmp_path, mapping={"file": "*.csv", "record": "call", "latest_by": "ring_count"})
    assert calls(latest, 'call_id, ring_count, "#disputed"') == [("c1", 2, False), ("c2", 4, False)]
    assert (latest.files[0].superseded, balanced(latest)) == (1, True)


def test_a_column_of_versions_is_only_a_column(tmp_path: Path) -> None:
    head, row = ["文件编号", "文件类型", "项目", "版本", "审批日期"], ["WJ-1", "服务手册", "S1", "3.0", "2025-10-15 10:00:00"]
    (tmp_path / "文件台账.csv").write_text(table([head, row, row]), encoding="utf-8")
    found = read(tmp_path)
    assert found.connection.execute("SELECT document_id, version FROM document").fetchall() == [("WJ-1", "3.0")]
    assert balanced(found)


def test_an_hour_that_comes_twice_is_its_first_and_one_that_never_comes_is_rejected(tmp_path: Path) -> None:
    times = ["2026-10-25 02:30:00", "2026-03-29 02:30:00", "2026-07-01 12:00:00"]
    (tmp_path / "话务.csv").write_text(table([HEAD, *([f"c{n}", ROW[1], at, *ROW[3:]] for n, at in enumerate(times))]), encoding="utf-8")
    found = read(tmp_path, mapping={"file": "*.csv", "record": "call", "zone": "Europe/Berlin"})
    assert calls(found) == [("c0", 1_792_888_200_000_000), ("c2", 1_782_900_000_000_000)]
    assert [(one.row, "skipped" in one.reason.en) for one in found.rejects] == [(3, True)]
    assert balanced(found)


CELLS = st.sampled_from(["", " ", "c1", "c2", "呼入", "呼出", "昨天", "2026-10-05 09:00", "2026/10/5 9:00", "2", "２", "两声", "已接听", "未接", "合计", "e1", "=1+1", "46300.375", "03/04/2026"])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=8), min_size=1, max_size=12), st.integers(0, 12))
def test_nothing_is_lost_of_any_dirty_file_however_it_is_split(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], cut: int) -> None:
    folder = tmp_path_factory.mktemp("dirty")
    for name, parts in (("whole", [rows]), ("split", [rows[:cut], rows[cut:]])):
        for number, part in enumerate(parts):
            (folder / name).mkdir(exist_ok=True)
            with (folder / name / f"话务_{number}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([HEAD, ROW, *part])
    whole_, split = read(folder / "whole"), read(folder / "split")
    assert balanced(whole_)
    assert balanced(split)
    assert whole_.files[0].read == 1 + sum(any(cell.strip() for cell in row[:6]) or any(cell.strip() for cell in row) for row in rows)
    every = ", ".join(TYPES["call"].stored)
    assert calls(whole_, every) == calls(split, every)


@pytest.mark.parametrize(
    "text", ["2026/10/5 9:00", "2026-10-05 09:00:00", "2026年10月5日 9点", "2026年10月5日 9点0分", "20261005 0900", "２０２６-10-05 09:00", "2026.10.5 9:00", "46300.375"]
)
def test_one_instant_in_many_forms(text: str) -> None:
    found = moment(text)
    assert found
    assert (found.micros, found.utc) == (NINE + 8 * 3_600_000_000, False)


def test_cells_of_other_types() -> None:
    assert [length(one, "seconds") for one in ("5分12秒", "00:05:12", "312", "312秒", "5 min 12 s")] == [312_000_000] * 5
    assert [whole(one) for one in ("３", "3.0", "1,234", "3.5", "三")] == [3, 3, 1234, None, None]
    assert [flag(one) for one in ("是", "√", "N", "0", "maybe")] == [True, True, False, False, None]
    assert members("a、b,c d") == ["a", "b", "c", "d"]
    assert [identifier(one) for one in ("007", "1.23457e+17", "12.0")] == ["007", None, "12"]
    assert (day("2026-10-05"), day("2026-10-05 09:00")) == (20731, None)


def test_a_code_by_which_no_policy_chooses_is_named(tmp_path: Path) -> None:
    """An item with a misspelt code would be judged by nobody: it is told, with how many there are; a code that a policy knows is not."""
    codes = ["appearance.uniform-neat", "appearance.uniform-net", "appearance.uniform-net"]
    rows = [["检查编号", "检查项编号", "步骤序号", "检查结果"], *(["i1", code, str(number), "合格"] for number, code in enumerate(codes))]
    (tmp_path / "检查项.csv").write_text(table(rows), encoding="utf-8")
    (tmp_path / "检查.csv").write_text(table([["检查编号", "检查时间", "项目编号"], ["i1", "2026-10-05 09:00:00", "S1"]]), encoding="utf-8")
    found = ingest((tmp_path,), TYPES, (), examine=True)
    assert [one for one in unread(found, BOOK) if one[0] == "inspection_item"] == [("inspection_item", "item_code", "appearance.uniform-net", 2)]
