"""The worker process: reads chunks of questions from stdin, writes their answers to stdout, and owns the rule engine.

Messages are pickles with their length before them; both ends are this program. First comes (name of the engine class,
policies, seconds that a chunk may take); the worker answers with the problems that keep it from starting, or none.
"""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import struct
import sys
from typing import IO, Any

from checker.engines.live_facts import Flat
from checker.errors import CheckerError

LENGTH = struct.Struct(">Q")


def send(pipe: IO[bytes], message: object) -> None:
    """Write one message. Raises `OSError` where nobody reads."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(LENGTH.pack(len(data)) + data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:
    """Read one message. Raises `EOFError` where the other end is gone."""
    head = pipe.read(LENGTH.size)
    size = LENGTH.unpack(head)[0] if len(head) == LENGTH.size else -1
    data = pipe.read(size) if size >= 0 else b""
    if size < 0 or len(data) < size:
        raise EOFError
    return pickle.loads(data)


def engine(named: str, policies: tuple[Any, ...]) -> Any:
    """The engine class that a `module:Class` names, made for some policies."""
    module, name = named.split(":")
    return getattr(importlib.import_module(module), name)(policies)


def alarm(seconds: float) -> None:
    """Where the parent is gone and the engine hangs, the worker ends itself."""
    if hasattr(signal, "alarm"):
        signal.alarm(int(seconds * 2) + 5 if seconds else 0)


def main() -> None:
    """Answer until stdin ends. What anybody prints goes to stderr: stdout belongs to the answers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    named, policies, seconds = receive(questions)
    try:
        decider = engine(named, policies)
    except CheckerError as error:
        send(answers, error.problems)
        return
    send(answers, ())
    while True:
        try:
            chunk = receive(questions)
        except EOFError:
            return
        alarm(seconds)
        said = decider.said([Flat(*one) for one in chunk])
        alarm(0)
        send(answers, said)


__all__ = ["engine", "main", "receive", "send"]
