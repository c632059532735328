"""Names, numbers and addresses, formulas and scripts, planted in every text of every record type, in reasons and names of files:
none is shown, none is a formula, none runs, in any rendering of the run."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unicodedata import normalize

import openpyxl
import pyarrow.parquet as parquet
import pytest
from click.testing import CliRunner

from checker.cli import cli
from checker.policy.records import RecordField
from checker.report.renderers import RENDERERS
from checker.report.tables import safe
from tests.planted_world import BOOK, Plant, judged, told, world
from tests.report_world import write

EXPORTS = ("jsonl", "csv", "parquet", "oscal", "sarif")
NAME, LATIN, PHONE, LANDLINE, HOME = "欧阳测试丙", "Testa Nobodyson", "13987654321", "0571-87654321", "测试路88号7幢1单元902室"
PARTS = (NAME, LATIN, PHONE, LANDLINE, HOME, HOME[5:], "902室")
FREE = f"{NAME}或{LATIN}来电{PHONE}、{LANDLINE},住{HOME}"
HARM = (
    "=cmd|'/C calc'!A1", "+1+1", "-2+3", "@SUM(1+1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://evil.example","x")', "＝1+1", "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "{{7*7}}", "javascript:alert(1)", "[x](http://evil.example)", "a|b`c", "\"'><svg onload=alert(1)>",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def personal(record: str, field: RecordField) -> str:
    """Names and numbers where they belong, and everywhere else."""
    if field.personal:
        return {"name": LATIN if record == "staff" else NAME, "phone": PHONE, "address": HOME, "id-number": "110101199003071234"}[field.personal]
    return FREE if field.type != "id" else (NAME, PHONE, HOME)[len(field.columns[0]) % 3]


def harmful() -> Plant:
    numbers = iter(range(10**6))
    return lambda record, field: HARM[next(numbers) % len(HARM)]


def checker(*words: object) -> str:
    """What a command prints; it ended as an audit does."""
    done = CliRunner().invoke(cli, [str(word) for word in words])
    assert done.exit_code in (0, 1, 2) and (done.exception is None or isinstance(done.exception, SystemExit)), (words, done.exception)
    return done.stdout + done.stderr


def audited(base: Path, plant: Plant, text: str) -> Path:
    """The world audited, in both languages; the folder holds every rendering."""
    world(base, plant, text)
    decided = {"编号": "F-" + "0" * 12, "认定": "确认", "认定时间": "2026-11-03 09:00:00", "认定人": text, "理由": text}
    write(base / "decided" / "decisions.csv", [decided])
    words = ("--policies", base / "policies.yaml", "--profile", base / "profile.yaml", "--period", "2026-10", "--max-unknown", "100 %")
    checker("audit", base / "data", *words, "--out", base / "bare", "--no-report")
    decide(base, base / "bare", text)
    terminal = [checker("audit", base / "data", *words, "--out", base / "run", "--waivers", base / "waivers.yaml", "--no-report", "--lang", lang) for lang in ("zh", "en")]
    terminal += [checker("audit", base / "data", *words, "--out", base / "json", "--waivers", base / "waivers.yaml", "--no-report", "--format", "json")]
    terminal += [checker("diff", base / "bare", base / "run", "--format", form) for form in ("text", "json", "markdown")]
    terminal += [checker("rejudge", base / "run", "--out", base / "again", "--waivers", base / "waivers.yaml", "--policies", base / "policies.yaml")]
    violations = parquet.read_table(base / "run" / "findings.parquet", columns=["fingerprint", "verdict"]).to_pylist()
    for number, one in enumerate([one["fingerprint"] for one in violations if one["verdict"] == "fail"][::-2]):
        terminal.append(checker("explain", f"F-{one[:12]}", "--run", base / "run", "--format", ("text", "json")[number % 2], *(("--data", base / "policies.yaml") if number % 4 > 1 else ())))
    (base / "terminal.txt").write_text("\n".join(terminal), encoding="utf-8")
    for lang in ("zh", "en"):
        checker("report", base / "run", "--history", base / "decided", "--lang", lang)
        (base / lang).mkdir()
        for name, _ in RENDERERS.values():
            (base / lang / name).write_bytes((base / "run" / name).read_bytes())
        for form in EXPORTS:
            checker("export", base / "run", "--format", form, "-o", base / lang / f"export.{form}", "--lang", lang)
    return base


def decide(base: Path, run: Path, text: str) -> None:
    """A decision on every violation, by and because of `text`."""
    found = parquet.read_table(run / "findings.parquet", columns=["fingerprint"])["fingerprint"].to_pylist()
    write(base / "decided" / "decisions.csv", [{"编号": one, "认定": "确认", "认定时间": "2026-11-03 09:00:00", "认定人": text, "理由": text} for one in found])


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return audited(tmp_path_factory.mktemp("planted") / "world", personal, FREE)


@pytest.fixture(scope="module")
def harmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return audited(tmp_path_factory.mktemp("harmed") / "world", harmful(), HARM[0])


RENDERED = [
    *(f"{lang}/{name}" for lang in ("zh", "en") for name in (*(file for file, _ in RENDERERS.values()), *(f"export.{form}" for form in EXPORTS))),
    *(f"{run}/{name}" for run in ("run", "again") for name in ("violations.csv", "proposals.csv", "data-quality.csv")), "terminal.txt",
]  # fmt: skip


def text_of(path: Path) -> str:
    """All that a file holds, as text."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as parts:
            return "\n".join(parts.read(name).decode("utf-8") for name in parts.namelist())
    if path.suffix == ".parquet":
        return json.dumps(parquet.read_table(path).to_pylist(), ensure_ascii=False, default=str)
    return path.read_text(encoding="utf-8-sig")


# --- personal data ---------------------------------------------------------------------------------------------------


def test_the_world_is_planted_everywhere(masked: Path) -> None:
    """Every type with a time has a violation whose arguments hold what was planted in each of its fields."""
    rows = [one for one in parquet.read_table(masked / "run" / "findings.parquet").to_pylist() if one["verdict"] == "fail"]
    found = {one["policy"]: json.loads(one["arguments"]) for one in rows if one["policy"] not in ("planted.visits", "planted.ladder")}
    wanted = {f"planted.{kind.record.replace('_', '-')}": set(told(kind)) for kind in judged()}
    assert {policy: set(arguments) for policy, arguments in found.items()} == wanted
    assert {one["policy"] for one in rows} >= {"planted.visits", "planted.ladder"}
    raw = text_of(masked / "run" / "findings.parquet")
    assert [part for part in PARTS if part not in raw] == []
    assert any(one["waived_by"] and NAME in one["waived_by"] for one in rows)


@pytest.mark.parametrize("name", RENDERED)
def test_no_name_number_or_address_is_shown(masked: Path, name: str) -> None:
    text = text_of(masked / name)
    assert len(text) > 100
    assert [(part, text[max(text.index(part) - 60, 0) : text.index(part) + 20]) for part in PARTS if part in text] == []


def test_what_is_masked_is_there_as_a_mask(masked: Path) -> None:
    """Nothing is proved by a report that leaves everything out."""
    for lang in ("zh", "en"):
        for name in ("report.html", "report.xlsx", "export.jsonl", "export.parquet", "export.oscal", "export.sarif", "export.csv"):
            text = text_of(masked / lang / name)
            assert [part for part in ("欧****", "139****4321", "057****4321", "测试路88") if part not in text] == [], name
            assert "测试路88号" not in text


@pytest.mark.parametrize("name", ["report.html", "report.xlsx", "violations.csv"])
def test_with_a_reason_everything_is_shown(masked: Path, name: str, tmp_path: Path) -> None:
    words = ("--policies", masked / "policies.yaml", "--profile", masked / "profile.yaml", "--period", "2026-10", "--max-unknown", "100 %", "--out", tmp_path / "run")
    checker("audit", masked / "data", *words, "--waivers", masked / "waivers.yaml", "--unmask", "--reason", "仲裁", *(("--no-report",) if name.endswith("csv") else ()))
    assert [part for part in (NAME, PHONE, LANDLINE, HOME) if part not in text_of(tmp_path / "run" / name)] == []


@pytest.mark.parametrize("base", ["masked", "harmed"])
def test_the_database_and_the_exports_say_a_violation_alike(base: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(base)
    listed = [row for name in ("violations.csv", "proposals.csv") for row in csv.DictReader(io.StringIO((folder / "run" / name).read_text("utf-8-sig"), newline=""))]
    cells = {row["编号 id"]: (row["事实"], row["fact"], row["责任人 accountable"], row["班组 team"], row["文件 file"]) for row in listed}
    lines = [json.loads(line) for line in (folder / "zh" / "export.jsonl").read_text(encoding="utf-8").splitlines()]
    told = {one["id"]: tuple(safe(one[key]) for key in ("sentence_zh", "sentence_en", "accountable", "team_id", "file")) for one in lines if one["verdict"] == "fail"}
    assert cells == told and len(cells) > 20


# --- formulas and scripts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [one for one in RENDERED if one.endswith("csv")])
def test_no_cell_of_a_table_is_a_formula(harmed: Path, name: str) -> None:
    rows = list(csv.reader(io.StringIO((harmed / name).read_text(encoding="utf-8-sig"), newline="")))
    assert len(rows) > 1 or name == "again/proposals.csv"
    assert [cell for row in rows for cell in row if cell.startswith(FORMULA) and not re.fullmatch(r"-?\d+(\.\d+)?|\t[\d-]+", cell)] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_cell_of_the_workbook_is_a_formula_or_leads_out(harmed: Path, lang: str) -> None:
    book = openpyxl.load_workbook(harmed / lang / "report.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert [cell.value for cell in cells if cell.hyperlink and cell.hyperlink.target] == []
    said = "\n".join(str(cell.value) for cell in cells)
    names = parquet.read_table(harmed / "run" / "names.parquet")["name"].to_pylist()
    shown = [one for one in HARM if normalize("NFKC", one) not in names and "\t" not in one and "\r" not in one]
    assert len(shown) > 5 and [one for one in shown if not any(part in said for part in (one, one[:12]))] == []
    with zipfile.ZipFile(harmed / lang / "report.xlsx") as parts:
        assert [name for name in parts.namelist() if "external" in name.lower() or "<f>" in parts.read(name).decode("utf-8")] == []


class Tags(HTMLParser):
    """The elements and the attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("name", "scripts"), [("report.html", 3), ("notices.html", 0)])
def test_a_page_holds_its_own_elements_alone(harmed: Path, lang: str, name: str, scripts: int) -> None:
    tags = Tags((harmed / lang / name).read_text(encoding="utf-8")).found
    assert sum(tag == "script" for tag, _ in tags) == scripts
    assert [tag for tag, _ in tags if tag in ("img", "iframe", "object", "embed", "link", "base", "form")] == []
    assert [key for _, attributes in tags for key in attributes if key.startswith("on")] == []
    assert [attributes["href"] for tag, attributes in tags if tag == "a" and not str(attributes["href"]).startswith("#")] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_of_the_summary_is_markup_or_a_link(harmed: Path, lang: str) -> None:
    said = (harmed / lang / "report.md").read_text(encoding="utf-8")
    assert not re.search(r"(?<!\\)[<\[`]", said) and "http://" not in said
    heads = [line for line in said.splitlines() if line.startswith("|")]
    widths: Iterator[Any] = (len(re.findall(r"(?<!\\)\|", line)) for line in heads)
    assert all(width > 2 for width in widths)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_programs_read_is_sound(harmed: Path, lang: str) -> None:
    for form in ("oscal", "sarif"):
        json.loads((harmed / lang / f"export.{form}").read_text(encoding="utf-8"))
    rows = [json.loads(line) for line in (harmed / lang / "export.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == len(parquet.read_table(harmed / lang / "export.parquet").to_pylist()) >= len(BOOK.records) // 2
