"""The scalars of the language: durations, shares, dates, instants, times of day, periods, parameters by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from checker.errors import Text, say

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH = date(1970, 1, 1)


def either(*keys: str, together: tuple[str, ...] = ()) -> dict[str, Any]:
    """What editors are told of a model that has one of these keys, not two; and of keys that go `together`."""
    said: dict[str, Any] = {"anyOf": [{"required": [key]} for key in keys], "not": {"required": list(keys)}}
    return said | ({"dependencies": {key: [other for other in together if other != key] for key in together}} if together else {})


def wrong(id: str, what: Text, fix: Text) -> PydanticCustomError:
    """A refusal raised while a value is read; the loader adds where it stands."""
    facts = {"zh": what.zh, "en": what.en, "fix_zh": fix.zh, "fix_en": fix.en}
    return PydanticCustomError(id, "{en}", facts)


class Frozen(BaseModel):
    """What people write: closed, frozen, keys as written (`not`, `from`) mapped to Python names by alias."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, strict=True, defer_build=True)


Said = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"\S"})]
"""A text that is not empty."""


class Words(Frozen):
    """A text in both languages."""

    zh: Said
    en: Said

    @property
    def text(self) -> Text:
        return Text(self.zh, self.en)


@dataclass(frozen=True)
class Scalar:
    """A value written as one string. Subclasses give `pattern`, `example` and `parse`."""

    pattern: ClassVar[str] = ".*"
    example: ClassVar[str] = ""
    zh: ClassVar[str] = ""
    en: ClassVar[str] = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        raise NotImplementedError

    @classmethod
    def _read(cls, value: Any) -> Self:
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            try:
                return cls.parse(value.strip())
            except PydanticCustomError:
                raise
            except (ValueError, OverflowError):
                pass
        what = say("`{v}` 不是{zh}", "`{v}` is not {en}", v=value, zh=cls.zh, en=cls.en)
        raise wrong("value.form", what, cls.way_out(str(value)))

    @classmethod
    def way_out(cls, text: str) -> Text:
        """How a text that is no such value might be written."""
        return say("例如写 `{x}`", "write for example `{x}`", x=cls.example)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._read, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "pattern": cls.pattern, "examples": [cls.example]}


UNITS = {
    "second": SECOND, "minute": MINUTE, "hour": HOUR,
    "calendar day": 0, "working day": 0, "week": 0, "month": 0, "year": 0,
}  # fmt: skip
SPOKEN = {
    "workday": "working day", "work day": "working day", "business day": "working day", "工作日": "working day", "个工作日": "working day",
    "natural day": "calendar day", "calendar": "calendar day", "自然日": "calendar day", "日历日": "calendar day", "个自然日": "calendar day",
    "day": "day", "d": "day", "天": "day", "日": "day", "sec": "second", "秒": "second", "秒钟": "second", "min": "minute", "分": "minute", "分钟": "minute",
    "h": "hour", "hr": "hour", "小时": "hour", "个小时": "hour", "week": "week", "周": "week", "月": "month", "个月": "month", "year": "year", "年": "year",
    "second": "second", "minute": "minute", "hour": "hour", "month": "month", "working day": "working day", "calendar day": "calendar day",
}  # fmt: skip
"""What people write for the units of a length."""
Clock = Literal["elapsed", "calendar days", "working days", "months"]


@dataclass(frozen=True)
class Duration(Scalar):
    """A length of time on one clock.

    `amount` is microseconds (clock `elapsed`), local days (`calendar days`, `working days`) or calendar
    months (`months`). `same day` is 0 calendar days. A bare `1 day` is refused: language §5.
    """

    amount: int = 0
    clock: Clock = "elapsed"
    written: str = ""

    pattern: ClassVar[str] = r"^(same day|next day|[0-9]+ (seconds?|minutes?|hours?|(calendar|working) days?|weeks?|months?|years?))$"
    example: ClassVar[str] = "5 minutes"
    zh: ClassVar[str] = "时长"
    en: ClassVar[str] = "a duration"

    @classmethod
    def parse(cls, text: str) -> Self:
        if text in ("same day", "next day"):
            return cls(int(text == "next day"), "calendar days", text)
        found = re.fullmatch(r"([0-9]{1,9})\s+([a-z]+(?: [a-z]+)?)", text)
        if not found:
            raise ValueError(text)
        number, unit = int(found[1]), found[2].removesuffix("s")
        if unit == "day":
            raise wrong("duration.bare-day", say("`{t}` 没有说是哪种天", "`{t}` does not say which kind of day", t=text), cls.way_out(text))
        match unit:
            case "second" | "minute" | "hour":
                return cls(number * UNITS[unit], "elapsed", text)
            case "calendar day":
                return cls(number, "calendar days", text)
            case "working day":
                return cls(number, "working days", text)
            case "week":
                return cls(7 * number, "calendar days", text)
            case "month" | "year":
                return cls(number * (12 if unit == "year" else 1), "months", text)
        raise ValueError(text)

    @classmethod
    def way_out(cls, text: str) -> Text:
        """The same length in the words of the language, where it can be guessed; a bare day may be of three kinds."""
        found = re.fullmatch(r"([0-9]{1,9})\s*(.+?)", text.strip())
        unit = SPOKEN.get(found[2].lower().removesuffix("s").strip(), "") if found else ""
        if not found or not unit:
            return say("例如写 `5 minutes`、`3 calendar days`、`3 working days`、`12 months`", "write for example `5 minutes`, `3 calendar days`, `3 working days`, `12 months`")
        number, many = int(found[1]), "" if int(found[1]) == 1 else "s"
        if unit == "day":
            facts = {"c": f"{number} calendar day{many}", "w": f"{number} working day{many}", "h": f"{24 * number} hours"}
            return say("写 `{c}`、`{w}` 或 `{h}`", "write `{c}`, `{w}` or `{h}`", **facts)
        return say("写 `{d}`", "write `{d}`", d=f"{number} {unit}{many}")

    def __str__(self) -> str:
        return self.written


@dataclass(frozen=True)
class Share(Scalar):
    """A share, exact: `10 %` is 1/10. A decimal such as `0.1` is refused."""

    value: Fraction = Fraction(0)

    pattern: ClassVar[str] = r"^[0-9]+(\.[0-9]+)? ?%$"
    example: ClassVar[str] = "10 %"
    zh: ClassVar[str] = "比率"
    en: ClassVar[str] = "a share"

    @classmethod
    def parse(cls, text: str) -> Self:
        found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?%", text)
        if not found:
            raise ValueError(text)
        return cls(Fraction(found[1]) / 100)

    def __str__(self) -> str:
        percent = self.value * 100
        return f"{percent.numerator} %" if percent.denominator == 1 else f"{float(percent):g} %"


@dataclass(frozen=True)
class Day(Scalar):
    """A local date; `number` counts days since 1970-01-01."""

    number: int = 0

    pattern: ClassVar[str] = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
    example: ClassVar[str] = "2026-10-01"
    zh: ClassVar[str] = "日期"
    en: ClassVar[str] = "a date"

    @classmethod
    def parse(cls, text: str) -> Self:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError(text)
        return cls((date.fromisoformat(text) - EPOCH).days)

    def __str__(self) -> str:
        return (EPOCH + timedelta(days=self.number)).isoformat()


@dataclass(frozen=True)
class Instant(Scalar):
    """A point in time as written: `local` wall time in microseconds since 1970-01-01T00:00 of its own zone;
    `offset` microseconds east of UTC, or None where the site's zone is meant. `2026-10-31T24:00` is the
    following midnight; a bare date is its first instant."""

    local: int = 0
    offset: int | None = None
    written: str = ""

    pattern: ClassVar[str] = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$"
    example: ClassVar[str] = "2026-10-05T09:00:00"
    zh: ClassVar[str] = "时刻"
    en: ClassVar[str] = "an instant"

    @classmethod
    def parse(cls, text: str) -> Self:
        if not re.fullmatch(cls.pattern, text):
            raise ValueError(text)
        late = re.search(r"[T ]24:00(:00(\.0+)?)?", text)
        plain = text if not late else text.replace(late[0], "T00:00:00")
        moment = datetime.fromisoformat(plain.replace("Z", "+00:00"))
        shift = moment.utcoffset()
        naive = moment.replace(tzinfo=None) + timedelta(days=1 if late else 0)
        local = (naive - datetime(1970, 1, 1)) // timedelta(microseconds=1)
        return cls(local, None if shift is None else shift // timedelta(microseconds=1), text)

    def __str__(self) -> str:
        return self.written


@dataclass(frozen=True)
class TimeOfDay(Scalar):
    """A local time of day in microseconds after midnight; `24:00` is the end of the day."""

    micros: int = 0

    pattern: ClassVar[str] = r"^([01][0-9]|2[0-4]):[0-5][0-9](:[0-5][0-9])?$"
    example: ClassVar[str] = "08:00"
    zh: ClassVar[str] = "时间"
    en: ClassVar[str] = "a time of day"

    @classmethod
    def parse(cls, text: str) -> Self:
        if not re.fullmatch(cls.pattern, text):
            raise ValueError(text)
        hours, minutes, *seconds = (int(part) for part in text.split(":"))
        micros = hours * HOUR + minutes * MINUTE + sum(seconds) * SECOND
        if micros > DAY:
            raise ValueError(text)
        return cls(micros)

    def __str__(self) -> str:
        minutes, seconds = divmod(self.micros // SECOND, 60)
        return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")


@dataclass(frozen=True)
class Parameter(Scalar):
    """A parameter by name: `$max_rings`."""

    name: str = ""

    pattern: ClassVar[str] = r"^\$[a-z][a-z0-9_]*$"
    example: ClassVar[str] = "$max_minutes"
    zh: ClassVar[str] = "参数名"
    en: ClassVar[str] = "a parameter"

    @classmethod
    def parse(cls, text: str) -> Self:
        if not re.fullmatch(cls.pattern, text):
            raise ValueError(text)
        return cls(text[1:])

    def __str__(self) -> str:
        return f"${self.name}"


PERIODS = ("day", "week", "month", "quarter", "half-year", "year", "duty day")
Period = Literal["day", "week", "month", "quarter", "half-year", "year", "duty day"]


Item = TypeVar("Item")
Many = Annotated[tuple[Item, ...], Field(strict=False, min_length=1)]
"""A list of at least one."""


def _reader(scalar: type[Scalar] | None, *kinds: type) -> Callable[[Any], Any]:
    """Reads a parameter by name, else a value of one of `kinds`, else the scalar."""

    def read(value: Any) -> Any:
        if isinstance(value, Parameter) or (scalar and isinstance(value, scalar)):
            return value
        if isinstance(value, str) and re.fullmatch(Parameter.pattern, value):
            return Parameter.parse(value)
        if type(value) in kinds:
            return value
        if scalar:
            return scalar._read(value)
        raise wrong(
            "value.kind",
            say("`{v}` 不能写在这里", "`{v}` cannot stand here", v=value),
            say("写一个整数或 `$参数`", "write a whole number or a `$parameter`")
            if kinds == (int,)
            else say("写一个词、数或 `$参数`", "write a word, a number or a `$parameter`"),
        )

    return read


def _written(value: Any) -> Any:
    """A value as it is written in a file: numbers and flags stay what they are."""
    return str(value) if isinstance(value, Scalar) else value


def _schema(*types: str) -> WithJsonSchema:
    return WithJsonSchema({"type": list(types)})


Plain = Annotated[Parameter | bool | int | str, PlainValidator(_reader(None, bool, int, str)), PlainSerializer(_written), _schema("string", "integer", "boolean")]
"""An operand as written; the field it stands beside says what it means (`5 minutes` beside a duration)."""
Number = Annotated[
    Parameter | int, PlainValidator(_reader(None, int)), PlainSerializer(_written),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": Parameter.pattern}]})
]
Length = Annotated[
    Parameter | Duration, PlainValidator(_reader(Duration)),
    WithJsonSchema({"type": "string", "pattern": f"{Parameter.pattern}|{Duration.pattern}", "examples": [Duration.example]}),
]
"""A duration, or a parameter that holds one."""
