"""Sequences: the steps of a case come in order, the required ones all come (language §2, §6).

Each case is read step by step in time. A step is out of order where a later one of `order` stands before it since the last
restart; a restart goes back to the earliest step that it names. The first step of the last place in `order` closes the case;
a restart after that begins a new cycle, an obligation of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.compile import common
from checker.compile.conditions import truth
from checker.compile.related import Bounds, matches
from checker.compile.scope import Scope
from checker.compile.sql import name, text
from checker.compile.values import Env
from checker.plan import BEGINNING, EXEMPT, FAIL, NONE, PASS, PENDING, UNKNOWN, Audit, Table, Unit, View
from checker.policy.conditions import Related
from checker.policy.kinds import Sequence

CASE = "site, cfile, crow"


def compile_sequence(policy: Sequence, audit: Audit) -> tuple[Unit, list[Table], list[View]]:
    """The unit of one sequence, its tables, and the views that put its steps in order."""
    return _Build(policy, audit).made()


def places(policy: Sequence) -> dict[str, int]:
    """The place of each step in the order."""
    return {step: place for place, entry in enumerate(policy.order) for step in ((entry,) if isinstance(entry, str) else entry)}


def restarts(policy: Sequence) -> dict[str, int]:
    """The place to which each restart goes back."""
    at = places(policy)
    return {step: min((at[one] for one in targets if one in at), default=0) for step, targets in (policy.restarts or {}).items()}


class _Build:
    """The chain of views of one sequence: steps -> in order -> cycles; and the scan that judges them."""

    def __init__(self, policy: Sequence, audit: Audit) -> None:
        self.policy, self.audit = policy, audit
        self.kind = audit.types[policy.for_each]
        self.env = Env(audit, f"_env {policy.id}")
        self.places, self.restarts = places(policy), restarts(policy)
        self.order = f"(PARTITION BY {CASE} ORDER BY moment, tie NULLS LAST, place, again DESC, step)"

    def made(self) -> tuple[Unit, list[Table], list[View]]:
        views = [
            View(self._name("step"), self._steps(), stored=True), View(self._name("placed"), self._placed(), stored=True),
            View(self._name("cycle"), self._cycles(), stored=True),
        ]  # fmt: skip
        scan = self._verdict()
        unit = Unit(f"sequence {self.policy.id}", (self.policy.id,), scan, (0,), stored=True, evidence=self._evidence())
        return unit, list(self.env.tables()), views

    def _name(self, step: str) -> str:
        return f"{self.policy.id} {step}"

    def _scope(self) -> Scope:
        scope = Scope(self.policy, self.policy.for_each, "r", self.env, "NULL", truth)
        scope.instant = scope.moment(self.kind.time) if self.kind.time else "NULL"
        return scope

    # -- steps --------------------------------------------------------------------------------------------------------

    def _steps(self) -> str:
        """The steps of every case, with their place; `doubt` where it is open whether, when or what it was."""
        steps, scope = self.policy.steps, self._scope()
        found = matches(scope, Related(record=steps.record, match=steps.match, where=steps.where, time=steps.time), Bounds(), alias="x")
        step, tie = found.inner.field(steps.name).sql, found.inner.field(steps.ties).sql if steps.ties else "NULL"
        listed = ", ".join(text(one) for one in {**self.places, **self.restarts})
        key = common.subject_sql([f"x.{name(one)}" for one in self.audit.types[steps.record].key])
        columns = (
            f'x."#file" AS file, x."#row" AS "row", {key} AS "key", {found.time} AS moment, {tie} AS tie, {step} AS step, '
            f"({found.counts}) AS counts"
        )
        rows = f"SELECT {columns} FROM {found.source} WHERE {found.where} AND coalesce({step} IN ({listed}), TRUE)"
        return (
            f'SELECT r."#site" AS site, r."#file" AS cfile, r."#row" AS crow, m.*, {self._place(self.places | self.restarts)} AS place, '
            f"coalesce(m.step IN ({', '.join(text(one) for one in self.restarts) or 'NULL'}), FALSE) AS again, "
            f"m.counts IS NULL OR m.step IS NULL OR m.moment IS NULL AS doubt "
            f'FROM "v.{self.policy.for_each}" r {scope.joined(scope.instant)} CROSS JOIN LATERAL ({rows}) m WHERE m.counts IS NOT FALSE'
        )

    @staticmethod
    def _place(places: dict[str, int]) -> str:
        return "CASE m.step " + " ".join(f"WHEN {text(step)} THEN {place}" for step, place in places.items()) + " END"

    def _placed(self) -> str:
        """Steps in order, with their cycle, whether they break the order, and how many required ones are missing so far.

        A reopening begins a cycle; so does, after a case was closed rightly, the first step that breaks the order.
        """
        last = len(self.policy.order) - 1
        before = f"(PARTITION BY {CASE} ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        since = f"(PARTITION BY {CASE}, stretch ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        up_to, whole = f"(PARTITION BY {CASE} ORDER BY i)", f"(PARTITION BY {CASE}, opened)"
        lacks = list(self._lacks(up_to))
        lacking = " + ".join(f"({test})::BIGINT" for _, test in lacks) or "0"
        named = ", ".join(f"CASE WHEN {test} THEN {text(step)} END" for step, test in lacks) or "NULL"
        return (
            f'WITH a AS (SELECT *, row_number() OVER {self.order} AS i FROM "{self._name("step")}" WHERE NOT doubt), '
            f"b AS (SELECT *, sum(again::BIGINT) OVER {up_to} AS stretch, (place = {last} AND NOT again) AS closes FROM a), "
            f"c AS (SELECT *, coalesce(again AND max(CASE WHEN closes THEN stretch END) OVER {before} = stretch - 1, FALSE) AS reopens, "
            f"coalesce(NOT again AND place < max(place) OVER {since}, FALSE) AS broken, {lacking} AS lacking, concat_ws(', ', {named}) AS lacked FROM b), "
            f"d AS (SELECT *, sum(reopens::BIGINT) OVER {up_to} AS opened FROM c), "
            f"e AS (SELECT *, min(i) FILTER (WHERE broken) OVER {whole} AS broken_i, min(i) FILTER (WHERE closes) OVER {whole} AS closed_i, "
            f"arg_min(lacking, i) FILTER (WHERE closes) OVER {whole} AS lacked_then FROM d) "
            f"SELECT *, 1 + sum((reopens OR coalesce(i = broken_i AND closed_i < broken_i AND lacked_then = 0, FALSE))::BIGINT) OVER {up_to} AS cycle FROM e"
        )

    def _lacks(self, up_to: str) -> Iterator[tuple[str, str]]:
        """Of each required step: has it not come since the case last went back to it or before it?"""
        for step in self.policy.required or ():
            back = [text(one) for one, place in self.restarts.items() if place <= self.places[step]]
            came = f"max(CASE WHEN step = {text(step)} THEN i END) OVER {up_to}"
            went = f"max(CASE WHEN step IN ({', '.join(back)}) THEN i END) OVER {up_to}" if back else "NULL"
            yield step, f"({came} IS NULL OR coalesce({came} < {went}, FALSE))"

    def _cycles(self) -> str:
        """By case and cycle: the instant that decides it, what is wrong by then, and the steps that are to blame."""
        first = {
            word: f"arg_min({column}, i) FILTER (WHERE {test})"
            for word, column, test in (
                ("broken_at", "moment", "broken"), ("broken_by", "step", "broken"), ("closed_at", "moment", "closes"),
                ("lacking", "lacking", "closes"), ("lacked", "lacked", "closes"),
            )
        }  # fmt: skip
        grouped = ", ".join(f"{sql} AS {word}" for word, sql in first.items())
        incomplete = "coalesce(lacking, 0) > 0 AND (broken_i IS NULL OR closed_i < broken_i)"
        return (
            f"SELECT {CASE}, cycle, first_us, CASE WHEN {incomplete} THEN closed_at ELSE coalesce(broken_at, closed_at) END AS decided_us, "
            f"CASE WHEN {incomplete} THEN lacking WHEN broken_i IS NOT NULL THEN 1 ELSE 0 END AS faults, {incomplete} AS incomplete, "
            f"CASE WHEN {incomplete} THEN lacked ELSE broken_by END AS blamed FROM (SELECT {CASE}, cycle, min(moment) AS first_us, "
            f"min(i) FILTER (WHERE broken) AS broken_i, min(i) FILTER (WHERE closes) AS closed_i, {grouped} "
            f'FROM "{self._name("placed")}" GROUP BY {CASE}, cycle)'
        )

    # -- the verdict --------------------------------------------------------------------------------------------------

    def _verdict(self) -> str:
        policy, scope = self.policy, self._scope()
        time, start = scope.instant, f"coalesce({scope.instant}, n.first_us)"
        scope.instant = start
        upper = Bounds(upper="coalesce(n.decided_us, e.as_of)")
        where, excuse = common.void_and_where(scope, policy, upper), truth(scope, policy.excused_when, upper)
        lapsed, lapsed_at = common.lapse(scope)
        unseen = self._unseen(start)
        doubt = "coalesce(d.first_us <= n.decided_us, FALSE)"
        excused = f"WHEN {excuse.known} THEN {EXEMPT} WHEN ({excuse.known}) IS NULL THEN {UNKNOWN} " if policy.excused_when else ""
        waits = f"WHEN {where.pending} THEN {PENDING} " if where.pending else ""
        verdict = (
            f"CASE WHEN {self.env.on(policy)} IS NOT TRUE OR ({where.known}) IS FALSE THEN {NONE} {waits}"
            f"WHEN {lapsed} AND (n.decided_us IS NULL OR n.decided_us > {lapsed_at}) THEN {NONE} WHEN n.decided_us IS NULL THEN {PENDING} "
            f"WHEN ({where.known}) IS NULL OR {doubt} THEN {UNKNOWN} WHEN n.faults = 0 THEN {PASS} "
            f"WHEN ({lapsed} AND {lapsed_at} IS NULL) OR {unseen} THEN {UNKNOWN} {excused}ELSE {FAIL} END"
        )
        missing = (
            f"CASE WHEN ({where.known}) IS NULL THEN {where.missing} WHEN {doubt} THEN d.lacks "
            f"WHEN {lapsed} AND {lapsed_at} IS NULL THEN {text(self.kind.lapses.at if self.kind.lapses else '')} "
            f"WHEN {unseen} THEN 'coverage' ELSE {excuse.missing if policy.excused_when else 'NULL'} END"
        )
        key = common.key_sql(scope)
        answers = scope.as_of(f"coalesce(n.decided_us, {start})", "decided_")
        row = common.each(0, {
            "v": verdict, "subject": common.subject_sql(common.subjects(scope)), "ordinal": self._ordinal(scope, time, key),
            "field": missing, "measured": "coalesce(n.faults, 0)", "limit": "0", "unit": "'steps'", "decided": "n.decided_us",
            "began": f"CASE WHEN n.cycle > 1 THEN n.first_us ELSE {start} END", "accountable": common.accountable_sql(answers, start, "n.decided_us"),
            "points": common.points_sql(scope), "because": common.because_sql(scope), "args": common.args_sql(scope, {"steps": "n.blamed"}),
            "value": common.value_sql(scope),
        })  # fmt: skip
        return (
            f'SELECT r."#site" AS site, r."#file" AS file, r."#row" AS "row", r."#disputed" AS disputed, '
            f"{self._version(key, 'n.cycle')} AS version_of, {start} AS occurred, e.\"offset\", {row} FROM {self._cases()} r "
            f'LEFT JOIN "{self._name("cycle")}" n ON n.site = r."#site" AND n.cfile = r."#file" AND n.crow = r."#row" '
            f'LEFT JOIN ({self._doubtful()}) d ON d.site = r."#site" AND d.cfile = r."#file" AND d.crow = r."#row" {scope.joined(start)}'
        )

    def _first(self) -> str | None:
        return common.first_start(self.policy, self.kind.time, self.audit)

    def _cases(self) -> str:
        return common.rows_of(self.kind, self._first())

    def _ordinal(self, scope: Scope, time: str, key: str) -> str:
        """The cycle of the case; where the subject is more than the case, its number among all of them, judged or not."""
        wanted = self.policy.subject
        cycle = "coalesce(n.cycle, 1)"
        if not wanted or tuple(wanted) == tuple(self.kind.key):
            return f"{cycle}::VARCHAR"
        counted_by = 'r."#first"' if self._first() else time
        return common.ordinal_sql(scope, common.subjects(scope), "TRUE", counted_by, f"{key}, {cycle}")

    @staticmethod
    def _version(key: str, cycle: str) -> str:
        return f"{key} || CASE WHEN {cycle} > 1 THEN chr(31) || {cycle} ELSE '' END"

    def _doubtful(self) -> str:
        """Cases with a step of which something is not known: what, and from when on it may have been."""
        steps = self.policy.steps
        lacks = f"CASE WHEN step IS NULL THEN {text(steps.name)} WHEN moment IS NULL THEN {text(steps.time)} ELSE {text(steps.record)} END"
        return f'SELECT {CASE}, min({lacks}) AS lacks, min(coalesce(moment, {BEGINNING})) AS first_us FROM "{self._name("step")}" WHERE doubt GROUP BY {CASE}'

    def _unseen(self, start: str) -> str:
        """Whether a step that is missing may have come before what the source speaks of."""
        record = self.policy.steps.record
        unfold = self.audit.types[record].unfold
        if unfold is not None and record not in self.audit.present:
            return "FALSE"
        return f"(n.incomplete AND {self.env.covered_last(record)[0]} > {start})"

    def _evidence(self) -> str:
        """The steps of each cycle, and those of which something is not known."""
        key = common.subject_sql([f"r.{name(one)}" for one in self.kind.key])
        step = "{alias}.\"key\", {alias}.file, {alias}.\"row\""
        joined = f'JOIN "v.{self.policy.for_each}" r ON r."#site" = s.site AND r."#file" = s.cfile AND r."#row" = s.crow'
        record = text(self.policy.steps.record)
        steps = (
            f"SELECT s.site, {self._version(key, 's.cycle')} AS version_of, {step.format(alias='s')} "
            f'FROM "{self._name("placed")}" s {joined} UNION ALL '
            f"SELECT s.site, {self._version(key, 'n.cycle')}, {step.format(alias='s')} FROM \"{self._name('step')}\" s {joined} "
            f'LEFT JOIN "{self._name("cycle")}" n ON n.site = s.site AND n.cfile = s.cfile AND n.crow = s.crow WHERE s.doubt'
        )
        return (
            f'SELECT h.rowid AS hit, {record} AS record, y."key", y.file, y."row" FROM ({steps}) y '
            f"JOIN hit h ON h.policy = {text(self.policy.id)} AND h.site = y.site AND h.version_of = y.version_of"
        )


__all__ = ["compile_sequence", "places", "restarts"]
