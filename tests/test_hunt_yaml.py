"""No input makes the reader of policy files crash, hang or raise (mutated files and bombs, in a process of its own)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def _read(number: int, seed: int, kept: Path, seconds: int) -> None:
    done = subprocess.run([sys.executable, "-m", "tests.mutate_yaml", str(number), str(seed), str(kept)], cwd=ROOT, timeout=seconds, check=False)
    assert done.returncode == 0, f"the input is kept in {kept}"


def test_some_hundred_mutated_files_and_all_bombs_are_read_to_the_end(tmp_path: Path) -> None:
    _read(400, 1, tmp_path / "input.yaml", 1200)


@pytest.mark.hunt
def test_a_hundred_thousand_mutated_files_are_read_to_the_end(tmp_path: Path) -> None:
    _read(100_000, 2026, tmp_path / "input.yaml", 6 * 3600)
