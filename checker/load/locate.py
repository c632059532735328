"""Where in a file, and in which model, a complaint of the models belongs.

A complaint names its place by keys, positions, and the tags of the alternatives that were chosen on the way. The
models' own annotations say which is which.
"""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, Discriminator, Tag

from checker.load.source import Path

Shape = Any
"""An annotation, with what it is annotated with."""


@dataclass(frozen=True, slots=True)
class Landing:
    """`path` in the file; `at_key` where the key itself is meant; `owner` the model that its last step is a key of."""

    path: Path
    at_key: bool
    owner: type[BaseModel] | None
    models: tuple[tuple[Path, type[BaseModel]], ...]
    """The models on the way, each with the path of what it describes."""
    shape: Shape = None
    """What stands at `path`."""


def land(root: Shape, loc: tuple[int | str, ...]) -> Landing:
    """Follow `loc` from `root`, passing over tags."""
    shape, owner = root, None
    path: Path = ()
    models: list[tuple[Path, type[BaseModel]]] = []
    for part in loc:
        if part == "[key]":
            return Landing(path, True, owner, tuple(models), shape)
        if (model := model_of(shape)) is not None:
            models.append((path, model))
        consumed, shape = advance(shape, part)
        if consumed:
            owner, path = model, (*path, part)
    if (model := model_of(shape)) is not None:
        models.append((path, model))
    return Landing(path, False, owner, tuple(models), shape)


def advance(shape: Shape, part: int | str) -> tuple[bool, Shape]:
    """(whether `part` is a step in the data, the shape after it)."""
    inner, notes = _bare(shape)
    origin, arguments = _origin(inner), typing.get_args(inner)
    if _is_union(origin):
        return False, _option([one for one in arguments if one is not type(None)], notes, part)
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return True, _field(inner, str(part))
    if origin is dict:
        return True, arguments[1]
    if origin in (tuple, list):
        fixed = origin is tuple and arguments[-1:] != (...,)
        return True, arguments[part] if fixed and isinstance(part, int) and part < len(arguments) else arguments[0]
    return isinstance(part, int), Any


def model_of(shape: Shape) -> type[BaseModel] | None:
    """The model that a shape stands for, where it is one."""
    inner, _ = _bare(shape)
    return inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None


def _origin(shape: Shape) -> Any:
    return typing.get_origin(shape)


def _is_union(origin: Any) -> bool:
    return origin is typing.Union or origin is types.UnionType


def _bare(shape: Shape) -> tuple[Shape, tuple[Any, ...]]:
    """A shape without its annotations and without `| None`, and the annotations."""
    notes: tuple[Any, ...] = ()
    while True:
        if _origin(shape) is typing.Annotated:
            notes += typing.get_args(shape)[1:]
            shape = typing.get_args(shape)[0]
            continue
        options = [one for one in typing.get_args(shape) if one is not type(None)] if _is_union(_origin(shape)) else []
        if len(options) != 1:
            return shape, notes
        shape = options[0]


def _option(options: list[Shape], notes: tuple[Any, ...], tag: int | str) -> Shape:
    """The alternative that a tag names; of alternatives without tags nothing more is known."""
    key = next((_key_of(note) for note in notes if _key_of(note)), None)
    for option in options:
        inner, inner_notes = _bare(option)
        if any(isinstance(note, Tag) and note.tag == tag for note in inner_notes):
            return option
        if isinstance(key, str) and model_of(inner) and tag in typing.get_args(inner.model_fields[key].annotation):
            return option
    return Any


def _key_of(note: Any) -> Any:
    return getattr(note, "discriminator", None)


@cache
def _fields(model: type[BaseModel]) -> dict[str, Shape]:
    """The keys of a model as they are written, with their shapes."""
    found = {}
    for name, field in model.model_fields.items():
        notes = [*field.metadata, *([field] if field.discriminator else [])]
        found[field.alias or name] = typing.Annotated[(field.annotation, *notes)] if notes else field.annotation
    return found


@cache
def _other(model: type[BaseModel]) -> Shape:
    """The shape of keys that the author chooses (field paths), for models that take them."""
    hint = typing.get_type_hints(model, include_extras=True).get("__pydantic_extra__") if model.model_config.get("extra") == "allow" else None
    return typing.get_args(hint)[1] if _origin(hint) is dict else Any


def _field(model: type[BaseModel], key: str) -> Shape:
    return _fields(model).get(key) or _other(model)


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys of a model as they are written."""
    return tuple(_fields(model))


def needed_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys that cannot be left out."""
    return tuple(field.alias or name for name, field in model.model_fields.items() if field.is_required())


def words_of(shape: Shape) -> tuple[str, ...]:
    """The words that a shape admits, where it lists them."""
    inner, _ = _bare(shape)
    return tuple(str(one) for one in typing.get_args(inner)) if _origin(inner) is typing.Literal else ()


__all__ = ["Discriminator", "Landing", "Shape", "advance", "keys_of", "land", "model_of", "needed_keys", "words_of"]
