"""What became of waivers and of the baseline: who waived what, which waivers ran out, fit nothing or are too broad."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checker.calendars import audit_period, to_date
from checker.compile.waived import in_order
from checker.load.check_files import too_broad
from checker.plan import Audit, Waiver

EXPIRED, NOT_BEGUN, UNUSED, BROAD = "expired", "not-begun", "unused", "over-broad"
OTHER_PERIOD, OTHER_SITE = "other-period", "other-site"


def used(audit: Audit, uses: Mapping[int, int]) -> list[dict[str, Any]]:
    """Each waiver as the summary holds it, in the order of files and rows: its scope, how many violations it fits, what is odd."""
    numbers = {one: number for number, one in enumerate(in_order(audit.waivers))}
    return [_said(one, uses.get(numbers[one], 0), audit) for one in audit.waivers]


def _said(one: Waiver, fits: int, audit: Audit) -> dict[str, Any]:
    return {
        "policy": one.policy, "site": one.site, "subject": one.subject, "from": to_date(one.first).isoformat(), "until": to_date(one.last).isoformat(),
        "reason": one.reason, "approved_by": one.approved_by, "place": one.place, "violations": fits, "odd": list(_odd(one, fits, audit)),
    }  # fmt: skip


def _odd(one: Waiver, fits: int, audit: Audit) -> Iterator[str]:
    """Run out before the period ends, not begun, fits nothing, or speaks of more than one decision should."""
    if one.last < audit.period.until - 1:
        yield EXPIRED
    if one.first >= audit.period.until:
        yield NOT_BEGUN
    elif not fits:
        yield UNUSED
    if too_broad(one.policy, one.site, one.subject, one.last - one.first, len(audit.sites)):
        yield BROAD


def apart(audit: Audit, baseline: Mapping[str, Any]) -> Iterator[str]:
    """What a baseline's manifest has not in common with an audit, so that every violation is new: no day, no site."""
    theirs = audit_period(str(baseline["period"]))
    if theirs.until <= audit.period.first or audit.period.until <= theirs.first:
        yield OTHER_PERIOD
    if not {one["site"] for one in baseline["sites"]} & {site.id for site in audit.sites}:
        yield OTHER_SITE


def counted(policies: Sequence[dict[str, Any]], waived: Mapping[str, int], new: Mapping[str, int] | None) -> list[dict[str, Any]]:
    """The counts of each policy, with how many violations are waived and, against a baseline, how many are new."""
    return [one | {"waived": waived.get(one["policy"], 0)} | ({} if new is None else {"new": new.get(one["policy"], 0)}) for one in policies]


def failing(one: Mapping[str, Any]) -> int:
    """The violations of a policy for which an audit ends with 1: new ones where there is a baseline, else those that nobody waived;
    none of a ladder that proposes."""
    if one["proposes"]:
        return 0
    return int(one["new"]) if "new" in one else int(one["fail"]) - int(one.get("waived", 0))


__all__ = ["BROAD", "EXPIRED", "NOT_BEGUN", "OTHER_PERIOD", "OTHER_SITE", "UNUSED", "apart", "counted", "failing", "used"]
