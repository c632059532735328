"""Periods as typed tables."""

from __future__ import annotations

from checker.periods import periods
from checker.plan import Audit, Table
from checker.policy.kinds import Base
from checker.policy.values import Duration, Parameter

COLUMNS = {
    "site": "VARCHAR", "kind": "VARCHAR", "from_us": "BIGINT", "until_us": "BIGINT", "closes_us": "BIGINT", "from_day": "BIGINT",
    "until_day": "BIGINT", "label": "VARCHAR",
}  # fmt: skip
"""`closes_us`: the first instant at which nothing more counts."""


def period_table(
    audit: Audit, policy: Base, name: str, every: tuple[object, ...], grace: Parameter | Duration | None = None, working: bool = False
) -> Table:
    """The periods of these kinds (or of the one that a parameter names) that overlap the audit's; `working`: only those in
    which a day is worked."""
    found = ((site.id, one) for site in audit.sites for kind in every for one in periods(audit, policy, site, kind, grace, working))
    rows = tuple((site, one.kind, one.start, one.end, one.closes, one.first, one.until, one.label) for site, one in found)
    return Table(name, COLUMNS, rows)


__all__ = ["period_table"]
