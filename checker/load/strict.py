"""Text -> plain data with a place for every key and value, and all that is wrong with it. Strict YAML (language §1)."""

from __future__ import annotations

from dataclasses import replace

import yaml

from checker.errors import Problem, Text, say
from checker.load.compose import Composer, TooMuch
from checker.load.decode import BYTES, Complaint, decoded, lines_of
from checker.load.source import Source, Span
from checker.load.syntax import Break, explained, mended, repaired

PROBLEMS = 100
"""Of one file not more than this many problems are told at once."""
MENDS, MENDABLE = 12, 400_000
"""A text of at most MENDABLE characters is read on after at most MENDS entries that are left out."""
READ = 4_000_000
"""So many characters are read for the sake of marks that were put right."""


def read(raw: bytes | str, file: str) -> Source:
    """Read one file; nothing is raised. `data` holds what could be read, REFUSED where a value was refused.

    `data` is None where the file cannot be read at all; it lacks the entries in which the text is no YAML.
    """
    text, complaints = decoded(raw)
    lines = lines_of(text)
    if complaints:
        return _source(file, lines, None, complaints)
    breaks: list[Break] = []
    found: list[Complaint] = []
    shifts: dict[int, list[int]] = {}
    left_out = 0
    kept: tuple[str, ...] | None = lines
    composer = Composer(text, lines, lambda *complaint: None)
    while kept is not None:
        found = []
        composer, broken = _composed(kept, found)
        if broken is None:
            break
        breaks.append(broken)
        if len(breaks) < PROBLEMS and len(breaks) * len(text) <= READ and (right := repaired(kept, broken)):
            kept = right.lines
            if right.inserted:
                shifts.setdefault(right.line, []).append(right.inserted)
            continue
        left_out += 1
        kept = mended(kept, broken) if left_out <= MENDS and len(text) <= MENDABLE else None
    found = [one for one in found if not (left_out and kept and _left_empty(one, kept, lines))]
    complaints = [*(one.complaint for one in breaks), *found]
    made = _source(file, lines, composer if kept is not None else None, complaints, {line: tuple(several) for line, several in shifts.items()})
    return replace(made, partial=left_out > 0) if made.place else made


def _left_empty(complaint: Complaint, kept: tuple[str, ...], lines: tuple[str, ...]) -> bool:
    """Whether a key has no value only because the entries below it are left out."""
    below = complaint[0].line
    return complaint[1] == "yaml.empty" and below < len(lines) and not kept[below] and bool(lines[below].strip())


def _composed(lines: tuple[str, ...], found: list[Complaint]) -> tuple[Composer, Break | None]:
    """Read the lines; complaints go to `found`. With the break, where they are not YAML."""
    composer = Composer("\n".join(lines), lines, lambda *complaint: _add(found, complaint))
    try:
        composer.run()
    except TooMuch:
        composer.data = composer.place = None
    except yaml.MarkedYAMLError as error:
        return composer, explained(error, lines)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        position = getattr(error, "position", 0)
        line = "\n".join(lines).count("\n", 0, position if isinstance(position, int) else 0) + 1
        complaint = Span(line, 1, 1), "yaml.form", say("这一行不是文字", "this line is not text"), say("用纯文本编辑器检查", "look at it in a text editor")
        return composer, Break(complaint, (line, line))
    if composer.place is None and not found:
        found.append((Span(1, 1, 1), "file.empty", say("文件是空的", "the file is empty"), say("第一行写 `format: …`", "begin it with `format: …`")))
    return composer, None


def _add(found: list[Complaint], complaint: tuple[Span, str, Text, Text]) -> None:
    found.append(complaint)
    if len(found) >= PROBLEMS:
        raise TooMuch


def _source(file: str, lines: tuple[str, ...], composer: Composer | None, complaints: list[Complaint], shifts: dict[int, tuple[int, ...]] | None = None) -> Source:
    bare = Source(file, lines, shifts=shifts or {})
    problems = tuple(Problem(bare.spot(span), id, what, fix) for span, id, what, fix in complaints[:PROBLEMS])
    if composer is None or composer.place is None:
        return replace(bare, problems=problems)
    return replace(bare, data=composer.data, place=composer.place, problems=problems)


__all__ = ["BYTES", "read"]
