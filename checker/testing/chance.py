"""Random datasets made of the rows of a policy's cases and of the dictionary of their record types."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checker.policy.files import Case
from checker.policy.records import RecordType
from checker.testing.candidates import values
from checker.testing.edits import said
from checker.testing.world import Records

MOST, CHANGED = 6, 0.25
"""Rows of a type in one dataset, and how often a field of one is altered."""


def datasets(cases: Sequence[tuple[Case, Records]], types: Mapping[str, RecordType], words: frozenset[str], seed: str) -> Iterator[tuple[Case, Records]]:
    """Endless datasets, the same for the same seed. Rosters mostly stay whole, so that the rest finds its people and places."""
    chance = random.Random(seed)
    pool: dict[str, list[Mapping[str, Any]]] = {}
    for _, records in cases:
        for record, rows in records.items():
            known = pool.setdefault(record, [])
            known.extend(row for row in rows if row not in known)
    while True:
        case, records = chance.choice(cases)
        yield case, {record: _rows(types[record], rows, pool[record], words, chance) for record, rows in records.items()}


def _rows(kind: RecordType, rows: Sequence[Mapping[str, Any]], pool: Sequence[Mapping[str, Any]], words: frozenset[str], chance: random.Random) -> list[dict[str, Any]]:
    picked = list(rows) if kind.active or chance.random() < 0.3 else chance.choices(pool, k=chance.randint(0, MOST)) if pool else []
    altered = [_altered(kind, row, words, chance) for row in picked]
    return list({said([row.get(key) for key in kind.key]): row for row in altered}.values())


def _altered(kind: RecordType, row: Mapping[str, Any], words: frozenset[str], chance: random.Random) -> dict[str, Any]:
    """A row with some of the fields that the policy speaks of altered."""
    found = dict(row)
    for field, spec in kind.stored.items():
        if (field in words or field == kind.time) and chance.random() < CHANGED:
            found[field] = chance.choice([*values(spec, found.get(field)), found.get(field)])
    return {field: value for field, value in found.items() if value is not None}


__all__ = ["datasets"]
