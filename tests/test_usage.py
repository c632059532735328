"""What the command line refuses: in the language asked for, with the way out, and exit code 2."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from checker.cli import main

WRONG = {
    "audti": ("没有命令 `audti`;是不是 `audit`?", "there is no command `audti`; did you mean `audit`?"),
    "audit": ("没有写 `DATA`;写成 `checker audit [OPTIONS] DATA...`", "`DATA` is not given; write `checker audit [OPTIONS] DATA...`"),
    "audit x --fail-on majr": ("`--fail-on` 不能是 `majr`;是不是 `major`?", "`--fail-on` cannot be `majr`; did you mean `major`?"),
    "audit x --perod 2026": ("`checker audit` 没有选项 `--perod`;是不是 `--period`?", "`checker audit` has no option `--perod`; did you mean `--period`?"),
    "audit x --period": ("`--period` 后面没有值;写 `--period …`", "`--period` has no value; write `--period …`"),
    "audit x --unmask=1": ("`--unmask` 不带值;只写 `--unmask`", "`--unmask` takes no value; write `--unmask` alone"),
    "validate nowhere.yaml": ("没有 nowhere.yaml;检查 `PATHS` 的路径", "there is no nowhere.yaml; look at the path (`PATHS`)"),
    "validate --format xml": ("`--format` 不能是 `xml`;可写 `text`, `json`, `github`", "`--format` cannot be `xml`; there are `text`, `json`, `github`"),
    "explain a b": ("多写了 `b`;写成 `checker explain [OPTIONS] POLICY`", "there is too much: `b`; write `checker explain [OPTIONS] POLICY`"),
    "validate --lang fr": ("`--lang` 不能是 `fr`;可写 `zh`, `en`", "`--lang` cannot be `fr`; there are `zh`, `en`"),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_command_line_is_refused_in_the_language_asked_for(
    line: str, lang: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHECKER_LANG", lang)
    monkeypatch.setattr(sys, "argv", ["checker", *line.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    out, said = capsys.readouterr()
    assert ended.value.code == 2
    assert out == ""
    assert said.startswith(WRONG[line][lang == "en"])
    assert len(said.splitlines()) == 1
    assert not re.search(r"Error|Usage|Try|Invalid", said)


def test_the_flag_says_the_language_also_of_a_wrong_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CHECKER_LANG", "zh")
    monkeypatch.setattr(sys, "argv", ["checker", "explain", "--lang", "en"])
    with pytest.raises(SystemExit):
        main()
    assert "`POLICY` is not given" in capsys.readouterr().err
