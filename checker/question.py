"""What the live engine is asked about one obligation, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from checker import judge
from checker.account import Account, Numbers, judged
from checker.judge import Outcome
from checker.quick import quick

Word = Literal["met", "met-late", "lapsed", "fail", "exempt", "unknown", "due-soon", "pending", "not_applicable"]
"""What is said of an outcome: a deadline is `met`, or fails as `lapsed` or `met-late`; while it is pending it may be `due-soon`."""
By = Literal["engine", "judge"]
LIMITED = judge.Due, judge.Ripe, judge.Gaps


@quick
@dataclass(frozen=True, slots=True)
class Question:
    """What is to be decided of an account at the instant `now`; from `warn_at` on an open obligation is due soon (None:
    nobody is warned). UTC microseconds."""

    account: Account
    now: int
    warn_at: int | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """Whether a second event comes after a first one and no later than `window` microseconds after it."""

    first: int
    second: int
    window: int


@dataclass(frozen=True, slots=True)
class Rung:
    """Which step of a ladder the n-th finding leads to; each step begins at its count, in rising order."""

    number: int
    counts: tuple[int, ...]


Asked = Question | Repeat | Rung


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided: the outcome of judge.py and the word for it; of a repeat whether it is one; of a rung its step
    (None: none is reached)."""

    outcome: Outcome = "pass"
    word: Word = "met"
    repeat: bool = False
    step: int | None = None
    by: By = "engine"


def plainly(asked: Asked) -> Answer:
    """The same answer without an engine: what is fallen back on."""
    match asked:
        case Repeat():
            return Answer(repeat=0 <= asked.second - asked.first <= asked.window, by="judge")
        case Rung():
            return Answer(step=max((index for index, count in enumerate(asked.counts) if asked.number >= count), default=None), by="judge")
        case Question():
            outcome = judged(asked.account)
            return Answer(outcome, _word(asked, outcome), by="judge")


def answered(asked: Asked, said: str | None) -> Answer:
    """What the engine said of a question, as an answer; None: nothing, and the judge answers."""
    if said is None:
        return plainly(asked)
    match asked:
        case Repeat():
            return Answer(repeat=bool(said))
        case Rung():
            return Answer(step=int(said) if said else None)
    return _answer(said)


@lru_cache
def _answer(said: str) -> Answer:
    outcome, _, word = said.partition(":")
    return Answer(outcome, word)  # type: ignore[arg-type]


def _word(asked: Question, outcome: Outcome) -> Word:
    numbers = asked.account.numbers
    match outcome:
        case "pass":
            return "met"
        case "fail":
            return _failed(asked.account, numbers)
        case "pending":
            warned = asked.warn_at is not None and asked.now >= asked.warn_at
            return "due-soon" if warned and runs(asked.account) else "pending"
        case "exempt" | "unknown" | "not_applicable":
            return outcome


def _failed(account: Account, numbers: Numbers) -> Word:
    if isinstance(numbers, judge.Due):
        return "lapsed" if numbers.sure is None else "met-late"
    if isinstance(numbers, judge.Ripe):
        return "lapsed" if not account.forbidden else "fail"
    return "lapsed" if isinstance(numbers, judge.Found) else "fail"


def runs(account: Account) -> bool:
    """Whether a pending account waits for a limit of its own, of which one can be warned."""
    numbers, where = account.numbers, account.where.truth
    if isinstance(numbers, judge.Found):
        return where in (True, "pending")
    return where is True and isinstance(numbers, LIMITED)


__all__ = ["Answer", "Asked", "By", "Question", "Repeat", "Rung", "Word", "answered", "plainly", "runs"]
