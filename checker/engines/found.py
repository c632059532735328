"""The findings of a run, from its Parquet file; and rows of an export as a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from checker.compile.sql import name, text
from checker.engines.failed import FINDING, TIMES
from checker.finding import Finding
from checker.run import Run

NAMES = "names.parquet"
SEVERAL = 20
"""Of findings whose fingerprints begin alike not more than this many are named."""


def findings_of(run: Run, verdicts: Sequence[str]) -> Iterator[Finding]:
    """The findings with one of these verdicts (all where none is named), in the total order of the run."""
    wanted = f"WHERE verdict IN ({', '.join(map(text, verdicts))})" if verdicts else ""
    with duckdb.connect() as db:
        db.execute(f"SELECT {_columns()} FROM read_parquet(?, file_row_number = true) {wanted} ORDER BY file_row_number", [str(run.path / "findings.parquet")])
        while rows := db.fetchmany(10_000):
            for row in rows:
                yield Finding(*row)


def names_of(run: Run) -> frozenset[str]:
    """The names of people that stand in the files of a run; none of a run that an earlier version wrote."""
    if not (run.path / NAMES).is_file():
        return frozenset()
    with duckdb.connect() as db:
        return frozenset(row[0] for row in db.execute("SELECT name FROM read_parquet(?)", [str(run.path / NAMES)]).fetchall())


def marked(run: Run, mark: str) -> list[Finding]:
    """The findings whose fingerprint begins with these hex digits, in the total order of the run; not more than `SEVERAL`."""
    with duckdb.connect() as db:
        sql = f"SELECT {_columns()} FROM read_parquet(?, file_row_number = true) WHERE starts_with(fingerprint, ?) ORDER BY file_row_number LIMIT {SEVERAL}"
        return [Finding(*row) for row in db.execute(sql, [str(run.path / "findings.parquet"), mark]).fetchall()]


def evidence_of(run: Run, fingerprint: str) -> list[tuple[str, str, str | None, str | None, int | None]]:
    """(record type, key, file, sheet, row) of the further evidence of a finding."""
    with duckdb.connect() as db:
        sql = 'SELECT record, "key", file, sheet, "row" FROM read_parquet(?) WHERE fingerprint = ? ORDER BY ALL'
        return db.execute(sql, [str(run.path / "evidence.parquet"), fingerprint]).fetchall()


def _columns() -> str:
    return ", ".join(f'epoch_us("{one}")' if one in TIMES else f'"{one}"' for one in FINDING)


def parquet_of_lines(lines: Path, columns: Mapping[str, str], out: Path) -> None:
    """Turn JSON Lines into a Parquet file with these columns, in the order of the lines."""
    listed = "{" + ", ".join(f"{name(column)}: {text(kind)}" for column, kind in columns.items()) + "}"
    with duckdb.connect() as db:
        db.execute(
            f"COPY (SELECT * FROM read_json({text(str(lines))}, format = 'newline_delimited', columns = {listed})) TO {text(str(out))} (FORMAT parquet, COMPRESSION zstd)"
        )


__all__ = ["NAMES", "evidence_of", "findings_of", "marked", "names_of", "parquet_of_lines"]
