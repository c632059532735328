"""Deadlines: from a start, something ends it within a limit; elapsed, calendar-day and window clocks (language §5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from checker.calendars import always_open, open_intervals
from checker.compile import common
from checker.compile.conditions import Bounds, constant, matches, truth
from checker.compile.scope import Scope, not_executed
from checker.compile.sql import DAY, Expr, day_of, first, name, text
from checker.compile.values import CLOCKS, Env
from checker.plan import EXEMPT, FAIL, NONE, PASS, PENDING, UNKNOWN, Audit, Table, Unit
from checker.policy.conditions import Related
from checker.policy.files import Window
from checker.policy.kinds import Deadline, FirstOf, LatestOf
from checker.policy.values import Parameter, TimeOfDay


@dataclass(frozen=True, slots=True)
class End:
    """An end as SQL: the definite instant, the earliest possible one, an own field that stands before the start,
    and the record types that would show it."""

    sure: str
    possible: str
    early: str
    sources: tuple[str, ...]


def compile_deadline(policy: Deadline, audit: Audit) -> tuple[Unit, list[Table]]:
    """The unit of one deadline and the tables that it reads."""
    _refuse_unexecuted(policy)
    env = Env(audit, f"_env {policy.id}")
    scope = Scope(policy, policy.for_each, "r", env, "NULL", truth)
    start = _start(scope, policy)
    scope.instant = start.sql
    clock = _Clock(scope, policy)
    inner = _facts(scope, policy, start, clock)
    listed = ", ".join(f'{sql} AS "{key}"' for key, sql in inner.items())
    # Rows that are no obligation are left out before anything is looked up or counted for them.
    rows = common.rows_with_first(audit.types[policy.for_each], _first_start(policy, audit))
    facts = f'SELECT {listed} FROM {rows} r {scope.joined(start.sql)} WHERE r."#disputed" OR ({inner["where"]}) IS NOT FALSE'
    scan = _verdict(scope, policy, clock.timed(facts))
    related = any(isinstance(one, Related) for one in _flat(policy.ends))
    unit = Unit(f"deadline {policy.id}", (policy.id,), scan, (0,), stored=related, evidence=_evidence(scope, policy), record=policy.for_each)
    return unit, [env.as_table(), *clock.tables()]


def _first_start(policy: Deadline, audit: Audit) -> str | None:
    return common.first_start(policy, policy.starts if isinstance(policy.starts, str) else None, audit)


def _refuse_unexecuted(policy: Deadline) -> None:
    for key in ("each_of", "paused_by"):
        if getattr(policy, key) is not None:
            raise not_executed(policy.id, f" `{key}`", f"`{key}`")


def _start(scope: Scope, policy: Deadline) -> Expr:
    """The trigger; a time that has not come means that there is no duty yet."""
    paths = [policy.starts] if isinstance(policy.starts, str) else list(policy.starts.first_present)
    fields = [scope.field(path) for path in paths]
    moments = [scope.moment(path) for path in paths]
    waits = [one.later for one in fields]
    return Expr(first(*moments), "instant", " AND ".join(one for one in waits if one) if all(waits) else None)


def _facts(scope: Scope, policy: Deadline, start: Expr, clock: _Clock) -> dict[str, str]:
    """Everything the verdict rests on, of one row of `for_each`."""
    end = _end(scope, policy, policy.ends, start.sql)
    bounds = Bounds(upper=start.sql)
    where = common.void_and_where(scope, policy, bounds)
    excuse = truth(scope, policy.excused_when, bounds)
    cancelled, cancelled_at = common.lapse(scope)
    covers = [scope.env.covered(source)[1] for source in end.sources]
    subject = [scope.field(path).sql for path in policy.subject or scope.type.key]
    subject_text = common.subject_sql(subject)
    key = common.subject_sql([f"r.{name(one)}" for one in scope.type.key])
    where_parts = f"({where.known})"
    counted_by = 'r."#first"' if _first_start(policy, scope.env.audit) else start.sql
    return {
        "site": 'r."#site"', "file": 'r."#file"', "row": 'r."#row"', "disputed": 'r."#disputed"', "version_of": key,
        "on": f"{scope.env.on(policy)} IS TRUE", "subject": subject_text, "ordinal": common.ordinal_sql(scope, subject, where_parts, counted_by, key),
        "where": where.known, "where_pending": where.pending or "FALSE", "where_missing": where.missing,
        "start": start.sql, "never_started": start.later or "FALSE", "offset": 'e."offset"', "as_of": "e.as_of", "p_from": "e.p_from",
        "sure": end.sure, "possible": end.possible, "early": "FALSE" if policy.early else end.early,
        "covered_until": f"least({', '.join(covers)})" if len(covers) > 1 else covers[0],
        "excuse": excuse.known, "excuse_missing": excuse.missing if policy.excused_when else "NULL",
        "excused": "TRUE" if policy.excused_when else "FALSE",
        "cancelled": cancelled, "cancelled_at": cancelled_at, "ends_by": scope.moment(policy.ends_by) if policy.ends_by else "NULL",
        **clock.columns(start.sql), "accountable": common.accountable_sql(scope, start.sql, _later(scope, end, start)),
        "points": common.points_sql(scope), "because": common.because_sql(scope), "args": common.args_sql(scope),
        "value": common.value_sql(scope),
    }  # fmt: skip


def _later(scope: Scope, end: End, start: Expr) -> str:
    return f"coalesce({end.sure}, {scope.env.alias}.as_of)"


# --- ends ------------------------------------------------------------------------------------------------------------


def _end(scope: Scope, policy: Deadline, end: object, start: str) -> End:
    match end:
        case str():
            return _own_end(scope, policy, end, start)
        case FirstOf(first_of=members):
            return _combined([_end(scope, policy, one, start) for one in members], "least")
        case LatestOf(latest_of=members):
            return _combined([_end(scope, policy, one, start) for one in members], "greatest")
        case Related():
            return _related_end(scope, end, start)
    raise AssertionError(end)


def _own_end(scope: Scope, policy: Deadline, path: str, start: str) -> End:
    """A field of the record itself. Before the start it makes the verdict unknown, unless `early: counts`."""
    found = scope.field(path)
    at = scope.moment(path)
    record = scope.record
    for hop in path.split(".")[:-1]:
        record = scope.types[record].references[hop].record
    if policy.early:
        at = f"CASE WHEN {at} IS NOT NULL THEN greatest({at}, {start}) END"
    sure = f"CASE WHEN {at} >= {start} THEN {at} END"
    unknown = f"CASE WHEN {at} IS NULL AND NOT {found.later or 'FALSE'} THEN {start} END"
    return End(sure, f"coalesce({sure}, {unknown})", f"coalesce({at} < {start}, FALSE)", (record,))


def _related_end(scope: Scope, clause: Related, start: str) -> End:
    """Related records from the start on: the first (or n-th) that counts, and the first that may."""
    found = matches(scope, clause, Bounds(lower=start))
    nth = "1" if clause.nth is None else constant(scope, Expr("", "count"), clause.nth).sql
    times = f"coalesce({found.time}, {start})"
    if clause.nth is None:
        pair = f"min({found.time}) FILTER (WHERE {found.counts}), min({times}) FILTER (WHERE ({found.counts}) IS NOT FALSE)"
    else:
        pair = ", ".join(
            f"list_extract(list_sort(list({time}) FILTER (WHERE {test})), {nth})"
            for time, test in ((found.time, found.counts), (times, f"({found.counts}) IS NOT FALSE"))
        )
    alias = f"end{len(scope.late)}"
    # Joined once, so that the pair is computed once however often it is read.
    scope.late[alias] = f"LEFT JOIN LATERAL (SELECT [{pair}] AS pair FROM {found.source} WHERE {found.keys}) {alias} ON TRUE"
    return End(f"{alias}.pair[1]", f"{alias}.pair[2]", "FALSE", (clause.record,))


def _combined(ends: list[End], how: str) -> End:
    """The first of several (NULLs are passed over), or the latest (all must have come)."""
    sources = tuple(dict.fromkeys(source for end in ends for source in end.sources))
    early = " OR ".join(end.early for end in ends)
    sure = [end.sure for end in ends]
    possible = [end.possible for end in ends]
    if how == "least":
        return End(f"least({', '.join(sure)})", f"least({', '.join(possible)})", early, sources)
    all_sure = " AND ".join(f"{one} IS NOT NULL" for one in sure)
    all_possible = " AND ".join(f"{one} IS NOT NULL" for one in possible)
    return End(
        f"CASE WHEN {all_sure} THEN greatest({', '.join(sure)}) END",
        f"CASE WHEN {all_possible} THEN greatest({', '.join(possible)}) END",
        early, sources,
    )  # fmt: skip


# --- clocks ----------------------------------------------------------------------------------------------------------


class _Clock:
    """The clock of one deadline: which columns it needs of the record, and how due and measured come of them."""

    def __init__(self, scope: Scope, policy: Deadline) -> None:
        self.scope, self.policy = scope, policy
        within = policy.within
        if isinstance(within, Parameter):
            value = scope.parameter(within)
            self.amount, self.clock, self.clocks = value.sql, value.second, value.clocks
        else:
            number = CLOCKS.index(within.clock)
            self.amount, self.clock, self.clocks = str(within.amount), str(number), (number,)
        for number in self.clocks:
            if number > 1:
                raise not_executed(policy.id, {2: "工作日", 3: "月"}[number], {2: "working days", 3: "months"}[number])
        self.window = self._window()

    def _window(self) -> str | None:
        """The name of the window that stops the clock; none where it never closes."""
        wanted = self.policy.counted_in
        if wanted is None:
            return None
        sites = self.scope.env.audit.sites
        if all(always_open(site.profile.windows.get(str(wanted), ())) for site in sites):
            return None
        return str(wanted)

    def columns(self, start: str) -> dict[str, str]:
        found = {"amount": self.amount, "clock": f"({self.clock})"}
        if 1 in self.clocks:
            found["amount"] = f"({self.amount} + {self._cutoff(start)})" if self.policy.cutoff else self.amount
        return found

    def _cutoff(self, start: str) -> str:
        """Days more for a start strictly after the cut-off of its local day."""
        cutoff = self.policy.cutoff
        assert cutoff is not None
        limit = constant(self.scope, Expr("", "count"), cutoff.after).sql
        if isinstance(cutoff.after, str):
            limit = str(TimeOfDay.parse(cutoff.after).micros)
        late = f'(({start} + e."offset") % {DAY}) > {limit}'
        return f"CASE WHEN {late} THEN {cutoff.then.amount} ELSE 0 END"

    def timed(self, facts: str) -> str:
        """Facts with `due`, `measured` and `limit`: one CTE after another."""
        return f"WITH facts AS ({facts}), timed AS ({self._timed()})"

    def _timed(self) -> str:
        seen = "coalesce(f.sure, CASE WHEN f.cancelled THEN least(f.cancelled_at, f.as_of) END, f.as_of)"
        joins, due, measured = [], {}, {}
        if 0 in self.clocks and self.window is None:
            due[0], measured[0] = "f.start + f.amount", f"{seen} - f.start"
        elif 0 in self.clocks:
            joins += self._window_joins(seen)
            due[0] = "wd.from_us + (ws.counted + f.amount - wd.before_us)"
            measured[0] = f"{_counted('we', seen)} - ws.counted"
        if 1 in self.clocks:
            joins += self._day_joins(seen)
            due[1] = "dd.start_us - 1"
            measured[1] = day_of("coalesce(f.sure, f.as_of - 1)", 'z2."offset"') + " - " + day_of("f.start", 'f."offset"')
        due_sql = _by_clock(due)
        return (
            f"SELECT f.*, CASE WHEN f.start IS NOT NULL THEN coalesce(f.ends_by, {due_sql}) END AS due, "
            f"CASE WHEN f.start IS NULL THEN NULL WHEN f.ends_by IS NOT NULL THEN {seen} - f.start ELSE {_by_clock(measured)} END AS measured, "
            f'coalesce(f.ends_by - f.start, f.amount) AS "limit" FROM {self._from()} {" ".join(joins)}'
        )

    def _from(self) -> str:
        if self.window is None or 0 not in self.clocks:
            return "facts f"
        table = self._table_name()
        return (
            f'facts f ASOF LEFT JOIN "{table}" w0 ON w0.site = f.site AND f.start >= w0.from_us'
        )

    def _window_joins(self, seen: str) -> list[str]:
        table = self._table_name()
        return [
            f"CROSS JOIN LATERAL (SELECT {_counted('w0', 'f.start')} AS counted) ws",
            f'ASOF LEFT JOIN "{table}" we ON we.site = f.site AND {seen} >= we.from_us',
            f'ASOF LEFT JOIN "{table}" wd ON wd.site = f.site AND (ws.counted + f.amount) >= wd.before_us',
        ]

    def _day_joins(self, seen: str) -> list[str]:
        after = day_of("f.start", 'f."offset"')
        return [
            f'LEFT JOIN "_day" dd ON dd.site = f.site AND dd.day = {after} + f.amount + 1 AND f.clock = 1',
            'LEFT JOIN "_zone" z2 ON z2.site = f.site AND coalesce(f.sure, f.as_of - 1) >= z2.from_us '
            "AND coalesce(f.sure, f.as_of - 1) < z2.until_us",
        ]

    def _table_name(self) -> str:
        return f"_window {self.policy.id}"

    def tables(self) -> Iterator[Table]:
        """Open stretches by site with the open time before each: counted time is a look-up in it."""
        if self.window is None:
            return
        rows: list[tuple[object, ...]] = []
        audit = self.scope.env.audit
        first, last = audit.span[0] // DAY - 1, audit.span[1] // DAY + 1
        for site in audit.sites:
            before = 0
            for start, end in _open(tuple(site.profile.windows.get(self.window, ())), site.zone, first, last):
                rows.append((site.id, start, end, before))
                before += end - start
        columns = {"site": "VARCHAR", "from_us": "BIGINT", "until_us": "BIGINT", "before_us": "BIGINT"}
        yield Table(self._table_name(), columns, tuple(rows))


@lru_cache(maxsize=256)
def _open(windows: tuple[Window, ...], zone: str, first: int, last: int) -> list[tuple[int, int]]:
    """Sites and policies share windows: each is laid out once."""
    return open_intervals(windows, zone, first, last)


def _counted(alias: str, instant: str) -> str:
    """Open time from the first stretch up to an instant."""
    return f"coalesce({alias}.before_us + least({instant}, {alias}.until_us) - {alias}.from_us, 0)"


def _by_clock(found: dict[int, str]) -> str:
    if len(found) == 1:
        return next(iter(found.values()))
    return "CASE f.clock " + " ".join(f"WHEN {number} THEN {sql}" for number, sql in found.items()) + " END"


# --- the verdict -----------------------------------------------------------------------------------------------------


def _verdict(scope: Scope, policy: Deadline, timed: str) -> str:
    """The comparison of what came with what was due, in the order of language §6."""
    met = "t.sure <= t.due"
    # What never came is over its limit, also when as-of is the last instant of a day that was left.
    measured = 'CASE WHEN t.sure IS NULL AND t.due < t.as_of THEN greatest(t.measured, t."limit" + 1) ELSE t.measured END'
    verdict = (
        f'CASE WHEN NOT t."on" OR t."where" IS FALSE THEN {NONE} '
        f"WHEN t.start IS NULL THEN CASE WHEN t.never_started THEN {NONE} ELSE {UNKNOWN} END "
        f'WHEN t.where_pending THEN {PENDING} WHEN t."where" IS NULL OR t.early OR t.due IS NULL THEN {UNKNOWN} '
        f"WHEN {met} THEN {PASS} WHEN t.cancelled AND t.cancelled_at <= t.due THEN {NONE} "
        f"WHEN t.sure IS NULL AND t.due >= t.as_of THEN {PENDING} "
        f"WHEN t.possible <= t.due OR (t.cancelled AND t.cancelled_at IS NULL) THEN {UNKNOWN} "
        f"WHEN t.sure IS NULL AND t.covered_until < t.due THEN {UNKNOWN} "
        f"WHEN NOT t.excused OR t.excuse IS FALSE THEN {FAIL} WHEN t.excuse IS NULL THEN {UNKNOWN} ELSE {EXEMPT} END"
    )
    missing = (
        f"CASE WHEN t.start IS NULL THEN {text(_start_name(policy))} WHEN t.early THEN {text(_end_name(policy))} "
        f'WHEN t."where" IS NULL THEN t.where_missing WHEN t.due IS NULL THEN \'within\' '
        f"WHEN t.possible <= t.due THEN {text(_end_name(policy))} WHEN t.cancelled AND t.cancelled_at IS NULL THEN {text(_cancelled_at(scope))} "
        f"WHEN t.sure IS NULL AND t.covered_until < t.due THEN 'coverage' ELSE t.excuse_missing END"
    )
    row = common.each(0, {
        "v": verdict, "subject": "t.subject", "ordinal": "t.ordinal", "field": missing, "measured": measured,
        "limit": 't."limit"', "unit": "CASE WHEN t.clock = 1 AND t.ends_by IS NULL THEN 'days' ELSE 'us' END",
        "due": "t.due", "decided": f"CASE WHEN {met} THEN t.sure ELSE t.due END",
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


def _end_name(policy: Deadline) -> str:
    end = policy.ends
    while isinstance(end, FirstOf | LatestOf):
        end = end.first_of[0] if isinstance(end, FirstOf) else end.latest_of[0]
    return end if isinstance(end, str) else end.record


def _evidence(scope: Scope, policy: Deadline) -> str | None:
    """The related records that ended it (or came too late), by site and record key."""
    clauses = [one for one in _flat(policy.ends) if isinstance(one, Related)]
    if not clauses:
        return None
    scope = Scope(policy, policy.for_each, "r", scope.env, "NULL", truth)
    start = _start(scope, policy).sql
    selects = []
    for clause in clauses:
        found = matches(scope, clause, Bounds(lower=start), alias="x")
        kind = scope.types[clause.record]
        key = common.subject_sql([f"x.{name(one)}" for one in kind.key])
        owner = common.subject_sql([f"r.{name(one)}" for one in scope.type.key])
        rows = f'SELECT {key} AS "key", x."#file" AS file, x."#row" AS "row" FROM {found.source} WHERE {found.keys} AND {found.counts}'
        selects.append(
            f'SELECT r."#site" AS site, {owner} AS version_of, {text(clause.record)} AS record, y."key", y.file, y."row" '
            f'FROM (SELECT q.* FROM "v.{policy.for_each}" q SEMI JOIN hit h ON h.policy = {text(policy.id)} AND h.file = q."#file" '
            f'AND h."row" = q."#row") r {scope.joined(start)} CROSS JOIN LATERAL ({rows}) y'
        )
    return " UNION ALL ".join(selects)


def _flat(end: object) -> Iterator[object]:
    if isinstance(end, FirstOf | LatestOf):
        for one in end.first_of if isinstance(end, FirstOf) else end.latest_of:
            yield from _flat(one)
    else:
        yield end


__all__ = ["compile_deadline"]
