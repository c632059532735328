"""Random accounts of the kinds that run live, their numbers biased to boundaries and equalities."""

from __future__ import annotations

from random import Random
from typing import Any

from checker import judge, judge_kinds
from checker.account import Account, Climbed, Decided, Node, Numbers
from checker.question import Asked, Question, Repeat, Rung

TRUTHS = (True, True, False, None, "pending")
BASES = (0, 1_791_000_000_000_000, -(2**61), 2**61, 2**53)


def a_tree(rng: Random, depth: int = 3, width: int = 3) -> Node:
    """A condition tree, now and then a wide one."""
    return Node("all_of", tuple(_part(rng, depth - 1, width) for _ in range(rng.choice((0, 1, 1, 2, width, 9 if rng.random() < 0.1 else 2)))))


def _part(rng: Random, depth: int, width: int) -> Node:
    if depth <= 0 or rng.random() < 0.55:
        return Node("test", holds=rng.choice(TRUTHS))  # type: ignore[arg-type]
    word: Any = rng.choice(("all_of", "any_of", "not"))
    return Node(word, tuple(_part(rng, depth - 1, width) for _ in range(1 if word == "not" else rng.randint(1, width))))


def refilled(rng: Random, node: Node) -> Node:
    """The same tree whose tests say something else."""
    return Node("test", path=node.path, holds=rng.choice(TRUTHS)) if node.word == "test" else Node(node.word, tuple(refilled(rng, one) for one in node.parts))  # type: ignore[arg-type]


def numbers(rng: Random, kind: str) -> Numbers:
    """Numbers of one kind: instants lie within two microseconds of each other, and may be missing."""
    base = rng.choice(BASES)
    near = lambda: base + rng.randint(-2, 2)  # noqa: E731
    maybe = lambda: rng.choice((None, near(), near()))  # noqa: E731
    seldom = lambda: None if rng.random() < 0.1 else near()  # noqa: E731
    yes = lambda: rng.random() < 0.2  # noqa: E731
    match kind:
        case "Decided":
            return Decided(rng.choice((None, "later", near(), near(), near())))
        case "Due":
            return judge.Due(seldom(), maybe(), maybe(), seldom(), near(), near(), yes(), yes(), yes(), maybe(), yes())
        case "Ripe":
            return judge.Ripe(seldom(), seldom(), maybe(), near(), near(), yes())
        case "Gaps":
            return judge.Gaps(maybe(), maybe(), near(), near(), near(), (near(), near()))
        case "Found":
            return judge.Found(rng.choice((None, 0, 1, 2, 2)), rng.choice((None, 0, 1, 2, 3)), rng.choice((None, 0, 1, 2, 2, 3)), near(), near(), not yes())
    follows = None if yes() else judge_kinds.Follows(maybe(), maybe(), near(), near())
    return Climbed(rng.choice((None, 0, 1, 2)), 2, yes(), follows, near())


KINDS = ("Decided", "Due", "Ripe", "Gaps", "Found", "Climbed")


def a_question(rng: Random, shapes: list[tuple[str, Node, Node, Node | None]]) -> Asked:
    """A question about one of some policies, each with its own conditions; now and then one about a repeat or a rung."""
    if rng.random() < 0.05:
        base = rng.choice(BASES)
        return Repeat(base, base + rng.randint(-2, 8), rng.randint(0, 6))
    if rng.random() < 0.05:
        return Rung(rng.randint(0, 8), tuple(sorted(rng.sample(range(1, 8), rng.randint(1, 3)))))
    policy, *trees = rng.choice(shapes)
    where, demand, excuse = (None if one is None else refilled(rng, one) for one in trees)
    if rng.random() < 0.6:
        where = Node("all_of", (Node("test", holds=True),)) if policy.endswith("plain") else where
    assert where is not None and demand is not None
    made = numbers(rng, rng.choice(KINDS))
    now = getattr(made, "as_of", 0)
    warned = rng.choice((None, now - 1, now, now + 1))
    return Question(Account(policy, "S1", "t1", "1", made, where, demand, excuse, rng.random() < 0.3), now, warned)


def shapes(rng: Random, number: int) -> list[tuple[str, Node, Node, Node | None]]:
    """Conditions of so many policies."""
    plain = Node("all_of", (Node("test", holds=True),))
    return [
        (f"p{one}.plain", plain, a_tree(rng), rng.choice((None, a_tree(rng)))) if one % 2 else (f"p{one}", a_tree(rng), a_tree(rng), rng.choice((None, a_tree(rng))))
        for one in range(number)
    ]


__all__ = ["a_question", "shapes"]
