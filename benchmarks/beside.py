"""What is measured beside the live watch: what it asks, what it works at, and what the engine's bare calls take for the same questions."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from types import CodeType, FrameType
from typing import Any

from checker.policy.kinds import Base
from checker.watch.looking import Looking
from checker.watch.looks import Look
from checker.watch.obligations import Watch
from checker.watch.remembered import Remembering
from checker.watch.watcher import Watcher
from checker.watch.worker import Decider


class Noted:
    """Somebody who is asked, and notes what."""

    def __init__(self, decider: Decider) -> None:
        self.decider, self.asked = decider, list[Any]()

    def ask(self, questions: Any) -> None:
        self.asked += questions
        self.decider.ask(questions)

    def answers(self) -> Any:
        return self.decider.answers()

    def close(self) -> None:
        self.decider.close()


class Shares:
    """What this process works at, by samples. Use as a context."""

    parts: Mapping[CodeType, str] = {
        one.__code__: name
        for name, steps in {
            "accounts of obligations": (Looking.at,), "alerts": (Watch._alerts, Watcher._say, Watcher._log), "records": (Watch._place,),
            "questions and answers": (Remembering.ask, Remembering.answers, Look.changes, Look.questions), "events and journal": (Watcher._accepted,),
        }.items()
        for one in steps
    }  # fmt: skip

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()

    def __enter__(self) -> Shares:
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, 0.005, 0.005)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _sample(self, _: int, frame: FrameType | None) -> None:
        while frame is not None and frame.f_code not in self.parts:
            frame = frame.f_back
        self.found["the rest" if frame is None else self.parts[frame.f_code]] += 1

    def said(self) -> str:
        whole = sum(self.found.values()) or 1
        return ", ".join(f"{name} {number / whole:.0%}" for name, number in self.found.most_common())


class Bare:
    """The engine's calls alone, in this process, for questions whose facts are JSON already."""

    def __init__(self, policies: Sequence[Base]) -> None:
        from checker.engines.live import Engine

        self.engine, self.calls = Engine(policies), list[tuple[Any, Any, str]]()
        self.core = self.engine._core
        for rules in (*self.engine._kinds.values(), *self.engine._conditions.values()):
            rules._core = self

    def __getattr__(self, name: str) -> Any:
        """What the core has; of calls that carry facts it is noted what they carry."""
        found = getattr(self.core, name)
        if name not in ("assert_fact", "retract_fact"):
            return found

        def noting(handle: Any, text: str) -> Any:
            self.calls.append((found, handle, text))
            return found(handle, text)

        return noting

    def seconds(self, asked: list[Any]) -> float:
        """How long the calls take for some questions."""
        self.calls.clear()
        self.engine.decide(asked)
        begun = time.perf_counter()
        for call, handle, text in self.calls:
            code, state = call(handle, text)[:2]
            more = None if code else self.core.start_action_for_state(handle, state)
            while more:
                more = self.core.complete_and_start_action(handle, state)
        return time.perf_counter() - begun
