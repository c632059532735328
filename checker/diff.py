"""Two runs compared: what is new, resolved, still open, what else changed, and why, by fingerprint."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from checker.calendars import audit_period, day_start
from checker.engines.compare import Pair, evidence, pairs
from checker.engines.found import names_of
from checker.finding import Finding, short
from checker.load.kept import Kept, read_kept
from checker.masks import Masks
from checker.policy.files import Profile
from checker.policy.kinds import Base, Ladder, subject_type
from checker.policy.plain import plain
from checker.policy.values import Instant
from checker.report.sentences import Writer
from checker.run import Run, read_run

NEW, RESOLVED, OPEN, CHANGED, OUTSIDE = SORTS = ("new", "resolved", "open", "changed", "outside")
"""`outside`: a violation of which the later run does not speak: another period, site or policy."""
REASONS = ("scope", "policy", "value", "calendar", "records", "as-of", "history", "tool")


@dataclass(frozen=True)
class Side:
    """One of the two runs, with what it was judged by."""

    run: Run
    book: Kept

    @cached_property
    def writer(self) -> Writer:
        return Writer(self.book.policies, dict(self.book.records), {site: one["zone"] for site, one in self.sites.items()}, self.masks)

    @cached_property
    def masks(self) -> Masks:
        return Masks(self.book.policies.values(), dict(self.book.records), False, names_of(self.run))

    @cached_property
    def sites(self) -> dict[str, Mapping[str, Any]]:
        return {one["site"]: one for one in self.run.manifest["sites"]}

    @cached_property
    def judged(self) -> frozenset[str]:
        return frozenset(one["policy"] for one in self.run.summary["policies"] if not one["missing_records"])

    @cached_property
    def evidence(self) -> dict[str, int]:
        return evidence(self.run.path)

    def profile(self, site: str) -> Profile | None:
        return self.book.profiles.get(str(self.sites[site]["profile"])) if site in self.sites else None

    def as_of(self, site: str) -> int:
        found = Instant.parse(str(self.sites[site]["as_of"]))
        return found.local - (found.offset or 0)

    def speaks_of(self, finding: Finding) -> bool:
        """Whether this run judges such an obligation: the policy, the site, and the time of its decision."""
        return finding.policy in self.judged and self.covers(finding)

    def covers(self, finding: Finding) -> bool:
        """Whether it is of a site and a time that this run is about."""
        if finding.site_id not in self.sites:
            return False
        moment = finding.decided_at if finding.decided_at is not None else finding.due_at
        if moment is None:
            return True
        zone, period = str(self.sites[finding.site_id]["zone"]), audit_period(str(self.run.manifest["period"]))
        return day_start(zone, period.first) <= moment < day_start(zone, period.until)


def compare_runs(before: Path, after: Path) -> dict[str, Any]:
    """What became of the findings of one run in another, as data. Raises CheckerError for a folder that is no such run."""
    a, b = (Side(run, read_kept(run)) for run in (read_run(before), read_run(after)))
    why = Why(a, b)
    items: dict[str, list[dict[str, Any]]] = {sort: [] for sort in SORTS}
    for pair in pairs(before, after):
        sort = _sort(pair, b)
        items[sort].append(item(pair, a, b, [] if sort in (OPEN, OUTSIDE) else why.reasons(pair)))
    return {
        "format": "diff/1", "schema_version": 1, "before": _head(a), "after": _head(b), "inputs": why.inputs(),
        "counts": {sort: len(listed) for sort, listed in items.items()}, "policies": list(_by_policy(items)), "items": items,
    }  # fmt: skip


def _sort(pair: Pair, after: Side) -> str:
    before, now = (one.verdict if one else None for one in pair)
    if before == "fail" and now == "fail":
        return OPEN
    if now == "fail":
        return NEW
    if before != "fail":
        return CHANGED
    return RESOLVED if now is not None or (pair[0] and after.speaks_of(pair[0])) else OUTSIDE


def item(pair: Pair, a: Side | None, b: Side | None, reasons: list[str]) -> dict[str, Any]:
    """One finding of either run as data; the sentence is of the later one where both have it."""
    shown, side = (pair[1], b) if pair[1] else (pair[0], a)
    assert shown is not None and side is not None
    said = side.writer.sentence(shown)
    return {
        "id": short(shown.fingerprint), "fingerprint": shown.fingerprint, "policy": shown.policy, "severity": shown.severity, "site": shown.site_id,
        "subject": side.masks.subject(shown.policy, shown.subject), "ordinal": shown.ordinal,
        "before": pair[0].verdict if pair[0] else None, "after": pair[1].verdict if pair[1] else None,
        "reasons": reasons, "zh": said.zh, "en": said.en, "place": side.writer.place(shown), "waived_by": side.masks.some(shown.waived_by),
    }  # fmt: skip


def _head(side: Side) -> dict[str, Any]:
    sites = [{**one, "name": side.masks.some(one.get("name"))} for one in side.run.manifest["sites"]]
    return {"run": side.run.path.as_posix(), "period": side.run.manifest["period"], "sites": sites, "tool": side.run.manifest["tool"]["version"]}


def _by_policy(items: Mapping[str, list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    numbers: dict[str, dict[str, int]] = {}
    for sort, listed in items.items():
        for one in listed:
            numbers.setdefault(one["policy"], dict.fromkeys(SORTS, 0))[sort] += 1
    yield from ({"policy": policy, **counted} for policy, counted in sorted(numbers.items()))


class Why:
    """Why a verdict differs between two runs: by what each finding says, and by what the runs were made of."""

    def __init__(self, before: Side, after: Side) -> None:
        self.a, self.b = before, after
        self.policies = {one for one in before.book.policies if one in after.book.policies and plain(before.book.policies[one]) != plain(after.book.policies[one])}
        self.data = any(before.run.manifest["data"] != after.run.manifest["data"] or before.run.summary[key] != after.run.summary[key] for key in ("files", "coverage"))
        self.tool = before.run.manifest["tool"] != after.run.manifest["tool"]

    def inputs(self) -> dict[str, Any]:
        """What the runs were made of and differs."""
        sites = sorted(self.a.sites.keys() & self.b.sites.keys())
        return {
            "policies": sorted(self.policies), "profiles": [one for one in sites if plain(self.a.profile(one)) != plain(self.b.profile(one))],
            "calendars": [one for one in sites if self._calendar_moved(one)], "data": self.data, "tool": self.tool,
            "as_of": [one for one in sites if self.a.as_of(one) != self.b.as_of(one)],
        }  # fmt: skip

    def reasons(self, pair: Pair) -> list[str]:
        """What accounts for the change; all that may, where one run has no such finding and the files differ as well."""
        shown = pair[1] or pair[0]
        assert shown is not None
        if not all(one or side.covers(shown) for one, side in zip(pair, (self.a, self.b), strict=True)):
            return ["scope"]
        policy = self.b.book.policies.get(shown.policy) or self.a.book.policies[shown.policy]
        tests = {
            "policy": shown.policy in self.policies or (shown.policy in self.a.judged) != (shown.policy in self.b.judged),
            "value": self._value_moved(pair, shown, policy), "calendar": self._counts_days(policy, shown) and self._calendar_moved(shown.site_id),
            "records": self.data and self._records_moved(pair), "as-of": self._time_passed(pair, shown),
        }  # fmt: skip
        found = [reason for reason, holds in tests.items() if holds]
        return found or ["history" if isinstance(policy, Ladder) else "records" if self.data or not self.tool else "tool"]

    def _value_moved(self, pair: Pair, shown: Finding, policy: Base) -> bool:
        """Another value in force, or another window."""
        one, other = self.a.profile(shown.site_id), self.b.profile(shown.site_id)
        if one is None or other is None:
            return False
        owners = (subject_type(policy),) if pair[0] and pair[1] else (subject_type(policy), policy.id)
        read = json.dumps([plain(policy), shown.value], ensure_ascii=False)
        windows = {name for name in one.windows.keys() | other.windows.keys() if one.windows.get(name) != other.windows.get(name)}
        moved = any(plain(one.set.get(owner)) != plain(other.set.get(owner)) for owner in owners) or any(name in read for name in windows)
        return moved or bool(pair[0] and pair[1] and pair[0].value != pair[1].value)

    def _calendar_moved(self, site: str) -> bool:
        """Another calendar, another text of it, or national holidays of another edition."""
        one, other = self.a.profile(site), self.b.profile(site)
        if one is None or other is None:
            return False
        listed = self.a.run.manifest["calendars"], self.b.run.manifest["calendars"]
        if self.a.run.manifest["holidays"] != self.b.run.manifest["holidays"]:
            return True
        return one.calendar != other.calendar or any(listed[0].get(name) != listed[1].get(name) for name in ("national", one.calendar))

    def _counts_days(self, policy: Base, shown: Finding) -> bool:
        """Whether working days come into it: in the policy, the value in force, or a window of the site."""
        windows = [plain(side.profile(shown.site_id).windows) for side in (self.a, self.b) if side.profile(shown.site_id)]  # type: ignore[union-attr]
        text = json.dumps([plain(policy), shown.value, shown.unit, windows], ensure_ascii=False)
        return any(word in text for word in ("working day", "workdays", "restdays"))

    def _records_moved(self, pair: Pair) -> bool:
        """Whether the finding says other facts, or rests on other records; of one that is gone the files are all that is known."""
        one, other = pair
        if one is None or other is None:
            return True
        same = all(getattr(one, key) == getattr(other, key) for key in ("measured", "unit", "occurred_at", "arguments", "missing", "accountable", "disputed"))
        return not same or self.a.evidence.get(one.fingerprint) != self.b.evidence.get(other.fingerprint)

    def _time_passed(self, pair: Pair, shown: Finding) -> bool:
        """Whether it was or is pending, or was decided when the other run had not got so far."""
        if shown.site_id not in self.a.sites or shown.site_id not in self.b.sites or self.a.as_of(shown.site_id) == self.b.as_of(shown.site_id):
            return False
        earlier = min(self.a.as_of(shown.site_id), self.b.as_of(shown.site_id))
        moments = [one.decided_at for one in pair if one and one.decided_at is not None]
        return any(one is not None and one.verdict == "pending" for one in pair) or any(one >= earlier for one in moments)


__all__ = ["REASONS", "SORTS", "Side", "Why", "compare_runs", "item"]
