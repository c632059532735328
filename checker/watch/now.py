"""An instant that hears what it is compared with, and so knows when the next comparison would come out otherwise.

As-of moves on while time runs. Whatever rests on it (a time that has not come, a limit that runs out, a day that ends) is a
comparison with it; the earliest instant at which one of these would turn is the instant at which to look again.
"""

from __future__ import annotations

from typing import Any

from checker.plan import FOREVER


class Heard:
    """The earliest instant (UTC microseconds) at which something that was asked of a `Now` changes; FOREVER where nothing does."""

    __slots__ = ("next",)

    def __init__(self) -> None:
        self.next = FOREVER


class Now(int):
    """The present. `ahead`: by how much this value lies beyond it, where it was moved."""

    heard: Heard
    ahead: int

    def __new__(cls, value: int, heard: Heard, ahead: int = 0) -> Now:
        made = super().__new__(cls, value)
        made.heard, made.ahead = heard, ahead
        return made

    def _turns(self, at: int) -> None:
        """Something changes when this value reaches `at`."""
        when = at - self.ahead
        if int.__gt__(self, at - 1):
            return
        if when < self.heard.next:
            self.heard.next = when

    def __lt__(self, other: Any) -> bool:
        if int.__ge__(self, other):
            return False
        when = int(other) - self.ahead
        if when < self.heard.next:
            self.heard.next = when
        return True

    def __ge__(self, other: Any) -> bool:
        other = int(other)
        self._turns(other)
        return int.__ge__(self, other)

    def __le__(self, other: Any) -> bool:
        other = int(other)
        self._turns(other + 1)
        return int.__le__(self, other)

    def __gt__(self, other: Any) -> bool:
        other = int(other)
        self._turns(other + 1)
        return int.__gt__(self, other)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int):
            self._turns(int(other))
            self._turns(int(other) + 1)
        return int.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return int.__hash__(self)

    def __add__(self, other: int) -> Now:
        return Now(int.__add__(self, other), self.heard, self.ahead + other)

    __radd__ = __add__

    def __sub__(self, other: int) -> Now:
        return Now(int.__sub__(self, other), self.heard, self.ahead - other)

    def __floordiv__(self, other: int) -> int:
        found = int.__floordiv__(self, other)
        self._turns((found + 1) * other)
        return found

    def __reduce__(self) -> Any:
        return int, (int.__add__(self, 0),)


__all__ = ["Heard", "Now"]
