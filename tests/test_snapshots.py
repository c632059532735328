"""Every format over one small run, as it was last looked at: what changes shows in the difference of tests/snapshots.

`make snapshots` writes them again; whoever commits them has read the difference.
"""

from __future__ import annotations

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from checker import __version__
from checker.cli import cli
from checker.finding import fingerprint
from tests.report_world import call, calls, folder, write

KEPT = Path(__file__).parent / "snapshots"
WRITE = os.environ.get("SNAPSHOTS") == "write"
MOST = 100_000
WAIVERS = """\
format: waivers/1
waivers:
- {policy: calls.answered, subject: c01, reason: 线路检修, approved_by: 客服经理, from: 2026-10-01, until: 2026-11-30}
- {policy: calls.answered, subject: c09, reason: 试运行, approved_by: 项目经理, from: 2026-09-01, until: 2026-10-15}
- {policy: "calls.*", reason: 台风, approved_by: 项目经理, from: 2027-01-01, until: 2028-06-30}
"""
WRONG = """\
format: policies/1
policies:
- id: calls.wrong
  standard: calls.answered
  title: {zh: 写错的政策, en: A policy that is wrong}
  source: [{document: operator-procedure, clause: "1.2"}]
  severity: {level: minor, reason: {zh: 试验, en: a test}}
  kind: requirement
  for_each: call
  require: {ring_cuont: {at_most: 3}}
"""
LANGS = ("zh", "en")
EXPORTS = ("jsonl", "csv", "oscal", "sarif")
DIAGNOSTICS = ("text", "json", "github", "sarif", "junit")


class Read(HTMLParser):
    """The text of a page, an element a line; of scripts only the data."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.within, self.data = "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.within = tag
        self.data = dict(attrs).get("type") == "application/json"

    def handle_endtag(self, tag: str) -> None:
        self.within = ""

    def handle_data(self, data: str) -> None:
        if self.data and self.within == "script":
            self.lines.append(json.dumps(json.loads(data), ensure_ascii=False, indent=1))
        elif data.strip() and self.within not in ("script", "style"):
            self.lines.append(" ".join(data.split()))


def cells(path: Path) -> str:
    """Every cell of a workbook that holds something, by sheet and row."""
    book = openpyxl.load_workbook(path)
    sheets = {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}
    lines = [f"[{name}]\n" + "\n".join(json.dumps(_short(row), ensure_ascii=False, default=str) for row in rows if _short(row)) for name, rows in sheets.items()]
    return "\n".join(lines) + "\n"


def _short(row: list[Any]) -> list[Any]:
    """A row without its empty end."""
    return row[: max((index + 1 for index, cell in enumerate(row) if cell is not None), default=0)]


def plain(text: str) -> str:
    """Without what a new version of this program, or of a library that writes files, may change without saying anything else."""
    text = text.replace("\r\n", "\n").removeprefix("\ufeff").replace(__version__, "VERSION")
    text = re.sub(r"\b[0-9a-f]{64}\b", lambda found: f"<{found[0][:12]}>" if found[0] in FINGERPRINTS else "<sha256>", text)
    seen: dict[str, str] = {}
    return re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", lambda found: seen.setdefault(found[0], f"<uuid {len(seen) + 1}>"), text)


FINGERPRINTS = frozenset(
    fingerprint(policy, "S1", subject, ordinal)
    for policy in ("calls.answered", "calls.rings", "calls.rate", "escalation.third") for subject in ("S1", "e1", "e2", *(f"c{number:02}" for number in range(25)))
    for ordinal in ("1", "2", "3", "4", "2026-10")
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Name of a snapshot -> its text now."""
    base = folder(tmp_path_factory.mktemp("small") / "world", [*calls(), call(21, "e2", "2026-10-21", "没看懂")])
    (base / "waivers.yaml").write_text(WAIVERS, encoding="utf-8")
    (base / "wrong.yaml").write_text(WRONG, encoding="utf-8")
    decided = [{"编号": fingerprint("calls.answered", "S1", "c02", "1"), "认定": "确认", "认定时间": "2026-11-03 09:00:00", "认定人": "q1", "理由": "核对录音", "截止": ""},
               {"编号": fingerprint("calls.answered", "S1", "c04", "1"), "认定": "豁免", "认定时间": "2026-10-20 09:00:00", "认定人": "q2", "理由": "当日停电", "截止": "2026-11-30"}]  # fmt: skip
    write(base / "decided" / "decisions.csv", decided)
    here = Path.cwd()
    os.chdir(base)
    try:
        return {name: plain(text) for name, text in _made().items()}
    finally:
        os.chdir(here)


def run(*words: str) -> str:
    done = CliRunner().invoke(cli, list(words))
    assert done.exit_code in (0, 1, 2) and (done.exception is None or isinstance(done.exception, SystemExit)), done.exception
    return done.stdout


def _made() -> dict[str, str]:
    asked = ("data", "--policies", "policies.yaml", "--profile", "profile.yaml", "--period", "2026-10", "--waivers", "waivers.yaml", "--max-unknown", "100 %", "--allow-missing")
    found = {}
    for lang in LANGS:
        found[f"terminal.{lang}.txt"] = run("audit", *asked, "--out", "run", "--no-report", "--lang", lang)
        run("report", "run", "--history", "decided", "--lang", lang)
        for name in ("report.html", "notices.html"):
            found[f"{name}.{lang}.txt"] = "\n".join(Read(Path("run", name).read_text(encoding="utf-8")).lines) + "\n"
        found[f"report.{lang}.md"] = Path("run", "report.md").read_text(encoding="utf-8")
        found[f"report.xlsx.{lang}.txt"] = cells(Path("run", "report.xlsx"))
        for form in EXPORTS if lang == "zh" else ("oscal", "sarif"):
            found[f"export.{lang}.{form}"] = run("export", "run", "--format", form, "--lang", lang)
    for name in ("violations.csv", "proposals.csv", "data-quality.csv", "summary.json"):
        found[name] = Path("run", name).read_text(encoding="utf-8-sig")
    return found | {f"validate.{form}": run("validate", "wrong.yaml", "--format", form, "--lang", "zh") for form in DIAGNOSTICS}


NAMES = sorted(
    [f"{name}.{lang}{end}" for lang in LANGS for name, end in (("terminal", ".txt"), ("report.html", ".txt"), ("notices.html", ".txt"), ("report", ".md"), ("report.xlsx", ".txt"))]
    + [f"export.zh.{form}" for form in EXPORTS] + ["export.en.oscal", "export.en.sarif", "violations.csv", "proposals.csv", "data-quality.csv", "summary.json"]
    + [f"validate.{form}" for form in DIAGNOSTICS]
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_format_says_what_it_said(made: dict[str, str], name: str) -> None:
    if WRITE:
        KEPT.mkdir(exist_ok=True)
        (KEPT / name).write_text(made[name], encoding="utf-8", newline="\n")
    assert (KEPT / name).is_file(), "`make snapshots` writes it"
    assert made[name].splitlines() == (KEPT / name).read_text(encoding="utf-8").splitlines(), "look at the difference; `make snapshots` keeps it"


def test_every_snapshot_is_of_a_format_and_small(made: dict[str, str]) -> None:
    assert sorted(path.name for path in KEPT.iterdir()) == NAMES == sorted(made)
    assert [path.name for path in KEPT.iterdir() if path.stat().st_size > MOST] == []
