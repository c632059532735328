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
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
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
AHEAD = 8
"""Chunks that are sent before answers are fetched: so few that neither end waits for the other to read."""
Put = tuple[Any, ...]
"""A flat question as it is sent."""


class Decider(Protocol):
    """Who answers questions, in order."""

    def ask(self, questions: Sequence[Asked]) -> None:
        """Put questions; the answers are fetched later."""

    def answers(self) -> list[Answer]:
        """The answers to everything that was asked and not fetched yet, in order."""

    def close(self) -> None:
        """Ask nothing more."""


def decide(decider: Decider, questions: Sequence[Asked]) -> list[Answer]:
    """An answer to each question. Nothing else may be asked meanwhile."""
    decider.ask(questions)
    return decider.answers()


class Plain:
    """Decides without an engine."""

    def __init__(self) -> None:
        self._asked: list[Asked] = []

    def ask(self, questions: Sequence[Asked]) -> None:
        self._asked += questions

    def answers(self) -> list[Answer]:
        asked, self._asked = self._asked, []
        return [plainly(one) for one in asked]

    def close(self) -> None:
        """There is nothing to end."""


class Worker:
    """Answers questions in a worker process, `chunk` at a time; a chunk may take `seconds`, and after `lifetime` questions
    the process is replaced (the engine leaks). Raises `CheckerError` where the engine is not installed. Use as a context."""

    def __init__(self, policies: Sequence[Base], *, chunk: int = 64, seconds: float = 30.0, lifetime: int = 500_000, engine: str = ENGINE) -> None:
        self._first = (engine, tuple(policies), seconds)
        self._chunk, self._seconds, self._lifetime = chunk, seconds, lifetime
        self._process: subprocess.Popen[bytes] | None = None
        self._put, self._until = 0, NEVER
        self._questions: list[tuple[Asked, bool]] = []
        self._chunked: list[Put] = []
        self._sent: deque[list[Put]] = deque()
        self._said: list[list[str | None]] = []
        self.starts = 0
        """How often a process was started."""
        self._begin()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, questions: Sequence[Asked]) -> None:
        """Put questions. They are sent as soon as a chunk is full; the engine works on it meanwhile."""
        for one in questions:
            put = flat(one)
            self._questions.append((one, put is not None))
            if put is not None:
                self._chunked.append(tuple(put))
                if len(self._chunked) == self._chunk:
                    self._push()

    def answers(self) -> list[Answer]:
        """The answers, whatever happens to the process; what the engine cannot take the judge answers."""
        self._push()
        self._take()
        said = iter([one for chunk in self._said for one in chunk])
        questions, self._questions, self._said = self._questions, [], []
        return [answered(one, next(said) if put else None) for one, put in questions]

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

    def _push(self) -> None:
        """Send what was gathered. A process that is gone is noticed when its answers are fetched."""
        chunk, self._chunked = self._chunked, []
        if not chunk:
            return
        if self._put >= self._lifetime:
            self._take()
            self.close()
        self._take(AHEAD)
        self._sent.append(chunk)
        with suppress(OSError):
            self._send(chunk)

    def _take(self, left: int = 0) -> None:
        """Fetch what is said of the chunks that were sent, but for so many. After a crash, what was not answered is asked anew."""
        while len(self._sent) > left:
            try:
                self._said.append(self._receive())
                self._sent.popleft()
            except (EOFError, OSError):
                self.close()
                first, *others = self._sent
                self._sent.clear()
                self._said += [self._halved(first), *(self._surely(chunk) for chunk in others)]

    def _surely(self, chunk: list[Put]) -> list[str | None]:
        """What is said of a chunk; one that kills the worker is halved until the question is alone, of which nothing is said."""
        try:
            self._send(chunk)
            return self._receive()
        except (EOFError, OSError):
            self.close()
        return self._halved(chunk)

    def _halved(self, chunk: list[Put]) -> list[str | None]:
        if len(chunk) == 1:
            return [None]
        middle = len(chunk) // 2
        return [*self._surely(chunk[:middle]), *self._surely(chunk[middle:])]

    def _send(self, chunk: list[Put]) -> None:
        if self._process is None:
            self._begin()
        self._put += len(chunk)
        self._timed(self._seconds, lambda process: send(process.stdin, chunk))

    def _receive(self) -> list[str | None]:
        said: list[str | None] = self._timed(self._seconds, lambda process: receive(process.stdout))
        return said

    def _begin(self) -> None:
        """Start a process. What keeps the engine from starting is raised; one that dies starting is tried once more."""
        for attempt in (1, 2):
            self._start()
            try:
                self._timed(STARTING, lambda process: send(process.stdin, self._first))
                problems: Sequence[Problem] = self._timed(STARTING, lambda process: receive(process.stdout))
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
        self._put, self._until = 0, NEVER
        self.starts += 1
        threading.Thread(target=self._guard, args=(self._process,), daemon=True).start()

    def _guard(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process that takes longer than it may, which ends the wait for it."""
        while process is self._process:
            if time.monotonic() > self._until:
                process.kill()
                return
            time.sleep(BEAT)

    def _timed(self, seconds: float, step: Callable[[Any], Any]) -> Any:
        """One step of an exchange with the process; where it takes longer the process is killed, which ends the step."""
        if self._process is None:
            raise EOFError
        self._until = time.monotonic() + seconds
        try:
            return step(self._process)
        finally:
            self._until = NEVER


def _broken() -> CheckerError:
    return refuse("live.broken", say("规则引擎装上了,但一启动就中止", "the rule engine is installed but ends as soon as it starts"), say(
        "请重新安装:pip install --force-reinstall --no-cache-dir \"service-standards-checker[live]\"",
        "install it again: pip install --force-reinstall --no-cache-dir \"service-standards-checker[live]\"",
    ))  # fmt: skip


__all__ = ["Decider", "Plain", "Worker", "decide"]
