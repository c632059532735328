"""Worlds of the reference evaluator told as streams: events in an order of arrival, some twice, some in pieces by key."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from checker.policy.kinds import Deadline, Frequency, Requirement
from checker.watch.archive import Archive
from checker.watch.table import Obligations
from checker.watch.told import Telling
from checker.watch.worker import Decider
from tests.engine_adapter import audit_of
from tests.reference import DAY, Row, World, to_utc

LATE = 10 * 60_000_000
Event = tuple[str, str, dict[str, Any], int | None]
"""(record type, site, the fields that it names, the latest instant that it speaks of)."""


def live_world(world: World) -> World | None:
    """The policies of a world that run live, over its records one a key; in a period so long that everything is reported."""
    policies = tuple(one for one in world.policies if isinstance(one, Requirement | Deadline | Frequency))
    first, until = world.period
    as_of = world.as_of if world.as_of is not None else until * DAY
    records = {name: _one_a_key(world, name, rows) for name, rows in world.records.items()}
    zones = dict.fromkeys(world.zones, next(iter(world.zones.values())))
    return replace(world, policies=policies, records=records, as_of=as_of, zones=zones, period=(first - 40, until + 40)) if policies else None


def _one_a_key(world: World, record: str, rows: list[Row]) -> list[Row]:
    """The last row of each key: what a stream leaves."""
    kind = world.types[record]
    found = {(row["#site"], *(row.get(name) for name in kind.key)): {**row, "#disputed": False} for row in rows}
    return [row for row in found.values() if all(row.get(name) is not None for name in kind.key)]


def events(rng: Random, world: World) -> list[Event]:
    """The records of a world as events: a record comes whole, or first as it was and then in pieces; some come twice, and all
    may come later than what they speak of, within the bound."""
    told: list[tuple[int, int, Event]] = []
    for record, rows in world.records.items():
        kind = world.types[record]
        instants = [name for name, spec in kind.stored.items() if spec.type == "instant"]
        for row in rows:
            for fields in _pieces(rng, kind.key, {name: row.get(name) for name in kind.stored}, instants):
                times = [fields[name] for name in instants if fields.get(name) is not None]
                at = max(times, default=0)
                event = (record, row["#site"], fields, max(times, default=None))
                for _ in range(rng.choice((1, 1, 1, 2))):
                    told.append((at + rng.randint(0, LATE), len(told), event))
    return [event for _, _, event in sorted(told, key=lambda one: one[:2])]


def _pieces(rng: Random, key: list[str], fields: dict[str, Any], instants: list[str]) -> list[dict[str, Any]]:
    """One event with everything, or one for each instant in turn, the rest at random; pieces name the key and what is new."""
    if rng.random() < 0.4:
        return [fields]
    own = {name: fields[name] for name in key}
    times = sorted((fields[name], name) for name in instants if fields[name] is not None and name not in key)
    rest = [name for name in fields if name not in instants and name not in key]
    early = {name for name in rest if rng.random() < 0.6}
    if not times:
        return [{**own, **{name: fields[name] for name in rest}}]
    pieces = [{**own, **{name: fields[name] for name in early}, times[0][1]: times[0][0]}]
    pieces += [{**own, name: value} for value, name in times[1:]]
    if rng.random() < 0.3:
        pieces[0] |= {name: rng.choice((None, fields[name])) for name in rest}
    pieces[-1] |= {name: fields[name] for name in rest}
    return pieces


def folded(world: World, stream: list[Event]) -> World:
    """The world that a stream leaves: of each key the fields that were named last."""
    records: dict[str, dict[tuple[Any, ...], Row]] = {record: {} for record in world.records}
    for record, site, fields, _ in stream:
        kind, key = world.types[record], (site, *(fields[name] for name in world.types[record].key))
        row = records[record].setdefault(key, {**dict.fromkeys(kind.stored), "#site": site, "#disputed": False, "#row": len(records[record])})
        row.update(fields)
    return replace(world, records={record: list(rows.values()) for record, rows in records.items()})


def told(world: World, stream: list[Event], decider: Decider, warn_before: int = 0, keep: int = DAY, archive: Archive | None = None) -> Obligations:
    """The obligations after a stream, as they stand at the world's as-of; the clock is that of the records. `archive`: where records go
    that nothing reads."""
    obligations = Obligations(audit_of(world), decider, warn_before, keep)
    obligations.records.archive = archive
    end = {site: to_utc(zone, world.as_of or 0) for site, zone in world.zones.items()}
    last = max(end.values())
    for record, site, fields, time in stream:
        obligations.records.recall(record, tuple(fields[name] for name in world.types[record].key))
        obligations.put(record, site, fields)
        if time is not None and (obligations.now is None or time > obligations.now) and time < last:
            obligations.move(time)
        obligations.look()
    obligations.move(last)
    obligations.look()
    obligations.recall()
    return obligations


def live_findings(obligations: Obligations, world: World) -> list[dict[str, Any]]:
    """What is known, as the oracle writes its findings: those that an audit of the world's period reports (language §6)."""
    telling, found = Telling(obligations.witness), []
    for policy, unit, known in obligations.known():
        one = telling.finding(policy, unit, known)
        assert one is not None
        first, until = (to_utc(world.zones[unit.site], day * DAY) for day in world.period)
        began, decided = one.occurred_at, one.decided_at
        if (began is None or began < until) if one.verdict == "pending" else (decided is None or first <= decided < until):
            found.append({**{key: getattr(one, key) for key in SAME}, "site": one.site_id})
    return found


SAME = ("policy", "subject", "ordinal", "verdict", "measured", "limit", "due_at", "decided_at", "accountable", "disputed")

__all__ = ["LATE", "Event", "events", "folded", "live_findings", "live_world", "told"]
