"""What is valid but suspicious: each lint has an id, and a page in docs/lints.md with a bad and a good example."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checker.errors import Problem, Text, Where, say
from checker.lint.conditions import Found, conditions
from checker.lint.policies import alike, clocks, unused, words
from checker.load import Book, cache
from checker.load.check_files import too_broad
from checker.load.spot import Spot
from checker.policy.files import WaiverRule, Waivers
from checker.policy.records import RecordType

LINTS = ("never-holds", "always-holds", "where-excludes-require", "duplicate-policy", "implied-policy", "wrong-clock", "unused-parameter", "missing-translation", "broad-waiver")
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
        for one in (*conditions(policy, book.records), *clocks(policy), *unused(policy), *words(policy)):
            yield _problem(book.places["policy", policy.id], one)
    for name, same in alike(own):
        yield _problem(book.places["policy", name], same)
    for sort, listed in (("record", book.records), ("profile", book.profiles)):
        for name, model in listed.items():
            if (sort, name) in book.own:
                found = [*words(model), *(unused(model) if isinstance(model, RecordType) else ())]
                yield from (_problem(book.places[sort, name], one) for one in found)
    for spot, other in book.others:
        for index, rule in enumerate(other.waivers if isinstance(other, Waivers) else ()):
            yield from over_broad(rule, spot.source.where(("waivers", index, "policy")))


def over_broad(rule: WaiverRule, where: Where) -> Iterator[Problem]:
    """That a waiver, written in YAML or as a row of a table, speaks of more than one decision should."""
    if too_broad(rule.policy, rule.site, rule.subject, rule.until.number - rule.from_.number):
        what = say("这条豁免范围过大:一次免了多条政策的所有对象,或长达一年以上", "this waiver is too broad: it waives every subject of several policies, or for over a year")
        fix = say("写明一条政策和一个对象,期限不超过一年", "name one policy and one subject, and a year at the most")
        yield _worded("broad-waiver", where, what, fix)


def _problem(spot: Spot, found: Found) -> Problem:
    name, path, what, fix = found
    return _worded(name, spot.at(*path).source.where((*spot.path, *path)), what, fix)


def _worded(name: str, where: Where, what: Text, fix: Text) -> Problem:
    return Problem(where, PREFIX + name, Text(f"{what.zh}({name})", f"{what.en} ({name})"), fix)


__all__ = ["LINTS", "PREFIX", "lint", "over_broad", "suspicions"]
