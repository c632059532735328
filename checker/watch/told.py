"""What is known of an obligation as a finding: with who answers, the sentence that fits, and what stands in its places."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from checker import judge
from checker.account import Account, Decided
from checker.finding import Finding, Verdict, fingerprint
from checker.judge import Outcome
from checker.policy.kinds import Base, subject_type
from checker.report.sentences import PLACE
from checker.watch.table import Known, Unit
from checker.witness import Witness
from checker.witness.conditions import Part
from checker.witness.fields import Fields
from checker.witness.obligations import person
from checker.witness.records import Row
from checker.witness.related import Bounds
from checker.witness.seen import LATER, Sight

OWN = frozenset(("accountable", "measured", "limit", "due_at", "subject", "ordinal"))
"""What sentences name that is no field."""


class Telling:
    """Makes findings of what is known of some policies' obligations."""

    def __init__(self, witness: Witness) -> None:
        self.witness = witness
        self._because: dict[str, list[Part | None]] = {}

    def finding(self, policy: Base, unit: Unit, known: Known) -> Finding | None:
        """The finding of an obligation; None where it is none (not applicable)."""
        if known.outcome == "not_applicable":
            return None
        place = self.witness.surroundings.places[unit.site]
        row = next(iter(self.witness.records.versions(unit.record, unit.site, unit.key)), None)
        decided = decided_at(known.account, known.outcome)
        begun = _start(known.account)
        at = begun if begun is not None else place.as_of if decided is None else decided
        sight = Sight(place, at, place.as_of)
        fields = self._fields(policy)
        decided_or_now = place.as_of if decided is None else decided
        verdict: Verdict = known.outcome
        measured, limit = _measured(known.account, known.due_at)
        return Finding(
            policy.id, policy.standard, verdict, policy.severity.level, None, unit.site, None,
            None if row is None else person(fields, unit.record, sight, row, decided_or_now), subject_type(policy), known.subject, known.ordinal,
            known.ordinal if known.ordinal != "1" else "", begun, known.due_at, decided, measured, limit,
            None if measured is None else "us", None, None, None, None, _missing(known) if verdict == "unknown" else None,
            None if row is None or verdict != "fail" else self._sentence(policy, fields, unit, sight, row, decided_or_now),
            None if row is None else self._arguments(policy, fields, unit, sight, row, at), None, False, None,
            fingerprint(policy.id, unit.site, known.subject, known.ordinal),
        )  # fmt: skip

    def _fields(self, policy: Base) -> Fields:
        return self.witness.of(policy).fields

    def _sentence(self, policy: Base, fields: Fields, unit: Unit, sight: Sight, row: Row, at: int) -> int | None:
        """The first sentence whose `when` holds."""
        if policy.id not in self._because:
            made = [None if one.when is None else fields.conditions.part(unit.record, one.when) for one in policy.because or ()]
            self._because[policy.id] = made
        for index, part in enumerate(self._because[policy.id]):
            if part is None or part.truth(sight, row, at, Bounds(upper=at)) is True:
                return index
        return None

    def _arguments(self, policy: Base, fields: Fields, unit: Unit, sight: Sight, row: Row, at: int) -> str:
        """The fields that sentences name, as JSON."""
        named = sorted({place for one in policy.because or () for place in PLACE.findall(one.zh + one.en)} - OWN)
        found = {name: _plain(value) for name in named if (get := _cell(fields, unit.record, name)) is not None for value in (get(sight, row, at),)}
        return json.dumps(found, ensure_ascii=False)


def _cell(fields: Fields, record: str, name: str) -> Callable[..., Any] | None:
    try:
        return fields.cell(record, name)
    except KeyError:
        return None


def _plain(value: Any) -> Any:
    return None if value is LATER else list(value) if isinstance(value, tuple) else value if isinstance(value, str | int | None) else str(value)


def _missing(known: Known) -> str | None:
    """What an unknown lacks: the field of the first test that is not known, else what its source covers."""
    account = known.account
    if account is None:
        return None
    for tree in (account.where, account.demand, account.excuse):
        for test in tree.tests() if tree is not None and tree.truth is None else ():
            words = [one for one in test.path.split(".") if one not in ("all_of", "any_of", "not", "void") and not one.isdigit()]
            if test.holds is None and words:
                return ".".join(words)
    return "coverage" if isinstance(account.numbers, judge.Due | judge.Ripe | judge.Found) and known.due_at is not None else None


def _start(account: Account | None) -> int | None:
    return account.numbers.start if account is not None and isinstance(account.numbers, judge.Due | judge.Ripe) else None


def _measured(account: Account | None, due: int | None) -> tuple[int | None, int | None]:
    """(how long it took or has taken, how long it may take) from the start to the limit, in microseconds of the clock on the wall."""
    start = _start(account)
    if account is None or start is None or due is None or not isinstance(account.numbers, judge.Due):
        return None, None
    end = account.numbers.as_of if account.numbers.sure is None else account.numbers.sure
    return int(end) - start, due - start


def decided_at(account: Account | None, outcome: Outcome) -> int | None:
    """When an obligation was decided (UTC microseconds); None where it is open, or that is not known (language §6)."""
    if account is None or outcome in ("pending", "not_applicable"):
        return None
    match account.numbers:
        case Decided(at=at):
            return at if isinstance(at, int) else None
        case judge.Due(sure=sure, due=due):
            return _first(sure, due)
        case judge.Ripe(since=since, due=due):
            return _first(since, due)
        case judge.Gaps(broken=broken, anyway=anyway, until=until):
            return _first(anyway if outcome != "pass" else None, _first(broken if outcome != "pass" else None, int(until) - 1))
        case judge.Found(last=last):
            return None if outcome == "pass" else int(last)
    return None


def _first(one: int | None, other: int | None) -> int | None:
    found = [int(each) for each in (one, other) if each is not None]
    return min(found, default=None)


__all__ = ["Telling", "decided_at"]
