"""The audit report as a frozen value, in one language, masked unless asked otherwise: what every renderer is given.

Texts are ready to be shown, shares are integers (numerator, denominator), times are local and naive (the zone of the
site is on the cover), scores and deductions are decimals of two places. None means: there is nothing to show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checker.report.audit.model.besides import Doubt, Exemption, Proposal, Quality, Waived, Waiver
from checker.report.audit.model.cover import Appendix, Cover, CoverFile, CoverSite, InForce
from checker.report.audit.model.figures import Change, Headline, Indicator, Point, RateLine
from checker.report.audit.model.violations import OPEN, Cause, Decided, Heat, Listing, Near, Nonconformity, Notice, Repeat, Rule, Standing, State
from checker.report.audit.standing import SiteScore

Lang = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. `scores` has one entry a site (see checker/report/audit/standing.py); rankings are of sites, teams and people."""

    lang: Lang
    cover: Cover
    headline: Headline
    scores: tuple[SiteScore, ...]
    indicators: tuple[Indicator, ...]
    rates: tuple[RateLine, ...]
    violations: Listing
    sites: tuple[Standing, ...]
    teams: tuple[Standing, ...]
    people: tuple[Standing, ...]
    repeats: tuple[Repeat, ...]
    causes: tuple[Cause, ...]
    heat: Heat
    near: tuple[Near, ...]
    quality: Quality
    exemptions: tuple[Exemption, ...]
    waived: tuple[Waived, ...]
    waivers: tuple[Waiver, ...]
    proposals: tuple[Proposal, ...]
    notices: tuple[Notice, ...]
    rules: tuple[Rule, ...]
    appendix: Appendix


__all__ = [
    "Appendix", "Cause", "Change", "Cover", "CoverFile", "CoverSite", "Decided", "Doubt", "Exemption", "Headline", "Heat", "InForce", "Indicator", "Lang",
    "Listing", "Near", "Nonconformity", "Notice", "OPEN", "Point", "Proposal", "Quality", "RateLine", "Repeat", "Report", "Rule", "Standing", "State",
    "Waived", "Waiver",
]  # fmt: skip
