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
        self._answers: list[Answer | None] = []
        self._fresh: list[tuple[int, Hashable]] = []
        """Where answers are wanted, and to what."""

    def ask(self, questions: Sequence[Asked]) -> None:
        """Put questions; those that are new are passed on."""
        fresh = []
        for question in questions:
            one = order(question)
            answer = self._known.get(one)
            if answer is None:
                self._fresh.append((len(self._answers), one))
                fresh.append(question)
            self._answers.append(answer)
        if fresh:
            self.decider.ask(fresh)

    def answers(self) -> list[Answer]:
        """The answers to everything that was asked and not fetched yet, in order."""
        answers, fresh, self._answers, self._fresh = self._answers, self._fresh, [], []
        if fresh:
            for (place, one), answer in zip(fresh, self.decider.answers(), strict=True):
                answers[place] = answer
                self._learn(one, answer)
        return answers  # type: ignore[return-value]

    def close(self) -> None:
        """End whoever is asked."""
        self.decider.close()

    def _learn(self, one: Hashable, answer: Answer) -> None:
        if one is not None and answer.by == "engine":
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[one] = answer


__all__ = ["Remembering"]
