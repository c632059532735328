"""What the scans of all kinds have in common: subjects, people, sentences, points, and the columns of a row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from checker.compile.conditions import truth
from checker.compile.related import Bounds
from checker.compile.scope import Scope
from checker.compile.sql import Truth, all_true, both, first, name, negated, text
from checker.plan import EACH, NONE, Audit
from checker.policy.kinds import Accountable, Base, Because, Level
from checker.policy.records import RecordType
from checker.policy.scoring import Marks
from checker.policy.values import Parameter

PLACE = re.compile(r"\{([a-z_][a-z0-9_.]*)\}")
OWN_WORDS = frozenset({"accountable", "measured", "limit", "due_at", "subject", "ordinal", "members", "steps", "proposed", "number"})


def subject_sql(parts: Sequence[str]) -> str:
    """The subject as text: values joined with `/`; an unknown one is empty."""
    return " || '/' || ".join(f"coalesce({part}::VARCHAR, '')" for part in parts)


def key_sql(scope: Scope) -> str:
    """The key of a record as text, with the member at hand."""
    return subject_sql([scope.column(one) for one in scope.type.key] + ([scope.column("#member")] if scope.member else []))


def subjects(scope: Scope) -> list[str]:
    """The parts of the subject: what the policy says, else the key and the member at hand."""
    wanted = getattr(scope.policy, "subject", None) or (*scope.type.key, *((scope.member,) if scope.member else ()))
    return [scope.key(path).sql for path in wanted]


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


def apart(policy: Base, audit: Audit) -> str:
    """A column by which the rows of a policy can be judged apart: versions of one record and cycles of one subject agree in it."""
    kind = audit.types[getattr(policy, "for_each", "")]
    subject = getattr(policy, "subject", None) or kind.key
    same = tuple(subject) == tuple(kind.key) or kind.record not in audit.disputed
    shared = [one for one in subject if one in kind.stored and (same or one == kind.key[0])]
    return f"r.{name(shared[0])}" if shared else ""


def rows_of(kind: RecordType, start: str | None, each_of: str | None = None) -> str:
    """The rows of a type; versions of one record carry the first of their starts, so that they are one cycle, and with
    `each_of` a row is there for every member that some version lists (an unknown list: one without)."""
    key = ", ".join(['"#site"', *(name(one) for one in kind.key)])
    rows = f'"v.{kind.record}"'
    if start is not None:
        rows = f'(SELECT *, min({name(start)}) OVER (PARTITION BY {key}) AS "#first" FROM {rows})'
    if each_of is None:
        return rows
    listed = name(each_of)
    every = f'list_distinct(CASE WHEN "#disputed" THEN flatten(list(coalesce({listed}, [])) OVER (PARTITION BY {key})) ELSE {listed} END)'
    return (
        f'(SELECT * EXCLUDE ("#every"), unnest(CASE WHEN {listed} IS NULL AND coalesce(len("#every"), 0) = 0 THEN [NULL] ELSE "#every" END) AS "#member" '
        f'FROM (SELECT *, {every} AS "#every" FROM {rows}))'
    )


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
    return scope.env.constant(f"points#{level}", "DECIMAL(18,4)", lambda site: _written(site.profile.points.get(level)))


def _written(points: int | Marks | None) -> Decimal | None:
    return None if points is None else Decimal(str(points))


def because_sql(scope: Scope) -> str:
    """The index of the sentence: the first whose condition holds."""
    sentences: Sequence[Because] = scope.policy.because or ()
    branches = " ".join(f"WHEN {truth(scope, one.when).known} THEN {index}" for index, one in enumerate(sentences))
    return f"CASE {branches} END" if branches else "NULL"


def args_sql(scope: Scope, more: Mapping[str, str] | None = None) -> str:
    """JSON of the record's fields that the sentences name, and of `more` that the kind knows: word -> SQL."""
    names = sorted({place for one in scope.policy.because or () for place in PLACE.findall(one.zh + one.en)} - OWN_WORDS)
    known = more or {}
    said = {one: scope.field(one).sql for one in names if one not in known} | dict(known)
    pairs = ", ".join(f"{text(one)}, {sql}" for one, sql in said.items())
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


def team_sql(audit: Audit, alias: str, at: str) -> tuple[str, str]:
    """(column, join) of the team of the person accountable, by the roster of people."""
    people = [kind for kind in audit.types.values() if kind.team and kind.active]
    if not people:
        return "NULL::VARCHAR", ""
    kind = people[0]
    join = (
        f'LEFT JOIN "s.{kind.record}" t ON t."#site" = {alias}.site AND t.{name(kind.subject[0])} = {alias}.accountable '
        f"AND {at} >= t.from_us AND {at} < t.until_us"
    )
    return f"t.{name(str(kind.team))}", join


def each(index: int, columns: dict[str, str]) -> str:
    """The columns of policy `index` of a unit, those left out empty."""
    return ", ".join(f'{sql} AS "{key}{index}"' for key, sql in _typed(columns).items())


def _typed(columns: Mapping[str, str]) -> dict[str, str]:
    return {key: f"{columns.get(key, 'NULL')}::{kind}" for key, kind in EACH.items()}


CONSTANT = re.compile(r"(?:NULL|[0-9]+|'[^']*')::[A-Z0-9(),]+")


def once(several: Sequence[Mapping[str, str]]) -> tuple[str, dict[str, str]]:
    """The columns of the policies of a unit, each said once; and those left out: they are constant, or as another one."""
    seen: dict[str, str] = {}
    alike: dict[str, str] = {}
    for index, columns in enumerate(several):
        for key, sql in _typed(columns).items():
            column = f"{key}{index}"
            if CONSTANT.fullmatch(sql):
                alike[column] = sql
            elif sql in seen:
                alike[column] = seen[sql]
            else:
                seen[sql] = f'"{column}"'
    return ", ".join(f"{sql} AS {column}" for sql, column in seen.items()), alike


def void_and_where(scope: Scope, policy: Base, bounds: Bounds) -> Truth:
    """`where`, and not void; related records are read up to the bounds."""
    parts = [truth(scope, getattr(policy, "where", None), bounds)]
    if scope.type.void:
        parts.append(negated(truth(scope, scope.type.void)))
    if scope.member:
        parts.append(Truth(f'list_contains({scope.column(scope.member)}, {scope.column("#member")})', missing=text(scope.member)))
    return all_true(parts)


__all__ = [
    "NONE", "accountable_sql", "apart", "args_sql", "because_sql", "both", "each", "first_start", "key_sql", "lapse", "once",
    "ordinal_sql", "points_sql", "rows_of", "subject_sql", "subjects", "team_sql", "value_sql", "void_and_where",
]  # fmt: skip
