"""Limits, windows, zones and validity as typed tables: what is in force at a site, from when to when."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from checker.calendars import day_start, instant_utc, offsets
from checker.compile.windows import Names, never_closes, window_table
from checker.force import Series, at, in_force, joined, owner_id, slots
from checker.hours import bounds, calendar_of
from checker.plan import BEGINNING, FOREVER, Audit, Site, Table
from checker.policy.conditions import Condition
from checker.policy.kinds import Base
from checker.policy.records import RecordType
from checker.policy.typed import CLOCKS, Typed, typed
from checker.policy.values import Day, Instant, Parameter


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter as SQL. `kinds` are the clocks that a duration may have."""

    kind: str
    sql: str
    second: str = "NULL"
    clocks: tuple[int, ...] = ()
    said: str = "NULL"


@dataclass
class Env:
    """Collects what a scan needs of the values in force, and becomes one table of stretches by site."""

    audit: Audit
    table: str
    alias: str = "e"
    columns: dict[str, tuple[str, dict[str, Series]]] = field(default_factory=dict)
    windows: dict[str, Names] = field(default_factory=dict)
    """The tables of windows that the scan reads, and which window each site has in them."""

    def column(self, key: str, sql_type: str, series: Callable[[Site], Series]) -> str:
        if key not in self.columns:
            self.columns[key] = (sql_type, {site.id: series(site) for site in self.audit.sites})
        return f'{self.alias}."{key}"'

    def constant(self, key: str, sql_type: str, value: Callable[[Site], object]) -> str:
        return self.column(key, sql_type, lambda site: [(BEGINNING, FOREVER, value(site))])

    def slots(self, owner: Base | RecordType, parameter: str, policy: Base | None = None) -> list[tuple[Condition | None, Value]]:
        """Each case of a parameter: when it is chosen, and its value as SQL."""
        found = []
        for index, slot in enumerate(slots(owner, parameter, self.audit, policy)):
            key = f"{owner_id(owner)}.{parameter}" + (f"#{index}" if index else "")
            kinds = {piece[2].kind: piece[2] for pieces in slot.series.values() for piece in pieces}  # type: ignore[attr-defined]
            kind = next(iter(kinds), "count")
            sql_type = {"flag": "BOOLEAN", "text": "VARCHAR", "period": "VARCHAR"}.get(kind, "BIGINT")
            value = self.column(key, sql_type, _part(slot.series, "value"))
            second, clocks = "NULL", ()
            if kind in ("duration", "share"):
                second = self.column(key + "#second", "BIGINT", _part(slot.series, "second"))
                clocks = tuple(sorted({piece[2].second for pieces in slot.series.values() for piece in pieces}))  # type: ignore[attr-defined]
            said = self.column(key + "#said", "VARCHAR", _part(slot.series, "said"))
            found.append((slot.when, Value(kind, value, second, clocks if kind == "duration" else (), said)))
        return found

    def instant(self, written: Instant) -> str:
        """An instant that a policy prints: UTC by the zone of each site."""
        return self.constant(f"@{written.written}", "BIGINT", lambda site: instant_utc(site.zone, written))

    def day(self, written: Day) -> str:
        return self.constant(f"@day {written}", "BIGINT", lambda site: day_start(site.zone, written.number))

    def on(self, policy: Base) -> str:
        """Whether the policy is selected at the site and in force."""
        return self.column(f"{policy.id}#on", "BOOLEAN", lambda site: in_force(policy, site))

    def covered(self, record: str) -> tuple[str, str]:
        """(from, until) of the stretch that the source of a record type speaks of, as it stands at the instant of the row;
        outside all stretches nothing is covered. Unstated: the audit's period up to as-of."""
        return (
            self.column(f"{record}#from", "BIGINT", lambda site: self._stretches(record, site, (FOREVER, 0))),
            self.column(f"{record}#until", "BIGINT", lambda site: self._stretches(record, site, (BEGINNING, 1))),
        )

    def covered_last(self, record: str) -> tuple[str, str]:
        """(from, until) of the last stretch that begins before as-of."""

        def last(site: Site) -> tuple[int, int]:
            stated = self.audit.covered_at(site, record)
            if not stated:
                return site.first, site.as_of
            return next((pair for pair in reversed(list(joined(stated))) if pair[0] < site.as_of), (FOREVER, BEGINNING))

        return tuple(self.constant(f"{record}#last{end}", "BIGINT", lambda site, end=end: last(site)[end]) for end in (0, 1))  # type: ignore[return-value,misc]

    def _stretches(self, record: str, site: Site, outside: tuple[int, int]) -> Series:
        """What is covered as a series: `outside` is (value where nothing is, which end of the stretch is wanted)."""
        nothing, end = outside
        stated = self.audit.covered_at(site, record)
        if not stated:
            return [(BEGINNING, FOREVER, (site.first, site.as_of)[end])]
        stretches = list(joined(stated))
        edges = [BEGINNING, *(edge for pair in stretches for edge in pair), FOREVER]
        gaps: Series = [(low, high, nothing) for low, high in zip(edges[::2], edges[1::2], strict=True) if low < high]
        return sorted([*gaps, *((low, high, (low, high)[end]) for low, high in stretches)], key=lambda piece: piece[0])

    def window(self, policy: Base, wanted: object) -> str | None:
        """The table of a window, by name or by parameter, for the sites where the policy is in force; None where it never closes."""
        sites = [site for site in self.audit.sites if in_force(policy, site) or str(wanted) in (*site.profile.windows, *site.windows)]
        names = {site.id: str(wanted) for site in sites}
        table = f"_window {wanted}"
        if isinstance(wanted, Parameter):
            table = f"_window {policy.id} {wanted.name}"
            series = slots(policy, wanted.name, self.audit)[0].series
            names = {site.id: str(getattr(at(series[site.id], site.first), "value", "")) for site in sites}
        if never_closes(self.audit, names):
            return None
        self.windows[table] = names
        return table

    def window_bounds(self, table: str) -> tuple[str, str] | None:
        """(from, until) of what is known of a window; None where that is all time at every site."""
        names = self.windows[table]
        known = {site.id: bounds(self.audit, site, names[site.id]) if site.id in names else (BEGINNING, FOREVER) for site in self.audit.sites}
        if set(known.values()) == {(BEGINNING, FOREVER)}:
            return None
        return tuple(self.constant(f"{table}#{end}", "BIGINT", lambda site, end=end: known[site.id][end]) for end in (0, 1))  # type: ignore[return-value,misc]

    def unworked(self) -> str:
        """The first day after those of the loaded work calendar."""
        return self.constant("#unworked", "BIGINT", lambda site: max(calendar_of(self.audit, site)) + 1)

    def tables(self) -> Iterable[Table]:
        """The values in force, and the windows."""
        yield self.as_table()
        for table, names in self.windows.items():
            yield window_table(self.audit, table, names)

    def as_table(self) -> Table:
        columns = {"site": "VARCHAR", "from_us": "BIGINT", "until_us": "BIGINT", "offset": "BIGINT", "as_of": "BIGINT",
                   "p_from": "BIGINT", "p_until": "BIGINT"}  # fmt: skip
        columns |= {key: sql_type for key, (sql_type, _) in self.columns.items()}
        rows = tuple(row for site in self.audit.sites for row in self._rows(site))
        return Table(self.table, columns, rows)

    def _rows(self, site: Site) -> Iterable[tuple[object, ...]]:
        first, last = self.audit.span
        shifts = offsets(site.zone, first, last)
        edges = {first, last} | {edge for start, end, _ in shifts for edge in (start, end)}
        for _, by_site in self.columns.values():
            edges |= {edge for start, end, _ in by_site[site.id] for edge in (start, end) if first < edge < last}
        marks = sorted(edges)
        for start, end in itertools.pairwise(marks):
            shift = at(shifts, start)
            found = [at(by_site[site.id], start) for _, by_site in self.columns.values()]
            low = BEGINNING if start == first else start
            high = FOREVER if end == last else end
            yield (site.id, low, high, shift, site.as_of, site.first, site.until, *found)

    def join(self, instant: str, site: str) -> str:
        """The stretch in which `instant` lies; an unknown instant takes the start of the period."""
        a = self.alias
        when = f"coalesce({instant}, {a}.p_from)"
        return f'JOIN "{self.table}" {a} ON {a}.site = {site} AND {when} >= {a}.from_us AND {when} < {a}.until_us'


def _part(series: dict[str, Series], attribute: str) -> Callable[[Site], Series]:
    return lambda site: [(start, end, getattr(value, attribute)) for start, end, value in series[site.id]]


__all__ = ["CLOCKS", "Env", "Fraction", "Parameter", "Typed", "Value", "typed"]
