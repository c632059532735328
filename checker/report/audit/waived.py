"""What is let stand: violations by who decided it and why, and every waiver of the audit with what is odd about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checker.report.audit.model import Waived, Waiver
from checker.report.audit.told import Told
from checker.report.standing import ODD


def waived(told: Told) -> Iterator[Waived]:
    """Violations that stand by a waiver or by a decision."""
    reasons = {f"{one['approved_by']} ({one['place']})": one["reason"] for one in told.run.summary.get("waivers") or ()}
    for one in told.figures.let:
        reason = told.some(one.reason or reasons.get(one.by))
        yield Waived(told.rules[one.policy], one.site, told.masks.text(one.by), one.violations, one.until, reason)


def waivers(told: Told) -> Iterator[Waiver]:
    """Every waiver, in the order of files and rows."""
    for one in told.summary.get("waivers") or ():
        yield Waiver(
            one["policy"], one["site"], one["subject"], date.fromisoformat(one["from"]), date.fromisoformat(one["until"]), one["reason"], one["approved_by"],
            one["place"], one["violations"], tuple(ODD[word][told.lang] for word in one["odd"]),
        )  # fmt: skip


__all__ = ["waived", "waivers"]
