"""Policies over findings: which others each reads, and the order in which they run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from checker.policy.kinds import LEVELS, Base, Ladder, Level


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
            return found, sorted(waiting)
        found += sorted(ready, key=lambda one: one.id)
        for one in ready:
            del waiting[one.id]
    return found, []


__all__ = ["in_order", "levels", "reads"]
