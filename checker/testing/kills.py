"""The book's mutants: how many its fixtures kill, which are equivalent, and who survives with a record that would kill them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction

from checker.errors import CheckerError, Problem, say
from checker.load import Book
from checker.policy.kinds import Base
from checker.testing.altered import Altered, noticed
from checker.testing.fixtures import Suite, workers
from checker.testing.mutants import Mutant
from checker.testing.mutation import Tried, tried
from checker.testing.search import DATASETS, Told, confirmed, killers

MOST_EQUIVALENT = Fraction(3, 100)


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no case notices. `record` would; `declared` where the file calls it equivalent and chance says otherwise."""

    mutant: Mutant | Altered
    record: Told | None
    declared: bool = False


@dataclass(frozen=True, slots=True)
class Mutation:
    """What became of the mutants of one policy or of all."""

    killed: int = 0
    equivalent: int = 0
    survivors: tuple[Survivor, ...] = ()

    @property
    def mutants(self) -> int:
        return self.killed + self.equivalent + len(self.survivors)

    def __add__(self, other: Mutation) -> Mutation:
        return Mutation(self.killed + other.killed, self.equivalent + other.equivalent, self.survivors + other.survivors)

    def enough(self, least: Fraction) -> bool:
        """Whether enough of those that can be killed are, and not too many are called equivalent."""
        few = self.equivalent <= 1 or self.equivalent <= MOST_EQUIVALENT * self.mutants
        return few and self.killed >= least * (self.mutants - self.equivalent)


def mutated(suites: Sequence[Suite], book: Book) -> Iterator[Mutation]:
    """What became of the mutants of the policies that the files name, policy by policy; then of those of their record types."""
    by_policy: dict[str, tuple[Base, list[Suite]]] = {}
    for suite in suites:
        policy = suite.policies[0]
        if policy.id == suite.fixture.policy:
            by_policy.setdefault(policy.id, (policy, []))[1].append(suite)
    with ThreadPoolExecutor(workers()) as pool:
        yield from pool.map(lambda one: _settled(tried(one[0], one[1], book), book), by_policy.values())
    yield from (Mutation(1) if hit else Mutation(survivors=(Survivor(one, None),)) for one, hit in noticed(suites, book))


def _settled(found: Tried, book: Book) -> Mutation:
    named = {one.mutation for suite in found.suites for one in suite.fixture.equivalent}
    problems = list(_stale(found))
    if problems:
        raise CheckerError(problems)
    declared = [one for one in found.survivors if one.name in named]
    others = [one for one in found.survivors if one.name not in named]
    count, told = confirmed(found.policy, found.suites, declared, book) if declared else (DATASETS, {})
    doubted = [one for one in declared if one.name in told or count < DATASETS]
    records = killers(found.policy, found.suites, others, book) if others else {}
    survivors = [Survivor(one, records.get(one.name)) for one in others] + [Survivor(one, told.get(one.name), True) for one in doubted]
    return Mutation(found.killed, len(declared) - len(doubted), tuple(survivors))


def _stale(found: Tried) -> Iterator[Problem]:
    """Entries under `equivalent:` that name no survivor."""
    alive = {one.name for one in found.survivors}
    for suite in found.suites:
        for index, one in enumerate(suite.fixture.equivalent):
            if one.mutation not in alive:
                what = say("`{m}` 不是存活的变异", "`{m}` is no mutant that survives", m=one.mutation)
                fix = say("删去这一项,或照 `--mutate` 打印的写", "remove the entry, or write it as `--mutate` prints it")
                yield suite.spot.at("equivalent", index, "mutation").problem("equivalent.unknown", what, fix)


__all__ = ["Mutation", "Survivor", "mutated"]
