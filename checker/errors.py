"""What we refuse, worded for the author of a policy or of an export: where, what, and the way out."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable
from dataclasses import dataclass, field

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True, order=True)
class Text:
    """One sentence in both languages."""

    zh: str
    en: str

    def __getitem__(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


def say(zh: str, en: str, /, **facts: object) -> Text:
    """A sentence with its facts filled in; the templates use `{name}` and nothing else."""
    if not facts:
        return Text(zh, en)
    return Text(zh.format_map(facts), en.format_map(facts))


NOTHING = Text("", "")
SYSTEM = {
    errno.ENOENT: Text("没有这个文件或文件夹", "there is no such file or folder"), errno.EACCES: Text("没有权限", "permission is denied"),
    errno.EPERM: Text("不允许", "it is not permitted"), errno.ENOSPC: Text("磁盘已满", "the disk is full"), errno.EROFS: Text("只读", "it is read-only"),
    errno.EEXIST: Text("同名的文件已经存在", "a file of that name exists"), errno.ENOTDIR: Text("路径中间是文件,不是文件夹", "a part of the path is a file"),
    errno.EISDIR: Text("这是文件夹", "it is a folder"), errno.EBUSY: Text("正被占用", "it is in use"),
}  # fmt: skip


HELD = (32, 33)
"""What Windows answers where another program has a file open, as Excel does with a workbook: beside it `errno` says permission."""


def system(error: OSError) -> Text:
    """What the operating system refuses, in both languages."""
    if getattr(error, "winerror", None) in HELD:
        return Text("正被别的程序打开(例如 Excel)", "another program has it open (such as Excel)")
    return SYSTEM.get(error.errno or 0, Text(error.strerror or "", (error.strerror or "").lower()))


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A place in a file. `line` and `column` count from 1 (0: the file as a whole); `sheet` for workbooks."""

    file: str
    line: int = 0
    column: int = 0
    length: int = 1
    excerpt: str = ""
    sheet: str = ""

    def __str__(self) -> str:
        parts = [self.file + (f"[{self.sheet}]" if self.sheet else "")]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: its place, a stable id, what it is, and the way out."""

    where: Where
    id: str
    what: Text
    fix: Text = field(default=NOTHING)

    def line(self, lang: str) -> str:
        """`file:line:col: what; way out`, on one line."""
        place = str(self.where)
        fix = self.fix[lang]
        joint = ";" if lang == "zh" else "; "
        return (f"{place}: " if place else "") + self.what[lang] + (joint + fix if fix else "")


NOWHERE = Where("")


class CheckerError(Exception):
    """Unusable policy, profile, option or data: the command ends with 2. Carries every problem found."""

    exit_code = 2

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (
            (problems,) if isinstance(problems, Problem) else tuple(sorted(set(problems)))
        )
        super().__init__("\n".join(problem.line("en") for problem in self.problems))


def refuse(id: str, what: Text, fix: Text = NOTHING, where: Where = NOWHERE) -> CheckerError:
    """The error for one problem: `raise refuse("file.empty", say(...), say(...), Where(path))`."""
    return CheckerError(Problem(where, id, what, fix))


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that `word` was probably meant to be, or an empty string."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else ""
