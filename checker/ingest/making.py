"""One record type: its staged tables laid together, names looked up, sites found, wall times given their zone, keys made unique."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from duckdb import DuckDBPyConnection

from checker.calendars import offset_at
from checker.errors import say
from checker.ingest.cast import name, text
from checker.ingest.finished import Finished
from checker.ingest.stage import Bad, Stage
from checker.policy.records import FirstField, RecordType


def site_paths(kind: RecordType) -> tuple[str, ...]:
    if kind.site is None:
        return ("site_id",) if "site_id" in kind.stored else ()
    return tuple(kind.site.first_present) if isinstance(kind.site, FirstField) else (kind.site,)


class Maker:
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
        for path in site_paths(self.kind):
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
            title = self.kind.titled(column)
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


__all__ = ["Maker", "site_paths"]
