"""The sites that records belong to, their zones, and the offsets of those zones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from duckdb import DuckDBPyConnection

from checker.calendars import offsets
from checker.ingest.cast import name
from checker.ingest.finished import Finished
from checker.ingest.stage import Stage
from checker.policy.values import DAY

YEAR = 366 * DAY
ONLY = "S1"
"""The id of the one site where nothing says which site it is."""


def find_sites(db: DuckDBPyConnection, by_record: Mapping[str, Sequence[Stage]], done: Finished, zone: str) -> None:
    """Leave sites with their zones, the span of the records, and the tables `in_zone` and `in_site`."""
    _sites(db, by_record, done, zone)
    done.span = _span(db, by_record)
    _zone_tables(db, by_record, done)


def _sites(db: DuckDBPyConnection, by_record: Mapping[str, Sequence[Stage]], done: Finished, zone: str) -> None:
    """Sites with zone and profile: of the site roster, else those that rows name, else one."""
    for one in by_record.get("site", ()):
        stored = one.kind.stored
        columns = [name(column) if column in stored else "NULL" for column in ("site_id", "timezone", "profile_id")]
        timed = [column for column, spec in stored.items() if spec.type == "windows"]
        columns += [name(column) for column in timed]
        for site, its_zone, profile, *opens in db.execute(f"SELECT {', '.join(columns)} FROM ({one.sql}) WHERE site_id IS NOT NULL").fetchall():
            done.zones[site] = its_zone or zone
            done.windows[site] = {column: said for column, said in zip(timed, opens, strict=True) if said}
            if profile:
                done.profiles[site] = profile
    if done.zones:
        return
    for stages in by_record.values():
        for one in stages:
            mapping = one.found.mapping
            named = mapping.zone if mapping and mapping.zone else zone
            for site in _named(db, one):
                done.zones.setdefault(site, named)
    if not done.zones:
        mapped = [one.found.mapping.zone for stages in by_record.values() for one in stages if one.found.mapping and one.found.mapping.zone]
        done.zones[ONLY] = mapped[0] if mapped else zone


def _named(db: DuckDBPyConnection, one: Stage) -> list[str]:
    """The site ids that a staged table names itself."""
    mapping = one.found.mapping
    if mapping and "site_id" in mapping.constants:
        return [str(mapping.constants["site_id"])]
    if "site_id" in one.kind.stored:
        return [row[0] for row in db.execute(f"SELECT DISTINCT site_id FROM ({one.sql}) WHERE site_id IS NOT NULL ORDER BY 1").fetchall()]
    return []


def _span(db: DuckDBPyConnection, by_record: Mapping[str, Sequence[Stage]]) -> tuple[int | None, int | None]:
    """The first and last instant of all records, as read."""
    low: list[int] = []
    high: list[int] = []
    for one in (one for stages in by_record.values() for one in stages):
        instants = [column for column, spec in one.kind.stored.items() if spec.type == "instant"]
        if not instants:
            continue
        ends = ", ".join(f"min({name(column)}), max({name(column)})" for column in instants)
        row = db.execute(f"SELECT {ends} FROM ({one.sql})").fetchone() or ()
        low += [value for value in row[::2] if value is not None]
        high += [value for value in row[1::2] if value is not None]
    return (min(low), max(high)) if low else (None, None)


def _zone_tables(db: DuckDBPyConnection, by_record: Mapping[str, Sequence[Stage]], done: Finished) -> None:
    """`in_zone`: the offsets of every zone that is needed, over the span of the records."""
    zones = set(done.zones.values())
    for one in (one for stages in by_record.values() for one in stages):
        if one.found.mapping and one.found.mapping.zone:
            zones.add(one.found.mapping.zone)
    first, last = done.span
    db.execute('CREATE TEMP TABLE in_zone (zone VARCHAR, from_us BIGINT, until_us BIGINT, "offset" BIGINT)')
    if first is not None and last is not None:
        rows = [(zone, *piece) for zone in sorted(zones) for piece in offsets(zone, first - YEAR, last + YEAR)]
        db.executemany("INSERT INTO in_zone VALUES (?, ?, ?, ?)", rows)
    db.execute("CREATE TEMP TABLE in_site (site VARCHAR, zone VARCHAR)")
    db.executemany("INSERT INTO in_site VALUES (?, ?)", sorted(done.zones.items()))


__all__ = ["ONLY", "find_sites"]
