"""Chinese names of columns and record types where a policy names them by code: which code was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from checker.errors import Problem, say
from checker.load.meant import listed
from checker.policy.records import RecordType

NAMED = re.compile(r"`([^`]*[\u4e00-\u9fff][^`]*)` (?:is not a name|cannot stand here)")
SEVERAL = 4


def called(problem: Problem, records: Mapping[str, RecordType]) -> Problem:
    """A problem of a name in Chinese, with the names that record types give to it."""
    found = NAMED.match(problem.what.en) if problem.id in ("name.form", "word.unknown") else None
    meant = _codes(tuple(records.values())).get(found[1].strip()) if found else None
    if not meant:
        return problem
    if len(meant) == 1:
        return replace(problem, fix=say("是不是 `{m}`?", "did you mean `{m}`?", m=meant[0]))
    return replace(problem, fix=say("是不是其中之一:{m}?", "did you mean one of {m}?", m=listed(meant[:SEVERAL])))


def _codes(records: tuple[RecordType, ...]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for name, code in _names(records):
        found.setdefault(name, {})[code] = None
    return {name: tuple(codes) for name, codes in found.items()}


def _names(records: tuple[RecordType, ...]) -> Iterator[tuple[str, str]]:
    """(what people call it, code) of record types and of their fields."""
    for record in records:
        yield record.title.zh, record.record
        yield from ((name.strip("*"), record.record) for name in record.files)
        for code, field in record.fields.items():
            if field.title:
                yield field.title.zh, code
            yield from ((column, code) for column in field.columns)


__all__ = ["called"]
