"""The engine of record: runs a plan in DuckDB over the tables that ingest made.

Leaves `finding` (all but passes, passes too when kept), `evidence`, `tally`, `nearest` (passes), `rated` (every rate).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import duckdb
from duckdb import DuckDBPyConnection

from checker.calendars import outside_calendar
from checker.compile.common import team_sql
from checker.compile.ladder import IDENTITY
from checker.compile.lengths import OUTSIDE
from checker.compile.prepare import own_time
from checker.compile.sql import name
from checker.compile.waived import waived_sql
from checker.engines.judging import RESULT, Judging, Options
from checker.plan import FAIL, Audit, Plan, Table
from checker.policy.records import RecordType

STORED = {
    "instant": "BIGINT", "date": "INTEGER", "count": "BIGINT", "decimal": "DECIMAL(18,4)", "duration": "BIGINT",
    "flag": "BOOLEAN", "list": "VARCHAR[]", "share": "DECIMAL(18,9)",
}  # fmt: skip
FEW = 200_000
"""Up to so many rows in all, every scan is computed once and kept: planning it costs more than its rows."""
HISTORY = {
    "#finding": "age BIGINT, policy VARCHAR, site VARCHAR, team_id VARCHAR, accountable VARCHAR, subject VARCHAR, ordinal VARCHAR, moment BIGINT, "
    "fingerprint VARCHAR, record VARCHAR",
    "#decision": 'id VARCHAR, decision VARCHAR, "at" BIGINT, "no" BIGINT, "by" VARCHAR, reason VARCHAR, until DATE',
}
"""Violations of earlier runs, the latest run of age 1, and what people decided: `id` is 12 digits of a fingerprint."""
Timer = Callable[[str], None]


def run_plan(db: DuckDBPyConnection, audit: Audit, plan: Plan, options: Options, timer: Timer = lambda stage: None) -> None:
    """Execute the plan. The connection holds a table for each record type that files brought. Raises CheckerError where a
    day is counted of which no work calendar speaks."""
    _missing_tables(db, audit)
    for table in plan.tables:
        create_table(db, table)
    few = sum(audit.sizes.values()) <= FEW
    for view in plan.views:
        kind = "TEMP TABLE" if view.stored or (few and view.often) else "VIEW"
        with _counting(tuple(one.id for one in audit.policies if view.name.startswith(f"{one.id} "))):
            db.execute(f"CREATE {kind} {name(view.name)} AS {view.sql}")
    _results(db)
    timer("prepare")
    for unit in plan.units if not few else (replace(one, stored=True) for one in plan.units):
        with _counting(unit.policies):
            Judging(db, audit, unit, options).all()
        timer(unit.name)
    _finish(db, audit)
    timer("order")


@contextmanager
def _counting(policies: Sequence[str]) -> Iterator[None]:
    """What these policies count. Raises CheckerError for a day of which no work calendar speaks."""
    try:
        yield
    except duckdb.Error as error:
        day = re.search(re.escape(OUTSIDE) + r"(-?[0-9]+)", str(error))
        if day:
            raise outside_calendar(int(day[1]), policies) from error
        raise


def _missing_tables(db: DuckDBPyConnection, audit: Audit) -> None:
    """A record type that no file brings is an empty table, so that references to it find nothing."""
    there = {row[0] for row in db.execute("SELECT table_name FROM information_schema.tables").fetchall()}
    for record, kind in audit.types.items():
        if record not in there:
            db.execute(f"CREATE TABLE {name(record)} ({record_columns(kind)})")
    for table, columns in HISTORY.items():
        if table not in there:
            db.execute(f"CREATE TABLE {name(table)} ({columns})")


def record_columns(kind: RecordType) -> str:
    """The column definitions of a record type's table."""
    stored = [f"{name(field)} {STORED.get(spec.type, 'VARCHAR')}" for field, spec in kind.stored.items()]
    return ", ".join([*stored, '"#site" VARCHAR', '"#file" INTEGER', '"#row" BIGINT', '"#disputed" BOOLEAN'])


def create_table(db: DuckDBPyConnection, table: Table) -> None:
    columns = ", ".join(f"{name(column)} {kind}" for column, kind in table.columns.items())
    db.execute(f"CREATE TEMP TABLE {name(table.name)} ({columns})")
    if table.rows:
        lists = [list(column) for column in zip(*table.rows, strict=True)]
        casts = ", ".join(f"unnest(?::{kind}[])" for kind in table.columns.values())
        db.execute(f"INSERT INTO {name(table.name)} SELECT {casts}", lists)


def _results(db: DuckDBPyConnection) -> None:
    columns = ", ".join(f"{name(column)} {kind}" for column, kind in RESULT.items())
    for table in ("hit", "near", "rated"):
        db.execute(f"CREATE TEMP TABLE {table} ({columns})")
    db.execute(
        'CREATE TEMP TABLE counted (policy VARCHAR, site VARCHAR, accountable VARCHAR, "day" BIGINT, "hour" BIGINT, v TINYINT, n BIGINT, moment BIGINT)'
    )
    db.execute("CREATE TEMP TABLE not_due (policy VARCHAR, reason VARCHAR, n BIGINT)")
    db.execute('CREATE TEMP TABLE proof (hit BIGINT, record VARCHAR, "key" VARCHAR, file INTEGER, "row" BIGINT)')


def _finish(db: DuckDBPyConnection, audit: Audit) -> None:
    """Teams, fingerprints, who waived what, and a total order."""
    team, team_at = team_sql(audit, "h", "coalesce(h.decided, s.as_of - 1)"), team_sql(audit, "c", "c.moment")
    for table, source, without in (("finding", "hit", "(version_of, \"offset\")"), ("nearest", "near", "(version_of)")):
        db.execute(
            f"CREATE TEMP TABLE {table} AS SELECT h.* EXCLUDE {without}, h.rowid AS hit, {team[0]} AS team, {IDENTITY} AS fingerprint, "
            f"CASE WHEN h.v = {FAIL} THEN {waived_sql(audit, 'h')} END AS waived_by FROM {source} h "
            f'JOIN "_site" s ON s.site = h.site {team[1]} ORDER BY h.policy, h.site, h.subject, h.ordinal, h.file, h."row"'
        )
    db.execute(
        f'CREATE TEMP TABLE tally AS SELECT c.policy, c.site, {team_at[0]} AS team, c.accountable, c."day", c."hour", c.v, '
        f'sum(c.n)::BIGINT AS n FROM counted c {team_at[1]} GROUP BY ALL'
    )
    db.execute(
        'CREATE TEMP VIEW evidence AS SELECT DISTINCT f.fingerprint, p.record, p."key", p.file, p."row" FROM proof p JOIN finding f ON f.hit = p.hit'
    )


def hidden(db: DuckDBPyConnection, audit: Audit, records: frozenset[str]) -> list[tuple[int, int]]:
    """(file, rows) that lie after as-of and are therefore not seen."""
    found = []
    for record in sorted(records):
        parent, time = own_time(audit.types, audit.types[record])
        if time:
            found += db.execute(
                f'SELECT r."#file", count(*) FROM {name(record)} r JOIN "_site" s ON s.site = r."#site"{parent} '
                f"WHERE {time} > s.as_of GROUP BY 1 ORDER BY 1"
            ).fetchall()
    return found
