"""The loop: sources in, the watcher, listeners out; it ends with its sources or at a signal, after a checkpoint."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from checker.errors import Text, say
from checker.policy.values import SECOND
from checker.watch import board
from checker.watch.notify import Notifier
from checker.watch.sources import Source
from checker.watch.state import ALERTS, Told, alerts_after
from checker.watch.watcher import Inbox, Submission, Watcher

BEAT = 1.0
"""Seconds between two looks at a wall clock, and between two drawings of the board."""
SHARE = 10
"""One part in so many of the time goes into drawing the board, at most."""
GRACE = 10.0
"""Seconds that listeners are given at the end."""
INTERRUPTED = {signal.SIGINT: 130, signal.SIGTERM: 143}


class Closing(Protocol):
    def close(self) -> None:
        """Take in nothing more."""


class Running:
    """One watcher with everything around it. `show` draws the board: it is given the last alerts."""

    def __init__(self, watcher: Watcher, inbox: Inbox, sources: Sequence[Source], listener: Closing | None, notifiers: Sequence[Notifier],
                 show: Callable[[Watcher, Sequence[Mapping[str, Any]]], None] | None, silent: bool) -> None:  # fmt: skip
        self.watcher, self.inbox, self.sources, self.listener, self.notifiers, self.show, self.silent = watcher, inbox, sources, listener, notifiers, show, silent
        self.told = Told(watcher.state.folder, "stdout", watcher.state.alerts.last)
        self.recent: deque[Mapping[str, Any]] = deque(maxlen=board.RECENT)
        self.ended: int | None = None
        self.draw_at = 0.0
        self.deaf: BrokenPipeError | None = None
        """Why nobody hears what is printed."""

    def run(self) -> int:
        """Watch until all sources end (0) or a signal comes (130, 143). Raises BrokenPipeError where nobody reads the alerts any more, and
        what kept a source from reading on."""
        before = self._signals()
        try:
            self._recover()
            for thread in (*self.notifiers, *self.sources):
                thread.start()
            self._loop()
        finally:
            self._close()
            for number, handler in before.items():
                signal.signal(number, handler)
        for fault in self._faults():
            raise fault
        return self.ended or 0

    def _faults(self) -> list[Exception]:
        return [one.fault for one in self.sources if one.fault is not None]

    def _recover(self) -> None:
        again = self.watcher.recover()
        if not self.watcher.state.checkpoint.settings:
            self.watcher.keep(always=True)
        if again:
            self.watcher.complain(say("接着上次:重算了 {n} 条输入", "resumed: {n} inputs were judged again", n=again))
        for alert, _ in alerts_after(self.watcher.state.folder / ALERTS, self.told.seq):
            self._tell([json.dumps(alert, ensure_ascii=False) + "\n"])
        self.watcher.tell = self._tell

    def _loop(self) -> None:
        left = len(self.sources)
        while left or self.listener:
            submissions, stopped = self.inbox.gather(BEAT)
            self._take(submissions)
            left -= sum(one.ends for one in submissions)
            if stopped or self.ended is not None or self._faults():
                break

    def _take(self, submissions: Sequence[Submission]) -> None:
        self.watcher.take(submissions, int(time.time()) * SECOND)
        if self.deaf is not None:
            raise self.deaf
        self.watcher.keep()
        if self.show and (begun := time.monotonic()) >= self.draw_at:
            self.show(self.watcher, self.recent)
            self.draw_at = begun + max(BEAT, SHARE * (time.monotonic() - begun))

    def _tell(self, lines: Sequence[str]) -> None:
        """Print the alerts, and wake whoever sends them on. Where nobody reads them any more, what came is judged to its end all the same."""
        if self.show:
            self.recent.extend(json.loads(line) for line in lines[-board.RECENT :])
        if not self.silent and self.deaf is None:
            try:
                sys.stdout.write("".join(lines))
                sys.stdout.flush()
            except BrokenPipeError as error:
                self.deaf = error
        if self.deaf is None:
            self.told.mark(json.loads(lines[-1])["seq"])
        for one in self.notifiers:
            one.wake.set()

    def _close(self) -> None:
        """Take in what was handed over already, write a checkpoint, and let the listeners finish."""
        for source in self.sources:
            source.halt.set()
        if self.listener:
            self.listener.close()
        if sys.exc_info()[0] is None:
            while left := self.inbox.gather(0)[0]:
                self._take(left)
        if sys.exc_info()[0] in (None, BrokenPipeError):
            self.watcher.keep(always=True)
        until = time.monotonic() + GRACE
        for one in self.notifiers:
            unsent = one.finish(max(until - time.monotonic(), 0.1)) if one.is_alive() else 0
            if unsent:
                self.watcher.complain(say("{n}:还有 {k} 条没有送达,下次启动再发", "{n}: {k} alerts are not delivered yet; they are sent at the next start", n=one.name, k=unsent))

    def _signals(self) -> dict[int, Any]:
        """Signals end the loop between two inputs, never within one."""
        if threading.current_thread() is not threading.main_thread():
            return {}
        return {number: signal.signal(number, self._stop) for number in INTERRUPTED}

    def _stop(self, number: int, _: object) -> None:
        self.ended = INTERRUPTED[signal.Signals(number)]
        self.inbox.stop()


def complainer(lang: str) -> Callable[[Text], None]:
    """Says things on stderr, one line each, from any thread."""
    lock = threading.Lock()

    def complain(text: Text) -> None:
        with lock:
            print(text[lang], file=sys.stderr, flush=True)

    return complain


__all__ = ["Closing", "Running", "complainer"]
