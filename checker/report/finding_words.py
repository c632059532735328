"""The words that all steps of an explanation are made of: times, days, lengths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checker.calendars import to_date
from checker.report.phrases import Phrases
from checker.report.sentences import duration, moment

Facts = Mapping[str, Any]
WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
EVER = 2**61


@dataclass(frozen=True)
class Steps:
    """Says the steps of obligations of one record type at a site in a zone."""

    words: Phrases
    record: str
    zone: str

    @property
    def lang(self) -> str:
        return self.words.lang

    def say(self, zh: str, en: str, /, **facts: object) -> str:
        return self.words.text(zh, en, **{name: str(value) for name, value in facts.items()})

    def at(self, instant: int | None) -> str:
        if instant is None:
            return self.say("不知何时", "a time that is not known")
        if abs(instant) >= EVER:
            return self.say("一直", "ever")
        return moment(instant, self.zone, self.lang)

    def day(self, day: int) -> str:
        weekday = WEEKDAYS[self.lang][(day + 3) % 7]
        return f"{to_date(day).isoformat()}({'周' if self.lang == 'zh' else ''}{weekday})"

    def long(self, micros: int) -> str:
        return duration(micros, self.lang)

    def length(self, facts: Facts) -> str:
        """A limit on its clock."""
        amount, clock = facts["amount"], facts["clock"]
        match clock:
            case "elapsed":
                return self.long(amount)
            case "months":
                return self.say("{n} 个月", "{n} months", n=amount)
            case "working days":
                return self.say("{n} 个工作日", "{n} working days", n=amount)
        return self.say("当日", "the same day") if amount == 0 else self.say("{n} 个日历日", "{n} calendar days", n=amount)


__all__ = ["Facts", "Steps"]
