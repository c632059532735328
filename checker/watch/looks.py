"""A look at one record's obligations under one policy: what is asked of them, and what changed by the answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from checker.account import Account
from checker.policy.kinds import Base
from checker.question import Answer, By, Question
from checker.watch.known import Change, Known, Unit, due_at
from checker.witness import Versions


class Look(NamedTuple):
    """What was seen of some obligations of a record."""

    policy: Base
    number: int
    unit: Unit
    obligations: list[Versions]

    def questions(self, now: int, warn_before: int) -> list[Question]:
        """One of each version."""
        if not self.obligations:
            return []
        return [Question(one, now, None if (due := due_at(one)) is None else due - warn_before) for versions in self.obligations for one in versions]

    def changes(self, answers: Iterator[Answer]) -> list[Change]:
        """Take over what the answers say."""
        was, seen = self.unit.knows(self.number), self.obligations
        if len(seen) == 1 and len(was) < 2:
            after = _known(seen[0], answers)
            return [] if was and was[0] == after else self._single(was[0] if was else None, seen[0][0], after)
        return self._several(was, [(one[0], _known(one, answers)) for one in seen])

    def _single(self, before: Known | None, account: Account, after: Known) -> list[Change]:
        """What changed where a record has one obligation, and had no other."""
        there = after.outcome != "not_applicable"
        gone = [Change(self.policy, self.unit, before, None, None)] if before is not None and (not there or before[:2] != after[:2]) else []
        if not there:
            self.unit.learn(self.number, ())
            return gone
        self.unit.learn(self.number, (after,))
        return [*gone, Change(self.policy, self.unit, None if gone else before, after, account)]

    def _several(self, was: tuple[Known, ...], said: Sequence[tuple[Account, Known]]) -> list[Change]:
        """What changed of any number of obligations."""
        there = {one[:2]: (account, one) for account, one in said if one.outcome != "not_applicable"}
        are = tuple([one for _, one in there.values()])
        if are == was:
            return []
        self.unit.learn(self.number, are)
        before = {one[:2]: one for one in was}
        found = []
        for name in dict.fromkeys((*before, *there)):
            account, after = there.get(name, (None, None))
            if before.get(name) != after:
                found.append(Change(self.policy, self.unit, before.get(name), after, account))
        return found


def _known(versions: Versions, answers: Iterator[Answer]) -> Known:
    account, answer = versions[0], next(answers) if len(versions) == 1 else _together([next(answers) for _ in versions])
    due = due_at(account) if answer.outcome == "pending" else None
    return Known(sys.intern(account.subject), sys.intern(account.ordinal), answer.outcome, answer.word, due, answer.by)


def _together(answers: Sequence[Answer]) -> Answer:
    """What is said of several versions of a record: unknown where they do not agree."""
    by: By = "judge" if any(one.by == "judge" for one in answers) else "engine"
    alike = all(one.outcome == answers[0].outcome for one in answers)
    return replace(answers[0], by=by) if alike else Answer("unknown", "unknown", by=by)


__all__ = ["Look"]
