"""What people read: both languages are there, the sentences of a policy name what exists, citations lead to documents."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import BaseModel

from checker.errors import Problem, say
from checker.load.check_conditions import condition
from checker.load.fields import Broken, Scope, broken_path
from checker.load.meant import listed, meant
from checker.load.spot import Spot
from checker.policy.files import Catalogue
from checker.policy.kinds import Base, Because
from checker.policy.records import Source
from checker.policy.values import Words
from checker.policy.walk import walk

FILLED = ("accountable", "measured", "limit", "due_at", "subject", "ordinal", "members", "steps", "proposed", "number")
"""What a sentence may name beside the fields of the record."""

PLACE = re.compile(r"\{([^{}]*)\}")


def because(spot: Spot, scope: Scope, policy: Base) -> Iterator[Problem]:
    """The sentences of a violation: conditions, names in braces, every sentence reached."""
    sentences = policy.because or ()
    for index, one in enumerate(sentences):
        place = spot.at("because", index)
        yield from condition(place.at("when"), scope, one.when)
        yield from _names(place, scope, one)
        if one.when is not None and one.otherwise:
            what = say("`when` 和 `otherwise` 只能写一个", "`when` and `otherwise` do not go together")
            yield place.at("otherwise").problem("because.form", what, say("留下一个", "keep one of them"), key=True)
        if one.when is None and index < len(sentences) - 1:
            what = say("后面的句子永远用不到", "no sentence after this one is ever reached")
            yield place.problem("case.unreached", what, say("把它放到最后,或写 `when:`", "put it last, or write `when:`"))


def _names(spot: Spot, scope: Scope, sentence: Because) -> Iterator[Problem]:
    for lang in ("zh", "en"):
        text = getattr(sentence, lang)
        for name in PLACE.findall(text):
            if name not in FILLED:
                yield from _name(spot.at(lang), scope, name)
        if "{" in (rest := PLACE.sub("", text)) or "}" in rest:
            yield spot.at(lang).problem("because.braces", say("花括号没有配对", "a brace is not closed"), say("写成 `{limit}` 的样子", "write it like `{limit}`"))


def _name(spot: Spot, scope: Scope, name: str) -> Iterator[Problem]:
    if scope.record is not None and re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}", name):
        found = scope.kind(name)
        if not isinstance(found, Broken):
            return
        if meant(name, FILLED) == "" and meant(found.part, found.known):
            yield broken_path(spot, found, name)
            return
    what = say("句子里的 `{{{n}}}` 没有所指", "`{{{n}}}` in the sentence names nothing", n=name)
    near = meant(name, FILLED)
    fix = say("是不是 `{{{m}}}`?", "did you mean `{{{m}}}`?", m=near) if near else say("可写 {k} 和记录的字段", "there are {k} and the fields of the record", k=listed(FILLED))
    yield spot.problem("because.name", what, fix)


def translated(spot: Spot, model: BaseModel) -> Iterator[Problem]:
    """That every text for people is there in both languages."""
    for path, part in walk(model):
        if isinstance(part, Words | Because):
            for lang in ("zh", "en"):
                if not getattr(part, lang).strip():
                    what = say("`{l}` 是空的", "`{l}` is empty", l=lang)
                    named = say("写上中文", "write it in Chinese") if lang == "zh" else say("写上英文", "write it in English")
                    yield spot.at(*path, lang).problem("words.empty", what, named)


def cited(spot: Spot, model: BaseModel, catalogue: Catalogue | None) -> Iterator[Problem]:
    """That every citation names a document of the catalogue, and a clause."""
    for path, part in walk(model):
        if not isinstance(part, Source):
            continue
        place = spot.at(*path)
        if not part.clause.strip():
            yield place.at("clause").problem("source.clause", say("没有写条款", "the clause is empty"), say("例如写 `\"1.2\"`", "write for example `\"1.2\"`"))
        if catalogue is not None and part.document not in catalogue.documents:
            near = meant(part.document, catalogue.documents)
            fix = say("是不是 `{m}`?", "did you mean `{m}`?", m=near) if near else say(
                "在 catalogue.yaml 的 `documents:` 里写,已有 {k}", "add it to `documents:` of catalogue.yaml; there are {k}", k=listed(tuple(catalogue.documents)))  # fmt: skip
            what = say("没有文件 `{d}`", "there is no document `{d}`", d=part.document)
            yield place.at("document").problem("document.unknown", what, fix)
