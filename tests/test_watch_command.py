"""`checker watch` from outside: what it prints, writes and ends with; and its board."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest

from checker import watching
from checker.cli import main
from checker.masks import Masks
from checker.policy.kinds import Base
from checker.report.outputs import ALERTS, outputs
from checker.watch.alerts import KINDS, URGENT, Kind
from checker.watch.board import Board, countdown, fitted, wide
from checker.watch.watching import Upcoming
from tests.chat_robot import Robot
from tests.test_watch_sources import TOKEN, export
from tests.watch_world import ARGUMENTS, FAKE, MINUTE, NINE, alerts, run, settings, start, stream, ticket

EVENTS = [ticket("T-1", "09:00:00"), ticket("T-2", "09:02:00"), ticket("T-2", dispatched_at="2026-10-05 09:04:10"), ticket("T-3", "09:09:00"),
          ticket("T-1", dispatched_at="2026-10-05 09:20"), ticket("T-3", dispatched_at="2026-10-05 09:10")]  # fmt: skip


def test_alerts_are_json_lines_with_everything_that_is_promised(tmp_path: Path) -> None:
    done = run(tmp_path, stdin="\n".join(EVENTS))
    assert done.returncode == 0
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["seq"], one["alert"], one["subject"]) for one in found] == [
        (1, "met", "T-2"), (2, "due-soon", "T-1"), (3, "lapsed", "T-1"), (4, "met-late", "T-1"), (5, "lapsed", "T-3"), (6, "met", "T-3"),
    ]  # fmt: skip
    assert found[1] == {
        "schema_version": 1, "seq": 2, "alert": "due-soon", "policy": "dispatch.within-five-minutes", "site": "S1", "subject": "T-1", "ordinal": "1",
        "due_at": "2026-10-05T09:05:00+08:00", "at": "2026-10-05T09:04:10+08:00", "severity": "major",
        "zh": "工单 T-1 须在 50 秒内做到「受理后规定时间内转告或开单」(截止 09:05:00)", "en": "Ticket T-1: 50 s left for “A demand is relayed or dispatched in time” (due 09:05:00)",
        "fingerprint": found[1]["fingerprint"], "evaluated_by": "engine", "utc": {"due_at": "2026-10-05T01:05:00Z", "at": "2026-10-05T01:04:10Z"},
    }  # fmt: skip
    assert found == alerts(tmp_path / "watch-state")
    for one in found:
        jsonschema.validate(one, outputs()["alerts.json"], format_checker=jsonschema.FormatChecker())


def test_a_wall_clock_stands_at_whole_seconds(tmp_path: Path) -> None:
    done = run(tmp_path, "--clock", "wall", stdin=ticket("T-1", "09:00:00", received_at="2025-10-05 09:00:00"))
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["alert"], len(one["at"])) for one in found] == [("lapsed", 25)]


def test_a_watch_whose_streams_are_closed_keeps_its_alerts_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("\n".join(EVENTS) + "\n", encoding="utf-8")
    closed = ["sh", "-c", 'exec "$@" <&- >&-', "sh", sys.executable, str(FAKE), "watch", "events.jsonl", "--once", *ARGUMENTS]
    assert subprocess.run(closed, cwd=tmp_path, check=False, timeout=60).returncode == 0
    assert len(alerts(tmp_path / "watch-state")) == 6


def test_the_kinds_of_alerts_are_those_of_the_schema() -> None:
    assert set(KINDS) == set(URGENT) == set(ALERTS) == set(typing.get_args(Kind))


def test_what_cannot_run_live_is_named_at_the_start_in_the_language_asked_for(tmp_path: Path) -> None:
    assert run(tmp_path, "--lang", "en").stderr.startswith("callback.other-rate-10: a rate is not judged live\n")
    assert run(tmp_path).stderr.startswith("callback.other-rate-10:比率不能实时判定\n")


def test_the_end_of_a_stream_writes_the_run_of_an_audit_on_the_records_folded_by_key(tmp_path: Path) -> None:
    done = run(tmp_path, "--out", "live", "--fail-on", "major", stdin="\n".join(EVENTS))
    assert done.returncode == 1, done.stderr
    found = duckdb.sql(f"SELECT subject, verdict, measured FROM '{tmp_path}/live/findings.parquet' ORDER BY ALL").fetchall()
    assert found == [("T-1", "fail", 20 * MINUTE)]
    policies = json.loads((tmp_path / "live" / "summary.json").read_text(encoding="utf-8"))["policies"]
    assert [(one["pass"], one["fail"], one["pending"]) for one in policies] == [(2, 1, 0)]
    assert {one["fingerprint"] for one in alerts(tmp_path / "watch-state") if one["alert"] == "met-late"} == {
        row[0] for row in duckdb.sql(f"SELECT fingerprint FROM '{tmp_path}/live/findings.parquet'").fetchall()
    }


def test_a_snapshot_speaks_up_to_the_clock_and_may_be_taken_while_the_watcher_runs(tmp_path: Path) -> None:
    process = start(tmp_path, "--state", "st")
    assert process.stdin and process.stdout
    process.stdin.write("\n".join(EVENTS[:4]) + "\n")
    process.stdin.flush()
    for _ in range(3):
        process.stdout.readline()
    done = run(tmp_path, "--snapshot", "--state", "st", "--out", "now", "--lang", "en")
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert done.returncode == 1, done.stderr
    assert "within-five-minutes" in done.stdout
    found = duckdb.sql(f"SELECT subject, verdict FROM '{tmp_path}/now/findings.parquet' ORDER BY ALL").fetchall()
    assert found == [("T-1", "fail"), ("T-3", "pending")]
    assert json.loads((tmp_path / "now" / "summary.json").read_text(encoding="utf-8"))["sites"][0]["as_of"] == "2026-10-05T01:09:00Z"


def test_a_folder_of_exports_is_watched(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    export(tmp_path / "in" / "工单.csv", ("T-1", "2026-10-05 09:00"), ("T-2", "2026-10-05 09:10"))
    done = run(tmp_path, "in", "--once", "--state", "st", "--out", "live", "--fail-on", "never", "--max-unknown", "100 %")
    assert (done.returncode, [(one["alert"], one["subject"]) for one in alerts(tmp_path / "st")]) == (0, [("lapsed", "T-1")]), done.stderr
    assert "工单.csv:ticket,读了 2 行,拒收 0 行" in done.stderr
    again = run(tmp_path, "in", "--once", "--state", "st")
    assert again.stdout == ""


def test_events_come_by_http_and_alerts_go_to_a_robot(tmp_path: Path) -> None:
    import http.client
    import re

    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    robot = Robot()
    process = start(tmp_path, "--listen", "127.0.0.1:0", "--token-file", "token", "--notify", f"dingtalk={robot.url}#SEC1", "--lang", "en")
    assert process.stderr and process.stdout
    process.stderr.readline()
    port = int(re.findall(r":(\d+)$", process.stderr.readline().strip())[0])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/events", "\n".join(EVENTS[:4]).encode(), {"Authorization": f"Bearer {TOKEN}"})
    assert json.loads(connection.getresponse().read()) == {"taken": 4, "seq": [1, 2, 3, 4]}
    assert json.loads(process.stdout.readline())["alert"] == "met"
    text = "".join(body["markdown"]["text"] for body in robot.until(1))
    assert "due soon · Ticket T-1: 50 s left" in text
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 143
    robot.close()


def test_a_reader_that_goes_away_ends_it_well_and_is_told_the_rest_next_time(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("\n".join(stream(300)) + "\n", encoding="utf-8")
    process = start(tmp_path, "events.jsonl", "--state", "st")
    assert process.stdout and process.stderr
    first = process.stdout.readline()
    process.stdout.close()
    with (tmp_path / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n".join(stream(300, 2)) + "\n")
    assert process.wait(60) == 0
    assert "Traceback" not in process.stderr.read()
    again = run(tmp_path, "events.jsonl", "--once", "--state", "st")
    told = {json.loads(line)["seq"] for line in [first, *again.stdout.splitlines()]}
    assert max(told) == len(alerts(tmp_path / "st"))


def test_a_state_of_other_policies_or_options_is_refused(tmp_path: Path) -> None:
    assert run(tmp_path, stdin=EVENTS[0]).returncode == 0
    for option in (("--late", "5m"), ("--warn-before", "30s"), ("--clock", "wall")):
        done = run(tmp_path, *option, "--lang", "en")
        assert done.returncode == 2
        assert "begun with other policies" in done.stderr
    assert run(tmp_path).returncode == 0


@pytest.mark.parametrize(("line", "said"), [
    ("watch --warn-before 60", "`60` is no length of time (`--warn-before`); write for example `60s`"), ("watch --late soon", "`soon` is no length of time (`--late`)"),
    ("watch --digest x", "`x` is no length of time (`--digest`)"), ("watch --listen x", "`x` is no address (`--listen`)"),
    ("watch --listen 8787", "`--listen` needs a token; add `--token-file FILE`"), ("watch --notify x=y", "`--notify x` cannot be read"),
    ("watch --select nothing.*", "`--select nothing.*` names no policy"), ("watch --snapshot", "it is not said where to; add `--out DIR`"),
    ("watch --snapshot --out x", "watch-state: no record with a time was watched yet"), ("watch nowhere/x.jsonl", "nowhere/x.jsonl: there is no such file or folder"),
    ("watch --unmask", "`--unmask` needs a reason"), ("watch --profile x", "there is no profile `x`"), ("watch --clock sun", "`--clock` cannot be `sun`"),
])  # fmt: skip
def test_a_wrong_option_is_refused_with_the_way_out(
    line: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(watching, "_engine", lambda settings: Silent())
    monkeypatch.setattr("sys.argv", ["checker", *line.split(), "--lang", "en"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(said)


class Silent:
    """A judge that says nothing."""

    not_live = troubles = ()
    whole = False

    def use(self, archive: Any, say: Any) -> None:
        """Nothing is put away."""

    def feed(self, record: str, row: Any) -> None:
        """Passed over."""

    def tick(self, now: int) -> None:
        """Passed over."""

    def state(self) -> Any:
        return {}

    def restore(self, state: Any) -> None:
        """There is none."""

    def close(self) -> None:
        """Nothing runs."""


@pytest.mark.hunt
def test_the_snapshot_of_the_sample_site_is_its_audit_but_for_what_versions_dispute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole profile, a year of rosters, a month of records: watched as exports, then audited; and audited as it stands."""
    site = Path(__file__).parent.parent / "fixtures" / "sites" / "residential"
    common = [str(site), "--mapping", str(site / "对照表.yaml"), "--profile", "residential", "--max-unknown", "100 %"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(watching, "_engine", lambda settings: Silent())
    for line in (["watch", *common, "--once", "--out", "live"], ["audit", *common, "--out", "audit", "--no-report"]):
        if line[0] == "audit":
            made = json.loads((tmp_path / "live" / "summary.json").read_text(encoding="utf-8"))
            line += ["--period", made["period"], "--as-of", made["sites"][0]["as_of"]]
        monkeypatch.setattr("sys.argv", ["checker", *line])
        with pytest.raises(SystemExit):
            main()
    found = "SELECT policy, subject, ordinal, verdict, measured, due_at, decided_at FROM '{}/findings.parquet' WHERE policy NOT LIKE 'escalation.%'"
    live, audit = (set(duckdb.sql(found.format(tmp_path / one)).fetchall()) for one in ("live", "audit"))
    disputed = duckdb.sql(f"SELECT subject FROM '{tmp_path}/audit/findings.parquet' WHERE disputed").fetchall()
    assert len(audit) > 5000
    assert {one[1] for one in live ^ audit} <= {subject for (subject,) in disputed}


def test_personal_data_is_masked_unless_it_is_asked_for(tmp_path: Path) -> None:
    from checker.finding import Finding
    from checker.watch.alerts import Wording

    asked = settings()
    known: dict[str, Any] = dict.fromkeys(Finding.__dataclass_fields__)
    finding = Finding(**known | {"policy": asked.policies[0].id, "subject_type": "ticket", "site_id": "S1", "subject": "张三 13800008000", "accountable": "e1", "verdict": "fail",
                                 "severity": "major", "ordinal": "", "due_at": NINE, "measured": 1, "limit": 1, "unit": "us", "because": 1, "fingerprint": "f", "disputed": False})  # fmt: skip
    personal = {**asked.book.records, "ticket": asked.book.records["ticket"].model_copy(update={"key": ("contact_name",)})}
    for unmask, shown in ((False, "张*"), (True, "张三")):
        one = Wording(asked.policies, personal, {}, unmask).alert("fail", finding, NINE)
        assert shown in one.subject
        assert shown in one.zh
        assert ("13800008000" in one.zh) == unmask


# --- board -----------------------------------------------------------------------------------------------------------


def board(lang: str = "zh") -> Board:
    asked = settings()
    policies: dict[str, Base] = {one.id: one for one in asked.policies}
    return Board(policies, Masks(asked.policies, asked.book.records, False), MINUTE, lang)


def test_the_board_counts_down_and_its_columns_stand_under_each_other() -> None:
    due = [Upcoming("dispatch.within-five-minutes", "S1", subject, NINE + left) for subject, left in (("T-1", -5_000_000), ("工单-2", 59_000_000), ("x" * 60, 3 * 3_600_000_000))]
    shown = board().draw(due, [{"zh": "工单 T-0 逾期", "en": "x"}], NINE, {"S1": "Asia/Shanghai"}, (100, 20)).split("\n")
    plain = [line.replace("\x1b[31m", "").replace("\x1b[33m", "").replace("\x1b[1m", "").replace("\x1b[0m", "") for line in shown]
    assert [line.split()[0] for line in plain[2:5]] == ["-0:05", "0:59", "3:00:00"]
    assert "2026-10-05 09:00:59 " in plain[3]
    assert shown[2].startswith("\x1b[31m")
    assert shown[3].startswith("\x1b[33m")
    assert {sum(map(wide, line)) for line in plain[:5]} == {100}
    places = {sum(map(wide, line[: line.index("受理后")])) for line in plain[2:5]}
    assert len(places) == 1
    assert plain[-1].rstrip() == "工单 T-0 逾期"


def test_the_board_fits_its_terminal_and_says_when_nothing_is_due() -> None:
    due = [Upcoming("dispatch.within-five-minutes", "S1", f"T-{number}", NINE + number) for number in range(100)]
    for columns, lines in ((20, 5), (80, 24), (200, 60)):
        shown = board("en").draw(due, [{"zh": "x", "en": "y" * 300}] * 20, NINE, {}, (columns, lines)).split("\n")
        assert len(shown) <= lines
    assert "没有未到期的要求" in board().draw([], [], None, {}, (80, 24))


def test_texts_are_cut_and_padded_by_columns_and_control_characters_left_out() -> None:
    assert fitted("工单", 5) == "工单 "
    assert fitted("工单号", 5) == "工单…"
    assert fitted("工单号", 4) == "工… "
    assert fitted("a\x1b[2Jb", 6) == "a[2Jb "
    assert fitted("e\u0301", 2) == "e\u0301 "


@pytest.mark.parametrize(("left", "said"), [(0, "0:00"), (1, "0:01"), (59_000_000, "0:59"), (-1_000_000, "-0:01"), (3_661_000_000, "1:01:01"), (3 * 86_400_000_000, "3 d 00:00")])
def test_a_countdown_is_read_at_a_glance(left: int, said: str) -> None:
    assert countdown(left) == said


def test_the_board_is_for_terminals_only(tmp_path: Path) -> None:
    done = run(tmp_path, "--board", "--lang", "en", stdin=EVENTS[0])
    assert "`--board` is shown on a terminal only" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout


def test_the_board_is_drawn_on_a_terminal_and_the_alerts_stay_in_their_file(tmp_path: Path) -> None:
    import os
    import pty

    (tmp_path / "events.jsonl").write_text("\n".join(EVENTS[:1]) + "\n", encoding="utf-8")
    main_end, terminal = pty.openpty()
    command = [sys.executable, str(FAKE), "watch", "events.jsonl", "--once", "--board", "--lang", "en", *ARGUMENTS]
    done = subprocess.run(command, cwd=tmp_path, stdin=terminal, stdout=terminal, stderr=terminal, check=False, timeout=60)
    os.close(terminal)
    shown = b""
    try:
        while data := os.read(main_end, 65_536):
            shown += data
    except OSError:
        pass
    assert done.returncode == 0
    assert b"T-1" in shown
    assert b"5:00" in shown
    assert b'"seq"' not in shown
