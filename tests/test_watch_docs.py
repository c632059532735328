"""The worked example of docs/watch.md: a phone system posts, the watcher judges, a chat robot on this machine is told."""

from __future__ import annotations

import http.client
import json
import re
import shlex
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.chat_robot import Robot
from tests.test_watch_sources import TOKEN
from tests.watch_world import JUDGES, alerts, start

PAGE = (Path(__file__).parent.parent / "docs" / "watch.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return ["\n".join(line.removeprefix("   ") for line in found.split("\n")).strip() for found in re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)]


@pytest.mark.parametrize("judge", JUDGES, ids=lambda judge: Path(judge[-1]).stem)
def test_the_example_says_to_the_group_what_the_page_says(tmp_path: Path, judge: Sequence[str]) -> None:
    command = next(block for block in blocks("sh") if block.startswith("checker watch"))
    curl = shlex.split(next(block for block in blocks("sh") if block.startswith("curl")).replace("$(cat token)", TOKEN))
    (events,), (answer,), (texts,) = blocks("jsonl"), blocks("json"), blocks("text")
    robot = Robot()
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    (tmp_path / "robot").write_text(f"{robot.url}\n", encoding="utf-8")

    arguments = shlex.split(command.replace("127.0.0.1:8787", "127.0.0.1:0"))[2:]
    process = start(tmp_path, *arguments, judge=judge)
    assert process.stderr and process.stdout
    heard = next(line for line in process.stderr if "http://" in line)
    port = int(re.findall(r":(\d+)", heard)[-1])
    name, _, value = curl[curl.index("-H") + 1].partition(": ")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", re.sub(r"https?://[^/]*", "", curl[-1]), events.encode(), {name: value})
    reply = connection.getresponse()
    assert (reply.status, json.loads(reply.read())) == (202, json.loads(answer))

    said = texts.split("\n")
    printed = [json.loads(process.stdout.readline()) for _ in said]
    assert [f"{one['alert']:<10}{one['zh']}" for one in printed] == said
    robot.until(1)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    told = "\n".join(body["markdown"]["content"] for body in robot.until(1))
    assert [one["zh"] in told for one in printed] == [one["alert"] != "met" for one in printed]
    assert alerts(tmp_path / "watch-state") == printed
    robot.close()


def test_the_page_names_every_option_and_kind_of_alert() -> None:
    from checker.cli import cli
    from checker.watch.alerts import KINDS
    from checker.watch.robots import FORMS

    common = {"--policies", "--select", "--profile", "--lang", "--fail-on", "--max-unknown", "--help"}
    options = {name for parameter in cli.commands["watch"].params for name in parameter.opts if name.startswith("--")} - common
    assert [name for name in sorted(options) if name not in PAGE] == []
    assert [kind for kind in (*KINDS, *FORMS) if f"`{kind}`" not in PAGE] == []
