"""Worlds of the reference evaluator, and cases of fixtures, as a witness sees them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from checker.account import Account, as_data, from_data
from checker.plan import Audit
from checker.testing.world import ALL_TIME
from checker.testing.world import World as Case
from checker.witness import Records, Witness, verdict
from tests.engine_adapter import audit_of
from tests.reference import World


def records_of(audit: Audit, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> Records:
    records = Records(audit.types, audit.present)
    for record, listed in rows.items():
        for row in listed:
            records.add(record, row["#site"], row, row["#row"])
    return records


def witness_of(world: World) -> Witness:
    audit = audit_of(world)
    return Witness(audit, records_of(audit, world.records))


def obligations(witness: Witness) -> list[tuple[Account, ...]]:
    """Every obligation of every policy, as it is read back from JSON."""
    found = []
    for policy in witness.surroundings.audit.policies:
        for site in witness.surroundings.places:
            for versions in witness.all(policy, site):
                read = tuple(from_data(json.loads(json.dumps(as_data(account)))) for account in versions)
                assert read == versions
                found.append(read)
    return found


def verdicts(found: Iterable[tuple[Account, ...]]) -> Counter[tuple[str, ...]]:
    """(policy, site, subject, ordinal, verdict) of every obligation."""
    return Counter((one.policy, one.site, one.subject, one.ordinal, verdict(versions)) for versions in found for one in versions[:1])


def of_case(world: Case) -> Witness:
    """A case of a fixture file."""
    disputed = frozenset(record for record, rows in world.rows.items() if any(row["#disputed"] for row in rows))
    audit = Audit(dict(world.types), (*world.policies, *world.read), world.sites, ALL_TIME, world.span, {}, disputed, frozenset(world.rows), world.calendars)
    return Witness(audit, records_of(audit, world.rows))
