"""Both scores of a site, computed again from what report.xlsx or report.html prints and from nothing else: no import of the checker."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl

Line = dict[str, Any]


class Printed:
    """The Chinese workbook, read back."""

    def __init__(self, path: Path) -> None:
        said = self._page(path) if path.suffix == ".html" else self._workbook(path)
        self.weights = {name: Fraction(weight) for name, weight in re.findall(r"([^;:]+?) ([0-9.]+)(?=[;。])", _line(said, "权重:").partition("权重:")[2])}
        self.shares = dict(re.findall(r"(严重|重要|一般|提示) ([0-9.]+) 份", said))
        self.steep = int(re.findall(r"÷ 目标 × ([0-9]+)", said)[0])
        self.days, self.times = next(iter(re.findall(r"同一规则 ([0-9]+) 天内再次不合格,扣分 ×([0-9.]+)", said)), ("0", "1"))
        self.bands = [(Fraction(over), Fraction(cut)) for over, cut in re.findall(r">([0-9.]+) % 扣 ([0-9.]+) %", said)]

    def _workbook(self, path: Path) -> str:
        book = openpyxl.load_workbook(path)
        self.scores = table(book["得分表"])
        self.violations = [line for name in book.sheetnames if name.startswith("不合格项清单") for line in table(book[name])]
        self.rates = below(book["指标表"], "比率明细(每组每期)")
        return "\n".join(str(row[0]) for row in book["说明"].iter_rows(values_only=True) if row[0])

    def _page(self, path: Path) -> str:
        """The page as it is printed: one site, all of whose violations stand on paper."""
        page = Page()
        page.feed(path.read_text(encoding="utf-8"))
        (site,) = {one["项目"] for one in page.tables["逐条比率"]}
        rules = [{**line, "项目": site, "条款编号": _second(line["政策"])} for line in page.tables["逐条政策的扣分"]]
        self.scores = [{**line, "板块": line["领域"], "计分方式": line["方法"], "合格": int(line["合格"]), "不合格": int(line["不合格"])} for line in rules]
        named = {line["政策"].split("\n")[0]: line["条款编号"] for line in rules}
        self.rates = [{**line, "条款编号": _second(line["政策"]), "结论": line["判定"], "目标": _second(line["目标"])} for line in page.tables["逐条比率"]]
        self.violations = [{
            "条款编号": named[line["标准要求与条款"].split("\n")[0]], "项目": site, "状态": line["审核意见"].split("\n")[0], "扣分": _second(line["级别 / 扣分"]),
            "责任人": _second(line["责任部门 / 责任人"]).strip("—"), "发生时间": datetime.fromisoformat(line["时间"]), "序号": int(line["序号 / 编号"].split("\n")[0]),
        } for line in page.tables["不合格项清单"]]  # fmt: skip
        return page.said

    def total(self, site: str, confirmed: bool) -> Decimal:
        rules = [line for line in self.scores if line["项目"] == site and line["条款编号"] not in (None, "小计")]
        scored = [line for line in rules if (line["合格"] or 0) + (line["不合格"] or 0) and Fraction(self.shares.get(line["级别"], "1")) and line["计分方式"] != "不评分"]
        areas = [area for area in self.weights if any(line["板块"] == area for line in scored)]
        whole = dealt(Fraction(100), [self.weights[area] for area in areas])
        lost = Decimal(0)
        for area, share in zip(areas, whole, strict=True):
            own = [line for line in scored if line["板块"] == area]
            weights = dealt(Fraction(share), [Fraction(self.shares.get(line["级别"], "1")) for line in own])
            lost += sum((self.lost(line, weight, site, confirmed) for line, weight in zip(own, weights, strict=True)), Decimal(0))
        return Decimal(100) - lost

    def lost(self, line: Line, weight: Decimal, site: str, confirmed: bool) -> Decimal:
        counted = [one for one in self.violations if (one["条款编号"], one["项目"]) == (line["条款编号"], site) and counts(one, confirmed)]
        rates = [one for one in self.rates if (one["条款编号"], one["项目"]) == (line["条款编号"], site) and one["结论"] in ("合格", "不合格")]
        if rates:
            column = "计确认分" if confirmed else "计暂定分"
            parts = [min(Fraction(1), short(one) * self.steep) for one in rates if one[column] == "是"]
            return cents(Fraction(weight) * sum(parts, Fraction(0)) / len(rates))
        if self.bands:
            share = Fraction(100 * len(counted), len(counted) + line["合格"]) if counted else Fraction(0)
            cut = max((cut for over, cut in self.bands if share > over), default=Fraction(0))
            return cents(Fraction(weight) * cut / 100)
        return min(weight, cents(sum((self.points(one, counted) for one in counted), Fraction(0))))

    def points(self, one: Line, counted: list[Line]) -> Fraction:
        """What one violation deducts: more where the same person broke the same rule shortly before."""
        back = timedelta(days=int(self.days))
        before = [other for other in counted if one["责任人"] and other["责任人"] == one["责任人"] and when(other) < when(one) and when(one)[0] - when(other)[0] <= back]
        return Fraction(str(one["扣分"] or 0)) * (Fraction(self.times) if before else 1)


class Page(HTMLParser):
    """The texts and tables of a page. A table is known by the last heading or summary before it; a break is a new line."""

    def __init__(self) -> None:
        super().__init__()
        self.said, self.tables = "", dict[str, list[Line]]()
        self.heading, self.cell, self.within = "", "", ""
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("h2", "h3", "summary", "script", "style"):
            self.within, self.heading = tag, "" if tag in ("h2", "h3", "summary") else self.heading
        elif tag == "table":
            self.rows = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.cell, self.within = "", "cell"
        elif tag == "br":
            self.cell += "\n"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td"):
            self.rows[-1].append(self.cell.strip())
        elif tag == "table" and len(self.rows) > 1:
            name = re.split(r"[: ]", self.heading.strip())[0]
            self.tables[name] = [dict(zip(self.rows[0], row, strict=False)) for row in self.rows[1:]]
        if tag in ("h2", "h3", "summary", "script", "style", "th", "td"):
            self.within = ""
        if tag == "p":
            self.said += "\n"

    def handle_data(self, data: str) -> None:
        if self.within == "cell":
            self.cell += data
        elif self.within in ("h2", "h3", "summary"):
            self.heading += data
        elif not self.within:
            self.said += data


def _second(cell: str) -> str:
    """The second line of a cell."""
    return cell.split("\n")[1]


def when(one: Line) -> tuple[datetime, int]:
    return one["发生时间"], one["序号"]


def counts(one: Line, confirmed: bool) -> bool:
    return one["状态"] == "已确认" if confirmed else one["状态"] in ("待认定", "已确认")


def short(one: Line) -> Fraction:
    above, below_ = one["目标"].split("/")
    target = Fraction(above) / Fraction(below_)
    return abs(target - Fraction(str(one["分子"])) / Fraction(str(one["分母"]))) / target


def dealt(whole: Fraction, parts: list[Fraction]) -> list[Decimal]:
    """In hundredths, by largest remainder, the earlier first."""
    quotas = [whole * 100 * part / sum(parts) for part in parts]
    found = [int(quota) for quota in quotas]
    for index in sorted(range(len(parts)), key=lambda index: -(quotas[index] - int(quotas[index])))[: int(whole * 100) - sum(found)]:
        found[index] += 1
    return [Decimal(number).scaleb(-2) for number in found]


def cents(value: Fraction) -> Decimal:
    return Decimal((value * 100 + Fraction(1, 2)).__floor__()).scaleb(-2)


def table(sheet: Any) -> list[Line]:
    """The rows below the head in the first row, up to an empty one."""
    return _rows(list(sheet.iter_rows(values_only=True)))


def below(sheet: Any, heading: str) -> list[Line]:
    rows = list(sheet.iter_rows(values_only=True))
    at = next((index for index, row in enumerate(rows) if row[0] == heading), None)
    return [] if at is None else _rows(rows[at + 1 :])


def _rows(rows: list[tuple[Any, ...]]) -> list[Line]:
    found = []
    for row in rows[1:]:
        if not any(cell is not None for cell in row):
            break
        found.append(dict(zip(rows[0], row, strict=True)))
    return found


def _line(said: str, word: str) -> str:
    return next(line for line in said.splitlines() if word in line)
