"""What is in force at a site: values of parameters with their source, policies, and what sources cover, as stretches of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from checker.calendars import day_start
from checker.errors import refuse, say
from checker.plan import BEGINNING, FOREVER, Audit, Site
from checker.policy.conditions import Condition
from checker.policy.kinds import Base
from checker.policy.records import DatedValue, ParameterSpec, RecordType
from checker.policy.typed import typed

Series = list[tuple[int, int, object]]
"""(from, until, value), UTC microseconds, half-open."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One case of a parameter: the condition under which it is chosen, and its typed series by site."""

    when: Condition | None
    series: dict[str, Series]


def spec_of(owner: Base | RecordType, parameter: str) -> ParameterSpec:
    return owner.parameters[parameter]


def owner_id(owner: Base | RecordType) -> str:
    return owner.record if isinstance(owner, RecordType) else owner.id


def slots(owner: Base | RecordType, parameter: str, audit: Audit, policy: Base | None = None) -> list[Slot]:
    """The cases of a parameter in the order in which they are tried: the profile's, then the document's. `policy` is the
    one that reads a record type's parameter: a site at which it is not in force need not set what it reads."""
    spec = spec_of(owner, parameter)
    document = list(_document(spec))
    profiles = {site.id: list(_setting(owner, parameter, spec, site, policy)) for site in audit.sites}
    mine = [one for listed in profiles.values() for one in listed]
    if all(one.when is None for one in [*document, *mine]):
        return [Slot(None, {site.id: _series([*document, *profiles[site.id]], None, spec, site) for site in audit.sites})]
    whose = [(when, profiles) for when in _whens(mine)] + [(when, {site.id: document for site in audit.sites}) for when in _whens(document)]
    return [Slot(when, {site.id: _series(by_site[site.id], when, spec, site) for site in audit.sites}) for when, by_site in whose]


def choices(owner: Base | RecordType, parameter: str, site: Site, instant: int, policy: Base | None = None) -> Iterator[tuple[DatedValue, bool]]:
    """(value, whether the profile sets it) of those dated to an instant, in the order in which they are tried: of each case the one
    that stands, the profile's cases before the document's."""
    spec = spec_of(owner, parameter)
    document, mine = list(_document(spec)), list(_setting(owner, parameter, spec, site, policy))
    if all(one.when is None for one in [*document, *mine]):
        dated = [(one, own) for listed, own in ((document, False), (mine, True)) for one in listed if _dated(one, site, instant)]
        yield from dated[-1:]
        return
    for listed, own in ((mine, True), (document, False)):
        for when in _whens(listed):
            yield from [(one, own) for one in listed if one.when == when and _dated(one, site, instant)][-1:]


def _dated(value: DatedValue, site: Site, instant: int) -> bool:
    start, end = _stretch(value, site)
    return start <= instant < end


def _stretch(value: DatedValue, site: Site) -> tuple[int, int]:
    """The instants from which and until which a value is in force."""
    start = day_start(site.zone, value.from_.number) if value.from_ else BEGINNING
    return start, day_start(site.zone, value.until.number + 1) if value.until else FOREVER


def _whens(values: Iterable[DatedValue]) -> list[Condition | None]:
    """The conditions of some values, each once, the one that always holds at the end."""
    found: list[Condition | None] = []
    for one in values:
        if one.when not in found:
            found.append(one.when)
    return sorted(found, key=lambda when: when is None)


def _document(spec: ParameterSpec) -> Iterable[DatedValue]:
    if spec.values:
        yield from _by_start(spec.values)
    elif not spec.set_by_site and spec.value is not None:
        yield DatedValue.model_construct(value=spec.value)


def _setting(owner: Base | RecordType, parameter: str, spec: ParameterSpec, site: Site, policy: Base | None) -> Iterable[DatedValue]:
    """What the site's profile sets. Raises CheckerError where it must and does not."""
    setting = site.profile.set.get(owner_id(owner), {}).get(parameter)
    if setting is None:
        reader = policy or (owner if isinstance(owner, Base) else None)
        if spec.set_by_site and (reader is None or in_force(reader, site)):
            raise unset(owner_id(owner), parameter, site)
        return
    values = _by_start(setting) if isinstance(setting, tuple) else [DatedValue.model_construct(value=setting)]
    if spec.set_by_site and not any(_meets(one, site) for one in values):
        raise unset(owner_id(owner), parameter, site)
    yield from values


def _meets(value: DatedValue, site: Site) -> bool:
    """Whether a value is in force at some time of the site's period."""
    start, end = _stretch(value, site)
    return start < max(site.until, site.as_of) and end > site.first


def _by_start(values: Iterable[DatedValue]) -> list[DatedValue]:
    return sorted(values, key=lambda value: value.from_.number if value.from_ else BEGINNING)


def unset(owner: str, parameter: str, site: Site) -> Exception:
    facts = {"o": owner, "p": parameter, "s": site.id, "f": site.profile.profile}
    return refuse(
        "parameter.unset",
        say("`{o}` 的参数 `{p}` 由项目设定,项目 `{s}` 的方案 `{f}` 没有设",
            "parameter `{p}` of `{o}` is set by site, and profile `{f}` of site `{s}` does not set it", **facts),
        say("在方案的 `set:` 下写 `{o}: {{{p}: …}}`", "write `{o}: {{{p}: …}}` under `set:` of the profile", **facts),
    )  # fmt: skip


def _series(settings: list[DatedValue], when: Condition | None, spec: ParameterSpec, site: Site) -> Series:
    series: Series = []
    for setting in (one for one in settings if one.when == when):
        start, end = _stretch(setting, site)
        value = replace(typed(setting.value, spec.unit), said=_said(setting, spec))
        series = [piece for old in series for piece in _outside(old, start, end)]
        series.append((start, end, value))
    return sorted(series, key=lambda piece: piece[0])


def _said(setting: DatedValue, spec: ParameterSpec) -> str:
    """A value as people wrote it and where it comes from: `2 rings (operator-procedure 1.2)`."""
    unit = f" {spec.unit}" if isinstance(setting.value, int) and not isinstance(setting.value, bool) else ""
    origin = [f"{setting.source.document} {setting.source.clause}"] if setting.source else []
    origin += [setting.approved_by] if setting.approved_by else []
    return f"{setting.value}{unit}" + (f" ({', '.join(origin)})" if origin else "")


def _outside(old: tuple[int, int, object], start: int, end: int) -> Iterable[tuple[int, int, object]]:
    if old[0] < start:
        yield (old[0], min(old[1], start), old[2])
    if old[1] > end:
        yield (max(old[0], end), old[1], old[2])


def joined(stated: Iterable[tuple[int | None, int | None]]) -> Iterable[tuple[int, int]]:
    """Stretches in order, those that touch or overlap laid together; one without length covers nothing."""
    low: int | None = None
    high = BEGINNING
    ends = ((BEGINNING if a is None else a, FOREVER if b is None else b) for a, b in stated)
    for start, until in sorted(pair for pair in ends if pair[0] < pair[1]):
        if low is None or start > high:
            if low is not None:
                yield low, high
            low, high = start, until
        high = max(high, until)
    if low is not None:
        yield low, high


def at(series: Iterable[tuple[int, int, object]], instant: int) -> object:
    """The value of a series at an instant, or None."""
    for start, end, value in series:
        if start <= instant < end:
            return value
    return None


def in_force(policy: Base, site: Site) -> Series:
    """When the policy is selected and effective at a site."""
    chosen = any(fnmatchcase(policy.id, glob) for glob in site.profile.policies)
    if not chosen or any(fnmatchcase(policy.id, off.policy) for off in site.profile.off):
        return []
    spell = policy.effective
    start = day_start(site.zone, spell.from_.number) if spell and spell.from_ else BEGINNING
    end = day_start(site.zone, spell.until.number + 1) if spell and spell.until else FOREVER
    return [(start, end, True)]


__all__ = ["Series", "Slot", "at", "choices", "in_force", "joined", "owner_id", "slots", "spec_of", "unset"]
