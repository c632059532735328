"""Limits that only the final comparison reads: what a run keeps so that they can be set otherwise without the files.

A parameter is marked where, with every comparison of it taken for true and then for false, nothing else of the scan reads
it: neither the verdict, nor when it was decided, nor who answers. Each finding then keeps what is compared, and both
verdicts; `low` is empty where the verdict rests on something else, and only the limit is told.

Limits of deadlines and frequencies are none of these: a deadline's says when it was due and decided, how far the records had to
reach and which cancellation came in time; a frequency's says which of the records met it, and so when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checker.compile.conditions import truth
from checker.compile.scope import Scope
from checker.compile.sql import text
from checker.plan import PASS, Mark
from checker.policy.conditions import Condition, Test
from checker.policy.kinds import Requirement
from checker.policy.plain import plain
from checker.policy.values import Parameter

OPERATORS = ("at_least", "at_most", "more_than", "less_than")
READ = ("limit", "value")
"""The columns that tell the limit: they are told anew."""
Kept = tuple[Mark, str]


def of_requirement(scope: Scope, policy: Requirement, orderings: Sequence[tuple[str, str, object]], columns: Mapping[str, str]) -> Kept | None:
    """The mark of a requirement that orders one thing, last of its conditions; and the SQL of what is kept."""
    if policy.require is None or len(orderings) != 1:
        return None
    key, operator, operand = orderings[0]
    last, tested = list(policy.require.parts())[-1]
    alone = last == key and isinstance(tested, Test) and len(list(tested.parts())) == 1
    found = scope.field(key)
    if not (alone and operator in OPERATORS and isinstance(operand, Parameter) and found.type in ("count", "duration")):
        return None
    cases = scope.env.slots(policy, operand.name)
    if len(cases) != 1 or cases[0][0] is not None:
        return None
    atom = truth(scope, Condition.model_validate({key: {operator: operand}})).known
    met, unmet = ({one: sql.replace(atom, word) for one, sql in columns.items() if one not in READ} for word in ("TRUE", "FALSE"))
    if any(cases[0][1].sql in sql for sql in (*met.values(), *unmet.values())):
        return None
    facts = {
        "low": found.sql, "high": found.sql, "of": "1", "base": f"CASE WHEN {columns['unit']} = 'conditions' THEN NULL ELSE 1 END",
        "met": met["v"], "unmet": unmet["v"], "lacks_met": met["field"], "lacks_unmet": unmet["field"],
    }  # fmt: skip
    return Mark(operand.name, operator), _object(facts)


def of_rate(policy: object, target: object, operator: str, verdict: str, sure: str, facts: Mapping[str, str], incurable: bool) -> Kept | None:
    """The mark of a rate whose target stands nowhere else; what is kept of a group whose verdict rests on it."""
    if not isinstance(target, Parameter) or str(plain(policy)).count(f"'{target}'") != 1:
        return None
    rests = verdict.replace(sure, "TRUE")
    low = f"CASE WHEN ({rests}) = {PASS} THEN {facts['low']} END"
    return Mark(target.name, operator, whole_decides=incurable), _object({**facts, "low": low})


def _object(facts: Mapping[str, str]) -> str:
    return f"json_object({', '.join(f'{text(word)}, {sql}' for word, sql in facts.items())})::VARCHAR"


__all__ = ["of_rate", "of_requirement"]
