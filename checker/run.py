"""The run directory as a value: written whole or not at all, read back.

A kill at any instant leaves the old run or the new one. Files are written and flushed in a sibling folder, which then
changes places with the old one in a single step where the system has one, else in two with recovery at the next use.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.errors import CheckerError, Where, refuse, say, system

Write = Callable[[Path], object]
MANIFEST, FORMAT = "manifest.json", "run/1"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
EXCHANGE = 2


@dataclass(frozen=True)
class Run:
    """A run that was read: its folder, manifest and summary."""

    path: Path
    manifest: Mapping[str, Any]
    summary: Mapping[str, Any]


def write_run(out: Path, files: Mapping[str, Write], manifest: Callable[[Mapping[str, Mapping[str, Any]]], Mapping[str, Any]]) -> None:
    """Write every file of a run, then its manifest, then put it in the place of the old one.

    `manifest` gets {file: {sha256, size}} and gives the manifest. Raises CheckerError where the folder cannot be written,
    the disk is full, or something that is no run stands there; nothing half-written stays.
    """
    out = out.absolute()
    recover(out)
    _may_replace(out)
    fresh = out.with_name(f".{out.name}.new-{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _sweep(out)
        fresh.mkdir()
        _fill(fresh, files, manifest)
        _swap(fresh, out)
    except OSError as error:
        raise _unwritable(out, error) from error
    except Exception as error:
        if "No space left" in str(error) or "File too large" in str(error):
            raise _unwritable(out, OSError(errno.ENOSPC, "")) from error
        raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def add_to_run(run: Run, files: Mapping[str, Write], more: Mapping[str, Any]) -> None:
    """Write files into a run that stands, in one step with its new manifest; `more` are keys of the manifest. What else the folder holds
    stays as it is, whoever put it there. Raises CheckerError as `write_run` does."""
    out = run.path.absolute()
    fresh = out.with_name(f".{out.name}.new-{os.getpid()}")
    try:
        _sweep(out)
        fresh.mkdir()
        _fill(fresh, files, lambda written: {**run.manifest, "files": {**run.manifest["files"], **written}, **more})
        for one in out.iterdir():
            if one.name not in {*files, MANIFEST} or one.is_dir():
                _take(one, fresh / one.name)
        _swap(fresh, out)
    except OSError as error:
        raise _unwritable(out, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _take(old: Path, new: Path) -> None:
    """A file or a folder with all that is in it."""
    if old.is_dir() and not old.is_symlink():
        shutil.copytree(old, new, symlinks=True, copy_function=_link)
    else:
        _link(old, new)


def _link(old: str | Path, new: str | Path) -> None:
    """One file under two names, or a copy where the disk has no such thing."""
    try:
        os.link(old, new, follow_symlinks=False)
    except (NotImplementedError, OSError):
        shutil.copy2(old, new, follow_symlinks=False)


def _fill(folder: Path, files: Mapping[str, Write], manifest: Callable[[Mapping[str, Mapping[str, Any]]], Mapping[str, Any]]) -> None:
    """Every file is pushed to the disk and hashed while the next ones are written."""
    with ThreadPoolExecutor(1) as beside:
        kept = {}
        for name, write in files.items():
            write(folder / name)
            kept[name] = beside.submit(_keep, folder / name)
    written = {name: kept[name].result() for name in sorted(kept)}
    text = json.dumps(manifest(written), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    flush(folder / MANIFEST)
    flush(folder)


def _keep(path: Path) -> Mapping[str, Any]:
    flush(path)
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "size": path.stat().st_size}


def flush(path: Path) -> None:
    """Push a file or folder to the disk. Windows opens no folder, and pushes only what was opened for writing."""
    try:
        handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    except PermissionError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap(fresh: Path, out: Path) -> None:
    if not out.exists():
        os.rename(fresh, out)
    elif not _exchanged(fresh, out):
        old = out.with_name(f".{out.name}.old")
        os.rename(out, old)
        os.rename(fresh, out)
        shutil.rmtree(old, ignore_errors=True)
    flush(out.parent)


def _exchanged(one: Path, two: Path) -> bool:
    """Exchange two folders in one step, where the system can (Linux: renameat2)."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        library = ctypes.CDLL(None, use_errno=True)
        return bool(library.renameat2(-100, os.fsencode(one), -100, os.fsencode(two), EXCHANGE) == 0)
    except (AttributeError, OSError):
        return False


def recover(out: Path) -> None:
    """Undo a swap in two steps that was cut between them."""
    old = out.with_name(f".{out.name}.old")
    if old.exists() and not out.exists():
        os.rename(old, out)


def _sweep(out: Path) -> None:
    """Remove what dead writers of this run left behind."""
    for stale in out.parent.glob(f".{out.name}.new-*"):
        number = stale.name.rpartition("-")[2]
        if number.isdigit() and not _alive(int(number)):
            shutil.rmtree(stale, ignore_errors=True)
    old = out.with_name(f".{out.name}.old")
    if out.exists():
        shutil.rmtree(old, ignore_errors=True)


def _alive(process: int) -> bool:
    if process == os.getpid():
        return False
    if sys.platform == "win32":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _may_replace(out: Path) -> None:
    """Only a run, an empty folder or nothing may stand where a run is written: what someone else put there is not ours."""
    strange = sorted(one.name for one in out.iterdir() if one.name not in _of_run(out)) if out.is_dir() else [out.name] if out.exists() else []
    if strange:
        raise refuse(
            "out.other",
            say("这里已有别的内容(例如 {f}),不会覆盖", "something that is no run stands here (such as {f}) and is not overwritten", f=strange[0]),
            say("换一个 `--out`", "give another `--out`"), Where(str(out)),
        )  # fmt: skip


def _of_run(folder: Path) -> frozenset[str]:
    """The names of the files that a run's manifest lists; none where there is no run."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return frozenset()
    listed = manifest.get("files") if isinstance(manifest, dict) and str(manifest.get("format", "")).startswith("run/") else None
    return frozenset({MANIFEST, *listed}) if isinstance(listed, dict) else frozenset()


def _unwritable(out: Path, error: OSError) -> CheckerError:
    if error.errno in FULL:
        return refuse("out.full", say("磁盘已满,原有结果未动", "the disk is full; the earlier run is untouched"),
                      say("腾出空间,或换一个 `--out`", "free some space or give another `--out`"), Where(str(out)))  # fmt: skip
    return refuse("out.unwritable", say("不能写入:{z}", "it cannot be written: {e}", z=system(error).zh, e=system(error).en),
                  say("关掉打开它的程序、检查权限,或换一个 `--out`", "close what has it open, look at its permissions, or give another `--out`"), Where(str(out)))  # fmt: skip


def read_run(path: Path) -> Run:
    """Read a run back. Raises CheckerError where the folder is no run, or of another format."""
    recover(path.absolute())
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        summary = json.loads((path / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise refuse("run.none", say("这不是一次审核的结果", "this is not the run of an audit"),
                     say("给出 `--out` 写的文件夹", "name the folder that `--out` wrote"), Where(str(path))) from error  # fmt: skip
    if manifest.get("format") != FORMAT:
        raise refuse("run.format", say("格式是 `{f}`,这里读 `{w}`", "its format is `{f}`; `{w}` is read here", f=manifest.get("format"), w=FORMAT),
                     say("用同一版本重新审核", "audit again with this version"), Where(str(path)))  # fmt: skip
    return Run(path, manifest, summary)
