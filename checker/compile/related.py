"""Related records as SQL: which rows of another type belong to a record, whether there are some, how many, and what they add up to
(language §3, §7.1)."""

from __future__ import annotations

from dataclasses import dataclass

from checker.compile.lengths import shifted
from checker.compile.operands import constant
from checker.compile.scope import Scope
from checker.compile.sql import Expr, Truth, all_true, both, day_of, name, negated, text
from checker.policy.conditions import Condition, Related, Summed


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where related records without bounds of their own are looked for: [lower, upper], or up to before `until`."""

    lower: str | None = None
    upper: str | None = None
    until: str | None = None


OPEN = Bounds()


@dataclass(frozen=True, slots=True)
class Matches:
    """Rows of another type that belong to the outer record: FROM and WHERE on the keys, and whether each one counts;
    `may` is false where one does not whatever the outer record says, so that it need not be looked at; `missing` names,
    where it is open, the field that it lacks."""

    rows: str
    keys: str
    may: str
    counts: str
    time: str
    day: str
    inner: Scope
    missing: str

    @property
    def source(self) -> str:
        """What stands after FROM, with the joins that anything asked of `inner` needs."""
        return f"{self.rows} {self.inner.join_sql()}"

    @property
    def where(self) -> str:
        """What stands after WHERE: the keys match and the row may count."""
        return f"{self.keys} AND {self.may}"


def matches(scope: Scope, clause: Related, bounds: Bounds, alias: str | None = None, days: bool = False) -> Matches:
    """The rows a clause speaks of. `counts` is NULL where a matching row leaves it open; `day` where `days` are asked."""
    alias = alias or f"x{len(scope.alias)}_{clause.record}"
    inner = Scope(scope.policy, clause.record, alias, scope.env, f"{alias}.\"#at\"", scope.truth, {}, now=scope.now)
    own_time = clause.time or inner.type.time
    time = inner.moment(own_time) if own_time else "NULL"
    inner.instant = time
    lists: list[str] = []
    keys = [f'{alias}."#site" = {scope.site}']
    for theirs, ours in clause.match.items():
        keys.append(_matched(inner, theirs, scope.key(ours), lists))
    parts = [scope.truth(inner, clause.where)]
    if inner.type.void and clause.void != "counts":
        parts.append(negated(scope.truth(inner, inner.type.void)))
    later = inner.field(own_time).later if own_time else None
    # A record whose time lies after as-of is not seen.
    parts += [Truth(f"NOT ({later})")] if later else []
    may = both(one for part in parts for one in part.may)
    parts += _time_bounds(scope, clause, time, bounds)
    day = local_day(inner, time) if days or clause.distinct == "day" else "NULL"
    source = f'"u.{clause.record}"'
    if lists:
        spread = ", ".join(f"unnest(list_distinct({name(one)})) AS {name('#' + one)}" for one in lists)
        source = f"(SELECT *, {spread} FROM {source})"
    counts = all_true(parts)
    return Matches(f"{source} {alias}", both(keys), may, counts.known, time, day, inner, counts.missing)


def _matched(inner: Scope, theirs: str, ours: Expr, lists: list[str]) -> str:
    """A key match; a list matches when it contains the value, an empty key matches nothing."""
    found = inner.field(theirs)
    if found.type == "list" and ours.type == "list":
        return f"list_has_any({found.sql}, {ours.sql})"
    if found.type == "list" and "." not in theirs:
        lists.append(theirs)
        return f"{inner.column('#' + theirs)} = {ours.sql}"
    if ours.type == "list":
        return f"list_contains({ours.sql}, {found.sql})"
    return f"{found.sql} = {ours.sql}"


def _time_bounds(scope: Scope, clause: Related, time: str, bounds: Bounds) -> list[Truth]:
    limits = []
    if clause.look_back is not None:
        ended = bounds.upper or bounds.until or scope.instant
        sign = "<=" if bounds.upper or not bounds.until else "<"
        limits += [f"{time} > {shifted(scope, Expr(ended, 'instant'), clause.look_back, '-', 'same').sql}", f"{time} {sign} {ended}"]
    if clause.after:
        limits.append(f"{time} > {scope.moment(clause.after)}")
    if clause.before:
        limits.append(f"{time} < {scope.moment(clause.before)}")
    if not limits and time != "NULL":
        limits += [f"{time} >= {bounds.lower}"] if bounds.lower else []
        limits += [f"{time} <= {bounds.upper}"] if bounds.upper else []
        limits += [f"{time} < {bounds.until}"] if bounds.until else []
    return [Truth(limit) for limit in limits]


def exists(scope: Scope, clause: Related, bounds: Bounds) -> Truth:
    """True on one definite match, unknown if a row whose key matches is unknown."""
    found = matches(scope, clause, bounds)
    known = _looked_up(scope, found, f"CASE WHEN bool_or({found.counts}) THEN TRUE WHEN count(*) > count({found.counts}) THEN NULL ELSE FALSE END")
    return Truth(known, missing=f"CASE WHEN {known} IS NULL THEN {text(clause.record)} END")


def _looked_up(scope: Scope, found: Matches, said: str) -> str:
    """What is said of all that a clause speaks of, one value: looked up once, however often it is read."""
    select = f"LEFT JOIN LATERAL (SELECT {said} AS known FROM {found.source} WHERE {found.where})"
    alias = next((one for one, sql in scope.late.items() if sql.startswith(select)), f"{scope.alias}_look{len(scope.late)}")
    scope.late[alias] = f"{select} {alias} ON TRUE"
    return f"{alias}.known"


def exists_since(scope: Scope, clause: Related, bounds: Bounds, number: str) -> str:
    """The instant at which there were so many matching records: of one day, or of one value, the first counts."""
    found = matches(scope, clause, bounds)
    if clause.distinct is None:
        return f"(SELECT list_extract(list_sort(list({found.time}) FILTER (WHERE {found.counts})), {number}) FROM {found.source} WHERE {found.where})"
    what = found.inner.field(clause.distinct).sql if clause.distinct != "day" else found.day
    first = f"SELECT min({found.time}) AS moment FROM {found.source} WHERE {found.where} AND {found.counts} AND {what} IS NOT NULL GROUP BY {what}"
    return f"(SELECT list_extract(list_sort(list(o.moment)), {number}) FROM ({first}) o)"


def number_of(scope: Scope, whole: Condition, bounds: Bounds) -> Truth:
    """How many match, by bounds: definite ones at least, and those that may."""
    clause = whole.number_of
    assert clause is not None
    found = matches(scope, clause, bounds)
    low, high = _counted(clause, found)
    tests = []
    for operator, operand in (("at_least", whole.at_least), ("at_most", whole.at_most)):
        if operand is None:
            continue
        limit = constant(scope, Expr("", "count"), operand).sql
        sure, never = (f"{low} >= {limit}", f"{high} < {limit}") if operator == "at_least" else (f"{high} <= {limit}", f"{low} > {limit}")
        tests.append(_looked_up(scope, found, f"CASE WHEN {sure} THEN TRUE WHEN {never} THEN FALSE END"))
    parts = [Truth(test, missing=text(clause.record)) for test in tests]
    return all_true(parts)


def summed(scope: Scope, key: str, clause: Summed, whole: Condition, bounds: Bounds) -> Truth:
    """A sum by bounds; a mean where every row is known, of at least one. A value that is missing leaves both open."""
    found = matches(scope, clause, bounds)
    value = found.inner.field(clause.field)
    counts = f"({found.counts})"
    total = f"coalesce(sum({value.sql}) FILTER (WHERE {counts}), 0)"
    low, high = (f"{total} + coalesce(sum({end}({value.sql}, 0)) FILTER (WHERE {counts} IS NULL), 0)" for end in ("least", "greatest"))
    number, open_ = "1", f"coalesce(bool_or({counts} IS NOT FALSE AND {value.sql} IS NULL), FALSE)"
    if key == "mean_of":
        low, high, number = total, total, f"count(*) FILTER (WHERE {counts})"
        open_ = f"{number} = 0 OR coalesce(bool_or({counts} IS NULL OR ({counts} AND {value.sql} IS NULL)), FALSE)"
    tests = []
    for operator, operand in (("at_least", whole.at_least), ("at_most", whole.at_most)):
        if operand is None:
            continue
        limit = f"({constant(scope, Expr('', value.type), operand).sql}{'::DECIMAL(18,4)' if value.type == 'decimal' else ''} * {number})"
        sure, never = (f"{low} >= {limit}", f"{high} < {limit}") if operator == "at_least" else (f"{high} <= {limit}", f"{low} > {limit}")
        known = _looked_up(scope, found, f"CASE WHEN {open_} THEN NULL WHEN {sure} THEN TRUE WHEN {never} THEN FALSE END")
        tests.append(Truth(known, missing=f"CASE WHEN {known} IS NULL THEN {text(clause.record)} END"))
    return all_true(tests)


def _counted(clause: Related, found: Matches) -> tuple[str, str]:
    if clause.distinct is None:
        return f"count(*) FILTER (WHERE {found.counts})", f"count(*) FILTER (WHERE ({found.counts}) IS NOT FALSE)"
    what = found.inner.field(clause.distinct).sql if clause.distinct != "day" else found.day
    return (
        f"count(DISTINCT {what}) FILTER (WHERE {found.counts})",
        f"count(DISTINCT {what}) FILTER (WHERE ({found.counts}) IS NOT FALSE)",
    )


def local_day(inner: Scope, time: str) -> str:
    """The local day of a related record's time."""
    alias = f"{inner.alias}_z"
    inner.joins[alias] = (
        f'LEFT JOIN "_zone" {alias} ON {alias}.site = {inner.site} AND {time} >= {alias}.from_us AND {time} < {alias}.until_us'
    )
    return day_of(time, f'{alias}."offset"')


__all__ = ["OPEN", "Bounds", "Matches", "exists", "exists_since", "local_day", "matches", "number_of", "summed"]
