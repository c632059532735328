"""The state of a watch as JSON, and a watch as a state says. What rests on records is found anew when they are read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from checker.watch.archive import into
from checker.watch.known import Known, Place, Unit
from checker.watch.steps import as_data, from_data
from checker.witness.records import FIRST

if TYPE_CHECKING:
    from checker.watch.obligations import Watch


def written(watch: Watch) -> dict[str, Any]:
    """Everything a watch knows; what may be long is made as it is written."""
    table, records = watch.obligations, watch.obligations.records
    rows = {
        record: {site: (row[FIRST:] for versions in here.rows.values() for row in versions) for (one, site), here in records.tables.items() if one == record}
        for record in dict.fromkeys(record for record, _ in records.tables)
        if record not in records.unfolded
    }
    return {
        "begun": watch.begun, "now": table.now, "stale": watch.stale, "rows": rows, "unfolded": sorted(records.unfolded),
        "roster": watch.sites.roster, "told": [[record, key, site] for (record, key), site in watch.sites.told.items()],
        "steps": as_data(watch.steps.counted), "parked": list(watch.parked),
        "known": (
            [unit.record, unit.site, unit.key, {table.policies[number].id: listed for number, listed in sorted(unit.known())}]
            for unit in _sorted(table.units.values()) if unit.kept
        ),
        "settled": ([*place, data] for place, data in table.settled.items()),
        "left": ([*place, since] for place, since in table.leaving.since.items()),
        "quiet": ([since, unit.record, unit.site, unit.key] for since, unit in table.quiet if unit.quiet == since),
        "todo": [[unit.record, unit.site, unit.key, sorted(table.policies[one].id for one in table.todo[unit])] for unit in _sorted(table.todo)],
    }  # fmt: skip


def read(watch: Watch, state: Mapping[str, Any]) -> None:
    """Let a new watch be as a state says."""
    table, records = watch.obligations, watch.obligations.records
    for record in records.unfolded - set(state["unfolded"]):
        records.brought(record)
    watch.begun, table.now = state["begun"], state["now"]
    watch.sites.roster = {site: _read(said) for site, said in state["roster"].items()}
    watch.sites.told = {(record, tuple(map(into, key))): site for record, key, site in state["told"]}
    watch.steps.counted = from_data(state["steps"])
    for record, fields in state["parked"]:
        watch.parked.add(record, _read(fields))
    for record, sites in state["rows"].items():
        names = tuple(watch.types[record].stored)
        for site, rows in sites.items():
            for row in rows:
                table.put(record, site, dict(zip(names, map(into, row), strict=True)))
    numbers = {policy.id: number for number, policy in enumerate(table.policies)}
    for record, site, key, data in state["settled"]:
        table.let_go((record, site, tuple(map(into, key))), data)
    watch.restored()
    if table.now is None:
        return
    known: dict[Place, dict[int, tuple[Known, ...]]] = {}
    for record, site, key, said in state["known"]:
        known[record, site, tuple(map(into, key))] = {numbers[policy]: tuple([Known(*one) for one in listed]) for policy, listed in said.items()}
    for place, unit in tuple(table.units.items()):
        table.take_up(unit, known.get(place, {}))
    table.todo = {}
    for since, record, site, key in state["quiet"]:
        unit = table.unit((record, site, tuple(map(into, key))))
        unit.quiet = since
        table.quiet.append((since, unit))
    table.todo = {table.unit((record, site, tuple(map(into, key)))): frozenset(numbers[one] for one in policies) for record, site, key, policies in state["todo"]}
    table.leaving.now = table.now
    table.leaving.since = {(record, site, tuple(map(into, key))): since for record, site, key, since in state["left"]}
    watch.stale = state["stale"]


def _sorted(units: Iterable[Unit]) -> list[Unit]:
    return sorted(units, key=lambda one: one.place)


def _read(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: into(value) for name, value in said.items()}


__all__ = ["read", "written"]
