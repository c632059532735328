"""Which record types and fields a policy needs to be judged, and which of them the files do not bring."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from checker.policy.conditions import Condition, Related, Shifted
from checker.policy.kinds import Base, FirstOf, Frequency
from checker.policy.over import in_order, levels, reads
from checker.policy.records import Amount, Difference, FirstField, FirstPresent, NumberIn, RecordType, Whole

ASIDE = ("accountable", "because", "points", "severity", "title", "source", "parameters")
"""Parts of a policy on which no verdict rests."""
PATHS = frozenset(
    "starts ends ends_by judged_at each_of subject group_by distinct mean_of sum_of over field days_of from_ to except_ name time ties "
    "after before for_period first_present same_as different_from first_of latest_of".split()
)
"""Keys that hold a field path where their value is a text."""
Have = Mapping[str, frozenset[str]]
"""The fields that files bring, by record type."""
FINDINGS = "finding"
"""What a policy over findings lacks where no policy that it reads has its evidence."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a policy lacks: whole record types, and fields of types that are there."""

    policy: str
    records: tuple[str, ...]
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def whole(self) -> bool:
        return not self.records and not self.fields


def evidence(policies: Sequence[Base], types: Mapping[str, RecordType], have: Have) -> tuple[Evidence, ...]:
    """What each policy lacks of record types and of their fields."""
    return _over_findings(policies, [Evidence(one.id, _unbrought(one, types, have), lacking(one, types, have)) for one in policies])


def without_records(policies: Sequence[Base], types: Mapping[str, RecordType], present: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The record types that policies lack, of those that lack any: without them nothing at all is judged."""
    found = _over_findings(policies, [Evidence(one.id, _unbrought(one, types, present)) for one in policies])
    return {one.policy: one.records for one in found if one.records}


def lacks(one: Evidence, types: Mapping[str, RecordType]) -> dict[str, Any]:
    """The same as plain data: fields with the headers by which a column is known for them."""
    fields = [{"record": record, "field": name, "columns": list(types[record].fields[name].columns)} for record, name in one.fields]
    return {"policy": one.policy, "missing_records": list(one.records), "missing_fields": fields}


def _unbrought(policy: Base, types: Mapping[str, RecordType], present: Collection[str]) -> tuple[str, ...]:
    return tuple(record for record in needed(policy, types) if not brought(record, types, present))


def _over_findings(policies: Sequence[Base], listed: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """A policy over findings has its evidence where one of those that it reads has."""
    found, known = {one.policy: one for one in listed}, levels(policies)
    for ladder in in_order(policies)[0]:
        if not any(found[one].whole for one in reads(ladder, known)):
            own = found[ladder.id]
            found[ladder.id] = replace(own, records=(*own.records, FINDINGS))
    return tuple(found.values())


def needed(policy: Base, types: Mapping[str, RecordType]) -> tuple[str, ...]:
    """The record types without which the policy cannot be judged: its own, and all it relates or refers to in a demand.

    A roster that only says who answers is not among them; a type that unfolds from another needs that other instead
    where it is absent (see `brought`).
    """
    found: dict[str, None] = {}
    own = subject_type(policy)
    found[own] = None
    for key in type(policy).model_fields:
        if key not in ASIDE:
            found |= dict.fromkeys(_records(getattr(policy, key)))
            found |= dict.fromkeys(_referred(getattr(policy, key), own, types))
    for record in tuple(found):
        if record in types and types[record].time:
            found |= dict.fromkeys(_along(str(types[record].time), record, types))
    return tuple(record for record in found if record in types)


def subject_type(policy: Base) -> str:
    """The record type that the obligations of a policy are about; empty for a policy over findings."""
    return str(getattr(policy, "for_each", "")) or str(getattr(getattr(policy, "share_of", None), "record", ""))


def brought(record: str, types: Mapping[str, RecordType], present: Collection[str]) -> bool:
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


# --- fields ----------------------------------------------------------------------------------------------------------


def lacking(policy: Base, types: Mapping[str, RecordType], have: Have) -> tuple[tuple[str, str], ...]:
    """(record type, field) that the policy reads and no file of that type brings. A field whose empty cell has a stated
    meaning is not among them; of alternatives the one that lacks least counts."""
    reading, own = _Reading(types, have), subject_type(policy)
    found: list[tuple[str, str]] = []
    for key in type(policy).model_fields:
        part = getattr(policy, key)
        if key == "covers" and part is not None and isinstance(policy, Frequency):
            found += [*reading.path(part.field, policy.expects.record), *reading.part(part.all_of, key, own)]
        elif key not in ASIDE:
            found += reading.part(part, key, own)
    if own in types:
        found += [*reading.part(types[own].void, "void", own), *reading.unfolded(types[own], getattr(policy, "where", None))]
    return tuple(dict.fromkeys(found))


class _Reading:
    """A walk over the parts of a policy that names the absent fields it comes by."""

    def __init__(self, types: Mapping[str, RecordType], have: Have) -> None:
        self.types, self.have = types, have

    def part(self, value: object, key: str, record: str) -> Iterator[tuple[str, str]]:
        match value:
            case Condition():
                yield from self._condition(value, record)
            case FirstOf(first_of=several) | FirstField(first_present=several):
                yield from self._least([self.part(one, key, record) for one in several if not self._absent(one)])
            case str() if key in PATHS:
                yield from self.path(value, record)
            case tuple():
                for one in value:
                    yield from self.part(one, key, record)
            case BaseModel():
                yield from self._model(value, record)

    def _model(self, value: BaseModel, record: str) -> Iterator[tuple[str, str]]:
        """A clause about another record type reads that; `match`, `after` and `before` tie it to ours."""
        theirs = str(getattr(value, "record", record))
        for key in type(value).model_fields:
            part = getattr(value, key)
            if key == "match":
                for their, our in part.items():
                    yield from (*self.path(their, theirs), *self.path(our, record))
            else:
                yield from self.part(part, key, record if key in ("after", "before") else theirs)

    def _condition(self, value: Condition, record: str) -> Iterator[tuple[str, str]]:
        fields = value.fields()
        for key, part in value.parts():
            if key not in fields:
                yield from self.part(part, key, record)
                continue
            yield from self.path(key, record)
            for _, operand in part.parts() if hasattr(part, "parts") else ():
                if isinstance(operand, Shifted):
                    yield from self.path(operand.field, record)
            for word in ("same_as", "different_from"):
                yield from self.part(getattr(part, word, None), word, record)

    def unfolded(self, kind: RecordType, where: Condition | None) -> Iterator[tuple[str, str]]:
        """Where no file brings a type that unfolds from another: the columns of the events that are asked for."""
        unfold = kind.unfold
        if unfold is None or kind.record in self.have:
            return
        test = where.fields().get("event_type") if where else None
        asked = {test, getattr(test, "is_", None), *(getattr(test, "one_of", None) or ())} - {None}
        for event, column in unfold.events.items():
            if not asked or event in asked:
                yield from self._field(unfold.record, column)

    def path(self, path: str, record: str) -> Iterator[tuple[str, str]]:
        *hops, last = path.split(".")
        for hop in hops:
            reference = self.types[record].references.get(hop) if record in self.types else None
            if reference is None:
                return
            yield from self._field(record, reference.by)
            record = reference.record
        yield from self._field(record, last)

    def _field(self, record: str, name: str) -> Iterator[tuple[str, str]]:
        spec = self.types[record].fields.get(name) if record in self.have else None
        if spec is None or name == "site_id":
            return
        if spec.derived is not None:
            yield from self._derived(spec.derived, record)
        elif spec.empty in ("unknown", "not yet") and name not in self.have[record]:
            yield record, name

    def _derived(self, spec: object, record: str) -> Iterator[tuple[str, str]]:
        match spec:
            case FirstPresent(first_present=several):
                yield from self._least([self._derived(one, record) for one in several])
            case Whole(whole=inner):
                yield from self._derived(inner, record)
            case Difference(difference=paths):
                for path in paths:
                    yield from self.path(path, record)
            case Amount(field=path) | NumberIn(number_in=path) | str(path):
                yield from self.path(path, record)

    def _absent(self, one: object) -> bool:
        return isinstance(one, Related) and one.record not in self.have

    def _least(self, several: list[Iterator[tuple[str, str]]]) -> tuple[tuple[str, str], ...]:
        return min((tuple(one) for one in several), key=len, default=())
