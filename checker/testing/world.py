"""One case made ready to be judged: typed records, its sites with their profile, period and as-of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.calendars import Span, audit_period, day_start, instant_utc
from checker.earlier import with_read
from checker.evidence import brought, needed
from checker.load import Book
from checker.plan import Site, Stretch
from checker.policy.files import Calendar, Case, Fixture, Profile
from checker.policy.kinds import Base, Ladder
from checker.policy.records import RecordType
from checker.policy.values import DAY
from checker.testing.cells import ONLY, Row, typed_rows

YEAR = 366 * DAY
ALL_TIME = Span(0, 50_000, "all")
Records = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class World:
    """A case with everything that judging it takes."""

    types: Mapping[str, RecordType]
    policies: tuple[Base, ...]
    sites: tuple[Site, ...]
    rows: Mapping[str, list[Row]]
    calendars: Mapping[str, Calendar]
    read: tuple[Base, ...] = ()
    """Policies whose findings the case's own count."""
    told: tuple[Fixture, Case] | None = None
    """What the case says of earlier runs and decisions, where its policy counts findings."""

    @property
    def span(self) -> tuple[int, int]:
        """The first and last instant that the calendar must hold."""
        moments = [row[field] for record, listed in self.rows.items() for row in listed for field, spec in self.types[record].stored.items()
                   if spec.type == "instant" and row.get(field) is not None]  # fmt: skip
        ends = [site.as_of for site in self.sites]
        return min([*moments, *ends]) - 2 * YEAR, max([*moments, *ends]) + 2 * YEAR

    @property
    def unfolds(self) -> tuple[str, ...]:
        """Record types that no file of the case brings and that another one's rows stand in for."""
        return tuple(sorted(one.record for one in self.types.values() if one.unfold and one.record not in self.rows and one.unfold.record in self.rows))


def written(fixture: Fixture, case: Case) -> Records:
    """The records of a case as they stand in the file; a type that the case has replaces the file's."""
    return {**fixture.records, **case.records}


def world(fixture: Fixture, case: Case, policies: tuple[Base, ...], book: Book, records: Records | None = None) -> World:
    """A case made ready, or one with other `records`. Raises CheckerError for a cell that cannot be read."""
    types = types_of(fixture, book)
    zone = case.zone or fixture.zone
    given = written(fixture, case) if records is None else records
    rows = {record: typed_rows(types[record], listed, zone) for record, listed in given.items()}
    read = _read(policies, book.policies) if fixture.policy else ()
    both = (*policies, *(one for one in read if _brought(one, types, rows)))
    told = (fixture, case) if any(isinstance(one, Ladder) for one in policies) else None
    return World(types, policies, _sites(fixture, case, both, book, rows), rows, book.calendars, both[len(policies) :], told)


def _read(policies: tuple[Base, ...], book: tuple[Base, ...]) -> tuple[Base, ...]:
    """The policies whose findings a case's ladders count; and those too mild to count that need no setting: a mutant that
    counts them is told from its ladder by what they find."""
    counted = with_read(policies, book)[len(policies) :]
    known = {one.id for one in counted}
    mild = with_read(tuple(_of_any_severity(one) for one in policies), book)[len(policies) :]
    return (*counted, *(one for one in mild if one.id not in known and not any(spec.set_by_site for spec in one.parameters.values())))


def _of_any_severity(policy: Base) -> Base:
    if not isinstance(policy, Ladder):
        return policy
    findings = policy.of.findings.model_copy(update={"severity": None})
    return policy.model_copy(update={"of": policy.of.model_copy(update={"findings": findings})})


def _brought(policy: Base, types: Mapping[str, RecordType], rows: Mapping[str, list[Row]]) -> bool:
    """Whether a case has the records of a policy that it counts the findings of."""
    return all(brought(record, types, frozenset(rows)) for record in needed(policy, types))


def types_of(fixture: Fixture, book: Book) -> dict[str, RecordType]:
    return dict(book.records) | {kind.record: kind for kind in fixture.record_types or ()}


def _sites(fixture: Fixture, case: Case, policies: tuple[Base, ...], book: Book, rows: Mapping[str, list[Row]]) -> tuple[Site, ...]:
    zone = case.zone or fixture.zone
    listed = sorted({row["#site"] for listed in rows.values() for row in listed} or {ONLY})
    zones = {row["site_id"]: row.get("timezone") or zone for row in rows.get("site", ())} or dict.fromkeys(listed, zone)
    covered = {record: ((None, *(instant_utc(zone, one) if one else None for one in (said.from_, said.until))),)
               for record, said in {**fixture.covered, **case.covered}.items()}  # fmt: skip
    profile = _profile(fixture, case, policies, book)
    return tuple(_site(case, name, own, profile, covered) for name, own in zones.items())  # type: ignore[arg-type]


def _site(case: Case, name: str, zone: str, profile: Profile, covered: Mapping[str, tuple[Stretch, ...]]) -> Site:
    """A case without a period is judged from the beginning to its as-of; its yearly and monthly duties, of the last year."""
    if case.period:
        period = audit_period(case.period)
        first, until = day_start(zone, period.first), day_start(zone, period.until)
        return Site(name, zone, profile, first, until, instant_utc(zone, case.as_of) if case.as_of else until, period=period, covered=covered)
    assert case.as_of is not None
    as_of = instant_utc(zone, case.as_of)
    period = Span((as_of - YEAR) // DAY, (as_of + DAY - 1) // DAY + 1, "all")
    return Site(name, zone, profile, day_start(zone, ALL_TIME.first), as_of, as_of, period=period, covered=covered)


def _profile(fixture: Fixture, case: Case, policies: tuple[Base, ...], book: Book) -> Profile:
    """The profile named, with what the file and the case set laid over it."""
    named = book.profiles.get(case.profile or fixture.profile or "")
    settings: dict[str, dict[str, Any]] = {key: dict(value) for key, value in (named.set if named else {}).items()}
    for policy in policies:
        own = {key: value for key, value in {**fixture.set, **case.set}.items() if key in policy.parameters}
        settings[policy.id] = {**settings.get(policy.id, {}), **own}
    for layer in (fixture.records_set, case.records_set):
        for record, values in layer.items():
            settings[record] = {**settings.get(record, {}), **values}
    windows = {**(named.windows if named else {}), **fixture.windows, **case.windows}
    chosen = tuple(policy.id for policy in policies)
    return Profile(format="profiles/1", profile="fixture", policies=chosen, set=settings, windows=windows, points=named.points if named else {},
                   calendar=case.calendar or fixture.calendar or (named.calendar if named else "national"))  # fmt: skip


__all__ = ["ALL_TIME", "World", "types_of", "world", "written"]
