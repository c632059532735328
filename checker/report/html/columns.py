"""The violations as columns of small numbers, for a page that draws only the rows that are looked at.

Texts are kept once, in sorted dictionaries, so that the order of the codes is the order of the texts and the page sorts numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from checker.finding import LEVEL_WORDS
from checker.report.audit.model import Nonconformity, Report, Rule
from checker.report.audit.words import STATES

SEVERITIES, DECIDED = tuple(LEVEL_WORDS), tuple(STATES)
"""Severities and decisions are their places in these."""
EPOCH, SECOND = datetime(1970, 1, 1), timedelta(seconds=1)


class Words:
    """A column of texts: codes in order of first sight until `sorted` gives those in order of the texts; None is -1."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.codes: list[int] = []

    def add(self, word: str | None) -> None:
        self.codes.append(-1 if word is None else self.known.setdefault(word, len(self.known)))

    def sorted(self) -> dict[str, Any]:
        """{"words": texts in order, "codes": one a row}."""
        listed = sorted(self.known)
        place = {self.known[word]: index for index, word in enumerate(listed)}
        place[-1] = -1
        return {"words": listed, "codes": packed([place[code] for code in self.codes])}


def packed(numbers: Sequence[float]) -> Any:
    """A column of numbers; {"all": n} where every row has the same."""
    first = numbers[0] if numbers else 0
    return {"all": first} if all(one == first for one in numbers) else list(numbers)


TEXTS = ("site", "team", "accountable", "subject", "ordinal", "measured", "limit", "value", "file", "sheet", "note", "waived_by", "evidence", "reason")


def columns(report: Report, rows: Iterable[Nonconformity]) -> dict[str, Any]:
    """What the page needs of these violations, as plain JSON.

    `id`: 12 hex digits a row, one after the other. `rule`, `template`: places in their lists. `args`: codes of the arguments of
    every row one after the other; how many a row has its template says. Times: seconds of local time since 1970, -1 for none, half
    a second more at the end of a day.
    """
    rules = {rule.policy: index for index, rule in enumerate(report.rules)}
    texts = {name: Words() for name in TEXTS}
    arguments, templates = Words(), dict[tuple[str, tuple[str, ...]], int]()
    numbers: dict[str, list[float]] = {name: [] for name in ("rule", "template", "occurred", "due", "points", "weighed", "row", "more", "repeat", "disputed", "state")}
    ids = []
    for one in rows:
        ids.append(one.id.removeprefix("F-"))
        for name, column in texts.items():
            column.add(_text(one, name))
        names = tuple(name for name, _ in one.arguments)
        numbers["template"].append(templates.setdefault((one.template, names), len(templates)))
        for _, value in one.arguments:
            arguments.add(value)
        for name, number in _numbers(one, rules).items():
            numbers[name].append(number)
    return {
        "n": len(ids), "id": "".join(ids), "rules": [_rule(rule) for rule in report.rules],
        "templates": [{"text": text, "names": names} for text, names in templates],
        "args": arguments.sorted(), "texts": {name: column.sorted() for name, column in texts.items()},
        "numbers": {name: packed(column) for name, column in numbers.items()},
    }  # fmt: skip


def _text(one: Nonconformity, name: str) -> str | None:
    if name == "evidence" and one.file is not None:
        return None
    found: str | None = one.decided.reason if name == "reason" else getattr(one, name)
    return found


def _numbers(one: Nonconformity, rules: dict[str, int]) -> dict[str, float]:
    return {
        "rule": rules[one.rule.policy], "occurred": _seconds(one.occurred), "due": _seconds(one.due), "points": _hundredths(one.points), "weighed": _hundredths(one.weighed),
        "row": one.row or -1, "more": one.more, "repeat": one.repeat, "disputed": int(one.disputed),
        "state": DECIDED.index(one.decided.state),
    }  # fmt: skip


def _seconds(moment: datetime | None) -> float:
    """Half a second more where a day ends: the page writes it 24:00."""
    if moment is None:
        return -1
    return (moment.replace(microsecond=0) - EPOCH) // SECOND + (0.5 if moment.microsecond else 0)


def _hundredths(points: Decimal | None) -> int:
    return -1 if points is None else int(points * 100)


def _rule(rule: Rule) -> dict[str, Any]:
    severity = SEVERITIES.index(rule.severity) if rule.severity in SEVERITIES else len(SEVERITIES)
    return {"policy": rule.policy, "title": rule.title, "area": rule.area, "clause": rule.clause, "severity": severity, "word": rule.severity_word}
