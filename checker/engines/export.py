"""What an engine leaves, as files of the run directory and as rows for the reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from duckdb import DuckDBPyConnection

from checker.compile.sql import name, text
from checker.compile.waived import TABLE, fits
from checker.engines.failed import RANK
from checker.engines.hiding import VIOLATIONS, Masked, fill, hide, looked_up
from checker.finding import VERDICTS, Finding
from checker.plan import FAIL
from checker.policy.kinds import Base, subject_type
from checker.policy.over import proposes


def describe(db: DuckDBPyConnection, policies: Mapping[str, Base], label: str) -> None:
    """Macros that say of a policy and of the number of a file what the run directory prints, and the period. They look nothing up
    in a table: what reads the findings keeps their order. After `sources`."""
    ids = sorted(policies)
    db.execute(f"CREATE TEMP TYPE _policy AS ENUM ({', '.join(map(text, ids)) or text('')})")
    of = [policies[one] for one in ids]
    facts: dict[str, list[str]] = {
        "standard": [one.standard for one in of], "severity": [one.severity.level for one in of],
        "subject_type": [subject_type(one) for one in of], "proposes": [str(proposes(one)).lower() for one in of],
    }  # fmt: skip
    for fact, said in facts.items():
        _macro(db, f"_{fact}(policy_)", said, "enum_code(policy_::_policy) + 1")
    files = {number: where for number, *where in db.execute("SELECT number, file, sheet FROM source").fetchall()}
    numbers = range(max(files, default=-1) + 1)
    for place, fact in enumerate(("file", "sheet")):
        _macro(db, f"_{fact}(number_)", [files[one][place] if one in files else None for one in numbers], "number_ + 1")
    db.execute(f"CREATE TEMP MACRO _period() AS {text(label)}")


def _macro(db: DuckDBPyConnection, head: str, said: Sequence[str | None], place: str) -> None:
    """A macro that says one of several texts, by its place."""
    listed = ", ".join("NULL" if one is None else text(one) for one in said)
    db.execute(f"CREATE TEMP MACRO {head} AS ([{listed}]::VARCHAR[])[{place}]")


def sources(db: DuckDBPyConnection, files: Mapping[int, tuple[str, str]]) -> None:
    """A table that says of a file number what the run directory prints: file and sheet."""
    db.execute("CREATE TEMP TABLE source (number INTEGER, file VARCHAR, sheet VARCHAR)")
    listed = [(number, *where) for number, where in sorted(files.items())]
    if listed:
        db.execute("INSERT INTO source SELECT unnest(?), unnest(?), unnest(?)", [list(c) for c in zip(*listed, strict=True)])


VERDICT = "CASE f.v " + " ".join(f"WHEN {code} THEN {text(word)}" for code, word in enumerate(VERDICTS, 1)) + " END"


def _when(column: str) -> str:
    """UTC microseconds as a timestamp with zone."""
    return f"make_timestamptz(f.{name(column)})"


COLUMNS = {
    "policy": "f.policy", "standard": "_standard(f.policy)", "verdict": VERDICT, "severity": "_severity(f.policy)", "points": "f.points",
    "site_id": "f.site", "team_id": "f.team", "accountable": "f.accountable", "subject_type": "_subject_type(f.policy)",
    "subject": "f.subject", "ordinal": "f.ordinal", "period": "_period()", "occurred_at": _when("occurred"),
    "due_at": _when("due"), "decided_at": "CASE WHEN f.v <> 3 THEN " + _when("decided") + " END", "measured": "f.measured",
    "limit": 'f."limit"', "unit": "f.unit", "value": "f.value", "file": "_file(f.file)", "sheet": "_sheet(f.file)", "row": 'f."row"',
    "missing": "CASE WHEN f.v = 4 THEN f.field END", "because": "f.because", "arguments": "f.args", "note": "f.note",
    "disputed": "f.disputed", "waived_by": "f.waived_by", "fingerprint": "f.fingerprint",
}  # fmt: skip
ORDER = "ORDER BY f.rowid"
"""Findings and nearest passes are stored in their total order."""


def write_findings(db: DuckDBPyConnection, path: Path) -> None:
    """As they stand: the database writes a table without joins in its order."""
    listed = ", ".join(f"{sql} AS {name(column)}" for column, sql in COLUMNS.items())
    _copy(db, f"SELECT {listed} FROM finding f", path)


def write_evidence(db: DuckDBPyConnection, path: Path) -> None:
    _copy(
        db,
        'SELECT e.fingerprint, e.record, e."key", s.file, s.sheet, e."row" FROM evidence e LEFT JOIN source s ON s.number = e.file '
        'ORDER BY e.fingerprint, e.record, e."key", s.file, e."row"',
        path,
    )


def write_tally(db: DuckDBPyConnection, path: Path) -> None:
    """Counts, then the nearest passes: rows with a subject, of which each counts one that the counts hold already."""
    verdict = VERDICT.replace("CASE f.v", "CASE f.v WHEN 0 THEN 'not_applicable'")
    who = ("policy", "site", "team", "accountable")
    same = " AND ".join(f"w.{one} IS NOT DISTINCT FROM f.{one}" for one in who)
    listed = ", ".join(who)
    _copy(
        db,
        f"WITH who AS MATERIALIZED (SELECT {listed}, row_number() OVER (ORDER BY {listed}) AS place FROM (SELECT DISTINCT {listed} FROM tally)), "
        'counted AS (SELECT f.*, w.place FROM tally f JOIN who w ON ' + same + ' ORDER BY w.place, f."day", f."hour", f.v) '
        f'SELECT f.policy, f.site AS site_id, f.team AS team_id, f.accountable, (DATE \'1970-01-01\' + f."day"::INTEGER) AS "date", f."hour", '
        f'{verdict} AS verdict, f.n AS "count", NULL::VARCHAR AS subject, NULL::VARCHAR AS ordinal, NULL::BIGINT AS measured, '
        f'NULL::BIGINT AS "limit", NULL::VARCHAR AS unit, FALSE AS nearest FROM counted f UNION ALL SELECT f.policy, f.site, f.team, '
        f"f.accountable, (DATE '1970-01-01' + ((f.occurred + f.\"offset\") // 86400000000)::INTEGER), "
        f"((f.occurred + f.\"offset\") // 3600000000) % 24, 'pass', 1, f.subject, f.ordinal, f.measured, f.\"limit\", f.unit, TRUE FROM nearest f",
        path,
    )


def write_rates(db: DuckDBPyConnection, path: Path) -> None:
    """Every rate that was judged: numerator of denominator (sums of a field where the rate is one of sums), target `target_n` of `target_d`."""
    scale = "CASE f.unit WHEN 'e-4' THEN 10000 ELSE 1 END"
    _copy(
        db,
        f"SELECT f.policy, f.site AS site_id, f.subject, f.ordinal, {VERDICT} AS verdict, f.unit, "
        f"(f.measured::DECIMAL(38,4) / {scale})::DECIMAL(38,4) AS numerator, (f.args ->> 'whole')::DECIMAL(38,4) AS denominator, "
        f"(f.args ->> '$.target[0]')::DECIMAL(38,4) AS target_n, (f.args ->> '$.target[1]')::DECIMAL(38,4) AS target_d FROM rated f ORDER BY ALL",
        path,
    )


def write_people(db: DuckDBPyConnection, path: Path, roster: tuple[str, str, str, str, str] | None) -> None:
    """Who the people are: id, name, team of their last spell. `roster` is (table, id, name, team, start) of the roster of people."""
    rows = "SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS name, NULL::VARCHAR AS team_id WHERE FALSE"
    if roster:
        table, key, named, team, start = (name(one) for one in roster)
        order = f'{start} NULLS FIRST, "#row"'
        rows = (
            f"SELECT {key}::VARCHAR AS id, last({named} ORDER BY {order}) AS name, last({team} ORDER BY {order})::VARCHAR AS team_id "
            f"FROM {table} WHERE {key} IS NOT NULL GROUP BY 1 ORDER BY 1"
        )
    _copy(db, rows, path)


def site_names(db: DuckDBPyConnection, table: str, key: str, named: str) -> dict[str, str]:
    """What the roster of sites calls them."""
    rows = db.execute(f'SELECT {name(key)}, last({name(named)} ORDER BY "#row") FROM {name(table)} WHERE {name(named)} IS NOT NULL GROUP BY 1').fetchall()
    return {str(site): str(said) for site, said in rows}


def write_names(db: DuckDBPyConnection, path: Path, names: Sequence[str]) -> None:
    """The names of people that stand in the files: what every rendering masks."""
    fill(db, "_name_of", ("name",), [(one,) for one in names])
    _copy(db, "SELECT name FROM _name_of ORDER BY name", path)


def speak(db: DuckDBPyConnection, macros: Iterable[str], masked: Masked | None) -> None:
    """Make what the sentences of `write_said` are built of. Personal data is shown where nothing is `masked`."""
    for macro in (*macros, *hide(db, masked)):
        db.execute(f"CREATE OR REPLACE TEMP MACRO {macro}")


def write_said(db: DuckDBPyConnection, path: Path, said: Mapping[str, str], cells: Mapping[str, str], proposals: bool) -> None:
    """The fails as sentences, for Excel: violations, or what ladders propose. UTF-8 with a mark; `cells` are titles and what
    stands below, in terms of `said`."""
    words = ", ".join(f"{sql} AS {name(column)}" for column, sql in said.items())
    failed = f"(SELECT f.*, f.rowid AS place, {words} FROM {VIOLATIONS} f WHERE _proposes(f.policy) = '{str(proposals).lower()}')"
    listed = ", ".join(f"{sql} AS {name(mark + title)}" for mark, (title, sql) in zip(("\ufeff", *[""] * len(cells)), cells.items(), strict=False))
    order = "ORDER BY f.place" if looked_up(db) else ""
    db.execute(f"COPY (SELECT {listed} FROM {failed} f {order}) TO {text(str(path))} (FORMAT csv, HEADER)")


def failing(db: DuckDBPyConnection) -> frozenset[str]:
    """The policies with violations."""
    return frozenset(row[0] for row in db.execute(f"SELECT DISTINCT policy FROM finding WHERE v = {FAIL}").fetchall())


def _copy(db: DuckDBPyConnection, sql: str, path: Path) -> None:
    db.execute(f"COPY ({sql}) TO {text(str(path))} (FORMAT parquet, COMPRESSION zstd)")


def findings(db: DuckDBPyConnection, verdicts: tuple[str, ...], limit: int | None = None) -> Iterator[Finding]:
    """Findings in their total order, as values; times in UTC microseconds. `limit` takes the worst first, of those that nobody
    waived and no ladder merely proposes, and not more than a few of one policy."""
    codes = ", ".join(str(VERDICTS.index(word) + 1) for word in verdicts)
    columns = {**COLUMNS, "occurred_at": "f.occurred", "due_at": "f.due", "decided_at": "f.decided"}
    listed = ", ".join(f"{sql} AS {name(column)}" for column, sql in columns.items())
    wanted, order = f"f.v IN ({codes})", ORDER
    if limit is not None:
        stands = f"SELECT unnest(arg_min(f.rowid, {WORST}, {OF_ONE})) FROM finding f WHERE {wanted} AND f.waived_by IS NULL AND _proposes(f.policy) = 'false' GROUP BY f.policy"
        wanted, order = f"f.rowid IN ({stands})", f"ORDER BY {RANK}, {WORST} LIMIT {limit}"
    cursor = db.execute(f"SELECT {listed} FROM finding f WHERE {wanted} {order}")
    while rows := cursor.fetchmany(10_000):
        for row in rows:
            yield Finding(*row)


OF_ONE = 3
"""So many of one policy stand among the worst: twelve months of one rate are one matter."""
WORST = (
    '{far: -abs(coalesce(f.measured, 0) - coalesce(f."limit", 0))::DOUBLE / greatest(abs(coalesce(f."limit", 1)), 1), '
    "policy: f.policy, site: f.site, subject: f.subject, ordinal: f.ordinal}"
)
"""The further from the limit the worse."""


def counts(db: DuckDBPyConnection) -> dict[tuple[str, int], int]:
    """(policy, verdict code) -> number of obligations; code 0 is not applicable."""
    rows = db.execute("SELECT policy, v, sum(n) FROM tally GROUP BY ALL").fetchall()
    return {(policy, code): int(number) for policy, code, number in rows}


def unknown_fields(db: DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """policy -> field -> number of unknown findings that lack it."""
    rows = db.execute("SELECT policy, coalesce(field, '?'), count(*) FROM finding WHERE v = 4 GROUP BY ALL ORDER BY ALL").fetchall()
    found: dict[str, dict[str, int]] = {}
    for policy, field, number in rows:
        found.setdefault(policy, {})[field] = number
    return found


def has_rows(db: DuckDBPyConnection, record: str) -> bool:
    return db.execute(f"SELECT 1 FROM {name(record)} LIMIT 1").fetchone() is not None


def undated(db: DuckDBPyConnection) -> dict[str, int]:
    """policy -> unknown findings without an instant: they stand in every audit that reads their rows."""
    return dict(db.execute("SELECT policy, count(*) FROM finding WHERE v = 4 AND decided IS NULL GROUP BY 1 ORDER BY 1").fetchall())


def reasons(db: DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """policy -> why obligations were not due -> how many."""
    found: dict[str, dict[str, int]] = {}
    for policy, reason, number in db.execute("SELECT policy, reason, sum(n) FROM not_due GROUP BY ALL ORDER BY ALL").fetchall():
        found.setdefault(policy, {})[reason] = int(number)
    return found


def early(db: DuckDBPyConnection) -> list[tuple[str, str, int, str, str]]:
    """(file, sheet, row, field, subject) of records whose end stands before their start."""
    return db.execute(
        "SELECT DISTINCT s.file, s.sheet, f.\"row\", f.field, f.subject FROM finding f JOIN source s ON s.number = f.file "
        "WHERE f.note = 'early' ORDER BY ALL"
    ).fetchall()


# --- what stands, what is waived, what is new ------------------------------------------------------------------------


def waived(db: DuckDBPyConnection) -> dict[str, int]:
    """policy -> violations that somebody waived."""
    return dict(db.execute(f"SELECT policy, count(*) FROM finding WHERE v = {FAIL} AND waived_by IS NOT NULL GROUP BY 1 ORDER BY 1").fetchall())


def waiver_uses(db: DuckDBPyConnection) -> dict[int, int]:
    """Number of a waiver in the plan's table -> violations that it fits; none that it does not fit any."""
    sql = f'SELECT w.no, count(*) FROM finding f JOIN "{TABLE}" w ON {fits("f")} WHERE f.v = {FAIL} GROUP BY 1 ORDER BY 1'
    return dict(db.execute(sql).fetchall())


def new_since(db: DuckDBPyConnection, baseline: Path) -> dict[str, int]:
    """policy -> violations that stand and did not stand in the findings of an earlier run, by fingerprint."""
    sql = (
        f"SELECT f.policy, count(*) FROM finding f ANTI JOIN (SELECT fingerprint FROM read_parquet(?) WHERE verdict = 'fail' AND waived_by IS NULL) b "
        f"ON b.fingerprint = f.fingerprint WHERE f.v = {FAIL} AND f.waived_by IS NULL GROUP BY 1 ORDER BY 1"
    )
    return dict(db.execute(sql, [str(baseline)]).fetchall())


def write_compared(db: DuckDBPyConnection, path: Path) -> None:
    """What marked limits are compared with, by fingerprint."""
    _copy(db, "SELECT f.fingerprint, f.compared FROM finding f WHERE f.compared IS NOT NULL ORDER BY f.fingerprint", path)
