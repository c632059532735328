"""The commands that compare and judge again: options in, a printed result and an exit code out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from checker.commands import audit_reports, audit_request, book_of, may_unmask, print_audit, profiles_of, render_run
from checker.errors import refuse, say
from checker.settings import settle


def run_diff(**options: Any) -> int:
    """Compare two runs, or two versions of the policies on the same data."""
    if options["policies"]:
        return _diff_policies(options)
    runs = options["runs"]
    if len(runs) != 2:
        raise refuse(
            "diff.runs", say("要比较两次审核的结果,给出了 {n} 个", "two runs are compared; {n} are given", n=len(runs)),
            say("写 `checker diff 前一次 后一次`,或 `--policies 旧 新`", "write `checker diff RUN_A RUN_B`, or `--policies OLD NEW`"),
        )  # fmt: skip
    from checker.diff import compare_runs
    from checker.report.comparison import FORMS
    from checker.report.text import printable

    print(printable(FORMS[options["form"]](compare_runs(*runs), settle(options)["lang"]).rstrip()))
    return 0


def _diff_policies(options: dict[str, Any]) -> int:
    """What a change of policies would do. 1 where a policy became looser or a floor was lowered."""
    from checker.policy_diff import compare_policies
    from checker.report.policy_comparison import FORMS
    from checker.report.text import printable

    if options["runs"]:
        raise refuse(
            "diff.both", say("两次审核和 `--policies` 不能一起给", "two runs and `--policies` do not go together"),
            say("留下一种", "keep one of them"),
        )  # fmt: skip
    old, new = (_version(path, options["profile"]) for path in options["policies"])
    asked = (lambda version, out, select: _asked(options, version, out, select)) if options["data"] else None
    found = compare_policies(old, new, asked, audit_reports)
    print(printable(FORMS[options["form"]](found, settle(options)["lang"]).rstrip()))
    return int(bool(found["looser"] or found["floors"]))


def _version(path: str, profile: str | None) -> Any:
    from checker.policy_diff import Version

    book = book_of([path])
    return Version(book, *profiles_of(book, profile))


def _asked(options: dict[str, Any], version: Any, out: Path, select: tuple[str, ...]) -> Any:
    """The audit of one version: passes are kept, and records that are missing only leave their policies out."""
    settings = settle({"period": options["period"], "as_of": options["as_of"], "profile": options["profile"], "history": options["history"],
                       "mapping": options["mappings"], "out": str(out), "select": select})  # fmt: skip
    said = {"data": options["data"], "allow_missing": True, "keep_passes": True, "unmask": False, "reason": None}
    request = audit_request(said, settings, version.book)
    return replace(request, profiles=version.profiles, default_profile=version.named, waivers=(), baseline=None)


# --- judging again ---------------------------------------------------------------------------------------------------


def run_rejudge(**options: Any) -> int:
    """Judge a run again without its files, write the result, print it. The exit code is that of an audit."""
    from checker.audit import exit_code
    from checker.rejudge import Wanted, rejudge
    from checker.waivers import load_waivers

    settings = settle({**options, "profile": None, "waivers": ()})
    run: Path = options["run"]
    profile = waivers = None
    if options["profile"] or options["waivers"]:
        book = book_of(settings["policies"])
        profiles, named = profiles_of(book, options["profile"])
        profile = profiles[named] if named else None
        waivers = load_waivers([Path(path) for path in options["waivers"]], book) if options["waivers"] else None
    may_unmask(options)
    outcome = rejudge(run, Wanted(
        out=options["out"] or run.with_name(f"{run.name}-rejudged"), profile=profile, values=dict(map(_value, options["values"])), waivers=waivers,
        without=options["without"], max_unknown=settings.share("max_unknown"), unmask=options["unmask"], reason=options["reason"],
    ))  # fmt: skip
    render_run(outcome.out, (), settings["lang"], options["reason"] if options["unmask"] else None)
    print_audit(outcome, options["form"], settings["lang"])
    return exit_code(outcome.incomplete, outcome.summary["policies"], settings["fail_on"])


def _value(written: str) -> tuple[tuple[str, str], object]:
    """`POLICY.PARAMETER=VALUE` as ((policy, parameter), value). Raises CheckerError."""
    place, sign, value = written.partition("=")
    policy, _, parameter = place.strip().rpartition(".")
    if not (sign and policy and parameter and value.strip()):
        raise refuse(
            "option.set", say("`{w}` 读不懂(`--set`)", "`{w}` cannot be read (`--set`)", w=written),
            say("写成 `政策.参数=值`,例如 `telephone.answer-within-rings.max_rings=3`", "write `POLICY.PARAMETER=VALUE`, such as `telephone.answer-within-rings.max_rings=3`"),
        )  # fmt: skip
    value = value.strip()
    return (policy, parameter), int(value) if value.isascii() and value.isdigit() else value


__all__ = ["run_diff", "run_rejudge"]
