"""A run directory and its history -> figures, by the database over the Parquet files; the data is never read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from checker.calendars import audit_period, to_date
from checker.compile.sql import text
from checker.compile.waived import waivers_of
from checker.engines import totals
from checker.engines.failed import EARLIER, FAILED, violations
from checker.engines.found import names_of
from checker.engines.history import load_history, runs_of
from checker.figures import Dated, Figures, Key, Rated, Tallied
from checker.load import Book
from checker.load.kept import book_of_run
from checker.policy.over import proposes
from checker.policy.scoring import exact
from checker.policy.values import DAY, Instant
from checker.run import Run

LOOK_BACK = 90
"""Days in which a violation counts as repeated, where the profile says nothing."""


def read_figures(run: Run, book: Book, folders: Sequence[Path]) -> Figures:
    """The figures of a run; `folders` hold earlier runs and decisions. Raises CheckerError where a folder holds neither."""
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    load_history(db, folders)
    past, again = _earlier(run, runs_of(folders))
    dated = [(one.path.name, _dated(db, one, book_of_run(one))) for one in past]
    now = _dated(db, run, book)
    kinds = {policy.id: str(getattr(policy, "kind", "")) for policy in book.policies}
    return Figures(
        now, tuple(dated), again, _people(db, run), *totals.sizes(db), lambda: violations(db), totals.ranked(db), totals.again(db), *totals.heat(db, kinds),
        totals.near(db), totals.proposed(db), totals.let(db), totals.served(db),
        names_of(run),
    )  # fmt: skip


def _earlier(run: Run, runs: Sequence[Run]) -> tuple[list[Run], int]:
    """One run for each period that begins before this one's, the oldest first; and how many others there are of this one's."""
    own = audit_period(str(run.manifest["period"]))
    others = [one for one in runs if one.path.resolve() != run.path.resolve()]
    latest: dict[str, Run] = {}
    for one in others:
        latest.setdefault(str(one.manifest["period"]), one)
    firsts = {label: audit_period(label).first for label in latest}
    found = sorted((label for label in latest if firsts[label] < own.first), key=lambda label: (firsts[label], label))
    return [latest[label] for label in found], sum(str(one.manifest["period"]) == own.label for one in others)


def _dated(db: DuckDBPyConnection, run: Run, book: Book) -> Dated:
    """The counts of one run; leaves the tables `found` (its findings), `fail` (its violations), `counted` (its tally)."""
    _tables(db, run, book)
    return Dated(str(run.manifest["period"]), _counts(db), _rates(db, run), _tallied(db))


def _tables(db: DuckDBPyConnection, run: Run, book: Book) -> None:
    def source(name: str, more: str = "") -> str:
        return f"read_parquet({text(str(run.path / name))}{more})"

    db.execute(f"CREATE OR REPLACE TEMP VIEW found AS SELECT *, file_row_number AS place FROM {source('findings.parquet', ', file_row_number = true')}")
    db.execute(f"CREATE OR REPLACE TEMP VIEW counted AS SELECT * FROM {source('tally.parquet')}")
    db.execute(f"CREATE OR REPLACE TEMP VIEW proof AS SELECT * FROM {source('evidence.parquet')}")
    _fill(db, "proposing", "policy VARCHAR", [[policy.id] for policy in book.policies if proposes(policy)])
    _fill(db, "place", 'site VARCHAR, "on" DATE, back BIGINT, weighs DECIMAL(9,4), unscored VARCHAR[]', [_place(site, book) for site in run.summary["sites"]])
    _fill(db, "waiver", "said VARCHAR, until DATE", [[one.said, to_date(one.last)] for one in waivers_of(run.summary.get("waivers", ()))])
    db.execute(
        'CREATE OR REPLACE TEMP TABLE latest AS SELECT * FROM "#decision" QUALIFY row_number() OVER (PARTITION BY id ORDER BY coalesce("at", 0) DESC, "no" DESC) = 1'
    )
    db.execute(f"CREATE OR REPLACE TEMP TABLE fail AS {FAILED}")
    for column, which in (("repeat", "counts"), ("repeat_confirmed", "confirmed")):
        db.execute(f"CREATE OR REPLACE TEMP TABLE fail AS SELECT f.*, CASE WHEN f.{which} THEN coalesce(r.n, 1) ELSE 0 END AS {column} "
                   f"FROM fail f LEFT JOIN ({_numbered(db, which)}) r ON r.place = f.place ORDER BY f.place")  # fmt: skip
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE fail AS SELECT f.*, {_weighed('repeat')} AS weighed, {_weighed('repeat_confirmed')} AS weighed_confirmed "
        "FROM fail f JOIN place p ON p.site = f.site ORDER BY f.place"
    )


def _numbered(db: DuckDBPyConnection, which: str) -> str:
    """place -> the number of a violation among those of the same person and rule in the look-back of its site."""
    backs = [row[0] for row in db.execute("SELECT DISTINCT back FROM place ORDER BY 1").fetchall()]
    own = f"SELECT f.place, f.policy, f.site, f.accountable, f.moment FROM fail f WHERE f.{which} AND f.accountable IS NOT NULL AND f.moment IS NOT NULL"
    before = f"SELECT NULL, policy, site, accountable, moment FROM ({EARLIER}) WHERE accountable IS NOT NULL" + (" AND confirmed" if which == "confirmed" else "")
    same = "PARTITION BY a.policy, a.site, a.accountable ORDER BY a.moment"
    parts = [
        f"SELECT a.place, row_number() OVER ({same}, a.place NULLS FIRST) - count(*) OVER ({same} RANGE BETWEEN UNBOUNDED PRECEDING AND {back + 1} PRECEDING) AS n "
        f"FROM ({own} UNION ALL {before}) a JOIN place p ON p.site = a.site AND p.back = {back} QUALIFY a.place IS NOT NULL"
        for back in backs
    ]
    return " UNION ALL ".join(parts)


def _weighed(column: str) -> str:
    """What a violation deducts by its number among its like."""
    times = f"CASE WHEN list_contains(unscored, severity) THEN 0 WHEN {column} > 1 THEN weighs ELSE {column} END"
    return f"(points * {times})::DECIMAL(18,4)"


def _place(site: Mapping[str, Any], book: Book) -> list[object]:
    """A site, the last day of which its records speak, its look-back in microseconds, what a repeat weighs, and the severities that score nothing."""
    profile = book.profiles.get(site["profile"])
    scoring = profile.scoring if profile else None
    repeated = scoring.repeated if scoring else None
    unscored = [level for level, share in scoring.shares.items() if not exact(share)] if scoring else []
    as_of = Instant.parse(site["as_of"])
    weighs = repeated.weighs.value if repeated else 1
    return [site["site"], to_date((as_of.local - (as_of.offset or 0)) // DAY), (repeated.within.amount if repeated else LOOK_BACK) * DAY, float(weighs), unscored]


def _fill(db: DuckDBPyConnection, table: str, columns: str, rows: Iterable[list[object]]) -> None:
    db.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")
    for row in rows:
        db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def _counts(db: DuckDBPyConnection) -> dict[Key, dict[str, int]]:
    found: dict[Key, dict[str, int]] = {}
    for policy, site, verdict, number in db.execute(
        'SELECT policy, site_id, verdict, sum("count") FROM counted WHERE NOT nearest GROUP BY ALL ORDER BY ALL'
    ).fetchall():
        found.setdefault((policy, site), {})[verdict] = int(number)
    return found


def _rates(db: DuckDBPyConnection, run: Run) -> tuple[Rated, ...]:
    rows = db.execute(
        "SELECT r.policy, r.site_id, r.subject, r.ordinal, r.verdict, r.unit, r.numerator, r.denominator, r.target_n, r.target_d, "
        "coalesce(f.counts, FALSE), coalesce(f.confirmed, FALSE) FROM read_parquet(?) r LEFT JOIN fail f "
        "ON f.policy = r.policy AND f.site = r.site_id AND f.subject = r.subject AND f.ordinal = r.ordinal ORDER BY 1, 2, 4, 3",
        [str(run.path / "rates.parquet")],
    ).fetchall()
    return tuple(Rated(*(*row[:8], (row[8], row[9]), *row[10:])) for row in rows)


def _tallied(db: DuckDBPyConnection) -> dict[Key, Tallied]:
    rows = db.execute(
        "SELECT policy, site, count(*), count(*) FILTER (WHERE rejected AND NOT waived), count(*) FILTER (WHERE waived), count(*) FILTER (WHERE decided_on), "
        "count(*) FILTER (WHERE counts), count(*) FILTER (WHERE repeat > 1), sum(weighed), count(*) FILTER (WHERE confirmed), "
        "count(*) FILTER (WHERE repeat_confirmed > 1), sum(weighed_confirmed) FROM fail GROUP BY policy, site ORDER BY policy, site"
    ).fetchall()
    return {(row[0], row[1]): Tallied(*row[2:]) for row in rows}


def _people(db: DuckDBPyConnection, run: Run) -> dict[str, tuple[str | None, str | None]]:
    rows = db.execute("SELECT id, name, team_id FROM read_parquet(?) ORDER BY id", [str(run.path / "people.parquet")]).fetchall()
    return {row[0]: (row[1], row[2]) for row in rows}


__all__ = ["read_figures"]
