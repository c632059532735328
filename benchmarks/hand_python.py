"""The six standards by hand in plain Python.

    python -m benchmarks.hand_python DATA OUT
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

DATA, OUT = Path(sys.argv[1]), sys.argv[2]
MICRO_DAY, SHIFT, START = 86_400_000_000, 8 * 3_600_000_000, 1_767_196_800_000_000
END = START + 365 * MICRO_DAY
Found = tuple[str, str, str]


def read(table: str, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Rows as tuples; times as UTC microseconds."""
    for batch in pq.ParquetFile(DATA / f"{table}.parquet").iter_batches(100_000, columns=list(columns)):
        lists = [(batch[name].cast(pa.int64()) if pa.types.is_timestamp(batch[name].type) else batch[name]).to_pylist() for name in columns]
        yield from zip(*lists, strict=True)


def calls() -> Iterator[Found]:
    for call, way, rings, seconds, outcome in read("call", "call_id", "direction", "ring_count", "ring_seconds", "outcome"):
        if rings is None and seconds is not None:
            rings = max(seconds - 1, 0) // 5 + 1
        if way == "inbound" and (outcome == "missed" or (rings is not None and rings > 2 and outcome in ("answered", "abandoned"))):
            yield "telephone.answer-within-rings", call, "1"


def dispatch() -> Iterator[Found]:
    for ticket, received, sent, spot in read("ticket", "ticket_id", "received_at", "dispatched_at", "resolved_on_spot"):
        if not spot and (sent is None or sent - received > 300_000_000) and received + 300_000_000 < END:
            yield "dispatch.within-five-minutes", ticket, "1"


def month(day: int) -> str:
    from datetime import date, timedelta

    return (date(1970, 1, 1) + timedelta(days=day)).strftime("%Y-%m")


def callbacks() -> Iterator[Found]:
    reached: dict[str, list[int]] = defaultdict(list)
    tried: dict[str, list[int]] = defaultdict(list)
    for tickets, at, result in read("callback", "ticket_ids", "at", "result"):
        if at < END:
            for ticket in tickets:
                (reached if result == "reached" else tried)[ticket].append(at)
    totals: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    names: dict[int, str] = {}
    for ticket, category, done in read("ticket", "ticket_id", "category", "completed_at"):
        if done >= END:
            continue
        day, clock = divmod(done + SHIFT, MICRO_DAY)
        if category == "repair":
            due = (day + 1 + (clock > (20 * 60 + 30) * 60_000_000)) * MICRO_DAY - SHIFT
            after = [at for at in reached.get(ticket, ()) if at >= done]
            tries = sorted(at for at in tried.get(ticket, ()) if at >= done)
            ends = after + tries[2:3]
            if due <= END and not (ends and min(ends) < due):
                yield "callback.repair-same-day", ticket, "1"
        elif category != "complaint":
            label = names.setdefault(day, month(day))
            which = "special" if category == "special-service" else "other"
            calls_made = reached.get(ticket)
            first = min(calls_made) if calls_made else None
            met = first is not None and names.setdefault((first + SHIFT) // MICRO_DAY, month((first + SHIFT) // MICRO_DAY)) <= label
            totals[which, label][0] += 1
            totals[which, label][1] += met
    for (which, label), (n, met) in totals.items():
        if which == "special" and met < n:
            yield "callback.special-service-rate-100", "S1", label
        if which == "other" and met * 10 < n:
            yield "callback.other-rate-10", "S1", label


def visits() -> Iterator[Found]:
    ends: dict[str, tuple[int, int]] = {}
    for unit, at, outcome in read("visit", "unit_id", "arrived_at", "outcome"):
        if outcome == "done":
            day = (at + SHIFT) // MICRO_DAY
            low, high = ends.get(unit, (day, day))
            ends[unit] = min(low, day), max(high, day)
    for (unit,) in read("customer", "unit_id"):
        low, high = ends.get(unit, (0, 0))
        if high - low < 30:
            yield "visit.twice-per-year", unit, "2026"


def patrols() -> Iterator[Found]:
    seen: dict[tuple[str, int], set[str]] = defaultdict(set)
    for area, at, points in read("patrol", "area_id", "started_at", "checkpoint_ids"):
        seen[area, ((at + SHIFT) // MICRO_DAY + 3) // 7].update(points)
    first = (20_458 + 3) // 7  # Monday 5 January 2026 begins week 2
    for (area,) in read("area", "area_id"):
        for number in range(2, 53):
            if len(seen[area, first + number - 2]) < 5:
                yield "patrol.area-weekly-full-coverage", area, f"2026-W{number:02}"


def items() -> Iterator[Found]:
    for inspection, code, seq, result in read("inspection_item", "inspection_id", "item_code", "seq", "result"):
        if result == "fail":
            yield code, f"{inspection}/{code}/{seq}", "1"


if __name__ == "__main__":
    rows = sorted(row for part in (calls, dispatch, callbacks, visits, patrols, items) for row in part())
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    pq.write_table(pa.table({name: list(column) for name, column in zip(("policy", "subject", "ordinal"), columns, strict=True)}), OUT)
