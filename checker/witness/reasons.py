"""The parts of an explanation that all kinds share: values in force with their source, tests, and records with their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from checker.calendars import to_date
from checker.force import choices, owner_id
from checker.policy.conditions import Condition, Related
from checker.policy.kinds import Base
from checker.policy.plain import plain
from checker.policy.records import RecordType
from checker.witness.clock import Step
from checker.witness.explanation import InForce, Involved, Tested
from checker.witness.facts import alone
from checker.witness.fields import Fields, Instant
from checker.witness.obligations import as_text
from checker.witness.records import SOURCE, Row
from checker.witness.related import Bounds, Clause, Match
from checker.witness.seen import Sight

RELATED = ("exists", "none_exists", "number_of", "sum", "mean_of")
BOUNDED = ("number_of", "sum", "mean_of")


def values(fields: Fields, record: str, sight: Sight, row: Row, at: Instant) -> tuple[InForce, ...]:
    """Every parameter that the policy reads, with its value in force and why it is that."""
    found = (_value(fields, owner, name, record, sight, row, at) for owner, name in fields.parameters())
    return tuple(one for one in found if one is not None)


def _value(fields: Fields, owner: Base | RecordType, name: str, record: str, sight: Sight, row: Row, at: Instant) -> InForce | None:
    spec = owner.parameters[name]
    if isinstance(owner, RecordType):
        record = owner.record
    for value, own in choices(owner, name, sight.place.site, sight.values_at, fields.policy):
        if value.when is not None and len(row) and fields.conditions.truth(record, value.when)(sight, row, at) is not True:
            continue
        source = value.source
        return InForce(
            owner_id(owner), name, plain(value.value), spec.unit, own, sight.place.site.profile.profile, source.document if source else None,
            source.clause if source else None, value.approved_by, value.from_.number if value.from_ else None, value.until.number if value.until else None,
            None if value.when is None else plain(value.when), sight.values_at,
        )  # fmt: skip
    return None


def checked(fields: Fields, record: str, part: str, condition: Condition | None, sight: Sight, row: Row, at: Instant, bounds: Bounds, path: str = "") -> Iterator[Tested]:
    """The tests of a condition in written order, with what was found."""
    for key, value in condition.parts() if condition else ():
        where = f"{path}.{key}" if path else key
        if key in ("all_of", "any_of"):
            for index, one in enumerate(value):
                yield from checked(fields, record, part, one, sight, row, at, bounds, f"{where}.{index}")
        elif key == "not":
            yield from checked(fields, record, part, value, sight, row, at, bounds, where)
        else:
            assert condition is not None
            written = alone(condition, key) if key in RELATED else Condition.model_validate({key: value})
            holds = fields.conditions.part(record, written).truth(sight, row, at, bounds)
            if isinstance(value, Related):
                matches = Clause(fields, record, value).rows(sight, row, at, bounds)
                yield Tested(part, where, holds, [sum(one.counts is True for one in matches), sum(one.counts is not False for one in matches)])
            else:
                yield Tested(part, where, holds, fields.cell(record, key)(sight, row, at), fields.type_of(record, key))


def related(fields: Fields, record: str, condition: Condition | None, sight: Sight, row: Row, at: Instant, bounds: Bounds) -> Iterator[Involved]:
    """The related records that a condition reads: those whose keys match, and whether they count."""
    for _, value in condition.parts() if condition else ():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Condition):
                yield from related(fields, record, one, sight, row, at, bounds)
            elif isinstance(one, Related):
                yield from involved(fields, sight, "related", one.record, Clause(fields, record, one).rows(sight, row, at, bounds))


def involved(fields: Fields, sight: Sight, role: str, record: str, matches: Iterable[Match]) -> Iterator[Involved]:
    """Related records as an explanation names them."""
    for one in matches:
        yield of_row(fields, sight, role, record, one.row, one.time, one.counts)


def of_row(fields: Fields, sight: Sight, role: str, record: str, row: Row, at: int | None, counts: Any = True) -> Involved:
    kind = fields.types[record]
    key = as_text([_said(row[fields.seen.columns[record][name]], kind.fields[name].type) for name in kind.key])
    cells = tuple((path, fields.cell(record, path)(sight, row, at)) for path in fields.read(record) if path != "site_id")
    return Involved(role, record, key, row[SOURCE], at, counts, cells)


def answer(sure: int | None, possible: int | None, due: int | None, covered_until: int) -> Step:
    """What came of what was to end it, and how late."""
    if sure is None:
        return Step("unanswered", {"possible": possible, "covered_until": covered_until})
    return Step("answered", {"at": sure, "late": None if due is None else sure - due})


def _said(value: Any, type_: str) -> Any:
    """A part of a key as people read it: dates written out."""
    return to_date(value).isoformat() if type_ == "date" and isinstance(value, int) else value


def once(found: Iterable[Involved]) -> tuple[Involved, ...]:
    """Each record once, by its first role."""
    kept: dict[tuple[str, str, Any], Involved] = {}
    for one in found:
        kept.setdefault((one.record, one.key, repr(one.source)), one)
    return tuple(kept.values())


def unmet(listed: Sequence[Tested], part: str) -> tuple[str, ...]:
    """The tests of a part that do not hold (of `forbidden`: those that do)."""
    return tuple(one.path for one in listed if one.part == part and (one.holds is True if part == "forbidden" else one.holds is not True))


__all__ = ["answer", "involved", "of_row", "once", "checked", "related", "unmet", "values"]
