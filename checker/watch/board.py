"""What is due next, counting down, on a terminal; and the last alerts."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from checker.masks import Masks
from checker.policy.kinds import Base
from checker.report.sentences import moment
from checker.watch.watching import Upcoming

HOME, REST, END_OF_LINE = "\x1b[H", "\x1b[J", "\x1b[K"
RED, YELLOW, BOLD, PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[1m", "\x1b[0m"
RECENT = 8
HEADS = {"zh": ("剩余", "截止", "对象", "标准"), "en": ("left", "due", "subject", "standard")}
WIDTHS = (10, 19, 24)


@dataclass(frozen=True)
class Board:
    """`zones`: site -> zone; `warn_before` in microseconds: what is due within it is marked."""

    policies: Mapping[str, Base]
    masks: Masks
    warn_before: int
    lang: str

    def draw(self, due: Sequence[Upcoming], recent: Sequence[Mapping[str, object]], now: int | None, zone_of: Mapping[str, str], size: tuple[int, int]) -> str:
        """The board as lines of a terminal of (columns, lines)."""
        columns, height = size
        shown = [str(one[self.lang]) for one in recent][-RECENT:]
        clock = moment(now, next(iter(zone_of.values()), "UTC"), self.lang) if now is not None else "—"
        head = {"zh": f"服务标准 · 即将到期   时钟 {clock}", "en": f"service standards · due next   clock {clock}"}[self.lang]
        rows = [BOLD + fitted(head, columns) + PLAIN, fitted(_row(HEADS[self.lang]), columns)]
        rows += [self._line(one, now, zone_of, columns) for one in due[: max(height - len(shown) - 4, 1)]]
        if not due:
            rows.append({"zh": "没有未到期的要求", "en": "nothing is due"}[self.lang])
        return "\n".join([*rows, "", *(fitted(one, columns) for one in shown)][:height])

    def _line(self, one: Upcoming, now: int | None, zone_of: Mapping[str, str], columns: int) -> str:
        left = one.due_at - now if now is not None else 0
        site = zone_of.get(one.site, next(iter(zone_of.values()), "UTC"))
        policy = self.policies.get(one.policy)
        words = (countdown(left), moment(one.due_at, site, self.lang), self.masks.subject(one.policy, one.subject), policy.title.text[self.lang] if policy else one.policy)
        colour = RED if left < 0 else YELLOW if left <= self.warn_before else ""
        return colour + fitted(_row(words), columns) + (PLAIN if colour else "")

    def show(self, terminal: TextIO, text: str) -> None:
        """Draw over what stood there."""
        terminal.write(HOME + text.replace("\n", END_OF_LINE + "\n") + END_OF_LINE + REST)
        terminal.flush()


def size() -> tuple[int, int]:
    found = shutil.get_terminal_size()
    return found.columns, found.lines


def countdown(left: int) -> str:
    """`-0:05`, `4:59`, `1:02:03`, `3 d 04:05`: microseconds left, whole seconds, rounded up."""
    seconds = -(-left // 1_000_000)
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    if hours >= 48:
        return f"{sign}{hours // 24} d {hours % 24:02}:{minute:02}"
    return f"{sign}{hours}:{minute:02}:{second:02}" if hours else f"{sign}{minute}:{second:02}"


def _row(words: Sequence[str]) -> str:
    *fixed, last = words
    return " ".join([*(fitted(word, width) for word, width in zip(fixed, WIDTHS, strict=True)), last])


def wide(character: str) -> int:
    """How many columns of a terminal a character takes."""
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def fitted(text: str, width: int) -> str:
    """A text cut or padded to a number of columns; control characters are left out."""
    taken, kept = 0, []
    text = "".join(one for one in text if unicodedata.category(one) != "Cc")
    whole = sum(map(wide, text)) <= width
    for one in text:
        if taken + wide(one) > width - (0 if whole else 1):
            kept.append("…")
            taken += 1
            break
        kept.append(one)
        taken += wide(one)
    return "".join(kept) + " " * max(width - taken, 0)


__all__ = ["Board", "countdown", "fitted", "size", "wide"]
