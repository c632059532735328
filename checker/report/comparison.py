"""A comparison of two runs for people: in a terminal, or for a pull request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from checker.errors import Text, say
from checker.finding import WORDS
from checker.report.text import grid

SHOWN = 50
"""Of each sort so many findings are shown; JSON has all."""
TITLES = {
    "new": say("新增不合格项", "new violations"), "resolved": say("已消除", "resolved"), "open": say("仍未消除", "still open"),
    "changed": say("其他结论变化", "other changes of verdict"),
    "outside": say("后一次审核不涉及(期间、项目或政策不同)", "not spoken of by the later run (another period, site or policy)"),
}  # fmt: skip
WHY = {
    "scope": say("另一次审核不涉及", "the other run does not speak of it"),
    "policy": say("政策改了", "the policy"), "value": say("取值改了", "the value in force"), "calendar": say("日历改了", "the calendar"),
    "records": say("记录改了", "the records"), "as-of": say("截至时刻不同", "as-of"), "history": say("累计的不合格项不同", "the findings counted"),
    "tool": say("程序版本不同", "the version of the program"),
}  # fmt: skip
INPUTS = {
    "policies": say("政策", "policies"), "profiles": say("考核方案(项目)", "profiles (of sites)"), "calendars": say("工作日历(项目)", "calendars (of sites)"),
    "as_of": say("截至时刻(项目)", "as-of (of sites)"), "data": say("数据文件", "data files"), "tool": say("程序版本", "version of the program"),
}  # fmt: skip
NONE = say("无", "none")


def as_json(found: Mapping[str, Any], lang: str) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2)


def as_text(found: Mapping[str, Any], lang: str) -> str:
    lines = [_line(found, lang), _inputs(found, lang), "", grid(_table(found, lang)), ""]
    for sort, items in found["items"].items():
        if items and sort != "outside":
            lines += [f"{TITLES[sort][lang]} ({len(items)})", *(f"  {one}" for one in _listed(items, lang)), ""]
    return "\n".join(lines).rstrip() + "\n"


def as_markdown(found: Mapping[str, Any], lang: str) -> str:
    head, *rows = _table(found, lang)
    lines = [f"### {say('两次审核的比较', 'two audits compared')[lang]}", "", _line(found, lang), "", _inputs(found, lang), "", *table(head, rows)]
    for sort, items in found["items"].items():
        if items and sort not in ("outside", "open"):
            lines += ["", f"#### {TITLES[sort][lang]} ({len(items)})", "", *(f"- {cell(one)}" for one in _listed(items, lang))]
    return "\n".join(lines) + "\n"


FORMS: dict[str, Callable[[Mapping[str, Any], str], str]] = {"text": as_text, "json": as_json, "markdown": as_markdown}


def _line(found: Mapping[str, Any], lang: str) -> str:
    before, after = found["before"], found["after"]
    return say("前:{a}({p})  后:{b}({q})", "before: {a} ({p})  after: {b} ({q})", a=before["run"], p=before["period"], b=after["run"], q=after["period"])[lang]


def _inputs(found: Mapping[str, Any], lang: str) -> str:
    """What the two runs were made of and differs."""
    said = []
    for key, title in INPUTS.items():
        what = found["inputs"][key]
        if what:
            said.append(title[lang] + ("" if what is True else f" {', '.join(what[:10])}" + (" …" if len(what) > 10 else "")))
    joint = ";" if lang == "zh" else "; "
    return say("不同之处:{w}", "what differs: {w}", w=joint.join(said) or NONE[lang])[lang]


def _table(found: Mapping[str, Any], lang: str) -> list[list[str]]:
    sorts = [sort for sort in TITLES if sort != "outside" or found["counts"][sort]]
    head = [say("政策", "policy")[lang], *(TITLES[sort][lang] for sort in sorts)]
    total = [say("合计", "total")[lang], *(str(found["counts"][sort]) for sort in sorts)]
    return [head, *([one["policy"], *(str(one[sort]) for sort in sorts)] for one in found["policies"]), total]


def _listed(items: list[Mapping[str, Any]], lang: str) -> Iterator[str]:
    for one in items[:SHOWN]:
        yield said(one, lang)
    if len(items) > SHOWN:
        yield say("…… 另有 {n} 条(见 `--format json`)", "… and {n} more (`--format json` has all)", n=len(items) - SHOWN)[lang]


def said(one: Mapping[str, Any], lang: str) -> str:
    """One finding on a line: id, policy, subject, what it was and is, why, and the sentence."""
    subject = one["subject"] + (f" {one['ordinal']}" if one["ordinal"] not in ("", "1") else "")
    unsaid = say("未审核", "not audited")[lang] if "scope" in one["reasons"] else verdict(None, lang)
    before, after = (verdict(word, lang) if word else unsaid for word in (one["before"], one["after"]))
    moved = f"{before} → {after}" if one["before"] != one["after"] else after
    joint = "、" if lang == "zh" else ", "
    why = f" [{joint.join(WHY[reason][lang] for reason in one['reasons'])}]" if one["reasons"] else ""
    waived = say(" 豁免:{w}", " waived by {w}", w=one["waived_by"])[lang] if one["waived_by"] else ""
    place = f" ({one['place']})" if one["place"] else ""
    return f"{one['id']} {one['policy']} {one['site']} {subject}: {moved}{why}{waived} {one[lang]}{place}"


def verdict(word: str | None, lang: str) -> str:
    """A verdict; what is no finding was met, or not due."""
    return WORDS[word][lang] if word else Text("合格或不适用", "met or not due")[lang]


def table(head: list[str], rows: list[list[str]], left: int = 1) -> list[str]:
    """A Markdown table; the first `left` columns are flush left."""
    marks = "|".join([*["---"] * left, *["---:"] * (len(head) - left)])
    return [f"| {' | '.join(map(cell, head))} |", f"|{marks}|", *(f"| {' | '.join(map(cell, row))} |" for row in rows)]


def cell(text: str) -> str:
    """Text that Markdown takes for nothing but text."""
    for mark in "\\`*_[]<>|":
        text = text.replace(mark, "&lt;" if mark == "<" else "&gt;" if mark == ">" else "\\" + mark)
    return " ".join(text.split())


__all__ = ["FORMS", "SHOWN", "WHY", "cell", "said", "table", "verdict"]
