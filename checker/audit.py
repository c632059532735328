"""One audit, start to finish: policies and files in, a run directory out."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

from checker import __version__
from checker.calendars import Span, audit_period, day_start, instant_utc, iso_utc
from checker.compile import compile_audit
from checker.coverage import absent_of, covered, told
from checker.engines import duckdb as engine
from checker.engines import export
from checker.engines.found import NAMES
from checker.engines.history import History, load_history
from checker.errors import Text, refuse, say
from checker.evidence import without_records
from checker.finding import VERDICTS, Finding
from checker.incomplete import no_records, not_judged, not_recognised, unknowns
from checker.ingest import EARLY, Ingested, Reject, ingest
from checker.ingest.database import within_memory
from checker.load import Book, applies
from checker.load.book import said_hash
from checker.load.kept import kept
from checker.load.meant import named_by
from checker.masks import Masks
from checker.plan import Audit, Mark, Site, Waiver
from checker.policy.files import Mapping as FileMappings
from checker.policy.files import Profile
from checker.policy.kinds import LEVELS, Base
from checker.policy.over import longest_look_back, proposes
from checker.policy.records import RecordType
from checker.policy.values import DAY, Instant
from checker.run import Run, read_run, write_run
from checker.standing import apart, counted, failing, used
from checker.writing import Writer, marked, tables

YEAR = 366 * DAY
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


Reports = Callable[[Outcome], Mapping[str, Writer]]


@within_memory()
def run(request: Request, reports: Reports, timer: Callable[[str], None] | None = None) -> Outcome:
    """Audit and write the run directory. Raises CheckerError where policies, options or data are unusable."""
    mark = timer or _timer()
    baseline = read_run(request.baseline) if request.baseline else None
    ingested = ingest(
        request.data, request.book.records, request.mappings, max_rejected=request.max_rejected, timer=mark
    )
    mark("ingest")
    db = ingested.connection
    period = audit_period(request.period)
    sites = _sites(request, ingested, period)
    policies = _selected(request, sites)
    absent = absent_of(ingested, sites, request.book.records)
    present = frozenset(ingested.tables) - absent.keys()
    history = load_history(db, request.history)
    mark("history")
    judged, lacking = _with_evidence(policies, request, present, absent)
    audit = Audit(
        types=dict(request.book.records), policies=judged, sites=sites, period=period, span=_span(ingested, sites, history, judged),
        covered=covered(ingested), disputed=ingested.disputed, present=present, calendars=request.book.calendars,
        audited=history.audited, earlier=history.policies, waivers=request.waivers,
    )  # fmt: skip
    plan = compile_audit(audit)
    mark("compile")
    engine.run_plan(db, audit, plan, engine.Options(request.keep_passes), mark)
    by_id = {policy.id: policy for policy in policies}
    export.describe(db, by_id, period.label)
    export.sources(db, {number: (file.path, file.sheet) for number, file in enumerate(ingested.files)})
    listed = {(one.file, one.row) for one in ingested.quality if one.kind == EARLY}
    ingested = replace(ingested, quality=(*ingested.quality, *(one for one in _early(db) if (one.file, one.row) not in listed)))
    outcome = replace(_outcome(request, audit, ingested, by_id, lacking, absent, baseline), marks=plan.marks())
    write_run(request.out, {**_writers(outcome), **reports(outcome)}, _manifest(outcome))
    mark("write")
    return outcome


def _timer() -> Callable[[str], None]:
    """Says on stderr what was done: to a terminal once a second has passed, and where CHECKER_TIMINGS is set as lines
    `timing <stage> <seconds>`."""
    shown, measured = sys.stderr.isatty(), bool(os.environ.get("CHECKER_TIMINGS"))
    begun = last = time.perf_counter()

    def mark(stage: str) -> None:
        nonlocal last
        now = time.perf_counter()
        if measured:
            print(f"timing {stage.replace(' ', '_')} {now - last:.4f}", file=sys.stderr)
        elif shown and now - begun > 1:
            print(f"\r{stage} …\x1b[K" if stage != "write" else "\r\x1b[K", end="", file=sys.stderr, flush=True)
        last = now

    return mark


# --- sites and policies ----------------------------------------------------------------------------------------------


def _sites(request: Request, ingested: Ingested, period: Span) -> tuple[Site, ...]:
    """Every site that rows belong to, with its zone and profile. A site without a profile ends the audit."""
    found = []
    for site in sorted(ingested.sites):
        in_roster = ingested.site_profiles.get(site)
        named = request.default_profile if request.one_profile or not in_roster else in_roster
        profile = request.profiles.get(named or "")
        if profile is None:
            raise _no_profile(site, named, request)
        zone = ingested.sites[site]
        first, until = day_start(zone, period.first), day_start(zone, period.until)
        as_of = instant_utc(zone, request.as_of) if request.as_of else until
        if as_of < first:
            raise refuse(
                "as-of.before-period",
                say("截至时刻 {a} 早于期间 {p} 的开始", "as-of {a} lies before the period {p}", a=request.as_of, p=period.label),
                say("改 `--as-of` 或 `--period`", "change `--as-of` or `--period`"),
            )
        found.append(Site(site, zone, profile, first, until, as_of, ingested.site_windows.get(site, {})))
    return tuple(found)


def _no_profile(site: str, named: str | None, request: Request) -> Exception:
    known = ", ".join(sorted(request.profiles))
    if named:
        what = say("项目 `{s}` 的方案 `{n}` 不存在", "site `{s}` has profile `{n}`, which does not exist", s=site, n=named)
    else:
        what = say("项目 `{s}` 没有考核方案", "site `{s}` has no profile", s=site)
    return refuse(
        "site.no-profile", what,
        say("用 `--profile` 指定,或在项目台账里填「考核方案」;已有 {k}",
            "give `--profile`, or fill the profile column of the site roster; there are {k}", k=known),
    )  # fmt: skip


def _selected(request: Request, sites: Sequence[Site]) -> tuple[Base, ...]:
    """The policies that some site's profile and `--select` name. A `--select` that names nothing is an error."""
    named = frozenset(named_by(request.select, [policy.id for policy in request.book.policies]))
    chosen = [policy for policy in request.book.policies if policy.id in named and any(applies(policy.id, site.profile) for site in sites)]
    if not chosen:
        raise refuse(
            "policies.none",
            say("没有可用的政策", "there is no policy to judge by"),
            say("检查方案的 `policies:` 和 `--select`", "look at `policies:` of the profile and at `--select`"),
        )
    return tuple(chosen)


def _with_evidence(
    policies: Sequence[Base], request: Request, present: frozenset[str], absent: Mapping[str, Text]
) -> tuple[tuple[Base, ...], dict[str, tuple[str, ...]]]:
    """Policies whose record types are there, and the others with what they lack."""
    types = request.book.records
    lacking = without_records(policies, types, present)
    judged = tuple(policy for policy in policies if policy.id not in lacking)
    if not judged:
        why = [absent.get(one) or no_records(one, types) for one in sorted({one for missing in lacking.values() for one in missing})]
        raise refuse(
            "evidence.none",
            say("所选政策需要的记录一种也没有:{z}", "none of the selected policies has its records: {e}",
                z=";".join(one.zh for one in why), e="; ".join(one.en for one in why)),
            say("用 `checker doctor` 看文件怎样被识别", "see with `checker doctor` how the files were understood"),
        )  # fmt: skip
    return judged, lacking


def _span(ingested: Ingested, sites: Sequence[Site], history: History, policies: Sequence[Base]) -> tuple[int, int]:
    """The instants that calendar tables must hold: those of the records and the period, with room for limits and for what
    ladders look back on."""
    first, last = ingested.span
    low = min([site.first for site in sites] + [one for one in (first, history.first) if one is not None])
    low -= longest_look_back(policies, [site.profile for site in sites])
    high = max([site.as_of for site in sites] + [site.until for site in sites] + ([last] if last is not None else []))
    return low - YEAR, high + 2 * YEAR


def _early(db: Any) -> Iterator[Reject]:
    """Records whose end stands before their start: doubtful data, never a violation."""
    reason = say("结束早于开始", "the end stands before the start")
    for file, sheet, row, column, subject in export.early(db):
        yield Reject(EARLY, file, sheet, row, column, subject, reason)


# --- what is written -------------------------------------------------------------------------------------------------


def _writers(outcome: Outcome) -> dict[str, Writer]:
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


def _outcome(
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


def _manifest(outcome: Outcome) -> Callable[[Mapping[str, Mapping[str, Any]]], Mapping[str, Any]]:
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


def exit_code(incomplete: Sequence[Text], policies: Sequence[Mapping[str, Any]], fail_on: str) -> int:
    """0 clean, 1 violations at or above `fail_on` that nobody waived (against a baseline: new ones), 2 incomplete; 2 wins."""
    if incomplete:
        return 2
    if fail_on == "never":
        return 0
    worst = LEVELS[: LEVELS.index(fail_on) + 1]
    return int(any(failing(one) for one in policies if one["severity"] in worst))


__all__ = ["Outcome", "Reports", "Request", "exit_code", "run"]
