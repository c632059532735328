"""What a fixture says of earlier runs: violations, what was audited, and decisions, as the tables that ladders read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checker.calendars import instant_utc
from checker.compile.sql import name
from checker.engines.duckdb import HISTORY
from checker.finding import fingerprint
from checker.plan import Site
from checker.policy.files import Case, Decided, Earlier, Fixture
from checker.policy.kinds import Base, Ladder, Level
from checker.policy.over import levels, reads

Audited = tuple[tuple[str, str, int, int], ...]


def with_read(policies: tuple[Base, ...], book: Sequence[Base]) -> tuple[Base, ...]:
    """Policies, and those of a book whose findings they count."""
    own = {one.id for one in policies}
    read = {named for one in policies if isinstance(one, Ladder) for named in reads(one, levels(book))}
    return (*policies, *(one for one in book if one.id in read - own))


def past(fixture: Fixture, case: Case, sites: Sequence[Site], policies: Sequence[Base]) -> tuple[Audited, dict[str, Level]]:
    """(site, policy, from, until) that earlier runs audited, and the policies of which there are violations."""
    told = case.history or fixture.history
    if told is None:
        return (), {}
    known = levels(policies)
    audited = [
        (site.id, one.id, instant_utc(site.zone, told.audited.from_), instant_utc(site.zone, told.audited.until))
        for site in sites for one in policies
        if told.audited and told.audited.from_ and told.audited.until
    ]  # fmt: skip
    return tuple(audited), {one.policy: known.get(one.policy, "minor") for one in told.findings}


def fill_past(db: Any, fixture: Fixture, case: Case, sites: Sequence[Site]) -> None:
    """Create `#finding` and `#decision` where they are not there yet, and add to them."""
    for table, columns in HISTORY.items():
        db.execute(f"CREATE TABLE IF NOT EXISTS {name(table)} ({columns})")
    zones = {site.id: site.zone for site in sites}
    told = case.history or fixture.history
    for one in told.findings if told else ():
        db.execute('INSERT INTO "#finding" VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, NULL)', _row(one, zones))
    for number, decided in enumerate(case.decisions or fixture.decisions):
        site = decided.site or next(iter(zones))
        at = instant_utc(zones[site], decided.at) if decided.at else None
        db.execute('INSERT INTO "#decision" (id, decision, "at", "no") VALUES (?, ?, ?, ?)', [_mark(decided, site)[:12], decided.decision, at, number])


def _row(one: Earlier, zones: Mapping[str, str]) -> list[object]:
    site = one.site or next(iter(zones))
    return [one.policy, site, one.team, one.accountable, one.subject, one.ordinal, instant_utc(zones[site], one.at), _mark(one, site)]


def _mark(one: Earlier | Decided, site: str) -> str:
    return fingerprint(one.policy, site, one.subject, one.ordinal)


__all__ = ["fill_past", "past", "with_read"]
