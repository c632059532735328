"""What roster rows say of themselves: how often something is owed, and which days do not count."""

from __future__ import annotations

from checker.compile.sql import name, text
from checker.plan import Audit

UNITS = {
    "day": ("d", "day", "天", "日"), "week": ("w", "week", "周", "星期"), "month": ("m", "month", "月"), "quarter": ("q", "quarter", "季", "季度"),
    "half-year": ("h", "half-year", "半年"), "year": ("y", "year", "年"),
}  # fmt: skip
"""Period -> how rows write it: `2/m`, `2次/月`, `每月2次`."""
NUMBER_FIRST, PERIOD_FIRST = r"^\s*([0-9]{1,4})\s*次?\s*/\s*([^\s/]+)\s*$", r"^\s*每\s*([^\s0-9]+?)\s*([0-9]{1,4})\s*次\s*$"


def row_period(field: str) -> str:
    """The period that a text such as `2/m` names; NULL where it cannot be read."""
    said = f"coalesce(nullif(regexp_extract({field}, {text(NUMBER_FIRST)}, 2), ''), nullif(regexp_extract({field}, {text(PERIOD_FIRST)}, 1), ''))"
    branches = " ".join(f"WHEN {said} IN ({', '.join(text(one) for one in words)}) THEN {text(period)}" for period, words in UNITS.items())
    return f"CASE {branches} END"


def row_number(field: str) -> str:
    """How often a text such as `2/m` asks for; NULL where it cannot be read."""
    said = f"coalesce(nullif(regexp_extract({field}, {text(NUMBER_FIRST)}, 1), ''), nullif(regexp_extract({field}, {text(PERIOD_FIRST)}, 2), ''))"
    return f"CASE WHEN {row_period(field)} IS NOT NULL THEN TRY_CAST({said} AS BIGINT) END"


def excepted(rows: str, field: str, audit: Audit) -> str:
    """Spells without the stretches that a list field names (`2026-10-01..2026-10-07`, both days included): what is left of
    each, piece by piece."""
    first = "TRY_CAST(split_part(x, '..', 1) AS DATE)"
    last = "TRY_CAST(coalesce(nullif(split_part(x, '..', 2), ''), split_part(x, '..', 1)) AS DATE)"
    day = "date_diff('day', DATE '1970-01-01', {})"
    stretch = f"{{'f': {day.format(first)}, 'u': {day.format(last)} + 1}}"
    out = f"list_filter(list_transform(coalesce({name(field)}, []), lambda x: {stretch}), lambda x: x.f < x.u)"
    starts = "list_prepend(from_day, list_transform(outs, lambda x: x.u))"
    free = "list_filter(starts, lambda s: s >= from_day AND s < until_day AND len(list_filter(outs, lambda x: x.f <= s AND s < x.u)) = 0)"
    end = "least(until_day, list_min(list_transform(list_filter(outs, lambda x: x.f >= piece), lambda x: x.f)))"
    pieces = f"SELECT *, unnest(list_distinct({free})) AS piece FROM (SELECT *, {starts} AS starts FROM (SELECT *, {out} AS outs FROM {rows}))"
    cut = f"SELECT * EXCLUDE (outs, starts), {end} AS piece_end FROM ({pieces})"
    return (
        f"(SELECT c.* EXCLUDE (piece, piece_end) REPLACE (CASE WHEN c.piece = c.from_day THEN c.from_us ELSE a.start_us END AS from_us, "
        f"CASE WHEN c.piece_end = c.until_day THEN c.until_us ELSE b.start_us END AS until_us, c.piece AS from_day, c.piece_end AS until_day) "
        f'FROM ({cut}) c LEFT JOIN "_day" a ON a.site = c."#site" AND a.day = c.piece LEFT JOIN "_day" b ON b.site = c."#site" AND b.day = c.piece_end '
        f"WHERE c.piece < c.piece_end)"
    )


__all__ = ["UNITS", "excepted", "row_number", "row_period"]
