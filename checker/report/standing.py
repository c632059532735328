"""Waivers and the baseline in a terminal: what is waived by whom, what is odd about a waiver, what is new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checker.errors import Text, say

ODD = {
    "expired": say("期间结束前已到期", "ran out before the period ended"), "not-begun": say("尚未开始", "has not begun"),
    "unused": say("没有对应的不合格项", "fits no violation"), "over-broad": say("范围过大", "is too broad"),
    "other-period": say("期间与这次不重叠", "its period has no day in common with this one"), "other-site": say("没有审核过这里的项目", "it audits none of these sites"),
}  # fmt: skip


def standing_text(summary: Mapping[str, Any], lang: str) -> str:
    """The lines about waivers and the baseline; empty where there is neither."""
    lines = [*_waivers(summary), *_baseline(summary)]
    return "".join(line[lang] + "\n" for line in lines)


def _waivers(summary: Mapping[str, Any]) -> Iterator[Text]:
    listed = summary.get("waivers") or ()
    if listed:
        waived = sum(one["waived"] for one in summary["policies"])
        yield say(
            "豁免 {n} 条,涉及 {w} 个不合格项(仍为不合格,不计入退出码):", "waivers: {n}, of {w} violations (which stay violations and do not count for the exit code):",
            n=len(listed), w=waived,
        )  # fmt: skip
    for one in listed:
        what = say("{p}:{o},{n} 项,批准 {a},{f} 至 {u}", "{p}: {o}: {n}, approved by {a}, {f} to {u}",
                   p=one["place"], o=_scope(one), n=one["violations"], a=one["approved_by"], f=one["from"], u=one["until"])  # fmt: skip
        yield _noted(Text(f"  {what.zh}", f"  {what.en}"), one["odd"])


def _noted(what: Text, words: Sequence[str]) -> Text:
    """A line with what is odd about it."""
    odd = [ODD[word] for word in words]
    zh, en = ",".join(word.zh for word in odd), ", ".join(word.en for word in odd)
    return Text(what.zh + (f" —— 注意:{zh}" if odd else ""), what.en + (f" — note: {en}" if odd else ""))


def _scope(one: Mapping[str, Any]) -> str:
    return " ".join(str(one[key]) for key in ("policy", "site", "subject") if one[key])


def _baseline(summary: Mapping[str, Any]) -> Iterator[Text]:
    if summary.get("baseline") is not None:
        violated = [one for one in summary["policies"] if not one["proposes"]]
        new, stands = sum(one["new"] for one in violated), sum(one["fail"] - one["waived"] for one in violated)
        said = say("对照基线 {b}:新增 {n} 项,原有 {o} 项", "against the baseline {b}: {n} new violations, {o} known", b=summary["baseline"], n=new, o=stands - new)
        yield _noted(said, summary.get("baseline_odd") or ())


__all__ = ["standing_text"]
