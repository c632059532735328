"""Runs a world of the reference evaluator through the plan and DuckDB, and gives findings of the same shape."""

from __future__ import annotations

from typing import Any

import duckdb

from checker.calendars import Span, day_start, to_utc
from checker.compile import compile_audit
from checker.compile.sql import name
from checker.engines.duckdb import HISTORY, record_columns, run_plan
from checker.engines.judging import Options
from checker.finding import VERDICTS
from checker.plan import Audit, Site
from checker.policy.files import Profile
from checker.policy.values import DAY
from tests.reference import World

COLUMNS = 'policy, site, subject, ordinal, v, measured, "limit", due, decided, accountable, team, disputed, field, note'


def run_engine(world: World, at_once: int = 1_000_000) -> list[dict[str, Any]]:
    """Every reported finding, passes too, as plain dictionaries; so many records judged at once."""
    with duckdb.connect() as db:
        db.execute("SET threads = 1")
        audit = audit_of(world)
        _fill(db, world)
        _history(db, world)
        run_plan(db, audit, compile_audit(audit), Options(keep_passes=True, at_once=at_once))
        rows = db.execute(f"SELECT {COLUMNS} FROM finding").fetchall()
    return [_finding(row) for row in rows]


def _finding(row: tuple[Any, ...]) -> dict[str, Any]:
    keys = ("policy", "site", "subject", "ordinal", "verdict", "measured", "limit", "due_at", "decided_at", "accountable", "team",
            "disputed", "field", "note")  # fmt: skip
    found = dict(zip(keys, row, strict=True))
    found["verdict"] = VERDICTS[found["verdict"] - 1]
    return found


def audit_of(world: World) -> Audit:
    """The audit that a world describes: one profile a site, made of its values and windows."""
    first, until = world.period
    sites = tuple(_site(world, site, zone) for site, zone in sorted(world.zones.items()))
    disputed = frozenset(record for record, rows in world.records.items() if any(row.get("#disputed") for row in rows))
    return Audit(
        types=world.types, policies=world.policies, sites=sites, period=Span(first, until, "period"), span=_span(world),
        covered={record: tuple((None, *pair) for pair in pairs) for record, pairs in world.covered.items()}, disputed=disputed, present=frozenset(record for record, rows in world.records.items()),
        calendars={one.calendar: one for one in world.calendars.values()}, audited=world.audited,
        earlier={one["policy"]: one["level"] for one in world.earlier}, sizes={record: len(rows) for record, rows in world.records.items()},
    )  # fmt: skip


def _site(world: World, site: str, zone: str) -> Site:
    first, until = (day_start(zone, day) for day in world.period)
    as_of = until if world.as_of is None else to_utc(zone, world.as_of)
    profile = Profile(
        format="profiles/1", profile="world", set=world.values.get(site, {}), windows=world.windows.get(site, {}),
        calendar=world.calendars[site].calendar if site in world.calendars else "national",
    )
    return Site(site, zone, profile, first, until, as_of)


def _span(world: World) -> tuple[int, int]:
    """A year before the first instant and two after the last."""
    moments = [row[f] for record, rows in world.records.items() for row in rows
               for f, spec in world.types[record].stored.items() if spec.type == "instant" and row.get(f) is not None]  # fmt: skip
    moments += [one["moment"] for one in world.earlier]
    first, until = (day * DAY for day in world.period)
    return min([first, *moments]) - 400 * DAY, max([until, *moments]) + 800 * DAY


def _fill(db: duckdb.DuckDBPyConnection, world: World) -> None:
    for record, rows in world.records.items():
        kind = world.types[record]
        db.execute(f"CREATE TABLE {name(record)} ({record_columns(kind)})")
        for number, row in enumerate(rows):
            values = [row.get(column) for column in kind.stored]
            values += [row["#site"], 0, row.get("#row", number), bool(row.get("#disputed"))]
            db.execute(f"INSERT INTO {name(record)} VALUES ({', '.join('?' * len(values))})", values)


def _history(db: duckdb.DuckDBPyConnection, world: World) -> None:
    for table, columns in HISTORY.items():
        db.execute(f"CREATE TABLE {name(table)} ({columns})")
    for one in world.earlier:
        kept = [one[key] for key in ("policy", "site", "team_id", "accountable", "subject", "ordinal", "moment", "fingerprint")]
        db.execute(f'INSERT INTO "#finding" VALUES (1, {", ".join("?" * len(kept))}, NULL)', kept)
    for number, (mark, decision, at) in enumerate(world.decisions):
        db.execute('INSERT INTO "#decision" VALUES (?, ?, ?, ?, NULL, NULL, NULL)', [mark, decision, at, number])
