"""Parts of a condition: words over tests, with what they say of a row, plainly and as a tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from checker.account import Node
from checker.holds import Truth, all_hold, any_holds, negated
from checker.witness.comparing import Says
from checker.witness.fields import Instant as At
from checker.witness.records import Row
from checker.witness.related import NOWHERE, Bounds
from checker.witness.seen import Sight

Tree = Callable[[Sight, Row, At, Bounds], Node]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a condition: a word over other parts, or a test, with what it says of a row."""

    word: str
    path: str = ""
    parts: tuple[Part, ...] = ()
    says: Says | None = None
    plain: int | None = None
    """Where the field stands on whose value alone a test rests: one with few values."""
    needs: int | None = None
    """Where the field stands without which a test does not hold."""
    tests: tuple[Part, ...] = field(init=False)
    valued: bool = field(init=False)
    """Whether fields of few values say it all."""
    asks: Says = field(init=False)
    """What the part says; tests that no longer matter are not asked."""
    node: Callable[[Sight, Row, At, Bounds], Node] = field(init=False)
    """The part as a tree, with what each test says."""
    made: dict[Any, Node] = field(default_factory=dict, compare=False)
    """The trees that were asked for: there are few."""

    def __post_init__(self) -> None:
        tests = (self,) if self.says else tuple(test for part in self.parts for test in part.tests)
        valued = [one.plain for one in tests if one.plain is not None]
        object.__setattr__(self, "tests", tests)
        object.__setattr__(self, "valued", len(valued) == len(tests) > 0)
        node = self._of_values(valued) if self.valued else self._of_tests([one.says for one in tests if one.says])
        object.__setattr__(self, "node", node)
        asks = self.says or _asked(self.word, [one.asks for one in self.parts])
        object.__setattr__(self, "asks", _remembered(asks, itemgetter(*valued)) if self.valued else asks)

    def _of_values(self, columns: Sequence[int]) -> Tree:
        """Fields of few values say it all."""
        made, values, tests = self.made, itemgetter(*columns), self.tests

        def node(sight: Sight, row: Row, at: At, bounds: Bounds) -> Node:
            valued = values(row)
            found = made.get(valued)
            if found is None:
                found = made[valued] = self._node(iter([one.says(sight, row, at, bounds) for one in tests if one.says]))
            return found

        return node

    def _of_tests(self, tests: Sequence[Says]) -> Tree:
        made = self.made

        def node(sight: Sight, row: Row, at: At, bounds: Bounds) -> Node:
            said = tuple([test(sight, row, at, bounds) for test in tests])
            found = made.get(said)
            if found is None:
                found = made[said] = self._node(iter(said))
            return found

        return node

    def _node(self, said: Iterator[Truth]) -> Node:
        if self.says is not None:
            return Node("test", path=self.path, holds=next(said))
        return Node(self.word, tuple(one._node(said) for one in self.parts))  # type: ignore[arg-type]

    def truth(self, sight: Sight, row: Row, at: At, bounds: Bounds = NOWHERE) -> Truth:
        """What the part says."""
        return self.asks(sight, row, at, bounds)


def _remembered(says: Says, values: Callable[[Row], Any]) -> Says:
    """What is said of values that are few is said once of each."""
    known: dict[Any, Truth] = {}

    def asks(sight: Sight, row: Row, at: At, bounds: Bounds) -> Truth:
        valued = values(row)
        if valued not in known:
            known[valued] = says(sight, row, at, bounds)
        return known[valued]

    return asks


def _asked(word: str, parts: list[Says]) -> Says:
    """What parts say together."""
    if word == "not":
        inner = parts[0]
        return lambda sight, row, at, bounds: negated(inner(sight, row, at, bounds))
    if len(parts) == 1:
        return parts[0]
    decides = word == "any_of"
    together = any_holds if decides else all_hold

    def asks(sight: Sight, row: Row, at: At, bounds: Bounds) -> Truth:
        found: list[Truth] = []
        for one in parts:
            said = one(sight, row, at, bounds)
            if said is decides:
                return decides
            found.append(said)
        return together(found)

    return asks


__all__ = ["Part"]
