"""Words that several renderings of the report share."""

from __future__ import annotations

import re
from decimal import Decimal

from checker.errors import Text
from checker.report.audit.model import Change, Indicator
from checker.report.audit.standing import SiteScore
from checker.report.sentences import share_of

TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the direction of the words after them: a sentence would read otherwise than it was written."""
STATES = {
    "open": Text("待认定", "open"), "confirmed": Text("已确认", "confirmed"), "rejected": Text("已驳回", "rejected"), "exempt": Text("免责", "exempt"),
    "waived": Text("已豁免", "waived"),
}  # fmt: skip
HOWS = {
    "points": Text("逐项扣分", "points"), "bands": Text("按违规率", "by rate band"), "shortfall": Text("按比率缺口", "by shortfall"), "none": Text("不评分", "not scored"),
}  # fmt: skip
SORTS = {"no records": Text("没有记录", "no records"), "unknown": Text("无法判定", "cannot be judged"), "pending": Text("未到期", "pending"),
         "not applicable": Text("不适用", "not applicable")}  # fmt: skip
WEEKDAYS = {"zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
SIGNED = (Text("编制", "Prepared by"), Text("审核", "Reviewed by"), Text("批准", "Approved by"))


def unturned(text: str) -> str:
    """A text that turns no words around it."""
    return TURNING.sub("", text)


def score_said(score: Decimal | None) -> str:
    """A score for people: two places, or a dash."""
    return "—" if score is None else f"{score:.2f}"


def confirmed_said(score: SiteScore, lang: str) -> str:
    """The confirmed score with the share of violations that were decided on."""
    return decided_said(score.confirmed.total if score.confirmed else None, (score.decided, score.violations), lang)


def decided_said(score: Decimal | None, decided: tuple[int, int], lang: str) -> str:
    """A confirmed score; none is said while nobody has decided on any violation."""
    shown = score if decided[0] or not decided[1] else None
    return Text("{s}(已认定 {d}/{n})", "{s} (decided {d} of {n})")[lang].format(s=score_said(shown), d=decided[0], n=decided[1])


def target_said(one: Indicator, lang: str) -> str:
    """`≥ 90 %`."""
    sign = "≥" if one.better == "at_least" else "≤"
    share = f"{100 * one.target[0] / one.target[1]:g} %" if one.is_share else f"{one.target[0] / one.target[1]:g}"
    return f"{sign} {share}"


def scored_said(one: Change, lang: str) -> str:
    """Where two scores rest on another number of rules, that they do; otherwise nothing."""
    said = Text("当时评分 {a} 条、本期 {b} 条,不完全可比", "{a} rules scored then, {b} now: not quite comparable")[lang]
    return "" if one.scored[0] == one.scored[1] else said.format(a=one.scored[0], b=one.scored[1])


def value_said(one: Indicator, numerator: int, denominator: int) -> str:
    """What an indicator came to, in the unit of its target: `93.3 %`, or a number where it is no share."""
    if one.is_share or not denominator:
        return share_of(numerator, denominator)
    return f"{numerator / denominator:.2f}"


__all__ = ["HOWS", "SIGNED", "SORTS", "STATES", "WEEKDAYS", "confirmed_said", "decided_said", "score_said", "scored_said", "target_said", "unturned", "value_said"]
