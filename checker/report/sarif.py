"""Problems and findings -> SARIF 2.1.0, which code hosts show at the line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from checker import __version__
from checker.errors import Where

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
TOOL = "service-standards-checker"


def log(rules: Mapping[str, Mapping[str, Any]], results: Iterable[Mapping[str, Any]]) -> str:
    """A log of one run. `rules` are by id, what is said of each beside its id; `results` name their `ruleId`."""
    numbers = {name: number for number, name in enumerate(rules)}
    listed = [{"ruleId": one["ruleId"], "ruleIndex": numbers[one["ruleId"]], **one} for one in results]
    return json.dumps(document(rules, listed), ensure_ascii=False, indent=2)


def document(rules: Mapping[str, Mapping[str, Any]], results: Sequence[Any], properties: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A log of one run as a value; `results` as they are."""
    driver = {"name": TOOL, "version": __version__, "rules": [{"id": name, **said} for name, said in rules.items()]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run | ({"properties": properties} if properties else {})]}


def locations(where: Where) -> Sequence[Mapping[str, Any]]:
    """The place of a problem or finding; none where it has no file."""
    if not where.file:
        return []
    place: dict[str, Any] = {"artifactLocation": {"uri": uri(where.file)}}
    if where.line:
        place["region"] = _region(where)
    found: dict[str, Any] = {"physicalLocation": place}
    if where.sheet:
        found["logicalLocations"] = [{"name": where.sheet, "kind": "member"}]
    return [found]


def _region(where: Where) -> Mapping[str, Any]:
    region: dict[str, Any] = {"startLine": where.line}
    if where.column:
        region |= {"startColumn": where.column, "endColumn": where.column + max(where.length, 1)}
    if where.excerpt:
        region["snippet"] = {"text": where.excerpt.rpartition("\n")[2]}
    return region


def uri(path: str) -> str:
    """A path as a reference that a URI may hold: relative ones stay relative, absolute ones begin with `file:///`."""
    plain = path.replace("\\", "/")
    drive = len(plain) > 1 and plain[1] == ":"
    return ("file://" + ("/" if drive else "") if drive or plain.startswith("/") else "") + quote(plain, safe="/:" if drive else "/")


__all__ = ["document", "locations", "log", "uri"]
