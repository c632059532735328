"""The commands. stdout is the result, stderr the rest; heavy libraries are imported by the command that needs them."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from checker.errors import LANGUAGES, CheckerError, system

FAULT = 3
LEVELS = ("critical", "major", "minor", "advisory", "never")
VERDICTS = ("fail", "pending", "unknown", "exempt", "pass")
Command = TypeVar("Command", bound=Callable[..., Any])


def lang_option(command: Command) -> Command:
    return click.option("--lang", type=click.Choice(LANGUAGES), envvar="CHECKER_LANG", help="Language of what is printed.")(command)


def path_type(exists: bool = True) -> click.Path:
    return click.Path(exists=exists, path_type=Path)


def format_option(*forms: str) -> Callable[[Command], Command]:
    """`--format`, which is `text` where that is among the forms and nothing is said."""
    return click.option("--format", "form", type=click.Choice(forms), default="text" if "text" in forms else None, required="text" not in forms, callback=_as_utf8)


def _as_utf8(context: click.Context, _: click.Parameter, form: str) -> str:
    """What is for machines is UTF-8 where it goes to a file or a pipe, whatever the console's code page is."""
    if form != "text" and not context.resilient_parsing and hasattr(sys.stdout, "reconfigure") and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")
    return form


def completes(what: str) -> Callable[[click.Context, click.Parameter, str], list[Any]]:
    """What the shell offers for an option or argument: a function of `checker.completion`, by name."""

    def offered(context: click.Context, _: click.Parameter, begun: str) -> list[Any]:
        from checker import completion

        found: list[Any] = getattr(completion, what)(context.params, begun)
        return found

    return offered


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        from checker.about import versions

        click.echo(versions())
        context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Versions of the program, its engine, calendar and formats.")
def cli() -> None:
    """Check that written service standards are kept: 服务标准核查.

    \b
    checker audit 十月/ --profile residential --period 2026-10
    checker validate policies/
    checker explain telephone.answer-within-rings
    checker doctor 十月/
    """


@cli.command()
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--profile", shell_complete=completes("profiles"), help="Name of a profile, or a profile file.")
@click.option("--period", help="2026, 2026-H1, 2026-Q4, 2026-10, 2026-W42, 2026-10-05 or FROM..TO.")
@click.option("--as-of", help="The instant up to which the records speak; the end of the period unless said.")
@click.option("--policies", "policies", multiple=True, help="Policy files or folders instead of the shipped ones; `shipped` keeps them.")
@click.option("--select", "select", multiple=True, shell_complete=completes("policy_globs"), help="Only the policies whose id fits this glob; may be repeated.")
@click.option("--mapping", "mappings", multiple=True, type=path_type(), help="How these files are read; may be repeated.")
@click.option("--history", "history", multiple=True, type=path_type(exists=False), help="A folder of earlier runs and of decisions; may be repeated.")
@click.option("--waivers", "waivers", multiple=True, type=path_type(), help="A waiver file (YAML, Excel, CSV): what fits stays a violation, waived; may be repeated.")
@click.option("--baseline", type=path_type(), help="An earlier run: exit with 1 only for violations that did not stand there.")
@click.option("--out", type=path_type(exists=False), help="The run folder; audit-PERIOD unless said.")
@click.option("--fail-on", type=click.Choice(LEVELS), default=None, help="Exit with 1 at violations of this severity or worse.")
@click.option("--max-unknown", help="Exit with 2 where more than this share of a policy cannot be judged; 5 % unless said.")
@click.option("--allow-missing", is_flag=True, help="Judge the rest where policies lack their record types, and exit as if that were meant.")
@click.option("--keep-passes", is_flag=True, help="Write passes among the findings too.")
@click.option("--unmask", is_flag=True, help="Show names, phones and addresses; needs --reason.")
@click.option("--reason", help="Why personal data is shown; kept in the manifest.")
@click.option("--report/--no-report", default=True, help="Write the reports for people into the run folder, as `checker report` does; they are written unless said.")
@format_option("text", "json")
@lang_option
def audit(**options: Any) -> None:
    """Audit DATA (files or folders) against the policies of a profile."""
    from checker.commands import run_audit

    raise click.exceptions.Exit(run_audit(**options))


@cli.command()
@click.argument("folder", type=path_type(exists=False), default=Path("."))
@lang_option
def init(**options: Any) -> None:
    """Write a working FOLDER: a policy, its fixtures, a profile, a mapping, a sample export, CI and editor settings."""
    from checker.machines import run_init

    raise click.exceptions.Exit(run_init(**options))


@cli.command()
@click.argument("run", type=path_type(exists=False))
@click.option("--format", "formats", multiple=True, help="Only this format (xlsx, md); may be repeated.")
@click.option("--history", "history", multiple=True, type=path_type(exists=False), help="A folder of earlier runs and of decisions; may be repeated.")
@click.option("--unmask", is_flag=True, help="Show names, phones and addresses; needs --reason.")
@click.option("--reason", help="Why personal data is shown; kept in the manifest.")
@lang_option
def report(**options: Any) -> None:
    """Render RUN (the folder that an audit wrote) again as report.html, notices.html, report.xlsx and report.md, without its data."""
    from checker.commands import run_report

    raise click.exceptions.Exit(run_report(**options))


@cli.command()
@click.argument("run", type=path_type(exists=False))
@format_option("jsonl", "csv", "parquet", "oscal", "sarif")
@click.option("-o", "--output", type=path_type(exists=False), help="The file to write; stdout unless said.")
@click.option("--verdict", "verdicts", multiple=True, type=click.Choice(VERDICTS), help="Only findings with this verdict; may be repeated.")
@click.option("--unmask", is_flag=True, help="Show names, phones and addresses; needs --reason.")
@click.option("--reason", help="Why personal data is shown; kept in the manifest.")
@lang_option
def export(**options: Any) -> None:
    """Hand the findings of RUN (the folder that an audit wrote) to another program: JSON Lines, CSV, Parquet, OSCAL, SARIF."""
    from checker.machines import run_export

    raise click.exceptions.Exit(run_export(**options))


@cli.command()
@click.argument("paths", nargs=-1, type=path_type())
@format_option("text", "json", "github", "sarif", "junit")
@click.option("--profile", shell_complete=completes("profiles"), help="Check this profile with the policies: name or file.")
@click.option("--strict", is_flag=True, help="What is valid but suspicious counts as an error too.")
@lang_option
def validate(**options: Any) -> None:
    """Check policy, record, profile, mapping, fixture and waiver files (waivers also as Excel or CSV); needs no data."""
    from checker.validating import run_validate

    raise click.exceptions.Exit(run_validate(**options))


@cli.command()
@click.argument("paths", nargs=-1, type=path_type())
@format_option("text", "json", "junit")
@click.option("--require", is_flag=True, help="Each policy has cases that show it met, broken, on its limit and with values missing.")
@click.option("--mutate", is_flag=True, help="Change each policy in one small thing at a time; its cases must notice.")
@click.option("--min-kill", default="0.95", show_default=True, help="The share of mutants that must be noticed: 0.95 or 95 %.")
@click.option("--policies", "policies", multiple=True, help="Policy files or folders instead of the shipped ones; `shipped` keeps them.")
@click.option("--profile", shell_complete=completes("profiles"), help="The profile of files and cases that name none: name or file.")
@lang_option
def test(**options: Any) -> None:
    """Run fixture files (PATHS; the folder `fixtures` unless said): records in, every expected finding out."""
    from checker.commands import run_test

    raise click.exceptions.Exit(run_test(**options))


@cli.command()
@click.argument("policy", shell_complete=completes("policy_ids"))
@click.option("--policies", "policies", multiple=True, help="Policy files or folders instead of the shipped ones.")
@click.option("--profile", shell_complete=completes("profiles"), help="Show the values in force at sites of this profile.")
@click.option("--run", type=path_type(exists=False), help="Of a finding (F-…): the folder that the audit wrote.")
@click.option("--data", multiple=True, type=path_type(exists=False), help="Of a finding: where the files that were read stand now; may be repeated.")
@click.option("--history", "history", multiple=True, type=path_type(exists=False), help="Of a finding: a folder of earlier runs and of decisions; may be repeated.")
@click.option("--unmask", is_flag=True, help="Of a finding: show names, phones and addresses; needs --reason.")
@click.option("--reason", help="Why personal data is shown.")
@format_option("text", "json")
@lang_option
def explain(**options: Any) -> None:
    """Say a POLICY as a person would: what it demands, of whom, with clause and dated values. Or of a finding (F-… with --run):
    the value in force and why, the records with their rows, the arithmetic, what would have been enough.
    """
    from checker.commands import run_explain

    raise click.exceptions.Exit(run_explain(**options))


@cli.command()
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--mapping", "mappings", multiple=True, type=path_type())
@click.option("--policies", "policies", multiple=True)
@click.option("--profile", shell_complete=completes("profiles"))
@format_option("text", "json")
@lang_option
def doctor(**options: Any) -> None:
    """Say how each file and column of DATA is understood, and which policies have the evidence they need."""
    from checker.commands import run_doctor

    raise click.exceptions.Exit(run_doctor(**options))


@cli.command()
@click.option("--data", multiple=True, type=click.Path(path_type=Path), help="Files or folders: say which policies lack evidence; may be repeated.")
@click.option("--mapping", "mappings", multiple=True, type=path_type(), help="How these files are read; may be repeated.")
@click.option("--policies", "policies", multiple=True, help="Policy files or folders instead of the shipped ones.")
@format_option("text", "json")
@lang_option
def clauses(**options: Any) -> None:
    """Say how many standards of each document and area are checked, and what the policies lack in your data."""
    from checker.commands import run_clauses

    raise click.exceptions.Exit(run_clauses(**options))


@cli.command()
@click.argument("runs", nargs=-1, type=path_type())
@click.option("--policies", "policies", nargs=2, default=None, metavar="OLD NEW", help="Two versions of policy files or folders (`shipped`: the shipped ones) instead of two runs.")
@click.option("--data", multiple=True, type=click.Path(path_type=Path), help="With --policies: the files or folders to judge by both; may be repeated.")
@click.option("--period", help="With --policies: the period to judge, as in `checker audit`.")
@click.option("--as-of", help="With --policies: the instant up to which the records speak.")
@click.option("--profile", help="With --policies: the profile, by name in both versions, or a file.")
@click.option("--mapping", "mappings", multiple=True, type=path_type(), help="With --policies: how these files are read; may be repeated.")
@click.option("--history", "history", multiple=True, type=path_type(exists=False), help="With --policies: a folder of earlier runs; may be repeated.")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text")
@lang_option
def diff(**options: Any) -> None:
    """Compare two RUNS by fingerprint, or say what a change of policies would do (1 where one became looser)."""
    from checker.comparing import run_diff

    raise click.exceptions.Exit(run_diff(**options))


@cli.command()
@click.argument("run", type=path_type())
@click.option("--profile", help="Another profile for every site: name or file.")
@click.option("--set", "values", multiple=True, metavar="POLICY.PARAMETER=VALUE", help="Another value of one limit; may be repeated.")
@click.option("--waivers", "waivers", multiple=True, type=path_type(), help="Other waivers than the run's (YAML, Excel, CSV); may be repeated.")
@click.option("--without", "without", multiple=True, help="Leave out the policies whose id fits this glob; may be repeated.")
@click.option("--policies", "policies", multiple=True, help="Where the profile and the policies that waivers name stand, if not shipped.")
@click.option("--out", type=path_type(exists=False), help="The run folder of the result; RUN-rejudged unless said.")
@click.option("--fail-on", type=click.Choice(LEVELS), default=None, help="Exit with 1 at violations of this severity or worse.")
@click.option("--max-unknown", help="Exit with 2 where more than this share of a policy cannot be judged; 5 % unless said.")
@click.option("--unmask", is_flag=True, help="Show names, phones and addresses; needs --reason.")
@click.option("--reason", help="Why personal data is shown; kept in the manifest.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@lang_option
def rejudge(**options: Any) -> None:
    """Judge a RUN again with other limits or waivers, without its files; what needs them is refused by name."""
    from checker.comparing import run_rejudge

    raise click.exceptions.Exit(run_rejudge(**options))


@cli.command()
@click.argument("source", required=False, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--profile", shell_complete=completes("profiles"), help="Name of a profile, or a profile file.")
@click.option("--policies", "policies", multiple=True, help="Policy files or folders instead of the shipped ones; `shipped` keeps them.")
@click.option("--select", "select", multiple=True, shell_complete=completes("policy_globs"), help="Only the policies whose id fits this glob; may be repeated.")
@click.option("--state", type=path_type(exists=False), help="The folder that outlives a crash; watch-state unless said.")
@click.option("--clock", type=click.Choice(["records", "wall"]), default="records", show_default=True, help="The time that records speak of, or the time of day.")
@click.option("--warn-before", default="60s", show_default=True, help="How long before a deadline an alert says that it is due soon.")
@click.option("--late", default="10m", show_default=True, help="How late a record may come; one that comes later is reported.")
@click.option("--mapping", "mappings", multiple=True, type=path_type(), help="How the files of a folder are read; may be repeated.")
@click.option("--listen", metavar="HOST:PORT", help="Take events by HTTP POST too; needs --token-file.")
@click.option("--token-file", type=path_type(), help="A file with the bearer token of --listen.")
@click.option("--notify", multiple=True, metavar="KIND=URL", help="Send alerts on: webhook, wecom, dingtalk, feishu; KIND=@FILE keeps the address in a file; may be repeated.")
@click.option("--digest", help="Send on only what is due soon at once, the rest once in this time, such as 1h.")
@click.option("--board", is_flag=True, help="Show in the terminal what is due next, counting down.")
@click.option("--once", is_flag=True, help="End when what stands in the file or folder is read.")
@click.option("--snapshot", is_flag=True, help="Watch nothing: audit the records of --state as they stand, into --out.")
@click.option("--out", type=path_type(exists=False), help="At the end of a stream, audit what was watched into this run folder.")
@click.option("--fail-on", type=click.Choice(LEVELS), default=None, help="Of that audit: exit with 1 at violations of this severity or worse.")
@click.option("--max-unknown", help="Of that audit: exit with 2 where more than this share of a policy cannot be judged; 5 % unless said.")
@click.option("--unmask", is_flag=True, help="Show names, phones and addresses; needs --reason.")
@click.option("--reason", help="Why personal data is shown.")
@lang_option
def watch(**options: Any) -> None:
    """Watch SOURCE (JSON Lines on stdin, a growing file, a folder of exports) and say what is due soon, lapsed, met or broken."""
    from checker.watching import run_watch

    raise click.exceptions.Exit(run_watch(**options))


@cli.command()
@click.option("--out", type=path_type(exists=False), default=Path("schemas"), show_default=True)
@lang_option
def schema(**options: Any) -> None:
    """Write JSON Schemas: of policies, records, profiles, mappings, fixtures and waivers for editors, and of what is printed as JSON."""
    from checker.machines import run_schema

    raise click.exceptions.Exit(run_schema(**options))


def main() -> None:
    """The entry point: every end has its exit code, and no end a traceback."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # It was closed before the start: whatever is opened next must not stand in its place.
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = cli(prog_name="checker", complete_var="_CHECKER_COMPLETE", standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        from checker.usage import problem_of

        print(problem_of(error).line(_lang()), file=sys.stderr)
        sys.exit(2)
    except CheckerError as error:
        from checker.report.diagnostics import to_text

        print(to_text(error.problems, _lang()), file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except (BrokenPipeError, SystemExit):
        # Whoever read the output has gone; the command framework ends with SystemExit there, and nowhere else.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        print(f"{error.filename or 'checker'}: {system(error)[_lang()]}", file=sys.stderr)
        sys.exit(2)
    except Exception as error:
        _own_fault(error)
        sys.exit(FAULT)
    sys.exit(code)


def _lang() -> str:
    """The language of an error: as asked on the command line, else the environment's, else Chinese."""
    words = sys.argv
    asked = next((after for word, after in itertools.pairwise(words) if word == "--lang"), "")
    joined = next((word.partition("=")[2] for word in words if word.startswith("--lang=")), "")
    said = (one for one in (asked, joined, os.environ.get("CHECKER_LANG", "")) if one in LANGUAGES)
    return next(said, "") or _project_lang() or "zh"


def _project_lang() -> str:
    from checker.settings import settle

    try:
        return str(settle({})["lang"])
    except (CheckerError, OSError):
        return ""


def _own_fault(error: Exception) -> None:
    if os.environ.get("CHECKER_DEBUG"):
        raise error
    said = " ".join(str(error).split())[:300]
    print(
        f"checker: 程序自身出错,不是数据的问题 / this is a fault of the program, not of the data: {said}\n"
        "  CHECKER_DEBUG=1 显示细节 / shows the details",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
