"""report.html and notices.html: each one file, no network, for the screen and for A4 paper.

Pages are made by Jinja with every value escaped. The list of violations lies in the page as columns (columns.py) and is drawn by
report.js, a page of rows at a time; the first PRINTED stand as plain rows for paper and where no script runs. A policy of the page
itself forbids it to load anything and to run any script but that one.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from checker.finding import LEVEL_WORDS
from checker.report.audit.model import Lang, Report
from checker.report.audit.words import HOWS, SIGNED, SORTS, STATES, WEEKDAYS, score_said, scored_said, target_said, unturned, value_said
from checker.report.html import charts
from checker.report.html.columns import columns
from checker.report.sentences import share_of

HERE = Path(__file__).parent
PRINTED = 500
"""So many violations stand on paper."""
LISTED = 200_000
"""So many lie in the page; the rest is in violations.csv and report.xlsx."""


def render_html(report: Report, path: Path) -> None:
    """Write report.html (UTF-8)."""
    first = tuple(islice(report.violations, PRINTED))
    data = _json(columns(report, islice(report.violations, LISTED)))
    page = _environment().get_template("report.html.j2")
    _write(path, page.generate(**_common(report), printed=first, listed=min(len(report.violations), LISTED), data=data, charts=charts))


def render_notices(report: Report, path: Path) -> None:
    """Write notices.html: one 整改通知单 a page."""
    _write(path, _environment().get_template("notices.html.j2").generate(**_common(report)))


def _common(report: Report) -> dict[str, Any]:
    zh = report.lang == "zh"
    return {
        "report": report, "zh": zh, "t": lambda chinese, english: chinese if zh else english,
        "style": Markup(_text("report.css")), "script": Markup(_text("report.js")), "policy": _content_policy(),
        "words_of": _words(report.lang), "target": lambda one: target_said(one, report.lang),
        "value": value_said, "points": score_said, "scored": lambda one: scored_said(one, report.lang), "share": share_of, "moment": moment, "number": number,
    }  # fmt: skip


def _words(lang: Lang) -> dict[str, Any]:
    """The words that all renderings of the report share, in its language."""
    named = {"states": STATES, "hows": HOWS, "sorts": SORTS, "levels": LEVEL_WORDS}
    return {
        **{sort: {key: said[lang] for key, said in words.items()} for sort, words in named.items()},
        "signed": [said[lang] for said in SIGNED], "days": WEEKDAYS[lang],
    }  # fmt: skip


def _write(path: Path, parts: Iterator[str]) -> None:
    """No text of it turns the words around it."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(map(unturned, parts))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE, encoding="utf-8"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@cache
def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _content_policy() -> str:
    """Nothing is loaded from anywhere, and of scripts only ours runs."""
    digest = base64.b64encode(hashlib.sha256(_text("report.js").encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _json(value: Any) -> Markup:
    """JSON that may stand within a script element: no text can end it or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def moment(value: datetime | None) -> str:
    """A local time as people write it; seconds only where there are any, the end of a day as 24:00."""
    if value is None:
        return "—"
    if value.time() == time.max:
        return value.strftime("%Y-%m-%d 24:00")
    return value.strftime("%Y-%m-%d %H:%M:%S" if value.second else "%Y-%m-%d %H:%M")


def number(value: Decimal | int | None) -> str:
    """A number without needless places, `—` for none."""
    if value is None:
        return "—"
    return f"{value:,}" if isinstance(value, int) else f"{value.normalize():f}"


__all__ = ["LISTED", "PRINTED", "render_html", "render_notices"]
