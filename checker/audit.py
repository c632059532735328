"""One audit, start to finish: policies and files in, a run directory out."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from checker.audited import Outcome, Request, manifest_of, outcome_of, writers
from checker.calendars import Span, audit_period, day_start, instant_utc
from checker.compile import compile_audit
from checker.coverage import absent_of, covered
from checker.engines import duckdb as engine
from checker.engines import export
from checker.engines.history import History, load_history
from checker.engines.judging import Options
from checker.errors import Text, refuse, say
from checker.evidence import without_records
from checker.incomplete import no_records
from checker.ingest import EARLY, Ingested, Reject, ingest
from checker.ingest.database import within_memory
from checker.load import applies
from checker.load.meant import named_by
from checker.plan import Audit, Site
from checker.policy.kinds import LEVELS, Base
from checker.policy.over import longest_look_back
from checker.policy.values import DAY
from checker.run import read_run, write_run
from checker.standing import failing
from checker.writing import Writer

YEAR = 366 * DAY
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
        audited=history.audited, earlier=history.policies, waivers=request.waivers, sizes=ingested.sizes,
    )  # fmt: skip
    plan = compile_audit(audit)
    mark("compile")
    engine.run_plan(db, audit, plan, Options(request.keep_passes), mark)
    by_id = {policy.id: policy for policy in policies}
    export.sources(db, {number: (file.path, file.sheet) for number, file in enumerate(ingested.files)})
    export.describe(db, by_id, period.label)
    listed = {(one.file, one.row) for one in ingested.quality if one.kind == EARLY}
    ingested = replace(ingested, quality=(*ingested.quality, *(one for one in _early(db) if (one.file, one.row) not in listed)))
    outcome = replace(outcome_of(request, audit, ingested, by_id, lacking, absent, baseline), marks=plan.marks())
    write_run(request.out, {**writers(outcome), **reports(outcome)}, manifest_of(outcome))
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


def exit_code(incomplete: Sequence[Text], policies: Sequence[Mapping[str, Any]], fail_on: str) -> int:
    """0 clean, 1 violations at or above `fail_on` that nobody waived (against a baseline: new ones), 2 incomplete; 2 wins."""
    if incomplete:
        return 2
    if fail_on == "never":
        return 0
    worst = LEVELS[: LEVELS.index(fail_on) + 1]
    return int(any(failing(one) for one in policies if one["severity"] in worst))


__all__ = ["Outcome", "Reports", "Request", "exit_code", "run"]
