"""Obligations with what is said of them: the slow way, for explanations and alerts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from checker.account import Account
from checker.judge import Outcome
from checker.plan import FOREVER
from checker.witness.facts import Facts, of_group, of_record
from checker.witness.frequency import Frequencies
from checker.witness.ladder import Ladders
from checker.witness.obligations import Obligations, Versions, as_text, verdict
from checker.witness.presence import Presences
from checker.witness.rate import Rates
from checker.witness.records import STATE, Key, Row
from checker.witness.surroundings import Place

Kind = Obligations | Frequencies | Rates | Presences | Ladders


@dataclass(frozen=True, slots=True)
class Told:
    """An obligation: the accounts of its versions, the facts of the one that was decided last, and what they were made of: the rows
    of the versions, or what a kind counted."""

    accounts: Versions
    facts: Facts
    of: tuple[Any, ...]
    disputed: bool = False

    @property
    def verdict(self) -> Outcome:
        return verdict(self.accounts)

    @property
    def account(self) -> Account:
        """The account of the version that was decided last."""
        return self.accounts[0]


def told(kind: Kind, place: Place) -> Iterator[Told]:
    """Every obligation at a site."""
    match kind:
        case Obligations():
            for key in tuple(kind.seen.records.where(kind.record, place.id, (), ())):
                yield from of_key(kind, place, key)
        case Frequencies():
            for subject, rows in kind.owing.subjects(place).items():
                yield from _groups(kind, place, kind.counted(place, subject, rows))
        case Rates():
            for period in kind.periods(place):
                yield from _groups(kind, place, kind.rated(place, period))
        case Presences():
            for subject, pieces in kind.subjects(place).items():
                yield from _groups(kind, place, kind.windows(place, subject, pieces))
        case Ladders():
            yield from _groups(kind, place, kind.climbs(place))


def found_in(kind: Kind, place: Place, subject: str, ordinal: str) -> Iterator[Told]:
    """The obligations at a site that may be of this subject and ordinal: what surely is another's is not looked at."""
    match kind:
        case Frequencies():
            for key, rows in kind.owing.subjects(place).items():
                if as_text(key) == subject:
                    yield from _groups(kind, place, kind.counted(place, key, rows))
        case Rates():
            for period in kind.periods(place):
                if period.label == ordinal:
                    yield from _groups(kind, place, kind.rated(place, period))
        case Presences():
            for key, pieces in kind.subjects(place).items():
                if as_text(key) == subject:
                    yield from _groups(kind, place, kind.windows(place, key, pieces))
        case _:
            yield from told(kind, place)


def of_key(kind: Obligations, place: Place, key: Key) -> Iterator[Told]:
    """The obligations of one record: of each member, and each cycle."""
    found: dict[tuple[Any, int], list[tuple[Row, Account]]] = {}
    numbers: dict[int, int] = {}
    for row, account in kind.versioned(place, key):
        numbers[id(row)] = numbers.get(id(row), 0) + 1
        member = row[-1] if len(row) > kind.width else None
        found.setdefault((member, numbers[id(row)]), []).append((row, account))
    for listed in found.values():
        facts = [of_record(kind, place, row, account) for row, account in listed]
        order = sorted(range(len(listed)), key=lambda number: -_last(facts[number]))
        yield Told(tuple(listed[number][1] for number in order), facts[order[0]], tuple(listed[number][0] for number in order), any(row[STATE] for row, _ in listed))


def _last(facts: Facts) -> int:
    return -FOREVER if facts.decided_at is None else facts.decided_at


def _groups(kind: Kind, place: Place, found: Iterable[Any]) -> Iterator[Told]:
    for one in found:
        yield Told((one.account,), of_group(kind, place, one), (one,))


def belongs(one: Told, place: Place) -> bool:
    """Whether an audit reports it: decided in its period; pending and begun before its end; or undated (language §6)."""
    said, facts = one.verdict, one.facts
    if said == "not_applicable":
        return False
    if said == "pending":
        return facts.began is None or facts.began < place.until
    return facts.decided_at is None or place.first <= facts.decided_at < place.until


__all__ = ["Kind", "Told", "belongs", "found_in", "of_key", "told"]
