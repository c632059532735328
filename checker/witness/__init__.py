"""Evidence of one obligation in plain Python: records in their surroundings -> accounts that `judge.py` judges.

What the compiled plan finds of millions of records is found here of one, for explanations, and for a live watch that asks after
every event.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.account import Account
from checker.plan import Audit
from checker.policy.kinds import Base, Deadline, Frequency, Ladder, Presence, Rate, Requirement, Sequence
from checker.witness.deadline import Deadlines
from checker.witness.frequency import Frequencies
from checker.witness.ladder import Ladders, Past, Violation
from checker.witness.obligations import Obligations, Versions, verdict
from checker.witness.presence import Presences
from checker.witness.rate import Rates
from checker.witness.records import Records, Row
from checker.witness.requirement import Requirements
from checker.witness.ripening import Ripening
from checker.witness.seen import Seen
from checker.witness.sequence import Sequences
from checker.witness.surroundings import Surroundings

Kind = Obligations | Frequencies | Rates | Presences | Ladders
NOTHING = Past()


class Witness:
    """An audit with records at hand. `records` may grow and as-of move on (`surroundings.move`) between questions. `past` is what
    ladders count."""

    def __init__(self, audit: Audit, records: Records, past: Past = NOTHING) -> None:
        self.surroundings, self.records, self.past = Surroundings(audit), records, past
        self.seen = Seen(self.surroundings, records)
        self._kinds: dict[str, Kind] = {}

    def of(self, policy: Base) -> Kind:
        """The obligations of a policy."""
        found = self._kinds.get(policy.id)
        if found is None:
            found = self._kinds[policy.id] = _made(self.seen, policy, self.past)
        return found

    def obligations(self, policy: Base, row: Row) -> list[Versions]:
        """The obligations of the record of which this is a row, each as the accounts of its versions: one where nothing is disputed."""
        return self.of(policy).of(row)

    def accounts(self, policy: Base, row: Row) -> list[Account]:
        """The same, laid out flat."""
        return [account for versions in self.obligations(policy, row) for account in versions]

    def all(self, policy: Base, site: str) -> Iterator[Versions]:
        """Every obligation of a policy at a site."""
        return self.of(policy).all(self.surroundings.places[site])


def _made(seen: Seen, policy: Base, past: Past) -> Kind:
    match policy:
        case Requirement(within=None):
            return Requirements(seen, policy)
        case Requirement():
            return Ripening(seen, policy)
        case Deadline():
            return Deadlines(seen, policy)
        case Frequency():
            return Frequencies(seen, policy)
        case Rate():
            return Rates(seen, policy)
        case Sequence():
            return Sequences(seen, policy)
        case Presence():
            return Presences(seen, policy)
        case Ladder():
            return Ladders(seen, policy, past)
    raise AssertionError(policy)


__all__ = ["Past", "Records", "Surroundings", "Versions", "Violation", "Witness", "verdict"]
