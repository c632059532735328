"""Where events come from: lines on stdin, a growing file, a folder where exports appear. Each runs in a thread of its own."""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from checker.errors import Text, Where, refuse, say, system
from checker.watch.watcher import GROUP, Inbox, Line, Submission

LOOK = 0.2
"""Seconds between two looks at a file that does not grow."""
CHUNK = 1 << 16


class Source(threading.Thread):
    """Reads until `halt` is set or what it reads ends; an end of its own is told to the inbox. `fault`: why it could not go on."""

    def __init__(self, inbox: Inbox, name: str, complain: Callable[[Text], None]) -> None:
        super().__init__(name=name, daemon=True)
        self.inbox, self.complain = inbox, complain
        self.halt = threading.Event()
        self.fault: Exception | None = None

    def run(self) -> None:
        try:
            self.read()
        except OSError as error:
            said = system(error)
            self.fault = refuse("source.read", say("读不下去:{z}", "it cannot be read on: {e}", z=said.zh, e=said.en),
                                say("检查路径和权限,再启动", "look at the path and permissions, and start again"), Where(self.name))  # fmt: skip
        except Exception as error:
            self.fault = error
        finally:
            self.inbox.put(Submission((), self.name, ends=True))

    def read(self) -> None:
        raise NotImplementedError

    def hand_over(self, lines: list[Line]) -> None:
        for start in range(0, len(lines), GROUP):
            self.inbox.put(Submission(lines[start : start + GROUP], self.name))


class Stream(Source):
    """Lines of a stream that somebody else closes; the last one needs no end of line."""

    def __init__(self, inbox: Inbox, name: str, complain: Callable[[Text], None], stream: BinaryIO) -> None:
        super().__init__(inbox, name, complain)
        self.stream = stream

    def read(self) -> None:
        rest = b""
        while not self.halt.is_set():
            data = self._more()
            if not data:
                break
            *whole, rest = (rest + data).split(b"\n")
            self.hand_over([Line(_text(one)) for one in whole if one.strip()])
        if rest.strip() and not self.halt.is_set():
            self.hand_over([Line(_text(rest))])

    def _more(self) -> bytes:
        read1: Callable[[int], bytes] | None = getattr(self.stream, "read1", None)
        return read1(CHUNK) if read1 else self.stream.read(CHUNK)


def _text(line: bytes) -> str:
    return line.decode("utf-8", errors="replace")


class Growing(Source):
    """A file that others append to. Half a line at the end waits for its rest; a file that was moved away is read to its end, then
    its successor. `positions`: how far each was read before. `once`: ends where the file ends."""

    def __init__(self, inbox: Inbox, path: Path, complain: Callable[[Text], None], positions: Mapping[str, int], once: bool = False) -> None:
        super().__init__(inbox, str(path), complain)
        self.path, self.positions, self.once = path, positions, once

    def read(self) -> None:
        for old in self._moved_away():
            self._follow(old, once=True)
        while not self.halt.is_set():
            if self.path.exists():
                self._follow(self.path, self.once)
            if self.once:
                return
            self.halt.wait(LOOK)

    def _moved_away(self) -> list[Path]:
        """Files beside this one that were read in part before they were moved."""
        beside = [one for one in self.path.parent.iterdir() if one.is_file() and one.name.startswith(self.path.name) and one != self.path]
        return sorted((one for one in beside if identity(one) in self.positions), key=lambda one: one.stat().st_mtime)

    def _follow(self, path: Path, once: bool) -> None:
        with path.open("rb") as file:
            source, at, cut = "", 0, False
            while not self.halt.is_set():
                if not source and (source := _identity(file)):
                    at = 0 if cut else self._left(source, file)
                at, read = self._lines(file, source, at) if source else (at, False)
                if read:
                    continue
                if once or self._replaced(path, file):
                    self._last(file, source, at)
                    return
                if os.fstat(file.fileno()).st_size < at:
                    source, at, cut = "", 0, True
                self.halt.wait(LOOK)

    def _left(self, source: str, file: BinaryIO) -> int:
        """Where reading was left; a file that is shorter now was begun anew."""
        at = self.positions.get(source, 0)
        return at if at <= os.fstat(file.fileno()).st_size else 0

    def _lines(self, file: BinaryIO, source: str, at: int) -> tuple[int, bool]:
        """Hand over the whole lines that follow `at`. Returns the place after them, and whether there were any."""
        file.seek(at)
        data = file.read(CHUNK)
        while data and b"\n" not in data and len(more := file.read(CHUNK)):
            data += more
        *whole, _ = data.split(b"\n")
        lines = []
        for one in whole:
            at += len(one) + 1
            lines.append(Line(_text(one) if one.strip() else None, source, at))
        self.hand_over(lines)
        return at, bool(lines)

    def _last(self, file: BinaryIO, source: str, at: int) -> None:
        """What stands after the last end of line of a file that does not grow any more."""
        file.seek(at)
        rest = file.read()
        if rest.strip():
            self.hand_over([Line(_text(rest), source or None, at + len(rest))])

    def _replaced(self, path: Path, file: BinaryIO) -> bool:
        """Whether another file stands in the place of this one."""
        now = os.fstat(file.fileno())
        try:
            there = path.stat()
        except FileNotFoundError:
            return False
        return (there.st_dev, there.st_ino) != (now.st_dev, now.st_ino)


def identity(path: Path) -> str:
    """A file, whatever it is called; empty while it has no whole line."""
    with path.open("rb") as file:
        return _identity(file)


def _identity(file: BinaryIO) -> str:
    """By its place on the disk and its first line, for places are used again."""
    file.seek(0)
    first = file.readline()
    at = os.fstat(file.fileno())
    return f"file:{at.st_dev}:{at.st_ino}:{zlib.crc32(first):08x}" if first.endswith(b"\n") else ""


__all__ = ["Growing", "Source", "Stream", "identity"]
