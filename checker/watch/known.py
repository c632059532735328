"""What is known of obligations: of each, of all those about one record, and how it changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from checker import judge
from checker.account import Account
from checker.finding import fingerprint
from checker.judge import Outcome
from checker.policy.kinds import Base
from checker.question import By, Word
from checker.watch.tracked import Place, Spot
from checker.witness import Witness
from checker.witness.obligations import as_text
from checker.witness.records import Key

TIMED = judge.Due, judge.Ripe
MARKS = 8_192
mark = lru_cache(MARKS)(fingerprint)
"""The identity of a finding, remembered: of one obligation several things are said."""


class Known(NamedTuple):
    """What is known of one obligation; `due_at` in UTC microseconds, of one that is open."""

    subject: str
    ordinal: str
    outcome: Outcome
    word: Word
    due_at: int | None
    by: By


class Settled(NamedTuple):
    """What is known of a record's one obligation that is not open any more. Most are alike, and then one object."""

    ordinal: str
    outcome: Outcome
    word: Word
    by: By


settled = lru_cache(None)(Settled)


class Still(NamedTuple):
    """The account of an open obligation, and up to which instant it says the same but for the time that has passed."""

    until: int
    account: Account


@dataclass(slots=True, eq=False)
class Unit:
    """A record that obligations are about. `kept` (what is known) and `wakes` by number of the policy; `spots`: where was looked for it."""

    record: str
    site: str
    key: Key
    kept: dict[int, tuple[Known, ...] | Settled] = field(default_factory=dict)
    wakes: dict[int, int] = field(default_factory=dict)
    spots: tuple[Spot, ...] = ()
    quiet: int | None = None
    """Since when nothing about it is open, nor will change by itself."""
    still: dict[int, Still] | None = None
    """By number of the policy what was seen last and nothing has touched since; None: it was forgotten."""

    @property
    def place(self) -> tuple[str, str, str]:
        """By which it is ordered."""
        return self.record, self.site, repr(self.key)

    def knows(self, number: int) -> tuple[Known, ...]:
        """What is known of its obligations under a policy."""
        kept = self.kept.get(number, ())
        return (Known(as_text(self.key), *kept[:3], None, kept.by),) if isinstance(kept, Settled) else kept

    def known(self) -> Iterator[tuple[int, tuple[Known, ...]]]:
        """What is known, by number of the policy."""
        return ((number, self.knows(number)) for number in self.kept)

    def learn(self, number: int, known: tuple[Known, ...]) -> None:
        """From now on this is known of its obligations under a policy; nothing: there are none."""
        if not known:
            self.kept.pop(number, None)
        elif len(known) == 1 and (one := known[0]).outcome != "pending" and one.subject == as_text(self.key):
            self.kept[number] = settled(one.ordinal, one.outcome, one.word, one.by)
        else:
            self.kept[number] = known


class Change(NamedTuple):
    """What was known of an obligation, and what is now (None: nothing, it does not exist), by which account."""

    policy: Base
    unit: Unit
    before: Known | None
    after: Known | None
    account: Account | None

    @property
    def due_at(self) -> int | None:
        """The last instant at which it could be met (UTC microseconds)."""
        return None if self.account is None else due_at(self.account)


def due_at(account: Account) -> int | None:
    """The last instant at which an obligation could be met, where it has one."""
    numbers = account.numbers
    if isinstance(numbers, TIMED):
        return None if numbers.due is None else int(numbers.due)
    match numbers:
        case judge.Found(last=last):
            return int(last)
        case judge.Gaps(until=until):
            return int(until) - 1
    return None


def fields_read(witness: Witness, policy: Base, record: str) -> frozenset[str]:
    """The stored fields of a record type on which obligations of a policy may rest: those that it names, and those by which
    records are found, hidden and take effect."""
    kind = witness.records.types[record]
    always = [*kind.key, *kind.subject, kind.time, getattr(policy, "each_of", None), *(kind.references[hop].by for hop in kind.references)]
    for active in (kind.active, getattr(policy, "active", None)):
        always += [] if active is None else [active.from_, active.to, active.except_]
    named = (path.split(".")[0] for path in witness.of(policy).fields.read(record))
    return frozenset(one for one in (*always, *named) if one in kind.stored)


__all__ = ["Change", "Known", "Place", "Settled", "Still", "Unit", "due_at", "fields_read", "mark"]
