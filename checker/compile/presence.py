"""Presence: in a window, at every instant enough spells hold (language §2, §6, §7.4, §7.13).

Two worlds are swept: the worst, in which only what is certain counts, and the best, in which what may hold does hold and
what no source speaks of was staffed. A gap that both charge to a window is a violation, one that neither does is none.
The months of `always` are obligations of their own: a gap that goes on is charged to each later one for its part in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.compile import common
from checker.compile.conditions import truth
from checker.compile.lengths import amount_of
from checker.compile.operands import constant
from checker.compile.prepare import calendar_days
from checker.compile.related import Bounds, Matches, matches
from checker.compile.scope import Scope
from checker.compile.sql import Expr, name, text
from checker.compile.sweep import gaps_sql
from checker.compile.values import Env
from checker.force import in_force
from checker.periods import openings_of
from checker.plan import BEGINNING, EXEMPT, FAIL, FOREVER, PASS, PENDING, UNKNOWN, Audit, Site, Table, Unit, View
from checker.policy.conditions import Related
from checker.policy.kinds import Presence
from checker.policy.people import person_of
from checker.policy.records import resolve


def compile_presence(policy: Presence, audit: Audit) -> tuple[Unit, list[Table], list[View]]:
    """The unit of one presence, its tables, and the views from windows and spells to gaps."""
    return _Build(policy, audit).made()


class _Build:
    """The chain of views of one presence: subjects -> duties and spells -> gaps; and the scan that judges them."""

    def __init__(self, policy: Presence, audit: Audit) -> None:
        self.policy, self.audit = policy, audit
        self.kind = audit.types[policy.for_each]
        self.env = Env(audit, f"_env {policy.id}")
        self.subject = tuple(policy.subject or self.kind.subject)
        self.covered = self.env.covered_last(policy.staffed_by.record)

    def made(self) -> tuple[Unit, list[Table], list[View]]:
        steps = {"subject": self._subjects(), "duty": self._duties(), "spell": self._spells(), "gap": self._gaps()}
        views = [View(self._name(step), sql, stored=True) for step, sql in steps.items()]
        unit = Unit(f"presence {self.policy.id}", (self.policy.id,), self._verdict(), (0,), small=True, evidence=self._evidence())
        return unit, [*self.env.tables(), self._window_table()], views

    def _name(self, step: str) -> str:
        return f"{self.policy.id} {step}"

    def _scope(self, alias: str, instant: str) -> Scope:
        return Scope(self.policy, self.policy.for_each, alias, self.env, instant, truth, seen=self.kind.active is None)

    # -- windows ------------------------------------------------------------------------------------------------------

    def _window_table(self) -> Table:
        columns = {"site": "VARCHAR", "from_us": "BIGINT", "until_us": "BIGINT", "label": "VARCHAR", "months": "BOOLEAN"}
        return Table(self._name("window"), columns, tuple(row for site in self.audit.sites if in_force(self.policy, site) for row in _windows(self.audit, self.policy, site)))

    # -- duties -------------------------------------------------------------------------------------------------------

    def _subjects(self) -> str:
        """Roster rows with the time in which each is active; other rows are there always."""
        record, listed = self.policy.for_each, ", ".join(f"r.{name(one)}" for one in self.subject)
        always = "" if self.kind.active else f", {BEGINNING} AS from_us, {FOREVER} AS until_us"
        known = " AND ".join(f"r.{name(one)} IS NOT NULL" for one in self.subject)
        return (
            f'SELECT r.*{always}, dense_rank() OVER (ORDER BY r."#site", {listed}) AS _who '
            f'FROM "{"s" if self.kind.active else "u"}.{record}" r WHERE {known}'
        )

    def _duties(self) -> str:
        """A subject's part of a window, with what is asked in it; values are those at the opening."""
        policy, scope = self.policy, self._scope("r", "w.from_us")
        start, end = "greatest(w.from_us, r.from_us)", "least(w.until_us, r.until_us)"
        where = common.void_and_where(scope, policy, Bounds(upper=f"({end} - 1)"))
        needed, tolerance = constant(scope, Expr("", "count"), policy.at_least).sql, self._tolerance(scope)
        parts = (
            f"SELECT r.*, w.label AS _label, w.months AS _months, w.from_us AS _opens, {start} AS _start, {end} AS _until, "
            f"{needed} AS _needed, {tolerance} AS _tolerance, ({where.known}) AS _where, {where.missing} AS _lacks, e.as_of AS _as_of "
            f'FROM "{self._name("subject")}" r JOIN "{self._name("window")}" w ON w.site = r."#site" AND {start} < {end} '
            f"{scope.joined('w.from_us')} WHERE {self.env.on(policy)} AND ({where.known}) IS NOT FALSE"
        )
        # Rows of one subject that overlap ask once: the earlier row's part stands.
        earlier = 'PARTITION BY _who ORDER BY _start, _until, "#file", "#row" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING'
        apart = f"SELECT *, greatest(_start, coalesce(max(_until) OVER ({earlier}), _start)) AS _from FROM ({parts})"
        return f"SELECT * EXCLUDE (_start) FROM ({apart}) WHERE _from < _until"

    def _tolerance(self, scope: Scope) -> str:
        if self.policy.tolerance is None:
            return "0"
        return amount_of(scope, self.policy.tolerance)[0]

    # -- spells -------------------------------------------------------------------------------------------------------

    def _spells(self) -> str:
        """Who was there from when to when: for certain (`sure`), and at most; `lacks` names what keeps one from being
        certain. An end that is unknown, or stands before its start, may be any later instant; one that has not come, none."""
        spell, scope = self.policy.staffed_by, self._scope("r", "r.from_us")
        clause = Related(record=spell.record, match=spell.match, where=spell.where, time=spell.from_, void=spell.void)
        found = matches(scope, clause, Bounds(), alias="x")
        person, must = self._person(found)
        starts, ends = self._edge(found, spell.from_, "a"), self._end(found)
        key = common.subject_sql([f"x.{name(one)}" for one in self.audit.types[spell.record].key])
        rows = (
            f'SELECT x."#file" AS file, x."#row" AS "row", {key} AS "key", {person} AS person, ({found.counts}) AS counts, {found.missing} AS missing, '
            f"{starts} AS starts, {ends} AS ends FROM {found.source} WHERE {found.where}"
        )
        low = f"greatest(coalesce(m.starts, {BEGINNING}), r.from_us)"
        high = f"least(coalesce(m.ends, {FOREVER}), r.until_us)"
        lacks = self._lacks(must)
        return (
            f'SELECT r._who, m.file, m."row", m."key", coalesce(m.person, chr(31) || m."key") AS person, {lacks} AS lacks, lacks IS NULL AS sure, '
            f'{low} AS a, {high} AS b FROM "{self._name("subject")}" r {scope.joined("NULL")} CROSS JOIN LATERAL ({rows}) m '
            f"WHERE m.counts IS NOT FALSE AND {low} < {high}"
        )

    def _person(self, found: Matches) -> tuple[str, str | None]:
        """(whose spell it is, the field that must say so): a person counts once, however many spells of theirs overlap."""
        kind = self.audit.types[self.policy.staffed_by.record]
        field, must = person_of(kind, self.audit.types)
        return (f"{found.inner.field(field).sql}::VARCHAR" if field else "NULL::VARCHAR"), field if must else None

    def _lacks(self, must: str | None) -> str:
        """What of a spell is not known, as `shift.actual_end`; NULL where all that matters is."""
        spell = self.policy.staffed_by
        parts = [("m.counts", f"coalesce({text(spell.record + '.')} || m.missing, {text(spell.record)})")]
        parts += [("m.person", text(f"{spell.record}.{must}"))] if must else []
        parts += [(column, text(f"{spell.record}.{field}")) for column, field in (("m.starts", spell.from_), ("m.ends", spell.to))]
        return f"CASE {' '.join(f'WHEN {column} IS NULL THEN {lacked}' for column, lacked in parts)} END"

    def _edge(self, found: Matches, path: str, alias: str, plus: int = 0) -> str:
        """An end of a spell: an instant, or the first one of a date (`plus` days on); days outside the calendar tables are
        taken for the first or the last of them."""
        field = found.inner.field(path)
        if field.type != "date":
            return field.sql
        days, day = calendar_days(self.audit), f"x__edge_{alias}"
        clamped = f"greatest({days[0]}, least({days[-1]}, {field.sql} + {plus}))"
        found.inner.joins[day] = f'LEFT JOIN "_day" {day} ON {day}.site = {found.inner.site} AND {day}.day = {clamped} AND {field.sql} IS NOT NULL'
        return f"{day}.start_us"

    def _end(self, found: Matches) -> str:
        """The end of a spell: FOREVER where it has not come, NULL where it is not known or stands before the start. A date
        is the last day on which the spell holds, unless its roster says that it is the first one after (language §7.3)."""
        spell, types = self.policy.staffed_by, self.audit.types
        there, start, end = resolve(types, spell.record, spell.to), found.inner.field(spell.from_), found.inner.field(spell.to)
        active = types[there.record].active
        excluded = active is not None and active.to == there.name and active.to_excluded
        closes = self._edge(found, spell.to, "b", 0 if excluded else 1)
        later = end.later or "FALSE"
        if end.type == "date" and there.field.empty == "not yet":
            later = f'({end.sql} IS NULL AND NOT x."#disputed")'
        if start.type == end.type:
            follows = f"{end.sql} >= coalesce({start.sql}, {end.sql})"
        else:
            sign = ">" if end.type == "date" else ">="
            follows = f"{closes} {sign} coalesce({self._edge(found, spell.from_, 'a')}, {BEGINNING})"
        return f"CASE WHEN {later} THEN {FOREVER} WHEN {follows} THEN {closes} END"

    def _gaps(self) -> str:
        duties = f'"{self._name("duty")}"'
        start, end = self.covered
        each = f"FROM {duties} d {self.env.join('NULL', self._scope('d', 'NULL').site)}"
        unseen = f"SELECT DISTINCT d._who, {BEGINNING} AS a, {start} AS b {each} UNION ALL SELECT DISTINCT d._who, {end}, {FOREVER} {each}"
        return gaps_sql(duties, f'"{self._name("spell")}"', unseen)

    # -- the verdict --------------------------------------------------------------------------------------------------

    def _verdict(self) -> str:
        policy, scope = self.policy, self._scope("o", "o._last")
        excuse = truth(scope, policy.excused_when, Bounds(upper="o._last"))
        worst, best = "coalesce(g.worst, 0)", "coalesce(g.best, 0)"
        excused = f"CASE WHEN {excuse.known} THEN {EXEMPT} WHEN ({excuse.known}) IS NULL THEN {UNKNOWN} ELSE {FAIL} END" if policy.excused_when else str(FAIL)
        verdict = (
            f"CASE WHEN o._last >= e.as_of THEN {PENDING} WHEN o._where IS NULL OR o._needed IS NULL OR o._tolerance IS NULL THEN {UNKNOWN} "
            f"WHEN greatest({worst}, {best}) <= o._tolerance THEN {PASS} WHEN least({worst}, {best}) > o._tolerance THEN {excused} ELSE {UNKNOWN} END"
        )
        doubtful = f'(SELECT min(s.lacks) FROM "{self._name("spell")}" s WHERE s._who = o._who AND s.a <= o._last AND s.b > o._first)'
        missing = (
            f"CASE WHEN o._where IS NULL THEN o._lacks WHEN o._needed IS NULL THEN 'at_least' WHEN o._tolerance IS NULL THEN 'tolerance' "
            f"WHEN greatest({worst}, {best}) <= o._tolerance THEN NULL "
            f"WHEN least({worst}, {best}) > o._tolerance THEN {excuse.missing if policy.excused_when else 'NULL'} ELSE coalesce({doubtful}, 'coverage') END"
        )
        row = common.each(0, {
            "v": verdict, "subject": self._subject("o"), "ordinal": "o._label", "field": missing, "measured": best, "limit": "o._tolerance",
            "unit": "'us'", "due": "o._last", "decided": "o._last", "began": "o._first", "accountable": common.accountable_sql(scope, "o._first", "o._last"),
            "points": common.points_sql(scope), "because": common.because_sql(scope), "args": common.args_sql(scope), "value": common.value_sql(scope),
        })  # fmt: skip
        return (
            f'SELECT o."#site" AS site, o."#file" AS file, o."#row" AS "row", FALSE AS disputed, \'\' AS version_of, o._first AS occurred, '
            f'e."offset", {row} FROM {self._obligations()} o LEFT JOIN "{self._name("gap")}" g ON g._who = o._who AND g._opens = o._opens '
            f"{scope.joined('o._opens')} WHERE o._first < e.p_until AND o._last >= e.p_from"
        )

    def _subject(self, alias: str) -> str:
        return common.subject_sql([f"{alias}.{name(one)}" for one in self.subject])

    def _obligations(self) -> str:
        """One row a subject and window: the roster row of its first part."""
        part = "(PARTITION BY _who, _opens)"
        return (
            f'(SELECT *, min(_from) OVER {part} AS _first, max(_until) OVER {part} - 1 AS _last FROM "{self._name("duty")}" '
            f"QUALIFY row_number() OVER (PARTITION BY _who, _opens ORDER BY _from) = 1)"
        )

    def _evidence(self) -> str:
        """The spells that touch a window."""
        return (
            f'SELECT DISTINCT d."#site" AS site, {self._subject("d")} AS subject, d._label AS ordinal, {text(self.policy.staffed_by.record)} AS record, '
            f's."key", s.file, s."row" FROM "{self._name("duty")}" d JOIN "{self._name("spell")}" s ON s._who = d._who AND s.a < d._until AND s.b > d._from'
        )


def _windows(audit: Audit, policy: Presence, site: Site) -> Iterator[tuple[object, ...]]:
    for one in openings_of(audit, policy, site, site.as_of):
        yield site.id, one.start, one.end, one.label, one.kind == "month"


__all__ = ["compile_presence"]
