"""A new working folder: templates of the package -> files that validate, test and audit green as they stand."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from checker import __version__
from checker.errors import CheckerError, Problem, Where, say
from checker.load.schema import schemas

TEMPLATES = Path(__file__).resolve().parent / "template"
FILES: Mapping[str, str] = {
    "checker.toml": "checker.toml", "README.md": "readme.md", ".gitignore": "ignore", "policies/catalogue.yaml": "catalogue.yaml",
    "policies/ticket.yaml": "policy.yaml", "fixtures/ticket.first-feedback.yaml": "fixture.yaml", "profiles/my-site.yaml": "profile.yaml",
    "对照表.yaml": "mapping.yaml", "数据/工单_2026-10.csv": "tickets.csv", ".github/workflows/service-standards.yml": "github.yml",
    "拖到这里审核.cmd": "launcher.cmd", ".gitlab-ci.yml": "gitlab.yml", ".vscode/settings.json": "settings.json", ".vscode/extensions.json": "extensions.json",
}  # fmt: skip
"""Where a file is written -> the template that it is made of; beside them stand the JSON Schemas."""


def contents() -> Iterator[tuple[str, bytes]]:
    """(path in the folder, what is written there)."""
    for path, template in FILES.items():
        text = (TEMPLATES / template).read_bytes().replace(b"@VERSION@", __version__.encode())
        yield path, text.replace(b"\n", b"\r\n") if path.endswith(".cmd") else text
    for name, made in sorted(schemas().items()):
        yield f"schemas/{name}", (json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def write_folder(folder: Path) -> list[Path]:
    """Write a working folder; the paths written. Raises CheckerError, and writes nothing, where a file is in the way."""
    planned = [(folder / path, text) for path, text in contents()]
    if blocked := sorted({stone for path, _ in planned if (stone := _in_the_way(path, folder))}):
        raise CheckerError([_refused(stone) for stone in blocked])
    for path, text in planned:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(text)
    return [path for path, _ in planned]


def _in_the_way(path: Path, folder: Path) -> Path | None:
    """What stands where a file is to be written, or where one of its folders is."""
    if os.path.lexists(path):
        return path
    above = [one for one in path.parents if one == folder or folder in one.parents]
    return next((one for one in above if os.path.lexists(one) and not one.is_dir()), None)


def _refused(path: Path) -> Problem:
    return Problem(Where(path.as_posix()), "init.exists", say("已经有了,不会覆盖;什么也没有写", "is there already and is not overwritten; nothing was written"),
                   say("移走它,或换一个文件夹", "move it away, or name another folder"))  # fmt: skip


__all__ = ["FILES", "contents", "write_folder"]
