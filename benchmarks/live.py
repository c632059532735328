"""`python -m benchmarks.live speed|open|scale|soak [--number N] [--minutes M]`: the live watch over tickets that come, are dispatched and close.

speed: events a second through 20 policies, journal and worker process and all, beside the engine's bare assert and retract calls
for the same questions, by turns in the same run, so that what else the machine does weighs on both; how many of the questions were put
to the engine; how long an alert takes. open: memory with 100,000 tickets open at once, and the time to write a checkpoint of them and to
start again from it. scale: memory and delay with so many events in a stream in which 100,000 tickets are open at once; with `--minutes`,
as far as it gets. soak: ever new tickets for so many minutes; memory of the last quarter beside that of the second. Each says what it
measured, here and in its part of LIVE.md, and ends with 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import heapq
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

from benchmarks.beside import Bare, Noted, Shares
from checker.calendars import iso_utc
from checker.commands import book_of
from checker.load import applies
from checker.policy.kinds import Deadline, Requirement
from checker.policy.values import DAY, HOUR, MINUTE, SECOND
from checker.watch.events import Reader
from checker.watch.obligations import Watch
from checker.watch.remembered import Remembering
from checker.watch.state import State
from checker.watch.watcher import Line, Submission, Watcher
from checker.watch.watching import Settings
from checker.watch.worker import Decider, Worker

POLICIES, START = 20, 1_791_162_000_000_000
GROUP = 100
RESULTS = Path(__file__).with_name("LIVE.md")
RATIO, MEMORY, GROWTH = 0.3, 1_000, 1.05
OPEN = 100_000
"""How many tickets are open at once. Each is till its day ends: a feedback is due by then that nobody gives."""


def settings() -> Settings:
    """Twenty policies about tickets and their events."""
    book = book_of(("shipped",))
    ours = (one for one in book.policies if isinstance(one, Deadline | Requirement) and one.for_each in ("ticket", "ticket_event"))
    chosen = [one for one in ours if applies(one.id, book.profiles["residential"])]
    return Settings(book, tuple(chosen[:POLICIES]), book.profiles, "residential", "Asia/Shanghai", MINUTE, 10 * MINUTE)


def ticket(key: str, received: int) -> dict[str, Any]:
    return {"record": "ticket", "ticket_id": key, "category": "repair", "status": "open", "received_at": iso_utc(received), "received_by": "e1", "resolved_on_spot": False}


def tickets(apart: int = 2 * SECOND) -> Iterator[str]:
    """Tickets without end: received, dispatched within minutes, closed within hours, in the order of their time."""
    chance, waiting, number = random.Random(1), list[tuple[int, int, dict[str, Any]]](), 0
    while True:
        at, key = START + apart * number, f"T-{number}"
        known = {**ticket(key, at), "received_by": f"e{number % 50}", "dispatched_at": None, "completed_at": None}
        when, done = at + chance.randrange(1, 400) * SECOND, at + chance.randrange(1, 5) * HOUR
        heapq.heappush(waiting, (at, number, known))
        heapq.heappush(waiting, (when, number, {"record": "ticket", "ticket_id": key, "dispatched_at": iso_utc(when)}))
        heapq.heappush(waiting, (done, number, {"record": "ticket", "ticket_id": key, "completed_at": iso_utc(done), "status": "closed"}))
        while waiting and waiting[0][0] <= at:
            yield json.dumps(heapq.heappop(waiting)[2])
        number += 1


def report(what: str, *said: str) -> None:
    """Say what was measured, and write it down in place of what was measured before."""
    print("\n".join(said))
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else "# The live watch, measured\n\n`python -m benchmarks.live`: see there what each part measures.\n"
    head, *parts = text.split("\n## ")
    known = {name: body for name, _, body in (part.partition("\n\n") for part in parts)}
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    known[what] = "\n".join(f"- {line}" for line in (*said, f"{os.cpu_count()} processors, load average {load} at the end")) + "\n"
    RESULTS.write_text("\n## ".join([head, *(f"{name}\n\n{known[name]}" for name in sorted(known))]), encoding="utf-8")


def watcher(folder: Path, decider: Decider) -> Watcher:
    asked = settings()
    made = Watcher(State(folder), Watch(asked, decider), Reader(asked.book.records, asked.zone), "records", asked.late, "same", lambda text: None)
    made.recover()
    return made


def speed(number: int) -> bool:
    """Whether events go through at a sufficient share of the bare calls' speed."""
    with Worker(settings().policies) as worker, tempfile.TemporaryDirectory() as folder:
        put = Noted(worker)
        asked, stream, calls, shares = Noted(Remembering(put)), tickets(), Bare(settings().policies), Shares()
        made, delays, took, busy, bare, questions = watcher(Path(folder), asked), list[float](), 0.0, 0.0, 0.0, 0
        for _ in range(number // GROUP):
            before = cpu(worker)
            with shares:
                took += told(made, stream, delays)
            busy += cpu(worker) - before
            questions, bare = questions + len(asked.asked), bare + calls.seconds(asked.asked)
            asked.asked.clear()
        needed = calls.seconds(put.asked)
    report(
        "speed",
        f"{number} events, {questions} questions: {number / took:.0f} events/s; the bare calls take {bare:.1f} s of {took:.1f} s: {bare / took:.2f} (target {RATIO})",
        f"{len(put.asked)} of the questions were put to the engine, which takes {1000 * needed:.1f} ms; the others no rule can tell from one of these, and were answered as it was",
        f"the processors worked {busy:.1f} s for the watcher and its worker; the watcher at: {shares.said()}",
        f"alert delay in groups of {GROUP}: {marks(delays)}; {len(delays)} alerts",
    )
    return bare / took >= RATIO


def told(made: Watcher, stream: Iterator[str], delays: list[float]) -> float:
    """Seconds that a group of events took; `delays` gets those until each alert was written."""
    lines = [Line(next(stream)) for _ in range(GROUP)]
    came = time.perf_counter()
    made.tell = lambda said: delays.extend([time.perf_counter() - came] * len(said))
    made.take([Submission(lines, "benchmark")])
    return time.perf_counter() - came


def cpu(worker: Worker) -> float:
    """Seconds that the processors worked for this process and its worker."""
    taken = Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(taken[11]) + int(taken[12])) / os.sysconf("SC_CLK_TCK")


def marks(delays: list[float]) -> str:
    ordered = sorted(delays) or [0.0]
    return ", ".join(f"p{share} {1000 * ordered[len(ordered) * share // 100]:.1f} ms" for share in (50, 95, 99))


def memory() -> float:
    """Megabytes that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def opened(number: int) -> bool:
    """Whether so many open tickets fit."""
    with Worker(settings().policies) as worker, tempfile.TemporaryDirectory() as folder:
        made = watcher(Path(folder), Remembering(worker))
        stream = (json.dumps(ticket(f"T-{one}", START + one)) for one in range(number))
        for _ in range(number // GROUP):
            told(made, stream, [])
        before, begun = memory(), time.perf_counter()
        made.keep(always=True)
        took, size = time.perf_counter() - begun, (Path(folder) / "state.json").stat().st_size / 1e6
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        made.state.close()
        begun = time.perf_counter()
        watcher(Path(folder), Remembering(worker)).state.close()
        again = time.perf_counter() - begun
    report(
        "open",
        f"{number} tickets open at once under {POLICIES} policies: {before:.0f} MB, {peak:.0f} MB at most (target {MEMORY})",
        f"their checkpoint of {size:.0f} MB took {took:.1f} s, to start again from it {again:.1f} s",
    )
    return peak <= MEMORY


def scale(number: int, minutes: float) -> bool:
    """Whether so many events fit, with so many tickets open at once."""
    with Worker(settings().policies) as worker, tempfile.TemporaryDirectory() as folder:
        made, stream, delays, most, done = watcher(Path(folder), Remembering(worker)), tickets(DAY // OPEN), list[float](), 0, 0
        longest = 0.0
        begun = time.monotonic()
        while done < number and time.monotonic() - begun < minutes * 60:
            told(made, stream, delays)
            kept = time.perf_counter()
            made.keep()
            longest = max(longest, time.perf_counter() - kept)
            done += GROUP
            if done % 10_000 == 0:
                most = max(most, sum(unit.record == "ticket" and bool(unit.wakes) for unit in made.watch.obligations.units.values()))  # type: ignore[attr-defined]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    report(
        "scale",
        f"{done} of {number} events under {POLICIES} policies, up to {most} tickets open at once: {peak:.0f} MB at most (target {MEMORY})",
        f"alert delay in groups of {GROUP}: {marks(delays)}; {len(delays)} alerts; {done / (time.monotonic() - begun):.0f} events/s",
        f"nothing is said while a checkpoint is written, up to {longest:.1f} s; what lapses at once when a day ends is told as it is judged, the last after {max(delays):.1f} s",
    )
    return peak <= MEMORY and done >= number


def soak(minutes: float) -> bool:
    """Whether memory stays where it is while tickets come and go at the same pace, each a new one."""
    with Worker(settings().policies) as worker, tempfile.TemporaryDirectory() as folder:
        made, stream, seen, number = watcher(Path(folder), Remembering(worker)), tickets(MINUTE), list[tuple[float, float]](), 0
        begun = time.monotonic()
        while (gone := time.monotonic() - begun) < minutes * 60:
            told(made, stream, [])
            made.keep()
            number += GROUP
            seen.append((gone / (minutes * 60), memory()))
        left = sum(one.stat().st_size for one in (Path(folder) / "journal").iterdir()) / 1e6
    second, last = (max((mb for share, mb in seen if low <= share < low + 0.25), default=0.0) for low in (0.25, 0.75))
    report(
        "soak",
        f"{number} events in {minutes:g} minutes, {number // 3} tickets, {worker.starts} worker processes, {left:.0f} MB of journal at the end",
        f"{second:.0f} MB in the second quarter, {last:.0f} MB in the last: {last / second:.3f} (target {GROWTH})",
    )
    return last <= GROWTH * second


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("speed", "open", "scale", "soak"))
    parser.add_argument("--number", type=int, default=None)
    parser.add_argument("--minutes", type=float, default=None)
    chosen = parser.parse_args()
    match chosen.what:
        case "speed":
            met = speed(chosen.number or 100_000)
        case "open":
            met = opened(chosen.number or 100_000)
        case "scale":
            met = scale(chosen.number or 1_000_000, chosen.minutes or 10_000)
        case _:
            met = soak(chosen.minutes or 60)
    sys.exit(not met)


if __name__ == "__main__":
    main()
