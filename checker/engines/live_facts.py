"""What is asked, flat: texts and whole numbers within the range that the engine reads, nothing else.

A question crosses to the worker in this form, for it is asked of every event: what the tests of its conditions say, and the facts of
its numbers as the engine reads them. The fields of facts stand in an order of their own for each kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import index
from typing import Any, NamedTuple

from checker import judge
from checker.account import Account, Climbed, Decided, Node
from checker.engines.live_rules import FALSE, FAR, PENDING, TRUE, UNKNOWN
from checker.holds import Truth
from checker.question import Asked, Question, Repeat, Rung, runs


class Unfit(Exception):
    """What cannot be put to the engine: numbers out of range, or a kind that is not decided while time runs."""


class Flat(NamedTuple):
    """A question as it is put. `kind` names its rules, `about` says of whom it is; `shape` names the trees of its conditions, and `tests`
    say what each test in them says; `facts`: of each fact its name, and its fields as the engine reads them. Of a rung there is one pair
    of facts a step."""

    kind: str
    about: str
    shape: str
    tests: tuple[int, ...]
    facts: tuple[tuple[str, str], ...]
    opposite: bool = False


def flat(asked: Asked) -> Flat | None:
    """What is asked, flat; None where the engine cannot take it."""
    try:
        return _flat(asked)
    except Unfit:
        return None


def _flat(asked: Asked) -> Flat:
    match asked:
        case Question():
            return _question(asked)
        case Repeat(first, second, window):
            return Flat("repeat", "", "", (), (("second", _text(SECOND, (second, second - window))), ("first", _text(FIRST, (first,)))))
        case Rung(number, counts):
            rungs = (("rung", _text(RUNG, pair)) for pair in zip(counts, (*counts[1:], FAR), strict=True))
            return Flat("rung", "", "", (), (("finding", _text(FINDING, (number,))), *rungs))


def _question(question: Question) -> Flat:
    account = question.account
    kind = type(account.numbers).__name__
    if kind not in FIELDS:
        raise Unfit(f"{kind} is not decided while time runs")
    opened, answer, now, warn = numbers_of(question)
    names, answers = FIELDS[kind]
    facts = ("open", _text(names, (*opened, warn))), ("answer", _text(answers, answer)), ("tick", _text(TICK, (now,)))
    return Flat(kind, account.subject, *scanned(account), facts, account.forbidden and kind == "Decided")


def _text(names: str, values: Iterable[Any]) -> str:
    """Fields of a fact as the engine reads them."""
    try:
        whole = tuple(map(index, values))
    except TypeError:
        raise Unfit(f"{values!r} are no numbers of a fact")
    if whole and not -FAR <= min(whole) <= max(whole) <= FAR:
        raise Unfit(f"{whole!r} are out of range")
    return names % whole


def _names(*names: str) -> str:
    return "".join(f',"{name}":%d' for name in names)


NAMES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Decided": (("when",), ()),
    "Due": (("start", "early", "limited", "due", "doubt"), ("came", "sure", "possible", "ended", "undated", "covered")),
    "Ripe": (("start", "limited", "due", "forbidden"), ("since", "covered")),
    "Gaps": (("any", "anyway", "broken", "first", "until"), ("low", "high")),
    "Found": (("known", "needed", "last", "covered"), ("sure", "possible")),
    "Climbed": (("doubt", "step", "follows", "due"), ("came", "sure", "possible", "covered")),
}
"""By kind the fields of the facts `open` and `answer`, in the order of their numbers."""
FIELDS: Mapping[str, tuple[str, str]] = {kind: (_names(*opened, "warn"), _names(*answer)) for kind, (opened, answer) in NAMES.items()}
"""The same as the engine reads them, with the instant of the warning."""
TICK, SECOND, FIRST, FINDING, RUNG = _names("now"), _names("at", "opens"), _names("at"), _names("number"), _names("low", "high")


# --- conditions ------------------------------------------------------------------------------------------------------


TRUTHS: Mapping[Truth, int] = {True: TRUE, False: FALSE, None: UNKNOWN, "pending": PENDING}
WORD = re.compile(r"\((?:all_of|any_of|not)|[wde.)]")


def scanned(account: Account) -> tuple[str, tuple[int, ...]]:
    """(the policy and the shape of its trees as text, what each test says, tree by tree)."""
    where, demand, excuse = account.where, account.demand, account.excuse
    shape, said = f"{account.policy}|w{where.shape}d{demand.shape}", where.said + demand.said
    if excuse is not None:
        shape, said = f"{shape}e{excuse.shape}", said + excuse.said
    return shape, tuple([TRUTHS[one] for one in said])


def trees(shape: str) -> dict[str, Node]:
    """The condition trees that a shape tells of, by the letter that names their fields."""
    words = iter(WORD.findall(shape.partition("|")[2]))
    return {letter: _tree(next(words), words) for letter in words}


def _tree(word: str, words: Iterator[str]) -> Node:
    if word == ".":
        return Node("test")
    return Node(word[1:], tuple(_tree(one, words) for one in iter(words.__next__, ")")))  # type: ignore[arg-type]


# --- numbers ---------------------------------------------------------------------------------------------------------


Opened = tuple[tuple[Any, ...], tuple[Any, ...], int]
"""(what the open fact holds, what the answer holds, the instant of the tick)."""


def numbers_of(question: Question) -> tuple[tuple[Any, ...], tuple[Any, ...], int, int]:
    """The same, and the instant of the warning."""
    account, warn = question.account, question.warn_at
    opened, answer, now = NUMBERS[account.numbers.__class__](account.numbers, account)
    return opened, answer, now, warn if warn is not None and runs(account) else FAR


def _decided(numbers: Decided, account: Account) -> Opened:
    return (2 if numbers.at == "later" else 0 if numbers.at is None else 1,), (), 0


def _due(times: judge.Due, account: Account) -> Opened:
    due, sure, possible = times.due, times.sure, times.possible
    ended = times.cancelled_at if times.cancelled else FAR
    opened = 1 if times.start is not None else _start(times), times.early, due is not None, due or 0, times.doubt
    answer = sure is not None, FAR if sure is None else sure, FAR if possible is None else possible, FAR if ended is None else ended, ended is None, times.covered_until
    return opened, answer, times.as_of


def _ripe(ripe: judge.Ripe, account: Account) -> Opened:
    return (_start(ripe), ripe.due is not None, ripe.due or 0, account.forbidden), (_or(ripe.since, FAR), ripe.covered_until), ripe.as_of


def _gaps(gaps: judge.Gaps, account: Account) -> Opened:
    return (gaps.anyway is not None, gaps.anyway or 0, gaps.broken is not None, gaps.first, gaps.until), gaps.covered, gaps.as_of


def _found(found: judge.Found, account: Account) -> Opened:
    known = found.needed is not None and found.sure is not None
    return (known, _or(found.needed, 1), found.last, found.covered), (found.sure or 0, found.possible or 0), found.as_of


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _start(times: judge.Due | judge.Ripe) -> int:
    return 1 if times.start is not None else 2 if times.never_started else 0


def _climbed(one: Climbed, account: Account) -> Opened:
    follows = one.follows
    opened = (one.uncovered and one.step != one.last, _or(one.step, -1), follows is not None, 0 if follows is None else follows.due)
    if follows is None:
        return opened, (0, FAR, FAR, FAR), one.as_of
    return opened, (follows.sure is not None, _or(follows.sure, FAR), _or(follows.possible, FAR), follows.covered_until), one.as_of


NUMBERS: Mapping[type, Callable[[Any, Account], Opened]] = {Decided: _decided, judge.Due: _due, judge.Ripe: _ripe, judge.Gaps: _gaps, judge.Found: _found, Climbed: _climbed}


__all__ = ["NAMES", "Flat", "Unfit", "flat", "numbers_of", "scanned", "trees"]
