"""What is set otherwise in a run that is judged again: limits that only the final comparison reads; the rest needs the files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from checker.errors import CheckerError, Problem, Where, nearest, say
from checker.force import slots
from checker.load.check_files import setting
from checker.load.check_sense import Bounds, bounds_of
from checker.plan import Audit, Mark, Site
from checker.policy.files import Profile
from checker.policy.kinds import Base
from checker.policy.plain import plain
from checker.policy.records import RecordType
from checker.policy.typed import Typed
from checker.waivers import NO_SPOT

ASIDE = ("format", "profile", "title", "set", "scoring", "indicators")
"""Parts of a profile that decide no verdict, and the values, which are compared one by one."""
Series = list[tuple[int, int, object]]
"""(from, until, value), as `compile/values.py` has it."""


@dataclass(frozen=True)
class Changes:
    """Of each policy whose marked limit is set otherwise: the mark, and the values by site, before and after."""

    marks: Mapping[str, Mark]
    before: Mapping[tuple[str, str], Series]
    after: Mapping[tuple[str, str], Series]
    sites: Mapping[str, Site]

    @property
    def policies(self) -> frozenset[str]:
        return frozenset(self.marks)


def changes_of(before: Audit, after: Audit, marks: Mapping[str, Mark]) -> Changes:
    """What is set otherwise. Raises CheckerError with everything that needs the files."""
    policies = {one.id: one for one in before.policies}
    named: dict[str, Mark] = {}
    problems = [problem for one, other in zip(before.sites, after.sites, strict=True) for problem in _other_parts(one.profile, other.profile)]
    for one, other in zip(before.sites, after.sites, strict=True):
        for owner, parameter in _set_otherwise(one.profile, other.profile):
            if owner not in policies and owner not in before.types:
                continue
            mark = marks.get(owner)
            if owner in policies and mark is not None and mark.parameter == parameter:
                written = other.profile.set.get(owner, {}).get(parameter)
                faults = setting(NO_SPOT, owner, parameter, written, policies[owner].parameters, bounds_of(policies[owner]).get(parameter, Bounds())) if written is not None else ()
                problems += (replace(one, where=Where(f"{owner}.{parameter}")) for one in faults)
                named[owner] = mark
            else:
                problems.append(needs_files(f"{owner}.{parameter}"))
    if problems:
        raise CheckerError(problems)
    series = [{(policy, site): values for policy in named for site, values in _series(policies[policy], named[policy], audit).items()} for audit in (before, after)]
    return Changes(named, series[0], series[1], {site.id: site for site in before.sites})


def known_values(values: Iterable[tuple[str, str]], policies: Mapping[str, Base], records: Mapping[str, RecordType]) -> None:
    """Refuse values, by (policy, parameter), of what a run does not have: they would change nothing, unseen."""
    problems = []
    for named, parameter in values:
        owner = policies.get(named) or records.get(named)
        if owner is None:
            what, near = say("这次审核没有政策 `{p}`", "this run has no policy `{p}`", p=named), nearest(named, (*policies, *records))
        elif parameter not in owner.parameters:
            what, near = say("`{p}` 没有参数 `{n}`", "`{p}` has no parameter `{n}`", p=named, n=parameter), nearest(parameter, owner.parameters)
        else:
            continue
        fix = say("是不是 `{m}`?", "did you mean `{m}`?", m=near) if near else say("用 `checker explain` 看有哪些", "see what there is with `checker explain`")
        problems.append(Problem(Where(f"{named}.{parameter}"), "rejudge.unknown", what, fix))
    if problems:
        raise CheckerError(problems)


def _other_parts(old: Profile, new: Profile) -> Iterator[Problem]:
    for key in Profile.model_fields:
        if key not in ASIDE and plain(getattr(old, key)) != plain(getattr(new, key)):
            yield needs_files(f"{new.profile}: {key}")


def _set_otherwise(old: Profile, new: Profile) -> Iterator[tuple[str, str]]:
    for owner in sorted(old.set.keys() | new.set.keys()):
        one, other = old.set.get(owner, {}), new.set.get(owner, {})
        yield from ((owner, name) for name in sorted(one.keys() | other.keys()) if plain(one.get(name)) != plain(other.get(name)))


def needs_files(what: str) -> Problem:
    said = say("`{w}` 的改动不只影响最后的比较,要重新读数据", "a change of `{w}` is read by more than the final comparison and needs the files", w=what)
    return Problem(Where(""), "rejudge.needs-data", said, say("用 `checker audit` 重新审核", "audit again with `checker audit`"))


def _series(policy: Base, mark: Mark, audit: Audit) -> dict[str, Series]:
    """The values of a marked limit by site; one whose value is chosen by the record needs the files."""
    cases = slots(policy, mark.parameter, audit)
    if len(cases) != 1 or cases[0].when is not None:
        raise CheckerError(needs_files(f"{policy.id}.{mark.parameter}"))
    for values in cases[0].series.values():
        for _, _, value in values:
            assert isinstance(value, Typed)
            if mark.whole_decides and value.value == value.second:
                raise CheckerError(needs_files(f"{policy.id}.{mark.parameter} (100 %)"))
            if value.kind == "duration" and value.second:
                raise CheckerError(needs_files(f"{policy.id}.{mark.parameter}"))
    return cases[0].series


__all__ = ["Changes", "Series", "changes_of", "known_values", "needs_files"]
