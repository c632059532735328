"""An audit in a terminal: a table by policy, the worst violations as sentences, data quality, where the files are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from checker.errors import say
from checker.finding import WORDS, Finding, short
from checker.report.sentences import Writer, share_of

SHOWN = 10
COLUMNS = ("obligations", "pass", "fail", "pending", "unknown", "exempt", "not_applicable")
HEADS = {"obligations": say("应核", "due"), **WORDS}


def audit_text(
    summary: Mapping[str, Any], worst: Sequence[Finding], writer: Writer, titles: Mapping[str, str],
    incomplete: Sequence[str], out: str, lang: str,
) -> str:  # fmt: skip
    """The whole text; lines end with a newline."""
    parts = [
        _head(summary, lang), _incomplete(incomplete, lang), _table([one for one in summary["policies"] if not one["proposes"]], titles, lang),
        _proposals([one for one in summary["policies"] if one["proposes"]], titles, lang), _doubts(summary["policies"], writer, lang),
        _worst(worst, writer, lang), _quality(summary, lang), _files(out, lang),
    ]  # fmt: skip
    return "\n".join(part for part in parts if part) + "\n"


def _head(summary: Mapping[str, Any], lang: str) -> str:
    lines = []
    for site in summary["sites"]:
        lines.append(
            say("项目 {s} · 期间 {p} · 截至 {a} · 方案 {f} · 时区 {z}", "site {s} · period {p} · as of {a} · profile {f} · zone {z}",
                s=site["site"], p=summary["period"], a=site["as_of_local"], f=site["profile"], z=site["zone"])[lang]
        )  # fmt: skip
        if site["profile_in_roster"] not in (None, site["profile"]):
            facts = {"r": site["profile_in_roster"], "f": site["profile"]}
            lines.append("  " + say("台账写的考核方案是 {r};按命令行用 {f}", "the roster says profile {r}; the command line says {f}", **facts)[lang])
    return "\n".join(lines) + "\n"


CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    """A text that moves no cursor and changes no colour, whatever a file brought."""
    return CONTROL.sub("\ufffd", text)


def width(text: str) -> int:
    """Columns that a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def pad(text: str, size: int, right: bool = False) -> str:
    space = " " * max(size - width(text), 0)
    return space + text if right else text + space


def grid(rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Rows as aligned columns; the first `left` are flush left, the others flush right."""
    sizes = [max(width(row[index]) for row in rows) for index in range(len(rows[0]))]
    return "\n".join(
        "  ".join(pad(cell, sizes[index], index >= left) for index, cell in enumerate(row)).rstrip() for row in rows
    )


def _table(policies: Iterable[Mapping[str, Any]], titles: Mapping[str, str], lang: str) -> str:
    head = [say("政策", "policy")[lang], say("名称", "title")[lang], *(HEADS[column][lang] for column in COLUMNS), say("合格率", "pass rate")[lang]]
    rows = [head]
    for one in policies:
        decided = one["pass"] + one["fail"]
        cells = ["—" if one["missing_records"] else str(one[column]) for column in COLUMNS]
        rows.append([one["policy"], titles.get(one["policy"], ""), *cells, share_of(one["pass"], decided)])
    return grid(rows, left=2) + "\n"


def _proposals(ladders: Sequence[Mapping[str, Any]], titles: Mapping[str, str], lang: str) -> str:
    """How often a step of a ladder was reached: people decide on it, it is no violation."""
    if not ladders:
        return ""
    head = say("累进建议(由人决定,不计入不合格,见 proposals.csv):", "proposals of ladders (people decide on them, they are no violations, see proposals.csv):")[lang]
    rows = [[one["policy"], titles.get(one["policy"], ""), "—" if one["missing_records"] else str(one["fail"])] for one in ladders]
    return head + "\n" + "\n".join("  " + line for line in grid(rows, left=2).splitlines()) + "\n"


REASONS = {
    "where": say("不在适用条件内", "outside its conditions"), "part-period": say("在册时间不足", "active for too short a time"),
    "no-members": say("没有对象", "no members"), "min-sample": say("样本不足", "too small a sample"), "not in force": say("政策未生效", "not in force"),
    "accountable": say("责任人不明", "nobody answers for it"), "subject": say("没有对象", "it has no subject"), "site_id": say("项目不明", "its site is not known"),
    "team_id": say("班组不明", "its team is not known"), "no step": say("未到累进的次数", "fewer than the first step of the ladder"),
}  # fmt: skip


def _doubts(policies: Iterable[Mapping[str, Any]], writer: Writer, lang: str) -> str:
    """What could not be judged and why, what has no date, what was not due, what selected nothing."""
    lines = []
    for one in policies:
        said = [say("缺「{f}」{n} 项", "{n} lack {f}", f=writer.lacking(one["policy"], field, lang), n=number)[lang] for field, number in one["unknown_fields"].items()]
        if one["undated"]:
            said.append(say("其中 {n} 项没有时间,每期都列", "{n} of them undated, listed in every period", n=one["undated"])[lang])
        if said:
            lines.append("  " + say("{p} 无法判定:{s}", "{p}: cannot be judged: {s}", p=one["policy"], s="、".join(said) if lang == "zh" else ", ".join(said))[lang])
        for reason, number in one["not_applicable_reasons"].items():
            why = REASONS[reason] if reason in REASONS else say("没有「{f}」", "there is no {f}", f=writer.lacking(one["policy"], reason, lang))
            lines.append("  " + say("{p} 不适用:{r} {n} 项", "{p}: not applicable: {r}, {n}", p=one["policy"], r=why[lang], n=number)[lang])
        if not one["obligations"] and not one["not_applicable"] and not one["missing_records"]:
            lines.append("  " + say("{p} 不适用:本期没有符合条件的记录", "{p}: not applicable: no record of the period meets its conditions", p=one["policy"])[lang])
    return "\n".join(lines) + "\n" if lines else ""


def _worst(worst: Sequence[Finding], writer: Writer, lang: str) -> str:
    if not worst:
        return ""
    lines = [say("最严重的不合格项({n} 条):", "the worst violations ({n}):", n=len(worst))[lang]]
    for finding in worst:
        place = writer.place(finding)
        label = writer.masks.subject(finding.policy, finding.subject) + (f" {finding.ordinal}" if finding.ordinal else "")
        lines.append(f"  {short(finding.fingerprint)}  {finding.policy}  {label}: {writer.sentence(finding)[lang]}" + (f"  ({place})" if place else ""))
    return "\n".join(lines) + "\n"


def _quality(summary: Mapping[str, Any], lang: str) -> str:
    files = summary["files"]
    lines = [say("数据({n} 张表):", "data ({n} tables):", n=len(files))[lang]]
    heads = [say("文件", "file"), say("类型", "record"), say("读入", "read"), say("采用", "accepted"), say("拒收", "rejected"),
             say("重复", "duplicates"), say("被更新", "superseded")]  # fmt: skip
    rows = [[head[lang] for head in heads]]
    for file in files:
        shown = file["file"] + (f"[{file['sheet']}]" if file["sheet"] else "")
        rows.append([shown, file["record"] or "—", *(str(file[key]) for key in ("read", "accepted", "rejected", "duplicates", "superseded"))])
    lines += ["  " + line for line in grid(rows, left=2).splitlines()]
    unstated = [record for record, one in summary["coverage"].items() if not one["stated"]]
    if unstated:
        lines.append("  " + say("未说明覆盖时间(按期间至截至时刻计):{r}", "coverage not stated (taken as the period up to as-of): {r}", r=", ".join(unstated))[lang])
    for record, one in summary["coverage"].items():
        if one["partial"]:
            lines.append("  " + say("{r} 只覆盖期间的一部分,其余时间没有审核", "{r} covers a part of the period; the rest is not audited", r=record)[lang])
    for path, rows_hidden in summary["hidden_after_as_of"].items():
        lines.append("  " + say("{f}:{n} 行晚于截至时刻,未计入", "{f}: {n} rows lie after as-of and are not seen", f=path, n=rows_hidden)[lang])
    for kind in summary["quality"]:
        lines.append("  " + say("{k}:{n}", "{k}: {n}", k=kind[lang], n=kind["findings"])[lang])
    return "\n".join(lines) + "\n"


def _incomplete(incomplete: Sequence[str], lang: str) -> str:
    """That it is not complete; why is told once, beside the result."""
    if not incomplete:
        return ""
    return say("审核不完整:{n} 处,逐条见标准错误输出", "the audit is not complete: {n} reasons, each on stderr", n=len(incomplete))[lang] + "\n"


def _files(out: str, lang: str) -> str:
    return say("结果在 {o}(violations.csv 可用 Excel 打开)", "the run is in {o} (violations.csv opens in Excel)", o=out)[lang]
