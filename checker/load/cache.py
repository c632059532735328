"""Books of files that had no problem, kept from one command to the next.

A kept book is found again only by the bytes and names of all its files, the code that read them, and the versions of
Python and pydantic; so nothing has to be thrown away by hand. Whatever goes wrong here means reading the files, never
an error. `CHECKER_CACHE` names the folder; `off` keeps nothing.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from checker import __version__
from checker.load.book import Book, Name, bound
from checker.load.reading import read
from checker.load.spot import Spot

HERE = Path(__file__).resolve().parent
CODE = (HERE, HERE.parent / "policy", HERE.parent / "lint")
KEPT = 8
"""So many books are kept; of more the oldest go."""


class LatePlaces(Mapping[Name, Spot]):
    """Where everything stands, read from the files when it is first asked for: only an error or an explanation does."""

    def __init__(self, paths: Sequence[Path], names: frozenset[Name]) -> None:
        self._paths, self._names = tuple(paths), names
        self._found: Mapping[Name, Spot] | None = None

    def _read(self) -> Mapping[Name, Spot]:
        if self._found is None:
            self._found = bound([read(path) for path in self._paths], []).places
        return self._found

    def __getitem__(self, key: Name) -> Spot:
        return self._read()[key]

    def __contains__(self, key: object) -> bool:
        return key in self._names

    def __iter__(self) -> Iterator[Name]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def key_of(paths: Sequence[Path]) -> str | None:
    """What a book of these files is kept under; None where nothing is kept or a file cannot be read."""
    if _folder() is None:
        return None
    parts = [__version__, sys.version, version("pydantic"), *(_stamp(one) for folder in CODE for one in sorted(folder.glob("*.py")))]
    sum_of = hashlib.sha256("\n".join(parts).encode())
    try:
        for path in paths:
            sum_of.update(b"\0" + path.as_posix().encode("utf-8", "surrogateescape") + b"\0")
            sum_of.update(hashlib.sha256(path.read_bytes()).digest())
    except OSError:
        return None
    return sum_of.hexdigest()


def _stamp(path: Path) -> str:
    facts = path.stat()
    return f"{path} {facts.st_mtime_ns} {facts.st_size}"


def found(key: str, paths: Sequence[Path]) -> Book | None:
    """The book kept under a key, its places to be read when asked for."""
    folder = _folder()
    if folder is None:
        return None
    try:
        path = folder / f"{key}.book"
        if not _ours(path):
            return None
        book = pickle.loads(path.read_bytes())
        os.utime(path)
    except Exception:
        return None
    return replace(book, places=LatePlaces(paths, book.own)) if isinstance(book, Book) else None


def keep(book: Book) -> Book:
    """Keep a book that has no problem under its key, without the places; returns it."""
    folder = _folder()
    if folder is None:
        return book
    with suppress(Exception):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            pickle.dump(replace(book, places={}), file, protocol=5)
        os.replace(name, folder / f"{book.kept_as}.book")
        for old in sorted(folder.glob("*.book"), key=lambda one: one.stat().st_mtime)[:-KEPT]:
            old.unlink()
    return book


def _folder() -> Path | None:
    named = os.environ.get("CHECKER_CACHE", "")
    if named == "off":
        return None
    if named:
        return Path(named)
    top = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(top) if top else Path.home() / ".cache") / "service-standards-checker"
    except RuntimeError:
        return None


def _ours(path: Path) -> bool:
    """Whether a file was written by this user: one of another is not to be trusted."""
    return os.name == "nt" or path.stat().st_uid == os.geteuid()
