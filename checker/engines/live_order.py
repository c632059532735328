"""What an answer of the engine rests on: the comparisons that its rules make, and nothing else."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.engines.live_facts import NAMES, numbers_of
from checker.engines.live_kinds import kinds
from checker.engines.live_rules import FAR, Rule
from checker.question import Asked, Question, Repeat

Compares = Callable[[Any, Any], bool]
COMPARES: Mapping[str, Compares] = {"$neq": operator.eq, "$lt": operator.lt, "$gte": operator.lt, "$gt": operator.gt, "$lte": operator.gt}
"""Operators of the engine; of two that are opposites one tells both."""
SMALL = (-1, 0, 1, 2)
"""The numbers with which rules compare."""


class Compared(NamedTuple):
    """What the rules of a kind make of its numbers, by their places: those that are compared with none of the others, as they stand, and pairs
    that are compared; behind the numbers stand the small ones."""

    plain: Callable[[Sequence[int]], Hashable]
    pairs: tuple[tuple[Compares, int, int], ...]


def _compared(kind: str, rules: Mapping[str, Rule]) -> Compared:
    opened, answer = NAMES[kind]
    places = {name: place for place, name in enumerate((*opened, *answer, "now", "warn", *SMALL))}
    found = dict.fromkeys((how, places[left], places[right]) for how, left, right in _terms(rules) if left in places)
    flags = {left for how, left, right in found if how is operator.eq and right >= len(places) - len(SMALL)}
    flags -= {one for how, *both in found if how is not operator.eq for one in both}
    return Compared(operator.itemgetter(*sorted(flags)), tuple(one for one in found if one[1] not in flags))


def _terms(rules: Mapping[str, Rule]) -> Iterator[tuple[Compares, str, Any]]:
    """(how, field, other field or number) of every comparison in some rules."""
    for rule in rules.values():
        for pattern in rule["all"]:
            for terms in pattern.values():
                for term in terms["$and"]:
                    ((word, operand),) = term.items()
                    ((name, other),) = operand.items() if word in COMPARES else ((word, operand),)
                    yield COMPARES.get(word, operator.eq), name, next(iter(other.values())) if isinstance(other, dict) else other


RULES = {kind: _compared(kind, rules) for kind, rules in kinds().items() if kind in NAMES}


def order(asked: Asked) -> Hashable:
    """What the answer rests on: equal of questions that no rule can tell apart. None where the engine cannot take it."""
    if isinstance(asked, Repeat):
        return Repeat, asked.second - asked.first, asked.window
    if not isinstance(asked, Question):
        return asked
    account = asked.account
    kind = account.numbers.__class__
    rules = RULES.get(kind.__name__)
    if rules is None:
        return None
    opened, answer, now, warn = numbers_of(asked)
    values = (*opened, *answer, now, warn, *SMALL)
    if min(values) < -FAR or max(values) > FAR:
        return None
    excuse = account.excuse
    plain, pairs = rules
    said = plain(values), tuple([how(values[one], values[other]) for how, one, other in pairs])
    return account.policy, kind, account.forbidden, account.where.told, account.demand.told, excuse and excuse.told, said


__all__ = ["order"]
