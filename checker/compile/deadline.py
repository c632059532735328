"""Deadlines: from a start, something ends it within a limit, on whatever clock (language §2, §6)."""

from __future__ import annotations

from collections.abc import Sequence

from checker.compile import common
from checker.compile.clock import UNIT, Clock
from checker.compile.conditions import truth
from checker.compile.ends import End, end_name, end_of, flat
from checker.compile.related import Bounds, Matches, matches
from checker.compile.scope import Scope
from checker.compile.sql import Expr, Truth, both, either, first, name, text
from checker.compile.values import Env
from checker.plan import EXEMPT, FAIL, NONE, PART, PASS, PENDING, UNKNOWN, Audit, Table, Unit
from checker.policy.conditions import Related
from checker.policy.kinds import Deadline


def compile_deadline(policy: Deadline, audit: Audit) -> tuple[Unit, list[Table]]:
    """The unit of one deadline and the tables that it reads."""
    env = Env(audit, f"_env {policy.id}")
    scope = Scope(policy, policy.for_each, "r", env, "NULL", truth, member=policy.each_of)
    start = _start(scope, policy)
    scope.instant = start.sql
    clock = Clock(scope, policy.within, policy.counted_in, policy.cutoff, policy.paused_by)
    where = common.void_and_where(scope, policy, Bounds(upper=start.sql))
    inner = _facts(scope, policy, start, clock, where)
    listed = ", ".join(f'{sql} AS "{key}"' for key, sql in inner.items())
    # Rows that are no obligation are left out before anything is looked up or counted for them.
    rows = common.rows_of(audit.types[policy.for_each], _first_start(policy, audit), policy.each_of)
    asked = both((PART, *(f'r."#disputed" OR {one}' for one in where.may)))
    facts = f"SELECT {listed} FROM {rows} r {scope.joined(start.sql)} WHERE {asked}"
    scan = _verdict(scope, policy, clock.timed(facts))
    related = any(isinstance(one, Related) for one in flat(policy.ends))
    unit = Unit(f"deadline {policy.id}", (policy.id,), scan, (0,), stored=related, evidence=_evidence(scope, policy), record=policy.for_each,
                apart=common.apart(policy, audit))  # fmt: skip
    return unit, list(env.tables())


def _first_start(policy: Deadline, audit: Audit) -> str | None:
    return common.first_start(policy, policy.starts if isinstance(policy.starts, str) else None, audit)


def _start(scope: Scope, policy: Deadline) -> Expr:
    """The trigger; a time that has not come means that there is no duty yet."""
    paths = [policy.starts] if isinstance(policy.starts, str) else list(policy.starts.first_present)
    fields = [scope.field(path) for path in paths]
    moments = [scope.moment(path) for path in paths]
    waits = [one.later for one in fields]
    return Expr(first(*moments), "instant", " AND ".join(one for one in waits if one) if all(waits) else None)


def _facts(scope: Scope, policy: Deadline, start: Expr, clock: Clock, where: Truth) -> dict[str, str]:
    """Everything the verdict rests on, of one row of `for_each`."""
    end = end_of(scope, policy, policy.ends, start.sql)
    bounds = Bounds(upper=start.sql)
    excuse = truth(scope, policy.excused_when, bounds)
    cancelled, cancelled_at = common.lapse(scope)
    covers = [scope.env.covered(source)[1] for source in end.sources]
    subject, key = common.subjects(scope), common.key_sql(scope)
    where_parts = f"({where.known})"
    counted_by = 'r."#first"' if _first_start(policy, scope.env.audit) else start.sql
    return {
        "site": 'r."#site"', "file": 'r."#file"', "row": 'r."#row"', "disputed": 'r."#disputed"', "version_of": key,
        "on": f"{scope.env.on(policy)} IS TRUE", "subject": common.subject_sql(subject), "ordinal": common.ordinal_sql(scope, subject, where_parts, counted_by, key),
        "where": where.known, "where_pending": where.pending or "FALSE", "where_missing": where.missing,
        "start": start.sql, "never_started": start.later or "FALSE", "offset": 'e."offset"', "as_of": "e.as_of", "p_from": "e.p_from",
        "sure": end.sure, "possible": end.possible, "early": "FALSE" if policy.early else end.early,
        "covered_until": f"least({', '.join(covers)})" if len(covers) > 1 else covers[0],
        "excuse": excuse.known, "excuse_missing": excuse.missing if policy.excused_when else "NULL",
        "excused": "TRUE" if policy.excused_when else "FALSE",
        "stopped": f"CASE WHEN {cancelled} THEN least({cancelled_at}, e.as_of) END",
        "cancelled": cancelled, "cancelled_at": cancelled_at, "ends_by": scope.moment(policy.ends_by) if policy.ends_by else "NULL",
        **clock.columns(start.sql), "accountable": common.accountable_sql(scope, start.sql, _later(scope, end, start)),
        "points": common.points_sql(scope), "because": common.because_sql(scope), "args": common.args_sql(scope),
        "value": common.value_sql(scope),
    }  # fmt: skip


def _later(scope: Scope, end: End, start: Expr) -> str:
    return f"coalesce({end.sure}, {scope.env.alias}.as_of)"


# --- the verdict -----------------------------------------------------------------------------------------------------


def _verdict(scope: Scope, policy: Deadline, timed: str) -> str:
    """The comparison of what came with what was due, in the order of language §6."""
    met = "t.sure <= t.due"
    # What never came is over its limit, also when as-of is the last instant of a day that was left.
    measured = 'CASE WHEN t.sure IS NULL AND t.due < t.as_of THEN greatest(t.measured, t."limit" + 1) ELSE t.measured END'
    doubt = "t.doubt OR t.paused_until < t.due" if policy.paused_by else ""
    verdict = (
        f'CASE WHEN NOT t."on" OR t."where" IS FALSE THEN {NONE} '
        f"WHEN t.start IS NULL THEN CASE WHEN t.never_started THEN {NONE} ELSE {UNKNOWN} END "
        f'WHEN t.where_pending THEN {PENDING} WHEN t."where" IS NULL OR t.early OR t.due IS NULL THEN {UNKNOWN} '
        f"WHEN {met} THEN {PASS} WHEN t.cancelled AND t.cancelled_at <= t.due THEN {NONE} "
        f"WHEN t.sure IS NULL AND t.due >= t.as_of THEN {PENDING} {f'WHEN {doubt} THEN {UNKNOWN} ' if doubt else ''}"
        f"WHEN t.possible <= t.due OR (t.cancelled AND t.cancelled_at IS NULL) THEN {UNKNOWN} "
        f"WHEN t.sure IS NULL AND t.covered_until < t.due THEN {UNKNOWN} "
        f"WHEN NOT t.excused OR t.excuse IS FALSE THEN {FAIL} WHEN t.excuse IS NULL THEN {UNKNOWN} ELSE {EXEMPT} END"
    )
    missing = (
        f"CASE WHEN t.start IS NULL THEN {text(_start_name(policy))} WHEN t.early THEN {text(end_name(policy))} "
        f'WHEN t."where" IS NULL THEN t.where_missing WHEN t.due IS NULL THEN \'within\' '
        f"{f'WHEN {doubt} THEN {text(policy.paused_by.record)} ' if policy.paused_by else ''}WHEN t.possible <= t.due THEN {text(end_name(policy))} "
        f"WHEN t.cancelled AND t.cancelled_at IS NULL THEN {text(_cancelled_at(scope))} "
        f"WHEN t.sure IS NULL AND t.covered_until < t.due THEN 'coverage' ELSE t.excuse_missing END"
    )
    row = common.each(0, {
        "v": verdict, "subject": "t.subject", "ordinal": "t.ordinal", "field": missing, "measured": measured,
        "limit": 't."limit"', "unit": f"CASE WHEN t.ends_by IS NULL THEN {UNIT} ELSE 'us' END",
        "due": "t.due", "decided": f'CASE WHEN NOT t."on" OR t."where" IS FALSE THEN NULL WHEN {met} THEN t.sure ELSE t.due END',
        "began": "t.start", "accountable": "t.accountable", "points": "t.points", "because": "t.because", "args": "t.args",
        "note": "CASE WHEN t.early THEN 'early' WHEN t.sure IS NULL THEN 'unanswered' END", "value": "t.value",
    })  # fmt: skip
    return (
        f'{timed} SELECT t.site, t.file, t."row", t.disputed, t.version_of, t.start AS occurred, t."offset", {row} FROM timed t'
    )


def _cancelled_at(scope: Scope) -> str:
    return scope.type.lapses.at if scope.type.lapses else ""


def _start_name(policy: Deadline) -> str:
    return policy.starts if isinstance(policy.starts, str) else policy.starts.first_present[0]


def _evidence(scope: Scope, policy: Deadline) -> str | None:
    """The related records that ended it (or came too late), by hit. Those that are found alike are looked for together."""
    clauses = [one for one in flat(policy.ends) if isinstance(one, Related)]
    if not clauses:
        return None
    scope = Scope(policy, policy.for_each, "r", scope.env, "NULL", truth, member=policy.each_of)
    start = _start(scope, policy).sql
    found: dict[tuple[str, str, str], list[Matches]] = {}
    for clause in clauses:
        one = matches(scope, clause, Bounds(lower=start), alias="x")
        found.setdefault((clause.record, one.source, one.keys), []).append(one)
    rows = common.rows_of(scope.type, None, policy.each_of)
    same = f'h.policy = {text(policy.id)} AND h.file = q."#file" AND h."row" = q."#row"'
    judged = f"(SELECT q.*, h.rowid AS hit, h.version_of FROM {rows} q JOIN hit h ON {same}) r {scope.joined(start)}"
    return " UNION ALL ".join(
        f'SELECT r.hit, {text(record)} AS record, y."key", y.file, y."row" FROM {judged} CROSS JOIN LATERAL ({_ended(scope, record, several)}) y '
        f"WHERE r.version_of = {common.key_sql(scope)}"
        for (record, _, _), several in found.items()
    )


def _ended(scope: Scope, record: str, several: Sequence[Matches]) -> str:
    """The related records that count for one of several ends, `x`."""
    key = common.subject_sql([f"x.{name(one)}" for one in scope.types[record].key])
    counts = either(one.counts for one in several)
    may = either(one.may for one in several)
    return f'SELECT {key} AS "key", x."#file" AS file, x."#row" AS "row" FROM {several[0].source} WHERE {several[0].keys} AND ({may}) AND ({counts})'


__all__ = ["compile_deadline"]
