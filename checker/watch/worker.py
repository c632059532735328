"""The rule engine in a process of its own: a crash or a hang costs neither a question nor an answer.

Each chunk is kept until it is answered. Where the worker dies over one it is started again and the chunk is halved, down to
the one question that killed it: that is answered by the judge, and its answer says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol

from checker.engines.live_facts import flat
from checker.errors import CheckerError, Problem, refuse, say
from checker.policy.kinds import Base
from checker.question import Answer, Asked, answered, plainly
from checker.watch.work import receive, send

ENGINE = "checker.engines.live:Engine"
START = "from checker.watch.work import main; main()"
STARTING = 60.0
"""Seconds that a worker may take to start."""
BEAT = 0.2
"""Seconds between two looks at whether it takes too long."""
NEVER = float("inf")
Put = tuple[Any, ...]
"""A flat question as it is sent."""


class Decider(Protocol):
    """Who answers questions, in order."""

    def decide(self, questions: Sequence[Asked]) -> list[Answer]: ...


class Plain:
    """Decides without an engine."""

    def decide(self, questions: Sequence[Asked]) -> list[Answer]:
        return [plainly(one) for one in questions]


class Worker:
    """Answers questions in a worker process, `chunk` at a time; a chunk may take `seconds`, and after `lifetime` questions
    the process is replaced (the engine leaks). Raises `CheckerError` where the engine is not installed. Use as a context."""

    def __init__(self, policies: Sequence[Base], *, chunk: int = 200, seconds: float = 30.0, lifetime: int = 500_000, engine: str = ENGINE) -> None:
        self._first = (engine, tuple(policies), seconds)
        self._chunk, self._seconds, self._lifetime = chunk, seconds, lifetime
        self._process: subprocess.Popen[bytes] | None = None
        self._answered, self._until = 0, NEVER
        self.starts = 0
        """How often a process was started."""
        self._begin()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def decide(self, questions: Sequence[Asked]) -> list[Answer]:
        """An answer to each question, in order, whatever happens to the process; what the engine cannot take the judge answers."""
        asked = [flat(one) for one in questions]
        put = [tuple(one) for one in asked if one is not None]
        said = iter([one for start in range(0, len(put), self._chunk) for one in self._surely(put[start : start + self._chunk])])
        return [answered(one, None if it is None else next(said)) for one, it in zip(questions, asked, strict=True)]

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    @property
    def pid(self) -> int | None:
        """The process, where one runs."""
        return self._process.pid if self._process is not None else None

    def _surely(self, chunk: list[Put]) -> list[str | None]:
        """What is said of a chunk; one that kills the worker is halved until the question is alone, of which nothing is said."""
        try:
            return self._asked(chunk)
        except (EOFError, OSError):
            self.close()
        if len(chunk) == 1:
            return [None]
        middle = len(chunk) // 2
        return [*self._surely(chunk[:middle]), *self._surely(chunk[middle:])]

    def _asked(self, chunk: list[Put]) -> list[str | None]:
        if self._answered >= self._lifetime:
            self.close()
        if self._process is None:
            self._begin()
        said: list[str | None] = self._exchange(chunk, self._seconds)
        self._answered += len(said)
        return said

    def _begin(self) -> None:
        """Start a process. What keeps the engine from starting is raised; one that dies starting is tried once more."""
        for attempt in (1, 2):
            self._start()
            try:
                problems: Sequence[Problem] = self._exchange(self._first, STARTING)
            except (EOFError, OSError):
                self.close()
                if attempt == 2:
                    raise _broken()
                continue
            if problems:
                self.close()
                raise CheckerError(problems)
            return

    def _start(self) -> None:
        paths = {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
        command = [sys.executable, "-P", "-W", "ignore::DeprecationWarning", "-c", START]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **paths})
        self._answered, self._until = 0, NEVER
        self.starts += 1
        threading.Thread(target=self._guard, args=(self._process,), daemon=True).start()

    def _guard(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process that takes longer than it may, which ends the wait for it."""
        while process is self._process:
            if time.monotonic() > self._until:
                process.kill()
                return
            time.sleep(BEAT)

    def _exchange(self, message: object, seconds: float) -> Any:
        """Send a message and wait for the answer; who takes longer is killed."""
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        self._until = time.monotonic() + seconds
        try:
            send(process.stdin, message)
            return receive(process.stdout)
        finally:
            self._until = NEVER


def _broken() -> CheckerError:
    return refuse("live.broken", say("规则引擎装上了,但一启动就中止", "the rule engine is installed but ends as soon as it starts"), say(
        "请重新安装:pip install --force-reinstall --no-cache-dir \"service-standards-checker[live]\"",
        "install it again: pip install --force-reinstall --no-cache-dir \"service-standards-checker[live]\"",
    ))  # fmt: skip


__all__ = ["Decider", "Plain", "Worker"]
