"""What a file's form cannot show: names that exist, types and units that fit, values that are set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import PurePath

from pydantic import BaseModel

from checker.errors import Problem, say
from checker.load.book import Book
from checker.load.check_calendars import calendar, calendar_named
from checker.load.check_catalogue import catalogue, followed, made_of
from checker.load.check_files import mapping, names_a_policy, profile, unset, waivers
from checker.load.check_fixtures import fixture
from checker.load.check_policies import policy
from checker.load.check_records import record_type
from checker.load.check_words import cited, translated
from checker.load.fields import Scope
from checker.load.meant import listed
from checker.load.spot import Spot
from checker.policy.files import Catalogue, Fixture, Profile, Waivers
from checker.policy.files import Mapping as FileMappings
from checker.policy.kinds import Base, Ladder
from checker.policy.over import in_order


def check_book(book: Book) -> Iterator[Problem]:
    """Every problem that the files of a book have with each other; what was taken from another book is not judged."""
    scope, known = scope_of(book), known_policies(book)
    for one in book.policies:
        if ("policy", one.id) in book.own:
            spot = book.places["policy", one.id]
            yield from _told(spot, _policy(spot, scope, one, book, known))
    for name, record in book.records.items():
        if ("record", name) in book.own:
            yield from _with_words(book.places["record", name], record, book, record_type(book.places["record", name], scope, record))
    for name, tailoring in book.profiles.items():
        if ("profile", name) in book.own:
            spot = book.places["profile", name]
            yield from _with_words(spot, tailoring, book, profile(spot, scope, tailoring, known))
            if _catalogue_read(book):
                yield from followed(spot, tailoring, book.catalogue)
            yield from calendar_named(spot, tailoring, book)
    for name, days in book.calendars.items():
        if ("calendar", name) in book.own:
            yield from _with_words(book.places["calendar", name], days, book, calendar(book.places["calendar", name], days))
    for spot, model in book.others:
        yield from _told(spot, _other(spot, scope, model, known, book))


def _told(spot: Spot, found: Iterator[Problem]) -> Iterator[Problem]:
    """What is not a consequence of what was left out or made up where a file has other problems."""
    lost = [path for path in spot.source.lost if path[: len(spot.path)] == spot.path]
    places = {spot.source.where(path, key=key) for path in lost for key in (False, True)}
    for one in found:
        if one.where not in places:
            yield one


def _with_words(spot: Spot, model: BaseModel, book: Book, found: Iterator[Problem]) -> Iterator[Problem]:
    """What a check found, and what is wrong with texts and citations."""
    yield from found
    yield from translated(spot, model)
    if _catalogue_read(book):
        yield from cited(spot, model, book.catalogue)


def _catalogue_read(book: Book) -> bool:
    return all(sort not in ("catalogue", "unreadable") for sort, _ in book.broken)


def scope_of(book: Book) -> Scope:
    """The names of a book, without a record of its own."""
    return Scope(book.records, None, {}, book.windows, frozenset(name for sort, name in book.broken if sort in ("record", "field")))


def known_policies(book: Book) -> Mapping[str, Base] | None:
    """The policies by id; None where some could not be read, so that nothing is said of an unknown one."""
    if any(sort in ("policy", "unreadable") for sort, _ in book.broken):
        return None
    return {**book.elsewhere, **{one.id: one for one in book.policies}}


def _policy(spot: Spot, scope: Scope, one: Base, book: Book, known: Mapping[str, Base] | None) -> Iterator[Problem]:
    yield from _with_words(spot, one, book, policy(spot, scope, one))
    if _catalogue_read(book):
        yield from made_of(spot, one, book.catalogue, _beside(spot, book))
    if isinstance(one, Ladder):
        yield from _over(spot, one, known)


def _beside(spot: Spot, book: Book) -> set[str]:
    """The standards that a catalogue in the folder of the policy's file, or above it, lists: what stands there is complete."""
    file = PurePath(spot.source.file)
    lists = [(PurePath(place.source.file), model) for place, model in book.others if isinstance(model, Catalogue)]
    return {name for path, model in lists if path.parent in file.parents for name in model.standards}


def _over(spot: Spot, one: Ladder, known: Mapping[str, Base] | None) -> Iterator[Problem]:
    """That a ladder reads policies that exist, and neither itself nor what reads it."""
    for index, named in enumerate(one.of.findings.policies):
        place = spot.at("of", "findings", "policies", index)
        yield from names_a_policy(place, named, known)
        if fnmatchcase(one.id, named):
            what = say("政策不能读自己的结论", "a policy does not read its own findings")
            yield place.problem("ladder.itself", what, say("写别的政策", "name other policies"))
    circle = in_order(tuple((known or {}).values()))[1]
    if one.id in circle:
        others = listed([named for named in circle if named != one.id] or [one.id])
        what = say("它和 {o} 互相读对方的结论,谁也不能先算", "it and {o} read each other's findings: neither can come first", o=others)
        yield spot.at("of", "findings", "policies").problem("ladder.circle", what, say("从其中一条的 `policies:` 里去掉另一条", "take one of them out of `policies:` of the other"))


def _other(spot: Spot, scope: Scope, model: object, known: Mapping[str, Base] | None, book: Book) -> Iterator[Problem]:
    match model:
        case FileMappings():
            yield from mapping(spot, scope, model)
        case Fixture():
            yield from fixture(spot, scope, model, known)
            yield from calendar_named(spot, model, book)
            for index, case in enumerate(model.cases):
                yield from calendar_named(spot.at("cases", index), case, book)
        case Waivers():
            yield from waivers(spot, model, known)
        case Catalogue():
            yield from catalogue(spot, model, known)
            yield from translated(spot, model)
            yield from cited(spot, model, book.catalogue or model)


def check_profile(book: Book, one: Profile) -> Iterator[Problem]:
    """That a profile sets everything that the policies it selects leave to the site."""
    yield from unset(book.places["profile", one.profile], one, book.policies, scope_of(book))
