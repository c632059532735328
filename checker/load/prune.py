"""What is left of a file without what is wrong in it: so that one mistake hides neither the next ones nor wrong names.

What the models refuse is taken out, or stood in for where it cannot be left out, and the rest is read again. What is
said then counts only where it does not follow from what was taken out.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError, WithJsonSchema
from pydantic.fields import FieldInfo

from checker.load.locate import Shape, model_of, needed_keys
from checker.load.meant import meant
from checker.load.problems import COMPLAINTS, Complaint, complaints_of, depends_on
from checker.load.source import REFUSED, Path, Source
from checker.load.wording import KIND_KEYS
from checker.policy.conditions import Condition, Test
from checker.policy.kinds import Policy, PolicyFile
from checker.policy.values import Duration, Scalar

ROUNDS, ENTRIES = 12, 300
"""A part is read again so often at most; of one file so many parts."""

REPAIRS: Mapping[str, Mapping[str, Any]] = {
    "requirement.demand": {"require": {"x": "x"}, "forbidden": None}, "requirement.ripens": {"starts": None, "within": None},
    "rate.target": {"at_least": "1 %", "at_most": None}, "frequency.measure": {"at_least": 1, "every": "month", "never_without_for": None},
    "parameter.value": {"value": "set by site", "values": None}, "case.as-of": {"as_of": "2026-10-31T24:00"},
}  # fmt: skip
"""What makes a model whole again that was refused as a whole; None takes a key out."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of the part of a file at `path`: its model (None: nothing), what was `lost`, and what else is wrong."""

    path: Path
    model: Any
    lost: frozenset[Path]
    complaints: tuple[Complaint, ...]


def rest_of(source: Source, model: type[BaseModel]) -> Iterator[Rest]:
    """What is left of a file, policy by policy where it holds policies."""
    if model is not PolicyFile:
        yield _Part(source, model, ()).rest(_adapter(model))
        return
    entries = source.data.get("policies")
    for index in range(min(len(entries), ENTRIES) if isinstance(entries, list) else 0):
        yield _Part(source, model, ("policies", index)).rest(_adapter(Policy))


@cache
def _adapter(of: Any) -> TypeAdapter[Any]:
    """Made once: it takes longer than a file."""
    return TypeAdapter(of)


class _Part:
    """A part of a file while it is read again and again. Paths are those of the file."""

    def __init__(self, source: Source, root: type[BaseModel], path: Path) -> None:
        self.source, self.root, self.path = source, root, path
        self.lost: set[Path] = set()
        self.guessed: set[Path] = set()
        self.data = deepcopy(source.value(path))

    def rest(self, adapter: TypeAdapter[Any]) -> Rest:
        if self.data is REFUSED:
            return Rest(self.path, None, frozenset(), ())
        self._without_refused(self.data, self.path)
        kept: list[Complaint] = []
        for _ in range(ROUNDS):
            try:
                made = adapter.validate_python(self.data, by_alias=True, by_name=False)
            except ValidationError as error:
                complaints = complaints_of(error, self.root, self.path)
                kept += [one for one in complaints if not self._follows(one)]
                if len(complaints) >= COMPLAINTS or not self._mended(complaints):
                    break
            else:
                return Rest(self.path, made, frozenset(self.lost), tuple(kept))
        return Rest(self.path, None, frozenset(self.lost), tuple(kept))

    # -- what only follows --------------------------------------------------------------------------------------------

    def _follows(self, one: Complaint) -> bool:
        """Whether a complaint comes of what was taken out before."""
        if any(one.path[: len(lost)] == lost for lost in self.lost):
            return True
        if keys := depends_on(one.kind):
            return any((*one.path, key) == lost[: len(one.path) + 1] for key in keys for lost in self.lost) or one.path in self.guessed
        if one.path[:-1] in self.guessed and one.kind in ("missing", "extra_forbidden"):
            return True
        return one.kind in ("condition.empty", "too_short") and any(lost[: len(one.path)] == one.path for lost in self.lost)

    # -- taking out ---------------------------------------------------------------------------------------------------

    def _without_refused(self, value: Any, path: Path) -> None:
        entries = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
        for step, part in entries:
            if part is REFUSED and isinstance(value, dict):
                del value[step]
                self.lost.add((*path, step))
            elif part is not REFUSED:
                self._without_refused(part, (*path, step))

    def _mended(self, complaints: list[Complaint]) -> bool:
        """Take out what is complained of; False where nothing can be done."""
        before = repr(self.data)
        for one in sorted(complaints, key=lambda one: len(one.path), reverse=True):
            self._mend(one)
        return repr(self.data) != before

    def _mend(self, one: Complaint) -> None:
        if one.kind == "too_short" and one.value:
            return
        if one.kind in REPAIRS:
            self._made_whole(one)
        elif one.kind in ("union_tag_invalid", "union_tag_not_found") and "kind" in str(one.facts.get("discriminator")):
            self._kind(one.path)
        elif one.path[: len(self.path)] == self.path and len(one.path) > len(self.path):
            self._out(one)

    def _made_whole(self, one: Complaint) -> None:
        entry = self._at(one.path)
        for key, value in REPAIRS[one.kind].items() if isinstance(entry, dict) else ():
            if value is None:
                entry.pop(key, None)
            else:
                entry[key] = deepcopy(value)
            self.lost.add((*one.path, key))

    def _kind(self, path: Path) -> None:
        """The kind that was meant, else the one that has most of the keys."""
        entry = self._at(path)
        if not isinstance(entry, dict):
            return
        near = meant(str(entry.get("kind", "")), KIND_KEYS)
        if not near:
            near = max(KIND_KEYS, key=lambda kind: len(set(entry) & set(KIND_KEYS[kind])))
            self.guessed.add(path)
        entry["kind"] = near
        self.lost.add((*path, "kind"))

    def _out(self, one: Complaint) -> None:
        """Take out the value complained of, or put something in its place that the models take."""
        holder, step = self._at(one.path[:-1]), one.path[-1]
        self.lost.add(one.path)
        needed = one.landing.owner is not None and step in needed_keys(one.landing.owner)
        if isinstance(holder, list) and isinstance(step, int) and step < len(holder):
            holder[step] = stand_in(one.landing.shape)
        elif isinstance(holder, dict) and needed and not one.landing.at_key and holder.get(str(step)) != (other := stand_in(one.landing.shape)):
            holder[str(step)] = other
        elif isinstance(holder, dict):
            holder.pop(step, None)

    def _at(self, path: Path) -> Any:
        found = self.data
        for step in path[len(self.path) :]:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found


# --- what stands in --------------------------------------------------------------------------------------------------


def stand_in(shape: Shape) -> Any:
    """A plain value that the models take for a shape."""
    origin: Any = typing.get_origin(shape)
    arguments = typing.get_args(shape)
    if origin is typing.Annotated:
        return _of_pattern(arguments[1:]) or _of_list(arguments[1:]) or stand_in(arguments[0])
    if origin is typing.Literal:
        return arguments[0]
    if origin is dict:
        return {}
    if origin is tuple:
        return [stand_in(one) for one in arguments if one is not ...]
    if arguments:
        options = [one for one in arguments if one is not type(None)]
        return Duration.example if Duration in options else next((1 for one in options if one is int and str not in options), stand_in(options[-1]))
    return _of_type(shape)


def _of_type(shape: Shape) -> Any:
    if (model := model_of(shape)) is not None:
        if model in (Condition, Test):
            return {"x": "x"} if model is Condition else {"present": True}
        return {key: stand_in(_annotation(model, key)) for key in needed_keys(model)}
    if isinstance(shape, type) and issubclass(shape, Scalar):
        return shape.example
    return {int: 1, bool: True}.get(shape, "x")


def _annotation(model: type[BaseModel], key: str) -> Shape:
    field = next(field for name, field in model.model_fields.items() if (field.alias or name) == key)
    return typing.Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation


def _of_list(notes: tuple[Any, ...]) -> str:
    """The first of the words that a note lists for editors, where there is one."""
    schemas = [note.json_schema or {} for note in notes if isinstance(note, WithJsonSchema)]
    return next((str(option["enum"][0]) for one in schemas for option in one.get("anyOf", []) if "enum" in option), "")


def _of_pattern(notes: tuple[Any, ...]) -> str:
    """A name that fits the pattern among the notes, where there is one."""
    patterns = [pattern for note in notes for one in (note.metadata if isinstance(note, FieldInfo) else [note]) if (pattern := getattr(one, "pattern", None))]
    return next((word for word in ("x", "x.x") for pattern in patterns if re.fullmatch(pattern, word)), "")


__all__ = ["Rest", "rest_of", "stand_in"]
