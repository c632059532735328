"""Expected findings against those found: what is missing, and what nobody expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.calendars import instant_utc
from checker.errors import Text, say
from checker.policy.files import Case, Expected
from checker.policy.values import Duration
from checker.testing.batch import Finding, Judged

PLAIN = ("policy", "subject", "ordinal", "verdict", "accountable", "site", "field", "disputed", "note")


def differences(case: Case, judged: Judged) -> Iterator[Text]:
    """What differs between a case's expectations and what was found; nothing where it passes."""
    left = list(judged.findings)
    for expected in case.expect:
        match = next((one for one in left if same(expected, one)), None)
        if match is None:
            near = [shown(one) for one in left if one["subject"] == expected.subject]
            yield say("应有 {e};实际 {f}", "expected {e}; found {f}", e=_said(expected), f=", ".join(near) or "—")
        else:
            left.remove(match)
    for one in left:
        yield say("不应有 {f}", "not expected: {f}", f=shown(one))
    found = sum(judged.not_applicable.values())
    if case.not_applicable is not None and case.not_applicable != found:
        yield say("应有 {e} 项不适用;实际 {f} 项", "expected {e} not applicable; found {f}", e=case.not_applicable, f=found)


def same(expected: Expected, one: Finding) -> bool:
    """Whether a finding is the one expected; what the expectation leaves out is not compared."""
    if any(getattr(expected, key) is not None and getattr(expected, key) != one[key] for key in PLAIN):
        return False
    for key in ("measured", "limit"):
        wanted = getattr(expected, key)
        if wanted is not None and _number(wanted) != one[key]:
            return False
    for key in ("decided_at", "due_at"):
        wanted = getattr(expected, key)
        if wanted is not None and one[key] not in (_utc(one, wanted), _utc(one, wanted) - 1):
            return False
    return True


def _utc(one: Finding, wanted: Any) -> int:
    return instant_utc(one["zone"], wanted)


def _number(wanted: int | str) -> int:
    return Duration.parse(wanted).amount if isinstance(wanted, str) else wanted


def _said(expected: Expected) -> str:
    return _flow({key: value for key, value in expected.model_dump().items() if value is not None})


def shown(one: Mapping[str, Any]) -> str:
    """A finding on one line, as a case would expect it."""
    return _flow({key: value for key, value in one.items() if value not in (None, False) and key not in ("zone", "site", "due_at", "decided_at", "policy")})


def _flow(values: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}"


__all__ = ["differences", "same", "shown"]
