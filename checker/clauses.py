"""What became of every standard, by document and area; and with data, which policies lack which evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from checker.evidence import Have, brought, lacking, needed
from checker.ingest import FileReport
from checker.load import Book
from checker.policy.files import Catalogue, Standard
from checker.policy.files import Mapping as FileMappings
from checker.policy.values import Words

STATUSES = ("automated", "by-inspection", "not-checkable", "not-yet")


@dataclass(frozen=True, slots=True)
class Clause:
    """A standard with its status and the policies of the book that are made of it."""

    id: str
    standard: Standard
    status: str
    policies: tuple[str, ...]

    @property
    def area(self) -> str:
        return self.id.partition(".")[0]

    @property
    def documents(self) -> frozenset[str]:
        return frozenset(source.document for source in self.standard.source)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a policy lacks: whole record types, and fields of types that are there."""

    policy: str
    records: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]

    @property
    def whole(self) -> bool:
        return not self.records and not self.fields


def clauses(book: Book) -> tuple[Clause, ...]:
    """Every standard of the catalogue."""
    made: dict[str, list[str]] = {}
    for policy in book.policies:
        made.setdefault(policy.standard, []).append(policy.id)
    return tuple(_clause(name, standard, tuple(made.get(name, ()))) for name, standard in _catalogue(book).standards.items())


def _catalogue(book: Book) -> Catalogue:
    return book.catalogue or Catalogue(format="catalogue/1", documents={})


def _clause(name: str, standard: Standard, policies: tuple[str, ...]) -> Clause:
    """The status for these policies: of other ones than the catalogue's, a standard may have none, or its first."""
    stated = "not-yet" if standard.status == "automated" else standard.status
    return Clause(name, standard, "automated" if policies else stated, policies)


def counted(found: Iterable[Clause]) -> dict[str, int]:
    """Standards by status, every status named."""
    numbers = Counter(one.status for one in found)
    return {status: numbers[status] for status in STATUSES}


def by_document(book: Book, found: Sequence[Clause]) -> dict[str, dict[str, int]]:
    """Standards by document and status; one that stands in several documents counts in each."""
    return {document: counted(one for one in found if document in one.documents) for document in _catalogue(book).documents}


def by_area(found: Sequence[Clause]) -> dict[str, dict[str, int]]:
    return {area: counted(one for one in found if one.area == area) for area in dict.fromkeys(one.area for one in found)}


# --- evidence --------------------------------------------------------------------------------------------------------


def evidence(book: Book, files: Sequence[FileReport], mappings: Sequence[FileMappings]) -> Iterator[Evidence]:
    """For every policy what the files do not bring."""
    have = fields_of(files, mappings)
    present = frozenset(one.record for one in files if one.record)
    for policy in book.policies:
        missing = tuple(record for record in needed(policy, book.records) if not brought(record, book.records, present))
        yield Evidence(policy.id, missing, lacking(policy, book.records, have))


def fields_of(files: Sequence[FileReport], mappings: Sequence[FileMappings]) -> Have:
    """The fields that files bring, as columns or as constants of their mapping."""
    have: dict[str, set[str]] = {}
    for file in files:
        if file.record is not None:
            have.setdefault(file.record, set()).update(column.field for column in file.columns if column.field)
            have[file.record].update(name for mapping in mappings for name in _constants(mapping, file))
    return {record: frozenset(fields) for record, fields in have.items()}


def _constants(mapping: FileMappings, file: FileReport) -> Iterator[str]:
    for entry in mapping.files:
        if entry.record == file.record and any(fnmatchcase(name, entry.file) for name in (file.path, file.path.rpartition("/")[2])):
            yield from entry.constants


# --- the report ------------------------------------------------------------------------------------------------------


def report(book: Book, files: Sequence[FileReport] | None, mappings: Sequence[FileMappings]) -> dict[str, Any]:
    """All of it as plain data; `evidence` where there are files."""
    found = clauses(book)
    documents = _catalogue(book).documents
    said: dict[str, Any] = {
        "documents": [
            {"document": document, "title": _both(documents[document].title), "standards": numbers}
            for document, numbers in by_document(book, found).items()
        ],
        "areas": [{"area": area, "standards": numbers} for area, numbers in by_area(found).items()],
        "standards_by_status": counted(found),
        "standards": [_shown(one) for one in found],
    }
    if files is not None:
        said["evidence"] = [_needs(book, one) for one in evidence(book, files, mappings)]
    return said


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _shown(one: Clause) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "standard": one.id, "title": _both(one.standard.title), "status": one.status, "policies": list(one.policies),
        "source": [{"document": source.document, "clause": source.clause} for source in one.standard.source],
    }  # fmt: skip
    return shown | ({"reason": _both(one.standard.reason)} if one.standard.reason else {})


def _needs(book: Book, one: Evidence) -> dict[str, Any]:
    fields = [{"record": record, "field": name, "columns": list(book.records[record].fields[name].columns)} for record, name in one.fields]
    return {"policy": one.policy, "missing_records": list(one.records), "missing_fields": fields}


__all__ = ["STATUSES", "Clause", "Evidence", "by_area", "by_document", "clauses", "counted", "evidence", "fields_of", "report"]
