"""Looks at the obligations of a record: their accounts as they stand now, where was looked for them, and when to look again.

Nothing is looked at in vain: while an obligation is judged, the places at which records are looked for are noted, and the earliest
instant at which the present would be compared otherwise (`now.py`).
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Mapping, Sequence, Set

from checker import judge
from checker.account import Account
from checker.errors import CheckerError, Problem
from checker.plan import FOREVER
from checker.policy.kinds import Base
from checker.watch.known import Still, Unit, due_at
from checker.watch.looks import Look
from checker.watch.now import Heard, Now
from checker.watch.readers import Readers
from checker.watch.reading import Reading
from checker.watch.ruled import RuledOut
from checker.watch.tracked import Spot, Tracked
from checker.witness import Versions, Witness
from checker.witness.deadline import Deadlines
from checker.witness.frequency import Frequencies
from checker.witness.obligations import Obligations

SEEN = 5_000
"""Of so many records what was seen is remembered, till they are touched: most limits are short, and are looked at when they are nearly out."""
FEWEST = 1_000
"""Alarms of which none is looked for that does not hold any more."""
FEW = 4
"""Places that are faster compared than hashed."""


class Alarms:
    """When obligations are looked at again, by themselves. What a unit says of it is what holds."""

    def __init__(self) -> None:
        self.heap: list[tuple[int, int, Unit, int]] = []
        self.pushed, self.most = 0, FEWEST

    def set(self, unit: Unit, number: int, when: int) -> None:
        """Look at a record's obligations under a policy at an instant; FOREVER: never."""
        if when >= FOREVER:
            unit.wakes.pop(number, None)
        elif unit.wakes.get(number) != when:
            unit.wakes[number] = when
            self.pushed += 1
            heapq.heappush(self.heap, (when, self.pushed, unit, number))
            if len(self.heap) > self.most:
                self._clear()

    def _clear(self) -> None:
        """Take out what does not hold any more."""
        self.heap = [one for one in self.heap if one[2].wakes.get(one[3]) == one[0]]
        heapq.heapify(self.heap)
        self.most = max(len(self.heap) * 3 // 2, FEWEST)

    def due(self, now: int) -> Iterator[tuple[Unit, int]]:
        """What is to be looked at up to an instant."""
        while self.heap and self.heap[0][0] <= now:
            when, _, unit, number = heapq.heappop(self.heap)
            if unit.wakes.get(number) == when:
                yield unit, number


class Seen:
    """What was seen last of open obligations that nothing has touched since, of the records that were looked at last."""

    def __init__(self) -> None:
        self.units: deque[Unit] = deque()

    def keep(self, unit: Unit, number: int, still: Still) -> None:
        """Remember what was seen; in exchange that of another record is forgotten."""
        if unit.still is None:
            unit.still = {}
            self.units.append(unit)
            if len(self.units) > SEEN:
                self.units.popleft().still = None
        unit.still[number] = still


class Looking:
    """Looks at records of one audit. `troubles`: why a policy cannot be judged."""

    def __init__(self, records: Tracked, witness: Witness, policies: Sequence[Base], reading: Reading, by_record: Mapping[str, Sequence[int]],
                 readers: Readers, alarms: Alarms, seen: Seen, troubles: dict[str, Problem], warn_before: int) -> None:  # fmt: skip
        self.records, self.witness, self.policies, self.reading = records, witness, policies, reading
        self.readers, self.alarms, self.seen, self.troubles, self.warn_before = readers, alarms, seen, troubles, warn_before
        self.ruled_out = RuledOut(witness, policies, by_record)
        self.places = witness.surroundings.places
        self.pausing = frozenset(number for number, policy in enumerate(policies) if getattr(policy, "paused_by", None) is not None)
        """Policies whose limits move on with the present while a pause goes on."""

    def at(self, unit: Unit, numbers: Set[int], now: int) -> list[Look]:
        """Look at a record's obligations under policies."""
        present, found = Now(now, Heard()), []
        for number in sorted(numbers) if len(numbers) > 1 else numbers:
            later = self.later(unit, number, now) if unit.still else None
            found.append(Look(self.policies[number], number, unit, self.accounts(unit, number, present) if later is None else [(later,)]))
        return found

    def later(self, unit: Unit, number: int, now: int) -> Account | None:
        """An account of which nothing has changed but the time; None where more may have."""
        still = unit.still.get(number) if unit.still else None
        if still is None or now >= still.until:
            return None
        kind = self.witness.of(self.policies[number])
        assert isinstance(kind, Deadlines)
        account = kind.later(still.account, self.places[unit.site])
        self.alarms.set(unit, number, min(still.until, self._turns(account, now)))
        return account

    def accounts(self, unit: Unit, number: int, now: Now) -> list[Versions]:
        """The accounts of a record's obligations under one policy."""
        place, now.heard.next = self.places.get(unit.site), FOREVER
        if place is None:
            return []
        looked: set[Spot] = set()
        self.records.looked = looked
        before, place.as_of = place.as_of, now
        try:
            kind = self.witness.of(self.policies[number])
            assert isinstance(kind, Obligations) or isinstance(kind, Frequencies)  # noqa: SIM101, a union is slower
            found = kind.judged(place, unit.key)
        except CheckerError as error:
            self.troubles.setdefault(self.policies[number].id, error.problems[0])
            found = []
        finally:
            place.as_of = before
        if looked:
            self._looked(unit, number, looked)
        self._again(unit, number, found, int(before), now.heard.next)
        return found

    def _again(self, unit: Unit, number: int, found: Sequence[Versions], now: int, until: int) -> None:
        """When to look again at obligations that were seen, of which nothing else changes up to an instant."""
        when = until
        for versions in found:
            for account in versions:
                turns = self._turns(account, now)
                when = turns if turns < when else when
        self.alarms.set(unit, number, when)
        if when < until and len(found) == 1 and len(found[0]) == 1 and type(found[0][0].numbers) is judge.Due and number not in self.pausing:
            self.seen.keep(unit, number, Still(until, found[0][0]))
        elif unit.still:
            unit.still.pop(number, None)

    def _looked(self, unit: Unit, number: int, looked: set[Spot]) -> None:
        """Note where was looked for the obligations of a record under a policy."""
        self.reading.asks(unit.record, number, looked)
        fresh = [spot for spot in looked if spot not in unit.spots] if len(looked) < FEW else looked.difference(unit.spots)
        if fresh:
            self.readers.add(unit, sorted(fresh, key=repr) if len(fresh) > 1 else fresh)

    def _turns(self, account: Account, now: int) -> int:
        """The next instant at which what an open account says may change by itself; of a deadline that does not run, or was answered, none."""
        numbers = account.numbers
        if type(numbers) is judge.Due:
            due = numbers.due if numbers.sure is None and account.where.truth is True else None
        else:
            due = due_at(account)
        if due is None or due < now:
            return FOREVER
        return due + 1 if due - self.warn_before <= now else due - self.warn_before


__all__ = ["Alarms", "Looking", "Seen"]
