"""A run -> its findings in one file for another program, or on stdout; the run itself stays as it is."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from checker.engines.found import findings_of, names_of, parquet_of_lines
from checker.errors import Where, refuse, say
from checker.load.kept import book_of_run
from checker.report.machines import lines, oscal, sarif
from checker.report.machines.rows import COLUMNS, Handed
from checker.run import add_to_run, read_run

TEXTS: Mapping[str, Callable[[Handed], Iterator[str]]] = {"jsonl": lines.jsonl, "csv": lines.as_csv, "oscal": oscal.findings, "sarif": sarif.findings}
PARQUET = "parquet"
FORMATS = (*TEXTS, PARQUET)


def export(path: Path, form: str, out: Path | None, verdicts: Sequence[str], lang: str, reason: str | None) -> None:
    """Write the findings of the run at `path`. A `reason` unmasks names, phones and addresses, and is kept in the run's manifest.
    Raises CheckerError where the folder is no run or the file cannot be written; then nothing half-written stays."""
    run = read_run(path)
    _may_write(path, form, out)
    handed = Handed(run, book_of_run(run), lang, reason, names_of(run), lambda: findings_of(run, verdicts))
    if reason is not None:
        told = {**run.manifest.get("exports", {}), (out.name if out else "-"): {"format": form, "unmasked": reason}}
        add_to_run(run, {}, {"exports": dict(sorted(told.items()))})
    if out is None:
        sys.stdout.writelines(TEXTS[form](handed))
    else:
        _written(out, (lambda file: _parquet(handed, file)) if form == PARQUET else lambda file: _text(TEXTS[form](handed), file))


def _may_write(path: Path, form: str, out: Path | None) -> None:
    if out is None and form == PARQUET:
        raise refuse("export.out", say("Parquet 要写进文件", "Parquet is written to a file"), say("加 `-o 文件`", "add `-o FILE`"))
    if out is not None and path.resolve() in out.resolve().parents:
        raise refuse("export.inside", say("不写进审核结果的文件夹", "it is not written into the folder of the run"), say("换一个 `-o`", "give another `-o`"), Where(out.as_posix()))


def _text(pieces: Iterable[str], file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(pieces)


def _parquet(handed: Handed, file: Path) -> None:
    beside = file.with_name(file.name + ".jsonl")
    try:
        _text(lines.jsonl(handed), beside)
        parquet_of_lines(beside, COLUMNS, file)
    finally:
        beside.unlink(missing_ok=True)


def _written(out: Path, write: Callable[[Path], None]) -> None:
    """Write a file beside its place, then put it there in one step."""
    handle, name = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
    os.close(handle)
    try:
        write(Path(name))
        os.chmod(name, 0o600 | (0o044 & ~_umask()))
        os.replace(name, out)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _umask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now


__all__ = ["FORMATS", "export"]
