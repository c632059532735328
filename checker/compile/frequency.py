"""Frequencies: each active subject of a roster has N matching records every period (language §2, §7.3, §7.5, §7.6)."""

from __future__ import annotations

from collections.abc import Iterator

from checker.calendars import day_start, spans
from checker.compile import common
from checker.compile.conditions import Bounds, Matches, constant, local_day, matches, truth
from checker.compile.scope import Scope, not_executed
from checker.compile.sql import DAY, Expr, name, text
from checker.compile.values import Env, at, in_force, slots, typed
from checker.plan import EXEMPT, FAIL, FOREVER, NONE, PASS, PENDING, UNKNOWN, Audit, Site, Table, Unit, View
from checker.policy.kinds import DaysOf, Frequency
from checker.policy.values import Duration, Parameter

EVER = 999_999
"""A day after all days."""


def compile_frequency(policy: Frequency, audit: Audit) -> tuple[Unit, list[Table], list[View]]:
    """The unit of one frequency, the tables that it reads, and the views that build its obligations."""
    refuse_unexecuted(policy)
    return _Build(policy, audit).made()


def refuse_unexecuted(policy: Frequency) -> None:
    for key in ("never_without_for", "due", "on_days", "active"):
        if getattr(policy, key) is not None:
            raise not_executed(policy.id, f" `{key}`", f"`{key}`")
    if policy.every == "spell" or (policy.every is not None and not isinstance(policy.every, str | Parameter | DaysOf)):
        raise not_executed(policy.id, "按行或按在册期的周期", "a period by row or by spell")


class _Build:
    """The chain of views of one frequency: spells -> obligations -> matches -> counted -> verdict."""

    def __init__(self, policy: Frequency, audit: Audit) -> None:
        self.policy, self.audit = policy, audit
        self.kind = audit.types[policy.for_each]
        self.env = Env(audit, f"_env {policy.id}")
        self.subject = tuple(policy.subject or self.kind.subject)
        self.ours = tuple(dict.fromkeys(policy.expects.match.values()))
        self.scope = Scope(policy, policy.for_each, "o", self.env, "o.first_us", truth, seen=False)
        self.views: list[View] = []

    def made(self) -> tuple[Unit, list[Table], list[View]]:
        self._view("act", self._active())
        self._view("ob", self._obligations(), stored=True)
        self._view("match", self._matched(), stored=True)
        self._view("found", self._found())
        scan = self._verdict()
        unit = Unit(f"frequency {self.policy.id}", (self.policy.id,), scan, (0,), small=True, evidence=self._evidence())
        return unit, [*self.env.tables(), self._valid_table(), *self._period_table()], self.views

    def _view(self, step: str, sql: str, stored: bool = False) -> None:
        self.views.append(View(self._name(step), sql, stored))

    def _name(self, step: str) -> str:
        return f"{self.policy.id} {step}"

    def _subject_columns(self, alias: str) -> str:
        return ", ".join(f"{alias}.{name(one)}" for one in self.subject)

    # -- periods ------------------------------------------------------------------------------------------------------

    def _kind_of_period(self, site: Site) -> str:
        """The period's kind at a site: as written, or the parameter's value at the start of the audit's period."""
        every = self.policy.every
        if isinstance(every, Parameter):
            found = at(slots(self.policy, every.name, self.audit)[0].series[site.id], site.first)
            return str(found.value) if found else "month"  # type: ignore[attr-defined]
        return "duty day" if isinstance(every, DaysOf) else str(every)

    def _period_table(self) -> Iterator[Table]:
        columns = {"site": "VARCHAR", "from_us": "BIGINT", "until_us": "BIGINT", "from_day": "BIGINT", "until_day": "BIGINT",
                   "label": "VARCHAR"}  # fmt: skip
        rows = tuple(row for site in self.audit.sites for row in self._periods(site))
        yield Table(self._name("period"), columns, rows)

    def _periods(self, site: Site) -> Iterator[tuple[object, ...]]:
        every = self._kind_of_period(site)
        period = self.audit.period
        for span in spans("day" if every == "duty day" else every, period.first, period.until):
            yield (site.id, day_start(site.zone, span.first), day_start(site.zone, span.until), span.first, span.until, span.label)

    def _duty_days(self) -> DaysOf | None:
        return self.policy.every if isinstance(self.policy.every, DaysOf) else self.policy.duty_days

    # -- obligations --------------------------------------------------------------------------------------------------

    def _active(self) -> str:
        """Spells cut to the periods and to the policy's validity: one row a spell and period."""
        source = f'"p.{self.policy.for_each}"'
        if not self.kind.active:
            source = (
                f"(SELECT *, {-FOREVER} AS from_us, {FOREVER} AS until_us, {-EVER} AS from_day, {EVER} AS until_day "
                f'FROM "u.{self.policy.for_each}")'
            )
        void = truth(Scope(self.policy, self.policy.for_each, "s", self.env, "s.from_us", truth, seen=False), self.kind.void).known
        keep = f" AND ({void}) IS NOT TRUE" if self.kind.void else ""
        valid = f'"{self._name("valid")}"'
        known = " AND ".join(f"s.{name(one)} IS NOT NULL" for one in self.subject)
        return (
            f"SELECT s.*, p.label, p.from_us AS period_from, p.until_us AS period_until, p.from_day AS period_day, "
            f"greatest(s.from_us, p.from_us, q.from_us) AS a_from, least(s.until_us, p.until_us, q.until_us) AS a_until, "
            f"greatest(s.from_day, p.from_day, q.from_day) AS a_day, least(s.until_day, p.until_day, q.until_day) AS a_until_day "
            f'FROM {source} s JOIN "{self._name("period")}" p ON p.site = s."#site" JOIN {valid} q ON q.site = s."#site" '
            f"WHERE {known}{keep} AND greatest(s.from_us, p.from_us, q.from_us) < least(s.until_us, p.until_us, q.until_us)"
            f"{self._on_duty()}"
        )

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
        rostered = [site.id for site in self.audit.sites if self._kind_of_period(site) == "duty day"]
        if not rostered:
            return ""
        inner = Scope(self.policy, days.record, "d", self.env, f"d.{name(days.days_of)}", truth)
        time = inner.moment(days.days_of)
        where = truth(inner, days.where).known
        day = local_day(inner, time)
        keys = " AND ".join(f"d.{name(theirs)} = s.{name(ours)}" for theirs, ours in days.match.items())
        sites = ", ".join(text(one) for one in rostered)
        return (
            f" AND (s.\"#site\" NOT IN ({sites}) OR EXISTS (SELECT 1 FROM \"u.{days.record}\" d {inner.join_sql()} "
            f'WHERE d."#site" = s."#site" AND {keys} AND ({where}) AND {day} = p.from_day))'
        )

    def _obligations(self) -> str:
        """One row a subject and period: its active time laid together, roster fields on its first and last day."""
        group = ", ".join(['a."#site"', *(f"a.{name(one)}" for one in self.subject), "a.label"])
        others = [field for field in self.kind.stored if field not in self.subject]
        early = ", ".join(self._agreed(field, "a.a_from = o.first_us", field) for field in others)
        late = ", ".join(self._agreed(field, "a.a_until = o.last_us", f"last {field}") for field in self.kind.stored)
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
            f"any_value(a.period_from) AS period_from, any_value(a.period_until) AS period_until FROM a GROUP BY {group}), "
            f'r AS (SELECT o."#site" AS r_site, o.label AS r_label, {key} AS r_key, '
            f'min(a."#file") AS file, min(a."#row") AS "row", {fields} FROM o JOIN a ON {same} GROUP BY o."#site", o.label, {key}) '
            f'SELECT row_number() OVER (ORDER BY o."#site", o.label, {key}) AS ob, o.*, r.* EXCLUDE (r_site, r_label, r_key) '
            f'FROM o JOIN r ON r.r_site = o."#site" AND r.r_label = o.label AND r.r_key = {key}'
        )

    @staticmethod
    def _agreed(field: str, when: str, alias: str) -> str:
        column = f"a.{name(field)}"
        return (
            f"CASE WHEN count(DISTINCT {column}) FILTER (WHERE {when}) = 1 AND count({column}) FILTER (WHERE {when}) "
            f"= count(*) FILTER (WHERE {when}) THEN any_value({column}) FILTER (WHERE {when}) END AS {name(alias)}"
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
        within = f"({found.time} IS NULL OR ({found.time} >= a.a_from AND {found.time} < a.a_until))"
        extra = self._cover_columns(found)
        columns = (
            f'x."#file" AS mfile, x."#row" AS mrow, {self._match_key("x")} AS "key", {found.time} AS moment, {found.day} AS "day", '
            f"CASE WHEN {found.time} IS NOT NULL OR NOT ({found.counts}) THEN ({found.counts}) END AS counts{extra}"
        )
        rows = f"SELECT {columns} FROM {found.source} WHERE {found.keys} AND {within}"
        return (
            f'SELECT DISTINCT o.ob, m.* FROM "{self._name("ob")}" o JOIN "{self._name("act")}" a ON {same} '
            f"{self.env.join('o.first_us', _site('o'))} {spell.join_sql()} CROSS JOIN LATERAL ({rows}) m WHERE m.counts IS NOT FALSE"
        )

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

    # -- counting -----------------------------------------------------------------------------------------------------

    def _needed(self) -> str:
        limit = constant(self.scope, Expr("", "count"), self.policy.at_least).sql
        if not self.policy.part_period:
            return limit
        due = {"all": limit, "half": f"(({limit} + 1) // 2)", "none": "0"}
        branches = []
        for part in self.policy.part_period:
            if part.otherwise:
                branches.append(f"ELSE {due[part.due]}")
            else:
                branches.append(f"WHEN {self._reaches(part.active_at_least)} THEN {due[part.due]}")
        return f"CASE {' '.join(branches)} END"

    def _reaches(self, length: Parameter | Duration | None) -> str:
        """Active days laid end to end reach the same day N months (or N days) later."""
        assert isinstance(length, Duration)
        if length.clock == "months":
            later = f"(DATE '1970-01-01' + o.first_day::INTEGER) + INTERVAL {length.amount} MONTH"
            return f"o.first_day + o.active_days >= date_diff('day', DATE '1970-01-01', ({later})::DATE)"
        days = length.amount if length.clock == "calendar days" else length.amount // DAY
        return f"o.active_days >= {days}"

    def _found(self) -> str:
        """How many were found and may have been, and the instant at which enough were."""
        needed = self._needed()
        head = f'"{self._name("ob")}" o {self.env.join("o.first_us", _site("o"))} {self.scope.join_sql()}'
        share, gap = self._share(), self._gap()
        base = f"SELECT o.*, ({needed}) AS needed, {share[0]} AS share_n, {share[1]} AS share_d, {gap} AS gap FROM {head}"
        if self.policy.covers:
            return f"WITH b AS ({base}) {self._covered()}"
        sure, possible = (self._count(test) for test in ("m.counts", "m.counts IS NOT FALSE"))
        lost = self._lost_day() if self.policy.counted_if_apart is not None else "NULL::BIGINT"
        counted = (
            f"SELECT b.*, coalesce(c.sure.n, 0) AS found, coalesce(c.possible.n, 0) AS possible, c.sure.t AS met_at, {lost} AS lost_day "
            f"FROM b LEFT JOIN (SELECT b.ob, {sure} AS sure, {possible} AS possible FROM b "
            f'JOIN "{self._name("match")}" m ON m.ob = b.ob GROUP BY b.ob) c ON c.ob = b.ob'
        )
        return (
            f"WITH b AS ({base}), n AS ({counted}) SELECT n.*, CASE WHEN n.lost_day < n.last_day "
            f"THEN greatest(coalesce(d.start_us, n.first_us), n.first_us + 1) ELSE n.last_us END AS lapse_us "
            f'FROM n LEFT JOIN "_day" d ON d.site = n."#site" AND d.day = n.lost_day + 1'
        )

    @staticmethod
    def _lost_day() -> str:
        """The last day on which it could still be met: the j-th record must lie far enough before the end for the rest."""
        latest = "b.last_day - b.gap * (b.needed - 1 - j)"
        late = f"coalesce(len(c.sure.l), 0) <= j OR c.sure.l[j + 1] > {latest}"
        return f"list_min(list_transform(list_filter(range(b.needed), lambda j: {late}), lambda j: {latest}))"

    def _count(self, test: str) -> str:
        """{n, t}: how many count, and the instant of the one that was enough."""
        if self.policy.counted_if_apart is not None:
            return self._apart(test)
        if self.policy.expects.distinct is not None:
            raise not_executed(self.policy.id, " `distinct`", "`distinct`")
        times = f"list_sort(list(m.moment) FILTER (WHERE {test}))"
        return f"{{'n': count(*) FILTER (WHERE {test}), 't': list_extract({times}, greatest(any_value(b.needed), 1))}}"

    def _apart(self, test: str) -> str:
        """Greedily from the earliest: the next that lies far enough after the last that counted."""
        item = "{'d': m.\"day\", 't': m.moment, 'n': 1::BIGINT, 'u': CASE WHEN b.needed <= 1 THEN m.moment END, 'k': b.needed, 'g': b.gap, 'l': [m.\"day\"]}"
        rows = f'list_sort(list({item}) FILTER (WHERE {test} AND m."day" IS NOT NULL))'
        step = (
            "lambda a, x: CASE WHEN x.d - a.d >= a.g THEN {'d': x.d, 't': x.t, 'n': a.n + 1, "
            "'u': CASE WHEN a.n + 1 = a.k THEN x.t ELSE a.u END, 'k': a.k, 'g': a.g, 'l': list_append(a.l, x.d)} ELSE a END"
        )
        reduced = f"CASE WHEN len({rows}) > 0 THEN list_reduce({rows}, {step}) END"
        return f"{{'n': ({reduced}).n, 't': ({reduced}).u, 'l': ({reduced}).l}}"

    def _gap(self) -> str:
        apart = self.policy.counted_if_apart
        if apart is None:
            return "0"
        return str(apart.amount) if isinstance(apart, Duration) else self.scope.parameter(apart).sql

    def _covered(self) -> str:
        """Every member in at least N of the matching records: measured is the smallest number (§7.6)."""
        covers = self.policy.covers
        assert covers is not None
        member_kind = self.audit.types[covers.all_of.record]
        source = "p" if member_kind.active else "u"
        inner = Scope(self.policy, covers.all_of.record, "g", self.env, "b.first_us", truth, seen=False)
        keys = " AND ".join(f"g.{name(theirs)} = b.{name(ours)}" for theirs, ours in covers.all_of.match.items())
        parts = [truth(inner, covers.all_of.where).known]
        if member_kind.active:
            parts.append("g.from_us <= b.first_us AND g.until_us >= b.last_us")
        member = name(covers.all_of.field)
        wanted = (
            f'SELECT DISTINCT b.ob, g.{member} AS member FROM b JOIN "{source}.{covers.all_of.record}" g '
            f'ON g."#site" = b."#site" AND {keys} {inner.join_sql()} WHERE {common.both(parts)}'
        )
        hit = "(list_contains(m.members, w.member) OR m.complete)"
        maybe = "(len(m.members) IS NULL OR len(m.members) = 0)"
        per_member = (
            f'SELECT w.ob, w.member, count(*) FILTER (WHERE m.counts AND {hit}) AS n, '
            f"count(*) FILTER (WHERE m.ob IS NOT NULL AND m.counts IS NOT FALSE AND ({hit} OR {maybe})) AS possible, "
            f"list_extract(list_sort(list(m.moment) FILTER (WHERE m.counts AND {hit})), greatest(any_value(b.needed), 1)) AS t "
            f'FROM w JOIN b ON b.ob = w.ob LEFT JOIN "{self._name("match")}" m ON m.ob = w.ob GROUP BY w.ob, w.member'
        )
        # The rank of the member on which the share turns: the share of them, rounded up.
        rank = "greatest(1, (count(*) * any_value(b.share_n) + any_value(b.share_d) - 1) // any_value(b.share_d))"
        return (
            f", w AS ({wanted}), c AS ({per_member}), k AS (SELECT c.ob, count(*) AS members, "
            f"list_extract(list_reverse_sort(list(c.n)), {rank}) AS found, "
            f"list_extract(list_reverse_sort(list(c.possible)), {rank}) AS possible, "
            f"list_extract(list_sort(list(c.t) FILTER (WHERE c.t IS NOT NULL)), {rank}) AS met_at FROM c JOIN b ON b.ob = c.ob GROUP BY c.ob) "
            f"SELECT b.*, k.members, k.found, k.possible, k.met_at, b.last_us AS lapse_us FROM b LEFT JOIN k ON k.ob = b.ob"
        )

    def _share(self) -> tuple[str, str]:
        covers = self.policy.covers
        if covers is None or covers.share is None:
            return "1", "1"
        if isinstance(covers.share, Parameter):
            found = self.scope.parameter(covers.share)
            return found.sql, found.second
        value = typed(covers.share, "share")
        return str(value.value), str(value.second)

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
            f"CASE WHEN ({where.known}) IS NULL THEN {where.missing} WHEN o.needed IS NULL THEN 'at_least' "
            f"WHEN {unknown_members} THEN {text(policy.covers.all_of.record if policy.covers else '')} "
            f"WHEN o.possible >= o.needed THEN {text(policy.expects.record)} "
            f"WHEN {start} > o.first_us OR {end} < o.lapse_us THEN 'coverage' ELSE {excuse.missing} END"
        )
        closing = Scope(policy, policy.for_each, "l", self.env, "(o.last_us - 1)", truth, scope.joins, seen=False)
        row = common.each(0, {
            "v": verdict, "subject": common.subject_sql([f"o.{name(one)}" for one in self.subject]), "ordinal": "o.label",
            "field": missing, "measured": "o.found", "limit": "o.needed", "unit": "'times'", "due": "(o.period_until - 1)",
            "decided": f"CASE WHEN o.found >= o.needed AND o.needed > 0 THEN o.met_at ELSE {last} END", "began": "o.first_us",
            "accountable": common.accountable_sql(closing, "o.first_us", f"least({last}, e.as_of)"), "points": common.points_sql(scope),
            "because": common.because_sql(scope), "args": common.args_sql(scope), "value": common.value_sql(scope),
        })  # fmt: skip
        latest = ", ".join(f"o.{name('last ' + field)} AS {name(field)}" for field in self.kind.stored)
        return (
            f'SELECT o."#site" AS site, o.file, o."row", FALSE AS disputed, \'\' AS version_of, o.first_us AS occurred, e."offset", {row} '
            f'FROM "{self._name("found")}" {alias} {self.env.join("o.first_us", _site("o"))} '
            f'CROSS JOIN LATERAL (SELECT o."#site", {latest}) l {scope.join_sql()}'
        )

    def _evidence(self) -> str:
        """The records found, by site, subject and period."""
        return (
            f'SELECT o."#site" AS site, {common.subject_sql([f"o.{name(one)}" for one in self.subject])} AS subject, o.label AS ordinal, '
            f'{text(self.policy.expects.record)} AS record, m."key", m.mfile AS file, m.mrow AS "row" '
            f'FROM "{self._name("match")}" m JOIN "{self._name("ob")}" o ON o.ob = m.ob'
        )


def _site(alias: str) -> str:
    return f'{alias}."#site"'
