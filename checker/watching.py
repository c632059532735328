"""`checker watch`: options in; alerts out as they happen, and at the end of a stream a run like the audit's."""

from __future__ import annotations

import hashlib
import importlib
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from checker import __version__
from checker.calendars import iso_utc, offset_at, to_date
from checker.commands import audit_reports, audit_request, book_of, mapping_of, may_unmask, print_audit, profiles_of, render_run
from checker.errors import Text, Where, refuse, say
from checker.ingest import DEFAULT_ZONE
from checker.load import Book, applies
from checker.load.meant import named_by
from checker.policy.files import Mapping as FileMappings
from checker.policy.values import DAY, HOUR, MINUTE, SECOND, Instant
from checker.settings import Settings as Options
from checker.settings import settle
from checker.watch.events import Reader
from checker.watch.watching import Settings, Watching

Make = Callable[[Settings], Watching]
STATE = Path("watch-state")
UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}


def run_watch(make: Make | None = None, **options: Any) -> int:
    """Watch until the sources end, or make the run of what was watched. `make` makes who judges; returns the exit code."""
    settled = settle({**options, "mapping": options["mappings"], "out": None})
    may_unmask(options)
    folder = options["state"] or STATE
    if options["snapshot"]:
        return _snapshot(folder, options, settled, _must(options["out"]))
    settings = _settings(options, settled, book_of(settled["policies"]))
    ended = _watch(folder, settings, options, settled, make or _engine)
    if ended or not options["out"]:
        return ended
    return _snapshot(folder, options, settled, options["out"], quiet=True)


def _watch(folder: Path, settings: Settings, options: Mapping[str, Any], settled: Options, make: Make) -> int:
    from checker.watch.http import Listener, address, token_of
    from checker.watch.notify import Notifier, lanes
    from checker.watch.robots import target
    from checker.watch.running import Running, complainer
    from checker.watch.state import State
    from checker.watch.watcher import Inbox, Watcher

    complain = complainer(settled["lang"])
    targets = [target(one) for one in options["notify"]]
    digest = _length(options["digest"], "--digest") / SECOND if options["digest"] else 0.0
    listens = (address(options["listen"]), token_of(options["token_file"])) if options["listen"] else None
    state = State(folder)
    said = fingerprint_of(settings, options["clock"])
    _same(state.checkpoint.settings, said, folder)
    watch = make(settings)
    for line in watch.not_live:
        complain(line)
    reader = Reader(settings.book.records, settings.zone)
    watcher = Watcher(state, watch, reader, options["clock"], settings.late, said, complain)
    inbox = Inbox()
    notifiers = [Notifier(one, lane, folder, state.alerts.last, settled["lang"], complain) for one in targets for lane in lanes(one, digest)]
    listener = Listener(*(listens[0], inbox, listens[1]), complain) if listens else None
    show, silent = _board(settings, options["board"], settled["lang"], complain)
    try:
        return Running(watcher, inbox, _sources(options, settled, settings, watcher, inbox), listener, notifiers, show, silent).run()
    finally:
        watch.close()
        state.close()


def _engine(settings: Settings) -> Watching:
    """The forward-chaining engine behind its fence."""
    try:
        made: Watching = importlib.import_module("checker.watch.obligations").Watch(settings)
    except ModuleNotFoundError as error:
        raise refuse(
            "watch.engine", say("没有装实时引擎", "the live engine is not installed"),
            say("`pip install 'service-standards-checker[live]'`(需要 C 编译器)", "`pip install 'service-standards-checker[live]'` (needs a C compiler)"),
        ) from error  # fmt: skip
    return made


# --- what is watched -------------------------------------------------------------------------------------------------


def _settings(options: Mapping[str, Any], settled: Options, book: Book) -> Settings:
    profiles, default = profiles_of(book, settled["profile"])
    named = frozenset(named_by(settled["select"], [policy.id for policy in book.policies]))
    in_question = [profiles[default]] if default else list(profiles.values())
    policies = tuple(policy for policy in book.policies if policy.id in named and any(applies(policy.id, profile) for profile in in_question))
    if not policies:
        raise refuse("policies.none", say("没有可用的政策", "there is no policy to judge by"),
                     say("检查方案的 `policies:` 和 `--select`", "look at `policies:` of the profile and at `--select`"))  # fmt: skip
    warn, late = _length(options["warn_before"], "--warn-before"), _length(options["late"], "--late")
    return Settings(book, policies, profiles, default, DEFAULT_ZONE, warn, late, options["unmask"])


def _length(written: str, option: str) -> int:
    """`60s`, `10m`, `1h`, `1h30m` in microseconds. Raises CheckerError."""
    found = re.fullmatch(r"(?:[0-9]{1,6}[smhd])+", written.strip())
    if not found:
        raise refuse("option.length", say("`{w}` 不是时长(`{o}`)", "`{w}` is no length of time (`{o}`)", w=written, o=option),
                     say("例如写 `60s`、`10m`、`1h`", "write for example `60s`, `10m`, `1h`"))  # fmt: skip
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"([0-9]+)([smhd])", written))


def fingerprint_of(settings: Settings, clock: str) -> str:
    """What a state was made with: policies, profiles, record types, calendars and the options that decide what is said."""
    book, digest = settings.book, hashlib.sha256()
    said = [("policy", one.id, one) for one in settings.policies]
    said += [("profile", name, one) for name, one in sorted(settings.profiles.items())]  # type: ignore[misc]
    said += [("record", name, one) for name, one in sorted(book.records.items())]  # type: ignore[misc]
    said += [("calendar", name, one) for name, one in sorted(book.calendars.items())]  # type: ignore[misc]
    for sort, name, model in said:
        digest.update(f"{sort} {name} {book.hash_of(sort, name, model)}\n".encode())
    digest.update(repr((__version__, settings.default_profile, settings.zone, settings.warn_before, settings.late, settings.unmask, clock)).encode())
    return digest.hexdigest()


def _same(kept: str, said: str, folder: Path) -> None:
    """A state goes on with what it was made with: else its alerts would not be those of its journal."""
    if kept and kept != said:
        raise refuse(
            "watch.settings", say("这个状态是用别的政策、方案、版本或选项开始的", "this state was begun with other policies, profile, version or options"),
            say("换一个 `--state`;原来的记录可用 `checker watch --snapshot` 写出,再从它的 records 文件夹读入",
                "give another `--state`; `checker watch --snapshot` writes the records of this one, and its folder `records` can be watched"),
            Where(str(folder)),
        )  # fmt: skip


def _sources(options: Mapping[str, Any], settled: Options, settings: Settings, watcher: Any, inbox: Any) -> list[Any]:
    """What is read: SOURCE, or stdin where nothing listens either."""
    from checker.watch.folder import Folder
    from checker.watch.sources import Growing, Stream

    source, complain = options["source"], watcher.complain
    if source is None and options["listen"]:
        return []
    if source is None or str(source) == "-":
        if sys.stdin.isatty():
            complain(say("从键盘读事件,每行一个;Ctrl-D 结束", "events are read from the keyboard, one a line; Ctrl-D ends"))
        return [Stream(inbox, "stdin", complain, os.fdopen(os.dup(0), "rb", buffering=0))]
    if not source.is_dir():
        if not source.parent.is_dir():
            raise refuse("data.none", say("没有这个文件或文件夹", "there is no such file or folder"), say("检查路径", "look at the path"), Where(str(source)))
        return [Growing(inbox, source, complain, watcher.positions, options["once"])]
    mappings = _mappings(settled, settings.book)

    def reject(one: Any) -> None:
        watcher.state.reject(f"{one.column}: {one.text}", one.reason, one.place)

    return [Folder(inbox, source, complain, watcher.positions, settings.book.records, mappings, reject, options["once"])]


def _mappings(settled: Options, book: Book) -> tuple[FileMappings, ...]:
    return tuple(mapping_of(Path(path), book) for path in settled["mapping"])


_AUDIT = {"allow_missing": False, "keep_passes": False, "unmask": False, "reason": None}


def _board(settings: Settings, wanted: bool, lang: str, complain: Callable[[Text], None]) -> tuple[Any, bool]:
    """What draws the board, and whether stdout stays silent because the board stands there."""
    from checker.masks import Masks
    from checker.watch.board import Board, size

    if not wanted:
        return None, False
    if not sys.stderr.isatty():
        complain(say("`--board` 只在终端里显示", "`--board` is shown on a terminal only"))
        return None, False
    board = Board({one.id: one for one in settings.policies}, Masks(settings.policies, settings.book.records, settings.unmask), settings.warn_before, lang)

    def show(watcher: Any, recent: Sequence[Mapping[str, Any]]) -> None:
        zones = watcher.reader.zones or {"": settings.zone}
        columns, height = size()
        board.show(sys.stderr, board.draw(watcher.watch.upcoming(height), recent, watcher.clock, zones, (columns, height)))

    return show, sys.stdout.isatty()


# --- the run of what was watched -------------------------------------------------------------------------------------


def _must(out: Path | None) -> Path:
    if out is None:
        raise refuse("watch.out", say("没有说写到哪里", "it is not said where to"), say("加 `--out 文件夹`", "add `--out DIR`"))
    return out


def _snapshot(folder: Path, options: Mapping[str, Any], settled: Options, out: Path, quiet: bool = False) -> int:
    """Audit the records of a state as they stand, folded by key, up to its clock. Returns the audit's exit code."""
    from checker.audit import exit_code, run
    from checker.watch.fold import folded

    book = book_of(settled["policies"])
    found = folded(folder, Reader(book.records, DEFAULT_ZONE))
    if found.clock is None or found.first is None:
        raise refuse("watch.nothing", say("还没有带时间的记录", "no record with a time was watched yet"),
                     say("检查 `--state`", "look at `--state`"), Where(str(folder)))  # fmt: skip
    found.write(folder / "records")
    wanted = {**settled.values, "period": f"{_local_day(found.first)}..{_local_day(max(found.clock, found.first))}", "as_of": None, "out": str(out), "mapping": ()}
    said = {**_AUDIT, "data": (folder / "records",), "unmask": options["unmask"], "reason": options["reason"]}
    request = replace(audit_request(said, replace(settled, values=wanted), book), mappings=(found.mapping(_mappings(settled, book)),), as_of=Instant.parse(iso_utc(found.clock)))
    outcome = run(request, audit_reports)
    render_run(out, request.history, settled["lang"], request.reason if request.unmask else None)
    if quiet:
        print(say("审核结果在 {o}", "the run of what was watched stands in {o}", o=out)[settled["lang"]], file=sys.stderr)
    else:
        print_audit(outcome, "text", settled["lang"])
    return exit_code(outcome.incomplete, outcome.summary["policies"], settled["fail_on"])


def _local_day(instant: int) -> str:
    return to_date((instant + offset_at(DEFAULT_ZONE, instant)) // DAY).isoformat()


__all__ = ["fingerprint_of", "run_watch"]
