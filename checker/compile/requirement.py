"""Requirements: all those of one record type in one scan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.compile import common
from checker.compile.conditions import truth
from checker.compile.marks import of_requirement
from checker.compile.operands import constant, edge_of
from checker.compile.related import Bounds
from checker.compile.scope import Scope
from checker.compile.sql import Truth, text
from checker.compile.values import Env
from checker.plan import EXEMPT, FAIL, NONE, PART, PASS, PENDING, UNKNOWN, Audit, Table, Unit
from checker.policy.conditions import Condition, Test
from checker.policy.kinds import Requirement
from checker.policy.records import MOMENTS, NUMBERS, RecordType, resolve

ORDERINGS = ("at_least", "at_most", "more_than", "less_than", "no_earlier_than", "no_later_than")


def compile_requirements(unit: str, record: str, policies: Sequence[Requirement], audit: Audit) -> tuple[Unit, list[Table]]:
    """One unit for the requirements on a record type for which the same person answers, and the table of the values
    in force that it reads."""
    env = Env(audit, f"_env requirement {unit}")
    kind = audit.types[record]
    head = Scope(policies[0], record, "r", env, "NULL", truth, member=policies[0].each_of)
    time = head.moment(kind.time) if kind.time else "NULL"
    head.instant = time
    columns, ordered, marks, asked = [], [], {}, []
    for index, policy in enumerate(policies):
        scope = Scope(policy, record, "r", env, time, truth, head.joins, member=policy.each_of, late=head.late)
        (where, judged), orderings = _judged(scope, policy, time), list(_orderings(scope, policy.require))
        if kept := of_requirement(scope, policy, orderings, judged):
            marks[policy.id], judged["compared"] = kept
        columns.append(judged)
        asked.append(where)
        if orderings:
            ordered.append(index)
    said, alike = common.once(columns)
    scan = (
        f'SELECT r."#site" AS site, r."#file" AS file, r."#row" AS row, r."#disputed" AS disputed, '
        f'{common.key_sql(head)} AS version_of, {time} AS occurred, '
        f'e."offset" AS "offset", {said} '
        f"FROM {_rows(policies, kind, audit)} r {head.joined(time)}{_some(asked)}"
    )
    judged_here, apart = tuple(policy.id for policy in policies), {common.apart(policy, audit) for policy in policies}
    made = Unit(f"requirement {unit}", judged_here, scan, tuple(ordered), stored=bool(head.late), record=record, marks=marks, alike=alike,
                apart=apart.pop() if len(apart) == 1 else "")  # fmt: skip
    return made, list(env.tables())


def _rows(policies: Sequence[Requirement], kind: RecordType, audit: Audit) -> str:
    start = next((one for policy in policies if (one := common.first_start(policy, kind.time, audit))), None)
    return common.rows_of(kind, start, policies[0].each_of)


def _some(asked: Sequence[str]) -> str:
    """Only rows of which some policy may ask something: the others need no look-up."""
    if "TRUE" in asked:
        return f" WHERE {PART}"
    return f' WHERE {PART} AND (r."#disputed" OR ' + " OR ".join(f"({where}) IS NOT FALSE" for where in dict.fromkeys(asked)) + ")"


def _judged(scope: Scope, policy: Requirement, time: str) -> tuple[str, dict[str, str]]:
    """Of which rows a policy asks something, and its columns."""
    decided = scope.moment(policy.judged_at) if policy.judged_at else (time if scope.type.time else f"{scope.env.alias}.p_from")
    bounds = Bounds(upper=decided)
    where = common.void_and_where(scope, policy, bounds)
    demand = truth(scope, policy.require or policy.forbidden, bounds)
    if policy.forbidden:
        demand = Truth(f"NOT ({demand.known})", demand.pending, demand.missing)
    excuse = truth(scope, policy.excused_when, bounds).known if policy.excused_when else "FALSE"
    to_come = scope.field(policy.judged_at).later if policy.judged_at else None
    undated = f"WHEN {to_come} THEN {PENDING} " if to_come else ""
    undated += f"WHEN {decided} IS NULL THEN {UNKNOWN} " if scope.type.time or policy.judged_at else ""
    waits = f"WHEN {where.pending} THEN {PENDING} " if where.pending else ""
    later = f"WHEN {demand.pending} THEN {PENDING} " if demand.pending else ""
    verdict = (
        f"CASE WHEN {scope.env.on(policy)} IS NOT TRUE OR ({where.known}) IS FALSE THEN {NONE} {undated}{waits}"
        f"WHEN ({where.known}) IS NULL THEN {UNKNOWN} WHEN {demand.known} THEN {PASS} {later}"
        f"WHEN ({demand.known}) IS NULL THEN {UNKNOWN} WHEN {excuse} THEN {EXEMPT} "
        f"WHEN ({excuse}) IS NULL THEN {UNKNOWN} ELSE {FAIL} END"
    )
    measured, limit, unit = measure(scope, policy, bounds)
    undated_field = f"WHEN {decided} IS NULL THEN {text(policy.judged_at or scope.type.time or '')} "
    field = f"CASE {undated_field}ELSE coalesce({where.missing}, {demand.missing}, {_note_of_excuse(scope, policy)}) END"
    subject, key = common.subjects(scope), common.key_sql(scope)
    counted_by = 'r."#first"' if common.first_start(policy, scope.type.time, scope.env.audit) else time
    answers = scope.as_of(decided, f"{policy.judged_at}_".replace(".", "_")) if policy.judged_at else scope
    return where.known, {
        "v": verdict, "subject": common.subject_sql(subject), "ordinal": common.ordinal_sql(scope, subject, f"({where.known})", counted_by, key),
        "field": field, "measured": measured, "limit": limit, "unit": unit, "decided": decided, "began": f"coalesce({decided}, {time})",
        "accountable": common.accountable_sql(answers, decided, decided), "points": common.points_sql(scope),
        "because": common.because_sql(scope), "args": common.args_sql(scope), "note": note(scope, policy),
        "value": common.value_sql(scope),
    }  # fmt: skip


def _note_of_excuse(scope: Scope, policy: Requirement) -> str:
    return truth(scope, policy.excused_when).missing if policy.excused_when else "NULL"


def _orderings(scope: Scope, condition: Condition | None) -> Iterator[tuple[str, str, object]]:
    """(field, operator, operand) of the orderings of numbers at the top of a condition, in written order."""
    for key, value in condition.parts() if condition else ():
        if isinstance(value, Test):
            for operator, operand in value.parts():
                if operator in ORDERINGS and resolve(scope.types, scope.record, key).field.type in NUMBERS | MOMENTS | {"text"}:
                    yield key, operator, operand


def measure(scope: Scope, policy: Requirement, bounds: Bounds) -> tuple[str, str, str]:
    """Measured, limit and unit of the first unmet condition in written order; 0 of 1 where it orders nothing (§7.9)."""
    if policy.forbidden:
        return "0", "1", "'conditions'"
    atoms = list(_atoms(scope, policy, bounds))
    met = next((atom[1:] for atom in atoms if atom[3] != "'conditions'"), ("1", "1", "'conditions'"))
    found = []
    for place in range(3):
        branches = " ".join(f"WHEN ({atom[0]}) IS FALSE THEN {atom[place + 1]}" for atom in atoms)
        varies = any(atom[place + 1] != met[place] for atom in atoms)
        found.append(f"CASE {branches} ELSE {met[place]} END" if varies else met[place])
    return found[0], found[1], found[2]


def _atoms(scope: Scope, policy: Requirement, bounds: Bounds) -> Iterator[tuple[str, str, str, str]]:
    """(whether it holds, measured, limit, unit) of each condition in written order."""
    assert policy.require
    for key, value in policy.require.parts():
        if key in WORDS:
            yield _whole(scope, policy, key, bounds), "0", "1", "'conditions'"
            continue
        for operator, operand in value.parts() if isinstance(value, Test) else [("is", value)]:
            known = truth(scope, Condition.model_validate({key: {operator: operand}})).known
            if operator in ORDERINGS:
                found = scope.field(key)
                yield known, found.sql, constant(scope, found, operand, edge_of(operator)).sql, text(unit_of(scope, key))
            else:
                yield known, "0", "1", "'conditions'"


UNITS_BY_TYPE = {"duration": "us", "instant": "instant", "date": "date"}


def unit_of(scope: Scope, path: str) -> str:
    """The unit in which a field is measured."""
    found = scope.field(path)
    return UNITS_BY_TYPE.get(found.type) or resolve(scope.types, scope.record, path).field.unit or ""


WORDS = frozenset({"all_of", "any_of", "not", "exists", "none_exists", "number_of", "sum", "mean_of"})


def _whole(scope: Scope, policy: Requirement, key: str, bounds: Bounds) -> str:
    """A word of the condition, alone."""
    assert policy.require
    written = {key: getattr(policy.require, "not_" if key == "not" else key)}
    if key in ("number_of", "sum", "mean_of"):
        written |= {bound: getattr(policy.require, bound) for bound in ("at_least", "at_most")}
    return truth(scope, Condition.model_validate({k: v for k, v in written.items() if v is not None}), bounds).known


def note(scope: Scope, policy: Requirement) -> str:
    """How a measured field was found, where that is worth saying."""
    notes = [scope.field(key).note for key, _, _ in _orderings(scope, policy.require)]
    return next((note for note in notes if note), "NULL")
