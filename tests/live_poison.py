"""An engine that dies for real over questions whose subject says how."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Sequence

from checker.engines.live import Engine, Rules
from checker.engines.live_facts import Flat


class Poisoned(Engine):
    def said(self, asked: Sequence[Flat]) -> list[str | None]:
        for one in asked:
            self._perhaps_die(one.about)
        return super().said(asked)

    def _perhaps_die(self, how: str) -> None:
        match how:
            case "segv":
                ctypes.string_at(0)
            case "fpe":
                divided = {"all": [{"m": {"$and": [{"_r": 1}, {"k": "m"}, {"$gt": {"a": {"$div": {"$l": {"$m": "a"}, "$r": {"$m": "b"}}}}}]}}]}
                Rules(self._core, "divided", {"divided": divided}).fired([("m", {"a": 1, "b": 0})])
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                time.sleep(3600)


class Stillborn:
    def __init__(self, policies: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)
