"""The book of a run: what it was judged by, as JSON of the run directory, and read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from checker.errors import CheckerError, Where, refuse, say
from checker.load.book import Book, said_json
from checker.policy.files import Calendar, Catalogue, Profile
from checker.policy.files import Mapping as FileMappings
from checker.policy.kinds import Base, Policy
from checker.policy.records import RecordType
from checker.run import Run

FILE, FORMAT = "book.json", "book/1"


def kept(book: Book, policies: Iterable[Base], profiles: Sequence[Profile], mappings: Sequence[FileMappings] = ()) -> str:
    """The policies that were selected, the record types, the profiles of the sites and their calendars, how files were read, the
    documents, and the standards that are left to inspection. One entry a line."""
    catalogue = book.catalogue
    parts: dict[str, list[str]] = {
        "policies": [book.text_of("policy", one.id, one) for one in policies],
        "records": [book.text_of("record", name, book.records[name]) for name in sorted(book.records)],
        "profiles": [book.text_of("profile", one.profile, one) if book.profiles.get(one.profile) is one else said_json(one) for one in profiles],
        "calendars": [said_json(book.calendars[name]) for name in sorted({one.calendar for one in profiles} & book.calendars.keys())],
        "mappings": [said_json(one) for one in mappings],
    }
    lines = [f'"{name}": [\n' + ",\n".join(entries) + "\n]" for name, entries in parts.items()]
    if catalogue:
        left = {name: one for name, one in catalogue.standards.items() if one.status == "by-inspection"}
        lines.append(f'"catalogue": {said_json(catalogue.model_copy(update={"standards": left}))}')
    return "{\n" + f'"format": "{FORMAT}",\n' + ",\n".join(lines) + "\n}\n"


def book_of_run(run: Run) -> Book:
    """The book that a run was judged by. Raises CheckerError where it has none."""
    try:
        return _read((run.path / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _no_book(run) from error


def _no_book(run: Run) -> CheckerError:
    what = say("这次审核没有 {f},或读不懂", "the run has no {f}, or it cannot be read", f=FILE)
    return refuse("run.book", what, say("用同一版本重新审核", "audit again with this version"), Where(run.path.as_posix()))


def _read(text: str) -> Book:
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(FORMAT)
    one_policy: TypeAdapter[Base] = TypeAdapter(Policy)
    policies = tuple(one_policy.validate_python(one) for one in data["policies"])
    records = {one.record: one for one in map(RecordType.model_validate, data["records"])}
    profiles = {one.profile: one for one in map(Profile.model_validate, data["profiles"])}
    calendars = {one.calendar: one for one in map(Calendar.model_validate, data["calendars"])}
    catalogue = Catalogue.model_validate(data["catalogue"]) if "catalogue" in data else None
    return Book(policies, records, profiles, catalogue, calendars=calendars)


def mappings_of_run(run: Run) -> tuple[FileMappings, ...]:
    """How the files of a run were read. Raises CheckerError where it has no book."""
    try:
        data = json.loads((run.path / FILE).read_text(encoding="utf-8"))
        return tuple(FileMappings.model_validate(one) for one in data.get("mappings", ()))
    except (OSError, ValueError) as error:
        raise _no_book(run) from error


@dataclass(frozen=True)
class Kept:
    """What a run was judged by, by name: policies (also those that lacked their records), record types, the profiles of its sites, the
    calendars that these name."""

    policies: Mapping[str, Base]
    records: Mapping[str, RecordType]
    profiles: Mapping[str, Profile]
    calendars: Mapping[str, Calendar]
    catalogue: Catalogue | None
    mappings: tuple[FileMappings, ...] = ()

    @property
    def book(self) -> Book:
        return Book(tuple(self.policies.values()), dict(self.records), dict(self.profiles), self.catalogue, calendars=self.calendars)

    @property
    def text(self) -> str:
        """The text of `book.json`."""
        return kept(self.book, self.policies.values(), tuple(self.profiles.values()), self.mappings)


def read_kept(run: Run) -> Kept:
    """What a run was judged by. Raises CheckerError where it has no book."""
    book = book_of_run(run)
    return Kept({one.id: one for one in book.policies}, book.records, book.profiles, book.calendars, book.catalogue, mappings_of_run(run))


__all__ = ["FILE", "Kept", "book_of_run", "kept", "mappings_of_run", "read_kept"]
