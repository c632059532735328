"""Spells and duties of one subject, swept in time: the gaps in which too few were there, and the window each is charged to."""

from __future__ import annotations

EVENT = "SELECT _who, best, {t} AS t, {there} AS there, {asked} AS asked FROM {rows}"
CROWD = 1_000_000_000
"""More than anyone asks for: how many are taken to be there while no source speaks."""


def gaps_sql(duties: str, spells: str, unseen: str) -> str:
    """By subject and window the longest gap charged to it, in the worst world and in the best.

    A gap is measured whole, over windows that adjoin. It is charged to the window in which it outgrows the tolerance of
    the one in which it began; one that does not, to the one in which it began.
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
            f"SELECT g.*, CASE WHEN g.b - g.a > d._tolerance THEN g.a + d._tolerance ELSE g.a END AS charged FROM gap g "
            f"ASOF JOIN {duties} d ON d._who = g._who AND g.a >= d._from"
        ),
    }  # fmt: skip
    chain = ", ".join(f"{step} AS ({sql})" for step, sql in steps.items())
    return (
        f"WITH {chain} SELECT g._who, d._opens, max(g.b - g.a) FILTER (WHERE NOT g.best) AS worst, max(g.b - g.a) FILTER (WHERE g.best) AS best "
        f"FROM begun g ASOF JOIN {duties} d ON d._who = g._who AND g.charged >= d._from GROUP BY g._who, d._opens"
    )


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
