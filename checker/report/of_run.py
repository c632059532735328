"""What everything that is told of a run has in common: its policies, zones, sentences and masks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from checker.load import Book
from checker.policy.kinds import Base
from checker.report.masks import Masks
from checker.report.sentences import Writer
from checker.run import Run


@dataclass(frozen=True)
class OfRun:
    """A run with its book, told in a language. `reason` is why personal data is shown; None where it is masked."""

    run: Run
    book: Book
    lang: str
    reason: str | None

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
        return Writer(self.policies, self.book.records, self.zones, self.unmask)

    @cached_property
    def masks(self) -> Masks:
        return Masks(self.book.policies, self.book.records, self.unmask)


__all__ = ["OfRun"]
