"""Data quality: what was doubtful, what was not judged and why, what the policies themselves excuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.errors import say
from checker.policy.kinds import subject_type
from checker.report.audit.model import Doubt, Exemption, Quality
from checker.report.audit.told import Told
from checker.report.phrases import Phrases
from checker.report.text import REASONS


def quality(told: Told) -> Quality:
    kinds = tuple((kind[told.lang], int(kind["findings"])) for kind in told.run.summary["quality"])
    return Quality(kinds, tuple(_notes(told)), tuple(one for policy in told.run.summary["policies"] for one in _doubts(told, policy)))


def _notes(told: Told) -> Iterator[str]:
    """Coverage, and rows that nobody saw."""
    summary, lang = told.summary, told.lang
    for record, one in summary["coverage"].items():
        named = told.book.records[record].title.text[lang] if record in told.book.records else record
        if not one["stated"]:
            yield say("{r}:没有说明覆盖时间,按期间至截至时刻计", "{r}: coverage is not stated; taken as the period up to as-of", r=named)[lang]
        elif one["partial"]:
            yield say("{r}:只覆盖期间的一部分,其余时间没有审核", "{r}: covers a part of the period; the rest is not audited", r=named)[lang]
    for path, rows in summary["hidden_after_as_of"].items():
        yield say("{f}:{n} 行晚于截至时刻,未计入", "{f}: {n} rows lie after as-of and are not seen", f=path, n=rows)[lang]


def _doubts(told: Told, one: Mapping[str, Any]) -> Iterator[Doubt]:
    """Why obligations of one policy were not judged, or not due."""
    rule, lang = told.rules[one["policy"]], told.lang
    if one["missing_records"]:
        types = told.book.records
        named = [types[record].title.text[lang] if record in types else say("可累计的不合格项", "findings to count")[lang] for record in one["missing_records"]]
        yield Doubt(rule, "no records", None, say("没有{r}", "no records: {r}", r={"zh": "、", "en": ", "}[lang].join(named))[lang])
    for field, number in one["unknown_fields"].items():
        yield Doubt(rule, "unknown", number, say("缺「{f}」", "lacks {f}", f=told.writer.lacking(one["policy"], field, lang))[lang])
    if one["pending"]:
        yield Doubt(rule, "pending", one["pending"], say("截至时刻未到期", "not due by as-of")[lang])
    for reason, number in one["not_applicable_reasons"].items():
        yield Doubt(rule, "not applicable", number, REASONS.get(reason, say(reason, reason))[lang])
    if not one["obligations"] and not one["not_applicable"] and not one["missing_records"]:
        yield Doubt(rule, "not applicable", 0, say("本期没有符合条件的记录", "no record of the period meets its conditions")[lang])


def exemptions(told: Told) -> Iterator[Exemption]:
    """What the policies themselves excuse, by rule and site."""
    for (policy, site), counts in told.figures.now.counts.items():
        if counts.get("exempt"):
            yield Exemption(told.rules[policy], site, counts["exempt"], _excuse(told, policy))


def _excuse(told: Told, policy: str) -> str:
    """The condition that excuses, in words."""
    one = told.policies[policy]
    excuse = getattr(one, "excused_when", None)
    return Phrases(told.book.records, told.lang, one).condition(subject_type(one), excuse) if excuse else ""
