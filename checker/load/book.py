"""The book: everything that policies are made of, put together from files, with the place of each in them."""

from __future__ import annotations

import hashlib
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from pydantic import BaseModel

from checker.errors import Problem, Where, say
from checker.load.reading import MODELS, Loaded
from checker.load.source import Path
from checker.load.spot import Spot
from checker.policy.files import Calendar, Catalogue, Document, Fixture, Profile, Standard, Waivers
from checker.policy.files import Mapping as FileMappings
from checker.policy.kinds import Base
from checker.policy.records import RecordType

Name = tuple[str, str]
"""`("policy", id)`, `("record", name)`, `("profile", name)`, `("calendar", name)`."""


@dataclass(frozen=True)
class Book:
    """Policies, record types, profiles and documents by name, with their places. `own` are those of the files read, as
    against those taken from another book."""

    policies: tuple[Base, ...] = ()
    records: dict[str, RecordType] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)
    catalogue: Catalogue | None = None
    places: Mapping[Name, Spot] = field(default_factory=dict)
    own: frozenset[Name] = frozenset()
    others: tuple[tuple[Spot, Any], ...] = ()
    """Mappings, fixtures, waivers and catalogues, each with its file."""
    broken: frozenset[Name] = frozenset()
    """What is named by entries that could not be read."""
    elsewhere: Mapping[str, Base] = field(default_factory=dict)
    """Policies of the other book, by id: they may be named, they are not among these."""
    windows: frozenset[str] = frozenset()
    """The windows that a profile names or the site roster keeps."""
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    hashes: Mapping[Name, str] = field(default_factory=dict)
    """SHA-256 of what policies, profiles and calendars say, where that is known already."""

    texts: Mapping[Name, str] = field(default_factory=dict)
    """Policies, record types and profiles as JSON, where that is known already: what a run keeps of its book."""

    lints: tuple[Problem, ...] | None = None
    """What looks suspicious, where that is known already."""
    unset: tuple[Problem, ...] | None = None
    """What the profiles of the book's own files leave unset, where that is known already."""
    kept_as: str = ""
    """The key under which the book is kept from one command to the next."""

    @property
    def titles(self) -> dict[str, str]:
        """Titles of documents by short id."""
        return {short: one.title.zh for short, one in self.catalogue.documents.items()} if self.catalogue else {}

    def text_of(self, sort: str, name: str, model: BaseModel) -> str:
        """A policy, record type or profile as JSON that reads back the same."""
        return self.texts.get((sort, name)) or said_json(model)

    def hash_of(self, sort: str, name: str, model: BaseModel) -> str:
        """SHA-256 of what a policy, profile or calendar says, whatever its file looks like."""
        return self.hashes.get((sort, name)) or said_hash(model)

    def where(self, sort: str, name: str, *path: str | int, key: bool = False) -> Where:
        """The place of a part of a policy, record type or profile, to report something about it."""
        spot = self.places.get((sort, name))
        return spot.source.where((*spot.path, *path), key=key) if spot else Where("")


def said_hash(model: BaseModel) -> str:
    return hashlib.sha256(model.model_dump_json().encode()).hexdigest()


def said_json(model: BaseModel) -> str:
    return model.model_dump_json(by_alias=True, exclude_none=True)


def hashed(book: Book) -> Book:
    """The book with the hash of everything that a manifest names, and the text of everything that a run keeps."""
    named: dict[Name, BaseModel] = {("policy", one.id): one for one in book.policies}
    named |= {("profile", name): one for name, one in book.profiles.items()}
    named |= {("calendar", name): one for name, one in book.calendars.items()}
    told = named | {("record", name): one for name, one in book.records.items()}
    texts = {name: said_json(model) for name, model in told.items() if name[0] != "calendar"}
    return replace(book, hashes={name: said_hash(model) for name, model in named.items()}, texts=texts)


def bound(loaded: Sequence[Loaded], problems: list[Problem]) -> Book:
    """Files put together; two things of one name are a problem, and the first of them counts."""
    places: dict[Name, Spot] = {}
    policies: list[Base] = []
    records: dict[str, RecordType] = {}
    profiles: dict[str, Profile] = {}
    calendars: dict[str, Calendar] = {}
    others: list[tuple[Spot, Any]] = []
    for one in loaded:
        for index, policy in one.policies.items():
            if _placed(places, ("policy", policy.id), Spot(one.source, ("policies", index)), ("id",), problems):
                policies.append(policy)
        match one.model or one.sound:
            case RecordType() as record:
                if _placed(places, ("record", record.record), Spot(one.source), ("record",), problems):
                    records[record.record] = record
            case Profile() as profile:
                if _placed(places, ("profile", profile.profile), Spot(one.source), ("profile",), problems):
                    profiles[profile.profile] = profile
            case Calendar() as calendar:
                if _placed(places, ("calendar", calendar.calendar), Spot(one.source), ("calendar",), problems):
                    calendars[calendar.calendar] = calendar
            case Catalogue() | FileMappings() | Fixture() | Waivers() as model:
                others.append((Spot(one.source), model))
    catalogues = [(spot, model) for spot, model in others if isinstance(model, Catalogue)]
    merged = _merged(catalogues, problems)
    windows = {name for profile in profiles.values() for name in profile.windows}
    windows |= {name for record in records.values() for name, one in record.fields.items() if one.type == "windows"}
    broken = frozenset(name for one in loaded if one.model is None for name in _names(one))
    return Book(tuple(policies), records, profiles, merged, places, frozenset(places), tuple(others), broken, {}, frozenset(windows), calendars)


def _placed(places: dict[Name, Spot], name: Name, spot: Spot, key: Path, problems: list[Problem]) -> bool:
    """Note where something stands, unless its name is taken."""
    first = places.get(name)
    if first is None:
        places[name] = spot
        return True
    at = first.source.where((*first.path, *key))
    what = say("`{n}` 已经有了:{f} 第 {l} 行", "`{n}` is there already: {f}, line {l}", n=name[1], f=at.file, l=at.line)
    problems.append(spot.at(*key).problem(f"{name[0]}.twice", what, say("改一个名字,或删去一个", "rename or remove one of them")))
    return False


def _merged(catalogues: Sequence[tuple[Spot, Catalogue]], problems: list[Problem]) -> Catalogue | None:
    """All documents and standards in one; the first of a name counts."""
    if not catalogues:
        return None
    documents: dict[str, Document] = {}
    standards: dict[str, Standard] = {}
    places: dict[Name, Spot] = {}
    for spot, one in catalogues:
        for name, document in one.documents.items():
            if _placed(places, ("document", name), spot.at("documents", name), (), problems):
                documents[name] = document
        for name, standard in one.standards.items():
            if _placed(places, ("standard", name), spot.at("standards", name), (), problems):
                standards[name] = standard
    areas = {name: title for _, one in reversed(catalogues) for name, title in one.areas.items()}
    return Catalogue(format="catalogue/1", documents=documents, areas=areas, standards=standards)


def _names(one: Loaded) -> Iterator[Name]:
    """What a file that could not be read would have named, as far as can be seen."""
    data = one.source.data
    if not isinstance(data, dict) or one.format not in MODELS:
        yield ("unreadable", one.source.file)
        return
    if one.format == "catalogue/1":
        yield ("catalogue", one.source.file)
    if isinstance(one.sound, RecordType):
        yield from (("field", f"{one.sound.record}.{name}") for name in one.left_out)
        return
    for sort in ("record", "profile", "calendar"):
        if one.format == f"{sort}s/1" and isinstance(data.get(sort), str):
            yield (sort, data[sort])
    if one.format == "policies/1":
        entries = data.get("policies")
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("id"), str):
                yield ("policy", entry["id"])
        if one.source.partial or not isinstance(entries, list):
            yield ("unreadable", one.source.file)


def over(base: Book | None, book: Book) -> Book:
    """A book with what it lacks taken from another: record types and documents; policies and profiles where it has none."""
    if base is None:
        return book
    profiles = book.profiles or ({} if book.policies else base.profiles)
    return Book(
        book.policies or base.policies, {**base.records, **book.records}, profiles, _joined(base.catalogue, book.catalogue),
        _both(base.places, book.places), book.own, book.others, book.broken, {one.id: one for one in base.policies}, base.windows | book.windows,
        {**base.calendars, **book.calendars}, {name: one for name, one in base.hashes.items() if name not in book.own} | dict(book.hashes),
        {name: one for name, one in base.texts.items() if name not in book.own} | dict(book.texts),
    )  # fmt: skip


def _both(base: Mapping[Name, Spot], own: Mapping[Name, Spot]) -> Mapping[Name, Spot]:
    """The places of both, those of `own` first; neither is read before it is asked for."""
    return ChainMap(cast("dict[Name, Spot]", own), cast("dict[Name, Spot]", base))


def _joined(base: Catalogue | None, own: Catalogue | None) -> Catalogue | None:
    if base is None or own is None:
        return own or base
    return Catalogue(format="catalogue/1", documents={**base.documents, **own.documents}, areas={**base.areas, **own.areas}, standards={**base.standards, **own.standards})


