"""A walk over the parts of a model, as they were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

Path = tuple[str | int, ...]


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every part of a model with its path as written, models before their parts."""
    waiting = [(path, value)]
    while waiting:
        here, part = waiting.pop()
        yield here, part
        if isinstance(part, BaseModel | Mapping | tuple):
            waiting += [((*here, key), inner) for key, inner in reversed(_parts(part))]


def _parts(value: BaseModel | Mapping[str, Any] | tuple[Any, ...]) -> list[tuple[str | int, Any]]:
    """What a model, a mapping or a list holds, by key as written."""
    if isinstance(value, tuple):
        return list(enumerate(value))
    if isinstance(value, Mapping):
        return list(value.items())
    fields, extra = type(value).model_fields, value.__pydantic_extra__ or {}
    known = [(fields[name].alias or name, getattr(value, name)) for name in value.model_fields_set if name in fields]
    return [*known, *((name, extra[name]) for name in value.model_fields_set if name in extra)]


__all__ = ["walk"]
