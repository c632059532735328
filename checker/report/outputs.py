"""JSON Schemas (draft-07) of what the checker prints as JSON: `schema_version` grows when one of them changes its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.finding import VERDICTS
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
        "findings.json": _document("a line of checker export --format jsonl", closed({name: NEEDED.get(name, KINDS[kind]) for name, kind in COLUMNS.items()})),
    }


__all__ = ["BOTH", "COUNT", "DIALECT", "TEXT", "VERSION", "closed", "listed", "outputs"]
