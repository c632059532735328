"""Who answers for an obligation, by rosters; a person on leave answers for nothing then (language §6, §7.11)."""

from __future__ import annotations

from typing import Any

from checker.policy.kinds import Accountable
from checker.witness.fields import Fields
from checker.witness.records import Row
from checker.witness.seen import LATER, Sight


class Answers:
    """Those who may answer for the obligations of a policy over records of a type."""

    def __init__(self, fields: Fields, record: str) -> None:
        who = fields.policy.accountable
        paths = () if who is None else (who,) if isinstance(who, str) else who.first_present
        self.fields, self.cells = fields, [fields.cell(record, path) for path in paths]
        absent = who.unless_absent if isinstance(who, Accountable) else None
        kind = fields.types[absent] if absent else None
        self.absence = None if kind is None else kind.absence
        if kind is not None and kind.absence is not None:
            self.record = kind.record
            self.at, self.away = fields.moment(kind.record, kind.absence.at), fields.conditions.truth(kind.record, kind.absence.when)

    def person(self, sight: Sight, row: Row, at: int | None, start: int | None = None, end: int | None = None) -> str | None:
        """The first who is named, with rosters read at an instant, and was not away from `start` to `end`."""
        for number, cell in enumerate(self.cells, 1):
            found = cell(sight, row, at)
            if found not in (None, LATER) and (number == len(self.cells) or not self._absent(sight, found, start, end)):
                return str(found)
        return None

    def _absent(self, sight: Sight, person: Any, start: int | None, end: int | None) -> bool:
        """Whether all the shifts between start and decision are leave, and there is one."""
        if self.absence is None or start is None or end is None:
            return False
        shifts = [one for one in self.fields.seen.find(self.record, sight.place, (self.absence.of,), (person,))
                  if isinstance(at := self.at(sight, one, None), int) and start <= at < end]  # fmt: skip
        return bool(shifts) and all(self.away(sight, one, None) is True for one in shifts)


__all__ = ["Answers"]
