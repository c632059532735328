"""A look at one record's obligations under one policy: what is asked of them, and what changed by the answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checker.policy.kinds import Base
from checker.question import Answer, By, Question
from checker.watch.known import Change, Known, Unit, due_at
from checker.witness import Versions


@dataclass(slots=True, eq=False)
class Look:
    """What was seen of some obligations, and the questions that were put."""

    policy: Base
    number: int
    unit: Unit
    obligations: list[Versions]
    questions: list[Question]

    def changes(self, answers: Iterator[Answer]) -> list[Change]:
        """Take over what the answers say."""
        known = self.unit.known
        before = {(one.subject, one.ordinal): one for one in known.get(self.number, ())}
        after = {(one.subject, one.ordinal): one for one in self._known(answers) if one.outcome != "not_applicable"}
        if after == before:
            return []
        if after:
            known[self.number] = tuple([one.kept() for one in after.values()])
        else:
            del known[self.number]
        names = dict.fromkeys((*before, *after))
        return [Change(self.policy, self.unit, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]

    def _known(self, answers: Iterator[Answer]) -> Iterator[Known]:
        for versions in self.obligations:
            yield _known(versions, [next(answers) for _ in versions])


def looked(policy: Base, number: int, unit: Unit, now: int, obligations: list[Versions], warn_before: int) -> Look:
    """A look, with its questions: one of each version."""
    questions = [Question(one, now, None if (due := due_at(one)) is None else due - warn_before) for versions in obligations for one in versions]
    return Look(policy, number, unit, obligations, questions)


def _known(versions: Versions, answers: Sequence[Answer]) -> Known:
    """What several versions of a record say together: unknown where they do not agree."""
    account, answer = versions[0], answers[0]
    by: By = answer.by
    if len(answers) > 1:
        by = "judge" if any(one.by == "judge" for one in answers) else "engine"
        if any(one.outcome != answer.outcome for one in answers):
            answer = Answer("unknown", "unknown")
    return Known(sys.intern(account.subject), sys.intern(account.ordinal), answer.outcome, answer.word, due_at(account), by, account)


__all__ = ["Look", "looked"]
