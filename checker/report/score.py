"""Counts and a profile's scoring -> scores: 100 points less what violations deduct (catalogue, part 5).

Weights are dealt out in hundredths of a point by largest remainder, so that what is printed adds up exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Literal, TypeVar

from checker.figures import Dated, Rated, Tallied
from checker.load import applies
from checker.policy.files import Profile
from checker.policy.kinds import Base, Rate
from checker.policy.over import proposes
from checker.policy.scoring import Scoring, exact
from checker.report.audit.standing import AreaScore, How, RuleScore, Score, SiteScore

Which = Literal["provisional", "confirmed"]
Key = TypeVar("Key")
WORDS = ("pass", "fail", "pending", "unknown", "not_applicable", "exempt")


def site_score(site: str, profile: Profile, policies: Sequence[Base], titles: Mapping[str, str], areas: Mapping[int, str], dated: Dated, lang: str) -> SiteScore:
    """Both scores of one site; `areas` are the titles of the profile's areas by their place. What a ladder proposes is no violation: it stands in no area."""
    own = [policy for policy in policies if applies(policy.id, profile) and not proposes(policy)]
    decided = sum(dated.tallied.get((policy.id, site), Tallied()).decided for policy in own)
    violations = sum(dated.tallied.get((policy.id, site), Tallied()).violations for policy in own)
    facts = _Facts(site, own, titles, areas, dated, lang)
    scoring = profile.scoring
    provisional, confirmed = (_score(scoring, facts, which) if scoring else None for which in ("provisional", "confirmed"))
    return SiteScore(site, profile.profile, provisional, confirmed, decided, violations, None)


def ranked(scores: Sequence[SiteScore]) -> tuple[SiteScore, ...]:
    """The scores with their ranks: the best first; equal ones share a rank."""
    totals = sorted((one.provisional.total for one in scores if one.provisional), reverse=True)
    return tuple(replace(one, rank=totals.index(one.provisional.total) + 1 if one.provisional else None) for one in scores)


@dataclass(frozen=True)
class _Facts:
    site: str
    policies: Sequence[Base]
    titles: Mapping[str, str]
    areas: Mapping[int, str]
    dated: Dated
    lang: str

    def counts(self, policy: str) -> dict[str, int]:
        found = self.dated.counts.get((policy, self.site), {})
        return {word: found.get(word, 0) for word in WORDS}

    def tallied(self, policy: str) -> Tallied:
        return self.dated.tallied.get((policy, self.site), Tallied())

    def rates(self, policy: str) -> list[Rated]:
        return [one for one in self.dated.rates if (one.policy, one.site) == (policy, self.site)]


def _score(scoring: Scoring, facts: _Facts, which: Which) -> Score | None:
    """None where no rule was judged."""
    by_area: dict[int, list[Base]] = {index: [] for index in range(len(scoring.areas))}
    for policy in facts.policies:
        area = area_of(policy.id, scoring)
        if area is not None:
            by_area[area].append(policy)
    scored = {index: [policy for policy in listed if _judged(policy, scoring, facts)] for index, listed in by_area.items()}
    shares = _dealt(Fraction(100), {index: exact(scoring.areas[index].weight) for index, listed in scored.items() if listed})
    if not shares:
        return None
    rules: list[RuleScore] = []
    areas: list[AreaScore] = []
    for index, listed in by_area.items():
        weights = _dealt(Fraction(shares.get(index, Decimal(0))), {policy.id: _share(policy, scoring) for policy in scored[index]})
        made = [_rule(policy, weights.get(policy.id), scoring, facts, facts.areas[index], which) for policy in listed]
        rules += made
        areas.append(_area(facts.areas[index], exact(scoring.areas[index].weight), shares.get(index, Decimal(0)), made, len(scored[index])))
    total = sum((area.score for area in areas), Decimal(0))
    critical = any(rule.counted for rule in rules if rule.severity == "critical")
    grade, capped = graded(total, scoring, critical, facts.lang)
    return Score(total, grade, capped, tuple(areas), tuple(rules))


def area_of(policy: str, scoring: Scoring) -> int | None:
    """The place of the first area that names a policy."""
    return next((index for index, area in enumerate(scoring.areas) if any(fnmatchcase(policy, named) for named in area.policies)), None)


def _share(policy: Base, scoring: Scoring) -> Fraction:
    return exact(scoring.shares.get(policy.severity.level, 1))


def _judged(policy: Base, scoring: Scoring, facts: _Facts) -> bool:
    """Whether a rule has a weight: something of it was judged, and it can lose points."""
    counts = facts.counts(policy.id)
    return counts["pass"] + counts["fail"] > 0 and _share(policy, scoring) > 0


def _dealt(whole: Fraction, parts: Mapping[Key, Fraction]) -> dict[Key, Decimal]:
    """`whole` points dealt out in proportion to `parts`, in hundredths, by largest remainder; earlier parts win ties."""
    hundredths, total = int(whole * 100), sum(parts.values(), Fraction(0))
    if not total:
        return {}
    quotas = {key: hundredths * part / total for key, part in parts.items()}
    floors = {key: int(quota) for key, quota in quotas.items()}
    left = hundredths - sum(floors.values())
    order = sorted(parts, key=lambda key: floors[key] - quotas[key])
    for key in order[:left]:
        floors[key] += 1
    return {key: Decimal(number) / 100 for key, number in floors.items()}


def _rule(policy: Base, weight: Decimal | None, scoring: Scoring, facts: _Facts, area: str, which: Which) -> RuleScore:
    counts, tallied = facts.counts(policy.id), facts.tallied(policy.id)
    confirmed = which == "confirmed"
    counted = tallied.confirmed if confirmed else tallied.counted
    points = tallied.confirmed_points if confirmed else tallied.points
    shortfall = _shortfall(facts.rates(policy.id), confirmed, scoring) if isinstance(policy, Rate) else None
    how: How = "none" if weight is None else "shortfall" if shortfall is not None else scoring.method
    lost = _lost(how, weight or Decimal(0), counted, counts["pass"], points, shortfall, scoring)
    return RuleScore(
        policy.id, facts.titles[policy.id], area, policy.severity.level, how, weight or Decimal(0), sum(counts.values()) - counts["not_applicable"],
        counts["pass"], counts["fail"], counts["pending"], counts["unknown"], counts["not_applicable"], counts["exempt"], tallied.waived, tallied.rejected,
        counted, tallied.confirmed_repeats if confirmed else tallied.repeats, rounded(Fraction(points)), rounded(shortfall) if shortfall is not None else None, lost,
    )  # fmt: skip


def _lost(how: How, weight: Decimal, counted: int, passed: int, points: Decimal, shortfall: Fraction | None, scoring: Scoring) -> Decimal:
    """What a rule deducts: never more than its weight."""
    match how:
        case "points":
            return min(weight, rounded(Fraction(points)))
        case "shortfall":
            return rounded(Fraction(weight) * (shortfall or 0))
        case "bands":
            rate = Fraction(counted, counted + passed) if counted else Fraction(0)
            parts = [band.deduct.value for band in scoring.bands if rate > band.over.value]
            return rounded(Fraction(weight) * (parts[-1] if parts else 0))
    return Decimal(0)


def _shortfall(rates: Iterable[Rated], confirmed: bool, scoring: Scoring) -> Fraction:
    """The part of a rate's weight that is lost, 0 to 1: the mean over what was judged of the relative shortfall times its steepness."""
    judged = [one for one in rates if one.verdict in ("pass", "fail")]
    lost = sum((min(Fraction(1), _short(one) * scoring.steepness) for one in judged if (one.confirmed if confirmed else one.counts)), Fraction(0))
    return lost / len(judged) if judged else Fraction(0)


def _short(one: Rated) -> Fraction:
    """How far a value misses its target, relative to the target, whichever side is good."""
    target = Fraction(one.target[0]) / Fraction(one.target[1])
    value = Fraction(one.numerator) / Fraction(one.denominator) if one.denominator else Fraction(0)
    return abs(target - value) / target if target else Fraction(1)


def _area(title: str, weight: Fraction, share: Decimal, rules: Sequence[RuleScore], scored: int) -> AreaScore:
    deduction = sum((rule.deduction for rule in rules), Decimal(0))

    def total(word: str) -> int:
        return sum(getattr(rule, word) for rule in rules)

    return AreaScore(
        title, rounded(weight), share, len(rules), scored, total("obligations"), total("passed"), total("failed"), total("pending"), total("unknown"),
        total("not_applicable"), total("exempt"), total("waived"), deduction, share - deduction,
    )  # fmt: skip


def graded(total: Decimal, scoring: Scoring, critical: bool, lang: str) -> tuple[str, bool]:
    """The grade of a score, and whether a critical violation held it down."""
    at = next(index for index, grade in enumerate(scoring.grades) if Fraction(total) >= exact(grade.from_))
    cap = scoring.critical_at_most
    least = next((index for index, grade in enumerate(scoring.grades) if cap is not None and exact(grade.from_) == exact(cap)), 0)
    capped = critical and cap is not None and at < least
    return scoring.grades[least if capped else at].grade.text[lang], capped


def rounded(value: Fraction) -> Decimal:
    """Two places, half up."""
    return Decimal(int(value * 100 + Fraction(1, 2))) / 100


__all__ = ["area_of", "graded", "ranked", "rounded", "site_score"]
