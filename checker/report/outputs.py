"""JSON Schemas (draft-07) of what the checker prints as JSON: `schema_version` grows when one of them changes its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.account import NUMBERS
from checker.finding import VERDICTS
from checker.report.finding import ROLES
from checker.report.finding_steps import SAID
from checker.report.machines.rows import COLUMNS

Schema = dict[str, Any]
DIALECT = "http://json-schema.org/draft-07/schema#"
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
BOTH: Schema = {"type": "object", "properties": {"zh": TEXT, "en": TEXT}, "required": ["zh", "en"], "additionalProperties": False}


def closed(properties: Mapping[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    """An object with these keys and no others, all needed but the optional ones."""
    return {
        "type": "object", "properties": dict(properties), "required": [key for key in properties if key not in optional], "additionalProperties": False,
    }  # fmt: skip


def listed(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _document(title: str, made: Schema) -> Schema:
    return {"$schema": DIALECT, "title": title, **made}


PROBLEM = closed({
    "id": TEXT, "level": {"enum": ["error", "warning"]}, "file": TEXT, "sheet": TEXT, "line": COUNT, "column": COUNT, "length": COUNT, "message": BOTH, "fix": BOTH,
})  # fmt: skip
FAILED = closed({"file": TEXT, "line": COUNT, "policy": TEXT, "case": TEXT, "differences": listed(BOTH)})
LACKING = closed({"id": TEXT, "file": TEXT, "line": COUNT, "message": BOTH})
SURVIVOR = closed(
    {"policy": TEXT, "mutation": TEXT, "file": TEXT, "line": COUNT, "declared_equivalent": {"type": "boolean"}, "record": {"type": ["string", "null"]},
     "policy_says": TEXT, "mutant_says": TEXT},
    optional=("policy_says", "mutant_says"),
)  # fmt: skip
MUTATION = closed({"mutants": COUNT, "killed": COUNT, "equivalent": COUNT, "survivors": listed(SURVIVOR)})
VERSION: Schema = {"const": 1}
KINDS: Mapping[str, Schema] = {
    "VARCHAR": {"type": ["string", "null"]}, "BIGINT": {"type": ["integer", "null"]}, "INTEGER": {"type": "integer"}, "BOOLEAN": {"type": "boolean"},
    "DECIMAL(18,4)": {"type": ["string", "null"], "pattern": r"^-?\d+(\.\d+)?$"}, "JSON": {"type": "object"},
}  # fmt: skip
MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}
NEEDED: Mapping[str, Schema] = {
    "schema_version": VERSION, "id": {"type": "string", "pattern": "^F-[0-9a-f]{12}$"}, "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "verdict": {"enum": list(VERDICTS)}, "severity": {"enum": ["critical", "major", "minor", "advisory"]}, "policy": TEXT, "standard": TEXT, "site_id": TEXT,
    "subject": TEXT, "sentence_zh": TEXT, "sentence_en": TEXT, "occurred_at": MOMENT, "due_at": MOMENT, "decided_at": MOMENT,
}  # fmt: skip
ALERTS = ("due-soon", "lapsed", "met-late", "met", "fail", "unknown", "exempt", "repeat", "step", "late-event")
ALERT = closed({
    "schema_version": VERSION, "seq": {"type": "integer", "minimum": 1}, "alert": {"enum": list(ALERTS)}, "policy": TEXT, "site": TEXT, "subject": TEXT, "ordinal": TEXT,
    "due_at": MOMENT, "at": {"type": "string", "format": "date-time"}, "severity": NEEDED["severity"], "zh": TEXT, "en": TEXT, "fingerprint": NEEDED["fingerprint"],
    "evaluated_by": {"enum": ["engine", "judge"]}, "utc": closed({"due_at": MOMENT, "at": MOMENT}),
})  # fmt: skip


MAYBE: Schema = {"type": ["string", "null"]}
NUMBER: Schema = {"type": ["integer", "null"]}
ANY: Schema = {}
HELD: Schema = {"enum": [True, False, None, "pending"]}
PLACED: Schema = closed({"file": MAYBE, "sheet": MAYBE, "row": NUMBER})
STEP = closed({"word": {"enum": sorted(SAID)}, "facts": {"type": "object"}})
ACCOUNT = closed({
    "policy": TEXT, "site": TEXT, "subject": TEXT, "ordinal": TEXT, "numbers": {"type": "object", "properties": {"of": {"enum": sorted(NUMBERS)}}, "required": ["of"]},
    "where": {"type": "object"}, "demand": {"type": "object"}, "excuse": {"type": ["object", "null"]}, "forbidden": {"type": "boolean"},
})  # fmt: skip
IN_FORCE = closed({
    "owner": TEXT, "name": TEXT, "value": {"type": ["string", "integer", "boolean"]}, "unit": TEXT, "by_profile": {"type": "boolean"}, "profile": TEXT, "document": MAYBE,
    "clause": MAYBE, "approved_by": MAYBE, "first": NUMBER, "last": NUMBER, "when": {"type": ["object", "null"]}, "at": NUMBER,
})  # fmt: skip
TESTED = closed({"part": {"enum": ["where", "void", "require", "forbidden", "excused_when"]}, "path": TEXT, "holds": HELD, "found": ANY, "type": MAYBE})
INVOLVED = closed({
    "role": {"enum": sorted(ROLES)}, "record": TEXT, "key": TEXT, "source": {"anyOf": [PLACED, closed({"finding": MAYBE})]}, "at": NUMBER,
    "counts": {"enum": [True, False, None, "met", "missed", "exempt", "open", "doubtful"]}, "cells": {"type": "object"},
})  # fmt: skip
FACTS = closed({**dict.fromkeys(("began", "due_at", "decided_at", "measured", "limit"), NUMBER), "unit": MAYBE, "accountable": MAYBE})
EXPLANATION = closed({
    "accounts": {**listed(ACCOUNT), "minItems": 1}, "verdict": {"enum": [*VERDICTS, "not_applicable"]}, "facts": FACTS, "values": listed(IN_FORCE), "tests": listed(TESTED),
    "records": listed(INVOLVED), "steps": listed(STEP), "enough": listed(STEP), "unmet": listed(TEXT),
})  # fmt: skip
EXPLAINED = closed({
    **{key: NEEDED[key] for key in ("schema_version", "id", "fingerprint", "policy", "standard", "severity", "verdict", "site_id", "subject", "due_at", "decided_at")},
    "ordinal": TEXT, "accountable": MAYBE, "sentence": BOTH, "clauses": listed(closed({"document": TEXT, "clause": TEXT, "zh": TEXT, "en": TEXT})), "period": TEXT,
    "waived_by": MAYBE, "evidence": listed(closed({"record": TEXT, "key": TEXT, **PLACED["properties"]})), "why_not": {"anyOf": [BOTH, {"type": "null"}]},
    "explanation": {"anyOf": [EXPLANATION, {"type": "null"}]},
})  # fmt: skip


def outputs() -> dict[str, Schema]:
    """File name -> schema."""
    return {
        "diagnostics.json": _document("checker validate --format json", closed({"schema_version": VERSION, "problems": listed(PROBLEM)})),
        "test-results.json": _document(
            "checker test --format json",
            closed(
                {"schema_version": VERSION, "cases": COUNT, "passed": COUNT, "failed": listed(FAILED), "lacking": listed(LACKING), "mutation": MUTATION},
                optional=("mutation",),
            ),
        ),
        "alerts.json": _document("a line of checker watch, and of alerts.jsonl", ALERT),
        "explanation.json": _document("checker explain F-… --format json", EXPLAINED),
        "findings.json": _document("a line of checker export --format jsonl", closed({name: NEEDED.get(name, KINDS[kind]) for name, kind in COLUMNS.items()})),
    }


__all__ = ["BOTH", "COUNT", "DIALECT", "TEXT", "VERSION", "closed", "listed", "outputs"]
