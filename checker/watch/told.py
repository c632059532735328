"""What is known of an obligation as a finding: with who answers, the sentence that fits, and what stands in its places."""

from __future__ import annotations

import json
from typing import Any

from checker import judge
from checker.account import Account
from checker.finding import Finding
from checker.policy.kinds import Base, Frequency, subject_type
from checker.report.sentences import OWN, PLACE
from checker.watch.known import Known, Unit, due_at, mark
from checker.witness import Kind, Witness
from checker.witness.facts import Facts, of_group, of_record
from checker.witness.fields import Fields, Get
from checker.witness.frequency import Frequencies
from checker.witness.obligations import Obligations
from checker.witness.part import Part
from checker.witness.records import Row
from checker.witness.related import Bounds
from checker.witness.seen import LATER, Sight
from checker.witness.surroundings import Place

WRITTEN = json.JSONEncoder(ensure_ascii=False).encode


class Telling:
    """Makes findings of what is known of some policies' obligations."""

    def __init__(self, witness: Witness) -> None:
        self.witness = witness
        self._because: dict[str, list[Part | None]] = {}
        self._named: dict[str, dict[str, Get]] = {}

    def single(self, policy: Base, unit: Unit) -> bool:
        """Whether an obligation is that of one record, which is there."""
        return isinstance(self.witness.of(policy), Obligations) and bool(self.witness.records.versions(unit.record, unit.site, unit.key))

    def finding(self, policy: Base, unit: Unit, known: Known, account: Account | None = None) -> Finding | None:
        """The finding of an obligation, by its account as it is now; None where it is none (not applicable)."""
        verdict = known.outcome
        if verdict == "not_applicable":
            return None
        kind, place = self.witness.of(policy), self.witness.surroundings.places[unit.site]
        account = account or self._account(kind, place, unit, known)
        row = next(iter(self.witness.records.versions(unit.record, unit.site, unit.key)), None)
        facts = self._facts(kind, place, row, known, account)
        at = place.as_of if facts.began is None else facts.began
        sight = Sight(place, at, place.as_of)
        said = None if row is None or verdict != "fail" else self._sentence(policy, kind.fields, unit, sight, row, facts.decided_at or place.as_of)
        arguments = None if row is None else self._arguments(policy, kind.fields, unit, sight, row, at)
        return _finding(policy, unit, known, account, facts, said, arguments)

    def _account(self, kind: Kind, place: Place, unit: Unit, known: Known) -> Account | None:
        """What an obligation is judged by now."""
        assert isinstance(kind, Obligations | Frequencies)
        found = (versions[0] for versions in kind.judged(place, unit.key))
        return next((one for one in found if (one.subject, one.ordinal) == (known.subject, known.ordinal)), None)

    def _facts(self, kind: Kind, place: Place, row: Row | None, known: Known, account: Account | None) -> Facts:
        """When it began, is due and was decided, what was measured, who answers; nothing of a record that is gone."""
        if row is None or account is None:
            return Facts()
        match kind:
            case Obligations():
                members = () if kind.each_of is None else kind.each(place, kind.key(row))
                return of_record(kind, place, next((one for one in members if str(one[-1]) in known.subject.split("/")), row), account)
            case Frequencies():
                key = kind.owing.subject(place, row)
                found = (one for one in kind.counted(place, key, kind.owing.rows_of(place, key)) if one.account.ordinal == known.ordinal)
                return next((of_group(kind, place, one) for one in found), Facts())
        return Facts()

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
        if policy.id not in self._named:
            named = sorted({place for one in policy.because or () for place in PLACE.findall(one.zh + one.en)}.difference(OWN))
            self._named[policy.id] = {name: cell for name in named if (cell := _cell(fields, unit.record, name)) is not None}
        cells = self._named[policy.id]
        return WRITTEN({name: _plain(cell(sight, row, at)) for name, cell in cells.items()}) if cells else "{}"


def _finding(policy: Base, unit: Unit, known: Known, account: Account | None, facts: Facts, said: int | None, arguments: str | None) -> Finding:
    verdict = known.outcome
    assert verdict != "not_applicable"
    return Finding(
        policy.id, policy.standard, verdict, policy.severity.level, None, unit.site, None, facts.accountable, subject_type(policy), known.subject,
        known.ordinal, known.ordinal if isinstance(policy, Frequency) else "", facts.began, facts.due_at, None if verdict == "pending" else facts.decided_at,
        facts.measured, facts.limit, facts.unit, None, None, None, None, _missing(account) if verdict == "unknown" else None, said, arguments, None, False, None,
        mark(policy.id, unit.site, known.subject, known.ordinal),
    )  # fmt: skip


def _cell(fields: Fields, record: str, name: str) -> Get | None:
    try:
        return fields.cell(record, name)
    except KeyError:
        return None


def _plain(value: Any) -> Any:
    return None if value is LATER else list(value) if isinstance(value, tuple) else value if isinstance(value, str | int | None) else str(value)


def _missing(account: Account | None) -> str | None:
    """What an unknown lacks: the field of the first test that is not known, else what its source covers."""
    if account is None:
        return None
    for tree in (account.where, account.demand, account.excuse):
        for test in tree.tests() if tree is not None and tree.truth is None else ():
            words = [one for one in test.path.split(".") if one not in ("all_of", "any_of", "not", "void") and not one.isdigit()]
            if test.holds is None and words:
                return ".".join(words)
    return "coverage" if isinstance(account.numbers, judge.Due | judge.Ripe | judge.Found) and due_at(account) is not None else None


__all__ = ["Telling"]
