"""A plain judge for the tests of the shell: one deadline, five minutes from receipt to dispatch. As a script it is `checker` with that judge."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from checker import watching
from checker.errors import Text
from checker.finding import Finding, fingerprint
from checker.watch.alerts import Alert, Wording
from checker.watch.archive import Archive
from checker.watch.watching import Settings, Upcoming

POLICY, LIMIT = "dispatch.within-five-minutes", 300_000_000


class FiveMinutes:
    """A ticket is dispatched within five minutes of its receipt. What it says depends on the inputs alone."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.policy = next(policy for policy in settings.policies if policy.id == POLICY)
        self.wording = Wording(settings.policies, settings.book.records, {"S1": settings.zone}, settings.unmask)
        self.rows: dict[str, dict[str, Any]] = {}
        self.open: dict[str, int] = {}
        self.words: dict[str, str] = {}
        self.say: Callable[[Alert], object] = lambda alert: None
        self.clock = 0

    @property
    def not_live(self) -> Sequence[Text]:
        return [Text("callback.other-rate-10:比率不能实时判定", "callback.other-rate-10: a rate is not judged live")]

    @property
    def troubles(self) -> Sequence[Text]:
        return [Text("项目 `S9` 没有考核方案", "site `S9` has no profile")] if "T-9" in self.rows else []

    whole = False

    def use(self, archive: Archive | None, say: Callable[[Alert], object]) -> None:
        """Nothing is put away."""
        self.say = say

    def feed(self, record: str, row: Mapping[str, Any]) -> None:
        for alert in self._fed(record, row):
            self.say(alert)

    def _fed(self, record: str, row: Mapping[str, Any]) -> list[Alert]:
        if record != "ticket":
            return []
        key = row["ticket_id"]
        known = self.rows.setdefault(key, {})
        known.update(row)
        received, dispatched = known.get("received_at"), known.get("dispatched_at")
        if received is None:
            return []
        due = received + LIMIT
        if dispatched is None:
            self.open[key] = due
            return self._due(key, due)
        self.open.pop(key, None)
        return self._say(key, "met" if dispatched <= due else "met-late", due, dispatched - received)

    def tick(self, now: int) -> None:
        self.clock = max(self.clock, now)
        for alert in [alert for key, due in sorted(self.open.items()) for alert in self._due(key, due)]:
            self.say(alert)

    def _due(self, key: str, due: int) -> list[Alert]:
        if self.clock > due:
            self.open.pop(key)
            return self._say(key, "lapsed", due, self.clock - due + LIMIT)
        return self._say(key, "due-soon", due, 0) if self.clock >= due - self.settings.warn_before else []

    def _say(self, key: str, kind: Any, due: int, measured: int) -> list[Alert]:
        if self.words.get(key) == kind:
            return []
        self.words[key] = kind
        broken = kind in ("lapsed", "met-late")
        finding = Finding(
            policy=POLICY, standard=POLICY, verdict="fail" if broken else "pass", severity="major", points=None, site_id="S1", team_id=None,
            accountable=self.rows[key].get("received_by"), subject_type="ticket", subject=key, ordinal="1", period="", occurred_at=None, due_at=due, decided_at=self.clock,
            measured=measured, limit=LIMIT, unit="us", value=None, file=None, sheet=None, row=None, missing=None,
            because=0 if kind == "lapsed" else 1, arguments=None, note=None, disputed=False, waived_by=None, fingerprint=fingerprint(POLICY, "S1", key, "1"),
        )  # fmt: skip
        return [self.wording.alert(kind, finding, max(self.clock, due if broken else 0) if not self.clock else self.clock)]

    def state(self) -> Any:
        return {"rows": self.rows, "open": self.open, "said": self.words, "clock": self.clock}

    def restore(self, state: Any) -> None:
        self.rows, self.open, self.words, self.clock = state["rows"], state["open"], state["said"], state["clock"]

    def upcoming(self, most: int) -> Sequence[Upcoming]:
        return [Upcoming(POLICY, "S1", key, due) for key, due in sorted(self.open.items(), key=lambda pair: pair[1])[:most]]

    def close(self) -> None:
        """Nothing runs."""


def _dies_after(seconds: float, recover: Any) -> Any:
    """Once it recovers, the system kills the process in so many seconds, whatever it is doing then."""

    def armed(self: Any) -> int:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        return int(recover(self))

    return armed


if __name__ == "__main__":
    from checker.watch import watcher

    if between := os.environ.get("BETWEEN"):
        watcher.LEAST_BETWEEN, watcher.SHARE = int(between), 10**9
    if after := os.environ.get("DIES_AFTER"):
        watcher.Watcher.recover = _dies_after(float(after), watcher.Watcher.recover)
    watching._engine = FiveMinutes
    from checker.cli import main

    main()
