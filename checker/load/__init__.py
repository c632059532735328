"""Files people write -> the book: policies, record types, profiles, documents; or everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from checker.errors import CheckerError, Problem, Where, refuse, say
from checker.load import cache
from checker.load.book import Book, bound, hashed, over
from checker.load.called import called
from checker.load.check import check_book, check_profile
from checker.load.check_files import applies
from checker.load.meant import listed, meant
from checker.load.reading import MODELS, Loaded, read, understood
from checker.policy.files import Fixture, Profile

ENDINGS = (".yaml", ".yml")
TABLES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".csv")
SHOWN = 200
"""Of one file not more than this many problems are told."""


def files_of(paths: Sequence[Path]) -> Iterator[Path]:
    """The YAML files at these paths, sorted within each folder. Raises CheckerError for a path that does not exist."""
    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*") if one.suffix in ENDINGS and one.is_file() and not _hidden(one, path))
        elif path.exists():
            yield path
        else:
            raise refuse("file.none", say("没有 {p}", "there is no {p}", p=path), say("检查路径", "look at the path"), Where(path.as_posix()))


def is_table(path: Path) -> bool:
    """Whether a file is a table that people fill in, not YAML."""
    return path.suffix.lower() in TABLES


def _hidden(path: Path, top: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(top).parts)


def examine(paths: Sequence[Path], base: Book | None = None) -> tuple[Book, list[Problem]]:
    """The book of these paths and every problem in them, sorted. What they name and do not have is taken from `base`.

    Raises CheckerError for a path that does not exist.
    """
    loaded = [read(path) for path in dict.fromkeys(files_of(paths))]
    problems = [problem for one in loaded for problem in one.source.problems]
    book = over(base, bound(loaded, problems))
    return book, _first({called(problem, book.records) for problem in (*problems, *check_book(book))})


def _first(problems: set[Problem]) -> list[Problem]:
    """The problems, sorted; of a file with very many the first, and how many there are beside them."""
    by_file: dict[str, list[Problem]] = {}
    for one in sorted(problems):
        by_file.setdefault(one.where.file, []).append(one)
    for several in by_file.values():
        more = len(several) - SHOWN
        if more > 0:
            what = say("这个文件还有 {n} 处问题没有列出", "{n} more problems of this file are not listed", n=more)
            several[SHOWN:] = [Problem(replace(several[SHOWN].where, column=0), "file.more", what, say("先改前面的", "mend those above first"))]
    return [one for several in by_file.values() for one in several]


def load_book(paths: Sequence[Path], base: Book | None = None) -> Book:
    """The book of these paths over `base` (see `examine`). Raises one CheckerError with every problem in them."""
    book, problems = remembered(paths, base)
    if problems:
        raise CheckerError(problems)
    return book


def remembered(paths: Sequence[Path], base: Book | None = None) -> tuple[Book, list[Problem]]:
    """What `examine` finds; of whole books without a problem it is remembered from one command to the next."""
    files = tuple(dict.fromkeys(files_of(paths)))
    key = cache.key_of(files) if base is None else None
    if key and (kept := cache.found(key, files)):
        return kept, []
    book, problems = examine(files, base)
    if key and not problems and not any(isinstance(model, Fixture) for _, model in book.others):
        book = cache.keep(replace(hashed(replace(book, others=())), kept_as=key, unset=tuple(left_unset(book))))
    return book, problems


def validate(paths: Sequence[Path], base: Book | None = None, profile: str | None = None) -> list[Problem]:
    """Every problem of the files at these paths; with the name of a profile also what that leaves unset."""
    return validated(paths, base, profile)[1]


def validated(paths: Sequence[Path], base: Book | None = None, profile: str | None = None) -> tuple[Book, list[Problem]]:
    """The book of these paths, and what `validate` finds."""
    book, problems = remembered(paths, base)
    return book, problems if profile is None else sorted({*problems, *left_unset(book, profile)})


def left_unset(book: Book, profile: str | None = None) -> Iterator[Problem]:
    """What a profile leaves unset of the policies that it selects; unless one is named, each of the book's own files."""
    if profile is None and book.unset is not None:
        yield from book.unset
        return
    for name in [one for sort, one in sorted(book.own) if sort == "profile"] if profile is None else [profile]:
        if name in book.profiles:
            yield from check_profile(book, book.profiles[name])
        elif ("profile", name) not in book.broken:
            yield _no_profile(name, book)


def _no_profile(named: str, book: Book) -> Problem:
    near = meant(named, book.profiles)
    there = say("已有 {k}", "there are {k}", k=listed(sorted(book.profiles))) if book.profiles else say("写出方案文件", "name a profile file")
    fix = say("是不是 `{m}`?", "did you mean `{m}`?", m=near) if near else there
    return Problem(Where(""), "profile.unknown", say("没有方案 `{n}`", "there is no profile `{n}`", n=named), fix)


def load_file(path: Path) -> Any:
    """The model of one file. Raises CheckerError with every problem in it."""
    if not path.exists():
        raise refuse("file.none", say("没有 {p}", "there is no {p}", p=path), say("检查路径", "look at the path"), Where(path.as_posix()))
    loaded = read(path)
    if loaded.source.problems:
        raise CheckerError(loaded.source.problems)
    return loaded.model


def load_profile(path: Path) -> Profile:
    """A profile file. Raises CheckerError."""
    found = load_file(path)
    if isinstance(found, Profile):
        return found
    what = say("{p} 不是方案文件", "{p} is not a profile file", p=path)
    raise refuse("profile.format", what, say("第一行写 `format: profiles/1`", "begin it with `format: profiles/1`"), Where(path.as_posix()))


__all__ = ["MODELS", "Book", "Loaded", "applies", "examine", "files_of", "left_unset", "load_book", "load_file", "load_profile", "over", "read", "understood",
           "validate", "validated"]  # fmt: skip
