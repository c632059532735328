"""What the models refuse, in the words of the author: place, cause, way out."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from checker.errors import NOTHING, Problem, Text, nearest, say
from checker.load.strict import WIDE_COLON, Path, Source
from checker.policy.kinds import KINDS

KIND_NAMES = tuple(str(typing.get_args(kind.model_fields["kind"].annotation)[0]) for kind in KINDS)
KINDS_BY_NAME = dict(zip(KIND_NAMES, KINDS, strict=True))


def problems_of(error: ValidationError, source: Source, model: type[BaseModel]) -> list[Problem]:
    """One problem for each complaint; a list that is short only because its members failed is not mentioned."""
    found = []
    details = error.errors(include_url=False)
    for detail in details:
        if detail["type"] == "too_short" and isinstance(detail["input"], list | tuple | dict) and len(detail["input"]) > 0:
            continue
        path, at_key = _located(tuple(detail["loc"]), source)
        what, fix = _worded(detail, source, path, model)
        key = at_key or (detail["type"] in ("extra_forbidden", "string_pattern_mismatch") and _is_key(detail, path))
        where = source.where(path, key=bool(key))
        found.append(Problem(where, _id(detail), what, fix))
    return found


def _is_key(detail: Any, path: Path) -> bool:
    return bool(detail["type"] == "extra_forbidden" or (path and detail["input"] == path[-1]))


def _located(loc: tuple[Any, ...], source: Source) -> tuple[Path, bool]:
    """The path in the file: the parts of `loc` that are there; tags of unions are passed over."""
    path: Path = ()
    at_key = False
    for part in loc:
        if part == "[key]":
            at_key = True
        elif (*path, part) in source.places:
            path = (*path, part)
        elif isinstance(part, str) and _is_last(part, loc) and not _is_tag(part):
            return (*path, part), at_key
    return path, at_key


def _is_last(part: str, loc: tuple[Any, ...]) -> bool:
    return bool(part == loc[-1])


TAGS = frozenset({"path", "model", "plain", "test", "is", "shifted", "first", "related", "first_of", "latest_of", "word", "days_of", "field",
                  "condition", "mean", "ratio", "one", "several", "dated", "amount", "whole", "difference", "number_in", "first_present",
                  "list", "number", *KIND_NAMES})  # fmt: skip


def _is_tag(part: str) -> bool:
    return part in TAGS


def _id(detail: Any) -> str:
    kind = str(detail["type"])
    return kind if "." in kind else {
        "extra_forbidden": "key.unknown", "missing": "key.missing", "literal_error": "word.unknown", "union_tag_invalid": "word.unknown",
        "union_tag_not_found": "key.missing", "string_pattern_mismatch": "name.form", "too_short": "list.empty",
    }.get(kind, "value.kind")  # fmt: skip


def _worded(detail: Any, source: Source, path: Path, model: type[BaseModel]) -> tuple[Text, Text]:
    context = detail.get("ctx", {})
    last = path[-1] if path else ""
    match detail["type"]:
        case "extra_forbidden":
            known = sorted(_known_keys(model, tuple(detail["loc"][:-1])))
            meant = nearest(str(last), known)
            hint = say("是不是 `{m}`?", "did you mean `{m}`?", m=meant) if meant else say("可用 {k}", "there are {k}", k=", ".join(known))
            return say("这里没有 `{k}` 这个键", "there is no key `{k}` here", k=last), hint
        case "missing":
            return say("缺少 `{k}`", "`{k}` is missing", k=last), say("补上 `{k}: …`", "add `{k}: …`", k=last)
        case "literal_error" | "union_tag_invalid":
            return _wrong_word(detail, context)
        case "union_tag_not_found":
            key = str(context.get("discriminator", "kind")).strip("'")
            return say("缺少 `{k}`", "`{k}` is missing", k=key), say("写 {k} 之一", "write one of {k}", k=", ".join(KIND_NAMES))
        case "string_pattern_mismatch":
            return _wrong_name(detail)
        case "too_short":
            return say("这里是空的", "this is empty"), say("至少写一个", "write at least one")
        case kind if "." in str(kind):
            return Text(context["zh"], context["en"]), Text(context["fix_zh"], context["fix_en"])
    return _wrong_type(detail)


def _wrong_word(detail: Any, context: Any) -> tuple[Text, Text]:
    written = context.get("tag") or detail["input"]
    allowed = context.get("expected_tags") or context.get("expected", "")
    words = [word.strip().strip("'") for word in str(allowed).replace(" or ", ", ").split(",")]
    meant = nearest(str(written), words)
    what = say("`{w}` 不能写在这里", "`{w}` cannot stand here", w=written)
    if meant:
        return what, say("是不是 `{m}`?", "did you mean `{m}`?", m=meant)
    return what, say("写 {k} 之一", "write one of {k}", k=", ".join(words))


def _wrong_name(detail: Any) -> tuple[Text, Text]:
    written = str(detail["input"])
    if WIDE_COLON in written or "　" in written:
        return say("`{w}` 里有中文标点", "`{w}` has a Chinese colon or space", w=written), say("改成英文冒号 `: `", "write an ASCII colon `: `")
    what = say("`{w}` 不是名称", "`{w}` is not a name", w=written)
    return what, say("用小写字母、数字和下划线,例如 `ring_count`", "use lower-case letters, digits and underscores, for example `ring_count`")


TYPE_WORDS = {
    "string": Text("文字", "text"), "int": Text("整数", "a whole number"), "bool": Text("`true` 或 `false`", "`true` or `false`"),
    "dict": Text("一组 `键: 值`", "keys and values"), "model": Text("一组 `键: 值`", "keys and values"), "tuple": Text("一个列表", "a list"),
    "list": Text("一个列表", "a list"),
}  # fmt: skip


def _wrong_type(detail: Any) -> tuple[Text, Text]:
    wanted = next((word for key, word in TYPE_WORDS.items() if str(detail["type"]).startswith(key)), Text("别的内容", "something else"))
    written = detail["input"]
    shown = say("一组 `键: 值`", "keys and values") if isinstance(written, dict) else say("一个列表", "a list") if isinstance(written, list) else \
        say("`{w}`", "`{w}`", w=written)  # fmt: skip
    what = say("这里应是{w},不是{s}", "{w} stands here, not {s}", w="{w}", s="{s}")
    return Text(what.zh.format(w=wanted.zh, s=shown.zh), what.en.format(w=wanted.en, s=shown.en)), NOTHING


def _known_keys(model: type[BaseModel], loc: tuple[Any, ...]) -> set[str]:
    """The keys of the model at a place, found by following the models' own annotations."""
    current: list[type[BaseModel]] = [model]
    for part in loc:
        if isinstance(part, int) or part == "[key]":
            continue
        following = [found for one in current for found in _inside(one, str(part))]
        tagged = KINDS_BY_NAME.get(str(part))
        current = [tagged] if tagged and any(issubclass(tagged, one) for one in current) else following or current
    return {field.alias or name for one in current for name, field in one.model_fields.items()}


def _inside(model: type[BaseModel], part: str) -> Iterator[type[BaseModel]]:
    for name, field in model.model_fields.items():
        if part in (name, field.alias):
            yield from _models(field.annotation, field.metadata)
    extra = model.__annotations__.get("__pydantic_extra__")
    if extra is not None and part not in model.model_fields and not _is_tag(part):
        from checker.policy.conditions import Test

        yield Test


def _models(annotation: Any, metadata: Any = ()) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for one in typing.get_args(annotation):
        yield from _models(one)
