"""Rates: the members of a period that meet a condition, as a share that reaches a target (language §2, §6, §7.7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from checker.account import Account, Decided
from checker.holds import Truth, all_hold, negated
from checker.judge import Shares, Sums
from checker.periods import Period, periods
from checker.policy.conditions import Condition
from checker.policy.kinds import MeanOf, Rate, RatioOf
from checker.policy.records import resolve
from checker.policy.values import Duration, Parameter, Share
from checker.witness.conditions import NOWHERE
from checker.witness.fields import Fields
from checker.witness.obligations import OUTSIDE, Versions, as_text
from checker.witness.records import SITE, Row
from checker.witness.related import Bounds
from checker.witness.ripening import records
from checker.witness.seen import LATER, Seen, Sight
from checker.witness.surroundings import Place

State = Literal["met", "missed", "exempt", "open", "doubtful"]
"""What a member is; `doubtful`: whether it belongs is not known."""
SCALE = 10_000
"""Numbers with decimals are summed in units of their fourth place."""


@dataclass(frozen=True, slots=True)
class Member:
    """A record of a period: its group, what it is, its time, and what is summed of it."""

    row: Row
    key: str
    group: tuple[Any, ...]
    state: State
    at: int
    above: Any = None
    below: Any = None


@dataclass(frozen=True, slots=True)
class Rated:
    """An obligation of a rate with what its account was made of."""

    account: Account
    period: Period
    members: tuple[Member, ...]
    unit: str = "members"
    accountable: str | None = None


class Rates:
    """The obligations of one rate: one a group and period."""

    def __init__(self, seen: Seen, policy: Rate) -> None:
        self.seen, self.policy, self.fields = seen, policy, Fields(seen, policy)
        self.record = policy.share_of.record
        self.kind, conditions = seen.types[self.record], self.fields.conditions
        self.time = self.fields.moment(self.record, policy.share_of.time or self.kind.time or "")
        self.where = conditions.part(self.record, policy.share_of.where)
        self.void = conditions.truth(self.record, self.kind.void) if self.kind.void else None
        self.excuse = conditions.part(self.record, policy.excused_when) if policy.excused_when else None
        self.that = conditions.part(self.record, policy.that) if isinstance(policy.that, Condition) else None
        paths = (policy.that.mean_of,) if isinstance(policy.that, MeanOf) else (policy.that.sum_of, policy.that.over) if isinstance(policy.that, RatioOf) else ()
        self.summed = [self.fields.cell(self.record, path) for path in paths]
        self.scaled = any(self.fields.type_of(self.record, path) == "decimal" for path in paths)
        found = resolve(self.fields.types, self.record, paths[0]).field if paths else None
        self.unit = "members" if found is None else "e-4" if self.scaled else {"duration": "us"}.get(found.type) or found.unit or ""
        self.groups = [self.fields.cell(self.record, path) for path in policy.group_by]
        self.distinct = [self.fields.cell(self.record, path) for path in policy.share_of.distinct or ()]
        self.keys = [seen.columns[self.record][name] for name in self.kind.key]
        self.by_site = tuple(policy.group_by) == ("site_id",)
        self.least = policy.at_least is not None
        self.written = policy.at_least if policy.at_least is not None else policy.at_most
        self.sample = self.fields.count(self.record, policy.min_sample, 1)
        self.sources = tuple(dict.fromkeys((self.record, *records(policy.that))))

    # -- obligations --------------------------------------------------------------------------------------------------

    def all(self, place: Place) -> Iterator[Versions]:
        yield from ((one.account,) for period in self.periods(place) for one in self.rated(place, period))

    def of(self, row: Row) -> list[Versions]:
        """The obligations of the period and the group of a record."""
        place = self.seen.surroundings.places[row[SITE]]
        sight = Sight(place, place.first, place.as_of)
        at = self.time(sight, row, place.first)
        if not isinstance(at, int):
            return []
        subject = self.subject(place, tuple(cell(sight, row, at) for cell in self.groups))
        there = (one for one in self.periods(place) if one.start <= at < one.end)
        return [(one.account,) for period in there for one in self.rated(place, period) if one.account.subject == subject]

    def periods(self, place: Place) -> Iterator[Period]:
        yield from periods(place.audit, self.policy, place.site, self.policy.per, self.policy.counted_until)

    def rated(self, place: Place, period: Period) -> Iterator[Rated]:
        """The groups of a period; of a site there is one in any case."""
        found: dict[tuple[Any, ...], list[Member]] = {(place.id,): []} if self.by_site else {}
        for one in self.members(place, period):
            found.setdefault(one.group, []).append(one)
        for group, members in found.items():
            yield Rated(self._account(place, period, group, members), period, tuple(members), self.unit, self._answers(group))

    def _answers(self, group: tuple[Any, ...]) -> str | None:
        """A group answers through the field it is grouped by, where the policy names one."""
        who = self.policy.accountable
        return group[self.policy.group_by.index(who)] if isinstance(who, str) and who in self.policy.group_by else None

    def subject(self, place: Place, group: tuple[Any, ...]) -> str:
        return place.id if self.by_site else as_text(group)

    # -- members ------------------------------------------------------------------------------------------------------

    def members(self, place: Place, period: Period) -> list[Member]:
        """The records of a period; those that are one in the fields of `distinct` count once: the first that surely belongs."""
        sight = Sight(place, period.start, min(place.as_of, period.closes - 1))
        found: dict[Any, Member] = {}
        for row in self.seen.find(self.record, place, (), ()):
            one = self._member(sight, row, period)
            if one is None:
                continue
            parts = tuple(cell(sight, row, one.at) for cell in self.distinct)
            same = ("alone", one.key) if not parts or None in parts or LATER in parts else parts
            other = found.get(same)
            if other is None or (one.state == "doubtful", one.at, one.key) < (other.state == "doubtful", other.at, other.key):
                found[same] = one
        return list(found.values())

    def _member(self, sight: Sight, row: Row, period: Period) -> Member | None:
        at = self.time(sight, row, period.start)
        if not isinstance(at, int) or not period.start <= at < period.end:
            return None
        void = True if self.void is None else negated(self.void(sight, row, at))
        where = all_hold([self.where.truth(sight, row, at, NOWHERE), void])
        if where is False:
            return None
        group = tuple(cell(sight, row, at) for cell in self.groups)
        amounts = [cell(sight, row, at) for cell in self.summed]
        state = self._state(sight, row, at, where, Bounds(until=period.closes), amounts)
        above, below = (*amounts, 1)[:2] if amounts else (None, None)
        return Member(row, as_text([row[column] for column in self.keys]), group, state, at, above, below)

    def _state(self, sight: Sight, row: Row, at: int, where: Truth, bounds: Bounds, amounts: list[Any]) -> State:
        if where is not True:
            return "doubtful"
        met: Truth = (None if None in amounts else True) if self.that is None else self.that.truth(sight, row, at, bounds)
        excuse: Truth = False if self.excuse is None else self.excuse.truth(sight, row, at, bounds)
        if self.that is None:
            return "exempt" if excuse is True else "met" if excuse is False and met is True else "open"
        if met is True:
            return "met"
        if met == "pending":
            return "missed"
        if met is None:
            return "open"
        return "exempt" if excuse is True else "missed" if excuse is False else "open"

    # -- numbers ------------------------------------------------------------------------------------------------------

    def _account(self, place: Place, period: Period, group: tuple[Any, ...], members: list[Member]) -> Account:
        subject = self.subject(place, group)
        if not place.in_force(self.policy, period.start):
            return Account(self.policy.id, place.id, subject, period.label, Decided(None), OUTSIDE)
        sight = Sight(place, period.start, place.as_of)
        numbers = self._shares(sight, period, members) if self.that is not None else self._sums(sight, period, members)
        return Account(self.policy.id, place.id, subject, period.label, numbers)

    def target(self, sight: Sight) -> Fraction | None:
        """The target: of a share or a ratio a fraction, of a mean with the meaning that its field gives it."""
        if isinstance(self.written, Parameter):
            found = self.fields.parameter(self.record, self.written)(sight, (), sight.values_at)
            return None if found is None else Fraction(int(str(found.value)), int(str(found.second)) if found.kind == "share" else 1)
        if isinstance(self.policy.that, MeanOf):
            text = self.fields.type_of(self.record, self.policy.that.mean_of) == "duration" and isinstance(self.written, str)
            return Fraction(Duration.parse(str(self.written)).amount) if text else Fraction(str(self.written))
        return Share.parse(str(self.written)).value

    def _covered(self, place: Place, period: Period, sources: Iterable[str]) -> bool:
        stretches = [place.covered(one, period.start) for one in sources]
        return all(low <= period.start and high >= period.closes for low, high in stretches)

    def _shares(self, sight: Sight, period: Period, members: list[Member]) -> Shares:
        place, target, sample = sight.place, self.target(sight), self.sample(sight, (), period.start)
        count = {state: sum(one.state == state for one in members) for state in ("met", "missed", "open", "doubtful")}
        covered = self._covered(place, period, self.sources) and target is not None
        seen = self._covered(place, period, (self.record,)) or not (self.by_site or members)
        share = target or Fraction(0)
        return Shares(
            count["met"], count["missed"], count["open"] + count["doubtful"], share.numerator, share.denominator, period.closes, place.as_of, covered,
            self.least, sample or 1, not any(records(self.policy.that)), seen,
        )  # fmt: skip

    def _sums(self, sight: Sight, period: Period, members: list[Member]) -> Sums:
        place, target, sample = sight.place, self.target(sight), self.sample(sight, (), period.start)
        known = [one for one in members if one.state == "met"]
        above, below = sum(one.above for one in known), sum(one.below for one in known)
        free, scale = sum(one.state in ("open", "doubtful") for one in members), SCALE if self.scaled else 1
        covered, share = self._covered(place, period, (self.record,)) and target is not None, target or Fraction(0)
        return Sums(int(above * scale), int(below * scale), len(known), free, share.numerator, share.denominator, period.closes, place.as_of, covered, self.least, sample or 1)


__all__ = ["Member", "Rated", "Rates"]
