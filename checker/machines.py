"""The commands that write for other programs and for a fresh start: init, schema, export."""

from __future__ import annotations

import sys
from typing import Any

from checker.commands import may_unmask
from checker.errors import say
from checker.settings import settle


def run_init(**options: Any) -> int:
    """Write a working folder, and say what to type in it."""
    from checker.init import write_folder

    for path in write_folder(options["folder"]):
        print(path)
    next_steps = say("在 {f} 里:checker validate .;checker test;checker audit 数据", "in {f}: checker validate . ; checker test ; checker audit 数据", f=options["folder"])
    print(next_steps[options["lang"] or "zh"], file=sys.stderr)
    return 0


def run_schema(**options: Any) -> int:
    """Write the JSON Schemas."""
    from checker.load.schema import write_schemas
    from checker.report.outputs import outputs

    lang = settle(options)["lang"]
    for path in write_schemas(options["out"], outputs()):
        print(path)
    line = f"`# yaml-language-server: $schema={(options['out'] / 'policies.json').as_posix()}`"
    print(say("VS Code 装 YAML 扩展,在文件第一行写 {l}", "in VS Code with the YAML extension, begin a file with {l}", l=line)[lang], file=sys.stderr)
    return 0


def run_export(**options: Any) -> int:
    """Hand the findings of a run to another program."""
    from checker.exporting import export

    settings = settle(options)
    may_unmask(options)
    reason = options["reason"] if options["unmask"] else None
    export(options["run"], options["form"], options["output"], options["verdicts"], settings["lang"], reason)
    return 0


__all__ = ["run_export", "run_init", "run_schema"]
