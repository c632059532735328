"""Sends alerts on, in a thread of its own: it follows the log of alerts, so that the log is the outbox and nothing waits for it."""

from __future__ import annotations

import email.utils
import hashlib
import http.client
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.errors import Text, say
from checker.watch.robots import FORMS, QUIET, Target, refusal
from checker.watch.state import ALERTS, Told, alerts_after

MOST = 500
"""Alerts of one message."""
TIMEOUT = 10
LONGEST_WAIT = 300.0
LARGEST_ANSWER = 65_536


@dataclass(frozen=True)
class Pace:
    """Seconds: `collect` alerts that come together, keep `apart` messages, wait `first` after a failure (then longer)."""

    collect: float = 2.0
    apart: float = 3.0
    first: float = 1.0


@dataclass(frozen=True)
class Lane:
    """What of the log one listener hears, and how often: `every` seconds for a digest, 0 for at once."""

    name: str
    every: float
    hears: Callable[[Mapping[str, Any]], bool]


def lanes(target: Target, digest: float) -> list[Lane]:
    """At once, what chat groups need; with a digest only what can still be saved, and the rest once in so many seconds."""
    if digest:
        return [Lane("", 0, lambda one: one["alert"] == "due-soon"), Lane("-digest", digest, lambda one: one["alert"] != "due-soon")]
    return [Lane("", 0, lambda one: not target.robot or one["alert"] not in QUIET)]


class Notifier(threading.Thread):
    """Tells one target. What it acknowledged is remembered in the state folder; the rest is sent again, also after a restart."""

    def __init__(
        self, target: Target, lane: Lane, state: Path, start: int, lang: str, complain: Callable[[Text], None], pace: Pace | None = None
    ) -> None:
        """`start`: the last alert of the log, from which on a new target is told."""
        super().__init__(name=target.name + lane.name, daemon=True)
        self.target, self.lane, self.lang, self.complain, self.pace = target, lane, lang, complain, pace or Pace()
        self.log = state / ALERTS
        self.told = Told(state, self.name, start)
        self.wake, self.halt, self.now = threading.Event(), threading.Event(), threading.Event()
        self.offset = 0
        self.failures = 0

    def run(self) -> None:
        due = time.monotonic() + self.lane.every
        while not (self.halt.is_set() and self.now.is_set()):
            self.wake.wait(max(due - time.monotonic(), 0) if self.lane.every else None)
            if self.lane.every and time.monotonic() < due and not self.now.is_set():
                self.wake.clear()
                continue
            if not self.now.is_set():
                self.now.wait(self.pace.collect if not self.lane.every else 0)
            self.wake.clear()
            self._send_all()
            due = time.monotonic() + self.lane.every

    def finish(self, patience: float) -> int:
        """Send what waits, for so many seconds at most. Returns how many alerts were not acknowledged."""
        self.halt.set()
        self.now.set()
        self.wake.set()
        self.join(patience)
        return sum(1 for alert, _ in alerts_after(self.log, self.told.seq) if self.lane.hears(alert))

    def _send_all(self) -> None:
        """Send message after message until the log is told; after a failure wait, longer each time."""
        while True:
            batch, last, offset = self._waiting()
            wait = self._post(batch) if batch else None
            if wait is None:
                if last > self.told.seq:
                    self.told.mark(last)
                    self.offset = offset
                if not batch:
                    return
                self.halt.wait(self.pace.apart if self.target.robot else 0)
            elif self.halt.wait(wait):
                return

    def _waiting(self) -> tuple[list[Mapping[str, Any]], int, int]:
        """The alerts to be told next, the number of the last that was looked at, and the place after it."""
        found: list[Mapping[str, Any]] = []
        last, offset = self.told.seq, self.offset
        for alert, after in alerts_after(self.log, self.told.seq, self.offset):
            if self.lane.hears(alert):
                found.append(alert)
            last, offset = alert["seq"], after
            if len(found) == MOST:
                break
        return found, last, offset

    def _post(self, alerts: list[Mapping[str, Any]]) -> float | None:
        """None where the target acknowledged it; else how many seconds to wait."""
        message = FORMS[self.target.kind](self.target, alerts, self.lang)
        data = json.dumps(message.body, ensure_ascii=False).encode()
        request = urllib.request.Request(message.url, data, {
            "Content-Type": "application/json; charset=utf-8", "User-Agent": "checker-watch", "Idempotency-Key": idempotency_key(alerts),
        })  # fmt: skip
        why, after = _exchange(request, self.target)
        if not why:
            if self.failures:
                self.complain(say("{n}:恢复,已送达", "{n}: it is reached again", n=self.name))
            self.failures = 0
            return None
        self.failures += 1
        if self.failures == 1:
            self.complain(say("{n}:没有送达({w}),会再发", "{n}: not delivered ({w}); it is sent again", n=self.name, w=why))
        grown = min(self.pace.first * 2.0 ** min(self.failures - 1, 10), LONGEST_WAIT)
        return max(after, grown * random.uniform(0.5, 1.0))


def idempotency_key(alerts: list[Mapping[str, Any]]) -> str:
    """The same for the same alerts: fingerprint, kind and number of one; a hash of those of several."""
    keys = [f"{one['fingerprint']}-{one['alert']}-{one['seq']}" for one in alerts]
    return keys[0] if len(keys) == 1 else hashlib.sha256("\n".join(keys).encode()).hexdigest()


class _Stay(urllib.request.HTTPRedirectHandler):
    """A message goes where it was meant to go, and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stay)


def _exchange(request: urllib.request.Request, target: Target) -> tuple[str, float]:
    """Post it: (why it was not taken, or nothing; seconds that the target asks to wait)."""
    try:
        with _OPENER.open(request, timeout=TIMEOUT) as answer:
            said = answer.read(LARGEST_ANSWER)
    except urllib.error.HTTPError as error:
        error.close()
        return f"HTTP {error.code}", retry_after(error.headers.get("Retry-After"))
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        return str(getattr(reason, "strerror", None) or type(reason).__name__.removesuffix("Error").lower()), 0.0
    try:
        answered = json.loads(said) if target.robot else {}
    except ValueError:
        return "?", 0.0
    return refusal(target, answered if isinstance(answered, dict) else {}), 0.0


def retry_after(written: str | None) -> float:
    """The seconds that `Retry-After` asks for: a number or a date; at most an hour."""
    if not written:
        return 0.0
    if written.strip().isdigit():
        return min(float(written), 3600.0)
    try:
        return min(max(email.utils.parsedate_to_datetime(written).timestamp() - time.time(), 0.0), 3600.0)
    except (ValueError, TypeError):
        return 0.0


__all__ = ["Lane", "Notifier", "Pace", "idempotency_key", "lanes", "retry_after"]
