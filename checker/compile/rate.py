"""Rates: the members of a period that meet a condition, as a share that reaches a target (language §2, §6, §7.7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from checker.compile import common
from checker.compile.conditions import truth
from checker.compile.marks import of_rate
from checker.compile.operands import constant
from checker.compile.periods import period_table
from checker.compile.related import Bounds
from checker.compile.requirement import unit_of
from checker.compile.scope import Scope
from checker.compile.sql import Expr, Truth, all_true, name, negated, text
from checker.compile.values import Env, Value, typed
from checker.plan import FAIL, NONE, PASS, PENDING, UNKNOWN, Audit, Mark, Table, Unit, View
from checker.policy.conditions import Condition, Related
from checker.policy.kinds import MeanOf, Rate, RatioOf
from checker.policy.values import Parameter


def compile_rate(policy: Rate, audit: Audit) -> tuple[Unit, list[Table], list[View]]:
    """The unit of one rate, its tables, and the view of its members."""
    return _Build(policy, audit).made()


@dataclass(frozen=True, slots=True)
class Compared:
    """What a group's verdict compares, as SQL: the target n of d, what is measured of which whole, and when the comparison
    surely holds and when it never does. `nothing` says what else leaves nothing to compare, `lost` when a miss decides."""

    n: str
    d: str
    unit: str
    measured: str
    whole: str
    sure: str
    never: str
    nothing: str = ""
    scale: int = 1
    lost: str = "FALSE"

    @property
    def args(self) -> str:
        return f"json_object('members', o.members, 'whole', {self.whole}, 'target', [{self.n}, {self.d}])::VARCHAR"

    @property
    def shown(self) -> str:
        return self.measured if self.scale == 1 else f"({self.measured} * {self.scale})::BIGINT"

    @property
    def unit_shown(self) -> str:
        return self.unit if self.scale == 1 else "'e-4'"

    def limit(self, least: bool) -> str:
        """The whole number of what is measured that reaches the target, or does not pass it."""
        up = f" + {self.d} - 1" if least else ""
        limit = f"(({self.n} * {self.whole} * {self.scale}{up}) // {self.d})"
        return limit if self.scale == 1 else f"{limit}::BIGINT"


class _Build:
    def __init__(self, policy: Rate, audit: Audit) -> None:
        self.policy, self.audit = policy, audit
        self.env = Env(audit, f"_env {policy.id}")
        self.kind = audit.types[policy.share_of.record]
        self.scope = Scope(policy, policy.share_of.record, "r", self.env, "NULL", truth)
        self.time = self.scope.moment(policy.share_of.time or self.kind.time or "")
        self.scope.instant = self.time
        # What the member's own time needs is joined before the period in which it lies, and only there.
        self.time_joins, self.early = self.scope.join_sql(), frozenset(self.scope.joins)
        # A member is judged as it stood when its period closed.
        self.scope = replace(self.scope, now=f"least({self.env.alias}.as_of, p.closes_us - 1)")
        self.members_name, self.period_name = f"{policy.id} member", f"{policy.id} period"
        self.marks: dict[str, Mark] = {}
        self.least, self.summed = policy.at_least is not None, not isinstance(policy.that, Condition)
        self.sign = ">=" if self.least else "<="

    def made(self) -> tuple[Unit, list[Table], list[View]]:
        view = View(self.members_name, self._members(), stored=True)
        scan = self._verdict()
        unit = Unit(f"rate {self.policy.id}", (self.policy.id,), scan, (0,), small=True, evidence=self._evidence(), rated=True, marks=self.marks)
        return unit, [*self.env.tables(), period_table(self.audit, self.policy, self.period_name, (self.policy.per,), self.policy.counted_until)], [view]

    # -- members ------------------------------------------------------------------------------------------------------

    def _members(self) -> str:
        """One row a record and period: its groups, and whether it meets (1), misses (0), is exempt (2), unknown (3),
        or unknown whether it belongs at all (4)."""
        policy, scope = self.policy, self.scope
        groups = ", ".join(f"{scope.field(path).sql}::VARCHAR AS g{index}" for index, path in enumerate(policy.group_by))
        where = all_true([truth(scope, policy.share_of.where), *self._not_void()])
        upper = Bounds(until="p.closes_us")
        met = self._met(upper)
        above, below = self._amounts()
        excuse = truth(scope, policy.excused_when, upper).known if policy.excused_when else "FALSE"
        pending = f"WHEN {met.pending} THEN 0 " if met.pending else ""
        state = (
            f"CASE WHEN ({where.known}) IS NULL THEN 4 WHEN {met.known} THEN 1 {pending}WHEN ({met.known}) IS NULL THEN 3 "
            f"WHEN {excuse} THEN 2 WHEN ({excuse}) IS NULL THEN 3 ELSE 0 END"
        )
        if not isinstance(policy.that, Condition):
            state = f"CASE WHEN ({where.known}) IS NULL THEN 4 WHEN {excuse} THEN 2 WHEN ({excuse}) IS NULL THEN 3 WHEN {met.known} THEN 1 ELSE 3 END"
        once = self._once(state)
        key = common.subject_sql([f"r.{name(one)}" for one in self.kind.key])
        return (
            f'SELECT r."#site" AS site, r."#file" AS file, r."#row" AS "row", {key} AS "key", {self.time} AS moment, p.label, {groups}, '
            f"({state})::TINYINT AS state, coalesce({where.missing}, {met.missing}) AS missing, {above} AS above, {below} AS below "
            f'FROM "u.{policy.share_of.record}" r {self.time_joins} '
            f'JOIN "{self.period_name}" p ON p.site = r."#site" AND {self.time} >= p.from_us AND {self.time} < p.until_us '
            f"{self.env.join('p.from_us', scope.site)} {self._later_joins()} WHERE ({where.known}) IS NOT FALSE{once}"
        )

    def _later_joins(self) -> str:
        return " ".join([*(sql for alias, sql in self.scope.joins.items() if alias not in self.early), *self.scope.late.values()])

    def _met(self, upper: Bounds) -> Truth:
        """Whether a member meets; of a mean or a ratio of sums, whether it has what is summed."""
        match self.policy.that:
            case MeanOf(mean_of=path):
                paths = [path]
            case RatioOf(sum_of=above, over=below):
                paths = [above, below]
            case condition:
                return truth(self.scope, condition, upper)
        return all_true([Truth(f"CASE WHEN {self.scope.field(one).sql} IS NOT NULL THEN TRUE END", missing=text(one)) for one in paths])

    def _amounts(self) -> tuple[str, str]:
        """What is summed of a member, above and below: a mean has 1 below, a share counts."""
        match self.policy.that:
            case MeanOf(mean_of=path):
                return self.scope.field(path).sql, "1"
            case RatioOf(sum_of=above, over=below):
                return self.scope.field(above).sql, self.scope.field(below).sql
        return "NULL", "NULL"

    def _once(self, state: str) -> str:
        """Members that are one in the fields of `distinct` count once: the first that surely belongs."""
        paths = self.policy.share_of.distinct
        if not paths:
            return ""
        fields = [self.scope.field(path).sql for path in paths]
        key = common.subject_sql([f"r.{name(one)}" for one in self.kind.key])
        alone = f"CASE WHEN {' OR '.join(f'{one} IS NULL' for one in fields)} THEN {key} END"
        same = ", ".join(['r."#site"', "p.label", *fields, alone])
        return f" QUALIFY row_number() OVER (PARTITION BY {same} ORDER BY ({state}) = 4, {self.time}, {key}) = 1"

    def _not_void(self) -> list[Truth]:
        return [negated(truth(self.scope, self.kind.void))] if self.kind.void else []

    # -- verdict ------------------------------------------------------------------------------------------------------

    def _written(self) -> object:
        return self.policy.at_least if self.policy.at_least is not None else self.policy.at_most

    def _target(self) -> Value:
        written = self._written()
        if isinstance(written, Parameter):
            return self.scope.parameter(written)
        value = typed(written, "share")
        return Value("share", str(value.value), str(value.second))

    def _share(self) -> Compared:
        """A share: with every open member against it, and with every one for it."""
        target = self._target()
        n, d, sign = target.sql, target.second, self.sign
        worst, best = ("(o.met)", "(o.met + o.free)") if self.least else ("(o.met + o.free)", "(o.met)")
        sure, never = f"{worst} * {d} {sign} {n} * o.all_members", f"NOT ({best} * {d} {sign} {n} * o.all_members)"
        lost = f"({self._incurable()} AND {n} = {d} AND o.missed > 0)" if self.least else "FALSE"
        return Compared(n, d, "'members'", "o.met", "o.members", sure, never, lost=lost)

    def _sums(self) -> Compared:
        """A mean or a ratio of sums: an open member leaves it open."""
        if isinstance(self.policy.that, MeanOf):
            (n, unit), d = self._mean(), "1"
        else:
            assert isinstance(self.policy.that, RatioOf)
            target, unit = self._target(), text(unit_of(self.scope, self.policy.that.sum_of))
            n, d = target.sql, target.second
        reached = f"o.above * {d} {self.sign} {n} * o.below"
        scale = 10_000 if "decimal" in self._types() else 1
        return Compared(n, d, unit, "o.above", "o.below", f"o.free = 0 AND {reached}", f"o.free = 0 AND NOT ({reached})", " OR (o.free = 0 AND o.below = 0)", scale)

    def _mean(self) -> tuple[str, str]:
        """(target, unit) of a mean, with the meaning that its field gives it."""
        assert isinstance(self.policy.that, MeanOf)
        found = self.scope.field(self.policy.that.mean_of)
        return constant(self.scope, Expr("", found.type), self._written()).sql, text(unit_of(self.scope, self.policy.that.mean_of))

    def _numbers(self) -> str:
        """One row a group and period, with its members by state; a period without any has one too."""
        groups = [f"g{index}" for index in range(len(self.policy.group_by))]
        listed = ", ".join(groups)
        counted = (
            f"SELECT site, label, {listed}, count(*) FILTER (WHERE state = 1) AS met, count(*) FILTER (WHERE state = 0) AS missed, "
            f"count(*) FILTER (WHERE state = 3) AS open, count(*) FILTER (WHERE state = 4) AS doubtful, "
            f'min(moment) FILTER (WHERE state = 0) AS first_miss, min(file) AS file, min("row") AS "row", min(missing) AS missing, '
            f"sum(above) FILTER (WHERE state = 1) AS above, sum(below) FILTER (WHERE state = 1) AS below "
            f'FROM "{self.members_name}" GROUP BY site, label, {listed}'
        )
        return (
            f"SELECT p.*, {', '.join('c.' + one for one in groups)}, coalesce(c.met, 0) AS met, coalesce(c.missed, 0) AS missed, "
            f"coalesce(c.open, 0) AS open, coalesce(c.doubtful, 0) AS doubtful, c.first_miss, c.file, c.\"row\", c.missing, c.site IS NOT NULL AS grouped, "
            f"coalesce(c.met + c.missed, 0) AS members, coalesce(c.met + c.missed + c.open + c.doubtful, 0) AS all_members, "
            f"coalesce(c.open + c.doubtful, 0) AS free, coalesce(c.above, 0) AS above, coalesce(c.below, 0) AS below "
            f'FROM "{self.period_name}" p LEFT JOIN ({counted}) c ON c.site = p.site AND c.label = p.label'
        )

    def _reached(self, compared: Compared, sample: str) -> str:
        """The verdict of a group, in the order of language §6."""
        start, end = self._covered()
        whole_from, whole_until = self.env.covered(self.policy.share_of.record)
        group = "FALSE" if self.summed else "TRUE" if tuple(self.policy.group_by) == ("site_id",) else "o.grouped"
        return (
            f"CASE WHEN {self.env.on(self.policy)} IS NOT TRUE THEN {NONE} WHEN o.all_members < {sample} OR o.all_members = 0{compared.nothing} THEN "
            f"CASE WHEN {group} AND o.closes_us - 1 < e.as_of AND ({whole_from} > o.from_us OR {whole_until} < o.closes_us) THEN {UNKNOWN} ELSE {NONE} END "
            f"WHEN {compared.lost} THEN {FAIL} WHEN o.closes_us - 1 >= e.as_of THEN {PENDING} "
            f"WHEN o.members < {sample} OR {start} > o.from_us OR {end} < o.closes_us THEN {UNKNOWN} "
            f"WHEN {compared.sure} THEN {PASS} WHEN {compared.never} THEN {FAIL} ELSE {UNKNOWN} END"
        )

    def _lacks(self) -> str:
        """The field that an unknown member lacks."""
        return f"coalesce(o.missing, {text(self.policy.share_of.record)})"

    def _missing(self, sample: str) -> str:
        """Why a group is unknown or not applicable."""
        start, end = self._covered()
        none = f"WHEN {self.env.on(self.policy)} IS NOT TRUE THEN 'not in force' WHEN o.all_members = 0 THEN 'no-members' WHEN o.all_members < {sample} THEN 'min-sample'"
        return f"CASE WHEN {start} > o.from_us OR {end} < o.closes_us THEN 'coverage' {none} ELSE {self._lacks()} END"

    def _kept(self, compared: Compared, verdict: str) -> str:
        """What is kept of a group so that its target can be set otherwise without the files."""
        facts = {"low": "o.met", "high": "o.met + o.free", "of": "o.all_members", "base": "o.members", "met": str(PASS), "unmet": str(FAIL),
                 "between": str(UNKNOWN), "lacks_between": self._lacks()}  # fmt: skip
        operator = "at_least" if self.least else "at_most"
        kept = None if self.summed else of_rate(self.policy, self._written(), operator, verdict, compared.sure, facts, self.least and self._incurable() == "TRUE")
        if kept is None:
            return "NULL"
        self.marks[self.policy.id] = kept[0]
        return kept[1]

    def _verdict(self) -> str:
        policy = self.policy
        self.scope.joins.clear()
        compared = self._sums() if self.summed else self._share()
        sample = constant(self.scope, Expr("", "count"), policy.min_sample).sql if policy.min_sample is not None else "1"
        verdict = self._reached(compared, sample)
        subjects = ["o.site"] if tuple(policy.group_by) == ("site_id",) else [f"o.g{index}" for index in range(len(policy.group_by))]
        row = common.each(0, {
            "compared": self._kept(compared, verdict), "v": verdict, "subject": common.subject_sql(subjects), "ordinal": "o.label", "field": self._missing(sample),
            "measured": compared.shown, "limit": compared.limit(self.least), "unit": compared.unit_shown, "due": "(o.closes_us - 1)",
            "decided": f"CASE WHEN {compared.lost} THEN o.first_miss ELSE o.until_us - 1 END",
            "began": "o.from_us", "accountable": self._accountable(), "points": common.points_sql(self.scope),
            "because": "0" if policy.because else "NULL", "args": compared.args, "value": common.value_sql(self.scope),
        })  # fmt: skip
        return (
            f'SELECT o.site, o.file, o."row", FALSE AS disputed, \'\' AS version_of, o.from_us AS occurred, e."offset", {row} '
            f"FROM ({self._numbers()}) o {self.env.join('o.from_us', 'o.site')}"
        )

    def _types(self) -> list[str]:
        """The types of what is summed."""
        that = self.policy.that
        paths = [that.mean_of] if isinstance(that, MeanOf) else [that.sum_of] if isinstance(that, RatioOf) else []
        return [self.scope.field(path).type for path in paths]

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
