"""Limits, windows, zones and validity as typed tables: what is in force at a site, from when to when."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from checker.calendars import day_start, instant_utc, offsets
from checker.compile.windows import Names, bounds, calendar_of, never_closes, window_table
from checker.errors import refuse, say
from checker.plan import BEGINNING, FOREVER, Audit, Site, Table
from checker.policy.conditions import Condition
from checker.policy.kinds import Base
from checker.policy.records import DatedValue, ParameterSpec, RecordType
from checker.policy.typed import CLOCKS, Typed, typed
from checker.policy.values import Day, Instant, Parameter

Series = list[tuple[int, int, object]]
"""(from, until, value), UTC microseconds, half-open."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One case of a parameter: the condition under which it is chosen, and its typed series by site."""

    when: Condition | None
    series: dict[str, Series]


def spec_of(owner: Base | RecordType, parameter: str) -> ParameterSpec:
    return owner.parameters[parameter]


def owner_id(owner: Base | RecordType) -> str:
    return owner.record if isinstance(owner, RecordType) else owner.id


def slots(owner: Base | RecordType, parameter: str, audit: Audit, policy: Base | None = None) -> list[Slot]:
    """The cases of a parameter in the order in which they are tried: the profile's, then the document's. `policy` is the
    one that reads a record type's parameter: a site at which it is not in force need not set what it reads."""
    spec = spec_of(owner, parameter)
    document = list(_document(spec))
    profiles = {site.id: list(_setting(owner, parameter, spec, site, policy)) for site in audit.sites}
    mine = [one for listed in profiles.values() for one in listed]
    if all(one.when is None for one in [*document, *mine]):
        return [Slot(None, {site.id: _series([*document, *profiles[site.id]], None, spec, site) for site in audit.sites})]
    whose = [(when, profiles) for when in _whens(mine)] + [(when, {site.id: document for site in audit.sites}) for when in _whens(document)]
    return [Slot(when, {site.id: _series(by_site[site.id], when, spec, site) for site in audit.sites}) for when, by_site in whose]


def _whens(values: Iterable[DatedValue]) -> list[Condition | None]:
    """The conditions of some values, each once, the one that always holds at the end."""
    found: list[Condition | None] = []
    for one in values:
        if one.when not in found:
            found.append(one.when)
    return sorted(found, key=lambda when: when is None)


def _document(spec: ParameterSpec) -> Iterable[DatedValue]:
    if spec.values:
        yield from _by_start(spec.values)
    elif not spec.set_by_site and spec.value is not None:
        yield DatedValue.model_construct(value=spec.value)


def _setting(owner: Base | RecordType, parameter: str, spec: ParameterSpec, site: Site, policy: Base | None) -> Iterable[DatedValue]:
    """What the site's profile sets. Raises CheckerError where it must and does not."""
    setting = site.profile.set.get(owner_id(owner), {}).get(parameter)
    if setting is None:
        reader = policy or (owner if isinstance(owner, Base) else None)
        if spec.set_by_site and (reader is None or in_force(reader, site)):
            raise unset(owner_id(owner), parameter, site)
        return
    values = _by_start(setting) if isinstance(setting, tuple) else [DatedValue.model_construct(value=setting)]
    if spec.set_by_site and not any(_meets(one, site) for one in values):
        raise unset(owner_id(owner), parameter, site)
    yield from values


def _meets(value: DatedValue, site: Site) -> bool:
    """Whether a value is in force at some time of the site's period."""
    start = day_start(site.zone, value.from_.number) if value.from_ else BEGINNING
    end = day_start(site.zone, value.until.number + 1) if value.until else FOREVER
    return start < max(site.until, site.as_of) and end > site.first


def _by_start(values: Iterable[DatedValue]) -> list[DatedValue]:
    return sorted(values, key=lambda value: value.from_.number if value.from_ else BEGINNING)


def unset(owner: str, parameter: str, site: Site) -> Exception:
    facts = {"o": owner, "p": parameter, "s": site.id, "f": site.profile.profile}
    return refuse(
        "parameter.unset",
        say("`{o}` 的参数 `{p}` 由项目设定,项目 `{s}` 的方案 `{f}` 没有设",
            "parameter `{p}` of `{o}` is set by site, and profile `{f}` of site `{s}` does not set it", **facts),
        say("在方案的 `set:` 下写 `{o}: {{{p}: …}}`", "write `{o}: {{{p}: …}}` under `set:` of the profile", **facts),
    )  # fmt: skip


def _series(settings: list[DatedValue], when: Condition | None, spec: ParameterSpec, site: Site) -> Series:
    series: Series = []
    for setting in (one for one in settings if one.when == when):
        start = day_start(site.zone, setting.from_.number) if setting.from_ else BEGINNING
        end = day_start(site.zone, setting.until.number + 1) if setting.until else FOREVER
        value = replace(typed(setting.value, spec.unit), said=_said(setting, spec))
        series = [piece for old in series for piece in _outside(old, start, end)]
        series.append((start, end, value))
    return sorted(series, key=lambda piece: piece[0])


def _said(setting: DatedValue, spec: ParameterSpec) -> str:
    """A value as people wrote it and where it comes from: `2 rings (operator-procedure 1.2)`."""
    unit = f" {spec.unit}" if isinstance(setting.value, int) and not isinstance(setting.value, bool) else ""
    origin = [f"{setting.source.document} {setting.source.clause}"] if setting.source else []
    origin += [setting.approved_by] if setting.approved_by else []
    return f"{setting.value}{unit}" + (f" ({', '.join(origin)})" if origin else "")


def _outside(old: tuple[int, int, object], start: int, end: int) -> Iterable[tuple[int, int, object]]:
    if old[0] < start:
        yield (old[0], min(old[1], start), old[2])
    if old[1] > end:
        yield (max(old[0], end), old[1], old[2])


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
            return next((pair for pair in reversed(list(_joined(stated))) if pair[0] < site.as_of), (FOREVER, BEGINNING))

        return tuple(self.constant(f"{record}#last{end}", "BIGINT", lambda site, end=end: last(site)[end]) for end in (0, 1))  # type: ignore[return-value,misc]

    def _stretches(self, record: str, site: Site, outside: tuple[int, int]) -> Series:
        """What is covered as a series: `outside` is (value where nothing is, which end of the stretch is wanted)."""
        nothing, end = outside
        stated = self.audit.covered_at(site, record)
        if not stated:
            return [(BEGINNING, FOREVER, (site.first, site.as_of)[end])]
        joined = list(_joined(stated))
        edges = [BEGINNING, *(edge for pair in joined for edge in pair), FOREVER]
        gaps: Series = [(low, high, nothing) for low, high in zip(edges[::2], edges[1::2], strict=True) if low < high]
        return sorted([*gaps, *((low, high, (low, high)[end]) for low, high in joined)], key=lambda piece: piece[0])

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


def _joined(stated: Iterable[tuple[int | None, int | None]]) -> Iterable[tuple[int, int]]:
    """Stretches in order, those that touch or overlap laid together."""
    low: int | None = None
    high = BEGINNING
    for start, until in sorted((BEGINNING if a is None else a, FOREVER if b is None else b) for a, b in stated):
        if low is None or start > high:
            if low is not None:
                yield low, high
            low, high = start, until
        high = max(high, until)
    if low is not None:
        yield low, high


def _part(series: dict[str, Series], attribute: str) -> Callable[[Site], Series]:
    return lambda site: [(start, end, getattr(value, attribute)) for start, end, value in series[site.id]]


def at(series: Iterable[tuple[int, int, object]], instant: int) -> object:
    """The value of a series at an instant, or None."""
    return next((value for start, end, value in series if start <= instant < end), None)


def in_force(policy: Base, site: Site) -> Series:
    """When the policy is selected and effective at a site."""
    from fnmatch import fnmatchcase

    chosen = any(fnmatchcase(policy.id, glob) for glob in site.profile.policies)
    if not chosen or any(fnmatchcase(policy.id, off.policy) for off in site.profile.off):
        return []
    spell = policy.effective
    start = day_start(site.zone, spell.from_.number) if spell and spell.from_ else BEGINNING
    end = day_start(site.zone, spell.until.number + 1) if spell and spell.until else FOREVER
    return [(start, end, True)]


__all__ = ["CLOCKS", "Env", "Fraction", "Parameter", "Series", "Typed", "Value", "at", "in_force", "slots", "typed"]
