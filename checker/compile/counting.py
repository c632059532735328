"""What was found of what a frequency asks: counted, far enough apart, of every member (language §7.5, §7.6)."""

from __future__ import annotations

from checker.compile import common
from checker.compile.conditions import truth
from checker.compile.lengths import CALENDAR, ELAPSED, MONTHS, amount_of, by_clock
from checker.compile.operands import constant
from checker.compile.scope import Scope
from checker.compile.spells import row_number
from checker.compile.sql import DAY, Expr, name
from checker.compile.values import Env, typed
from checker.plan import Audit
from checker.policy.kinds import Frequency, PeriodField
from checker.policy.values import Duration, Parameter

EVER = 999_999
"""A day after all days."""


class Counting:
    """The step of a frequency's chain of views that counts: obligations and matches in, numbers out."""

    policy: Frequency
    audit: Audit
    env: Env
    scope: Scope

    def _name(self, step: str) -> str:
        raise NotImplementedError

    def _needed(self) -> str:
        limit = constant(self.scope, Expr("", "count"), self.policy.at_least).sql if self.policy.at_least is not None else ""
        if isinstance(self.policy.every, PeriodField):
            said = row_number(self.scope.field(self.policy.every.field).sql)
            limit = f"CASE WHEN {said} IS NOT NULL THEN greatest({said}, {limit}) END" if limit else said
        if not self.policy.part_period:
            return limit
        due = {"all": limit, "half": f"(({limit} + 1) // 2)", "none": "0"}
        branches = []
        for part in self.policy.part_period:
            if part.otherwise:
                branches.append(f"WHEN TRUE THEN {due[part.due]}")
            else:
                branches.append(f"WHEN {self._reaches(part.active_at_least)} THEN {due[part.due]}")
        return f"CASE {' '.join(branches)} END"

    def _reaches(self, length: Parameter | Duration | None) -> str:
        """Active days laid end to end reach the same day N months (or N days) later."""
        assert length is not None
        amount, clock, clocks = amount_of(self.scope, length)
        later = f"(DATE '1970-01-01' + o.first_day::INTEGER) + to_months(({amount})::INTEGER)"
        forms = {
            ELAPSED: f"o.active_days >= {amount} // {DAY}", CALENDAR: f"o.active_days >= {amount}",
            MONTHS: f"o.first_day + o.active_days >= date_diff('day', DATE '1970-01-01', ({later})::DATE)",
        }  # fmt: skip
        return by_clock({one: forms[one] for one in clocks}, clock)

    def _found(self) -> str:
        """How many were found and may have been, and the instant at which enough were."""
        needed = self._needed()
        head = f'"{self._name("ob")}" o {self.env.join("o.first_us", self.scope.site)} {self.scope.join_sql()}'
        share, gap = self._share(), self._gap()
        base = f"SELECT o.*, ({needed}) AS needed, {share[0]} AS share_n, {share[1]} AS share_d, {gap} AS gap FROM {head}"
        if self.policy.covers:
            return f"WITH b AS ({base}) {self._covered()}"
        sure, possible = (self._count(test) for test in ("m.counts", "m.counts IS NOT FALSE"))
        lost = self._lost_day() if self.policy.counted_if_apart is not None else "NULL::BIGINT"
        counted = (
            f"SELECT b.*, coalesce(c.sure.n, 0) AS found, coalesce(c.possible.n, 0) AS possible, c.sure.t AS met_at, {lost} AS lost_day "
            f"FROM b LEFT JOIN (SELECT b.ob, {sure} AS sure, {possible} AS possible FROM b "
            f"JOIN {self._once()} m ON m.ob = b.ob GROUP BY b.ob) c ON c.ob = b.ob"
        )
        if self.policy.expects.for_period is not None:
            return f"WITH b AS ({base}) SELECT n.*, n.closes AS lapse_us FROM ({counted}) n"
        return (
            f"WITH b AS ({base}), n AS ({counted}) SELECT n.*, CASE WHEN n.lost_day < n.last_day "
            f"THEN greatest(coalesce(d.start_us, CASE WHEN n.lost_day < n.first_day THEN n.first_us ELSE n.last_us END), n.first_us + 1) ELSE n.last_us END AS lapse_us "
            f'FROM n LEFT JOIN "_day" d ON d.site = n."#site" AND d.day = n.lost_day + 1'
        )

    @staticmethod
    def _lost_day() -> str:
        """The last day on which it could still be met: the j-th record must lie far enough before the end for the rest."""
        latest = "b.last_day - b.gap * (b.needed - 1 - j)"
        late = f"coalesce(len(c.sure.l), 0) <= j OR c.sure.l[j + 1] > {latest}"
        return f"list_min(list_transform(list_filter(range(b.needed), lambda j: {late}), lambda j: {latest}))"

    def _once(self) -> str:
        """The records found; those that are one in the field of `distinct` count once, at the first that surely counts."""
        match = f'"{self._name("match")}"'
        if self.policy.expects.distinct is None:
            return match
        return (
            f"(SELECT ob, CASE WHEN same IS NULL THEN NULL ELSE nullif(bool_or(coalesce(counts, FALSE)), FALSE) END AS counts, "
            f'min(moment) FILTER (WHERE counts) AS moment, min("day") FILTER (WHERE counts) AS "day" '
            f'FROM {match} GROUP BY ob, same, CASE WHEN same IS NULL THEN "key" END)'
        )

    def _count(self, test: str) -> str:
        """{n, t}: how many count, and the instant of the one that was enough."""
        if self.policy.counted_if_apart is not None:
            return self._apart(test)
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
        parts = [f"g.{name(theirs)} = b.{name(ours)}" for theirs, ours in covers.all_of.match.items()]
        parts.append(truth(inner, covers.all_of.where).known)
        if member_kind.active:
            parts.append("g.from_us <= b.first_us AND g.until_us >= b.last_us")
        member = name(covers.all_of.field)
        wanted = (
            f'SELECT DISTINCT b.ob, g.{member} AS member FROM b JOIN "{source}.{covers.all_of.record}" g '
            f'ON g."#site" = b."#site" {inner.join_sql()} WHERE {common.both(parts)}'
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


__all__ = ["Counting", "EVER"]
