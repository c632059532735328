"""Survivors -> a record that would kill each; equivalent mutants -> whether chance tells them from their policy."""

from __future__ import annotations

import itertools
import random
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import BaseModel

from checker.errors import CheckerError
from checker.load import Book
from checker.policy.files import Case
from checker.policy.kinds import Base
from checker.policy.records import RecordType
from checker.testing.batch import Judged
from checker.testing.candidates import Candidate, candidates, elsewhen, rows_listed
from checker.testing.chance import datasets
from checker.testing.edits import said
from checker.testing.fixtures import Suite
from checker.testing.mutants import Mutant, itself
from checker.testing.mutation import verdicts
from checker.testing.world import Records, World, types_of, world, written

DATASETS, AT_ONCE = 1000, 125
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
WORD = re.compile(r"[a-z][a-z0-9_]*")
SECONDS = 300
"""No longer than this is spent on the random datasets of one policy."""
Told = tuple[str, str, str]
"""Records as a fixture holds them, and what only the policy and what only the mutant says of them."""


def killers(policy: Base, suites: Sequence[Suite], survivors: Sequence[Mutant], book: Book) -> dict[str, Told]:
    """For each survivor the first record, near those of the cases or at random, of which it says something else."""
    found = _telling(policy, survivors, _near(policy, suites, book))
    left = [one for one in survivors if one.name not in found]
    return found | (_telling(policy, left, itertools.islice(_random(policy, suites, book), 4 * AT_ONCE)) if left else {})


def confirmed(policy: Base, suites: Sequence[Suite], equivalent: Sequence[Mutant], book: Book) -> tuple[int, dict[str, Told]]:
    """How many random datasets were judged, and the mutants that one of them, or a record near a case, tells from the policy."""
    near = _telling(policy, equivalent, _near(policy, suites, book))
    count, found = _counted(policy, [one for one in equivalent if one.name not in near], itertools.islice(_random(policy, suites, book), DATASETS))
    return count, near | found


def _telling(policy: Base, mutants: Sequence[Mutant], worlds: Iterable[tuple[str, World]]) -> dict[str, Told]:
    return _counted(policy, mutants, worlds)[1]


def _counted(policy: Base, mutants: Sequence[Mutant], worlds: Iterable[tuple[str, World]]) -> tuple[int, dict[str, Told]]:
    """Mutants told from the policy by a world, and the number of worlds it took; stops where all are, or time is up."""
    found: dict[str, Told] = {}
    count, until = 0, time.monotonic() + SECONDS
    stream = iter(worlds)
    while len(found) < len(mutants) and time.monotonic() < until and (chunk := list(itertools.islice(stream, AT_ONCE))):
        left = [one for one in mutants if one.name not in found]
        found |= _differing(policy, left, chunk)
        count += len(chunk)
    return count, found


def _differing(policy: Base, mutants: Sequence[Mutant], chunk: Sequence[tuple[str, World]]) -> dict[str, Told]:
    (_, plain), *others = verdicts([itself(policy), *mutants], [ready for _, ready in chunk])
    found: dict[str, Told] = {}
    for mutant, judged in ((one, listed) for one, listed in others if listed is not None):
        for strict in (True, False):
            for (told, _), before, after in zip(chunk, plain or (), judged, strict=True):
                if mutant.name not in found and _said(before, strict) != _said(after, strict):
                    found[mutant.name] = (told, *_apart(_said(before, False), _said(after, False)))
    return found


def _said(judged: Judged, strict: bool) -> list[str]:
    """The verdicts, with measure and limit unless verdicts alone are compared."""
    keys: tuple[str, ...] = ("subject", "ordinal", "verdict") if strict else ("subject", "ordinal", "verdict", "measured", "limit")
    return sorted(said({key: one[key] for key in keys if one[key] is not None}) for one in judged.findings)


def _apart(one: Sequence[str], other: Sequence[str]) -> tuple[str, str]:
    """What only one of the two says, a finding a line."""
    mine, theirs = Counter(one), Counter(other)
    return "\n".join((mine - theirs).elements()) or "—", "\n".join((theirs - mine).elements()) or "—"


# --- worlds ----------------------------------------------------------------------------------------------------------


def _near(policy: Base, suites: Sequence[Suite], book: Book) -> Iterator[tuple[str, World]]:
    """Records near those of the cases, mixed, so that the first hundred hold something of every case."""
    listed = [(suite, one) for suite in suites for one in _candidates(suite, policy, book)]
    random.Random(policy.id).shuffle(listed)
    made = (_made(suite, one.case, one.records, f"# {one.case.name}\n{one.told}", book) for suite, one in listed)
    yield from (one for one in made if one)


def _candidates(suite: Suite, policy: Base, book: Book) -> Iterator[Candidate]:
    types, dates = types_of(suite.fixture, book), sorted(set(DATE.findall(_text(policy))))
    for case in suite.fixture.cases:
        records = written(suite.fixture, case)
        yield from elsewhen(case, records, {**suite.fixture.covered, **case.covered}, dates)
        yield from candidates(case, records, types, *spoken(policy, types))


def _random(policy: Base, suites: Sequence[Suite], book: Book) -> Iterator[tuple[str, World]]:
    suite = suites[0]
    types = types_of(suite.fixture, book)
    cases = [(case, written(suite.fixture, case)) for case in suite.fixture.cases]
    for case, records in datasets(cases, types, spoken(policy, types)[0], policy.id):
        made = _made(suite, case, records, f"# {case.name}\n{rows_listed(records)}", book)
        if made:
            yield made


def _made(suite: Suite, case: Case, records: Records, told: str, book: Book) -> tuple[str, World] | None:
    try:
        return told, world(suite.fixture, case, suite.policies, book, records)
    except CheckerError:
        return None


def spoken(policy: Base, types: Mapping[str, RecordType]) -> tuple[frozenset[str], list[int]]:
    """The words of a policy that may be fields, those that its derived fields are made of, and its numbers with their neighbours."""
    text = _text(policy, exclude={"title", "because", "source", "severity"})
    words = frozenset(WORD.findall(text))
    derived = [spec for kind in types.values() for field, spec in kind.fields.items() if field in words and spec.derived]
    words |= {word for spec in derived for word in WORD.findall(_text(spec))}
    numbers = {near for found in re.findall(r"(?<![-.\w])[0-9]{1,6}(?![-\w])", text) for near in (int(found) - 1, int(found), int(found) + 1)}
    return words, sorted(one for one in numbers if one >= 0)


def _text(model: BaseModel, exclude: set[str] | None = None) -> str:
    return said(model.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=exclude))


__all__ = ["DATASETS", "confirmed", "killers", "spoken"]
