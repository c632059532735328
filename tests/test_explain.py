"""Policies said as a person would: no English word for a length or a unit in Chinese, and the value in force inline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.load import load_book
from checker.policy.values import Duration
from checker.report.explain import explain
from checker.report.phrases import amount
from checker.report.sentences import Writer

ROOT = Path(__file__).parent.parent
BOOK = load_book([ROOT / "policies"])
PROFILE = BOOK.profiles["residential"]
ENGLISH = re.compile(r"\b(seconds?|minutes?|hours?|days?|weeks?|months?|years?|rings|times|visits|checks|attempts)\b")


@pytest.mark.parametrize("policy", BOOK.policies, ids=lambda one: one.id)
def test_a_chinese_explanation_says_lengths_and_units_in_chinese(policy: object) -> None:
    text = explain(policy, BOOK, PROFILE, "zh")  # type: ignore[arg-type]
    said = "\n".join(line for line in text.splitlines()[1:] if not line.startswith("  "))
    assert not ENGLISH.findall(said)


@pytest.mark.parametrize("policy", BOOK.policies, ids=lambda one: one.id)
def test_every_cited_document_stands_with_its_title(policy: object) -> None:
    for lang in ("zh", "en"):
        text = explain(policy, BOOK, PROFILE, lang)  # type: ignore[arg-type]
        for source in policy.source:  # type: ignore[attr-defined]
            assert BOOK.catalogue.documents[source.document].title.text[lang] in text
            assert source.clause in text


def test_the_value_of_the_profile_stands_in_the_sentence() -> None:
    policy = next(one for one in BOOK.policies if one.id == "visit.twice-per-year")
    assert "每年至少 2 次" in explain(policy, BOOK, PROFILE, "zh")
    assert "相隔 30 个日历日" in explain(policy, BOOK, PROFILE, "zh")
    assert "最短间隔,见取值" in explain(policy, BOOK, None, "zh")


@pytest.mark.parametrize(
    ("written", "said"),
    [("5 minutes", "5 分钟"), ("1 hour", "1 小时"), ("3 working days", "3 个工作日"), ("30 calendar days", "30 个日历日"), ("9 months", "9 个月"), ("same day", "当日")],
)
def test_lengths_are_said_in_chinese(written: str, said: str) -> None:
    assert amount(Duration.parse(written), "zh") == said
    assert amount(Duration.parse(written), "en") == written


@pytest.mark.parametrize(("lang", "said"), [("zh", "其「工号」是不合格项的「责任人」"), ("en", "its staff id is person accountable of the finding")])
def test_a_ladder_is_told_in_words_of_people(lang: str, said: str) -> None:
    policy = next(one for one in BOOK.policies if one.id == "escalation.repeat-violation-written-warning")
    text = explain(policy, BOOK, None, lang)
    assert said in text
    assert "#finding" not in text
    assert {"zh": "→ 书面警告并存档", "en": "→ written warning on file"}[lang] in text


@pytest.mark.parametrize(
    ("policy", "path", "zh", "en"),
    [
        ("onboarding.step-order", "at", "操作时间", "at"), ("onboarding.step-order", "event_type", "节点", "event type"),
        ("onboarding.step-order", "category", "需求类别", "category"), ("escalation.repeat-violation-written-warning", "accountable", "责任人", "person accountable"),
        ("escalation.repeat-violation-written-warning", "look_back", "累计的时间", "how far it looks back"),
    ],
)
def test_what_an_unknown_of_a_sequence_or_a_ladder_lacks_has_its_title(policy: str, path: str, zh: str, en: str) -> None:
    writer = Writer({one.id: one for one in BOOK.policies}, BOOK.records, {})
    assert (writer.lacking(policy, path, "zh"), writer.lacking(policy, path, "en")) == (zh, en)
