"""Which policies read what: the fields of a record that change, and the places at which is looked for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from checker.errors import CheckerError
from checker.policy.kinds import Base
from checker.watch.known import fields_read
from checker.watch.tracked import Spot
from checker.witness import Witness

NONE: frozenset[int] = frozenset()
Asking = dict[tuple[str, str, tuple[str, ...]], set[int]]
"""(type that obligations are about, type looked for, by which fields) -> the policies that look so."""


class Reading:
    """Policies by their numbers. `by_record`: those about records of a type."""

    def __init__(self, witness: Witness, policies: Sequence[Base], by_record: Mapping[str, Sequence[int]], asking: Asking) -> None:
        self.witness, self.policies, self.by_record, self.asking = witness, policies, by_record, asking
        self.fields: dict[tuple[str, str, frozenset[str] | None], frozenset[int]] = {}

    def of(self, about: str, record: str, other: frozenset[str] | None) -> frozenset[int]:
        """The policies about records of one type that read one of these fields of another; None stands for the record itself."""
        found = self.fields.get((about, record, other))
        if found is None:
            numbers = [one for one in self.by_record.get(about, ()) if other is None or self._reads(self.policies[one], record, other)]
            found = self.fields[about, record, other] = frozenset(numbers)
        return found

    def at(self, about: str, spot: Spot, other: frozenset[str] | None) -> frozenset[int]:
        """Those of them that look for records as somebody did who found this place."""
        record, _, fields, _ = spot
        return self.of(about, record, other) & self.asking.get((about, record, fields), NONE)

    def asks(self, about: str, number: int, looked: Iterable[Spot]) -> None:
        """A policy looked for records at these places."""
        for record, _, fields, _ in looked:
            asking = self.asking.get((about, record, fields))
            if asking is None:
                asking = self.asking[about, record, fields] = set()
            asking.add(number)

    def _reads(self, policy: Base, record: str, other: frozenset[str]) -> bool:
        """Whether a policy reads one of these fields; one that cannot be judged here does, so that it is said."""
        try:
            return not fields_read(self.witness, policy, record).isdisjoint(other)
        except CheckerError:
            return True


__all__ = ["NONE", "Asking", "Reading"]
