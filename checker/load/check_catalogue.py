"""The catalogue against policies and profiles: every standard has its status, every policy its standard, every citation its clause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from checker.errors import Problem, say
from checker.load.check_files import names_a_policy
from checker.load.meant import listed, meant
from checker.load.spot import Spot
from checker.policy.files import Catalogue, Profile, Standard
from checker.policy.kinds import Base
from checker.policy.records import Source
from checker.policy.walk import walk


def catalogue(spot: Spot, one: Catalogue, policies: Mapping[str, Base] | None) -> Iterator[Problem]:
    """That each status says what it must: which policies, or why there is none."""
    for name, standard in one.standards.items():
        place = spot.at("standards", name)
        for index, policy in enumerate(standard.policies):
            yield from names_a_policy(place.at("policies", index), policy, policies)
        yield from _status(place, name, standard)


def _status(spot: Spot, name: str, standard: Standard) -> Iterator[Problem]:
    facts = {"s": name, "t": standard.status}
    if standard.status == "automated" and not standard.policies:
        what = say("`{s}` 标为已自动检查,却没有政策", "`{s}` is said to be automated, but has no policy", **facts)
        yield spot.at("status").problem("standard.policies", what, say("写 `policies: [{s}]`", "write `policies: [{s}]`", **facts))
    if standard.status != "automated" and standard.policies:
        what = say("`{s}` 有政策,状态却是 `{t}`", "`{s}` has policies, but its status is `{t}`", **facts)
        yield spot.at("status").problem("standard.status", what, say("写 `status: automated`,或删去 `policies`", "write `status: automated`, or remove `policies`"))
    if standard.status == "not-checkable" and standard.reason is None:
        what = say("`{s}` 标为无法检查,没有说明理由", "`{s}` is said not to be checkable, without a reason", **facts)
        yield spot.at("status").problem("standard.reason", what, say("写 `reason: {{zh: …, en: …}}`", "write `reason: {{zh: …, en: …}}`", **facts))


def made_of(spot: Spot, policy: Base, one: Catalogue | None, beside: Set[str]) -> Iterator[Problem]:
    """That a policy's citations are clauses of its standard; where a catalogue that stands beside the policy lists the
    standards `beside`, that it has this one and names the policy. One of a company's own may be of a shipped standard."""
    if one is None or not one.standards:
        return
    standard = one.standards.get(policy.standard)
    if standard is not None:
        yield from _clauses(spot, policy, standard, one)
        if policy.standard in beside and policy.id not in standard.policies:
            what = say("标准 `{s}` 没有列出政策 `{p}`", "standard `{s}` does not list policy `{p}`", s=policy.standard, p=policy.id)
            fix = say("在 catalogue.yaml 里写进它的 `policies:`", "add it to `policies:` of that standard in catalogue.yaml")
            yield spot.at("id").problem("standard.unnamed", what, fix)
    elif beside:
        near = meant(policy.standard, one.standards)
        fix = say("是不是 `{m}`?", "did you mean `{m}`?", m=near) if near else say("在 catalogue.yaml 的 `standards:` 里写", "add it to `standards:` of catalogue.yaml")
        yield spot.at("standard").problem("standard.unknown", say("没有标准 `{s}`", "there is no standard `{s}`", s=policy.standard), fix)


def _clauses(spot: Spot, policy: Base, standard: Standard, one: Catalogue) -> Iterator[Problem]:
    """Of documents that exist; of others it is said already that they do not."""
    known = {(source.document, source.clause) for source in standard.source}
    for path, part in walk(policy):
        if isinstance(part, Source) and part.clause.strip() and part.document in one.documents and (part.document, part.clause) not in known:
            what = say("标准 `{s}` 不出自 `{d}` 的「{c}」", "standard `{s}` does not stand in `{d}`, clause `{c}`", s=policy.standard, d=part.document, c=part.clause)
            there = listed([f"{document} {clause}" for document, clause in sorted(known)])
            yield spot.at(*path, "clause").problem("source.unlisted", what, say("已有 {k}", "there are {k}", k=there))


def followed(spot: Spot, profile: Profile, one: Catalogue | None) -> Iterator[Problem]:
    """That a profile follows clauses that exist; a document of which no clause is listed is the site's own."""
    known: dict[str, set[str]] = {}
    for standard in one.standards.values() if one else ():
        for source in standard.source:
            known.setdefault(source.document, set()).add(source.clause)
    for path, part in walk(profile):
        if isinstance(part, Source) and part.clause.strip() and part.clause not in known.get(part.document, {part.clause}):
            what = say("`{d}` 没有条款「{c}」", "`{d}` has no clause `{c}`", d=part.document, c=part.clause)
            near = meant(part.clause, known[part.document])
            fix = say("是不是 `{m}`?", "did you mean `{m}`?", m=near) if near else say("已有 {k}", "there are {k}", k=listed(sorted(known[part.document])))
            yield spot.at(*path, "clause").problem("source.unlisted", what, fix)

