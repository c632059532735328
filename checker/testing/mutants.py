"""A policy -> its mutants: each a policy of its own that differs in one small thing, or is held against moved settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from checker.errors import NOWHERE, Where
from checker.load import Book
from checker.load.check import scope_of
from checker.load.check_policies import policy as check_policy
from checker.load.spot import Spot
from checker.plan import Site
from checker.policy.files import Profile, Window
from checker.policy.kinds import Base, Frequency, Policy
from checker.policy.records import DatedValue
from checker.policy.values import DAY, MINUTE, TimeOfDay
from checker.testing.edits import Edit, edited, edits, said
from checker.testing.fixtures import Suite, judged_record
from checker.testing.moves import moved

ADAPTER: TypeAdapter[Any] = TypeAdapter(Policy)
WINDOWED = ("counted_in", "during")
ALLOWED = ("case.unreached", "floor.lowered")
"""What a policy may not say, and a mutant may."""
EDGES = {"opens_earlier": (-1, 0), "opens_later": (1, 0), "closes_earlier": (0, -1), "closes_later": (0, 1)}


@dataclass(frozen=True, slots=True)
class Shift:
    """A parameter that sites set, moved by one unit; of several values, dated or by case, the one at `index`."""

    parameter: str
    by: int
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Mutant:
    """A policy changed in one thing. `shift` moves a parameter that sites set."""

    policy: Base
    original: str
    where: Where
    name: str
    """What was changed, as an entry under `equivalent:` names it: `where.line_type: {none_of: [neighbour]} -> —`."""
    shift: Shift | None = None


def mutants(suites: Sequence[Suite], original: Base, book: Book) -> list[Mutant]:
    """Every mutant of a policy that is still a policy, each change once."""
    spot = book.places["policy", original.id]
    data = spot.written
    changes = [edit for edit in [*edits(data), *_windows(data, _opened(suites, book))] if not _idle(edit, original, book)]
    made = [one for edit in changes if (one := _mutant(spot, data, edit, original, book))]
    made += _shifted(spot, original, suites, book)
    found: list[Mutant] = []
    for one in made:
        bare = one.policy.model_copy(update={"id": original.id})
        if one.shift or (bare != original and all(bare != other.policy.model_copy(update={"id": original.id}) for other in found if not other.shift)):
            number = len(found) + 1
            found.append(replace(one, policy=one.policy.model_copy(update={"id": f"{original.id}.mutant-{number}"})))
    return found


def _idle(edit: Edit, policy: Base, book: Book) -> bool:
    """Whether a change changes nothing that is demanded, by what the language says: no record could ever show it."""
    if edit.path == ("subject",):
        return _is_default(policy, book)
    if edit.path[:1] == ("part_period",) and edit.path[-1] == "due" and {edit.old, edit.new} == {"all", "half"}:
        return getattr(policy, "at_least", None) == 1  # half of one is rounded up
    if edit.path == ("min_sample",):
        return getattr(policy, "min_sample", None) in (0, 1) and edit.new in ("0", "1", "—")  # a rate over nothing is not applicable
    return edit.path[-1:] == ("nth",) and (edit.old, edit.new) == ("1", "—")


def _is_default(policy: Base, book: Book) -> bool:
    """Whether a policy writes the subject that it would have anyway: left out, nothing changes."""
    kind = book.records[judged_record(policy)]
    own = kind.subject if isinstance(policy, Frequency) else kind.key
    return getattr(policy, "subject", None) == own and not getattr(policy, "each_of", None)


def _mutant(spot: Spot, data: Mapping[str, Any], edit: Edit, original: Base, book: Book) -> Mutant | None:
    try:
        policy = ADAPTER.validate_python(edited(data, edit.path, edit.value), by_alias=True, by_name=False)
    except ValidationError:
        return None
    scope = scope_of(book)
    scope = replace(scope, windows=scope.windows | {f"{window}_{edge}" for window in scope.windows for edge in EDGES})
    if any(problem.id not in ALLOWED for problem in check_policy(spot, scope, policy)):
        return None
    return Mutant(policy, original.id, spot.source.where((*spot.path, *edit.shown)), f"{_dotted(edit.shown)}: {edit.old} -> {edit.new}")


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(map(str, path))


def itself(policy: Base) -> Mutant:
    """The policy unchanged, to be judged beside its mutants."""
    return Mutant(policy.model_copy(update={"id": f"{policy.id}.mutant-0"}), policy.id, NOWHERE, "")


# --- settings and windows --------------------------------------------------------------------------------------------


def _shifted(spot: Spot, original: Base, suites: Sequence[Suite], book: Book) -> Iterator[Mutant]:
    """Parameters that sites set, one unit to either side of what files, cases or their profiles set."""
    layers = [layer for suite in suites for layer in _layers(original, suite, book)]
    for name, spec in original.parameters.items():
        given = [layer[name] for layer in layers if name in layer]
        if not spec.set_by_site or f"${name}" not in said(spot.written):
            continue
        for index in (None, *range(max((len(one) for one in given if isinstance(one, tuple)), default=0))):
            for by, word in ((-1, "one less"), (1, "one more")):
                shift = Shift(name, by, index)
                if any(_moved(one, shift) != one for one in given):
                    path = ("parameters", name, "value", *(() if index is None else (index,)))
                    yield Mutant(original, original.id, spot.source.where((*spot.path, *path[:3])), f"{_dotted(path)}: set by site -> {word}", shift)


def _layers(original: Base, suite: Suite, book: Book) -> Iterator[Mapping[str, Any]]:
    """What a file, its cases and the profiles that they name set for a policy."""
    cases = suite.fixture.cases
    yield from (suite.fixture.set, *(case.set for case in cases))
    named = dict.fromkeys(case.profile or suite.fixture.profile for case in cases)
    yield from (book.profiles[one].set.get(original.id, {}) for one in named if one in book.profiles)


def _opened(suites: Sequence[Suite], book: Book) -> Mapping[str, list[Window]]:
    """Every window that files, their cases and the profiles that they name give, by its name."""
    found: dict[str, list[Window]] = {}
    for suite in suites:
        named = dict.fromkeys(case.profile or suite.fixture.profile for case in suite.fixture.cases)
        profiles = [book.profiles[one].windows for one in named if one in book.profiles]
        for layer in (suite.fixture.windows, *(case.windows for case in suite.fixture.cases), *profiles):
            for name, listed in layer.items():
                found.setdefault(name, []).extend(listed)
    return found


def _windows(data: Mapping[str, Any], opened: Mapping[str, Sequence[Window]]) -> Iterator[Edit]:
    """The window that a policy names, with an edge moved by a minute; one that is open to the end of the day has no later end."""
    for key in WINDOWED:
        window = data.get(key)
        if isinstance(window, str) and window != "always":
            for edge in (edge for edge, by in EDGES.items() if window not in opened or any(_edged(one, *by) != one for one in opened[window])):
                yield Edit((key,), f"{window}_{edge}", (key,), window, f"{window} ({edge.replace('_', ' ')})")


def site_for(site: Site, mutants: list[Mutant]) -> Site:
    """A site at which the mutants are in force, with their settings and the moved windows."""
    profile = site.profile
    windows = dict(profile.windows)
    for name, listed in profile.windows.items():
        windows |= {f"{name}_{edge}": tuple(_edged(one, *by) for one in listed) for edge, by in EDGES.items()}
    settings = dict(profile.set)
    for one in mutants:
        settings[one.policy.id] = _settings(one, profile)
    chosen = (*profile.policies, *(one.policy.id for one in mutants))
    return replace(site, profile=profile.model_copy(update={"set": settings, "windows": windows, "policies": chosen}))


def _settings(one: Mutant, profile: Profile) -> dict[str, Any]:
    own = dict(profile.set.get(one.original, {}))
    if one.shift and one.shift.parameter in own:
        own[one.shift.parameter] = _moved(own[one.shift.parameter], one.shift)
    return own


def _moved(value: Any, shift: Shift) -> Any:
    """A plain value moved, or of several the one that is meant; as it is where it cannot be moved."""
    if isinstance(value, tuple) and all(isinstance(one, DatedValue) for one in value):
        return tuple(_moved_one(one, shift.by) if index == shift.index else one for index, one in enumerate(value))
    found = moved(value, shift.by) if shift.index is None else None
    return value if found is None else found


def _moved_one(dated: DatedValue, by: int) -> DatedValue:
    found = moved(dated.value, by)
    return dated if found is None else dated.model_copy(update={"value": found})


def _edged(window: Window, opens: int, closes: int) -> Window:
    """A window with an edge moved by a minute; one that is open all day has no later end."""
    start = min(max(window.from_.micros + opens * MINUTE, 0), DAY)
    end = min(max(window.to.micros + closes * MINUTE, 0), DAY)
    return window.model_copy(update={"from_": TimeOfDay(start), "to": TimeOfDay(end)})


__all__ = ["Mutant", "Shift", "itself", "mutants", "site_for"]
