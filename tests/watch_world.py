"""Streams of tickets for the tests of the shell, and `checker watch` as a process of its own."""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from checker.calendars import to_utc
from checker.commands import book_of
from checker.watch.state import State
from checker.watch.watcher import Line, Submission, Watcher
from checker.watch.watching import Settings
from tests.watch_fake import POLICY, FiveMinutes

FAKE = Path(__file__).with_name("watch_fake.py")
LIVE = ("-m", "checker")
JUDGES = [(str(FAKE),), LIVE] if all(importlib.util.find_spec(one) for one in ("checker.watch.obligations", "durable")) else [(str(FAKE),)]
"""The plain judge, and the engine where it is installed."""
ARGUMENTS = ("--profile", "residential", "--select", POLICY)
MINUTE = 60_000_000
NINE = to_utc("Asia/Shanghai", 20_731 * 86_400_000_000 + 9 * 60 * MINUTE)
"""2026-10-05T09:00 in Shanghai."""


def ticket(key: str, received: str | None = None, **more: Any) -> str:
    """A ticket as an event; `received` as `09:00:00` of 2026-10-05."""
    times = {"received_at": f"2026-10-05 {received}", "category": "repair", "status": "open", "received_by": "e1"} if received else {}
    return json.dumps({"record": "ticket", "ticket_id": key, **times, **more}, ensure_ascii=False)


def stream(number: int, seed: int = 1) -> list[str]:
    """Tickets a few seconds apart, most of them dispatched, some late, some events long after their time."""
    chance, at = random.Random(seed), datetime(2026, 10, 5, 9)
    found = []
    for index in range(number):
        at += timedelta(seconds=chance.randrange(1, 40))
        found.append((at, {"record": "ticket", "ticket_id": f"T-{index}", "category": "repair", "status": "open", "received_at": at.isoformat(sep=" "), "received_by": "e1"}))
        if chance.random() < 0.9:
            done = at + timedelta(seconds=chance.randrange(10, 400))
            found.append((done + timedelta(seconds=chance.choice([0, 0, 0, 30, 900])), {"record": "ticket", "ticket_id": f"T-{index}", "dispatched_at": done.isoformat()}))
    return [json.dumps(event) for _, event in sorted(found, key=lambda pair: pair[0])]


def storm(number: int, seed: int = 1) -> list[str]:
    """Tickets of one instant that all lapse at another."""
    at = datetime(2026, 10, 5, 9) + seed * timedelta(minutes=10)
    return [ticket(f"S{seed}-{index}", f"{at:%H:%M:%S}") for index in range(number)] + [ticket(f"S{seed}", f"{at + timedelta(minutes=6):%H:%M:%S}")]


def run(folder: Path, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """`checker watch` with the plain judge, in a folder."""
    return subprocess.run([sys.executable, str(FAKE), "watch", *arguments, *ARGUMENTS], cwd=folder, input=stdin, capture_output=True, text=True, encoding="utf-8",
                          check=False, env=_clean(environment))  # fmt: skip


def start(folder: Path, *arguments: str, judge: Sequence[str] = (str(FAKE),), **environment: str) -> subprocess.Popen[str]:
    """The same, left running. `judge`: the plain one, or `LIVE`."""
    process = subprocess.Popen([sys.executable, *judge, "watch", *arguments, *ARGUMENTS], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, encoding="utf-8", env=_clean(environment))  # fmt: skip
    atexit.register(process.kill)
    return process


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CHECKER_")}
    return kept | {"PYTHONPATH": str(FAKE.parent.parent)} | environment


def settings(**more: Any) -> Settings:
    book = book_of(("shipped",))
    policies = tuple(policy for policy in book.policies if policy.id == POLICY)
    return Settings(book, policies, book.profiles, "residential", "Asia/Shanghai", more.pop("warn_before", MINUTE), more.pop("late", 10 * MINUTE), **more)


def watcher(folder: Path, clock: Any = "records", late: int = 10 * MINUTE) -> tuple[Watcher, list[Any]]:
    """A watcher in this process, recovered, and what it complains of."""
    from checker.watch.events import Reader

    said: list[Any] = []
    asked = settings(late=late)
    made = Watcher(State(folder), FiveMinutes(asked), Reader(asked.book.records, asked.zone), clock, late, "same", said.append)
    made.recover()
    return made, said


def submission(*events: str, **more: Any) -> Submission:
    return Submission([Line(event) for event in events], "test", **more)


def alerts(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "alerts.jsonl").read_text(encoding="utf-8").splitlines()]
