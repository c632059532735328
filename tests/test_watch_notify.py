"""Alerts are sent on in each robot's own form, again until they are acknowledged, and never hold up the watcher."""

from __future__ import annotations

import base64
import email.utils
import hashlib
import hmac
import json
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checker.errors import CheckerError
from checker.watch.notify import LONGEST_WAIT, Notifier, Pace, idempotency_key, lanes, retry_after
from checker.watch.robots import FORMS, STORM, Target, lines, refusal, target, worst_first
from tests.chat_robot import Robot

QUICK = Pace(collect=0.01, apart=0.01, first=0.01)


def alert(seq: int, kind: str = "lapsed", severity: str = "major", **more: Any) -> dict[str, Any]:
    said = {"seq": seq, "alert": kind, "policy": "p.q", "severity": severity, "zh": f"工单 T-{seq}", "en": f"ticket T-{seq}", "fingerprint": f"{seq:064x}"}
    return said | more


class World:
    """A state folder with a log of alerts, and notifiers on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notifiers: list[Notifier] = []
        self.said: list[Any] = []
        (folder / "alerts.jsonl").touch()

    def notifier(self, written: str, digest: float = 0, start: int = 0, pace: Pace = QUICK) -> list[Notifier]:
        one = target(written)
        made = [Notifier(one, lane, self.folder, start, "zh", self.said.append, pace) for lane in lanes(one, digest)]
        self.notifiers += made
        for notifier in made:
            notifier.start()
        return made

    def log(self, *found: dict[str, Any]) -> None:
        with (self.folder / "alerts.jsonl").open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(one) + "\n" for one in found)
        for one in self.notifiers:
            one.wake.set()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    for one in made.notifiers:
        one.finish(10)


@pytest.fixture
def robot() -> Iterator[Robot]:
    made = Robot()
    yield made
    made.close()


# --- forms -----------------------------------------------------------------------------------------------------------


def made(kind: str, *alerts: dict[str, Any], secret: str = "", lang: str = "zh") -> Any:
    return FORMS[kind](Target(kind, "http://x/send?key=1", secret), alerts, lang)


def test_a_webhook_gets_one_alert_as_it_stands_and_several_with_counts_and_the_worst() -> None:
    assert made("webhook", alert(1)).body == alert(1)
    body = made("webhook", alert(1, "met"), alert(2), alert(3, severity="critical")).body
    assert {key: value for key, value in body.items() if key not in ("alerts", "worst")} == {
        "format": "alerts/1", "count": 3, "counts": {"lapsed": 2, "met": 1}, "first_seq": 1, "last_seq": 3,
    }  # fmt: skip
    assert body["worst"]["seq"] == 3
    assert [one["seq"] for one in body["alerts"]] == [1, 2, 3]


def test_wecom_gets_markdown_of_at_most_4096_bytes() -> None:
    body = made("wecom", *(alert(number, zh="长" * 5000) for number in range(1, 30))).body
    assert list(body) == ["msgtype", "markdown"]
    assert body["msgtype"] == "markdown"
    content = body["markdown"]["content"]
    assert len(content.encode()) <= 4096
    assert content.startswith("**29 条服务标准提醒**\n> 已逾期 29\n> 已逾期 · 长长")
    assert content.endswith("……另有 24 条")


def test_dingtalk_gets_markdown_with_a_title_and_a_signature_in_the_address() -> None:
    plain, signed = made("dingtalk", alert(1), lang="en"), made("dingtalk", alert(1), secret="SEC1", lang="en")
    assert plain.url == "http://x/send?key=1"
    assert plain.body == {"msgtype": "markdown", "markdown": {"title": "service alert: lapsed", "text": "#### service alert: lapsed\n- lapsed · ticket T-1"}}
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(signed.url).query))
    assert list(query) == ["key", "timestamp", "sign"]
    assert abs(int(query["timestamp"]) - time.time() * 1000) < 60_000
    expected = hmac.new(b"SEC1", f"{query['timestamp']}\nSEC1".encode(), hashlib.sha256).digest()
    assert base64.b64decode(query["sign"]) == expected


def test_feishu_gets_a_card_and_a_signature_in_the_body() -> None:
    plain, signed = made("feishu", alert(1)), made("feishu", alert(1, "unknown", "minor"), secret="SEC1")
    assert plain.body == {"msg_type": "interactive", "card": {
        "header": {"title": {"tag": "plain_text", "content": "服务标准提醒:已逾期"}, "template": "red"},
        "elements": [{"tag": "div", "text": {"tag": "plain_text", "content": "已逾期 · 工单 T-1"}}],
    }}  # fmt: skip
    assert signed.body["card"]["header"]["template"] == "orange"
    stamp = signed.body["timestamp"]
    assert abs(int(stamp) - time.time()) < 60
    assert base64.b64decode(signed.body["sign"]) == hmac.new(f"{stamp}\nSEC1".encode(), b"", hashlib.sha256).digest()


def test_a_storm_is_counted_and_its_worst_are_shown() -> None:
    found = lines([*(alert(number, "met", "minor") for number in range(1, 9)), alert(9, "due-soon", "critical"), alert(10, "fail", "minor")], "en", 4000)
    assert found[0] == "fail × 1; due soon × 1; met × 8"
    assert found[1:3] == ["due soon · ticket T-9", "fail · ticket T-10"]
    assert len(found) == STORM + 2
    assert found[-1] == "… and 5 more"


def test_the_worst_is_the_most_severe_then_the_most_pressing_then_the_first() -> None:
    found = worst_first([alert(1, "met", "critical"), alert(2, "lapsed", "minor"), alert(3, "lapsed", "critical"), alert(4, "due-soon", "critical"), alert(5, "lapsed", "critical")])
    assert [one["seq"] for one in found] == [3, 5, 4, 1, 2]


@pytest.mark.parametrize("kind", ["wecom", "dingtalk"])
def test_no_text_of_a_record_becomes_markup(kind: str) -> None:
    said = json.dumps(made(kind, alert(1, zh="<@all> [x](http://evil) `#*")).body, ensure_ascii=False)
    assert "<@all>" not in said
    assert "](http" not in said


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_every_message_holds_the_keyword_that_a_robot_may_ask_for(kind: str) -> None:
    for alerts in ([alert(1)], [alert(number) for number in range(1, 20)]):
        assert "服务标准" in json.dumps(made(kind, *alerts).body, ensure_ascii=False)
        assert "service" in json.dumps(made(kind, *alerts, lang="en").body)


@pytest.mark.parametrize(("kind", "answer", "taken"), [
    ("webhook", {}, True), ("wecom", {"errcode": 0, "errmsg": "ok"}, True), ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, False), ("wecom", {}, False),
    ("dingtalk", {"errcode": 310000, "errmsg": "sign not match"}, False), ("feishu", {"StatusCode": 0, "StatusMessage": "success"}, True),
    ("feishu", {"code": 0, "msg": "success", "data": {}}, True), ("feishu", {"code": 19021, "msg": "sign match fail"}, False),
])  # fmt: skip
def test_a_robot_that_answers_200_has_taken_a_message_only_where_it_says_so(kind: str, answer: dict[str, Any], taken: bool) -> None:
    assert (refusal(Target(kind, "http://x"), answer) == "") == taken


def test_targets_are_read_or_refused_and_never_print_their_key(tmp_path: Path) -> None:
    assert target("wecom=https://h/send?key=abc") == Target("wecom", "https://h/send?key=abc")
    assert target("dingtalk=https://h/send?key=abc#SEC1") == Target("dingtalk", "https://h/send?key=abc", "SEC1")
    (tmp_path / "url").write_text("https://h/send?key=abc#SEC1\n", encoding="utf-8")
    found = target(f"feishu=@{tmp_path / 'url'}")
    assert found == Target("feishu", "https://h/send?key=abc", "SEC1")
    assert "abc" not in repr(found) + found.name
    for wrong in ("wecm=https://h", "https://h", "wecom=", "wecom=ftp://h", "wecom=file:///etc/passwd", "wecom=https://", "wecom=@nowhere", "wecom=https://h:x/"):
        with pytest.raises(CheckerError) as refused:
            target(wrong)
        assert refused.value.problems[0].id.startswith("notify.")
    with pytest.raises(CheckerError) as refused:
        target("wecm=https://h")
    assert refused.value.problems[0].fix.en.startswith("write `wecom=URL`")


# --- sending ---------------------------------------------------------------------------------------------------------


def test_alerts_are_sent_with_a_key_that_is_the_same_when_they_are_sent_again(world: World, robot: Robot) -> None:
    robot.answers = ((503, {}, {}), (200, {}, {}))
    world.notifier(f"webhook={robot.url}")
    world.log(alert(1))
    assert robot.until(2) == [alert(1), alert(1)]
    keys = [headers["idempotency-key"] for _, headers, _ in robot.got]
    assert keys[0] == keys[1] == f"{1:064x}-lapsed-1"
    world.log(alert(2))
    assert robot.until(3)[2] == alert(2)
    assert [one.en.partition(":")[2] for one in world.said] == [" not delivered (HTTP 503); it is sent again", " it is reached again"]
    assert "secret-key" not in "".join(one.en + one.zh for one in world.said)


def test_alerts_that_come_together_are_one_message(world: World, robot: Robot) -> None:
    world.notifier(f"wecom={robot.url}", pace=Pace(collect=30, apart=0.01, first=0.01))
    for number in range(1, 41):
        world.log(alert(number))
    world.notifiers[0].finish(10)
    assert sum("40 条服务标准提醒" in body["markdown"]["content"] for body in robot.until(1)) == 1
    assert len(robot.got) == 1


def test_what_was_not_acknowledged_is_sent_after_a_restart_and_nothing_else(world: World, robot: Robot) -> None:
    (first,) = world.notifier(f"webhook={robot.url}")
    world.log(alert(1))
    robot.until(1)
    first.finish(10)
    down = Robot(answers=((500, {}, {}),))
    world.log(alert(2))
    robot.answers = ((500, {}, {}),)
    (second,) = world.notifier(f"webhook={robot.url}")
    second.wake.set()
    robot.until(2)
    assert second.finish(10) == 1
    robot.answers = ((200, {}, {}),)
    (third,) = world.notifier(f"webhook={robot.url}")
    third.wake.set()
    count = len(robot.got)
    assert robot.until(count + 1)[-1] == alert(2)
    assert third.finish(10) == 0
    down.close()


def test_a_new_target_is_not_told_what_lies_behind(world: World, robot: Robot) -> None:
    world.log(alert(1), alert(2))
    world.notifier(f"webhook={robot.url}", start=2)
    world.log(alert(3))
    assert robot.until(1) == [alert(3)]


def test_a_chat_group_is_not_told_what_was_met(world: World, robot: Robot) -> None:
    world.notifier(f"wecom={robot.url}")
    world.log(alert(1, "met"), alert(2, "exempt"), alert(3))
    assert "T-3" in robot.until(1)[0]["markdown"]["content"]
    assert "T-1" not in robot.got[0][2]["markdown"]["content"]


def test_a_digest_waits_but_not_with_what_can_still_be_saved(world: World, robot: Robot) -> None:
    world.notifier(f"wecom={robot.url}", digest=3600)
    world.log(alert(1), alert(2, "due-soon"), alert(3, "met"))
    assert "T-2" in robot.until(1)[0]["markdown"]["content"]
    assert [one.finish(10) for one in world.notifiers] == [0, 0]
    assert len(robot.got) == 2
    assert "2 条服务标准提醒" in robot.got[1][2]["markdown"]["content"]


def test_a_robot_that_asks_to_wait_is_left_alone(world: World, robot: Robot) -> None:
    robot.answers = ((429, {}, {"Retry-After": "3600"}), (200, {}, {}))
    (one,) = world.notifier(f"webhook={robot.url}")
    world.log(alert(1))
    robot.until(1)
    time.sleep(0.2)
    assert len(robot.got) == 1
    assert one.finish(10) == 1


def test_a_redirect_is_not_followed(world: World, robot: Robot) -> None:
    other = Robot()
    robot.answers = ((302, {}, {"Location": other.url}), (200, {}, {}))
    world.notifier(f"webhook={robot.url}")
    world.log(alert(1))
    robot.until(2)
    assert other.got == []
    other.close()


def test_nobody_there_is_said_once_and_the_end_does_not_wait_for_ever(world: World) -> None:
    (one,) = world.notifier("webhook=http://127.0.0.1:9/")
    world.log(alert(1))
    until = time.monotonic() + 20
    while one.failures < 3 and time.monotonic() < until:
        time.sleep(0.01)
    assert one.failures >= 3
    assert len(world.said) == 1
    assert one.finish(5) == 1


def test_retry_after_is_seconds_or_a_date_and_at_most_an_hour() -> None:
    assert retry_after(None) == retry_after("soon") == retry_after("-1") == 0
    assert retry_after("7") == 7
    assert retry_after("99999") == 3600
    assert 50 < retry_after(email.utils.formatdate(time.time() + 60, usegmt=True)) <= 60
    assert retry_after(email.utils.formatdate(time.time() - 60, usegmt=True)) == 0
    assert LONGEST_WAIT <= 3600


def test_the_key_of_several_alerts_is_that_of_all_of_them() -> None:
    one, two = idempotency_key([alert(1), alert(2)]), idempotency_key([alert(1), alert(3)])
    assert one != two
    assert len(one) == 64
    assert one == idempotency_key([alert(1), alert(2)])
