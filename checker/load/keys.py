"""The table of every key of every format, made from the models: `python -m checker.load.keys`."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from checker.load import MODELS
from checker.policy.values import Scalar

HEAD = """# Every key of every format

Made from the models by `python -m checker.load.keys > docs/keys.md`; a test holds it against them. `[]` is a list, `{}` keys of your
own choosing, and *needed* means that there is no default. What a key means stands in the docstring of its model, and in the
description that the JSON Schemas in `schemas/` carry into an editor.
"""


def document() -> str:
    """The whole page."""
    parts = [HEAD]
    seen: set[type[BaseModel]] = set()
    for form, model in MODELS.items():
        parts.append(f"\n## `format: {form}`\n")
        for one in _reachable(model):
            if one not in seen:
                seen.add(one)
                parts.append(_table(one))
    return "\n".join(parts)


def _table(model: type[BaseModel]) -> str:
    lines = [f"### {_words(model.__name__)}\n", _described(model), "", "| key | takes | default |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        default = "needed" if field.is_required() else "" if field.default in (None, ()) or field.default_factory else f"`{field.default}`"
        lines.append(f"| `{field.alias or name}` | {_type(field.annotation)} | {default} |")
    if "__pydantic_extra__" in model.__annotations__:
        lines.append("| a field path | what it must be | |")
    return "\n".join(lines) + "\n"


def _described(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split()) if model.__doc__ and "BaseModel" not in model.__doc__ else ""


def _words(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def _type(annotation: Any) -> str:
    """An annotation as people say it."""
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return ", ".join(f"`{str(one).lower() if isinstance(one, bool) else one}`" for one in inside)
    if origin is typing.Annotated:
        return _type(inside[0])
    if origin is tuple:
        return _type(inside[0]) + " []" if inside[-1] is Ellipsis else " and ".join(_type(one) for one in inside)
    if origin is list:
        return _type(inside[0]) + " []"
    if origin is dict:
        return _type(inside[1]) + " {}"
    if inside:
        return " or ".join(dict.fromkeys(_type(one) for one in inside if one is not type(None)))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{_words(annotation.__name__)}](#{_words(annotation.__name__).replace(' ', '-')})"
    if isinstance(annotation, type) and issubclass(annotation, Scalar):
        return f"{annotation.en} (`{annotation.example}`)"
    return {"str": "text", "int": "a whole number", "bool": "`true` or `false`"}.get(getattr(annotation, "__name__", ""), "any value")


def _reachable(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The model and every model inside it, in order of appearance."""
    found: dict[type[BaseModel], None] = {}
    waiting = [model]
    while waiting:
        one = waiting.pop(0)
        if one in found:
            continue
        found[one] = None
        one.model_rebuild()
        annotations = [field.annotation for field in one.model_fields.values()]
        waiting += [inner for annotation in annotations for inner in _models(annotation)]
    yield from found


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for one in typing.get_args(annotation):
        yield from _models(one)


if __name__ == "__main__":
    print(document(), end="")
