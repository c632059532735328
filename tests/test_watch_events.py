"""Events are cast as every other input is, and what cannot be used gets its sentence."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from checker.commands import book_of
from checker.ingest import ingest
from checker.policy.files import Mapping as FileMappings
from checker.watch.events import Bad, Event, Reader
from checker.watch.fold import Folded
from checker.watch.folder import rows
from checker.watch.watcher import Line, Submission
from tests.watch_world import MINUTE, NINE, alerts, submission, ticket, watcher

TYPES = book_of(("shipped",)).records


def read(zone: str = "Asia/Shanghai", **event: Any) -> Event | Bad:
    return Reader(TYPES, zone).read(json.dumps(event, ensure_ascii=False))


def row(**event: Any) -> Any:
    found = read(**event)
    assert isinstance(found, Event), found
    return found.row


def reason(text: str) -> str:
    found = Reader(TYPES, "Asia/Shanghai").read(text)
    assert isinstance(found, Bad), found
    return found.reason.en


@pytest.mark.parametrize("written", [
    "2026-10-05 09:00:00", "2026-10-05T09:00:00", "2026-10-05T09:00:00.000000", "2026-10-05T01:00:00Z", "2026-10-05T03:00:00+02:00", "2026/10/5 9:00",
    "2026年10月5日 9时", "20261005090000", "2026-10-05T10:00+09:00",
])  # fmt: skip
def test_an_instant_is_read_with_its_zone_or_in_that_of_the_site(written: str) -> None:
    assert row(record="ticket", ticket_id="T-1", received_at=written)["received_at"] == NINE


def test_the_roster_of_sites_gives_the_zone_from_then_on() -> None:
    reader = Reader(TYPES, "Asia/Shanghai")
    event = '{"record": "ticket", "ticket_id": "T", "site_id": "B", "received_at": "2026-10-05 03:00:00"}'
    before, _, after = (reader.read(one) for one in (event, '{"record": "site", "site_id": "B", "timezone": "Europe/Berlin"}', event))
    assert isinstance(before, Event)
    assert isinstance(after, Event)
    assert (before.time, after.time) == (NINE - 6 * 3_600_000_000, NINE)


def test_a_time_that_the_local_clock_skipped_is_refused() -> None:
    found = read("Europe/Berlin", record="ticket", ticket_id="T", received_at="2026-03-29 02:30:00")
    assert isinstance(found, Bad)
    assert "skipped" in found.reason.en


def test_values_are_those_of_the_record_type() -> None:
    found = row(record="call", call_id=7, direction="呼入", ring_count="3.0", ring_seconds="5分12秒", outcome="已接听", callback_requested="是", answered_at="", line_type=None)
    assert found == {
        "call_id": "7", "direction": "inbound", "ring_count": 3, "ring_seconds": 312_000_000, "outcome": "answered", "callback_requested": True, "answered_at": None, "line_type": "own",
    }  # fmt: skip
    assert row(record="ticket", ticket_id="T", price_quoted=0.1)["price_quoted"] == Decimal("0.1")
    assert row(record="callback", callback_id="c", ticket_ids=["T-1", "T-2"])["ticket_ids"] == ("T-1", "T-2")


def test_headers_of_exports_name_fields_too() -> None:
    assert row(record="ticket", 工单号="T-1", 受理时间="2026-10-05 09:00") == {"ticket_id": "T-1", "received_at": NINE}


def test_an_appointment_does_not_say_how_far_a_record_speaks() -> None:
    found = read(record="ticket", ticket_id="T", received_at="2026-10-05 09:00", appointment_at="2026-10-09 09:00")
    assert isinstance(found, Event)
    assert found.time == NINE


@pytest.mark.parametrize(("text", "said"), [
    ("", "it is not JSON"), ("{", "it is not JSON"), ("[1]", "it is not an object"), ('{"ticket_id": 1}', "does not say which record"),
    ('{"record": "tickt"}', "did you mean `ticket`?"), ('{"record": ["ticket"]}', "no record type"), ('{"record": "ticket"}', "the key `ticket_id` is empty"),
    ('{"record": "ticket", "ticket_id": " "}', "the key `ticket_id` is empty"), ('{"record": "ticket", "ticket_id": "1", "category": "x"}', "not one of the known values"),
    ('{"record": "ticket", "ticket_id": "1", "received_at": "05/06/2026"}', "not a date that can be read"), ('{"record": "ticket", "ticket_id": {"a": 1}}', "cannot be an object"),
    ('{"record": "ticket", "ticket_id": NaN}', "it is not JSON"), ('{"record": "ticket", "ticket_id": "\\ud800"}', "it is not JSON"),
    ('{"record": "ticket", "ticket_id": "' + "x" * 1_000_001 + '"}', "longer than"), ("[" * 100_000, "it is not JSON"),
    ('{"record": "ticket", "ticket_id": "1", "received_at": "9999-12-31 23:59:59"}', "its year is not between 1000 and 8999"),
    ('{"record": "ticket", "ticket_id": "1", "received_at": "0001-01-01T00:00:00Z"}', "its year is not between 1000 and 8999"),
    ('{"record": "site", "site_id": "B", "timezone": "Mars/Base"}', "there is no time zone `Mars/Base`"),
])  # fmt: skip
def test_what_cannot_be_used_gets_a_sentence(text: str, said: str) -> None:
    assert said in reason(text)


def test_an_event_over_several_lines_is_kept_on_one() -> None:
    found = Reader(TYPES, "Asia/Shanghai").read('{\n"record": "ticket",\n"ticket_id": "T"}')
    assert isinstance(found, Event)
    assert "\n" not in found.raw
    assert json.loads(found.raw) == {"record": "ticket", "ticket_id": "T"}


def test_the_sample_site_is_read_as_its_tables_are(tmp_path: Path) -> None:
    """Rows of files, written as events and read again, are the rows that an audit judges."""
    from checker.commands import mapping_of

    site = Path(__file__).parent.parent / "fixtures" / "sites" / "residential"
    book = book_of(("shipped",))
    mappings = [mapping_of(path, book) for path in site.glob("*.yaml") if "mappings/1" in path.read_text(encoding="utf-8")]
    found = ingest([site], book.records, mappings)
    events = [raw for _, raw in rows(found, {file.path: file.path for file in found.files}, book.records)]
    reader, folded = Reader(book.records, "Asia/Shanghai"), Folded(book.records)
    for raw in events:
        event = reader.read(raw)
        assert isinstance(event, Event), event
        folded.put(event)
    paths = folded.write(tmp_path)
    again = ingest(paths, book.records, [folded.mapping()])
    assert {file.record: file.rejected for file in again.files if file.rejected} == {}
    assert again.tables == found.tables
    for record in sorted(found.tables):
        key = ", ".join(f'"{one}"' for one in book.records[record].key)
        columns = ", ".join(f'"{one}"' for one in ("#site", *book.records[record].stored))
        disputed = set(found.connection.execute(f'SELECT {key} FROM "{record}" WHERE "#disputed"').fetchall())
        one, two = (
            [row[1:] for row in db.execute(f'SELECT ({key}) AS key, {columns} FROM "{record}" ORDER BY ALL').fetchall() if _tuple(row[0]) not in disputed]
            for db in (found.connection, again.connection)
        )
        assert len(one) > 0
        assert two == one, record


def _tuple(key: Any) -> tuple[Any, ...]:
    return tuple(key.values()) if isinstance(key, dict) else tuple(key) if isinstance(key, (tuple, list)) else (key,)


# --- clock, lateness, order ------------------------------------------------------------------------------------------


def said(folder: Path) -> list[tuple[str, str]]:
    return [(one["alert"], one["subject"]) for one in alerts(folder)]


def test_an_answer_that_comes_out_of_order_is_taken_at_its_own_time(tmp_path: Path) -> None:
    made, _ = watcher(tmp_path)
    made.take([submission(ticket("T-1", "09:00:00"), ticket("T-2", "09:06:00"), ticket("T-1", dispatched_at="2026-10-05 09:03:00"))])
    assert said(tmp_path) == [("lapsed", "T-1"), ("met", "T-1")]
    assert made.counts == {"events": 3}


def test_an_event_that_is_later_than_allowed_is_kept_and_reported(tmp_path: Path) -> None:
    made, _ = watcher(tmp_path)
    made.take([submission(ticket("T-1", "09:20:00"), ticket("T-2", "09:10:00"), ticket("T-3", "09:09:59"))])
    assert [one for one in said(tmp_path) if one[0] == "late-event"] == [("late-event", "T-3")]
    late = next(one for one in alerts(tmp_path) if one["alert"] == "late-event")
    assert "2026-10-05 09:09:59" in late["zh"]
    assert "2026-10-05 09:20" in late["en"]
    assert ("lapsed", "T-3") in said(tmp_path)


def test_a_wall_clock_lapses_what_nobody_speaks_of(tmp_path: Path) -> None:
    made, _ = watcher(tmp_path, "wall")
    made.take([submission(ticket("T-1", "09:00:00"))], NINE)
    made.take([], NINE + 240_000_000)
    made.take([], NINE + 300_000_000)
    assert said(tmp_path) == [("due-soon", "T-1")]
    made.take([], NINE + 300_000_001)
    assert said(tmp_path) == [("due-soon", "T-1"), ("lapsed", "T-1")]


def test_a_wall_clock_that_goes_back_stands_still(tmp_path: Path) -> None:
    made, _ = watcher(tmp_path, "wall")
    made.take([], NINE + 10)
    made.take([], NINE)
    assert made.clock == NINE + 10


def test_one_record_alone_does_not_move_the_clock_far_ahead(tmp_path: Path) -> None:
    made, complaints = watcher(tmp_path)
    slip = ticket("T-2", "09:00:00", received_at="2062-10-05 09:00:00")
    made.take([submission(ticket("T-1", "09:00:00"), slip, slip)])
    assert made.clock == NINE
    assert [one.en for one in complaints] == ["ticket T-2 speaks of a time far ahead; the clock does not follow it alone"] * 2
    made.keep(always=True)
    made.state.close()
    again, _ = watcher(tmp_path)
    again.take([submission(ticket("T-3", received_at="2026-11-20 09:00:00"))])
    assert again.clock == NINE
    again.take([submission(ticket("T-4", received_at="2026-11-20 09:01:00"))])
    assert again.clock == NINE + 46 * 86_400_000_000 + 60_000_000


def test_a_row_of_an_export_moves_the_clock_to_its_own_time_alone(tmp_path: Path) -> None:
    """It tells the whole life of a record at once: what it says of later is later."""
    made, _ = watcher(tmp_path)
    rows = [ticket("T-1", "09:00:00", completed_at="2026-10-09 09:00"), ticket("T-2", "09:01:00"), ticket("T-3", completed_at="2026-10-20 09:00")]
    made.take([Submission([Line(raw, "sha256:ab", number) for number, raw in enumerate(rows, 1)], "export")])
    assert made.clock == NINE + MINUTE
    assert made.counts == {"events": 3}


def test_what_mappings_say_that_their_files_cover_holds_for_the_folded_records() -> None:
    def covered(*stretches: tuple[str, str] | None) -> Any:
        files = [{"file": f"{number}.csv", "record": "ticket"} | ({"covered": dict(zip(("from", "until"), one, strict=True))} if one else {}) for number, one in enumerate(stretches)]
        found = Folded(TYPES, {"ticket": {}}).mapping([FileMappings.model_validate({"format": "mappings/1", "files": files})]).files[0].covered
        return found and (str(found.from_), str(found.until))

    september, october, december = ("2026-09-01", "2026-10-01"), ("2026-10-01", "2026-11-01"), ("2026-12-01", "2027-01-01")
    assert covered(october) == october
    assert covered(october, september) == ("2026-09-01", "2026-11-01")
    assert covered(october, december) == december
    assert covered(october, None) is None
    assert Folded(TYPES, {"call": {}}).mapping().files[0].covered is None


def test_a_rejected_event_is_counted_kept_and_said(tmp_path: Path) -> None:
    made, complaints = watcher(tmp_path)
    made.take([submission('{"record": "tickt"}', ticket("T-1", "09:00:00"))])
    assert made.counts == {"rejected": 1, "events": 1}
    kept = json.loads((tmp_path / "rejected.jsonl").read_text(encoding="utf-8"))
    assert kept["event"] == '{"record": "tickt"}'
    assert "did you mean `ticket`?" in kept["en"]
    assert [one.en for one in complaints] == ["test: an event is not used: there is no record type `tickt`; did you mean `ticket`?"]


def test_a_key_that_is_no_field_is_named_once(tmp_path: Path) -> None:
    made, complaints = watcher(tmp_path)
    made.take([submission(ticket("T-1", "09:00:00", colour="red"))])
    made.take([submission(ticket("T-2", "09:00:00", colour="red"))])
    assert [one.en for one in complaints] == ["`ticket` has no field `colour`; it is left out (said once)"]


def test_what_keeps_the_judge_from_judging_is_said_once(tmp_path: Path) -> None:
    made, complaints = watcher(tmp_path)
    made.take([submission(ticket("T-9", "09:00:00"))])
    made.take([submission(ticket("T-8", "09:01:00"))])
    assert [one.en for one in complaints] == ["site `S9` has no profile"]


# --- folding ---------------------------------------------------------------------------------------------------------


def folded(*events: str) -> list[dict[str, Any]]:
    reader, found = Reader(TYPES, "Asia/Shanghai"), Folded(TYPES)
    for one in events:
        event = reader.read(one)
        assert isinstance(event, Event)
        found.put(event)
    return list(found.records["ticket"].values())


def test_a_later_event_changes_the_fields_that_it_names() -> None:
    assert folded('{"record": "ticket", "ticket_id": "T", "content": "a", "result": "b"}', '{"record": "ticket", "ticket_id": "T", "result": null, "channel": "phone"}') == [
        {"ticket_id": "T", "content": "a", "result": None, "channel": "phone"}
    ]


def test_one_id_at_two_sites_is_two_records() -> None:
    said = ('"site_id": "A"', '"site_id": "B"', '"content": "of B"', '"site_id": "A", "content": "of A"')
    found = folded(*(f'{{"record": "ticket", "ticket_id": "T", {one}}}' for one in said))
    assert found == [{"ticket_id": "T", "site_id": "A", "content": "of A"}, {"ticket_id": "T", "site_id": "B", "content": "of B"}]


def test_a_site_that_is_said_later_is_that_of_the_record() -> None:
    assert folded('{"record": "ticket", "ticket_id": "T"}', '{"record": "ticket", "ticket_id": "T", "site_id": "A"}') == [{"ticket_id": "T", "site_id": "A"}]


def test_the_log_is_the_same_however_many_events_come_together(tmp_path: Path) -> None:
    """A site that comes later in the group does not change what is said before it."""
    lines = [ticket("T-1", "09:00:00"), ticket("T-2", "10:00:00"), ticket("T-3", "09:10:00"), '{"record": "site", "site_id": "S1", "timezone": "Europe/Berlin"}', ticket("T-4", "10:30:00")]
    logs = []
    for name, groups in (("one", [[one] for one in lines]), ("all", [lines])):
        made, _ = watcher(tmp_path / name)
        for group in groups:
            made.take([submission(*group)])
        made.state.close()
        logs.append(alerts(tmp_path / name))
    assert logs[0] == logs[1] and any(one["alert"] == "late-event" for one in logs[0])
