"""What ends a deadline: fields of the record, related records, the first or the latest of several (language §2, §7.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.compile.operands import constant
from checker.compile.related import Bounds, matches
from checker.compile.scope import Scope
from checker.compile.sql import Expr, either
from checker.policy.conditions import Related
from checker.policy.kinds import Deadline, FirstOf, LatestOf


@dataclass(frozen=True, slots=True)
class End:
    """An end as SQL: the definite instant, the earliest possible one, an own field that stands before the start,
    and the record types that would show it."""

    sure: str
    possible: str
    early: str
    sources: tuple[str, ...]


Looked = dict[tuple[str, str], tuple[str, list[str], list[str]]]
"""What related records are looked up: (source, keys) -> the join, what it gives, and which rows it looks at. Ends over the same records
share one join."""


def end_of(scope: Scope, policy: Deadline, end: object, start: str, looked: Looked | None = None) -> End:
    looked = {} if looked is None else looked
    match end:
        case str():
            return _own_end(scope, policy, end, start)
        case FirstOf(first_of=members):
            return _combined([end_of(scope, policy, one, start, looked) for one in members], "least")
        case LatestOf(latest_of=members):
            return _combined([end_of(scope, policy, one, start, looked) for one in members], "greatest")
        case Related():
            return _related_end(scope, end, start, looked)
    raise AssertionError(end)


def _own_end(scope: Scope, policy: Deadline, path: str, start: str) -> End:
    """A field of the record itself. Before the start it makes the verdict unknown, unless `early: counts`."""
    found = scope.field(path)
    at = scope.moment(path)
    record = scope.record
    for hop in path.split(".")[:-1]:
        record = scope.types[record].references[hop].record
    if policy.early:
        at = f"CASE WHEN {at} IS NOT NULL THEN greatest({at}, {start}) END"
    sure = f"CASE WHEN {at} >= {start} THEN {at} END"
    unknown = f"CASE WHEN {at} IS NULL AND NOT {found.later or 'FALSE'} THEN {start} END"
    return End(sure, f"coalesce({sure}, {unknown})", f"coalesce({at} < {start}, FALSE)", (record,))


def _related_end(scope: Scope, clause: Related, start: str, looked: Looked) -> End:
    """Related records from the start on: the first (or n-th) that counts, and the first that may."""
    found = matches(scope, clause, Bounds(lower=start))
    nth = "1" if clause.nth is None else constant(scope, Expr("", "count"), clause.nth).sql
    times = f"coalesce({found.time}, {start})"
    if clause.nth is None:
        pair = [f"min({found.time}) FILTER (WHERE {found.counts})", f"min({times}) FILTER (WHERE ({found.counts}) IS NOT FALSE)"]
    else:
        pair = [
            f"list_extract(list_sort(list({time}) FILTER (WHERE {test})), {nth})"
            for time, test in ((found.time, found.counts), (times, f"({found.counts}) IS NOT FALSE"))
        ]
    alias, given, may = looked.setdefault((found.source, found.keys), (f"end{len(scope.late)}", [], []))
    given += pair
    may.append(found.may)
    # Joined once, so that what it gives is computed once however often it is read.
    rows = f"FROM {found.source} WHERE {found.keys} AND ({either(may)})"
    scope.late[alias] = f"LEFT JOIN LATERAL (SELECT [{', '.join(given)}] AS given {rows}) {alias} ON TRUE"
    return End(f"{alias}.given[{len(given) - 1}]", f"{alias}.given[{len(given)}]", "FALSE", (clause.record,))


def _combined(ends: list[End], how: str) -> End:
    """The first of several (NULLs are passed over), or the latest (all must have come)."""
    sources = tuple(dict.fromkeys(source for end in ends for source in end.sources))
    early = " OR ".join(end.early for end in ends)
    sure = [end.sure for end in ends]
    possible = [end.possible for end in ends]
    if how == "least":
        return End(f"least({', '.join(sure)})", f"least({', '.join(possible)})", early, sources)
    all_sure = " AND ".join(f"{one} IS NOT NULL" for one in sure)
    all_possible = " AND ".join(f"{one} IS NOT NULL" for one in possible)
    return End(
        f"CASE WHEN {all_sure} THEN greatest({', '.join(sure)}) END",
        f"CASE WHEN {all_possible} THEN greatest({', '.join(possible)}) END",
        early, sources,
    )  # fmt: skip


def end_name(policy: Deadline) -> str:
    end = policy.ends
    while isinstance(end, FirstOf | LatestOf):
        end = end.first_of[0] if isinstance(end, FirstOf) else end.latest_of[0]
    return end if isinstance(end, str) else end.record


def flat(end: object) -> Iterator[object]:
    if isinstance(end, FirstOf | LatestOf):
        for one in end.first_of if isinstance(end, FirstOf) else end.latest_of:
            yield from flat(one)
    else:
        yield end


__all__ = ["End", "end_name", "end_of", "flat"]
