"""Problems for people, machines and pull requests: text with excerpt and caret, JSON, GitHub annotations."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Sequence

from checker.errors import Problem

SCHEMA_VERSION = 1


def render(problems: Sequence[Problem], form: str, lang: str) -> str:
    """The problems in a form of `FORMS`, sorted, each once."""
    return FORMS[form](sorted(set(problems)), lang)


def to_text(problems: Sequence[Problem], lang: str) -> str:
    """`file:line:col: sentence; way out`, the line itself, and a caret under the place."""
    return "\n".join("\n".join(_lines(problem, lang)) for problem in sorted(set(problems)))


def _lines(problem: Problem, lang: str) -> list[str]:
    where = problem.where
    lines = [problem.line(lang)]
    if where.excerpt and where.column:
        number = f"{where.line:>5} | "
        before = where.excerpt[: where.column - 1]
        shown = where.excerpt[where.column - 1 : where.column - 1 + where.length]
        lines.append(number + where.excerpt)
        lines.append(" " * 5 + " | " + " " * _width(before) + "^" * max(_width(shown), 1))
    return lines


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def to_json(problems: Sequence[Problem], lang: str) -> str:
    listed = [
        {
            "id": one.id, "file": one.where.file, "sheet": one.where.sheet, "line": one.where.line, "column": one.where.column,
            "length": one.where.length, "message": {"zh": one.what.zh, "en": one.what.en}, "fix": {"zh": one.fix.zh, "en": one.fix.en},
        }
        for one in problems
    ]  # fmt: skip
    return json.dumps({"schema_version": SCHEMA_VERSION, "problems": listed}, ensure_ascii=False, indent=2)


def to_github(problems: Sequence[Problem], lang: str) -> str:
    return "\n".join(_annotation(one, lang) for one in problems)


def _annotation(problem: Problem, lang: str) -> str:
    where = problem.where
    place = f"file={_property(where.file)},line={max(where.line, 1)},col={max(where.column, 1)}"
    said = problem.what[lang] + ("; " + problem.fix[lang] if problem.fix[lang] else "")
    return f"::error {place},title={_property(problem.id)}::{_data(said)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMS: dict[str, Callable[[Sequence[Problem], str], str]] = {
    "text": lambda problems, lang: to_text(problems, lang), "json": to_json, "github": to_github,
}  # fmt: skip
