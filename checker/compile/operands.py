"""What a field is held against, as SQL: written values, parameters, shifted fields (language §3)."""

from __future__ import annotations

from checker.compile.lengths import Edge, shifted
from checker.compile.scope import Scope
from checker.compile.sql import Expr, text
from checker.policy.conditions import Shifted
from checker.policy.values import Day, Duration, Instant, Parameter, Share


def constant(scope: Scope, beside: Expr, written: object, edge: Edge = "end") -> Expr:
    """An operand as SQL, with the meaning that the field beside it gives it; `edge` of the day that a shift by days means."""
    match written:
        case Parameter():
            return _parameter(scope, beside, written)
        case Shifted(field=path, plus=plus, minus=minus):
            found = scope.field(path)
            for sign, length in (("+", plus), ("-", minus)):
                if length is not None:
                    found = shifted(scope, found, length, sign, edge)
            return found
        case bool():
            return Expr("TRUE" if written else "FALSE", "flag")
        case int():
            return Expr(str(written), beside.type)
    word = str(written)
    match beside.type:
        case "duration":
            return Expr(str(Duration.parse(word).amount), "duration")
        case "date":
            return Expr(str(Day.parse(word).number), "date")
        case "instant":
            return Expr(scope.env.instant(Instant.parse(word)), "instant")
        case "share":
            share = Share.parse(word).value
            return Expr(f"({share.numerator}::DECIMAL(18,9) / {share.denominator})", "share")
    return Expr(text(word), beside.type)


def _parameter(scope: Scope, beside: Expr, written: Parameter) -> Expr:
    """Durations are kept in microseconds; a count of seconds beside a duration is one already."""
    value = scope.parameter(written)
    if value.kind == "share":
        return Expr(f"({value.sql}::DECIMAL(18,9) / {value.second})", "share")
    return Expr(value.sql, beside.type)


def edge_of(operator: str) -> Edge:
    """Which end of a local day an ordering against a shifted field means."""
    return "start" if operator == "no_earlier_than" else "end"


__all__ = ["constant", "edge_of"]
