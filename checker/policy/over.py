"""Policies over findings: a finding as a record, which policies each ladder reads, and the order in which they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from checker.policy.files import Profile
from checker.policy.kinds import LEVELS, Base, Ladder, Level
from checker.policy.records import RecordType
from checker.policy.typed import CLOCKS, typed
from checker.policy.values import DAY, Duration, Parameter

RECORD = "#finding"
FINDING = RecordType.model_validate({
    "record": "finding", "title": {"zh": "不合格项", "en": "finding"}, "key": ["policy", "subject", "ordinal"], "time": "moment",
    "fields": {
        "policy": {"type": "id", "title": {"zh": "政策", "en": "policy"}}, "subject": {"type": "id", "title": {"zh": "对象", "en": "subject"}},
        "ordinal": {"type": "id", "title": {"zh": "序次", "en": "ordinal"}}, "accountable": {"type": "id", "title": {"zh": "责任人", "en": "person accountable"}},
        "team_id": {"type": "id", "title": {"zh": "班组", "en": "team"}}, "moment": {"type": "instant", "empty": "unknown", "title": {"zh": "时间", "en": "time"}},
    },
})  # fmt: skip
"""A finding as a record: what `match`, `accountable` and the sentences of a ladder may name."""


def proposes(policy: Base) -> bool:
    """Whether the findings of a policy are proposals that people decide on, not violations: a ladder none of whose steps must be followed up."""
    return isinstance(policy, Ladder) and all(step.expects is None for step in policy.steps)


def reads(ladder: Ladder, policies: Mapping[str, Level]) -> list[str]:
    """The policies (id -> severity) whose findings a ladder counts, sorted; never itself."""
    wanted = ladder.of.findings
    worst = LEVELS[: LEVELS.index((wanted.severity or {}).get("at_least", "advisory")) + 1]
    return sorted(
        one for one, level in policies.items() if one != ladder.id and level in worst and any(fnmatchcase(one, glob) for glob in wanted.policies)
    )


def levels(policies: Iterable[Base]) -> dict[str, Level]:
    return {one.id: one.severity.level for one in policies}


def in_order(policies: Sequence[Base]) -> tuple[list[Ladder], list[str]]:
    """Ladders after those that they read; and the ids of a circle, where there is one."""
    waiting = {one.id: one for one in policies if isinstance(one, Ladder)}
    known, found = levels(policies), list[Ladder]()
    while waiting:
        ready = [one for one in waiting.values() if not set(reads(one, known)) & set(waiting)]
        if not ready:
            return found, _circle(waiting, known)
        found += sorted(ready, key=lambda one: one.id)
        for one in ready:
            del waiting[one.id]
    return found, []


def _circle(waiting: Mapping[str, Ladder], known: Mapping[str, Level]) -> list[str]:
    """Those that wait for each other, without those that only wait for them."""
    left = dict(waiting)
    while idle := [one for one in left if not any(one in reads(other, known) for other in left.values())]:
        for one in idle:
            del left[one]
    return sorted(left)


def longest_look_back(policies: Iterable[Base], profiles: Sequence[Profile]) -> int:
    """Microseconds, rounded up, that some ladder looks back; 0 where there is none."""
    lengths = (_micros(*length) for one in policies if isinstance(one, Ladder) for length in _look_backs(one, profiles))
    return max(lengths, default=0)


def _look_backs(ladder: Ladder, profiles: Sequence[Profile]) -> Iterator[tuple[int, str]]:
    """(amount, clock) of every value that the look-back has anywhere."""
    written = ladder.look_back
    if isinstance(written, Duration):
        yield written.amount, written.clock
    if not isinstance(written, Parameter):
        return
    spec = ladder.parameters[written.name]
    values: list[object] = [spec.value, *(one.value for one in spec.values or ())]
    for profile in profiles:
        setting = profile.set.get(ladder.id, {}).get(written.name)
        values += [one.value for one in setting] if isinstance(setting, tuple) else [setting]
    for value in values:
        if value not in (None, "set by site"):
            found = typed(value, spec.unit)
            yield int(str(found.value)), CLOCKS[int(str(found.second or 0))]


def _micros(amount: int, clock: str) -> int:
    return amount if clock == "elapsed" else DAY * {"months": 31 * amount, "working days": 3 * amount + 20}.get(clock, amount)


__all__ = ["FINDING", "RECORD", "in_order", "levels", "longest_look_back", "proposes", "reads"]
