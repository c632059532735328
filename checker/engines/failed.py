"""The violations of a run with what people decided of them, as SQL over the tables that reading.py leaves, and as values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from duckdb import DuckDBPyConnection

from checker.figures import Violation
from checker.finding import Finding

TIMES = ("occurred_at", "due_at", "decided_at")
FINDING = tuple(one.name for one in fields(Finding))

FAILED = (
    "SELECT *, NOT waived AND NOT rejected AS counts, decision = 'confirmed' AND NOT waived AS confirmed, waived OR decision <> 'open' AS decided_on FROM ("
    "SELECT f.place, f.policy, f.site_id AS site, f.team_id AS team, f.accountable, f.subject, f.ordinal, f.severity, coalesce(f.points, 0) AS points, "
    "epoch_us(coalesce(f.decided_at, f.occurred_at)) AS moment, epoch_us(f.occurred_at) AS occurred, f.fingerprint, f.waived_by, "
    "CASE WHEN d.decision = 'waived' AND d.until < p.\"on\" THEN 'open' ELSE coalesce(d.decision, 'open') END AS decision, "
    "f.waived_by IS NOT NULL OR coalesce(d.decision = 'waived' AND (d.until IS NULL OR d.until >= p.\"on\"), FALSE) AS waived, "
    'coalesce(d.decision IN (\'dismissed\', \'exempt\'), FALSE) AS rejected, d."at" AS decided, d."by", d.reason, '
    "CASE WHEN f.waived_by IS NULL THEN d.until ELSE (SELECT min(w.until) FROM waiver w WHERE w.said = f.waived_by) END AS until "
    "FROM found f JOIN place p ON p.site = f.site_id LEFT JOIN latest d ON d.id = left(f.fingerprint, 12) "
    "WHERE f.verdict = 'fail' AND f.policy NOT IN (SELECT policy FROM proposing)) ORDER BY place"
)
EARLIER = (
    'SELECT h.policy, h.site, h.accountable, h.subject, h.moment, coalesce(d.decision, \'open\') = \'confirmed\' AS confirmed FROM (SELECT * FROM "#finding" '
    "QUALIFY row_number() OVER (PARTITION BY fingerprint ORDER BY age) = 1) h LEFT JOIN latest d ON d.id = left(h.fingerprint, 12) "
    "WHERE h.fingerprint NOT IN (SELECT fingerprint FROM found) AND coalesce(d.decision IN ('open', 'confirmed'), TRUE) AND h.moment IS NOT NULL"
)
"""Violations of earlier runs that count, each once."""

RANK = "CASE severity WHEN 'critical' THEN 0 WHEN 'major' THEN 1 WHEN 'minor' THEN 2 ELSE 3 END"


def violations(db: DuckDBPyConnection, where: str = "TRUE") -> Iterator[Violation]:
    """The violations, the worst severity first, and within one in the total order of the run."""
    listed = ", ".join(f'epoch_us(f."{one}")' if one in TIMES else f'f."{one}"' for one in FINDING)
    found = db.execute(
        f"SELECT {listed}, n.number, coalesce(e.more, 0), n.repeat, n.repeat_confirmed, n.weighed, n.weighed_confirmed, "
        f'CASE WHEN n.waived THEN \'waived\' ELSE n.decision END, n.decided, n."by", n.reason, n.until '
        f"FROM found f JOIN (SELECT *, row_number() OVER (ORDER BY {RANK}, place) AS number FROM fail) n ON n.place = f.place "
        f"LEFT JOIN (SELECT fingerprint, count(*) AS more FROM proof GROUP BY 1) e ON e.fingerprint = f.fingerprint WHERE {where} ORDER BY n.number"
    )
    size = len(FINDING)
    while rows := found.fetchmany(10_000):
        for row in rows:
            yield Violation(Finding(*row[:size]), *row[size:])


__all__ = ["EARLIER", "FAILED", "RANK", "violations"]
