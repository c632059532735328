"""The database of one audit: in memory, never on the network; what does not fit is spilled to the system's temporary folder."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from checker.errors import refuse, say

MEMORY = "450MB"
"""Of the database; `CHECKER_MEMORY` says otherwise. The whole process takes some 150 MB more."""
SIZE = re.compile(r"[1-9][0-9]*(?:MB|GB)")


def connect() -> duckdb.DuckDBPyConnection:
    """An empty database that keeps its order. Raises CheckerError where `CHECKER_MEMORY` is no size."""
    db = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    db.execute("SET temp_directory = ?", [str(Path(tempfile.gettempdir()) / f"checker-{os.getpid()}")])
    db.execute(f"SET memory_limit = '{_limit()}'; SET TimeZone = 'UTC'; SET preserve_insertion_order = true")
    if threads := os.environ.get("CHECKER_THREADS"):
        db.execute(f"SET threads = {int(threads)}")
    return db


def _limit() -> str:
    said = os.environ.get("CHECKER_MEMORY") or MEMORY
    if not SIZE.fullmatch(said):
        raise refuse(
            "memory.not-a-size",
            say("环境变量 CHECKER_MEMORY 的值 `{v}` 不是内存大小", "`{v}` in the environment variable CHECKER_MEMORY is no size of memory", v=said),
            say("写成 `2GB` 或 `800MB`", "write `2GB` or `800MB`"),
        )
    return said


@contextmanager
def within_memory() -> Iterator[None]:
    """Says what to do where the database runs out of what it may take. Raises CheckerError."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise refuse(
            "memory.not-enough",
            say("这么多记录和政策,{m} 内存不够", "{m} of memory are not enough for so many records and policies", m=_limit()),
            say("把环境变量 CHECKER_MEMORY 设为更大的值(如 `2GB`),或用 `--select`、`--period` 分几次核查",
                "set the environment variable CHECKER_MEMORY to more, `2GB` for example, or audit in parts with `--select` or `--period`"),
        ) from error  # fmt: skip


__all__ = ["MEMORY", "connect", "within_memory"]
