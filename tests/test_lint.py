"""Every lint has a page with a bad and a good example; each bad one gets exactly that lint at its line, each good one none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from checker.cli import cli
from checker.lint import LINTS, PREFIX, lint
from checker.load import Book, load_book

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "lints.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^## (\S+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^```yaml (bad|good)\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = [(name, sort, text) for name, body in SECTION.findall(PAGE) for sort, text in EXAMPLE.findall(body)]
USUAL = {
    "id": "trial.first", "standard": "visit.twice-per-year", "title": "{zh: 试, en: trial}", "source": "[{document: steward-standard, clause: 客服拜访 1}]",
    "severity": "{level: minor, reason: {zh: 试, en: trial}}",
}  # fmt: skip


@pytest.fixture(scope="module")
def base() -> Book:
    return load_book([ROOT / "policies"])


def whole(entries: str) -> str:
    """The example as a file: what every policy says is added at the end of each entry that does not say it."""
    if entries.startswith("format:"):
        return entries
    listed = re.split(r"^(?=- )", entries, flags=re.MULTILINE)[1:]
    done = [one + "".join(f"  {key}: {value}\n" for key, value in USUAL.items() if not re.search(rf"^[- ] {key}:", one, re.MULTILINE)) for one in listed]
    return "format: policies/1\npolicies:\n" + "".join(done)


def linted(tmp_path: Path, text: str, base: Book) -> list[tuple[str, int]]:
    path = tmp_path / "policies.yaml"
    path.write_text(text, encoding="utf-8")
    return [(one.id, one.where.line) for one in lint(load_book([path], base))]


def test_the_page_shows_every_lint_bad_and_good() -> None:
    assert [(name, sort) for name, sort, _ in EXAMPLES] == [(name, sort) for name in LINTS for sort in ("bad", "good")]


@pytest.mark.parametrize(("name", "sort", "entries"), EXAMPLES, ids=[f"{name}-{sort}" for name, sort, _ in EXAMPLES])
def test_a_bad_example_gets_exactly_its_lint_at_its_line_and_a_good_one_none(name: str, sort: str, entries: str, tmp_path: Path, base: Book) -> None:
    text = whole(entries)
    marked = [(PREFIX + name, number) for number, line in enumerate(text.splitlines(), 1) if line.endswith("#!")]
    assert len(marked) == (sort == "bad")
    assert linted(tmp_path, text, base) == marked


DEADLINE = "- kind: deadline\n  for_each: ticket\n  starts: received_at\n  ends: arrived_at\n"
CALL = "{record: callback, match: {ticket_ids: ticket_id}}"
JUDGED = "  judged_at: closed_at\n  where: {category: repair}\n"
ASKED = "- kind: requirement\n  for_each: ticket\n"


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        (ASKED + "  where: {reopened_count: {at_least: 3, at_most: 2}}\n  require: {content: {present: true}}", "never-holds"),
        (ASKED + "  where: {reopened_count: {at_least: 2, at_most: 2}}\n  require: {content: {present: true}}", None),
        (ASKED + "  where: {reopened_count: {more_than: 2, at_most: 2}}\n  require: {content: {present: true}}", "never-holds"),
        (ASKED + "  where: {content: {present: false, is: a}}\n  require: {category: repair}", "never-holds"),
        (ASKED + "  where: {category: repair, any_of: [{category: complaint}, {urgency: urgent}]}\n  require: {content: a}", "never-holds"),
        (ASKED + "  where: {category: repair}\n  excused_when: {category: complaint}\n  require: {content: a}", "never-holds"),
        (ASKED + "  where: {received_at: {no_earlier_than: 2026-02-01, no_later_than: 2026-01-01}}\n  require: {content: a}", "never-holds"),
        (ASKED + "  where: {category: repair}\n  require: {exists: {record: callback, match: {ticket_ids: ticket_id}, where: {attitude_score: {less_than: 0}}}}\n  judged_at: closed_at", "never-holds"),
        (ASKED + "  where: {category: repair}\n  require: {category: {one_of: [repair, complaint]}}", "always-holds"),
        (ASKED + "  where: {category: repair}\n  forbidden: {category: complaint}", "always-holds"),
        (ASKED + "  where: {category: {one_of: [repair, complaint]}}\n  require: {category: {one_of: [repair, basic]}}", None),
        (ASKED + "  where: {urgency: {one_of: [urgent, normal, planned]}}\n  require: {content: a}", "always-holds"),
        (ASKED + "  where: {any_of: [{category: repair}, {category: {none_of: [repair]}}]}\n  require: {content: a}", "always-holds"),
        (ASKED + "  where: {any_of: [{category: repair}, {category: {none_of: [complaint]}}]}\n  require: {content: a}", None),
        (ASKED + "  where: {reopened_count: {at_most: 2}}\n  require: {reopened_count: {at_least: 3}}", "where-excludes-require"),
        (ASKED + "  where: {category: repair, not: {category: repair}}\n  require: {content: a}", "never-holds"),
        (ASKED + "  where: {category: repair, not: {category: basic}}\n  require: {content: a}", "always-holds"),
        (ASKED + "  where: {category: repair, not: {content: a}}\n  require: {content: b}", None),
        (ASKED + "  where: {category: repair}\n  require: {not: {all_of: [{content: a}, {urgency: urgent}]}}", None),
        (ASKED + JUDGED + f"  require: {{all_of: [{{exists: {CALL}}}, {{none_exists: {CALL}}}]}}", "never-holds"),
        (ASKED + JUDGED + f"  require: {{any_of: [{{exists: {CALL}}}, {{none_exists: {CALL}}}]}}", "always-holds"),
        (ASKED + JUDGED + f"  require: {{any_of: [{{exists: {CALL}}}, {{none_exists: {CALL.replace('match', 'where: {result: reached}, match')}}}]}}", None),
        (ASKED + JUDGED + f"  require: {{number_of: {CALL}, at_least: 0}}", "always-holds"),
        (ASKED + JUDGED + f"  require: {{number_of: {CALL}, at_least: 1}}", None),
        (ASKED + JUDGED + f"  require: {{any_of: [{{content: a}}, {{number_of: {CALL}, at_least: 0}}]}}", "always-holds"),
        (ASKED + JUDGED + f"  require: {{sum: {CALL.replace('}}', '}, field: attitude_score}')}, at_least: 0}}", "always-holds"),
        (ASKED + "  where: {any_of: [{category: repair}, {category: basic}]}\n  require: {category: complaint}", "where-excludes-require"),
        (ASKED + "  where: {any_of: [{category: repair}, {category: basic}]}\n  require: {category: basic}", None),
        (ASKED + "  where: {any_of: [{category: repair}, {urgency: urgent}]}\n  require: {category: complaint}", None),
        (ASKED + "  where: {category: repair}\n  excused_when: {category: {one_of: [repair, basic]}}\n  require: {content: a}", "always-holds"),
        (ASKED + "  where: {category: repair}\n  excused_when: {category: repair, urgency: urgent}\n  require: {content: a}", None),
        (ASKED + "  where: {category: repair}\n  forbidden: {category: {one_of: [repair, basic]}}", "where-excludes-require"),
        (ASKED + "  where: {category: repair, all_of: [{category: {one_of: [repair, basic]}}]}\n  require: {content: a}", "always-holds"),
        (ASKED + "  where: {reopened_count: {at_least: 2, at_most: 5}}\n  require: {content: a}", None),
        (ASKED + "  where: {reopened_count: {at_least: 3, more_than: 1}}\n  require: {content: a}", "always-holds"),
        (ASKED + "  judged_at: closed_at\n  where: {arrived_at: {no_later_than: {field: received_at, plus: 1 hour}, no_earlier_than: {field: received_at, plus: 2 hours}}}\n  require: {content: a}", "never-holds"),
        (ASKED + "  judged_at: closed_at\n  where: {arrived_at: {no_later_than: {field: received_at, plus: 2 hours}, no_earlier_than: {field: received_at, plus: 1 hour}}}\n  require: {content: a}", None),
        (ASKED + "  where: {received_by: {same_as: handled_by, different_from: handled_by}}\n  require: {content: a}", "never-holds"),
        (DEADLINE + "  within: $limit\n  parameters: {limit: {unit: hours, values: [{value: 30}]}}\n  counted_in: hotline_hours", "wrong-clock"),
        (DEADLINE + "  within: 23 hours\n  counted_in: hotline_hours", None),
        (DEADLINE + "  within: $limit\n  parameters: {limit: {values: [{value: 48 hours}, {from: 2026-01-01, value: 2 calendar days}]}}", "wrong-clock"),
        (DEADLINE + "  within: 2 hours\n  because: [{otherwise: true, zh: 迟了, en: 迟了 late}]", "missing-translation"),
    ],
)  # fmt: skip
def test_what_is_suspicious_and_what_is_not(entries: str, found: str | None, tmp_path: Path, base: Book) -> None:
    assert [name for name, _ in linted(tmp_path, whole(entries + "\n"), base)] == ([PREFIX + found] if found else [])


def test_validate_tells_lints_and_ends_with_2_only_where_strict(tmp_path: Path) -> None:
    path = tmp_path / "policies.yaml"
    path.write_text(whole(next(text for name, sort, text in EXAMPLES if (name, sort) == ("wrong-clock", "bad"))), encoding="utf-8")
    for strict, code in (((), 0), (("--strict",), 2)):
        done = CliRunner().invoke(cli, ["validate", str(path), "--lang", "en", *strict])
        assert done.exit_code == code
        assert "policies.yaml:7:11: `48 hours` is counted only in `hotline_hours`: it takes several days (wrong-clock)" in done.output
    github = CliRunner().invoke(cli, ["validate", str(path), "--format", "github"]).output
    assert github.startswith("::warning file=")


@pytest.mark.parametrize("paths", [[], ["examples/it-service-desk"], ["fixtures/refused/book"]], ids=str)
def test_what_is_shipped_gets_no_lint(paths: list[str]) -> None:
    done = CliRunner().invoke(cli, ["validate", "--strict", "--lang", "en", *(str(ROOT / one) for one in paths)])
    assert (done.exit_code, done.output) == (0, "no errors\n")
