"""Fixture files -> their cases with places, judged in a few databases; a case fails where anything differs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from checker.errors import CheckerError, Text, Where, refuse, say
from checker.load import Book, examine, files_of, read
from checker.load.spot import Spot
from checker.policy.files import Case, Fixture
from checker.policy.kinds import Base, Rate
from checker.testing.batch import Judged, judge
from checker.testing.compare import differences
from checker.testing.world import World, world


@dataclass(frozen=True, slots=True)
class Suite:
    """A fixture file with the policies that it tests."""

    spot: Spot
    fixture: Fixture
    policies: tuple[Base, ...]

    @property
    def file(self) -> str:
        return self.spot.source.file

    def place(self, index: int, *path: str | int) -> Where:
        """Where a case stands, by its number."""
        return self.spot.source.where(("cases", index, *(path or ("name",))))


@dataclass(frozen=True, slots=True)
class Result:
    """One case: what differed; empty where it passed."""

    where: Where
    policy: str
    case: str
    differences: tuple[Text, ...]


def suites_at(paths: Sequence[Path], book: Book, profile: str | None = None) -> list[Suite]:
    """The fixture files at these paths; `profile` is for those that name none. Raises CheckerError with every problem in
    them, and where there are none.

    In a folder, files of other formats are passed over, and so is a file whose refusal stands beside it (`x.yaml`, `x.txt`).
    """
    named = {path for path in paths if path.is_file()}
    files = [path for path in dict.fromkeys(files_of(paths)) if path in named or (_is_fixture(path) and not path.with_suffix(".txt").exists())]
    if not files:
        what = say("{p} 里没有用例文件", "there are no fixture files in {p}", p=", ".join(map(str, paths)))
        raise refuse("fixture.none", what, say("写 `format: fixtures/1` 的文件", "write files with `format: fixtures/1`"))
    found, problems = examine(files, book)
    if problems:
        raise CheckerError(problems)
    fixtures = [(spot, model) for spot, model in found.others if isinstance(model, Fixture)]
    if len(fixtures) < len(files):
        strange = next(path for path in files if path.as_posix() not in {spot.source.file for spot, _ in fixtures})
        raise refuse("fixture.format", say("不是用例文件", "this is not a fixture file"),
                     say("第一行写 `format: fixtures/1`", "begin it with `format: fixtures/1`"), Where(strange.as_posix()))  # fmt: skip
    given = [(spot, fixture if fixture.profile or not profile else fixture.model_copy(update={"profile": profile})) for spot, fixture in fixtures]
    return [Suite(spot, fixture, _policies(spot, fixture, book)) for spot, fixture in given]


def _is_fixture(path: Path) -> bool:
    data = read(path).source.data
    return isinstance(data, dict) and data.get("format") == "fixtures/1"


def _policies(spot: Spot, fixture: Fixture, book: Book) -> tuple[Base, ...]:
    """The policy of the book that is named, first, and those that the file brings."""
    own = fixture.policies or ()
    found = tuple(policy for policy in book.policies if policy.id == fixture.policy and all(policy.id != one.id for one in own)) + own
    if not found:
        what = say("没有政策 `{p}`", "there is no policy `{p}`", p=fixture.policy)
        raise CheckerError(spot.at("policy").problem("policy.unknown", what, say("写 `policy:`,或用 `--policies` 指定", "mend `policy:`, or name its file with `--policies`")))
    return found


def results(suites: Sequence[Suite], book: Book) -> Iterator[Result]:
    """Every case held against its expectations, in the order of the files."""
    for one, index, case, judged in judged_cases(suites, book):
        yield Result(one.place(index), ", ".join(policy.id for policy in one.policies), case.name, tuple(differences(case, judged)))


def judged_cases(suites: Sequence[Suite], book: Book) -> Iterator[tuple[Suite, int, Case, Judged]]:
    """Every case with what was found. All cases of one record type run in one database."""
    cases = [(one, index, case) for one in suites for index, case in enumerate(one.fixture.cases)]
    worlds = [_ready(one, index, case, book) for one, index, case in cases]
    groups: dict[str, list[int]] = {}
    for number, (one, _, _) in enumerate(cases):
        groups.setdefault(judged_record(one.policies[0]), []).append(number)
    found: dict[int, Judged] = {}
    with ThreadPoolExecutor(workers()) as pool:
        for numbers, judged in zip(groups.values(), pool.map(lambda listed: judge([worlds[one] for one in listed]), groups.values()), strict=True):
            found.update(zip(numbers, judged, strict=True))
    for number, (one, index, case) in enumerate(cases):
        yield one, index, case, found[number]


def _ready(one: Suite, index: int, case: Case, book: Book) -> World:
    """The world of a case. Raises CheckerError that names the case."""
    try:
        return world(one.fixture, case, one.policies, book)
    except CheckerError as error:
        place = one.place(index)
        raise CheckerError([problem if problem.where.file else type(problem)(place, problem.id, problem.what, problem.fix) for problem in error.problems])


def workers() -> int:
    """Databases that work at a time: the database does the work, so threads are enough."""
    return min(4, os.cpu_count() or 1)


def judged_record(policy: Base) -> str:
    """The record type that a policy is about."""
    return policy.share_of.record if isinstance(policy, Rate) else str(getattr(policy, "for_each", ""))


__all__ = ["Result", "Suite", "judged_cases", "judged_record", "results", "suites_at", "workers"]
