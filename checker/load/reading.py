"""One file -> its model, or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from checker.errors import Problem, Where, say, system
from checker.load import strict
from checker.load.meant import listed, meant
from checker.load.problems import COMPLAINTS, Complaint, complaints_of, problems_of
from checker.load.prune import rest_of
from checker.load.source import REFUSED, Source
from checker.policy.files import FORMATS
from checker.policy.kinds import Base, PolicyFile

MODELS: dict[str, type[BaseModel]] = {"policies/1": PolicyFile, **FORMATS}


PRUNED: Mapping[str, tuple[str, ...]] = {"records/1": ("fields", "references"), "profiles/1": ("set",)}
"""Entries without which the rest of a file can still be held against the others."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file as read. `model` is None where it has problems.

    Then `policies` by position and `sound` are what is left of it: without what is wrong in them (`source.lost`), and a
    model without its `left_out` entries.
    """

    source: Source
    model: Any = None
    policies: dict[int, Base] = field(default_factory=dict)
    format: str = ""
    sound: Any = None
    left_out: tuple[str, ...] = ()


def read(path: Path) -> Loaded:
    """Read a file by the format that it names in its first key. Nothing is raised."""
    name = path.as_posix()
    try:
        if path.stat().st_size > 10 * strict.BYTES:
            return _oversized(name, path.stat().st_size)
        raw = path.read_bytes()
    except OSError as error:
        what = say("打不开:{z}", "it cannot be opened: {e}", z=system(error).zh, e=system(error).en)
        return Loaded(Source(name, ("",), problems=(Problem(Where(name), "file.unreadable", what, say("检查路径和权限", "look at its path and permissions")),)))
    return understood(strict.read(raw, name))


def _oversized(name: str, size: int) -> Loaded:
    what = say("文件有 {n} 字节,上限是 {m}", "the file has {n} bytes; the limit is {m}", n=size, m=strict.BYTES)
    return Loaded(Source(name, ("",), problems=(Problem(Where(name), "file.large", what, say("分成几个文件", "split it into several files")),)))


def understood(source: Source) -> Loaded:
    """The model of a file whose text has been read."""
    if source.place is None:
        return Loaded(source)
    named, problem = _format(source)
    model = MODELS.get(named)
    if model is None:
        return Loaded(_with(source, problem), format=named)
    assert isinstance(source.data, dict)
    complaints: list[Complaint] = []
    made = None
    try:
        made = model.model_validate(source.data, by_alias=True, by_name=False)
    except ValidationError as error:
        complaints = complaints_of(error, model)
    if made is not None and not source.problems:
        return Loaded(source, made, dict(enumerate(made.policies)) if isinstance(made, PolicyFile) else {}, named)
    return _in_part(source, model, named, complaints)


def _in_part(source: Source, model: type[BaseModel], named: str, complaints: list[Complaint]) -> Loaded:
    """A file that has problems: all of them, and what of it can be held against the other files."""
    if len(complaints) >= COMPLAINTS:
        return Loaded(_with(source, problems_of(complaints, source)), format=named)
    rests = list(rest_of(source, model))
    told = {(one.kind, one.path) for one in complaints}
    later = [one for rest in rests for one in rest.complaints if (one.kind, one.path) not in told]
    found = _with(source, problems_of([*complaints, *later], source))
    found = replace(found, lost=frozenset(path for rest in rests for path in rest.lost))
    if model is PolicyFile:
        return Loaded(found, None, {int(rest.path[1]): rest.model for rest in rests if rest.model is not None}, named)
    if named in PRUNED:
        sound, left_out = _pruned(found, model, named, complaints)
        return Loaded(found, None, {}, named, sound, left_out)
    return Loaded(found, None, {}, named, rests[0].model if rests else None)


def _pruned(source: Source, model: type[BaseModel], named: str, complaints: Sequence[Complaint]) -> tuple[Any, tuple[str, ...]]:
    """The model without the entries that have problems, and their names; None where it cannot be without them."""
    if named not in PRUNED or source.partial:
        return None, ()
    data, left_out = dict(source.data), []
    for section in PRUNED[named]:
        entries = data.get(section)
        if isinstance(entries, dict):
            spoilt = {one.path[1] for one in complaints if one.path[:1] == (section,) and len(one.path) > 1}
            spoilt |= {name for name, entry in entries.items() if _refused(entry)}
            data[section] = {name: entry for name, entry in entries.items() if name not in spoilt}
            left_out += [str(name) for name in spoilt]
    for one in complaints:
        if one.kind == "extra_forbidden" and len(one.path) == 1:
            data.pop(str(one.path[0]), None)
    if _refused(data):
        return None, ()
    try:
        return model.model_validate(data, by_alias=True, by_name=False), tuple(sorted(left_out))
    except ValidationError:
        return None, ()


def _with(source: Source, problems: list[Problem]) -> Source:
    return replace(source, problems=(*source.problems, *problems))


def _refused(value: Any) -> bool:
    """Whether any part of a value was refused."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value is REFUSED or any(_refused(one) for one in inner)


def _format(source: Source) -> tuple[str, list[Problem]]:
    """The format that a file names, and what is wrong with how it does."""
    known = listed(list(MODELS))
    if not isinstance(source.data, dict) or "format" not in source.data:
        what = say("没有写 `format`", "`format` is missing")
        fix = say("第一行写 `format: …`,可写 {k}", "begin the file with `format: …`; there are {k}", k=known)
        missing = Problem(source.where(()), "format.missing", what, fix)
        return "", [] if source.partial or source.data is REFUSED else [missing]
    named = source.data["format"]
    if named is REFUSED or (isinstance(named, str) and named in MODELS):
        return str(named), []
    word = str(named) if isinstance(named, str | int) else "…"
    near = meant(word, MODELS) or next((one for one in MODELS if one.split("/")[0] == word.split("/")[0].strip("s") + "s"), "")
    fix = say("是不是 `{m}`?", "did you mean `{m}`?", m=near) if near else say("写 {k} 之一", "write one of {k}", k=known)
    what = say("没有 `{f}` 这种格式", "there is no format `{f}`", f=word[:40])
    return word, [Problem(source.where(("format",)), "format.unknown", what, fix)]
