"""What the witness finds of one obligation, judged by `judge.py`, is what the language, the fixtures and the oracle say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

import pytest

from checker.load import Book, load_book
from checker.policy.values import DAY
from checker.testing.batch import Judged
from checker.testing.compare import differences
from checker.testing.fixtures import Suite, suites_at
from checker.testing.world import world
from checker.witness import Records, Witness
from checker.witness.records import FIRST
from checker.witness.told import told
from tests.reference import OutsideCalendar, evaluate
from tests.test_differential import compared
from tests.witnessed import findings, of_case, records_of, witness_of
from tests.worlds import TYPES, random_world

ROOT = Path(__file__).parent.parent
FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "fixtures").rglob("*.yaml")
               if not path.with_suffix(".txt").exists() and "format: fixtures/1" in path.read_text("utf-8"))  # fmt: skip


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book([ROOT / "policies"])


@pytest.fixture(scope="module")
def suites(book: Book) -> dict[str, Suite]:
    return {Path(one.file).relative_to(ROOT).as_posix(): one for one in suites_at([ROOT / "fixtures"], book)}


def test_every_file_of_fixtures_is_there(suites: dict[str, Suite]) -> None:
    assert sorted(suites) == FILES


@pytest.mark.parametrize("file", FILES)
def test_the_explanation_of_every_fixture_is_judged_as_it_expects(file: str, suites: dict[str, Suite], book: Book) -> None:
    assert list(_differences(suites[file], book)) == []


def _differences(suite: Suite, book: Book) -> Iterator[str]:
    """What cases expect and the witness does not say, or the other way round. Notes and what an unknown lacks are the engine's."""
    own = {policy.id for policy in suite.policies}
    for case in suite.fixture.cases:
        made = world(suite.fixture, case, suite.policies, book)
        zones = {site.id: site.zone for site in made.sites}
        found = [{**one, "zone": zones[one["site"]], "field": None, "note": None} for one in findings(of_case(made), explaining=True) if one["policy"] in own]
        expected = tuple(one.model_copy(update={"field": None, "note": None}) for one in case.expect)
        asked = case.model_copy(update={"expect": expected, "not_applicable": None})
        yield from (f"{case.name}: {what.en}" for what in differences(asked, Judged(tuple(found), {})))


# --- random worlds ---------------------------------------------------------------------------------------------------


def check(seed: int) -> tuple[int, str]:
    """(findings, what differs between the witness and the oracle) of one random world."""
    made = random_world(Random(seed))
    try:
        theirs = compared(evaluate(made))
    except OutsideCalendar:
        return 0, ""
    mine = compared(findings(witness_of(made)))
    lines = ["witness only:", *(repr(one) for one in mine if one not in theirs), "oracle only:", *(repr(one) for one in theirs if one not in mine)]
    return len(theirs), "" if mine == theirs else f"world {seed}: " + "\n".join(lines)


@pytest.mark.parametrize("first", range(0, 150, 15))
def test_the_witness_agrees_with_the_oracle(first: int) -> None:
    found = [check(seed) for seed in range(first, first + 15)]
    assert [problem for _, problem in found if problem] == []
    assert sum(number for number, _ in found) > 10


@pytest.mark.parametrize("seed", [11_625, 11_985, 20_967])
def test_worlds_that_once_differed(seed: int) -> None:
    """11,625: an end that versions of a pause dispute; 11,985: a pause beside an appointment; 20,967: a record at as-of."""
    assert check(seed)[1] == ""


@pytest.mark.hunt
def test_ten_thousand_worlds_agree() -> None:
    with ProcessPoolExecutor() as pool:
        found = list(pool.map(check, range(2_000_000, 2_010_000), chunksize=50))
    assert [problem for _, problem in found if problem] == []


# --- records that come one by one --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_records_that_come_and_change_are_found_as_if_they_had_always_been_so(seed: int) -> None:
    """Rows fed in any order, each first with other content, through indices that were made before they came."""
    rng = Random(seed)
    made = random_world(rng)
    once = {record: [row for row in rows if not row["#disputed"]] for record, rows in made.records.items()}
    audit = witness_of(made).surroundings.audit
    grown = Records(audit.types, audit.present)
    fed = [(record, row) for record, rows in once.items() for row in rows]
    for record, row in fed:
        other = {**row, **{name: rng.choice(once[record])[name] for name in TYPES[record].stored if name not in TYPES[record].key}}
        grown.put(record, row["#site"], other, row["#row"])
    witness = Witness(audit, grown)
    try:
        findings(witness)
        for record, row in rng.sample(fed, len(fed)):
            key = grown.put(record, row["#site"], row, row["#row"])
            (now,) = grown.versions(record, row["#site"], key)
            assert now[FIRST:] == tuple(tuple(one) if isinstance(one := row[name], list) else one for name in TYPES[record].stored)
        assert compared(findings(witness)) == compared(findings(Witness(audit, records_of(audit, once))))
    except Exception as error:
        if getattr(error, "problems", None) and [one.id for one in error.problems] == ["calendar.outside"]:  # type: ignore[attr-defined]
            pytest.skip("a day is counted of which no work calendar speaks")
        raise


@pytest.mark.parametrize("seed", range(40, 52))
def test_as_of_moves_on_without_anything_being_built_anew(seed: int) -> None:
    """A witness that was asked at an earlier as-of says at a later one what a new one says."""
    made = random_world(Random(seed))
    fresh, moved = witness_of(made), witness_of(made)
    later = max(place.as_of for place in fresh.surroundings.places.values())
    try:
        for before in (20 * DAY, 3 * DAY, 1):
            moved.surroundings.move(later - before)
            findings(moved)
        for witness in (fresh, moved):
            witness.surroundings.move(later)
        assert compared(findings(moved)) == compared(findings(fresh))
    except Exception as error:
        if getattr(error, "problems", None) and [one.id for one in error.problems] == ["calendar.outside"]:  # type: ignore[attr-defined]
            pytest.skip("a day is counted of which no work calendar speaks")
        raise


def test_the_fast_way_finds_the_accounts_of_the_slow_way_but_those_of_which_nothing_is_due() -> None:
    number = 0
    for seed in range(60, 100):
        witness = witness_of(random_world(Random(seed)))
        for policy in witness.surroundings.audit.policies:
            for site, place in witness.surroundings.places.items():
                fast = Counter(repr(sorted(map(repr, versions))) for versions in witness.all(policy, site))
                slow = list(told(witness.of(policy), place))
                assert not fast - Counter(repr(sorted(map(repr, one.accounts))) for one in slow)
                assert not Counter(repr(sorted(map(repr, one.accounts))) for one in slow if one.verdict != "not_applicable") - fast
                number += len(slow)
    assert number > 200
