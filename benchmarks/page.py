"""`python -m benchmarks.page [--rows 100000]`: report.html of many violations, rendered and used in a browser.

Prints the seconds to render, megabytes, first contentful paint, and every task over 50 ms while paging, searching, filtering and
sorting (the browser's own measure), with the longest.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from playwright.sync_api import expect

from checker.report.html import render_html
from tests.browser import opened
from tests.made_reports import report

WATCH = "window.long = []; new PerformanceObserver(l => window.long.push(...l.getEntries().map(e => Math.round(e.duration)))).observe({type: 'longtask'})"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rows", type=int, default=100_000)
    rows = words.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        begun = time.perf_counter()
        render_html(report(rows), path)
        print(f"rendered {rows:,} violations in {time.perf_counter() - begun:.2f} s: {path.stat().st_size / 1e6:.1f} MB")
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
