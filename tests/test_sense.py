"""Values of the right kind that say nothing: refused where they stand, with what would do."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.errors import CheckerError
from checker.load import load_book, validate
from checker.settings import settle

ROOT = Path(__file__).parent.parent
BOOK = load_book([ROOT / "policies"])

HEAD = """format: policies/1
policies:
- id: own.one
  standard: own.one
  title: {zh: 一, en: One}
  source: [{document: operator-procedure, clause: "1.2"}]
  severity: {level: minor, reason: {zh: 一, en: one}}
"""
REQUIREMENT = "  kind: requirement\n  for_each: call\n"
DEADLINE = "  kind: deadline\n  for_each: ticket\n  starts: received_at\n  ends: dispatched_at\n"
RATE = "  kind: rate\n  share_of: {record: call}\n  that: {outcome: answered}\n  per: month\n  group_by: [site_id]\n"
VISITS = "  kind: frequency\n  for_each: customer\n  expects: {record: visit, match: {unit_id: unit_id}}\n"
RINGS = "  require: {ring_count: {at_most: $limit}}\n  parameters: {limit: {unit: rings, value: -2}}\n"

POLICIES = [
    (REQUIREMENT + "  require: {ring_count: {at_most: -1}}\n", "`-1` is too small; at least 0"),
    (REQUIREMENT + RINGS, "`-2` is too small; at least 0"),
    (DEADLINE + "  within: 0 minutes\n", "`0 minutes` has no length; write more than 0"),
    (DEADLINE + "  within: $limit\n  parameters: {limit: {unit: minutes, value: 0}}\n", "`0` is too small; at least 1"),
    (RATE + "  at_least: 150 %\n", "`150 %` is more than 100 %; write at most `100 %`"),
    (RATE + "  at_least: $t\n  parameters: {t: {unit: share, value: 0 %}}\n", "`0 %` demands nothing; write more than `0 %`"),
    (RATE + "  at_least: 50 %\n  min_sample: 0\n", "`0` is too small; at least 1"),
    (VISITS + "  every: year\n  at_least: $n\n  parameters: {n: {unit: visits, value: 0}}\n", "`0` is too small; at least 1"),
    (VISITS + "  never_without_for: 0 calendar days\n", "`0 calendar days` has no length; write more than 0"),
]


def said(path: Path, text: str) -> list[str]:
    path.write_text(text, encoding="utf-8")
    return [one.line("en").split(": ", 1)[1] for one in validate([path], BOOK)]


@pytest.mark.parametrize(("policy", "sentence"), POLICIES)
def test_a_policy_whose_value_says_nothing_is_refused(policy: str, sentence: str, tmp_path: Path) -> None:
    assert said(tmp_path / "own.yaml", HEAD + policy) == [sentence]


@pytest.mark.parametrize("policy", [
    REQUIREMENT + "  require: {ring_count: {at_most: 0}}\n", DEADLINE + "  within: same day\n", RATE + "  at_most: 0 %\n", RATE + "  at_least: 100 %\n",
    RATE.replace("{outcome: answered}", "{sum_of: ring_count, over: ring_count}") + "  at_least: 150 %\n",
])  # fmt: skip
def test_a_value_on_the_edge_of_sense_is_accepted(policy: str, tmp_path: Path) -> None:
    assert said(tmp_path / "own.yaml", HEAD + policy) == []


@pytest.mark.parametrize(("settings", "sentence"), [
    ("set: {call: {ring_cycle: 0}}", "`0` is too small; at least 1"), ("set: {call: {grace: [{from: 2020-01-01, value: -1}]}}", "`-1` is too small; at least 0"),
    ("set: {telephone.answer-within-rings: {max_rings: -2}}", "`-2` is too small; at least 0"), ("points: {minor: -1}", "`-1` is too small; at least 0"),
])  # fmt: skip
def test_a_profile_cannot_set_a_value_that_says_nothing(settings: str, sentence: str, tmp_path: Path) -> None:
    assert sentence in said(tmp_path / "own.yaml", f"format: profiles/1\nprofile: own\n{settings}\n")


@pytest.mark.parametrize("key", ["max_unknown", "max_rejected"])
def test_a_share_of_more_than_everything_is_refused_with_where_it_was_said(key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(CheckerError, match=r"`150 %` is more than 100 % \(`max_\w+`, flag\); write `0 %` to `100 %`"):
        settle({key: "150 %"}, tmp_path).share(key)
    monkeypatch.setenv(f"CHECKER_{key.upper()}", "150 %")
    with pytest.raises(CheckerError, match="environment"):
        settle({}, tmp_path).share(key)


def test_a_parameter_of_a_record_type_that_a_policy_reads_in_passing_must_be_set_too(tmp_path: Path) -> None:
    """A rate over calls and a deadline that a call ends need the ring cycle as much as a requirement for each call."""
    for policy in (RATE + "  at_least: 50 %\n", DEADLINE.replace("dispatched_at", "{record: call}") + "  within: 5 minutes\n"):
        own = tmp_path / "own.yaml"
        own.write_text(HEAD + policy, encoding="utf-8")
        profile = tmp_path / "profile.yaml"
        profile.write_text("format: profiles/1\nprofile: bare\n", encoding="utf-8")
        found = [one.what.en for one in validate([own, profile], BOOK, "bare")]
        assert "parameter `ring_cycle` of `call` is set by site; profile `bare` does not set it" in found


def test_a_mapping_whose_constant_its_field_cannot_hold_is_refused(tmp_path: Path) -> None:
    text = "format: mappings/1\nfiles:\n- {file: a.csv, record: call, constants: {ring_start_at: 昨天, ring_count: many, outcome: 已接听}}\n"
    assert said(tmp_path / "m.yaml", text) == [
        "`ring_start_at` is an instant, not `昨天`; write for example `2026-10-05T09:00:00`", "`ring_count` is a count of rings, not `many`; write a whole number",
        "`outcome` is never `已接听`; in policies it is called `answered`",
    ]  # fmt: skip


@pytest.mark.parametrize(("form", "reader"), [("mappings/1\nfiles: [{file: a.csv, record: call}]\n", "mapping_of"), ("profiles/1\nprofile: own\n", "_profile")])
def test_a_mapping_or_profile_is_read_once(form: str, reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from checker import commands, load

    reads: list[Path] = []
    real = load.read
    monkeypatch.setattr(load, "read", lambda path: (reads.append(path), real(path))[1])
    (tmp_path / "own.yaml").write_text(f"format: {form}", encoding="utf-8")
    assert getattr(commands, reader)(tmp_path / "own.yaml", BOOK)
    assert reads == [tmp_path / "own.yaml"]
