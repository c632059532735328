"""How data is understood: each file and column, what was not, which policies have their evidence, where options come from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from checker.errors import Text, say
from checker.evidence import evidence, lacks
from checker.masking import Hidden
from checker.policy.conditions import Condition, Test
from checker.policy.walk import walk
from checker.report.evidence import evidence_text
from checker.report.tables import personal_columns
from checker.report.text import grid

HOW = {
    "name": Text("字段名", "field name"), "column": Text("列名", "header"), "mapping": Text("对照文件", "mapping"),
    "position": Text("对照文件(位置)", "mapping, by position"), "unknown": Text("不认识", "not understood"),
    "twice": Text("重复的列,未用", "a second column of that field, not used"), "no such field": Text("没有这个字段", "there is no such field"),
}  # fmt: skip
ORIGINS = {"flag": Text("命令行", "flag"), "environment": Text("环境变量", "environment"), "file": Text("checker.toml", "checker.toml"), "default": Text("默认", "default")}


def as_text(found: Any, book: Any, settings: Any, lang: str) -> str:
    """The whole report for people."""
    parts = [
        *(_file(file, lang) for file in found.files), _problems(found, lang), _rejects(found, book, lang),
        evidence_text(_evidence(found, book), lang), _idle(found, book, lang), _settings(settings, lang),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def _file(file: Any, lang: str) -> str:
    name = file.path + (f"[{file.sheet}]" if file.sheet else "")
    if file.record is None:
        return say("{n}: 认不出是哪种记录", "{n}: not recognised as any record type", n=name)[lang]
    head = say("{n}: {r}({f}{e}),表头在第 {h} 行,读入 {a} 行,采用 {b} 行", "{n}: {r} ({f}{e}), header in row {h}, {a} rows read, {b} accepted",
               n=name, r=file.record, f=file.form, e=f", {file.encoding}" if file.encoding else "", h=file.header_row, a=file.read, b=file.accepted)[lang]  # fmt: skip
    shown = [column for column in file.columns if column.header or column.field]
    rows = [[f"  {one.position}", one.header or "—", "→ " + one.field if one.field else "✗", HOW[one.how][lang]] for one in shown]
    notes = [f"  ! {note[lang]}" for note in file.notes]
    return "\n".join([head, grid(rows, left=4) if rows else "", *notes]).rstrip()


def _problems(found: Any, lang: str) -> str:
    return "\n".join(problem.line(lang) for problem in found.problems)


def _rejects(found: Any, book: Any, lang: str) -> str:
    """The first rejected rows; the whole list is in data-quality.csv of an audit."""
    if not found.rejects:
        return ""
    lines = [say("拒收的行(前 20):", "rejected rows (first 20):")[lang]]
    personal, hidden = personal_columns(found, book.records), Hidden(found.names(book.records))
    for one in found.rejects[:20]:
        place = one.file + (f"[{one.sheet}]" if one.sheet else "") + (f":{one.row}" if one.row else "")
        lines.append(f"  {place} {one.column}: `{hidden.cell(one.text, personal.get((one.file, one.sheet, one.column)))}` {one.reason[lang]}")
    return "\n".join(lines)


def _evidence(found: Any, book: Any) -> list[dict[str, Any]]:
    return [lacks(one, book.records) for one in evidence(book.policies, book.records, found.fields)]


def unread(found: Any, book: Any) -> Iterator[tuple[str, str, str, int]]:
    """(record type, field, word, records) of words by which policies choose their records, and which none of them names."""
    chosen: dict[tuple[str, str], set[str]] = {}
    for policy in book.policies:
        for _, part in walk(policy):
            record = getattr(part, "for_each", None) or getattr(part, "record", None)
            where = getattr(part, "where", None)
            if not isinstance(record, str) or not isinstance(where, Condition):
                continue
            for path, test in where.fields().items():
                field = book.records[record].fields.get(path) if record in book.records else None
                if field is not None and field.type == "text":
                    chosen.setdefault((record, path), set()).update(_words(test))
    for (record, path), words in sorted(chosen.items()):
        if words:
            yield from ((record, path, word, number) for word, number in found.words(record, path) if word not in words)


def _words(test: object) -> Iterator[str]:
    """The words that a test asks for."""
    if isinstance(test, Test):
        yield from (str(one) for one in (test.is_, *(test.one_of or ())) if isinstance(one, str))
    elif isinstance(test, str):
        yield test


def _idle(found: Any, book: Any, lang: str) -> str:
    hidden = Hidden(found.names(book.records))
    lines = [
        say("  {r} 的 {f} `{w}`:{n} 条", "  {f} `{w}` of {r}: {n} records", r=record, f=path, w=hidden.text(word), n=number)[lang]
        for record, path, word, number in unread(found, book)
    ]
    return "\n".join([say("没有政策认识的编号:", "codes that no policy knows:")[lang], *lines]) if lines else ""


def _settings(settings: Any, lang: str) -> str:
    rows = [[f"  {key}", _shown(value), ORIGINS[settings.origins[key]][lang]] for key, value in settings.values.items()]
    return say("选项及来源:", "options and where they come from:")[lang] + "\n" + grid(rows, left=3)


def _shown(value: Any) -> str:
    if value in (None, ()):
        return "—"
    return ", ".join(str(one) for one in value) if isinstance(value, tuple) else str(value)


def as_json(found: Any, book: Any, settings: Any) -> str:
    """The same as data."""
    files = [
        {
            "file": file.path, "sheet": file.sheet, "format": file.form, "encoding": file.encoding, "record": file.record, "header_row": file.header_row,
            "read": file.read, "accepted": file.accepted, "rejected": file.rejected, "duplicates": file.duplicates, "superseded": file.superseded,
            "columns": [{"position": c.position, "header": c.header, "field": c.field, "how": c.how} for c in file.columns],
        }
        for file in found.files
    ]  # fmt: skip
    options = {key: {"value": value, "origin": settings.origins[key]} for key, value in settings.values.items()}
    idle = [{"record": record, "field": path, "word": word, "records": number} for record, path, word, number in unread(found, book)]
    problems = [{"id": one.id, "file": one.where.file, "message": {"zh": one.what.zh, "en": one.what.en}} for one in found.problems]
    said = {"files": files, "policies": _evidence(found, book), "unknown_words": idle, "problems": problems, "options": options}
    return json.dumps({"schema_version": 1, **said}, ensure_ascii=False, indent=2)
