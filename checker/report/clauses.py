"""The standards by status, and what the policies lack, for a terminal or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from checker.errors import Text, say
from checker.report.text import grid

HEADS: Mapping[str, Text] = {
    "automated": Text("自动", "automated"), "by-inspection": Text("人工检查", "by inspection"),
    "not-checkable": Text("无法检查", "not checkable"), "not-yet": Text("尚未", "not yet"),
}  # fmt: skip


def as_text(report: Mapping[str, Any], lang: str) -> str:
    """The tables for people."""
    documents = [(f"{one['document']}  {one['title'][lang]}", one["standards"]) for one in report["documents"]]
    areas = [(one["area"], one["standards"]) for one in report["areas"]]
    total = (say("合计", "all standards")[lang], report["standards_by_status"])
    parts = [
        _table(say("文件", "document")[lang], documents, lang) + "\n" + say("一条标准出自几份文件,每份都计", "a standard counts in each document it stands in")[lang],
        _table(say("领域", "area")[lang], [*areas, total], lang),
        _evidence(report.get("evidence"), lang),
    ]
    return "\n\n".join(part for part in parts if part)


def _table(head: str, rows: Sequence[tuple[str, Mapping[str, int]]], lang: str) -> str:
    heads = [head, *(HEADS[status][lang] for status in HEADS), say("共", "in all")[lang]]
    return grid([heads, *([name, *(str(numbers[status]) for status in HEADS), str(sum(numbers.values()))] for name, numbers in rows)])


def _evidence(found: Sequence[Mapping[str, Any]] | None, lang: str) -> str:
    if found is None:
        return ""
    bare = [one for one in found if one["missing_records"] or one["missing_fields"]]
    lines = [say("证据齐全的政策:{a}/{b}", "policies that have their evidence: {a} of {b}", a=len(found) - len(bare), b=len(found))[lang]]
    return "\n".join([*lines, *(f"  {one['policy']}: {_lacks(one, lang)}" for one in bare)])


def _lacks(one: Mapping[str, Any], lang: str) -> str:
    parts = []
    if one["missing_records"]:
        parts.append(say("缺记录 {r}", "lacks the records {r}", r=", ".join(one["missing_records"]))[lang])
    if one["missing_fields"]:
        shown = ", ".join(f"{field['record']}.{field['field']}({'/'.join(field['columns']) or '—'})" for field in one["missing_fields"])
        parts.append(say("缺列 {f}", "lacks the columns {f}", f=shown)[lang])
    return (";" if lang == "zh" else "; ").join(parts)


def as_json(report: Mapping[str, Any]) -> str:
    return json.dumps({"schema_version": 1, **report}, ensure_ascii=False, indent=2)
