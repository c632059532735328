"""A small audit over every shipped record type, whose every text is planted: nobody in it exists.

Each type with a time of its own has a policy that all its records break, and whose sentence tells every text, id and list of the
record. Each roster of customers has a visit that is due, and its subject is a name.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from openpyxl import Workbook

from checker.load import load_book
from checker.policy.records import RecordField, RecordType
from checker.shipped import policies_folder

BOOK = load_book([policies_folder()])
PLAIN = ("text", "id", "list")
CODES = ("timezone", "profile_id")
"""Texts that must be words of the program; the audit refuses any other."""
WORKBOOK = "visit"
"""The type that comes in a workbook, for the name of its sheet."""
PROFILE = """\
format: profiles/1
profile: planted
policies: ["planted.*"]
points: {critical: 5, major: 2, minor: 1, advisory: 0}
scoring:
  source: {zh: 测试用评分办法, en: scoring of the tests}
  approved_by: APPROVER
  method: points
  areas: [{title: {zh: 全部, en: All}, weight: 100, policies: ["*"]}]
  grades: [{from: 90, grade: {zh: 良好, en: good}}, {from: 0, grade: {zh: 不合格, en: not qualified}}]
"""
COMMON = """\
  source: [{document: operator-procedure, clause: "1.2"}]
  severity: {level: major, reason: {zh: 试验, en: a test}}
"""
Plant = Callable[[str, RecordField], str]
"""(record, field) -> what stands in the cell."""


def judged() -> list[RecordType]:
    """The record types with a time of their own."""
    return [kind for kind in BOOK.records.values() if kind.time in kind.fields]


def told(kind: RecordType) -> list[str]:
    """The fields of a type that people could write a name into."""
    return [name for name, field in kind.stored.items() if field.type in PLAIN]


def policies() -> str:
    lines = ["format: policies/1", "policies:"]
    for kind in judged():
        facts = "; ".join(f"{{{name}}}" for name in told(kind))
        who = {"ticket": "contact_name", "call": "staff_id"}.get(kind.record, next(name for name in told(kind) if kind.fields[name].type == "id"))
        lines += [
            f"- id: planted.{kind.record.replace('_', '-')}", "  standard: planted.all", f"  title: {{zh: {kind.title.zh}, en: {kind.title.en}}}", COMMON.rstrip(),
            f"  accountable: {who}", f'  because: [{{otherwise: true, zh: "{{accountable}} {{subject}}: {facts}", en: "{{accountable}} {{subject}}: {facts}"}}]',
            "  kind: requirement", f"  for_each: {kind.record}", f"  require: {{{kind.key[0]}: never}}",
        ]  # fmt: skip
    lines += [
        "- id: planted.visits", "  standard: planted.all", "  title: {zh: 每月走访, en: A visit a month}", COMMON.rstrip(), "  accountable: phone",
        "  kind: frequency", "  for_each: customer", "  subject: [unit_id, name]", "  expects: {record: visit, match: {unit_id: unit_id}}", "  at_least: 3", "  every: month",
        "- id: planted.ladder", "  standard: planted.all", "  title: {zh: 累计, en: Repeats}", COMMON.rstrip(), "  kind: ladder",
        "  of: {findings: {policies: [planted.ticket, planted.visits]}}", "  per: accountable", "  look_back: 1 months", "  steps: [{count: 1, propose: oral-warning}]",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _cell(kind: RecordType, name: str, plant: Plant) -> str:
    field = kind.fields[name]
    if name in CODES:
        return ""
    if field.type in PLAIN:
        return "S1" if name == "site_id" and field.type == "id" else plant(kind.record, field)
    if field.type == "enum":
        return next(iter(field.values or {}))
    if field.type == "instant":
        return "2026-10-05 09:00:00" if name == kind.time else ""
    if field.type == "date":
        return "2026-10-05" if name == kind.time else "2020-01-01" if name == getattr(kind.active, "from_", None) else ""
    return {"count": "1", "decimal": "1"}.get(field.type, "")


def row(kind: RecordType, plant: Plant) -> dict[str, str]:
    """One record, headed by the names of its fields."""
    return {name: _cell(kind, name, plant) for name in kind.stored}


def world(base: Path, plant: Plant, text: str) -> Path:
    """Policies, profile, waivers, decisions and data; `text` stands in names of files and sheets, and in reasons."""
    base.mkdir()
    (base / "policies.yaml").write_text(policies(), encoding="utf-8")
    (base / "profile.yaml").write_text(PROFILE.replace("APPROVER", _quoted(text)), encoding="utf-8")
    rule = f"- {{policy: planted.call, reason: {_quoted(text)}, approved_by: {_quoted(text)}, from: 2026-10-01, until: 2026-10-31}}\n"
    (base / "waivers.yaml").write_text("format: waivers/1\nwaivers:\n" + rule, encoding="utf-8")
    (base / "data").mkdir()
    named = "".join(one for one in text if one not in '/\\:*?"<>|' and one.isprintable())
    for kind in BOOK.records.values():
        _file(base / "data", kind, [row(kind, plant)], named)
    return base


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)


def _file(folder: Path, kind: RecordType, rows: list[dict[str, str]], named: str) -> None:
    if kind.record == WORKBOOK:
        book = Workbook()
        book.active.title = f"{kind.title.zh} {named}"[:31]
        for cells in ([*rows[0]], *([*one.values()] for one in rows)):
            book.active.append(cells)
        for line in book.active.iter_rows():
            for cell in line:
                cell.data_type = "s"
        book.save(folder / f"{kind.title.zh}.xlsx")
        return
    out = io.StringIO()
    writer = csv.DictWriter(out, [*rows[0]])
    writer.writeheader()
    writer.writerows(rows)
    (folder / f"{kind.title.zh}_{kind.record}_{named}.csv").write_text(out.getvalue(), encoding="utf-8-sig", newline="")


def cycling(*values: str) -> Plant:
    """One after the other of these."""
    numbers: Iterator[int] = count()
    return lambda record, field: values[next(numbers) % len(values)]


__all__ = ["BOOK", "Plant", "cycling", "judged", "told", "world"]
