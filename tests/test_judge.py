"""judge.py agrees with the oracle (and so, by the differential test, with the engine) on random worlds."""

from __future__ import annotations

from contextlib import suppress
from random import Random
from typing import Any

import pytest

from checker import judge, judge_kinds
from checker.policy.conditions import Condition, Related, Shifted, Test
from checker.policy.records import resolve
from checker.policy.values import Duration, Parameter
from tests import reference
from tests import reference_kinds as more
from tests.reference import LATER, OutsideCalendar, World
from tests.worlds import random_world


class Witness(reference._Site):
    """The oracle, with every decision of its own held against judge.py's."""

    seen = 0
    reached: set[str] = set()  # noqa: RUF012
    """The parts of the newer kinds that were compared."""

    def agree(self, mine: str | None, theirs: str) -> str | None:
        Witness.seen += 1
        assert theirs == (mine or "not_applicable")
        return mine

    def _decided(self, where: Any, decided: Any, demand: Any, excuse: Any) -> str | None:  # type: ignore[override]
        mine = super()._decided(where, decided, demand, excuse)
        return self.agree(mine, judge.requirement(where, demand, excuse, decided))

    def _answered(self, policy: Any, row: Any, where: Any, start: int, sure: Any, possible: Any, early: bool, sources: Any, due: Any) -> str | None:
        mine = super()._answered(policy, row, where, start, sure, possible, early, sources, due)
        cancelled, at = self._cancelled(policy, row, start)
        near = lambda clause, one: self.related(policy, policy.for_each, one, clause, start, high=start)  # noqa: E731
        excuse = self.holds(policy, policy.for_each, row, policy.excused_when, start, near) if policy.excused_when else False
        covered = min(self.covered(source, start)[1] for source in sources)
        doubt = bool(policy.paused_by) and due is not None and (self._pauses(policy, row, start)[1] or self.covered(policy.paused_by.record, start)[1] < due)
        times = judge.Due(start, sure, possible, due, self.as_of, covered, early, False, cancelled, at if isinstance(at, int) else None, doubt)
        return self.agree(mine, judge.deadline(where, times, None if excuse == "pending" else excuse))

    def _outcome(self, policy: Any, row: Any, where: Any, start: Any, waits: bool, due: Any, demand: Any, since: Any, decided: Any, at: int) -> str | None:
        mine = super()._outcome(policy, row, where, start, waits, due, demand, since, decided, at)
        covered = min((self.covered(one, start)[1] for one in self._records(policy.require or policy.forbidden) if start is not None), default=2**62)
        near = lambda clause, one: self.related(policy, policy.for_each, one, clause, at, high=decided)  # noqa: E731
        excuse = self.holds(policy, policy.for_each, row, policy.excused_when, at, near) if policy.excused_when else False
        times = judge.Ripe(start, due, since, self.as_of, covered, waits)
        return self.agree(mine, judge.ripening(where, demand, times, None if excuse == "pending" else excuse, policy.forbidden is not None))

    def _unbroken(self, where: Any, broken: Any, anyway: Any, begin: int, finish: int, covered: Any, excuse: Any) -> str | None:
        mine = super()._unbroken(where, broken, anyway, begin, finish, covered, excuse)
        return self.agree(mine, judge.never_without(where, judge.Gaps(broken, anyway, begin, finish, self.as_of, covered), excuse))

    def _summed_up(self, above: int, below: int, known: int, free: int, target: Any, closes: int, complete: bool, least: bool, sample: int) -> str | None:
        mine = super()._summed_up(above, below, known, free, target, closes, complete, least, sample)
        numbers = judge.Sums(above, below, known, free, target.numerator, target.denominator, closes, self.as_of, complete, least, sample)
        return self.agree(mine, judge.mean(numbers))

    def _frequent(self, policy: Any, where: Any, needed: Any, sure: Any, possible: int, last: int, begin: int, lapse: int, head: Any, low: int, high: int) -> str | None:
        mine = super()._frequent(policy, where, needed, sure, possible, last, begin, lapse, head, low, high)
        start, end = self.covered(policy.expects.record, begin)
        near = lambda clause, one: self.related(policy, policy.for_each, one, clause, begin, low=low, until=high)  # noqa: E731
        excuse = self.holds(policy, policy.for_each, head, policy.excused_when, begin, near) if policy.excused_when else False
        return self.agree(mine, judge.frequency(where, judge.Found(sure, possible, needed, last, self.as_of, start <= begin and end >= lapse), excuse))

    def stepped(self, policy: Any, row: Any, where: Any, cycle: Any, doubt: bool, start: Any, excuse: Any) -> str | None:
        Witness.reached.add("stepped")
        mine = super().stepped(policy, row, where, cycle, doubt, start, excuse)
        steps, _ = more._steps(self, policy, row, self.first if row["received_at"] is None else row["received_at"])
        judged = judge_kinds.cycles(policy, [judge_kinds.Step(at, name, tie) for at, tie, name in steps])
        assert [(one.first, one.decided, one.faults, one.missing) for one in judged] == [tuple(one.values()) for one in more.walk(policy, steps)]
        cancelled, at = self._cancelled(policy, row, start)
        known = judge_kinds.Known(doubt, cancelled, at if isinstance(at, int) else None, start, self.covered_last(policy.steps.record)[0])
        this = next((one for one in judged if one.first == cycle["first"] and one.decided == cycle["at"]), None)
        return self.agree(mine, judge_kinds.sequence(where, this, known, excuse))

    def charged(self, policy: Any, duties: Any, spells: Any, best: bool) -> dict[str, int]:
        Witness.reached.add("charged")
        mine = super().charged(policy, duties, spells, best)
        windows = [judge_kinds.Duty(one["from"], one["until"], one["needed"], one["tolerance"], one["month"]) for one in duties]
        there = [judge_kinds.Spell(who, low, high, sure) for who, sure, low, high in spells]
        for index in {0, len(windows) - 1, *(index for index, one in enumerate(duties) if mine.get(one["label"]))} if windows else ():
            found = judge_kinds.gap(windows, index, there, self.covered_last(policy.staffed_by.record), self.as_of, best)
            if [one["label"] for one in duties].count(duties[index]["label"]) == 1:
                Witness.seen += 1
                assert found == mine.get(duties[index]["label"], 0)
        return mine

    def staffed(self, duty: Any, last: int, worst: int, best: int, excuse: Any) -> str:
        Witness.reached.add("staffed")
        mine = super().staffed(duty, last, worst, best, excuse)
        window = judge_kinds.Duty(duty["from"], duty["until"], duty["needed"], duty["tolerance"])
        self.agree(mine, judge_kinds.presence(duty["where"], window, last, self.as_of, worst, best, excuse))
        return mine

    def climbed(self, policy: Any, found: Any, one: Any, low: int, counts: Any, step: Any, gaps: str, follows: Any) -> str | None:
        Witness.reached.add("climbed")
        mine = super().climbed(policy, found, one, low, counts, step, gaps, follows)
        key = {"site_id": "site"}.get(policy.per, policy.per)
        rung = lambda each: judge_kinds.Rung(each["moment"], each["policy"], each["subject"], each["ordinal"])  # noqa: E731
        number = judge_kinds.nth([rung(each) for each in found if each[key] == one[key]], rung(one), low)
        after = judge_kinds.Follows(follows["sure"], follows["possible"], follows["due"], follows["covered"]) if follows else None
        return self.agree(mine, judge_kinds.ladder(judge_kinds.step_of(counts, number), len(counts) - 1, bool(gaps), after, self.as_of))

    def _reached(self, policy: Any, count: Any, sure: int, whole: int, target: Any, least: bool, sample: int, lost: bool, low: int, closes: int) -> str | None:
        mine = super()._reached(policy, count, sure, whole, target, least, sample, lost, low, closes)
        if not self.effective(policy, low):
            return mine
        records = [policy.share_of.record, *self._records(policy.that)]
        covered = all(self.covered(one, low)[0] <= low and self.covered(one, low)[1] >= closes for one in records)
        numbers = judge.Shares(count["met"], count["missed"], count["open"] + count["doubtful"], target.numerator, target.denominator, closes, self.as_of,
                               covered, least, sample, not records[1:], self._seen(policy, low, closes))  # fmt: skip
        return self.agree(mine, judge.rate(numbers))

    def _seen(self, policy: Any, low: int, closes: int) -> bool:
        start, end = self.covered(policy.share_of.record, low)
        return start <= low and end >= closes

    def holds(self, policy: Any, record: str, row: Any, condition: Any, at: int, related: Any = None) -> Any:
        mine = super().holds(policy, record, row, condition, at, related)
        evidence = self.evidence(policy, record, row, condition, at)
        if evidence is not None:
            Witness.seen += 1
            assert judge.holds(condition, evidence) == mine
        return mine

    def evidence(self, policy: Any, record: str, row: Any, condition: Any, at: int) -> judge.Evidence | None:
        """The evidence of a condition that reads the record alone; None for others, and where as-of hides what it reads."""
        if condition is None or any(isinstance(one, Related) for one in parts(condition)):
            return None
        facts, values, instants, windows = {}, {}, {}, {}
        for path, operator, operand in atoms(condition):
            fields = self.world.types[record].fields
            if operator == "during":
                day = (self.field(policy, record, row, path, at) or 0) if isinstance(self.field(policy, record, row, path, at), int) else 0
                day = reference.local_day(self.zone, day)
                windows[operand] = [*windows.get(operand, []), *self._open(self.world.windows[self.site][operand], day, day)]
            other = operand.field if isinstance(operand, Shifted) else operand if isinstance(operand, str) and (operand in fields or "." in operand) else None
            for one in (path, other):
                if one is not None:
                    found = self.field(policy, record, row, one, at)
                    # Hidden by as-of, or disputed: an empty cell of that field would mean something else.
                    if (found == LATER) != (found in (None, LATER) and resolve(self.world.types, record, one).field.not_yet):
                        return None
                    facts[one] = None if found == LATER else tuple(found) if isinstance(found, list) else found
            if isinstance(operand, Shifted):
                moved = self._right(policy, record, row, path, operator, operand, at)
                if moved is not None:
                    instants[judge.shift_name(operand, operator)] = self._last(moved)
            if isinstance(operand, Parameter):
                value = self.parameter(policy, record, operand.name, at, row)
                values[operand.name] = value.amount if isinstance(value, Duration) else value
            if isinstance(operand, str) and operand.startswith("2026"):
                instants[operand] = self._right(policy, record, row, path, "no_earlier_than", operand, at)
        return judge.Evidence(self.world.types, record, facts, self.horizon, values, instants=instants, windows=windows)


def parts(condition: Condition) -> list[Any]:
    """Everything inside a condition."""
    found: list[Any] = []
    for _, value in condition.parts():
        found.append(value)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Condition):
                found += parts(one)
    return found


def atoms(condition: Condition) -> list[tuple[str, str, Any]]:
    """(path, operator, operand) of every field test inside a condition."""
    found: list[tuple[str, str, Any]] = []
    for key, value in condition.parts():
        inner = [one for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, Condition)]
        if inner:
            found += [pair for one in inner for pair in atoms(one)]
        elif isinstance(value, Test):
            found += [(key, operator, operand) for operator, operand in value.parts()]
        else:
            found.append((key, "is", value))
    return found


def judged(world: World) -> int:
    before = Witness.seen
    for site in world.zones:
        found: list[Any] = []
        for policy in world.policies:
            with suppress(OutsideCalendar):
                found += Witness(world, site, tuple(found)).judge(policy)
    return Witness.seen - before


def test_every_decision_of_the_oracle_is_that_of_judge() -> None:
    assert sum(judged(random_world(Random(seed))) for seed in range(120)) > 2_000
    assert Witness.reached == {"stepped", "charged", "staffed", "climbed"}


@pytest.mark.hunt
def test_judge_agrees_on_many_worlds() -> None:
    compared = sum(judged(random_world(Random(seed))) for seed in range(5_000_000, 5_010_000))
    print(f"\n{compared} decisions in 10000 worlds: no difference")
