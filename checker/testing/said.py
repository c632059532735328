"""Results of fixtures and mutants for people, machines and build servers: text, JSON, JUnit."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from typing import Any

from checker.errors import Problem, say
from checker.report.junit import Case, junit
from checker.testing.altered import Altered
from checker.testing.fixtures import Result
from checker.testing.kills import Mutation, Survivor

SCHEMA_VERSION = 1
KILLER = (say("这些记录能发现它:", "these records would kill it:"), say("政策说:", "the policy says:"), say("变异说:", "the mutant says:"))
LINES, WIDTH = 12, 140
"""Of what is told of a survivor, so much is printed: the rest stands in the JSON."""


@dataclass(frozen=True, slots=True)
class Told:
    """All that a run of `checker test` found."""

    results: tuple[Result, ...]
    lacking: tuple[Problem, ...] = ()
    mutation: Mutation | None = None

    @property
    def failed(self) -> tuple[Result, ...]:
        return tuple(one for one in self.results if one.differences)


def to_text(told: Told, lang: str) -> str:
    """Failed cases with what differs, what is lacking, survivors with what would kill them, and the sums."""
    lines = []
    for one in told.failed:
        lines.append(f"{one.where}: {one.policy}: {one.case}")
        lines += [f"    {what[lang]}" for what in one.differences]
    lines += [one.line(lang) for one in told.lacking]
    if told.mutation:
        lines += [line for one in told.mutation.survivors for line in _survivor(one, lang)]
    passed = len(told.results) - len(told.failed)
    lines.append(say("{n} 个用例:{p} 个通过,{f} 个失败", "{n} cases: {p} passed, {f} failed", n=len(told.results), p=passed, f=len(told.failed))[lang])
    return "\n".join([*lines, *([_sum(told.mutation, lang)] if told.mutation else [])])


def _sum(one: Mutation, lang: str) -> str:
    facts = {"n": one.mutants, "k": one.killed, "e": one.equivalent, "s": len(one.survivors), "p": percent(one)}
    return say("{n} 个变异:{k} 个被发现({p}),{e} 个等价,{s} 个存活", "{n} mutants: {k} killed ({p}), {e} equivalent, {s} survive", **facts)[lang]


def percent(one: Mutation) -> str:
    """Killed of those that can be, in per cent, rounded down to a tenth."""
    able = one.mutants - one.equivalent
    return f"{one.killed * 1000 // able / 10:g} %" if able else "—"


def _survivor(one: Survivor, lang: str) -> list[str]:
    head = say("{w}: {p}: 存活 {m}", "{w}: {p}: survives {m}", w=one.mutant.where, p=one.mutant.original, m=one.mutant.name)[lang]
    lines = []
    if one.declared:
        lines.append(say("声明为等价,但未得到证实", "is declared equivalent, which is not confirmed")[lang])
    if one.record:
        for what, text in zip(KILLER, one.record, strict=True):
            lines += [what[lang], *_block(text, lang)]
    elif isinstance(one.mutant, Altered):
        lines.append(say("它的各条政策没有一个用例能发现", "no case of the policies about it notices")[lang])
    elif not one.declared:
        what = say("没有找到能区分的记录;若等价,写进 `equivalent:`", "no record was found that tells them apart; if it is equivalent, say so under `equivalent:`")
        lines.append(what[lang])
    return [head, *(f"    {line}" for line in lines)]


def _block(text: str, lang: str) -> list[str]:
    """A text of some lines, indented; of a long one the beginning, and where the rest is."""
    wrapped = [part for line in text.splitlines() for part in textwrap.wrap(line, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)]
    rest = len(wrapped) - LINES
    more = [say("…… 还有 {n} 行,见 `--format json`", "… {n} more lines: see `--format json`", n=rest)[lang]] if rest > 0 else []
    return [f"    {line}" for line in [*wrapped[:LINES], *more]]


def to_json(told: Told, lang: str) -> str:
    """Both languages at once; `lang` changes nothing."""
    failed = [
        {"file": one.where.file, "line": one.where.line, "policy": one.policy, "case": one.case, "differences": [{"zh": what.zh, "en": what.en} for what in one.differences]}
        for one in told.failed
    ]
    found: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "cases": len(told.results), "passed": len(told.results) - len(failed), "failed": failed}
    found["lacking"] = [{"id": one.id, "file": one.where.file, "line": one.where.line, "message": {"zh": one.what.zh, "en": one.what.en}} for one in told.lacking]
    if told.mutation:
        one = told.mutation
        listed = [_survivor_json(survivor) for survivor in one.survivors]
        found["mutation"] = {"mutants": one.mutants, "killed": one.killed, "equivalent": one.equivalent, "survivors": listed}
    return json.dumps(found, ensure_ascii=False, indent=2)


def _survivor_json(one: Survivor) -> dict[str, Any]:
    place = one.mutant.where
    found: dict[str, Any] = {"policy": one.mutant.original, "mutation": one.mutant.name, "file": place.file, "line": place.line, "declared_equivalent": one.declared}
    record = dict(zip(("record", "policy_says", "mutant_says"), one.record, strict=True)) if one.record else {"record": None}
    return found | record


def to_junit(told: Told, lang: str) -> str:
    """One suite a file, one case a case; what is lacking and each survivor are cases that fail."""
    suites: dict[str, list[Case]] = {}
    for result in told.results:
        suites.setdefault(result.where.file, []).append(Case(result.policy, result.case, [what[lang] for what in result.differences]))
    for problem in told.lacking:
        suites.setdefault(problem.where.file, []).append(Case(problem.id, problem.what[lang], [problem.line(lang)]))
    for one in told.mutation.survivors if told.mutation else ():
        suites.setdefault(one.mutant.where.file, []).append(Case(one.mutant.original, one.mutant.name, _survivor(one, lang)))
    return junit("checker test", suites)


FORMS = {"text": to_text, "json": to_json, "junit": to_junit}
__all__ = ["FORMS", "Told", "percent"]
