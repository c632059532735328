"""Frequencies: each active subject of a roster has N matching records every period (language §2, §7.3, §7.5, §7.6)."""

from __future__ import annotations

from collections.abc import Iterator

from checker.compile import common
from checker.compile.conditions import truth
from checker.compile.counting import EVER, Counting
from checker.compile.never import Never
from checker.compile.periods import period_table
from checker.compile.prepare import calendar_days, spells
from checker.compile.related import Bounds, Matches, local_day, matches
from checker.compile.scope import Scope
from checker.compile.spells import excepted, row_period
from checker.compile.sql import name, text
from checker.compile.values import Env
from checker.force import in_force
from checker.periods import kind_at
from checker.plan import EXEMPT, FAIL, FOREVER, NONE, PASS, PENDING, UNKNOWN, Audit, Table, Unit, View
from checker.policy.kinds import DaysOf, Frequency, PeriodField

SPANS = ("day", "week", "month", "quarter", "half-year", "year")
OCCURRED = f"CASE WHEN o.first_us > {-FOREVER} THEN o.first_us ELSE e.p_from END"
"""When an obligation began; one that has always been is shown at the start of the audit's period."""


def compile_frequency(policy: Frequency, audit: Audit) -> tuple[Unit, list[Table], list[View]]:
    """The unit of one frequency, the tables that it reads, and the views that build its obligations."""
    return _Build(policy, audit).made()


class _Build(Counting, Never):
    """The chain of views of one frequency: spells -> obligations -> matches -> counted -> verdict."""

    def __init__(self, policy: Frequency, audit: Audit) -> None:
        self.policy, self.audit = policy, audit
        self.kind = audit.types[policy.for_each]
        self.env = Env(audit, f"_env {policy.id}")
        self.subject = tuple(policy.subject or self.kind.subject)
        self.ours = tuple(dict.fromkeys(policy.expects.match.values()))
        self.scope = Scope(policy, policy.for_each, "o", self.env, "o.first_us", truth, seen=False)
        self.views: list[View] = []
        self.by_spell = policy.every == "spell" or policy.never_without_for is not None

    def made(self) -> tuple[Unit, list[Table], list[View]]:
        never = self.policy.never_without_for is not None
        matched, found, scan = self._matched(), self._gaps() if never else self._found(), self._never_verdict() if never else self._verdict()
        self._view("act", self._active())
        self._view("ob", self._obligations(matched + found + scan), stored=True)
        self._view("match", matched, stored=True)
        self._view("found", found)
        unit = Unit(f"frequency {self.policy.id}", (self.policy.id,), scan, (0,), small=True, evidence=self._evidence())
        return unit, [*self.env.tables(), self._valid_table(), *self._period_tables()], self.views

    def _period_tables(self) -> Iterator[Table]:
        policy = self.policy
        every = ("duty day",) if isinstance(policy.every, DaysOf) else SPANS if isinstance(policy.every, PeriodField) else (policy.every,)
        if not self.by_spell:
            yield period_table(self.audit, policy, self._name("period"), every, policy.due, policy.on_days is not None)

    def _view(self, step: str, sql: str, stored: bool = False) -> None:
        self.views.append(View(self._name(step), sql, stored))

    def _name(self, step: str) -> str:
        return f"{self.policy.id} {step}"

    def _subject_columns(self, alias: str) -> str:
        return ", ".join(f"{alias}.{name(one)}" for one in self.subject)

    def _duty_days(self) -> DaysOf | None:
        return self.policy.every if isinstance(self.policy.every, DaysOf) else self.policy.duty_days

    # -- obligations --------------------------------------------------------------------------------------------------

    def _active(self) -> str:
        """Spells cut to the periods and to the policy's validity: one row a spell and period."""
        policy = self.policy
        spell = Scope(policy, policy.for_each, "s", self.env, "s.from_us", truth, seen=False)
        void = truth(spell, self.kind.void).known
        keep = f" AND ({void}) IS NOT TRUE" if self.kind.void else ""
        valid = f'"{self._name("valid")}"'
        known = " AND ".join(f"s.{name(one)} IS NOT NULL" for one in self.subject)
        duty = self._on_duty()
        periods = self._spell_periods(known, keep) if self.by_spell else f'{self._source()} s JOIN "{self._name("period")}" p ON p.site = s."#site"{self._of_kind(spell)}'
        return (
            f"SELECT s.*, p.label, p.from_us AS period_from, p.until_us AS period_until, p.closes_us AS closes, p.from_day AS period_day, p.until_day AS period_until_day, "
            f"greatest(s.from_us, p.from_us, q.from_us) AS a_from, least(s.until_us, p.until_us, q.until_us) AS a_until, "
            f"greatest(s.from_day, p.from_day, q.from_day) AS a_day, least(s.until_day, p.until_day, q.until_day) AS a_until_day "
            f'FROM {periods} {spell.join_sql()} JOIN {valid} q ON q.site = s."#site" '
            f"WHERE {known}{keep} AND greatest(s.from_us, p.from_us, q.from_us) < least(s.until_us, p.until_us, q.until_us)"
            f"{duty}"
        )

    def _source(self) -> str:
        """The roster's spells, or those that the policy names; without what is excepted of them."""
        active = self.policy.active
        if active is not None:
            rows = f"({spells(self.kind.model_copy(update={'active': active}), calendar_days(self.audit))})"
            return excepted(rows, active.except_, self.audit) if active.except_ else rows
        if not self.kind.active:
            return (
                f"(SELECT *, {-FOREVER} AS from_us, {FOREVER} AS until_us, {-EVER} AS from_day, {EVER} AS until_day "
                f'FROM "u.{self.policy.for_each}")'
            )
        rows = f'"p.{self.policy.for_each}"'
        return excepted(rows, self.kind.active.except_, self.audit) if self.kind.active.except_ else rows

    def _of_kind(self, spell: Scope) -> str:
        """Only the periods that the row itself names, where it does; an unreadable one is asked by the month."""
        if not isinstance(self.policy.every, PeriodField):
            return ""
        return f" AND p.kind = coalesce({row_period(spell.field(self.policy.every.field).sql)}, 'month')"

    def _spell_periods(self, known: str, keep: str) -> str:
        """Each spell is its own period; spells of one subject that overlap or adjoin are one."""
        same = ", ".join(['"#site"', *(name(one) for one in self.subject)])
        whole = (
            f"SELECT *, sum(new) OVER (PARTITION BY {same} ORDER BY from_us, until_us ROWS UNBOUNDED PRECEDING) AS part FROM "
            f"(SELECT s.*, coalesce(s.from_us > max(s.until_us) OVER (PARTITION BY {same} ORDER BY s.from_us, s.until_us "
            f"ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), FALSE)::INTEGER AS new FROM {self._source()} s "
            f"WHERE {known}{keep} AND s.from_us < s.until_us)"
        )
        ends = ", ".join(f"{how}({column}) OVER (PARTITION BY {same}, part) AS p_{column}" for how, column in (
            ("min", "from_us"), ("max", "until_us"), ("min", "from_day"), ("max", "until_day")))  # fmt: skip
        made = (
            f"SELECT *, {{'from_us': p_from_us, 'until_us': p_until_us, 'closes_us': p_until_us, 'from_day': p_from_day, 'until_day': p_until_day, "
            f"'label': CASE WHEN p_from_day > {-EVER} THEN (DATE '1970-01-01' + p_from_day::INTEGER)::VARCHAR ELSE '' END}} AS p "
            f"FROM (SELECT *, {ends} FROM ({whole}))"
        )
        return f"({made}) s"

    def _valid_table(self) -> Table:
        """When the policy is in force at each site, in instants and local days."""
        spell = self.policy.effective
        first = spell.from_.number if spell and spell.from_ else -EVER
        until = spell.until.number + 1 if spell and spell.until else EVER
        rows = tuple((site.id, start, end, first, until) for site in self.audit.sites for start, end, _ in in_force(self.policy, site))
        columns = {"site": "VARCHAR", "from_us": "BIGINT", "until_us": "BIGINT", "from_day": "BIGINT", "until_day": "BIGINT"}
        return Table(self._name("valid"), columns, rows)

    def _on_duty(self) -> str:
        """Only the local days on which such a record stands, where the period is the duty day."""
        days = self._duty_days()
        if days is None:
            return ""
        every = "duty day" if isinstance(self.policy.every, DaysOf) else self.policy.every
        rostered = [site.id for site in self.audit.sites if kind_at(self.audit, self.policy, site, every) == "duty day"]
        if not rostered:
            return ""
        inner = Scope(self.policy, days.record, "d", self.env, f"d.{name(days.days_of)}", truth)
        time = inner.moment(days.days_of)
        where = truth(inner, days.where).known
        day = local_day(inner, time)
        keys = " AND ".join(f"d.{name(theirs)} = s.{name(ours)}" for theirs, ours in days.match.items()) or "TRUE"
        sites = ", ".join(text(one) for one in rostered)
        return (
            f" AND (s.\"#site\" NOT IN ({sites}) OR EXISTS (SELECT 1 FROM \"u.{days.record}\" d {inner.join_sql()} "
            f'WHERE d."#site" = s."#site" AND {keys} AND ({where}) AND {day} = p.from_day))'
        )

    def _obligations(self, read: str) -> str:
        """One row a subject and period: its active time laid together, roster fields on its first and last day.

        `read` is the SQL that reads it: fields that do not stand in it are left out.
        """
        group = ", ".join(['a."#site"', *(f"a.{name(one)}" for one in self.subject), "a.label"])
        others = [field for field in self.kind.stored if field not in self.subject]
        early = ", ".join(self._agreed(field, "a.a_from = o.first_us", field) for field in others if f".{name(field)}" in read)
        late = ", ".join(
            self._agreed(field, "a.a_until = o.last_us", f"last {field}") for field in self.kind.stored if name("last " + field) in read
        )
        same = " AND ".join(
            ['a."#site" = o."#site"', "a.label = o.label", *(f"a.{name(one)} = o.{name(one)}" for one in self.subject)]
        )
        gap = (
            'greatest(0, a_until_day - greatest(a_day, coalesce(max(a_until_day) OVER (PARTITION BY '
            + ", ".join(['"#site"', *(name(one) for one in self.subject), "label"])
            + " ORDER BY a_day, a_until_day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), a_day)))"
        )
        act = f'"{self._name("act")}"'
        key = common.subject_sql([f"o.{name(one)}" for one in self.subject])
        fields = ", ".join(part for part in (early, late) if part)
        return (
            f'WITH a AS (SELECT *, {gap} AS days FROM {act}), o AS (SELECT a."#site", {self._subject_columns("a")}, a.label, '
            f"min(a.a_from) AS first_us, max(a.a_until) AS last_us, min(a.a_day) AS first_day, sum(a.days)::BIGINT AS active_days, max(a.a_until_day) - 1 AS last_day, "
            f"any_value(a.period_from) AS period_from, any_value(a.period_until) AS period_until, any_value(a.closes) AS closes FROM a GROUP BY {group}), "
            f'r AS (SELECT o."#site" AS r_site, o.label AS r_label, {key} AS r_key, '
            f'min(a."#file") AS file, min(a."#row") AS "row", {fields} FROM o JOIN a ON {same} GROUP BY o."#site", o.label, {key}) '
            f'SELECT row_number() OVER (ORDER BY o."#site", o.label, {key}) AS ob, o.*, r.* EXCLUDE (r_site, r_label, r_key) '
            f'FROM o JOIN r ON r.r_site = o."#site" AND r.r_label = o.label AND r.r_key = {key}'
        )

    @staticmethod
    def _agreed(field: str, when: str, alias: str) -> str:
        column = f"a.{name(field)}"
        return (
            f"CASE WHEN min({column}) FILTER (WHERE {when}) = max({column}) FILTER (WHERE {when}) AND count({column}) FILTER (WHERE {when}) "
            f"= count(*) FILTER (WHERE {when}) THEN min({column}) FILTER (WHERE {when}) END AS {name(alias)}"
        )

    # -- matches ------------------------------------------------------------------------------------------------------

    def _matched(self) -> str:
        """Related records within the active time, once each, and whether they count."""
        spell = Scope(self.policy, self.policy.for_each, "a", self.env, "a.a_from", truth, seen=False)
        days = self.policy.counted_if_apart is not None or self.policy.expects.distinct == "day"
        found = matches(spell, self.policy.expects, Bounds(), alias="x", days=days)
        same = " AND ".join(
            ['a."#site" = o."#site"', "a.label = o.label", *(f"a.{name(one)} = o.{name(one)}" for one in self.subject)]
        )
        within = self._within(found)
        extra = self._cover_columns(found)
        columns = (
            f'x."#file" AS mfile, x."#row" AS mrow, {self._match_key("x")} AS "key", {found.time} AS moment, {found.day} AS "day", '
            f"CASE WHEN {found.time} IS NOT NULL OR NOT ({found.counts}) THEN ({found.counts}) END AS counts{self._same(found)}{extra}"
        )
        rows = f"SELECT {columns} FROM {found.source} WHERE {found.where} AND {within}"
        return (
            f'SELECT DISTINCT o.ob, m.* FROM "{self._name("ob")}" o JOIN "{self._name("act")}" a ON {same} '
            f"{self.env.join('o.first_us', _site('o'))} {spell.join_sql()} CROSS JOIN LATERAL ({rows}) m WHERE m.counts IS NOT FALSE"
        )

    def _within(self, found: Matches) -> str:
        """Within the active time; of records that name their period, those of this one that come in time."""
        path = self.policy.expects.for_period
        if path is None:
            return f"({found.time} IS NULL OR ({found.time} >= a.a_from AND {found.time} < a.a_until))"
        named = found.inner.field(path)
        if named.type == "date":
            said = f"{named.sql} >= a.period_day AND {named.sql} < a.period_until_day"
        elif named.type == "instant":
            said = f"{named.sql} >= a.period_from AND {named.sql} < a.period_until"
        else:
            said = f"{named.sql} = a.label"
        return f"{said} AND ({found.time} IS NULL OR {found.time} < a.closes)"

    def _same(self, found: Matches) -> str:
        """By what several records are one, where the policy says so."""
        path = self.policy.expects.distinct
        if path is None:
            return ""
        return f", ({found.day if path == 'day' else found.inner.field(path).sql})::VARCHAR AS same"

    def _match_key(self, alias: str) -> str:
        kind = self.audit.types[self.policy.expects.record]
        return common.subject_sql([f"{alias}.{name(one)}" for one in kind.key])

    def _cover_columns(self, found: Matches) -> str:
        covers = self.policy.covers
        if covers is None:
            return ""
        members = found.inner.field(covers.field).sql
        full = "FALSE"
        if covers.complete_when:
            one, other = (found.inner.field(path).sql for path in covers.complete_when)
            full = f"coalesce(len({members}), 0) = 0 AND {one} = {other}"
        return f", {members} AS members, coalesce({full}, FALSE) AS complete"

    # -- verdict ------------------------------------------------------------------------------------------------------

    def _verdict(self) -> str:
        """Met, not due, open, unknown, excused, missed: in the order of language §6."""
        policy, alias = self.policy, "o"
        scope = self.scope
        where = truth(scope, policy.where)
        bounds = Bounds(lower="o.period_from", until="o.period_until")
        excuse = truth(scope, policy.excused_when, bounds)
        start, end = scope.env.covered(policy.expects.record)
        last = "(o.lapse_us - 1)"
        unknown_members = "o.found IS NULL" if policy.covers else "FALSE"
        verdict = (
            f"CASE WHEN ({where.known}) IS FALSE OR o.needed <= 0 THEN {NONE} WHEN ({where.known}) IS NULL THEN {UNKNOWN} "
            f"WHEN o.needed IS NULL OR {unknown_members} THEN CASE WHEN {last} >= e.as_of THEN {PENDING} ELSE {UNKNOWN} END "
            f"WHEN o.found >= o.needed THEN {PASS} WHEN {last} >= e.as_of THEN {PENDING} "
            f"WHEN o.possible >= o.needed OR {start} > o.first_us OR {end} < o.lapse_us THEN {UNKNOWN} "
            f"WHEN {excuse.known if policy.excused_when else 'FALSE'} THEN {EXEMPT} "
            f"WHEN ({excuse.known if policy.excused_when else 'FALSE'}) IS NULL THEN {UNKNOWN} ELSE {FAIL} END"
        )
        missing = (
            f"CASE WHEN ({where.known}) IS FALSE THEN 'where' WHEN o.needed <= 0 THEN 'part-period' "
            f"WHEN ({where.known}) IS NULL THEN {where.missing} WHEN o.needed IS NULL THEN {text(self._lacking())} "
            f"WHEN {unknown_members} THEN {text(policy.covers.all_of.record if policy.covers else '')} "
            f"WHEN o.possible >= o.needed THEN {text(policy.expects.record)} "
            f"WHEN {start} > o.first_us OR {end} < o.lapse_us THEN 'coverage' ELSE {excuse.missing} END"
        )
        closing = Scope(policy, policy.for_each, "l", self.env, "(o.last_us - 1)", truth, scope.joins, seen=False, late=scope.late)
        row = common.each(0, {
            "v": verdict, "subject": common.subject_sql([f"o.{name(one)}" for one in self.subject]), "ordinal": "o.label",
            "field": missing, "measured": "o.found", "limit": "o.needed", "unit": "'times'", "due": f"CASE WHEN o.closes < {FOREVER} THEN o.closes - 1 END",
            "decided": f"CASE WHEN o.found >= o.needed AND o.needed > 0 THEN o.met_at WHEN o.lapse_us < {FOREVER} THEN {last} END", "began": "o.first_us",
            "accountable": common.accountable_sql(closing, "o.first_us", f"least({last}, e.as_of)"), "points": common.points_sql(scope),
            "because": common.because_sql(scope), "args": common.args_sql(scope), "value": common.value_sql(scope),
        })  # fmt: skip
        joins = scope.join_sql()
        latest = "".join(f", o.{name('last ' + field)} AS {name(field)}" for field in self.kind.stored if f"l.{name(field)}" in row + joins)
        return (
            f'SELECT o."#site" AS site, o.file, o."row", FALSE AS disputed, \'\' AS version_of, {OCCURRED} AS occurred, e."offset", {row} '
            f'FROM "{self._name("found")}" {alias} {self.env.join("o.first_us", _site("o"))} '
            f'CROSS JOIN LATERAL (SELECT o."#site"{latest}) l {joins}'
        )

    def _lacking(self) -> str:
        """What is not known where the number due is not."""
        return self.policy.every.field if isinstance(self.policy.every, PeriodField) else "at_least"

    def _evidence(self) -> str:
        """The records found, by site, subject and period."""
        return (
            f'SELECT o."#site" AS site, {common.subject_sql([f"o.{name(one)}" for one in self.subject])} AS subject, o.label AS ordinal, '
            f'{text(self.policy.expects.record)} AS record, m."key", m.mfile AS file, m.mrow AS "row" '
            f'FROM "{self._name("match")}" m JOIN "{self._name("ob")}" o ON o.ob = m.ob'
        )


def _site(alias: str) -> str:
    return f'{alias}."#site"'
