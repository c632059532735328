"""Fields at dotted paths: stored and derived ones, those of referred records; and parameters, with the value in force.

Each is read once and becomes a function of a row, so that a million events can ask it. A cell is None where it is unknown,
and LATER where it is a time that has not come.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from checker.force import Slot, at, slots
from checker.policy.kinds import Base
from checker.policy.records import Amount, Difference, FirstPresent, NumberIn, RecordType, Whole, resolve
from checker.policy.typed import CLOCKS, Typed
from checker.policy.values import Duration, Parameter
from checker.witness.records import FOLDED, SITE, STATE, Row
from checker.witness.seen import LATER, Seen, Sight

if TYPE_CHECKING:
    from checker.witness.answers import Answers
    from checker.witness.conditions import Conditions

Instant = int | None
Get = Callable[[Sight, Row, Instant], Any]
"""The value of a row, with references read at an instant where they do not say when."""
Length = tuple[int, str]
"""(amount, clock) of a duration."""


class Fields:
    """The fields and parameters that one policy reads."""

    def __init__(self, seen: Seen, policy: Base) -> None:
        self.seen, self.policy, self.types = seen, policy, dict(seen.types)
        self._cells: dict[tuple[str, str], Get] = {}
        self._answers: dict[str, Answers] = {}
        self._slots: dict[tuple[str, str], list[Slot]] = {}

    @cached_property
    def conditions(self) -> Conditions:
        from checker.witness.conditions import Conditions

        return Conditions(self)

    def answers(self, record: str) -> Answers:
        """Who may answer for obligations over records of a type."""
        if record not in self._answers:
            from checker.witness.answers import Answers

            self._answers[record] = Answers(self, record)
        return self._answers[record]

    # -- fields -------------------------------------------------------------------------------------------------------

    def read(self, record: str) -> list[str]:
        """The paths of records of a type that the policy reads."""
        return [path for kind, path in self._cells if kind == record]

    def parameters(self) -> list[tuple[Base | RecordType, str]]:
        """The parameters that it reads: its own, and those of record types."""
        own: list[tuple[Base | RecordType, str]] = [(self.policy, name) for name in sorted(self.policy.parameters)]
        return own + [(self.types[owner], name) for owner, name in sorted(self._slots) if owner in self.types]

    def cell(self, record: str, path: str) -> Get:
        """The value at a dotted path. Raises KeyError where there is none."""
        found = self._cells.get((record, path))
        if found is None:
            found = self._cells[record, path] = self._made(record, path)
        return found

    def _made(self, record: str, path: str) -> Get:
        hop, _, rest = path.partition(".")
        if rest:
            return self._referred(record, hop, rest)
        if path == "site_id":
            return lambda sight, row, at: row[SITE]
        spec = self.types[record].fields[path].derived
        return self._stored(record, path) if spec is None else _known(self._derived(record, spec))

    def _stored(self, record: str, path: str) -> Get:
        column, spec = self.seen.columns[record][path], self.types[record].fields[path]
        if spec.type != "instant":
            return lambda sight, row, at: row[column]
        kind, not_yet, planned = self.types[record], spec.not_yet, spec.planned
        always = path == kind.time or bool(kind.active)

        def moment(sight: Sight, row: Row, at: Instant) -> Any:
            """As `Seen.cell`; what lies after the horizon is hidden too, but for a record's own time."""
            value = row[column]
            if value is None:
                return LATER if not_yet and not row[STATE] & FOLDED else None
            if planned or value is LATER:
                return value
            as_of, horizon = sight.place.as_of, sight.horizon
            return LATER if value > as_of or (horizon is not as_of and not always and value > horizon) else value

        return moment

    def moment(self, record: str, path: str) -> Get:
        """A path of an instant or a date (its first instant)."""
        cell = self.cell(record, path)
        if self.type_of(record, path) != "date":
            return cell

        def moment(sight: Sight, row: Row, at: Instant) -> Any:
            day = cell(sight, row, at)
            return sight.place.start(day) if isinstance(day, int) else day

        return moment

    def type_of(self, record: str, path: str) -> str:
        return "id" if path.rpartition(".")[2] == "site_id" else resolve(self.types, record, path).field.type

    def _referred(self, record: str, hop: str, rest: str) -> Get:
        """A field of the record that a reference leads to, whose own references are read at its own time."""
        there = self.types[self.types[record].references[hop].record]
        follow, cell = self.follow(record, hop), self.cell(there.record, rest)
        time = self.moment(there.record, there.time) if there.time and not there.active and "." in rest else None

        def referred(sight: Sight, row: Row, at: Instant) -> Any:
            target = follow(sight, row, at)
            if target is None:
                return None
            when = time(sight, target, at) if time else at
            return cell(sight, target, when if isinstance(when, int) else None)

        return referred

    def follow(self, record: str, hop: str) -> Callable[[Sight, Row, Instant], Row | None]:
        """The one record that a reference leads to: by key, and in rosters by the spell that holds."""
        reference = self.types[record].references[hop]
        there, by = self.types[reference.record], self.cell(record, reference.by)
        when = self.moment(record, reference.at) if reference.at else None
        seen, fields = self.seen, (there.subject[0],)

        def follow(sight: Sight, row: Row, at: Instant) -> Row | None:
            wanted = by(sight, row, at)
            if wanted is None:
                return None
            if not there.active:
                return next(iter(seen.find(there.record, sight.place, fields, (wanted,))), None)
            instant = when(sight, row, at) if when else at
            return seen.rostered(there.record, sight.place, wanted, instant) if isinstance(instant, int) else None

        return follow

    def _derived(self, record: str, spec: Any) -> Get:
        match spec:
            case str():
                return self.cell(record, spec)
            case FirstPresent(first_present=members):
                return _first([self._derived(record, one) for one in members])
            case Whole():
                return self._whole(record, spec)
            case Difference(difference=(later, earlier)):
                return _difference(self.cell(record, later), self.cell(record, earlier))
            case NumberIn(number_in=path):
                listed = self.cell(record, path)
                return lambda sight, row, at: None if (found := listed(sight, row, at)) is None else len(found)
            case Amount():
                return self._amount(record, spec)
        raise AssertionError(spec)

    def _whole(self, record: str, spec: Whole) -> Get:
        whole, divisor, plus = self._derived(record, spec.whole), self._number(record, spec.divided_by), spec.plus

        def count(sight: Sight, row: Row, at: Instant) -> Any:
            found, by = whole(sight, row, at), divisor(sight, row, at)
            return None if found is None or not by else found // by + plus

        return count

    def _amount(self, record: str, spec: Amount) -> Get:
        """A field less or plus an amount; never below 0."""
        cell, zero = self.cell(record, spec.field), _always(0)
        less, plus = (zero if one is None else self._number(record, one) for one in (spec.adjusted.less, spec.adjusted.plus))

        def amount(sight: Sight, row: Row, at: Instant) -> Any:
            values = cell(sight, row, at), less(sight, row, at), plus(sight, row, at)
            return None if None in values or LATER in values else max(values[0] - values[1] + values[2], 0)

        return amount

    def _number(self, record: str, written: Parameter | int) -> Get:
        if not isinstance(written, Parameter):
            return _always(written)
        return self.value(self.types[record], written.name, record, lambda found: found.value)

    # -- parameters ---------------------------------------------------------------------------------------------------

    def value(self, owner: Base | RecordType, name: str, record: str, into: Callable[[Typed], Any] = lambda found: found) -> Get:
        """The value of a parameter in force, made into something: of its cases the first that holds; where that is not known, none is."""
        key = (owner.record if isinstance(owner, RecordType) else owner.id, name)
        if key not in self._slots:
            self._slots[key] = slots(owner, name, self.seen.surroundings.audit, self.policy)
        cases = [(one.when, {site: [(*spell, into(found)) for *spell, found in listed] for site, listed in one.series.items()}) for one in self._slots[key]]  # type: ignore[arg-type]
        if len(cases) == 1 and cases[0][0] is None:
            series = cases[0][1]

            def held(sight: Sight, row: Row, instant: Instant) -> Any:
                for start, end, found in series[sight.place.id]:
                    if start <= sight.values_at < end:
                        return found
                return None

            return held
        tests = [(series, None if when is None else self.conditions.truth(record, when)) for when, series in cases]

        def chosen(sight: Sight, row: Row, instant: Instant) -> Any:
            for series, holds in tests:
                found = at(series[sight.place.id], sight.values_at)
                said = True if found is None or holds is None else holds(sight, row, instant)
                if found is not None and said is not False:
                    return found if said is True else None
            return None

        return chosen

    def parameter(self, record: str, written: Parameter) -> Callable[[Sight, Row, Instant], Typed | None]:
        """A parameter of the policy, read of a record of this type."""
        return self.value(self.policy, written.name, record)

    def length(self, record: str, written: Parameter | Duration) -> Callable[[Sight, Row, Instant], Length | None]:
        """A duration as written, or as a parameter holds it."""
        if not isinstance(written, Parameter):
            return _always((written.amount, written.clock))
        return self.value(self.policy, written.name, record, lambda found: (int(str(found.value)), CLOCKS[int(str(found.second or 0))]))

    def count(self, record: str, written: Parameter | int | None, otherwise: int | None = None) -> Get:
        """A number as written, or as a parameter holds it."""
        if not isinstance(written, Parameter):
            return _always(otherwise if written is None else written)
        return self.value(self.policy, written.name, record, lambda found: found.value)


def _always(value: Any) -> Get:
    return lambda sight, row, at: value


def _known(get: Get) -> Get:
    """Of what is made of other fields nothing is known while one of them is to come."""
    return lambda sight, row, at: None if (value := get(sight, row, at)) is LATER else value


def _first(members: list[Get]) -> Get:
    def first(sight: Sight, row: Row, at: Instant) -> Any:
        return next((value for one in members if (value := one(sight, row, at)) not in (None, LATER)), None)

    return first


def _difference(later: Get, earlier: Get) -> Get:
    def difference(sight: Sight, row: Row, at: Instant) -> Any:
        end, start = later(sight, row, at), earlier(sight, row, at)
        return end - start if isinstance(end, int) and isinstance(start, int) else None

    return difference


__all__ = ["Fields", "Get", "Instant", "Length"]
