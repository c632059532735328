"""When a requirement is judged: where it reads what may come later, the policy says at which instant (language §6)."""

from __future__ import annotations

from collections.abc import Iterator

from checker.errors import Problem, Text, say
from checker.load.fields import Kind, Scope
from checker.load.meant import listed
from checker.load.spot import Spot
from checker.policy.conditions import Condition, Related
from checker.policy.kinds import Requirement
from checker.policy.records import MOMENTS, RecordType

SNAPSHOT = Text("`{f}` 是导出当天的状态", "`{f}` is the state on the day of the export")
LATER = Text("`{f}` 可能在记录之后才有", "`{f}` may come after the record itself")
RELATED = Text("相关的 `{f}` 可能在记录之后才有", "the related `{f}` may come after the record itself")


def judged_at(spot: Spot, scope: Scope, policy: Requirement) -> Iterator[Problem]:
    """That a requirement which reads something later says when it is judged."""
    record = scope.types.get(scope.record or "")
    if record is None or record.time is None or policy.judged_at is not None or policy.within is not None:
        return
    for key in ("where", "require", "forbidden", "excused_when"):
        written = getattr(policy, key)
        found = next(_later(written, scope, record, (key,)), None) if written else None
        if found:
            path, what, name = found
            yield spot.at(*path).problem("requirement.judged-at", say(what.zh, what.en, f=name), _fix(record), key=True)
            return


def _fix(record: RecordType) -> Text:
    times = [name for name, field in record.stored.items() if field.type in MOMENTS and name != record.time]
    known = listed(times) if times else "…"
    return say("写 `judged_at: …`,说明何时判定;可用 {k}", "say when it is judged: `judged_at: …`; there are {k}", k=known)


def _later(written: Condition, scope: Scope, record: RecordType, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Text, str]]:
    """What a condition reads that may come after the record's own time."""
    for key, value in written.parts():
        match key:
            case "all_of" | "any_of":
                for index, one in enumerate(value):
                    yield from _later(one, scope, record, (*path, key, index))
            case "not":
                yield from _later(value, scope, record, (*path, key))
            case "exists" | "none_exists" | "number_of" | "sum" | "mean_of":
                if _may_follow(value, scope):
                    yield (*path, key), RELATED, value.record
            case _:
                what = _field(key, scope, record)
                if what:
                    yield (*path, key), what, key


def _may_follow(clause: Related, scope: Scope) -> bool:
    kind = scope.types.get(clause.record)
    return kind is not None and (kind.time is not None or clause.time is not None) and clause.before is None


def _field(path: str, scope: Scope, record: RecordType) -> Text | None:
    kind = scope.kind(path)
    if not isinstance(kind, Kind) or path == record.time:
        return None
    if kind.type == "instant" and kind.not_yet:
        return LATER
    states = set(record.lapses.where.fields()) if record.lapses else set()
    return SNAPSHOT if path in states or (kind.type == "enum" and path.split(".")[-1] == "status") else None


__all__ = ["judged_at"]
