"""The commands that compare and judge again: options in, a printed result and an exit code out."""

from __future__ import annotations

from typing import Any

from checker.errors import refuse, say
from checker.settings import settle


def run_diff(**options: Any) -> int:
    """Compare two runs, or two versions of the policies on the same data."""
    if options["policies"]:
        return _diff_policies(options)
    runs = options["runs"]
    if len(runs) != 2:
        raise refuse(
            "diff.runs", say("要比较两次审核的结果,给出了 {n} 个", "two runs are compared; {n} are given", n=len(runs)),
            say("写 `checker diff 前一次 后一次`,或 `--policies 旧 新`", "write `checker diff RUN_A RUN_B`, or `--policies OLD NEW`"),
        )  # fmt: skip
    from checker.diff import compare_runs
    from checker.report.comparison import FORMS

    print(FORMS[options["form"]](compare_runs(*runs), settle(options)["lang"]).rstrip())
    return 0


def _diff_policies(options: dict[str, Any]) -> int:
    raise NotImplementedError


__all__ = ["run_diff"]
