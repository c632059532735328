"""The open obligations: what is known of each, and which are looked at again when a record changes or time has passed.

A record that changes a place at which was looked for an obligation, or a clock that passes the instant at which the present would be
compared otherwise, brings the obligation back (`looking.py`). What is known then goes through the engine, many obligations at a time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import nsmallest
from operator import attrgetter
from typing import Any

from checker.errors import Problem
from checker.plan import Audit
from checker.policy.kinds import Base, Deadline, Frequency, Requirement
from checker.policy.values import DAY
from checker.watch.known import Change, Known, Place, Unit
from checker.watch.leaving import Leaving
from checker.watch.looking import Alarms, Looking, Seen
from checker.watch.now import Heard, Now
from checker.watch.readers import Readers
from checker.watch.reading import Asking, Reading
from checker.watch.settled import packed, unpacked
from checker.watch.tracked import Tracked
from checker.watch.worker import Decider
from checker.witness import Witness
from checker.witness.obligations import as_text

Todo = dict[Unit, frozenset[int]]
MANY = 5_000
"""So many records about which nothing is open stay at hand; what is more is put away, however lately it was settled."""
AT_ONCE = 1_000
"""So many records are looked at before it is told what changed of them: when a day ends, a limit may lapse for every one that is open."""


def _nobody(change: Change) -> None:
    """Nobody asks what changed."""


def runs_live(policy: Base) -> bool:
    """Whether a policy is decided record by record while time runs."""
    return isinstance(policy, Requirement | Deadline | Frequency)


class Obligations:
    """All obligations of some policies over records that come and change. `now`: where the clock stands (None: not begun)."""

    def __init__(self, audit: Audit, decider: Decider, warn_before: int, keep: int = DAY) -> None:
        self.records = Tracked(audit.types, audit.present)
        self.decider, self.warn_before = decider, warn_before
        self.policies = tuple(policy for policy in audit.policies if runs_live(policy))
        self.by_record: dict[str, list[int]] = {}
        for number, policy in enumerate(self.policies):
            self.by_record.setdefault(policy.for_each, []).append(number)  # type: ignore[attr-defined]
        self.all_about = {record: frozenset(numbers) for record, numbers in self.by_record.items()}
        self.alone = [frozenset([number]) for number in range(len(self.policies))]
        self.now: int | None = None
        self.keep, self.most = keep, MANY
        self.units: dict[Place, Unit] = {}
        self.settled: dict[Place, str] = {}
        """What was known of records that were left alone for `keep` since nothing about them was open."""
        self.quiet: deque[tuple[int, Unit]] = deque()
        self.readers = Readers()
        self.records.read = self.readers
        self.leaving = Leaving(self.records, self.units, self.readers, self.settled)
        self.asking: Asking = {}
        self.alarms, self.seen = Alarms(), Seen()
        self.todo: Todo = {}
        self.troubles: dict[str, Problem] = {}
        self.settle(audit)

    def settle(self, audit: Audit) -> None:
        """Judge by this audit from now on: other sites, or another period. What is to be looked at again is for the caller to say."""
        self.witness = Witness(audit, self.records)
        self.reading = Reading(self.witness, self.policies, self.by_record, self.asking)
        self.looking = Looking(self.records, self.witness, self.policies, self.reading, self.by_record, self.readers, self.alarms, self.seen, self.troubles, self.warn_before)
        if self.now is not None:
            self.witness.surroundings.move(self.now)

    def again(self, frequencies: bool = False) -> None:
        """Let everything be looked at again; or what is counted by periods, which is never put away."""
        if not frequencies:
            self._all_back()
        for unit in self.units.values():
            numbers = [one for one in self.by_record[unit.record] if not frequencies or isinstance(self.policies[one], Frequency)]
            if numbers:
                self._touch(unit, frozenset(numbers))

    # -- what comes ---------------------------------------------------------------------------------------------------

    def put(self, record: str, site: str, fields: Mapping[str, Any]) -> None:
        """Take in a record, or a change of one. What it touches is looked at with the next `look`."""
        self.leaving.touched((record, site, self.records.put(record, site, fields)))
        for kind, where, keys, spots, other in self.records.touched():
            if kind in self.by_record:
                for key in keys:
                    self._about((kind, where, key), self.reading.of(kind, kind, other))
            for spot in spots:
                for unit in self.readers.of(spot):
                    self._touch(unit, self.reading.at(unit.record, spot, other))

    def _about(self, place: Place, policies: frozenset[int]) -> None:
        """A record came, or changed. It is looked at under the policies to which it may belong, or did; of one that has none nothing is kept."""
        unit, ruled_out = self.units.get(place), self.looking.ruled_out.of(*place)
        wanted = policies - ruled_out
        if unit is not None and ruled_out:
            wanted |= {number for number in policies & ruled_out if number in unit.kept or number in unit.wakes}
        if wanted or place in self.settled:
            self._touch(unit or self.unit(place), wanted)

    def _touch(self, unit: Unit, policies: frozenset[int]) -> None:
        """Let a record be looked at again under these policies, for more than the time may have changed."""
        if policies:
            if unit.still:
                for number in policies:
                    unit.still.pop(number, None)
            self._wake(unit, policies)

    def _wake(self, unit: Unit, policies: frozenset[int]) -> None:
        todo = self.todo.get(unit)
        self.todo[unit] = policies if todo is None else todo | policies

    def unit(self, place: Place) -> Unit:
        """A record that obligations are about; one that was put away is looked at again whole, for nothing says any more what it rests on."""
        unit = self.units.get(place)
        if unit is None:
            unit = self.units[place] = Unit(*place)
            before = self.settled.pop(place, None)
            if before is not None:
                for number, listed in unpacked(before, as_text(unit.key)).items():
                    unit.learn(number, listed)
                self._touch(unit, self.all_about[unit.record])
        return unit

    def forget(self, sites: frozenset[str]) -> None:
        """Let go of the obligations of all sites but these."""
        for place in [one for one in self.units if one[1] not in sites]:
            self._drop(self.units[place])

    def _drop(self, unit: Unit) -> None:
        del self.units[unit.record, unit.site, unit.key]
        self.todo.pop(unit, None)
        unit.wakes.clear()
        unit.quiet = None
        self.readers.drop(unit)

    def let_go(self, place: Place, known: str) -> None:
        """Take a record for settled, as it was put away before."""
        if place in self.units:
            self._drop(self.units[place])
        self.settled[place] = known

    def _put_away(self, now: int) -> None:
        """Keep of some records about which nothing has been open for long, or that are too many, no more than what is known."""
        for _ in range(AT_ONCE):
            if not self.quiet or (self.quiet[0][0] > now - self.keep and len(self.quiet) <= self.most):
                break
            since, unit = self.quiet.popleft()
            if unit.quiet != since or unit in self.todo:
                continue
            known = packed(unit.known(), as_text(unit.key))
            if known is not None:
                self._drop(unit)
                self.settled[unit.record, unit.site, unit.key] = known
                self.leaving.early((unit.record, unit.site, unit.key))
        self.leaving.put_away(now, self.keep, AT_ONCE)

    def _all_back(self) -> None:
        self.records.recall_all()
        for place in tuple(self.settled):
            self.unit(place)

    def move(self, now: int) -> None:
        """Let the clock stand at this instant; it never goes back."""
        self.now = now if self.now is None else max(now, self.now)
        self.witness.surroundings.move(self.now)
        for unit, number in self.alarms.due(self.now):
            self._wake(unit, self.alone[number])
        self._put_away(self.now)

    def look(self, changed: Callable[[Change], object] = _nobody) -> None:
        """Look again at what was touched or is due, in a fixed order, and tell what changed, of so many records at a time."""
        if self.now is None or not self.todo:
            return
        todo, self.todo = self.todo, {}
        units = _ordered(todo)
        for start in range(0, len(units), AT_ONCE):
            for change in self._looked(units[start : start + AT_ONCE], todo, self.now):
                changed(change)

    def _looked(self, units: Sequence[Unit], todo: Todo, now: int) -> list[Change]:
        looks = [look for unit in units for look in self.looking.at(unit, todo[unit], now)]
        self.decider.ask([question for one in looks for question in one.questions(now, self.warn_before)])
        for unit in units:
            since = None if unit.wakes else now
            if since is not None and since != unit.quiet:
                self.quiet.append((since, unit))
            unit.quiet = since
        answers = iter(self.decider.answers())
        return [change for one in looks for change in one.changes(answers)]

    # -- what is known ------------------------------------------------------------------------------------------------

    def take_up(self, unit: Unit, known: Mapping[int, tuple[Known, ...]]) -> None:
        """Take up a record where it was left: what was known is not asked again, only what it rests on is looked at. Nothing is kept of
        one that surely belongs to no policy."""
        assert self.now is not None
        ruled_out = self.looking.ruled_out.of(unit.record, unit.site, unit.key)
        numbers = [number for number in self.by_record[unit.record] if number not in ruled_out or number in known]
        if not numbers:
            self._drop(unit)
            return
        for number in numbers:
            self.looking.accounts(unit, number, Now(self.now, Heard()))
        for number, listed in known.items():
            unit.learn(number, listed)

    def recall(self) -> None:
        """Look again at what was put away, so that all is known as it stands now."""
        self.records.recall_all()
        for place in tuple(self.settled):
            self._touch(self.unit(place), self.all_about[place[0]])
        self.look()

    def known(self) -> Iterator[tuple[Base, Unit, Known]]:
        """Everything that is known, of all obligations that are due or were."""
        for unit in self.units.values():
            for number, listed in unit.known():
                for one in listed:
                    yield self.policies[number], unit, one

    def due_next(self, most: int) -> list[tuple[int, Base, Unit, Known]]:
        """The open obligations with a limit, those that are due first first."""
        found = ((known.due_at, policy, unit, known) for policy, unit, known in self.known() if known.outcome == "pending" and known.due_at is not None)
        return nsmallest(most, found, key=lambda one: (one[0], one[1].id, one[2].place))


def _ordered(todo: Todo) -> list[Unit]:
    """The records that are looked at, in an order that nothing but their places gives."""
    return sorted(todo, key=attrgetter("place")) if len(todo) > 1 else list(todo)


__all__ = ["Obligations", "runs_live"]
