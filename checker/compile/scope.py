"""Fields as SQL: stored and derived ones, those of referred records, and parameters with their cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from checker.compile.prepare import calendar_days
from checker.compile.sql import Expr, Truth, first, name, text
from checker.compile.values import Env, Value
from checker.policy.conditions import Condition
from checker.policy.kinds import Base
from checker.policy.records import Amount, Difference, FirstPresent, NumberIn, RecordField, RecordType, Whole, resolve
from checker.policy.values import DAY, Parameter

Compiler = Callable[["Scope", Condition | None], Truth]


@dataclass
class Scope:
    """A record (SQL alias) in which paths and parameters are read; joins it needs are collected in order.

    `instant` is the SQL time at which references without `at` are resolved; `seen` says that the alias has the columns
    by which as-of hides instants.
    """

    policy: Base
    record: str
    alias: str
    env: Env
    instant: str
    truth: Compiler
    joins: dict[str, str] = field(default_factory=dict)
    seen: bool = True
    late: dict[str, str] = field(default_factory=dict)
    """Joins that read the values in force: they stand after the others."""
    mark: str = ""
    """Tells references that are read at another instant apart from the usual ones."""
    member: str | None = None
    """The list of which one member is meant, where a policy speaks of each of them."""
    now: str = ""
    """The instant after which nothing is seen; as-of, where nothing else is said."""

    @property
    def horizon(self) -> str:
        return self.now or f"{self.env.alias}.as_of"

    @property
    def types(self) -> dict[str, RecordType]:
        return self.env.audit.types

    @property
    def type(self) -> RecordType:
        return self.types[self.record]

    @property
    def site(self) -> str:
        return f'{self.alias}."#site"'

    def column(self, column: str) -> str:
        return f"{self.alias}.{name(column)}"

    def field(self, path: str) -> Expr:
        """The value at a dotted path."""
        hop, _, rest = path.partition(".")
        if rest:
            return self.follow(hop).field(rest)
        if path == "site_id":
            return Expr(self.site, "id")
        spec = self.type.fields[path]
        if spec.derived is not None:
            found = self._derived(spec.derived)
            if spec.note_if_second and isinstance(spec.derived, FirstPresent):
                second = self._derived(spec.derived.first_present[0]).sql
                said = text(f"{self.record}.{path}")
                return Expr(found.sql, found.type, note=f"CASE WHEN {second} IS NULL AND ({found.sql}) IS NOT NULL THEN {said} END")
            return found
        return self._hidden(path, spec) if self.now and self._hideable(path) else Expr(self.column(path), spec.type, self._later(path))

    def _hideable(self, path: str) -> bool:
        """Whether as-of, or an earlier instant, hides a time that lies after it."""
        spec = self.type.fields[path]
        return spec.type == "instant" and self.seen and not spec.planned and path != self.type.time

    def _hidden(self, path: str, spec: RecordField) -> Expr:
        """A time as it stood at `now`."""
        column = self.column(path)
        later = f"(coalesce({self.column(path + '#later')}, FALSE) OR coalesce({column} > {self.now}, FALSE))"
        return Expr(f"CASE WHEN {column} <= {self.now} THEN {column} END", spec.type, later)

    def key(self, path: str) -> Expr:
        """What other records are matched by, and subjects named: the member at hand instead of its list."""
        return Expr(self.column("#member"), "id") if path == self.member else self.field(path)

    def _later(self, path: str) -> str | None:
        """Where NULL is a time that as-of hides, or one that has not come."""
        spec = self.type.fields[path]
        if self._hideable(path):
            return f"coalesce({self.column(path + '#later')}, FALSE)"
        return f"({self.column(path)} IS NULL)" if spec.not_yet else None

    def follow(self, hop: str) -> Scope:
        """The scope of a reference: at most one row, joined once."""
        reference = self.type.references[hop]
        alias = f"{self.alias}__{self.mark}{hop}"
        target = self.types[reference.record]
        key = target.subject[0]
        if alias not in self.joins:
            at = self.moment(reference.at) if reference.at else self.instant
            source = "s" if target.active else "k"
            on = f'{alias}."#site" = {self.site} AND {alias}.{name(key)} = {self.field(reference.by).sql}'
            if target.active:
                on += f" AND {at} >= {alias}.from_us AND {at} < {alias}.until_us"
            self.joins[alias] = f'LEFT JOIN "{source}.{reference.record}" {alias} ON {on}'
        there = Scope(self.policy, reference.record, alias, self.env, self.instant, self.truth, self.joins, target.active is None, self.late, self.mark, now=self.now)
        if not target.active and target.time:
            there.instant = there.moment(target.time)
        return there

    def as_of(self, instant: str, mark: str) -> Scope:
        """The same record with its references read at another instant."""
        return replace(self, instant=instant, mark=mark)

    def moment(self, path: str) -> str:
        """A path of an instant or a date (its first instant) as UTC microseconds; days outside the calendar tables are laid on at their
        ends, 24 hours each."""
        found = self.field(path)
        if found.type != "date":
            return found.sql
        alias, days = f"{self.alias}__day_{path.replace('.', '_')}", calendar_days(self.env.audit)
        near = f"greatest({days[0]}, least({days[-1]}, {found.sql}))"
        self.joins.setdefault(alias, f'LEFT JOIN "_day" {alias} ON {alias}.site = {self.site} AND {alias}.day = {near} AND {found.sql} IS NOT NULL')
        return f"({alias}.start_us + ({found.sql} - {near}) * {DAY})"

    def join_sql(self) -> str:
        return " ".join([*self.joins.values(), *self.late.values()])

    def joined(self, instant: str) -> str:
        """All joins in the order in which they need each other: references, values in force at `instant`, look-ups."""
        return " ".join([*self.joins.values(), self.env.join(instant, self.site), *self.late.values()])

    def parameter(self, parameter: Parameter, owner: RecordType | None = None) -> Value:
        """A parameter of the policy (or of the record type that derives a field), its cases chosen by their conditions."""
        whose: Base | RecordType = owner or self.policy
        cases = self.env.slots(whose, parameter.name, self.policy)
        if len(cases) == 1 and cases[0][0] is None:
            return cases[0][1]
        kinds = cases[0][1].kind
        clocks = tuple(sorted({clock for _, value in cases for clock in value.clocks}))
        return Value(kinds, self._cases(cases, "sql"), self._cases(cases, "second"), clocks, self._cases(cases, "said"))

    def _cases(self, cases: list[tuple[Condition | None, Value]], attribute: str) -> str:
        """The first case in force whose condition holds; an unknown condition makes it unknown."""
        branches = []
        for when, value in cases:
            known = self.truth(self, when).known if when else "TRUE"
            branches.append(f"WHEN {value.sql} IS NOT NULL AND ({known}) IS NOT FALSE THEN CASE WHEN {known} THEN {getattr(value, attribute)} END")
        return f"CASE {' '.join(branches)} END"

    def _derived(self, spec: object) -> Expr:
        match spec:
            case str():
                return self.field(spec)
            case FirstPresent(first_present=members):
                found = [self._derived(member) for member in members]
                return Expr(first(*(one.sql for one in found)), found[0].type)
            case Whole(whole=whole, divided_by=divisor, plus=plus):
                return Expr(f"(({self._derived(whole).sql}) // nullif({self._number(divisor)}, 0) + {plus})", "count")
            case Difference(difference=(later, earlier)):
                return Expr(f"({self.field(later).sql} - {self.field(earlier).sql})", "duration")
            case NumberIn(number_in=path):
                return Expr(f"len({self.field(path).sql})", "count")
            case Amount():
                return self._amount(spec)
        raise AssertionError(spec)

    def _amount(self, spec: Amount) -> Expr:
        found, change = self.field(spec.field), spec.adjusted
        sql = found.sql
        if change.less is not None:
            sql = f"({sql} - {self._number(change.less, found.type)})"
        if change.plus is not None:
            sql = f"({sql} + {self._number(change.plus, found.type)})"
        # greatest() passes over NULL, so the missing value is kept missing by hand.
        return Expr(f"CASE WHEN {found.sql} IS NOT NULL THEN greatest({sql}, 0) END", found.type)

    def _number(self, number: Parameter | int, kind: str = "count") -> str:
        if isinstance(number, Parameter):
            return self.parameter(number, self.type).sql
        return str(number)


def field_of(types: dict[str, RecordType], record: str, path: str) -> Expr:
    """Type of a path without SQL."""
    found = resolve(types, record, path)
    return Expr("", found.field.type)
