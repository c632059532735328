"""Mutants against their policy's own cases: the cases that notice one kill it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from checker.errors import CheckerError
from checker.load import Book
from checker.policy.files import Case
from checker.policy.kinds import Base
from checker.testing.batch import Judged, judge
from checker.testing.compare import differences
from checker.testing.fixtures import Suite
from checker.testing.mutants import Mutant, itself, mutants, site_for
from checker.testing.world import World, world

TOGETHER = 8
"""So many mutants are judged in one plan: planning grows faster than the number of related records in it."""


@dataclass(frozen=True, slots=True)
class Tried:
    """The mutants of one policy: how many there are and who survives."""

    policy: Base
    suites: tuple[Suite, ...]
    killed: int
    survivors: tuple[Mutant, ...]


def tried(policy: Base, suites: Sequence[Suite], book: Book) -> Tried:
    """Every mutant of a policy against those of its cases that pass."""
    made = mutants(suites, policy, book)
    cases = [(case, world(suite.fixture, case, suite.policies, book)) for suite in suites for case in suite.fixture.cases]
    survivors, killed = [], 0
    for start in range(0, len(made), TOGETHER):
        (_, plain), *others = verdicts([itself(policy), *made[start : start + TOGETHER]], [ready for _, ready in cases])
        passing = [not _noticed(case, one) for (case, _), one in zip(cases, plain or (), strict=True)]
        for mutant, judged in others:
            if judged is not None and any(_noticed(case, one) for (case, _), one, sound in zip(cases, judged, passing, strict=True) if sound):
                killed += 1
            else:
                survivors.append(mutant)
    return Tried(policy, tuple(suites), killed, tuple(survivors))


def _noticed(case: Case, judged: Judged) -> bool:
    return next(differences(case, judged), None) is not None


def verdicts(mutants: Sequence[Mutant], worlds: Sequence[World]) -> Iterator[tuple[Mutant, list[Judged] | None]]:
    """What each mutant finds in each world; None where the engine fails on it. One that is refused is passed over: no
    policy could be written so. The policy itself, where it is among them, comes first; its refusal is raised."""
    try:
        judged = judge([_with(one, list(mutants)) for one in worlds])
    except Exception as error:
        if len(mutants) > 1:
            half = len(mutants) // 2
            yield from verdicts(mutants[:half], worlds)
            yield from verdicts(mutants[half:], worlds)
        elif not mutants[0].name:
            raise
        elif not isinstance(error, CheckerError):
            yield mutants[0], None
        return
    for mutant in mutants:
        yield mutant, [own(one, mutant) for one in judged]


def _with(ready: World, mutants: list[Mutant]) -> World:
    """The world with the mutants in the place of the policy that they were made of."""
    replaced = {one.original for one in mutants}
    others = tuple(policy for policy in ready.policies if policy.id not in replaced)
    sites = tuple(site_for(site, mutants) for site in ready.sites)
    return replace(ready, policies=(*others, *(one.policy for one in mutants)), sites=sites)


def own(judged: Judged, mutant: Mutant) -> Judged:
    """What one mutant found, told as its original's, beside what the other policies of the case found."""
    listed = [{**one, "policy": mutant.original} if one["policy"] == mutant.policy.id else one for one in judged.findings
              if one["policy"] == mutant.policy.id or ".mutant-" not in one["policy"]]  # fmt: skip
    none = {mutant.original if policy == mutant.policy.id else policy: count for policy, count in judged.not_applicable.items()
            if policy == mutant.policy.id or ".mutant-" not in policy}  # fmt: skip
    return Judged(tuple(listed), none)


__all__ = ["Tried", "own", "tried", "verdicts"]
