"""`python -m benchmarks.report [--rows 100000]`: a report of many violations, rendered, and its page used in a browser.

Rendering is measured by processor time against XlsxWriter alone writing the same rows, in turn, in one run. Of the page: megabytes,
first contentful paint, and every task over 50 ms while paging, searching, filtering and sorting, by the browser's own measure.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from playwright.sync_api import expect

from checker.report.audit.model import Report
from checker.report.audit.xlsx import write_xlsx
from checker.report.audit.xlsx.rows import _row
from checker.report.html import render_html
from tests.browser import opened
from tests.made_reports import report

WATCH = "window.long = []; new PerformanceObserver(l => window.long.push(...l.getEntries().map(e => Math.round(e.duration)))).observe({type: 'longtask'})"


def alone(rows: list[tuple[object, ...]], path: Path) -> None:
    """The same rows by XlsxWriter, and nothing else."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for number, row in enumerate(rows):
        for index, value in enumerate(row):
            if isinstance(value, datetime | date):
                sheet.write_datetime(number, index, value, day)
            elif isinstance(value, int | Decimal):
                sheet.write_number(number, index, value)
            elif value is not None:
                sheet.write_string(number, index, str(value))
    book.close()


def seconds(work: Callable[[], None]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def rendered(made: Report, folder: Path, rounds: int) -> None:
    rows = [_row(one, "zh", {}) for one in made.violations]
    for number in range(rounds):
        base = seconds(lambda: alone(rows, folder / "alone.xlsx"))
        book = seconds(lambda: write_xlsx(made, folder / "report.xlsx"))
        page = seconds(lambda: render_html(made, folder / "report.html"))
        print(f"round {number + 1}: XlsxWriter alone {base:.1f} s; report.xlsx {book:.1f} s, {book / base:.2f} x; report.html {page:.1f} s, {page / base:.2f} x (at most 2)")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rows", type=int, default=100_000)
    words.add_argument("--rounds", type=int, default=1)
    asked = words.parse_args()
    rows = asked.rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        rendered(report(rows), Path(folder), asked.rounds)
        print(f"report.html of {rows:,} violations: {path.stat().st_size / 1e6:.1f} MB (target: at most 25)")
        with opened(path) as seen:
            page = seen.page
            page.wait_for_selector("#rows:not([hidden]) tr.row")
            print("first contentful paint, ms:", page.evaluate("Math.round(performance.getEntriesByName('first-contentful-paint')[0].startTime)"))
            status = page.locator("#tool output")
            page.evaluate(WATCH)
            for _ in range(5):
                page.get_by_role("button", name="下一页").click()
            page.get_by_role("searchbox").fill("W09999")
            expect(status).to_contain_text(f"符合 10 / {rows:,}", timeout=60_000)
            page.get_by_role("button", name="清除筛选").click()
            expect(status).to_contain_text(f"符合 {rows:,} / {rows:,}", timeout=60_000)
            for head in ("时间", "级别 / 扣分", "证据"):
                page.get_by_role("button", name=head).click()
            page.get_by_label("级别").select_option(label="重要")
            expect(status).to_contain_text(f"符合 {rows // 4:,}", timeout=60_000)
            long = page.evaluate("window.long")
            print(f"tasks over 50 ms: {long}; the longest {max(long, default=0)} ms (target: at most 200)")


if __name__ == "__main__":
    main()
