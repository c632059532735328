"""Spells and duties of one subject, swept in time: the gaps in which too few were there, and the window each is charged to."""

from __future__ import annotations

EVENT = "SELECT _who, best, {t} AS t, {there} AS there, {asked} AS asked FROM {rows}"
CROWD = 1_000_000_000
"""More than anyone asks for: how many are taken to be there while no source speaks."""


def gaps_sql(duties: str, spells: str, unseen: str) -> str:
    """By subject and window the longest gap charged to it, in the worst world and in the best.

    A gap is measured whole, over windows that adjoin. It is charged to the window in which it outgrows the tolerance of
    the one in which it began; one that does not, to the one in which it began. Where windows are months (`_months`), each
    later one into which it goes on is charged with the part that lies in it.
    """
    steps = {
        "spell": f"SELECT _who, FALSE AS best, person, a, b FROM {spells} WHERE sure UNION ALL SELECT _who, TRUE, person, a, b FROM {spells}",
        "joined": _joined("spell"),
        "unseen": f"SELECT _who, TRUE AS best, a, b FROM ({unseen}) WHERE a < b",
        "duty": f"SELECT d.*, w.best FROM {duties} d CROSS JOIN (VALUES (FALSE), (TRUE)) w(best) WHERE d._from < d._as_of",
        "event": " UNION ALL ".join((*_ends("joined", "1"), *_ends("unseen", str(CROWD)), *_asked())),
        "instant": "SELECT _who, best, t, sum(there) AS there, sum(asked) AS asked FROM event GROUP BY _who, best, t",
        "stretch": (
            "SELECT _who, best, t, lead(t) OVER w AS until, sum(there) OVER w < sum(asked) OVER w AS short FROM instant "
            "WINDOW w AS (PARTITION BY _who, best ORDER BY t)"
        ),
        "numbered": "SELECT *, sum((NOT short)::BIGINT) OVER (PARTITION BY _who, best ORDER BY t) AS island FROM stretch",
        "gap": "SELECT _who, best, min(t) AS a, max(until) AS b FROM numbered WHERE short GROUP BY _who, best, island",
        "begun": (
            f"SELECT g._who, g.best, g.a, g.b, CASE WHEN g.b - g.a > d._tolerance THEN g.a + d._tolerance ELSE g.a END AS charged FROM gap g "
            f"ASOF JOIN {duties} d ON d._who = g._who AND g.a >= d._from"
        ),
        "whole": (
            f"SELECT g._who, g.best, g.a, g.b, d._opens, g.b - g.a AS length FROM begun g "
            f"ASOF JOIN {duties} d ON d._who = g._who AND g.charged >= d._from"
        ),
        "later": (
            f"SELECT g._who, g.best, d._opens, max(least(d._until, g.b)) - min(d._from) AS length FROM whole g "
            f"JOIN {duties} d ON d._who = g._who AND d._months AND d._opens > g._opens AND d._from < g.b GROUP BY g._who, g.best, g.a, d._opens"
        ),
        "share": "SELECT _who, best, _opens, length FROM whole UNION ALL SELECT _who, best, _opens, length FROM later",
    }  # fmt: skip
    chain = ", ".join(f"{step} AS ({sql})" for step, sql in steps.items())
    longest = "max(length) FILTER (WHERE NOT best) AS worst, max(length) FILTER (WHERE best) AS best"
    return f"WITH {chain} SELECT _who, _opens, {longest} FROM share GROUP BY _who, _opens"


def _joined(rows: str) -> str:
    """Spells of one person that overlap or touch, as one."""
    one = "PARTITION BY _who, best, person ORDER BY a, b"
    reach = f"max(b) OVER ({one} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    marked = f"SELECT *, coalesce(a > {reach}, TRUE) AS apart FROM {rows}"
    return (
        f"SELECT _who, best, min(a) AS a, max(b) AS b FROM (SELECT *, sum(apart::BIGINT) OVER ({one} ROWS UNBOUNDED PRECEDING) AS island FROM ({marked})) "
        f"GROUP BY _who, best, person, island"
    )


def _ends(rows: str, number: str) -> tuple[str, str]:
    return (
        EVENT.format(t="a", there=number, asked="0", rows=rows),
        EVENT.format(t="b", there=f"-{number}", asked="0", rows=rows),
    )


def _asked() -> tuple[str, str]:
    """Nothing is asked after as-of: it is not known yet."""
    asked = "coalesce(_needed, 0)"
    return (
        EVENT.format(t="_from", there="0", asked=asked, rows="duty"),
        EVENT.format(t="least(_until, _as_of)", there="0", asked=f"-{asked}", rows="duty"),
    )


__all__ = ["gaps_sql"]
