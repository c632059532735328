"""Small random worlds: record types, policies of the four kinds, rosters and records, biased to boundaries."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from checker.policy.files import Calendar, Window
from checker.policy.kinds import PolicyFile
from checker.policy.records import RecordType
from tests.reference import DAY, Row, World, to_utc

ZONES = ("Asia/Shanghai", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
MINUTE, HOUR = 60_000_000, 3_600_000_000
SWITCHES = {"Europe/Berlin": 20751, "America/New_York": 20758, "Australia/Lord_Howe": 20730, "Asia/Shanghai": 20751}
"""A day near which each zone's clock is changed in autumn 2026 (20727 is 1 October)."""
MONTH = (20727, 20758)


def record(name: str, key: list[str], fields: dict[str, Any], **more: Any) -> RecordType:
    return RecordType.model_validate({"record": name, "title": {"zh": name, "en": name}, "key": key, "fields": fields, **more})


TYPES = {
    one.record: one
    for one in (
        record("staff", ["staff_id", "hire_date"], {
            "staff_id": {"type": "id"}, "hire_date": {"type": "date"}, "leave_date": {"type": "date", "empty": "not yet"}, "team_id": {"type": "id"}, "superior_id": {"type": "id"},
        }, active={"from": "hire_date", "to": "leave_date"}, team="team_id"),
        record("ticket", ["ticket_id"], {
            "ticket_id": {"type": "id"}, "category": {"type": "enum", "values": {"repair": [], "other": [], "special": []}},
            "status": {"type": "enum", "values": {"open": [], "closed": [], "duplicate": [], "cancelled": []}}, "n": {"type": "count"},
            "seconds": {"type": "duration", "unit": "seconds"}, "spot": {"type": "flag"}, "staff_id": {"type": "id"},
            "received_at": {"type": "instant"}, "seen_at": {"type": "instant"}, "dispatched_at": {"type": "instant", "empty": "not yet"},
            "completed_at": {"type": "instant", "empty": "not yet"}, "closed_at": {"type": "instant", "empty": "not yet"}, "by_at": {"type": "instant"},
            "score": {"derived": {"first_present": ["n", {"whole": {"seconds": {"less": "$grace"}}, "divided_by": "$cycle", "plus": 1}]}, "unit": "rings"},
        }, time="received_at", references={"staff": {"record": "staff", "by": "staff_id", "at": "received_at"}}, void={"status": "duplicate"},
            lapses={"where": {"status": "cancelled"}, "at": "closed_at"},
            parameters={"cycle": {"unit": "seconds", "value": "set by site"}, "grace": {"unit": "seconds", "value": "set by site"}}),
        record("event", ["ticket_id", "seq"], {
            "ticket_id": {"type": "id"}, "seq": {"type": "count"}, "kind": {"type": "enum", "values": {"done": [], "sent": [], "again": [], "shut": []}},
            "at": {"type": "instant"},
        }, time="at", references={"ticket": {"record": "ticket", "by": "ticket_id"}}),
        record("answer", ["answer_id"], {
            "answer_id": {"type": "id"}, "ticket_ids": {"type": "list"}, "at": {"type": "instant"},
            "result": {"type": "enum", "values": {"reached": [], "missed": []}}, "minutes": {"type": "count"},
        }, time="at"),
        record("pause", ["pause_id"], {
            "pause_id": {"type": "id"}, "ticket_id": {"type": "id"}, "from_at": {"type": "instant"}, "to_at": {"type": "instant", "empty": "not yet"},
            "why": {"type": "enum", "values": {"parts": [], "owner": []}},
        }),
        record("tenant", ["tenant_id", "unit_id", "since"], {
            "tenant_id": {"type": "id"}, "unit_id": {"type": "id"}, "since": {"type": "date"}, "until": {"type": "date"},
            "keeper_id": {"type": "id"}, "grade": {"type": "count"}, "often": {"type": "text"}, "away": {"type": "list"},
        }, active={"from": "since", "to": "until"}, references={"keeper": {"record": "staff", "by": "keeper_id"}}),
        record("visit", ["visit_id"], {
            "visit_id": {"type": "id"}, "unit_id": {"type": "id"}, "at": {"type": "instant"}, "points": {"type": "list"},
            "outcome": {"type": "enum", "values": {"done": [], "refused": []}}, "of_month": {"type": "text"}, "of_day": {"type": "date"},
        }, time="at"),
        record("shift", ["shift_id"], {
            "shift_id": {"type": "id"}, "unit_id": {"type": "id"}, "staff_id": {"type": "id"}, "from_at": {"type": "instant"},
            "to_at": {"type": "instant"}, "post": {"type": "enum", "values": {"desk": [], "gate": []}},
        }, time="from_at", references={"staff": {"record": "staff", "by": "staff_id"}}),
        record("point", ["point_id"], {"point_id": {"type": "id"}, "unit_id": {"type": "id"}, "kind": {"type": "enum", "values": {"area": [], "fire": []}}}),
    )
}  # fmt: skip


def random_world(rng: Random) -> World:
    """One world: one or two sites, one to three policies, a dozen rows a type at most."""
    zones = {site: rng.choice(ZONES) for site in (["S1"] if rng.random() < 0.7 else ["S1", "S2"])}
    as_of = rng.choice((None, None, (MONTH[1] + rng.randint(-12, 3)) * DAY + rng.choice((0, 9 * HOUR, 9 * HOUR + 5 * MINUTE))))
    records: dict[str, list[Row]] = {name: [] for name in TYPES}
    for site, zone in zones.items():
        for name, rows in _rows(rng, zone).items():
            records[name] += [{**row, "#site": site} for row in rows]
    for name, rows in records.items():
        records[name] = _disputed(rng, TYPES[name], rows)
    policies = [_policy(rng, number) for number in range(rng.randint(1, 3))]
    if rng.random() < 0.2:
        policies.append(_ladder(rng))
    alike = {one["id"]: {name: spec.pop("#like") for name, spec in one.get("parameters", {}).items()} for one in policies}
    values = {
        site: {"ticket": {"cycle": 5, "grace": rng.randint(0, 2)}, **{one["id"]: _settings(rng, one, alike[one["id"]]) for one in policies}}
        for site in zones
    }  # fmt: skip
    opens = rng.choice((("08:00", "20:00"), ("22:00", "06:00"), ("00:00", "24:00"), ("08:00", "12:00")))
    days = rng.choice(("all", ["monday", "wednesday", "friday", "saturday", "sunday"], "workdays", "restdays"))
    windows = {site: {"hours": (Window.model_validate({"from": opens[0], "to": opens[1], "days": days}),)} for site in zones}
    covered = {name: _coverage(rng) for name in ("visit", "answer", "ticket", "event", "shift") if rng.random() < 0.25}
    made = PolicyFile.model_validate({"format": "policies/1", "policies": policies}).policies
    calendars = {site: own for site in zones if (own := _calendar(rng, site)) is not None}
    earlier, audited, decisions = _past(rng, zones, records, len(policies)) if policies[-1]["kind"] == "ladder" else ((), (), ())
    return World(TYPES, made, records, zones, values, windows, MONTH, as_of, covered, calendars, earlier, audited, decisions)


def _past(rng: Random, zones: dict[str, str], records: dict[str, list[Row]], policies: int) -> tuple[Any, Any, Any]:
    """Violations of earlier runs, what these judged, and what was decided of these violations and of some of this run."""
    earlier = []
    for number in range(rng.randint(0, 6)):
        site, policy = rng.choice(list(zones)), f"w.p{rng.randint(0, policies)}"
        subject, ordinal = rng.choice((f"t{number}", "u0")), rng.choice(("1", f"2026-0{rng.randint(1, 9)}"))
        day, time = rng.choice((MONTH[0] - 30, MONTH[0] - 1, rng.randint(MONTH[0] - 400, MONTH[0] + 3))), rng.choice((0, 9 * HOUR, 22 * HOUR))
        earlier.append({"policy": policy, "site": site, "subject": subject, "ordinal": ordinal, "accountable": _maybe(rng, f"e{rng.randint(0, 2)}"), "team_id": rng.choice(("T1", "T2")),
                        "moment": to_utc(zones[site], day * DAY + time), "fingerprint": _mark(policy, site, subject, ordinal), "level": "minor"})  # fmt: skip
    once = {one["fingerprint"]: one for one in earlier}
    audited = [(site, f"w.p{number}", to_utc(zone, (MONTH[0] - rng.choice((31, 400, 400, 400))) * DAY), to_utc(zone, (MONTH[0] - rng.choice((0, 0, 0, 5))) * DAY))
               for site, zone in zones.items() for number in range(policies) if rng.random() < 0.95]  # fmt: skip
    marks = [*once, *(_mark(f"w.p{number}", row["#site"], row["ticket_id"], "1") for number in range(policies) for row in records["ticket"])]
    decisions = [(mark[:12], rng.choice(("confirmed", "confirmed", "confirmed", "dismissed")), rng.choice((None, _instant(rng, "Asia/Shanghai"))))
                 for mark in marks for _ in range(rng.choice((0, 1, 1, 2)))]  # fmt: skip
    return tuple(once.values()), tuple(audited), tuple(decisions)


def _mark(*words: str) -> str:
    return sha256("\x1f".join(words).encode()).hexdigest()


def _calendar(rng: Random, site: str) -> Calendar | None:
    """Sometimes a site's own calendar: days closed, and days worked instead."""
    if rng.random() < 0.7:
        return None
    why = {"reason": {"zh": "a", "en": "a"}, "source": {"document": "d", "clause": "1"}}
    first = MONTH[0] + rng.randint(-5, 20)
    day = lambda number: (date(1970, 1, 1) + timedelta(days=number)).isoformat()  # noqa: E731
    closed = {"from": day(first), "until": day(first + rng.randint(0, 3)), **why}
    return Calendar.model_validate({"format": "calendars/1", "calendar": f"own-{site.lower()}", "closed": [closed], "extra": [{"from": day(first + 4), **why}]})


def _coverage(rng: Random) -> tuple[tuple[int | None, int | None], ...]:
    """One stretch, or two with a gap between them."""
    start, end = (to_utc("Asia/Shanghai", day * DAY) for day in (MONTH[0] - rng.choice((0, 40, 400)), MONTH[1] + rng.choice((-6, 0, 30))))
    if rng.random() < 0.3:
        gap = to_utc("Asia/Shanghai", (MONTH[0] + rng.randint(3, 20)) * DAY)
        return (start, gap), (gap + rng.choice((0, DAY, 5 * DAY)), end)
    return ((start, end),)


def _settings(rng: Random, policy: dict[str, Any], alike: dict[str, Any]) -> dict[str, Any]:
    """A profile's own values for some of a policy's parameters, dated or not."""
    found: dict[str, Any] = {}
    for name, spec in policy.get("parameters", {}).items():
        if spec.get("value") == "set by site" or rng.random() < 0.2:
            found[name] = alike[name] if rng.random() < 0.6 else _dated(alike[name], rng)
    return found


def _dated(value: Any, rng: Random) -> tuple[Any, ...]:
    from checker.policy.records import DatedValue

    later = rng.choice(("2026-10-15", "2026-10-25"))
    bigger = value + 1 if isinstance(value, int) else value
    return tuple(DatedValue.model_validate(one) for one in ({"value": value}, {"from": later, "value": bigger}))


# --- rows ------------------------------------------------------------------------------------------------------------


def _instant(rng: Random, zone: str) -> int:
    """A boundary of the month, of a day, of the clock change, or an ordinary minute."""
    day = rng.choice((MONTH[0], MONTH[1], SWITCHES[zone], rng.randint(MONTH[0] - 5, MONTH[1] + 4), rng.randint(MONTH[0], MONTH[1])))
    time = rng.choice((0, DAY - 1, 2 * HOUR + 30 * MINUTE, 9 * HOUR, 9 * HOUR, 20 * HOUR, 20 * HOUR + 30 * MINUTE, 22 * HOUR))
    return to_utc(zone, day * DAY + time + rng.choice((0, 0, 0, 1, MINUTE)))


def _after(rng: Random, start: int | None, zone: str) -> int | None:
    """Often exactly on a limit after a start."""
    if start is None or rng.random() < 0.2:
        return _instant(rng, zone) if rng.random() < 0.7 else None
    return start + rng.choice((0, 5 * MINUTE, 5 * MINUTE + 1, 5 * MINUTE - 1, HOUR, DAY, DAY - 1, 2 * DAY, 13 * HOUR, -MINUTE, 30 * DAY))


def _maybe(rng: Random, value: Any, share: float = 0.12) -> Any:
    return None if rng.random() < share else value


def _rows(rng: Random, zone: str) -> dict[str, list[Row]]:
    tickets = [_ticket(rng, number, zone) for number in range(rng.randint(0, 7))]
    ids = [one["ticket_id"] for one in tickets] or ["t0"]
    starts = [one["received_at"] for one in tickets if one["received_at"] is not None] + [one["completed_at"] for one in tickets if one["completed_at"] is not None]
    near = lambda: _after(rng, rng.choice(starts) if starts else None, zone)  # noqa: E731
    return {
        "staff": [_spell(rng, {"staff_id": f"e{n % 3}", "team_id": _maybe(rng, f"T{rng.randint(1, 2)}"), "superior_id": _maybe(rng, "e2")}, "hire_date", "leave_date")
                  for n in range(rng.randint(0, 4))],
        "ticket": tickets,
        "event": [{"ticket_id": rng.choice(ids), "seq": n, "kind": _maybe(rng, rng.choice(("done", "done", "sent", "again", "shut")), 0.05), "at": _maybe(rng, near(), 0.03)}
                  for n in range(rng.randint(0, 12))],
        "answer": [{"answer_id": f"a{n}", "ticket_ids": _maybe(rng, sorted({rng.choice(ids) for _ in range(rng.randint(0, 2))}) or None), "at": near(),
                    "result": _maybe(rng, rng.choice(("reached", "missed"))), "minutes": _maybe(rng, rng.randint(0, 3), 0.1)} for n in range(rng.randint(0, 6))],
        "pause": [_pause(rng, n, rng.choice(ids), near(), zone) for n in range(rng.randint(0, 5))],
        "tenant": [_spell(rng, {"tenant_id": f"k{n}", "unit_id": f"u{rng.randint(0, 2)}", "keeper_id": _maybe(rng, f"e{rng.randint(0, 2)}"),
                                "grade": _maybe(rng, rng.randint(1, 2)), "often": rng.choice((None, "2/m", "1/w", "1次/周", "每月1次", "soon", "1/q")),
                                "away": rng.choice((None, [], ["2026-10-05..2026-10-09"], ["2026-10-20", "2026-10-19..2026-10-22"]))}, "since", "until") for n in range(rng.randint(0, 4))],
        "visit": [{"visit_id": f"v{n}", "unit_id": _maybe(rng, f"u{rng.randint(0, 2)}", 0.05), "at": _maybe(rng, _instant(rng, zone), 0.05),
                   "points": rng.choice((None, [], ["p0"], ["p0", "p1"], ["p1", "p2"])), "outcome": _maybe(rng, rng.choice(("done", "done", "refused"))), "of_month": rng.choice(("2026-09", "2026-10", None)),
                   "of_day": _maybe(rng, MONTH[0] + rng.randint(-8, 25))}
                  for n in range(rng.randint(0, 8))],
        "shift": [_shift(rng, n, zone) for n in range(rng.randint(0, 9))],
        "point": [{"point_id": f"p{n}", "unit_id": f"u{rng.randint(0, 1)}", "kind": _maybe(rng, rng.choice(("area", "area", "fire")), 0.05)} for n in range(rng.randint(0, 4))],
    }  # fmt: skip


def _ticket(rng: Random, number: int, zone: str) -> Row:
    received = _maybe(rng, _instant(rng, zone), 0.08)
    completed = _maybe(rng, _after(rng, received, zone), 0.3)
    return {
        "ticket_id": f"t{number}", "category": _maybe(rng, rng.choice(("repair", "repair", "other", "special"))),
        "status": _maybe(rng, rng.choice(("open", "closed", "closed", "duplicate", "cancelled")), 0.06),
        "n": _maybe(rng, rng.randint(0, 3), 0.4), "seconds": _maybe(rng, rng.choice((0, 5, 6, 9, 10, 11, 15)) * 1_000_000, 0.3), "spot": _maybe(rng, rng.random() < 0.3),
        "staff_id": _maybe(rng, f"e{rng.randint(0, 3)}"), "received_at": received, "seen_at": _maybe(rng, _after(rng, received, zone)),
        "dispatched_at": _maybe(rng, _after(rng, received, zone), 0.25), "completed_at": completed, "closed_at": _maybe(rng, _after(rng, received, zone), 0.3),
        "by_at": _maybe(rng, _after(rng, received, zone), 0.5),
    }  # fmt: skip


def _pause(rng: Random, number: int, ticket: str, start: int | None, zone: str) -> Row:
    return {"pause_id": f"h{number}", "ticket_id": ticket, "from_at": _maybe(rng, start, 0.05), "to_at": _maybe(rng, _after(rng, start, zone)),
            "why": _maybe(rng, rng.choice(("parts", "owner")), 0.05)}  # fmt: skip


def _shift(rng: Random, number: int, zone: str) -> Row:
    """Often a whole window, or one that leaves a gap on the tolerance."""
    day = rng.randint(MONTH[0] - 2, MONTH[1])
    start = to_utc(zone, day * DAY + rng.choice((0, 8 * HOUR, 8 * HOUR + 5 * MINUTE, 12 * HOUR, 20 * HOUR, 22 * HOUR)) + rng.choice((0, 0, 1, -MINUTE)))
    length = rng.choice((HOUR, 4 * HOUR, 12 * HOUR, 12 * HOUR - 5 * MINUTE, 12 * HOUR - 5 * MINUTE - 1, DAY, 3 * DAY, 20 * DAY, 40 * DAY, -HOUR))
    return {"shift_id": f"d{number}", "unit_id": _maybe(rng, f"u{rng.randint(0, 1)}", 0.05), "staff_id": _maybe(rng, f"e{rng.randint(0, 2)}", 0.08),
            "from_at": _maybe(rng, start, 0.04), "to_at": _maybe(rng, start + length, 0.08), "post": _maybe(rng, rng.choice(("desk", "desk", "gate")), 0.06)}  # fmt: skip


def _spell(rng: Random, row: Row, start: str, end: str) -> Row:
    first = rng.choice((MONTH[0] - 500, MONTH[0], MONTH[0] - 1, MONTH[0] + rng.randint(-40, 25)))
    return {**row, start: first, end: _maybe(rng, rng.choice((MONTH[1] - 1, MONTH[1], first + rng.randint(0, 60))), 0.5)}


def _disputed(rng: Random, kind: RecordType, rows: list[Row]) -> list[Row]:
    """Sometimes a second version of a row; versions of one key are marked, exact copies are taken out."""
    if rows and rng.random() < 0.2:
        source = rng.choice(rows)
        other = rng.choice([name for name in kind.stored if name not in kind.key])
        rows = [*rows, {**source, other: rng.choice(rows)[other]}]
    kept = [row for number, row in enumerate(rows) if row not in rows[:number]]
    keys = [(row["#site"], *(row[key] for key in kind.key)) for row in kept]
    return [{**row, "#row": number, "#disputed": keys.count(key) > 1} for number, (row, key) in enumerate(zip(kept, keys, strict=True))]


# --- policies --------------------------------------------------------------------------------------------------------


def _policy(rng: Random, number: int) -> dict[str, Any]:
    kind, made = rng.choice((("requirement", _requirement), ("deadline", _deadline), ("deadline", _deadline), ("frequency", _frequency), ("rate", _rate),
                             ("sequence", _sequence), ("presence", _presence)))
    policy = {"id": f"w.p{number}", "standard": "w.p", "title": {"zh": "a", "en": "a"}, "source": [{"document": "d", "clause": "1"}],
              "severity": {"level": "minor", "reason": {"zh": "a", "en": "a"}}, "kind": kind, "parameters": {}}  # fmt: skip
    policy |= made(rng, policy["parameters"])
    if rng.random() < 0.2:
        policy["effective"] = {"from": rng.choice(("2026-10-01", "2026-10-12")), **({"until": "2026-10-26"} if rng.random() < 0.5 else {})}
    if not policy["parameters"]:
        del policy["parameters"]
    return policy


def _named(rng: Random, parameters: dict[str, Any], name: str, unit: str, value: Any) -> Any:
    """A value, or a parameter that holds it: plain, dated, or set by site."""
    if rng.random() < 0.5:
        return value
    spec: dict[str, Any] = {"unit": unit, "#like": value}
    spec |= rng.choice(({"value": value}, {"value": "set by site"}, {"values": [{"value": value}]}))
    parameters[name] = spec
    return f"${name}"


def _length(rng: Random) -> str:
    return rng.choice(("5 minutes", "1 hours", "1 calendar days", "2 calendar days", "1 months", "1 working days", "3 working days"))


def _condition(rng: Random, parameters: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """A condition on a ticket."""
    atoms: list[Any] = [
        lambda: {"category": rng.choice(("repair", "other"))}, lambda: {"category": {rng.choice(("one_of", "none_of")): ["repair", "special"]}},
        lambda: {"n": {rng.choice(("at_least", "at_most", "more_than", "less_than")): _named(rng, parameters, f"n{depth}", "things", rng.randint(0, 3))}},
        lambda: {"score": {"at_most": 2}}, lambda: {"spot": rng.random() < 0.5}, lambda: {"status": {"present": rng.random() < 0.5}},
        lambda: {"dispatched_at": {rng.choice(("no_later_than", "no_earlier_than")): {"field": "received_at", "plus": _length(rng)}}},
        lambda: {"seen_at": {rng.choice(("no_later_than", "no_earlier_than")): {"field": "completed_at", "minus": _length(rng)}}}, lambda: {"seen_at": {"no_earlier_than": "2026-10-12"}},
        lambda: {"completed_at": {rng.choice(("same_as", "different_from")): "dispatched_at"}}, lambda: {"staff.team_id": "T1"},
        lambda: {"staff_id": {"same_as": "staff.superior_id"}}, lambda: {"seconds": {"at_most": "10 seconds"}}, lambda: {rng.choice(("received_at", "completed_at", "seen_at")): {"during": "hours"}},
    ]  # fmt: skip
    if depth < 2 and rng.random() < 0.3:
        inner = [_condition(rng, parameters, depth + 1) for _ in range(2)]
        return rng.choice(({"all_of": inner}, {"any_of": inner}, {"not": inner[0]}))
    if depth < 2 and rng.random() < 0.2:
        related = {"record": "answer", "match": {"ticket_ids": "ticket_id"}, "where": {"result": "reached"}}
        if rng.random() < 0.3:
            related["look_back"] = _length(rng)
        total = {**related, "field": "minutes"}
        if rng.random() < 0.3:
            return {rng.choice(("sum", "mean_of")): total, rng.choice(("at_least", "at_most")): _named(rng, parameters, f"sum{depth}", "minutes spent", rng.randint(1, 3))}
        return rng.choice(({"exists": related}, {"none_exists": related}, {"number_of": related, rng.choice(("at_least", "at_most")): 1}))
    found: dict[str, Any] = {}
    for atom in rng.sample(atoms, rng.choice((1, 1, 2))):
        found |= atom()
    return found


def _requirement(rng: Random, parameters: dict[str, Any]) -> dict[str, Any]:
    if rng.random() < 0.1:
        event = {"record": "event", "match": {"ticket_id": "ticket_ids"}, "where": {"kind": "done"}}
        return {"for_each": "answer", "each_of": "ticket_ids", "require": {rng.choice(("exists", "none_exists")): event}}
    made: dict[str, Any] = {"for_each": "ticket", rng.choice(("require", "require", "forbidden")): _condition(rng, parameters)}
    if rng.random() < 0.5:
        made["where"] = _condition(rng, parameters, 1)
    if rng.random() < 0.4:
        made["excused_when"] = _condition(rng, parameters, 1)
    if rng.random() < 0.2:
        made["judged_at"] = rng.choice(("closed_at", "completed_at"))
    if rng.random() < 0.15:
        made["subject"] = ["staff_id"]
    if rng.random() < 0.35:
        made.pop("judged_at", None)
        made |= {"starts": rng.choice(("received_at", "received_at", "completed_at")), "within": _named(rng, parameters, "ripe", "duration", rng.choice(RIPE))}
        if rng.random() < 0.3:
            made["counted_in"] = "hours"
    return made | _answers(rng)


def _sequence(rng: Random, parameters: dict[str, Any]) -> dict[str, Any]:
    order = rng.choice((["sent", "done", "shut"], ["sent", ["done", "again"], "shut"], ["done", "sent"], ["sent", "done"]))
    listed = [step for entry in order for step in ((entry,) if isinstance(entry, str) else entry)]
    steps: dict[str, Any] = {"record": "event", "match": {"ticket_id": "ticket_id"}, "name": "kind", "time": "at"}
    if rng.random() < 0.6:
        steps["ties"] = "seq"
    if rng.random() < 0.15:
        steps["where"] = {"seq": {"at_least": 1}}
    made: dict[str, Any] = {"for_each": "ticket", "steps": steps, "order": order}
    if rng.random() < 0.7:
        made["required"] = rng.sample(listed, rng.randint(1, len(listed)))
    if "again" not in listed and rng.random() < 0.7:
        made["restarts"] = {"again": [rng.choice(listed)]}
    for key in ("where", "excused_when"):
        if rng.random() < 0.3:
            made[key] = _condition(rng, parameters, 1)
    if rng.random() < 0.2:
        made["subject"] = ["staff_id"]
    return made | _answers(rng)


def _presence(rng: Random, parameters: dict[str, Any]) -> dict[str, Any]:
    roster = rng.random() < 0.5
    made: dict[str, Any] = {
        "for_each": "tenant" if roster else "point", "during": rng.choice(("hours", "hours", "always")), "staffed_by": _staffed(rng),
        "at_least": _named(rng, parameters, "least", "people", rng.choice((1, 1, 2))),
    }  # fmt: skip
    if rng.random() < 0.7:
        made["tolerance"] = _named(rng, parameters, "gap", "duration", rng.choice(("5 minutes", "12 hours", "240 hours")))
    if roster and rng.random() < 0.4:
        made["subject"] = ["unit_id"]
    if roster and rng.random() < 0.3:
        made["where"] = {"grade": {"at_least": 2}}
    if rng.random() < 0.3:
        made["excused_when"] = {"exists": {"record": "visit", "match": {"unit_id": "unit_id"}, "where": {"outcome": "refused"}}}
    if roster and rng.random() < 0.3:
        made["accountable"] = {"first_present": ["keeper_id", "keeper.superior_id"]}
    return made


def _staffed(rng: Random) -> dict[str, Any]:
    """Who is there: people on shifts, people of the roster, or what holds from one date to another."""
    where = lambda condition: {"where": condition} if rng.random() < 0.4 else {}  # noqa: E731
    return rng.choice((
        {"record": "shift", "match": {"unit_id": "unit_id"}, "from": "from_at", "to": "to_at", **where({"post": "desk"})},
        {"record": "staff", "match": {}, "from": "hire_date", "to": "leave_date", **where({"team_id": "T1"})},
        {"record": "tenant", "match": {"unit_id": "unit_id"}, "from": "since", "to": "until", **where({"grade": {"at_least": 2}})},
    ))  # fmt: skip


def _ladder(rng: Random) -> dict[str, Any]:
    """Over the findings of the others."""
    parameters: dict[str, Any] = {}
    follows = {"expects": {"record": "shift", "match": {"staff_id": "accountable"}, "where": {"post": "desk"}}, "due": rng.choice(("48 hours", "5 calendar days", "3 working days", "1 months"))}
    steps: list[dict[str, Any]] = [{"count": count, "propose": f"step-{count}"} for count in rng.choice(([1, 2, 3], [2], [1, 3], [2, 4]))]
    steps[0]["count"] = _named(rng, parameters, "first", "findings", steps[0]["count"])
    if rng.random() < 0.5:
        steps[-1] |= follows
    findings: dict[str, Any] = {"policies": ["w.p*"]}
    if rng.random() < 0.6:
        findings["decision"] = "confirmed"
    made = {"of": {"findings": findings}, "per": rng.choice(("accountable", "accountable", "subject", "site_id", "team_id")), "steps": steps,
            "look_back": _named(rng, parameters, "back", "duration", rng.choice(("12 months", "1 months", "30 calendar days", "720 hours")))}  # fmt: skip
    policy = {"id": "w.ladder", "standard": "w.p", "title": {"zh": "a", "en": "a"}, "source": [{"document": "d", "clause": "1"}],
              "severity": {"level": "minor", "reason": {"zh": "a", "en": "a"}}, "kind": "ladder", **made}  # fmt: skip
    return policy | ({"parameters": parameters} if parameters else {})


RIPE = ("1 hours", "24 hours", "same day", "3 calendar days", "1 working days", "3 working days", "1 months")


def _answers(rng: Random) -> dict[str, Any]:
    return {"accountable": {"first_present": ["staff_id", "staff.superior_id"]}} if rng.random() < 0.5 else {}


def _deadline(rng: Random, parameters: dict[str, Any]) -> dict[str, Any]:
    events = rng.random() < 0.35
    if rng.random() < 0.1:
        return _each_member(rng, parameters)
    limit = rng.choice(("5 minutes", "1 hours", "24 hours", "same day", "1 calendar days", "3 calendar days", "1 working days", "3 working days", "1 months"))
    made: dict[str, Any] = {"for_each": "event" if events else "ticket", "starts": "at" if events else rng.choice(("received_at", "received_at", "seen_at"))}
    made["within"] = _named(rng, parameters, "limit", "duration", limit)
    calls = {"record": "answer", "match": {"ticket_ids": "ticket_id"}, "where": {"result": "reached"}}
    tries = {"record": "answer", "match": {"ticket_ids": "ticket_id"}, "where": {"result": "missed"}, "nth": 2}
    if events:
        sent = {"record": "event", "match": {"ticket_id": "ticket_id"}, "where": {"kind": "sent"}}
        made |= {"where": {"kind": "done"}, "ends": rng.choice((calls, {"first_of": [calls, tries]}, sent))}
        if rng.random() < 0.6:
            made["subject"] = ["ticket_id"]
    else:
        made["ends"] = rng.choice(("dispatched_at", "completed_at", "seen_at", calls, {"first_of": ["dispatched_at", calls]}, {"latest_of": ["dispatched_at", "completed_at"]}))
        made |= _answers(rng)
        if rng.random() < 0.4:
            made["where"] = _condition(rng, parameters, 1)
        if rng.random() < 0.4:
            made["excused_when"] = _condition(rng, parameters, 1)
        if rng.random() < 0.15:
            made["ends_by"] = "by_at"
        if rng.random() < 0.2:
            made["early"] = "counts"
    if "day" in limit and rng.random() < 0.5:
        made["cutoff"] = {"after": _named(rng, parameters, "cut", "time", "20:30"), "then": rng.choice(("next day", "next day", "1 working days"))}
    if rng.random() < 0.3:
        made["paused_by"] = {"record": "pause", "match": {"ticket_id": "ticket_id"}, "where": {"why": "parts"}, "from": "from_at", "to": "to_at"}
    if limit in ("5 minutes", "1 hours", "24 hours") and rng.random() < 0.4:
        made["counted_in"] = "hours"
    return made


def _each_member(rng: Random, parameters: dict[str, Any]) -> dict[str, Any]:
    """An answer speaks of several tickets: something follows for each of them."""
    event = {"record": "event", "match": {"ticket_id": "ticket_ids"}, "where": {"kind": "done"}}
    return {"for_each": "answer", "each_of": "ticket_ids", "starts": "at", "ends": event, "within": rng.choice(("1 hours", "1 calendar days", "1 working days")),
            **({"where": {"result": "reached"}} if rng.random() < 0.5 else {})}  # fmt: skip


def _frequency(rng: Random, parameters: dict[str, Any]) -> dict[str, Any]:
    made = _frequent(rng, parameters)
    shape = rng.random()
    if shape < 0.15:
        made["every"] = "spell"
    elif shape < 0.25:
        made["every"] = {"field": "often"}
        parameters.pop("least", None)
        made.pop("at_least")
    elif shape < 0.4:
        _reported(rng, made)
    elif shape < 0.6:
        made = {key: made[key] for key in ("for_each", "subject", "expects", "where", "accountable") if key in made}
        parameters.clear()
        made["never_without_for"] = _named(rng, parameters, "gap", "duration", rng.choice(("7 calendar days", "100 hours", "3 working days", "1 months")))
    if rng.random() < 0.2:
        made["active"] = {"from": "since", "to": "until", **({"except": "away"} if rng.random() < 0.7 else {})}
    if "distinct" not in made["expects"] and "counted_if_apart" not in made and "covers" not in made and rng.random() < 0.2:
        made["expects"]["distinct"] = rng.choice(("day", "outcome"))
    return made


def _reported(rng: Random, made: dict[str, Any]) -> None:
    """Reports of a period, due some time after its end."""
    for key in ("counted_if_apart", "covers"):
        made.pop(key, None)
    made["every"], made["expects"]["for_period"] = rng.choice((("month", "of_month"), ("month", "of_day"), ("week", "of_day"), ("day", "of_day")))
    if rng.random() < 0.7:
        made["due"] = rng.choice(("5 calendar days", "2 working days", "12 hours"))
    if rng.random() < 0.4:
        made["on_days"] = "working days"


def _frequent(rng: Random, parameters: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "for_each": "tenant", "subject": ["unit_id"] if rng.random() < 0.7 else ["tenant_id", "unit_id"], "every": rng.choice(("week", "month", "month", "quarter", "year")),
        "expects": {"record": "visit", "match": {"unit_id": "unit_id"}, "time": "at", **({"where": {"outcome": "done"}} if rng.random() < 0.8 else {})},
        "at_least": _named(rng, parameters, "least", "times", rng.randint(1, 2)),
    }  # fmt: skip
    if rng.random() < 0.3:
        made["accountable"] = {"first_present": ["keeper_id", "keeper.superior_id"]}
    if rng.random() < 0.3:
        made["where"] = {"grade": rng.choice((1, {"at_least": 2}))}
    if rng.random() < 0.4:
        whole = {"active_at_least": _named(rng, parameters, "whole", "duration", rng.choice(("1 months", "20 calendar days", "480 hours"))), "due": "all"}
        made["part_period"] = [whole, {"active_at_least": "5 calendar days", "due": "half"}, {"otherwise": True, "due": "none"}]
    shape = rng.random()
    if shape < 0.3:
        made["counted_if_apart"] = _named(rng, parameters, "apart", "duration", rng.choice(("7 calendar days", "1 calendar days")))
    elif shape < 0.55:
        made["covers"] = {"field": "points", "all_of": {"record": "point", "match": {"unit_id": "unit_id"}, "where": {"kind": "area"}, "field": "point_id"}}
        if rng.random() < 0.5:
            made["covers"]["share"] = _named(rng, parameters, "ratio", "share", rng.choice(("100 %", "50 %")))
    if rng.random() < 0.4:
        refused = {"record": "visit", "match": {"unit_id": "unit_id"}, "where": {"outcome": "refused"}}
        made["excused_when"] = {"number_of": {**refused, "distinct": "day"}, "at_least": 1} if rng.random() < 0.5 else {"exists": refused}
    return made


def _rate(rng: Random, parameters: dict[str, Any]) -> dict[str, Any]:
    calls = {"exists": {"record": "answer", "match": {"ticket_ids": "ticket_id"}, "where": {"result": "reached"}, "time": "at"}}
    made: dict[str, Any] = {
        "share_of": {"record": "ticket", "time": rng.choice(("completed_at", "received_at"))}, "that": rng.choice((calls, {"spot": True}, {"n": {"at_most": 2}})),
        rng.choice(("at_least", "at_least", "at_most")): _named(rng, parameters, "target", "share", rng.choice(("10 %", "50 %", "100 %"))),
        "per": rng.choice(("month", "week", "quarter")), "group_by": rng.choice((["site_id"], ["site_id"], ["staff.team_id"], ["category"])),
    }  # fmt: skip
    if rng.random() < 0.5:
        made["share_of"]["where"] = _condition(rng, parameters, 2)
    if rng.random() < 0.3:
        made["excused_when"] = _condition(rng, parameters, 2)
    if rng.random() < 0.3:
        made["min_sample"] = 2
    if rng.random() < 0.3:
        made["counted_until"] = rng.choice(("3 calendar days", "2 working days", "12 hours", "1 months"))
    if rng.random() < 0.25:
        least, target = ("at_least", "at_most")["at_most" in made], rng.randint(1, 2)
        parameters.pop("target", None)
        made["that"], made[least] = rng.choice((({"mean_of": "n"}, target), ({"mean_of": "seconds"}, "9 seconds"), ({"sum_of": "n", "over": "score"}, "50 %")))
    if rng.random() < 0.2:
        made["share_of"]["distinct"] = ["staff_id"]
    own = Random(repr(made))
    if own.random() < 0.2 and "exists" not in str(made["that"]) and not {"mean_of", "sum_of"} & set(made["that"]):
        ended = {"exists": {"record": "pause", "match": {"ticket_id": "ticket_id"}, "where": {"to_at": {"present": True}}}}
        made["that"] = own.choice(({"closed_at": {"present": True}}, {"closed_at": {"present": False}}, {"closed_at": {"no_later_than": {"field": "received_at", "plus": "30 hours"}}}, ended))
    if made["group_by"] == ["category"] and own.random() < 0.5:
        made |= {"group_by": ["staff_id"], "accountable": "staff_id"}
    return made
