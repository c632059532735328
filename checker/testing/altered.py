"""What a record type says for all policies about it, changed: what is void, what lapses, what its sites set.

No single policy answers for these, so the cases of all of them do, and only where all are at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from checker.errors import Where
from checker.load import Book
from checker.policy.files import Case
from checker.policy.records import RecordType
from checker.testing.batch import Judged, judge
from checker.testing.compare import differences
from checker.testing.edits import edited, record_edits
from checker.testing.fixtures import Suite, judged_record
from checker.testing.moves import moved
from checker.testing.world import World, world


@dataclass(frozen=True, slots=True)
class Altered:
    """A record type changed in one thing; or a parameter of it, as sites set it, moved by one unit (`shift`)."""

    kind: RecordType
    original: str
    where: Where
    name: str
    shift: tuple[str, int] | None = None


def noticed(suites: Sequence[Suite], book: Book) -> Iterator[tuple[Altered, bool]]:
    """Every change to the record types all of whose policies stand beside them and are tested by these files, and whether a
    case notices it."""
    for record in book.records:
        about = {policy.id for policy in book.policies if judged_record(policy) == record}
        own = [suite for suite in suites if judged_record(suite.policies[0]) == record]
        if about and about <= {suite.policies[0].id for suite in own} and _beside(record, about, book):
            yield from _tried(list(altered(record, own, book)), own, book)


def _beside(record: str, policies: Iterable[str], book: Book) -> bool:
    """Whether the record type is written in the folder of its policies or in one beside it: what others ship they test."""
    folder = Path(book.places["record", record].source.file).parent
    files = [Path(book.places["policy", one].source.file) for one in policies]
    return all(folder in file.parents or folder.parent in file.parents for file in files)


def _tried(changes: list[Altered], suites: Sequence[Suite], book: Book) -> Iterator[tuple[Altered, bool]]:
    for suite in suites:
        if not changes:
            return
        cases = [(case, world(suite.fixture, case, suite.policies, book)) for case in suite.fixture.cases]
        passing = [not _differs(case, one) for (case, _), one in zip(cases, judge([ready for _, ready in cases]), strict=True)]
        hit = [one for one in changes if _notices(one, [case for case, sound in zip(cases, passing, strict=True) if sound])]
        yield from ((one, True) for one in hit)
        changes = [one for one in changes if one not in hit]
    yield from ((one, False) for one in changes)


def altered(record: str, suites: Sequence[Suite], book: Book) -> Iterator[Altered]:
    """Every change to a record type that leaves it one."""
    spot = book.places["record", record]
    for edit in record_edits(spot.written):
        try:
            kind = RecordType.model_validate(edited(spot.written, edit.path, edit.value), by_alias=True, by_name=False)
        except ValidationError:
            continue
        name = ".".join(map(str, edit.shown))
        yield Altered(kind, record, spot.source.where((*spot.path, *edit.shown)), f"{name}: {edit.old} -> {edit.new}")
    layers = [layer.get(record, {}) for suite in suites for layer in (suite.fixture.records_set, *(case.records_set for case in suite.fixture.cases))]
    for name, spec in book.records[record].parameters.items():
        for by, word in ((-1, "one less"), (1, "one more")):
            if spec.set_by_site and any(moved(layer.get(name), by) is not None for layer in layers):
                where = spot.source.where((*spot.path, "parameters", name, "value"))
                yield Altered(book.records[record], record, where, f"parameters.{name}.value: set by site -> {word}", (name, by))


def _notices(one: Altered, cases: Sequence[tuple[Case, World]]) -> bool:
    """Whether one of these cases, which pass, no longer does, or the engine fails."""
    types: dict[int, dict[str, RecordType]] = {}
    try:
        judged = judge([_with(one, ready, types) for _, ready in cases])
    except Exception:
        return True
    return any(_differs(case, found) for (case, _), found in zip(cases, judged, strict=True))


def _with(one: Altered, ready: World, types: dict[int, dict[str, RecordType]]) -> World:
    """A world with the record type in the place of its own; worlds of the same types go on sharing them."""
    found = types.setdefault(id(ready.types), {**ready.types, one.original: one.kind})
    return replace(ready, types=found, sites=tuple(replace(site, profile=site.profile.model_copy(update={"set": _set(one, site.profile.set)})) for site in ready.sites))


def _set(one: Altered, settings: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    found = {name: dict(values) for name, values in settings.items()}
    if one.shift and one.shift[0] in found.get(one.original, {}):
        value = moved(found[one.original][one.shift[0]], one.shift[1])
        if value is not None:
            found[one.original][one.shift[0]] = value
    return found


def _differs(case: Case, judged: Judged) -> bool:
    return next(differences(case, judged), None) is not None


__all__ = ["Altered", "altered", "noticed"]
