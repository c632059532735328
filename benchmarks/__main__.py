"""`python -m benchmarks [--sizes 100000,1000000] [--rounds 3]`: whole processes in turn, ratios round by round.

Writes RESULTS.md. A target that is missed stands there with where the time goes; findings that differ are printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks import book
from benchmarks.events import write
from fixtures.sites.six import SELECT

HERE, ROOT = Path(__file__).parent, Path(__file__).parent.parent
WORK = ROOT / "build" / "bench"
PYTHON = sys.executable
PYTHON_LIMIT = 1_000_000
"""Above this plain Python is not run: it is linear, and takes minutes."""


@dataclass(frozen=True)
class Cost:
    """One process: seconds by the clock and of processor, peak memory of its largest process in MB."""

    wall: float
    cpu: float
    peak: float
    stages: dict[str, float]


def measure(command: list[str], fine: tuple[int, ...] = (0,)) -> Cost:
    """Run a command as a whole process. Exits where it fails; an audit of policies whose columns the events lack ends with 2,
    and one that breaks off does so too, without having written its run."""
    begun = time.perf_counter()
    environment = os.environ | {"CHECKER_TIMINGS": "1"}
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, text=True)
    assert process.stderr
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    stages = {line.split()[1]: float(line.split()[2]) for line in said.splitlines() if line.startswith("timing ")}
    if code not in fine or (code == 2 and "write" not in stages):
        sys.exit(f"{' '.join(command)} ended with {code}:\n{said[-2000:]}")
    return Cost(time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000, stages)


def commands(n: int) -> dict[str, list[str]]:
    data, run = WORK / str(n), WORK / f"run-{n}"
    audit = [PYTHON, "-m", "checker", "audit", str(data), "--profile", "residential", "--period", "2026", "--out", str(run),
             "--fail-on", "never", "--max-unknown", "100 %", "--no-report", *SELECT]  # fmt: skip
    found = {
        "checker": audit,
        "floor": [PYTHON, "-m", "benchmarks.floor", str(data), str(run / "findings.parquet"), str(WORK / f"floor-{n}.parquet")],
        "polars": [PYTHON, "-m", "benchmarks.hand_polars", str(data), str(WORK / f"polars-{n}.parquet")],
        "pandas": [PYTHON, "-m", "benchmarks.hand_pandas", str(data), str(WORK / f"pandas-{n}.parquet")],
    }
    if n <= PYTHON_LIMIT:
        found["python"] = [PYTHON, "-m", "benchmarks.hand_python", str(data), str(WORK / f"python-{n}.parquet")]
    return found


def rounds_of(n: int, rounds: int) -> dict[str, list[Cost]]:
    """Every command once a round, in turn; the first audit, which the floor needs, is not counted."""
    write(WORK / str(n), n)
    lines = commands(n)
    measure(lines["checker"])
    costs: dict[str, list[Cost]] = {name: [] for name in lines}
    for _ in range(rounds):
        for name, command in lines.items():
            costs[name].append(measure(command))
    return costs


def agreement(n: int) -> list[str]:
    """Policies whose violations differ between the checker and a hand-written script, by hash of the sorted keys."""
    sql = "SELECT policy, count(*), hash(string_agg(subject || ordinal, ',' ORDER BY subject, ordinal)) FROM '{}' {} GROUP BY 1"
    with duckdb.connect() as db:
        mine = {row[0]: row[1:] for row in db.execute(sql.format(WORK / f"run-{n}" / "findings.parquet", "WHERE verdict = 'fail'")).fetchall()}
        differing = []
        for name in commands(n):
            path = WORK / f"{name}-{n}.parquet"
            if name in ("checker", "floor"):
                continue
            theirs = {row[0]: row[1:] for row in db.execute(sql.format(path, "")).fetchall()}
            differing += [f"{name}: {policy}" for policy in sorted(mine.keys() | theirs.keys()) if mine.get(policy) != theirs.get(policy)]
    return differing


def ratio(costs: dict[str, list[Cost]], one: str, other: str) -> float:
    """The median over rounds of one's time by the clock over another's."""
    return statistics.median(a.wall / b.wall for a, b in zip(costs[one], costs[other], strict=True))


def table(n: int, costs: dict[str, list[Cost]]) -> list[str]:
    lines = [f"## {n:,} events", "", "| | wall s | cpu s | peak MB | wall / floor |", "|---|---|---|---|---|"]
    for name, listed in costs.items():
        wall, cpu, peak = (statistics.median(getattr(one, what) for one in listed) for what in ("wall", "cpu", "peak"))
        lines.append(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {ratio(costs, name, 'floor'):.1f} |")
    differing = agreement(n)
    same = "Violations agree with every hand-written script, by hash of the sorted keys, policy by policy."
    lines += ["", f"**Differing: {', '.join(differing)}**" if differing else same, ""]
    stages = costs["checker"][-1].stages
    worst = sorted(stages.items(), key=lambda item: -item[1])[:6]
    lines += ["Where the checker's time goes (last round): " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in worst) + ".", ""]
    lines += [f"Key check and reconciliation: {stages.get('keys_and_reconciliation', 0):.2f} s.", ""]
    return lines


def starts(rounds: int) -> list[tuple[str, float, float]]:
    """(what, ratio, target) of the start-up targets."""
    small = WORK / "1000"
    write(small, 1000)
    audit = [PYTHON, "-m", "checker", "audit", str(small), "--profile", "residential", "--period", "2026",
             "--out", str(WORK / "run-small"), "--fail-on", "never", "--max-unknown", "100 %", "--no-report", *SELECT]  # fmt: skip
    select = [PYTHON, "-c", "import duckdb; duckdb.sql('SELECT 42').fetchall()"]
    shown, click = [PYTHON, "-m", "checker", "--help"], [PYTHON, "-c", "import click"]
    valid, models = [PYTHON, "-m", "checker", "validate", "policies/"], [PYTHON, "-c", "import click, yaml, pydantic"]
    lines = {"audit": audit, "select": select, "help": shown, "click": click, "validate": valid, "models": models}
    costs: dict[str, list[Cost]] = {name: [] for name in lines}
    for _ in range(rounds + 2):
        for name, command in lines.items():
            costs[name].append(measure(command))
    return [
        ("an audit of 1,000 events / a process that imports duckdb and runs one SELECT", ratio(costs, "audit", "select"), 2.5),
        ("`checker --help` / a process that imports click", ratio(costs, "help", "click"), 3.0),
        ("`checker validate policies/`, unchanged since the last time / a process that imports click, pyyaml and pydantic", ratio(costs, "validate", "models"), 6.0),
    ]


def whole_book(n: int, few: int) -> tuple[list[tuple[str, float, float]], list[str]]:
    """(targets, what stands below them): the whole book against the six, and of fewer events twice the requirements of one type."""
    data, others = (WORK / f"{size}-whole" for size in (n, few))
    write(data, n, whole=True)
    write(others, few, whole=True)
    six = measure(book.six(data, WORK / "run-six"), (0, 2))
    every = measure(book.audit(data, WORK / "run-book"), (0, 2))
    worst = sorted(every.stages.items(), key=lambda item: -item[1])[:8]
    targets = [(f"{n:,} events: all policies / the six", every.wall / six.wall, 6.0)]
    below = [f"## The whole book, {n:,} events", "", f"The six: {six.wall:.1f} s, all policies: {every.wall:.1f} s. Where the time goes: "
             + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in worst) + ".", ""]  # fmt: skip
    for record in book.TYPES:
        policies = book.requirements(record)
        once, twice = (measure(book.audit(others, WORK / "run-some", *more), (0, 2)) for more in (book.selected(policies), book.doubled(record, WORK / "again")))
        single, double = book.of_type(record, once.stages), book.of_type(record, twice.stages)
        if not single or not double:
            sys.exit(f"the scans of {record} were not timed")
        targets.append((f"{few:,} events: twice the requirements of `{record}`, time of its scans", double / single, 1.8))
        below += [f"{few:,} events: scans of the {len(policies)} requirements of `{record}`: {single:.2f} s, of twice as many: {double:.2f} s.", ""]
    return targets, below


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--sizes", default="100000,1000000,10000000")
    words.add_argument("--rounds", type=int, default=3)
    asked = words.parse_args()
    sizes = [int(one) for one in asked.sizes.split(",")]
    WORK.mkdir(parents=True, exist_ok=True)
    by_size = {n: rounds_of(n, asked.rounds if n < 5_000_000 else 1) for n in sizes}
    more, below = whole_book(next((n for n in sizes if n == 1_000_000), sizes[0]), sizes[0])
    targets = [*starts(asked.rounds), *_targets(by_size), *more]
    made = f"Made by `python -m benchmarks --sizes {asked.sizes} --rounds {asked.rounds}`; whole processes, ratios are medians over rounds."
    lines = ["# Measurements", "", made, ""]
    lines += ["| target | measured | at most | |", "|---|---|---|---|"]
    lines += [f"| {what} | {measured:.2f} | {most:g} | {'reached' if measured <= most else '**missed**'} |" for what, measured, most in targets]
    lines.append("")
    for n, costs in by_size.items():
        lines += table(n, costs)
    lines += below
    (HERE / "RESULTS.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


def _targets(by_size: dict[int, dict[str, list[Cost]]]) -> list[tuple[str, float, float]]:
    """The targets at the largest size, and growth from the size before it."""
    sizes = sorted(by_size)
    n = sizes[-1]
    costs = by_size[n]
    peak = max(one.peak for one in costs["checker"])
    found = [(f"{n:,} events: checker / floor", ratio(costs, "checker", "floor"), 4.0), (f"{n:,} events: checker / hand-written Polars", ratio(costs, "checker", "polars"), 1.6),
             (f"{n:,} events: peak memory, MB", peak, 700)]  # fmt: skip
    if len(sizes) > 1:
        before = by_size[sizes[-2]]
        grown = statistics.median(one.wall for one in costs["checker"]) / statistics.median(one.wall for one in before["checker"])
        found.append((f"growth from {sizes[-2]:,} to {n:,}, over the growth of the events", grown / (n / sizes[-2]), 1.0))
    return found


if __name__ == "__main__":
    main()
