"""What a report says of its audit: sites, files, policies; and at the end the values in force, how scores come about, what was sampled."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CoverSite:
    """One site on the cover: id, name (None where no roster names it), zone, profile, as-of in local time as people write it."""

    site: str
    name: str | None
    zone: str
    profile: str
    as_of: str


@dataclass(frozen=True, slots=True)
class CoverFile:
    """One table of the data: read = accepted + rejected + duplicates + superseded; `record` is the title of its record type,
    None where it was not recognised. `sha256` is the whole file's."""

    file: str
    sheet: str
    record: str | None
    read: int
    accepted: int
    rejected: int
    duplicates: int
    superseded: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Cover:
    """What is audited, up to when, by what. `number` is the report number (PZ-2026-10-001: the runs of that period in the
    history, and this one). `incomplete` says why the audit is not complete; empty where it is. `reason` is why personal data is
    shown, None where it is masked. 编制/审核/批准 are signed on paper: the renderer leaves room for them."""

    number: str
    title: str
    period: str
    sites: tuple[CoverSite, ...]
    files: tuple[CoverFile, ...]
    tool: str
    policies: int
    policies_hash: str
    profiles: tuple[tuple[str, str], ...]
    """(name, hash)."""
    incomplete: tuple[str, ...]
    reason: str | None
    previous: str | None
    """The period of the earlier run that changes are measured from."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A value in force: where it comes from is `origin` (a clause, or a profile with its approver)."""

    policy: str
    parameter: str
    site_profile: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Appendix:
    """Texts of the rules (Rule.text), values in force, how scores are computed (paragraphs), what was checked whole, what by sample and
    what is left to inspection (paragraphs)."""

    values: tuple[InForce, ...]
    calculation: tuple[str, ...]
    sampling: tuple[str, ...]
    by_inspection: tuple[tuple[str, str], ...]
    """(standard, title): left to a person's inspection."""
