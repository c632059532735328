"""What a shell offers at the tab key: policy ids, globs and profiles, found in the text of the files without understanding them."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from click.shell_completion import CompletionItem

from checker.shipped import policies_folder

POLICY = re.compile(r"""^[ -]*\{?\s*id:\s*["']?([a-z0-9][\w.-]*)["']?.*?\btitle:\s*\{\s*zh:\s*(["']?)(.*?)\2\s*(?:,\s*en:|\})""", re.M | re.S)
"""An id and, after it, the Chinese title."""
PROFILE = re.compile(r"""^profile:\s*["']?([\w.-]+)["']?""", re.M)


def policy_ids(params: Mapping[str, Any], begun: str) -> list[CompletionItem]:
    """The ids of policies that begin so, each with its title."""
    found = {found[1]: found[3] for text in _texts(params, "policies/1") for found in POLICY.finditer(text)}
    return [CompletionItem(name, help=found[name]) for name in sorted(found) if name.startswith(begun)]


def policy_globs(params: Mapping[str, Any], begun: str) -> list[CompletionItem]:
    """What `--select` takes: the areas as globs, and the ids."""
    named = policy_ids(params, begun)
    areas = dict.fromkeys(item.value.partition(".")[0] + ".*" for item in named)
    return [*(CompletionItem(area) for area in areas if area.startswith(begun)), *named]


def profiles(params: Mapping[str, Any], begun: str) -> list[CompletionItem]:
    """The profiles that begin so; where there is none, files."""
    found = {found[1] for text in _texts(params, "profiles/1") for found in PROFILE.finditer(text)}
    return [CompletionItem(name) for name in sorted(found) if name.startswith(begun)] or [CompletionItem(begun, type="file")]


def _texts(params: Mapping[str, Any], form: str) -> Iterator[str]:
    """The texts of the files of a format among those that the command line, the environment or the project file names."""
    for folder in _folders(params):
        for path in sorted(folder.rglob("*.yaml")) if folder.is_dir() else [folder]:
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue
            if re.search(rf"^format:\s*[\"']?{form}", text, re.M):
                yield text


def _folders(params: Mapping[str, Any]) -> list[Path]:
    environment = [one for one in os.environ.get("CHECKER_POLICIES", "").split(os.pathsep) if one]
    named = params.get("policies") or environment or _project() or ["shipped"]
    return [policies_folder() if str(one) == "shipped" else Path(one) for one in named]


def _project() -> list[str]:
    """`policies` of the project file; whatever is wrong with that file is told by the commands, not at the tab key."""
    try:
        said = tomllib.loads(Path("checker.toml").read_text(encoding="utf-8")).get("policies")
    except (OSError, ValueError):
        return []
    return [said] if isinstance(said, str) else [one for one in said if isinstance(one, str)] if isinstance(said, list) else []


__all__ = ["policy_globs", "policy_ids", "profiles"]
