"""Explains obligations that are no single record's: of a subject in a period, a group, a window, a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.account import Climbed, Staffed
from checker.judge import Found as Numbers
from checker.judge import Gaps, Shares, Sums
from checker.witness.clock import Step
from checker.witness.explanation import Explanation, Involved, Tested
from checker.witness.frequency import Counted, Frequencies
from checker.witness.ladder import Climb, Ladders
from checker.witness.presence import Presences, Window
from checker.witness.rate import Rated, Rates
from checker.witness.reasons import answer, checked, involved, of_row, once, values
from checker.witness.related import Bounds
from checker.witness.seen import Sight
from checker.witness.surroundings import Place

LISTED = 200
"""Of members and spells not more than this many are listed."""


def explain(kind: Any, place: Place, one: Any) -> Explanation:
    found = one.of[0]
    match kind:
        case Frequencies():
            made = _frequency(kind, place, found)
        case Rates():
            made = _rate(kind, place, found)
        case Presences():
            made = _presence(kind, place, found)
        case Ladders():
            made = _ladder(kind, place, found)
        case _:
            raise AssertionError(kind)
    sight, record, row, listed, records, steps, enough = made
    reasons = values(kind.fields, record, sight, row, sight.values_at)
    wanted = enough if one.verdict in ("fail", "exempt", "pending") else []
    return Explanation(one.accounts, one.verdict, one.facts, reasons, tuple(listed), once(records), tuple(steps), tuple(wanted))


Made = tuple[Sight, str, Any, list[Tested], list[Involved], list[Step], list[Step]]


# --- frequency -------------------------------------------------------------------------------------------------------


def _frequency(kind: Frequencies, place: Place, one: Counted) -> Made:
    owed, policy = one.owed, kind.policy
    sight = Sight(place, owed.begin, place.as_of)
    listed = list(checked(kind.fields, kind.record, "where", policy.where, sight, one.head, owed.begin, Bounds()))
    bounds = Bounds(lower=owed.period.start, until=owed.period.end)
    listed += checked(kind.fields, kind.record, "excused_when", policy.excused_when, sight, one.head, owed.begin, bounds)
    records = [of_row(kind.fields, sight, "roster", kind.record, piece.row, piece.start) for piece in owed.pieces]
    records += [of_row(kind.fields, sight, "found", policy.expects.record, each.row, each.time, each.sure or None) for each in sorted(one.found, key=lambda each: each.time or 0)]
    steps = [Step("period", {"label": owed.period.label, "from": owed.period.start, "until": owed.period.end, "closes": owed.period.closes})]
    steps += [Step("active", {"from": piece.start, "until": piece.end}) for piece in owed.pieces]
    numbers = one.account.numbers
    if isinstance(numbers, Gaps):
        return sight, kind.record, one.head, listed, records, [*steps, *_gap_steps(kind, place, one, numbers)], []
    assert isinstance(numbers, Numbers)
    needed = kind.finding.at_least(sight, one.head, owed.begin)
    if policy.part_period:
        steps.append(Step("part", {"days": owed.active_days, "whole": needed, "due": numbers.needed}))
    if policy.counted_if_apart is not None:
        steps.append(Step("apart", {"found": len(one.found), "counted": numbers.sure}))
    if kind.finding.covers is not None:
        steps.append(Step("cover", kind.finding.covers.lacking(sight, one.head, owed, list(one.found), numbers.needed)))
    steps.append(Step("count", {"found": numbers.sure, "possible": numbers.possible, "needed": numbers.needed, "covered": numbers.covered}))
    if one.count.lapse != owed.finish and one.count.lapse != owed.period.closes:
        steps.append(Step("too-late", {"at": one.count.lapse}))
    short = None if numbers.needed is None or numbers.sure is None else max(numbers.needed - numbers.sure, 0)
    return sight, kind.record, one.head, listed, records, steps, [Step("more", {"number": short, "record": policy.expects.record})] if short else []


def _gap_steps(kind: Frequencies, place: Place, one: Counted, numbers: Gaps) -> Iterator[Step]:
    """Every gap, and the first that was too long."""
    assert kind.length is not None
    length = kind.length(Sight(place, one.owed.begin, place.as_of), one.head, one.owed.begin)
    if length is None:
        return
    yield Step("limit", {"amount": length[0], "clock": length[1], "window": None})
    for at, due, end in kind.gaps(place, one.owed, length, list(one.found), True):
        yield Step("gap", {"from": at, "until": end, "due": due, "over": due < end})
    yield Step("broken", {"at": numbers.anyway if numbers.anyway is not None else numbers.broken, "surely": numbers.anyway is not None})


# --- rate ------------------------------------------------------------------------------------------------------------


def _rate(kind: Rates, place: Place, one: Rated) -> Made:
    sight, numbers, period = Sight(place, one.period.start, place.as_of), one.account.numbers, one.period
    order = {"missed": 0, "open": 1, "doubtful": 2, "exempt": 3, "met": 4}
    members = sorted(one.members, key=lambda each: (order[each.state], each.at, each.key))[:LISTED]
    records = [of_row(kind.fields, sight, "member", kind.record, each.row, each.at, each.state) for each in members]
    steps = [Step("period", {"label": period.label, "from": period.start, "until": period.end, "closes": period.closes})]
    counts = {state: sum(each.state == state for each in one.members) for state in order}
    steps.append(Step("members", {**counts, "listed": len(members), "all": len(one.members)}))
    enough: list[Step] = []
    if isinstance(numbers, Shares | Sums):
        reached, of = (numbers.met, numbers.met + numbers.missed) if isinstance(numbers, Shares) else (numbers.above, numbers.below)
        product = numbers.numerator * of
        limit = -(-product // numbers.denominator) if numbers.least else product // numbers.denominator
        target = [numbers.numerator, numbers.denominator]
        steps.append(Step("share", {"reached": reached, "of": of, "target": target, "least": numbers.least, "limit": limit, "unit": one.unit, "covered": numbers.covered}))
        if numbers.least and reached < limit:
            enough.append(Step("more-members", {"number": limit - reached, "of": of, "unit": one.unit}))
        elif not numbers.least and reached > limit:
            enough.append(Step("fewer-members", {"number": reached - limit, "of": of, "unit": one.unit}))
    return sight, kind.record, (), [], records, steps, enough


# --- presence --------------------------------------------------------------------------------------------------------


def _presence(kind: Presences, place: Place, one: Window) -> Made:
    part, numbers, policy = one.parts[0], one.account.numbers, kind.policy
    assert isinstance(numbers, Staffed)
    asked, last = part.asked, numbers.last
    sight = Sight(place, asked.opens, place.as_of)
    listed = list(checked(kind.fields, kind.record, "where", policy.where, sight, part.row, asked.opens, Bounds(upper=last)))
    listed += checked(kind.fields, kind.record, "excused_when", policy.excused_when, sight, part.row, last, Bounds(upper=last))
    own = [gap for gap in one.best if gap.opens == asked.opens] or [gap for gap in one.worst if gap.opens == asked.opens]
    low, high = min([asked.duty.start, *(gap.start for gap in own)]), max([last, *(gap.until for gap in own)])
    near = [(spell, match) for spell, match in one.spells if spell.start <= high and spell.until >= low][:LISTED]
    records = [of_row(kind.fields, sight, "record", kind.record, each.row, each.asked.duty.start) for each in one.parts]
    for spell, match in near:
        records += [Involved(each.role, each.record, each.key, each.source, spell.start, spell.sure or None, each.cells)
                    for each in involved(kind.fields, sight, "spell", policy.staffed_by.record, (match,))]  # fmt: skip
    steps = [Step("asked", {"from": asked.duty.start, "until": last + 1, "needed": asked.duty.needed, "tolerance": asked.duty.tolerance})]
    steps += [Step("there", {"from": spell.start, "until": spell.until, "sure": spell.sure}) for spell, _ in near]
    steps += [Step("alone", {"from": gap.start, "until": gap.until}) for gap in own]
    steps.append(Step("longest", {"worst": numbers.worst, "best": numbers.best}))
    over = numbers.best - (asked.duty.tolerance or 0)
    return sight, kind.record, part.row, listed, records, steps, [Step("shorter", {"by": over})] if over > 0 else []


# --- ladder ----------------------------------------------------------------------------------------------------------


def _ladder(kind: Ladders, place: Place, one: Climb) -> Made:
    this, numbers, policy = one.counted, one.account.numbers, kind.policy
    sight, row = Sight(place, this.one.moment, place.as_of), kind.row(this.one)
    records = [Involved("violation", each.one.policy, f"{each.one.subject} {each.one.ordinal}".strip(), f"F-{each.one.fingerprint[:12]}", each.one.moment,
                        None if each.provisional else True) for each in one.before]  # fmt: skip
    steps, enough = [Step("look-back", {"from": one.low, "until": this.one.moment})], list[Step]()
    if isinstance(numbers, Climbed):
        propose = None if numbers.step is None else policy.steps[numbers.step].propose
        steps.append(Step("rung", {"number": len(one.before), "counts": one.counts, "step": numbers.step, "propose": propose, "uncovered": numbers.uncovered}))
        if numbers.follows is not None and numbers.step is not None:
            expects = policy.steps[numbers.step].expects
            record = expects.record if expects else ""
            records += involved(kind.fields, sight, "end", record, one.found)
            steps.append(Step("due", {"at": numbers.follows.due, "as_of": numbers.as_of}))
            follows = numbers.follows
            steps.append(answer(follows.sure, follows.possible, follows.due, follows.covered_until))
            late = None if follows.sure is None else follows.sure - follows.due
            enough.append(Step("end-by", {"at": numbers.follows.due, "short": late, "ends": [record]}))
    return sight, "#finding", row, [], records, steps, enough


__all__ = ["explain"]
