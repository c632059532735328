"""What the engine has answered it is not asked again, and what only time has touched is not looked up again: neither changes an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from random import Random
from typing import Any

import pytest

from checker import judge
from checker.account import Account, Node
from checker.engines.live import Engine
from checker.engines.live_order import RULES, order
from checker.question import Answer, Asked, Question, Repeat, Rung, plainly
from checker.watch.known import Unit
from checker.watch.looking import Looking
from checker.watch.now import Heard, Now
from checker.watch.remembered import Remembering
from checker.watch.worker import Plain
from tests.live_accounts import a_question, shapes
from tests.reference import DAY, OutsideCalendar
from tests.streams import told
from tests.test_watch_equality import stream_of

HOLDS = Node("all_of", (Node("test", holds=True),))


class Asking:
    """Answers as the judge does, and notes what it was asked. `by`: who it says that it was."""

    def __init__(self, by: str = "engine") -> None:
        self.asked, self.waiting, self.by = list[Asked](), list[Asked](), by

    def ask(self, questions: Sequence[Asked]) -> None:
        self.asked += questions
        self.waiting += questions

    def answers(self) -> list[Answer]:
        waiting, self.waiting = self.waiting, []
        return [replace(plainly(one), by=self.by) for one in waiting]

    def close(self) -> None:
        self.asked.clear()


def due(start: int, answered: int | None, now: int, limit: int = 10) -> Question:
    return Question(Account("p", "S1", f"t{start}", "1", judge.Due(start, answered, answered, start + limit, now, now), HOLDS), now)


def moved(value: Any, where: dict[int, int]) -> Any:
    """The same numbers elsewhere, whatever they are numbers of."""
    if isinstance(value, tuple):
        return tuple(moved(one, where) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: moved(getattr(value, one.name), where) for one in fields(value)})
    return where[value] if isinstance(value, int) and not isinstance(value, bool) else value


def numbers_of(value: Any) -> Iterator[int]:
    if isinstance(value, int) and not isinstance(value, bool):
        yield value
    for one in value if isinstance(value, tuple) else [getattr(value, one.name) for one in fields(value)] if is_dataclass(value) else ():
        yield from numbers_of(one)


def twin(rng: Random, question: Question) -> Question:
    """A question whose numbers stand in the same order to each other but farther apart; small ones, that are flags and counts, stay."""
    asked = question.account.numbers, question.now, question.warn_at
    where, apart = dict[int, int](), 0
    for one in sorted(set(numbers_of(asked))):
        apart += rng.randint(1, 1000)
        where[one] = one if -2 <= one <= 2 else one + apart - (0 if one > 2 else 2_000_000)
    numbers, now, warn = moved(asked, where)
    return Question(replace(question.account, numbers=numbers), now, warn)


@pytest.mark.parametrize("seed", range(3))
def test_questions_that_no_rule_can_tell_apart_have_one_answer(seed: int) -> None:
    rng = Random(seed)
    known = shapes(rng, 4)
    asked = [one for one in (a_question(rng, known) for _ in range(400)) if isinstance(one, Question)]
    twins = [twin(rng, one) for one in asked]
    assert [order(one) for one in asked] == [order(one) for one in twins]
    assert sum(one.account.numbers != other.account.numbers for one, other in zip(asked, twins, strict=True)) > 200
    engine = Engine()
    answers, others = engine.decide(asked), engine.decide(twins)
    assert [pair for pair in zip(asked, twins, answers, others, strict=True) if pair[2] != pair[3]] == []
    assert {one.by for one in answers} == {"engine"}


def test_what_differs_in_one_comparison_is_told_apart() -> None:
    asked = [due(100, 110, 200), due(100, 111, 200), due(100, None, 110), due(100, None, 111), Repeat(0, 7, 7), Repeat(0, 8, 7), Rung(1, (2,)), Rung(2, (2,))]
    assert len({order(one) for one in asked}) == len(asked)


def test_the_comparisons_of_the_rules_are_counted_once_each() -> None:
    compared = {kind: len(rules.pairs) for kind, rules in RULES.items()}
    assert compared == {"Decided": 0, "Due": 6, "Ripe": 5, "Gaps": 5, "Found": 5, "Climbed": 5}


def test_only_what_is_new_is_asked_and_answers_come_in_order() -> None:
    inner = Asking()
    remembering = Remembering(inner)
    asked = [due(100, 105, 120), due(100, None, 120), due(500, 509, 600), due(500, None, 505), due(900, None, 2000)]
    remembering.ask(asked[:3])
    remembering.ask(asked[3:])
    assert remembering.answers() == [replace(plainly(one), by="engine") for one in asked]
    remembering.ask([due(700, 701, 720), due(100, 111, 120), due(700, None, 705)])
    assert [one.word for one in remembering.answers()] == ["met", "met-late", "pending"]
    assert len(inner.asked) == 6, "all that were put before any answer came, and one that differs"
    assert remembering.answers() == []


def test_what_the_judge_answered_is_asked_again() -> None:
    inner = Asking("judge")
    remembering = Remembering(inner)
    for _ in range(2):
        remembering.ask([due(100, 105, 120)])
        assert remembering.answers()[0].by == "judge"
    assert len(inner.asked) == 2


def test_what_the_engine_cannot_take_is_passed_on_every_time() -> None:
    far = replace(due(0, None, 11).account, numbers=judge.Due(0, 2**63, None, 10, 11, 20))
    inner = Asking()
    remembering = Remembering(inner)
    for _ in range(2):
        remembering.ask([Question(far, 11)])
        assert remembering.answers()[0].outcome == "fail"
    assert len(inner.asked) == 2


def test_a_deadline_that_only_time_has_touched_is_as_if_it_were_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, compared = Looking.later, list[bool]()

    def later(self: Looking, unit: Unit, number: int, now: int) -> Account | None:
        wakes = dict(unit.wakes)
        found = plain(self, unit, number, now)
        if found is not None:
            assert unit.still is not None
            woken, still = unit.wakes.get(number), unit.still[number]
            unit.wakes = wakes
            compared.append(self.accounts(unit, number, Now(now, Heard())) == [(found,)] and unit.wakes.get(number) == woken and still.until > now)
        return found

    monkeypatch.setattr(Looking, "later", later)
    for seed in range(150):
        made = stream_of(seed)
        if made is not None:
            try:
                told(*made, Plain(), 7 * DAY // 24, DAY)
            except OutsideCalendar:
                continue
    assert len(compared) > 20
    assert all(compared)
