"""Who looks for records where: of most places one record's obligations, of some those of many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.watch.known import Unit
from checker.watch.tracked import Spot


class Readers:
    """The units that looked at a place, in the order in which they came."""

    def __init__(self) -> None:
        self.at: dict[Spot, Unit | list[Unit]] = {}

    def __contains__(self, spot: object) -> bool:
        return spot in self.at

    def of(self, spot: Spot) -> Sequence[Unit]:
        """Who looked there."""
        there = self.at.get(spot, ())
        return (there,) if isinstance(there, Unit) else there

    def add(self, unit: Unit, spots: Iterable[Spot]) -> None:
        """A unit looked at places at which it had not."""
        unit.spots += tuple([self._added(unit, spot) for spot in spots])

    def _added(self, unit: Unit, spot: Spot) -> Spot:
        """The place, as one object for all who look there."""
        there = self.at.get(spot)
        if there is None:
            self.at[spot] = unit
            return spot
        if isinstance(there, Unit):
            there = self.at[spot] = [there]
        there.append(unit)
        return next(one for one in there[0].spots if one == spot)

    def drop(self, unit: Unit) -> None:
        """A unit looks nowhere any more."""
        for spot in unit.spots:
            there = self.at[spot]
            if isinstance(there, list) and len(there) > 1:
                there.remove(unit)
            else:
                del self.at[spot]
        unit.spots = ()


__all__ = ["Readers"]
