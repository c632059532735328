"""Days, weeks, months, zones and windows as integers: UTC microseconds and day numbers since 1970-01-01.

Everything is computed with the standard library's zone data, for any year; only working days need a loaded calendar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from checker.errors import CheckerError, refuse, say
from checker.policy.files import WEEKDAYS, Window
from checker.policy.values import DAY, EPOCH, HOUR, MINUTE, SECOND, Instant

UTC_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
ENDS = tuple((datetime(*day, tzinfo=UTC) - UTC_EPOCH) // MICRO for day in ((1, 1, 3), (9999, 12, 30)))
"""The first and the last day that the calendar has in every zone."""


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name. Raises CheckerError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise refuse(
            "zone.unknown",
            say("没有时区 `{z}`", "there is no time zone `{z}`", z=name),
            say("写 IANA 名称,例如 `Asia/Shanghai`", "write an IANA name, for example `Asia/Shanghai`"),
        ) from error


def to_date(day: int) -> date:
    return EPOCH + timedelta(days=day)


def to_day(moment: date) -> int:
    return (moment - EPOCH).days


def offset_at(name: str, instant: int) -> int:
    """Microseconds east of UTC at a UTC instant."""
    moment = UTC_EPOCH + timedelta(microseconds=_near(instant))
    return (moment.astimezone(zone(name)).utcoffset() or timedelta()) // MICRO


def to_utc(name: str, local: int) -> int:
    """A local wall instant as UTC. In a gap: the instant as the clock stood before it; when doubled: the first."""
    near = _near(local)
    naive = datetime(1970, 1, 1) + timedelta(microseconds=near)
    return (naive.replace(tzinfo=zone(name)).astimezone(UTC) - UTC_EPOCH) // MICRO + local - near


def _near(instant: int) -> int:
    """The nearest instant that a calendar has, in every zone: a spell may end with 9999-12-31, and the day after it begins all the same."""
    return min(max(instant, ENDS[0]), ENDS[1])


def iso_utc(instant: int) -> str:
    """UTC microseconds as ISO 8601 with `Z`."""
    return (UTC_EPOCH + timedelta(microseconds=instant)).isoformat().replace("+00:00", "Z")


@lru_cache(4096)
def _minute(name: str, minute: int) -> tuple[str, str]:
    """A minute since 1970 on the clock of a zone up to its seconds, and the offset; nothing of offsets that are no whole minutes."""
    said = (UTC_EPOCH + timedelta(minutes=minute)).astimezone(zone(name)).isoformat()
    return (said[:17], said[19:].replace("+00:00", "Z")) if said[17:19] == "00" else ("", "")


def iso_local(name: str, instant: int) -> str:
    """UTC microseconds as ISO 8601 in a zone, with its offset (`Z` for UTC)."""
    minute, micros = divmod(instant, MINUTE)
    clock, offset = _minute(name, minute)
    if not clock:
        return (UTC_EPOCH + timedelta(microseconds=instant)).astimezone(zone(name)).isoformat()
    seconds, rest = divmod(micros, SECOND)
    return f"{clock}{seconds:02}.{rest:06}{offset}" if rest else f"{clock}{seconds:02}{offset}"


def instant_utc(name: str, instant: Instant) -> int:
    """What someone wrote, as UTC: in its own offset, else in the zone `name`."""
    return instant.local - instant.offset if instant.offset is not None else to_utc(name, instant.local)


def day_start(name: str, day: int) -> int:
    """The first UTC instant of a local day."""
    return to_utc(name, day * DAY)


@lru_cache(maxsize=256)
def offsets(name: str, first: int, last: int) -> list[tuple[int, int, int]]:
    """(from, until, offset) stretches of one offset that tile [first, last), all in microseconds."""
    found = [(first, offset_at(name, first))]
    step = 7 * DAY
    at = first
    while at < last:
        after = min(at + step, last)
        if offset_at(name, after) != found[-1][1]:
            turn = _transition(name, at, after)
            found.append((turn, offset_at(name, turn)))
            at = turn
        else:
            at = after
    ends = [start for start, _ in found[1:]] + [last]
    return [(start, end, shift) for (start, shift), end in zip(found, ends, strict=True)]


def _transition(name: str, low: int, high: int) -> int:
    """The first instant after `low` whose offset differs from that at `low`."""
    before = offset_at(name, low)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(name, middle) == before:
            low = middle
        else:
            high = middle
    return high


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A period of local days, half-open, with its label (`2026-W42`)."""

    first: int
    until: int
    label: str


def spans(every: str, first: int, until: int) -> Iterator[Span]:
    """The periods of one kind that overlap the local days [first, until)."""
    at = span_of(every, first)
    while at.first < until:
        yield at
        at = span_of(every, at.until)


def span_of(every: str, day: int) -> Span:
    """The period of that kind in which a local day lies. Weeks are ISO weeks."""
    at = to_date(day)
    if every == "day":
        return Span(day, day + 1, at.isoformat())
    if every == "week":
        year, week, weekday = at.isocalendar()
        return Span(day - weekday + 1, day - weekday + 8, f"{year}-W{week:02}")
    months = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}[every]
    part = (at.month - 1) // months
    start = date(at.year, part * months + 1, 1)
    label = {"month": f"-{at.month:02}", "quarter": f"-Q{part + 1}", "half-year": f"-H{part + 1}", "year": ""}[every]
    first = to_day(start)
    return Span(first, add_months(first, months), f"{at.year}{label}")


def add_months(day: int, months: int) -> int:
    """The same day of the month `months` later, clipped to that month's end."""
    at = to_date(day)
    index = at.year * 12 + at.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), month % 12 + 2 if month < 11 else 1, 1)
    last = (following - timedelta(days=1)).day
    return to_day(date(year, month + 1, min(at.day, last)))


PERIOD_FORMS = "2026, 2026-H1, 2026-Q4, 2026-10, 2026-W42, 2026-10-05, 2026-10-01..2026-10-15"


def audit_period(text: str) -> Span:
    """What `--period` names. `FROM..TO` are dates, both included. Raises CheckerError."""
    try:
        if not 1900 <= int(text[:4]) <= 2200:
            raise ValueError(text)
        if ".." in text:
            first, _, last = text.partition("..")
            span = Span(to_day(date.fromisoformat(first)), to_day(date.fromisoformat(last)) + 1, text)
            if span.until > span.first:
                return span
        for pattern, every in _FORMS:
            if re.fullmatch(pattern, text):
                return span_of(every, _first_day(text, every))
    except (ValueError, OverflowError):
        pass
    raise refuse(
        "period.form",
        say("`{t}` 不是期间", "`{t}` is not a period", t=text),
        say("例如写 {f}", "write for example {f}", f=PERIOD_FORMS),
    )


_FORMS = (
    (r"\d{4}", "year"), (r"\d{4}-H[12]", "half-year"), (r"\d{4}-Q[1-4]", "quarter"),
    (r"\d{4}-\d{2}", "month"), (r"\d{4}-W\d{2}", "week"), (r"\d{4}-\d{2}-\d{2}", "day"),
)  # fmt: skip


def _first_day(text: str, every: str) -> int:
    year = int(text[:4])
    match every:
        case "week":
            return to_day(date.fromisocalendar(year, int(text[6:]), 1))
        case "day":
            return to_day(date.fromisoformat(text))
        case "month":
            return to_day(date(year, int(text[5:]), 1))
        case "year":
            return to_day(date(year, 1, 1))
    months = 6 if every == "half-year" else 3
    return to_day(date(year, (int(text[6:]) - 1) * months + 1, 1))


DAYS_SAID = {"": "all", "每天": "all", "all": "all", "工作日": "workdays", "workdays": "workdays", "休息日": "restdays", "restdays": "restdays"}
WEEK_SAID = dict(zip(("周一", "周二", "周三", "周四", "周五", "周六", "周日", *WEEKDAYS), (*WEEKDAYS, *WEEKDAYS), strict=True))


def written_windows(text: str) -> tuple[Window, ...]:
    """Windows as a roster writes them: `08:00-22:00`, `工作日 08:30-17:30; 周六 周日 09:00-12:00`. Raises CheckerError."""
    found = []
    for part in re.split("[;;]", re.sub("全天|24 ?小时|24h", "00:00-24:00", text)):
        made = re.fullmatch(r"\s*(.*?)\s*([0-9]{1,2}:[0-9]{2})\s*[-–—~至到]\s*([0-9]{1,2}:[0-9]{2})\s*", part.replace(":", ":"))
        words = re.split(r"[\s,,、]+", made[1]) if made else ["?"]
        days = DAYS_SAID.get(words[0]) if len(words) == 1 else None
        listed = [WEEK_SAID.get(word) for word in words]
        if made is None or (days is None and None in listed):
            raise refuse(
                "window.form",
                say("时段 `{t}` 读不懂", "the window `{t}` cannot be read", t=text),
                say("写成 `08:00-22:00` 或 `工作日 08:30-17:30; 周六 09:00-12:00`", "write it like `08:00-22:00`, or `workdays 08:30-17:30; saturday 09:00-12:00`"),
            )
        found.append(Window.model_validate({"from": made[2].rjust(5, "0"), "to": made[3].rjust(5, "0"), "days": days or listed}))
    return tuple(found)


def openings(
    windows: Sequence[Window], name: str, days: Iterable[int], workdays: Mapping[int, bool] | None = None
) -> Iterator[tuple[int, int, int]]:
    """(day, opens, closes) in UTC of every time that a window opens on these local days, as written: nothing is merged.

    `workdays` says of each day whether it is worked; needed only by windows that go by working days.
    """
    for day in days:
        for window in windows:
            if _opens(window, day, workdays):
                opens, closes = window.micros
                yield day, to_utc(name, day * DAY + opens), to_utc(name, day * DAY + closes)


def open_intervals(
    windows: Sequence[Window], name: str, first: int, until: int, workdays: Mapping[int, bool] | None = None
) -> list[tuple[int, int]]:
    """UTC intervals, merged and sorted, in which a window is open on the local days [first, until)."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((opens, closes) for _, opens, closes in openings(windows, name, range(first, until), workdays)):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged


def _opens(window: Window, day: int, workdays: Mapping[int, bool] | None) -> bool:
    if not window.by_workday:
        return window.on((day + 3) % 7)
    if workdays is None or day not in workdays:
        raise outside_calendar(day)
    return workdays[day] == (window.days == "workdays")


def outside_calendar(day: int, policies: Sequence[str] = ()) -> CheckerError:
    """A day that is counted, by these policies, and of which no work calendar speaks."""
    zh, en = (f"({', '.join(policies)} 要数它)", f" ({', '.join(policies)} counts it)") if policies else ("", "")
    return refuse(
        "calendar.outside",
        say("{d} 不在已载入的工作日历内{z}", "{d} lies outside the loaded work calendar{e}", d=to_date(day), z=zh, e=en),
        say("在 `format: calendars/1` 的日历文件里用 `covers:` 写明该年,并由方案的 `calendar:` 指定",
            "say that year with `covers:` in a file of `format: calendars/1`, and name it under `calendar:` of the profile"),
    )


def always_open(windows: Sequence[Window]) -> bool:
    """Whether a window never closes, so that counted time is elapsed time."""
    return any(window.days == "all" and window.micros[1] - window.micros[0] >= 24 * HOUR for window in windows)
