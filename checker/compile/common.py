"""What the scans of all kinds have in common: subjects, people, sentences, points, and the columns of a row."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checker.compile.conditions import Bounds, truth
from checker.compile.scope import Scope
from checker.compile.sql import Truth, all_true, both, first, name, negated, text
from checker.plan import EACH, NONE, Audit
from checker.policy.kinds import Accountable, Base, Because, Level
from checker.policy.records import RecordType
from checker.policy.values import Parameter

PLACE = re.compile(r"\{([a-z_][a-z0-9_.]*)\}")
OWN_WORDS = frozenset({"accountable", "measured", "limit", "due_at", "subject", "ordinal", "members"})


def subject_sql(parts: Sequence[str]) -> str:
    """The subject as text: values joined with `/`; an unknown one is empty."""
    return " || '/' || ".join(f"coalesce({part}::VARCHAR, '')" for part in parts)


def ordinal_sql(scope: Scope, subject: list[str], where: str, time: str, key: str) -> str:
    """The number of the cycle within the subject, by time, where the subject is more than the record."""
    wanted = getattr(scope.policy, "subject", None)
    if not wanted or tuple(wanted) == tuple(scope.type.key):
        return "'1'"
    partition = ", ".join([scope.site, *subject])
    return f"(dense_rank() OVER (PARTITION BY {partition}, {where} ORDER BY {time} NULLS LAST, {key}))::VARCHAR"


def first_start(policy: Base, start: str | None, audit: Audit) -> str | None:
    """The field by which cycles are numbered where versions of one record disagree on when it was."""
    record, wanted = getattr(policy, "for_each", ""), getattr(policy, "subject", None)
    cycles = wanted and tuple(wanted) != tuple(audit.types[record].key)
    return start if cycles and start and "." not in start and record in audit.disputed else None


def rows_with_first(kind: RecordType, start: str | None) -> str:
    """The rows of a type; versions of one record carry the first of their starts, so that they are one cycle."""
    if start is None:
        return f'"v.{kind.record}"'
    key = ", ".join(name(one) for one in kind.key)
    return f'(SELECT *, min({name(start)}) OVER (PARTITION BY "#site", {key}) AS "#first" FROM "v.{kind.record}")'


def accountable_sql(scope: Scope, start: str, end: str) -> str:
    """Who answers; someone on leave between start and decision answers for nothing (language §6, §7.11)."""
    who = scope.policy.accountable
    if who is None:
        return "NULL"
    if isinstance(who, str):
        return scope.field(who).sql
    people = [scope.field(path).sql for path in who.first_present]
    if who.unless_absent:
        people = [_unless_absent(scope, who, person, start, end) for person in people[:-1]] + people[-1:]
    return first(*people)


def _unless_absent(scope: Scope, who: Accountable, person: str, start: str, end: str) -> str:
    """The person, or NULL where all the shifts between start and decision are leave, and there is one."""
    kind = scope.types[str(who.unless_absent)]
    absence = kind.absence
    assert absence is not None
    inner = Scope(scope.policy, kind.record, "w", scope.env, f"w.{name(absence.at)}", scope.truth)
    away = truth(inner, absence.when).known
    return (
        f"CASE WHEN (SELECT count(*) > 0 AND bool_and(coalesce({away}, FALSE)) "
        f'FROM "u.{kind.record}" w WHERE w."#site" = {scope.site} AND w.{name(absence.of)} = {person} '
        f"AND w.{name(absence.at)} >= {start} AND w.{name(absence.at)} < {end}) THEN NULL ELSE {person} END"
    )


def points_sql(scope: Scope) -> str:
    """Points: the policy's, a field of the record, else the profile's table by severity."""
    points = scope.policy.points
    if isinstance(points, str):
        return scope.field(points).sql
    if isinstance(points, int):
        return str(points)
    level: Level = scope.policy.severity.level
    return scope.env.constant(f"points#{level}", "BIGINT", lambda site: site.profile.points.get(level))


def because_sql(scope: Scope) -> str:
    """The index of the sentence: the first whose condition holds."""
    sentences: Sequence[Because] = scope.policy.because or ()
    branches = " ".join(f"WHEN {truth(scope, one.when).known} THEN {index}" for index, one in enumerate(sentences))
    return f"CASE {branches} END" if branches else "NULL"


def args_sql(scope: Scope) -> str:
    """JSON of the record's fields that the sentences name."""
    names = sorted({place for one in scope.policy.because or () for place in PLACE.findall(one.zh + one.en)} - OWN_WORDS)
    pairs = ", ".join(f"{text(one)}, {scope.field(one).sql}" for one in names)
    return f"json_object({pairs})::VARCHAR" if pairs else "NULL"


def value_sql(scope: Scope) -> str:
    """The values in force, as `name=value (source)`: what the finding's limit comes from."""
    found = [f"{text(one + '=')} || coalesce({scope.parameter(Parameter(one)).said}, '?')" for one in sorted(scope.policy.parameters)]
    return " || '; ' || ".join(found) or "NULL"


def lapse(scope: Scope) -> tuple[str, str]:
    """(whether the record's duties end, when), for types that say so."""
    spec = scope.type.lapses
    if spec is None:
        return "FALSE", "NULL"
    return f"coalesce({truth(scope, spec.where).known}, FALSE)", scope.field(spec.at).sql


def each(index: int, columns: dict[str, str]) -> str:
    """The columns of policy `index` of a unit, those left out empty."""
    return ", ".join(f'{columns.get(key, "NULL")}::{kind} AS "{key}{index}"' for key, kind in EACH.items())


def void_and_where(scope: Scope, policy: Base, bounds: Bounds) -> Truth:
    """`where`, and not void; related records are read up to the bounds."""
    parts = [truth(scope, getattr(policy, "where", None), bounds)]
    if scope.type.void:
        parts.append(negated(truth(scope, scope.type.void)))
    return all_true(parts)


__all__ = ["NONE", "accountable_sql", "args_sql", "because_sql", "both", "each", "first_start", "lapse", "ordinal_sql", "points_sql", "rows_with_first", "subject_sql",
           "value_sql", "void_and_where"]  # fmt: skip
