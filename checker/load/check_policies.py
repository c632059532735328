"""One policy against the record types, the documents and its own parameters (language §2, §5, §6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checker.errors import Problem, say
from checker.load.check_chains import ladder, presence, sequence
from checker.load.check_clocks import clocks
from checker.load.check_conditions import condition
from checker.load.check_deadlines import deadline, requirement
from checker.load.check_frequencies import frequency
from checker.load.check_parameters import parameters
from checker.load.check_rates import rate
from checker.load.check_sense import sense
from checker.load.check_words import because
from checker.load.fields import Scope, known_record, path_of
from checker.load.spot import Spot
from checker.policy.kinds import Accountable, Base, Deadline, Frequency, Ladder, Presence, Rate, Requirement, Sequence
from checker.policy.over import FINDING, RECORD
from checker.policy.records import NUMBERS


def policy(spot: Spot, types: Scope, one: Base) -> Iterator[Problem]:
    """Everything that is wrong with a policy in the light of the record types; `types` has no record and no parameters."""
    if isinstance(one, Ladder):
        types = replace(types, types={**types.types, RECORD: FINDING})
    named = one.share_of.record if isinstance(one, Rate) else RECORD if isinstance(one, Ladder) else getattr(one, "for_each", None)
    place = spot.at("share_of", "record") if isinstance(one, Rate) else spot.at("for_each")
    if named is not None:
        yield from known_record(place, types, named)
    lost = {f"${path[len(spot.path) + 1]}" for path in spot.source.lost if path[: len(spot.path) + 1] == (*spot.path, "parameters") and len(path) > len(spot.path) + 1}
    scope = Scope(types.types, named if named in types.types else None, one.parameters, types.windows, types.broken | lost)
    yield from _common(spot, scope, one)
    yield from clocks(spot, one)
    match one:
        case Requirement():
            yield from requirement(spot, scope, one)
        case Deadline():
            yield from deadline(spot, scope, one)
        case Frequency():
            yield from frequency(spot, scope, one)
        case Rate():
            yield from rate(spot, scope, one)
        case Sequence():
            yield from sequence(spot, scope, one)
        case Presence():
            yield from presence(spot, scope, one)
        case Ladder():
            yield from ladder(spot, scope, one)


def _common(spot: Spot, scope: Scope, one: Base) -> Iterator[Problem]:
    """What every kind of policy has."""
    yield from parameters(spot, scope, one)
    yield from sense(spot, one)
    yield from because(spot, scope, one)
    who = one.accountable
    if scope.record is not None and isinstance(who, str):
        yield from path_of(spot.at("accountable"), scope, who)
    elif scope.record is not None and isinstance(who, Accountable):
        for index, path in enumerate(who.first_present):
            yield from path_of(spot.at("accountable", "first_present", index), scope, path)
    if isinstance(who, Accountable) and who.unless_absent is not None:
        yield from _absence(spot.at("accountable", "unless_absent"), scope, who.unless_absent)
    if isinstance(one.points, str):
        yield from path_of(spot.at("points"), scope, one.points, NUMBERS)
    if one.effective and one.effective.from_ and one.effective.until and one.effective.until.number < one.effective.from_.number:
        yield spot.at("effective", "until").problem("dates.order", say("`until` 早于 `from`", "`until` lies before `from`"), say("改其中一个", "change one of them"))
    for index, path in enumerate(getattr(one, "subject", None) or ()):
        yield from path_of(spot.at("subject", index), scope, path)
    for key in ("where", "excused_when"):
        yield from condition(spot.at(key), scope, getattr(one, key, None))


def _absence(spot: Spot, scope: Scope, record: str) -> Iterator[Problem]:
    yield from known_record(spot, scope, record)
    if record in scope.types and scope.types[record].absence is None:
        what = say("`{r}` 没有说怎样算请假", "`{r}` does not say what being away is", r=record)
        yield spot.problem("absence.unknown", what, say("在它的记录类型里写 `absence:`", "write `absence:` in its record type"))
