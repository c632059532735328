"""The watcher: lines in, journalled, judged, alerts out. What it says is a function of the journal, so a crash loses and doubles nothing."""

from __future__ import annotations

import gc
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

from checker.errors import Text, say
from checker.ingest.sites import ONLY
from checker.quick import quick
from checker.watch.alerts import Alert, as_line, late_event
from checker.watch.clock import RecordClock, earliest, exported, named, spoken
from checker.watch.events import Bad, Event, Reader
from checker.watch.journal import Entry, entries
from checker.watch.state import JOURNAL, Checkpoint, State
from checker.watch.watching import Watching

GROUP = 100
"""Inputs that share one push to the disk, unless `PAUSE` passes first."""
PAUSE = 0.05
LEAST_BETWEEN = 16_000_000
"""Bytes of journal between checkpoints, at least: replaying them takes seconds."""
SHARE = 5
"""… and at least such a part of the last checkpoint's size, so that writing them costs a bounded share of the time: only then is what is
settled put away, and until then it takes some ten bytes of memory for each of the journal."""
LINES = 500
"""Alerts that are written at once."""
SELDOM = 50_000, 20, 50
"""Objects made between two looks for cycles, and how often older ones are looked at."""
WAITING = 200
"""Submissions that may wait before sources are held up."""


@quick
@dataclass(frozen=True, slots=True)
class Line:
    """One event as it came (None: a source is read up to `at`), and where the source stands after it."""

    raw: str | None
    source: str | None = None
    at: int | None = None


@dataclass(slots=True)
class Submission:
    """Lines from one source. `whole`: all are taken or none; `taken` and `bad` say what became of them once `done` is set."""

    lines: Sequence[Line]
    name: str
    whole: bool = False
    ends: bool = False
    taken: list[int] = field(default_factory=list)
    bad: list[tuple[int, Text]] = field(default_factory=list)
    done: threading.Event | None = None


class Inbox:
    """Where sources put what they read; full, it holds them up. `stop` may be called from a signal handler."""

    def __init__(self) -> None:
        self.items: queue.SimpleQueue[Submission | None] = queue.SimpleQueue()
        self.room = threading.BoundedSemaphore(WAITING)

    def put(self, submission: Submission) -> None:
        self.room.acquire()
        self.items.put(submission)

    def stop(self) -> None:
        self.items.put(None)

    def gather(self, patience: float) -> tuple[list[Submission], bool]:
        """What came, up to a group or a pause after the first; and whether to stop. Nothing comes: waits `patience` seconds."""
        found: list[Submission] = []
        size, until = 0, time.monotonic() + patience
        while size < GROUP:
            try:
                one = self.items.get(timeout=max(until - time.monotonic(), 0))
            except queue.Empty:
                break
            if one is None:
                return found, True
            self.room.release()
            if not found:
                until = time.monotonic() + PAUSE
            found.append(one)
            size += len(one.lines) or GROUP
        return found, False


def _nobody(lines: Sequence[str]) -> None:
    """Nobody listens."""


class Watcher:
    """One state, one judge, one clock. `complain` is told what a person should know, in both languages."""

    def __init__(self, state: State, watch: Watching, reader: Reader, clock: Literal["records", "wall"], late: int, settings: str,
                 complain: Callable[[Text], None]) -> None:  # fmt: skip
        self.state, self.watch, self.reader, self.late, self.complain = state, watch, reader, late, complain
        self.wall = clock == "wall"
        self.settings = settings
        self.hands = RecordClock()
        self.zones: dict[str, str] = {}
        """Of the sites that were judged so far; the reader is ahead, by as many events as come together."""
        self.first: int | None = None
        """The earliest own time of a record."""
        watch.use(state.archive, self._say)
        self.tell: Callable[[Sequence[str]], object] = _nobody
        """Told the new lines of the log, as they are written."""
        self.positions: dict[str, int] = {}
        """How far each source was read; sources look here."""
        self.counts: Counter[str] = Counter()
        self.seq = self.said = self.journalled = 0
        self.between = LEAST_BETWEEN
        self.fresh: list[str] = []
        self.pushed: Future[int] | None = None
        """What was journalled, on its way to the disk; nothing is said of it before it is there."""
        self.disk = ThreadPoolExecutor(1, "journal")
        self.warned: set[tuple[str, str]] = set()
        self.troubled: set[Text] = set()

    @property
    def clock(self) -> int | None:
        """Where the clock stands (UTC microseconds)."""
        return self.hands.now

    def recover(self) -> int:
        """Be as the last checkpoint says, and judge again what was journalled since. Returns how many inputs that were."""
        kept = self.state.checkpoint
        if kept.watch is not None:
            self.watch.restore(kept.watch)
            kept.watch = None
        self.seq, self.said, self.hands, self.first = kept.seq, kept.alerts, RecordClock(*kept.clock), kept.first
        self.positions.update(kept.positions)
        self.reader.zones, self.zones = dict(kept.zones), dict(kept.zones)
        self.counts = Counter(kept.counts)
        again = 0
        for entry in entries(self.state.folder / JOURNAL, kept.seq):
            event = self.reader.read(entry.event) if entry.event is not None else None
            self._apply(entry, event)
            again += 1
        self._log()
        settle_down()
        return again

    def take(self, submissions: Sequence[Submission], now: int | None = None) -> None:
        """Journal what came, and judge it. `now` moves a wall clock (UTC microseconds)."""
        accepted = [pair for one in submissions for pair in self._accepted(one)]
        if self.wall and now is not None and now > (self.clock or 0):
            accepted.append((self.state.journal.append(tick=now), None))
        self.pushed = self.disk.submit(self._commit, submissions)
        for entry, event in accepted:
            self._apply(entry, event)
        self._warn()
        gc.freeze()
        self._log()

    def _commit(self, submissions: Sequence[Submission]) -> int:
        """Push what was numbered to the disk; while that lasts it is judged already, but nothing is said of it."""
        size = self.state.journal.commit()
        for one in submissions:
            if one.done:
                one.done.set()
        return size

    def _accepted(self, submission: Submission) -> list[tuple[Entry, Event | None]]:
        """Number what can be used; say of the rest why not."""
        before = dict(self.reader.zones)
        read = [None if line.raw is None else self.reader.read(line.raw) for line in submission.lines]
        submission.bad = [(number, one.reason) for number, one in enumerate(read, 1) if isinstance(one, Bad)]
        for one in read:
            if isinstance(one, Bad):
                self._reject(one, submission.name)
        if submission.whole and submission.bad:
            self.reader.zones = before
            return []
        found: list[tuple[Entry, Event | None]] = []
        for line, one in zip(submission.lines, read, strict=True):
            if isinstance(one, Bad):
                if line.source is not None:
                    found.append((self.state.journal.append(source=line.source, at=line.at), None))
                continue
            found.append((self.state.journal.append(one.raw if one else None, None, line.source, line.at), one))
        submission.taken = [entry.seq for entry, event in found if event]
        return found

    def _reject(self, bad: Bad, name: str) -> None:
        self.counts["rejected"] += 1
        self.state.reject(bad.raw, bad.reason, name)
        self.complain(say("{n}:这条事件没有采用:{z}", "{n}: an event is not used: {e}", n=name, z=bad.reason.zh, e=bad.reason.en))

    def _apply(self, entry: Entry, event: Event | Bad | None) -> None:
        """One input. The record first, then the clock: an answer that comes with the tick that would have missed it is in time."""
        self.seq = entry.seq
        if entry.source is not None and entry.at is not None:
            self.positions[entry.source] = entry.at
        if isinstance(event, Event):
            self.first = earliest(self.first, event)
            self.zones.update([event.zone] if event.zone else ())
            self._feed(event, None if exported(entry.source) and event.own is None else event.time)
        before = self.hands.now
        if entry.tick is not None:
            self.hands.now = max(entry.tick, before or entry.tick)
        elif not self.wall and isinstance(event, Event):
            self._hear(event, entry.source)
        now = self.hands.now
        if now is not None and now != before:
            self.watch.tick(now)

    def _hear(self, event: Event, source: str | None) -> None:
        if not self.hands.hear(spoken(event, source), event, self.reader.types):
            who = named(event, self.reader.types)
            zh, en = f"{who} 说的时刻远在时钟之后,时钟不跟着走,除非还有别的记录这样说", f"{who} speaks of a time far ahead; the clock does not follow it alone"
            self.complain(Text(zh, en))

    def _feed(self, event: Event, time: int | None) -> None:
        """`time`: how far the record speaks, where that says whether it is late."""
        self.counts["events"] += 1
        if time is not None and self.clock is not None and time < self.clock - self.late:
            self.counts["late"] += 1
            site = str(event.row.get("site_id") or (next(iter(self.zones)) if len(self.zones) == 1 else ONLY))
            self._say(late_event(self.reader.types[event.record], site, event.subject(self.reader.types), time, self.clock, self._zone(site)))
        self.watch.feed(event.record, event.row)

    def _say(self, alert: Alert) -> None:
        """Number an alert; one that the log has already is not written again."""
        self.said += 1
        if self.said > self.state.alerts.last:
            self.fresh.append(as_line(alert, self.said, self._zone(alert.site)))
            if len(self.fresh) >= LINES:
                self._log()

    def _zone(self, site: str) -> str:
        return self.zones.get(site, self.reader.zone)

    def _log(self) -> None:
        """Write what was said, once what it rests on is on the disk."""
        if self.pushed is not None:
            self.journalled += self.pushed.result()
            self.pushed = None
        if self.fresh:
            fresh, self.fresh = self.fresh, []
            self.state.alerts.write(fresh)
            self.tell(fresh)

    def _warn(self) -> None:
        """Say once what is left out, and what keeps the judge from judging."""
        for trouble in self.watch.troubles:
            if trouble not in self.troubled:
                self.complain(trouble)
        self.troubled |= set(self.watch.troubles)
        for record, key in sorted(self.reader.strange - self.warned):
            self.complain(say("`{r}` 没有字段 `{k}`,不采用(只说一次)", "`{r}` has no field `{k}`; it is left out (said once)", r=record, k=key))
        self.warned |= self.reader.strange

    def keep(self, always: bool = False) -> None:
        """Write a checkpoint where enough was journalled since the last, or `always`."""
        if not always and self.journalled < self.between:
            return
        clock, known = list(vars(self.hands).values()), self.watch.state()
        kept = Checkpoint(self.settings, self.seq, self.said, clock, dict(self.reader.zones), dict(self.positions), dict(self.counts), known, self.first, whole=self.watch.whole)
        self.between = max(LEAST_BETWEEN, self.state.save(kept) // SHARE)
        self.journalled = 0
        settle_down()


def settle_down() -> None:
    """Let the collector of cycles look at everything, and from now on at what is new alone, and seldom: what is known stays, and refers to
    itself nowhere."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)


__all__ = ["GROUP", "Inbox", "Line", "Submission", "Watcher"]
