"""Where the shipped policies are: in the package when installed, else in the folder beside it."""

from __future__ import annotations

from pathlib import Path

from checker.errors import refuse, say

HERE = Path(__file__).resolve().parent
MARK = "catalogue.yaml"


def policies_folder() -> Path:
    """The folder of policies. A checkout (editable or bare) is known by its `pyproject.toml` and wins, for an editable
    install may leave a stale copy inside the package. Raises CheckerError where neither is there."""
    beside = HERE.parent / "policies"
    if (HERE.parent / "pyproject.toml").is_file() and (beside / MARK).is_file():
        return beside
    for folder in (HERE / "_policies", beside):
        if (folder / MARK).is_file():
            return folder
    raise refuse(
        "policies.missing", say("找不到随附的政策", "the shipped policies are not found"),
        say("重新安装,或用 `--policies` 指定", "install again, or name them with `--policies`"),
    )  # fmt: skip
