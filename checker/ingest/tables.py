"""Staged tables -> the tables that policies are judged on: names looked up, sites found, wall times given their zone,
keys made unique."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from duckdb import DuckDBPyConnection

from checker.calendars import offset_at, offsets
from checker.errors import Text, say
from checker.ingest.cast import name, text
from checker.ingest.stage import Bad, Stage
from checker.policy.records import FirstField, RecordType
from checker.policy.values import DAY

YEAR = 366 * DAY
EARLY = say("先后颠倒", "end before start")
ONLY = "S1"
"""The id of the one site where nothing says which site it is."""


@dataclass
class Finished:
    """What `finish` leaves beside the tables. Counts by file number."""

    tables: frozenset[str] = frozenset()
    rejects: list[Bad] = field(default_factory=list)
    quality: list[Bad] = field(default_factory=list)
    duplicates: dict[int, int] = field(default_factory=dict)
    superseded: dict[int, int] = field(default_factory=dict)
    disputed: frozenset[str] = frozenset()
    zones: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, str] = field(default_factory=dict)
    windows: dict[str, dict[str, str]] = field(default_factory=dict)
    span: tuple[int | None, int | None] = (None, None)


def finish(db: DuckDBPyConnection, types: Mapping[str, RecordType], stages: Sequence[Stage], zone: str) -> Finished:
    """Make the table of every record type that some file brings, referred types first."""
    done = Finished()
    for one in stages:
        done.rejects += one.bad
    by_record: dict[str, list[Stage]] = {}
    for one in stages:
        if one.found.kind is not None:
            by_record.setdefault(one.kind.record, []).append(one)
    _sites(db, by_record, done, zone)
    done.span = _span(db, by_record)
    _zone_tables(db, by_record, done)
    disputed = set()
    for record in _ordered(by_record, types):
        if _Maker(db, types, by_record, record, done).make():
            disputed.add(record)
    done.disputed, done.tables = frozenset(disputed), frozenset(by_record)
    for record in sorted(by_record):
        _out_of_order(db, types[record], done)
    _unknown_people(db, types, by_record, done)
    return done


# --- sites and zones -------------------------------------------------------------------------------------------------


def _sites(db: DuckDBPyConnection, by_record: Mapping[str, Sequence[Stage]], done: Finished, zone: str) -> None:
    """Sites with zone and profile: of the site roster, else those that rows name, else one."""
    for one in by_record.get("site", ()):
        stored = one.kind.stored
        columns = [name(column) if column in stored else "NULL" for column in ("site_id", "timezone", "profile_id")]
        timed = [column for column, spec in stored.items() if spec.type == "windows"]
        columns += [name(column) for column in timed]
        for site, its_zone, profile, *opens in db.execute(f"SELECT {', '.join(columns)} FROM ({one.sql}) WHERE site_id IS NOT NULL").fetchall():
            done.zones[site] = its_zone or zone
            done.windows[site] = {column: said for column, said in zip(timed, opens, strict=True) if said}
            if profile:
                done.profiles[site] = profile
    if done.zones:
        return
    for stages in by_record.values():
        for one in stages:
            mapping = one.found.mapping
            named = mapping.zone if mapping and mapping.zone else zone
            for site in _named(db, one):
                done.zones.setdefault(site, named)
    if not done.zones:
        mapped = [one.found.mapping.zone for stages in by_record.values() for one in stages if one.found.mapping and one.found.mapping.zone]
        done.zones[ONLY] = mapped[0] if mapped else zone


def _named(db: DuckDBPyConnection, one: Stage) -> list[str]:
    """The site ids that a staged table names itself."""
    mapping = one.found.mapping
    if mapping and "site_id" in mapping.constants:
        return [str(mapping.constants["site_id"])]
    if "site_id" in one.kind.stored:
        return [row[0] for row in db.execute(f"SELECT DISTINCT site_id FROM ({one.sql}) WHERE site_id IS NOT NULL ORDER BY 1").fetchall()]
    return []


def _span(db: DuckDBPyConnection, by_record: Mapping[str, Sequence[Stage]]) -> tuple[int | None, int | None]:
    """The first and last instant of all records, as read."""
    low: list[int] = []
    high: list[int] = []
    for one in (one for stages in by_record.values() for one in stages):
        instants = [column for column, spec in one.kind.stored.items() if spec.type == "instant"]
        if not instants:
            continue
        ends = ", ".join(f"min({name(column)}), max({name(column)})" for column in instants)
        row = db.execute(f"SELECT {ends} FROM ({one.sql})").fetchone() or ()
        low += [value for value in row[::2] if value is not None]
        high += [value for value in row[1::2] if value is not None]
    return (min(low), max(high)) if low else (None, None)


def _zone_tables(db: DuckDBPyConnection, by_record: Mapping[str, Sequence[Stage]], done: Finished) -> None:
    """`in_zone`: the offsets of every zone that is needed, over the span of the records."""
    zones = set(done.zones.values())
    for one in (one for stages in by_record.values() for one in stages):
        if one.found.mapping and one.found.mapping.zone:
            zones.add(one.found.mapping.zone)
    first, last = done.span
    db.execute('CREATE TEMP TABLE in_zone (zone VARCHAR, from_us BIGINT, until_us BIGINT, "offset" BIGINT)')
    if first is not None and last is not None:
        rows = [(zone, *piece) for zone in sorted(zones) for piece in offsets(zone, first - YEAR, last + YEAR)]
        db.executemany("INSERT INTO in_zone VALUES (?, ?, ?, ?)", rows)
    db.execute("CREATE TEMP TABLE in_site (site VARCHAR, zone VARCHAR)")
    db.executemany("INSERT INTO in_site VALUES (?, ?)", sorted(done.zones.items()))


def _ordered(by_record: Mapping[str, Sequence[Stage]], types: Mapping[str, RecordType]) -> Iterator[str]:
    """Record types, those that others ask for their site or names first."""
    waiting = sorted(by_record)
    made: set[str] = set()
    while waiting:
        ready = [record for record in waiting if all(one in made or one not in by_record for one in _asks(types[record], by_record[record]))]
        for record in ready or waiting[:1]:
            yield record
            made.add(record)
            waiting.remove(record)


def _asks(kind: RecordType, stages: Sequence[Stage]) -> set[str]:
    hops = [path.partition(".")[0] for path in _site_paths(kind) if "." in path]
    found = {kind.references[hop].record for hop in hops if hop in kind.references}
    for one in stages:
        found |= {column.lookup.record for column in one.found.columns if column.lookup}
    return found - {kind.record}


def _site_paths(kind: RecordType) -> tuple[str, ...]:
    if kind.site is None:
        return ("site_id",) if "site_id" in kind.stored else ()
    return tuple(kind.site.first_present) if isinstance(kind.site, FirstField) else (kind.site,)


# --- one record type -------------------------------------------------------------------------------------------------


class _Maker:
    """Makes the table of one record type."""

    def __init__(
        self, db: DuckDBPyConnection, types: Mapping[str, RecordType], by_record: Mapping[str, Sequence[Stage]], record: str, done: Finished
    ) -> None:
        self.db, self.types, self.by_record, self.kind, self.done = db, types, by_record, types[record], done
        self.stages = by_record[record]
        self.fields = list(self.kind.stored)
        self.keys = [name(key) for key in self.kind.key]

    def make(self) -> bool:
        """Returns whether some key is disputed."""
        self.lists: dict[tuple[int, str], str] = {}
        union = " UNION ALL ".join(self._zoned(one) for one in self.stages)
        whole = all(not one.stored for one in self.stages)
        record = name(self.kind.record)
        columns = ", ".join([*(name(one) for one in self.fields), '"#site"', '"#file"', '"#row"'])
        if whole and self._clean(union):
            self.db.execute(f"CREATE VIEW {record} AS SELECT {columns}, FALSE AS \"#disputed\" FROM ({union})")
            return False
        self.db.execute(f"CREATE TEMP TABLE made AS SELECT * FROM ({union})")
        self._without_needed()
        self._reject_rows()
        return self._unique(columns)

    def _clean(self, union: str) -> bool:
        """Whether every row has its site and key, and no key stands twice: then nothing needs to be copied."""
        known = " AND ".join(f"{key} IS NOT NULL" for key in self.keys)
        key = self.keys[0] if len(self.keys) == 1 else f"({', '.join(self.keys)})"
        row = self.db.execute(
            f'SELECT count(*), count(*) FILTER (WHERE {known} AND "#site" IN (SELECT site FROM in_site)), '
            f'(SELECT count(*) FROM (SELECT DISTINCT "#site", {", ".join(self.keys)} FROM ({union}))) FROM ({union})'
        ).fetchone()
        return bool(row and row[0] == row[1] == row[2] and key)

    def _zoned(self, one: Stage) -> str:
        """A staged table with its site and UTC instants."""
        joins: list[str] = []
        values = {column: f"t.{name(column)}" for column in self.fields}
        for header in one.found.columns:
            if header.lookup and header.field:
                values[header.field] = self._looked_up(one, header.field, header.lookup.record, header.lookup.by, joins)
        site = self._site(one, values, joins)
        instants = [one_ for one_ in self.fields if self.kind.stored[one_].type == "instant"]
        for column in instants:
            values[column] = self._to_utc(one, column, values[column], site)
        listed = ", ".join(f"{values[column]} AS {name(column)}" for column in self.fields)
        return f'SELECT {listed}, {site} AS "#site", t."#file", t."#row" FROM ({one.sql}) t {" ".join(joins)}'

    def _looked_up(self, one: Stage, column: str, record: str, by: str, joins: list[str]) -> str:
        """The id that a name stands for; none or several: missing, and said."""
        if record not in self.by_record:
            return f"t.{name(column)}"
        key = name(self.types[record].subject[0])
        alias = name(f"look {column}")
        joins.append(
            f"LEFT JOIN (SELECT {name(by)} AS word, CASE WHEN count(DISTINCT {key}) = 1 THEN min({key}) END AS id "
            f"FROM {name(record)} GROUP BY 1) {alias} ON {alias}.word = t.{name(column)}"
        )
        rows = self.db.execute(
            f'SELECT t."#file", t."#row", t.{name(column)} FROM ({one.sql}) t {joins[-1]} WHERE t.{name(column)} IS NOT NULL AND {alias}.id IS NULL ORDER BY 1, 2'
        ).fetchall()
        for file, row, word in rows:
            self.done.quality.append(
                Bad(say("姓名对不上", "name not resolved"), file, row, column, word, say("花名册里没有或不止一个", "none or several in the roster"))
            )
        return f"{alias}.id"

    def _site(self, one: Stage, values: Mapping[str, str], joins: list[str]) -> str:
        """The row's site: own field, a roster's, the mapping's constant, the only site; else NULL and rejected."""
        parts: list[str] = []
        mapping = one.found.mapping
        for path in _site_paths(self.kind):
            hop, _, rest = path.partition(".")
            if not rest:
                parts.append(values.get(hop, "NULL"))
                continue
            reference = self.kind.references[hop]
            if reference.record not in self.by_record:
                continue
            alias, key = name(f"site by {hop}"), name(self.types[reference.record].subject[0])
            joins.append(
                f'LEFT JOIN (SELECT {key} AS id, CASE WHEN count(DISTINCT "#site") = 1 THEN min("#site") END AS site '
                f"FROM {name(reference.record)} GROUP BY 1) {alias} ON {alias}.id = {values[reference.by]}"
            )
            parts.append(f"{alias}.site")
        if mapping and "site_id" in mapping.constants:
            parts.append(text(str(mapping.constants["site_id"])))
        if len(self.done.zones) == 1:
            parts.append(text(next(iter(self.done.zones))))
        return f"coalesce({', '.join(parts)})" if parts else "NULL::VARCHAR"

    def _to_utc(self, one: Stage, column: str, value: str, site: str) -> str:
        """Wall time to UTC by the file's zone, else the site's. A doubled hour is read as its first; a skipped one is NULL."""
        utc = one.utc.get(column, "FALSE")
        if utc == "TRUE":
            return value
        mapping = one.found.mapping
        fixed = self._fixed(mapping.zone if mapping else None)
        if fixed is not None:
            shifted = f"({value} - {fixed})"
        else:
            zone = text(mapping.zone) if mapping and mapping.zone else f"(SELECT q.zone FROM in_site q WHERE q.site = {site})"
            shifted = (
                f'(SELECT min({value} - z."offset") FROM in_zone z WHERE z.zone = {zone} '
                f'AND {value} - z."offset" >= z.from_us AND {value} - z."offset" < z.until_us)'
            )
        return shifted if utc == "FALSE" else f"CASE WHEN t.{utc} THEN {value} ELSE {shifted} END"

    def _fixed(self, zone: str | None) -> int | None:
        """The one offset of all zones in question, where there is only one."""
        wanted = [zone] if zone else sorted(set(self.done.zones.values()))
        marks = ", ".join(text(one) for one in wanted)
        rows = self.db.execute(f'SELECT DISTINCT "offset" FROM in_zone WHERE zone IN ({marks})').fetchall()
        if not rows and self.done.span[0] is None:
            return offset_at(wanted[0], 0)
        return int(rows[0][0]) if len(rows) == 1 else None

    # -- rows and keys ------------------------------------------------------------------------------------------------

    def _reject_rows(self) -> None:
        """Rows without a key, without a site, or at an hour that the zone's clock skipped."""
        tests = [(f"{key} IS NULL", column, say("主键为空", "the key is empty")) for key, column in zip(self.keys, self.kind.key, strict=True)]
        strange = '"#site" NOT IN (SELECT site FROM in_site)'
        tests.append((strange, "site_id", say("项目台账里没有这个项目", "the site roster does not know its site")))
        tests.append(('"#site" IS NULL', "site_id", say("不知道属于哪个项目", "it is not known which site it belongs to")))
        for test, column, reason in tests:
            for file, row in self.db.execute(f'SELECT "#file", "#row" FROM made WHERE {test} ORDER BY 1, 2').fetchall():
                self.done.rejects.append(Bad(say("不能用的行", "unusable row"), file, row, column, "", reason))
            self.db.execute(f"DELETE FROM made WHERE {test}")
        if self.kind.active and self.kind.active.from_ not in self.kind.key:
            self._undated()
        for one in self.stages:
            self._skipped(one)

    def _without_needed(self) -> None:
        """Cells that must be filled and are not: the row stays, and what rests on the cell is unknown."""
        wanted = [one for one, spec in self.kind.stored.items() if spec.required and one not in self.kind.key and not spec.not_yet and one != self._start]
        for column in wanted:
            title = _title(self.kind, column)
            reason = say("没有填「{z}」", "{e} is not given", z=title.zh, e=title.en)
            for file, row in self.db.execute(f'SELECT "#file", "#row" FROM made WHERE {name(column)} IS NULL ORDER BY 1, 2').fetchall():
                self.done.quality.append(Bad(say("必填项为空", "a needed cell is empty"), file, row, column, "", reason))

    @property
    def _start(self) -> str | None:
        return self.kind.active.from_ if self.kind.active else None

    def _undated(self) -> None:
        """A roster row without a start is kept from the beginning of time, and said."""
        assert self.kind.active
        column = self.kind.active.from_
        for file, row in self.db.execute(f'SELECT "#file", "#row" FROM made WHERE {name(column)} IS NULL ORDER BY 1, 2').fetchall():
            self.done.quality.append(Bad(say("没有起始日期", "no start date"), file, row, column, "", say("按一直在册处理", "taken as always active")))

    def _skipped(self, one: Stage) -> None:
        for column in [one_ for one_ in self.fields if self.kind.stored[one_].type == "instant"]:
            if not one.stored:
                continue
            rows = self.db.execute(
                f'SELECT m."#file", m."#row", s.{name(column)} FROM made m JOIN ({one.sql}) s ON s."#row" = m."#row" AND s."#file" = m."#file" '
                f"WHERE m.{name(column)} IS NULL AND s.{name(column)} IS NOT NULL ORDER BY 1, 2"
            ).fetchall()
            for file, row, wall in rows:
                reason = say("当地时钟没有这一刻(夏令时)", "the local clock skipped this time (daylight saving)")
                self.done.rejects.append(Bad(say("不存在的时刻", "time that does not exist"), file, row, column, str(wall), reason))
                self.db.execute('DELETE FROM made WHERE "#file" = ? AND "#row" = ?', [file, row])

    def _unique(self, columns: str) -> bool:
        """Exact duplicates once; of versions the latest where the mapping says how to tell; else all, disputed."""
        listed = ", ".join(['"#site"', *self.keys])
        fields = ", ".join(name(one) for one in self.fields)
        latest = {one.found.mapping.latest_by for one in self.stages if one.found.mapping and one.found.mapping.latest_by}
        self.db.execute(
            f'CREATE TEMP TABLE ranked AS SELECT *, row_number() OVER (PARTITION BY "#site", {fields} ORDER BY "#file", "#row") AS "#copy" FROM made'
        )
        self._count(self.done.duplicates, 'SELECT "#file", count(*) FROM ranked WHERE "#copy" > 1 GROUP BY 1')
        if latest:
            order = ", ".join(f"{name(one)} DESC NULLS LAST" for one in sorted(str(one) for one in latest))
            ranks = f'rank() OVER (PARTITION BY {listed} ORDER BY {order}) AS "#version"'
            self.db.execute(f'CREATE TEMP TABLE kept AS SELECT *, {ranks} FROM ranked WHERE "#copy" = 1')
            self._count(self.done.superseded, 'SELECT "#file", count(*) FROM kept WHERE "#version" > 1 GROUP BY 1')
        else:
            self.db.execute('CREATE TEMP TABLE kept AS SELECT *, 1 AS "#version" FROM ranked WHERE "#copy" = 1')
        # Versions that are equally late are all kept: nothing says which is right.
        disputed, where = f"count(*) OVER (PARTITION BY {listed}) > 1", '"#version" = 1'
        record = name(self.kind.record)
        self.db.execute(f'CREATE TABLE {record} AS SELECT {columns}, {disputed} AS "#disputed" FROM kept WHERE {where} ORDER BY "#file", "#row"')
        for table in ("made", "ranked", "kept"):
            self.db.execute(f"DROP TABLE {table}")
        return self._say_disputed(record)

    def _count(self, into: dict[int, int], sql: str) -> None:
        for file, number in self.db.execute(sql).fetchall():
            into[file] = into.get(file, 0) + int(number)

    def _say_disputed(self, record: str) -> bool:
        key = " || '/' || ".join(f"{one}::VARCHAR" for one in self.keys)
        rows = self.db.execute(f'SELECT "#file", "#row", {key} FROM {record} WHERE "#disputed" ORDER BY 1, 2').fetchall()
        for file, row, shown in rows:
            self.done.quality.append(
                Bad(say("同号不同内容", "disputed key"), file, row, ", ".join(self.kind.key), shown, say("同一编号有几个版本", "several versions of one key"))
            )
        return bool(rows)


def _out_of_order(db: DuckDBPyConnection, kind: RecordType, done: Finished) -> None:
    """Rows of which an end stands before its start: doubtful data, never a violation by itself (language §6)."""
    lists = [*(kind.in_order or ()), *([(kind.active.from_, kind.active.to)] if kind.active and kind.active.to else [])]
    pairs = [(early, late) for names in lists for index, early in enumerate(names) for late in names[index + 1 :]]
    tests = [f"CASE WHEN {name(late)} < {name(early)} THEN {place} END" for place, (early, late) in enumerate(pairs)]
    if not tests:
        return
    rows = db.execute(
        f'SELECT "#file", "#row", first FROM (SELECT "#file", "#row", coalesce({", ".join(tests)}) AS first FROM {name(kind.record)}) '
        "WHERE first IS NOT NULL ORDER BY 1, 2"
    ).fetchall()
    for file, row, place in rows:
        early, late = pairs[place]
        titles = [_title(kind, one) for one in (late, early)]
        reason = say("「{a}」早于「{b}」", "{c} stands before {d}", a=titles[0].zh, b=titles[1].zh, c=titles[0].en, d=titles[1].en)
        done.quality.append(Bad(EARLY, file, row, late, "", reason))


def _title(kind: RecordType, field: str) -> Text:
    spec = kind.fields[field]
    return spec.title.text if spec.title else Text(field, field)


def _unknown_people(db: DuckDBPyConnection, types: Mapping[str, RecordType], by_record: Mapping[str, Sequence[Stage]], done: Finished) -> None:
    """Ids that the roster of people does not know: one finding an id and field."""
    people = [kind for kind in types.values() if kind.team and kind.record in by_record]
    for roster in people:
        key = name(roster.subject[0])
        for record in sorted(by_record):
            for reference in types[record].references.values():
                if reference.record != roster.record or record == roster.record:
                    continue
                column = name(reference.by)
                rows = db.execute(
                    f'SELECT min("#file"), min("#row"), {column}, count(*) FROM {name(record)} r WHERE {column} IS NOT NULL AND NOT EXISTS '
                    f"(SELECT 1 FROM {name(roster.record)} p WHERE p.{key} = r.{column}) GROUP BY {column} ORDER BY {column}"
                ).fetchall()
                for file, row, who, number in rows:
                    reason = say("花名册里没有这个人({n} 行)", "the roster does not know this person ({n} rows)", n=number)
                    done.quality.append(Bad(say("不认识的人员", "unknown staff"), file, row, reference.by, who, reason))
