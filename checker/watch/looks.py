"""A look at one record's obligations under one policy: what is asked of them, and what changed by the answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
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
        return [Question(one, now, None if (due := due_at(one)) is None else due - warn_before) for versions in self.obligations for one in versions]

    def changes(self, answers: Iterator[Answer]) -> list[Change]:
        """Take over what the answers say."""
        known, was = self.unit.known, self.unit.known.get(self.number, ())
        said = [(versions[0], _known(versions, [next(answers) for _ in versions])) for versions in self.obligations]
        if len(said) == 1 and len(was) < 2:
            return self._single(known, was[0] if was else None, *said[0])
        there = {one[:2]: (account, one) for account, one in said if one.outcome != "not_applicable"}
        are = tuple([one for _, one in there.values()])
        if are == was:
            return []
        if are:
            known[self.number] = are
        else:
            known.pop(self.number, None)
        before = {one[:2]: one for one in was}
        found = []
        for name in dict.fromkeys((*before, *there)):
            account, after = there.get(name, (None, None))
            if before.get(name) != after:
                found.append(Change(self.policy, self.unit, before.get(name), after, account))
        return found

    def _single(self, known: dict[int, tuple[Known, ...]], before: Known | None, account: Account, after: Known) -> list[Change]:
        """The same where a record has one obligation, and had no other."""
        if after == before:
            return []
        there = after.outcome != "not_applicable"
        if before is not None and (not there or before[:2] != after[:2]):
            known.pop(self.number, None)
            gone = [Change(self.policy, self.unit, before, None, None)]
        else:
            gone = []
        if not there:
            return gone
        known[self.number] = (after,)
        return [*gone, Change(self.policy, self.unit, None if gone else before, after, account)]


def _known(versions: Versions, answers: Sequence[Answer]) -> Known:
    """What several versions of a record say together: unknown where they do not agree."""
    account, answer = versions[0], answers[0]
    by: By = answer.by
    if len(answers) > 1:
        by = "judge" if any(one.by == "judge" for one in answers) else "engine"
        if any(one.outcome != answer.outcome for one in answers):
            answer = Answer("unknown", "unknown")
    return Known(sys.intern(account.subject), sys.intern(account.ordinal), answer.outcome, answer.word, due_at(account), by)


__all__ = ["Look"]
