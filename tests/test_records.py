"""The shipped record types: a file with the headers that Chinese exports use is taken for the type it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.ingest import ingest
from checker.load import load_book
from checker.policy.records import RecordType

TYPES = load_book([Path(__file__).parent.parent / "policies"]).records


def headers(kind: RecordType, which: int) -> list[str]:
    return [spec.columns[min(which, len(spec.columns) - 1)] for spec in kind.stored.values() if spec.columns]


def narrow(kind: RecordType) -> list[str]:
    """The headers without which a file is refused, three at least."""
    needed = [spec.columns[0] for spec in kind.stored.values() if spec.required]
    return list(dict.fromkeys([*needed, *headers(kind, 0)]))[: max(3, len(needed))]


def taken_for(folder: Path, file: str, header: list[str]) -> tuple[str | None, list[str]]:
    """The record type a table is taken for, and its headers that are not understood."""
    (folder / file).write_text(",".join(header) + "\n", encoding="utf-8")
    (found,) = ingest([folder], TYPES, examine=True).files
    return found.record, [column.header for column in found.columns if column.field is None]


@pytest.mark.parametrize("which", [0, -1], ids=["first", "last"])
@pytest.mark.parametrize("record", sorted(TYPES))
def test_a_whole_table_is_known_by_its_headers_alone(record: str, which: int, tmp_path: Path) -> None:
    assert taken_for(tmp_path, "导出.csv", headers(TYPES[record], which)) == (record, [])


@pytest.mark.parametrize("record", sorted(TYPES))
def test_a_narrow_table_is_known_by_the_name_of_its_file(record: str, tmp_path: Path) -> None:
    kind = TYPES[record]
    for word in (*kind.files, kind.title.zh):
        assert taken_for(tmp_path, f"{word}_2026-10.csv", narrow(kind)) == (record, [])
        (tmp_path / f"{word}_2026-10.csv").unlink()


@pytest.mark.parametrize("record", sorted(TYPES))
def test_every_field_has_its_words_in_both_languages_and_a_header(record: str) -> None:
    for name, spec in TYPES[record].fields.items():
        assert spec.title is not None and spec.title.zh and spec.title.en, name
        assert spec.columns or spec.derived, name
