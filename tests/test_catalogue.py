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


OWN = """format: catalogue/1
documents: {house-rules: {title: {zh: 公司制度, en: House rules}}}
standards:
  house.answer:
    title: {zh: 接听, en: Answer}
    source: [{document: house-rules, clause: "4"}, {document: operator-procedure, clause: "1.2"}]
    status: automated
    policies: [house.answer]
"""


def beside_shipped(tmp_path: Path, catalogue: str, *policies: str) -> list[str]:
    """What `--policies shipped --policies FOLDER` says of a company's own folder."""
    if catalogue:
        (tmp_path / "catalogue.yaml").write_text(catalogue, encoding="utf-8")
    for number, policy in enumerate(policies):
        (tmp_path / f"{number}.yaml").write_text(policy, encoding="utf-8")
    return [one.line("en").split(": ", 1)[1] for one in examine([ROOT / "policies", tmp_path])[1]]


def test_a_company_adds_its_own_standard_beside_the_shipped_ones(tmp_path: Path) -> None:
    policy = POLICY.format(id="house.answer", standard="house.answer")
    both = policy.replace("source: [", 'source: [{document: operator-procedure, clause: "1.2"}, ')
    assert beside_shipped(tmp_path, OWN, policy) == []
    assert beside_shipped(tmp_path, OWN, both) == []


def test_a_company_adds_a_policy_without_a_catalogue(tmp_path: Path) -> None:
    cites = POLICY.replace("house-rules, clause: \"4\"", "operator-procedure, clause: \"1.2\"")
    assert beside_shipped(tmp_path, "", cites.format(id="house.answer", standard="house.answer")) == []


def test_a_company_adds_a_second_policy_of_a_shipped_standard(tmp_path: Path) -> None:
    cites = POLICY.replace("house-rules, clause: \"4\"", "operator-procedure, clause: \"1.2\"")
    own = POLICY.format(id="house.answer", standard="house.answer")
    assert beside_shipped(tmp_path, OWN, own, cites.format(id="telephone.own-rings", standard="telephone.answer-within-rings")) == []


def test_an_own_catalogue_beside_the_shipped_one_is_still_held_against_its_policies(tmp_path: Path) -> None:
    misspelt = POLICY.format(id="house.answer", standard="house.answr")
    said = beside_shipped(tmp_path, OWN.replace("operator-procedure", "operator-procedur"), misspelt)
    assert any("there is no standard `house.answr`; did you mean `house.answer`?" in one for one in said)
    assert any("there is no document `operator-procedur`; did you mean `operator-procedure`?" in one for one in said)


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
