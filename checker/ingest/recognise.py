"""Which record type a table holds, where its header stands, and which field each column is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from checker.errors import Text, Where, refuse, say
from checker.ingest.cells import header, tidy
from checker.ingest.readers import Raw
from checker.policy.files import FileMapping, Lookup
from checker.policy.files import Mapping as FileMappings
from checker.policy.records import RecordType

HEADER_ROWS = 20
NAMED = 3
"""What a word in the file or sheet name weighs, in matched columns; all required columns being there weighs the same."""


@dataclass(frozen=True)
class Column:
    """One column: its header, position (from 1), the field it is, and how that was found."""

    header: str
    position: int
    field: str | None
    how: str
    lookup: Lookup | None = None


@dataclass
class Recognised:
    """A table with its record type and columns, or without where nothing fits."""

    raw: Raw
    kind: RecordType | None
    mapping: FileMapping | None
    header_row: int = 0
    columns: tuple[Column, ...] = ()
    notes: list[Text] = field(default_factory=list)


def recognise(raw: Raw, types: Mapping[str, RecordType], mappings: Sequence[FileMappings]) -> Recognised:
    """Recognise one table. Raises CheckerError where a required column is absent or two headers claim one field."""
    mapping = _mapping(raw, mappings)
    if mapping and mapping.record not in types:
        raise refuse("mapping.record", say("对照文件里的记录类型 `{r}` 不存在", "the mapping names a record type `{r}` that does not exist", r=mapping.record),
                     say("已有 {k}", "there are {k}", k=", ".join(types)), Where(raw.name))  # fmt: skip
    wanted = {mapping.record: types[mapping.record]} if mapping else dict(types)
    found = _best(raw, wanted, mapping)
    if found is None:
        return Recognised(raw, None, mapping, notes=[say("认不出是哪种记录", "not recognised as any record type")])
    kind, row, columns = found
    result = Recognised(raw, kind, mapping, row, columns, list(raw.notes))
    _required(result)
    return result


def _mapping(raw: Raw, mappings: Sequence[FileMappings]) -> FileMapping | None:
    """The first mapping whose glob fits the file (and its sheet)."""
    for one in (entry for mapping in mappings for entry in mapping.files):
        name = raw.name.rpartition("/")[2]
        fits = fnmatchcase(raw.name, one.file) or fnmatchcase(name, one.file)
        if fits and (one.sheet is None or one.sheet == raw.sheet):
            return one
    return None


def _best(
    raw: Raw, types: Mapping[str, RecordType], mapping: FileMapping | None
) -> tuple[RecordType, int, tuple[Column, ...]] | None:
    """The record type and header row whose columns match most; the name of file or sheet weighs as a few."""
    best: tuple[tuple[int, int, int], RecordType, int, tuple[Column, ...]] | None = None
    for row, cells in _header_candidates(raw, mapping):
        for order, kind in enumerate(types.values()):
            columns = _columns(cells, kind, mapping)
            known = sum(column.field is not None for column in columns)
            named = any(word in raw.name or word in raw.sheet for word in (*kind.files, kind.title.zh)) or _stem(raw) == kind.record
            if known < 2 and mapping is None and not (known and len(kind.stored) < 3):
                continue
            have = {column.field for column in columns}
            whole = all(one in have for one, spec in kind.stored.items() if spec.required)
            score = (known + NAMED * (named + whole), -row, -order)
            if known and (best is None or score > best[0]):
                best = (score, kind, row, columns)
    return best[1:] if best else None


def _stem(raw: Raw) -> str:
    """The file's name without folder, ending and trailing numbers: `call_2026-10.csv` is `call`."""
    return re.sub(r"[-_ .]*\d[-_ .\d]*$", "", raw.name.rpartition("/")[2].partition(".")[0]).lower()


def _header_candidates(raw: Raw, mapping: FileMapping | None) -> list[tuple[int, list[str]]]:
    if raw.keys is not None:
        return [(0, raw.keys)]
    if mapping and mapping.header_row:
        return [row for row in raw.rows if row[0] == mapping.header_row]
    return raw.rows[:HEADER_ROWS]


def _columns(cells: Sequence[str], kind: RecordType, mapping: FileMapping | None) -> tuple[Column, ...]:
    """Each column's field: by the mapping (header or position), by the field's name, by the dictionary's headers."""
    aliases: dict[str, tuple[str, str]] = {}
    for stored, spec in kind.stored.items():
        for alias in spec.columns:
            aliases.setdefault(header(alias), (stored, "column"))
    aliases |= {header(stored): (stored, "name") for stored in kind.stored}
    written = {header(key): value for key, value in mapping.columns.items()} if mapping else {}
    lookups = {header(key): value for key, value in mapping.lookup.items()} if mapping else {}
    taken: set[str] = set()
    found = []
    for position, cell in enumerate(cells, 1):
        key = header(cell)
        lookup = lookups.get(key)
        name: str | None = lookup.field if lookup else None
        how = "mapping" if lookup else ""
        if str(position) in written:
            name, how = written[str(position)], "position"
        elif key in written:
            name, how = written[key], "mapping"
        elif not name and key in aliases:
            name, how = aliases[key]
        if name in taken or (name is not None and name not in kind.stored):
            name, how, lookup = None, "twice" if name in taken else "no such field", None
        if name:
            taken.add(name)
        found.append(Column(tidy(cell), position, name, how if name else how or "unknown", lookup))
    return tuple(found)


def _required(found: Recognised) -> None:
    """A required column must be there, or be a constant of the mapping."""
    kind = found.kind
    assert kind is not None
    have = {column.field for column in found.columns} | set(found.mapping.constants if found.mapping else ())
    for name, spec in kind.stored.items():
        if spec.required and name not in have:
            titles = "、".join(spec.columns) or name
            raise refuse(
                "column.missing",
                say("「{k}」缺少必需的列「{c}」({n})", "`{k}` lacks the required column `{n}` ({c})", k=kind.record, c=titles, n=name),
                say("补上这一列,或在对照文件的 `columns:` 下写 `你的列名: {n}`",
                    "add it, or name it in the mapping: `columns: {{your header: {n}}}`", n=name),
                Where(found.raw.name, found.header_row, 0, 1, "", found.raw.sheet),
            )  # fmt: skip
