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
from checker.engines.live_facts import Flat, Unfit, flat, scanned, trees
from checker.errors import refuse, say
from checker.policy.kinds import Base
from checker.question import Answer, Asked, answered

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


def _text(kind: str, number: int, fields: str) -> str:
    """A fact as the core reads it: whole numbers under plain names."""
    return f'{{"id":"{kind}{number}","sid":"{SLOT}","_r":1,"_g":1,"k":"{kind}"{fields}}}'


class Rules:
    """One ruleset of the core, with one slot."""

    def __init__(self, core: Any, name: str, rules: Mapping[str, made.Rule]) -> None:
        assert len(rules) <= made.MOST_RULES
        self._core, self._count = core, 0
        self._handle = core.create_ruleset(name, json.dumps(rules, ensure_ascii=False))

    def fired(self, told: Sequence[tuple[str, str]]) -> list[str]:
        """The names of the rules that fire when these facts are asserted one after another; then they are retracted.

        Raises `Unfit` where the core refuses one of them.
        """
        self._count = (self._count + 1) % 1_000_000
        texts = [_text(kind, self._count, fields) for kind, fields in told]
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
    """Decides questions about policies. Rules are made of the policies' conditions once; `said` keeps nothing."""

    def __init__(self, policies: Sequence[Base] = ()) -> None:
        self._core = load()
        self._kinds = {name: Rules(self._core, name, rules) for name, rules in live_kinds.kinds().items()}
        self._programs: dict[str, tuple[tuple[str, ...], made.Program]] = {}
        self._conditions: dict[str, Rules] = {}
        self._steps = 0
        self._learn([scanned(_account(policy))[0] for policy in policies])

    def _learn(self, shapes: Sequence[str]) -> None:
        """Make the rules of some conditions."""
        book = made.Book(self._steps)
        for shape in shapes:
            if shape not in self._programs:
                found = trees(shape)
                tests = tuple(f"{letter}{number}" for letter, tree in found.items() for number, _ in enumerate(tree.tests()))
                self._programs[shape] = tests, book.program(found)
        for name, rules in book.rulesets.items():
            self._conditions[name] = Rules(self._core, name, rules)
        self._steps = book.steps

    def decide(self, questions: Sequence[Asked]) -> list[Answer]:
        """An answer to each question, in order; those that the engine cannot take are answered by the judge."""
        asked = [flat(one) for one in questions]
        said = iter(self.said([one for one in asked if one is not None]))
        return [answered(one, None if put is None else next(said)) for one, put in zip(questions, asked, strict=True)]

    def said(self, asked: Sequence[Flat]) -> list[str | None]:
        """What is said of each question; None where the engine refuses it."""
        return [self._said(one) for one in asked]

    def _said(self, asked: Flat) -> str | None:
        try:
            match asked.kind:
                case "repeat":
                    return "".join(self._kinds["pairs"].fired(asked.facts))
                case "rung":
                    return self._step(asked.facts[0], asked.facts[1:])
            return self._decided(asked)
        except Unfit:
            return None

    def _decided(self, asked: Flat) -> str:
        roots = self._roots(asked)
        if asked.opposite:
            roots["demand"] = made.opposite(roots["demand"])
        roots["excuse"] = made.UNKNOWN if roots["excuse"] == made.PENDING else roots["excuse"]
        (_, opened), *others = asked.facts
        said = "".join(f',"{name}":{value}' for name, value in roots.items())
        fired = {one.partition(".")[0] for one in self._kinds[asked.kind].fired([("open", opened + said), *others])}
        if len(fired) != 1:
            raise Unfit(f"{sorted(fired)} fired of one question")
        return fired.pop()

    def _roots(self, asked: Flat) -> dict[str, int]:
        """What the trees of a question say, by the rules of its policy; those of conditions that the policy did not announce are made now."""
        if asked.shape not in self._programs:
            self._learn([asked.shape])
        tests, program = self._programs[asked.shape]
        known = {**dict(zip(tests, asked.tests, strict=True)), **made.NOTHING}
        for step in program.steps:
            fields = "".join(f',"{name}":{value}' for name, value in known.items())
            for fired in self._conditions[step.place].fired([("step", f',"s":{step.number}{fields}')]):
                name, _, value = fired.partition(".")[0].partition("=")
                known[name] = int(value)
        try:
            return {"excuse": made.FALSE, **{SAID[letter]: _value(known, root) for letter, root in program.roots.items()}}
        except KeyError:
            raise Unfit("no rule fired of a condition")

    def _step(self, finding: tuple[str, str], rungs: Sequence[tuple[str, str]]) -> str:
        """Findings are chained to the steps of a ladder: the rung whose counts the finding's number lies between."""
        return next((str(index) for index, rung in enumerate(rungs) if self._kinds["pairs"].fired([finding, rung])), "")


def _value(known: Mapping[str, int], root: str) -> int:
    """What a root says: a field, or the opposite of one."""
    return made.opposite(known[root[1:]]) if root.startswith(made.NOT) else known[root]


def _account(policy: Base) -> Account:
    """An account of a policy of which nothing is known yet, for the shape of its conditions."""
    demand = getattr(policy, "require", None) or getattr(policy, "forbidden", None)
    excuse = getattr(policy, "excused_when", None)
    written = tree(getattr(policy, "where", None)), tree(demand), None if excuse is None else tree(excuse)
    return Account(policy.id, "", "", "", Decided(None), *written)


__all__ = ["Engine", "Rules", "load"]
