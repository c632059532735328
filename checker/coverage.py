"""What the sources of an audit speak of: which sites, from when until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checker.calendars import iso_utc
from checker.engines import export
from checker.errors import Text, say
from checker.ingest import Ingested
from checker.plan import Audit, Site, Stretch
from checker.policy.records import RecordType


def covered(ingested: Ingested) -> dict[str, tuple[Stretch, ...]]:
    """The stretches that are stated, for the sites for which every file states them."""
    found = {}
    for record, one in ingested.coverage.items():
        if None not in one.unstated:
            found[record] = tuple(stretch for stretch in one.stretches if stretch[0] not in one.unstated)
    return {record: stretches for record, stretches in found.items() if stretches}


def absent_of(ingested: Ingested, sites: Sequence[Site], types: Mapping[str, RecordType]) -> dict[str, Text]:
    """Record types whose files say nothing of the period, with why: no rows and no stated coverage, or another time (§7.8)."""
    found = {}
    for record, one in ingested.coverage.items():
        name = types[record].title
        if one.unstated and not export.has_rows(ingested.connection, record):
            found[record] = say("{t}的文件没有一行记录,也没有说明覆盖时间", "the file of {r} has no rows and does not state its coverage", t=name.zh, r=record)
        elif one.stated and types[record].time and not types[record].active and not any(_meets(stretch, site) for stretch in one.stretches for site in sites):
            found[record] = say("{t}的文件只覆盖别的时间", "the files of {r} cover another time", t=name.zh, r=record)
    return found


def _meets(stretch: Stretch, site: Site) -> bool:
    whose, start, until = stretch
    return whose in (None, site.id) and (start is None or start < site.as_of) and (until is None or until > site.first)


def told(audit: Audit, ingested: Ingested) -> dict[str, Any]:
    return {
        record: {
            "stated": one.stated, "partial": one.stated and any(not _whole(one, site) for site in audit.sites),
            "stretches": [{"site": site, "from": start and iso_utc(start), "until": until and iso_utc(until)} for site, start, until in one.stretches],
        }
        for record, one in sorted(ingested.coverage.items())
    }  # fmt: skip


def _whole(coverage: Any, site: Site) -> bool:
    """Whether one stated stretch holds the whole period of a site, up to as-of."""
    until = min(site.until, site.as_of)
    return any(whose in (None, site.id) and (start is None or start <= site.first) and (end is None or end >= until) for whose, start, end in coverage.stretches)


__all__ = ["absent_of", "covered", "told"]
