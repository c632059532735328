"""Never without for longer than a time: one obligation a spell, broken by its first gap that is too long (language §7.14)."""

from __future__ import annotations

from checker.compile import common
from checker.compile.conditions import truth
from checker.compile.lengths import CALENDAR, ELAPSED, MONTHS, WORKING, amount_of, by_clock, day_after, day_start, local_day, working_days
from checker.compile.related import Bounds
from checker.compile.scope import Scope
from checker.compile.sql import name, text
from checker.compile.values import Env
from checker.plan import EXEMPT, FAIL, FOREVER, NONE, PASS, PENDING, UNKNOWN
from checker.policy.kinds import Frequency
from checker.policy.records import RecordType

UNITS = {ELAPSED: "'us'", CALENDAR: "'days'", WORKING: "'workdays'", MONTHS: "'days'"}


class Never:
    """The last steps of a frequency's chain of views where gaps are measured."""

    policy: Frequency
    env: Env
    scope: Scope
    subject: tuple[str, ...]
    kind: RecordType

    def _name(self, step: str) -> str:
        raise NotImplementedError

    def _gaps(self) -> str:
        """By obligation: the longest gap, its limit, and the first that was too long: for certain, and with what may count."""
        start, end = self.scope.env.covered_last(self.policy.expects.record)
        amount, clock, clocks = self._length()
        head = f'FROM "{self._name("ob")}" o {self.env.join("o.first_us", self.scope.site)} {self.scope.join_sql()}'
        based = (
            f"SELECT o.*, greatest(o.first_us, {start}) AS _since, {start} > o.first_us AS _late, {end} AS _covered, least(o.last_us - 1, e.as_of) AS _stop, "
            f"least(o.last_us, e.as_of) - 1 AS _seen, ({amount}) AS _amount, ({clock}) AS _clock {head}"
        )
        match = f'"{self._name("match")}"'
        points = " UNION ALL ".join((
            "SELECT ob, _since AS _t, TRUE AS counts FROM b",
            f"SELECT b.ob, m.moment, m.counts FROM b JOIN {match} m ON m.ob = b.ob WHERE m.moment >= b._since AND m.moment <= b._stop",
        ))  # fmt: skip
        found = {"sure": "counts", "possible": "counts IS NOT FALSE"}
        gaps = ", ".join(f"{which} AS ({self._measured(test, clocks)})" for which, test in found.items())
        vague = f"EXISTS (SELECT 1 FROM {match} m WHERE m.ob = b.ob AND m.moment IS NULL)"
        return (
            f"WITH b AS ({based}), points AS ({points}), {gaps} SELECT b.*, s._gap, s._lim, s._broken, s._next_due, "
            f"CASE WHEN NOT {vague} THEN p._broken END AS _broken_anyway FROM b LEFT JOIN sure s ON s.ob = b.ob LEFT JOIN possible p ON p.ob = b.ob"
        )

    def _length(self) -> tuple[str, str, tuple[int, ...]]:
        assert self.policy.never_without_for is not None
        return amount_of(self.scope, self.policy.never_without_for)

    def _measured(self, test: str, clocks: tuple[int, ...]) -> str:
        """Gaps between points that pass a test: each from one to the next, or to the end of what is seen."""
        assert self.policy.never_without_for is not None
        site = 'g."#site"'
        inner = Scope(self.policy, self.policy.for_each, "g", self.env, "g._t", truth, seen=False)
        due = {one: self._due(inner, one) for one in clocks}
        day, last = local_day(site, "g._t"), local_day(site, "coalesce(g._following, g._seen)")
        gap = {ELAPSED: "coalesce(g._following, g._stop) - g._t", CALENDAR: f"{last} - {day}", MONTHS: f"{last} - {day}"}
        limit = {ELAPSED: "g._amount", CALENDAR: "g._amount", WORKING: "g._amount", MONTHS: f"{local_day(site, 'g._due')} - {day}"}
        if WORKING in clocks:
            gap[WORKING] = f"CASE WHEN {last} > {day} THEN {working_days(site, last, early=False)} - {working_days(site, day)} ELSE 0 END"
        stretches = (
            f"SELECT b.*, q._t, lead(q._t) OVER (PARTITION BY q.ob ORDER BY q._t) AS _following FROM points q JOIN b ON b.ob = q.ob WHERE q.{test}"
        )
        values = self.env.join("g.first_us", site) if WORKING in clocks else ""
        dated = f"SELECT g.*, {by_clock(due, 'g._clock')} AS _due FROM ({stretches}) g {values}"
        sized = (
            f"SELECT g.*, {by_clock({one: gap[one] for one in clocks}, 'g._clock')} AS _gap, {by_clock({one: limit[one] for one in clocks}, 'g._clock')} AS _lim "
            f"FROM ({dated}) g"
        )
        return (
            f"SELECT ob, max(_gap) AS _gap, arg_max(_lim, _gap) AS _lim, min(_due) FILTER (WHERE _due < coalesce(_following, _stop)) AS _broken, max(_due) AS _next_due "
            f"FROM ({sized}) GROUP BY ob"
        )

    def _due(self, inner: Scope, clock: int) -> str:
        """The last instant at which a gap that begins at `t` is not too long."""
        if clock == ELAPSED:
            return "g._t + g._amount"
        target = day_after(inner, local_day(inner.site, "g._t"), "g._amount", clock)
        return f"{day_start(inner.site, f'({target}) + 1')} - 1"

    def _never_verdict(self) -> str:
        """A gap that is too long decides; else the spell's end does, where all of it was covered."""
        policy, scope = self.policy, self.scope
        where = truth(scope, policy.where)
        failed = "coalesce(o._broken_anyway < o._covered, FALSE)"
        decided = f"CASE WHEN {failed} THEN o._broken_anyway WHEN o._broken IS NOT NULL THEN o._broken WHEN o.last_us < {FOREVER} THEN o.last_us - 1 END"
        excuse = truth(scope, policy.excused_when, Bounds(lower="o.period_from", upper="o._broken_anyway"))
        excused = f"CASE WHEN {excuse.known} THEN {EXEMPT} WHEN ({excuse.known}) IS NULL THEN {UNKNOWN} ELSE {FAIL} END" if policy.excused_when else str(FAIL)
        verdict = (
            f"CASE WHEN ({where.known}) IS FALSE THEN {NONE} WHEN ({where.known}) IS NULL OR o._amount IS NULL THEN {UNKNOWN} "
            f"WHEN {failed} THEN {excused} WHEN o._broken IS NOT NULL THEN {UNKNOWN} WHEN o.last_us - 1 >= e.as_of THEN {PENDING} "
            f"WHEN o._late OR o._covered < o.last_us THEN {UNKNOWN} ELSE {PASS} END"
        )
        missing = (
            f"CASE WHEN ({where.known}) IS NULL THEN {where.missing} WHEN o._amount IS NULL THEN 'never_without_for' "
            f"WHEN {failed} THEN {excuse.missing} WHEN o._broken IS NOT NULL AND coalesce(o._broken_anyway IS NULL, TRUE) THEN {text(policy.expects.record)} ELSE 'coverage' END"
        )
        closing = Scope(policy, policy.for_each, "l", self.env, f"least({decided}, e.as_of)", truth, scope.joins, seen=False, late=scope.late)
        row = common.each(0, {
            "v": verdict, "subject": common.subject_sql([f"o.{name(one)}" for one in self.subject]), "ordinal": "o.label", "field": missing,
            "measured": "o._gap", "limit": "o._lim", "unit": by_clock({one: UNITS[one] for one in self._length()[2]}, "o._clock"),
            "due": "coalesce(o._broken_anyway, o._broken, least(o._next_due, o.last_us - 1))", "decided": decided, "began": "o.first_us",
            "accountable": common.accountable_sql(closing, "o.first_us", f"least({decided}, e.as_of)"), "points": common.points_sql(scope),
            "because": common.because_sql(scope), "args": common.args_sql(scope), "value": common.value_sql(scope),
        })  # fmt: skip
        latest = ", ".join(f"o.{name('last ' + field)} AS {name(field)}" for field in self.kind.stored)
        occurred = f"CASE WHEN o.first_us > {-FOREVER} THEN o.first_us ELSE e.p_from END"
        return (
            f"SELECT o.\"#site\" AS site, o.file, o.\"row\", FALSE AS disputed, '' AS version_of, {occurred} AS occurred, e.\"offset\", {row} "
            f'FROM "{self._name("found")}" o {self.env.join("o.first_us", scope.site)} '
            f'CROSS JOIN LATERAL (SELECT o."#site", {latest}) l {scope.join_sql()}'
        )


__all__ = ["Never"]
