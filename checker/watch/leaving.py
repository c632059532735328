"""Records that are left alone leave memory, once nothing open is about them or may read them."""

from __future__ import annotations

from collections.abc import Container
from itertools import islice, takewhile

from checker.watch.sites import ROSTER
from checker.watch.tracked import Place, Spot, Tracked


class Leaving:
    """Since when each record in memory was left alone. `units`: what something open is about; `read`: where somebody looks for records;
    `settled`: what is known of the rest."""

    def __init__(self, records: Tracked, units: Container[Place], read: Container[Spot], settled: dict[Place, str]) -> None:
        self.records, self.units, self.read, self.settled = records, units, read, settled
        records.back = self._back
        self.since: dict[Place, int] = {}
        """In this order."""
        self.now = 0
        self.lasting = {ROSTER, *(record for record, kind in records.types.items() if kind.active)}
        """The types that are always at hand: sites, and who or what is there."""

    def touched(self, place: Place) -> None:
        """A record came, or changed."""
        if self.records.archive is not None and place[0] not in self.lasting:
            self._leave(place)

    def put_away(self, now: int, keep: int, most: int) -> None:
        """Put away what was left alone for so long, so many at a time."""
        self.now = now
        for place in [place for place, _ in takewhile(lambda one: one[1] <= now - keep, islice(self.since.items(), most))]:
            del self.since[place]
            self._put_away(place)

    def early(self, place: Place) -> None:
        """Put away the record to which one belongs that was settled just now, if nothing else of it is open."""
        root = self.records.root(place)
        if root in self.since and (family := self._family(root)) and not self._wanted(family):
            del self.since[root]
            self._go(family)

    def _put_away(self, place: Place) -> None:
        """Put a record away with those that are made of it, or leave it for as long again."""
        family = self._family(place)
        if family and self._wanted(family):
            self._leave(place)
        elif family:
            self._go(family)

    def _family(self, place: Place) -> list[Place] | None:
        return self.records.family(place) if self.records.versions(*place) else None

    def _wanted(self, family: list[Place]) -> bool:
        """Whether something open is about one of them, or may read it."""
        return any(one in self.units or any(spot in self.read for spot in self.records.spots(one)) for one in family)

    def _go(self, family: list[Place]) -> None:
        self.records.put_away(family, self.settled)
        for one in family:
            self.settled.pop(one, None)

    def _leave(self, place: Place) -> None:
        self.since.pop(place, None)
        self.since[place] = self.now

    def _back(self, place: Place, known: str | None) -> None:
        """A record is in memory again."""
        if known is not None:
            self.settled[place] = known
        if place[0] not in self.records.unfolded:
            self._leave(place)


__all__ = ["Leaving"]
