"""One unit of a plan in the database: its findings, its counts, its nearest passes and its evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace

from duckdb import DuckDBPyConnection

from checker.compile.sql import HOUR, name, text
from checker.plan import EACH, FAIL, PASS, PENDING, UNKNOWN, Audit, Unit

NEAREST = 100
NEAREST_FIRST = 'abs("limit" - measured), site, subject, ordinal, "row"'
KEPT = {column: kind for column, kind in EACH.items() if column != "began"}
RESULT = {"policy": "VARCHAR", "site": "VARCHAR", "file": "INTEGER", "row": "BIGINT", "disputed": "BOOLEAN",
          "version_of": "VARCHAR", "occurred": "BIGINT", "offset": "BIGINT", **KEPT}  # fmt: skip
ONLY_FINDINGS = ("field", "points", "because", "args", "note", "value")


@dataclass(frozen=True, slots=True)
class Options:
    """`findings_only`: neither tallies nor nearest passes nor evidence; obligations that were not due are counted all the same.
    `at_once`: so many records are judged at once where looking things up for them takes memory."""

    keep_passes: bool = False
    findings_only: bool = False
    at_once: int = 1_000_000


class Judging:
    """One unit: its findings, its counts, its nearest passes, its evidence."""

    def __init__(self, db: DuckDBPyConnection, audit: Audit, unit: Unit, options: Options) -> None:
        self.db, self.audit, self.unit, self.options = db, audit, unit, options
        self.indexes = range(len(unit.policies))
        self.found = 0

    def all(self) -> None:
        if self.unit.before:
            self.db.execute(f"CREATE TEMP TABLE {name(self.unit.before.name)} AS {self.unit.before.sql}")
        parts = self.unit.parts(self._number_of_parts())
        for scan in parts:
            self._judge(f"({scan})")
        if self.options.findings_only:
            return
        if len(parts) > 1:
            self._nearest_of_all()
        if self.unit.evidence and self.found:
            self._proof(self.unit.evidence)

    def _number_of_parts(self) -> int:
        """What is looked up for millions of rows at once does not fit into memory: they are judged part by part."""
        unfold = self.audit.types[self.unit.record].unfold if self.unit.record else None
        brought = self.unit.record if unfold is None or self.unit.record in self.audit.present else unfold.record
        return -(-self.audit.sizes.get(brought, 0) // self.options.at_once) if self.unit.stored and self.unit.apart else 1

    def _judge(self, source: str) -> None:
        if self.unit.small or self.unit.stored:
            self.db.execute(f"CREATE OR REPLACE TEMP TABLE scanned AS SELECT {self._stored(source)}")
            source = "scanned"
        self._hits(source)
        if self._has_disputed():
            self._disputed(source)
        if self.options.findings_only:
            if self.unit.small:
                self._not_applicable(source)
            return
        self._counts(source)
        if self.unit.rated:
            self._rated(source)
        for index in self.unit.ordered:
            self._near(source, index)

    def _stored(self, source: str) -> str:
        """Of a policy's own scan what is no obligation is not kept, and of passes nothing that only findings say."""
        if self.unit.small or len(self.indexes) > 1:
            return f"* FROM {source}"
        only = [f'"{one}0"' for one in ONLY_FINDINGS if f"{one}0" not in self.unit.alike] if not self.options.keep_passes else []
        lean = ", ".join(f"CASE WHEN r.v0 <> {PASS} OR r.disputed THEN r.{one} END AS {one}" for one in only)
        return f"r.*{f' REPLACE ({lean})' if lean else ''} FROM {source} r WHERE r.v0 > 0 OR r.disputed"

    def _has_disputed(self) -> bool:
        return bool(self.audit.disputed) and not self.unit.small

    def _reported(self, index: int, unit: Unit) -> str:
        """Decided in the period; or pending and begun before its end; or undated."""
        v, decided, began = (unit.column(one, index) for one in ("v", "decided", "began"))
        return (
            f"(CASE WHEN {v} = {PENDING} THEN coalesce({began} < s.p_until, TRUE) WHEN {decided} IS NULL THEN {v} = {UNKNOWN} "
            f"ELSE {decided} >= s.p_from AND {decided} < s.p_until END)"
        )

    def _kept(self, index: int, unit: Unit) -> str:
        floor = PASS if self.options.keep_passes else FAIL
        return f"{unit.column('v', index)} >= {floor} AND {self._reported(index, unit)}"

    def _columns(self, index: int, unit: Unit) -> str:
        each = ", ".join(unit.column(column, index) for column in KEPT)
        return f'{text(self.unit.policies[index])}, r.site, file, "row", disputed, version_of, occurred, "offset", {each}'

    def _hits(self, source: str) -> None:
        if len(self.indexes) > 1:
            kept = " OR ".join(f"({self._kept(index, self.unit)})" for index in self.indexes)
            self.db.execute(f'CREATE OR REPLACE TEMP TABLE wide AS SELECT r.* FROM {source} r JOIN "_site" s ON s.site = r.site WHERE NOT disputed AND ({kept})')
            source = "wide"
        for index in self.indexes:
            self._found(f'{self._columns(index, self.unit)} FROM {source} r JOIN "_site" s ON s.site = r.site WHERE NOT disputed AND {self._kept(index, self.unit)}')

    def _found(self, selected: str) -> None:
        """Add findings, and count them."""
        added = self.db.execute(f"INSERT INTO hit SELECT {selected}").fetchone()
        self.found += int(added[0]) if added else 0

    def _counts(self, source: str) -> None:
        none = -1 if self.unit.small else 0
        judged = ((index, self.unit.column("v", index)) for index in self.indexes)
        verdicts = ", ".join(f'CASE WHEN {v} > 0 AND {self._reported(index, self.unit)} THEN {v} ELSE {none} END AS "c{index}"' for index, v in judged)
        group = ", ".join(f'"c{index}"' for index in self.indexes)
        some = 'AND "v0" IS NOT NULL' if self.unit.small else f"AND greatest({group}) > 0" if len(self.indexes) > 1 else 'AND "c0" > 0'
        self.db.execute(
            f'CREATE OR REPLACE TEMP TABLE grouped AS SELECT site, accountable, "hour", {group}, count(*) AS n, min(occurred) AS moment '
            f'FROM (SELECT r.site, {self.unit.column("accountable", 0)} AS accountable, (occurred + "offset") // {HOUR} AS "hour", occurred, v0, {verdicts} FROM {source} r '
            f'JOIN "_site" s ON s.site = r.site WHERE NOT disputed) WHERE TRUE {some} GROUP BY site, accountable, "hour", {group}'
        )
        for index in self.indexes:
            when = _when('"hour"', f"c{index}")
            self.db.execute(
                f'INSERT INTO counted SELECT {text(self.unit.policies[index])}, site, accountable, {when}, "c{index}", sum(n), min(moment) '
                f'FROM grouped WHERE "c{index}" > 0 GROUP BY ALL'
            )
        if self.unit.small:
            self._not_applicable(source)

    def _not_applicable(self, source: str) -> None:
        """Obligations that were not due, where each row is one: part periods, rates over nothing. `field` says why."""
        due = 'JOIN "_site" s ON s.site = r.site WHERE v0 = 0 AND decided0 >= s.p_from AND decided0 < s.p_until'
        self.db.execute(
            f"INSERT INTO not_due SELECT {text(self.unit.policies[0])}, coalesce(field0, 'where'), count(*) FROM {source} r {due} GROUP BY ALL"
        )
        self.db.execute(
            f'INSERT INTO counted SELECT {text(self.unit.policies[0])}, r.site, NULL, NULL, NULL, 0, count(*), NULL FROM {source} r {due} GROUP BY r.site'
        )

    def _rated(self, source: str) -> None:
        self.db.execute(
            f'INSERT INTO rated SELECT {self._columns(0, self.unit)} FROM {source} r JOIN "_site" s ON s.site = r.site '
            f'WHERE NOT disputed AND "v0" > 0 AND {self._reported(0, self.unit)}'
        )

    def _near(self, source: str, index: int) -> None:
        measured, limit, subject, ordinal = (self.unit.column(one, index) for one in ("measured", "limit", "subject", "ordinal"))
        self.db.execute(
            f'INSERT INTO near SELECT {self._columns(index, self.unit)} FROM {source} r JOIN "_site" s ON s.site = r.site WHERE NOT disputed '
            f'AND {self.unit.column("v", index)} = {PASS} AND {measured} IS NOT NULL AND {self._reported(index, self.unit)} '
            f'ORDER BY abs({limit} - {measured}), r.site, {subject}, {ordinal}, "row" LIMIT {NEAREST}'
        )

    def _nearest_of_all(self) -> None:
        """Each part left its nearest passes."""
        for index in self.unit.ordered:
            own = f"policy = {text(self.unit.policies[index])}"
            self.db.execute(f"DELETE FROM near WHERE {own} AND rowid NOT IN (SELECT rowid FROM near WHERE {own} ORDER BY {NEAREST_FIRST} LIMIT {NEAREST})")

    @staticmethod
    def _latest(column: str, index: int) -> str:
        """A column of the version that is decided last; of several the one of the greatest measure, whatever their order."""
        return f"first({column} ORDER BY {Judging._order(index)})"

    @staticmethod
    def _order(index: int) -> str:
        order = ", ".join(f'"{one}{index}" DESC NULLS LAST' for one in ("decided", "measured", "limit", "subject", "args", "accountable"))
        return f'{order}, file, "row"'

    def _versions(self, index: int) -> str:
        """What each version keeps for a marked limit, and its verdict; the latest first."""
        if self.unit.policies[index] not in self.unit.marks:
            return "NULL"
        each = f"{{'at': occurred, 'v': \"v{index}\", 'field': \"field{index}\", 'compared': \"compared{index}\"}}"
        return f"list({each} ORDER BY {self._order(index)})::JSON::VARCHAR"

    def _disputed(self, source: str) -> None:
        """Versions of one key: where all agree that verdict stands, else it is unknown (language §6)."""
        alike = "".join(f', {sql} AS "{column}"' for column, sql in self.unit.alike.items())
        self.db.execute(f"CREATE OR REPLACE TEMP TABLE versions AS SELECT *{alike} FROM {source} WHERE disputed")
        whole = replace(self.unit, alike={})
        hours = f'((occurred + "offset") // {HOUR})'
        for index in self.indexes:
            agreed = f'min("v{index}") = max("v{index}")'
            latest = f'max("decided{index}")'
            listed = []
            for column in EACH:
                own = f'"{column}{index}"'
                picked = self._latest(own, index)
                asked = f'first({own} ORDER BY "v{index}" > 0 DESC, {self._order(index)})'  # of the version of which something is asked
                special = {"ordinal": asked, "compared": self._versions(index), "v": f"CASE WHEN {agreed} THEN min({own}) ELSE {UNKNOWN} END", "decided": latest,
                           "field": f"CASE WHEN {agreed} THEN {picked} ELSE 'disputed' END"}  # fmt: skip
                listed.append(f"{special.get(column, picked)} AS {own}")
            place = ", ".join(f"{self._latest(one, index)} AS {one}" for one in ("file", '"row"'))
            folded = (
                f'SELECT site, {place}, count(*) > 1 AS disputed, version_of, max(occurred) AS occurred, '
                f'any_value("offset") AS "offset", {", ".join(listed)} FROM versions GROUP BY site, version_of HAVING max("v{index}") > 0'
            )
            self.db.execute(f"CREATE OR REPLACE TEMP TABLE folded AS {folded}")
            self._found(f'{self._columns(index, whole)} FROM folded r JOIN "_site" s ON s.site = r.site WHERE {self._kept(index, whole)}')
            self.db.execute(
                f'INSERT INTO counted SELECT {text(self.unit.policies[index])}, r.site, "accountable{index}", {_when(hours, f"v{index}")}, '
                f'"v{index}", count(*), min(occurred) FROM folded r JOIN "_site" s ON s.site = r.site '
                f'WHERE "v{index}" > 0 AND {self._reported(index, whole)} GROUP BY ALL'
            )
            self.db.execute(
                f'INSERT INTO proof SELECT h.rowid, {text(self.unit.record)}, v.version_of, v.file, v."row" FROM versions v '
                f"JOIN hit h ON h.policy = {text(self.unit.policies[index])} AND h.site = v.site AND h.version_of = v.version_of"
            )

    def _proof(self, evidence: str) -> None:
        found, hit = f"({evidence}) e", "e.hit"
        if self.unit.small:
            same = "h.site = e.site AND h.subject = e.subject AND h.ordinal = e.ordinal"
            found, hit = f"{found} JOIN hit h ON h.policy = {text(self.unit.policies[0])} AND {same}", "h.rowid"
        self.db.execute(f'INSERT INTO proof SELECT {hit}, e.record, e."key", e.file, e."row" FROM {found}')


def _when(hour: str, verdict: str) -> str:
    """The day in which something counts, and of a violation its hour, from the hours since 1970."""
    return f'{hour} // 24 AS "day", CASE WHEN "{verdict}" = {FAIL} THEN {hour} % 24 END AS "hour"'


__all__ = ["NEAREST", "NEAREST_FIRST", "RESULT", "Judging", "Options"]
