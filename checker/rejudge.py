"""A run judged again without its files: limits that only the final comparison reads set otherwise, waivers decided anew.

What comes out equals the findings of a full audit with the same values. Any other change is refused, by name.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from checker import __version__
from checker.calendars import audit_period, day_start, offset_at
from checker.changes import Changes, Series, changes_of, known_values, needs_files
from checker.compile.waived import waivers_of
from checker.engines import export
from checker.engines import rejudge as engine
from checker.engines.found import NAMES, names_of
from checker.engines.rejudge import Judged, Row
from checker.errors import CheckerError, Problem, Text, Where, refuse, say
from checker.finding import VERDICTS, Finding
from checker.force import at
from checker.incomplete import unknowns, without
from checker.load.book import said_hash
from checker.load.kept import Kept, read_kept
from checker.masks import Masks
from checker.plan import BEGINNING, FAIL, FOREVER, UNKNOWN, Audit, Mark, Site, Waiver
from checker.policy.files import Profile
from checker.policy.kinds import Base, Ladder
from checker.policy.over import levels, proposes, reads
from checker.policy.typed import Typed
from checker.policy.values import DAY, Instant
from checker.run import Run, read_run, write_run
from checker.standing import counted, used
from checker.writing import marks_of, tables

YEAR = 366 * DAY
COMPARED: Mapping[str, Callable[[Fraction | int, Fraction], bool]] = {
    "at_least": lambda size, limit: size >= limit, "more_than": lambda size, limit: size > limit,
    "at_most": lambda size, limit: size <= limit, "less_than": lambda size, limit: size < limit,
}  # fmt: skip
LEAST = ("at_least", "more_than")


@dataclass(frozen=True)
class Wanted:
    """What is to be otherwise: another profile for every site, single values by (policy, parameter), other waivers (None: those
    of the run), policies to leave out."""

    out: Path
    profile: Profile | None = None
    values: Mapping[tuple[str, str], object] | None = None
    waivers: tuple[Waiver, ...] | None = None
    without: tuple[str, ...] = ()
    max_unknown: Fraction = Fraction(1, 20)
    unmask: bool = False
    reason: str | None = None


@dataclass(frozen=True)
class Outcome:
    """A run judged again, as an audit's outcome is printed."""

    summary: Mapping[str, Any]
    audit: Audit
    policies: Mapping[str, Base]
    incomplete: tuple[Text, ...]
    findings: Callable[[tuple[str, ...], int | None], Iterator[Finding]]
    out: Path
    masks: Masks


def rejudge(path: Path, wanted: Wanted) -> Outcome:
    """Judge a run again and write the result. Raises CheckerError for a change that needs the files, naming it."""
    run = read_run(path)
    book, marks = read_kept(run), marks_of(run.manifest)
    known_values(wanted.values or {}, book.policies, book.records)
    without = tuple(one for one in book.policies if any(fnmatchcase(one, glob) for glob in wanted.without))
    book = replace(book, policies={one: policy for one, policy in book.policies.items() if one not in without})
    before = _audit(run, book, {}, wanted)
    after = _audit(run, book, {site.id: _profile(site.profile, wanted) for site in before.sites}, wanted)
    changes = changes_of(before, after, marks)
    db = duckdb.connect()
    engine.load_tables(db, path, without)
    moved = _judge(db, changes, bool(run.manifest["keep_passes"]))
    waived = engine.waive(db, after)
    _ladders(book, _verdicts_moved(moved) | waived, run)
    engine.settle_passes(db, sorted(changes.policies), bool(run.manifest["keep_passes"]))
    summary = _summary(db, run, after, book)
    incomplete = (*(Text(one["zh"], one["en"]) for one in summary["incomplete"]), *unknowns(summary["policies"], wanted.max_unknown))
    book = replace(book, profiles={site.profile.profile: site.profile for site in after.sites})
    masks = Masks(book.policies.values(), after.types, wanted.unmask, names_of(run))
    _write(db, run, after, book, summary, wanted, masks)
    return Outcome(summary, after, book.policies, incomplete, lambda words, limit: export.findings(db, words, limit), wanted.out, masks)


# --- what is judged by -----------------------------------------------------------------------------------------------


def _audit(run: Run, book: Kept, profiles: Mapping[str, Profile], wanted: Wanted) -> Audit:
    """The audit that a run was, with other profiles where they are given."""
    period = audit_period(str(run.manifest["period"]))
    sites = []
    for one in run.manifest["sites"]:
        zone, as_of = str(one["zone"]), Instant.parse(str(one["as_of"]))
        profile = profiles.get(one["site"]) or book.profiles[one["profile"]]
        first, until = day_start(zone, period.first), day_start(zone, period.until)
        sites.append(Site(one["site"], zone, profile, first, until, as_of.local - (as_of.offset or 0)))
    judged = {one["policy"] for one in run.summary["policies"] if not one["missing_records"]}
    span = min(site.first for site in sites) - YEAR, max(max(site.as_of, site.until) for site in sites) + YEAR
    return Audit(
        dict(book.records), tuple(policy for policy in book.policies.values() if policy.id in judged), tuple(sites), period, span,
        calendars=book.calendars, waivers=waivers_of(run.summary["waivers"]) if wanted.waivers is None else wanted.waivers,
    )  # fmt: skip


def _profile(old: Profile, wanted: Wanted) -> Profile:
    """The profile of a site with what is wanted; values given one by one stand over those of the profile."""
    profile = wanted.profile or old
    values = {policy: dict(named) for policy, named in profile.set.items()}
    for (policy, parameter), value in (wanted.values or {}).items():
        values.setdefault(policy, {})[parameter] = value  # type: ignore[assignment]
    return profile.model_copy(update={"set": values})


# --- judging ---------------------------------------------------------------------------------------------------------


def _judge(db: Any, changes: Changes, keep: bool) -> list[Judged]:
    """Every finding of the policies whose limit is set otherwise, judged again."""
    if not keep:
        for (policy, site), values in changes.after.items():
            _only_looser(policy, changes.marks[policy], changes.before[policy, site], values)
    found = [_judged(row, changes) for row in engine.compared(db, sorted(changes.policies))]
    engine.set_verdicts(db, found)
    engine.set_targets(db, dict(_targets(db, changes)))
    return found


def _targets(db: Any, changes: Changes) -> Iterator[tuple[tuple[str, str, str], tuple[int, int]]]:
    """What is asked of the rates that are in the list of rates alone, each by the value in force at its period's start."""
    for policy, site, period in engine.rated(db, sorted(changes.policies)):
        if (policy, site) in changes.after:
            start = day_start(changes.sites[site].zone, audit_period(period).first)
            if share := _share(at(changes.after[policy, site], start)):
                yield (policy, site, period), share


def _only_looser(policy: str, mark: Mark, before: Series, after: Series) -> None:
    """A run that holds no passes does not know which of them a stricter limit would break."""
    for moment in sorted({start for start, _, _ in (*before, *after)}):
        one, other = at(before, moment), at(after, moment)
        if isinstance(one, Typed) and isinstance(other, Typed) and (_size(other) > _size(one) if mark.operator in LEAST else _size(other) < _size(one)):
            raise refuse(
                "rejudge.needs-passes",
                say("`{p}.{n}` 变严了,而这次审核没有保留合格项", "`{p}.{n}` becomes stricter, and this run does not hold its passes", p=policy, n=mark.parameter),
                say("用 `checker audit --keep-passes` 审核一次,再重判", "audit once with `checker audit --keep-passes`, then judge that run again"),
            )


def _size(value: Typed) -> Fraction:
    return Fraction(int(str(value.value)), int(str(value.second)) if value.kind == "share" else 1)


def _judged(row: Row, changes: Changes) -> Judged:
    kept = json.loads(row.compared)
    site = changes.sites[row.site]
    local = None if row.occurred is None else row.occurred + offset_at(site.zone, row.occurred)
    versions = kept if isinstance(kept, list) else [{"at": row.occurred, "v": row.v, "field": row.field, "compared": row.compared}]
    judged = [_version(one, row, changes, site) for one in versions]
    v, limit, lacks = judged[0]
    if len({one[0] for one in judged}) > 1:
        v, lacks = UNKNOWN, "disputed"
    moment = site.first if versions[0]["at"] is None else int(versions[0]["at"])
    return Judged(row, v, limit, lacks if v == UNKNOWN else None, _told(row, changes, moment), local, _target(row, changes, moment))


def _version(one: Mapping[str, Any], row: Row, changes: Changes, site: Site) -> tuple[int, int | None, str | None]:
    """(verdict, limit, what an unknown lacks) of one version of a record."""
    mark, kept = changes.marks[row.policy], json.loads(one["compared"])
    value = at(changes.after[row.policy, row.site], site.first if one["at"] is None else int(one["at"]))
    if not isinstance(value, Typed) or not isinstance(at(changes.before[row.policy, row.site], site.first if one["at"] is None else int(one["at"])), Typed):
        raise CheckerError(needs_files(f"{row.policy}.{mark.parameter}"))
    target = _size(value)
    limit = row.limit if kept["base"] is None else _limit(target * kept["base"], mark)
    if kept["low"] is None or one["v"] == 0:
        return int(one["v"]), limit, one["field"]
    word = _compared(kept, target, mark)
    return int(kept[word]), limit, kept.get(f"lacks_{word}")


def _compared(kept: Mapping[str, Any], target: Fraction, mark: Mark) -> str:
    """`met` where the comparison surely holds, `unmet` where it never can, else `between`."""
    holds = COMPARED[mark.operator]
    worst, best = (kept["low"], kept["high"]) if mark.operator in LEAST else (kept["high"], kept["low"])
    return "met" if holds(worst, target * kept["of"]) else "between" if holds(best, target * kept["of"]) else "unmet"


def _limit(exact: Fraction, mark: Mark) -> int:
    """The smallest whole number that is enough, or the greatest that is not too much."""
    return -(-exact.numerator // exact.denominator) if mark.operator in LEAST else exact.numerator // exact.denominator


def _told(row: Row, changes: Changes, moment: int) -> str | None:
    """The values in force as the finding tells them, with the new one in the place of the old."""
    if row.value is None:
        return None
    old, new = (at(series[row.policy, row.site], moment) for series in (changes.before, changes.after))
    name = changes.marks[row.policy].parameter
    was, now = (one.said if isinstance(one, Typed) else "?" for one in (old, new))
    return f"; {row.value}".replace(f"; {name}={was}", f"; {name}={now}", 1)[2:]


def _target(row: Row, changes: Changes, moment: int) -> tuple[int, int] | None:
    """The share that is asked for now; None where the limit is no share."""
    return _share(at(changes.after[row.policy, row.site], moment))


def _share(value: object) -> tuple[int, int] | None:
    return (_size(value).numerator, _size(value).denominator) if isinstance(value, Typed) and value.kind == "share" else None


def _verdicts_moved(found: Sequence[Judged]) -> frozenset[str]:
    """The policies of which something became a violation, or ceased to be one."""
    return frozenset(one.row.policy for one in found if (one.v == FAIL) != (one.row.v == FAIL))


def _ladders(book: Kept, moved: frozenset[str], run: Run) -> None:
    """A ladder counts the findings of others: where these change it would have to be judged with the files."""
    known = levels(book.policies.values())
    judged = {one["policy"] for one in run.summary["policies"] if not one["missing_records"]}
    problems = []
    for ladder in book.policies.values():
        if isinstance(ladder, Ladder) and ladder.id in judged and (read := [one for one in reads(ladder, known) if one in moved]):
            what = say("`{l}` 累计 `{p}` 的不合格项,也会变", "`{l}` counts the violations of `{p}` and would change too", l=ladder.id, p="`, `".join(read))
            fix = say("重新审核,或加 `--without {l}` 不判它", "audit again, or leave it out with `--without {l}`", l=ladder.id)
            problems.append(Problem(Where(""), "rejudge.ladder", what, fix))
    if problems:
        raise CheckerError(problems)


# --- what is written -------------------------------------------------------------------------------------------------


def _summary(db: Any, run: Run, audit: Audit, book: Kept) -> dict[str, Any]:
    """The run's summary with the counts as they are now; a baseline is not compared again."""
    numbers, fields, undated = export.counts(db), export.unknown_fields(db), export.undated(db)
    listed = []
    for one in run.summary["policies"]:
        policy = one["policy"]
        if policy in book.policies:
            verdicts = {word: numbers.get((policy, code), 0) for code, word in enumerate(VERDICTS, 1)}
            rest = {key: value for key, value in one.items() if key not in ("new", "waived")}
            listed.append({**rest, **verdicts, "unknown_fields": fields.get(policy, {}), "undated": undated.get(policy, 0),
                           "proposes": proposes(book.policies[policy])})  # fmt: skip
    gone = [one["policy"] for one in run.summary["policies"] if one["policy"] not in book.policies]
    sites = [{**one, "profile": site.profile.profile} for one, site in zip(run.summary["sites"], audit.sites, strict=True)]
    uses = export.waiver_uses(db) if audit.waivers else {}
    return {
        **run.summary, "incomplete": without(run.summary["incomplete"], gone), "sites": sites, "policies": counted(listed, export.waived(db), None),
        "waivers": used(audit, uses) if audit.waivers else [], "baseline": None,
    }  # fmt: skip


def _write(db: Any, run: Run, audit: Audit, book: Kept, summary: Mapping[str, Any], wanted: Wanted, masks: Masks) -> None:
    """The run directory of the result: of the same form as an audit's."""
    export.describe(db, book.policies, audit.period.label)
    moments = db.execute("SELECT min(least(occurred, due, decided)), max(greatest(occurred, due, decided)) FROM finding").fetchone()
    low, high = (bound if one is None or not BEGINNING < one < FOREVER else one for one, bound in zip(moments or (None, None), audit.span, strict=True))
    audit = replace(audit, span=(min(low, audit.span[0]) - YEAR, max(high, audit.span[1]) + YEAR))
    text = json.dumps(summary, ensure_ascii=False, indent=2) + "\n"

    def manifest(files: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
        return {
            **{name: said for name, said in run.manifest.items() if name != "reports"},
            "tool": {**run.manifest["tool"], "version": __version__}, "sites": summary["sites"], "files": files,
            "policies": {policy: mark for policy, mark in run.manifest["policies"].items() if policy in book.policies},
            "profiles": {**run.manifest["profiles"], **{name: said_hash(one) for name, one in book.profiles.items()}},
            "unmasked": wanted.reason if wanted.unmask else None, "rejudged": run.path.as_posix(),
        }  # fmt: skip

    stay = [one for one in ("people.parquet", NAMES, "data-quality.csv") if one in run.manifest["files"]]
    write_run(wanted.out, {
        **tables(db, audit, book.book.titles, book.text, masks), **_same(run, *stay), "summary.json": lambda path: path.write_text(text, encoding="utf-8"),
    }, manifest)  # fmt: skip


def _same(run: Run, *names: str) -> dict[str, Callable[[Path], object]]:
    """Files of the run that stay as they are."""
    return {name: partial(shutil.copyfile, run.path / name) for name in names}


__all__ = ["Outcome", "Wanted", "rejudge"]
