"""Fixtures: records in, every expected finding out. A case fails where one is missing, and where one appears unexpected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from checker.calendars import Span, audit_period, day_start, instant_utc, to_utc
from checker.compile import compile_audit
from checker.compile.sql import name
from checker.earlier import fill_past, past, with_read
from checker.engines.duckdb import Options, record_columns, run_plan
from checker.errors import Where, refuse, say
from checker.finding import VERDICTS
from checker.ingest import connect
from checker.ingest.cells import Moment, parser
from checker.load import Book, load_file
from checker.plan import NONE, Audit, Site
from checker.policy.files import Case, Expected, Fixture, Profile
from checker.policy.kinds import Base
from checker.policy.over import longest_look_back
from checker.policy.records import TIME_UNITS, RecordField, RecordType
from checker.policy.values import DAY, Duration

ONLY = "S1"
ALL_TIME = Span(0, 50_000, "all")
YEAR = 366 * DAY


@dataclass(frozen=True)
class Result:
    """One case: what differed; empty where it passed."""

    file: str
    case: str
    differences: tuple[str, ...]


def run_fixture(path: Path, book: Book) -> Iterator[Result]:
    """The results of every case of a fixture file. Raises CheckerError where the file cannot be used."""
    fixture = load_file(path)
    if not isinstance(fixture, Fixture):
        raise refuse("fixture.format", say("不是用例文件", "this is not a fixture file"),
                     say("第一行写 `format: fixtures/1`", "begin it with `format: fixtures/1`"), Where(str(path)))  # fmt: skip
    policies = _policies(fixture, book, path)
    for case in fixture.cases:
        yield Result(path.as_posix(), case.name, tuple(_differences(fixture, case, policies, book)))


def _policies(fixture: Fixture, book: Book, path: Path) -> tuple[Base, ...]:
    if fixture.policies:
        return fixture.policies
    found = tuple(policy for policy in book.policies if policy.id == fixture.policy)
    if not found:
        raise refuse("policy.unknown", say("没有政策 `{p}`", "there is no policy `{p}`", p=fixture.policy), say("改 `policy:`", "mend `policy:`"), Where(str(path)))
    return found


def _differences(fixture: Fixture, case: Case, policies: tuple[Base, ...], book: Book) -> Iterator[str]:
    found, not_applicable = findings(fixture, case, policies, book)
    left = list(found)
    for expected in case.expect:
        match = next((one for one in left if _same(expected, one, fixture)), None)
        if match is None:
            near = [one for one in left if one["subject"] == expected.subject]
            yield f"expected {_said(expected)}; found {[_shown(one) for one in near] or 'nothing of it'}"
        else:
            left.remove(match)
    for one in left:
        yield f"not expected: {_shown(one)}"
    if case.not_applicable is not None and case.not_applicable != not_applicable:
        yield f"expected {case.not_applicable} not applicable; found {not_applicable}"


def _said(expected: Expected) -> dict[str, Any]:
    return {key: value for key, value in expected.model_dump().items() if value is not None}


def _shown(one: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if value is not None and key != "zone"}


def _same(expected: Expected, one: Mapping[str, Any], fixture: Fixture) -> bool:
    plain = ("policy", "subject", "ordinal", "verdict", "accountable", "site", "field", "disputed", "note")
    if any(getattr(expected, key) is not None and getattr(expected, key) != one[key] for key in plain):
        return False
    for key in ("measured", "limit"):
        wanted = getattr(expected, key)
        if wanted is not None and _number(wanted) != one[key]:
            return False
    for key in ("decided_at", "due_at"):
        wanted = getattr(expected, key)
        if wanted is not None and one[key] not in (_utc(one, wanted), _utc(one, wanted) - 1):
            return False
    return True


def _utc(one: Mapping[str, Any], wanted: Any) -> int:
    return instant_utc(one["zone"], wanted)


def _number(wanted: int | str) -> int:
    return Duration.parse(wanted).amount if isinstance(wanted, str) else wanted


# --- one case in a database ------------------------------------------------------------------------------------------


def findings(fixture: Fixture, case: Case, policies: tuple[Base, ...], book: Book) -> tuple[list[dict[str, Any]], int]:
    """Every finding of a case, passes too, and the number of obligations that were not applicable."""
    types = dict(book.records) | {kind.record: kind for kind in fixture.record_types or ()}
    rows = {record: typed_rows(types[record], listed, case.zone or fixture.zone) for record, listed in _rows(fixture, case).items()}
    policies = with_read(policies, book.policies) if fixture.policy else policies
    audit = _audit(fixture, case, policies, book, types, rows)
    audited, earlier = past(fixture, case, audit.sites, policies)
    audit = replace(audit, audited=audited, earlier=earlier, span=(audit.span[0] - longest_look_back(policies, ()), audit.span[1]))
    columns = 'policy, site, subject, ordinal, v, measured, "limit", due, decided, accountable, disputed, field, note'
    with connect() as db:
        db.execute("SET threads = 1")
        fill(db, types, rows)
        fill_past(db, fixture, case, audit.sites)
        run_plan(db, audit, compile_audit(audit), Options(keep_passes=True))
        found = db.execute(f"SELECT {columns} FROM finding").fetchall()
        none = db.execute(f"SELECT coalesce(sum(n), 0) FROM tally WHERE v = {NONE} AND coalesce(policy = ?, TRUE)", [fixture.policy]).fetchone()
    zones = {site.id: site.zone for site in audit.sites}
    keys = ("policy", "site", "subject", "ordinal", "verdict", "measured", "limit", "due_at", "decided_at", "accountable", "disputed", "field", "note")
    listed = [dict(zip(keys, row, strict=True)) for row in found if fixture.policy in (None, row[0])]
    for one in listed:
        one["verdict"] = VERDICTS[one["verdict"] - 1]
        one["zone"] = zones[one["site"]]
    return listed, int(none[0]) if none else 0


def _rows(fixture: Fixture, case: Case) -> dict[str, Sequence[Mapping[str, Any]]]:
    return {**fixture.records, **case.records}


def _audit(
    fixture: Fixture, case: Case, policies: tuple[Base, ...], book: Book, types: dict[str, RecordType], rows: Mapping[str, list[dict[str, Any]]]
) -> Audit:
    default = case.zone or fixture.zone
    listed = sorted({row["#site"] for rows_ in rows.values() for row in rows_} or {ONLY})
    zones = {row["site_id"]: row.get("timezone") or default for row in rows.get("site", ())} or dict.fromkeys(listed, default)
    period = audit_period(case.period) if case.period else ALL_TIME
    sites = []
    for site, zone in zones.items():
        first, until = day_start(zone, period.first), day_start(zone, period.until)
        as_of = instant_utc(zone, case.as_of) if case.as_of else until
        sites.append(Site(site, zone, _profile(fixture, case, policies, book), first, until, as_of))
    if not case.period:
        # Everything up to as-of: the period ends where the records do.
        sites = [Site(one.id, one.zone, one.profile, one.first, one.as_of, one.as_of) for one in sites]
        period = Span(min(_first_day(rows), (sites[0].as_of - YEAR) // DAY), (sites[0].as_of + DAY - 1) // DAY + 1, "all")
    covered = {record: tuple(instant_utc(default, one) if one else None for one in (said.from_, said.until)) for record, said in _covered(fixture, case).items()}
    moments = _moments(types, rows)
    span = (min([*moments, sites[0].as_of]) - 2 * YEAR, max([*moments, *(site.as_of for site in sites)]) + 3 * YEAR)
    disputed = frozenset(record for record, listed in rows.items() if any(row["#disputed"] for row in listed))
    return Audit(types, policies, tuple(sites), period, span, covered, disputed, frozenset(rows), book.calendars)  # type: ignore[arg-type]


def _covered(fixture: Fixture, case: Case) -> dict[str, Any]:
    return {**fixture.covered, **case.covered}


def _moments(types: Mapping[str, RecordType], rows: Mapping[str, list[dict[str, Any]]]) -> list[int]:
    return [row[field] for record, listed in rows.items() for row in listed for field, spec in types[record].stored.items()
            if spec.type == "instant" and row.get(field) is not None]  # fmt: skip


def _first_day(rows: Mapping[str, list[dict[str, Any]]]) -> int:
    found = [row[key] for listed in rows.values() for row in listed for key in row if key.startswith("move_in") and row[key] is not None]
    return min(found, default=10**6)


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
    return Profile(format="profiles/1", profile="fixture", set=settings, windows=windows, points=named.points if named else {},
                   calendar=case.calendar or fixture.calendar or (named.calendar if named else "national"))  # fmt: skip


def typed_rows(kind: RecordType, rows: Sequence[Mapping[str, Any]], zone: str) -> list[dict[str, Any]]:
    """Rows as people write them, read by the parsers that read cells. Instants are of `zone` unless they carry an offset.
    Exact duplicates are taken out and versions of one key marked, as ingest does."""
    read = [_typed(kind, row, zone, number) for number, row in enumerate(rows, 2)]
    content: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in read:
        content.setdefault(tuple(str(value) for key, value in row.items() if key != "#row"), row)
    kept = list(content.values())
    keys = [(row["#site"], *(row[key] for key in kind.key)) for row in kept]
    for row, key in zip(kept, keys, strict=True):
        row["#disputed"] = keys.count(key) > 1
    return kept


def _typed(kind: RecordType, row: Mapping[str, Any], zone: str, number: int) -> dict[str, Any]:
    for key in row:
        if key not in kind.stored and key != "site_id":
            raise refuse("field.unknown", say("「{r}」没有字段 `{f}`", "`{r}` has no field `{f}`", r=kind.record, f=key), say("改字段名", "mend the name"))
    typed = {field: _cell(spec, row.get(field), zone) for field, spec in kind.stored.items()}
    return {**typed, "#site": str(row.get("site_id") or ONLY), "#row": number, "#disputed": False}


def _cell(spec: RecordField, value: Any, zone: str) -> Any:
    """One cell, with what an empty one means."""
    if value is None or value == "":
        if spec.empty in ("unknown", "not yet"):
            return None
        return spec.empty not in ("no", False) if spec.type == "flag" else spec.empty
    if isinstance(value, list):
        return [str(one) for one in value]
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and spec.type == "duration":
        return value * TIME_UNITS[spec.unit or "seconds"]
    if isinstance(value, str) and spec.type == "duration" and " " in value:
        return Duration.parse(value).amount
    found = parser(spec, "year-month-day", {})(str(value))
    if isinstance(found, Moment):
        return found.micros if found.utc else to_utc(zone, found.micros)
    if found is None:
        raise refuse("cell.form", say("`{v}` 读不懂", "`{v}` cannot be read", v=value), say("按字段类型写", "write it as its field demands"))
    return found


def fill(db: Any, types: Mapping[str, RecordType], rows: Mapping[str, list[dict[str, Any]]]) -> None:
    """Create the table of each record type and put its rows in."""
    for record, listed in rows.items():
        kind = types[record]
        db.execute(f"CREATE TABLE {name(record)} ({record_columns(kind)})")
        for row in listed:
            values = [*(row[field] for field in kind.stored), row["#site"], 0, row["#row"], row["#disputed"]]
            db.execute(f"INSERT INTO {name(record)} VALUES ({', '.join('?' * len(values))})", values)


__all__ = ["Result", "findings", "run_fixture", "typed_rows"]
