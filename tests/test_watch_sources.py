"""Streams, growing files, folders of exports, HTTP: what each hands over."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checker.commands import book_of, mapping_of
from checker.errors import CheckerError
from checker.watch import folder, sources
from checker.watch import http as listening
from checker.watch.folder import DONE, Folder
from checker.watch.http import Listener, address, token_of
from checker.watch.sources import Growing, Source, Stream, identity
from checker.watch.watcher import Inbox, Line
from tests.watch_world import alerts, start, submission, ticket, watcher

BOOK = book_of(("shipped",))
TOKEN = "a-token-of-some-length"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "LOOK", 0.005)
    monkeypatch.setattr(folder, "LOOK", 0.02)


def quiet(_: object) -> None:
    """Nobody listens."""


def handed(source: Source, inbox: Inbox) -> list[Line]:
    """Everything that a source that ends hands over."""
    source.start()
    found: list[Line] = []
    while True:
        for one in inbox.gather(20)[0]:
            found += one.lines
            if one.ends:
                return found


def events(lines: list[Line]) -> list[str]:
    return [line.raw for line in lines if line.raw is not None]


class Follower:
    """A source that runs on, and the lines that it handed over so far."""

    def __init__(self, make: Callable[[Inbox], Source]) -> None:
        self.inbox = Inbox()
        self.source = make(self.inbox)
        self.lines: list[Line] = []
        self.source.start()

    def until(self, number: int) -> list[str]:
        """The events, once there are so many."""
        until = time.monotonic() + 20
        while len(events(self.lines)) < number and time.monotonic() < until:
            for one in self.inbox.gather(0.02)[0]:
                self.lines += one.lines
        return events(self.lines)

    def end(self) -> None:
        self.source.halt.set()
        self.source.join(20)


# --- streams and files -----------------------------------------------------------------------------------------------


def test_a_stream_is_cut_at_ends_of_lines_and_the_last_line_needs_none() -> None:
    inbox = Inbox()
    found = handed(Stream(inbox, "stdin", quiet, io.BytesIO("甲\r\n\n乙\n丙".encode())), inbox)
    assert [one.strip() for one in events(found)] == ["甲", "乙", "丙"]


def test_half_a_line_at_the_end_of_a_file_waits_for_its_rest(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"a": 1}\n{"a')
    follower = Follower(lambda inbox: Growing(inbox, path, quiet, {}))
    assert follower.until(1) == ['{"a": 1}']
    with path.open("ab") as file:
        file.write('": "甲'.encode()[:-1])
    time.sleep(0.05)
    assert follower.until(1) == ['{"a": 1}']
    with path.open("ab") as file:
        file.write("甲".encode()[-1:] + b'"}\n{"b": 2}\n')
    assert follower.until(3) == ['{"a": 1}', '{"a": "甲"}', '{"b": 2}']
    follower.end()


def test_a_file_that_is_moved_away_is_read_to_its_end_and_then_its_successor(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("one\n", encoding="utf-8")
    follower = Follower(lambda inbox: Growing(inbox, path, quiet, {}))
    assert follower.until(1) == ["one"]
    with path.open("a", encoding="utf-8") as file:
        os.rename(path, tmp_path / "events.jsonl.1")
        file.write("two\nhalf")
    path.write_text("three\n", encoding="utf-8")
    assert follower.until(4) == ["one", "two", "half", "three"]
    follower.end()


def test_a_file_that_is_emptied_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("one and more\n", encoding="utf-8")
    follower = Follower(lambda inbox: Growing(inbox, path, quiet, {}))
    follower.until(1)
    os.truncate(path, 0)
    time.sleep(0.1)
    with path.open("a", encoding="utf-8") as file:
        file.write("two\n")
    assert follower.until(2) == ["one and more", "two"]
    follower.end()


def test_a_file_that_is_written_anew_with_the_same_first_line_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("one\ntwo and more\n", encoding="utf-8")
    positions = {identity(path): 17}
    path.write_text("one\n", encoding="utf-8")
    follower = Follower(lambda inbox: Growing(inbox, path, quiet, positions))
    with path.open("a", encoding="utf-8") as file:
        file.write("three\n")
    assert follower.until(2) == ["one", "three"]
    path.write_text("one\n", encoding="utf-8")
    assert follower.until(3) == ["one", "three", "one"]
    follower.end()


def test_what_cannot_be_read_on_ends_the_watch_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text(ticket("T-1", "09:00:00") + "\n" + ticket("T-2", "09:10:00") + "\n", encoding="utf-8")
    process = start(tmp_path, "events.jsonl", "--lang", "en")
    assert process.stdout and process.stderr and process.stdout.readline()
    (tmp_path / "events.jsonl").unlink()
    (tmp_path / "events.jsonl").mkdir()
    assert process.wait(30) == 2
    assert "events.jsonl: it cannot be read on: it is a folder" in process.stderr.read()


def test_a_file_is_read_on_where_it_was_left_also_when_it_was_moved_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("one\ntwo\n", encoding="utf-8")
    inbox = Inbox()
    positions = {line.source: line.at for line in handed(Growing(inbox, path, quiet, {}, once=True), inbox)}
    assert positions == {identity(path): 8}
    with path.open("a", encoding="utf-8") as file:
        file.write("three\n")
    os.rename(path, tmp_path / "events.jsonl.1")
    path.write_text("four\n", encoding="utf-8")
    assert events(handed(Growing(inbox, path, quiet, positions, once=True), inbox)) == ["three", "four"]  # type: ignore[arg-type]


def test_another_file_in_the_same_place_is_not_taken_for_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("one\n", encoding="utf-8")
    inbox = Inbox()
    positions = {identity(path): 4}
    path.write_text("new\nand longer\n", encoding="utf-8")
    assert events(handed(Growing(inbox, path, quiet, positions, once=True), inbox)) == ["new", "and longer"]


def test_a_rejected_line_moves_the_place_in_its_file_on(tmp_path: Path) -> None:
    made, _ = watcher(tmp_path)
    made.take([submission()])
    made.take([type(submission())([Line("nonsense", "file:x", 9)], "x")])
    made.state.close()
    again, _ = watcher(tmp_path)
    assert again.positions == {"file:x": 9}


# --- folders ---------------------------------------------------------------------------------------------------------


def export(path: Path, *tickets: tuple[str, str]) -> None:
    rows = "\n".join(f"{key},报修,{received},待处理" for key, received in tickets)
    path.write_text(f"工单号,需求类别,受理时间,状态\n{rows}\n", encoding="utf-8")


def made_folder(inbox: Inbox, path: Path, positions: dict[str, int], once: bool = True, mappings: Any = (), said: Any = quiet, reject: Any = quiet) -> Folder:
    return Folder(inbox, path, said, positions, BOOK.records, mappings, reject, once)


def keys(lines: list[Line]) -> list[str]:
    return [json.loads(one)["ticket_id"] for one in events(lines)]


def test_rows_of_exports_come_in_the_order_of_their_own_time_and_each_file_once(tmp_path: Path) -> None:
    export(tmp_path / "工单_b.csv", ("T-3", "2026-10-05 09:30"), ("T-1", "2026-10-05 09:10"))
    export(tmp_path / "工单_a.csv", ("T-2", "2026-10-05 09:20"), ("T-4", "2026-10-05 09:40"))
    inbox, positions = Inbox(), dict[str, int]()
    found = handed(made_folder(inbox, tmp_path, positions), inbox)
    assert keys(found) == ["T-1", "T-2", "T-3", "T-4"]
    assert json.loads(events(found)[0]) == {"record": "ticket", "ticket_id": "T-1", "category": "repair", "received_at": "2026-10-05T01:10:00Z", "status": "open",
                                            **{key: value for key, value in json.loads(events(found)[0]).items() if value in (False, "normal")}}  # fmt: skip
    positions |= {line.source: line.at for line in found if line.source and line.at}
    assert set(positions.values()) == {DONE}
    (tmp_path / "工单_c.csv").write_bytes((tmp_path / "工单_a.csv").read_bytes())
    assert events(handed(made_folder(inbox, tmp_path, positions), inbox)) == []


def test_a_file_that_was_read_in_part_before_a_restart_is_read_on(tmp_path: Path) -> None:
    export(tmp_path / "工单.csv", ("T-2", "2026-10-05 09:20"), ("T-1", "2026-10-05 09:10"), ("T-3", "2026-10-05 09:30"))
    inbox = Inbox()
    first = handed(made_folder(inbox, tmp_path, {}), inbox)
    positions = {str(first[0].source): 1}
    assert keys(handed(made_folder(inbox, tmp_path, positions), inbox)) == ["T-2", "T-3"]


def test_a_file_that_still_grows_waits(tmp_path: Path) -> None:
    follower = Follower(lambda inbox: made_folder(inbox, tmp_path, {}, once=False))
    path = tmp_path / "工单.csv"
    for length in range(1, 8):
        export(path, *((f"T-{number}", "2026-10-05 09:10") for number in range(length)))
        time.sleep(0.01)
    assert len(follower.until(7)) == 7
    follower.end()


def test_mappings_and_rejected_rows_are_those_of_an_audit(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "format: mappings/1\nfiles:\n- {file: 'x*.csv', record: ticket, zone: Europe/Berlin, columns: {编号: ticket_id, 来: received_at}, "
        "constants: {category: repair, status: open}}\n", encoding="utf-8",
    )  # fmt: skip
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x1.csv").write_text("编号,来\nT-1,2026-10-05 03:00\nT-2,soon\n", encoding="utf-8")
    inbox, said, rejected = Inbox(), list[Any](), list[Any]()
    found = handed(made_folder(inbox, tmp_path / "in", {}, mappings=(mapping_of(tmp_path / "m.yaml", BOOK),), said=said.append, reject=rejected.append), inbox)
    assert [(json.loads(one)["ticket_id"], json.loads(one)["received_at"], json.loads(one)["category"]) for one in events(found)] == [("T-1", "2026-10-05T01:00:00Z", "repair")]
    assert [(one.place, one.text) for one in rejected] == [("x1.csv:3", "soon")]
    assert [one.en for one in said] == ["x1.csv: ticket, 2 rows read, 1 rejected"]


def test_a_file_that_nobody_understands_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "y.xlsx").write_text("no workbook", encoding="utf-8")
    inbox, said = Inbox(), list[Any]()
    assert events(handed(made_folder(inbox, tmp_path, {}, said=said.append), inbox)) == []
    assert any("x.csv: not recognised" in one.en for one in said)
    assert any("y.xlsx" in one.en for one in said)


def test_a_file_that_was_not_understood_is_read_once_a_mapping_says_how(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.csv").write_text("编号,来\nT-1,2026-10-05 09:00\n", encoding="utf-8")
    inbox = Inbox()
    positions = {line.source: line.at for line in handed(made_folder(inbox, tmp_path / "in", {}), inbox) if line.source and line.at}
    (tmp_path / "m.yaml").write_text(
        "format: mappings/1\nfiles:\n- {file: x.csv, record: ticket, columns: {编号: ticket_id, 来: received_at}, constants: {category: repair, status: open}}\n", encoding="utf-8",
    )  # fmt: skip
    assert keys(handed(made_folder(inbox, tmp_path / "in", positions, mappings=(mapping_of(tmp_path / "m.yaml", BOOK),)), inbox)) == ["T-1"]


def test_damaged_files_and_those_that_go_away_do_not_keep_the_others_from_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(tmp_path / "工单.csv", ("T-1", "2026-10-05 09:10"))
    export(tmp_path / "工单_gone.csv", ("T-2", "2026-10-05 09:10"))
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and no more")
    (tmp_path / "y.csv.gz").write_bytes(gzip.compress(b"a,b")[:-9])
    opened = folder.sha256
    monkeypatch.setattr(folder, "sha256", lambda path: opened(path if "gone" not in path.name else path / "gone"))
    inbox, said = Inbox(), list[Any]()
    assert keys(handed(made_folder(inbox, tmp_path, {}, said=said.append), inbox)) == ["T-1"]
    assert [one.en.partition(";")[0] for one in said] == [
        "工单_gone.csv: it cannot be opened: a part of the path is a file", "x.parquet: the file is damaged, or not all of it is there",
        "y.csv.gz: the file is damaged, or not all of it is there", "工单.csv: ticket, 1 rows read, 0 rejected",
    ]  # fmt: skip


# --- http ------------------------------------------------------------------------------------------------------------


class Sender:
    """A listener whose inbox is served by a watcher, and one connection to it."""

    def __init__(self, state: Path) -> None:
        self.inbox, self.state = Inbox(), state
        self.watcher, self.said = watcher(state)
        self.listener = Listener(("127.0.0.1", 0), self.inbox, TOKEN, self.said.append)
        self.halt = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while not self.halt.is_set():
            found, _ = self.inbox.gather(0.02)
            if found:
                self.watcher.take(found)

    def send(self, body: bytes | str, method: str = "POST", token: str | None = TOKEN, **headers: str) -> tuple[int, dict[str, Any], Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.listener.port, timeout=20)
        given = {"Authorization": f"Bearer {token}"} if token is not None else {}
        connection.request(method, "/", body.encode() if isinstance(body, str) else body, given | headers)
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        return answer.status, json.loads(said) if said else {}, answer.headers

    def close(self) -> None:
        self.listener.close()
        self.halt.set()
        self.thread.join(20)
        self.watcher.state.close()


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[Sender]:
    made = Sender(tmp_path / "state")
    yield made
    made.close()


def test_events_are_answered_with_their_numbers_once_the_journal_has_them(sender: Sender) -> None:
    assert sender.send(ticket("T-1", "09:00:00"))[:2] == (202, {"taken": 1, "seq": [1]})
    assert sender.send(ticket("T-2", "09:01:00") + "\n" + ticket("T-3", "09:20:00") + "\n")[:2] == (202, {"taken": 2, "seq": [2, 3]})
    assert sender.send('{\n "record": "ticket",\n "ticket_id": "T-4"\n}')[:2] == (202, {"taken": 1, "seq": [4]})
    lines = (sender.state / "journal" / "000000000001.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3, 4]
    sender.close()
    assert {one["subject"] for one in alerts(sender.state)} == {"T-1", "T-2"}


def test_of_a_request_with_one_bad_event_none_is_taken(sender: Sender) -> None:
    status, said, _ = sender.send(ticket("T-1", "09:00:00") + '\n{"record": "tickt"}\n')
    assert (status, said["error"]["en"]) == (400, "1 events cannot be used, and none was taken")
    assert said["events"] == [{"line": 2, "zh": "没有记录类型 `tickt`;是不是 `ticket`?", "en": "there is no record type `tickt`; did you mean `ticket`?"}]
    assert sender.send(ticket("T-1", "09:00:00"))[1] == {"taken": 1, "seq": [1]}


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", TOKEN[:-1], "令牌".encode().decode("latin-1")])
def test_without_the_token_nothing_is_taken(sender: Sender, token: str | None) -> None:
    status, said, headers = sender.send(ticket("T-1", "09:00:00"), token=token)
    assert status == 401
    assert "Authorization: Bearer" in said["error"]["zh"]
    assert headers["WWW-Authenticate"] == "Bearer"
    assert sender.watcher.seq == 0


@pytest.mark.parametrize(("body", "status"), [(b"", 400), (b"\n \n", 400), (b"[]", 400), (b"\xff\xfe", 400), (b"{", 400), (b'"x"', 400)])
def test_what_is_no_event_is_refused_with_a_sentence(sender: Sender, body: bytes, status: int) -> None:
    found, said, _ = sender.send(body)
    assert found == status
    assert said["error"]["zh"]
    assert said["error"]["en"]


def test_a_request_that_is_too_large_or_of_no_length_is_refused(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "LARGEST", 100)
    assert sender.send(ticket("T-1", "09:00:00"))[0] == 413
    connection = http.client.HTTPConnection("127.0.0.1", sender.listener.port, timeout=20)
    connection.request("POST", "/", iter([b"{}"]), {"Authorization": f"Bearer {TOKEN}"}, encode_chunked=True)
    assert connection.getresponse().status == 411


def test_a_sender_that_is_refused_while_it_speaks_reads_its_answer(sender: Sender) -> None:
    for body, token, status in ((b"x" * 3_000_000, "wrong", 401), (b"x" * 6_000_000, TOKEN, 413)):
        assert sender.send(body, token=token)[0] == status


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "BREW"])
def test_only_post_is_taken(sender: Sender, method: str) -> None:
    status, said, headers = sender.send(b"", method)
    assert status == 405
    assert headers["Allow"] == "POST"
    assert "Python" not in headers["Server"]
    if method != "HEAD":
        assert "POST" in said["error"]["en"] or method == "BREW"


def test_what_is_no_request_is_refused_in_the_same_form(sender: Sender) -> None:
    import socket

    with socket.create_connection(("127.0.0.1", sender.listener.port), timeout=20) as line:
        line.sendall(b"nonsense\r\n\r\n")
        assert b'"zh"' in line.recv(65_536)


def test_an_address_that_others_reach_is_said(tmp_path: Path) -> None:
    said: list[Any] = []
    Listener(("0.0.0.0", 0), Inbox(), TOKEN, said.append).close()
    assert "other machines" in said[1].en
    said.clear()
    Listener(("127.0.0.1", 0), Inbox(), TOKEN, said.append).close()
    assert len(said) == 1


def test_an_address_that_is_taken_is_refused(sender: Sender) -> None:
    with pytest.raises(CheckerError) as refused:
        Listener(("127.0.0.1", sender.listener.port), Inbox(), TOKEN, quiet)
    assert refused.value.problems[0].id == "listen.address"


def test_addresses_and_tokens_are_read_or_refused(tmp_path: Path) -> None:
    assert address("8787") == ("127.0.0.1", 8787)
    assert address("[::1]:80") == ("::1", 80)
    assert address("0.0.0.0:1") == ("0.0.0.0", 1)
    for wrong in ("", "host", "host:", ":80x", "h:99999", ":80"):
        with pytest.raises(CheckerError):
            address(wrong)
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n", encoding="utf-8")
    assert token_of(path) == TOKEN
    for written in ("", "short", "two words of a good length"):
        path.write_text(written, encoding="utf-8")
        with pytest.raises(CheckerError):
            token_of(path)
    with pytest.raises(CheckerError):
        token_of(None)
