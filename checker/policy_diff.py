"""Two versions of the policies: what changed in each, by proof, and which verdicts would flip on given data."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from checker.audit import Reports, Request
from checker.audit import run as run_audit
from checker.diff import Side, item
from checker.direction import Moved, moved
from checker.engines.compare import Pair, pairs
from checker.errors import CheckerError, Text, say
from checker.load import Book
from checker.load.kept import read_kept
from checker.policy.files import Profile
from checker.policy.kinds import Base, Ladder, subject_type
from checker.policy.over import levels, reads
from checker.policy.plain import plain
from checker.report.sentences import moment
from checker.run import read_run

EXAMPLES = 3
"""Of each policy so many verdicts that flip are shown, each way."""
NOTHING = ("policies.none", "select.nothing", "evidence.none")
"""Ways in which a version has nothing to judge: it has no such policy, or the files bring no records for it."""


@dataclass(frozen=True)
class Version:
    """One of the two: its policies and record types, its profiles, and the profile that is asked for."""

    book: Book
    profiles: Mapping[str, Profile]
    named: str | None


Asked = Callable[[Version, Path, tuple[str, ...]], Request]
"""How a version, a run folder and the policies to select become an audit."""


def compare_policies(old: Version, new: Version, asked: Asked | None, reports: Reports) -> dict[str, Any]:
    """What a change of policies does, as data. Without `asked` nothing is judged. Raises CheckerError for unusable data."""
    changes = {one.policy: one for one in _changes(old, new)}
    flips: dict[str, _Flips] = {one: _Flips() for one in changes}
    unjudged: list[str] = []
    if asked and changes:
        with tempfile.TemporaryDirectory() as folder:
            sides = [_judged(version, asked, reports, Path(folder) / name, tuple(changes)) for version, name in ((old, "old"), (new, "new"))]
            _fill(flips, sides)
            seen = {policy for side in sides if side for policy in side.judged}
            unjudged = [one for one in changes if one not in seen]
    listed = [_said(one, flips[one.policy]) for one in changes.values()]
    return {
        "format": "policy-diff/1", "schema_version": 1, "judged": asked is not None, "policies": listed, "not_judged": unjudged,
        "looser": [one["policy"] for one in listed if one["looser"]], "floors": [one["policy"] for one in listed if one["floors"]],
    }  # fmt: skip


# --- what changed ----------------------------------------------------------------------------------------------------


def _changes(old: Version, new: Version) -> Iterator[Moved]:
    """Every policy that says something else, that a profile treats otherwise, or that reads such a policy's findings."""
    one, other = ({policy.id: policy for policy in version.book.policies} for version in (old, new))
    profiles = list(_profiles(old, new))
    found: dict[str, Moved] = {}
    for policy in sorted(one.keys() | other.keys()):
        change = moved(one.get(policy), other.get(policy), profiles)
        change = _with_surroundings(change, other.get(policy) or one[policy], old, new, profiles)
        if change.turn != "same" or change.proof or change.floors:
            found[policy] = change
    yield from found.values()
    ladders = [policy for policy in other.values() if isinstance(policy, Ladder) and policy.id not in found]
    known = levels(other.values())
    for ladder in ladders:
        if read := [named for named in reads(ladder, known) if named in found and found[named].turn != "same"]:
            yield Moved(ladder.id, "same", (say("它累计的政策改了:{p}", "policies whose findings it counts changed: {p}", p=", ".join(read[:5])),))


def _profiles(old: Version, new: Version) -> Iterator[tuple[Profile, Profile]]:
    """The profiles of both versions that are asked for: the one that is named, else all that both have."""
    if old.named and new.named:
        yield old.profiles[old.named], new.profiles[new.named]
    else:
        yield from ((one, new.profiles[name]) for name, one in sorted(old.profiles.items()) if name in new.profiles)


def _with_surroundings(change: Moved, policy: Base, old: Version, new: Version, profiles: list[tuple[Profile, Profile]]) -> Moved:
    """A change of what a policy rests on - record types, windows, calendars - is no matter of greater or smaller."""
    said = list(_surroundings(policy, old, new, profiles))
    return replace(change, turn="incomparable", proof=(*change.proof, *said)) if said else change


def _surroundings(policy: Base, old: Version, new: Version, profiles: list[tuple[Profile, Profile]]) -> Iterator[Text]:
    record, text = subject_type(policy), str(plain(policy))
    if plain(old.book.records.get(record)) != plain(new.book.records.get(record)):
        yield say("记录类型 `{r}` 改了", "record type `{r}` changed", r=record)
    for one, other in profiles:
        if one.set.get(record) != other.set.get(record):
            yield say("方案 {p} 对 `{r}` 的设定改了", "profile {p} sets `{r}` otherwise", p=other.profile, r=record)
        for window in sorted(one.windows.keys() | other.windows.keys()):
            if window in text and one.windows.get(window) != other.windows.get(window):
                yield say("方案 {p} 的时段 `{w}` 改了", "profile {p} has another window `{w}`", p=other.profile, w=window)
        if one.calendar != other.calendar or plain(old.book.calendars.get(one.calendar)) != plain(new.book.calendars.get(other.calendar)):
            yield say("方案 {p} 的日历改了", "profile {p} has another calendar", p=other.profile)


# --- what flips ------------------------------------------------------------------------------------------------------


class _Flips:
    """The verdicts of one policy that flip: counted by site and month, with examples."""

    def __init__(self) -> None:
        self.numbers: Counter[tuple[tuple[str, str], str]] = Counter()
        self.examples: dict[str, list[dict[str, Any]]] = {"new": [], "gone": [], "other": []}

    def add(self, pair: Pair, sides: list[Side | None]) -> None:
        before, now = (one.verdict if one else None for one in pair)
        if before == now:
            return
        sort = "new" if now == "fail" else "gone" if before == "fail" else "other"
        self.numbers[_place(pair, sides), sort] += 1
        if len(self.examples[sort]) < EXAMPLES:
            self.examples[sort].append(item(pair, sides[0], sides[1], []))

    def total(self, sort: str) -> int:
        return sum(number for (_, one), number in self.numbers.items() if one == sort)


def _place(pair: Pair, sides: list[Side | None]) -> tuple[str, str]:
    """(site, month) of a finding, by the instant at which it was decided, else is due, else occurred."""
    shown, side = (pair[1], sides[1]) if pair[1] else (pair[0], sides[0])
    assert shown and side
    times = (shown.decided_at, shown.due_at, shown.occurred_at)
    instant = next((one for one in times if one is not None), None)
    return shown.site_id, moment(instant, str(side.sites[shown.site_id]["zone"]), "en")[:7]


def _judged(version: Version, asked: Asked, reports: Reports, out: Path, policies: tuple[str, ...]) -> Side | None:
    """The run of one version over the data; None where it has nothing to judge."""
    known = {policy.id: policy for policy in version.book.policies}
    counted = {one for policy in policies if isinstance(ladder := known.get(policy), Ladder) for one in reads(ladder, levels(known.values()))}
    mine = tuple(one for one in known if one in policies or one in counted)
    if not mine:
        return None
    try:
        run_audit(asked(version, out, mine), reports)
    except CheckerError as error:
        if all(problem.id in NOTHING for problem in error.problems):
            return None
        raise
    run = read_run(out)
    return Side(run, read_kept(run))


def _fill(flips: Mapping[str, _Flips], sides: list[Side | None]) -> None:
    one, other = sides
    if one or other:
        for pair in pairs(one.run.path if one else None, other.run.path if other else None):
            shown = pair[1] or pair[0]
            if shown and shown.policy in flips:
                flips[shown.policy].add(pair, sides)


def _said(change: Moved, flips: _Flips) -> dict[str, Any]:
    """One policy of the answer. What is not proved is looser where the data show it: a violation that would be none."""
    new, gone, other = (flips.total(sort) for sort in ("new", "gone", "other"))
    return {
        "policy": change.policy, "turn": change.turn, "proof": [_text(one) for one in change.proof], "floors": [_text(one) for one in change.floors],
        "new": new, "gone": gone, "other": other, "looser": change.turn == "looser" or (change.turn == "incomparable" and gone > 0),
        "examples": flips.examples, "by": list(_by(flips)),
    }  # fmt: skip


def _text(one: Text) -> dict[str, str]:
    return {"zh": one.zh, "en": one.en}


def _by(flips: _Flips) -> Iterator[dict[str, Any]]:
    places = sorted({place for place, _ in flips.numbers})
    for site, month in places:
        counted = {sort: flips.numbers[(site, month), sort] for sort in ("new", "gone", "other")}
        yield {"site": site, "month": month, **counted}


__all__ = ["Version", "compare_policies"]
