"""Ladders: the n-th finding of the same person or subject within a look-back leads to a step (language §2, §6, §7.12).

What is counted are the violations of this run, which the engine has in `hit` by then, and those of earlier runs in
`#finding`; `#decision` holds what people decided of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checker.calendars import day_start, spans
from checker.compile import common
from checker.compile.conditions import truth
from checker.compile.consequence import Consequence, consequence
from checker.compile.lengths import ELAPSED, amount_of, by_clock, day_after
from checker.compile.operands import constant
from checker.compile.related import Bounds, matches
from checker.compile.scope import Scope
from checker.compile.sql import DAY, Expr, name, text
from checker.compile.values import Env
from checker.compile.waived import waived_sql
from checker.periods import gaps
from checker.plan import FAIL, FOREVER, NONE, PASS, PENDING, UNKNOWN, Audit, Site, Table, Unit, View
from checker.policy.kinds import Deadline, Ladder, Requirement, Sequence
from checker.policy.over import FINDING, RECORD, levels, reads

IDENTITY = "sha256(h.policy || chr(31) || h.site || chr(31) || h.subject || chr(31) || h.ordinal)"
LISTED = 5
"""Of the findings that were counted not more than this many are named as evidence, or as many as the step asks for."""
WHO = {"accountable": "accountable", "subject": "subject", "site_id": "site", "team_id": "team"}


def compile_ladder(policy: Ladder, audit: Audit) -> tuple[Unit, list[Table], list[View]]:
    """The unit of one ladder and its tables. There are no views: what it reads is made while the plan runs."""
    return _Build(policy, audit).made()


class _Build:
    """The chain of one ladder: found -> decided -> distinct -> counted -> step; and the verdict on each."""

    def __init__(self, policy: Ladder, audit: Audit) -> None:
        self.policy = policy
        self.audit = replace(audit, types={**audit.types, RECORD: FINDING})
        self.env = Env(self.audit, f"_env {policy.id}")
        self.judged = {one.id: one for one in audit.policies}
        self.read = reads(policy, {**audit.earlier, **levels(audit.policies)})
        self.confirmed = policy.of.findings.decision == "confirmed"

    def made(self) -> tuple[Unit, list[Table], list[View]]:
        scan = self._scan()
        reached = View(self._name("reached"), f"{self._with()} SELECT * FROM reached")
        unit = Unit(f"ladder {self.policy.id}", (self.policy.id,), scan, (), small=True, evidence=self._evidence(), before=reached)
        return unit, [*self.env.tables(), self._read_table(), self._gap_table()], []

    def _name(self, step: str) -> str:
        return f"{self.policy.id} {step}"

    def _scope(self, instant: str) -> Scope:
        return Scope(self.policy, RECORD, "f", self.env, instant, truth, seen=False)

    # -- tables -------------------------------------------------------------------------------------------------------

    def _read_table(self) -> Table:
        """The policies that are read: whether this run judges them, whether a record counts once, whether somebody answers."""
        columns = {"policy": "VARCHAR", "judged": "BOOLEAN", "by_record": "BOOLEAN", "answers": "BOOLEAN"}
        return Table(self._name("read"), columns, tuple(self._said(one) for one in self.read))

    def _said(self, one: str) -> tuple[object, ...]:
        policy = self.judged.get(one)
        return one, policy is not None, isinstance(policy, Requirement | Deadline | Sequence), policy is not None and policy.accountable is not None

    def _gap_table(self) -> Table:
        """The stretches, month by month, of which no run speaks for some policy that is read."""
        columns = {"site": "VARCHAR", "label": "VARCHAR", "from_us": "BIGINT", "until_us": "BIGINT"}
        return Table(self._name("uncovered"), columns, tuple(row for site in self.audit.sites for row in self._uncovered(site)))

    def _uncovered(self, site: Site) -> Iterator[tuple[object, ...]]:
        first, last = self.audit.span[0] // DAY, site.as_of // DAY + 1
        known = [self._known(site, self.judged[one].id) for one in self.read if one in self.judged]
        for span in spans("month", first, last):
            start, end = day_start(site.zone, span.first), day_start(site.zone, span.until)
            for low, high in sorted({gap for stretches in known for gap in gaps(stretches, start, end)}):
                yield site.id, span.label, low, high

    def _known(self, site: Site, policy: str) -> list[tuple[int, int]]:
        """What is known of a policy's violations: of the time in which it was not in force that there were none."""
        in_force = self.judged[policy].effective
        stretches = [(site.first, min(site.until, site.as_of)), *((low, high) for where, which, low, high in self.audit.audited if (where, which) == (site.id, policy))]
        if in_force and in_force.from_:
            stretches.append((-FOREVER, day_start(site.zone, in_force.from_.number)))
        if in_force and in_force.until:
            stretches.append((day_start(site.zone, in_force.until.number + 1), FOREVER))
        return sorted(stretches)

    # -- what is counted ----------------------------------------------------------------------------------------------

    def _chain(self) -> dict[str, str]:
        return {"found": self._found(), "decided": self._decided(), "apart": self._distinct(), "counted": self._counted(), **self._steps()}

    def _found(self) -> str:
        """The violations of this run that nobody waived, and those of earlier ones outside what this run judges."""
        team, join = common.team_sql(self.audit, "h", "coalesce(h.decided, h.occurred)")
        read = f'"{self._name("read")}"'
        stands = f" AND {waived_sql(self.audit, 'h')} IS NULL" if self.audit.waivers else ""
        return (
            f'SELECT 0 AS age, h.policy, h.site AS "#site", {team} AS team_id, h.accountable, h.subject, h.ordinal, coalesce(h.decided, h.occurred) AS moment, '
            f"{IDENTITY} AS fingerprint, p.by_record, p.answers, h.file::VARCHAR || ':' || h.\"row\" AS record, h.file, h.\"row\", s.as_of "
            f'FROM hit h JOIN {read} p ON p.policy = h.policy JOIN "_site" s ON s.site = h.site {join} WHERE h.v = {FAIL}{stands} '
            f"UNION ALL SELECT h.age, h.policy, h.site, h.team_id, h.accountable, h.subject, h.ordinal, h.moment, h.fingerprint, p.by_record, p.answers, "
            f"h.record, NULL, NULL, s.as_of FROM \"#finding\" h JOIN {read} p ON p.policy = h.policy JOIN \"_site\" s ON s.site = h.site "
            f"WHERE h.moment <= s.as_of AND NOT (p.judged AND h.moment >= s.p_from AND h.moment < s.p_until)"
        )

    def _decided(self) -> str:
        """Without what people dismissed; `start` is when it was confirmed. One that nobody decided on yet is provisional."""
        if not self.confirmed:
            return "SELECT *, moment AS start, FALSE AS provisional FROM found WHERE moment IS NOT NULL"
        last = (
            "SELECT f.fingerprint, arg_max(d.decision, [coalesce(d.at, f.moment), d.no]) AS decision, max(coalesce(d.at, f.moment)) AS decided_us "
            'FROM (SELECT DISTINCT fingerprint, moment, as_of FROM found) f JOIN "#decision" d ON d.id = left(f.fingerprint, 12) '
            "WHERE coalesce(d.at, f.moment) <= f.as_of GROUP BY f.fingerprint"
        )
        return (
            f"SELECT f.*, greatest(f.moment, coalesce(d.decided_us, f.moment)) AS start, d.decision IS NULL AS provisional "
            f"FROM found f LEFT JOIN ({last}) d ON d.fingerprint = f.fingerprint WHERE f.moment IS NOT NULL AND coalesce(d.decision = 'confirmed', TRUE)"
        )

    def _distinct(self) -> str:
        """Each finding once, as the latest run has it; of one record and policy the first."""
        record = "CASE WHEN by_record THEN record END"
        once = "SELECT * FROM decided QUALIFY row_number() OVER (PARTITION BY fingerprint ORDER BY age, moment) = 1"
        return (
            f"SELECT * FROM ({once}) QUALIFY row_number() OVER (PARTITION BY policy, \"#site\", age, coalesce({record}, fingerprint) "
            f"ORDER BY moment, subject, ordinal) = 1"
        )

    def _counted(self) -> str:
        """Numbered in order, by person or subject, with the start of each look-back and the counts in force."""
        who, scope = WHO[self.policy.per], self._scope("f.moment")
        who = {"site": '"#site"', "team": "team_id"}.get(who, who)
        amount, clock, clocks = amount_of(scope, self.policy.look_back)
        counts = ", ".join(f"{constant(scope, Expr('', 'count'), step.count).sql} AS count{index}" for index, step in enumerate(self.policy.steps))
        order = '(PARTITION BY "#site", who ORDER BY moment, policy, subject, ordinal)'
        numbered = f"SELECT *, row_number() OVER {order} AS upto, sum(provisional::BIGINT) OVER {order} AS unsure FROM (SELECT *, {who} AS who FROM apart)"
        day = f'((f.moment + e."offset") // {DAY})'
        targets = {one: day_after(scope, day, f"({amount})", one, "-") for one in clocks if one != ELAPSED}
        target = by_clock(targets, f"({clock})") if targets else "NULL::BIGINT"
        dated = (
            f'SELECT f.*, {self.env.on(self.policy)} IS TRUE AS "on", {counts}, ({amount}) AS back, ({clock}) AS back_by, {day} AS today, {target} AS that_day '
            f"FROM ({numbered}) f {scope.joined('f.moment')}"
        )
        # As far into the earlier day as the finding is into its own.
        return (
            f"SELECT f.*, CASE f.back_by WHEN {ELAPSED} THEN f.moment - f.back ELSE b.start_us + f.moment - a.start_us END AS low FROM ({dated}) f "
            f'LEFT JOIN "_day" a ON a.site = f."#site" AND a.day = f.today LEFT JOIN "_day" b ON b.site = f."#site" AND b.day = f.that_day'
        )

    def _steps(self) -> dict[str, str]:
        """n counts to and including the finding; a step holds until the next one's count, the last repeats."""
        reached = " ".join(f"WHEN n >= count{index} THEN {index}" for index in reversed(range(len(self.policy.steps))))
        months = (
            f'SELECT string_agg(DISTINCT m.label, \', \' ORDER BY m.label) FROM "{self._name("uncovered")}" m '
            f'WHERE m.site = n."#site" AND m.until_us > n.low + 1 AND m.from_us <= n.moment'
        )
        return {
            "before": 'SELECT "#site", who, moment, max(upto) AS upto, max(unsure) AS unsure FROM counted GROUP BY ALL',
            "nth": (
                "SELECT f.*, f.upto - coalesce(b.upto, 0) AS n, f.unsure - coalesce(b.unsure, 0) > 0 AS marked FROM counted f "
                'ASOF LEFT JOIN before b ON b."#site" = f."#site" AND b.who = f.who AND b.moment <= f.low'
            ),
            "reached": f"SELECT n.*, CASE WHEN n.who IS NULL THEN NULL {reached} END AS step, ({months}) AS uncovered FROM nth n",
        }

    # -- the verdict --------------------------------------------------------------------------------------------------

    def _ended(self) -> str:
        """What was to follow at the step that was reached; computed once, and only where something was."""
        scope = self._scope("f.start")
        parts = _by_step([consequence(scope, index, step) for index, step in enumerate(self.policy.steps)])
        asked, listed = parts.pop("asked"), ", ".join(f'{sql} AS "{word}"' for word, sql in parts.items())
        last = len(self.policy.steps) - 1
        rows = (
            f"SELECT f.*, {asked} AS asked, (f.uncovered IS NOT NULL AND f.step IS DISTINCT FROM {last}) AS open, "
            f'{self._asked()} AS counted_from FROM "{self._name("reached")}" f'
        )
        nothing = ", ".join(f'NULL AS "{word}"' for word in parts)
        if asked == "FALSE":
            return f"SELECT f.*, {nothing} FROM ({rows}) f"
        return (
            f"SELECT f.*, {listed} FROM (SELECT * FROM ({rows}) WHERE asked) f {scope.joined('f.moment')} "
            f"UNION ALL SELECT f.*, {nothing} FROM ({rows}) f WHERE NOT f.asked"
        )

    def _scan(self) -> str:
        policy, scope = self.policy, self._scope("f.start")
        proposed = "CASE f.step " + " ".join(f"WHEN {index} THEN {text(step.propose)}" for index, step in enumerate(policy.steps)) + " END"
        verdict = (
            f'CASE WHEN NOT f."on" THEN {NONE} WHEN f.who IS NULL THEN CASE WHEN f.answers THEN {UNKNOWN} ELSE {NONE} END '
            f"WHEN f.low IS NULL OR f.open THEN {UNKNOWN} WHEN f.step IS NULL THEN {NONE} WHEN NOT f.asked THEN {FAIL} WHEN f.sure <= f.due THEN {PASS} "
            f"WHEN f.sure IS NULL AND f.due >= e.as_of THEN {PENDING} WHEN f.possible <= f.due THEN {UNKNOWN} "
            f"WHEN f.sure IS NULL AND f.covered < f.due THEN {UNKNOWN} ELSE {FAIL} END"
        )
        missing = (
            f"CASE WHEN NOT f.\"on\" THEN 'not in force' WHEN f.who IS NULL THEN {text(policy.per)} WHEN f.low IS NULL THEN 'look_back' WHEN f.open THEN f.uncovered "
            f"WHEN f.step IS NULL THEN 'no step' WHEN f.possible <= f.due THEN f.follows ELSE 'coverage' END"
        )
        row = common.each(0, {
            "v": verdict, "subject": "coalesce(f.who, '')", "ordinal": "'F-' || left(f.fingerprint, 12)", "field": missing,
            "measured": "CASE WHEN f.asked THEN f.measured ELSE f.n END", "limit": 'CASE WHEN f.asked THEN f."limit" ELSE f.counted_from END',
            "unit": "CASE WHEN f.asked THEN f.unit ELSE 'findings' END", "due": "CASE WHEN NOT f.open THEN f.due END",
            "decided": "CASE WHEN NOT f.asked OR f.open THEN f.start WHEN f.sure <= f.due THEN f.sure ELSE f.due END", "began": "f.start",
            "accountable": self._accountable(scope), "points": common.points_sql(scope), "because": common.because_sql(scope),
            "args": common.args_sql(scope, {"proposed": proposed, "number": "f.n"}), "note": "CASE WHEN f.marked THEN 'provisional' END",
            "value": common.value_sql(scope),
        })  # fmt: skip
        return (
            f'WITH ended AS MATERIALIZED ({self._ended()}) SELECT f."#site" AS site, f.file, f."row", FALSE AS disputed, \'\' AS version_of, '
            f'f.moment AS occurred, e."offset", {row} FROM ended f {scope.joined("f.moment")}'
        )

    def _asked(self) -> str:
        """How many findings the step asks for, or the first step where none is reached."""
        return f"CASE f.step {' '.join(f'WHEN {index} THEN f.count{index}' for index in range(len(self.policy.steps)))} ELSE f.count0 END"

    def _with(self) -> str:
        return "WITH " + ", ".join(f"{step} AS MATERIALIZED ({sql})" for step, sql in self._chain().items())

    def _accountable(self, scope: Scope) -> str:
        """The person whose finding it is, unless the policy names another."""
        return "f.accountable" if self.policy.accountable is None else common.accountable_sql(scope, "f.start", "f.start")

    def _evidence(self) -> str:
        """The findings that were counted, the latest ones where they are many, and what followed."""
        reached = f'"{self._name("reached")}"'
        counted = (
            f"SELECT f.\"#site\" AS site, coalesce(f.who, '') AS subject, 'F-' || left(f.fingerprint, 12) AS ordinal, 'finding' AS record, "
            f"'F-' || left(g.fingerprint, 12) AS \"key\", g.file, g.\"row\" FROM {reached} f JOIN {reached} g ON g.\"#site\" = f.\"#site\" AND g.who = f.who "
            f"AND g.upto <= f.upto AND g.upto > f.upto - greatest({LISTED}, {self._asked()}) AND g.moment > f.low"
        )
        return " UNION ALL ".join((counted, *self._followed()))

    def _followed(self) -> Iterator[str]:
        for index, step in enumerate(self.policy.steps):
            if step.expects is not None:
                scope = self._scope("f.start")
                found = matches(scope, step.expects, Bounds(lower="f.start"), alias="x")
                key = common.subject_sql([f"x.{name(one)}" for one in self.audit.types[step.expects.record].key])
                rows = f'SELECT {key} AS "key", x."#file" AS file, x."#row" AS "row" FROM {found.source} WHERE {found.where} AND {found.counts}'
                yield (
                    f"SELECT f.\"#site\", coalesce(f.who, ''), 'F-' || left(f.fingerprint, 12), {text(step.expects.record)}, y.\"key\", y.file, y.\"row\" "
                    f'FROM (SELECT * FROM "{self._name("reached")}" WHERE step = {index}) f ' + f"{scope.joined('f.moment')} CROSS JOIN LATERAL ({rows}) y"
                )


def _by_step(ends: list[Consequence | None]) -> dict[str, str]:
    """Each part of the consequence of the step at hand, as SQL; `asked` says whether there is one."""
    there = {index: one for index, one in enumerate(ends) if one is not None}
    if not there:
        return {"asked": "FALSE", **dict.fromkeys(("sure", "possible", "due", "covered", "measured", "limit", "unit", "follows"), "NULL")}
    parts = {
        key: "CASE f.step " + " ".join(f"WHEN {index} THEN {getattr(one, key)}" for index, one in there.items()) + " END"
        for key in ("sure", "possible", "due", "covered", "measured", "limit", "unit", "follows")
    }
    return {"asked": f"coalesce(f.step IN ({', '.join(map(str, there))}), FALSE)", **parts}


__all__ = ["IDENTITY", "compile_ladder"]
