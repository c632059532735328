"""What the models refuse, as problems: place, cause, way out. One problem for each cause, not for each complaint."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic import ValidationError

from checker.errors import NOTHING, Problem, Text, say
from checker.load import wording
from checker.load.locate import Landing, Shape, keys_of, land
from checker.load.meant import meant
from checker.load.source import Path, Source
from checker.load.wide import hint
from checker.load.wording import CONDITION_WORDS, Said, shown
from checker.policy.conditions import Condition
from checker.policy.kinds import Requirement

COMPLAINTS = 1_000


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint of the models, with its place in the file."""

    kind: str
    value: Any
    facts: dict[str, Any]
    landing: Landing
    form: str

    @property
    def path(self) -> Path:
        return self.landing.path


def complaints_of(error: ValidationError, root: Shape, above: Path = ()) -> list[Complaint]:
    """What the models say of a file that was read as `root`, or of the part of it at `above`; of very many complaints the first."""
    return [_complaint(detail, root, above) for detail in islice(error.errors(include_url=False), COMPLAINTS)]


def depends_on(kind: str) -> tuple[str, ...]:
    """The keys that a refusal of a whole model speaks of."""
    return POINTS_AT.get(kind, ())


def problems_of(complaints: Sequence[Complaint], source: Source) -> list[Problem]:
    """The problems behind the complaints."""
    heard = [one for one in complaints if not _follows(one, source)]
    found = [*_misspelt(heard, source), *_missing(heard, source)]
    hidden = {problem.where for problem in found if problem.id == "condition.word"}
    for one in heard:
        if one.kind == "missing" or _word_above(one, source) in hidden:
            continue
        found.append(_problem(one, source))
    return _once(found)


def _complaint(detail: Any, root: Shape, above: Path) -> Complaint:
    form = str(detail["loc"][-1]) if detail["loc"] else ""
    return Complaint(str(detail["type"]), detail.get("input"), detail.get("ctx", {}), land(root, (*above, *detail["loc"])), form)


def _follows(one: Complaint, source: Source) -> bool:
    """Whether a complaint only follows from something that has been said."""
    tag = str(one.facts.get("discriminator", "")).strip("'")
    if source.refused(one.path) or (tag and source.refused((*one.path, tag))):
        return True
    if one.kind == "too_short":
        return source.partial or (isinstance(one.value, list | tuple | dict) and len(one.value) > 0)
    return one.kind == "missing" and source.partial and len(one.path) == 1


def _missing(heard: Sequence[Complaint], source: Source) -> Iterator[Problem]:
    """All keys that one place lacks, in one problem."""
    places: dict[Path, list[Complaint]] = {}
    for one in heard:
        if one.kind == "missing":
            places.setdefault(one.path[:-1], []).append(one)
    for path, lacking in places.items():
        if isinstance(lacking[0].path[-1], int):
            said = "list.short", say("这里要写两项", "two entries stand here"), say("例如写 `[a, b]`", "write for example `[a, b]`")
        else:
            said = wording.missing([str(one.path[-1]) for one in lacking], lacking[0].landing.owner)
        yield Problem(source.where(path, key=True), *said)


def _misspelt(heard: Sequence[Complaint], source: Source) -> Iterator[Problem]:
    """`any: […]` in a condition is taken for a field; what was meant is a word of conditions."""
    for one in heard:
        for path, model in one.landing.models:
            step = one.path[len(path)] if len(one.path) > len(path) else None
            if model is Condition and isinstance(step, str) and (word := _condition_word(step)):
                what = say("`{k}` 不是条件里的词", "`{k}` is no word of a condition", k=step)
                yield Problem(source.where((*path, step), key=True), "condition.word", what, say("是不是 `{m}`?", "did you mean `{m}`?", m=word))


def _word_above(one: Complaint, source: Source) -> Any:
    """The place of the misspelt word that a complaint stands under, if there is one."""
    for path, model in one.landing.models:
        step = one.path[len(path)] if len(one.path) > len(path) else None
        if model is Condition and isinstance(step, str) and _condition_word(step):
            return source.where((*path, step), key=True)
    return None


def _condition_word(step: str) -> str:
    return meant(step, CONDITION_WORDS) if step not in CONDITION_WORDS and re.fullmatch(r"[a-z_ -]+", step) else ""


POINTS_AT: Mapping[str, tuple[str, ...]] = {
    "requirement.demand": ("forbidden", "require"), "requirement.ripens": ("starts", "within"), "rate.target": ("at_most", "at_least"),
    "frequency.measure": ("at_least", "every", "never_without_for"), "condition.bound": ("number_of", "sum", "mean_of", "at_least", "at_most"),
    "parameter.value": ("values", "value"), "field.enum": ("type",), "field.time-unit": ("unit",), "case.as-of": ("name",),
}  # fmt: skip
"""Which of its keys a refusal of a whole model is shown at: the first that is there."""


def _problem(one: Complaint, source: Source) -> Problem:
    path, key = one.path, one.landing.at_key or one.kind == "extra_forbidden"
    if pointed := next((name for name in POINTS_AT.get(one.kind, ()) if source.has((*path, name))), None):
        path, key = (*path, pointed), True
    if one.kind == "union_tag_not_found" and (near := _near_tag(one, source)):
        return Problem(source.where((*path, near), key=True), *wording.unknown_key(near, Requirement, []))
    if one.kind == "union_tag_invalid":
        path = (*path, str(one.facts["discriminator"]).strip("'"))
    if one.kind == "string_pattern_mismatch" and path and one.value == path[-1] and one.landing.owner and path[-1] not in keys_of(one.landing.owner):
        key = True
    return Problem(source.where(path, key=key), *_said(one, source))


def _near_tag(one: Complaint, source: Source) -> str:
    """The key that was probably meant to be `kind`."""
    entry, tag = source.value(one.path), str(one.facts.get("discriminator", "kind")).strip("'")
    odd = [key for key in entry if key not in wording.POLICY_KEYS] if isinstance(entry, dict) else []
    return next((key for key in odd if tag in key or meant(key, [tag])), "")


def _said(one: Complaint, source: Source) -> Said:
    match one.kind:
        case "extra_forbidden":
            siblings = source.value(one.path[:-1])
            return wording.unknown_key(str(one.path[-1]), one.landing.owner, list(siblings) if isinstance(siblings, dict) else [])
        case "literal_error":
            return wording.wrong_word(one.value, _quoted(str(one.facts.get("expected", ""))))
        case "union_tag_invalid":
            return wording.wrong_word(one.facts.get("tag"), _quoted(str(one.facts.get("expected_tags", ""))))
        case "union_tag_not_found":
            key = str(one.facts.get("discriminator", "kind")).strip("'")
            return "key.missing", say("缺少 `{k}`", "`{k}` is missing", k=key), say("写 `{k}: …`,可写 {w}", "write `{k}: …`; there are {w}", k=key, w=wording.kinds())
        case "string_pattern_mismatch":
            return wording.wrong_name(str(one.value), str(one.facts.get("pattern", "")))
        case "too_short":
            return "list.empty", say("这里是空的", "this is empty"), say("至少写一项", "write at least one entry")
        case "too_long":
            return "list.long", say("这里写得太多", "there are too many entries here"), say("只写两项", "write two")
        case "greater_than_equal":
            return "number.small", say("数太小", "this number is too small"), say("不小于 {n}", "at least {n}", n=one.facts.get("ge"))
    if "zh" in one.facts and "fix_en" in one.facts:
        return _own(one)
    return wording.wrong_kind(one.kind, one.value, one.landing)


def _quoted(words: str) -> list[str]:
    """The words in a list such as `'a', 'b' or 'c'`."""
    return re.findall(r"'([^']*)'", words) or [word.strip() for word in words.split(",") if word.strip()]


def _own(one: Complaint) -> Said:
    """What a model says in its own words; values are shown as they were written."""
    got, raw = shown(one.value), f"`{one.value}`"
    what = Text(wording.spaced(one.facts["zh"].replace(raw, got.zh)), one.facts["en"].replace(raw, got.en))
    fix = Text(one.facts["fix_zh"], one.facts["fix_en"])
    if isinstance(one.value, str) and one.kind.startswith("value.") and hint(one.value) != NOTHING:
        fix = hint(one.value)
    if isinstance(one.value, list) and one.form == "is":
        inner = ", ".join(str(word) for word in one.value if isinstance(word, str | int))[:60] or "…"
        fix = say("写 `{{one_of: [{v}]}}`", "write `{{one_of: [{v}]}}`", v=inner)
    return one.kind, what, fix


def _once(found: Sequence[Problem]) -> list[Problem]:
    """Without repetitions; several kinds that one value could have had become one problem."""
    kinds: dict[Any, list[Problem]] = {}
    for problem in found:
        kinds.setdefault((problem.where, problem.id), []).append(problem)
    return [_joined(several) for several in kinds.values()]


def _joined(several: list[Problem]) -> Problem:
    first = several[0]
    if first.id != "value.kind" or len(set(several)) == 1:
        return first
    what = say("这里不能写这样的内容", "this kind of value cannot stand here")
    return Problem(first.where, first.id, what, first.fix)
