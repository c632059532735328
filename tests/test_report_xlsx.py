"""report.xlsx, read back by another library: sheets, types, print set-up, links, colours, splitting, and no formula from the data."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from checker.engines.reading import read_figures
from checker.load.kept import book_of_run
from checker.report.audit.content import content
from checker.report.audit.model import Lang, Report
from checker.report.audit.xlsx import rows, write_xlsx
from checker.report.audit.xlsx.book import SHEETS
from checker.report.audit.xlsx.paper import Paper, clean
from checker.run import read_run
from tests.report_world import audit, call, folder

NAMES = ["汇总", "得分表", "指标表", "不合格项清单", "排名", "数据质量", "条款与参数", "说明", "整改通知单"]
PAYLOADS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "{=1}", "<r><t>x</t></r>", "http://evil.example/x", "mailto:a@b.c", "internal:A1", "external:c:\\x", "00123", "0x1F",
            "_x0041_", "</t></is></c>", "a\nb", "\u202eabc")  # fmt: skip


def report_of(out: Path, lang: Lang = "zh") -> Report:
    run = read_run(out)
    book = book_of_run(run)
    return content(run, book, read_figures(run, book, ()), lang)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    base = folder(tmp_path_factory.mktemp("world"))
    return report_of(audit(base, base / "run"))


@pytest.fixture(scope="module")
def book(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("book") / "report.xlsx"
    write_xlsx(report, path)
    return openpyxl.load_workbook(path)


def column(sheet: Any, head: str) -> list[Any]:
    heads = [cell.value for cell in sheet[1]]
    index = heads.index(head) + 1
    return [sheet.cell(row, index) for row in range(2, sheet.max_row + 1)]


def test_the_sheets_are_those_that_a_quality_department_expects(book: Any) -> None:
    assert book.sheetnames == NAMES


def test_tables_have_frozen_heads_filters_and_print_on_a4_across(book: Any) -> None:
    for name in NAMES:
        setup = book[name].page_setup
        assert (setup.orientation, str(setup.paperSize), book[name].page_setup.fitToHeight, book[name].sheet_properties.pageSetUpPr.fitToPage) == ("landscape", "9", 0, True), name
    for name in ("得分表", "指标表", "不合格项清单", "排名", "数据质量", "条款与参数"):
        assert book[name].freeze_panes == "A2" and book[name].auto_filter.ref.startswith("A1:") and book[name].print_title_rows == "$1:$1", name
    assert book["不合格项清单"].print_area == "'不合格项清单'!$A$1:$R$7"


def test_dates_are_dates_numbers_are_numbers_and_ids_are_text(book: Any) -> None:
    sheet = book["不合格项清单"]
    assert datetime(2026, 10, 1, 9, 1) in [cell.value for cell in column(sheet, "发生时间")]
    assert all(cell.is_date for cell in column(sheet, "发生时间"))
    assert {cell.data_type for head in ("扣分", "暂定计分", "序号") for cell in column(sheet, head)} == {"n"}
    for head in ("不合格项编号", "对象"):
        assert {(cell.data_type, cell.number_format) for cell in column(sheet, head)} <= {("s", "@"), ("inlineStr", "@")}


def test_chinese_heads_fit_their_columns(book: Any) -> None:
    for name in ("得分表", "不合格项清单", "排名", "条款与参数"):
        for cell in book[name][1]:
            longest = max(sum(2 if ord(one) > 0x2E7F else 1 for one in part) for part in re.split(r"[(/]", str(cell.value)))
            assert longest <= 2 * book[name].column_dimensions[cell.column_letter].width, (name, cell.value)


def test_nothing_is_cut_off_where_a_program_does_not_measure_rows_itself(book: Any) -> None:
    """A date in a column that is too narrow is shown as ###; a wrapped text needs a row that is high enough."""
    for sheet in book:
        width = {index: one.width for one in sheet.column_dimensions.values() if one.min for index in range(one.min, one.max + 1)}
        for row in sheet.iter_rows():
            assert [cell.coordinate for cell in row if isinstance(cell.value, datetime) and "hh" in cell.number_format and width.get(cell.column, 8) < 15.5] == [], sheet.title
            merged = sheet.merged_cells.ranges
            wrapped = [cell for cell in row if cell.alignment.wrap_text and isinstance(cell.value, str) and not any(cell.coordinate in one for one in merged)]
            lines = max((sum(-(-len(part) // int(width.get(cell.column, 8))) for part in cell.value.split("\n")) for cell in wrapped), default=1)
            assert lines == 1 or (sheet.row_dimensions[row[0].row].height or 0) >= min(15 * lines, 405), (sheet.title, row[0].row)


def test_severities_are_coloured(book: Any) -> None:
    rules = book["不合格项清单"].conditional_formatting
    found = {rule.formula[0]: rule.dxf.fill.bgColor.rgb for area in rules for rule in area.rules}
    assert set(found) == {'"严重"', '"重要"', '"一般"', '"提示"'} and len(set(found.values())) == 4
    assert {str(area.sqref) for area in rules} == {"H2:H7"}


def test_links_lead_to_the_rule_and_stop_where_asked(report: Report, book: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for cell in column(book["不合格项清单"], "条款编号"):
        sheet, _, place = cell.hyperlink.location.rpartition("!")
        assert book[sheet.strip("'")][place].value == cell.value
    monkeypatch.setattr(rows, "LINKED", 2)
    write_xlsx(report, tmp_path / "few.xlsx")
    cells = column(openpyxl.load_workbook(tmp_path / "few.xlsx")["不合格项清单"], "条款编号")
    assert [bool(cell.hyperlink) for cell in cells] == [True, True, False, False, False, False]
    assert [cell.value for cell in cells] == [cell.value for cell in column(book["不合格项清单"], "条款编号")]


def test_what_fits_no_sheet_goes_on_in_the_next(report: Report, tmp_path: Path) -> None:
    paper = Paper(tmp_path / "split.xlsx", "x", datetime(2026, 10, 31))
    rows.violations(paper, report, {key: said.zh for key, said in SHEETS.items()}, most=4)
    paper.close()
    book = openpyxl.load_workbook(tmp_path / "split.xlsx")
    assert book.sheetnames == ["不合格项清单", "不合格项清单(2)"]
    assert [[cell.value for cell in column(sheet, "序号")] for sheet in book] == [[1, 2, 3, 4], [5, 6]]
    assert [sheet.auto_filter.ref for sheet in book] == ["A1:AL5", "A1:AL3"]


def test_no_violations_leave_an_empty_list_that_opens(tmp_path: Path) -> None:
    out = audit(folder(tmp_path, [call(1, "e1", "2026-10-05")]), tmp_path / "run")
    write_xlsx(report_of(out), tmp_path / "report.xlsx")
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    assert (book.sheetnames, book["不合格项清单"].max_row) == (NAMES, 1)


def test_a_notice_has_its_facts_and_room_to_answer(book: Any) -> None:
    lines = [[cell for cell in row if cell is not None] for row in book["整改通知单"].iter_rows(values_only=True)]
    said = [cell for line in lines for cell in line]
    assert said.count("整改通知单") == 2 and [line[1] for line in lines if line and line[0] == "编号"] == ["ZG-2026-10-001", "ZG-2026-10-002"]
    for word in ("原因分析(五个为什么)", "纠正", "纠正措施", "预防措施", "验证人(不得是整改责任人)", "验证结果(有效/无效)", "签发人", "责任人签字", "验证人签字"):
        assert said.count(word) == 2, word
    assert len(book["整改通知单"].row_breaks.brk) == 2


def test_the_english_workbook_has_no_chinese_words_of_ours(report: Report, tmp_path: Path) -> None:
    base = folder(tmp_path / "en")
    write_xlsx(report_of(audit(base, base / "run"), "en"), tmp_path / "report.xlsx")
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    assert book.sheetnames == [said.en for said in SHEETS.values()]
    theirs = ("话务记录", "员工花名册", "测")
    chinese = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if isinstance(cell, str) and re.search("[\u4e00-\u9fff]", cell)]
    assert not [cell for cell in chinese if not any(word in cell for word in theirs)]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_text_of_the_data_becomes_a_formula_a_link_or_markup(tmp_path: Path, lang: Lang) -> None:
    """Every payload as staff id, call id, name and number; each is read back as the text it was."""
    listed = [{**call(number, payload, "2026-10-05", "未接"), "通话编号": f"{payload}{number}", "主叫号码": payload} for number, payload in enumerate(PAYLOADS, 1)]
    out = audit(folder(tmp_path, listed, "=1+1"), tmp_path / "run")
    write_xlsx(report_of(out, lang), tmp_path / "report.xlsx")
    with zipfile.ZipFile(tmp_path / "report.xlsx") as parts:
        for name in parts.namelist():
            text = parts.read(name).decode("utf-8")
            assert not re.search(r"<f[ >]", text), name
            assert 'TargetMode="External"' not in text, name
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    sheet = book[SHEETS["violations"][lang]]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d", "inlineStr"}
    people = {str(cell.value).strip() for cell in column(sheet, {"zh": "责任人", "en": "Accountable"}[lang])}
    assert {payload for payload in PAYLOADS if payload.isprintable()} <= people | {"_x0041_"}


def test_a_text_that_no_cell_can_hold_is_made_to_fit() -> None:
    assert clean("ｘ" * 40_000) == "ｘ" * 31_999 + "…"
    assert clean("a\ud800b\uffff") == "a\ufffdb\ufffd"
    assert clean("<r>x</r>") == " <r>x</r>"
    assert clean("e1\u202e没有接\u2066") == "e1没有接"


def test_the_same_run_gives_the_same_bytes(report: Report, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_xlsx(report, tmp_path / f"{name}.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_every_violation_stands_in_the_list_with_what_it_deducts(report: Report, book: Any) -> None:
    sheet = book["不合格项清单"]
    assert [cell.value for cell in column(sheet, "不合格项编号")] == [row.id for row in report.violations]
    assert sum(cell.value for cell in column(sheet, "暂定计分")) == 6.5
