"""A run directory -> the report as a value: its book, its summary and manifest, and the figures of its tables; the data is never read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from checker.figures import Dated, Figures, Rated, Sort
from checker.finding import WORDS, proposal
from checker.load import Book
from checker.policy.conditions import Condition
from checker.policy.kinds import Rate
from checker.policy.scoring import Indicated
from checker.report.audit import appendix, cover, listing, quality, waived
from checker.report.audit.model import (
    Cause,
    Change,
    Headline,
    Heat,
    Indicator,
    Lang,
    Near,
    Point,
    Proposal,
    RateLine,
    Repeat,
    Report,
    Standing,
)
from checker.report.audit.standing import SiteScore
from checker.report.audit.told import Told
from checker.report.score import graded, ranked, rounded, site_score
from checker.report.sentences import measure
from checker.run import Run

TREND = 12
"""Periods of a trend, this one included."""


def content(run: Run, book: Book, figures: Figures, lang: Lang, reason: str | None = None) -> Report:
    """The report in one language. Names, phones and addresses are masked unless there is a `reason` to show them."""
    told = Told(run, book, lang, reason, figures.names, figures)
    scores = ranked(_scores(told, figures.now))
    return Report(
        lang=lang, cover=cover.cover(told), headline=_headline(told, scores), scores=scores, indicators=tuple(_indicators(told)), rates=tuple(_rates(told)),
        violations=listing.listing(told), sites=_standings(told, "site"), teams=_standings(told, "team"), people=_standings(told, "person"),
        repeats=tuple(_repeats(told)), causes=tuple(_causes(told)), heat=_heat(figures), near=tuple(_near(told)), quality=quality.quality(told),
        exemptions=tuple(quality.exemptions(told)), waived=tuple(waived.waived(told)), waivers=tuple(waived.waivers(told)),
        proposals=tuple(_proposals(told)), notices=listing.notices(told),
        rules=tuple(told.rules.values()), appendix=appendix.appendix(told),
    )  # fmt: skip


# --- scores and headline ---------------------------------------------------------------------------------------------


def _scores(told: Told, dated: Dated) -> list[SiteScore]:
    found = []
    for site, profile in told.profiles.items():
        areas = {index: area.title.text[told.lang] for index, area in enumerate(profile.scoring.areas)} if profile.scoring else {}
        found.append(site_score(site, profile, told.book.policies, told.titles, areas, dated, told.lang))
    return found


def _headline(told: Told, scores: Sequence[SiteScore]) -> Headline:
    figures = told.figures
    tallied, levels = figures.now.tallied, {policy.id: policy.severity.level for policy in told.book.policies}
    provisional = [one.provisional for one in scores if one.provisional]
    confirmed = [one.confirmed for one in scores if one.confirmed]
    score = _mean([one.total for one in provisional])
    scoring = next((profile.scoring for profile in told.profiles.values() if profile.scoring), None)
    critical = sum(one.counted for (policy, _), one in tallied.items() if levels.get(policy) == "critical")
    grade = graded(score, scoring, critical > 0, told.lang)[0] if score is not None and scoring else ""
    mark = rounded(_exact(scoring.pass_mark)) if scoring and scoring.pass_mark is not None else None
    return Headline(
        score, _mean([one.total for one in confirmed]), grade, mark, score >= mark if score is not None and mark is not None else None, tuple(_changes(told, scores)),
        sum(one["obligations"] for one in told.counted), figures.total, critical, sum(one.repeats for one in tallied.values()),
        sum(one["unknown"] for one in told.counted), len(figures.proposed), figures.proposals, (sum(one.decided for one in scores), sum(one.violations for one in scores)),
    )  # fmt: skip


def _exact(points: object) -> Fraction:
    return Fraction(str(points))


def _mean(totals: Sequence[Decimal]) -> Decimal | None:
    return rounded(sum(map(Fraction, totals), Fraction(0)) / len(totals)) if totals else None


def _changes(told: Told, scores: Sequence[SiteScore]) -> Iterator[Change]:
    """Each site against its latest earlier period that can be scored, by the scoring of today."""
    past = [(dated.period, {one.site: one for one in _scores(told, dated)}) for _, dated in told.figures.past]
    for score in scores:
        for period, theirs in reversed(past):
            before = theirs[score.site].provisional
            if before and score.provisional:
                now = score.provisional
                yield Change(score.site, period, before.total, before.grade, now.total - before.total, (before.scored, now.scored))
                break


# --- indicators ------------------------------------------------------------------------------------------------------


def _indicators(told: Told) -> Iterator[Indicator]:
    """Each indicator of a site's profile of which this run or an earlier one has cases."""
    periods = [*(dated for _, dated in told.figures.past), told.figures.now][-TREND:]
    for site, profile in told.profiles.items():
        for one in profile.indicators:
            trend = tuple(Point(dated.period, *_share(told, one, site, dated)[:2]) for dated in periods)
            if any(point.denominator for point in trend):
                yield _indicator(told, one, site, trend)


def _indicator(told: Told, one: Indicated, site: str, trend: tuple[Point, ...]) -> Indicator:
    numerator, denominator, rates = _share(told, one, site, told.figures.now)
    policy = next((policy for policy in map(told.policies.get, one.policies) if isinstance(policy, Rate)), None)
    target = tuple(int(part) for part in rates[0].target) if rates else (1, 1)
    failed = sum(told.figures.now.counts.get((policy, site), {}).get("fail", 0) for policy in one.policies)
    return Indicator(
        one.title.text[told.lang], site, one.policies, numerator, denominator, (target[0], target[1]), "at_most" if policy and policy.at_most is not None else "at_least",
        failed == 0 if denominator else None, policy is None or isinstance(policy.that, Condition), trend,
        (sum(rate.verdict == "pass" for rate in rates), len(rates)),
    )  # fmt: skip


def _share(told: Told, one: Indicated, site: str, dated: Dated) -> tuple[int, int, list[Rated]]:
    """What is met, of what was judged: rates by their members, other policies by their obligations."""
    rates = [rate for rate in dated.rates if rate.policy in one.policies and rate.site == site and rate.verdict in ("pass", "fail")]
    if rates or any(isinstance(told.policies.get(policy), Rate) for policy in one.policies):
        return int(sum(rate.numerator for rate in rates)), int(sum(rate.denominator for rate in rates)), rates
    counts = [dated.counts.get((policy, site), {}) for policy in one.policies]
    passed = sum(one.get("pass", 0) for one in counts)
    return passed, passed + sum(one.get("fail", 0) for one in counts), []


def _rates(told: Told) -> Iterator[RateLine]:
    for one in told.figures.now.rates:
        yield RateLine(
            one.policy, told.titles[one.policy], one.site, told.subject(one.policy, one.group), one.period, one.verdict, WORDS[one.verdict][told.lang],
            one.numerator, one.denominator, one.target, one.counts, one.confirmed,
        )  # fmt: skip


# --- who, what, when -------------------------------------------------------------------------------------------------


def _standings(told: Told, sort: Sort) -> tuple[Standing, ...]:
    """The best first: violations per 100 judged; equal ones share a place."""
    names: Mapping[str, str | None] = {site["site"]: site.get("name") for site in told.summary["sites"]}
    found = [one for one in told.figures.ranked if one.sort == sort]
    hundreds = [rounded(Fraction(100 * one.violations, one.judged)) for one in found]
    shown = zip(sorted(range(len(found)), key=lambda index: (hundreds[index], found[index].points, found[index].id)), range(len(found)), strict=True)
    return tuple(
        Standing(
            1 + sum(other < hundreds[index] for other in hundreds), _named(told, sort, found[index].id),
            names.get(found[index].id) if sort == "site" else told.name(found[index].id) if sort == "person" else None,
            found[index].judged, found[index].violations, found[index].repeats, rounded(Fraction(found[index].points)), hundreds[index],
        )
        for index, _ in shown
    )  # fmt: skip


def _named(told: Told, sort: Sort, one: str) -> str:
    return one if sort == "site" else told.person(one) if sort == "person" else told.masks.text(one)


def _repeats(told: Told) -> Iterator[Repeat]:
    for one in told.figures.again:
        who = told.subject(one.policy, one.who) if one.by_subject else told.who(one.policy, one.who) or one.who
        first, last = told.local(one.site, one.first), told.local(one.site, one.last)
        yield Repeat(told.rules[one.policy], one.site, who, one.by_subject, one.count, one.earlier, first, last)


def _causes(told: Told) -> Iterator[Cause]:
    """Rules by their violations that count, the most first, with the running total."""
    counted: dict[str, int] = {}
    for (policy, _), one in told.figures.now.tallied.items():
        counted[policy] = counted.get(policy, 0) + one.counted
    running = 0
    for policy, number in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
        if number:
            running += number
            yield Cause(told.rules[policy], number, running)


def _heat(figures: Figures) -> Heat:
    return Heat(tuple(tuple(figures.heat.get((weekday, hour), 0) for hour in range(24)) for weekday in range(7)), figures.undated)


def _near(told: Told) -> Iterator[Near]:
    for one in told.figures.near:
        zone = told.zones[one.site]
        said = (measure(one.measured, one.unit, zone, told.lang), measure(one.limit, one.unit, zone, told.lang))
        yield Near(told.rules[one.policy], one.site, told.subject(one.policy, one.subject), one.ordinal, told.who(one.policy, one.accountable), one.on, *said)


def _proposals(told: Told) -> Iterator[Proposal]:
    for one in told.figures.proposed:
        step = proposal(one.step)[told.lang]
        yield Proposal(told.rules[one.policy], one.site, told.who(one.policy, one.who) or one.who, step, one.number, told.local(one.site, one.due), one.provisional)


__all__ = ["content"]
