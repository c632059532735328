"""An explanation of one obligation, as data: what it was judged by, on which records, and how the numbers came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from checker.account import Account, as_data
from checker.judge import Outcome
from checker.witness.clock import Step
from checker.witness.facts import Facts
from checker.witness.seen import LATER

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class InForce:
    """A parameter's value in force at `at`: as written, whether the profile sets it or a document prints it, from which day to which
    (both included, day numbers), and of which case (`when`) it is. `owner` is the policy or the record type."""

    owner: str
    name: str
    value: Any
    unit: str
    by_profile: bool
    profile: str
    document: str | None
    clause: str | None
    approved_by: str | None
    first: int | None
    last: int | None
    when: Mapping[str, Any] | None
    at: int | None


@dataclass(frozen=True, slots=True)
class Tested:
    """A test of a condition: in which part it stands (`where`, `require`, `forbidden`, `excused_when`, `void`), its path there, what
    it says, and what was found: a cell, or (surely, possibly) how many related records."""

    part: str
    path: str
    holds: Any
    found: Any = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Involved:
    """A record that has to do with it: as what (`record`, `end`, `pause`, `related`, `roster`, `found`, `member`, `step`, `spell`,
    `violation`), where it stands, whether it counts, its time, and the fields that the policy reads."""

    role: str
    record: str
    key: str
    source: Any
    at: int | None = None
    counts: Any = True
    cells: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that is said of one obligation. `enough`: what would have been enough, as a word and what belongs to it. Times are
    UTC microseconds."""

    accounts: tuple[Account, ...]
    verdict: Outcome
    facts: Facts
    values: tuple[InForce, ...] = ()
    tests: tuple[Tested, ...] = ()
    records: tuple[Involved, ...] = ()
    steps: tuple[Step, ...] = ()
    enough: tuple[Step, ...] = ()
    unmet: tuple[str, ...] = field(default=())
    """Paths of the tests that are not met, where meeting them would have been enough."""


def explained(one: Explanation) -> dict[str, Any]:
    """The explanation as JSON can hold it; `accounts` are what `checker.account.from_data` reads back."""
    parts = {name: plain(getattr(one, name)) for name in ("verdict", "facts", "values", "tests", "records", "steps", "enough", "unmet")}
    return {"schema_version": SCHEMA_VERSION, "accounts": [plain(as_data(account)) for account in one.accounts], **parts}


def plain(value: Any) -> Any:
    """Plain data: what has not come is the word `later`."""
    if value is LATER:
        return "later"
    if isinstance(value, Decimal):
        return str(value.normalize())
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    return plain(asdict(value)) if hasattr(value, "__dataclass_fields__") else value


__all__ = ["Explanation", "InForce", "Involved", "Tested", "explained", "plain"]
