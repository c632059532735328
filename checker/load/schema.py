"""JSON Schemas of the files people write, in the dialect that editors read (draft-07)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checker.load import MODELS

DIALECT = "http://json-schema.org/draft-07/schema#"


def schemas() -> dict[str, dict[str, Any]]:
    """File name -> schema, for every format: `policies.json`, `records.json` …"""
    return {f"{form.partition('/')[0]}.json": schema(form) for form in MODELS}


def schema(form: str) -> dict[str, Any]:
    """The schema of one format. `format` is demanded, so that an editor offers it first."""
    made = _plain(MODELS[form].model_json_schema(by_alias=True, mode="validation"))
    assert isinstance(made, dict)
    made["$schema"] = DIALECT
    made["required"] = sorted({"format", *made.get("required", [])})
    made["properties"]["format"] = {"const": form}
    return dict(sorted(made.items()))


def _plain(node: Any, names: bool = False) -> Any:
    """Draft-07: `definitions` for `$defs`, no `discriminator`, no `null` beside a type, no Python defaults; alternatives
    may overlap (a ratio of sums has the form of a condition), and names are closed where a pattern says what they are.

    `names`: the keys of `node` are names of people's own, not words of the dialect.
    """
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node.replace("#/$defs/", "#/definitions/") if isinstance(node, str) else node
    if names:
        return {key: _plain(value) for key, value in node.items()}
    kept = {
        ("definitions" if key == "$defs" else key): _plain(value, key in ("properties", "$defs"))
        for key, value in node.items() if key not in ("discriminator", "title", "default")
    }  # fmt: skip
    if "oneOf" in kept:
        kept["anyOf"] = kept.pop("oneOf")
    if "prefixItems" in kept:
        kept["items"] = kept.pop("prefixItems")
    if "patternProperties" in kept:
        kept.setdefault("additionalProperties", False)
    if "$ref" in kept and len(kept) > 1:
        kept = {"allOf": [{"$ref": kept.pop("$ref")}], **kept}
    options = kept.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        rest = [one for one in options if one != {"type": "null"}]
        kept = {**{key: value for key, value in kept.items() if key != "anyOf"}, **(rest[0] if len(rest) == 1 else {"anyOf": rest})}
    return kept


def write_schemas(folder: Path, more: Mapping[str, dict[str, Any]]) -> list[Path]:
    """Write every schema, and `more` beside them; the paths written, sorted."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, made in sorted({**schemas(), **more}.items()):
        path = folder / name
        path.write_text(json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        written.append(path)
    return written
