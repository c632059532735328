"""Work calendars: the days they close or add, each once, and the calendars that profiles name (language §5)."""

from __future__ import annotations

from collections.abc import Iterator

from checker.calendars import to_date
from checker.errors import Problem, say
from checker.load.book import Book
from checker.load.meant import listed, meant
from checker.load.spot import Spot
from checker.policy.files import Calendar, Case, Fixture, Profile, Stretch
from checker.workdays import unspoken, unspoken_said

NATIONAL = "national"


def calendar(spot: Spot, one: Calendar) -> Iterator[Problem]:
    """That every stretch runs forward, that no day is said twice, and that somebody speaks of the year of each."""
    if one.covers is not None:
        yield from _forward(spot.at("covers"), one.covers)
    seen: dict[int, str] = {}
    for key in ("closed", "extra"):
        for index, change in enumerate(getattr(one, key)):
            place = spot.at(key, index)
            yield from _forward(place, change)
            twice = next((day for day in change.days if day in seen), None)
            if twice is not None:
                facts = {"d": to_date(twice), "k": seen[twice]}
                what = say("{d} 已写在 `{k}` 里", "{d} stands under `{k}` already", **facts)
                yield place.at("from").problem("calendar.twice", what, say("每一天只写一次", "name each day once"))
            seen.update(dict.fromkeys(change.days, key))
            lost = unspoken(one.model_copy(update={"closed": (change,), "extra": ()}))
            if lost is not None:
                yield place.at("from").problem("calendar.unspoken", *unspoken_said(one, lost))


def _forward(spot: Spot, one: Stretch) -> Iterator[Problem]:
    if one.until is not None and one.until.number < one.from_.number:
        what = say("`until` 早于 `from`", "`until` lies before `from`")
        yield spot.at("until").problem("dates.order", what, say("改其中一个", "change one of them"))


def calendar_named(spot: Spot, one: Profile | Fixture | Case, book: Book) -> Iterator[Problem]:
    """That the calendar of a profile, a fixture file or a case is the national one or a file's."""
    known = sorted({NATIONAL, *book.calendars})
    if one.calendar is None or one.calendar in known or ("calendar", one.calendar) in book.broken:
        return
    near = meant(one.calendar, known)
    what = say("没有日历 `{c}`", "there is no calendar `{c}`", c=one.calendar)
    fix = say("是不是 `{m}`?", "did you mean `{m}`?", m=near) if near else say("写 {k}", "write {k}", k=listed(known))
    yield spot.at("calendar").problem("calendar.unknown", what, fix)


__all__ = ["calendar", "calendar_named"]
