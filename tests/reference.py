"""The oracle: the four kinds judged row by row from dictionaries, with the standard library alone. Slow and plain.

It imports nothing of the checker but the models of the language. Times are UTC microseconds, dates day numbers.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from checker.policy.conditions import Condition, Related, Shifted, Summed, Test
from checker.policy.files import Calendar, Setting, Window
from checker.policy.kinds import Accountable, Base, Deadline, FirstOf, Frequency, Ladder, LatestOf, MeanOf, PeriodField, Presence, Rate, RatioOf, Requirement, Sequence
from checker.policy.records import (
    Amount,
    DatedValue,
    Difference,
    FirstField,
    FirstPresent,
    NumberIn,
    RecordType,
    Whole,
    resolve,
)
from checker.policy.values import Day, Duration, Instant, Parameter, Share, TimeOfDay
from tests.state_council import WORKED

Row = dict[str, Any]
Truth = bool | None | str
"""True, False, None (unknown) or "pending"."""
DAY = 86_400_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECONDS = {"seconds": 1_000_000, "minutes": 60_000_000, "hours": 3_600_000_000}
FAR = 2**62
LATER = "later"
"""What a time reads as that as-of hides, or that has not come."""


@dataclass(frozen=True)
class World:
    """Everything an audit rests on. `records` hold typed values, `#site`, `#disputed` and `#row`."""

    types: dict[str, RecordType]
    policies: tuple[Any, ...]
    records: dict[str, list[Row]]
    zones: dict[str, str]
    values: dict[str, dict[str, dict[str, Setting]]]
    windows: dict[str, dict[str, tuple[Window, ...]]]
    period: tuple[int, int]
    as_of: int | None
    covered: dict[str, tuple[tuple[int | None, int | None], ...]] = field(default_factory=dict)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    """The calendar laid over the national one, by site."""
    earlier: tuple[Row, ...] = ()
    """Violations of earlier runs; `audited` says of which sites, policies and times there are runs."""
    audited: tuple[tuple[str, str, int, int], ...] = ()
    decisions: tuple[tuple[str, str, int | None], ...] = ()
    """(fingerprint, decision, at) in the order in which they were made."""


class OutsideCalendar(Exception):
    """A day is counted of which no work calendar speaks."""


def evaluate(world: World) -> list[Row]:
    """Every finding of the period, passes too."""
    found: list[Row] = []
    for site in world.zones:
        for policy in sorted(world.policies, key=lambda one: isinstance(one, Ladder)):
            found += _Site(world, site, tuple(found)).judge(policy)
    return sorted(found, key=lambda one: (one["policy"], one["site"], one["subject"], one["ordinal"]))


# --- time ------------------------------------------------------------------------------------------------------------


def to_utc(zone: str, local: int) -> int:
    naive = datetime(1970, 1, 1) + timedelta(microseconds=local)
    return (naive.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) - EPOCH) // timedelta(microseconds=1)


def to_local(zone: str, instant: int) -> int:
    moment = (EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)


def local_day(zone: str, instant: int) -> int:
    return to_local(zone, instant) // DAY


def months_later(day: int, months: int) -> int:
    """The same day of the month, clipped to that month's end."""
    at = date(1970, 1, 1) + timedelta(days=day)
    year, month = at.year + (at.month - 1 + months) // 12, (at.month - 1 + months) % 12 + 1
    ends = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return (date(year, month, min(at.day, ends)) - date(1970, 1, 1)).days


def spans(every: str, first: int, until: int) -> Iterator[tuple[int, int, str]]:
    """(first day, day after, label) of each period that overlaps the days [first, until)."""
    labels: dict[str, tuple[int, int]] = {}
    for day in range(first - 400, until + 400):
        at = date(1970, 1, 1) + timedelta(days=day)
        iso = at.isocalendar()
        label = {"day": at.isoformat(), "week": f"{iso.year}-W{iso.week:02}", "month": f"{at:%Y-%m}", "year": f"{at.year}",
                 "quarter": f"{at.year}-Q{(at.month + 2) // 3}", "half-year": f"{at.year}-H{(at.month + 5) // 6}"}[every]  # fmt: skip
        low, _ = labels.get(label, (day, day))
        labels[label] = (low, day + 1)
    for label, (low, high) in labels.items():
        if low < until and high > first:
            yield low, high, label


def written_period(text: str | None) -> tuple[int | None, str]:
    """(how often, in what period) of a text such as `2/m`, `2次/月` or `每月2次`; by the month where it cannot be read."""
    words = {"d day 天 日": "day", "w week 周 星期": "week", "m month 月": "month", "q quarter 季 季度": "quarter", "h half-year 半年": "half-year", "y year 年": "year"}
    by_word = {word: period for several, period in words.items() for word in several.split()}
    first, second = re.fullmatch(r"\s*(\d{1,4})\s*次?\s*/\s*([^\s/]+)\s*", text or ""), re.fullmatch(r"\s*每\s*([^\s\d]+?)\s*(\d{1,4})\s*次\s*", text or "")
    number, word = (first[1], first[2]) if first else (second[2], second[1]) if second else ("", "")
    return (int(number), by_word[word]) if word in by_word else (None, "month")


# --- three values ----------------------------------------------------------------------------------------------------


def conjunction(parts: list[Truth]) -> Truth:
    if False in parts:
        return False
    if "pending" in parts:
        return "pending"
    return None if None in parts else True


def disjunction(parts: list[Truth]) -> Truth:
    if True in parts:
        return True
    if "pending" in parts:
        return "pending"
    return None if None in parts else False


def inverse(part: Truth) -> Truth:
    return part if part in (None, "pending") else not part


class _Site:
    """One site of a world."""

    def __init__(self, world: World, site: str, found: tuple[Row, ...] = ()) -> None:
        self.found = found
        """What policies before this one found: ladders count it."""
        self.world, self.site, self.zone = world, site, world.zones[site]
        first, until = world.period
        self.first, self.until = to_utc(self.zone, first * DAY), to_utc(self.zone, until * DAY)
        self.as_of = self.until if world.as_of is None else to_utc(self.zone, world.as_of)
        self.trigger: int | None = None
        self.horizon = self.as_of
        """The instant after which what has not come lies: as-of, or the limit by which it is asked for."""

    # -- working days -------------------------------------------------------------------------------------------------

    def works(self, day: int) -> bool:
        own = self.world.calendars.get(self.site)
        if own is not None:
            for changes, works in ((own.closed, False), (own.extra, True)):
                if any(day in change.days for change in changes):
                    return works
        if day in WORKED:
            return WORKED[day]
        if own is not None and own.covers is not None and day in own.covers.days:
            return (day + 3) % 7 < 5
        raise OutsideCalendar(day)

    def spoken_of(self, day: int) -> bool:
        try:
            return self.works(day) in (True, False)
        except OutsideCalendar:
            return False

    def known(self, windows: tuple[Window, ...] | None, instant: int) -> None:
        """That the calendar speaks of the day of an instant, where a window goes by working days."""
        if any(one.days in ("workdays", "restdays") for one in windows or ()):
            self.works(local_day(self.zone, instant))

    def working_days_later(self, day: int, amount: int) -> int:
        """Step by step; the day itself does not count."""
        step = 1 if amount > 0 else -1
        while amount:
            day += step
            amount -= step * self.works(day)
        return day

    # -- rows ---------------------------------------------------------------------------------------------------------

    def versions(self, record: str) -> list[Row]:
        """All rows of a type at this site as they stood at as-of."""
        kind = self.world.types[record]
        seen = []
        for row in self.world.records.get(record, ()):
            if row["#site"] != self.site:
                continue
            own = row.get(kind.time) if kind.time else None
            if own is not None and kind.time and kind.fields[kind.time].type == "instant" and own > self.as_of:
                continue
            seen.append({**row, **{name: self._hidden(kind, name, row.get(name)) for name in kind.stored}})
        return seen

    def _hidden(self, kind: RecordType, name: str, value: Any) -> Any:
        spec = kind.fields[name]
        if spec.type != "instant":
            return value
        if (value is None and spec.empty == "not yet") or (value is not None and value > self.as_of and not spec.planned):
            return LATER
        return value

    def rows(self, record: str) -> list[Row]:
        """One row a key: what versions dispute is unknown."""
        kind = self.world.types[record]
        by_key: dict[tuple[Any, ...], list[Row]] = {}
        for row in self.versions(record):
            by_key.setdefault(tuple(row[key] for key in kind.key), []).append(row)
        return [self._folded(kind, listed) for listed in by_key.values()]

    @staticmethod
    def _folded(kind: RecordType, listed: list[Row]) -> Row:
        return {**listed[0], **{name: listed[0][name] if all(one[name] == listed[0][name] for one in listed) else None for name in kind.stored}}

    # -- fields -------------------------------------------------------------------------------------------------------

    def field(self, policy: Base, record: str, row: Row, path: str, at: int) -> Any:
        """The value at a dotted path; references are resolved at their own time, else at `at`."""
        kind = self.world.types[record]
        hop, _, rest = path.partition(".")
        if rest:
            target = self.referred(policy, record, row, hop, at)
            if target is None:
                return None
            there = self.world.types[kind.references[hop].record]
            own = target.get(there.time) if there.time and not there.active else at
            return self.field(policy, there.record, target, rest, own)
        if path == "site_id":
            return self.site
        spec = kind.fields[path]
        if spec.derived is not None:
            return self.derived(policy, record, row, spec.derived, at)
        value = row.get(path)
        hides = spec.type == "instant" and not spec.planned and path != kind.time and not kind.active
        return LATER if hides and isinstance(value, int) and value > self.horizon else value

    def referred(self, policy: Base, record: str, row: Row, hop: str, at: Any) -> Row | None:
        """The one row that a reference leads to: by key, and for rosters by the spell that holds."""
        reference = self.world.types[record].references[hop]
        kind = self.world.types[reference.record]
        wanted = self.field(policy, record, row, reference.by, at)
        when = self.field(policy, record, row, reference.at, at) if reference.at else at
        if wanted is None or when in (None, LATER):
            return None
        key = next(one for one in kind.key if not kind.active or one != kind.active.from_)
        if not kind.active:
            found = [one for one in self.rows(reference.record) if one[key] == wanted]
            return found[0] if found else None
        found = [one for one in self.versions(reference.record) if one[key] == wanted and self.spell(kind, one)[0] <= when < self.spell(kind, one)[1]]
        return self._folded(kind, found) if found else None

    def spell(self, kind: RecordType, row: Row) -> tuple[int, int]:
        """[from, until) in UTC; dates are inclusive at both ends."""
        active = kind.active
        assert active
        start, end = row.get(active.from_), row.get(active.to) if active.to else None
        low = -(10**18) if start is None else to_utc(self.zone, start * DAY)
        high = 10**18 if end is None else to_utc(self.zone, (end + (0 if active.to_excluded else 1)) * DAY)
        return low, high

    def derived(self, policy: Base, record: str, row: Row, spec: Any, at: int) -> Any:
        match spec:
            case str():
                return self.field(policy, record, row, spec, at)
            case FirstPresent():
                return next((one for part in spec.first_present if (one := self.derived(policy, record, row, part, at)) is not None), None)
            case Whole():
                whole, divisor = self.derived(policy, record, row, spec.whole, at), self.number(record, spec.divided_by, at)
                return None if whole is None else whole // divisor + spec.plus
            case Difference():
                later, earlier = (self.field(policy, record, row, one, at) for one in spec.difference)
                return None if later in (None, LATER) or earlier in (None, LATER) else later - earlier
            case NumberIn():
                listed = self.field(policy, record, row, spec.number_in, at)
                return None if listed is None else len(listed)
            case Amount():
                value = self.field(policy, record, row, spec.field, at)
                less = self.number(record, spec.adjusted.less, at) if spec.adjusted.less is not None else 0
                plus = self.number(record, spec.adjusted.plus, at) if spec.adjusted.plus is not None else 0
                return None if value is None else max(value - less + plus, 0)
        raise AssertionError(spec)

    def number(self, record: str, written: Any, at: int) -> Any:
        return self.parameter(None, record, written.name, at, {}) if isinstance(written, Parameter) else written

    # -- values in force ----------------------------------------------------------------------------------------------

    def parameter(self, policy: Base | None, record: str, name: str, at: int, row: Row) -> Any:
        """The value in force at an instant (of related records: at that of the obligation): the profile's over the
        document's, the first case that holds."""
        at = at if self.trigger is None else self.trigger
        owner: Any = policy or self.world.types[record]
        spec = owner.parameters[name]
        first = lambda one: one.from_.number if one.from_ else -(10**9)  # noqa: E731
        document = sorted(spec.values or (), key=first)
        if not spec.values and spec.value != "set by site":
            document = [DatedValue.model_construct(value=spec.value)]
        setting = self.world.values.get(self.site, {}).get(policy.id if policy else record, {}).get(name)
        mine = sorted(setting, key=first) if isinstance(setting, tuple) else [] if setting is None else [DatedValue.model_construct(value=setting)]
        for listed in (mine, document):
            in_force = [one for one in listed if self._dated(one, at)]
            cases: list[Any] = []
            for one in in_force:
                if one.when is not None and one.when not in cases:
                    cases.append(one.when)
            for when in [*cases, None]:
                chosen = [one for one in in_force if one.when == when]
                holds = True if when is None else self.holds(policy, record, row, when, at)  # type: ignore[arg-type]
                if chosen and holds not in (True, False):
                    return None
                if chosen and holds:
                    return self.typed(chosen[-1].value, spec.unit)
        return None

    def _dated(self, one: DatedValue, at: int) -> bool:
        start = -(10**18) if one.from_ is None else to_utc(self.zone, one.from_.number * DAY)
        end = 10**18 if one.until is None else to_utc(self.zone, (one.until.number + 1) * DAY)
        return start <= at < end

    @staticmethod
    def typed(value: Any, unit: str) -> Any:
        if isinstance(value, bool | int):
            return value * SECONDS[unit] if unit in SECONDS and not isinstance(value, bool) else value
        if unit == "share" or value.endswith("%"):
            return Share.parse(value).value
        if unit == "time":
            return TimeOfDay.parse(value).micros
        if unit in ("duration", *SECONDS):
            return Duration.parse(value)
        return value

    # -- conditions ---------------------------------------------------------------------------------------------------

    def holds(self, policy: Base, record: str, row: Row, condition: Condition | None, at: int, related: Callable[[Related, Row], list[Truth]] | None = None) -> Truth:
        """A condition of a row. `related` says of each row that a clause's keys match whether it counts."""
        if condition is None:
            return True
        parts: list[Truth] = []
        for key, value in condition.parts():
            match key, value:
                case ("all_of", tuple()):
                    parts.append(conjunction([self.holds(policy, record, row, one, at, related) for one in value]))
                case ("any_of", tuple()):
                    parts.append(disjunction([self.holds(policy, record, row, one, at, related) for one in value]))
                case ("not", Condition()):
                    parts.append(inverse(self.holds(policy, record, row, value, at, related)))
                case ("exists", Related()):
                    parts.append(disjunction([one for one, _ in related(value, row)]))  # type: ignore[misc]
                case ("none_exists", Related()):
                    parts.append(inverse(disjunction([one for one, _ in related(value, row)])))  # type: ignore[misc]
                case ("number_of", Related()):
                    parts.append(self._number_of(policy, record, row, value, condition, at, related))  # type: ignore[arg-type]
                case ("sum" | "mean_of", Summed()):
                    parts.append(self._summed(policy, record, row, key, value, condition, at, related(value, row)))  # type: ignore[misc]
                case _:
                    tests = list(value.parts()) if isinstance(value, Test) else [("is", value)]
                    parts += [self.test(policy, record, row, key, operator, operand, at) for operator, operand in tests]
        return conjunction(parts)

    def _number_of(self, policy: Base, record: str, row: Row, clause: Related, whole: Condition, at: int, related: Any) -> Truth:
        rows = related(clause, row)
        sure = self._size(clause, [one for counts, one in rows if counts is True])
        possible = self._size(clause, [one for counts, one in rows if counts is not False])
        parts: list[Truth] = []
        for bound, low in ((whole.at_least, True), (whole.at_most, False)):
            if bound is None:
                continue
            limit = self.parameter(policy, record, bound.name, at, row) if isinstance(bound, Parameter) else bound
            surely, never = (sure >= limit, possible < limit) if low else (possible <= limit, sure > limit)
            parts.append(True if surely else False if never else None)
        return conjunction(parts)

    def _summed(self, policy: Base, record: str, row: Row, key: str, clause: Summed, whole: Condition, at: int, rows: list[tuple[Truth, Row]]) -> Truth:
        """A sum by bounds, a mean where every row is known; without a value, or of nothing, unknown."""
        there = [(counts, self.field(policy, clause.record, one, clause.field, at)) for counts, one in rows if counts is not False]
        if any(value is None for _, value in there):
            return None
        low = high = sum(value for counts, value in there if counts is True)
        number = 1
        if key == "mean_of":
            number = len(there)
            if not there or any(counts is not True for counts, _ in there):
                return None
        low += sum(min(value, 0) for counts, value in there if counts is not True)
        high += sum(max(value, 0) for counts, value in there if counts is not True)
        parts: list[Truth] = []
        for bound, least in ((whole.at_least, True), (whole.at_most, False)):
            if bound is not None:
                found = self.parameter(policy, record, bound.name, at, row) if isinstance(bound, Parameter) else bound
                found = Duration.parse(found) if isinstance(found, str) else found
                limit = (found.amount if isinstance(found, Duration) else found) * number
                surely, never = (low >= limit, high < limit) if least else (high <= limit, low > limit)
                parts.append(True if surely else False if never else None)
        return conjunction(parts)

    def _size(self, clause: Related, rows: list[Row]) -> int:
        if clause.distinct == "day":
            times = [one[clause.time or self.world.types[clause.record].time] for one in rows]
            return len({local_day(self.zone, one) for one in times if isinstance(one, int)})
        return len(rows)

    def test(self, policy: Base, record: str, row: Row, path: str, operator: str, operand: Any, at: int) -> Truth:
        left = self.field(policy, record, row, path, at)
        if operator == "present":
            return (left not in (None, LATER)) == operand
        if operator in ("one_of", "none_of"):
            return None if left in (None, LATER) else (left in operand) == (operator == "one_of")
        if operator == "during":
            if left in (None, LATER):
                return "pending" if left == LATER else None
            day = local_day(self.zone, left)
            self.known(self.world.windows[self.site][operand], left)
            return any(low <= left < high for low, high in self._open(self.world.windows[self.site][operand], day, day))
        if operator == "includes":
            return None if left is None else operand in left
        if operator == "includes_all":
            return None if left is None else set(operand) <= set(left)
        right = self._right(policy, record, row, path, operator, operand, at)
        return self.compared(left, operator, right)

    def _right(self, policy: Base, record: str, row: Row, path: str, operator: str, operand: Any, at: int) -> Any:
        if operator in ("same_as", "different_from"):
            return self.field(policy, record, row, operand, at)
        if isinstance(operand, Shifted):
            value = self.field(policy, record, row, operand.field, at)
            dates = resolve(self.world.types, record, operand.field).field.type == "date"
            for sign, length in ((1, operand.plus), (-1, operand.minus)):
                if length is not None and value is not None:
                    edge = "start" if operator == "no_earlier_than" else "end"
                    moved = self._moved(policy, record, row, self._last(value), length, sign, edge, dates, at)
                    value = (LATER, moved) if self._is_later(value) else moved
            return value
        if isinstance(operand, Parameter):
            found = self.parameter(policy, record, operand.name, at, row)
            return found.amount if isinstance(found, Duration) else found
        if isinstance(operand, bool | int):
            return operand
        spec = resolve(self.world.types, record, path).field
        if spec.type == "instant":
            written = Instant.parse(operand)
            return written.local - written.offset if written.offset is not None else to_utc(self.zone, written.local)
        return {"duration": lambda: Duration.parse(operand).amount, "date": lambda: Day.parse(operand).number}.get(spec.type, lambda: operand)()

    def _is_later(self, value: Any) -> bool:
        """LATER, or a pair (LATER, the instant it is known to lie after)."""
        return value == LATER or isinstance(value, tuple)

    def _last(self, value: Any) -> int:
        """A time, or the instant after which it is known to lie."""
        return self.horizon if value == LATER else value[1] if isinstance(value, tuple) else value

    def _moved(self, policy: Base, record: str, row: Row, value: int, length: Any, sign: int, edge: str, dates: bool, at: int) -> int:
        """A length added on its clock; on days an instant goes to the edge of the local day, or as far into it as it was."""
        found = self.parameter(policy, record, length.name, at, row) if isinstance(length, Parameter) else length
        if not isinstance(found, Duration):
            return int(value + sign * found)
        if found.clock == "elapsed":
            return value + sign * found.amount
        day = value if dates else local_day(self.zone, value)
        target = day + sign * found.amount
        if found.clock == "months":
            target = months_later(day, sign * found.amount)
        if found.clock == "working days":
            target = self.working_days_later(day, sign * found.amount)
        if dates:
            return target
        start = to_utc(self.zone, target * DAY)
        if edge == "end":
            return to_utc(self.zone, (target + 1) * DAY) - 1
        return start if edge == "start" else start + value - to_utc(self.zone, day * DAY)

    def compared(self, left: Any, operator: str, right: Any) -> Truth:
        """A comparison in which a later time lies after as-of and before nothing that is known (language §7.1)."""
        if self._is_later(left) or self._is_later(right):
            greater = self._is_later(left)
            late, other = (left, right) if greater else (right, left)
            if self._is_later(other) or (other is not None and other > self._last(late)):
                return "pending"
            if other is None:
                return None
            return {"is": False, "same_as": False, "different_from": True, "no_earlier_than": greater, "no_later_than": not greater}[operator]
        if left is None or right is None:
            return None
        return {
            "is": left == right, "same_as": left == right, "different_from": left != right, "at_least": left >= right, "no_earlier_than": left >= right,
            "at_most": left <= right, "no_later_than": left <= right, "more_than": left > right, "less_than": left < right,
        }[operator]  # fmt: skip

    # -- related records ----------------------------------------------------------------------------------------------

    def related(
        self, policy: Base, record: str, row: Row, clause: Related, at: int, low: int | None = None, high: int | None = None, until: int | None = None
    ) -> list[tuple[Truth, Row]]:
        """Rows whose keys match, and whether each counts; those that lie out of bounds do not."""
        kind = self.world.types[clause.record]
        found: list[tuple[Truth, Row]] = []
        for one in self.rows(clause.record):
            if not all(self._keys(self.field(policy, clause.record, one, theirs, at), self.key(policy, record, row, ours, at)) for theirs, ours in clause.match.items()):
                continue
            time = one.get(clause.time or kind.time or "")
            if time == LATER:
                continue
            known = time
            outer, self.trigger = self.trigger, at if self.trigger is None else self.trigger
            parts: list[Truth] = [self.holds(policy, clause.record, one, clause.where, known if known is not None else at)]
            if kind.void and clause.void != "counts":
                parts.append(inverse(self.holds(policy, clause.record, one, kind.void, at)))
            self.trigger = outer
            if clause.time or kind.time:
                parts += self._within(policy, clause, known, row, record, at, low, high, until)
            found.append((None if (merged := conjunction(parts)) == "pending" else merged, one))
        return found

    def _within(self, policy: Base, clause: Related, time: Any, row: Row, record: str, at: int, low: int | None, high: int | None, until: int | None) -> list[Truth]:
        """Where related records are looked for: the clause's own bounds, else those of the place where it stands (§7.2)."""
        bounds: list[tuple[str, Any]] = []
        if clause.look_back is not None:
            ended = high if high is not None else until if until is not None else at
            bounds += [("after", self._moved(policy, record, row, ended, clause.look_back, -1, "same", False, at)), ("before" if high is None and until is not None else "to", ended)]
        bounds += [(key, self.field(policy, record, row, path, at)) for key, path in (("after", clause.after), ("before", clause.before)) if path]
        if not bounds:
            bounds = [(key, bound) for key, bound in (("from", low), ("to", high), ("before", until)) if bound is not None]
        tests = {"after": lambda t, b: t > b, "from": lambda t, b: t >= b, "to": lambda t, b: t <= b, "before": lambda t, b: t < b}
        return [None if time is None or not isinstance(bound, int) else tests[key](time, bound) for key, bound in bounds]

    def key(self, policy: Any, record: str, row: Row, path: str, at: int) -> Any:
        """What others are matched by: of a list that each obligation takes one member of, that member."""
        return row["#member"] if "#member" in row and path == policy.each_of else self.field(policy, record, row, path, at)

    def each(self, policy: Any) -> list[Row]:
        """The rows that are judged: with `each_of` one for every member that some version of the record lists."""
        kind = self.world.types[policy.for_each]
        versions = self.versions(policy.for_each)
        if policy.each_of is None:
            return versions
        found = []
        for row in versions:
            listed = [member for one in versions if all(one[key] == row[key] for key in kind.key) for member in one[policy.each_of] or ()]
            if not listed and row[policy.each_of] is None:
                listed = [None]
            found += [{**row, "#member": member} for member in dict.fromkeys(listed)]
        return found

    @staticmethod
    def _keys(theirs: Any, ours: Any) -> bool:
        """A list matches when it contains the value; an empty key matches nothing."""
        if theirs is None or ours is None:
            return False
        if isinstance(theirs, list):
            return ours in theirs
        return bool(theirs in ours if isinstance(ours, list) else theirs == ours)

    # -- findings -----------------------------------------------------------------------------------------------------

    def judge(self, policy: Any) -> list[Row]:
        from tests import reference_kinds as more

        made = {
            Requirement: self.requirement, Deadline: self.deadline, Frequency: self.frequency, Rate: self.rate,
            Sequence: lambda one: more.sequence(self, one), Presence: lambda one: more.presence(self, one),
            Ladder: lambda one: more.ladder(self, one),
        }[type(policy)](policy)  # fmt: skip
        return [one for one in made if one["verdict"] is not None and self.reported(one)]

    def reported(self, one: Row) -> bool:
        """Decided in the period; pending and begun before its end; or undated."""
        if one["verdict"] == "pending":
            return one["began"] is None or bool(one["began"] < self.until)
        return one["decided_at"] is None or self.first <= one["decided_at"] < self.until

    def finding(self, policy: Base, subject: str, ordinal: str, verdict: str | None, **facts: Any) -> Row:
        known = {"measured": None, "limit": None, "due_at": None, "decided_at": None, "began": None, "accountable": None, "disputed": False} | facts
        known["would_be"] = known["decided_at"]
        if verdict == "pending":
            known["decided_at"] = None
        return {"policy": policy.id, "site": self.site, "subject": subject, "ordinal": ordinal, "verdict": verdict, **known}

    def stepped(self, *facts: Any) -> str | None:
        from tests import reference_kinds as more

        return more.stepped(self, *facts)

    def climbed(self, *facts: Any) -> str | None:
        from tests import reference_kinds as more

        return more.climbed(self, *facts)

    def charged(self, *facts: Any) -> dict[str, int]:
        from tests import reference_kinds as more

        return more.charged(self, *facts)

    def staffed(self, *facts: Any) -> str:
        from tests import reference_kinds as more

        return more.staffed(self, *facts)

    def effective(self, policy: Base, at: int) -> bool:
        spell = policy.effective
        if spell is None:
            return True
        start = -(10**18) if spell.from_ is None else to_utc(self.zone, spell.from_.number * DAY)
        end = 10**18 if spell.until is None else to_utc(self.zone, (spell.until.number + 1) * DAY)
        return start <= at < end

    def where(self, policy: Any, row: Row, at: int, near: Callable[[Related, Row], Any]) -> Truth:
        kind = self.world.types[policy.for_each]
        parts = [self.holds(policy, policy.for_each, row, policy.where, at, near)]
        if kind.void:
            parts.append(inverse(self.holds(policy, policy.for_each, row, kind.void, at)))
        if "#member" in row:
            listed = row[policy.each_of]
            parts.append(None if listed is None else row["#member"] in listed)
        return conjunction(parts)

    def person(self, policy: Base, record: str, row: Row, at: int) -> str | None:
        who = policy.accountable
        paths = () if who is None else (who,) if isinstance(who, str) else who.first_present if isinstance(who, Accountable) else ()
        return next((one for path in paths if (one := self.field(policy, record, row, path, at)) is not None), None)

    def subject(self, policy: Any, row: Row, at: int) -> str:
        kind = self.world.types[policy.for_each]
        own = (*kind.key, policy.each_of) if "#member" in row else kind.key
        values = [self.key(policy, policy.for_each, row, path, at) for path in policy.subject or own]
        return "/".join("" if one is None else str(one) for one in values)

    def merged(self, policy: Any, judged: list[tuple[Row, Row]]) -> list[Row]:
        """Versions of one key: where all agree that verdict stands, else it is unknown (language §6, disputed)."""
        kind = self.world.types[policy.for_each]
        by_key: dict[tuple[Any, ...], list[Row]] = {}
        for row, one in judged:
            by_key.setdefault((*(row[key] for key in kind.key), row.get("#member")), []).append({**one, "row": row["#row"]})
        number = lambda value: (value is not None, value or 0)  # noqa: E731
        late = lambda one: (number(one["decided_at"]), number(one["measured"]), number(one["limit"]), one["subject"])  # noqa: E731
        found = []
        for listed in by_key.values():
            if len(listed) == 1:
                found.append(listed[0])
                continue
            last = max(listed, key=late)
            # A version of which nothing is asked has no number among its subject's records.
            asked = max(listed, key=lambda one: (one["verdict"] is not None, late(one)))
            agreed = len({one["verdict"] for one in listed}) == 1
            # An unknown is decided when it would have been: of a version that is still open, at its lapse.
            decided = max((one["would_be"] for one in listed if one["would_be"] is not None), default=None)
            found.append({
                **last, "ordinal": asked["ordinal"], "verdict": last["verdict"] if agreed else "unknown", "decided_at": decided, "disputed": True,
                "row": min(one["row"] for one in listed),
            })  # fmt: skip
        return found

    # -- requirement --------------------------------------------------------------------------------------------------

    def requirement(self, policy: Requirement) -> list[Row]:
        judged = []
        kind = self.world.types[policy.for_each]
        for row in self.each(policy):
            time = row.get(kind.time) if kind.time else self.first
            at = time if isinstance(time, int) else self.first
            judged.append((row, self._ripened(policy, row) if policy.within is not None else self._required(policy, row, at, time)))
        if policy.subject and tuple(policy.subject) != tuple(kind.key):
            self._numbered(policy, judged)
        return self.merged(policy, judged)

    def _required(self, policy: Requirement, row: Row, at: int, time: Any) -> Row:
        decided = self.field(policy, policy.for_each, row, policy.judged_at, at) if policy.judged_at else time
        near = self._up_to(policy, decided if isinstance(decided, int) else at, decided, at)
        belongs = self.where(policy, row, at, near)
        where = belongs if self.effective(policy, at) else False
        written = policy.require or policy.forbidden
        demand = self.holds(policy, policy.for_each, row, written, at, near)
        if policy.forbidden:
            demand = inverse(demand)
        excuse = self.holds(policy, policy.for_each, row, policy.excused_when, at, near) if policy.excused_when else False
        verdict = self._decided(where, decided, demand, excuse)
        measured, limit = self._measured(policy, row, at, near) if verdict else (None, None)
        known = decided if isinstance(decided, int) else None
        return self.finding(policy, self.subject(policy, row, at), "1", verdict, measured=measured, limit=limit, where=belongs, starts=time,
                            decided_at=known, began=time if known is None else known,
                            accountable=self.person(policy, policy.for_each, row, at if known is None else known))  # fmt: skip

    def _up_to(self, policy: Any, high: int, time: Any, at: int) -> Callable[[Related, Row], Any]:
        """Related records up to an instant; of an undated record none is known to lie before it."""

        def near(clause: Related, row: Row) -> list[tuple[Truth, Row]]:
            if isinstance(time, int):
                return self.related(policy, policy.for_each, row, clause, at, high=high)
            loose = clause.model_copy(update={"look_back": None})
            return [(None if counts else counts, one) for counts, one in self.related(policy, policy.for_each, row, loose, at)]

        return near

    @staticmethod
    def _decided(where: Truth, decided: Any, demand: Truth, excuse: Truth) -> str | None:
        if where is False:
            return None
        if decided == LATER:
            return "pending"
        if decided is None:
            return "unknown"
        if where == "pending":
            return "pending"
        if where is None:
            return "unknown"
        if demand is True:
            return "pass"
        if demand == "pending":
            return "pending"
        if demand is None:
            return "unknown"
        return "exempt" if excuse is True else "fail" if excuse is False else "unknown"

    def _measured(self, policy: Requirement, row: Row, at: int, near: Any) -> tuple[Any, Any]:
        """Measured and limit of the first unmet condition in written order; 0 of 1 without an order (§7.9)."""
        if policy.forbidden:
            return 0, 1
        met: tuple[Any, Any] | None = None
        orders = ("at_least", "at_most", "more_than", "less_than", "no_earlier_than", "no_later_than")
        assert policy.require
        for key, value in policy.require.parts():
            tests: list[tuple[str, Any]] = list(value.parts()) if isinstance(value, Test) else [("is", value)]
            if key in ("all_of", "any_of", "not", "exists", "none_exists", "number_of", "sum", "mean_of"):
                alone = {key: value}
                if key in ("number_of", "sum", "mean_of"):
                    alone |= {bound: getattr(policy.require, bound) for bound in ("at_least", "at_most") if getattr(policy.require, bound) is not None}
                if self.holds(policy, policy.for_each, row, Condition.model_validate(alone), at, near) is False:
                    return 0, 1
                continue
            for operator, operand in tests:
                pair: tuple[Any, Any] = (0, 1)
                if operator in orders:
                    left = self.field(policy, policy.for_each, row, key, at)
                    right = self._right(policy, policy.for_each, row, key, operator, operand, at)
                    pair = tuple(None if self._is_later(one) else one for one in (left, right))  # type: ignore[assignment]
                    met = met or pair
                if self.test(policy, policy.for_each, row, key, operator, operand, at) is False:
                    return pair
        return met or (1, 1)

    # -- requirements that ripen --------------------------------------------------------------------------------------

    def _ripened(self, policy: Requirement, row: Row) -> Row:
        """Judged on what had come when the limit ran out, or by now: what comes later is hidden."""
        begun = self.field(policy, policy.for_each, row, policy.starts or "", self.first)
        start = begun if isinstance(begun, int) else None
        at = start if start is not None else self.first
        due = None if start is None else self._clock(policy, row, start, None)[0]
        cap = self.as_of if due is None else min(due, self.as_of)
        self.horizon = cap
        found = self._by_then(policy, row, start, begun == LATER, at, due, cap)
        self.horizon = self.as_of
        return found

    def _by_then(self, policy: Requirement, row: Row, start: int | None, waits: bool, at: int, due: int | None, cap: int) -> Row:
        near = lambda clause, one: self.related(policy, policy.for_each, one, clause, at, high=cap)  # noqa: E731
        belongs = self.where(policy, row, at, near)
        where = belongs if self.effective(policy, at) else False
        written = policy.require or policy.forbidden
        assert written
        demand = self.holds(policy, policy.for_each, row, written, at, near)
        since, verdict = None, None
        if start is not None and due is not None:
            since = self._since(policy, row, written, start, due, at, near) if demand is True else None
        settled = since is not None and since <= self.as_of
        decided = (min(since, due) if settled else due) if due is not None else None  # type: ignore[type-var]
        if where is not False:
            verdict = self._outcome(policy, row, where, start, waits, due, demand, since, decided, at)
        measured, limit = self._measured(policy, row, at, near)
        person = self.person(policy, policy.for_each, row, at)
        return self.finding(policy, self.subject(policy, row, at), "1", verdict, measured=measured, limit=limit, where=belongs, starts=start, due_at=due,
                            decided_at=decided, began=start, accountable=person)  # fmt: skip

    def _outcome(
        self, policy: Requirement, row: Row, where: Truth, start: int | None, waits: bool, due: int | None, demand: Truth, since: int | None, decided: Any, at: int
    ) -> str | None:
        if start is None:
            return None if waits else "unknown"
        if due is None:
            return "unknown"
        if where is not True:
            return "pending" if where == "pending" and due >= self.as_of else "unknown"
        written = policy.require or policy.forbidden
        uncovered = any(self.covered(one, start)[1] < due for one in self._records(written))
        near = lambda clause, one: self.related(policy, policy.for_each, one, clause, at, high=decided)  # noqa: E731
        excuse = self.holds(policy, policy.for_each, row, policy.excused_when, at, near) if policy.excused_when else False
        broken = "exempt" if excuse is True else "fail" if excuse is False else "unknown"
        if since is not None and since <= self.as_of and not (since > due and uncovered):
            return broken if policy.forbidden else "pass"
        if due >= self.as_of:
            return "pending"
        if demand is None or uncovered:
            return "unknown"
        return "pass" if policy.forbidden else broken

    def _since(self, policy: Requirement, row: Row, condition: Condition, start: int, due: int, at: int, near: Any) -> int:
        """From when on a condition that holds has held; what says that something is absent, from the lapse on."""
        moments, lapse = [start], due + 1
        for key, value in condition.parts():
            match key, value:
                case ("all_of", tuple()):
                    moments += [self._since(policy, row, one, start, due, at, near) for one in value]
                case ("any_of", tuple()):
                    held = [one for one in value if self.holds(policy, policy.for_each, row, one, at, near) is True]
                    moments.append(min(self._since(policy, row, one, start, due, at, near) for one in held))
                case ("exists" | "number_of", Related()) if condition.at_most is None:
                    bound = condition.at_least if key == "number_of" else 1
                    number = self.parameter(policy, policy.for_each, bound.name, at, row) if isinstance(bound, Parameter) else bound
                    times = sorted(one[value.time or self.world.types[value.record].time] for counts, one in near(value, row) if counts is True)
                    if value.distinct == "day":
                        times = [time for n, time in enumerate(times) if local_day(self.zone, time) not in {local_day(self.zone, one) for one in times[:n]}]
                    moments.append(times[number - 1] if len(times) >= number > 0 else lapse)
                case ("not" | "none_exists" | "number_of" | "sum" | "mean_of", _):
                    moments.append(lapse)
                case _:
                    moments += self._came(policy, row, key, value, lapse, at)
        return max(moments)

    def _came(self, policy: Requirement, row: Row, path: str, value: Any, lapse: int, at: int) -> Iterator[int]:
        """When the instants that a test reads came."""
        paths = [path]
        for operator, operand in value.parts() if isinstance(value, Test) else ():
            paths += [operand.field] if isinstance(operand, Shifted) else [operand] if operator in ("same_as", "different_from") else []
        for one in paths:
            if resolve(self.world.types, policy.for_each, one).field.type == "instant":
                found = self.field(policy, policy.for_each, row, one, at)
                yield found if isinstance(found, int) else lapse

    # -- deadline -----------------------------------------------------------------------------------------------------

    def deadline(self, policy: Deadline) -> list[Row]:
        judged = [(row, self._due(policy, row)) for row in self.each(policy)]
        kind = self.world.types[policy.for_each]
        if policy.subject and tuple(policy.subject) != tuple(kind.key):
            self._numbered(policy, judged)
        return self.merged(policy, judged)

    def _numbered(self, policy: Deadline | Requirement, judged: list[tuple[Row, Row]]) -> None:
        """Cycles of one subject, counted by their start among those that are obligations."""
        kind = self.world.types[policy.for_each]
        groups: dict[tuple[str, bool], list[tuple[tuple[Any, ...], Row]]] = {}
        name = lambda row: "/".join("" if row[key] is None else str(row[key]) for key in kind.key)  # noqa: E731
        for row, one in judged:
            # Versions of one event are one cycle: they are numbered by the first of their starts.
            starts = [other["starts"] for its, other in judged if name(its) == name(row) and other["starts"] is not None]
            order = (not starts, min(starts, default=0), name(row), row.get("#member") or "")
            if one["where"] is not False:
                groups.setdefault((one["subject"], one["where"] is True), []).append((order, one))
        for listed in groups.values():
            ranks = sorted({order for order, _ in listed})
            for order, one in listed:
                one["ordinal"] = str(ranks.index(order) + 1)

    def _due(self, policy: Deadline, row: Row) -> Row:
        start, waits = self._start(policy, row)
        at = start if start is not None else self.first
        belongs = self.where(policy, row, at, self._up_to(policy, at, start, at))
        where = belongs if self.effective(policy, at) else False
        # Cycles are counted whether or not the policy was in force then, so that their numbers stay.
        facts: Row = {"began": start, "starts": start, "accountable": None, "where": belongs}
        subject = self.subject(policy, row, at)
        if where is False:
            return self.finding(policy, subject, "1", None, **facts)
        if start is None:
            facts["accountable"] = self.person(policy, policy.for_each, row, at)
            return self.finding(policy, subject, "1", None if waits else "unknown", **facts)
        sure, possible, early, sources = self._end(policy, row, policy.ends, start)
        due, measured, limit = self._clock(policy, row, start, sure)
        if sure is None and due is not None and due < self.as_of:
            measured = max(measured, limit + 1)
        facts |= {"due_at": due, "measured": measured, "limit": limit, "decided_at": sure if sure is not None and due is not None and sure <= due else due}
        facts["accountable"] = self.person(policy, policy.for_each, row, start)
        verdict = self._answered(policy, row, where, start, sure, possible, early and policy.early is None, sources, due)
        return self.finding(policy, subject, "1", verdict, **facts)

    def _start(self, policy: Deadline, row: Row) -> tuple[int | None, bool]:
        paths = policy.starts.first_present if isinstance(policy.starts, FirstField) else (policy.starts,)
        values = [self.field(policy, policy.for_each, row, path, self.first) for path in paths]
        found = next((one for one in values if isinstance(one, int)), None)
        return found, all(one == LATER for one in values)

    def _end(self, policy: Deadline, row: Row, end: Any, start: int) -> tuple[int | None, int | None, bool, list[str]]:
        """(definite end, earliest possible end, an own field before the start, the sources that would show it)."""
        match end:
            case str():
                at = self.field(policy, policy.for_each, row, end, start)
                sources = [policy.for_each]
                if at == LATER:
                    return None, None, False, sources
                if at is None:
                    return None, start, False, sources
                if at < start:
                    return (start, start, False, sources) if policy.early else (None, None, True, sources)
                return at, at, False, sources
            case FirstOf() | LatestOf():
                first = isinstance(end, FirstOf)
                ends = [self._end(policy, row, one, start) for one in (end.first_of if isinstance(end, FirstOf) else end.latest_of)]
                pair = []
                for place in (0, 1):
                    known = [one[place] for one in ends if one[place] is not None]
                    pair.append(min(known, default=None) if first else max(known) if len(known) == len(ends) else None)
                return pair[0], pair[1], any(one[2] for one in ends), [source for one in ends for source in one[3]]
        rows = self.related(policy, policy.for_each, row, end, start, low=start)
        time = end.time or self.world.types[end.record].time
        nth = self.parameter(policy, policy.for_each, end.nth.name, start, row) if isinstance(end.nth, Parameter) else end.nth or 1
        sure = sorted(one[time] for counts, one in rows if counts is True)
        possible = sorted(one[time] if isinstance(one[time], int) else start for counts, one in rows if counts is not False)
        return (sure[nth - 1] if len(sure) >= nth else None), (possible[nth - 1] if len(possible) >= nth else None), False, [end.record]

    def _clock(self, policy: Any, row: Row, start: int, sure: int | None) -> tuple[int | None, int | None, int | None]:
        """(due, measured, limit)."""
        cancelled, at = self._cancelled(policy, row, start) if isinstance(policy, Deadline) else (False, None)
        seen = sure if sure is not None else min(at, self.as_of) if cancelled and isinstance(at, int) else self.as_of
        if getattr(policy, "ends_by", None):
            by = self.field(policy, policy.for_each, row, policy.ends_by, start)
            if isinstance(by, int):
                return by, seen - start, by - start
        within = self.parameter(policy, policy.for_each, policy.within.name, start, row) if isinstance(policy.within, Parameter) else policy.within
        if within is None:
            return None, None, None
        length = within if isinstance(within, Duration) else Duration(within, "elapsed", "")
        pauses = self._pauses(policy, row, start)[0]
        if length.clock == "elapsed":
            windows = self.world.windows[self.site][str(policy.counted_in)] if policy.counted_in is not None else None
            self.known(windows, start)
            self.known(windows, seen)
            ran = sum(high - low for low, high in self._running(windows, pauses, min(start, seen), max(start, seen)))
            return self._runs_out(windows, pauses, start, length.amount), ran if seen >= start else -ran, length.amount
        return self._in_days(length, pauses, start, self._begun(policy, row, start), sure if sure is not None else self.as_of - 1)

    def _in_days(self, length: Duration, pauses: list[tuple[int, int]], start: int, begun: int, last: int) -> tuple[int, int, int]:
        """Midnights are counted: all, or those of worked days; one that lies in a pause is not."""
        today = local_day(self.zone, start)
        working = length.clock == "working days"
        amount = length.amount
        if not working:
            amount = (months_later(begun, amount) - today) if length.clock == "months" else amount + begun - today
            begun = today
        counts = lambda day: not working or self.works(day)  # noqa: E731
        stands = lambda day: any(low <= to_utc(self.zone, (day + 1) * DAY) - 1 < high for low, high in pauses)  # noqa: E731
        day, left = begun, amount + counts(begun)
        while left > 0:
            left -= counts(day) and not stands(day)
            day += left > 0
        seen = local_day(self.zone, last)
        measured = sum(counts(one) for one in range(begun + 1, seen + 1)) - sum(counts(one) for one in range(seen + 1, begun + 1))
        measured += seen > begun and not counts(seen)
        measured -= sum(counts(one) and stands(one) for one in range(begun, seen))
        return to_utc(self.zone, (day + 1) * DAY) - 1, measured, amount

    def _begun(self, policy: Any, row: Row, start: int) -> int:
        """The day from which days are counted: a start strictly after the cut-off counts as made later."""
        day = local_day(self.zone, start)
        cutoff = getattr(policy, "cutoff", None)
        if cutoff is None:
            return day
        after = cutoff.after
        limit = self.parameter(policy, policy.for_each, after.name, start, row) if isinstance(after, Parameter) else TimeOfDay.parse(str(after)).micros
        if to_local(self.zone, start) % DAY <= limit:
            return day
        return self.working_days_later(day, cutoff.then.amount) if cutoff.then.clock == "working days" else day + int(cutoff.then.amount)

    def _pauses(self, policy: Any, row: Row, start: int) -> tuple[list[tuple[int, int]], bool]:
        """(spells in which the clock stands still, laid together; whether there may be others)."""
        paused = getattr(policy, "paused_by", None)
        if paused is None:
            return [], False
        clause = Related(record=paused.record, match=paused.match, where=paused.where)
        spells, doubt = [], False
        for counts, one in self.related(policy, policy.for_each, row, clause, start):
            low, high = one[paused.from_], one[paused.to]
            high = self.as_of if high == LATER else high
            if counts is False or low == LATER or (high is not None and high <= start):
                continue
            if counts is True and low is not None and high is not None:
                spells.append((max(low, start), high))
            else:
                doubt = True
        merged: list[tuple[int, int]] = []
        for low, high in sorted(one for one in spells if one[0] < one[1]):
            if merged and low <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], high))
            else:
                merged.append((low, high))
        return merged, doubt

    def _open(self, windows: tuple[Window, ...], first: int, last: int) -> list[tuple[int, int]]:
        """Open stretches that touch the local days first to last, merged."""
        found = sorted(
            (to_utc(self.zone, day * DAY + opens), to_utc(self.zone, day * DAY + closes))
            for day in range(first - 2, last + 3) for window in windows for opens, closes in (window.micros,) if self._opens(window, day)
        )  # fmt: skip
        merged: list[tuple[int, int]] = []
        for low, high in found:
            if merged and low <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], high))
            elif high > low:
                merged.append((low, high))
        return merged

    def _opens(self, window: Window, day: int) -> bool:
        if window.days in ("workdays", "restdays"):
            return self.spoken_of(day) and self.works(day) == (window.days == "workdays")
        return window.on((day + 3) % 7)

    def _running(self, windows: tuple[Window, ...] | None, pauses: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
        """The stretches of [start, end) in which the clock runs: in the window, and in no pause."""
        spread = [(start, end)] if windows is None else self._open(windows, local_day(self.zone, start), local_day(self.zone, end))
        for low, high in pauses:
            spread = [piece for one in spread for piece in ((one[0], min(one[1], low)), (max(one[0], high), one[1])) if piece[0] < piece[1]]
        return [piece for one in spread for piece in ((max(one[0], start), min(one[1], end)),) if piece[0] < piece[1]]

    def _runs_out(self, windows: tuple[Window, ...] | None, pauses: list[tuple[int, int]], start: int, amount: int) -> int | None:
        """The last instant at which the counted time is not over the limit (§7.4)."""
        left = amount
        horizon = max([start, *(high for _, high in pauses)]) + amount + 60 * DAY
        for low, high in self._running(windows, pauses, start, horizon):
            if high - low > left:
                return low + left
            left -= high - low
        self.known(windows, horizon)
        return None

    def _answered(
        self, policy: Deadline, row: Row, where: Truth, start: int, sure: int | None, possible: int | None, early: bool, sources: list[str], due: int | None
    ) -> str | None:
        if where == "pending":
            return "pending"
        if where is None or early or due is None:
            return "unknown"
        if sure is not None and sure <= due:
            return "pass"
        cancelled, at = self._cancelled(policy, row, start)
        if cancelled and isinstance(at, int) and at <= due:
            return None
        if sure is None and due >= self.as_of:
            return "pending"
        if policy.paused_by and (self._pauses(policy, row, start)[1] or self.covered(policy.paused_by.record, start)[1] < due):
            return "unknown"
        if (possible is not None and possible <= due) or (cancelled and not isinstance(at, int)):
            return "unknown"
        if sure is None and min(self.covered(source, start)[1] for source in sources) < due:
            return "unknown"
        if policy.excused_when is None:
            return "fail"
        excuse = self.holds(policy, policy.for_each, row, policy.excused_when, start, lambda clause, one: self.related(policy, policy.for_each, one, clause, start, high=start))
        return "exempt" if excuse is True else "fail" if excuse is False else "unknown"

    def _cancelled(self, policy: Deadline, row: Row, start: int) -> tuple[bool, Any]:
        lapses = self.world.types[policy.for_each].lapses
        if lapses is None or self.holds(policy, policy.for_each, row, lapses.where, start) is not True:
            return False, None
        return True, row.get(lapses.at)

    def covered_last(self, record: str) -> tuple[int, int]:
        """The last stretch that begins before as-of."""
        edges = [self.first if record not in self.world.covered else -FAR if start is None else start
                 for start, until in self.world.covered.get(record, ((0, 1),)) if start is None or until is None or start < until]  # fmt: skip
        return self.covered(record, max((edge for edge in edges if edge < self.as_of), default=-FAR))

    def covered(self, record: str, at: int) -> tuple[int, int]:
        """The stretch of coverage in which an instant lies; an empty one where nothing is covered then."""
        if record not in self.world.covered:
            return self.first, self.as_of
        ends = [[-FAR if a is None else a, FAR if b is None else b] for a, b in sorted(self.world.covered[record], key=lambda one: -FAR if one[0] is None else one[0])]
        pieces = [one for one in ends if one[0] < one[1]]
        for one, other in itertools.pairwise(pieces):
            if other[0] <= one[1]:
                other[0], other[1] = one[0], max(one[1], other[1])
        return next(((low, high) for low, high in reversed(pieces) if low <= at < high), (FAR, -FAR))

    # -- frequency ----------------------------------------------------------------------------------------------------

    def frequency(self, policy: Frequency) -> list[Row]:
        kind = self.world.types[policy.for_each]
        names = tuple(policy.subject or [one for one in kind.key if not kind.active or one != kind.active.from_])
        subjects: dict[tuple[Any, ...], list[Row]] = {}
        for row in self.versions(policy.for_each):
            key = tuple(row[name] for name in names)
            if None not in key and not (kind.void and self.holds(policy, policy.for_each, row, kind.void, self.first) is True):
                subjects.setdefault(key, []).append(row)
        found = []
        for key, rows in subjects.items():
            spells = [(low, high, row) for row in rows for low, high in self._spells(policy, row) if low < high]
            for period, within in self._periods(policy, spells):
                found += self._obliged(policy, key, within, *period)
        return found

    def _spells(self, policy: Frequency, row: Row) -> list[tuple[int, int]]:
        """When a row is active: by the roster or as the policy says, without the stretches that it excepts."""
        active = policy.active or self.world.types[policy.for_each].active
        if active is None:
            return [(-(2**62), 2**62)]
        start, end = row.get(active.from_), row.get(active.to) if active.to else None
        pieces = [(-999_999 if start is None else start, 999_999 if end is None else end + (0 if active.to_excluded else 1))]
        for written in (row.get(active.except_) or ()) if active.except_ else ():
            first, _, last = written.partition("..")
            low, high = ((date.fromisoformat(one) - date(1970, 1, 1)).days for one in (first, last or first))
            pieces = [cut for one in pieces for cut in ((one[0], min(one[1], low)), (max(one[0], high + 1), one[1])) if cut[0] < cut[1]]
        return [(self._midnight(low), self._midnight(high)) for low, high in pieces]

    def _midnight(self, day: int) -> int:
        return -(2**62) if day <= -999_999 else 2**62 if day >= 999_999 else to_utc(self.zone, day * DAY)

    def _day_of(self, midnight: int) -> int:
        return -999_999 if midnight <= -(2**62) else 999_999 if midnight >= 2**62 else local_day(self.zone, midnight)

    def _periods(self, policy: Frequency, spells: list[tuple[int, int, Row]]) -> Iterator[tuple[tuple[int, int, int, str], list[tuple[int, int, Row]]]]:
        """((from, until, the first instant that is too late, label), the spells that it asks of)."""
        if policy.every == "spell" or policy.never_without_for is not None:
            yield from self._islands(spells)
            return
        every: Any = policy.every
        if isinstance(every, Parameter):
            every = self.parameter(policy, policy.for_each, every.name, self.first, {})
        kinds = {str(every): spells}
        if isinstance(every, PeriodField):
            kinds = {}
            for one in spells:
                kinds.setdefault(written_period(one[2].get(every.field))[1], []).append(one)
        for kind, within in kinds.items():
            for first, until, label in spans(kind, self.world.period[0] - 100, self.world.period[1]):
                high = to_utc(self.zone, until * DAY)
                closes = self.later(high, until, policy.due)
                if closes > self.first and (policy.on_days is None or any(self.works(day) for day in range(first, until))):
                    yield (to_utc(self.zone, first * DAY), high, closes, label), within

    def _islands(self, spells: list[tuple[int, int, Row]]) -> Iterator[tuple[tuple[int, int, int, str], list[tuple[int, int, Row]]]]:
        """Spells that overlap or adjoin are one."""
        groups: list[list[tuple[int, int, Row]]] = []
        for one in sorted(spells, key=lambda spell: spell[:2]):
            if groups and one[0] <= max(high for _, high, _ in groups[-1]):
                groups[-1].append(one)
            else:
                groups.append([one])
        for group in groups:
            low, high = group[0][0], max(one[1] for one in group)
            day = self._day_of(low)
            yield (low, high, high, "" if day == -999_999 else (date(1970, 1, 1) + timedelta(days=day)).isoformat()), group

    def _obliged(
        self, policy: Frequency, key: tuple[Any, ...], within: list[tuple[int, int, Row]], low: int, high: int, closes: int, label: str
    ) -> Iterator[Row]:
        """One subject in one period: its active time laid together, what was found in it, what was due."""
        kind = self.world.types[policy.for_each]
        first, last = (one if abs(one) < 10**18 else one // 10**18 * 2**62 for one in self._valid(policy))
        spells = [(max(start, low, first), min(end, high, last), row) for start, end, row in within if max(start, low, first) < min(end, high, last)]
        if not spells:
            return
        begin, finish = min(one[0] for one in spells), max(one[1] for one in spells)
        head = self._folded(kind, [row for start, _, row in spells if start == begin])
        tail = self._folded(kind, [row for _, end, row in spells if end == finish])
        subject = "/".join(map(str, key))
        if policy.never_without_for is not None:
            yield self._never(policy, subject, label, spells, begin, finish, head, tail, low)
            return
        needed = self._needed(policy, head, begin, spells)
        matches = self._matches(policy, spells, begin, (low, high, closes, label))
        late = closes if policy.expects.for_period else None
        sure, possible, met, lapse = self._counts(policy, matches, needed, begin, finish, self._day_of(finish) - 1, head, spells)
        lapse = late or lapse
        where = self.holds(policy, policy.for_each, head, policy.where, begin)
        verdict = self._frequent(policy, where, needed, sure, possible, lapse - 1, begin, lapse, head, low, high)
        decided = met if sure is not None and needed is not None and sure >= needed > 0 else lapse - 1 if lapse < 2**62 else None
        yield self.finding(policy, subject, label, verdict, measured=sure, limit=needed, due_at=closes - 1 if closes < 2**62 else None, decided_at=decided, began=begin,
                           accountable=self.person(policy, policy.for_each, tail, finish - 1))  # fmt: skip

    def _never(self, policy: Frequency, subject: str, label: str, spells: Any, begin: int, finish: int, head: Row, tail: Row, low: int) -> Row:
        """From one record to the next, and to the end of what is seen, no gap is longer than the limit (§7.14)."""
        written = policy.never_without_for
        length = self.parameter(policy, policy.for_each, written.name, begin, head) if isinstance(written, Parameter) else written
        covered = self.covered_last(policy.expects.record)
        since, stop = max(begin, covered[0]), min(finish - 1, self.as_of)
        matches = self._matches(policy, spells, begin, (low, finish, finish, label))
        found = []
        for certain in (True, False):
            points = sorted([since, *(time for time, sure, _ in matches if time is not None and since <= time <= stop and (sure or not certain))])
            gaps = []
            for at, after in zip(points, [*points[1:], None], strict=True):
                last = after if after is not None else min(finish, self.as_of) - 1
                due = self._moved(policy, policy.for_each, head, at, length, 1, "end", False, begin)
                gaps.append((self._gap(length, at, stop if after is None else after, last), self._gap_limit(length, at, due), due, after if after is not None else stop))
            found.append(gaps)
        broken, anyway = (min((due for _, _, due, end in gaps if due < end), default=None) for gaps in found)
        if any(time is None for time, _, _ in matches):
            anyway = None
        longest = max(found[0], key=lambda one: one[0])
        failed = anyway is not None and anyway < covered[1]
        decided = anyway if failed else broken if broken is not None else finish - 1 if finish < 2**62 else None
        where = self.holds(policy, policy.for_each, head, policy.where, begin)
        due_at = anyway if anyway is not None else broken if broken is not None else min(max(one[2] for one in found[0]), finish - 1)
        near = lambda clause, one: self.related(policy, policy.for_each, one, clause, begin, low=low, high=anyway)  # noqa: E731
        excuse = self.holds(policy, policy.for_each, head, policy.excused_when, begin, near) if policy.excused_when else False
        verdict = self._unbroken(where, broken, anyway, begin, finish, covered, excuse)
        at = min(decided, self.as_of) if decided is not None else self.as_of
        return self.finding(policy, subject, label, verdict, measured=longest[0], limit=longest[1], due_at=due_at, decided_at=decided, began=begin,
                            accountable=self.person(policy, policy.for_each, tail, at))  # fmt: skip

    def _unbroken(
        self, where: Truth, broken: int | None, anyway: int | None, begin: int, finish: int, covered: tuple[int, int], excuse: Truth
    ) -> str | None:
        if where is not True:
            return None if where is False else "unknown"
        if anyway is not None and anyway < covered[1]:
            return "exempt" if excuse is True else "fail" if excuse is False else "unknown"
        if broken is not None:
            return "unknown"
        if finish - 1 >= self.as_of:
            return "pending"
        return "unknown" if covered[0] > begin or covered[1] < finish else "pass"

    def _gap(self, length: Any, at: int, end: int, last: int) -> int:
        """How long a gap is, on the clock of its limit."""
        if length.clock == "elapsed":
            return end - at
        first, seen = local_day(self.zone, at), local_day(self.zone, last)
        if length.clock == "working days":
            return sum(self.works(day) for day in range(first + 1, seen + 1)) + (seen > first and not self.works(seen))
        return seen - first

    def _gap_limit(self, length: Any, at: int, due: int) -> int:
        return local_day(self.zone, due) - local_day(self.zone, at) if length.clock == "months" else int(length.amount)

    def _valid(self, policy: Base) -> tuple[int, int]:
        spell = policy.effective
        start = -(10**18) if not spell or spell.from_ is None else to_utc(self.zone, spell.from_.number * DAY)
        return start, 10**18 if not spell or spell.until is None else to_utc(self.zone, (spell.until.number + 1) * DAY)

    def _needed(self, policy: Frequency, head: Row, begin: int, spells: list[tuple[int, int, Row]]) -> int | None:
        written: Any = policy.at_least
        if isinstance(policy.every, PeriodField):
            said = written_period(head.get(policy.every.field))[0]
            written = None if said is None else max(said, written or 0)
        limit = self.parameter(policy, policy.for_each, written.name, begin, head) if isinstance(written, Parameter) else written
        stretches = sorted((self._day_of(start), self._day_of(end - 1 if end < 2**62 else end) + (end < 2**62)) for start, end, _ in spells)
        first, reached, number = stretches[0][0], stretches[0][0], 0
        for low, high in stretches:
            number += max(0, high - max(low, reached))
            reached = max(reached, high)
        for part in policy.part_period or ():
            length: Any = part.active_at_least
            if isinstance(length, Parameter):
                length = self.parameter(policy, policy.for_each, length.name, begin, head)
            if length is None or first + number >= self._later(first, length):
                # Nothing is due of so short a time, whatever would be due of the whole.
                return 0 if part.due == "none" else None if limit is None else limit if part.due == "all" else (limit + 1) // 2
        return None if policy.part_period else limit

    @staticmethod
    def _later(day: int, length: Any) -> int:
        """The same day N months later, clipped to that month's end; or N days later (§7.5)."""
        if length.clock != "months":
            return int(day + (length.amount if length.clock == "calendar days" else length.amount // DAY))
        return months_later(day, length.amount)

    def _matches(self, policy: Frequency, spells: list[tuple[int, int, Row]], begin: int, period: tuple[int, int, int, str]) -> list[tuple[int | None, bool, Row]]:
        """(time, whether it counts for certain, row) of related records within the active time, once each."""
        found: dict[tuple[Any, ...], tuple[int | None, bool, Row]] = {}
        kind = self.world.types[policy.expects.record]
        for start, end, row in spells:
            for counts, one in self.related(policy, policy.for_each, row, policy.expects, begin):
                time = one[policy.expects.time or kind.time]
                known = time if isinstance(time, int) else None
                if counts is False or not self._belongs(policy, one, known, start, end, period):
                    continue
                key = tuple(one[name] for name in kind.key)
                found[key] = (known, counts is True and known is not None, one)
        return self._once(policy, list(found.values()))

    def _belongs(self, policy: Frequency, row: Row, time: int | None, start: int, end: int, period: tuple[int, int, int, str]) -> bool:
        """Within the active time; or of a report, that it is of this period and not too late."""
        path = policy.expects.for_period
        if path is None:
            return time is None or start <= time < end
        named = row[path]
        if self.world.types[policy.expects.record].fields[path].type == "date":
            named = None if named is None else to_utc(self.zone, named * DAY)
        same = named == period[3] if isinstance(named, str) else named is not None and period[0] <= named < period[1]
        return same and (time is None or time < period[2])

    def _once(self, policy: Frequency, matches: list[tuple[int | None, bool, Row]]) -> list[tuple[int | None, bool, Row]]:
        """What `distinct` makes one counts once, at the first that surely counts."""
        path = policy.expects.distinct
        if path is None or policy.covers or policy.never_without_for is not None:
            return matches
        groups: dict[Any, list[tuple[int | None, bool, Row]]] = {}
        for number, one in enumerate(matches):
            same = (local_day(self.zone, one[0]) if one[0] is not None else None) if path == "day" else one[2][path]
            groups.setdefault(("alone", number) if same is None else same, []).append(one)
        found: list[tuple[int | None, bool, Row]] = []
        for same, listed in groups.items():
            sure = [one for one in listed if one[1]]
            alone = isinstance(same, tuple)
            best = min(sure, key=lambda one: one[0] or 0) if sure else listed[0]
            found.append((best[0], bool(sure) and not alone, best[2]))
        return found

    def _counts(
        self, policy: Frequency, matches: list[tuple[int | None, bool, Row]], needed: int | None, begin: int, finish: int, last_day: int, head: Row, spells: Any
    ) -> tuple[int | None, int, int | None, int]:
        """(found, possibly found, the instant of the one that was enough, the lapse)."""
        if policy.covers:
            return self._covered(policy, matches, needed, begin, finish, head)
        if policy.counted_if_apart is None:
            times = sorted(time for time, certain, _ in matches if certain and time is not None)
            met = times[needed - 1] if needed and len(times) >= needed else None
            return len(times), len(matches), met, finish
        apart = policy.counted_if_apart
        length = self.parameter(policy, policy.for_each, apart.name, begin, head) if isinstance(apart, Parameter) else apart
        gap = length.amount
        sure = self._greedy([time for time, certain, _ in matches if certain and time is not None], gap)
        possible = self._greedy([time for time, _, _ in matches if time is not None], gap)
        met = sure[needed - 1] if needed and len(sure) >= needed else None
        lapse = finish
        for step in range(needed or 0):
            latest = last_day - gap * ((needed or 0) - 1 - step)
            if len(sure) <= step or local_day(self.zone, sure[step]) > latest:
                if latest < last_day:
                    lapse = max(to_utc(self.zone, (latest + 1) * DAY), begin + 1)
                break
        return len(sure), len(possible), met, lapse

    def _greedy(self, times: list[int], gap: int) -> list[int]:
        kept: list[int] = []
        for time in sorted(times):
            if not kept or local_day(self.zone, time) - local_day(self.zone, kept[-1]) >= gap:
                kept.append(time)
        return kept

    def _covered(
        self, policy: Frequency, matches: list[tuple[int | None, bool, Row]], needed: int | None, begin: int, finish: int, head: Row
    ) -> tuple[int | None, int, int | None, int]:
        """Every member in at least N of the records (§7.6)."""
        covers = policy.covers
        assert covers
        members = set()
        for one in self.rows(covers.all_of.record):
            keys = all(self._keys(one[theirs], head[ours]) for theirs, ours in covers.all_of.match.items())
            if keys and self.holds(policy, covers.all_of.record, one, covers.all_of.where, begin) is True:
                members.add(one[covers.all_of.field])
        if not members:
            return None, 0, None, finish
        share = covers.share
        named = self.parameter(policy, policy.for_each, share.name, begin, head) if isinstance(share, Parameter) else None
        fraction = Fraction(1) if share is None else named or Share.parse(str(share)).value
        rank = max(1, -(-len(members) * fraction.numerator // fraction.denominator))
        sure, possible, enough = [], [], []
        for member in members:
            hits = sorted(time for time, certain, row in matches if certain and time is not None and member in (row[covers.field] or ()))
            sure.append(len(hits))
            possible.append(sum(member in (row[covers.field] or ()) or not row[covers.field] for _, _, row in matches))
            if needed and len(hits) >= max(needed, 1):
                enough.append(hits[max(needed, 1) - 1])
        pick = lambda counts: sorted(counts, reverse=True)[rank - 1]  # noqa: E731
        met = sorted(enough)[rank - 1] if len(enough) >= rank else None
        return pick(sure), pick(possible), met, finish

    def _frequent(
        self, policy: Frequency, where: Truth, needed: int | None, sure: int | None, possible: int, last: int, begin: int, lapse: int, head: Row, low: int, high: int
    ) -> str | None:
        if where is False or (needed is not None and needed <= 0):
            return None
        if where is None:
            return "unknown"
        if needed is None or sure is None:
            return "pending" if last >= self.as_of else "unknown"
        if sure >= needed:
            return "pass"
        if last >= self.as_of:
            return "pending"
        start, end = self.covered(policy.expects.record, begin)
        if possible >= needed or start > begin or end < lapse:
            return "unknown"
        if policy.excused_when is None:
            return "fail"
        near = lambda clause, one: self.related(policy, policy.for_each, one, clause, begin, low=low, until=high)  # noqa: E731
        excuse = self.holds(policy, policy.for_each, head, policy.excused_when, begin, near)
        return "exempt" if excuse is True else "fail" if excuse is False else "unknown"

    # -- rate ---------------------------------------------------------------------------------------------------------

    def rate(self, policy: Rate) -> list[Row]:
        found = []
        for first, until, label in spans(str(policy.per), self.world.period[0] - 100, self.world.period[1]):
            low, high = to_utc(self.zone, first * DAY), to_utc(self.zone, until * DAY)
            closes = self.later(high, until, policy.counted_until)
            if closes <= self.first:
                continue
            groups: dict[tuple[Any, ...], list[tuple[str, int, Any]]] = {}
            for group, member in self._members(policy, low, high, closes):
                groups.setdefault(group, []).append(member)
            if tuple(policy.group_by) == ("site_id",):
                groups.setdefault((self.site,), [])
            for group, members in groups.items():
                found.append(self._share(policy, group, members, low, high, closes, label))
        return found

    def later(self, end: int, until: int, length: Any) -> int:
        """The first instant after a period (which ends where the day `until` begins) at which nothing more counts."""
        if length is None:
            return end
        if length.clock == "elapsed":
            return end + int(length.amount)
        if length.clock == "working days":
            return to_utc(self.zone, (self.working_days_later(until - 1, length.amount) + 1) * DAY)
        return to_utc(self.zone, (months_later(until, length.amount) if length.clock == "months" else until + length.amount) * DAY)

    def _members(self, policy: Rate, low: int, high: int, closes: int) -> list[tuple[tuple[Any, ...], tuple[str, int, Any]]]:
        """(group, (state, time, what is summed)) of the records of a period; what `distinct` makes one counts once."""
        found = []
        record = policy.share_of.record
        self.horizon = min(self.as_of, closes - 1)
        for row in self.rows(record):
            for group, state, at in self._member(policy, row, low, high, closes):
                key = "/".join(str(row[one]) for one in self.world.types[record].key)
                parts = [self.field(policy, record, row, path, at) for path in policy.share_of.distinct or ()]
                same = tuple(parts) if policy.share_of.distinct and None not in parts else (key, "alone")
                found.append((same, (state == "doubtful", at, key), group, (state, at, self._amounts(policy, row, at))))
        self.horizon = self.as_of
        kept = [min((one for one in found if one[0] == same), key=lambda one: one[1]) for same in dict.fromkeys(one[0] for one in found)]
        return [(group, member) for _, _, group, member in kept]

    def _amounts(self, policy: Rate, row: Row, at: int) -> tuple[Any, Any]:
        record, that = policy.share_of.record, policy.that
        if isinstance(that, MeanOf):
            return self.field(policy, record, row, that.mean_of, at), 1
        if isinstance(that, RatioOf):
            return self.field(policy, record, row, that.sum_of, at), self.field(policy, record, row, that.over, at)
        return None, None

    def _member(self, policy: Rate, row: Row, low: int, high: int, closes: int) -> Iterator[tuple[tuple[Any, ...], str, int]]:
        """A record's group and state, where it belongs to the period."""
        record = policy.share_of.record
        kind = self.world.types[record]
        at = self.field(policy, record, row, policy.share_of.time or kind.time or "", low)
        if not isinstance(at, int) or not low <= at < high:
            return
        where = conjunction([self.holds(policy, record, row, policy.share_of.where, low), *([inverse(self.holds(policy, record, row, kind.void, low))] if kind.void else [])])
        if where is False:
            return
        group = tuple(self.field(policy, record, row, path, at) for path in policy.group_by)
        excuse = self.holds(policy, record, row, policy.excused_when, low) if policy.excused_when else False
        if where is not True:
            yield group, "doubtful", at
        elif not isinstance(policy.that, Condition):
            summed = None not in self._amounts(policy, row, at)
            yield group, "exempt" if excuse is True else "met" if excuse is False and summed else "open", at
        else:
            near = lambda clause, one: self.related(policy, record, one, clause, at, until=closes)  # noqa: E731
            met = self.holds(policy, record, row, policy.that, low, near)
            missed = "missed" if met == "pending" or excuse is False else "exempt" if excuse is True else "open"
            yield group, "met" if met is True else missed if met in (False, "pending") else "open", at

    def _share(self, policy: Rate, group: tuple[Any, ...], members: list[tuple[str, int, Any]], low: int, high: int, closes: int, label: str) -> Row:
        if not isinstance(policy.that, Condition):
            return self._mean(policy, group, members, low, high, closes, label)
        count = {state: sum(one == state for one, _, _ in members) for state in ("met", "missed", "open", "doubtful")}
        sure, whole = count["met"] + count["missed"], sum(count.values())
        written = policy.at_least if policy.at_least is not None else policy.at_most
        target = self.parameter(policy, policy.share_of.record, written.name, low, {}) if isinstance(written, Parameter) else Share.parse(str(written)).value
        least = policy.at_least is not None
        minimum = policy.min_sample
        sample = self.parameter(policy, policy.share_of.record, minimum.name, low, {}) if isinstance(minimum, Parameter) else minimum or 1
        limit = -(-target.numerator * sure // target.denominator) if least else target.numerator * sure // target.denominator
        lost = least and target == 1 and count["missed"] > 0 and not self._curable(policy.that)
        decided = min(at for state, at, _ in members if state == "missed") if lost else high - 1
        verdict = self._reached(policy, count, sure, whole, target, least, sample, lost, low, closes)
        subject = self.site if tuple(policy.group_by) == ("site_id",) else "/".join("" if one is None else str(one) for one in group)
        return self.finding(policy, subject, label, verdict, measured=count["met"], limit=limit, due_at=closes - 1, decided_at=decided, began=low, accountable=self._group(policy, group))

    def _group(self, policy: Rate, group: tuple[Any, ...]) -> Any:
        """Who answers for a group: the person by whom it is grouped, where the policy names that field."""
        return next((one for path, one in zip(policy.group_by, group, strict=True) if path == policy.accountable), None)

    def _mean(self, policy: Rate, group: tuple[Any, ...], members: list[tuple[str, int, Any]], low: int, high: int, closes: int, label: str) -> Row:
        """A mean or a ratio of sums: above against the target times below; an open member leaves both unknown."""
        sums = [amounts for state, _, amounts in members if state == "met"]
        above, below = sum(one for one, _ in sums), sum(one for _, one in sums)
        written = policy.at_least if policy.at_least is not None else policy.at_most
        target: Any = written
        if isinstance(written, Parameter):
            target = self.parameter(policy, policy.share_of.record, written.name, low, {})
        elif isinstance(policy.that, RatioOf):
            target = Share.parse(str(written)).value
        elif isinstance(written, str):
            target = Duration.parse(written)
        target = Fraction(target.amount if isinstance(target, Duration) else target)
        least, free = policy.at_least is not None, sum(state in ("open", "doubtful") for state, _, _ in members)
        sample = policy.min_sample if isinstance(policy.min_sample, int) else 1
        whole = target * below
        limit = -(-whole.numerator // whole.denominator) if least else whole.numerator // whole.denominator
        covered = self.covered(policy.share_of.record, low)
        complete = covered[0] <= low and covered[1] >= closes
        verdict = self._summed_up(above, below, len(sums), free, target, closes, complete, least, sample) if self.effective(policy, low) else None
        subject = self.site if tuple(policy.group_by) == ("site_id",) else "/".join("" if one is None else str(one) for one in group)
        return self.finding(policy, subject, label, verdict, measured=above, limit=limit, due_at=closes - 1, decided_at=high - 1, began=low, accountable=self._group(policy, group))

    def _summed_up(
        self, above: int, below: int, known: int, free: int, target: Fraction, closes: int, complete: bool, least: bool, sample: int
    ) -> str | None:
        if known + free < max(sample, 1) or (not free and not below):
            return None
        if closes - 1 >= self.as_of:
            return "pending"
        if known < sample or not complete or free:
            return "unknown"
        return "pass" if (above >= target * below if least else above <= target * below) else "fail"

    def _reached(
        self, policy: Rate, count: dict[str, int], sure: int, whole: int, target: Fraction, least: bool, sample: int, lost: bool, low: int, closes: int
    ) -> str | None:
        if not self.effective(policy, low):
            return None
        population = self.covered(policy.share_of.record, low)
        if whole == 0 or whole < sample:
            return "unknown" if closes - 1 < self.as_of and (population[0] > low or population[1] < closes) else None
        if lost:
            return "fail"
        if closes - 1 >= self.as_of:
            return "pending"
        records = [policy.share_of.record, *self._records(policy.that)]
        if sure < sample or any(self.covered(one, low)[0] > low or self.covered(one, low)[1] < closes for one in records):
            return "unknown"
        free = count["open"] + count["doubtful"]
        best, worst = count["met"] + free, count["met"]
        if least:
            return "pass" if worst >= target * whole else "fail" if best < target * whole else "unknown"
        return "pass" if best <= target * whole else "fail" if worst > target * whole else "unknown"

    def _curable(self, that: Any) -> bool:
        return bool(self._records(that))

    def _records(self, that: Any) -> list[str]:
        found = []
        for _, value in that.parts():
            if isinstance(value, Related):
                found.append(value.record)
            elif isinstance(value, Condition):
                found += self._records(value)
            elif isinstance(value, tuple):
                found += [one for part in value if isinstance(part, Condition) for one in self._records(part)]
        return found
