"""What a change of policies would do, for people: in a terminal, or as a comment on a pull request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from checker.errors import say
from checker.report.comparison import cell, said, table
from checker.report.text import grid

TURNS = {
    "stricter": say("更严", "stricter"), "looser": say("更松", "looser"), "incomparable": say("无法比较", "incomparable"), "same": say("要求未变", "same demand"),
}  # fmt: skip
SORTS = {
    "new": say("将新增不合格", "would become a violation"), "gone": say("将不再是不合格", "would no longer be a violation"), "other": say("其他结论变化", "other changes"),
}  # fmt: skip
MARKS = {"stricter": "↑", "looser": "↓", "incomparable": "?", "same": "="}


def as_json(found: Mapping[str, Any], lang: str) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2)


def as_text(found: Mapping[str, Any], lang: str) -> str:
    if not found["policies"]:
        return nothing(lang) + "\n"
    lines = [verdict(found, lang), "", grid(_overview(found, lang), left=2), ""]
    for one in found["policies"]:
        lines += [f"{one['policy']} {turn(one, lang)}", *(f"  {line}" for line in _details(one, lang)), ""]
    return "\n".join([*lines, *_not_judged(found, lang)]).rstrip() + "\n"


def as_markdown(found: Mapping[str, Any], lang: str) -> str:
    """Fit for a comment: the verdict, a table by policy, and each policy folded away."""
    head = f"### {say('政策变更的影响', 'what this change of policies does')[lang]}"
    if not found["policies"]:
        return f"{head}\n\n{nothing(lang)}\n"
    top, *rows = _overview(found, lang)
    lines = [head, "", f"**{verdict(found, lang)}**", "", *table(top, rows, left=2)]
    for one in found["policies"]:
        title = f"{cell(one['policy'])} — {turn(one, lang)}"
        lines += ["", f"<details><summary>{title}</summary>", "", *(f"- {cell(line)}" for line in _proof(one, lang)), *_places(one, lang)]
        lines += [f"- {cell(line)}" for line in _examples(one, lang)] + ["", "</details>"]
    return "\n".join([*lines, "", *map(cell, _not_judged(found, lang))]).rstrip() + "\n"


FORMS: dict[str, Callable[[Mapping[str, Any], str], str]] = {"text": as_text, "json": as_json, "markdown": as_markdown}


def nothing(lang: str) -> str:
    return say("两个版本的要求没有不同", "the two versions demand the same")[lang]


def verdict(found: Mapping[str, Any], lang: str) -> str:
    """What a pull request is told first."""
    looser, floors = found["looser"], found["floors"]
    parts = [say("{n} 条政策变松:{p}", "{n} policies became looser: {p}", n=len(looser), p=", ".join(looser))[lang]] if looser else []
    parts += [say("{n} 条政策的底线被降低:{p}", "a floor was lowered in {n} policies: {p}", n=len(floors), p=", ".join(floors))[lang]] if floors else []
    return (";" if lang == "zh" else "; ").join(parts) or say("没有政策变松,没有底线被降低", "no policy became looser, no floor was lowered")[lang]


def turn(one: Mapping[str, Any], lang: str) -> str:
    """Which way a policy went; of an incomparable one what the data show."""
    word = f"{MARKS[one['turn']]} {TURNS[one['turn']][lang]}"
    if one["turn"] == "incomparable" and one["gone"]:
        return word + say("(在这些数据上变松)", " (looser on these data)")[lang]
    return word


def _overview(found: Mapping[str, Any], lang: str) -> list[list[str]]:
    head = [say("政策", "policy")[lang], say("变化", "change")[lang]]
    head += [word[lang] for word in SORTS.values()] if found["judged"] else []
    rows = [[one["policy"], turn(one, lang), *(str(one[sort]) for sort in SORTS if found["judged"])] for one in found["policies"]]
    return [head, *rows]


def _details(one: Mapping[str, Any], lang: str) -> Iterator[str]:
    yield from _proof(one, lang)
    for place in one["by"]:
        counted = (";" if lang == "zh" else "; ").join(f"{SORTS[sort][lang]} {place[sort]}" for sort in SORTS if place[sort])
        yield f"{place['site']} {place['month']}: {counted}"
    yield from _examples(one, lang)


def _proof(one: Mapping[str, Any], lang: str) -> Iterator[str]:
    yield from (f"! {line[lang]}" for line in one["floors"])
    yield from (line[lang] for line in one["proof"])


def _places(one: Mapping[str, Any], lang: str) -> list[str]:
    """Flips by site and month."""
    if not one["by"]:
        return []
    head = [say("项目", "site")[lang], say("月份", "month")[lang], *(word[lang] for word in SORTS.values())]
    return ["", *table(head, [[place["site"], place["month"], *(str(place[sort]) for sort in SORTS)] for place in one["by"]], left=2), ""]


def _examples(one: Mapping[str, Any], lang: str) -> Iterator[str]:
    for sort in SORTS:
        for example in one["examples"][sort]:
            yield say("例:{e}", "for example {e}", e=said(example, lang).replace(f" {one['policy']} ", " ", 1))[lang]


def _not_judged(found: Mapping[str, Any], lang: str) -> list[str]:
    listed = found["not_judged"]
    return [say("数据里没有它们需要的记录,没有试算:{p}", "not tried, the data lack their records: {p}", p=", ".join(listed))[lang]] if listed else []


__all__ = ["FORMS"]
