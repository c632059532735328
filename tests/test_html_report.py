"""report.html and notices.html as a person meets them: in a browser, on paper, with texts that mean harm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import expect

from checker.report.audit.model import Cause
from checker.report.html import PRINTED, render_html, render_notices
from checker.report.html.charts import BARS, FOOT, HIGH, pareto
from tests.browser import Seen, opened
from tests.made_reports import report, rules

HARM = "<img src=x onerror=alert(1)></script><script>alert(2)</script>{{7*7}}\u2028&amp;\"'`"
MANY = 100_000
SPLIT = """cells => cells.filter((one) => {
  const range = document.createRange();
  range.selectNodeContents(one);
  return new Set([...range.getClientRects()].map((part) => Math.round(part.top))).size > 1;
}).map((one) => one.innerText)"""
BROKEN = """() => {
  const broken = [];
  for (const cell of document.querySelectorAll("thead th, #scores tbody th, #indicators tbody th")) {
    if (!cell.offsetParent) continue;
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT, (node) => node.parentElement.closest("small") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      for (const word of node.data.matchAll(/[A-Za-z]+/g)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        if (new Set([...range.getClientRects()].map((one) => Math.round(one.top))).size > 1) broken.push(word[0]);
      }
  }
  return broken;
}"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    path = tmp_path_factory.mktemp("small") / "report.html"
    render_html(report(730), path)
    with opened(path) as seen:
        seen.page.wait_for_selector("#rows:not([hidden]) tr.row")
        yield seen


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "report.html"
    render_html(report(MANY), path)
    return path


def shown(seen: Seen) -> list[str]:
    return seen.page.locator("#rows tbody tr.row").all_inner_texts()


def found(seen: Seen) -> int:
    expect(seen.page.locator("#tool output")).not_to_contain_text("…")
    return int(re.findall(r"[\d,]+", seen.page.locator("#tool output").inner_text())[0].replace(",", ""))


def test_the_page_asks_for_nothing_and_complains_of_nothing(small: Seen) -> None:
    assert small.complaints == []
    assert [one for one in small.requests if not one.startswith("file:")] == [] and len(small.requests) == 1


def test_a_page_of_rows_is_drawn_and_the_rest_is_a_press_away(small: Seen) -> None:
    small.page.get_by_role("button", name="清除筛选").click()
    assert found(small) == 730 and len(shown(small)) == 50
    assert shown(small)[0].startswith("1\n")
    small.page.get_by_role("button", name="下一页").click()
    assert shown(small)[0].startswith("51\n")


def test_filters_and_search_find_what_the_list_holds(small: Seen) -> None:
    small.page.get_by_role("button", name="清除筛选").click()
    title = rules("")[3].title
    small.page.get_by_label("政策").select_option(label=title)
    assert found(small) == len([i for i in range(730) if i % 12 == 3])
    assert all(title in row for row in shown(small))
    small.page.get_by_role("button", name="清除筛选").click()
    small.page.get_by_role("searchbox").fill("w000123")
    expect(small.page.locator("#rows tbody tr.row")).to_have_count(1)
    assert "工单 W000123 派单用了" in shown(small)[0]
    small.page.get_by_role("button", name="清除筛选").click()
    small.page.get_by_label("班组").select_option(label="班组2")
    assert found(small) == len([i for i in range(730) if i % 9 == 2 and i % 7])


def test_columns_sort_both_ways(small: Seen) -> None:
    small.page.get_by_role("button", name="清除筛选").click()
    small.page.get_by_role("button", name="时间").click()
    first = [row.split("\t")[3] for row in shown(small) if "—" not in row.split("\t")[3]]
    assert first == sorted(first)
    small.page.get_by_role("button", name="时间").click()
    last = [row.split("\t")[3] for row in shown(small)]
    assert last == sorted(last, reverse=True) and last[0] > first[0]


def test_a_row_opens_to_its_details_by_mouse_and_by_key(small: Seen) -> None:
    small.page.get_by_role("button", name="清除筛选").click()
    row = small.page.locator("#rows tbody tr.row").nth(1)
    row.click()
    assert "执行中的值" in small.page.locator("#rows tr.more").inner_text()
    row.focus()
    small.page.keyboard.press("Enter")
    assert small.page.locator("#rows tr.more").count() == 0


def test_a_cause_leads_to_its_violations(small: Seen) -> None:
    small.page.locator("a[data-rule]").nth(2).click()
    assert found(small) == len([i for i in range(730) if i % 12 == 2])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_text_of_a_record_becomes_markup_or_script(tmp_path: Path, language: str) -> None:
    for name, render in (("report.html", render_html), ("notices.html", render_notices)):
        path = tmp_path / name
        render(report(60, language, HARM), path)  # type: ignore[arg-type]
        with opened(path) as seen:
            for box in seen.page.locator("details").all():
                box.evaluate("one => { one.open = true }")
            rows = seen.page.locator("#rows tbody tr.row")
            if rows.count():
                rows.first.click()
            assert seen.page.locator("img").count() == 0
            assert seen.complaints == [], name
            assert HARM.replace("\u2028", " ")[:40] in seen.page.locator("body").inner_text()
        text = path.read_text(encoding="utf-8")
        assert "<img" not in text and "49" not in re.findall(r"某\*[^<]*", unescape(text))


def test_without_scripts_the_first_rows_stand_there(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    render_html(report(PRINTED + 20), path)
    with opened(path, java_script_enabled=False) as seen:
        assert seen.page.locator(".static tbody tr").count() == PRINTED
        assert f"以上是前 {PRINTED} 项" in seen.page.locator("#list").inner_text()


def test_on_paper_no_column_is_cut_and_the_page_is_a4(small: Seen, tmp_path: Path) -> None:
    small.page.emulate_media(media="print")
    small.page.set_viewport_size({"width": 711, "height": 1000})  # 188 mm, what A4 leaves between the margins
    wider = small.page.evaluate("[...document.querySelectorAll('table')].filter(t => t.offsetParent && t.getBoundingClientRect().right > innerWidth + 1).map(t => t.className)")
    assert wider == []
    assert small.page.locator("#rows").is_hidden() and small.page.locator(".static tbody tr").first.is_visible()
    pdf = small.page.pdf(prefer_css_page_size=True)
    assert re.search(rb"/MediaBox \[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]", pdf)
    small.page.emulate_media(media="screen")
    small.page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_on_paper_no_word_of_a_head_or_a_name_is_broken(tmp_path: Path, lang: str) -> None:
    render_html(report(60, lang, "说来话长的理由" * 4), tmp_path / "report.html")  # type: ignore[arg-type]
    with opened(tmp_path / "report.html", viewport={"width": 711, "height": 1000}) as seen:
        seen.page.emulate_media(media="print")
        assert seen.page.evaluate(BROKEN) == []
        assert seen.page.locator("#waivers .site, #waivers .whole").evaluate_all(SPLIT) == []
        wider = seen.page.evaluate("[...document.querySelectorAll('table')].filter(t => t.offsetParent && t.getBoundingClientRect().right > innerWidth + 1).map(t => t.className)")
        assert wider == []


def test_on_paper_a_total_stands_once_and_signatures_apart(tmp_path: Path) -> None:
    render_html(report(3, "en"), tmp_path / "report.html")
    with opened(tmp_path / "report.html", viewport={"width": 711, "height": 1000}) as seen:
        seen.page.emulate_media(media="print")
        assert seen.page.locator("#scores tfoot").first.evaluate("one => getComputedStyle(one).display") == "table-row-group"
        ends = seen.page.locator(".cover .sign td").evaluate_all("cells => cells.map(one => [one.getBoundingClientRect().right, one.lastElementChild.getBoundingClientRect().right])")
        assert len(ends) == 3 and all(line <= cell for cell, line in ends)


def test_every_page_on_paper_says_which_report_it_is_of(tmp_path: Path) -> None:
    render_html(report(3), tmp_path / "report.html")
    assert re.search(r'@page \{ @bottom-left \{ content: "PZ-2026-10-001"; .*counter\(page\)', (tmp_path / "report.html").read_text())


def test_a_row_names_its_record_and_what_a_repeat_counts(small: Seen) -> None:
    small.page.get_by_role("button", name="清除筛选").click()
    repeated = small.page.locator("#rows tbody tr.row").nth(13)
    cells = [repeated.locator("td").nth(index).inner_text().split("\n") for index in (4, 6)]
    assert (cells[0][2], cells[1][:2]) == ("第 2 次,计 0.5", ["W000013", "S1"])
    printed = [small.page.locator(".static tbody tr").nth(13).locator("td").nth(index).inner_html() for index in (4, 6)]
    assert "<small>第 2 次,计 0.5</small>" in printed[0] and printed[1].startswith('<div class="clip">W000013</div>')


def test_no_text_turns_the_words_around_it_and_none_fills_a_page(tmp_path: Path) -> None:
    """The sign that turns words is taken out of sentences, subjects and the columns of the page; a long text is cut to a few lines."""
    render_html(report(60, payload="\u202e" + "很长的记录号" * 2000), tmp_path / "report.html")
    assert "\u202e" not in (tmp_path / "report.html").read_text()
    with opened(tmp_path / "report.html") as seen:
        rows = seen.page.locator("#rows tbody tr.row")
        assert rows.nth(0).locator("td").nth(6).locator(".clip").bounding_box()["height"] < 300  # type: ignore[index]
        assert "很长的记录号" in rows.nth(0).inner_text()


@pytest.mark.parametrize("sites", [1, 2])
def test_where_there_are_several_sites_a_row_names_its_own(tmp_path: Path, sites: int) -> None:
    made = report(3)
    render_html(replace(made, cover=replace(made.cover, sites=made.cover.sites * sites)), tmp_path / "report.html")
    with opened(tmp_path / "report.html", java_script_enabled=False) as seen:
        said = seen.page.locator(".static tbody tr").nth(1).locator("td").nth(6).inner_text().split("\n")
        assert said[:2] == (["W000001", "S1"] if sites > 1 else ["W000001", "十月/工单1.xlsx[Sheet1]:3 +1"])


def test_a_notice_names_its_records_and_keeps_form_and_signatures_together(tmp_path: Path) -> None:
    render_notices(report(60, "en"), tmp_path / "notices.html")
    with opened(tmp_path / "notices.html") as seen:
        seen.page.emulate_media(media="print")
        first = seen.page.locator(".notice").first
        assert "W000003 · 十月/工单3.xlsx[Sheet1]:5" in first.inner_text() and "Issued on" in first.inner_text()
        assert "These are the worst 8 of 30; the rest is in the list." in first.inner_text()
        kept = first.locator(".answer")
        assert kept.evaluate("one => getComputedStyle(one).breakInside") == "avoid"
        assert kept.locator(".blank").count() == kept.locator(".sign").count() == 1


def test_the_line_of_causes_is_of_all_causes_where_only_the_first_are_drawn() -> None:
    causes = [Cause(rules("")[0], 10, 10 * (index + 1)) for index in range(2 * BARS)]
    drawn = str(pareto(causes, "causes"))
    assert drawn.count('class="bar"') == BARS
    heights = [float(point.split(",")[1]) for point in re.findall(r'points="([^"]+)"', drawn)[0].split()]
    foot, whole = HIGH - FOOT, HIGH - FOOT - 16
    assert (foot - heights[-1]) / whole == pytest.approx(0.5, abs=0.01)


def test_the_list_of_a_hundred_thousand_fits_in_25_megabytes(large: Path) -> None:
    assert large.stat().st_size <= 25_000_000


def test_a_hundred_thousand_are_paged_searched_and_sorted(large: Path) -> None:
    with opened(large) as seen:
        seen.page.wait_for_selector("#rows:not([hidden]) tr.row")
        assert found(seen) == MANY
        seen.page.get_by_role("button", name="下一页").click()
        assert shown(seen)[0].startswith("51\n")
        seen.page.get_by_role("searchbox").fill("W09999")
        expect(seen.page.locator("#rows tbody tr.row")).to_have_count(10)
        seen.page.get_by_role("button", name="清除筛选").click()
        assert found(seen) == MANY
        seen.page.get_by_label("级别").select_option(label="重要")
        assert found(seen) == MANY // 4
        assert seen.complaints == []
