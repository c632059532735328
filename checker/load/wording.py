"""One complaint of the models in the words of the author: what it is, and the way out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from checker.errors import NOTHING, Text, say
from checker.load.locate import Landing, keys_of, needed_keys
from checker.load.meant import listed, meant, way_out
from checker.load.source import REFUSED
from checker.load.wide import hint
from checker.policy.conditions import Condition, Related, Test
from checker.policy.kinds import KINDS

Said = tuple[str, Text, Text]
"""Id, what, way out."""

NAMES: Mapping[str, tuple[Text, str]] = {
    r"^[a-z][a-z0-9_]*$": (Text("名称用小写字母、数字和下划线", "a name has lower-case letters, digits and underscores"), "ring_count"),
    r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}$": (
        Text("字段用小写字母、数字和下划线", "a field has lower-case letters, digits and underscores"), "staff.team_id"),
    r"^[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$": (
        Text("编号是用点隔开的小写词", "an id is lower-case words with dots between them"), "telephone.answer-within-rings"),
    r"^[a-z0-9][a-z0-9-]*$": (Text("名称用小写字母、数字和连字符", "a name has lower-case letters, digits and hyphens"), "residential"),
}  # fmt: skip
KIND_KEYS = {str(kind.model_fields["kind"].annotation.__args__[0]): keys_of(kind) for kind in KINDS}  # type: ignore[union-attr]
POLICY_KEYS = frozenset(key for keys in KIND_KEYS.values() for key in keys)
OPERATORS = keys_of(Test)
CONDITION_WORDS = keys_of(Condition)


def shown(value: Any) -> Text:
    """A written value as a phrase."""
    match value:
        case dict() | BaseModel():
            return say("一组键值", "a group of keys and values")
        case list() | tuple():
            return say("一个列表", "a list")
        case bool():
            word = "true" if value else "false"
            return Text(f"`{word}`", f"`{word}`")
    if value is REFUSED or value is None:
        return Text("…", "…")
    word = str(value).replace("\n", " ")
    word = f"`{word[:60]}…`" if len(word) > 60 else f"`{word}`"
    return Text(word, word)


def spaced(zh: str) -> str:
    """A Chinese sentence without the spaces that stand between two Chinese characters."""
    return re.sub(r"(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])", "", zh)


def sample(model: type[BaseModel]) -> str:
    """What a model looks like in one line: its needed keys, else its first."""
    if model is Condition:
        return "{direction: inbound}"
    return "{" + ", ".join(f"{key}: …" for key in needed_keys(model) or keys_of(model)[:1]) + "}"


def unknown_key(key: str, owner: type[BaseModel] | None, written: Sequence[str]) -> Said:
    """A key that a model does not have, beside those that are written."""
    known = keys_of(owner) if owner else ()
    if owner is Test:
        what = say("没有 `{k}` 这个运算符", "there is no operator `{k}`", k=key)
        return "operator.unknown", what, hint(key) if hint(key) != NOTHING else way_out(key, OPERATORS)
    what = say("这里没有 `{k}` 这个键", "there is no key `{k}` here", k=key)
    if hint(key) != NOTHING:
        return "key.unknown", what, hint(key)
    if owner is Related and key in OPERATORS:
        return "key.unknown", what, say("条件写在 `where:` 里", "conditions stand in `where:`")
    kinds = [kind for kind, keys in KIND_KEYS.items() if key in keys]
    if owner in KINDS and kinds:
        own = next(kind for kind, model in zip(KIND_KEYS, KINDS, strict=True) if model is owner)
        what = say("`{o}` 没有 `{k}` 这个键", "`{o}` has no key `{k}`", o=own, k=key)
        return "key.kind", what, say("`{k}` 属于 {s}", "`{k}` belongs to {s}", k=key, s=listed(kinds))
    near = meant(key, known)
    if near in written:
        return "key.unknown", what, say("已经写了 `{m}`,删去它", "`{m}` is there already: remove this", m=near)
    return "key.unknown", what, way_out(key, [one for one in known if one not in written])


def kinds() -> str:
    """The kinds of policy."""
    return listed(list(KIND_KEYS))


def missing(keys: Sequence[str], owner: type[BaseModel] | None) -> Said:
    """Keys that cannot be left out."""
    named = listed(list(keys))
    return "key.missing", say("缺少 {k}", "{k} is missing" if len(keys) == 1 else "{k} are missing", k=named), _added(keys, owner)


def _added(keys: Sequence[str], owner: type[BaseModel] | None) -> Text:
    shapes = {
        "title": "{zh: …, en: …}", "reason": "{zh: …, en: …}", "severity": "{level: major, reason: {zh: …, en: …}}",
        "source": '[{document: …, clause: "…"}]', "match": "{…: …}", "fields": "{…: {type: text}}", "status": "not-yet",
    }  # fmt: skip
    lines = ", ".join(f"`{key}: {shapes.get(key, '…')}`" for key in keys)
    return say("补上 {k}", "add {k}", k=lines)


def wrong_word(written: Any, allowed: Sequence[str]) -> Said:
    """A word that is none of a closed list."""
    what = Text(spaced(f"{shown(written).zh} 不能写在这里"), f"{shown(written).en} cannot stand here")
    if isinstance(written, str) and hint(written) != NOTHING:
        return "word.unknown", what, hint(written)
    found = meant(str(written), allowed) if isinstance(written, str) else ""
    if found:
        return "word.unknown", what, say("是不是 `{m}`?", "did you mean `{m}`?", m=found)
    if list(allowed) == ["True"]:
        return "word.unknown", what, say("写 `true`,或删去这个键", "write `true`, or remove the key")
    return "word.unknown", what, say("写 {k} 之一", "write one of {k}", k=listed(list(allowed)))


def wrong_name(written: str, pattern: str) -> Said:
    """A name in another form than names have."""
    rule, example = NAMES.get(pattern, (Text("名称的写法不对", "the name has another form"), "ring_count"))
    what = say("`{w}` 不是名称", "`{w}` is not a name", w=written[:60])
    if hint(written) != NOTHING:
        return "name.form", what, hint(written)
    if "{0,3}" in pattern and re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){4,}", written):
        return "name.hops", say("`{w}` 经过的引用超过三个", "`{w}` follows more than three references", w=written[:60]), \
            say("最多三个,例如 `ticket.unit.area.keeper_id`", "at most three, as in `ticket.unit.area.keeper_id`")  # fmt: skip
    plain = re.sub(r"[\s-]+", "_" if "_" in pattern else "-", written.strip().lower())
    if plain != written and re.fullmatch(pattern, plain):
        example = plain
    return "name.form", what, Text(f"{rule.zh},例如 `{example}`", f"{rule.en}, for example `{example}`")


def wrong_kind(kind: str, written: Any, landing: Landing) -> Said:
    """A value of another kind than stands here: text for a list, a number for text …"""
    wanted, fix = _wanted(kind, written, landing)
    got = shown(written)
    if isinstance(written, str) and hint(written) != NOTHING:
        fix = hint(written)
    return "value.kind", Text(spaced(f"这里应是{wanted.zh},不是 {got.zh}"), f"{wanted.en} stands here, not {got.en}"), fix


def _wanted(kind: str, written: Any, landing: Landing) -> tuple[Text, Text]:
    model = landing.models[-1][1] if landing.models and landing.models[-1][0] == landing.path else None
    if kind.startswith(("model", "dict", "is_instance")):
        return Text("一组键值", "a group of keys and values"), say("例如写 `{x}`", "write for example `{x}`", x=sample(model) if model else "{key: value}")
    if kind.startswith(("tuple", "list", "set")):
        inner = written if isinstance(written, str | int) and not isinstance(written, bool) else "…"
        return Text("一个列表", "a list"), say("写 `[{v}]`", "write `[{v}]`", v=inner)
    if kind.startswith("string"):
        quoted = isinstance(written, int | bool)
        fix = say("加引号 `\"{v}\"`", "put it in quotes: `\"{v}\"`", v=shown(written).en.strip("`")) if quoted else say("写一个词", "write a word")
        return Text("文字", "text"), fix
    if kind.startswith("int"):
        return Text("整数", "a whole number"), say("例如写 `2`", "write for example `2`")
    if kind.startswith("bool"):
        return Text("是非值", "a flag"), say("写 `true` 或 `false`", "write `true` or `false`")
    return Text("别的内容", "something else"), say("见这个键的说明", "see what this key takes")
