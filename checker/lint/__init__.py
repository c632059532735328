"""What is valid but suspicious: each lint has an id, and a page in docs/lints.md with a bad and a good example."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checker.errors import Problem, Text
from checker.lint.conditions import Found, conditions
from checker.lint.policies import alike, clocks, words
from checker.load import Book, cache
from checker.load.spot import Spot

LINTS = ("never-holds", "always-holds", "where-excludes-require", "duplicate-policy", "implied-policy", "wrong-clock", "missing-translation")
PREFIX = "lint."


def suspicions(book: Book) -> tuple[Problem, ...]:
    """The lints of a book; those of a book that is kept are kept with it."""
    found = tuple(lint(book))
    if book.kept_as:
        cache.keep(replace(book, lints=found))
    return found


def lint(book: Book) -> Iterator[Problem]:
    """The lints of the policies, record types and profiles of the book's own files; what was taken from elsewhere is not judged."""
    own = [one for one in book.policies if ("policy", one.id) in book.own]
    for policy in own:
        for found in (*conditions(policy, book.records), *clocks(policy), *words(policy)):
            yield _problem(book.places["policy", policy.id], found)
    for name, found in alike(own):
        yield _problem(book.places["policy", name], found)
    for sort, listed in (("record", book.records), ("profile", book.profiles)):
        for name, model in listed.items():
            if (sort, name) in book.own:
                yield from (_problem(book.places[sort, name], found) for found in words(model))


def _problem(spot: Spot, found: Found) -> Problem:
    name, path, what, fix = found
    return spot.at(*path).problem(PREFIX + name, Text(f"{what.zh}({name})", f"{what.en} ({name})"), fix)


__all__ = ["LINTS", "PREFIX", "lint", "suspicions"]
