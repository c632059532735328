"""The journal of inputs: what was taken in, in order, each line with its number and a checksum; a torn end is cut.

Segments are named after their first number. They go when a checkpoint holds what they say.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from checker.errors import CheckerError, Where, refuse, say
from checker.quick import quick
from checker.run import flush

MARK = b',"crc":"'


@quick
@dataclass(frozen=True, slots=True)
class Entry:
    """One input: an event (JSON text), a tick of the clock (UTC microseconds), or neither: then `source` is read up to `at`."""

    seq: int
    event: str | None = None
    tick: int | None = None
    source: str | None = None
    at: int | None = None


def sealed(body: str) -> bytes:
    """A JSON object as a line with the checksum of what stands before it."""
    head = body[:-1].encode()
    return b'%s%s%08x"}\n' % (head, MARK, zlib.crc32(head))


def whole(line: bytes) -> bool:
    """Whether a line stands as it was written."""
    head, mark, tail = line.rpartition(MARK)
    return bool(mark) and tail == b'%08x"}\n' % zlib.crc32(head)


def _body(seq: int, event: str | None, tick: int | None, source: str | None, at: int | None) -> str:
    said = f'{{"seq":{seq}'
    if source is not None:
        said += f',"source":{_text(source)},"at":{at}'
    if tick is not None:
        said += f',"tick":{tick}'
    return said + (f',"event":{event}' if event is not None else "") + "}"


@lru_cache(256)
def _text(source: str) -> str:
    return json.dumps(source)


def _entry(line: bytes) -> Entry:
    head = line.rpartition(MARK)[0]
    first, found, event = head.partition(b',"event":')
    said: dict[str, Any] = json.loads(first + b"}")
    return Entry(said["seq"], event.decode() if found else None, said.get("tick"), said.get("source"), said.get("at"))


class Journal:
    """Appends inputs. Nothing counts as taken in before `commit` has pushed it to the disk."""

    def __init__(self, folder: Path) -> None:
        """Opens the journal and cuts what a crash left half-written. Raises CheckerError where it is damaged further in."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.waiting: list[bytes] = []
        self.segment = (segments(folder) or [folder / _name(1)])[-1]
        self.last = self._mend()
        self.file: BinaryIO = self.segment.open("ab", buffering=0)

    def append(self, event: str | None = None, tick: int | None = None, source: str | None = None, at: int | None = None) -> Entry:
        """Number an input. `event` is JSON of one line."""
        self.last += 1
        self.waiting.append(sealed(_body(self.last, event, tick, source, at)))
        return Entry(self.last, event, tick, source, at)

    def commit(self) -> int:
        """Write what waits and push it to the disk. Returns the number of bytes."""
        data = b"".join(self.waiting)
        if data:
            _write(self.file, data)
            os.fsync(self.file.fileno())
            self.waiting.clear()
        return len(data)

    def rotate(self) -> None:
        """Begin a new segment with the next input."""
        if self.file.tell():
            self.file.close()
            self.segment = self.folder / _name(self.last + 1)
            self.file = self.segment.open("ab", buffering=0)
            flush(self.folder)

    def forget(self) -> None:
        """Let go of all segments but the one that is written."""
        for path in segments(self.folder):
            if path != self.segment:
                path.unlink()

    def close(self) -> None:
        self.file.close()

    def _mend(self) -> int:
        """Cut the torn end of the last segment; the number of the last input."""
        if not self.segment.exists():
            return 0
        length, last = 0, int(self.segment.stem) - 1
        with self.segment.open("rb") as file:
            for line in file:
                if not whole(line):
                    break
                length, last = length + len(line), last + 1
            if any(whole(line) for line in file):
                raise _damaged(self.segment, last - int(self.segment.stem) + 2)
        if length != self.segment.stat().st_size:
            os.truncate(self.segment, length)
        return last


def segments(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.jsonl") if path.stem.isdigit())


def entries(folder: Path, after: int = 0) -> Iterator[Entry]:
    """The inputs numbered over `after`; a torn end is passed over. Raises CheckerError where the journal is damaged or begins later."""
    listed = segments(folder)
    if listed and int(listed[0].stem) > after + 1:
        raise _lost(folder, after + 1)
    ends = [*(int(path.stem) for path in listed[1:]), after + 2][: len(listed)]
    needed = [path for path, end in zip(listed, ends, strict=True) if end > after + 1]
    for path in needed:
        expected = int(path.stem)
        with path.open("rb") as file:
            for line in file:
                if not whole(line):
                    if path is listed[-1] and not any(whole(later) for later in file):
                        return
                    raise _damaged(path, expected - int(path.stem) + 1)
                entry = _entry(line)
                if entry.seq != expected:
                    raise _damaged(path, expected - int(path.stem) + 1)
                expected += 1
                if entry.seq > after:
                    yield entry


def _name(first: int) -> str:
    return f"{first:012}.jsonl"


def _write(file: BinaryIO, data: bytes) -> None:
    """All of the data, also where the system takes it in parts."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _lost(folder: Path, seq: int) -> CheckerError:
    return refuse(
        "journal.lost", say("日志从第 {n} 条起不全", "inputs of the journal are missing from number {n} on", n=seq),
        say("从备份恢复,或换一个 `--state`", "restore it from a backup, or give another `--state`"), Where(str(folder)),
    )  # fmt: skip


def _damaged(path: Path, line: int) -> CheckerError:
    return refuse(
        "journal.damaged", say("日志第 {n} 行坏了,后面还有完好的行", "line {n} of the journal is damaged, and whole lines follow it", n=line),
        say("从备份恢复,或换一个 `--state`", "restore it from a backup, or give another `--state`"), Where(str(path), line),
    )  # fmt: skip


__all__ = ["Entry", "Journal", "entries", "sealed", "segments", "whole"]
