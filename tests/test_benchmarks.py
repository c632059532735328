"""The hand-written scripts of the benchmark and the checker find the same violations."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("polars")

from benchmarks import __main__ as bench
from benchmarks.events import write


def test_the_scripts_agree_with_the_checker_policy_by_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "WORK", tmp_path)
    write(tmp_path / "5000", 5000)
    for command in bench.commands(5000).values():
        bench.measure(command)
    assert bench.agreement(5000) == []


def test_the_same_size_gives_the_same_events(tmp_path: Path) -> None:
    write(tmp_path / "a", 500)
    write(tmp_path / "b", 500)
    assert all((tmp_path / "b" / path.name).read_bytes() == path.read_bytes() for path in (tmp_path / "a").iterdir())
