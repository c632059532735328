"""Two runs side by side: the findings of both by fingerprint, those that differ or still stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import duckdb

from checker.compile.sql import name
from checker.finding import Finding

TIMES = ("occurred_at", "due_at", "decided_at")
FIELDS = tuple(one.name for one in fields(Finding))
Pair = tuple[Finding | None, Finding | None]


def pairs(before: Path | None, after: Path | None) -> Iterator[Pair]:
    """(finding of one run, of the other) wherever they are not the same verdict, or are violations in both; sorted by
    policy, site, subject and ordinal. A pass and what is no finding are taken for one. None: a run without findings."""
    sides = ", ".join(f'{side}.{name(one)} AS "{side}_{one}"' for side in ("a", "b") for one in FIELDS)
    order = ", ".join(f"coalesce(a.{one}, b.{one})" for one in ("policy", "site_id", "subject", "ordinal", "fingerprint"))
    sql = (
        f"SELECT {sides} FROM ({_side(before)}) a FULL JOIN ({_side(after)}) b ON a.fingerprint = b.fingerprint "
        f"WHERE (coalesce(a.verdict, 'pass') <> coalesce(b.verdict, 'pass')) OR (a.verdict = 'fail' AND b.verdict = 'fail') ORDER BY {order}"
    )
    there = [str(one / "findings.parquet") for one in (before or after, after or before) if one]
    with duckdb.connect() as db:
        cursor = db.execute(sql, there)
        while rows := cursor.fetchmany(10_000):
            for row in rows:
                yield _finding(row[: len(FIELDS)]), _finding(row[len(FIELDS) :])


def _side(run: Path | None) -> str:
    listed = ", ".join(f"epoch_us({one}) AS {one}" if one in TIMES else name(one) for one in FIELDS)
    return f"SELECT {listed} FROM read_parquet(?){'' if run else ' WHERE FALSE'}"


def _finding(row: tuple[object, ...]) -> Finding | None:
    return Finding(*row) if row[0] is not None else None  # type: ignore[arg-type]


def evidence(run: Path) -> dict[str, int]:
    """A number for the further evidence of each finding: equal where the same records, wherever they stand, were evidence."""
    sql = "SELECT fingerprint, hash(list(record || ':' || coalesce(\"key\", '') ORDER BY record, \"key\")) FROM read_parquet(?) GROUP BY 1"
    with duckdb.connect() as db:
        return dict(db.execute(sql, [str(run / "evidence.parquet")]).fetchall())


__all__ = ["Pair", "evidence", "pairs"]
