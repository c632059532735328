"""Which policies have their evidence, and what the others lack: what `clauses --data` and `doctor` say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checker.errors import say
from checker.evidence import FINDINGS


def evidence_text(found: Sequence[Mapping[str, Any]], lang: str) -> str:
    """How many have it, and a line for each that has not."""
    bare = [one for one in found if one["missing_records"] or one["missing_fields"]]
    lines = [say("证据齐全的政策:{a}/{b}", "policies that have their evidence: {a} of {b}", a=len(found) - len(bare), b=len(found))[lang]]
    return "\n".join([*lines, *(f"  {one['policy']}: {_lacks(one, lang)}" for one in bare)])


def _lacks(one: Mapping[str, Any], lang: str) -> str:
    parts, records = [], [record for record in one["missing_records"] if record != FINDINGS]
    if records:
        parts.append(say("缺记录 {r}", "lacks the records {r}", r=", ".join(records))[lang])
    if FINDINGS in one["missing_records"]:
        parts.append(say("没有可累计的不合格项:它所读的政策都缺证据", "has no findings to count: no policy that it reads has its evidence")[lang])
    if one["missing_fields"]:
        shown = ", ".join(f"{field['record']}.{field['field']}({'/'.join(field['columns']) or '—'})" for field in one["missing_fields"])
        parts.append(say("缺列 {f}", "lacks the columns {f}", f=shown)[lang])
    return (";" if lang == "zh" else "; ").join(parts)


__all__ = ["evidence_text"]
