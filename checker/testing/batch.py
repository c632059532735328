"""Many cases in one database: each becomes a site of its own, for everything in the language joins within one site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from checker.compile import compile_audit
from checker.compile.sql import name
from checker.earlier import fill_past, past
from checker.engines.duckdb import STORED, record_columns, run_plan
from checker.engines.judging import Options
from checker.finding import VERDICTS
from checker.ingest.database import connect
from checker.plan import NONE, Audit, Site
from checker.policy.files import Case, Fixture
from checker.policy.kinds import Base
from checker.policy.over import longest_look_back
from checker.policy.records import RecordType
from checker.testing.cells import Row
from checker.testing.world import ALL_TIME, World

KEYS = ("policy", "site", "subject", "ordinal", "verdict", "measured", "limit", "due_at", "decided_at", "accountable", "disputed", "field", "note")
COLUMNS = 'policy, site, subject, ordinal, v, measured, "limit", due, decided, accountable, disputed, field, note'
MARK = "\x1e"
"""Stands around the number of a case in the names of its sites; no file can bring it."""
Finding = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one case: every finding, passes too, and how many obligations were not due, by policy."""

    findings: tuple[Finding, ...]
    not_applicable: dict[str, int]


def judge(worlds: Sequence[World]) -> list[Judged]:
    """The findings of each world, in the order given. Worlds whose records unfold differently run in separate databases."""
    found: dict[int, Judged] = {}
    for numbers in _alike(worlds):
        found.update(zip(numbers, _judge([worlds[number] for number in numbers]), strict=True))
    return [found[number] for number in range(len(worlds))]


def _alike(worlds: Sequence[World]) -> Iterable[list[int]]:
    """Numbers of worlds that can share a database: the same types unfold, and an id means one policy.

    A world whose record types are not those of the first has a database of its own. Where ladders count, worlds share one
    if earlier runs found violations of the same policies: those are what a ladder's history has to cover.
    """
    groups: dict[tuple[Any, ...], list[int]] = {}
    versions: dict[str, list[Base]] = {}
    for number, one in enumerate(worlds):
        later = []
        for policy in one.policies:
            known = versions.setdefault(policy.id, [])
            if policy not in known:
                known.append(policy)
            later += [(policy.id, known.index(policy))] if policy is not known[0] and policy != known[0] else []
        strange = any(kind is not worlds[0].types.get(record) for record, kind in one.types.items())
        groups.setdefault((one.unfolds, tuple(later), number if strange else None, _found_before(one)), []).append(number)
    return groups.values()


def _found_before(one: World) -> frozenset[str] | None:
    """The policies of which a world's earlier runs found violations; None where no ladder counts."""
    if one.told is None:
        return None
    fixture, case = one.told
    history = case.history or fixture.history
    return frozenset(found.policy for found in history.findings) if history else frozenset()


def _judge(worlds: Sequence[World]) -> list[Judged]:
    audit = _audit(worlds)
    with connect() as db:
        db.execute("SET threads = 1")
        for record, rows in _rows(worlds).items():
            _fill(db, audit.types[record], rows)
        for number, world in enumerate(worlds):
            if world.told:
                fill_past(db, *_told(world.told, number), _sites(world, number))
        run_plan(db, audit, compile_audit(audit), Options(keep_passes=True, findings_only=True))
        found = db.execute(f"SELECT {COLUMNS} FROM finding").fetchall()
        none = db.execute(f"SELECT policy, site, sum(n) FROM tally WHERE v = {NONE} GROUP BY ALL").fetchall()
    return list(_apart(worlds, found, none))


def _audit(worlds: Sequence[World]) -> Audit:
    policies = {policy.id: policy for world in worlds for policy in (*world.policies, *world.read)}
    sites = tuple(site for number, world in enumerate(worlds) for site in _sites(world, number))
    spans = [world.span for world in worlds]
    disputed = frozenset(record for world in worlds for record, rows in world.rows.items() if any(row["#disputed"] for row in rows))
    present = frozenset(record for world in worlds for record in world.rows)
    span = min(first for first, _ in spans), max(last for _, last in spans)
    audit = Audit(dict(worlds[0].types), tuple(policies.values()), sites, ALL_TIME, span, {}, disputed, present, worlds[0].calendars)
    return _with_past(audit, worlds) if worlds[0].told else audit


def _with_past(audit: Audit, worlds: Sequence[World]) -> Audit:
    pasts = [past(*_told(world.told, number), _sites(world, number), audit.policies) for number, world in enumerate(worlds) if world.told]
    low = audit.span[0] - longest_look_back(audit.policies, [site.profile for site in audit.sites])
    audited = tuple(stretch for stretches, _ in pasts for stretch in stretches)
    return replace(audit, audited=audited, earlier=pasts[0][1], span=(low, audit.span[1]))


def _told(told: tuple[Fixture, Case], number: int) -> tuple[Fixture, Case]:
    """What is said of earlier runs, with the names that sites have here."""
    fixture, case = told
    history, decisions = case.history or fixture.history, case.decisions or fixture.decisions
    found = [one.model_copy(update={"site": _site(number, one.site)}) if one.site else one for one in (history.findings if history else ())]
    decided = [one.model_copy(update={"site": _site(number, one.site)}) if one.site else one for one in decisions]
    update = {"history": history.model_copy(update={"findings": tuple(found)}) if history else None, "decisions": tuple(decided)}
    return fixture, case.model_copy(update=update)


def _sites(world: World, number: int) -> tuple[Site, ...]:
    """The sites of a world with the names that they have here."""
    return tuple(replace(site, id=_site(number, site.id)) for site in world.sites)


def _site(number: int, site: str) -> str:
    return f"{MARK}{number}{MARK}{site}"


def _rows(worlds: Sequence[World]) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for number, world in enumerate(worlds):
        for record, listed in world.rows.items():
            rows.setdefault(record, []).extend({**row, "#site": _site(number, row["#site"])} for row in listed)
    return rows


def _fill(db: Any, kind: RecordType, rows: Sequence[Row]) -> None:
    """Create the table of a record type and put its rows in, a column at a time."""
    db.execute(f"CREATE TABLE {name(kind.record)} ({record_columns(kind)})")
    if not rows:
        return
    types = {field: STORED.get(spec.type, "VARCHAR") for field, spec in kind.stored.items()}
    types |= {"#site": "VARCHAR", "#file": "INTEGER", "#row": "BIGINT", "#disputed": "BOOLEAN"}
    lists = [[0 if column == "#file" else row[column] for row in rows] for column in types]
    casts = ", ".join(f"unnest(?::{kind}[])" for kind in types.values())
    db.execute(f"INSERT INTO {name(kind.record)} SELECT {casts}", lists)


def _apart(worlds: Sequence[World], found: Sequence[tuple[Any, ...]], none: Sequence[tuple[Any, ...]]) -> Iterator[Judged]:
    """What was found, by case; of a case only what its own policies say."""
    listed: list[list[Finding]] = [[] for _ in worlds]
    not_due: list[dict[str, int]] = [{} for _ in worlds]
    own = [{policy.id for policy in world.policies} for world in worlds]
    zones = {(number, site.id): site.zone for number, world in enumerate(worlds) for site in world.sites}
    for row in found:
        _, number, site = row[1].split(MARK)
        if row[0] in own[int(number)]:
            one = dict(zip(KEYS, row, strict=True))
            mark = _site(int(number), "")
            one |= {"site": site, "subject": row[2].replace(mark, ""), "verdict": VERDICTS[row[4] - 1], "zone": zones[int(number), site]}
            one["accountable"] = row[9] and row[9].replace(mark, "")
            listed[int(number)].append(one)
    for policy, where, count in none:
        number = int(where.split(MARK)[1])
        if policy in own[number]:
            not_due[number][policy] = not_due[number].get(policy, 0) + int(count)
    for findings, due in zip(listed, not_due, strict=True):
        yield Judged(tuple(findings), due)


__all__ = ["Finding", "Judged", "judge"]
