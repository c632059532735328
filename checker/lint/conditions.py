"""Conditions that never or always hold, and demands that `where` excludes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checker.errors import Text, say
from checker.lint.facts import Fact, certain, facts, opposite, possible
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
        what = say("`{f}` 的条件永远不成立", "the condition on `{f}` never holds", f=one.field)
        return "never-holds", one.path, what, say("改其中一个值,或删去这一项", "change one of the values, or remove this one")
    if stand.path == ("forbidden",):
        what = say("`where` 已经排除了 `{f}` 的这个值,永远不会违反", "`where` excludes this value of `{f}` already: it is never broken", f=one.field)
        return "always-holds", one.path, what, say("改 `where` 或 `forbidden`", "change `where` or `forbidden`")
    what = say("`where` 排除了所要求的 `{f}`,没有记录能合格", "`where` excludes what is demanded of `{f}`: no record can pass", f=one.field)
    return "where-excludes-require", one.path, what, say("把这个值加进 `where`,或改要求", "admit the value in `where`, or change the demand")


# --- always ----------------------------------------------------------------------------------------------------------


def _always(stand: Stand, types: Types) -> Iterator[Found]:
    own = list(facts(stand.condition, stand.path))
    sure = [one for one in own if certain([], one, _field(types, stand.record, one.field))]
    for one in sure:
        what = say("`{f}` 不论取什么值,这个条件都成立", "the condition holds whatever `{f}` is", f=one.field)
        yield "always-holds", one.path, what, say("删去它;要求有值写 `present: true`", "remove it; write `present: true` where a value is demanded")
    yield from _complementary(stand, types)
    if stand.demand and own and not sure and len(own) == _size(stand.condition) and all(_granted(stand, one, types) for one in own):
        what = say("`where` 已经保证了所要求的,永远合格", "`where` grants what is demanded already: every record passes")
        yield "always-holds", own[0].path, what, say("从 `where` 里去掉,或改要求", "take it out of `where`, or change the demand")


def _size(condition: Condition) -> int:
    """How many tests a condition has; words that are no facts count too."""
    return len(list(facts(condition, ()))) + sum(key in ("any_of", "not", "exists", "none_exists", "number_of", "sum", "mean_of") for key, _ in condition.parts())


def _granted(stand: Stand, one: Fact, types: Types) -> bool:
    known = [other for other in stand.outer if other.field == one.field]
    return bool(known) and certain(known, one, _field(types, stand.record, one.field))


def _complementary(stand: Stand, types: Types) -> Iterator[Found]:
    """Members of `any_of` of which one holds in every case."""
    members = [list(facts(one, ())) for one in stand.condition.any_of or ()]
    if not members or any(len(one) != 1 or _size(whole) != 1 for one, whole in zip(members, stand.condition.any_of or (), strict=True)):
        return
    against = [opposite(one[0]) for one in members]
    name = members[0][0].field
    if len({one[0].field for one in members}) == 1 and all(against) and not possible([one for one in against if one], _field(types, stand.record, name)):
        what = say("这些情形合起来包括了 `{f}` 的一切值", "together these cover every value of `{f}`", f=name)
        yield "always-holds", (*stand.path, "any_of"), what, say("删去这一项,或改其中一个值", "remove it, or change one of the values")


__all__ = ["Found", "Types", "conditions"]
