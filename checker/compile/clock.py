"""The clock of a limit: when it runs out, and how much of it has run (language §5, §7.4, §7.15).

Time is counted on one axis: microseconds, open microseconds of a window, local days, working days. A start, an answer
and the edges of pauses are look-ups on that axis, and the last instant that is not over the limit is the look-up back.
"""

from __future__ import annotations

from collections.abc import Iterable

from checker.compile.lengths import CALENDAR, ELAPSED, MONTHS, WORKING, amount_of, by_clock, day_after, outside
from checker.compile.operands import constant
from checker.compile.related import Bounds, matches
from checker.compile.scope import Scope
from checker.compile.sql import DAY, Expr, day_of
from checker.policy.conditions import Related
from checker.policy.kinds import Cutoff, Paused
from checker.policy.values import Duration, Parameter, TimeOfDay

SEEN = "coalesce(f.sure, f.stopped, f.as_of)"
LAST = "coalesce(f.sure, f.as_of - 1)"
UNIT = "CASE t.clock WHEN 1 THEN 'days' WHEN 2 THEN 'workdays' ELSE 'us' END"
"""The unit of measured and limit; months are counted in days."""


class Clock:
    """How due and measured come of facts, one row each, with their start, their answer (`sure`), the end of the duty
    where it lapsed (`stopped`) and `as_of`."""

    def __init__(
        self, scope: Scope, within: Parameter | Duration, counted_in: object = None, cutoff: Cutoff | None = None, paused: Paused | None = None
    ) -> None:
        self.scope, self.cutoff, self.paused = scope, cutoff, paused
        self.amount, self.clock, self.clocks = amount_of(scope, within)
        self.axes = tuple(sorted({CALENDAR if one == MONTHS else one for one in self.clocks}))
        self.window = scope.env.window(scope.policy, counted_in) if counted_in is not None and ELAPSED in self.axes else None
        self.bounds = scope.env.window_bounds(self.window) if self.window else None

    # -- columns of the facts -----------------------------------------------------------------------------------------

    def columns(self, start: str) -> dict[str, str]:
        """What is read of the record and of the values in force."""
        day = day_of(start, 'e."offset"')
        begun = self._begun(start, day)
        amounts = {
            ELAPSED: self.amount, WORKING: self.amount, CALENDAR: f"({self.amount} + ({begun} - {day}))" if self.cutoff else self.amount,
            MONTHS: f"({day_after(self.scope, begun, self.amount, MONTHS)} - {day})",
        }  # fmt: skip
        found = {
            "amount": by_clock({one: amounts[one] for one in self.clocks}, self.clock),
            "clock": f"CASE {self.clock} WHEN {MONTHS} THEN {CALENDAR} ELSE {self.clock} END" if MONTHS in self.clocks else f"({self.clock})",
        }
        if WORKING in self.axes:
            found |= {"begun": begun, "unworked": self.scope.env.unworked()}
        if self.bounds:
            found |= {"known_from": self.bounds[0], "known_until": self.bounds[1]}
        return found | (self._pauses(start) if self.paused else {})

    def _begun(self, start: str, day: str) -> str:
        """The local day from which days are counted: a start strictly after the cut-off counts as made later."""
        if self.cutoff is None:
            return day
        limit = constant(self.scope, Expr("", "count"), self.cutoff.after).sql
        if isinstance(self.cutoff.after, str):
            limit = str(TimeOfDay.parse(self.cutoff.after).micros)
        amount, clock, clocks = amount_of(self.scope, self.cutoff.then)
        late = by_clock({one: day_after(self.scope, day, amount, one) for one in clocks}, clock)
        return f"""CASE WHEN (({start} + e."offset") % {DAY}) > {limit} THEN {late} ELSE {day} END"""

    def _pauses(self, start: str) -> dict[str, str]:
        """The spells in which the clock stands still, and whether there may be others. One that goes on does so to as-of."""
        assert self.paused
        clause = Related(record=self.paused.record, match=self.paused.match, where=self.paused.where)
        found = matches(self.scope, clause, Bounds())
        begins, ends = found.inner.field(self.paused.from_), found.inner.field(self.paused.to)
        a, b = found.inner.moment(self.paused.from_), found.inner.moment(self.paused.to)
        if ends.type == "date":
            b = f'(SELECT d.start_us FROM "_day" d WHERE d.site = {found.inner.site} AND d.day = {ends.sql} + 1)'
        b = f"coalesce({b}, CASE WHEN {ends.later} THEN e.as_of END)" if ends.later else b
        sure = f"({found.counts}) AND {a} IS NOT NULL AND {b} IS NOT NULL"
        maybe = f"({found.counts}) IS NOT FALSE AND ({sure}) IS NOT TRUE AND NOT {begins.later or 'FALSE'} AND coalesce({b} > {start}, TRUE)"
        self.scope.late["paused"] = (
            f"LEFT JOIN LATERAL (SELECT list({{'a': {a}, 'b': {b}}}) FILTER (WHERE {sure}) AS spells, coalesce(bool_or({maybe}), FALSE) AS doubt "
            f"FROM {found.source} WHERE {found.where}) paused ON TRUE"
        )
        return {"pauses": "paused.spells", "doubt": "paused.doubt", "paused_until": self.scope.env.covered(self.paused.record)[1]}

    # -- due and measured ---------------------------------------------------------------------------------------------

    def timed(self, facts: str) -> str:
        """Facts with `due`, `measured` and `limit`: one CTE after another."""
        more = f"row_number() OVER () AS id, {self._axis(self._clip())} AS clip, {self._axis(self._floor())} AS floor, " if self.paused else ""
        based = f"SELECT {more}f.*, {self._axis(self._base())} AS base, {self._axis(self._now())} AS now FROM {self._from()}"
        pauses = f", {self._paused()}" if self.paused else ""
        return f"WITH facts AS ({facts}), based AS ({based}){pauses}, timed AS ({self._timed()})"

    def _axis(self, found: dict[int, str]) -> str:
        return by_clock(found, "f.clock")

    def _base(self) -> dict[int, str]:
        """Where the start stands on the axis."""
        elapsed = "f.start"
        if self.window:
            elapsed = _counted("w0", "f.start")
            if self.bounds:
                day = day_of("least(f.start, f.known_from)", 'f."offset"')
                elapsed = f"CASE WHEN least(f.start, {SEEN}) < f.known_from THEN {outside(day)} ELSE {elapsed} END"
        return self._chosen(elapsed, day_of("f.start", 'f."offset"'), _worked("k1", "f.begun"))

    def _now(self) -> dict[int, str]:
        """Where the answer, or else as-of, stands; a day that has begun is counted."""
        elapsed = SEEN
        if self.window:
            elapsed = _counted("w1", SEEN)
            if self.bounds:
                late = day_of(f"greatest({SEEN}, f.known_until)", 'f."offset"')
                elapsed = f"CASE WHEN {SEEN} > f.known_until THEN {outside(late)} ELSE {elapsed} END"
        seen = day_of(LAST, 'z2."offset"')
        # What comes on a day of rest is as late as the working day that follows.
        return self._chosen(elapsed, seen, f"coalesce(k2.upto + (NOT k2.works AND coalesce(k2.day > f.begun, FALSE))::INTEGER, {outside(seen)})")

    def _floor(self) -> dict[int, str]:
        """From where pauses take time: that of days takes their midnights, also the one that ends the day of the start."""
        base = self._base()
        return self._chosen(base.get(ELAPSED, ""), f"{base.get(CALENDAR)} - 1", f"{base.get(WORKING)} - k1.works::INTEGER")

    def _clip(self) -> dict[int, str]:
        """Up to where pauses have taken time by now: a day that has only begun may still be counted."""
        now = self._now()
        return self._chosen(now.get(ELAPSED, ""), f"{now.get(CALENDAR)} - 1", "k2.upto - k2.works::INTEGER")

    def _chosen(self, elapsed: str, calendar: str, working: str) -> dict[int, str]:
        return {axis: sql for axis, sql in ((ELAPSED, elapsed), (CALENDAR, calendar), (WORKING, working)) if axis in self.axes}

    def _from(self) -> str:
        joins = ["facts f"]
        if self.window:
            joins += [self._stretch("w0", "f.start", "f"), self._stretch("w1", SEEN, "f")]
        if CALENDAR in self.axes or WORKING in self.axes:
            joins.append(f'LEFT JOIN "_zone" z2 ON z2.site = f.site AND {LAST} >= z2.from_us AND {LAST} < z2.until_us')
        if WORKING in self.axes:
            joins.append('LEFT JOIN "_work" k1 ON k1.site = f.site AND k1.day = f.begun')
            seen = day_of(LAST, 'z2."offset"')
            joins.append(f'LEFT JOIN "_work" k2 ON k2.site = f.site AND k2.day = {seen}')
        return " ".join(joins)

    def _stretch(self, alias: str, instant: str, of: str) -> str:
        return f'ASOF LEFT JOIN "{self.window}" {alias} ON {alias}.site = {of}.site AND {instant} >= {alias}.from_us'

    def _timed(self) -> str:
        """The look-up back from the axis, and what is compared with the limit."""
        shift, stood = ("coalesce(p.shift, 0)", "coalesce(p.stood, 0)") if self.paused else ("0", "0")
        joins = ["based f"] + (["LEFT JOIN pause p ON p.id = f.id"] if self.paused else [])
        reach = f"(f.base + f.amount + {shift})"
        elapsed = reach
        if self.window:
            joins.append(f'ASOF LEFT JOIN "{self.window}" wd ON wd.site = f.site AND {reach} >= wd.before_us')
            elapsed = f"wd.from_us + ({reach} - wd.before_us)"
            if self.bounds:
                day = day_of("f.known_until", 'f."offset"')
                elapsed = f"CASE WHEN wd.from_us >= f.known_until THEN {outside(day)} ELSE {elapsed} END"
        last = {CALENDAR: reach}
        if WORKING in self.axes:
            joins.append(f'LEFT JOIN "_worked" n ON n.site = f.site AND n.no = {reach} AND f.clock = {WORKING}')
            last[WORKING] = f"CASE WHEN {reach} = f.base THEN f.begun ELSE n.day END"
        days = {axis: sql for axis, sql in last.items() if axis in self.axes}
        if days:
            joins.append(f'LEFT JOIN "_day" dd ON dd.site = f.site AND dd.day = {self._axis(days)} + 1 AND f.clock > 0')
        missed = f"CASE WHEN dd.start_us IS NULL AND {reach} IS NOT NULL THEN {outside('f.unworked')} ELSE dd.start_us - 1 END"
        due = self._axis(self._chosen(elapsed, "dd.start_us - 1", missed))
        return (
            f"SELECT f.*, CASE WHEN f.start IS NOT NULL THEN coalesce(f.ends_by, {due}) END AS due, "
            f"CASE WHEN f.start IS NULL THEN NULL WHEN f.ends_by IS NOT NULL THEN {SEEN} - f.start ELSE f.now - f.base - {stood} END AS measured, "
            f'coalesce(f.ends_by - f.start, f.amount) AS "limit" FROM {" ".join(joins)}'
        )

    # -- pauses -------------------------------------------------------------------------------------------------------

    def _paused(self) -> str:
        """By fact: how far pauses move the limit (`shift`), and how much of the time so far they took (`stood`).

        Pauses are laid together; each takes what of it lies after the start, and counts while the limit has not run out:
        time that has just run out stands still with the clock, a day that is over is over.
        """
        merged = (
            "spell AS (SELECT id, site, clock, base, floor, amount, clip, greatest(u.a, start) AS a, u.b AS b "
            "FROM (SELECT *, unnest(pauses) AS u FROM based) WHERE u.b > greatest(u.a, start)), "
            "island AS (SELECT *, coalesce(a > max(b) OVER (PARTITION BY id ORDER BY a, b ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), FALSE)::INTEGER AS new FROM spell), "
            "numbered AS (SELECT *, sum(new) OVER (PARTITION BY id ORDER BY a, b ROWS UNBOUNDED PRECEDING) AS part FROM island), "
            "whole AS (SELECT id, site, clock, base, floor, amount, clip, min(a) AS a, max(b) AS b FROM numbered GROUP BY id, site, clock, base, floor, amount, clip, part)"
        )
        edges = f"edge AS (SELECT f.*, {self._edge('a')} AS ca, {self._edge('b')} AS cb FROM whole f {' '.join(self._edge_joins())})"
        taken = (
            "taken AS (SELECT *, greatest(0, cb - greatest(ca, floor)) AS took, greatest(0, least(cb, clip) - greatest(ca, floor)) AS sofar FROM edge), "
            "ran AS (SELECT *, greatest(ca, floor) - base - coalesce(sum(took) OVER "
            "(PARTITION BY id ORDER BY a ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before FROM taken), "
            "pause AS (SELECT id, coalesce(sum(took) FILTER (WHERE before + (clock > 0)::INTEGER <= amount), 0)::BIGINT AS shift, "
            "sum(sofar)::BIGINT AS stood FROM ran GROUP BY id)"
        )
        return f"{merged}, {edges}, {taken}"

    def _edge(self, end: str) -> str:
        """Where an edge of a pause stands: for days, how many were over."""
        day = _day_before(end)
        elapsed = _counted(f"w{end}", f"f.{end}") if self.window else f"f.{end}"
        return self._axis(self._chosen(elapsed, day, _worked(f"k{end}", day)))

    def _edge_joins(self) -> Iterable[str]:
        for end in ("a", "b"):
            if self.window:
                yield self._stretch(f"w{end}", f"f.{end}", "f")
            if CALENDAR in self.axes or WORKING in self.axes:
                yield f'LEFT JOIN "_zone" z{end} ON z{end}.site = f.site AND f.{end} >= z{end}.from_us AND f.{end} < z{end}.until_us'
            if WORKING in self.axes:
                yield f'LEFT JOIN "_work" k{end} ON k{end}.site = f.site AND k{end}.day = {_day_before(end)}'


def _day_before(end: str) -> str:
    """The local day that was over at an edge of a pause."""
    offset = f'z{end}."offset"'
    return f"{day_of(f'f.{end}', offset)} - 1"


def _counted(alias: str, instant: str) -> str:
    """Open time from the first stretch up to an instant."""
    return f"coalesce({alias}.before_us + least({instant}, {alias}.until_us) - {alias}.from_us, 0)"


def _worked(alias: str, day: str) -> str:
    """The number of working days up to a day that was looked up."""
    return f"coalesce({alias}.upto, {outside(day)})"


__all__ = ["Clock", "UNIT"]
