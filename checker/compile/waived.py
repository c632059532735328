"""Waivers as a typed table, and the one place that decides which violation is waived."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from checker.calendars import day_start
from checker.plan import Audit, Table, Waiver
from checker.policy.values import Day

TABLE = "_waiver"


def waiver_table(audit: Audit) -> Table:
    """One row a waiver, policy and site; the narrowest waiver has the lowest number."""
    columns = {"no": "BIGINT", "policy": "VARCHAR", "site": "VARCHAR", "subject": "VARCHAR", "from_us": "BIGINT", "until_us": "BIGINT", "said": "VARCHAR"}
    return Table(TABLE, columns, tuple(_rows(audit)))


def _rows(audit: Audit) -> Iterator[tuple[object, ...]]:
    for number, one in enumerate(in_order(audit.waivers)):
        for policy in audit.policies:
            for site in audit.sites:
                if fnmatchcase(policy.id, one.policy) and one.site in (None, site.id):
                    start, end = day_start(site.zone, one.first), day_start(site.zone, one.last + 1)
                    yield number, policy.id, site.id, one.subject, start, end, one.said


def in_order(waivers: tuple[Waiver, ...]) -> tuple[Waiver, ...]:
    """The narrowest first: of several that fit a violation it is waived by that."""
    return tuple(sorted(waivers, key=lambda one: (one.subject is None, "*" in one.policy, one.site is None)))


def waivers_of(listed: Sequence[Mapping[str, Any]]) -> tuple[Waiver, ...]:
    """The waivers that a run was made with, as its summary lists them."""
    return tuple(
        Waiver(
            one["policy"], one["site"], one["subject"], Day.parse(one["from"]).number, Day.parse(one["until"]).number,
            one["reason"], one["approved_by"], one["place"],
        )
        for one in listed
    )  # fmt: skip


def fits(alias: str, waiver: str = "w") -> str:
    """Whether a waiver fits a violation: same policy, site and subject, decided on one of its days. Nothing else decides."""
    moment = f"coalesce({alias}.decided, {alias}.occurred)"
    return (
        f"{waiver}.policy = {alias}.policy AND {waiver}.site = {alias}.site AND coalesce({waiver}.subject = {alias}.subject, TRUE) "
        f"AND {moment} >= {waiver}.from_us AND {moment} < {waiver}.until_us"
    )


def waived_sql(audit: Audit, alias: str) -> str:
    """By whom a violation is waived, or NULL."""
    if not audit.waivers:
        return "NULL::VARCHAR"
    return f'(SELECT min_by(w.said, w.no) FROM "{TABLE}" w WHERE {fits(alias)})'


__all__ = ["TABLE", "fits", "in_order", "waived_sql", "waiver_table", "waivers_of"]
