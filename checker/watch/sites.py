"""Which site a record belongs to while records come one by one, and the sites as they become known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.calendars import day_start, offset_at
from checker.errors import Text, say
from checker.ingest.sites import ONLY
from checker.plan import FOREVER, Site
from checker.policy.records import FirstField, RecordType
from checker.policy.values import DAY
from checker.watch.tracked import Tracked
from checker.watch.watching import Settings

ROSTER = "site"
"""The record type whose rows are sites."""


class Sites:
    """Sites in the order in which they became known. Without a roster those that records name; without either the only one."""

    def __init__(self, settings: Settings, types: Mapping[str, RecordType]) -> None:
        self.settings, self.types = settings, types
        self.roster: dict[str, dict[str, Any]] = {}
        """The fields of each site that is known."""
        self.paths = {record: site_paths(kind) for record, kind in types.items()}
        self.told: dict[tuple[str, tuple[Any, ...]], str] = {}
        """The site of a key of which records of several sites were told: the one told last."""

    @property
    def known(self) -> tuple[str, ...]:
        return tuple(self.roster) or (ONLY,)

    def learn(self, record: str, row: Mapping[str, Any]) -> bool:
        """Take in what an event says of sites; whether there is a new one, or one that has changed."""
        site = row.get("site_id")
        if site is None or (record != ROSTER and self.rostered):
            return False
        before = self.roster.get(site)
        if record != ROSTER:
            self.roster.setdefault(site, {})
            return before is None
        if not self.rostered:
            self.roster = {}
        self.roster[site] = {**(before or {}), **row, "#roster": True}
        return self.roster[site] != before

    @property
    def rostered(self) -> bool:
        return any(one.get("#roster") for one in self.roster.values())

    def of(self, records: Tracked, record: str, row: Mapping[str, Any]) -> str | None:
        """The site of a record: as it says, as its roster says, where it was told of last, the only one; None: not known yet."""
        known, found = self.known, self._said(records, record, row)
        if len(known) > 1:
            key = tuple([row.get(name) for name in self.types[record].key])
            if found is not None:
                self._tell(records, record, key, found)
            else:
                there = [site for site in known if key in records.table(record, site).rows]
                found = there[0] if len(there) == 1 else self.told.get((record, key)) if there else None
        elif found is None:
            found = known[0]
        return found if found in known else None

    def _said(self, records: Tracked, record: str, row: Mapping[str, Any]) -> str | None:
        kind = self.types[record]
        for path in self.paths[record]:
            hop, _, field = path.rpartition(".")
            if not hop:
                found = row.get(field)
            else:
                reference = kind.references[hop]
                found = self._rostered(records, reference.record, row.get(reference.by))
            if found is not None:
                return str(found)
        return None

    def _rostered(self, records: Tracked, record: str, who: Any) -> str | None:
        """The one site at which a roster names somebody."""
        if who is None:
            return None
        by = (self.types[record].subject[0],)
        found = [site for site in self.known if next(iter(records.where(record, site, by, (who,))), None) is not None]
        return found[0] if len(found) == 1 else None

    def _tell(self, records: Tracked, record: str, key: tuple[Any, ...], site: str) -> None:
        if any(key in records.table(record, other).rows for other in self.known if other != site):
            self.told[record, key] = site

    def made(self, begun: int, now: int) -> tuple[tuple[Site, ...], list[Text]]:
        """The sites of an audit that began at an instant and has no end, and what is wrong with those that have no profile."""
        found, wrong = [], []
        for site in self.known:
            said = self.roster.get(site, {})
            named = said.get("profile_id") or self.settings.default_profile
            profile = self.settings.profiles.get(str(named)) if named else None
            if profile is None:
                wrong.append(say("项目 `{s}` 没有考核方案,不监测", "site `{s}` has no profile and is not watched", s=site))
                continue
            zone = str(said.get("timezone") or self.settings.zone)
            first, day = local_day(zone, begun), local_day(zone, now)
            windows = {name: str(said[name]) for name, spec in self.types[ROSTER].stored.items() if spec.type == "windows" and said.get(name)} if ROSTER in self.types else {}
            found.append(Site(site, zone, profile, day_start(zone, first), day_start(zone, day + 1), FOREVER, windows))
        return tuple(found), wrong


def local_day(zone: str, instant: int) -> int:
    return (instant + offset_at(zone, instant)) // DAY


def site_paths(kind: RecordType) -> tuple[str, ...]:
    """Where a record type says its site."""
    if kind.site is None:
        return ("site_id",) if "site_id" in kind.stored else ()
    return tuple(kind.site.first_present) if isinstance(kind.site, FirstField) else (kind.site,)


__all__ = ["ROSTER", "Sites", "local_day", "site_paths"]
