"""What the engine has answered it is not asked again: of questions that no rule can tell apart the first is put to it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from checker.engines.live_order import order
from checker.question import Answer, Asked
from checker.watch.worker import Decider

MOST = 20_000
"""Answers that are remembered."""


class Remembering:
    """Asks somebody else what it has not been told yet. What another than the engine answered is not remembered."""

    def __init__(self, decider: Decider) -> None:
        self.decider = decider
        self._known: dict[Hashable, Answer] = {}
        self._asked: list[tuple[Hashable, Answer | None]] = []

    def ask(self, questions: Sequence[Asked]) -> None:
        """Put questions; those that are new are passed on."""
        asked = [(one := order(question), self._known.get(one)) for question in questions]
        self._asked += asked
        fresh = [question for question, (_, answer) in zip(questions, asked, strict=True) if answer is None]
        if fresh:
            self.decider.ask(fresh)

    def answers(self) -> list[Answer]:
        """The answers to everything that was asked and not fetched yet, in order."""
        asked, self._asked = self._asked, []
        fresh = iter(self.decider.answers() if any(answer is None for _, answer in asked) else ())
        return [self._learnt(one, next(fresh)) if answer is None else answer for one, answer in asked]

    def close(self) -> None:
        """End whoever is asked."""
        self.decider.close()

    def _learnt(self, one: Hashable, answer: Answer) -> Answer:
        if one is not None and answer.by == "engine":
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[one] = answer
        return answer


__all__ = ["Remembering"]
