"""A run's files as the tables that an engine leaves: read, set to other verdicts, written again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from checker.compile.sql import DAY, HOUR, name, text
from checker.compile.waived import waived_sql, waiver_table
from checker.engines.duckdb import create_table
from checker.engines.judging import NEAREST, NEAREST_FIRST
from checker.finding import VERDICTS
from checker.plan import FAIL, PASS, Audit

CODES = "CASE verdict " + " ".join(f"WHEN {text(word)} THEN {code}" for code, word in enumerate(VERDICTS, 1)) + " ELSE 0 END"
CELL = ("policy", "site", "team", "accountable", "day", "hour", "v")


@dataclass(frozen=True, slots=True)
class Row:
    """A finding that keeps what its limit is compared with."""

    fingerprint: str
    policy: str
    site: str
    accountable: str | None
    occurred: int | None
    v: int
    limit: int | None
    field: str | None
    value: str | None
    compared: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of a finding; `local` is when it occurred, in local microseconds."""

    row: Row
    v: int
    limit: int | None
    field: str | None
    value: str | None
    local: int | None
    target: tuple[int, int] | None = None
    """The share that is asked for, where the limit is one."""


def load_tables(db: DuckDBPyConnection, run: Path, without: Sequence[str]) -> None:
    """`finding`, `evidence`, `tally`, `nearest` and `rated` of a run, without some of its policies."""
    files = {one: text(str(run / f"{one}.parquet")) for one in ("findings", "compared", "evidence", "tally", "rates")}
    gone = f"policy NOT IN ({', '.join(map(text, without))})" if without else "TRUE"
    db.execute(
        f"CREATE TEMP TABLE source AS SELECT (row_number() OVER (ORDER BY file, sheet))::INTEGER AS number, file, sheet FROM "
        f"(SELECT file, sheet FROM {files['findings']} UNION SELECT file, sheet FROM {files['evidence']}) WHERE file IS NOT NULL"
    )
    times = ", ".join(f"epoch_us({one}_at) AS {one}" for one in ("occurred", "due", "decided"))
    db.execute(
        f"CREATE TEMP TABLE finding AS SELECT f.policy, f.site_id AS site, s.number AS file, f.row AS \"row\", f.disputed, {times}, 0::BIGINT AS \"offset\", "
        f"({CODES})::TINYINT AS v, f.subject, f.ordinal, f.missing AS field, f.measured, f.\"limit\", f.unit, f.accountable, f.points, f.because, f.arguments AS args, "
        f"f.note, f.value, c.compared, f.team_id AS team, f.fingerprint, f.waived_by FROM read_parquet({files['findings']}, file_row_number = TRUE) f "
        f"LEFT JOIN source s ON s.file = f.file AND s.sheet IS NOT DISTINCT FROM f.sheet LEFT JOIN {files['compared']} c ON c.fingerprint = f.fingerprint "
        f"WHERE {gone} ORDER BY f.file_row_number"
    )
    db.execute(
        f"CREATE TEMP TABLE evidence AS SELECT e.fingerprint, e.record, e.\"key\", s.number AS file, e.\"row\" FROM {files['evidence']} e "
        f"LEFT JOIN source s ON s.file = e.file AND s.sheet IS NOT DISTINCT FROM e.sheet WHERE e.fingerprint IN (SELECT fingerprint FROM finding)"
    )
    days = "date_diff('day', DATE '1970-01-01', \"date\")"
    db.execute(
        f'CREATE TEMP TABLE tally AS SELECT policy, site_id AS site, team_id AS team, accountable, {days} AS "day", '
        f'CASE WHEN verdict = \'fail\' THEN "hour" END AS "hour", ({CODES})::TINYINT AS v, sum("count")::BIGINT AS n FROM {files["tally"]} '
        f"WHERE NOT nearest AND {gone} GROUP BY ALL"
    )
    db.execute(
        f'CREATE TEMP TABLE nearest AS SELECT policy, site_id AS site, team_id AS team, accountable, {days} * {DAY} + "hour" * {HOUR} AS occurred, '
        f'0::BIGINT AS "offset", subject, ordinal, measured, "limit", unit, NULL::BIGINT AS "row" FROM {files["tally"]} WHERE nearest AND {gone}'
    )
    db.execute(
        f"CREATE TEMP TABLE rated AS SELECT policy, site_id AS site, subject, ordinal, ({CODES})::TINYINT AS v, unit, "
        f"(numerator * CASE unit WHEN 'e-4' THEN 10000 ELSE 1 END)::BIGINT AS measured, "
        f"json_object('whole', denominator, 'target', [target_n, target_d])::VARCHAR AS args FROM {files['rates']} WHERE {gone}"
    )


def compared(db: DuckDBPyConnection, policies: Sequence[str]) -> Iterator[Row]:
    """The findings of some policies that keep what their limit is compared with."""
    listed = ", ".join(map(text, policies)) or text("")
    cursor = db.execute(
        f'SELECT fingerprint, policy, site, accountable, occurred, v, "limit", field, value, compared FROM finding '
        f"WHERE compared IS NOT NULL AND policy IN ({listed}) ORDER BY rowid"
    )
    yield from (Row(*row) for row in cursor.fetchall())


def set_verdicts(db: DuckDBPyConnection, found: Sequence[Judged]) -> None:
    """Put other verdicts, limits and values in the place of those that stand, and count them otherwise."""
    db.execute('CREATE TEMP TABLE judged (fingerprint VARCHAR, v TINYINT, "limit" BIGINT, field VARCHAR, value VARCHAR, "local" BIGINT)')
    if found:
        columns = [list(column) for column in zip(*((one.row.fingerprint, one.v, one.limit, one.field, one.value, one.local) for one in found), strict=True)]
        kinds = ("VARCHAR", "TINYINT", "BIGINT", "VARCHAR", "VARCHAR", "BIGINT")
        db.execute(f"INSERT INTO judged SELECT {', '.join(f'unnest(?::{kind}[])' for kind in kinds)}", columns)
    db.execute(
        'UPDATE finding SET v = j.v, "limit" = j."limit", field = j.field, value = j.value FROM judged j WHERE j.fingerprint = finding.fingerprint'
    )
    _rates(db, found)
    _count(db, [one for one in found if one.v != one.row.v])


def _rates(db: DuckDBPyConnection, found: Sequence[Judged]) -> None:
    """Other targets in the arguments of findings and in the list of rates, which holds passes too."""
    asked = [(one.row.fingerprint, one.v, *one.target) for one in found if one.target]
    db.execute("CREATE TEMP TABLE asked (fingerprint VARCHAR, v TINYINT, n BIGINT, d BIGINT)")
    if asked:
        kinds = ("VARCHAR", "TINYINT", "BIGINT", "BIGINT")
        db.execute(f"INSERT INTO asked SELECT {', '.join(f'unnest(?::{kind}[])' for kind in kinds)}", [list(one) for one in zip(*asked, strict=True)])
    target = "json_merge_patch({a}, json_object('target', [a.n, a.d]))::VARCHAR"
    db.execute(f"UPDATE finding SET args = {target.format(a='finding.args')} FROM asked a WHERE a.fingerprint = finding.fingerprint")
    same = " AND ".join(f"rated.{one} = f.{one}" for one in ("policy", "site", "subject", "ordinal"))
    db.execute(f"UPDATE rated SET v = a.v, args = {target.format(a='rated.args')} FROM asked a, finding f WHERE f.fingerprint = a.fingerprint AND {same}")


def rated(db: DuckDBPyConnection, policies: Sequence[str]) -> list[tuple[str, str, str]]:
    """(policy, site, period) of the rates of some policies."""
    listed = ", ".join(map(text, policies)) or text("")
    return db.execute(f"SELECT DISTINCT policy, site, ordinal FROM rated WHERE policy IN ({listed}) ORDER BY ALL").fetchall()


def set_targets(db: DuckDBPyConnection, shares: Mapping[tuple[str, str, str], tuple[int, int]]) -> None:
    """The targets, by policy, site and period, of the rates that are in the list of rates alone: passes of a run that does not keep them."""
    for (policy, site, period), (n, d) in shares.items():
        db.execute(
            "UPDATE rated SET args = json_merge_patch(args, json_object('target', [?, ?]))::VARCHAR WHERE policy = ? AND site = ? AND ordinal = ? AND NOT EXISTS "
            "(SELECT 1 FROM finding f WHERE f.policy = rated.policy AND f.site = rated.site AND f.subject = rated.subject AND f.ordinal = rated.ordinal)",
            [n, d, policy, site, period],
        )


def _count(db: DuckDBPyConnection, moved: Sequence[Judged]) -> None:
    """Take what moved out of the cell in which it was counted, into that of its new verdict."""
    cells: dict[tuple[object, ...], int] = {tuple(row[:-1]): row[-1] for row in db.execute(f"SELECT {', '.join(map(name, CELL))}, n FROM tally").fetchall()}
    places: dict[tuple[object, ...], list[tuple[object, ...]]] = {}
    for cell in cells:
        policy, site, _, _, day, hour, v = cell
        places.setdefault((policy, site, day, hour, v), []).append(cell)
    for one in moved:
        day, hour = (None, None) if one.local is None else (one.local // DAY, one.local // HOUR % 24)
        before, after = (hour if v == FAIL else None for v in (one.row.v, one.v))
        there = [cell for cell in places.get((one.row.policy, one.row.site, day, before, one.row.v), ()) if cells[cell] > 0]
        cell = next((cell for cell in there if cell[3] == one.row.accountable), there[0])
        cells[cell] -= 1
        target = (*cell[:-2], after, one.v)
        cells[target] = cells.get(target, 0) + 1
    db.execute("DELETE FROM tally")
    rows = [(*cell, n) for cell, n in cells.items() if n]
    if rows:
        kinds = ("VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "BIGINT", "BIGINT", "TINYINT", "BIGINT")
        db.execute(
            f"INSERT INTO tally SELECT {', '.join(f'unnest(?::{kind}[])' for kind in kinds)}", [list(column) for column in zip(*rows, strict=True)]
        )


def settle_passes(db: DuckDBPyConnection, policies: Sequence[str], keep: bool) -> None:
    """The nearest passes of these policies; then, unless passes are kept, the findings without them and their evidence."""
    listed = ", ".join(map(text, policies)) or text("")
    known = "TRUE" if keep else "FALSE"
    db.execute(
        f"CREATE TEMP TABLE near AS SELECT n.* FROM nearest n WHERE n.policy NOT IN ({listed}) OR NOT {known} UNION ALL BY NAME "
        f'SELECT f.policy, f.site, f.team, f.accountable, coalesce(j."local", f.occurred) AS occurred, 0 AS "offset", f.subject, f.ordinal, f.measured, f."limit", f.unit, f."row" '
        f"FROM finding f LEFT JOIN judged j ON j.fingerprint = f.fingerprint WHERE f.v = {PASS} AND NOT f.disputed AND f.measured IS NOT NULL AND f.policy IN ({listed})"
    )
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE nearest AS SELECT * FROM near QUALIFY row_number() OVER (PARTITION BY policy ORDER BY {NEAREST_FIRST}) <= {NEAREST} "
        f'ORDER BY policy, site, subject, ordinal, "row"'
    )
    if not keep:
        db.execute(f"DELETE FROM finding WHERE v = {PASS}")
        db.execute("DELETE FROM evidence WHERE fingerprint NOT IN (SELECT fingerprint FROM finding)")


def waive(db: DuckDBPyConnection, audit: Audit) -> frozenset[str]:
    """Decide anew which violation is waived; the policies of which that is another one."""
    if audit.waivers:
        create_table(db, waiver_table(audit))
    db.execute(
        f"CREATE TEMP TABLE waived AS SELECT f.fingerprint, CASE WHEN f.v = {FAIL} THEN {waived_sql(audit, 'f')} END AS by_whom FROM finding f"
    )
    moved = "SELECT DISTINCT f.policy FROM finding f JOIN waived w ON w.fingerprint = f.fingerprint WHERE f.waived_by IS DISTINCT FROM w.by_whom"
    found = frozenset(row[0] for row in db.execute(moved).fetchall())
    db.execute("UPDATE finding SET waived_by = w.by_whom FROM waived w WHERE w.fingerprint = finding.fingerprint")
    return found


__all__ = ["Judged", "Row", "compared", "load_tables", "set_verdicts", "settle_passes", "waive"]
