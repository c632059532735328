"""The live engine: it answers as the judge does, in the subset that is safe, in a process that may die."""

from __future__ import annotations

import ast
import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from checker import judge
from checker.account import Account, Decided, Node
from checker.engines import live_kinds, live_rules
from checker.engines.live import Engine, load
from checker.errors import CheckerError
from checker.question import Answer, Asked, Question, Repeat, Rung, plainly
from checker.watch.worker import Plain, Worker, decide
from tests.live_accounts import a_question, shapes

POISON = "tests.live_poison:Poisoned"
HOLDS = Node("all_of", (Node("test", holds=True),))


def questions(seed: int, number: int, policies: int = 8) -> list[Asked]:
    rng = Random(seed)
    known = shapes(rng, policies)
    return [a_question(rng, known) for _ in range(number)]


def as_judged(asked: list[Asked]) -> list[Answer]:
    return [replace(plainly(one), by="engine") for one in asked]


def about(subject: str) -> Question:
    return Question(Account("p", "S1", subject, "1", judge.Due(0, None, None, 10, 11, 20), HOLDS), 11)


@pytest.mark.parametrize("seed", range(4))
def test_the_engine_answers_as_the_judge_does(seed: int) -> None:
    asked = questions(seed, 150)
    answers = Engine().decide(asked)
    wrong = [(one, answer, wanted) for one, answer, wanted in zip(asked, answers, as_judged(asked), strict=True) if answer != wanted]
    assert not wrong, wrong[:3]


@pytest.mark.hunt
def test_sixty_thousand_questions_are_answered_as_the_judge_does() -> None:
    wrong, said = [], dict[str, int]()
    with Worker(()) as worker:
        for seed in range(100, 160):
            asked = questions(seed, 1000, 10)
            for one, answer, wanted in zip(asked, decide(worker, asked), as_judged(asked), strict=True):
                said[answer.word] = said.get(answer.word, 0) + 1
                wrong += [] if answer == wanted else [(one, answer, wanted)]
            worker.close()
    print(f"\n60,000 questions: {len(wrong) or 'no'} difference(s); {said}")
    assert not wrong, wrong[:3]


def test_every_word_and_every_kind_is_asked_about() -> None:
    asked = [one for seed in range(8) for one in questions(seed, 400)]
    answers = [plainly(one) for one in asked]
    assert {one.word for one in answers} == {"met", "met-late", "lapsed", "fail", "exempt", "unknown", "due-soon", "pending", "not_applicable"}
    assert {type(one.account.numbers).__name__ for one in asked if isinstance(one, Question)} == set(live_kinds.KINDS) - {"pairs"}
    assert {one.repeat for one in answers} == {True, False} and {one.step for one in answers} >= {None, 0, 1, 2}


@pytest.mark.parametrize("size", [1, 200, 1000])
def test_the_size_of_chunks_changes_no_answer(size: int) -> None:
    asked = questions(7, 1100, 3)
    with Worker((), chunk=size) as worker:
        assert decide(worker, asked) == as_judged(asked)


def test_repeats_and_steps_at_their_limits() -> None:
    asked: list[Asked] = [Repeat(0, 7, 7), Repeat(0, 8, 7), Repeat(8, 7, 7), Rung(1, (2, 4)), Rung(2, (2, 4)), Rung(4, (2, 4)), Rung(9, (2, 4))]
    answers = Engine().decide(asked)
    assert [one.repeat for one in answers[:3]] == [True, False, False]
    assert [one.step for one in answers[3:]] == [None, 0, 1, 1]


def test_a_number_out_of_range_and_a_kind_that_does_not_run_live_are_judged() -> None:
    far = replace(about("far"), account=replace(about("far").account, numbers=judge.Due(0, 2**63, None, 10, 11, 20)))
    rate = Question(Account("p", "S1", "m", "2026-10", judge.Shares(1, 0, 0, 1, 2, 10, 20, True)), 20)
    assert [(one.outcome, one.by) for one in Engine().decide([far, rate, about("t")])] == [("fail", "judge"), ("pass", "judge"), ("fail", "engine")]


# --- the fence -------------------------------------------------------------------------------------------------------


def test_one_module_alone_imports_durable_rules() -> None:
    found = {str(path) for path in Path("checker").rglob("*.py") if "durable" in path.read_text(encoding="utf-8") and _reaches(path)}
    assert found == {"checker/engines/live.py"}


def _reaches(path: Path) -> bool:
    """Whether a module imports it by statement or by a name in a string."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [one.name for one in node.names] + [getattr(node, "module", None) or ""]
            if any(name.split(".")[0] in ("durable", "durable_rules_engine") for name in names):
                return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.split(".")[0] in ("durable", "durable_rules_engine"):
            return True
    return False


def _rulesets() -> Iterator[tuple[str, dict[str, Any]]]:
    yield from live_kinds.kinds().items()
    rng = Random(3)
    book = live_rules.Book()
    for _, where, demand, excuse in shapes(rng, 60):
        book.program({"w": where, "d": demand} | ({"e": excuse} if excuse else {}))
    yield from book.rulesets.items()


def test_only_the_safe_subset_is_emitted() -> None:
    seen = 0
    for _, rules in _rulesets():
        assert 0 < len(rules) <= 50
        for rule in rules.values():
            assert set(rule) == {"all"}
            captured: list[str] = []
            for pattern in rule["all"]:
                ((fact, terms),) = pattern.items()
                _check_pattern(terms["$and"], captured)
                captured.append(fact)
                seen += 1
    assert seen > 500


def _check_pattern(terms: list[dict[str, Any]], captured: list[str]) -> None:
    assert terms[0] == {"_r": 1}
    if captured:
        assert terms[-1] == {"_g": {captured[0]: "_g"}}
    for term in terms:
        ((word, value),) = term.items()
        assert not word.startswith("$") or word in ("$neq", "$lt", "$lte", "$gt", "$gte")
        operand = next(iter(value.values())) if word.startswith("$") else value
        if isinstance(operand, dict):
            ((fact, field),) = operand.items()
            assert fact in captured and isinstance(field, str)
        else:
            assert isinstance(operand, str) if word == "k" else isinstance(operand, int)


def test_without_the_extra_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
    with pytest.raises(CheckerError) as caught:
        load()
    (problem,) = caught.value.problems
    assert problem.id == "live.missing" and "[live]" in problem.line("en") and "gcc" in problem.line("zh")


def test_a_worker_without_the_extra_says_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "durable_rules_engine.py").write_text("raise ImportError\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(CheckerError) as caught:
        Worker(())
    assert [one.id for one in caught.value.problems] == ["live.missing"]


def test_an_engine_that_cannot_start_is_said() -> None:
    with pytest.raises(CheckerError) as caught:
        Worker((), engine="tests.live_poison:Stillborn")
    assert [one.id for one in caught.value.problems] == ["live.broken"]


# --- crashes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["segv", "fpe", "kill", "hang"])
def test_a_question_that_kills_the_worker_is_judged_and_no_other_is_lost(how: str) -> None:
    asked: list[Asked] = [about(how if number == 2 else f"t{number}") for number in range(4)]
    with Worker((), engine=POISON, seconds=3.0) as worker:
        answers = decide(worker, asked)
        assert worker.starts == 4
    assert [one.by for one in answers] == ["engine", "engine", "judge", "engine"]
    assert {(one.outcome, one.word) for one in answers} == {("fail", "lapsed")}


def test_a_worker_that_is_killed_from_outside_loses_nothing() -> None:
    asked = questions(11, 400, 3)
    with Worker((), chunk=50) as worker:
        for _ in range(3):
            threading.Timer(0.02, os.kill, (worker.pid or 0, signal.SIGKILL)).start()
            assert [replace(one, by="engine") for one in decide(worker, asked)] == as_judged(asked)
        decide(worker, asked[:1])
        assert worker.starts > 1


@pytest.mark.hunt
def test_a_worker_killed_two_hundred_times_loses_nothing() -> None:
    rng, kills, starts = Random(5), 0, 0
    asked = questions(12, 600, 4)
    with Worker((), chunk=40) as worker:
        while kills < 200:
            killer = threading.Timer(rng.random() * 0.3, _kill, (worker,))
            killer.start()
            assert [replace(one, by="engine") for one in decide(worker, asked)] == as_judged(asked)
            killer.join()
            kills, starts = kills + 1, worker.starts
    print(f"\n{kills} kills, {starts} processes, nothing lost")


def _kill(worker: Worker) -> None:
    pid = worker.pid
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def test_a_worker_is_replaced_after_its_lifetime() -> None:
    asked = questions(13, 50, 3)
    with Worker((), chunk=10, lifetime=20) as worker:
        assert [replace(one, by="engine") for one in decide(worker, asked)] == as_judged(asked)
        assert worker.starts == 3


def test_many_more_questions_than_fit_into_a_pipe_are_answered() -> None:
    asked = questions(14, 2_500, 3)
    with Worker((), chunk=1, seconds=10.0) as worker:
        assert [replace(one, by="engine") for one in decide(worker, asked)] == as_judged(asked)
        assert worker.starts == 1


def test_a_worker_ends_when_its_parent_is_gone() -> None:
    worker = Worker(())
    process = worker._process
    assert process is not None and process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=20) == 0
    if process.stdout is not None:
        process.stdout.close()


def test_without_an_engine_the_judge_answers() -> None:
    asked = questions(2, 50)
    assert decide(Plain(), asked) == [plainly(one) for one in asked]


def test_a_record_that_is_undated_or_later_is_unknown_or_pending() -> None:
    plain = Account("p", "S1", "t", "1", Decided(None), HOLDS, HOLDS)
    answers = Engine().decide([Question(plain, 0), Question(replace(plain, numbers=Decided("later")), 0)])
    assert [one.outcome for one in answers] == ["unknown", "pending"]
