"""Where each option's value comes from: flag, else environment, else `checker.toml`, else default."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from checker import __version__
from checker.errors import LANGUAGES, Text, Where, nearest, refuse, say
from checker.policy.kinds import LEVELS
from checker.policy.values import Share

FILE = "checker.toml"
LISTS = frozenset({"policies", "mapping", "select", "history", "waivers"})
DEFAULTS: Mapping[str, Any] = {
    "profile": None, "period": None, "as_of": None, "policies": ("shipped",), "mapping": (), "select": (), "history": (), "waivers": (), "baseline": None, "out": None,
    "fail_on": "advisory", "max_unknown": "5 %", "max_rejected": "5 %", "lang": "zh",
}  # fmt: skip
CHOICES = {"fail_on": (*LEVELS, "never"), "lang": LANGUAGES}
ORIGINS = {
    "flag": Text("命令行", "flag"), "environment": Text("环境变量", "environment"),
    "file": Text(FILE, FILE), "default": Text("默认", "default"),
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """Resolved options and, for each, where it came from."""

    values: Mapping[str, Any]
    origins: Mapping[str, str]

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def share(self, key: str) -> Fraction:
        """An option that is a share. Raises CheckerError."""
        facts = {"k": key, "v": self.values[key], "o": ORIGINS[self.origins[key]]}
        try:
            found = Share.parse(str(self.values[key])).value
        except ValueError as error:
            what = say("`{k}` 的值 `{v}` 不是比率({z})", "`{v}` is not a share (`{k}`, {e})", z=facts["o"].zh, e=facts["o"].en, **facts)
            raise refuse("option.share", what, say("例如写 `5 %`", "write for example `5 %`")) from error
        if found > 1:
            what = say("`{k}` 的值 `{v}` 超过 100 %({z})", "`{v}` is more than 100 % (`{k}`, {e})", z=facts["o"].zh, e=facts["o"].en, **facts)
            raise refuse("option.share", what, say("写 `0 %` 到 `100 %`", "write `0 %` to `100 %`"))
        return found


def settle(flags: Mapping[str, Any], folder: Path | None = None) -> Settings:
    """Weigh the flags given (absent ones are None or empty) against environment, project file and defaults."""
    written = _project(folder or Path.cwd())
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for key, default in DEFAULTS.items():
        environment = os.environ.get(f"CHECKER_{key.upper()}")
        given = (("flag", flags.get(key)), ("environment", _split(key, environment)), ("file", written.get(key)), ("default", default))
        origin, value = next(((origin, value) for origin, value in given if value not in (None, (), "")), ("default", default))
        values[key], origins[key] = (tuple(value) if key in LISTS and value else value), origin
    return Settings(values, origins)


def _split(key: str, text: str | None) -> Any:
    if text is None or key not in LISTS:
        return text
    return tuple(part for part in text.split(os.pathsep) if part)


def _project(folder: Path) -> Mapping[str, Any]:
    """The project file's values; paths in it are relative to it."""
    path = folder / FILE
    if not path.is_file():
        return {}
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise refuse("project.form", say("读不懂:{e}", "cannot be read: {e}", e=error), say("改正这一行", "mend that line"), Where(FILE)) from error
    needed = written.pop("requires", None)
    if needed is not None and str(needed) != __version__:
        raise refuse(
            "project.version",
            say("项目要求版本 {n},现在是 {v}", "the project needs version {n}, this is {v}", n=needed, v=__version__),
            say("装 {n},或改 `requires`", "install {n}, or change `requires`", n=needed), Where(FILE),
        )  # fmt: skip
    for key, value in written.items():
        if key in DEFAULTS and not _fits(key, value):
            what = say("`{k}` 的值 `{v}` 不能用", "`{v}` is no value for `{k}`", k=key, v=value)
            said = " | ".join(CHOICES[key]) if key in CHOICES else '["…"]' if key in LISTS else '"…"'
            raise refuse("project.value", what, say("写 {s}", "write {s}", s=said), Where(FILE))
        if key not in DEFAULTS:
            meant = nearest(key, DEFAULTS)
            hint = say("是不是 `{m}`?", "did you mean `{m}`?", m=meant) if meant else say("可用 {k}", "there are {k}", k=", ".join(DEFAULTS))
            raise refuse("project.key", say("没有 `{k}` 这一项", "there is no key `{k}`", k=key), hint, Where(FILE))
    return {key: _listed(key, value) for key, value in written.items()}


def _fits(key: str, value: Any) -> bool:
    """Whether a value of the project file is of the kind that its key takes: a word, or a list of words."""
    if key in LISTS and isinstance(value, list):
        return all(isinstance(one, str) for one in value)
    return isinstance(value, str) and (key not in CHOICES or value in CHOICES[key])


def _listed(key: str, value: Any) -> Any:
    return (value,) if key in LISTS and isinstance(value, str) else value
