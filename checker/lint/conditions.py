"""Conditions that never or always hold, and demands that `where` excludes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checker.errors import Text, say
from checker.lint.facts import NATURAL, Fact, certain, facts, opposite, possible, size, wholly
from checker.load.source import Path
from checker.policy.conditions import Condition
from checker.policy.kinds import Base, Rate
from checker.policy.records import RecordField, RecordType, resolve
from checker.policy.walk import walk

Found = tuple[str, Path, Text, Text]
"""Id, path within the policy, what, way out."""
Types = Mapping[str, RecordType]


@dataclass(frozen=True, slots=True)
class Stand:
    """A condition where it stands: its path, its record type, and what holds already of each record it is asked of."""

    condition: Condition
    path: Path
    record: str
    outer: tuple[Fact, ...] = ()

    @property
    def demand(self) -> bool:
        return self.path in (("require",), ("that",))


def conditions(policy: Base, types: Types) -> Iterator[Found]:
    """The lints of every condition of a policy."""
    for stand in _stands(policy):
        yield from _never(stand, types)
        yield from _always(stand, types)


def _stands(policy: Base) -> Iterator[Stand]:
    """The outermost conditions: those inside another are reached through it."""
    parts = dict(walk(policy))
    main = policy.share_of.record if isinstance(policy, Rate) else str(getattr(policy, "for_each", ""))
    first = ("share_of", "where") if isinstance(policy, Rate) else ("where",)
    known = tuple(facts(parts.get(first), first))
    for path, part in parts.items():
        if not isinstance(part, Condition) or any(isinstance(parts.get(path[:end]), Condition) and _same_record(path[end:]) for end in range(len(path))):
            continue
        holder = next((parts[path[:end]] for end in range(len(path) - 1, 0, -1) if hasattr(parts.get(path[:end]), "record")), None)
        yield Stand(part, path, getattr(holder, "record", main), () if holder is not None or path == first else known)


def _same_record(rest: Path) -> bool:
    """Whether a condition further in is asked of the same record: only through lists of conditions and `not`."""
    return all(isinstance(step, int) or step in ("all_of", "any_of", "not") for step in rest)


def _field(types: Types, record: str, path: str) -> RecordField | None:
    try:
        return resolve(dict(types), record, path).field
    except KeyError:
        return None


def _by_field(listed: Sequence[Fact]) -> Iterator[tuple[str, list[Fact]]]:
    for name in dict.fromkeys(one.field for one in listed):
        yield name, [one for one in listed if one.field == name]


# --- never -----------------------------------------------------------------------------------------------------------


def _never(stand: Stand, types: Types) -> Iterator[Found]:
    own = list(facts(stand.condition, stand.path))
    clashed = False
    for name, mine in _by_field(own):
        field = _field(types, stand.record, name)
        before = [one for one in stand.outer if one.field == name]
        for index, one in enumerate(mine):
            if not possible([*before, *mine[: index + 1]], field):
                clashed = True
                yield _clash(stand, one, alone=not possible(mine[: index + 1], field))
                break
    if not clashed:
        for path, member in _members(stand):
            yield from _never(Stand(member, path, stand.record, (*stand.outer, *own)), types)


def _members(stand: Stand) -> Iterator[tuple[Path, Condition]]:
    for index, member in enumerate(stand.condition.any_of or ()):
        yield (*stand.path, "any_of", index), member


def _clash(stand: Stand, one: Fact, alone: bool) -> Found:
    if alone or not (stand.demand or stand.path == ("forbidden",)):
        what = say("`{f}` 的条件永远不成立", "the condition on `{f}` never holds", f=one.name)
        return "never-holds", one.path, what, say("改其中一个值,或删去这一项", "change one of the values, or remove this one")
    if stand.path == ("forbidden",):
        what = say("`where` 已经排除了 `{f}` 的这个值,永远不会违反", "`where` excludes this value of `{f}` already: it is never broken", f=one.name)
        return "always-holds", one.path, what, say("改 `where` 或 `forbidden`", "change `where` or `forbidden`")
    what = say("`where` 排除了所要求的 `{f}`,没有记录能合格", "`where` excludes what is demanded of `{f}`: no record can pass", f=one.name)
    return "where-excludes-require", one.path, what, say("把这个值加进 `where`,或改要求", "admit the value in `where`, or change the demand")


# --- always ----------------------------------------------------------------------------------------------------------


GRANTED: Mapping[Path, tuple[str, Text, Text]] = {
    **dict.fromkeys((("require",), ("that",)), (
        "always-holds", say("`where` 已经保证了所要求的,永远合格", "`where` grants what is demanded already: every record passes"),
        say("从 `where` 里去掉,或改要求", "take it out of `where`, or change the demand"))),
    ("forbidden",): (
        "where-excludes-require", say("`where` 选中的都是所禁止的,没有记录能合格", "`where` picks only what is forbidden: no record can pass"),
        say("改 `where` 或 `forbidden`", "change `where` or `forbidden`")),
    ("excused_when",): (
        "always-holds", say("`where` 已经保证了免责条件,一切不合格都免责", "`where` grants the excuse already: every violation is excused"),
        say("改 `where` 或 `excused_when`", "change `where` or `excused_when`")),
}  # fmt: skip
"""What it means that `where` grants all of a condition, by where that stands."""


def _always(stand: Stand, types: Types) -> Iterator[Found]:
    own = list(facts(stand.condition, stand.path))
    sure = [one for one in own if certain([], one, _field(types, stand.record, one.field))]
    for one in sure:
        what = say("`{f}` 不论取什么值,这个条件都成立", "the condition holds whatever `{f}` is", f=one.name)
        yield "always-holds", one.path, what, say("删去它;要求有值写 `present: true`", "remove it; write `present: true` where a value is demanded")
    yield from _counted(stand.condition, stand.path, types)
    if sure:
        return
    yield from _complementary(stand, types)
    if stand.path in GRANTED and own and wholly(stand.condition) and all(_granted(stand, one, types) for one in own):
        name, what, fix = GRANTED[stand.path]
        yield name, own[0].path, what, fix
        return
    yield from _spare(stand, own, types)


def _spare(stand: Stand, own: Sequence[Fact], types: Types) -> Iterator[Found]:
    """Tests that others of the same field make certain; of two that say the same, the later."""
    left = list(own)
    for one in reversed(own):
        beside = [other for other in left if other is not one and other.field == one.field]
        field = _field(types, stand.record, one.field)
        if beside and possible([one, *beside], field) and certain(beside, one, field):
            left.remove(one)
            what = say("旁边的条件已经保证了 `{f}` 的这一项", "the tests beside it make this one of `{f}` certain already", f=one.name)
            yield "always-holds", one.path, what, say("删去它,或改其中一个值", "remove it, or change one of the values")


def _counted(condition: Condition, path: Path, types: Types) -> Iterator[Found]:
    """Counts, and sums of what is never below 0, that are to be at least 0; in every part of a condition."""
    natural = condition.number_of is not None or (condition.sum is not None and _natural(types, condition.sum.record, condition.sum.field))
    least = size(condition.at_least) if natural and condition.at_least is not None else None
    if least is not None and not least[0].startswith("$") and least[1] <= 0:
        what = say("数目总是至少 0,这个条件永远成立", "a number is always at least 0: the condition always holds")
        yield "always-holds", (*path, "at_least"), what, say("写 1 或更大的数", "write 1 or more")
    for key, value in condition.parts():
        for index, one in enumerate(value if key in ("all_of", "any_of") else ()):
            yield from _counted(one, (*path, key, index), types)
        if key == "not":
            yield from _counted(value, (*path, key), types)


def _natural(types: Types, record: str, path: str) -> bool:
    field = _field(types, record, path)
    return field is not None and field.type in NATURAL


def _granted(stand: Stand, one: Fact, types: Types) -> bool:
    known = [other for other in stand.outer if other.field == one.field]
    return bool(known) and certain(known, one, _field(types, stand.record, one.field))


def _complementary(stand: Stand, types: Types) -> Iterator[Found]:
    """Members of `any_of` of which one holds in every case."""
    members = [list(facts(one, ())) for one in stand.condition.any_of or ()]
    if {len(one) for one in members} != {1} or not all(wholly(one) for one in stand.condition.any_of or ()):
        return
    against = [opposite(one[0]) for one in members]
    name = members[0][0].field
    if len({one[0].field for one in members}) == 1 and all(against) and not possible([one for one in against if one], _field(types, stand.record, name)):
        what = say("这些情形合起来包括了 `{f}` 的一切值", "together these cover every value of `{f}`", f=members[0][0].name)
        yield "always-holds", (*stand.path, "any_of"), what, say("删去这一项,或改其中一个值", "remove it, or change one of the values")


__all__ = ["Found", "Types", "conditions"]
