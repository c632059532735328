"""What each command does: options in, a printed result and an exit code out."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from checker.calendars import zone
from checker.errors import CheckerError, Problem, Text, nearest, refuse, say
from checker.load import Book, load_book, validated
from checker.load.meant import policy_hint
from checker.policy.files import Mapping as FileMappings
from checker.policy.files import Profile
from checker.policy.values import Instant
from checker.settings import Settings, settle
from checker.shipped import policies_folder

# --- audit -----------------------------------------------------------------------------------------------------------


def run_audit(**options: Any) -> int:
    """Audit, write the run directory, print the summary. Returns the exit code."""
    from checker.audit import Outcome, exit_code, run

    settings = settle({**options, "mapping": options["mappings"]})
    request = audit_request(options, settings, book_of(settings["policies"]))
    lang = settings["lang"]
    outcome: Outcome = run(request, audit_reports)
    if options["report"]:
        render_run(request.out, request.history, lang, request.reason if request.unmask else None)
    print_audit(outcome, options["form"], lang)
    return exit_code(outcome.incomplete, outcome.summary["policies"], settings["fail_on"])


def render_run(out: Path, history: Sequence[Path], lang: str, reason: str | None) -> None:
    """Write every report of a run into its folder; names are masked unless there is a reason."""
    from checker.render import RENDERERS, render

    render(out, history, tuple(RENDERERS), "en" if lang == "en" else "zh", reason)


def run_report(**options: Any) -> int:
    """Render a run again, without its data."""
    from checker.render import RENDERERS, render

    settings = settle(options)
    may_unmask(options)
    formats = options["formats"] or tuple(RENDERERS)
    for form in formats:
        if form not in RENDERERS:
            raise refuse("report.format", say("没有格式 `{f}`", "there is no format `{f}`", f=form), say("可用 {k}", "there are {k}", k=", ".join(RENDERERS)))
    for path in render(options["run"], options["history"], formats, settings["lang"], options["reason"] if options["unmask"] else None):
        print(path)
    return 0


def may_unmask(options: Mapping[str, Any]) -> None:
    """Showing personal data needs a reason. Raises CheckerError."""
    if options["unmask"] and not (options["reason"] or "").strip():
        raise refuse(
            "unmask.reason", say("`--unmask` 要说明理由", "`--unmask` needs a reason"),
            say("加 `--reason 理由`", "add `--reason TEXT`"),
        )  # fmt: skip


def audit_request(options: Mapping[str, Any], settings: Settings, book: Book) -> Any:
    """What is asked of an audit by these options. Raises CheckerError."""
    from checker.audit import Request
    from checker.waivers import load_waivers

    may_unmask(options)
    if not settings["period"]:
        raise refuse(
            "period.missing", say("没有说审核哪个期间", "the period is not given"),
            say("加 `--period 2026-10`", "add `--period 2026-10`"),
        )  # fmt: skip
    profiles, default = profiles_of(book, settings["profile"])
    period = str(settings["period"])
    return Request(
        data=tuple(options["data"]), book=book, profiles=profiles, default_profile=default, one_profile=settings.origins["profile"] == "flag",
        mappings=tuple(mapping_of(Path(path), book) for path in settings["mapping"]), period=period, as_of=_instant(settings["as_of"]),
        out=Path(settings["out"] or f"audit-{period}"), select=tuple(settings["select"]), max_unknown=settings.share("max_unknown"),
        max_rejected=settings.share("max_rejected"), allow_missing=options["allow_missing"], keep_passes=options["keep_passes"],
        unmask=options["unmask"], reason=options["reason"], history=tuple(Path(path) for path in settings["history"]),
        waivers=load_waivers([Path(path) for path in settings["waivers"]], book), baseline=Path(settings["baseline"]) if settings["baseline"] else None,
    )  # fmt: skip


def _instant(text: str | None) -> Instant | None:
    if text is None:
        return None
    try:
        found = Instant.parse(str(text))
        if not 1900 <= int(str(text)[:4]) <= 2200:
            raise ValueError(text)
        return found
    except ValueError as error:
        raise refuse(
            "as-of.form", say("`{t}` 不是时刻", "`{t}` is not an instant", t=text),
            say("例如写 `2026-10-31T24:00`", "write for example `2026-10-31T24:00`"),
        ) from error  # fmt: skip


def mapping_of(path: Path, book: Book) -> FileMappings:
    """The mapping that a file holds. Raises CheckerError."""
    found, problems = validated([path], book)
    if problems:
        raise CheckerError(problems)
    for _, model in found.others:
        if isinstance(model, FileMappings):
            return model
    raise refuse(
        "mapping.format", say("{p} 不是对照文件", "{p} is not a mapping file", p=path),
        say("第一行写 `format: mappings/1`", "begin it with `format: mappings/1`"),
    )  # fmt: skip


def book_of(paths: Sequence[str | Path]) -> Book:
    """The policies, record types and profiles named; `shipped` stands for the shipped ones. Raises CheckerError with every problem in them."""
    book, problems = book_named(paths)
    if problems:
        raise CheckerError(problems)
    return book


def book_named(paths: Sequence[str | Path]) -> tuple[Book, list[Problem]]:
    """What `book_of` gives, beside what is wrong with it."""
    named = [policies_folder() if str(path) == "shipped" else Path(path) for path in paths]
    return validated(named, None if policies_folder() in named else load_book([policies_folder()]))


def profiles_of(book: Book, named: str | None) -> tuple[dict[str, Profile], str | None]:
    """All profiles that a site may name, and the one for sites that name none."""
    profiles = dict(book.profiles)
    if not profiles:
        profiles = dict(load_book([policies_folder()]).profiles)
    if named is None:
        return profiles, None
    if named in profiles:
        return profiles, named
    if Path(named).suffix in (".yaml", ".yml") or Path(named).exists():
        found = _profile(Path(named), book)
        return {**profiles, found.profile: found}, found.profile
    meant = nearest(named, profiles)
    hint = say("是不是 `{m}`?", "did you mean `{m}`?", m=meant) if meant else say("已有 {k}", "there are {k}", k=", ".join(sorted(profiles)))
    raise refuse("profile.unknown", say("没有方案 `{n}`", "there is no profile `{n}`", n=named), hint)


def _profile(path: Path, book: Book) -> Profile:
    found, problems = validated([path], book)
    if problems:
        raise CheckerError(problems)
    own = [name for sort, name in found.own if sort == "profile"]
    if not own:
        raise refuse(
            "profile.format", say("{p} 不是方案文件", "{p} is not a profile file", p=path),
            say("第一行写 `format: profiles/1`", "begin it with `format: profiles/1`"),
        )  # fmt: skip
    return found.profiles[own[0]]


def audit_reports(outcome: Any) -> dict[str, Any]:
    from checker.report import tables

    text = json.dumps(outcome.summary, ensure_ascii=False, indent=2) + "\n"
    return {
        "data-quality.csv": tables.quality(outcome.ingested, outcome.masks),
        "summary.json": lambda path: path.write_text(text, encoding="utf-8"),
    }


def _writer(outcome: Any) -> Any:
    from checker.report.sentences import Writer

    zones = {site.id: site.zone for site in outcome.audit.sites}
    return Writer(outcome.policies, outcome.audit.types, zones, outcome.masks)


def print_audit(outcome: Any, form: str, lang: str) -> None:
    """The result of an audit, or of a run judged again, on stdout; what makes it incomplete on stderr."""
    from checker.report.standing import standing_text
    from checker.report.text import SHOWN, audit_text, printable

    incomplete, summary = [outcome.masks.text(line[lang]) for line in outcome.incomplete], outcome.masks.summary(outcome.summary)
    for line in incomplete:
        print(line, file=sys.stderr)
    if form == "json":
        print(json.dumps(summary, ensure_ascii=False, indent=2))
        return
    worst = list(outcome.findings(("fail",), SHOWN))
    titles = {policy.id: policy.title.text[lang] for policy in outcome.policies.values()}
    summary |= {"sites": list(_local(outcome))}
    said = audit_text(summary, worst, _writer(outcome), titles, incomplete, str(outcome.out), lang) + standing_text(summary, lang)
    print(printable(said), end="")


def _local(outcome: Any) -> Iterator[dict[str, Any]]:
    from checker.report.sentences import moment

    for said, site in zip(outcome.summary["sites"], outcome.audit.sites, strict=True):
        yield {**said, "as_of_local": moment(site.as_of, site.zone, "zh")}


# --- test, explain, clauses, doctor -------------------------------------------------------------------------------


def run_test(**options: Any) -> int:
    """Run fixtures, and mutants where asked. 1 for a failed case, one that is lacking, or too few kills."""
    from checker.testing.fixtures import results, suites_at
    from checker.testing.kills import Mutation, mutated
    from checker.testing.required import lacking
    from checker.testing.said import FORMS, Told

    settings = settle(options)
    least = _least(options["min_kill"])
    book = book_of(settings["policies"])
    profiles, named = profiles_of(book, options["profile"])
    book = replace(book, profiles=profiles)
    suites = suites_at(list(options["paths"]) or [Path("fixtures")], book, named)
    missing = tuple(lacking(suites, _in_question(suites, book, bool(options["paths"])), book)) if options["require"] else ()
    found = tuple(results(suites, book))
    mutation = sum(_shown(mutated(suites, book)), Mutation()) if options["mutate"] else None
    told = Told(found, missing, mutation)
    print(FORMS[options["form"]](told, settings["lang"]))
    if missing:
        return 2
    return int(bool(told.failed) or (mutation is not None and not mutation.enough(least)))


def _shown(found: Iterator[Any]) -> Iterator[Any]:
    """What comes, with a sign of life on a terminal."""
    for number, one in enumerate(found, 1):
        if sys.stderr.isatty():
            print(f"\r{number}", end="", file=sys.stderr, flush=True)
        yield one


def _in_question(suites: Sequence[Any], book: Book, chosen: bool) -> list[Any]:
    """The policies whose cases must be complete: those of the files named, else all of the book. A policy that stands in a fixture
    file is there to try a record type."""
    tested = [policy for suite in suites if not suite.fixture.policies for policy in suite.policies]
    return list({policy.id: policy for policy in (tested if chosen else [*book.policies, *tested])}.values())


def _least(text: str) -> Fraction:
    """A share, written `0.95` or `95 %`. Raises CheckerError."""
    try:
        found = Fraction(text.removesuffix("%").strip()) / (100 if text.endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        found = Fraction(-1)
    if 0 <= found <= 1:
        return found
    raise refuse("option.share", say("`{v}` 不是比率(`--min-kill`)", "`{v}` is not a share (`--min-kill`)", v=text), say("例如写 `0.95`", "write for example `0.95`"))


def run_explain(**options: Any) -> int:
    """Print a policy as a person would say it; or, of a run, a finding with its arithmetic."""
    from checker.report.explain import explain

    if options["policy"][:2].lower() == "f-" or re.fullmatch("[0-9a-fA-F]{64}", options["policy"]):
        return explain_finding(options)
    settings = settle(options)
    book = book_of(settings["policies"])
    by_id = {policy.id: policy for policy in book.policies}
    wanted = options["policy"]
    if wanted not in by_id:
        raise refuse("policy.unknown", say("没有政策 `{p}`", "there is no policy `{p}`", p=wanted), policy_hint(wanted, by_id))
    profiles, named = profiles_of(book, options["profile"])
    print(explain(by_id[wanted], book, profiles.get(named or ""), settings["lang"]))
    return 0


def explain_finding(options: Mapping[str, Any]) -> int:
    """Print a finding of a run: the clause, the value in force and why, the arithmetic, the records, what would have been enough."""
    from checker.engines.found import names_of
    from checker.explaining import explained
    from checker.report.finding import Told, as_data, as_text
    from checker.report.of_run import OfRun

    lang = settle({"lang": options["lang"]})["lang"]
    may_unmask(options)
    if options["run"] is None:
        what = say("没有说是哪次审核的结果", "it is not said of which run")
        raise refuse("explain.run", what, say("加 `--run 审核文件夹`", "add `--run FOLDER`, the folder that an audit wrote"))
    found = explained(options["run"], options["policy"], options["data"], options["history"])
    of = OfRun(found.run, found.book, lang, options["reason"] if options["unmask"] else None, names_of(found.run))
    told = Told(of, found.policy, found.finding, found.explanation, found.why, found.evidence, found.places)
    print(json.dumps(as_data(told), ensure_ascii=False, indent=2) if options["form"] == "json" else as_text(told), end="" if options["form"] == "text" else "\n")
    return 0


def run_doctor(**options: Any) -> int:
    """Say how files and columns are understood, which policies have their evidence, and where options come from."""
    from checker.ingest import ingest
    from checker.report.doctor import as_json, as_text

    settings = settle({**options, "mapping": options["mappings"]})
    book = book_of(settings["policies"])
    mappings = tuple(mapping_of(Path(path), book) for path in settings["mapping"])
    found = ingest(tuple(options["data"]), book.records, mappings, examine=True)
    print(as_json(found, book, settings) if options["form"] == "json" else as_text(found, book, settings, settings["lang"]))
    return 0


def run_clauses(**options: Any) -> int:
    """Print what became of every standard, and with data what the policies lack."""
    from checker.clauses import report
    from checker.ingest import ingest
    from checker.report.clauses import as_json, as_text

    settings = settle({**options, "mapping": options["mappings"]})
    book = book_of(settings["policies"])
    mappings = tuple(mapping_of(Path(path), book) for path in settings["mapping"])
    found = ingest(tuple(options["data"]), book.records, mappings, examine=True) if options["data"] else None
    for line in _not_understood(found) if found else ():
        print(line[settings["lang"]], file=sys.stderr)
    said = report(book, found.fields if found else None)
    print(as_json(said) if options["form"] == "json" else as_text(said, settings["lang"]))
    return 0


def _not_understood(found: Any) -> Iterator[Text]:
    yield from (Text(problem.line("zh"), problem.line("en")) for problem in found.problems)
    yield from (say("{n}: 认不出是哪种记录", "{n}: not recognised as any record type", n=file.path) for file in found.files if file.record is None)


__all__ = ["CheckerError", "may_unmask", "run_audit", "run_clauses", "run_doctor", "run_explain", "run_report", "run_test", "zone"]
