"""Waiver files -> the waivers of an audit: YAML of `format: waivers/1`, or a table (Excel, CSV) with a row each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from checker.errors import CheckerError, Problem, Text, Where, refuse, say
from checker.ingest import readers
from checker.ingest.cells import day, header, tidy
from checker.load import Book, is_table, read, validate
from checker.load.check import known_policies
from checker.load.check_files import unknown_policy, waiver_faults
from checker.load.source import Source
from checker.load.spot import Spot
from checker.plan import Waiver
from checker.policy.files import WaiverRule, Waivers
from checker.policy.values import Day

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "policy": ("政策", "政策编号", "policy"), "site": ("项目", "项目编号", "site"), "subject": ("对象", "对象编号", "subject"),
    "reason": ("理由", "豁免理由", "原因", "reason"), "approved_by": ("批准人", "审批人", "approved by", "approved_by"),
    "from": ("开始", "开始日期", "生效日期", "from"), "until": ("截止", "截止日期", "有效期至", "until"),
}  # fmt: skip
"""The keys of a waiver and the headers of their columns."""
OPTIONAL = ("site", "subject")
HEAD_ROWS = 20
NO_SPOT = Spot(Source("", ("",)))
"""A table has rows and columns, no places of keys."""
Faults = list[Problem]


def load_waivers(paths: Sequence[Path], book: Book) -> tuple[Waiver, ...]:
    """The waivers of these files. Raises CheckerError with every problem in them."""
    found, problems = list[Waiver](), Faults()
    for path in paths:
        rules, faults = table_rules(path, book) if is_table(path) else _yaml_rules(path, book)
        found += [_waiver(rule, path, row) for row, rule in rules]
        problems += faults
    if problems:
        raise CheckerError(problems)
    return tuple(found)


def _waiver(rule: WaiverRule, path: Path, row: int) -> Waiver:
    place = f"{path.name}:{row}"
    return Waiver(rule.policy, rule.site, rule.subject, rule.from_.number, rule.until.number, rule.reason, rule.approved_by, place)


def _yaml_rules(path: Path, book: Book) -> tuple[list[tuple[int, WaiverRule]], Faults]:
    if problems := validate([path], book):
        return [], problems
    loaded = read(path)
    if not isinstance(loaded.model, Waivers):
        raise refuse(
            "waivers.format", say("{p} 不是豁免文件", "{p} is not a waiver file", p=path),
            say("第一行写 `format: waivers/1`", "begin it with `format: waivers/1`"), Where(path.as_posix()),
        )  # fmt: skip
    return [(loaded.source.where(("waivers", index)).line, rule) for index, rule in enumerate(loaded.model.waivers)], []


# --- tables ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a waiver table: its cells by key, and where each stands."""

    file: str
    sheet: str
    number: int
    columns: Mapping[str, int]
    cells: Sequence[str]

    def cell(self, key: str) -> str:
        at = self.columns.get(key)
        return tidy(self.cells[at]) if at is not None and at < len(self.cells) else ""

    def problem(self, key: str, id: str, what: Text, fix: Text) -> Problem:
        return Problem(Where(self.file, self.number, self.columns.get(key, 0) + 1, sheet=self.sheet), id, what, fix)


def table_rules(path: Path, book: Book) -> tuple[list[tuple[int, WaiverRule]], Faults]:
    """(row, waiver) of every row of a table, and what is wrong with the others. Raises CheckerError for a file that cannot be read."""
    if not path.exists():
        raise refuse("file.none", say("没有 {p}", "there is no {p}", p=path), say("检查路径", "look at the path"), Where(path.as_posix()))
    rules, problems = list[tuple[int, WaiverRule]](), Faults()
    found = [(raw.sheet, *_header(raw.rows)) for raw in readers.read(path, path.as_posix()) if any(any(cells) for _, cells in raw.rows)]
    tables = [(sheet, head, columns, rows) for sheet, head, columns, rows in found if "policy" in columns or len(columns) > 2]
    if not tables:
        problems.append(_no_columns(path, "", 1, COLUMNS))
    for sheet, head, columns, rows in tables:
        if missing := [key for key in COLUMNS if key not in columns and key not in OPTIONAL]:
            problems.append(_no_columns(path, sheet, head, missing))
            continue
        for number, cells in rows:
            rule, faults = _rule(_Row(path.as_posix(), sheet, number, columns, cells), book)
            rules += [(number, rule)] if rule else []
            problems += faults
    return rules, problems


def _header(rows: Sequence[tuple[int, list[str]]]) -> tuple[int, dict[str, int], list[tuple[int, list[str]]]]:
    """(row of the header, column by key, the rows below that are not empty): the header is the row that names most columns."""
    named = {header(word): key for key, words in COLUMNS.items() for word in words}
    best: tuple[int, dict[str, int]] = (0, {})
    for index, (_, cells) in enumerate(rows[:HEAD_ROWS]):
        columns = {named[header(cell)]: at for at, cell in reversed(list(enumerate(cells))) if header(cell) in named}
        if len(columns) > len(best[1]):
            best = (index, columns)
    return rows[best[0]][0], best[1], [(number, cells) for number, cells in rows[best[0] + 1 :] if any(tidy(cell) for cell in cells)]


def _no_columns(path: Path, sheet: str, head: int, missing: Iterable[str]) -> Problem:
    listed = [COLUMNS[key] for key in missing if key not in OPTIONAL]
    zh, en = "、".join(f"「{words[0]}」" for words in listed), ", ".join(f"`{words[-1]}`" for words in listed)
    what = Text(f"缺少这些列:{zh}", f"these columns are missing: {en}")
    fix = say("在标题行补上;「项目」「对象」可以没有", "add them to the header row; `site` and `subject` may be left out")
    return Problem(Where(path.as_posix(), head, sheet=sheet), "waiver.columns", what, fix)


def _rule(row: _Row, book: Book) -> tuple[WaiverRule | None, Faults]:
    days = {key: day(row.cell(key)) for key in ("from", "until")}
    empty = [key for key in COLUMNS if key not in OPTIONAL and not row.cell(key)]
    faults = [_empty(row, key) for key in empty]
    faults += [_no_day(row, key) for key, number in days.items() if number is None and key not in empty]
    if faults:
        return None, faults
    words = {key: row.cell(key) or None for key in ("policy", "site", "subject", "reason", "approved_by")}
    rule = WaiverRule.model_validate(
        {key: word for key, word in words.items() if word} | {key: str(Day(number or 0)) for key, number in days.items()}, by_alias=True, by_name=False
    )
    faults = [row.problem(*fault) for fault in waiver_faults(rule)]
    known = known_policies(book)
    if known is not None and not any(fnmatchcase(one, rule.policy) for one in known):
        problem = unknown_policy(NO_SPOT, rule.policy, known)
        faults.append(row.problem("policy", problem.id, problem.what, problem.fix))
    return rule, faults


def _empty(row: _Row, key: str) -> Problem:
    words = COLUMNS[key]
    what = Text(f"「{words[0]}」没有填", f"`{words[-1]}` is empty")
    return row.problem(key, "waiver.empty", what, say("每条豁免都要写明政策、理由、批准人和起止日期", "a waiver names its policy, reason, approver and dates"))


def _no_day(row: _Row, key: str) -> Problem:
    what = say("`{v}` 不是日期", "`{v}` is not a date", v=row.cell(key))
    return row.problem(key, "value.form", what, say("例如写 `2026-10-01`", "write for example `2026-10-01`"))


__all__ = ["COLUMNS", "load_waivers", "table_rules"]
