"""The JSON Schemas that editors use: draft-07, true of every file that is accepted, false of the plainest mistakes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from checker.load.schema import schemas
from checker.load.strict import read

ROOT = Path(__file__).parent.parent
BOOK = ROOT / "fixtures" / "refused" / "book"
SCHEMAS = schemas()


def accepted() -> list[Path]:
    return sorted(
        path for folder in ("policies", "fixtures/refused/book", "examples", "fixtures/telephone", "fixtures/visit")
        for path in (ROOT / folder).rglob("*.yaml")
    )  # fmt: skip


def errors_of(text: str) -> list[str]:
    """What an editor would underline, by the schema that the file's format names."""
    data: Any = read(text, "x.yaml").data
    return [error.message for error in Draft7Validator(SCHEMAS[data["format"].split("/")[0] + ".json"]).iter_errors(data)]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_schema_is_draft_07_without_what_editors_do_not_know(name: str) -> None:
    Draft7Validator.check_schema(SCHEMAS[name])
    text = repr(SCHEMAS[name])
    assert not [word for word in ("$defs", "'discriminator'", "'oneOf'", "'null'", "prefixItems") if word in text]


@pytest.mark.parametrize("path", accepted(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_that_is_accepted_fits_its_schema(path: Path) -> None:
    assert errors_of(path.read_text(encoding="utf-8")) == []


POLICY = (BOOK / "policies.yaml").read_text(encoding="utf-8")
REQUIREMENT = """format: policies/1
policies:
- id: own.one
  standard: own.one
  title: {zh: 一, en: One}
  source: [{document: basic-rules, clause: "1"}]
  severity: {level: minor, reason: {zh: 一, en: one}}
  parameters: {limit: {unit: rings, value: 2}}
  kind: requirement
  for_each: call
  require: {outcome: answered}
"""
RATIO = POLICY.replace("that: {exists:", "that: {sum_of: price, over: price} #")


@pytest.mark.parametrize(
    "text",
    [
        POLICY.replace("kind: rate", "kind: ratte"), POLICY.replace("per: month", "every: month"), POLICY.replace("  group_by: [site_id]\n", ""),
        POLICY.replace("level: minor", "level: mayor"), POLICY.replace("min_rate:", "Min Rate:", 1), POLICY.replace("share_of: {record: ticket", "share_of: {rekord: ticket"),
        POLICY.replace("clause: \"1.2\"", "clause: 12"), (BOOK / "call.yaml").read_text().replace("type: flag", "type: bool"),
        (BOOK / "profile.yaml").read_text().replace("windows:", "window:"),
        POLICY.replace("per: month", "per: month\n  counted_until: 3 days"), POLICY.replace("per: month", "per: month\n  min_sample: ten"),
        POLICY.replace("at_least: $min_rate", "at_most: 5 %\n  at_least: $min_rate"), POLICY.replace("  at_least: $min_rate\n", ""),
        POLICY.replace("clause: \"1.2\"", 'clause: " "'), re.sub(r"zh: [^,]+,", 'zh: "",', POLICY, count=1),
        REQUIREMENT.replace("require:", "forbidden: {outcome: missed}\n  require:"), REQUIREMENT.replace("  require: {outcome: answered}\n", ""),
        REQUIREMENT.replace("  require:", "  starts: answered_at\n  require:"), REQUIREMENT.replace("value: 2", "value: 2, values: [{value: 3}]"),
    ],
)  # fmt: skip
def test_a_plain_mistake_does_not_fit(text: str) -> None:
    assert text not in (POLICY, REQUIREMENT, (BOOK / "call.yaml").read_text(), (BOOK / "profile.yaml").read_text())
    assert errors_of(text)


def test_the_pattern_of_these_mistakes_is_no_mistake() -> None:
    assert errors_of(REQUIREMENT) == []
    assert errors_of(REQUIREMENT.replace("  require:", "  starts: answered_at\n  within: 3 calendar days\n  require:")) == []


def test_a_ratio_of_sums_is_not_taken_for_a_condition() -> None:
    assert errors_of(RATIO) == []
