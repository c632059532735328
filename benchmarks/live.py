"""`python -m benchmarks.live speed|open|soak [--number N] [--minutes M]`: the live watch over tickets that come, are dispatched and close.

speed: events a second through 20 policies, journal and worker process and all, beside the engine's bare assert and retract calls
for the same questions, in the same run; how long an alert takes. open: memory with so many tickets open at once. soak: replay for
so many minutes; memory of the last quarter beside that of the second. Each says what it measured and ends with 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from checker.calendars import iso_utc
from checker.commands import book_of
from checker.load import applies
from checker.policy.kinds import Deadline, Requirement
from checker.policy.values import HOUR, MINUTE, SECOND
from checker.watch.events import Reader
from checker.watch.obligations import Watch
from checker.watch.state import State
from checker.watch.watcher import Line, Submission, Watcher
from checker.watch.watching import Settings
from checker.watch.worker import Worker

POLICIES, START = 20, 1_791_162_000_000_000
GROUP = 100
RATIO, MEMORY, GROWTH = 0.3, 1_000, 1.05


def settings() -> Settings:
    """Twenty policies about tickets and their events."""
    book = book_of(("shipped",))
    ours = (one for one in book.policies if isinstance(one, Deadline | Requirement) and one.for_each in ("ticket", "ticket_event"))
    chosen = [one for one in ours if applies(one.id, book.profiles["residential"])]
    return Settings(book, tuple(chosen[:POLICIES]), book.profiles, "residential", "Asia/Shanghai", MINUTE, 10 * MINUTE)


def ticket(key: str, received: int) -> dict[str, Any]:
    return {"record": "ticket", "ticket_id": key, "category": "repair", "status": "open", "received_at": iso_utc(received), "received_by": "e1", "resolved_on_spot": False}


def tickets(apart: int = 2 * SECOND, names: int = 10**9) -> Iterator[str]:
    """Tickets without end: received, dispatched within minutes, closed within hours, in the order of their time; of so many `names`, used
    again where they run out."""
    chance, waiting, number = random.Random(1), list[tuple[int, int, dict[str, Any]]](), 0
    while True:
        at, key = START + apart * number, f"T-{number % names}"
        known = {**ticket(key, at), "received_by": f"e{number % 50}", "dispatched_at": None, "completed_at": None}
        waiting += [
            (at, number, known), (when := at + chance.randrange(1, 400) * SECOND, number, {"record": "ticket", "ticket_id": key, "dispatched_at": iso_utc(when)}),
            (done := at + chance.randrange(1, 5) * HOUR, number, {"record": "ticket", "ticket_id": key, "completed_at": iso_utc(done), "status": "closed"}),
        ]  # fmt: skip
        waiting.sort(key=lambda one: one[:2])
        while waiting and waiting[0][0] <= at:
            yield json.dumps(waiting.pop(0)[2])
        number += 1


class Timed:
    """A worker that notes what it was asked."""

    def __init__(self, worker: Worker) -> None:
        self.worker, self.asked = worker, list[Any]()

    def ask(self, questions: Any) -> None:
        self.asked += questions
        self.worker.ask(questions)

    def answers(self) -> Any:
        return self.worker.answers()


def watcher(folder: Path, decider: Any) -> Watcher:
    asked = settings()
    made = Watcher(State(folder), Watch(asked, decider), Reader(asked.book.records, asked.zone), "records", asked.late, "same", lambda text: None)
    made.recover()
    return made


def speed(number: int) -> bool:
    """Whether events go through at a sufficient share of the bare calls' speed."""
    with Worker(settings().policies) as worker, tempfile.TemporaryDirectory() as folder:
        timed, stream = Timed(worker), tickets()
        made, delays, took = watcher(Path(folder), timed), list[float](), 0.0
        for _ in range(number // GROUP):
            lines = [Line(next(stream)) for _ in range(GROUP)]
            came = time.perf_counter()
            said = made.take([Submission(lines, "benchmark")])
            passed = time.perf_counter() - came
            took += passed
            delays += [passed] * len(said)
    bare = bare_calls(timed.asked)
    delays.sort()
    marks = [f"p{share} {1000 * delays[len(delays) * share // 100]:.1f} ms" for share in (50, 95, 99)]
    print(f"{number} events, {len(timed.asked)} questions: {number / took:.0f} events/s; the bare calls take {bare:.1f} s of {took:.1f} s: {bare / took:.2f} (target {RATIO})")
    print(f"alert delay in groups of {GROUP}: {', '.join(marks)}; {len(delays)} alerts")
    return bare / took >= RATIO


def bare_calls(asked: list[Any]) -> float:
    """Seconds that the engine's calls take for these questions, their facts being JSON already."""
    from checker.engines.live import Engine

    engine, calls = Engine(settings().policies), list[tuple[Any, Any, str]]()
    core = engine._core

    class Noting:
        def __getattr__(self, name: str) -> Any:
            found = getattr(core, name)
            if name not in ("assert_fact", "retract_fact"):
                return found
            return lambda handle, text: (calls.append((found, handle, text)), found(handle, text))[1]

    for rules in (*engine._kinds.values(), *engine._conditions.values()):
        rules._core = Noting()
    engine.decide(asked)
    begun = time.perf_counter()
    for call, handle, text in calls:
        code, state = call(handle, text)[:2]
        more = None if code else core.start_action_for_state(handle, state)
        while more:
            more = core.complete_and_start_action(handle, state)
    return time.perf_counter() - begun


def memory() -> float:
    """Megabytes that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def opened(number: int) -> bool:
    """Whether so many open tickets fit."""
    with Worker(settings().policies) as worker, tempfile.TemporaryDirectory() as folder:
        made = watcher(Path(folder), worker)
        lines = (json.dumps(ticket(f"T-{one}", START + one)) for one in range(number))
        for group in iter(lambda: [Line(line) for _, line in zip(range(GROUP), lines, strict=False)], []):
            made.take([Submission(group, "benchmark")])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"{number} tickets open at once under {POLICIES} policies: {peak:.0f} MB at most (target {MEMORY})")
    return peak <= MEMORY


def soak(minutes: float) -> bool:
    """Whether memory stays where it is once tickets come and go at the same pace. Records are kept for good, so their number is fixed."""
    with Worker(settings().policies) as worker, tempfile.TemporaryDirectory() as folder:
        made, stream, seen, number = watcher(Path(folder), worker), tickets(20 * SECOND, 1_000), list[tuple[float, float]](), 0
        begun = time.monotonic()
        while (gone := time.monotonic() - begun) < minutes * 60:
            made.take([Submission([Line(next(stream)) for _ in range(GROUP)], "soak")])
            made.keep()
            number += GROUP
            seen.append((gone / (minutes * 60), memory()))
    second, last = (max((mb for share, mb in seen if low <= share < low + 0.25), default=0.0) for low in (0.25, 0.75))
    print(f"{number} events in {minutes:g} minutes, {worker.starts} worker processes")
    print(f"{second:.0f} MB in the second quarter, {last:.0f} MB in the last: {last / second:.3f} (target {GROWTH})")
    return last <= GROWTH * second


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("speed", "open", "soak"))
    parser.add_argument("--number", type=int, default=None)
    parser.add_argument("--minutes", type=float, default=60.0)
    chosen = parser.parse_args()
    match chosen.what:
        case "speed":
            met = speed(chosen.number or 1_000_000)
        case "open":
            met = opened(chosen.number or 100_000)
        case _:
            met = soak(chosen.minutes)
    sys.exit(not met)


if __name__ == "__main__":
    main()
