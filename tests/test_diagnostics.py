"""How problems are shown: text with a caret, JSON, GitHub annotations."""

from __future__ import annotations

import json

from checker.errors import Problem, Where, say
from checker.load.strict import read
from checker.report.diagnostics import render, width


def problem(excerpt: str = "", line: int = 3, column: int = 5, length: int = 1, file: str = "政策.yaml") -> Problem:
    where = Where(file, line, column, length, excerpt)
    return Problem(where, "x.y", say("这里不对", "this is wrong"), say("改成 `b`", "write `b`"))


def test_a_problem_is_shown_with_the_line_before_it_a_caret_and_the_way_out() -> None:
    shown = render([problem("for_each: call\nwhere: {ab: c}", 7, 9, 2)], "text", "en")
    assert shown.splitlines() == [
        "政策.yaml:7:9: this is wrong",
        "    6 | for_each: call",
        "    7 | where: {ab: c}",
        "      |         ^^",
        "      = write `b`",
    ]


def test_the_caret_stands_under_its_word_after_chinese_text() -> None:
    line = "title: {zh: 铃响两声内接听, en: no}"
    lines = render(read(line, "x.yaml").problems, "text", "zh").splitlines()
    shown, carets = lines[-3], lines[-2]
    assert width(carets[: carets.index("^")]) == width(shown[: shown.index("no}")])
    assert carets.count("^") == 2


def test_a_chinese_word_has_two_carets_a_character() -> None:
    lines = render([problem("键: 值", 1, 1, 1)], "text", "zh").splitlines()
    assert lines[-2].count("^") == 2


def test_a_long_line_is_cut_around_the_place() -> None:
    line = "x" * 500 + " wrong " + "y" * 500
    lines = render([problem(line, 1, 502, 5)], "text", "en").splitlines()
    shown, carets = lines[-3], lines[-2]
    assert len(shown) < 140
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "wrong"


def test_a_problem_of_a_whole_file_has_one_line() -> None:
    assert render([problem(line=0, column=0)], "text", "en") == "政策.yaml: this is wrong; write `b`"


def test_problems_are_sorted_by_place_and_shown_once() -> None:
    problems = [problem(line=10, column=1), problem(line=9, column=1), problem(line=10, column=1)]
    assert [line.split(":")[1] for line in render(problems, "text", "en").splitlines()] == ["9", "10"]


def test_json_has_a_version_ids_places_and_both_languages() -> None:
    found = json.loads(render([problem(length=4)], "json", "zh"))
    assert found == {
        "schema_version": 1,
        "problems": [
            {
                "id": "x.y", "level": "error", "file": "政策.yaml", "sheet": "", "line": 3, "column": 5, "length": 4,
                "message": {"zh": "这里不对", "en": "this is wrong"}, "fix": {"zh": "改成 `b`", "en": "write `b`"},
            }
        ],
    }  # fmt: skip


def test_no_problems_are_an_empty_list_in_json_and_nothing_in_text() -> None:
    assert json.loads(render([], "json", "en")) == {"schema_version": 1, "problems": []}
    assert (render([], "text", "en"), render([], "github", "en")) == ("", "")


def test_a_github_annotation_escapes_what_would_end_it() -> None:
    where = Where("a,b:c%.yaml", 2, 4, 3)
    said = render([Problem(where, "x.y", say("1", "10 % is\nwrong: a,b"), say("", ""))], "github", "en")
    assert said == "::error file=a%2Cb%3Ac%25.yaml,line=2,col=4,endColumn=7,title=x.y::10 %25 is%0Awrong: a,b"


def test_a_problem_without_a_file_is_annotated_without_a_place() -> None:
    assert render([problem(file="", line=0)], "github", "en") == "::error title=x.y::this is wrong; write `b`"
