"""Requirements that ripen: from `starts` there is time `within` which the demand comes true, or the forbidden does not.

What lies after the limit is hidden, as as-of hides what lies after it. A condition holds from the instant at which the
last record that makes it true has come; what says that something is absent holds when the limit has run out.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.compile import common
from checker.compile.clock import Clock
from checker.compile.conditions import truth
from checker.compile.operands import constant
from checker.compile.related import Bounds, exists_since
from checker.compile.requirement import measure, note
from checker.compile.scope import Scope
from checker.compile.sql import Expr, Truth, text
from checker.compile.values import Env
from checker.plan import EXEMPT, FAIL, NONE, PASS, PENDING, UNKNOWN, Audit, Table, Unit, View
from checker.policy.conditions import Condition, Related, Shifted, Test
from checker.policy.kinds import Requirement

CAP, DUE, START = 'r."#cap"', 'r."#due"', 'r."#start"'
HELD = Truth('r."#met"', 'r."#waits"', 'r."#lacks"')
LAPSED = f"({DUE} + 1)"
"""The first instant after the limit."""


def compile_ripening(policy: Requirement, audit: Audit) -> tuple[Unit, list[Table], list[View]]:
    """The unit of one requirement with a limit, its tables, and the views of its records as they stood at the limit."""
    env = Env(audit, f"_env {policy.id}")
    ripe = View(f"{policy.id} ripe", _ripe(policy, audit, env), stored=True)
    held = View(f"{policy.id} held", _held(policy, ripe, env), stored=True)
    scope = Scope(policy, policy.for_each, "r", env, START, truth, member=policy.each_of, now=CAP)
    columns = common.each(0, _judged(scope, policy))
    scan = (
        f'SELECT r."#site" AS site, r."#file" AS file, r."#row" AS row, r."#disputed" AS disputed, {common.key_sql(scope)} AS version_of, '
        f'{START} AS occurred, e."offset" AS "offset", {columns} FROM "{held.name}" r {scope.joined(START)}'
    )
    return Unit(f"requirement {policy.id}", (policy.id,), scan, (), stored=True), list(env.tables()), [ripe, held]


def _ripe(policy: Requirement, audit: Audit, env: Env) -> str:
    """The rows with their limit: instants after it are hidden."""
    kind = audit.types[policy.for_each]
    rows = common.rows_of(kind, common.first_start(policy, policy.starts, audit), policy.each_of)
    scope = Scope(policy, policy.for_each, "r", env, "NULL", truth, member=policy.each_of)
    assert policy.starts and policy.within
    start = scope.moment(policy.starts)
    scope.instant = start
    columns = {
        "site": 'r."#site"', "file": 'r."#file"', "row": 'r."#row"', "version": common.key_sql(scope), "start": start, "offset": 'e."offset"',
        "as_of": "e.as_of", "sure": "NULL::BIGINT", "stopped": "NULL::BIGINT", "ends_by": "NULL::BIGINT",
    }  # fmt: skip
    clock = Clock(scope, policy.within, policy.counted_in)
    columns |= clock.columns(start)
    listed = ", ".join(f'{sql} AS "{key}"' for key, sql in columns.items())
    timed = clock.timed(f"SELECT {listed} FROM {rows} r {scope.joined(start)}")
    cap = "coalesce(least(t.due, t.as_of), t.as_of)"
    inner = Scope(policy, policy.for_each, "q", env, "NULL", truth, member=policy.each_of)
    return (
        f'{timed} SELECT q.*, t.start AS "#start", t.due AS "#due", {cap} AS "#cap" FROM {rows} q '
        f'JOIN timed t ON t.file = q."#file" AND t."row" = q."#row" AND t.site = q."#site" AND t.version = {common.key_sql(inner)}'
    )


def _held(policy: Requirement, ripe: View, env: Env) -> str:
    """The rows with what their demand comes to. Each related record is looked up here, once; verdicts only read it."""
    scope = Scope(policy, policy.for_each, "r", env, START, truth, member=policy.each_of, now=CAP)
    written, bounds = policy.require or policy.forbidden, Bounds(upper=CAP)
    assert written is not None
    demand, since = truth(scope, written, bounds), _since(scope, written, bounds)
    waits = f"({demand.pending or 'FALSE'})"
    return (
        f'SELECT r.*, ({demand.known})::BOOLEAN AS "#met", {waits}::BOOLEAN AS "#waits", ({demand.missing})::VARCHAR AS "#lacks", '
        f'({since})::BIGINT AS "#since" FROM "{ripe.name}" r {scope.joined(START)}'
    )


def _judged(scope: Scope, policy: Requirement) -> dict[str, str]:
    bounds = Bounds(upper=CAP)
    where = common.void_and_where(scope, policy, bounds)
    written = policy.require or policy.forbidden
    assert written is not None
    demand, since = HELD, 'r."#since"'
    settled = f"({demand.known}) AND {since} <= e.as_of"
    decided = f"CASE WHEN {settled} AND {since} < {DUE} THEN {since} ELSE {DUE} END"
    excuse = truth(scope, policy.excused_when, Bounds(upper=decided)) if policy.excused_when else Truth("FALSE")
    covered = " OR ".join(f"{scope.env.covered(record)[1]} < {DUE}" for record in sorted(_records(written))) or "FALSE"
    measured, limit, unit = measure(scope, policy, bounds)
    assert policy.starts
    start = scope.field(policy.starts)
    subject, key = common.subjects(scope), common.key_sql(scope)
    missing = (
        f"CASE WHEN {START} IS NULL THEN {text(policy.starts)} WHEN {DUE} IS NULL THEN 'within' "
        f"ELSE coalesce({where.missing}, {demand.missing}, CASE WHEN {covered} THEN 'coverage' END, {excuse.missing}) END"
    )
    counted_by = 'r."#first"' if common.first_start(policy, policy.starts, scope.env.audit) else START
    return {
        "v": _verdict(scope, policy, where, demand, f"{settled} AND NOT ({since} > {DUE} AND ({covered}))", covered, excuse.known, start),
        "subject": common.subject_sql(subject), "ordinal": common.ordinal_sql(scope, subject, f"({where.known})", counted_by, key),
        "field": missing, "measured": measured, "limit": limit, "unit": unit, "due": DUE, "decided": decided, "began": START,
        "accountable": common.accountable_sql(scope, START, f"least({decided}, e.as_of)"), "points": common.points_sql(scope),
        "because": common.because_sql(scope), "args": common.args_sql(scope), "note": note(scope, policy), "value": common.value_sql(scope),
    }  # fmt: skip


def _verdict(
    scope: Scope, policy: Requirement, where: Truth, demand: Truth, settled: str, covered: str, excuse: str, start: Expr
) -> str:
    """In the order of language §6. What has not come true when the limit has run out is not met, or not broken."""
    broken = f"CASE WHEN {excuse} THEN {EXEMPT} WHEN ({excuse}) IS NULL THEN {UNKNOWN} ELSE {FAIL} END"
    early, late = (broken, str(PASS)) if policy.forbidden else (str(PASS), broken)
    open_ = f"({demand.known}) IS NULL AND NOT coalesce({demand.pending or 'FALSE'}, FALSE)"
    return (
        f"CASE WHEN {scope.env.on(policy)} IS NOT TRUE OR ({where.known}) IS FALSE THEN {NONE} "
        f"WHEN {START} IS NULL THEN CASE WHEN {start.later or 'FALSE'} THEN {NONE} ELSE {UNKNOWN} END WHEN {DUE} IS NULL THEN {UNKNOWN} "
        f"WHEN ({where.known}) IS NULL THEN CASE WHEN {DUE} >= e.as_of AND coalesce({where.pending or 'FALSE'}, FALSE) THEN {PENDING} ELSE {UNKNOWN} END "
        f"WHEN {settled} THEN {early} WHEN {DUE} >= e.as_of THEN {PENDING} WHEN {open_} OR {covered} THEN {UNKNOWN} ELSE {late} END"
    )


# --- since when ------------------------------------------------------------------------------------------------------


def _since(scope: Scope, condition: Condition, bounds: Bounds) -> str:
    """The instant from which a condition that holds has held."""
    return f"greatest({', '.join([START, *(_part(scope, key, value, condition, bounds) for key, value in condition.parts())])})"


def _part(scope: Scope, key: str, value: object, whole: Condition, bounds: Bounds) -> str:
    match key, value:
        case "all_of", tuple():
            return f"greatest({', '.join(_since(scope, one, bounds) for one in value)})"
        case "any_of", tuple():
            held = (f"CASE WHEN {truth(scope, one, bounds).known} THEN {_since(scope, one, bounds)} END" for one in value)
            return f"coalesce(least({', '.join(held)}), {LAPSED})"
        case "exists", Related():
            return f"coalesce({exists_since(scope, value, bounds, '1')}, {LAPSED})"
        case "number_of", Related() if whole.at_most is None:
            number = constant(scope, Expr("", "count"), whole.at_least).sql
            return f"coalesce({exists_since(scope, value, bounds, number)}, {LAPSED})"
        case ("not" | "none_exists" | "number_of" | "sum" | "mean_of"), _:
            return LAPSED
    return _field_since(scope, key, value)


def _field_since(scope: Scope, path: str, value: object) -> str:
    """A test of an instant holds from that instant on, and from that of the field beside it; of other fields from the start."""
    paths = [path]
    for _, operand in value.parts() if isinstance(value, Test) else ():
        paths += [operand.field] if isinstance(operand, Shifted) else []
    for operator, operand in value.parts() if isinstance(value, Test) else ():
        paths += [str(operand)] if operator in ("same_as", "different_from") else []
    found = [scope.field(one) for one in paths]
    moments = [f"coalesce({one.sql}, {LAPSED})" for one in found if one.type == "instant"]
    return f"greatest({', '.join([START, *moments])})"


def _records(condition: Condition) -> Iterator[str]:
    """The record types that a condition reads beside its own."""
    for _, value in condition.parts():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Related):
                yield one.record
            elif isinstance(one, Condition):
                yield from _records(one)


__all__ = ["compile_ripening"]
