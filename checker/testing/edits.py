"""A policy as written -> every small change to it: limits moved, operators flipped, conditions and clauses dropped.

It works on the plain data of the file, by what a key is called and how a value is written, so it holds for every kind
of policy and knows the place of each change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from checker.load.source import Path
from checker.testing.moves import both_ways

TOP = frozenset({"id", "standard", "title", "source", "severity", "points", "accountable", "because", "kind", "for_each"})
"""Keys of a policy that no verdict rests on, or without which it is none."""
META = frozenset({"record", "time", "otherwise", "propose", "name"})
"""The same of any clause."""
CONDITIONS = frozenset({"where", "require", "forbidden", "excused_when", "when", "that", "not"})
COUNTED = ("number_of", "sum", "mean_of")
FLIPS = {
    "at_least": "more_than", "more_than": "at_least", "at_most": "less_than", "less_than": "at_most", "one_of": "none_of", "none_of": "one_of",
    "no_earlier_than": "no_later_than", "no_later_than": "no_earlier_than", "same_as": "different_from", "different_from": "same_as",
}  # fmt: skip
WORD_FLIPS = {"all_of": "any_of", "any_of": "all_of", "exists": "none_exists", "none_exists": "exists"}
BOUND_FLIPS = {"at_least": "at_most", "at_most": "at_least"}
LEAST_ONE = frozenset({"nth", "count", "at_least"})


class Dropped:
    """Stands for what is taken out."""


DROP: Final = Dropped()


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `value` at `path`; `shown` says where the change lies, `old` and `new` what it is."""

    path: Path
    value: Any
    shown: Path
    old: str
    new: str


def edits(policy: Mapping[str, Any]) -> Iterator[Edit]:
    """Every change to a policy's data; not all of them make a policy."""
    used = _used(policy)
    for key, value in policy.items():
        if key == "parameters":
            for name in sorted(used & set(value)):
                yield from _parameter(value[name], ("parameters", name))
        elif key not in TOP | META:
            yield from _entry(policy, (), key)


def record_edits(record: Mapping[str, Any]) -> Iterator[Edit]:
    """Every change to what a record type says is void, and to what lapses."""
    conditions = {("void",): record.get("void"), ("lapses", "where"): record.get("lapses", {}).get("where")}
    for path, condition in conditions.items():
        if condition is not None:
            yield _drop(path[:1], record[path[0]])
            yield from _condition(condition, path)


def edited(data: Any, path: Path, value: Any) -> Any:
    """A copy of the data with `value` at `path`, or without what stands there."""
    if not path:
        return value
    step, *rest = path
    if isinstance(data, list):
        inner = [edited(one, tuple(rest), value) if index == step else one for index, one in enumerate(data)]
        return [one for one in inner if one is not DROP]
    inner_map = {key: edited(one, tuple(rest), value) if key == step else one for key, one in data.items()}
    return {key: one for key, one in inner_map.items() if one is not DROP}


def _used(value: Any) -> set[str]:
    """The parameters named anywhere."""
    if isinstance(value, dict):
        return set().union(*(_used(one) for one in value.values())) if value else set()
    if isinstance(value, list):
        return set().union(*(_used(one) for one in value)) if value else set()
    return {value[1:]} if isinstance(value, str) and value.startswith("$") else set()


# --- clauses ---------------------------------------------------------------------------------------------------------


def _clause(clause: Mapping[str, Any], path: Path) -> Iterator[Edit]:
    for key in clause:
        if key not in META:
            yield from _entry(clause, path, key)


def _entry(clause: Mapping[str, Any], path: Path, key: str) -> Iterator[Edit]:
    """One key of a clause: left out, turned round, or changed further in."""
    value, here = clause[key], (*path, key)
    yield _drop(here, value)
    if key in BOUND_FLIPS and BOUND_FLIPS[key] not in clause:
        yield _renamed(clause, path, key, BOUND_FLIPS[key])
    if isinstance(value, dict):
        written = key in CONDITIONS and not ("sum_of" in value or isinstance(value.get("mean_of"), str))
        yield from _condition(value, here) if written else _clause(value, here)
    elif isinstance(value, list):
        yield from _list(value, here)
    else:
        yield from _scalar(value, here)


def _list(values: list[Any], path: Path) -> Iterator[Edit]:
    """Members left out one at a time; neighbours exchanged where order means something."""
    for index, one in enumerate(values):
        if len(values) > 1:
            yield _drop((*path, index), one)
        if isinstance(one, dict):
            yield from _clause(one, (*path, index))
    if path[-1] == "order":
        for index in range(len(values) - 1):
            swapped = [*values[:index], values[index + 1], values[index], *values[index + 2 :]]
            yield Edit(path, swapped, (*path, index), said(values[index]), said(values[index + 1]))


def _scalar(value: Any, path: Path) -> Iterator[Edit]:
    for found in both_ways(value):
        if not (path[-1] in LEAST_ONE and found == 0):
            yield Edit(path, found, path, said(value), said(found))


def _drop(path: Path, value: Any) -> Edit:
    return Edit(path, DROP, path, said(value), "—")


def _renamed(holder: Mapping[str, Any], path: Path, key: str, new: str) -> Edit:
    """The same value under another word."""
    return Edit(path, {new if one == key else one: value for one, value in holder.items()}, (*path, key), key, new)


# --- conditions ------------------------------------------------------------------------------------------------------


def _condition(condition: Mapping[str, Any], path: Path) -> Iterator[Edit]:
    """Each part left out and each turned round. `path` is that of the condition as a whole."""
    bounds = [key for key in condition if key in BOUND_FLIPS]
    for key, value in condition.items():
        here = (*path, key)
        if key in bounds:
            yield from _scalar(value, here)
            yield _renamed(condition, path, key, BOUND_FLIPS[key])
            continue
        gone = {one: other for one, other in condition.items() if one != key and not (key in COUNTED and one in bounds)}
        if gone:
            yield Edit(path, gone, here, said(value), "—")
        yield from _word(condition, path, key) if key in (*WORD_FLIPS, *COUNTED, "not") else _test(value, here)


def _word(condition: Mapping[str, Any], path: Path, key: str) -> Iterator[Edit]:
    value, here = condition[key], (*path, key)
    if key == "not":
        if len(condition) == 1:
            yield Edit(path, value, here, "not", "—")
        yield from _condition(value, here)
    elif isinstance(value, list):
        if len(value) > 1:
            yield _renamed(condition, path, key, WORD_FLIPS[key])
        for index, one in enumerate(value):
            if len(value) > 1:
                yield _drop((*here, index), one)
            yield from _condition(one, (*here, index))
    else:
        if key in WORD_FLIPS:
            yield _renamed(condition, path, key, WORD_FLIPS[key])
        yield from _clause(value, here)


def _test(value: Any, path: Path) -> Iterator[Edit]:
    """What one field must be: the opposite, its operators turned, its operands moved."""
    if not isinstance(value, dict):
        opposite = (not value) if isinstance(value, bool) else {"none_of": [value]}
        yield Edit(path, opposite, path, said(value), said(opposite))
        if not isinstance(value, bool):
            yield from _scalar(value, path)
        return
    for operator, operand in value.items():
        here = (*path, operator)
        if len(value) > 1:
            yield _drop(here, operand)
        if operator in FLIPS:
            yield _renamed(value, path, operator, FLIPS[operator])
        if operator == "is":
            yield Edit(path, {"none_of": [operand]}, here, "is", "none_of")
        if isinstance(operand, list):
            yield from (_drop((*here, index), one) for index, one in enumerate(operand) if len(operand) > 1)
        else:
            yield from _clause(operand, here) if isinstance(operand, dict) else _scalar(operand, here)


# --- parameters ------------------------------------------------------------------------------------------------------


def _parameter(spec: Mapping[str, Any], path: Path) -> Iterator[Edit]:
    """Values moved, left out and exchanged; their dates moved by a day."""
    if "value" in spec and spec["value"] != "set by site":
        yield from _scalar(spec["value"], (*path, "value"))
    listed = spec.get("values", [])
    for index, one in enumerate(listed):
        here = (*path, "values", index)
        if len(listed) > 1:
            yield _drop(here, one["value"])
        for key in ("value", "from", "until"):
            if key in one:
                yield from _scalar(one[key], (*here, key))
        if "when" in one:
            yield from _condition(one["when"], (*here, "when"))
    for index in range(len(listed) - 1):
        first, second = listed[index]["value"], listed[index + 1]["value"]
        swapped = [*listed[:index], {**listed[index], "value": second}, {**listed[index + 1], "value": first}, *listed[index + 2 :]]
        yield Edit((*path, "values"), swapped, (*path, "values", index), said(first), f"{said(second)} (swapped)")


def said(value: Any) -> str:
    """A value on one line, as it would be written."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {said(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(said(one) for one in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


__all__ = ["DROP", "Edit", "edited", "edits", "record_edits", "said"]
