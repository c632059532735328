"""The STATE folder: the lock, the log of alerts (each exactly once), checkpoints, rejected events, how far each listener was told."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from checker.errors import CheckerError, Text, Where, refuse, say, system
from checker.run import flush
from checker.watch.archive import Archive, dumped
from checker.watch.journal import Journal

FORMAT = "watch-state/3"
ALERTS, STATE, REJECTED, LOCK, JOURNAL = "alerts.jsonl", "state.json", "rejected.jsonl", "lock", "journal"


PIECE = 500
"""Parts of a list that are written at once."""


@dataclass
class Checkpoint:
    """The watcher between two inputs: `seq` the last input, `alerts` the last alert, `clock` as `RecordClock` holds it; `positions`:
    how far each source was read; `watch`: what the judging half knows. `first`: the earliest own time of a record; `generation`: which of
    the archive's; `whole`: with the archive it holds every record, and inputs up to `seq` are gone."""

    settings: str = ""
    seq: int = 0
    alerts: int = 0
    clock: list[Any] = field(default_factory=list)
    zones: dict[str, str] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    watch: Any = None
    first: int | None = None
    generation: int = 0
    whole: bool = False


class Lock:
    """Held by the one watcher of a folder; the system lets it go when that process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Raises CheckerError where another watcher holds it."""
        self.file = (folder / LOCK).open("a+b")
        try:
            _hold(self.file)
        except OSError as error:
            self.file.seek(0)
            who = self.file.read().decode("ascii", "replace").strip() or "?"
            self.file.close()
            raise refuse(
                "watch.locked", say("另一个 `checker watch`(进程 {p})正在使用", "another `checker watch` (process {p}) is using it", p=who),
                say("先停掉它,或换一个 `--state`", "stop it first, or give another `--state`"), Where(str(folder)),
            ) from error  # fmt: skip
        self.file.truncate(0)
        self.file.write(f"{os.getpid()}\n".encode())
        self.file.flush()

    def close(self) -> None:
        self.file.close()


def _hold(file: BinaryIO) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(1 << 30)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class AlertLog:
    """`alerts.jsonl`. A torn end is cut when it is opened: the same inputs say it again. Of the first `least` they do not, and nothing is cut."""

    def __init__(self, path: Path, least: int = 0) -> None:
        self.path, self.last = path, 0
        self.file = path.open("ab", buffering=0)
        length = 0
        with path.open("rb") as file:
            for line in file:
                number = _number(line)
                if number != self.last + 1:
                    break
                length, self.last = length + len(line), number
        if length != path.stat().st_size and self.last >= least:
            os.truncate(path, length)

    def write(self, lines: list[str]) -> None:
        """Lines with the numbers after the last, all at once."""
        if lines:
            data = memoryview("".join(lines).encode())
            while data:
                data = data[self.file.write(data) :]
            self.last += len(lines)

    def sync(self) -> None:
        os.fsync(self.file.fileno())

    def close(self) -> None:
        self.file.close()


def _number(line: bytes) -> int | None:
    try:
        return int(json.loads(line)["seq"]) if line.endswith(b"\n") else None
    except (ValueError, KeyError, TypeError):
        return None


class Told:
    """How far one listener was told: the number of an alert, kept in a file of its own."""

    def __init__(self, folder: Path, name: str, start: int) -> None:
        """`start` is taken where this listener is new."""
        self.path = folder / f"told-{name}"
        self.fresh = folder / f".told-{name}"
        try:
            self.seq = int(self.path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            self.seq = start
            self.mark(start)

    def mark(self, seq: int) -> None:
        self.fresh.write_text(f"{seq}\n", encoding="ascii")
        os.replace(self.fresh, self.path)
        self.seq = seq


class State:
    """Everything that outlives the process, opened for the one watcher that may write it."""

    def __init__(self, folder: Path) -> None:
        """Raises CheckerError where the folder cannot be used, is damaged, or another watcher uses it."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder = folder
            self.lock = Lock(folder)
            self.checkpoint = read_checkpoint(folder)
            self.archive = Archive(folder, self.checkpoint.generation)
            self.journal = Journal(folder / JOURNAL)
            self.alerts = AlertLog(folder / ALERTS, self.checkpoint.alerts)
        except OSError as error:
            raise _unusable(folder, error) from error
        if self.journal.last < self.checkpoint.seq or self.alerts.last < self.checkpoint.alerts:
            raise refuse(
                "watch.lost", say("日志比检查点短,有文件被改过或删过", "the journal is shorter than the checkpoint says: files were changed or removed"),
                say("从备份恢复,或换一个 `--state`", "restore it from a backup, or give another `--state`"), Where(str(folder)),
            )  # fmt: skip

    def save(self, checkpoint: Checkpoint) -> int:
        """Write a checkpoint, all or nothing, and begin a new segment of the journal; the older ones go where the checkpoint holds what they
        say. Returns its size in bytes."""
        self.alerts.sync()
        checkpoint.generation = self.archive.commit()
        fresh = self.folder / f".{STATE}"
        with fresh.open("w", encoding="utf-8") as file:
            size = sum(file.write(piece) for piece in written({"format": FORMAT, **vars(checkpoint)}))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self.folder / STATE)
        flush(self.folder)
        self.archive.stands()
        self.journal.rotate()
        if checkpoint.whole:
            self.journal.forget()
        checkpoint.watch = None
        self.checkpoint = checkpoint
        return size

    def reject(self, raw: str, reason: Text, source: str) -> None:
        """Keep an event that cannot be used, with why."""
        line = json.dumps({"source": source, "zh": reason.zh, "en": reason.en, "event": raw}, ensure_ascii=False)
        with (self.folder / REJECTED).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(line + "\n")

    def close(self) -> None:
        self.journal.close()
        self.archive.close()
        self.alerts.close()
        self.lock.close()


def written(value: Any) -> Iterator[str]:
    """JSON in pieces: a checkpoint may be long, and iterators are made as they are written."""
    if isinstance(value, dict):
        for number, (key, one) in enumerate(value.items()):
            yield f"{',' if number else '{'}{json.dumps(key, ensure_ascii=False)}:"
            yield from written(one)
        yield "}" if value else "{}"
    elif isinstance(value, Iterator):
        yield "["
        for number, piece in enumerate(iter(lambda: list(islice(value, PIECE)), [])):
            yield ("," if number else "") + dumped(piece)[1:-1]
        yield "]"
    else:
        yield dumped(value)


def read_checkpoint(folder: Path) -> Checkpoint:
    """The last checkpoint, or an empty one. Raises CheckerError for one of another format."""
    try:
        said: Mapping[str, Any] = json.loads((folder / STATE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Checkpoint()
    except ValueError:
        return Checkpoint()
    if said.get("format") != FORMAT:
        raise refuse("watch.format", say("格式是 `{f}`,这里读 `{w}`", "its format is `{f}`; `{w}` is read here", f=said.get("format"), w=FORMAT),
                     say("换一个 `--state`", "give another `--state`"), Where(str(folder / STATE)))  # fmt: skip
    return Checkpoint(**{key: value for key, value in said.items() if key != "format"})


def alerts_after(path: Path, seq: int, offset: int = 0) -> Iterator[tuple[dict[str, Any], int]]:
    """The alerts numbered over `seq` from a place in the log on, each with the place after it; half a line at the end waits."""
    with path.open("rb") as file:
        file.seek(offset)
        for line in file:
            if not line.endswith(b"\n"):
                return
            offset += len(line)
            alert = json.loads(line)
            if alert["seq"] > seq:
                yield alert, offset


def _unusable(folder: Path, error: OSError) -> CheckerError:
    said = system(error)
    return refuse("watch.state", say("不能用作状态文件夹:{z}", "it cannot be the state folder: {e}", z=said.zh, e=said.en),
                  say("检查权限,或换一个 `--state`", "look at its permissions, or give another `--state`"), Where(str(folder)))  # fmt: skip


__all__ = ["ALERTS", "JOURNAL", "REJECTED", "AlertLog", "Checkpoint", "Lock", "State", "Told", "alerts_after", "read_checkpoint"]
