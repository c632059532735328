"""Staged tables -> the tables that policies are judged on: names looked up, sites found, wall times given their zone,
keys made unique."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from duckdb import DuckDBPyConnection

from checker.ingest.doubts import doubt
from checker.ingest.finished import Finished
from checker.ingest.making import Maker, site_paths
from checker.ingest.sites import find_sites
from checker.ingest.stage import Stage
from checker.policy.records import RecordType


def finish(db: DuckDBPyConnection, types: Mapping[str, RecordType], stages: Sequence[Stage], zone: str) -> Finished:
    """Make the table of every record type that some file brings, referred types first."""
    done = Finished()
    for one in stages:
        done.rejects += one.bad
    by_record: dict[str, list[Stage]] = {}
    for one in stages:
        if one.found.kind is not None:
            by_record.setdefault(one.kind.record, []).append(one)
    find_sites(db, by_record, done, zone)
    disputed = set()
    for record in _ordered(by_record, types):
        if Maker(db, types, by_record, record, done).make():
            disputed.add(record)
    done.disputed, done.tables = frozenset(disputed), frozenset(by_record)
    doubt(db, types, done)
    return done


def _ordered(by_record: Mapping[str, Sequence[Stage]], types: Mapping[str, RecordType]) -> Iterator[str]:
    """Record types, those that others ask for their site or names first."""
    waiting = sorted(by_record)
    made: set[str] = set()
    while waiting:
        ready = [record for record in waiting if all(one in made or one not in by_record for one in _asks(types[record], by_record[record]))]
        for record in ready or waiting[:1]:
            yield record
            made.add(record)
            waiting.remove(record)


def _asks(kind: RecordType, stages: Sequence[Stage]) -> set[str]:
    hops = [path.partition(".")[0] for path in site_paths(kind) if "." in path]
    found = {kind.references[hop].record for hop in hops if hop in kind.references}
    for one in stages:
        found |= {column.lookup.record for column in one.found.columns if column.lookup}
    return found - {kind.record}


__all__ = ["Finished", "finish"]
