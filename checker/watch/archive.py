"""Records that nothing open reads, on disk: found again by their key, and wherever records of their type are looked for.

What is put here belongs to the next checkpoint (its generation is one more): where a crash goes back to the last one, nothing of it is left.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from checker.witness.records import Key, Row

FILE = "archive.sqlite"
TABLES = """
    CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, generation INTEGER, root TEXT, members TEXT);
    CREATE INDEX IF NOT EXISTS kept_root ON kept (root);
    CREATE TABLE IF NOT EXISTS places (place TEXT, id INTEGER, PRIMARY KEY (place, id)) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS places_id ON places (id);
    CREATE TABLE IF NOT EXISTS looked_for (record TEXT, fields TEXT, generation INTEGER);
"""
LATEST = "id = (SELECT max(id) FROM kept later WHERE later.root = kept.root AND later.generation <= ?)"


class Member(NamedTuple):
    """A record as it was put away, and what was known of it."""

    record: str
    site: str
    row: Row
    known: str | None


class Archive:
    """What was put away: families of a record and those that are made of it. `generation`: that of the last checkpoint."""

    def __init__(self, folder: Path, generation: int) -> None:
        """Opens it as it was at a checkpoint."""
        self.db = sqlite3.connect(folder / FILE, isolation_level=None)
        (folder / FILE).chmod(0o600)
        self.db.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; {TABLES}")
        self.db.execute("BEGIN")
        self.generation = generation
        self.db.execute("DELETE FROM places WHERE id IN (SELECT id FROM kept WHERE generation > ?)", (generation,))
        for table in ("kept", "looked_for"):
            self.db.execute(f"DELETE FROM {table} WHERE generation > ?", (generation,))
        self.fields = {(record, tuple(json.loads(fields))) for record, fields in self.db.execute("SELECT record, fields FROM looked_for")}
        self.replaced: set[str] = set()
        self.empty = self.db.execute("SELECT 1 FROM kept LIMIT 1").fetchone() is None

    def put(self, root: str, members: Sequence[Member], places: Iterable[str]) -> None:
        """Put a family away; it is looked for at these places."""
        self.empty = False
        if self.db.execute("SELECT 1 FROM kept WHERE root = ?", (root,)).fetchone():
            self.replaced.add(root)
        text = dumped(members)
        ident = self.db.execute("INSERT INTO kept (generation, root, members) VALUES (?, ?, ?)", (self.generation + 1, root, text)).lastrowid
        self._place(ident, places)

    def found(self, place: str) -> list[list[Member]]:
        """The families at a place, as they were put away last."""
        if self.empty:
            return []
        asked = f"SELECT members FROM kept JOIN places USING (id) WHERE place = ? AND {LATEST} ORDER BY id"
        return [_members(text) for (text,) in self.db.execute(asked, (place, self.generation + 1)).fetchall()]

    def all(self) -> Iterator[list[Member]]:
        """All families, as they were put away last."""
        return kept(self.db, self.generation + 1)

    def looked_for(self, record: str, fields: tuple[str, ...], columns: Sequence[int]) -> None:
        """Records of a type are looked for by some fields from now on: those that were put away before are found there too."""
        if (record, fields) in self.fields:
            return
        self.fields.add((record, fields))
        self.db.execute("INSERT INTO looked_for VALUES (?, ?, ?)", (record, json.dumps(fields), self.generation + 1))
        for ident, text in self.db.execute("SELECT id, members FROM kept").fetchall():
            rows = [one for one in _members(text) if one.record == record]
            self._place(ident, [place for one in rows for place in places(record, one.site, fields, columns, one.row)])

    def commit(self) -> int:
        """Push what was put away to the disk; the generation of the checkpoint that is about to be written."""
        self.db.execute("COMMIT")
        self.db.execute("BEGIN")
        return self.generation + 1

    def stands(self) -> None:
        """The checkpoint is written: what was replaced before it is needed no more."""
        self.generation += 1
        for root in self.replaced:
            older = "SELECT id FROM kept WHERE root = ? AND id < (SELECT max(id) FROM kept WHERE root = ?)"
            self.db.execute(f"DELETE FROM places WHERE id IN ({older})", (root, root))
            self.db.execute(f"DELETE FROM kept WHERE id IN ({older})", (root, root))
        self.replaced.clear()

    def close(self) -> None:
        """What no checkpoint was written of is gone."""
        self.db.close()

    def _place(self, ident: int | None, places: Iterable[str]) -> None:
        self.db.executemany("INSERT OR IGNORE INTO places VALUES (?, ?)", [(place, ident) for place in places])


def put_away(folder: Path, generation: int) -> Iterator[list[Member]]:
    """The families that belong to a checkpoint, also while a watcher puts others away."""
    if (folder / FILE).exists():
        db = sqlite3.connect(f"{(folder / FILE).resolve().as_uri()}?mode=ro", uri=True)
        try:
            yield from kept(db, generation)
        finally:
            db.close()


def kept(db: sqlite3.Connection, generation: int) -> Iterator[list[Member]]:
    """The families as they were put away last, up to a generation."""
    for (text,) in db.execute(f"SELECT members FROM kept WHERE {LATEST} ORDER BY id", (generation,)).fetchall():
        yield _members(text)


def places(record: str, site: str, fields: tuple[str, ...], columns: Sequence[int], row: Row) -> Iterator[str]:
    """The names of the places of a record among those looked for by some fields."""
    found: list[Key] = [()]
    for column in columns:
        value = row[column]
        members = () if value is None else value if isinstance(value, tuple) else (value,)
        found = [(*one, member) for one in found for member in members]
    for values in found:
        yield place_of(record, site, fields, values)


def place_of(record: str, site: str, fields: tuple[str, ...], values: Key) -> str:
    """The name of a place where records are looked for."""
    return repr((record, site, fields, values))


def key_of(record: str, key: Key) -> str:
    """The name of the place where a record is found by its key, whatever its site."""
    return repr((record, key))


def _members(text: str) -> list[Member]:
    return [Member(record, site, tuple(map(into, row)), known) for record, site, row, known in json.loads(text)]


def dumped(value: Any) -> str:
    """As JSON, short; decimals as text that says so."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    raise TypeError(f"{value!r} is not kept")


def into(value: Any) -> Any:
    """A value that was so written."""
    return Decimal(value["decimal"]) if isinstance(value, dict) else tuple(value) if isinstance(value, list) else value


__all__ = ["Archive", "Member", "dumped", "into", "key_of", "kept", "place_of", "places", "put_away"]
