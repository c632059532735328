"""The catalogue: every standard of the documents is in it once, with its clauses and its status, and is held against the policies."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from checker.load import examine, load_book

ROOT = Path(__file__).parent.parent
BOOK = load_book([ROOT / "policies"])
CATALOGUE = BOOK.catalogue
assert CATALOGUE is not None
STANDARDS = CATALOGUE.standards

POLICY = """format: policies/1
policies:
- id: {id}
  standard: {standard}
  title: {{zh: 铃响两声内接听, en: Answer within two rings}}
  source: [{{document: house-rules, clause: "4"}}]
  severity: {{level: major, reason: {{zh: 第一印象, en: first impression}}}}
  accountable: {{first_present: [staff_id]}}
  kind: requirement
  for_each: call
  require: {{outcome: answered}}
"""
LIST = """format: catalogue/1
documents: {house-rules: {title: {zh: 公司制度, en: House rules}}}
standards:
  telephone.answer: {title: {zh: 接听, en: Answer}, source: [{document: house-rules, clause: "4"}], status: automated, policies: [telephone.answer]}
"""


def problems(tmp_path: Path, **policy: str) -> list[str]:
    (tmp_path / "policies.yaml").write_text(POLICY.format(**policy), encoding="utf-8")
    (tmp_path / "catalogue.yaml").write_text(LIST, encoding="utf-8")
    return [one.line("en").split(": ", 1)[1] for one in examine([tmp_path], BOOK)[1]]


def test_a_policy_of_a_listed_standard_is_accepted(tmp_path: Path) -> None:
    assert problems(tmp_path, id="telephone.answer", standard="telephone.answer") == []


def test_a_policy_whose_standard_is_not_listed_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, id="telephone.answer", standard="telephone.answered") == [
        "there is no standard `telephone.answered`; did you mean `telephone.answer`?"
    ]


def test_a_policy_that_its_standard_does_not_list_is_refused(tmp_path: Path) -> None:
    said = problems(tmp_path, id="telephone.answer.again", standard="telephone.answer")
    assert "standard `telephone.answer` does not list policy `telephone.answer.again`; add it to `policies:` of that standard in catalogue.yaml" in said


def test_all_standards_are_there() -> None:
    assert len(STANDARDS) == 343  # 326 found first, 14 found when those were read against the documents, 3 that hold a part of another
    assert Counter(standard.split(".")[0] for standard in STANDARDS)["complaint"] == 36


def test_every_title_is_one_of_its_own_and_in_its_own_language() -> None:
    for zh in (True, False):
        titles = [one.title.zh if zh else one.title.en for one in STANDARDS.values()]
        assert [title for title, number in Counter(titles).items() if number > 1] == []
        assert [title for title in titles if bool(re.search(r"[\u4e00-\u9fff]", title)) is not zh] == []


def test_every_document_has_a_standard_and_every_area_stands_together() -> None:
    assert CATALOGUE is not None
    cited = {source.document for one in STANDARDS.values() for source in one.source}
    assert set(CATALOGUE.documents) == cited
    areas = [standard.split(".")[0] for standard in STANDARDS]
    assert len(list(dict.fromkeys(areas))) == sum(1 for left, right in zip(["", *areas], areas, strict=False) if left != right)


def test_reasons_are_given_where_nothing_can_be_checked_and_nowhere_else() -> None:
    assert [name for name, one in STANDARDS.items() if (one.reason is not None) != (one.status == "not-checkable")] == []
