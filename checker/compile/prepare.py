"""Views under every scan: records as they stood at as-of, versions folded, spells of rosters, the calendar."""

from __future__ import annotations

from collections.abc import Iterator

from checker.calendars import day_start, offsets, to_day
from checker.compile.sql import both, name, text
from checker.plan import BEGINNING, FOREVER, Audit, Table, View
from checker.policy.records import RecordType
from checker.policy.values import DAY

META = ("#site", "#file", "#row", "#disputed")


def calendar_tables(audit: Audit) -> Iterator[Table]:
    """`_site`, `_zone` (stretches of one UTC offset) and `_zone_day` (the first instant of each local day of a zone)."""
    yield Table(
        "_site",
        {"site": "VARCHAR", "as_of": "BIGINT", "p_from": "BIGINT", "p_until": "BIGINT", "zone": "VARCHAR"},
        tuple((site.id, site.as_of, site.first, site.until, site.zone) for site in audit.sites),
    )
    first, last = audit.span
    zones = {site.zone for site in audit.sites}
    shifts = {zone: offsets(zone, first, last) for zone in zones}
    days = calendar_days(audit)
    starts = {zone: _day_starts(zone, days, shifts[zone]) for zone in zones}
    yield Table(
        "_zone",
        {"site": "VARCHAR", "from_us": "BIGINT", "until_us": "BIGINT", "offset": "BIGINT"},
        tuple((site.id, *_widened(row, first, last)) for site in audit.sites for row in shifts[site.zone]),
    )
    yield Table(
        "_zone_day",
        {"zone": "VARCHAR", "day": "BIGINT", "start_us": "BIGINT"},
        tuple((zone, day, start) for zone in sorted(zones) for day, start in starts[zone]),
    )


def day_view() -> View:
    """`_day`: the first instant of each local day of each site; laid out by the database, for there may be many sites."""
    return View("_day", 'SELECT s.site, z.day, z.start_us FROM "_site" s JOIN "_zone_day" z ON z.zone = s.zone', stored=True)


def _day_starts(zone: str, days: range, shifts: list[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """(day, first instant); by arithmetic where the zone has one offset throughout."""
    if len(shifts) == 1:
        return [(day, day * DAY - shifts[0][2]) for day in days]
    return [(day, day_start(zone, day)) for day in days]


def _widened(row: tuple[int, int, int], first: int, last: int) -> tuple[int, int, int]:
    start, end, shift = row
    return (BEGINNING if start == first else start, FOREVER if end == last else end, shift)


def record_views(audit: Audit, record: str) -> Iterator[View]:
    """`v.X` all versions as of as-of; `u.X` one row a key, what versions dispute unknown; `s.X` spells; `k.X` by key."""
    kind = audit.types[record]
    yield View(f"v.{record}", _seen(audit, kind), often=True)
    yield View(f"u.{record}", _folded(kind) if record in audit.disputed else f'SELECT * FROM "v.{record}"')
    if kind.active:
        yield View(f"p.{record}", spells(kind, calendar_days(audit)))
        yield View(f"s.{record}", _segments(kind), stored=True)
    elif len(kind.subject) == 1:
        yield View(f"k.{record}", f'SELECT * FROM "u.{record}" WHERE {name(kind.key[0])} IS NOT NULL', often=True)


def _seen(audit: Audit, kind: RecordType) -> str:
    """What lies after as-of is hidden: records by their own time, instants one by one. Dates of rosters and planned times
    count as given."""
    hidden_times = hideable(kind)
    columns = ", ".join(
        f"CASE WHEN r.{name(field)} <= s.as_of THEN r.{name(field)} END AS {name(field)}"
        if field in hidden_times
        else f"r.{name(field)}"
        for field, spec in kind.stored.items()
    )
    columns += "".join(f", {_is_later(kind, one)} AS {name(one + '#later')}" for one in hideable(kind))
    meta = ", ".join(f"r.{name(column)}" for column in META)
    parent, time = own_time(audit.types, kind)
    hidden = f" WHERE {time} <= s.as_of OR {time} IS NULL" if time else ""
    return f'SELECT {meta}, {columns} FROM {_source(audit, kind)} r JOIN "_site" s ON s.site = r."#site"{parent}{hidden}'


def hideable(kind: RecordType) -> list[str]:
    """Instants that may lie after as-of, each with a column that says so: NULL alone may also be unknown."""
    return [one for one, spec in kind.stored.items() if spec.type == "instant" and not spec.planned and one != kind.time]


def _is_later(kind: RecordType, one: str) -> str:
    """An empty cell of a time that has not come is later; of any other it is unknown."""
    if kind.fields[one].not_yet:
        return f"(r.{name(one)} IS NULL OR r.{name(one)} > s.as_of)"
    return f"coalesce(r.{name(one)} > s.as_of, FALSE)"


def own_time(types: dict[str, RecordType], kind: RecordType) -> tuple[str, str]:
    """(join, SQL) of the instant of a record `r`: its own field, or that of the record it belongs to."""
    if not kind.time:
        return "", ""
    hop, _, field = kind.time.partition(".")
    if not field:
        spec = kind.fields[hop]
        return ("", f"r.{name(hop)}") if spec.type == "instant" and spec.derived is None else ("", "")
    reference = kind.references[hop]
    key = name(types[reference.record].key[0])
    parent = f'(SELECT "#site" AS site, {key} AS id, min({name(field)}) AS moment FROM {name(reference.record)} GROUP BY ALL)'
    return f' LEFT JOIN {parent} h ON h.site = r."#site" AND h.id = r.{name(reference.by)}', "h.moment"


def _source(audit: Audit, kind: RecordType) -> str:
    """The rows that files brought, else those that another type unfolds into."""
    unfold = kind.unfold
    if unfold is None or kind.record in audit.present or unfold.record not in audit.present:
        return name(kind.record)
    parent = audit.types[unfold.record]
    selects = []
    for seq, (event, column) in enumerate(unfold.events.items(), 1):
        values = {parent.key[0]: f"t.{name(parent.key[0])}", "seq": str(seq), "event_type": text(event), "at": f"t.{name(column)}"}
        listed = ", ".join(f"{values.get(field, 'NULL')} AS {name(field)}" for field in kind.stored)
        meta = ", ".join(f"t.{name(one)}" for one in META)
        selects.append(f"SELECT {meta}, {listed} FROM {name(parent.record)} t WHERE t.{name(column)} IS NOT NULL")
    return "(" + " UNION ALL ".join(selects) + ")"


def _folded(kind: RecordType) -> str:
    """Disputed versions as one row: fields that differ are unknown."""
    keys = [name(key) for key in kind.key]
    grouped = ", ".join(["\"#site\"", *keys])
    fields = ", ".join(
        name(field) if field in kind.key else f"{_agreed(name(field))} AS {name(field)}" for field in kind.stored
    )
    fields += "".join(f", bool_and({name(one + '#later')}) AS {name(one + '#later')}" for one in hideable(kind))
    return (
        f'SELECT * FROM "v.{kind.record}" WHERE NOT "#disputed" UNION ALL '
        f'SELECT "#site", min("#file"), min("#row"), TRUE, {fields} FROM "v.{kind.record}" WHERE "#disputed" GROUP BY {grouped}'
    )


def _agreed(column: str) -> str:
    """The value on which all rows of a group agree, else unknown."""
    return f"CASE WHEN min({column}) = max({column}) AND count({column}) = count(*) THEN min({column}) END"


def calendar_days(audit: Audit) -> range:
    """The local days that the calendar tables hold."""
    first, last = audit.span
    return range(first // DAY - 1, last // DAY + 2)


def spells(kind: RecordType, days: range) -> str:
    """Roster rows with their spell: instants [from_us, until_us) and local days [from_day, until_day)."""
    active = kind.active
    assert active is not None
    start, start_day, joins = _edge(kind, active.from_, 0, "a", BEGINNING, days)
    end, end_day = str(FOREVER), "999999"
    if active.to:
        end, end_day, more = _edge(kind, active.to, 0 if active.to_excluded else 1, "b", FOREVER, days)
        joins += more
    return (
        f"SELECT r.*, {start} AS from_us, {end} AS until_us, {start_day} AS from_day, {end_day} AS until_day "
        f'FROM "v.{kind.record}" r {joins}'
    )


def _edge(kind: RecordType, field: str, plus: int, alias: str, missing: int, days: range) -> tuple[str, str, str]:
    """(instant, day, joins) of one end of a spell; days outside the calendar are laid on at its ends, 24 hours each."""
    column = f"r.{name(field)}"
    if kind.fields[field].type == "date":
        day = f"({column} + {plus})"
        clamped = f"greatest({days[0]}, least({days[-1]}, {day}))"
        join = f' LEFT JOIN "_day" {alias} ON {alias}.site = r."#site" AND {alias}.day = {clamped}'
        edge = 999999 if missing == FOREVER else -999999
        instant = f"{alias}.start_us + ({day} - {clamped}) * {DAY}"
        return f"CASE WHEN {column} IS NULL THEN {missing} ELSE {instant} END", f"coalesce({day}, {edge})", join
    zone = f' LEFT JOIN "_zone" {alias} ON {alias}.site = r."#site" AND {column} >= {alias}.from_us AND {column} < {alias}.until_us'
    edge = 999999 if missing == FOREVER else -999999
    up = DAY - 1 if missing == FOREVER else 0
    return f"coalesce({column}, {missing})", f'coalesce(({column} + {alias}."offset" + {up}) // {DAY}, {edge})', zone


def _segments(kind: RecordType) -> str:
    """Spells cut so that none overlap: a field is known where all spells that overlap agree on it."""
    keys = [name(key) for key in kind.subject]
    listed = ", ".join(keys)
    same = both(f"p.{key} = g.{key}" for key in keys)
    fields = ", ".join(
        f"g.{name(f)}" if f in kind.subject else f"{_agreed('p.' + name(f))} AS {name(f)}" for f in kind.stored
    )
    group = ", ".join(f"g.{key}" for key in keys)
    return (
        f'WITH edge AS (SELECT DISTINCT "#site", {listed}, unnest([from_us, until_us]) AS a FROM "p.{kind.record}" WHERE from_us < until_us), '
        f'g AS (SELECT *, lead(a) OVER (PARTITION BY "#site", {listed} ORDER BY a) AS b FROM edge) '
        f'SELECT g."#site", min(p."#file") AS "#file", min(p."#row") AS "#row", g.a AS from_us, g.b AS until_us, {fields} '
        f'FROM g JOIN "p.{kind.record}" p ON p."#site" = g."#site" AND {same} AND p.from_us <= g.a AND p.until_us >= g.b '
        f'WHERE g.b IS NOT NULL GROUP BY g."#site", g.a, g.b, {group}'
    )


__all__ = ["calendar_days", "calendar_tables", "day_view", "record_views", "spells", "to_day"]
