"""Worlds small enough to be judged by hand: record types with short names, rows and times as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checker.policy.files import Calendar, Window
from checker.policy.kinds import PolicyFile
from checker.policy.records import TIME_UNITS, DatedValue, RecordField, RecordType
from checker.policy.values import Day, Duration, Instant
from tests.engine_adapter import run_engine
from tests.reference import Row, World, evaluate, to_local, to_utc

Judge = Callable[[World], list[Row]]
JUDGES: dict[str, Judge] = {"oracle": evaluate, "engine": run_engine}
SHANGHAI = "Asia/Shanghai"


def _enum(*values: str) -> dict[str, Any]:
    return {"type": "enum", "values": {one: [] for one in values}}


def _type(name: str, key: list[str], fields: dict[str, Any], **more: Any) -> RecordType:
    written = {"record": name, "title": {"zh": name, "en": name}, "key": key, **more}
    ids = {one: {"type": "id"} for one in key if one not in fields}
    return RecordType.model_validate({**written, "fields": {**ids, **fields}})


INSTANT, COMES = {"type": "instant"}, {"type": "instant", "empty": "not yet"}
ID, DATE, COUNT, LIST = ({"type": one} for one in ("id", "date", "count", "list"))
RINGS = {"derived": {"first_present": ["ring_count", {"whole": {"ring_seconds": {"less": "$grace"}}, "divided_by": "$cycle", "plus": 1}]}}
BY_SITE = {"unit": "seconds", "value": "set by site"}

TYPES = {
    one.record: one
    for one in (
        _type("staff", ["staff_id", "hired"], {"hired": DATE, "left": DATE, "team_id": ID, "superior_id": ID},
              active={"from": "hired", "to": "left"}, team="team_id"),
        _type("shift", ["shift_id"], {"staff_id": ID, "starts_at": INSTANT, "leave": _enum("none", "annual")}, time="starts_at",
              absence={"of": "staff_id", "at": "starts_at", "when": {"leave": {"none_of": ["none"]}}}),
        _type("call", ["call_id"], {
            "outcome": _enum("answered", "missed", "abandoned", "wrong-number"), "ring_count": COUNT, "ring_seconds": {"type": "duration", "unit": "seconds"},
            "rings": RINGS, "at": INSTANT, "staff_id": ID, "urgency": _enum("urgent", "normal"), "tags": LIST},
            time="at", void={"outcome": "wrong-number"}, references={"staff": {"record": "staff", "by": "staff_id", "at": "at"}},
            parameters={"cycle": BY_SITE, "grace": BY_SITE}),
        _type("ticket", ["ticket_id"], {
            "status": _enum("open", "closed", "cancelled", "duplicate"), "category": _enum("repair", "other"), "received_at": INSTANT, "seen_at": COMES,
            "dispatched_at": COMES, "completed_at": COMES, "closed_at": COMES, "appointment_at": INSTANT, "entered_at": INSTANT, "on_spot": {"type": "flag"},
            "staff_id": ID, "team_id": ID},
            time="received_at", void={"status": "duplicate"}, lapses={"where": {"status": "cancelled"}, "at": "closed_at"},
            references={"staff": {"record": "staff", "by": "staff_id"}}),
        _type("event", ["ticket_id", "seq"], {"seq": COUNT, "kind": _enum("completed", "dispatched"), "at": INSTANT}, time="at",
              references={"ticket": {"record": "ticket", "by": "ticket_id"}}),
        _type("callback", ["callback_id"], {"ticket_ids": LIST, "at": INSTANT, "spoke_at": COMES, "result": _enum("reached", "no-answer", "void"), "tries": COUNT},
              time="at", void={"result": "void"}),
        _type("customer", ["customer_id", "since"], {"unit_id": ID, "since": DATE, "until": DATE, "keeper_id": ID, "grade": COUNT},
              active={"from": "since", "to": "until"}, references={"keeper": {"record": "staff", "by": "keeper_id"}}),
        _type("visit", ["visit_id"], {"unit_id": ID, "at": INSTANT, "outcome": _enum("done", "refused"), "seen": LIST, "scanned": COUNT, "total": COUNT}, time="at"),
        _type("checkpoint", ["point_id", "since"], {"unit_id": ID, "since": DATE, "until": DATE, "kind": _enum("area", "fire")},
              active={"from": "since", "to": "until"}),
        _type("item", ["item_id"], {"staff_id": ID, "ok": {"type": "flag"}}),
    )
}  # fmt: skip


def typed(field: RecordField, value: Any, zone: str) -> Any:
    """What a cell's text is stored as."""
    if value is None or not isinstance(value, str | int) or isinstance(value, bool):
        return value
    if field.type == "instant":
        return instant(value, zone)
    if field.type == "date":
        return Day.parse(str(value)).number
    if field.type == "duration":
        return value * TIME_UNITS[field.unit or "seconds"] if isinstance(value, int) else Duration.parse(value).amount
    return value


def instant(text: Any, zone: str = SHANGHAI) -> int:
    written = Instant.parse(text)
    return written.local - written.offset if written.offset is not None else to_utc(zone, written.local)


def said(value: int | None, zone: str = SHANGHAI) -> str | None:
    """An instant as people write it; whole seconds without a fraction."""
    if value is None:
        return None
    from datetime import datetime, timedelta

    return (datetime(1970, 1, 1) + timedelta(microseconds=to_local(zone, value))).isoformat()


def small(policy: dict[str, Any], rows: dict[str, list[Row]], **more: Any) -> World:
    """A world of one policy. `period` and `as_of` are local text, `covered` texts or None, `set` the policy's parameters."""
    zones = more.get("zones", {"S1": more.get("zone", SHANGHAI)})
    zone = next(iter(zones.values()))
    made = PolicyFile.model_validate({"format": "policies/1", "policies": [policy]}).policies
    first, until = (Day.parse(one).number for one in more.get("period", ("2026-10-01", "2026-11-01")))
    as_of = Instant.parse(more["as_of"]).local if "as_of" in more else None
    covered = {record: tuple(one and instant(one, zone) for one in pair) for record, pair in more.get("covered", {}).items()}
    values = {site: {policy["id"]: _settings(more.get("set", {})), "call": {"cycle": 5, "grace": 1}} for site in zones}
    windows = {site: {name: tuple(Window.model_validate(one) for one in listed) for name, listed in more.get("windows", {}).items()} for site in zones}
    types = TYPES | {one.record: one for one in more.get("types", ())}
    records = {name: _stored(kind, rows.get(name, []), zones) for name, kind in types.items()}
    calendars = {site: Calendar.model_validate({"format": "calendars/1", "calendar": "own", **more["calendar"]}) for site in zones if "calendar" in more}
    return World(types, made, records, zones, values, windows, (first, until), as_of, covered, calendars)  # type: ignore[arg-type]


def _settings(written: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(DatedValue.model_validate(one) for one in value) if isinstance(value, list) else value for name, value in written.items()}


def _stored(kind: RecordType, rows: list[Row], zones: dict[str, str]) -> list[Row]:
    made: list[Row] = []
    for number, row in enumerate(rows):
        site = row.get("site", next(iter(zones)))
        made.append({name: typed(spec, row.get(name), zones[site]) for name, spec in kind.stored.items()} | {"#site": site, "#row": number})
    keys = [(row["#site"], *(row[one] for one in kind.key)) for row in made]
    return [{**row, "#disputed": keys.count(key) > 1} for row, key in zip(made, keys, strict=True)]


def _policy(kind: str, written: dict[str, Any]) -> dict[str, Any]:
    return {"id": "hand.policy", "standard": "hand.policy", "title": {"zh": "手", "en": "hand"}, "source": [{"document": "d", "clause": "1"}],
            "severity": {"level": "minor", "reason": {"zh": "手", "en": "hand"}}, "kind": kind, **written}  # fmt: skip


def requirement(**written: Any) -> dict[str, Any]:
    return _policy("requirement", written)


def deadline(**written: Any) -> dict[str, Any]:
    return _policy("deadline", written)


def frequency(**written: Any) -> dict[str, Any]:
    return _policy("frequency", written)


def rate(**written: Any) -> dict[str, Any]:
    return _policy("rate", written)


def judged(judge: Judge, policy: dict[str, Any], rows: dict[str, list[Row]], *shown: str, **more: Any) -> list[Any]:
    """The findings in order of subject and ordinal, as tuples of what is `shown` (the verdict alone: plain)."""
    world = small(policy, rows, **more)
    found = sorted(judge(world), key=lambda one: (one["site"], one["subject"], one["ordinal"]))
    show = [{**one, **{key: said(one[key], world.zones[one["site"]]) for key in ("due_at", "decided_at")}} for one in found]
    # What is pending has not been decided, whatever an engine knows of when it would be.
    show = [{**one, "decided_at": None} if one["verdict"] == "pending" else one for one in show]
    return [tuple(one[key] for key in shown) if shown else one["verdict"] for one in show]
