"""violations.csv, written by the database, against the module that says one finding."""

from __future__ import annotations

import csv
import json
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.calendars import zone
from checker.cli import cli
from checker.compile import said
from checker.finding import Finding, nobody
from checker.load import load_book
from checker.masking import Hidden, masked
from checker.plan import Site
from checker.policy.files import Profile
from checker.report.sentences import Writer, duration, enough, moment, months
from checker.report.tables import safe
from checker.run import read_run
from fixtures.sites.six import SELECT

ROOT = Path(__file__).parent.parent
BOOK = load_book([ROOT / "policies"])
TITLES = {short: document.title.zh for short, document in BOOK.catalogue.documents.items()}
PROFILE = Profile(format="profiles/1", profile="p")
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/St_Johns")
SPAN = (1_700_000_000_000_000, 1_900_000_000_000_000)


@pytest.fixture(scope="module")
def db() -> Any:
    with duckdb.connect() as made:
        sites = [Site(name, name, PROFILE, 0, 0, 0) for name in ZONES]
        for macro in said.macros(sites, SPAN):
            made.execute(f"CREATE TEMP MACRO {macro}")
        yield made


def asked(db: Any, call: str, *values: Any) -> Any:
    return db.execute(f"SELECT {call}", list(values)).fetchone()[0]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.one_of(st.integers(-(10**12), 10**12), st.integers(0, 10**9).map(lambda n: n * 1_000_000), st.integers(0, 4000).map(lambda n: n * 3_600_000_000)))
def test_durations_are_said_alike(db: Any, micros: int) -> None:
    for lang in ("zh", "en"):
        assert asked(db, f"_duration_{lang}(?::BIGINT)", micros) == duration(micros, lang)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(*SPAN), st.sampled_from(ZONES))
def test_moments_are_said_alike(db: Any, instant: int, site: str) -> None:
    zone(site)
    for at in (instant, instant // 3_600_000_000 * 3_600_000_000 - 1, instant // 60_000_000 * 60_000_000):
        assert asked(db, "_moment(?, ?::BIGINT)", site, at) == moment(at, site, "zh")


@pytest.mark.parametrize("text", ["=1+1", "-5", "-5.0", "+86", "@x", "", "a", "＝x", "\tq", "-", "3.14", "-x"])
def test_cells_are_no_formulas_alike(db: Any, text: str) -> None:
    assert (asked(db, "_safe(?)", text) or "") == safe(text)


@pytest.mark.parametrize("text", ["甲", "甲某某", "13800000000", "010-1234", "1", "110101199001011234", "某某花园一号楼"])
def test_masks_are_alike(db: Any, text: str) -> None:
    for kind in ("name", "phone", "id-number", "address"):
        assert asked(db, f"_{kind.replace('-', '_')}(?)", text) == masked(text, kind)


def test_a_telephone_number_inside_a_free_text_is_masked() -> None:
    hidden = Hidden({"王小明", "Li Wei", "平"})
    assert hidden.text("请回电13812345678 13987654321,单号138123456789") == "请回电138****5678 139****4321,单号138123456789"
    assert hidden.text("王小明住5栋1203室,平时打 0571-87654321;Li Wei, Li Weird") == "王**住5栋…,平时打 057****4321;L*****, Li Weird"
    assert (hidden.mark("王小明"), hidden.mark("王小明-1"), hidden.mark("W000123"), hidden.mark("3-1201")) == ("王**", "王小明-1", "W000123", "3-1201")


def test_a_group_of_which_nobody_is_named_is_answered_for_by_its_role() -> None:
    """A rate by team or by site is nobody's own call: it says whose team or site it is, not that nobody is known."""
    rate = next(one for one in BOOK.policies if one.kind == "rate" and one.accountable is None)
    assert nobody(rate.model_copy(update={"group_by": ("staff.team_id",)}))["zh"] == "班组负责人"
    assert nobody(rate.model_copy(update={"group_by": ("site_id",)})) == {"zh": "项目负责人", "en": "the site's manager"}
    assert nobody(next(one for one in BOOK.policies if one.kind == "requirement")) == {"zh": "责任人不明", "en": "nobody named"}


def test_every_cell_of_the_sample_is_what_the_other_module_says(tmp_path: Path) -> None:
    run = tmp_path / "run"
    sample = ROOT / "fixtures" / "sites" / "residential"
    words = ["audit", str(sample / "数据"), "--mapping", str(sample / "对照表.yaml"), "--profile", "residential", "--period", "2026-10", "--out", str(run), "--no-report", *SELECT]
    assert CliRunner().invoke(cli, words).exit_code == 1
    zones = {one["site"]: one["zone"] for one in read_run(run).summary["sites"]}
    policies = {policy.id: policy for policy in BOOK.policies}
    writer = Writer(policies, BOOK.records, zones)
    with (run / "violations.csv").open(encoding="utf-8-sig", newline="") as file:
        shown = list(csv.DictReader(file))
    found = findings(run)
    assert len(shown) == len(found) > 300
    for cells, one in zip(shown, found, strict=True):
        text, place = writer.sentence(one), zones[one.site_id]
        short = enough(one)
        expected = {"事实": safe(text.zh), "fact": safe(text.en), "发生时间 occurred at": moment(one.occurred_at, place, "zh"), "期限 due at": moment(one.due_at, place, "zh"),
                    "还差 short of": "" if short is None else str(short), "条款 clause": safe(said.clause_of(policies[one.policy], TITLES)), "责任人 accountable": safe(one.accountable),
                    "扣分 points": "" if one.points is None else f"{one.points.normalize():f}"}  # fmt: skip
        assert {key: cells[key] for key in expected} == expected


def findings(run: Path) -> list[Finding]:
    names = [one.name for one in fields(Finding)]
    micros = {name: f"epoch_us({name}) AS {name}" for name in ("occurred_at", "due_at", "decided_at")}
    listed = ", ".join(micros.get(name, f'"{name}"') for name in names)
    rows = duckdb.sql(f"SELECT {listed} FROM '{run / 'findings.parquet'}' WHERE verdict = 'fail' ORDER BY policy, site_id, subject, ordinal, file, \"row\"").fetchall()
    return [Finding(**dict(zip(names, row, strict=True))) for row in rows]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_arguments_of_every_type_are_said_alike(db: Any, lang: str) -> None:
    """A sentence that names a field of every type of the dictionary, with and without a value."""
    samples = {"instant": 1_790_000_000_123_456, "duration": 65_000_000, "date": 20_000, "flag": True, "list": ["a", "b"], "text": "编号 138123456789", "count": 3, "decimal": 12.5, "share": 0.25}
    for kind in BOOK.records.values():
        paths = [path for path, spec in kind.fields.items() if spec.derived is None]
        for value_given in (True, False):
            args = {path: samples.get(kind.fields[path].type, next(iter(kind.fields[path].values or ()), "value")) if value_given else None for path in paths}
            template = "|".join("{" + path + "}" for path in paths)
            base = BOOK.policies[0].model_copy(update={"for_each": kind.record, "because": (_sentence(template),), "id": "x.y"})
            finding = Finding("x.y", "x.y", "fail", "minor", Decimal(1), ZONES[0], None, None, kind.record, "s", "1", "p", None, None, None, None, None, None, None, None, None,
                              None, None, 0, json.dumps(args), None, False, None, "0" * 64)  # fmt: skip
            other = Writer({"x.y": base}, BOOK.records, {ZONES[0]: ZONES[0]}).sentence(finding)
            sql = said.sentences([base], BOOK.records, lang, False)
            mine = db.execute(f"SELECT {sql} FROM (SELECT 'x.y' AS policy, 0 AS because, ? AS args, NULL::VARCHAR AS accountable, '—' AS due_said, '{ZONES[0]}' AS site) f", [json.dumps(args)]).fetchone()[0]
            assert mine == {"zh": other.zh, "en": other.en}[lang]


def _sentence(template: str) -> Any:
    return BOOK.policies[0].because[0].model_copy(update={"zh": template, "en": template, "when": None})  # type: ignore[index]


@pytest.mark.parametrize(
    ("listed", "zh", "en"),
    [("2026-09", "2026-09", "2026-09"), ("2025-11, 2025-12, 2026-01", "2025-11 至 2026-01", "2025-11 to 2026-01"),
     ("2025-10, 2025-12, 2026-01, 2026-09", "2025-10、2025-12 至 2026-01、2026-09", "2025-10, 2025-12 to 2026-01, 2026-09")],
)  # fmt: skip
def test_months_that_follow_each_other_are_told_by_the_first_and_the_last(listed: str, zh: str, en: str) -> None:
    assert (months(listed, "zh"), months(listed, "en")) == (zh, en)
