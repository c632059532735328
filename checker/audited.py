"""What an audit leaves: its outcome as a value, the files of the run directory, and the manifest that says what it was made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

from checker import __version__
from checker.calendars import iso_utc
from checker.coverage import told
from checker.engines import duckdb as engine
from checker.engines import export
from checker.engines.found import NAMES
from checker.errors import Text
from checker.finding import VERDICTS, Finding
from checker.incomplete import not_judged, not_recognised, unknowns
from checker.ingest import Ingested
from checker.load import Book
from checker.load.book import said_hash
from checker.load.kept import kept
from checker.masks import Masks
from checker.plan import Audit, Mark, Site, Waiver
from checker.policy.files import Mapping as FileMappings
from checker.policy.files import Profile
from checker.policy.kinds import Base
from checker.policy.over import proposes
from checker.policy.records import RecordType
from checker.policy.values import Instant
from checker.run import Run
from checker.standing import apart, counted, used
from checker.writing import Writer, marked, tables

HOLIDAYS = "chinesecalendar"
"""The library of national holidays, whose version a manifest names."""


@dataclass(frozen=True)
class Request:
    """What is asked of an audit, after options, environment and project file were weighed."""

    data: tuple[Path, ...]
    book: Book
    profiles: Mapping[str, Profile]
    default_profile: str | None
    one_profile: bool
    mappings: tuple[FileMappings, ...]
    period: str
    as_of: Instant | None
    out: Path
    select: tuple[str, ...] = ()
    max_unknown: Fraction = Fraction(1, 20)
    max_rejected: Fraction = Fraction(1, 20)
    allow_missing: bool = False
    keep_passes: bool = False
    unmask: bool = False
    reason: str | None = None
    history: tuple[Path, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    baseline: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """An audit as a value: what the run directory's summary says, and the violations for people to read."""

    request: Request
    summary: Mapping[str, Any]
    audit: Audit
    ingested: Ingested
    policies: Mapping[str, Base]
    incomplete: tuple[Text, ...]
    findings: Callable[[tuple[str, ...], int | None], Iterator[Finding]]
    masks: Masks
    marks: Mapping[str, Mark] = field(default_factory=dict)

    @property
    def out(self) -> Path:
        return self.request.out


def writers(outcome: Outcome) -> dict[str, Writer]:
    """The tables of the run, and what it was judged by."""
    db, audit, request = outcome.ingested.connection, outcome.audit, outcome.request
    text = kept(request.book, outcome.policies.values(), _profiles(audit), request.mappings)
    people = _people(audit.types, outcome.ingested)
    return {
        **tables(db, audit, request.book.titles, text, outcome.masks), "people.parquet": lambda path: export.write_people(db, path, people),
        NAMES: lambda path: export.write_names(db, path, sorted(outcome.masks.hidden.names)),
    }  # fmt: skip


def _profiles(audit: Audit) -> list[Profile]:
    return list({site.profile.profile: site.profile for site in audit.sites}.values())


def _people(types: Mapping[str, RecordType], ingested: Ingested) -> tuple[str, str, str, str, str] | None:
    """(record type, id, name, team, start) of the roster of people, where a file brought it and people have names."""
    for record, kind in types.items():
        named = next((field for field, one in kind.fields.items() if one.personal == "name"), None)
        if kind.team and kind.active and named and record in ingested.tables:
            return record, kind.subject[0], named, kind.team, kind.active.from_
    return None


def _site_names(types: Mapping[str, RecordType], ingested: Ingested) -> dict[str, str]:
    """site -> its name in the roster of sites: the type whose key is the site, and its field `<record>_name`."""
    for record, kind in types.items():
        if record in ingested.tables and kind.site == kind.key[0] and len(kind.key) == 1 and f"{record}_name" in kind.fields:
            return export.site_names(ingested.connection, record, kind.key[0], f"{record}_name")
    return {}


def outcome_of(
    request: Request, audit: Audit, ingested: Ingested, policies: dict[str, Base], lacking: dict[str, tuple[str, ...]],
    absent: Mapping[str, Text], baseline: Run | None,
) -> Outcome:
    db = ingested.connection
    facts = _Facts(export.counts(db), export.unknown_fields(db), export.undated(db), export.reasons(db), lacking)
    names = _site_names(audit.types, ingested)
    new = export.new_since(db, baseline.path / "findings.parquet") if baseline else None
    listed = counted([_counted(policy, facts) for policy in policies.values()], export.waived(db), new)
    summary: dict[str, Any] = {
        "format": "summary/1", "period": audit.period.label, "sites": [_site(site, ingested.site_profiles, names) for site in audit.sites],
        "policies": listed, "files": [_file(file) for file in ingested.files], "coverage": told(audit, ingested),
        "hidden_after_as_of": _hidden(db, audit, ingested), "quality": ingested.quality_counts,
        "waivers": used(audit, export.waiver_uses(db)) if audit.waivers else [], "baseline": str(request.baseline) if request.baseline else None,
        **({"baseline_odd": list(apart(audit, baseline.manifest))} if baseline else {}),
    }  # fmt: skip
    unjudged = () if request.allow_missing else not_judged(listed, absent, request.book.records)
    lost = (*unjudged, *not_recognised(ingested))
    summary["incomplete"] = [{"zh": one.zh, "en": one.en} for one in lost]
    incomplete = (*lost, *unknowns(listed, request.max_unknown))
    return Outcome(
        request, summary, audit, ingested, policies, incomplete,
        lambda verdicts, limit: export.findings(db, verdicts, limit), Masks(policies.values(), audit.types, request.unmask, ingested.names(audit.types)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the engine counted, by policy: verdicts, fields that unknowns lack, undated unknowns, why obligations were not due."""

    counts: Mapping[tuple[str, int], int]
    fields: Mapping[str, dict[str, int]]
    undated: Mapping[str, int]
    reasons: Mapping[str, dict[str, int]]
    lacking: Mapping[str, tuple[str, ...]]


def _counted(policy: Base, facts: _Facts) -> dict[str, Any]:
    numbers: dict[str, int] = {word: facts.counts.get((policy.id, code), 0) for code, word in enumerate(VERDICTS, 1)}
    return {
        "policy": policy.id, "standard": policy.standard, "kind": getattr(policy, "kind", ""), "severity": policy.severity.level, "proposes": proposes(policy),
        "obligations": sum(numbers.values()), **numbers, "not_applicable": facts.counts.get((policy.id, 0), 0),
        "not_applicable_reasons": facts.reasons.get(policy.id, {}), "undated": facts.undated.get(policy.id, 0),
        "unknown_fields": facts.fields.get(policy.id, {}), "missing_records": list(facts.lacking.get(policy.id, ())),
    }  # fmt: skip


def _site(site: Site, in_roster: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "site": site.id, "name": names.get(site.id), "zone": site.zone, "profile": site.profile.profile,
        "profile_in_roster": in_roster.get(site.id), "as_of": iso_utc(site.as_of),
    }  # fmt: skip


def _file(file: Any) -> dict[str, Any]:
    return {
        "file": file.path, "sheet": file.sheet, "record": file.record, "read": file.read, "accepted": file.accepted,
        "rejected": file.rejected, "duplicates": file.duplicates, "superseded": file.superseded,
    }  # fmt: skip


def _hidden(db: Any, audit: Audit, ingested: Ingested) -> dict[str, int]:
    """Rows whose own time lies after as-of, by file: counted, not seen."""
    found: dict[str, int] = {}
    for number, rows in engine.hidden(db, audit, frozenset(ingested.tables)):
        found[ingested.files[number].path] = found.get(ingested.files[number].path, 0) + rows
    return dict(sorted(found.items()))


def manifest_of(outcome: Outcome) -> Callable[[Mapping[str, Mapping[str, Any]]], Mapping[str, Any]]:
    """What the run was made of; `write_run` adds the hashes of the files it wrote."""
    request = outcome.request

    def make(files: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
        return {
            "format": "run/1", "tool": {"name": "service-standards-checker", "version": __version__},
            "period": outcome.audit.period.label, "sites": outcome.summary["sites"],
            "policies": {policy.id: request.book.hash_of("policy", policy.id, policy) for policy in outcome.policies.values()},
            "profiles": {one.profile: _profile_hash(request, one) for one in sorted(request.profiles.values(), key=lambda p: p.profile)},
            "calendars": {named: _calendar_hash(request, named) for named in sorted({one.calendar for one in request.profiles.values()})},
            "holidays": f"{HOLIDAYS} {version(HOLIDAYS)}",
            "data": [{"file": file.path, "sheet": file.sheet, "sha256": file.sha256} for file in outcome.ingested.files],
            "read": {"data": sorted(path.as_posix() for path in request.data), "history": sorted(path.as_posix() for path in request.history)},
            "keep_passes": request.keep_passes, "only_compared": marked(outcome.marks),
            "unmasked": request.reason if request.unmask else None,
            "personal": [f"{one}.parquet" for one in ("compared", "evidence", "findings", "names", "people", "rates", "tally")],
            "files": files,
        }  # fmt: skip

    return make


def _profile_hash(request: Request, one: Profile) -> str:
    in_book = request.book.profiles.get(one.profile) is one
    return request.book.hash_of("profile", one.profile, one) if in_book else said_hash(one)


def _calendar_hash(request: Request, named: str) -> str | None:
    """Of what a calendar's file says; None for the national one where no file speaks of it."""
    found = request.book.calendars.get(named)
    return None if found is None else request.book.hash_of("calendar", named, found)


__all__ = ["Outcome", "Request", "manifest_of", "outcome_of", "writers"]
