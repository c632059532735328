"""What is doubtful in finished tables: ends before starts, people whom the roster does not know."""

from __future__ import annotations

from collections.abc import Mapping

from duckdb import DuckDBPyConnection

from checker.errors import say
from checker.ingest.cast import name
from checker.ingest.finished import Finished
from checker.ingest.stage import Bad
from checker.policy.records import RecordType

EARLY = say("先后颠倒", "end before start")


def doubt(db: DuckDBPyConnection, types: Mapping[str, RecordType], done: Finished) -> None:
    """Add to the findings of quality what the finished tables show together."""
    for record in sorted(done.tables):
        _out_of_order(db, types[record], done)
    _unknown_people(db, types, done)


def _out_of_order(db: DuckDBPyConnection, kind: RecordType, done: Finished) -> None:
    """Rows of which an end stands before its start: doubtful data, never a violation by itself (language §6)."""
    lists = [*(kind.in_order or ()), *([(kind.active.from_, kind.active.to)] if kind.active and kind.active.to else [])]
    pairs = [(early, late) for names in lists for index, early in enumerate(names) for late in names[index + 1 :]]
    tests = [f"CASE WHEN {name(late)} < {name(early)} THEN {place} END" for place, (early, late) in enumerate(pairs)]
    if not tests:
        return
    rows = db.execute(
        f'SELECT "#file", "#row", first FROM (SELECT "#file", "#row", coalesce({", ".join(tests)}) AS first FROM {name(kind.record)}) '
        "WHERE first IS NOT NULL ORDER BY 1, 2"
    ).fetchall()
    for file, row, place in rows:
        early, late = pairs[place]
        titles = [kind.titled(one) for one in (late, early)]
        reason = say("「{a}」早于「{b}」", "{c} stands before {d}", a=titles[0].zh, b=titles[1].zh, c=titles[0].en, d=titles[1].en)
        done.quality.append(Bad(EARLY, file, row, late, "", reason))


def _unknown_people(db: DuckDBPyConnection, types: Mapping[str, RecordType], done: Finished) -> None:
    """Ids that the roster of people does not know: one finding an id and field."""
    people = [kind for kind in types.values() if kind.team and kind.record in done.tables]
    for roster in people:
        key = name(roster.subject[0])
        for record in sorted(done.tables):
            for reference in types[record].references.values():
                if reference.record != roster.record or record == roster.record:
                    continue
                column = name(reference.by)
                rows = db.execute(
                    f'SELECT min("#file"), min("#row"), {column}, count(*) FROM {name(record)} r WHERE {column} IS NOT NULL AND NOT EXISTS '
                    f"(SELECT 1 FROM {name(roster.record)} p WHERE p.{key} = r.{column}) GROUP BY {column} ORDER BY {column}"
                ).fetchall()
                for file, row, who, number in rows:
                    reason = say("花名册里没有这个人({n} 行)", "the roster does not know this person ({n} rows)", n=number)
                    done.quality.append(Bad(say("不认识的人员", "unknown staff"), file, row, reference.by, who, reason))


__all__ = ["EARLY", "doubt"]
