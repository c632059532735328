"""Ladders: the n-th finding of the same person or subject within a look-back leads to a step (language §2, §6, §7.12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from checker.account import Account, Climbed, Decided
from checker.calendars import day_start
from checker.finding import short
from checker.judge_kinds import Follows, Rung, nth, step_of
from checker.periods import gaps
from checker.plan import FOREVER
from checker.policy.kinds import Base, Deadline, Ladder, LadderStep, Requirement, Sequence
from checker.policy.over import RECORD, levels, reads
from checker.witness.ends import nth_time
from checker.witness.fields import Fields, Length
from checker.witness.obligations import OUTSIDE, Versions
from checker.witness.records import SITE, Row
from checker.witness.related import Bounds, Clause, Match
from checker.witness.seen import Seen, Sight
from checker.witness.shifts import moved
from checker.witness.surroundings import Place

WHO = {"accountable": "accountable", "subject": "subject", "site_id": "site", "team_id": "team_id"}


@dataclass(frozen=True, slots=True)
class Violation:
    """A violation that nobody waived, of this run (`age` 0) or of an earlier one; `record` says which record it is of, where each
    counts once. `moment` is when it was decided (UTC microseconds)."""

    policy: str
    site: str
    subject: str
    ordinal: str
    accountable: str | None
    team_id: str | None
    moment: int
    fingerprint: str
    age: int = 0
    record: str | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What was found and decided: violations, and (12 digits of a fingerprint, decision, when) in the order in which they were made."""

    violations: tuple[Violation, ...] = ()
    decisions: tuple[tuple[str, str, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """A violation that counts: from when on (it was confirmed), and whether nobody decided on it yet."""

    one: Violation
    start: int
    provisional: bool

    @property
    def rung(self) -> Rung:
        return Rung(self.one.moment, self.one.policy, self.one.subject, self.one.ordinal)


@dataclass(frozen=True, slots=True)
class Climb:
    """An obligation of a ladder with what its account was made of: those counted up to it, the counts of the steps, what followed."""

    account: Account
    counted: Counted
    before: tuple[Counted, ...]
    counts: tuple[int | None, ...]
    low: int | None
    found: tuple[Match, ...] = field(default=())


class Ladders:
    """The obligations of one ladder: one a violation that counts."""

    def __init__(self, seen: Seen, policy: Ladder, past: Past) -> None:
        self.seen, self.policy, self.past, self.fields = seen, policy, past, Fields(seen, policy)
        audit = seen.surroundings.audit
        self.judged: dict[str, Base] = {one.id: one for one in audit.policies}
        self.read = frozenset(reads(policy, {**audit.earlier, **levels(audit.policies)}))
        self.look_back = self.fields.length(RECORD, policy.look_back)
        self.counts = [self.fields.count(RECORD, step.count) for step in policy.steps]
        self.expects = [None if step.expects is None else Clause(self.fields, RECORD, step.expects) for step in policy.steps]

    def all(self, place: Place) -> Iterator[Versions]:
        yield from ((one.account,) for one in self.climbs(place))

    def of(self, row: Row) -> list[Versions]:
        """Every obligation at the site of a row."""
        return list(self.all(self.seen.surroundings.places[row[SITE]]))

    def climbs(self, place: Place) -> Iterator[Climb]:
        counted = self.counted(place)
        by_who: dict[str | None, list[Counted]] = {}
        for one in counted:
            by_who.setdefault(self.who(one), []).append(one)
        for one in counted:
            yield self._climb(place, one, by_who[self.who(one)])

    def who(self, one: Counted) -> str | None:
        found = getattr(one.one, WHO[self.policy.per])
        return None if found is None else str(found)

    # -- what is counted ----------------------------------------------------------------------------------------------

    def counted(self, place: Place) -> list[Counted]:
        """The violations that count, in order: each once, as the latest run has it; of one record and policy the first."""
        once: dict[str, Counted] = {}
        for one in sorted((one for one in self.past.violations if self._stands(place, one)), key=lambda one: (one.age, one.moment)):
            decided = self._decided(place, one)
            if decided is not None:
                once.setdefault(one.fingerprint, decided)
        seen: set[tuple[object, ...]] = set()
        found = []
        for counted in sorted(once.values(), key=lambda each: (each.one.moment, each.one.subject, each.one.ordinal)):
            one = counted.one
            same = (one.policy, one.age, one.record if self._by_record(one.policy) and one.record is not None else one.fingerprint)
            if same not in seen:
                found.append(counted)
            seen.add(same)
        return sorted(found, key=lambda each: each.rung.place)

    def _stands(self, place: Place, one: Violation) -> bool:
        """Of this run, or of an earlier one outside what this run judges."""
        if one.site != place.id or one.policy not in self.read:
            return False
        return one.age == 0 or (one.moment <= place.as_of and not (one.policy in self.judged and place.first <= one.moment < place.until))

    def _by_record(self, policy: str) -> bool:
        return isinstance(self.judged.get(policy), Requirement | Deadline | Sequence)

    def _decided(self, place: Place, one: Violation) -> Counted | None:
        """Without what people dismissed. One that nobody decided on yet is provisional."""
        if self.policy.of.findings.decision != "confirmed":
            return Counted(one, one.moment, False)
        made = [(one.moment if at is None else at, number, word) for number, (mark, word, at) in enumerate(self.past.decisions) if mark == one.fingerprint[:12]]
        made = [each for each in made if each[0] <= place.as_of]
        if made and max(made)[2] != "confirmed":
            return None
        return Counted(one, max([one.moment, *(at for at, _, _ in made)]), not made)

    # -- the account --------------------------------------------------------------------------------------------------

    def row(self, one: Violation) -> Row:
        """A violation as a record."""
        values = {"policy": one.policy, "subject": one.subject, "ordinal": one.ordinal, "accountable": one.accountable, "team_id": one.team_id, "moment": one.moment}
        return (one.site, one.record, 0, *(values[name] for name in self.seen.types[RECORD].stored))

    def _climb(self, place: Place, this: Counted, listed: list[Counted]) -> Climb:
        one, who, ordinal = this.one, self.who(this), short(this.one.fingerprint)
        row, sight = self.row(one), Sight(place, one.moment, place.as_of)
        length = self.look_back(sight, row, one.moment)
        answers = getattr(self.judged.get(one.policy), "accountable", None) is not None
        if not place.in_force(self.policy, one.moment) or (who is None and not answers):
            return Climb(Account(self.policy.id, place.id, who or "", ordinal, Decided(None), OUTSIDE), this, (), (), None)
        last = len(self.policy.steps) - 1
        if who is None or length is None:
            return Climb(Account(self.policy.id, place.id, who or "", ordinal, Climbed(None, last, True, None, place.as_of)), this, (), (), None)
        low = moved(place, one.moment, length, -1, "same")
        before = tuple(each for each in listed if low < each.one.moment and each.rung.place <= this.rung.place)
        counts = tuple(count(sight, row, one.moment) for count in self.counts)
        number = nth([each.rung for each in listed], this.rung, low)
        step = step_of([FOREVER if count is None else count for count in counts], number)
        follows, found = self._follows(sight, row, this, step)
        numbers = Climbed(step, last, self.uncovered(place, low, one.moment), follows, place.as_of)
        return Climb(Account(self.policy.id, place.id, who, ordinal, numbers), this, before, counts, low, found)

    def _follows(self, sight: Sight, row: Row, this: Counted, step: int | None) -> tuple[Follows | None, tuple[Match, ...]]:
        """What was to follow at the step that was reached, where something was."""
        clause = None if step is None else self.expects[step]
        if step is None or clause is None:
            return None, ()
        written: LadderStep = self.policy.steps[step]
        length = self.due(sight, row, this, written)
        if length is None or written.expects is None:
            return None, ()
        rows = clause.counting(sight, row, this.start, Bounds(lower=this.start))
        number = self.fields.count(RECORD, written.expects.nth, 1)(sight, row, this.one.moment)
        sure = nth_time(sorted(one.time for one in rows if one.counts is True and one.time is not None), number)
        possible = nth_time(sorted(this.start if one.time is None else one.time for one in rows), number)
        due = moved(sight.place, this.start, length, 1, "end")
        return Follows(sure, possible, due, sight.place.covered_last(written.expects.record)[1]), tuple(rows)

    def due(self, sight: Sight, row: Row, this: Counted, step: LadderStep) -> Length | None:
        return None if step.due is None else self.fields.length(RECORD, step.due)(sight, row, this.one.moment)

    def run_out(self, place: Place, found: Climb) -> tuple[int | None, int | None, str]:
        """(measured, limit, unit) of what was to follow, on the clock of its limit."""
        numbers = found.account.numbers
        assert isinstance(numbers, Climbed) and numbers.step is not None and numbers.follows is not None
        start, follows = found.counted.start, numbers.follows
        length = self.due(Sight(place, found.counted.one.moment, place.as_of), self.row(found.counted.one), found.counted, self.policy.steps[numbers.step])
        assert length is not None
        amount, clock = length
        if clock == "elapsed":
            return (place.as_of if follows.sure is None else follows.sure) - start, amount, "us"
        first, last = place.day(start), place.day(place.as_of - 1 if follows.sure is None else follows.sure)
        if clock == "working days":
            return sum(map(place.works, range(first + 1, last + 1))) - sum(map(place.works, range(last + 1, first + 1))), amount, "workdays"
        return last - first, place.day(follows.due) - first if clock == "months" else amount, "days"

    # -- what is known of the past ------------------------------------------------------------------------------------

    def uncovered(self, place: Place, low: int, moment: int) -> bool:
        """Whether of some time of the look-back no run speaks for some policy that is read."""
        return any(any(gaps(self._known(place, self.judged[one]), low + 1, moment + 1)) for one in self.read if one in self.judged)

    def _known(self, place: Place, policy: Base) -> list[tuple[int, int]]:
        """What is known of a policy's violations: of the time in which it was not in force that there were none."""
        audited = (stretch for where, which, *stretch in place.audit.audited if (where, which) == (place.id, policy.id))
        found = [(place.first, min(place.until, place.as_of)), *((low, high) for low, high in audited)]
        spell = policy.effective
        if spell and spell.from_:
            found.append((-FOREVER, day_start(place.zone, spell.from_.number)))
        if spell and spell.until:
            found.append((day_start(place.zone, spell.until.number + 1), FOREVER))
        return sorted(found)


__all__ = ["Climb", "Counted", "Ladders", "Past", "Violation"]
