"""What the shell asks of whoever judges: records and ticks in, alerts out, its state as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from checker.errors import Text
from checker.load import Book
from checker.policy.files import Profile
from checker.policy.kinds import Base
from checker.watch.alerts import Alert
from checker.watch.archive import Archive

Clock = str
"""`records`: the greatest time that a record spoke of; `wall`: the time of day."""


@dataclass(frozen=True)
class Settings:
    """What is watched, and how. `warn_before` and `late` in microseconds; `zone` is that of sites that no roster names."""

    book: Book
    policies: tuple[Base, ...]
    profiles: Mapping[str, Profile]
    default_profile: str | None
    zone: str
    warn_before: int
    late: int
    unmask: bool = False


@dataclass(frozen=True, slots=True)
class Upcoming:
    """An open obligation: what it is about and when it is due (UTC microseconds)."""

    policy: str
    site: str
    subject: str
    due_at: int


class Watching(Protocol):
    """Everything it says is a function of the sequence of `feed` and `tick`: after a crash the same inputs come again."""

    @property
    def not_live(self) -> Sequence[Text]:
        """What cannot be judged while time runs, each with its reason."""

    @property
    def whole(self) -> bool:
        """Whether its state, with what it put away, holds every record that came."""

    @property
    def troubles(self) -> Sequence[Text]:
        """What keeps it from judging as things stand: a site without a profile, for one."""

    def use(self, archive: Archive | None, say: Callable[[Alert], object]) -> None:
        """Where to put away what nothing open reads (None: nowhere), and whom to tell what is to be said, in order, each once."""

    def feed(self, record: str, row: Mapping[str, Any]) -> None:
        """A record of that type, or a change of one with the same key: the fields that the event names, typed (instants and
        durations in microseconds, dates as day numbers, tuples of text), `RecordField.blank` where it says that a field is empty; of a
        record that is new, so are the fields that it does not name."""

    def tick(self, now: int) -> None:
        """The clock stands at `now` (UTC microseconds); it never goes back."""

    def state(self) -> Any:
        """Everything it knows, as JSON can hold it; lists may be iterators."""

    def restore(self, state: Any) -> None:
        """Be as `state` says."""

    def upcoming(self, most: int) -> Sequence[Upcoming]:
        """The open obligations that are due next, soonest first."""

    def close(self) -> None:
        """End what it runs on."""


__all__ = ["Clock", "Settings", "Upcoming", "Watching"]
