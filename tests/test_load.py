"""Reading files that people write: scalars, everything wrong at once, and files held against each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.errors import CheckerError, Problem
from checker.load import examine, load_book, load_file, load_profile, read, understood, validate
from checker.load.source import REFUSED
from checker.load.strict import read as strict

ROOT = Path(__file__).parent.parent
POLICIES = ROOT / "policies"
DICTIONARY = ROOT / "fixtures" / "refused" / "book"

POLICY = """\
- id: {id}
  standard: {id}
  title: {{zh: 铃响两声内接听, en: Answer within two rings}}
  source: [{{document: operator-procedure, clause: "1.2"}}]
  severity: {{level: major, reason: {{zh: 第一印象, en: first impression}}}}
  kind: requirement
  for_each: call
  require: {require}
"""


def policies(*requires: str) -> str:
    return "format: policies/1\npolicies:\n" + "".join(POLICY.format(id=f"call.number-{index}", require=one) for index, one in enumerate(requires))


def written(folder: Path, text: str | bytes, name: str = "policies.yaml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def ids(problems: list[Problem] | tuple[Problem, ...]) -> list[str]:
    return [one.id for one in problems]


# --- scalars ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True), ("false", False), ("0", 0), ("7", 7), ("-3", -3), ("123456789012345678", 123456789012345678),
        ("answered", "answered"), ("two words", "two words"), ("2017-05-01", "2017-05-01"), ("2026-10-05T09:00:00", "2026-10-05T09:00:00"),
        ("2026-10-31T24:00", "2026-10-31T24:00"), ("10 %", "10 %"), ("5 minutes", "5 minutes"), ("$max", "$max"), ("1.2.3", "1.2.3"), ("a: no space", None),
        ('"no"', "no"), ("'010'", "010"), ('"21:00"', "21:00"), ('"1.5"', "1.5"), ('""', ""), ('"~"', "~"), ("接听", "接听"), ("-", None), ("3-1201", "3-1201"),
        ("nobody", "nobody"), ("none", "none"), ("once", "once"), ("offline", "offline"), ("yesterday", "yesterday"),
    ],
)  # fmt: skip
def test_a_scalar_is_a_flag_a_whole_number_or_text(word: str, value: object) -> None:
    source = strict(f"key: {word}\n", "x.yaml")
    if value is None:
        assert source.problems
    else:
        assert (source.problems, source.data) == ((), {"key": value})
        assert type(source.data["key"]) is type(value)


@pytest.mark.parametrize(
    ("word", "id"),
    [
        ("no", "yaml.flag"), ("No", "yaml.flag"), ("NO", "yaml.flag"), ("yes", "yaml.flag"), ("on", "yaml.flag"), ("off", "yaml.flag"), ("y", "yaml.flag"),
        ("N", "yaml.flag"), ("True", "yaml.flag"), ("FALSE", "yaml.flag"), ("010", "yaml.leading-zero"), ("007", "yaml.leading-zero"), ("08", "yaml.leading-zero"),
        ("9:30", "yaml.time"), ("09:30", "yaml.time"), ("22:30", "yaml.time"), ("1:30:00", "yaml.time"), ("24:00", "yaml.time"), ("0.1", "yaml.decimal"),
        ("1.10", "yaml.decimal"), (".5", "yaml.decimal"), ("1.", "yaml.decimal"), ("1.5e3", "yaml.decimal"), ("1e3", "yaml.number"), ("0x1F", "yaml.number"),
        ("0o17", "yaml.number"), ("0b1", "yaml.number"), ("1_000", "yaml.number"), ("1,000", "yaml.number"), ("+5", "yaml.number"), (".inf", "yaml.number"),
        ("-.INF", "yaml.number"), (".nan", "yaml.number"), ("9" * 19, "yaml.number"), ("9" * 5000, "yaml.number"), ("~", "yaml.empty"), ("null", "yaml.empty"),
        ("NULL", "yaml.empty"), ("", "yaml.empty"), ("=", "yaml.number"), ("<<", "yaml.merge"), ("１２", "yaml.wide-digits"), ("１０ ％", "yaml.wide-digits"),
        ("“a”", "yaml.wide-quote"), ("［a, b］", "yaml.wide-bracket"), ("｛a｝", "yaml.wide-bracket"), ("!!int 3", "yaml.tag"), ("&a b", "yaml.alias"), ("*a", "yaml.alias"),
    ],
)  # fmt: skip
def test_what_other_readers_take_for_something_else_is_refused(word: str, id: str) -> None:
    source = strict(f"first: 1\nkey: {word}\n", "x.yaml")
    assert ids(source.problems) == [id]
    assert source.problems[0].where.line == 2
    assert source.data == {"first": 1, "key": REFUSED} or id == "yaml.alias"


def test_keys_are_text_as_written() -> None:
    source = strict("off: 1\n4: 2\nyes: 3\n接听人: 4\n", "x.yaml")
    assert (source.data, source.problems) == ({"off": 1, "4": 2, "yes": 3, "接听人": 4}, ())


def test_a_byte_order_mark_and_windows_line_ends_make_no_difference() -> None:
    assert strict("\ufeffa: 1\r\nb: [2]\r\n".encode(), "x.yaml").data == {"a": 1, "b": [2]}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("电话: 接听".encode("gb18030"), "GB18030"), ("a: 1".encode("utf-16"), "UTF-16"), (b"a: \xff\xfe", "UTF-8"), (b"a: \x00", "NUL"),
        ("a: b\u200bc".encode(), "U+200B"), (b"a: " + b"x" * 2_000_000, "2000000"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_plain_text_is_named_for_what_it_is(raw: bytes, words: str) -> None:
    (problem,) = strict(raw, "x.yaml").problems
    assert words in problem.what.en
    assert words in problem.what.zh


# --- everything at once ----------------------------------------------------------------------------------------------


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = policies("{outcom: answered}", "{ring_count: {max: 3}}", "{note: no}", "{outcome: answered}").replace("level: major", "level: mayor", 1)
    base, _ = examine([DICTIONARY])
    problems = validate([written(tmp_path, text)], base)
    assert [(one.where.line, one.id) for one in problems] == [
        (7, "word.unknown"), (10, "field.unknown"), (18, "operator.unknown"), (26, "yaml.flag"),
    ]  # fmt: skip
    fixed = text.replace("mayor", "major")
    assert [one.id for one in validate([written(tmp_path, fixed)], base)] == ["field.unknown", "operator.unknown", "yaml.flag"]


MANY = """\
format: policies/1
policies:
- id: own.one
  standard: own.one
  title: {zh：一, en: One}
  source: [{document: operator-procedure, clause: 1.2}]
  severity：{level: mayor, reason: {zh: 一, en: one}}
  kind: requirment
  for_each: call
  where：{directio: inbound}
  require: {outcom: answered, ring_count: {at_mst: 3}}
  requir: 1
- id: own.two
  standard: own.two
  title: {zh: 一, en: One}
  source: [{document: operator-procedur, clause: "1.2"}]
  severity: {level: mayor, reason: {zh: 一, en: one}}
  kind: rate
  share_of: {record: call, tme: ring_start_at}
  that: {outcom: answered}
  per: montly
  group_by: [Site Id, nobody_has_this]
- id: own.three
  standard: own.three
  title: {zh: 一, en: One}
  severity: {level: minor, reason: {zh: 一, en: one}}
  kind: requirement
  for_each: call
  starts: ring_start_a
  require: {outcome: {one_of: [answerd, missed]}}
  parameters:
    limit: {unit: rings, value: 2, valeu: 3}
    unused: {unit: rings, value: 2}
  excused_when: {ring_count: {at_most: $limit}, note: $nothing}
"""


def test_no_layer_of_problems_hides_the_next_inside_one_policy(tmp_path: Path) -> None:
    """Chinese colons, a misspelt kind, odd keys and values, names that nobody has: all at once, and none that only follows."""
    base, _ = examine([DICTIONARY])
    found = validate([written(tmp_path, MANY)], base)
    assert [(one.where.line, one.where.column, one.id) for one in found] == [
        (5, 13, "yaml.wide-colon"), (6, 51, "yaml.decimal"), (7, 11, "yaml.wide-colon"), (7, 20, "word.unknown"), (8, 9, "word.unknown"),
        (10, 8, "yaml.wide-colon"), (10, 10, "field.unknown"), (11, 13, "field.unknown"), (11, 44, "operator.unknown"), (12, 3, "key.unknown"), (13, 3, "rate.target"),
        (16, 23, "document.unknown"), (17, 21, "word.unknown"), (19, 28, "key.unknown"), (20, 10, "field.unknown"), (21, 8, "period.unknown"),
        (22, 14, "name.form"), (22, 23, "field.unknown"),
        (23, 3, "key.missing"), (29, 3, "requirement.ripens"), (30, 32, "value.word"), (32, 36, "key.unknown"), (34, 55, "parameter.unknown"),
    ]  # fmt: skip


def test_with_every_problem_of_the_first_reading_mended_no_more_come_to_light(tmp_path: Path) -> None:
    base, _ = examine([DICTIONARY])
    right = MANY
    for wrong, put in [
        ("zh：一", "zh: 一"), ("clause: 1.2}", 'clause: "1.2"}'), ("severity：{", "severity: {"), ("mayor", "major"), ("requirment", "requirement"),
        ("where：{directio:", "where: {direction:"), ("outcom:", "outcome:"), ("at_mst", "at_most"), ("  requir: 1\n", ""), ("procedur,", "procedure,"),
        (", tme: ring_start_at", ""), ("montly", "month"), ("[Site Id, nobody_has_this]", "[site_id]"), ("  starts: ring_start_a\n", ""),
        ("answerd", "answered"), (", valeu: 3", ""), ("$nothing", '"x"'), ("  per: month", "  at_least: 10 %\n  per: month"),
        ("  severity: {level: minor", '  source: [{document: operator-procedure, clause: "1.2"}]\n  severity: {level: minor'),
    ]:  # fmt: skip
        assert wrong in right, wrong
        right = right.replace(wrong, put)
    assert ids(validate([written(tmp_path, right)], base)) == []


def test_what_is_wrong_in_one_part_of_a_mapping_hides_no_wrong_name_in_another(tmp_path: Path) -> None:
    base, _ = examine([DICTIONARY])
    text = "format: mappings/1\nfiles:\n- {file: a.csv, record: call, dates: ymd, columns: {接听: ring_cont}}\n- {file: b.csv, record: cal, colums: {}}\n"
    assert [(one.where.line, one.id) for one in validate([written(tmp_path, text)], base)] == [
        (3, "word.unknown"), (3, "field.unknown"), (4, "record.unknown"), (4, "key.unknown"),
    ]  # fmt: skip


def test_an_entry_that_is_no_yaml_hides_no_problem_of_the_others() -> None:
    text = policies("{outcome: answered", "{note: no}", "{outcome: missed}}", "{note: 1.5}")
    loaded = understood(strict(text, "x.yaml"))
    assert [(one.where.line, one.id) for one in sorted(loaded.source.problems)] == [(10, "yaml.bracket"), (18, "yaml.flag"), (26, "yaml.bracket"), (34, "yaml.decimal")]


def test_problems_of_several_files_are_sorted_by_file_and_line(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml"):
        written(tmp_path, policies("{note: no}", "{note: 1.5}").replace("call.number", f"call.{name[0]}"), name)
    base, _ = examine([DICTIONARY])
    assert [(Path(one.where.file).name, one.where.line) for one in validate([tmp_path], base)] == [("a.yaml", 10), ("a.yaml", 18), ("b.yaml", 10), ("b.yaml", 18)]


def test_a_value_that_was_refused_is_not_refused_twice(tmp_path: Path) -> None:
    text = policies("{outcome: answered}").replace("zh: 铃响两声内接听", "zh: 1.5").replace("kind: requirement", "kind: no")
    assert ids(understood(strict(text, "x.yaml")).source.problems) == ["yaml.decimal", "yaml.flag"]


def test_names_of_what_could_not_be_read_are_not_called_unknown(tmp_path: Path) -> None:
    written(tmp_path, (DICTIONARY / "call.yaml").read_text().replace("key: [call_id]", "key: call_id"), "call.yaml")
    written(tmp_path, policies("{outcom: answered}"))
    base, _ = examine([DICTIONARY / "catalogue.yaml", DICTIONARY / "staff.yaml"])
    assert [(Path(one.where.file).name, one.id) for one in validate([tmp_path], base)] == [("call.yaml", "value.kind")]


def test_a_field_that_could_not_be_read_is_not_called_unknown_the_others_are(tmp_path: Path) -> None:
    written(tmp_path, (DICTIONARY / "call.yaml").read_text().replace("note: {type: text", "note: {type: string"), "call.yaml")
    written(tmp_path, policies("{note: {present: true}}", "{outcom: answered}"))
    base, _ = examine([DICTIONARY / "catalogue.yaml", DICTIONARY / "staff.yaml"])
    assert [(Path(one.where.file).name, one.id) for one in validate([tmp_path], base)] == [("call.yaml", "word.unknown"), ("policies.yaml", "field.unknown")]


def test_a_file_with_very_many_problems_names_the_first_and_counts_the_rest(tmp_path: Path) -> None:
    base, _ = examine([DICTIONARY])
    problems = validate([written(tmp_path, policies(*["{outcom: answered}"] * 250))], base)
    assert len(problems) == 201
    assert "50" in problems[-1].what.en


# --- files -----------------------------------------------------------------------------------------------------------


def test_the_shipped_files_have_no_problem() -> None:
    book, problems = examine([POLICIES])
    assert problems == []
    assert len(book.policies) >= 25
    assert len(book.profiles) == 3


@pytest.mark.parametrize("profile", ["residential", "industrial-park", "office-tower"])
def test_a_shipped_profile_sets_everything_that_is_left_to_the_site(profile: str) -> None:
    assert validate([POLICIES], None, profile) == []


def test_a_profile_that_leaves_a_parameter_unset_is_told_which(tmp_path: Path) -> None:
    text = (DICTIONARY / "profile.yaml").read_text().replace("grace: 1", "").replace("ring_cycle: 5, ", "ring_cycle: 5")
    base, _ = examine([DICTIONARY])
    requires = policies("{rings: {at_most: 3}}")
    problems = validate([written(tmp_path, text, "profile.yaml"), written(tmp_path, requires)], base, "residential")
    assert [(one.id, one.what.en) for one in problems] == [("parameter.unset", "parameter `grace` of `call` is set by site; profile `residential` does not set it")]


def test_a_profile_that_does_not_exist_is_told_with_the_one_meant() -> None:
    (problem,) = validate([POLICIES], None, "residental")
    assert problem.fix.en == "did you mean `residential`?"


def test_the_book_knows_where_everything_stands() -> None:
    book, _ = examine([DICTIONARY])
    where = book.where("policy", "callback.rate", "parameters", "min_rate", "floor")
    assert (Path(where.file).name, where.line) == ("policies.yaml", 12)
    assert book.where("record", "call", "fields", "rings", key=True).line == 21
    assert book.where("record", "weather").file == ""


def test_own_record_types_win_over_those_of_the_base(tmp_path: Path) -> None:
    own = (DICTIONARY / "call.yaml").read_text().replace("note: {type: text, columns: [说明]}", "weather: {type: text, columns: [天气]}")
    base, _ = examine([DICTIONARY])
    book = load_book([written(tmp_path, own, "call.yaml"), written(tmp_path, policies("{weather: fine}"))], base)
    assert "weather" in book.records["call"].fields
    assert [policy.id for policy in book.policies] == ["call.number-0"]


def test_loading_a_book_with_problems_raises_all_of_them(tmp_path: Path) -> None:
    with pytest.raises(CheckerError) as caught:
        load_book([written(tmp_path, policies("{note: no}", "{note: 1.5}"))], examine([DICTIONARY])[0])
    assert ids(caught.value.problems) == ["yaml.flag", "yaml.decimal"]


@pytest.mark.parametrize("name", ["nowhere", "nowhere.yaml"])
def test_a_path_that_does_not_exist_is_refused(tmp_path: Path, name: str) -> None:
    for load in (lambda path: examine([path]), load_file, load_profile):
        with pytest.raises(CheckerError, match="there is no"):
            load(tmp_path / name)


def test_a_folder_named_like_a_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").mkdir()
    (problem,) = read(tmp_path / "x.yaml").source.problems
    assert problem.id == "file.unreadable"


def test_a_record_type_is_no_profile() -> None:
    with pytest.raises(CheckerError, match="is not a profile file"):
        load_profile(DICTIONARY / "call.yaml")


def test_an_empty_folder_has_neither_policies_nor_problems(tmp_path: Path) -> None:
    book, problems = examine([tmp_path])
    assert (book.policies, problems) == ((), [])


def test_hidden_folders_are_not_read(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    written(tmp_path / ".git", "no yaml: [")
    assert examine([tmp_path])[1] == []


def test_two_hundred_kilobytes_of_policies_are_read(tmp_path: Path) -> None:
    text = policies(*["{outcome: answered, ring_count: {at_most: 3}}"] * 600)
    assert len(text.encode()) > 200_000
    book, problems = examine([written(tmp_path, text)], examine([DICTIONARY])[0])
    assert (len(book.policies), problems) == (600, [])


# --- Chinese punctuation and names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "id", "fix"),
    [
        ("a: ｛b: 1｝", "yaml.wide-bracket", "write `{ }`"), ("a: ［1，2］", "yaml.wide-bracket", "write `[ ]`"), ("a∶ 1\nb: 2", "yaml.wide-colon", "write `a: 1`"),
        ("a﹕1\nb: 2", "yaml.wide-colon", "write `a: 1`"), ("＃ note\na: 1", "yaml.wide-hash", "write `#`"), ("a: {b：1，c：2}", "yaml.wide-colon", "write `b: 1, c: 2`"),
        ("a: 1 ＃ note", "yaml.wide-hash", "write `#`, or put the whole text in quotes where it belongs to it"),
        ("a: \"x”", "yaml.wide-quote", "write `\"x\"`"), ("a: [“x”，“y”]", "yaml.wide-quote", "write `\"x\", \"y\"`"),
        ("a: ２０ minutes", "yaml.wide-digits", "write `20 minutes`"), ("a: 2026－10－01", "yaml.wide-digits", "write `2026-10-01`"),
        ("a: １２：３０", "yaml.wide-digits", "write `\"12:30\"`"), ("－ a: 1", "yaml.wide-dash", "write `- `"),
        ("a: 25:00", "yaml.time", "write `\"00:00\"` to `\"24:00\"`; put other text in quotes: `\"25:00\"`"),
    ],
)  # fmt: skip
def test_chinese_punctuation_is_told_for_what_it_is(text: str, id: str, fix: str) -> None:
    (problem,) = strict(text, "x.yaml").problems
    assert (problem.id, problem.fix.en) == (id, fix)


@pytest.mark.parametrize("text", ["a: 【通知】请看", "a: 3＃楼", "a: 〔x〕", "a: “引”和文", "a: 长江—黄河", "a: 第２０条"])
def test_chinese_punctuation_inside_a_text_is_text(text: str) -> None:
    source = strict(text, "x.yaml")
    assert (source.problems, source.data) == ((), {"a": text.removeprefix("a: ")})


@pytest.mark.parametrize(
    ("wrong", "fix"),
    [("for_each: 电话记录", "did you mean `call`?"), ("require: {接听状态: answered}", "did you mean `outcome`?"), ("require: {outcome: {one_of: 【answered，missed】}}",
     "did you type Chinese brackets? write `[answered, missed]`")],
)  # fmt: skip
def test_the_chinese_name_of_a_column_or_record_type_is_told_by_its_code(wrong: str, fix: str, tmp_path: Path) -> None:
    base, _ = examine([POLICIES])
    text = policies("{outcome: answered}")
    key = wrong.split(":")[0]
    text = "\n".join(f"  {wrong}" if line.startswith(f"  {key}:") else line for line in text.splitlines()) + "\n"
    assert fix in [one.fix.en for one in validate([written(tmp_path, text)], base)]
