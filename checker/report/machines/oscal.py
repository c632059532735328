"""Findings as OSCAL assessment results: each an observation, each policy a finding about the standard that it stands for.

Identities are name-based (UUID 5): of an observation by the fingerprint, so that it is the same in every run that finds it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from checker import __version__
from checker.calendars import audit_period, day_start
from checker.report.explain import cited
from checker.report.machines.rows import Handed
from checker.report.machines.streamed import streamed

VERSION = "1.2.3"
SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:service-standards-checker:oscal")
NS = "urn:service-standards-checker"
OBSERVATIONS, FINDINGS = "\x00observations", "\x00findings"
PLAN = "plan"


def findings(handed: Handed) -> Iterator[str]:
    """The document, in pieces."""
    seen: dict[str, list[str]] = {}
    return streamed(_document(handed), {OBSERVATIONS: lambda: _observations(handed, seen), FINDINGS: lambda: _findings(handed, seen)})


def identity(*parts: str) -> str:
    return str(uuid.uuid5(SPACE, "\x1f".join(parts)))


def control(standard: str) -> str:
    """A standard as the name of a control, which may not begin with a digit."""
    return "_" + standard if standard[:1].isdigit() else standard


def _document(handed: Handed) -> Mapping[str, Any]:
    run, zh = handed.run, handed.lang == "zh"
    period = str(run.manifest["period"])
    found = {
        "uuid": identity("document", run.manifest["files"]["findings.parquet"]["sha256"], handed.lang, str(handed.reason)),
        "metadata": {
            "title": f"服务标准核查结果 {period}" if zh else f"Service standards, audit of {period}", "last-modified": _last(handed), "version": period,
            "oscal-version": VERSION, "props": [_prop("tool", f"service-standards-checker {__version__}"), *_unmasked(handed)],
            "locations": [{"uuid": identity("site", site["site"]), "title": site.get("name") or site["site"]} for site in handed.summary["sites"]],
        },
        "import-ap": {"href": "#" + identity(PLAN, period)}, "results": [_result(handed, period)],
        "back-matter": {"resources": [_plan(handed, period)]},
    }  # fmt: skip
    return {"assessment-results": found}


def _unmasked(handed: Handed) -> list[Mapping[str, str]]:
    return [_prop("unmasked", handed.reason)] if handed.reason and handed.reason.strip() else []


def _plan(handed: Handed, period: str) -> Mapping[str, Any]:
    """What stands for an assessment plan: the policies, with the clauses that they check."""
    lines = [f"{policy.id}: {policy.title.text[handed.lang]} ({'; '.join(cited(one, handed.book, handed.lang) for one in policy.source)})" for policy in handed.book.policies]
    return {"uuid": identity(PLAN, period), "title": "政策" if handed.lang == "zh" else "Policies", "description": "\n\n".join(lines)}


def _result(handed: Handed, period: str) -> Mapping[str, Any]:
    listed = handed.run.summary["policies"]
    judged = [control(one["standard"]) for one in listed if not one["missing_records"]]
    lacking = sorted({control(one["standard"]) for one in listed if one["missing_records"]} - set(judged))
    selection: dict[str, Any] = {"include-controls": [{"control-id": name} for name in sorted(set(judged))]}
    if lacking:
        selection |= {"description": "排除的标准缺少所需记录" if handed.lang == "zh" else "the excluded standards lack their records",
                      "exclude-controls": [{"control-id": name} for name in lacking]}  # fmt: skip
    return {
        "uuid": identity("result", period, *(site["site"] for site in handed.run.summary["sites"])), "title": period,
        "description": f"{period}:{len(set(judged))} 条标准" if handed.lang == "zh" else f"{period}: {len(set(judged))} standards",
        "start": _first(handed, period), "end": _last(handed), "reviewed-controls": {"control-selections": [selection]},
        "observations": [OBSERVATIONS], "findings": [FINDINGS],
    }  # fmt: skip


def _first(handed: Handed, period: str) -> str:
    first = audit_period(period).first
    return _utc(min(day_start(site["zone"], first) for site in handed.run.summary["sites"]))


def _last(handed: Handed) -> str:
    """The latest as-of: the instant up to which the records speak, never that of the export."""
    return max(str(site["as_of"]) for site in handed.run.summary["sites"])


def _utc(instant: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)).isoformat().replace("+00:00", "Z")


def _observations(handed: Handed, seen: dict[str, list[str]]) -> Iterator[Mapping[str, Any]]:
    """Every finding; notes for each policy the identities of its own."""
    last = _last(handed)
    for row in handed.rows():
        one = _observation(row, handed.lang, last)
        seen.setdefault(row["policy"], []).append(one["uuid"])
        yield one


def _observation(row: Mapping[str, Any], lang: str, last: str) -> dict[str, Any]:
    when = row["decided_at"] or row["occurred_at"]
    place = f"{row['file']}{'[' + row['sheet'] + ']' if row['sheet'] else ''}:{row['row']}" if row["file"] else ""
    named = ("policy", "verdict", "severity", "points", "accountable", "team_id", "subject", "ordinal", "measured", "limit", "unit", "missing", "waived_by", "fingerprint")
    found: dict[str, Any] = {
        "uuid": identity("observation", row["fingerprint"]), "title": row["id"],
        "description": row[f"sentence_{lang}"] or f"{row['policy']}: {row['subject']} {row['ordinal']}".strip(),
        "props": [_prop(name.replace("_", "-"), row[name]) for name in named if str(row[name] or "").strip()], "methods": ["EXAMINE"],
        "subjects": [{"subject-uuid": identity("site", row["site_id"]), "type": "location", "title": row["site_id"]}],
        "collected": _as_utc(when) if when else last,
    }  # fmt: skip
    return found | ({"relevant-evidence": [{"description": place}]} if place else {})


def _as_utc(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat().replace("+00:00", "Z")


def _findings(handed: Handed, seen: Mapping[str, list[str]]) -> Iterator[Mapping[str, Any]]:
    """One for each policy that was judged and is not wholly pending, by the counts of the summary."""
    for one in handed.run.summary["policies"]:
        if one["missing_records"] or one["obligations"] == one["pending"]:
            continue
        title = handed.policies[one["policy"]].title.text[handed.lang]
        words = ("obligations", "pass", "fail", "pending", "unknown", "exempt")
        status = {"state": "satisfied" if not one["fail"] and not one["unknown"] else "not-satisfied",
                  "reason": "fail" if one["fail"] else "other" if one["unknown"] else "pass"}  # fmt: skip
        found = {
            "uuid": identity("finding", one["policy"], str(handed.run.manifest["period"]), *(site["site"] for site in handed.run.summary["sites"])),
            "title": title, "description": f"{title}: " + ", ".join(f"{word} {one[word]}" for word in words),
            "props": [_prop("policy", one["policy"]), *(_prop(word, one[word]) for word in words)],
            "target": {"type": "objective-id", "target-id": control(one["standard"]), "title": title, "status": status},
        }  # fmt: skip
        related = [{"observation-uuid": name} for name in seen.get(one["policy"], ())]
        yield found | ({"related-observations": related} if related else {})


def _prop(name: str, value: object) -> Mapping[str, str]:
    return {"name": name, "ns": NS, "value": " ".join(str(value).split())}


__all__ = ["VERSION", "control", "findings", "identity"]
