"""The cover: what was audited, up to when, from which files, by which policies."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from checker.errors import say
from checker.policy.values import Instant
from checker.report.audit.model import Cover, CoverFile, CoverSite
from checker.report.audit.told import Told
from checker.report.sentences import moment

TITLE = say("月度品质审核报告", "Quality audit report")


def cover(told: Told) -> Cover:
    manifest, summary, lang = told.run.manifest, told.summary, told.lang
    hashes = {(told.masks.text(one["file"]), told.some(one["sheet"])): one["sha256"] for one in manifest["data"]}
    past = told.figures.past
    return Cover(
        number=f"PZ-{summary['period']}-{told.figures.again_of_period + 1:03}", title=_title(told), period=summary["period"],
        sites=tuple(_site(site, lang) for site in summary["sites"]),
        files=tuple(_file(told, one, hashes.get((one["file"], one["sheet"]), "")) for one in summary["files"]),
        tool=f"{manifest['tool']['name']} {manifest['tool']['version']}", policies=len(summary["policies"]), policies_hash=_hash(manifest["policies"]),
        profiles=tuple((name, manifest["profiles"].get(name, "")) for name in sorted({site["profile"] for site in summary["sites"]})),
        incomplete=tuple(line[lang] for line in summary["incomplete"]), reason=told.reason, previous=past[-1][1].period if past else None,
    )  # fmt: skip


def _hash(policies: Mapping[str, str]) -> str:
    """One hash of all policies: of what `manifest.json` lists, in the order of ids."""
    listed = "".join(f"{policy} {digest}\n" for policy, digest in sorted(policies.items()))
    return hashlib.sha256(listed.encode()).hexdigest()


def _title(told: Told) -> str:
    """`月度` is said of a month only."""
    period = str(told.run.summary["period"])
    month = len(period) == 7 and period[4] == "-" and period[5:].isdigit()
    return TITLE[told.lang] if month or told.lang == "en" else TITLE.zh.removeprefix("月度")


def _site(site: dict[str, Any], lang: str) -> CoverSite:
    as_of = Instant.parse(site["as_of"])
    said = moment(as_of.local - (as_of.offset or 0) - 1, site["zone"], lang)
    return CoverSite(site["site"], site.get("name"), site["zone"], site["profile"], said)


def _file(told: Told, one: dict[str, Any], sha256: str) -> CoverFile:
    kind = told.book.records.get(one["record"] or "")
    title = kind.title.text[told.lang] if kind else one["record"]
    return CoverFile(one["file"], one["sheet"] or "", title, one["read"], one["accepted"], one["rejected"], one["duplicates"], one["superseded"], sha256)
