"""Conditions as SQL with three values: TRUE, FALSE, and NULL for unknown or (marked) pending. Language §3, §6, §7.1."""

from __future__ import annotations

from dataclasses import replace

from checker.compile.lengths import outside
from checker.compile.operands import constant, edge_of
from checker.compile.related import OPEN, Bounds, exists, number_of, summed
from checker.compile.scope import Scope
from checker.compile.sql import DAY, YES, Expr, Truth, all_true, any_true, name, negated, text
from checker.policy.conditions import Condition, Test

ORDERS = {
    "at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<",
    "no_earlier_than": ">=", "no_later_than": "<=", "is": "=",
}  # fmt: skip


def truth(scope: Scope, condition: Condition | None, bounds: Bounds = OPEN) -> Truth:
    """A condition in a scope; nothing written is true."""
    if condition is None:
        return YES
    return all_true([_part(scope, key, value, condition, bounds) for key, value in condition.parts()])


def _part(scope: Scope, key: str, value: object, whole: Condition, bounds: Bounds) -> Truth:
    match key:
        case "all_of":
            return all_true([truth(scope, one, bounds) for one in value])  # type: ignore[attr-defined]
        case "any_of":
            return any_true([truth(scope, one, bounds) for one in value])  # type: ignore[attr-defined]
        case "not":
            return negated(truth(scope, value, bounds))  # type: ignore[arg-type]
        case "exists" | "none_exists":
            found = exists(scope, value, bounds)  # type: ignore[arg-type]
            return found if key == "exists" else negated(found)
        case "number_of":
            return number_of(scope, whole, bounds)
        case "sum" | "mean_of":
            return summed(scope, key, value, whole, bounds)  # type: ignore[arg-type]
    return field_test(scope, key, value)


def field_test(scope: Scope, path: str, value: object) -> Truth:
    """One field path and what it must be."""
    found = scope.field(path)
    lacking = f"CASE WHEN {found.sql} IS NULL THEN {text(path)} END"
    tests = value.parts() if isinstance(value, Test) else [("is", value)]
    parts = [_one(scope, path, found, operator, operand) for operator, operand in tests]
    return replace(all_true(parts), missing=lacking) if parts else YES


def _one(scope: Scope, path: str, found: Expr, operator: str, operand: object) -> Truth:
    match operator:
        case "present":
            return Truth(f"{found.sql} IS {'NOT ' if operand else ''}NULL")
        case "one_of" | "none_of":
            listed = ", ".join(constant(scope, found, one).sql for one in operand)  # type: ignore[attr-defined]
            return Truth(f"{found.sql} {'NOT ' if operator == 'none_of' else ''}IN ({listed})")
        case "includes":
            return Truth(f"list_contains({found.sql}, {constant(scope, Expr('', 'text'), operand).sql})")
        case "includes_all":
            listed = ", ".join(constant(scope, Expr("", "text"), one).sql for one in operand)  # type: ignore[attr-defined]
            return Truth(f"list_has_all({found.sql}, [{listed}])")
        case "matches":
            return Truth(f"regexp_full_match({found.sql}, {text(str(operand))})")
        case "same_as" | "different_from":
            other = scope.field(str(operand))
            return compared(found, "=" if operator == "same_as" else "<>", other, scope)
        case "during":
            return _during(scope, path, found, operand)
    return compared(found, ORDERS[operator], constant(scope, found, operand, edge_of(operator)), scope)


def _during(scope: Scope, path: str, found: Expr, wanted: object) -> Truth:
    """Whether an instant lies in a window: a look-up in its open stretches."""
    instant, table = scope.moment(path), scope.env.window(scope.policy, wanted)
    if table is None:
        return Truth(f"CASE WHEN {instant} IS NOT NULL THEN TRUE END", found.later)
    alias = name(f"{scope.alias} {path} in {table}")
    scope.joins.setdefault(alias, f'ASOF LEFT JOIN "{table}" {alias} ON {alias}.site = {scope.site} AND {instant} >= {alias}.from_us')
    known, unknown = scope.env.window_bounds(table), ""
    if known:
        unknown = f"WHEN {instant} < {known[0]} OR {instant} >= {known[1]} THEN {outside(f'({instant} // {DAY})')}::BOOLEAN "
    return Truth(f"CASE WHEN {instant} IS NULL THEN NULL {unknown}ELSE coalesce({instant} < {alias}.until_us, FALSE) END", found.later)


def compared(left: Expr, sign: str, right: Expr, scope: Scope) -> Truth:
    """A comparison; a time not yet come lies after as-of (moved with it), so against anything up to then it is decided."""
    plain = f"{left.sql} {sign} {right.sql}"
    if not (left.later or right.later):
        return Truth(plain)
    branches, waits = [], []
    if left.later:
        holds = {">=": "TRUE", ">": "TRUE", "<>": "TRUE"}.get(sign, "FALSE")
        after = left.after or scope.horizon
        branches.append(f"WHEN {left.later} AND {right.sql} <= {after} THEN {holds}")
        waits.append(f"{left.later} AND ({right.sql} > {after}" + (f" OR {right.later})" if right.later else ")"))
    if right.later:
        holds = {"<=": "TRUE", "<": "TRUE", "<>": "TRUE"}.get(sign, "FALSE")
        after = right.after or scope.horizon
        branches.append(f"WHEN {right.later} AND {left.sql} <= {after} THEN {holds}")
        waits.append(f"{right.later} AND {left.sql} > {after}")
    return Truth(f"CASE {' '.join(branches)} ELSE {plain} END", " OR ".join(f"coalesce({wait}, FALSE)" for wait in waits))


__all__ = ["compared", "field_test", "truth"]
