"""Rates: the members of a period that meet a condition, as a share that reaches a target (language §2, §6, §7.7)."""

from __future__ import annotations

from collections.abc import Iterator

from checker.calendars import day_start, spans
from checker.compile import common
from checker.compile.conditions import Bounds, constant, truth
from checker.compile.scope import Scope, not_executed
from checker.compile.sql import Expr, Truth, all_true, name, negated, text
from checker.compile.values import Env, Value, at, slots, typed
from checker.plan import FAIL, NONE, PASS, PENDING, UNKNOWN, Audit, Site, Table, Unit, View
from checker.policy.conditions import Condition, Related
from checker.policy.kinds import Rate
from checker.policy.values import Duration, Parameter


def compile_rate(policy: Rate, audit: Audit) -> tuple[Unit, list[Table], list[View]]:
    """The unit of one rate, its tables, and the view of its members."""
    if not isinstance(policy.that, Condition):
        raise not_executed(policy.id, "平均值或总量之比", "a mean or a ratio of sums")
    if policy.share_of.distinct:
        raise not_executed(policy.id, " `distinct`", "`distinct`")
    return _Build(policy, audit).made()


class _Build:
    def __init__(self, policy: Rate, audit: Audit) -> None:
        self.policy, self.audit = policy, audit
        self.env = Env(audit, f"_env {policy.id}")
        self.kind = audit.types[policy.share_of.record]
        self.scope = Scope(policy, policy.share_of.record, "r", self.env, "NULL", truth)
        self.time = self.scope.moment(policy.share_of.time or self.kind.time or "")
        self.scope.instant = self.time
        # What the member's own time needs is joined before the period in which it lies.
        self.time_joins = self.scope.join_sql()
        self.scope.joins.clear()
        self.members_name, self.period_name = f"{policy.id} member", f"{policy.id} period"

    def made(self) -> tuple[Unit, list[Table], list[View]]:
        view = View(self.members_name, self._members(), stored=True)
        scan = self._verdict()
        unit = Unit(f"rate {self.policy.id}", (self.policy.id,), scan, (0,), small=True, evidence=self._evidence())
        return unit, [*self.env.tables(), *self._period_table()], [view]

    # -- members ------------------------------------------------------------------------------------------------------

    def _members(self) -> str:
        """One row a record and period: its groups, and whether it meets (1), misses (0), is exempt (2), unknown (3),
        or unknown whether it belongs at all (4)."""
        policy, scope = self.policy, self.scope
        groups = ", ".join(f"{scope.field(path).sql}::VARCHAR AS g{index}" for index, path in enumerate(policy.group_by))
        where = all_true([truth(scope, policy.share_of.where), *self._not_void()])
        upper = Bounds(until="p.closes_us")
        assert isinstance(policy.that, Condition)
        met = truth(scope, policy.that, upper)
        excuse = truth(scope, policy.excused_when, upper).known if policy.excused_when else "FALSE"
        pending = f"WHEN {met.pending} THEN 0 " if met.pending else ""
        state = (
            f"CASE WHEN ({where.known}) IS NULL THEN 4 WHEN {met.known} THEN 1 {pending}WHEN ({met.known}) IS NULL THEN 3 "
            f"WHEN {excuse} THEN 2 WHEN ({excuse}) IS NULL THEN 3 ELSE 0 END"
        )
        key = common.subject_sql([f"r.{name(one)}" for one in self.kind.key])
        return (
            f'SELECT r."#site" AS site, r."#file" AS file, r."#row" AS "row", {key} AS "key", {self.time} AS moment, p.label, {groups}, '
            f"({state})::TINYINT AS state, coalesce({where.missing}, {met.missing}) AS missing "
            f'FROM "u.{policy.share_of.record}" r {self.time_joins} '
            f'JOIN "{self.period_name}" p ON p.site = r."#site" AND {self.time} >= p.from_us AND {self.time} < p.until_us '
            f"{self.env.join('p.from_us', scope.site)} {self.scope.join_sql()} WHERE ({where.known}) IS NOT FALSE"
        )

    def _not_void(self) -> list[Truth]:
        return [negated(truth(self.scope, self.kind.void))] if self.kind.void else []

    # -- periods ------------------------------------------------------------------------------------------------------

    def _period_table(self) -> Iterator[Table]:
        columns = {"site": "VARCHAR", "from_us": "BIGINT", "until_us": "BIGINT", "closes_us": "BIGINT", "label": "VARCHAR"}
        yield Table(self.period_name, columns, tuple(row for site in self.audit.sites for row in self._periods(site)))

    def _periods(self, site: Site) -> Iterator[tuple[object, ...]]:
        """Periods that overlap the audit's, or close in it, with the instant at which late answers stop counting."""
        every = self._kind_of_period(site)
        more = self.policy.counted_until
        if more is not None and not (isinstance(more, Duration) and more.clock in ("elapsed", "calendar days")):
            raise not_executed(self.policy.id, " `counted_until`", "this `counted_until`")
        days = more.amount if isinstance(more, Duration) and more.clock == "calendar days" else 0
        micros = more.amount if isinstance(more, Duration) and more.clock == "elapsed" else 0
        for span in spans(every, self.audit.period.first, self.audit.period.until):
            closes = day_start(site.zone, span.until + days) + micros
            yield (site.id, day_start(site.zone, span.first), day_start(site.zone, span.until), closes, span.label)

    def _kind_of_period(self, site: Site) -> str:
        if isinstance(self.policy.per, Parameter):
            found = at(slots(self.policy, self.policy.per.name, self.audit)[0].series[site.id], site.first)
            return str(found.value) if found else "month"  # type: ignore[attr-defined]
        return str(self.policy.per)

    # -- verdict ------------------------------------------------------------------------------------------------------

    def _target(self) -> Value:
        written = self.policy.at_least if self.policy.at_least is not None else self.policy.at_most
        if isinstance(written, Parameter):
            return self.scope.parameter(written)
        value = typed(written, "share")
        return Value("share", str(value.value), str(value.second))

    def _verdict(self) -> str:
        policy = self.policy
        groups = [f"g{index}" for index in range(len(policy.group_by))]
        listed = ", ".join(groups)
        self.scope.joins.clear()
        target = self._target()
        least = policy.at_least is not None
        sample = constant(self.scope, Expr("", "count"), policy.min_sample).sql if policy.min_sample is not None else "1"
        start, end = self._covered()
        counted = (
            f"SELECT site, label, {listed}, count(*) FILTER (WHERE state = 1) AS met, count(*) FILTER (WHERE state = 0) AS missed, "
            f"count(*) FILTER (WHERE state = 3) AS open, count(*) FILTER (WHERE state = 4) AS doubtful, "
            f'min(moment) FILTER (WHERE state = 0) AS first_miss, min(file) AS file, min("row") AS "row", min(missing) AS missing '
            f'FROM "{self.members_name}" GROUP BY site, label, {listed}'
        )
        numbers = (
            f"SELECT p.*, {', '.join('c.' + one for one in groups)}, coalesce(c.met, 0) AS met, coalesce(c.missed, 0) AS missed, "
            f"coalesce(c.open, 0) AS open, coalesce(c.doubtful, 0) AS doubtful, c.first_miss, c.file, c.\"row\", c.missing, "
            f"coalesce(c.met + c.missed, 0) AS members, coalesce(c.met + c.missed + c.open + c.doubtful, 0) AS all_members, "
            f"coalesce(c.open + c.doubtful, 0) AS free "
            f'FROM "{self.period_name}" p LEFT JOIN ({counted}) c ON c.site = p.site AND c.label = p.label'
        )
        n, d = target.sql, target.second
        worst, best = ("(o.met)", "(o.met + o.free)") if least else ("(o.met + o.free)", "(o.met)")
        sign = ">=" if least else "<="
        sure = f"{worst} * {d} {sign} {n} * o.all_members"
        never = f"NOT ({best} * {d} {sign} {n} * o.all_members)"
        lost = f"({self._incurable()} AND {n} = {d} AND o.missed > 0)" if least else "FALSE"
        verdict = (
            f"CASE WHEN {self.env.on(policy)} IS NOT TRUE OR o.all_members < {sample} OR o.all_members = 0 THEN {NONE} "
            f"WHEN {lost} THEN {FAIL} WHEN o.closes_us - 1 >= e.as_of THEN {PENDING} "
            f"WHEN o.members < {sample} OR {start} > o.from_us OR {end} < o.closes_us THEN {UNKNOWN} "
            f"WHEN {sure} THEN {PASS} WHEN {never} THEN {FAIL} ELSE {UNKNOWN} END"
        )
        limit = f"(({n} * o.members + {d} - 1) // {d})" if least else f"(({n} * o.members) // {d})"
        missing = f"CASE WHEN {start} > o.from_us OR {end} < o.closes_us THEN 'coverage' ELSE coalesce(o.missing, {text(policy.share_of.record)}) END"
        subjects = [f"o.g{index}" for index in range(len(groups))]
        if tuple(policy.group_by) == ("site_id",):
            subjects = ["o.site"]
        row = common.each(0, {
            "v": verdict, "subject": common.subject_sql(subjects), "ordinal": "o.label", "field": missing, "measured": "o.met",
            "limit": limit, "unit": "'members'", "due": "(o.closes_us - 1)", "decided": f"CASE WHEN {lost} THEN o.first_miss ELSE o.closes_us - 1 END",
            "began": "o.from_us", "accountable": self._accountable(), "points": common.points_sql(self.scope),
            "because": "0" if policy.because else "NULL", "args": "json_object('members', o.members)::VARCHAR", "value": common.value_sql(self.scope),
        })  # fmt: skip
        return (
            f'SELECT o.site, o.file, o."row", FALSE AS disputed, \'\' AS version_of, o.from_us AS occurred, e."offset", {row} '
            f"FROM ({numbers}) o {self.env.join('o.from_us', 'o.site')}"
        )

    def _accountable(self) -> str:
        """A group answers through the field it is grouped by, where the policy names one."""
        who = self.policy.accountable
        if isinstance(who, str) and who in self.policy.group_by:
            return f"o.g{self.policy.group_by.index(who)}"
        return "NULL"

    def _incurable(self) -> str:
        """A miss that no later record can cure: the condition reads no related records."""
        return "FALSE" if next(_related(self.policy.that), None) else "TRUE"

    def _covered(self) -> tuple[str, str]:
        """From the latest start to the earliest end of what the sources cover."""
        records = [self.policy.share_of.record, *(clause.record for clause in _related(self.policy.that))]
        pairs = [self.env.covered(record) for record in dict.fromkeys(records)]
        starts, ends = ", ".join(pair[0] for pair in pairs), ", ".join(pair[1] for pair in pairs)
        return f"greatest({starts})", f"least({ends})"

    def _evidence(self) -> str:
        """The members that do not meet, by site, group and period."""
        subjects = ["site"] if tuple(self.policy.group_by) == ("site_id",) else [f"g{i}" for i in range(len(self.policy.group_by))]
        return (
            f"SELECT site, {common.subject_sql(subjects)} AS subject, label AS ordinal, {text(self.policy.share_of.record)} AS record, "
            f'"key", file, "row" FROM "{self.members_name}" WHERE state IN (0, 3, 4)'
        )


def _related(condition: object) -> Iterator[Related]:
    """The related clauses anywhere in a condition."""
    if not isinstance(condition, Condition):
        return
    for _, value in condition.parts():
        if isinstance(value, Related):
            yield value
        elif isinstance(value, Condition):
            yield from _related(value)
        elif isinstance(value, tuple):
            for one in value:
                yield from _related(one)
