"""durable-rules, fenced in: the only module that imports it.

Only its C core is used, one message at a time: without the host there are no timer threads, no swallowed exceptions and no
definitions changed under our hands. Facts are asserted, what fires is collected, and they are retracted again, so that
nothing is kept between two obligations; a slot (`sid`) is used again and again and never deleted. `load` says in a sentence
when the extra is missing. A crash of the core takes the process along: `checker.watch.worker` is the process.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checker.account import Account, Decided, tree
from checker.engines import live_kinds
from checker.engines import live_rules as made
from checker.engines.live_facts import Fact, Unfit, facts, scanned, trees, whole
from checker.errors import refuse, say
from checker.judge import Outcome
from checker.policy.kinds import Base
from checker.question import Answer, Asked, Question, Repeat, Rung, Word, plainly

SLOT = "0"
SAID = {"w": "where", "d": "demand", "e": "excuse"}


def load() -> Any:
    """The C core. Raises `CheckerError` where it is not installed.

    Symbols are bound when they are called: those of callbacks that nobody here calls are missing since Python 3.13.
    """
    lazily = getattr(os, "RTLD_LAZY", None)
    before = sys.getdlopenflags() if lazily is not None else 0
    try:
        if lazily is not None:
            sys.setdlopenflags(lazily)
        return importlib.import_module("durable_rules_engine")
    except ImportError:
        raise refuse("live.missing", say("实时监测所需的规则引擎没有安装", "the rule engine that live watching needs is not installed"), say(
            "请运行 pip install \"service-standards-checker[live]\"(需要 C 编译器和 Python 头文件,Debian 上为 gcc 与 python3-dev);其余命令不需要它",
            "run pip install \"service-standards-checker[live]\" (a C compiler and the headers of Python are needed: gcc and python3-dev on Debian); no other command needs it",
        ))  # fmt: skip
    finally:
        if lazily is not None:
            sys.setdlopenflags(before)


def _text(kind: str, number: int, fact: Fact) -> str:
    """A fact as the core reads it: whole numbers under plain names."""
    fields = "".join(f',"{name}":{value:d}' for name, value in fact.items())
    return f'{{"id":"{kind}{number}","sid":"{SLOT}","_r":1,"_g":1,"k":"{kind}"{fields}}}'


class Rules:
    """One ruleset of the core, with one slot."""

    def __init__(self, core: Any, name: str, rules: Mapping[str, made.Rule]) -> None:
        assert len(rules) <= made.MOST_RULES
        self._core, self._count = core, 0
        self._handle = core.create_ruleset(name, json.dumps(rules, ensure_ascii=False))

    def fired(self, told: Sequence[tuple[str, Fact]]) -> list[str]:
        """The names of the rules that fire when these facts are asserted one after another; then they are retracted.

        Raises `Unfit` where the core refuses one of them.
        """
        self._count = (self._count + 1) % 1_000_000
        texts = [_text(kind, self._count, fact) for kind, fact in told]
        try:
            return [name for text in texts for name in self._put(self._core.assert_fact, text)]
        except self._core.error as error:
            raise Unfit(str(error))
        finally:
            for text in reversed(texts):
                with contextlib.suppress(self._core.error):
                    list(self._put(self._core.retract_fact, text))

    def _put(self, how: Any, text: str) -> Iterator[str]:
        code, state = how(self._handle, text)[:2]
        if code:
            return
        result = self._core.start_action_for_state(self._handle, state)
        message = result[1] if result else None
        while message:
            yield message.split('"', 2)[1]
            message = self._core.complete_and_start_action(self._handle, state)


class Engine:
    """Decides questions about policies. Rules are made of the policies' conditions once; `decide` keeps nothing."""

    def __init__(self, policies: Sequence[Base] = ()) -> None:
        self._core = load()
        self._kinds = {name: Rules(self._core, name, rules) for name, rules in live_kinds.kinds().items()}
        self._programs: dict[str, made.Program] = {}
        self._conditions: dict[str, Rules] = {}
        book = made.Book()
        for policy in policies:
            account = _account(policy)
            self._learn(book, account, scanned(account)[0])
        self._begin(book)
        self._steps = book.steps

    def _learn(self, book: made.Book, account: Account, shape: str) -> None:
        if shape not in self._programs:
            self._programs[shape] = book.program(trees(account))

    def _begin(self, book: made.Book) -> None:
        for name, rules in book.rulesets.items():
            self._conditions[name] = Rules(self._core, name, rules)

    def _program(self, account: Account, shape: str) -> made.Program:
        """The rules of an account's conditions; of conditions that the policy did not announce they are made now."""
        if shape not in self._programs:
            book = made.Book(self._steps)
            self._learn(book, account, shape)
            self._begin(book)
            self._steps = book.steps
        return self._programs[shape]

    def decide(self, questions: Sequence[Asked]) -> list[Answer]:
        """An answer to each question, in order; those that the engine cannot take are answered by the judge."""
        return [self._answer(one) for one in questions]

    def _answer(self, asked: Asked) -> Answer:
        try:
            match asked:
                case Repeat():
                    return Answer(repeat=self._repeats(asked))
                case Rung():
                    return Answer(step=self._step(asked))
                case Question():
                    return self._decided(asked)
        except Unfit:
            return plainly(asked)

    def _decided(self, question: Question) -> Answer:
        said = self._said(question.account)
        opened, answer, tick = facts(question, said)
        rules = self._kinds[type(question.account.numbers).__name__]
        fired = {one.split(".")[0] for one in rules.fired([("open", opened), ("answer", answer), ("tick", tick)])}
        if len(fired) != 1:
            raise Unfit(f"{sorted(fired)} fired of one question")
        outcome, word = fired.pop().split(":")
        return Answer(_outcome(outcome), _word(word))

    def _said(self, account: Account) -> dict[str, int]:
        """What the trees of an account say, by the rules of its policy."""
        shape, known = scanned(account)
        program = self._program(account, shape)
        known |= made.NOTHING
        for step in program.steps:
            for fired in self._conditions[step.place].fired([("step", {"s": step.number, **known})]):
                name, value = fired.split(".")[0].split("=")
                known[name] = int(value)
        try:
            said = {SAID[letter]: _value(known, root) for letter, root in program.roots.items()}
        except KeyError:
            raise Unfit("no rule fired of a condition")
        return {"excuse": made.FALSE, **said}

    def _repeats(self, asked: Repeat) -> bool:
        second = {"at": whole(asked.second), "opens": whole(asked.second - asked.window)}
        return bool(self._kinds["pairs"].fired([("second", second), ("first", {"at": whole(asked.first)})]))

    def _step(self, asked: Rung) -> int | None:
        """Findings are chained to the steps of a ladder: the rung whose counts the finding's number lies between."""
        ends = (*asked.counts[1:], made.FAR)
        for index, (low, high) in enumerate(zip(asked.counts, ends, strict=True)):
            if self._kinds["pairs"].fired([("finding", {"number": whole(asked.number)}), ("rung", {"low": whole(low), "high": whole(high)})]):
                return index
        return None


def _value(known: Mapping[str, int], root: str) -> int:
    """What a root says: a field, or the opposite of one."""
    return made.opposite(known[root[1:]]) if root.startswith(made.NOT) else known[root]


def _account(policy: Base) -> Account:
    """An account of a policy of which nothing is known yet, for the shape of its conditions."""
    demand = getattr(policy, "require", None) or getattr(policy, "forbidden", None)
    excuse = getattr(policy, "excused_when", None)
    written = tree(getattr(policy, "where", None)), tree(demand), None if excuse is None else tree(excuse)
    return Account(policy.id, "", "", "", Decided(None), *written)


def _outcome(word: str) -> Outcome:
    return word  # type: ignore[return-value]


def _word(word: str) -> Word:
    return word  # type: ignore[return-value]


__all__ = ["Engine", "Rules", "load"]
