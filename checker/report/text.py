"""An audit in a terminal: a table by policy, the worst violations as sentences, data quality, where the files are."""

from __future__ import annotations

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
        _head(summary, lang), _table(summary["policies"], titles, lang), _worst(worst, writer, lang),
        _quality(summary, lang), _incomplete(incomplete, lang), _files(out, lang),
    ]  # fmt: skip
    return "\n".join(part for part in parts if part) + "\n"


def _head(summary: Mapping[str, Any], lang: str) -> str:
    lines = []
    for site in summary["sites"]:
        lines.append(
            say("项目 {s} · 期间 {p} · 截至 {a} · 方案 {f} · 时区 {z}", "site {s} · period {p} · as of {a} · profile {f} · zone {z}",
                s=site["site"], p=summary["period"], a=site["as_of_local"], f=site["profile"], z=site["zone"])[lang]
        )  # fmt: skip
    return "\n".join(lines) + "\n"


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


def _worst(worst: Sequence[Finding], writer: Writer, lang: str) -> str:
    if not worst:
        return ""
    lines = [say("最严重的不合格项({n} 条):", "the worst violations ({n}):", n=len(worst))[lang]]
    for finding in worst:
        place = writer.place(finding)
        label = f"{finding.subject}" + (f" {finding.ordinal}" if finding.ordinal else "")
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
    for path, rows_hidden in summary["hidden_after_as_of"].items():
        lines.append("  " + say("{f}:{n} 行晚于截至时刻,未计入", "{f}: {n} rows lie after as-of and are not seen", f=path, n=rows_hidden)[lang])
    for kind in summary["quality"]:
        lines.append("  " + say("{k}:{n}", "{k}: {n}", k=kind[lang], n=kind["findings"])[lang])
    return "\n".join(lines) + "\n"


def _incomplete(incomplete: Sequence[str], lang: str) -> str:
    if not incomplete:
        return ""
    return say("审核不完整:", "the audit is not complete:")[lang] + "\n" + "\n".join(f"  {line}" for line in incomplete) + "\n"


def _files(out: str, lang: str) -> str:
    return say("结果在 {o}(violations.csv 可用 Excel 打开)", "the run is in {o} (violations.csv opens in Excel)", o=out)[lang]
