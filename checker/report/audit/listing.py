"""Violations as rows of the list, and the notices that are served."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from checker.errors import Text
from checker.figures import Served, Violation
from checker.finding import short
from checker.report.audit.model import Decided, Listing, Nonconformity, Notice, State
from checker.report.audit.told import Told
from checker.report.sentences import enough

STATES: dict[str, State] = {"open": "open", "confirmed": "confirmed", "dismissed": "rejected", "exempt": "exempt", "waived": "waived"}
NOTES = {"early": Text("结束早于开始", "end before start"), "provisional": Text("暂定", "provisional"), "unanswered": Text("截至时刻仍没有", "nothing came by as-of")}


def listing(told: Told) -> Listing:
    """All violations, drawn as often as asked."""
    return Listing(told.figures.total, lambda: _each(told))


def _each(told: Told) -> Iterator[Nonconformity]:
    return (row(told, one) for one in told.figures.violations())


def row(told: Told, one: Violation) -> Nonconformity:
    """One violation as people read it."""
    finding, lang = one.finding, told.lang
    template, arguments, facts = told.writer.parts(finding, lang)
    return Nonconformity(
        number=one.number, id=short(finding.fingerprint), fingerprint=finding.fingerprint, rule=told.rules[finding.policy], site=finding.site_id,
        team=told.some(finding.team_id), accountable=told.who(finding.policy, finding.accountable), subject=told.subject(finding.policy, finding.subject),
        ordinal=finding.ordinal, occurred=told.local(finding.site_id, finding.occurred_at), due=told.local(finding.site_id, finding.due_at), template=template,
        arguments=tuple(arguments.items()), measured=facts["measured"], limit=facts["limit"],
        short_of=enough(finding), value=told.some(finding.value), file=told.some(finding.file), sheet=told.some(finding.sheet) or None, row=finding.row,
        evidence=told.writer.place(finding),
        more=one.more, points=finding.points, repeat=one.repeat, weighed=one.weighed, weighed_confirmed=one.weighed_confirmed, disputed=finding.disputed,
        note=_note(told, finding.note), waived_by=told.some(finding.waived_by), decided=_decided(told, one),
    )  # fmt: skip


def _decided(told: Told, one: Violation) -> Decided:
    return Decided(STATES[one.decision], told.some(one.by), told.local(one.finding.site_id, one.decided), told.some(one.reason), one.until)


def _note(told: Told, note: str | None) -> str | None:
    """What a code of a note says: how a derived field was found, an end before a start, a count that may change."""
    if note is None or note in NOTES:
        return NOTES[note][told.lang] if note else None
    record, _, field = note.partition(".")
    kind = told.book.records.get(record)
    spec = kind.fields.get(field) if kind else None
    return spec.note_if_second.text[told.lang] if spec and spec.note_if_second else note


def notices(told: Told) -> tuple[Notice, ...]:
    """One notice for each person, team or site that has to correct something: those with the most to correct first."""
    period = told.figures.now.period
    served = sorted(told.figures.served, key=lambda one: (-one.points, -one.violations, one.site, one.team or "", one.person or ""))
    return tuple(_notice(told, one, f"ZG-{period}-{number:03}") for number, one in enumerate(served, 1))


def _notice(told: Told, one: Served, number: str) -> Notice:
    facts = tuple(row(told, violation) for violation in one.worst)
    person = told.who(one.worst[0].finding.policy, one.person)
    name = told.name(one.person)
    team = told.some(one.team)
    addressee = " ".join(part for part in (team if person or team else one.site, person, name) if part)
    return Notice(number, one.site, team, person, addressee, one.violations, Decimal(one.points), facts)


__all__ = ["listing", "notices", "row"]
