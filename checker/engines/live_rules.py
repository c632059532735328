"""Policies as forward-chaining rules, in the subset of durable-rules that was measured to be safe.

Every pattern begins with a marker (a pattern that begins with a missing field matches the engine's own messages, for ever);
a pattern that compares with a captured fact ends with a guard that always holds (the engine reads past its array where the
last such term is false). There is no `$or`, no pattern within a pattern, no arithmetic, division, expression or timer; what
is missing is a flag or a number beyond all others, so that nothing is asked for by its absence. At most 50 rules stand in a
ruleset: more than 64 that match one fact lose it, some 500 different conditions never end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checker.account import Node

FALSE, TRUE, UNKNOWN, PENDING = range(4)
"""What a test says, as the engine reads it."""
MOST_RULES = 50
MOST_PARTS = 4
FAR = 2**62
"""An instant after all others; numbers of facts lie within it on either side."""

Rule = dict[str, Any]
Pattern = Sequence[tuple[Any, ...]]
OPERATORS = {"=": None, "!=": "$neq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
GUARD = "_g"
NOT = "!"
NOTHING = {"all_of": TRUE, "any_of": FALSE}


def rule(**patterns: Pattern) -> Rule:
    """A rule of one pattern a fact: `(field, operator, number)` compares with a number, `(field, operator, fact, field)` with
    a fact captured before it. The first pattern captures; the guard of the others refers to it."""
    first = next(iter(patterns))
    return {"all": [{fact: _pattern(fact, terms, None if fact == first else first)} for fact, terms in patterns.items()]}


def _pattern(fact: str, terms: Pattern, guarded: str | None) -> Rule:
    plain = [_term(*one) for one in terms if len(one) == 3]
    captured = [_term(one[0], one[1], {one[2]: one[3]}) for one in terms if len(one) == 4]
    guard = [{GUARD: {guarded: GUARD}}] if guarded else []
    return {"$and": [{"_r": 1}, {"k": fact}, *plain, *captured, *guard]}


def _term(field: str, operator: str, value: Any) -> Rule:
    word = OPERATORS[operator]
    return {field: value} if word is None else {word: {field: value}}


# --- conditions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """Inner nodes that are decided of one fact: rules by name, in the ruleset `place`; the names say `node=value`."""

    number: int
    place: str


@dataclass(frozen=True, slots=True)
class Program:
    """How the condition trees of a policy are decided: the steps in order, and the names of the roots. The fields `all_of` and `any_of`
    hold what each of nothing says."""

    steps: tuple[Step, ...]
    roots: Mapping[str, str]


@dataclass(slots=True)
class Book:
    """Rulesets in the making: rules are put where there is room."""

    steps: int = 0
    rulesets: dict[str, dict[str, Rule]] = field(default_factory=dict)

    def place(self, size: int) -> str:
        """The ruleset that has room for so many rules."""
        last = next(reversed(self.rulesets), "")
        if not last or len(self.rulesets[last]) + size > MOST_RULES:
            last = f"conditions{self.steps}"
            self.rulesets[last] = {}
        return last

    def program(self, trees: Mapping[str, Node]) -> Program:
        """Add the rules of a policy's trees."""
        levels: dict[int, list[tuple[str, str, list[str]]]] = {}
        roots = {}
        for letter, tree in trees.items():
            roots[letter] = _flatten(letter, tree, _counter(letter), levels)[0]
        steps = [step for level in sorted(levels) for step in self._steps(levels[level])]
        return Program(tuple(steps), roots)

    def _steps(self, nodes: list[tuple[str, str, list[str]]]) -> Iterator[Step]:
        rest = [(name, list(rules_of(word, parts))) for name, word, parts in nodes]
        while rest:
            taken: list[tuple[str, list[tuple[int, Pattern]]]] = []
            while rest and sum(len(rules) for _, rules in taken) + len(rest[0][1]) <= MOST_RULES:
                taken.append(rest.pop(0))
            place = self.place(sum(len(rules) for _, rules in taken))
            self.steps += 1
            for name, rules in taken:
                for number, (value, terms) in enumerate(rules):
                    self.rulesets[place][f"{name}={value}.{self.steps}.{number}"] = rule(step=[("s", "=", self.steps), *terms])
            yield Step(self.steps, place)


def _counter(letter: str) -> Iterator[str]:
    number = 0
    while True:
        yield f"{letter}n{number}"
        number += 1


def _flatten(letter: str, node: Node, names: Iterator[str], levels: dict[int, list[tuple[str, str, list[str]]]], place: list[int] | None = None) -> tuple[str, int]:
    """The field that holds what a node says (after `!`: the opposite), and the level on which it is decided; wide nodes are cut
    into narrow ones."""
    place = [0] if place is None else place
    if node.word == "test":
        place[0] += 1
        return f"{letter}{place[0] - 1}", 0
    parts = [_flatten(letter, part, names, levels, place) for part in node.parts]
    if node.word == "not":
        field, level = parts[0]
        return field[1:] if field.startswith(NOT) else NOT + field, level
    while len(parts) > MOST_PARTS:
        parts = [*parts[MOST_PARTS:], _decided(node.word, parts[:MOST_PARTS], names, levels)]
    return _decided(node.word, parts, names, levels)


def _decided(word: str, parts: list[tuple[str, int]], names: Iterator[str], levels: dict[int, list[tuple[str, str, list[str]]]]) -> tuple[str, int]:
    if not parts:
        return word, 0
    if len(parts) == 1:
        return parts[0]
    name, level = next(names), max((level for _, level in parts), default=0) + 1
    levels.setdefault(level, []).append((name, word, [part for part, _ in parts]))
    return name, level


def rules_of(word: str, parts: Sequence[str]) -> Iterator[tuple[int, Pattern]]:
    """(value, terms) of rules of which exactly one holds: pending outweighs unknown, and both what is not decisive."""
    decisive, otherwise = (FALSE, TRUE) if word == "all_of" else (TRUE, FALSE)
    before: tuple[int, ...] = ()
    for value in (decisive, PENDING, UNKNOWN):
        for index, part in enumerate(parts):
            never = [_says(one, "!=", excluded) for one in parts for excluded in before]
            yield value, [*never, *(_says(one, "!=", value) for one in parts[:index]), _says(part, "=", value)]
        before = (*before, value)
    yield otherwise, [_says(part, "=", otherwise) for part in parts]


def opposite(value: int) -> int:
    """What `not` makes of a value."""
    return {TRUE: FALSE, FALSE: TRUE}.get(value, value)


def _says(part: str, operator: str, value: int) -> tuple[str, str, int]:
    return (part[1:], operator, opposite(value)) if part.startswith(NOT) else (part, operator, value)


__all__ = ["FALSE", "FAR", "GUARD", "MOST_RULES", "NOT", "NOTHING", "PENDING", "TRUE", "UNKNOWN", "Book", "Pattern", "Program", "Rule", "Step", "opposite", "rule", "rules_of"]
