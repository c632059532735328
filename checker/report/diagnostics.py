"""Problems for people, machines and pull requests: text with excerpt and caret, JSON, GitHub annotations, SARIF, JUnit."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from checker.errors import NOWHERE, Problem, Where, say
from checker.report import sarif
from checker.report.junit import Case, junit

SCHEMA_VERSION = 1
SHOWN, BEFORE = 110, 40
"""Columns of a source line that are shown; of a longer one, those from BEFORE the place on."""


def render(problems: Sequence[Problem], form: str, lang: str) -> str:
    """The problems in a form of `FORMS`, sorted, each once."""
    return FORMS[form](sorted(set(problems)), lang)


# --- text ------------------------------------------------------------------------------------------------------------


def to_text(problems: Sequence[Problem], lang: str) -> str:
    """For each problem its place and what it is, the line and the one before it, a caret, and the way out."""
    return "\n".join("\n".join(_lines(problem, lang)) for problem in sorted(set(problems)))


def _lines(problem: Problem, lang: str) -> Iterator[str]:
    place = str(problem.where)
    excerpt = list(_excerpt(problem.where))
    if not excerpt:
        yield problem.line(lang)
        return
    yield f"{place}: {problem.what[lang]}"
    yield from excerpt
    if problem.fix[lang]:
        yield f"{'':>5} = {problem.fix[lang]}"


def _excerpt(where: Where) -> Iterator[str]:
    """The line of a place under the one before it, and carets under the place."""
    if not (where.excerpt and where.line and where.column):
        return
    *above, line = (text.replace("\t", " ") for text in where.excerpt.split("\n"))
    start = where.column - 1
    cut = max(start - BEFORE, 0) if width(line[:start]) > SHOWN - BEFORE else 0
    lead = "…" if cut else ""
    for number, text in enumerate(above, where.line - len(above)):
        if text.strip():
            yield f"{number:>5} | {_clipped(text)}"
    yield f"{where.line:>5} | {lead}{_clipped(line[cut:])}"
    marked = line[start : start + where.length]
    carets = max(min(width(marked), SHOWN), 1)
    yield f"{'':>5} | {' ' * (len(lead) + width(line[cut:start]))}{'^' * carets}"


def _clipped(text: str) -> str:
    """The first columns of a line, with a mark where more follows."""
    room = SHOWN
    for index, one in enumerate(text):
        room -= width(one)
        if room < 0:
            return text[:index] + "…"
    return text.rstrip()


def width(text: str) -> int:
    """Columns that a text takes in a terminal: Chinese characters two, combining and invisible ones none."""
    return sum(_columns(one) for one in text)


def _columns(one: str) -> int:
    if unicodedata.category(one) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(one) in "WF" else 1


# --- JSON, GitHub, SARIF, JUnit -------------------------------------------------------------------------------------------------


def to_json(problems: Sequence[Problem], lang: str) -> str:
    """Both languages at once; `lang` changes nothing."""
    listed = [
        {
            "id": one.id, "level": level(one), "file": one.where.file, "sheet": one.where.sheet, "line": one.where.line, "column": one.where.column,
            "length": one.where.length, "message": {"zh": one.what.zh, "en": one.what.en}, "fix": {"zh": one.fix.zh, "en": one.fix.en},
        }
        for one in problems
    ]  # fmt: skip
    return json.dumps({"schema_version": SCHEMA_VERSION, "problems": listed}, ensure_ascii=False, indent=2)


def to_github(problems: Sequence[Problem], lang: str) -> str:
    """One annotation a line, as workflow commands."""
    return "\n".join(_annotation(one, lang) for one in problems)


def _annotation(problem: Problem, lang: str) -> str:
    where = problem.where
    place = []
    if where.file:
        place.append(f"file={_property(where.file)}")
    if where.line:
        place.append(f"line={where.line}")
    if where.line and where.column:
        place += [f"col={where.column}", f"endColumn={where.column + where.length}"]
    return f"::{level(problem)} {','.join([*place, f'title={_property(problem.id)}'])}::{_data(_said(problem, lang))}"


def _said(problem: Problem, lang: str) -> str:
    """What it is and the way out, without its place."""
    return replace(problem, where=NOWHERE).line(lang)


def level(problem: Problem) -> str:
    """What is valid but suspicious is a warning."""
    return "warning" if problem.id.startswith("lint.") else "error"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def to_sarif(problems: Sequence[Problem], lang: str) -> str:
    rules = {one.id: {"defaultConfiguration": {"level": level(one)}} for one in problems}
    return sarif.log(
        rules,
        ({"ruleId": one.id, "level": level(one), "message": {"text": _said(one, lang)}, "locations": sarif.locations(one.where)} for one in problems),
    )


def to_junit(problems: Sequence[Problem], lang: str) -> str:
    """One suite a file, one case a problem; what is only suspicious does not fail. Nothing wrong is one case that passes."""
    suites: dict[str, list[Case]] = {}
    for one in problems:
        lines = _lines(one, lang)
        case = Case(one.id, _said(one, lang), tuple(lines)) if level(one) == "error" else Case(one.id, _said(one, lang), noted=tuple(lines))
        suites.setdefault(one.where.file or "checker", []).append(case)
    return junit("checker validate", suites or {"checker validate": [Case("checker", say("没有错误", "no errors")[lang])]})


FORMS: dict[str, Callable[[Sequence[Problem], str], str]] = {"text": to_text, "json": to_json, "github": to_github, "sarif": to_sarif, "junit": to_junit}
