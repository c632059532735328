"""Text of a cell -> typed value, or nothing where it cannot be read. The one truth of how cells are understood."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial

from checker.policy.records import TIME_UNITS, RecordField
from checker.policy.values import EPOCH, SECOND

Value = int | bool | str | Decimal | list[str] | None
Orders = ("year-month-day", "day-month-year", "month-day-year")
TRUE = frozenset("是 有 y yes true 1 √ ✓ 对 已".split())
FALSE = frozenset("否 无 n no false 0 × ✗ x 没有 未 不".split())
ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)")
"""What Excel shows where a formula fails."""
SPACES = re.compile(r"[\s\u00a0\u3000\u200b\u200c\u200d\ufeff]+")


def tidy(text: str) -> str:
    """NFKC, zero-width and doubled spaces gone: what a person reads in the cell."""
    return SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip()


def header(text: str) -> str:
    """A header as it is compared: tidy, without spaces, brackets or a trailing unit, lower case."""
    return re.sub(r"[\s*:]|\(.*?\)|（.*?）", "", tidy(text)).lower()


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as read: wall microseconds since 1970, and whether they are UTC already."""

    micros: int
    utc: bool


CLOCK = r"(?:[T ]*(\d{1,2})[:点时](?:(\d{1,2})(?:[:分](?:(\d{1,2})(?:\.(\d{1,9}))?秒?)?)?)?分?)?"
ZONE = r" ?(Z|[+-]\d{2}:?\d{2})?"
YEAR_FIRST = re.compile(rf"(\d{{4}})[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})日?{CLOCK}{ZONE}")
YEAR_LAST = re.compile(rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){CLOCK}{ZONE}")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2})?)?")
HALF = re.compile(r" ?(上午|下午|凌晨|晚上|\b[AaPp]\.?[Mm]\.?(?![A-Za-z])) ?")
LATER = frozenset({"下午", "晚上", "pm", "p.m."})
SERIAL = re.compile(r"\d{5}(\.\d+)?")
YEARS = (1000, 8999)
"""The years in which instants are read: nearer to the ends of the calendar no zone, period or limit can be reckoned."""
REACH = tuple((datetime(year, 1, 1) - datetime(1970, 1, 1)) // timedelta(microseconds=1) for year in (YEARS[0], YEARS[1] + 1))


def moment(text: str, order: str | None = None) -> Moment | None:
    """An instant. `03/04/2026` is read only where the order of day and month is said. Excel serials count from 1899-12-30."""
    text, later = _halves(tidy(text))
    if later:
        found_at = moment(text, order)
        return replace(found_at, micros=found_at.micros + later) if found_at and found_at.micros % (86_400 * SECOND) < 43_200 * SECOND else found_at
    if found := YEAR_FIRST.fullmatch(text):
        year, month, day = found[1], found[2], found[3]
        return _built(year, month, day, found.groups()[3:])
    if found := YEAR_LAST.fullmatch(text):
        parts = _ordered(found[1], found[2], order)
        return _built(found[3], *parts, found.groups()[3:]) if parts else None
    if found := COMPACT.fullmatch(text):
        return _built(found[1], found[2], found[3], (found[4], found[5], found[6], None, None))
    if SERIAL.fullmatch(text):
        micros = round(Decimal(text) * 86_400) * SECOND
        return Moment(micros + (date(1899, 12, 30) - EPOCH).days * 86_400 * SECOND, False)
    return None


def _halves(text: str) -> tuple[str, int]:
    """A text without `上午` or `PM`, and what its half of the day adds to the hour: noon is 12 of the later half."""
    found = HALF.search(text)
    if not found:
        return text, 0
    plain = SPACES.sub(" ", HALF.sub(" ", text)).strip()
    noon = re.search(r"[ T]12[:点时]", plain)
    if (found[0].strip().lower() in LATER) == bool(noon):
        return plain, 0
    return (plain, 43_200 * SECOND) if not noon else (re.sub(r"([ T])12([:点时])", r"\g<1>0\2", plain), 0)


def _ordered(one: str, two: str, order: str | None) -> tuple[str, str] | None:
    """(month, day) of a date whose year stands last: as said, or as only one reading allows."""
    if order == "day-month-year" or (order is None and int(one) > 12):
        return two, one
    if order == "month-day-year" or (order is None and int(two) > 12):
        return one, two
    return None


def _built(year: str, month: str, day: str, rest: Sequence[str | None]) -> Moment | None:
    hour, minute, second, fraction, shift = rest
    try:
        made = datetime(int(year), int(month), int(day))
        hours = int(hour or 0)
        if hours > 24 or int(minute or 0) > 59 or int(second or 0) > 59 or (hours == 24 and int(minute or 0) + int(second or 0)):
            return None
        made += timedelta(hours=hours, minutes=int(minute or 0), seconds=int(second or 0))
    except (ValueError, OverflowError):
        return None
    micros = (made - datetime(1970, 1, 1)) // timedelta(microseconds=1) + int(((fraction or "") + "000000")[:6])
    if not shift:
        return Moment(micros, False)
    sign = 0 if shift == "Z" else -1 if shift[0] == "-" else 1
    digits = shift.replace(":", "")
    away = 0 if shift == "Z" else int(digits[1:3]) * 3600 + int(digits[3:5]) * 60
    return Moment(micros - sign * away * SECOND, True)


def instant(text: str, order: str | None = None) -> Moment | None:
    """A moment in the years that are read."""
    found = moment(text, order)
    return found if found and REACH[0] <= found.micros < REACH[1] else None


def day(text: str, order: str | None = None) -> int | None:
    """A date as days since 1970-01-01; a time of day beside it must be midnight."""
    found = moment(text, order)
    if found is None or found.utc or found.micros % (86_400 * SECOND):
        return None
    return found.micros // (86_400 * SECOND)


LENGTH = re.compile(
    r"(?:(\d+)\s*(?:天|d|days?)\s*)?(?:(\d+)\s*(?:小时|时|h|hours?|hrs?)\s*)?(?:(\d+)\s*(?:分钟|分|m|mins?|minutes?)\s*)?(?:(\d+(?:\.\d{1,6})?)\s*(?:秒钟|秒|s|secs?|seconds?))?"
)
COLONS = re.compile(r"(\d+):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6}))?)?")


def length(text: str, unit: str | None = None) -> int | None:
    """A duration in microseconds: `5分12秒`, `00:05:12`, `312秒`, or a bare number in the field's unit."""
    text = tidy(text).lower()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return int(Decimal(text) * TIME_UNITS[unit]) if unit in TIME_UNITS else None
    if found := COLONS.fullmatch(text):
        one, two, three, fraction = found.groups()
        if int(two) > 59 or int(three or 0) > 59:
            return None
        seconds = int(one) * 3600 + int(two) * 60 + int(three) if three is not None else int(one) * 60 + int(two)
        return seconds * SECOND + int(((fraction or "") + "000000")[:6])
    found = LENGTH.fullmatch(text)
    if not text or found is None or not any(found.groups()):
        return None
    days, hours, minutes, seconds_text = (Decimal(part or 0) for part in found.groups())
    return int(((days * 24 + hours) * 60 + minutes) * 60 * SECOND + seconds_text * SECOND)


def whole(text: str) -> int | None:
    """A whole number, never below 0; `3.0` from Excel is 3, separators of thousands are taken out."""
    text = tidy(text).replace(",", "")
    found = re.fullmatch(r"\+?(\d{1,18})(\.0+)?", text)
    return int(found[1]) if found else None


def decimal(text: str) -> Decimal | None:
    text = tidy(text).replace(",", "").removesuffix("元").removesuffix("分")
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**13 else None


def share(text: str) -> Decimal | None:
    text = tidy(text)
    found = decimal(text.removesuffix("%"))
    return found if found is None or not text.endswith("%") else found / 100


def flag(text: str) -> bool | None:
    word = tidy(text).lower()
    return True if word in TRUE else False if word in FALSE else None


def members(text: str) -> list[str]:
    """A list of ids, however they are separated."""
    return [part for part in re.split(r"[,;、|\s]+", tidy(text).strip("[]")) if part.strip("'\"")]


def identifier(text: str) -> str | None:
    """An id as text. A number that Excel has rounded to 15 digits is not an id any more."""
    text = tidy(text)
    if re.fullmatch(r"\d+(\.\d+)?[eE]\+?\d+", text) or ERROR.fullmatch(text):
        return None
    return text.removesuffix(".0") if re.fullmatch(r"\d+\.0", text) else text


def enum(text: str, words: Mapping[str, str]) -> str | None:
    return words.get(header(text))


def enum_words(field: RecordField, translated: Mapping[str, object]) -> dict[str, str]:
    """Every word that stands for a code: the code itself, the dictionary's words, the mapping's."""
    words = {header(code): code for code in field.values or {}}
    for code, aliases in (field.values or {}).items():
        words |= {header(alias): code for alias in aliases}
    return words | {header(word): str(code) for word, code in translated.items()}


def parser(field: RecordField, order: str | None, translated: Mapping[str, object]) -> Callable[[str], Value | Moment]:
    """The function that reads cells of a field."""
    match field.type:
        case "instant":
            return partial(instant, order=order)
        case "date":
            return partial(day, order=order)
        case "duration":
            return partial(length, unit=field.unit)
        case "count":
            return whole
        case "decimal":
            return decimal
        case "share":
            return share
        case "list":
            return members
        case "flag":
            words = {header(word): value for word, value in translated.items()}
            return lambda text: bool(words[header(text)]) if header(text) in words else flag(text)
        case "enum":
            return partial(enum, words=enum_words(field, translated))
        case "id":
            return identifier
    named = {header(word): str(value) for word, value in translated.items()}
    return lambda text: None if ERROR.fullmatch(tidy(text)) else named.get(header(text), tidy(text))
