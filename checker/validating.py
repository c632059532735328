"""The command that checks files without data: validate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from checker.commands import book_named
from checker.errors import Problem, Text, Where, say
from checker.load import Book, files_of, is_table, left_unset, load_profile, validated
from checker.load.check import known_policies
from checker.settings import Settings, settle
from checker.shipped import policies_folder


def run_validate(**options: Any) -> int:
    """All problems of the files named, or of the policies in use, and what looks suspicious; 2 where there is an error."""
    from checker.report.diagnostics import render

    settings = settle({"lang": options["lang"]})
    lang, profile = settings["lang"], options["profile"]
    paths = list(options["paths"]) or [policies_folder() if path == "shipped" else Path(path) for path in settings["policies"]]
    if profile and Path(profile).is_file():
        paths.append(Path(profile))
        profile = load_profile(Path(profile)).profile
    tables = [path for path in paths if is_table(path)]
    base, amiss = _beside(settings, paths)
    book, problems = validated([path for path in paths if not is_table(path)], base)
    book = _with_those_in_use(book, settings)
    faults, doubts = _of_tables(tables, book)
    of_named = left_unset(book, profile) if profile else ()
    problems = sorted({*amiss, *problems, *of_named, *left_unset(book), *faults})
    lints = [] if problems else [*_lints(book), *doubts]
    said = render([*problems, *lints], options["form"], lang)
    if said:
        print(said)
    if not problems and options["form"] == "text":
        print(_sum(len(lints) if options["strict"] else 0)[lang])
    return 2 if problems or (options["strict"] and lints) else 0


def _sum(refused: int) -> Text:
    if refused:
        return say("没有错误,但有 {n} 处可疑(`--strict`)", "no errors, but suspicious: {n} (`--strict`)", n=refused)
    return say("没有错误", "no errors")


def _beside(settings: Settings, paths: Sequence[Path]) -> tuple[Book | None, list[Problem]]:
    """The book that an audit here judges by, which the files are checked against; and what is wrong with its other files."""
    if settings["policies"] == ("shipped",) and [path.resolve() for path in paths] == [policies_folder().resolve()]:
        return None, []
    base, problems = book_named(settings["policies"])
    checked = {file.resolve() for file in files_of(paths)}
    return base, [one for one in problems if Path(one.where.file).resolve() not in checked]


def _with_those_in_use(book: Book, settings: Settings) -> Book:
    """The book with the policies that the project file names: a profile there selects among them all."""
    if settings.origins["policies"] == "default":
        return book
    return replace(book, unset=None, policies=tuple((known_policies(book) or {one.id: one for one in book.policies}).values()))


def _of_tables(paths: Sequence[Path], book: Book) -> tuple[list[Problem], list[Problem]]:
    """What is wrong with waiver tables, and what is suspicious; without one the readers of tables are not needed."""
    faults, doubts = list[Problem](), list[Problem]()
    for path in paths:
        from checker.lint import over_broad
        from checker.waivers import table_rules

        rules, wrong = table_rules(path, book)
        faults += wrong
        doubts += [one for row, rule in rules for one in over_broad(rule, Where(path.as_posix(), row))]
    return faults, doubts


def _lints(book: Book) -> Sequence[Problem]:
    if book.lints is not None:
        return book.lints
    from checker.lint import suspicions

    return suspicions(book)


__all__ = ["run_validate"]
