"""One line of JSON -> a typed record, cast as every other input is, or the sentence that says why not."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from checker.calendars import UTC_EPOCH, offset_at, to_utc, zone
from checker.errors import CheckerError, Text, nearest, say
from checker.finding import subject_of
from checker.ingest.cast import INSTANT, PLAIN
from checker.ingest.cells import Moment, header, parser
from checker.ingest.readers import plain
from checker.ingest.stage import why
from checker.policy.records import RecordField, RecordType
from checker.quick import quick

LONGEST = 1_000_000
"""Characters of one event."""
KNOWN = 4096
"""Values of a field with few values that are remembered."""
PLAIN_ID = re.compile(rf"(?!\d+(\.\d+)?([eE].*)?$)(?:{PLAIN})|\d+")
PLAIN_TEXT = re.compile(PLAIN)
"""Ids and texts that are read as they stand; the same as where tables are read."""
CANONICAL = re.compile(rf"{INSTANT}(Z|[+-]\d\d:\d\d)?")
QUARTER = 900_000_000
MICRO = timedelta(microseconds=1)


@quick
@dataclass(frozen=True, slots=True)
class Event:
    """A record, or a change of one. `row`: the fields that it names, typed, `RecordField.blank` where it says that a field is empty;
    `own`: the record's own time; `time`: the latest instant that it speaks of, appointments aside (UTC microseconds); `raw`: its
    JSON on one line."""

    record: str
    row: Mapping[str, Any]
    own: int | None
    time: int | None
    raw: str

    def subject(self, types: Mapping[str, RecordType]) -> str:
        """The key as text."""
        return subject_of([self.row[one] for one in types[self.record].key])

    @property
    def zone(self) -> tuple[str, str] | None:
        """(site, its zone), where a record of a site says it."""
        named = self.row.get("timezone") if self.record == "site" else None
        return None if named is None else (str(self.row["site_id"]), str(named))


@dataclass(frozen=True, slots=True)
class Bad:
    """What cannot be used, and why."""

    raw: str
    reason: Text


@dataclass
class _Fields:
    """How one record type is read. `known`: key as written -> field, or None for a key that is no field."""

    kind: RecordType
    stored: Mapping[str, RecordField]
    aliases: dict[str, str]
    parsers: dict[str, Callable[[str], Any]]
    timed: frozenset[str]
    """The instants that say how far the record speaks: all but appointments."""
    known: dict[str, str | None] = field(default_factory=dict)
    layouts: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)
    """By the keys of an event: field -> the key under which it stands."""

    def laid_out(self, keys: tuple[str, ...]) -> dict[str, str]:
        """Where the fields stand in events with these keys; of several keys of one field the last counts."""
        if len(self.layouts) >= KNOWN:
            self.layouts.clear()
        found = self.layouts[keys] = {name: key for key in keys if (name := self.named(key)) is not None}
        return found

    def named(self, key: str) -> str | None:
        if key not in self.known:
            self.known[key] = self.aliases.get(header(key))
        return self.known[key]


class Reader:
    """Reads events. `zones` (site -> zone) grows with the site roster's events; other sites are in `zone`."""

    def __init__(self, types: Mapping[str, RecordType], zone: str) -> None:
        self.types, self.zone = types, zone
        self.zones: dict[str, str] = {}
        self.fields = {name: _fields(kind) for name, kind in types.items()}
        self.strange: set[tuple[str, str]] = set()
        """(record type, key) that are no fields, and left out."""

    def read(self, raw: str) -> Event | Bad:
        """The event that a line holds. A site's event says its zone from then on."""
        text = raw.strip().lstrip("\ufeff")
        try:
            said = _parsed(text)
            record = self._record(said)
            event = self._event(record, said, text)
            self._learn(event)
        except _Unusable as error:
            return Bad(text, error.reason)
        return event

    def zone_of(self, site: str | None) -> str:
        return self.zones.get(site or "", self.zone)

    def _record(self, said: Mapping[str, Any]) -> str:
        record = said.get("record")
        if isinstance(record, str) and record in self.fields:
            return sys.intern(record)
        if record is None:
            raise _Unusable(say("没有说是哪种记录;写 `\"record\": \"ticket\"`", "it does not say which record it is; write `\"record\": \"ticket\"`"))
        meant = nearest(str(record), self.types)
        hint = say(";是不是 `{m}`?", "; did you mean `{m}`?", m=meant) if meant else say(";已有 {k}", "; there are {k}", k=", ".join(self.types))
        raise _Unusable(Text(f"没有记录类型 `{record}`" + hint.zh, f"there is no record type `{record}`" + hint.en))

    def _event(self, record: str, said: Mapping[str, Any], text: str) -> Event:
        fields = self.fields[record]
        layout = fields.layouts.get(tuple(said))
        if layout is None:
            layout = fields.laid_out(tuple(said))
            self.strange.update((record, key) for key in said if fields.named(key) is None and key != "record")
        zone_name = self.zone_of((plain(said[layout["site_id"]]) or None) if "site_id" in layout else None)
        row = {name: _value(fields.stored[name], said[key], fields.parsers[name], name, zone_name) for name, key in layout.items()}
        for key in fields.kind.key:
            if row.get(key) is None:
                raise _Unusable(say("主键 `{k}` 为空", "the key `{k}` is empty", k=key))
        times = [value for name, value in row.items() if name in fields.timed and value is not None]
        own = row.get(fields.kind.time) if fields.kind.time in fields.timed else None
        return Event(record, row, own, max(times, default=None), text if "\n" not in text else json.dumps(said, ensure_ascii=False))

    def _learn(self, event: Event) -> None:
        if event.zone is None:
            return
        site, named = event.zone
        try:
            zone(named)
        except CheckerError as error:
            raise _Unusable(error.problems[0].what) from error
        self.zones[site] = named


class _Unusable(Exception):
    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


def _parsed(text: str) -> Mapping[str, Any]:
    if len(text) > LONGEST:
        raise _Unusable(say("一条事件超过 {n} 个字符", "an event is longer than {n} characters", n=LONGEST))
    try:
        said = DECODER.decode(text)
        (json.dumps(said, ensure_ascii=False) if "\\u" in text else text).encode()
    except (ValueError, RecursionError) as error:
        raise _Unusable(say("不是 JSON;每行写一个对象", "it is not JSON; write one object a line")) from error
    if not isinstance(said, dict):
        raise _Unusable(say("不是对象;每行写一个 `{…}`", "it is not an object; write one `{…}` a line"))
    return said


def _no_number(word: str) -> Any:
    raise ValueError(word)


DECODER = json.JSONDecoder(parse_float=str, parse_constant=_no_number)


def _fields(kind: RecordType) -> _Fields:
    """As in a file: the field's name, or a header of the dictionary."""
    aliases: dict[str, str] = {}
    for name, spec in kind.stored.items():
        for alias in spec.columns:
            aliases.setdefault(header(alias), name)
    aliases |= {header(name): name for name in kind.stored}
    if "record" not in kind.stored:
        aliases.pop("record", None)
    stored = kind.stored
    timed = frozenset(name for name, spec in stored.items() if spec.type == "instant" and not spec.planned)
    return _Fields(kind, stored, aliases, {name: _parser(spec) for name, spec in stored.items()}, timed)


def _parser(spec: RecordField) -> Callable[[str], Any]:
    """The parser of tables, after a quick look at what most values are."""
    parse = parser(spec, None, {})
    match spec.type:
        case "enum" | "flag":
            return lru_cache(KNOWN)(parse)
        case "id":
            return lambda cell: cell if PLAIN_ID.fullmatch(cell) else parse(cell)
        case "text":
            return lambda cell: cell if PLAIN_TEXT.fullmatch(cell) else parse(cell)
    return parse


def _value(spec: RecordField, value: Any, parse: Callable[[str], Any], name: str, zone_name: str) -> Any:
    """The typed value; of an empty one what the field says that it means."""
    if type(value) is dict:
        raise _Unusable(say("`{f}` 不能是对象", "`{f}` cannot be an object", f=name))
    cell = (value if type(value) is str else plain(value)).strip()
    if not cell:
        return spec.blank
    if spec.type == "instant":
        return _instant(cell, parse, spec, name, zone_name)
    found = parse(cell)
    if found is None:
        raise _unreadable(spec, name, cell)
    return tuple(found) if isinstance(found, list) else found


def _instant(cell: str, parse: Callable[[str], Any], spec: RecordField, name: str, zone_name: str) -> int:
    try:
        quick = datetime.fromisoformat(cell) if CANONICAL.fullmatch(cell) else None
    except ValueError:
        quick = None
    if quick is not None and quick.tzinfo is not None:
        return (quick - UTC_EPOCH) // MICRO
    found = parse(cell) if quick is None else Moment((quick.replace(tzinfo=UTC_EPOCH.tzinfo) - UTC_EPOCH) // MICRO, False)
    if not isinstance(found, Moment):
        raise _unreadable(spec, name, cell)
    if found.utc:
        return found.micros
    shift = _shift(zone_name, found.micros // QUARTER)
    if shift is None:
        raise _Unusable(say("`{f}` 的 {c}:当地时钟没有这一刻(夏令时)", "{c} (`{f}`): the local clock skipped this time (daylight saving)", f=name, c=cell))
    return found.micros - shift


@lru_cache(maxsize=65_536)
def _shift(zone_name: str, quarter: int) -> int | None:
    """Microseconds east of UTC in a quarter of an hour of local time; None where the clock skips it, the first where it is doubled."""
    local = quarter * QUARTER
    instant = to_utc(zone_name, local)
    shift = offset_at(zone_name, instant)
    return shift if instant + shift == local else None


def _unreadable(spec: RecordField, name: str, cell: str) -> _Unusable:
    reason = why(spec, cell)
    shown = cell if len(cell) <= 60 else cell[:60] + "…"
    return _Unusable(Text(f"`{name}` 的值 `{shown}`:{reason.zh}", f"`{name}` is `{shown}`: {reason.en}"))


__all__ = ["Bad", "Event", "Reader"]
