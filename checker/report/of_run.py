"""What everything that is told of a run has in common: its policies, zones, sentences and masks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from checker.load import Book
from checker.masks import Masks
from checker.policy.kinds import Base
from checker.report.sentences import Writer
from checker.run import Run


@dataclass(frozen=True)
class OfRun:
    """A run with its book, told in a language. `reason` is why personal data is shown; None where it is masked. `names` are those
    that stand in columns of names of its files."""

    run: Run
    book: Book
    lang: str
    reason: str | None
    names: frozenset[str]

    @property
    def unmask(self) -> bool:
        return self.reason is not None

    @cached_property
    def policies(self) -> dict[str, Base]:
        return {policy.id: policy for policy in self.book.policies}

    @cached_property
    def zones(self) -> dict[str, str]:
        return {site["site"]: site["zone"] for site in self.run.summary["sites"]}

    @cached_property
    def writer(self) -> Writer:
        return Writer(self.policies, self.book.records, self.zones, self.masks)

    @cached_property
    def masks(self) -> Masks:
        return Masks(self.book.policies, self.book.records, self.unmask, self.names)

    @cached_property
    def summary(self) -> Mapping[str, Any]:
        """The summary of the run as others may see it."""
        return self.masks.summary(self.run.summary)


__all__ = ["OfRun"]
