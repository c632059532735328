"""Policies -> plan: the typed tables, the views, and one scan a unit."""

from __future__ import annotations

from collections.abc import Iterator

from checker.compile.deadline import compile_deadline
from checker.compile.frequency import compile_frequency
from checker.compile.ladder import compile_ladder
from checker.compile.prepare import calendar_tables, day_view, record_views
from checker.compile.presence import compile_presence
from checker.compile.rate import compile_rate
from checker.compile.requirement import compile_requirements
from checker.compile.ripening import compile_ripening
from checker.compile.sequence import compile_sequence
from checker.compile.waived import waiver_table
from checker.compile.windows import work_tables
from checker.plan import Audit, Plan, Table, Unit, View
from checker.policy.kinds import Base, Deadline, Frequency, Ladder, Presence, Rate, Requirement, Sequence
from checker.policy.over import in_order


def compile_audit(audit: Audit) -> Plan:
    """The plan of an audit. Raises CheckerError for what is not executed and for parameters that no profile sets."""
    tables: list[Table] = list(calendar_tables(audit))
    views = [day_view(), *(view for record in audit.types for view in record_views(audit, record))]
    units: list[Unit] = []
    for unit, unit_tables, unit_views in _units(audit):
        units.append(unit)
        tables += unit_tables
        views += unit_views
    used = _used(audit, views, units)
    if any('"_work' in text for text in (*(view.sql for view in used), *(unit.scan for unit in units), *(unit.evidence or "" for unit in units))):
        tables += work_tables(audit)
    if audit.waivers:
        tables.append(waiver_table(audit))
    return Plan(tuple({table.name: table for table in tables}.values()), used, tuple(units))


def _used(audit: Audit, views: list[View], units: list[Unit]) -> tuple[View, ...]:
    """The views that some scan reads, directly or through others; the roster of people is always wanted, for teams."""
    people = {f"s.{record}" for record, kind in audit.types.items() if kind.team}
    texts = [text for unit in units for text in (unit.scan, unit.evidence or "")]
    kept: list[View] = []
    for view in reversed(views):
        always = view.name in people
        if always or any(f'"{view.name}"' in text for text in texts):
            kept.append(view)
            texts.append(view.sql)
    return tuple(reversed(kept))


def _units(audit: Audit) -> Iterator[tuple[Unit, list[Table], list[View]]]:
    shared: dict[tuple[str, str, str | None], list[Requirement]] = {}
    for policy in audit.policies:
        if isinstance(policy, Requirement) and policy.within is None:
            shared.setdefault((policy.for_each, repr(policy.accountable), policy.each_of), []).append(policy)
    for number, ((record, *_), policies) in enumerate(shared.items()):
        unit, tables = compile_requirements(f"{record} {number}", record, policies, audit)
        yield unit, tables, []
    for policy in audit.policies:
        if not isinstance(policy, Ladder) and (not isinstance(policy, Requirement) or policy.within is not None):
            yield _single(policy, audit)
    for ladder in in_order(audit.policies)[0]:
        yield compile_ladder(ladder, audit)


def _single(policy: Base, audit: Audit) -> tuple[Unit, list[Table], list[View]]:
    match policy:
        case Requirement():
            return compile_ripening(policy, audit)
        case Deadline():
            unit, tables = compile_deadline(policy, audit)
            return unit, tables, []
        case Frequency():
            return compile_frequency(policy, audit)
        case Rate():
            return compile_rate(policy, audit)
        case Sequence():
            return compile_sequence(policy, audit)
        case Presence():
            return compile_presence(policy, audit)
    raise AssertionError(policy)


__all__ = ["compile_audit"]
