"""The standards by status, and what the policies lack, for a terminal or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from checker.errors import Text, say
from checker.report.evidence import evidence_text
from checker.report.text import grid

HEADS: Mapping[str, Text] = {
    "automated": Text("自动", "automated"), "not-in-use": Text("未采用", "not in use"), "by-inspection": Text("人工检查", "by inspection"),
    "not-checkable": Text("无法检查", "not checkable"), "not-yet": Text("尚未", "not yet"),
}  # fmt: skip


def as_text(report: Mapping[str, Any], lang: str) -> str:
    """The tables for people."""
    documents = [(f"{one['document']}  {one['title'][lang]}", one["standards"]) for one in report["documents"]]
    areas = [(f"{one['area']}  {one['title'][lang]}", one["standards"]) for one in report["areas"]]
    total = (say("合计", "all standards")[lang], report["standards_by_status"])
    parts = [
        _table(say("文件", "document")[lang], documents, lang) + "\n" + say("一条标准出自几份文件,每份都计", "a standard counts in each document it stands in")[lang],
        _table(say("领域", "area")[lang], [*areas, total], lang),
        evidence_text(report["evidence"], lang) if "evidence" in report else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _table(head: str, rows: Sequence[tuple[str, Mapping[str, int]]], lang: str) -> str:
    """A column a status; that policies are not in use is told where there are such."""
    shown = [status for status in HEADS if status != "not-in-use" or any(numbers[status] for _, numbers in rows)]
    heads = [head, *(HEADS[status][lang] for status in shown), say("共", "in all")[lang]]
    return grid([heads, *([name, *(str(numbers[status]) for status in shown), str(sum(numbers.values()))] for name, numbers in rows)])


def as_json(report: Mapping[str, Any]) -> str:
    return json.dumps({"schema_version": 1, **report}, ensure_ascii=False, indent=2)
