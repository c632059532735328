"""Which record types a policy needs to be judged, and which it reads when they are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from checker.policy.conditions import Condition, Related
from checker.policy.kinds import Base
from checker.policy.records import RecordType

RECORD_KEYS = ("for_each",)


def needed(policy: Base, types: Mapping[str, RecordType]) -> tuple[str, ...]:
    """The record types without which the policy cannot be judged: its own, and all it relates or refers to in a demand.

    A roster that only says who answers is not among them; a type that unfolds from another needs that other instead
    where it is absent (see `brought`).
    """
    found: dict[str, None] = {}
    own = str(getattr(policy, "for_each", "")) or str(getattr(getattr(policy, "share_of", None), "record", ""))
    found[own] = None
    for key in type(policy).model_fields:
        if key not in ("accountable", "because", "points", "severity", "title", "source", "parameters"):
            found |= dict.fromkeys(_records(getattr(policy, key)))
            found |= dict.fromkeys(_referred(getattr(policy, key), own, types))
    return tuple(record for record in found if record in types)


def brought(record: str, types: Mapping[str, RecordType], present: frozenset[str]) -> bool:
    """Whether rows of a type are there, or unfold from another that is."""
    unfold = types[record].unfold
    return record in present or (unfold is not None and unfold.record in present)


def _records(value: object) -> Iterator[str]:
    """The record types named anywhere inside a part of a policy."""
    if isinstance(value, tuple | list):
        for one in value:
            yield from _records(one)
    elif isinstance(value, BaseModel):
        record = getattr(value, "record", None)
        if isinstance(record, str):
            yield record
        for key in type(value).model_fields:
            yield from _records(getattr(value, key))
        for extra in (value.__pydantic_extra__ or {}).values():
            yield from _records(extra)


def _referred(value: object, record: str, types: Mapping[str, RecordType]) -> Iterator[str]:
    """The record types at the end of dotted paths in conditions."""
    if isinstance(value, tuple | list):
        for one in value:
            yield from _referred(one, record, types)
    elif isinstance(value, str) and "." in value and record in types:
        yield from _along(value, record, types)
    elif isinstance(value, Condition):
        for path in value.fields():
            yield from _along(path, record, types)
        for key, part in value.parts():
            if key in ("all_of", "any_of", "not"):
                yield from _referred(part, record, types)
    elif isinstance(value, Related) and value.where is not None:
        yield from _referred(value.where, value.record, types)


def _along(path: str, record: str, types: Mapping[str, RecordType]) -> Iterator[str]:
    for hop in path.split(".")[:-1]:
        reference = types[record].references.get(hop) if record in types else None
        if reference is None:
            return
        record = reference.record
        yield record
