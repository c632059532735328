"""Worlds of the reference evaluator, and cases of fixtures, as a witness sees them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from checker.account import Account, as_data, from_data
from checker.calendars import instant_utc
from checker.earlier import past
from checker.finding import fingerprint
from checker.plan import Audit
from checker.policy.files import Case as FixtureCase
from checker.policy.files import Fixture
from checker.policy.kinds import Ladder
from checker.policy.over import in_order
from checker.testing.world import ALL_TIME
from checker.testing.world import World as Case
from checker.witness import Past, Records, Violation, Witness, verdict
from checker.witness.explain import explain
from checker.witness.explanation import explained
from checker.witness.records import SOURCE, columns
from checker.witness.surroundings import Place
from checker.witness.told import Told, belongs, told
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
    plain = Witness(audit, records_of(audit, world.records))
    if not any(isinstance(policy, Ladder) for policy in world.policies):
        return plain
    earlier = (Violation(**{key: one[key] for key in ("policy", "site", "subject", "ordinal", "accountable", "team_id", "moment", "fingerprint")}, age=1) for one in world.earlier)
    return Witness(audit, plain.records, with_own(plain, Past(tuple(earlier), world.decisions)))


def with_own(witness: Witness, past: Past) -> Past:
    """What the ladders of an audit count: the past, and the violations of its other policies."""
    for ladder in (None, *in_order(witness.surroundings.audit.policies)[0]):
        judged = [ladder] if ladder else [one for one in witness.surroundings.audit.policies if not isinstance(one, Ladder)]
        counting = Witness(witness.surroundings.audit, witness.records, past)
        for place in witness.surroundings.places.values():
            for policy in judged:
                own = (violation(counting, place, one) for one in told(counting.of(policy), place) if one.verdict == "fail" and belongs(one, place))
                past = Past((*past.violations, *own), past.decisions)
    return past


def violation(witness: Witness, place: Place, one: Told) -> Violation:
    account, facts = one.account, one.facts
    assert facts.decided_at is not None
    source = one.of[0][SOURCE] if isinstance(one.of[0], tuple) else None
    return Violation(
        account.policy, account.site, account.subject, account.ordinal, facts.accountable, team(witness, place, facts.accountable, facts.decided_at), facts.decided_at,
        fingerprint(account.policy, account.site, account.subject, account.ordinal), 0, None if source is None else str(source),
    )  # fmt: skip


def team(witness: Witness, place: Place, person: str | None, at: int) -> str | None:
    kind = next((one for one in witness.records.types.values() if one.team and one.active), None)
    row = witness.seen.rostered(kind.record, place, person, at) if kind and person is not None else None
    return None if row is None or kind is None else row[columns(kind)[str(kind.team)]]


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
    plain = Witness(audit, records_of(audit, world.rows))
    if world.told is None:
        return plain
    fixture, case = world.told
    audited, earlier = past(fixture, case, world.sites, audit.policies)
    counting = Witness(replace(audit, audited=audited, earlier=earlier), plain.records)
    return Witness(counting.surroundings.audit, plain.records, with_own(counting, of_past(fixture, case, world)))


def of_past(fixture: Fixture, case: FixtureCase, world: Case) -> Past:
    """What a case says of earlier runs and decisions."""
    zones = {site.id: site.zone for site in world.sites}
    first = next(iter(zones))
    history = case.history or fixture.history
    violations = [
        Violation(one.policy, one.site or first, one.subject, one.ordinal, one.accountable, one.team, instant_utc(zones[one.site or first], one.at),
                  fingerprint(one.policy, one.site or first, one.subject, one.ordinal), 1)
        for one in (history.findings if history else ())
    ]  # fmt: skip
    decided = case.decisions or fixture.decisions
    decisions = [(fingerprint(one.policy, one.site or first, one.subject, one.ordinal)[:12], one.decision, instant_utc(zones[one.site or first], one.at) if one.at else None) for one in decided]
    return Past(tuple(violations), tuple(decisions))


def findings(witness: Witness, explaining: bool = False) -> list[dict[str, Any]]:
    """What an audit reports, passes too, with the verdicts of the accounts as they are read back from JSON: of the accounts alone,
    or of whole explanations."""
    found = []
    for policy in witness.surroundings.audit.policies:
        for site, place in witness.surroundings.places.items():
            for one in told(witness.of(policy), place):
                kind = witness.of(policy)
                written = explained(explain(kind, place, one))["accounts"] if explaining else [as_data(account) for account in one.accounts]
                read = tuple(from_data(account) for account in json.loads(json.dumps(written)))
                assert read == one.accounts
                if belongs(one, place):
                    facts, first = one.facts, one.accounts[0]
                    found.append({
                        "policy": policy.id, "site": site, "subject": first.subject, "ordinal": first.ordinal, "verdict": verdict(read), "measured": facts.measured,
                        "limit": facts.limit, "due_at": facts.due_at, "decided_at": facts.decided_at, "accountable": facts.accountable, "disputed": len(read) > 1,
                    })  # fmt: skip
    return found
