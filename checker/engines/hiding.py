"""What stands in the place of personal data in violations.csv: the few texts and ids that hold some are looked for, hidden by
`checker/masking.py`, and put into tables that the database reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection

from checker.compile.sql import name, text
from checker.masking import JOINT, SUSPECT, Hidden
from checker.plan import FAIL

VIOLATIONS = "_violation"
"""A view of the violations, their arguments as others may see them; `rowid` is that of the finding."""
WRITTEN = ("f.team", "f.value", "f.waived_by", "_file(f.file)", "_sheet(f.file)")
MANY = 10_000


@dataclass(frozen=True)
class Masked:
    """What hides personal data, and policy -> argument of its sentences that may hold some -> whether it is an id."""

    hidden: Hidden
    told: Mapping[str, Mapping[str, bool]]


def hide(db: DuckDBPyConnection, masked: Masked | None) -> Iterator[str]:
    """Make the view of violations; yields macros: `_text` and `_mark` are what is shown of a text and of an id. Without
    anything to mask both show what stands there."""
    fill(db, "_name_of", ("name",), [(one,) for one in sorted(masked.hidden.names)] if masked else [])
    args = list(_arguments(db, masked)) if masked else []
    fill(db, "_shown_args", ("place", "args"), args, "BIGINT")
    shown = "f.*" if not args else "f.* REPLACE (coalesce(h.args, f.args::VARCHAR) AS args)"
    joined = "LEFT JOIN _shown_args h ON h.place = f.rowid" if args else ""
    db.execute(f"CREATE OR REPLACE TEMP VIEW {VIOLATIONS} AS SELECT {shown}, f.rowid AS rowid FROM finding f {joined} WHERE f.v = {FAIL}")
    for macro, found in (("_text", _texts(db, masked) if masked else {}), ("_mark", _ids(db, masked) if masked else {})):
        fill(db, f"_hidden{macro}", ("raw", "shown"), sorted(found.items()))
        yield f"{macro}(s) AS " + (f"coalesce((SELECT any_value(h.shown) FROM _hidden{macro} h WHERE h.raw = s), s)" if found else "s")


def looked_up(db: DuckDBPyConnection) -> bool:
    """Whether something is hidden, and what is shown instead looked up: then the violations come in no order."""
    found = " UNION ALL ".join(f"SELECT 1 FROM {table}" for table in ("_shown_args", "_hidden_text", "_hidden_mark"))
    return bool(db.execute(f"SELECT 1 FROM ({found}) LIMIT 1").fetchall())


def fill(db: DuckDBPyConnection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], first: str = "VARCHAR") -> None:
    """A temporary table of texts; `first` is the type of its first column."""
    listed = ", ".join(f"{name(column)} {'VARCHAR' if index else first}" for index, column in enumerate(columns))
    db.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({listed})")
    if rows:
        db.execute(f"INSERT INTO {table} SELECT {', '.join(['unnest(?)'] * len(columns))}", [list(one) for one in zip(*rows, strict=True)])


def _texts(db: DuckDBPyConnection, masked: Masked) -> dict[str, str]:
    """Names of teams, files and sheets, values and waivers that hold personal data -> what is shown."""
    sql = f"SELECT DISTINCT unnest([{', '.join(WRITTEN)}]) FROM finding f WHERE f.v = {FAIL}"
    return _changed((row[0] for row in db.execute(sql).fetchall() if row[0]), masked, False)


def _ids(db: DuckDBPyConnection, masked: Masked) -> dict[str, str]:
    """Subjects, their parts, and whoever answers."""
    each = f"SELECT unnest([subject, accountable] || string_split(subject, '{JOINT}')) AS said FROM finding WHERE v = {FAIL}"
    parts = f"SELECT DISTINCT said, unnest(string_split(said, '{JOINT}')) AS part FROM ({each})"
    sql = f"SELECT DISTINCT said FROM ({parts}) WHERE regexp_matches(said, {text(SUSPECT)}) OR part IN (SELECT name FROM _name_of)"
    return _changed((row[0] for row in db.execute(sql).fetchall()), masked, True)


def _changed(found: Iterator[str], masked: Masked, is_id: bool) -> dict[str, str]:
    show = masked.hidden.mark if is_id else masked.hidden.text
    return {raw: show(raw) for raw in found if show(raw) != raw}


def _arguments(db: DuckDBPyConnection, masked: Masked) -> Iterator[tuple[int, str]]:
    """(row of the finding, its arguments as shown) of the violations whose arguments hold personal data."""
    for policy, told in masked.told.items():
        if _any_hidden(db, policy, told, masked.hidden):
            cursor = db.execute(f"SELECT rowid, args FROM finding WHERE v = {FAIL} AND policy = ? AND args IS NOT NULL", [policy])
            while rows := cursor.fetchmany(MANY):
                for place, args in rows:
                    written = json.loads(args)
                    shown = {key: _shown(value, told[key], masked.hidden) if key in told else value for key, value in written.items()}
                    if shown != written:
                        yield place, json.dumps(shown, ensure_ascii=False)


def _any_hidden(db: DuckDBPyConnection, policy: str, told: Mapping[str, bool], hidden: Hidden) -> bool:
    for path, is_id in told.items():
        value = f"json_extract_string(args, {text('$.' + json.dumps(path))})"
        rare = f" AND (regexp_matches(said, {text(SUSPECT)}) OR said IN (SELECT name FROM _name_of))" if is_id else ""
        sql = f"SELECT DISTINCT said FROM (SELECT {value} AS said FROM finding WHERE v = {FAIL} AND policy = ?) WHERE said IS NOT NULL{rare}"
        if any(_shown(row[0], is_id, hidden) != row[0] for row in db.execute(sql, [policy]).fetchall()):
            return True
    return False


def _shown(value: Any, is_id: bool, hidden: Hidden) -> Any:
    if isinstance(value, list):
        return [_shown(one, is_id, hidden) for one in value]
    return (hidden.mark if is_id else hidden.text)(value) if isinstance(value, str) else value


__all__ = ["VIOLATIONS", "Masked", "fill", "hide", "looked_up"]
