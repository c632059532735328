"""What an account says as flat facts: whole numbers within the range that the engine reads, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker import judge
from checker.account import Account, Climbed, Decided, Node
from checker.engines.live_rules import FALSE, FAR, PENDING, TRUE, UNKNOWN
from checker.holds import Truth
from checker.question import Question, runs

Fact = dict[str, int]


class Unfit(Exception):
    """What cannot be put to the engine: numbers out of range, or a kind that is not decided while time runs."""


def whole(value: Any) -> int:
    """A number within the range of facts."""
    if not isinstance(value, int) or not -FAR <= value <= FAR:
        raise Unfit(f"{value!r} is no number of a fact")
    return int(value)


def truth(value: Truth) -> int:
    return PENDING if value == "pending" else UNKNOWN if value is None else TRUE if value else FALSE


def trees(account: Account) -> dict[str, Node]:
    """The condition trees by the letter that names their fields."""
    return {"w": account.where, "d": account.demand} | ({} if account.excuse is None else {"e": account.excuse})


def scanned(account: Account) -> tuple[str, Fact]:
    """(the policy and the shape of its trees as text, what each test says by field)."""
    shape, said = [account.policy], Fact()
    for letter, tree in trees(account).items():
        shape.append(letter)
        _scan(tree, letter, shape, said, [0])
    return "".join(shape), said


def _scan(node: Node, letter: str, shape: list[str], said: Fact, number: list[int]) -> None:
    if node.word == "test":
        said[f"{letter}{number[0]}"] = truth(node.holds)
        number[0] += 1
        shape.append(".")
        return
    shape.append(f"({node.word}")
    for part in node.parts:
        _scan(part, letter, shape, said, number)
    shape.append(")")


def facts(question: Question, said: Mapping[str, int]) -> tuple[Fact, Fact, Fact]:
    """(open, answer, tick) of a question whose conditions say `said`: values of `where`, `demand` and `excuse`.

    Raises `Unfit` where the account is of a kind that is not decided here.
    """
    excuse = UNKNOWN if said["excuse"] == PENDING else said["excuse"]
    demand = said["demand"]
    if question.account.forbidden and isinstance(question.account.numbers, Decided):
        demand = {TRUE: FALSE, FALSE: TRUE}.get(demand, demand)
    warn = whole(question.warn_at) if question.warn_at is not None and runs(question.account) else FAR
    opened, answer, now = _numbers(question.account)
    return {"where": said["where"], "demand": demand, "excuse": excuse, "warn": warn, **_fit(opened)}, _fit(answer), _fit({"now": now})


def _fit(values: Mapping[str, Any]) -> Fact:
    return {name: whole(value) for name, value in values.items()}


def _numbers(account: Account) -> tuple[dict[str, Any], dict[str, Any], int]:
    """(what the open fact holds, what the answer holds, the instant of the tick)."""
    match account.numbers:
        case Decided(at=at):
            return {"when": 2 if at == "later" else 0 if at is None else 1}, {}, 0
        case judge.Due() as times:
            return _due(times), _answered(times), times.as_of
        case judge.Ripe() as ripe:
            opened = {"start": _start(ripe), "limited": ripe.due is not None, "due": ripe.due or 0, "forbidden": account.forbidden}
            return opened, {"since": _or(ripe.since, FAR), "covered": ripe.covered_until}, ripe.as_of
        case judge.Gaps() as gaps:
            opened = {"any": gaps.anyway is not None, "anyway": gaps.anyway or 0, "broken": gaps.broken is not None, "first": gaps.first, "until": gaps.until}
            return opened, {"low": gaps.covered[0], "high": gaps.covered[1]}, gaps.as_of
        case judge.Found() as found:
            known = found.needed is not None and found.sure is not None
            opened = {"known": known, "needed": _or(found.needed, 1), "last": found.last, "covered": found.covered}
            return opened, {"sure": found.sure or 0, "possible": found.possible or 0}, found.as_of
        case Climbed() as climbed:
            return _climbed(climbed)
    raise Unfit(f"{type(account.numbers).__name__} is not decided while time runs")


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _start(times: judge.Due | judge.Ripe) -> int:
    return 1 if times.start is not None else 2 if times.never_started else 0


def _due(times: judge.Due) -> dict[str, Any]:
    return {"start": _start(times), "early": times.early, "limited": times.due is not None, "due": times.due or 0, "doubt": times.doubt}


def _answered(times: judge.Due) -> dict[str, Any]:
    ended = times.cancelled_at if times.cancelled and times.cancelled_at is not None else FAR
    undated = times.cancelled and times.cancelled_at is None
    found = {"came": times.sure is not None, "sure": _or(times.sure, FAR), "possible": _or(times.possible, FAR)}
    return {**found, "ended": ended, "undated": undated, "covered": times.covered_until}


def _climbed(one: Climbed) -> tuple[dict[str, Any], dict[str, Any], int]:
    opened = {"doubt": one.uncovered and one.step != one.last, "step": _or(one.step, -1), "follows": one.follows is not None}
    if one.follows is None:
        return {**opened, "due": 0}, {"came": 0, "sure": FAR, "possible": FAR, "covered": FAR}, one.as_of
    follows = one.follows
    answer = {"came": follows.sure is not None, "sure": _or(follows.sure, FAR), "possible": _or(follows.possible, FAR), "covered": follows.covered_until}
    return {**opened, "due": follows.due}, answer, one.as_of


__all__ = ["Fact", "Unfit", "facts", "scanned", "trees", "truth", "whole"]
