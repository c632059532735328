"""What became of every standard, by document and area; and with data, which policies lack which evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from checker.evidence import Have, evidence, lacks
from checker.load import Book
from checker.policy.files import Catalogue, Standard
from checker.policy.values import Words

STATUSES = ("automated", "not-in-use", "by-inspection", "not-checkable", "not-yet")
"""Those of the catalogue; and that the policies of a standard are not among those in use."""


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
    stated = "not-in-use" if standard.status == "automated" else standard.status
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


# --- the report ------------------------------------------------------------------------------------------------------


def report(book: Book, have: Have | None = None) -> dict[str, Any]:
    """All of it as plain data; `evidence` where it is known what files bring."""
    found = clauses(book)
    documents, titles = _catalogue(book).documents, _catalogue(book).areas
    said: dict[str, Any] = {
        "documents": [
            {"document": document, "title": _both(documents[document].title), "standards": numbers}
            for document, numbers in by_document(book, found).items()
        ],
        "areas": [{"area": area, "title": _both(titles.get(area) or Words(zh=area, en=area)), "standards": numbers} for area, numbers in by_area(found).items()],
        "standards_by_status": counted(found),
        "standards": [_shown(one) for one in found],
    }
    if have is not None:
        said["evidence"] = [lacks(one, book.records) for one in evidence(book.policies, book.records, have)]
    return said


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _shown(one: Clause) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "standard": one.id, "title": _both(one.standard.title), "status": one.status, "policies": list(one.policies),
        "source": [{"document": source.document, "clause": source.clause} for source in one.standard.source],
    }  # fmt: skip
    return shown | ({"reason": _both(one.standard.reason)} if one.standard.reason else {})


__all__ = ["STATUSES", "Clause", "by_area", "by_document", "clauses", "counted", "report"]
