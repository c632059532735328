"""What ends a deadline: fields of the record, related records, the first or the latest of several (language §2, §7.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from checker.policy.conditions import Related
from checker.policy.kinds import Deadline, FirstOf, LatestOf
from checker.witness.fields import Fields
from checker.witness.records import Row
from checker.witness.related import Bounds, Clause, Match
from checker.witness.seen import LATER, Sight


class End(NamedTuple):
    """The definite end, the earliest possible one, whether a field of the record stands before the start, and the records that
    may have ended it."""

    sure: int | None
    possible: int | None
    early: bool = False
    found: tuple[tuple[str, Match], ...] = ()


NOTHING = End(None, None)
Ends = Callable[[Sight, Row, int], End]


def ends(fields: Fields, policy: Deadline, end: Any) -> tuple[Ends, tuple[str, ...]]:
    """(the end of a record that started at an instant, the record types that would show it)."""
    match end:
        case str():
            return _own(fields, policy, end)
        case FirstOf(first_of=members):
            return _several([ends(fields, policy, one) for one in members], first=True)
        case LatestOf(latest_of=members):
            return _several([ends(fields, policy, one) for one in members], first=False)
        case Related():
            return _related(fields, policy, end)
    raise AssertionError(end)


def _own(fields: Fields, policy: Deadline, path: str) -> tuple[Ends, tuple[str, ...]]:
    """A field of the record itself. Before the start it makes the verdict unknown, unless `early: counts`."""
    moment, record = fields.moment(policy.for_each, path), policy.for_each
    for hop in path.split(".")[:-1]:
        record = fields.types[record].references[hop].record

    def own(sight: Sight, row: Row, start: int) -> End:
        at = moment(sight, row, start)
        if at is LATER:
            return NOTHING
        if at is None:
            return End(None, start)
        if at < start:
            return End(start, start) if policy.early else End(None, None, True)
        return End(at, at)

    return own, (record,)


def _related(fields: Fields, policy: Deadline, written: Related) -> tuple[Ends, tuple[str, ...]]:
    """Related records from the start on: the first (or n-th) that counts, and the first that may."""
    clause, nth = Clause(fields, policy.for_each, written), fields.count(policy.for_each, written.nth, 1)

    def related(sight: Sight, row: Row, start: int) -> End:
        rows = clause.counting(sight, row, start, Bounds(lower=start))
        if not rows:
            return NOTHING
        number = nth(sight, row, start)
        sure = sorted(one.time for one in rows if one.counts is True and one.time is not None)
        possible = sorted(start if one.time is None else one.time for one in rows)
        return End(nth_time(sure, number), nth_time(possible, number), found=tuple((written.record, one) for one in rows))

    return related, (written.record,)


def flat(end: Any) -> Iterator[str | Related]:
    """The fields and related records among which an end chooses."""
    if isinstance(end, FirstOf | LatestOf):
        for one in end.first_of if isinstance(end, FirstOf) else end.latest_of:
            yield from flat(one)
    else:
        yield end


def nth_time(times: list[int], number: int | None) -> int | None:
    return times[number - 1] if number is not None and 0 < number <= len(times) else None


def _several(members: list[tuple[Ends, tuple[str, ...]]], first: bool) -> tuple[Ends, tuple[str, ...]]:
    """The first of several, or the latest (all must have come)."""
    asked = [one for one, _ in members]

    def several(sight: Sight, row: Row, start: int) -> End:
        found = [one(sight, row, start) for one in asked]
        if found.count(NOTHING) == len(found):
            return NOTHING
        sure, possible = _chosen([one.sure for one in found], first), _chosen([one.possible for one in found], first)
        return End(sure, possible, True in [one.early for one in found], tuple([each for one in found for each in one.found]))

    return several, tuple(dict.fromkeys(source for _, sources in members for source in sources))


def _chosen(times: list[int | None], first: bool) -> int | None:
    if not first:
        return None if None in times else max(times)  # type: ignore[type-var]
    return min([one for one in times if one is not None], default=None)


__all__ = ["End", "ends", "flat", "nth_time"]
