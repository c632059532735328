"""Findings as SARIF 2.1.0: a rule for each policy, a result for each finding, traced to its file and row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.errors import Where
from checker.policy.kinds import Base
from checker.report import sarif
from checker.report.explain import cited
from checker.report.machines.rows import Handed
from checker.report.machines.streamed import streamed

LEVELS = {"critical": "error", "major": "error", "minor": "warning", "advisory": "note"}
KINDS = {"fail": "fail", "pass": "pass", "pending": "open", "unknown": "review", "exempt": "notApplicable"}
RESULTS = "\x00results"
FACTS = ("severity", "verdict", "points", "site_id", "team_id", "accountable", "subject", "ordinal", "occurred_at", "due_at", "decided_at", "measured", "limit", "unit", "missing")


def findings(handed: Handed) -> Iterator[str]:
    """The log, in pieces."""
    rules = {policy.id: _rule(policy, handed) for policy in handed.book.policies}
    numbers = {name: number for number, name in enumerate(rules)}
    said = {"period": handed.run.manifest["period"], "unmasked": handed.reason}
    document = sarif.document(rules, [RESULTS], said)
    return streamed(document, {RESULTS: lambda: (_result(row, numbers, handed.lang) for row in handed.rows())})


def _rule(policy: Base, handed: Handed) -> Mapping[str, Any]:
    clauses = "; ".join(cited(one, handed.book, handed.lang) for one in policy.source)
    return {
        "shortDescription": {"text": policy.title.text[handed.lang]}, "help": {"text": clauses or policy.id},
        "defaultConfiguration": {"level": LEVELS[policy.severity.level]}, "properties": {"standard": policy.standard, "severity": policy.severity.level},
    }  # fmt: skip


def _result(row: Mapping[str, Any], numbers: Mapping[str, int], lang: str) -> Mapping[str, Any]:
    found: dict[str, Any] = {
        "ruleId": row["policy"], "ruleIndex": numbers[row["policy"]], "kind": KINDS[row["verdict"]],
        "level": LEVELS[row["severity"]] if row["verdict"] == "fail" else "none",
        "message": {"text": row[f"sentence_{lang}"] or f"{row['subject']} {row['ordinal']}".strip() or row["policy"]},
        "locations": sarif.locations(Where(row["file"] or "", row["row"] or 0, sheet=row["sheet"] or "")), "fingerprints": {"finding/1": row["fingerprint"]},
        "properties": {name: row[name] for name in FACTS if row[name] is not None},
    }  # fmt: skip
    if row["waived_by"]:
        found["suppressions"] = [{"kind": "external", "status": "accepted", "justification": row["waived_by"]}]
    return found


__all__ = ["findings"]
