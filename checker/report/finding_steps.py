"""The steps of an explanation in words: what was counted, from when to when, and what would have been enough."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from checker.finding import proposal
from checker.report.finding_words import EVER, Facts, Steps
from checker.report.sentences import measure

LONG = 62
"""Of days, stretches and spells not more than this many lines are said."""


def lines(s: Steps, steps: Iterable[Any]) -> Iterator[str]:
    """Each step as a line; of long lists the middle is left out."""
    for word, listed in itertools.groupby(steps, key=lambda step: step.word):
        yield from _short([said for step in listed if (said := SAID[word](s, step.facts))], s)


def _short(lines: list[str], s: Steps) -> Iterator[str]:
    if len(lines) <= LONG:
        yield from lines
        return
    half = LONG // 2
    yield from lines[:half]
    yield s.say("……(中间 {n} 行略)", "… ({n} lines in between)", n=len(lines) - 2 * half)
    yield from lines[-half:]


# --- limits ----------------------------------------------------------------------------------------------------------


def _start(s: Steps, f: Facts) -> str:
    return s.say("自 {a} 起算({f})", "it starts at {a} ({f})", a=s.at(f["at"]), f=s.words.field(s.record, f["field"]))


def _ends_by(s: Steps, f: Facts) -> str:
    return s.say("以{f}为期限:{a}", "its limit is {f}: {a}", a=s.at(f["at"]), f=s.words.field(s.record, f["field"]))


def _limit(s: Steps, f: Facts) -> str:
    window = s.say(",只计{w}", ", counted in {w} alone", w=s.words.window(f["window"])) if f["window"] else ""
    return s.say("时限 {l}{w}", "the limit is {l}{w}", l=s.length(f), w=window)


def _pause(s: Steps, f: Facts) -> str:
    return s.say("{a} 至 {b} 停表", "the clock stood still from {a} to {b}", a=s.at(f["from"]), b=s.at(f["until"]))


def _cutoff(s: Steps, f: Facts) -> str:
    minutes = f["after"] // 60_000_000
    return s.say("{t} 以后收到的,按 {d} 计", "what comes after {t} counts as of {d}", t=f"{minutes // 60:02}:{minutes % 60:02}", d=s.day(f["day"]))


def _runs(s: Steps, f: Facts) -> str:
    ran, left = s.long(f["until"] - f["from"]), s.long(f["left"])
    return s.say("{a} 至 {b} 计 {d},还剩 {l}", "from {a} to {b}: {d} counted, {l} left", a=s.at(f["from"]), b=s.at(f["until"]), d=ran, l=left)


def _day(s: Steps, f: Facts) -> str:
    day, left = s.day(f["day"]), f["left"]
    match f["why"]:
        case "start":
            return s.say("{d} 起算当天,不计", "{d}: the day of the start, not counted", d=day)
        case "rest":
            return s.say("{d} 休息日,不计", "{d}: a day of rest, not counted", d=day)
        case "pause":
            return s.say("{d} 停表,不计", "{d}: the clock stood still, not counted", d=day)
    return s.say("{d} 计一天,还剩 {n} 天", "{d}: counted, {n} left", d=day, n=left)


def _days(s: Steps, f: Facts) -> str:
    if f["amount"] == 0:
        return s.say("到 {b} 24:00 为止", "until {b} 24:00", b=s.day(f["day"]))
    return s.say("自 {a} 当天数 {n} 天,到 {b} 24:00", "{n} days from {a} on: until {b} 24:00", a=s.day(f["day"]), n=f["amount"], b=s.day(f["day"] + f["amount"]))


def _due(s: Steps, f: Facts) -> str:
    if f["at"] is None:
        return s.say("期限算不出来", "when it fell due cannot be told")
    open_ = s.say(",截至 {a} 还没到", ", which had not come at {a}", a=s.at(f["as_of"])) if f["at"] >= f["as_of"] else ""
    return s.say("期限 {d}{o}", "it was due at {d}{o}", d=s.at(f["at"]), o=open_)


def _answered(s: Steps, f: Facts) -> str:
    late = f["late"]
    if late is None or late <= 0:
        return s.say("{a} 完成,在期限内", "it was met at {a}, in time", a=s.at(f["at"]))
    return s.say("{a} 才完成,晚了 {l}", "it was met at {a}, late by {l}", a=s.at(f["at"]), l=s.long(late))


def _unanswered(s: Steps, f: Facts) -> str:
    if f["possible"] is not None:
        return s.say("没有确定的完成记录;{a} 起可能有过", "nothing surely ended it; something may have from {a} on", a=s.at(f["possible"]))
    until = f["covered_until"]
    return s.say("没有完成记录", "nothing ended it") + ("" if abs(until) >= EVER else s.say("(记录覆盖到 {a})", " (the source speaks until {a})", a=s.at(until)))


def _cancelled(s: Steps, f: Facts) -> str:
    return s.say("{a} 取消,此后不再要求", "it was cancelled at {a}; nothing is due from then on", a=s.at(f["at"]))


def _since(s: Steps, f: Facts) -> str:
    if f["due"] is not None and f["at"] > f["due"]:
        return s.say("期限一过即定", "settled as the limit ran out")
    return s.say("自 {a} 起条件成立", "the condition holds from {a} on", a=s.at(f["at"]))


def _judged(s: Steps, f: Facts) -> str:
    if not f["field"]:
        return ""
    return s.say("按 {a} 的情况判定({f})", "judged as of {a} ({f})", a=s.at(f["at"]), f=s.words.field(s.record, f["field"]))


# --- counts ----------------------------------------------------------------------------------------------------------


def _period(s: Steps, f: Facts) -> str:
    late = s.say(",到 {c} 为止都算", ", and what comes before {c} counts", c=s.at(f["closes"])) if f["closes"] != f["until"] else ""
    return s.say("期间 {l}:{a} 至 {b}{c}", "period {l}: {a} to {b}{c}", l=f["label"], a=s.at(f["from"]), b=s.at(f["until"]), c=late)


def _active(s: Steps, f: Facts) -> str:
    return s.say("在册 {a} 至 {b}", "active from {a} to {b}", a=s.at(f["from"]), b=s.at(f["until"]))


def _part(s: Steps, f: Facts) -> str:
    return s.say("在册 {d} 天,全期应 {w} 次,折算应 {n} 次", "active for {d} days: of {w} for a whole period {n} are due", d=f["days"], w=f["whole"], n=f["due"])


def _apart(s: Steps, f: Facts) -> str:
    return s.say("共 {f} 次,间隔够的计 {c} 次", "{f} in all, {c} far enough apart", f=f["found"], c=f["counted"])


def _count(s: Steps, f: Facts) -> str:
    doubt = s.say(",另有 {p} 次说不准", ", {p} more may count", p=f["possible"] - f["found"]) if f["found"] is not None and f["possible"] > f["found"] else ""
    uncovered = "" if f["covered"] else s.say(";记录没有覆盖整个期间", "; the source does not speak of the whole time")
    found, needed = ("?" if one is None else one for one in (f["found"], f["needed"]))
    return s.say("完成 {f} 次,应 {n} 次{d}{u}", "{f} of {n} found{d}{u}", f=found, n=needed, d=doubt, u=uncovered)


def _cover(s: Steps, f: Facts) -> str:
    if not f["members"]:
        return s.say("没有应覆盖的{r}", "there is nothing to cover: {r}", r=s.words.record(f["record"]))
    lacking = s.say("、", ", ").join(map(str, f["lacking"]))
    short = s.say(";次数不够的:{l}", "; too seldom: {l}", l=lacking) if lacking else ""
    return s.say("应覆盖{r} {n} 个{s}", "to cover: {n} ({r}){s}", r=s.words.record(f["record"]), n=f["members"], s=short)


def _too_late(s: Steps, f: Facts) -> str:
    return s.say("自 {a} 起已补不上", "from {a} on it could not be made up", a=s.at(f["at"]))


def _gap(s: Steps, f: Facts) -> str:
    over = s.say(",超出(最晚 {d})", ", too long (until {d})", d=s.at(f["due"])) if f["over"] else ""
    return s.say("{a} 至 {b} 一次也没有{o}", "none from {a} to {b}{o}", a=s.at(f["from"]), b=s.at(f["until"]), o=over)


def _broken(s: Steps, f: Facts) -> str:
    return "" if f["at"] is None else s.say("{a} 起间隔过长", "the gap was too long from {a} on", a=s.at(f["at"]))


def _members(s: Steps, f: Facts) -> str:
    open_ = f["open"] + f["doubtful"]
    more = s.say(",说不准 {o}", ", {o} open", o=open_) if open_ else ""
    more += s.say(",免责 {e}", ", {e} exempt", e=f["exempt"]) if f["exempt"] else ""
    return s.say("共 {a} 件:达标 {m},未达标 {x}{r}", "{a} in all: {m} meet it, {x} do not{r}", a=f["all"], m=f["met"], x=f["missed"], r=more)


def _share(s: Steps, f: Facts) -> str:
    n, d = f["target"]
    target = f"{float(Fraction(n, d) * 100):g} %" if f["unit"] == "members" else measure(n // d, f["unit"], s.zone, s.lang)
    least = s.say("至少", "at least") if f["least"] else s.say("至多", "at most")
    reached = f["reached"] if f["unit"] == "members" else measure(f["reached"], f["unit"], s.zone, s.lang)
    limit = f["limit"] if f["unit"] == "members" else measure(f["limit"], f["unit"], s.zone, s.lang)
    return s.say("{r} / {o},目标{l} {t},即{l} {x}", "{r} of {o}; {l} {t} is asked for, that is {x}", r=reached, o=f["of"], l=least, t=target, x=limit)


# --- cases, windows, persons -------------------------------------------------------------------------------------------


def _order(s: Steps, f: Facts) -> str:
    steps = s.say("、", ", ").join(one if isinstance(one, str) else "/".join(one) for one in f["order"])
    needed = s.say(";必有 {r}", "; required: {r}", r=s.say("、", ", ").join(f["required"])) if f["required"] else ""
    return s.say("应有次序:{o}{n}", "the order is {o}{n}", o=steps, n=needed)


def _decided(s: Steps, f: Facts) -> str:
    return "" if f["at"] is None else s.say("{a} 定论", "settled at {a}", a=s.at(f["at"]))


def _asked(s: Steps, f: Facts) -> str:
    tolerance = s.say(",空岗不超过 {t}", ", with gaps of {t} at most", t=s.long(f["tolerance"])) if f["tolerance"] is not None else ""
    needed = "?" if f["needed"] is None else f["needed"]
    return s.say("{a} 至 {b} 应有 {n} 人(件){t}", "{n} are asked for from {a} to {b}{t}", a=s.at(f["from"]), b=s.at(f["until"]), n=needed, t=tolerance)


def _there(s: Steps, f: Facts) -> str:
    doubt = "" if f["sure"] else s.say("(说不准)", " (not certain)")
    return s.say("{a} 至 {b} 有{d}", "there from {a} to {b}{d}", a=s.at(f["from"]), b=s.at(f["until"]), d=doubt)


def _alone(s: Steps, f: Facts) -> str:
    return s.say("{a} 至 {b} 不足,{l}", "too few from {a} to {b}: {l}", a=s.at(f["from"]), b=s.at(f["until"]), l=s.long(f["until"] - f["from"]))


def _longest(s: Steps, f: Facts) -> str:
    if f["worst"] == f["best"]:
        return s.say("最长空岗 {b}", "the longest gap is {b}", b=s.long(f["best"]))
    return s.say("最长空岗 {b} 至 {w}(有的记录说不准)", "the longest gap is between {b} and {w} (some records are not certain)", b=s.long(f["best"]), w=s.long(f["worst"]))


def _look_back(s: Steps, f: Facts) -> str:
    return s.say("往前看到 {a}", "it looks back to {a}", a=s.at(f["from"]))


def _rung(s: Steps, f: Facts) -> str:
    counts = s.say("、", ", ").join("?" if one is None else str(one) for one in f["counts"])
    lacks = s.say(";有的月份没有审核过", "; some months were not audited") if f["uncovered"] else ""
    proposed = s.say(",建议 {p}", ", {p} is proposed", p=proposal(f["propose"])[s.lang]) if f["propose"] else ""
    return s.say("第 {n} 次(各级自第 {c} 次起){p}{u}", "number {n} (steps begin at {c}){p}{u}", n=f["number"], c=counts, p=proposed, u=lacks)


# --- what would have been enough -------------------------------------------------------------------------------------


def _end_by(s: Steps, f: Facts) -> str:
    sooner = s.say(",早 {l} 即可", ", sooner by {l}", l=s.long(f["short"])) if f["short"] is not None and f["short"] > 0 else ""
    what = s.say("、", " or ").join(s.words.record(one) if one in s.words.types else s.words.field(s.record, one) for one in f["ends"])
    return s.say("{d} 之前(含)有{w}{e}", "{w} by {d}{e}", d=s.at(f["at"]), w=what, e=sooner)


def _met_by(s: Steps, f: Facts) -> str:
    return s.say("{d} 之前(含)满足:", "met by {d}:", d=s.at(f["at"]))


def _not_until(s: Steps, f: Facts) -> str:
    return s.say("到 {d} 为止没有发生:", "until {d} none of this:", d=s.at(f["at"]))


def _steps(s: Steps, f: Facts) -> str:
    return s.say("在结案之前补上缺的步骤", "the missing steps, before the case was closed") if f["missing"] else s.say("按上面的次序进行", "the steps in the order above")


def _more(s: Steps, f: Facts) -> str:
    return s.say("再有 {n} 次{r}", "{n} more: {r}", n=f["number"], r=s.words.record(f["record"]))


def _more_members(s: Steps, f: Facts) -> str:
    number = f["number"] if f["unit"] == "members" else measure(f["number"], f["unit"], s.zone, s.lang)
    return s.say("{o} 件中再有 {n} 件达标", "{n} more of {o}", n=number, o=f["of"]) if f["unit"] == "members" else s.say("再多 {n}", "{n} more", n=number)


def _fewer_members(s: Steps, f: Facts) -> str:
    number = f["number"] if f["unit"] == "members" else measure(f["number"], f["unit"], s.zone, s.lang)
    return s.say("少 {n}", "{n} fewer", n=number)


def _shorter(s: Steps, f: Facts) -> str:
    return s.say("空岗再短 {b}", "a gap shorter by {b}", b=s.long(f["by"]))


SAID: Mapping[str, Callable[[Steps, Facts], str]] = {
    "start": _start, "ends_by": _ends_by, "limit": _limit, "pause": _pause, "cutoff": _cutoff, "runs": _runs, "day": _day, "days": _days, "due": _due,
    "answered": _answered, "unanswered": _unanswered, "cancelled": _cancelled, "since": _since, "judged": _judged, "period": _period, "active": _active,
    "part": _part, "apart": _apart, "cover": _cover, "count": _count, "too-late": _too_late, "gap": _gap, "broken": _broken, "members": _members, "share": _share,
    "order": _order, "decided": _decided, "asked": _asked, "there": _there, "alone": _alone, "longest": _longest, "look-back": _look_back, "rung": _rung,
    "end-by": _end_by, "met-by": _met_by, "not-until": _not_until, "steps": _steps, "more": _more, "more-members": _more_members,
    "fewer-members": _fewer_members, "shorter": _shorter,
    "met": lambda s, f: s.say("满足:", "met:"), "not-so": lambda s, f: s.say("没有发生:", "none of this:"),
}  # fmt: skip
"""Every word of a step -> how it is said."""

__all__ = ["SAID", "lines"]
