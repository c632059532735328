"""An explanation says every key of the language: a policy of each kind that uses all of them, changed in one key at a time."""

from __future__ import annotations

import copy
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from checker.load import load_book
from checker.load.strict import read
from checker.policy.kinds import KINDS, Base, Policy
from checker.report.explain import explain

ROOT = Path(__file__).parent.parent
BOOK = load_book([ROOT / "policies"])
POLICY: TypeAdapter[Any] = TypeAdapter(Policy)

COMMON = """
standard: own.standard
title: {zh: 标题, en: Title}
source: [{document: operator-procedure, clause: "1.2"}]
severity: {level: major, reason: {zh: 理由, en: reason}}
points: 3
accountable: {first_present: [staff_id, manager_id], unless_absent: shift}
effective: {from: 2026-01-01, until: 2026-12-31}
parameters:
  plain: {unit: rings, title: {zh: 声数, en: rings}, value: 5, one_of: [5, 6], floor: {value: 7, better: lower, source: {document: basic-rules, clause: "9"}}}
  dated:
    unit: minutes
    values:
    - {from: 2026-01-01, until: 2026-06-30, when: {urgency: urgent}, value: 31, source: {document: staff-rules, clause: "8"}, approved_by: 张经理}
    - {otherwise: true, value: 32}
because:
- {when: {tone: bad}, zh: 第一句, en: first}
- {otherwise: true, zh: 第二句, en: second}
"""
WHO = """
subject: [unit_id]
where: {area: a}
excused_when: {weather: storm}
"""
RELATED = "record: visit, match: {unit_id: my_unit}, where: {how: by-phone}, time: came_at"
LIMITED = RELATED + ", after: opened_at, before: closed_at, look_back: 41 hours, distinct: floor, nth: 2, void: counts"
INTERVAL = "record: shift, match: {site_id: my_site}, where: {post: desk}, from: began_at, to: left_at"
CONDITIONS = f"""
  all_of: [{{one_a: x}}, {{one_b: yy}}]
  any_of: [{{two_a: x}}, {{two_b: yy}}]
  not: {{three: x}}
  exists: {{{LIMITED}}}
  none_exists: {{record: callback}}
  f_is: {{is: x}}
  f_one: {{one_of: [x, yy]}}
  f_none: {{none_of: [x, yy]}}
  f_present: {{present: true}}
  f_least: {{at_least: 3, at_most: 9, more_than: 2, less_than: 10}}
  f_when: {{no_earlier_than: {{field: plan_a, plus: 3 hours}}, no_later_than: {{field: plan_b, minus: 4 hours}}}}
  f_same: {{same_as: twin, different_from: rival}}
  f_list: {{includes: x, includes_all: [yy, zz]}}
  f_form: {{matches: "A[0-9]"}}
  f_during: {{during: hotline_hours}}
"""
KIND = {
    "requirement": WHO + "for_each: call\neach_of: ticket_ids\nstarts: rang_at\nwithin: 11 minutes\ncounted_in: hotline_hours\njudged_at: ended_at\nrequire:" + CONDITIONS,
    "forbidden": WHO + "for_each: call\nforbidden: {number_of: {record: visit}, at_least: 4, at_most: 8}\n",
    "sums": f"for_each: call\nforbidden:\n  all_of:\n  - {{sum: {{{LIMITED}, for_period: month_of, field: cost}}, at_least: 4}}\n  - {{mean_of: {{record: visit, field: score}}, at_most: 5}}\n",
    "deadline": WHO + f"""for_each: ticket
each_of: parts
starts: {{first_present: [seen_at, sent_at]}}
ends: {{first_of: [done_at, {{latest_of: [a_at, b_at]}}, {{{LIMITED}}}]}}
ends_by: agreed_at
within: 12 minutes
counted_in: hotline_hours
cutoff: {{after: "16:30", then: next day}}
paused_by: {{{INTERVAL}}}
early: counts
""",
    "frequency": WHO + f"""for_each: customer
active: {{from: moved_in, to: moved_out, to_excluded: true, except: away}}
expects: {{{RELATED}, for_period: month_of}}
at_least: 3
every: duty day
duty_days: {{record: shift, match: {{staff_id: my_staff}}, where: {{post: desk}}, days_of: planned_at}}
counted_if_apart: 20 calendar days
part_period: [{{active_at_least: 9 months, due: half}}, {{otherwise: true, due: none}}]
covers: {{field: seen, all_of: {{record: checkpoint, match: {{area_id: my_area}}, where: {{kind: area}}, field: point_id}}, share: 80 %, complete_when: [scanned, total]}}
due: 5 calendar days
on_days: working days
""",
    "never": "for_each: customer\nexpects: {record: visit}\nnever_without_for: 90 calendar days\n",
    "row": "for_each: customer\nexpects: {record: visit}\nevery: {field: how_often}\n",
    "days": "for_each: staff\nexpects: {record: visit}\nat_least: 1\nevery: {record: shift, match: {staff_id: my_staff}, where: {post: desk}, days_of: planned_at}\n",
    "rate": """share_of: {record: ticket, where: {kind: repair}, time: closed_at, distinct: [unit_id]}
that: {grade: good}
excused_when: {weather: storm}
at_least: 91 %
per: month
group_by: [team_id]
counted_until: 6 calendar days
min_sample: 17
""",
    "mean": "share_of: {record: ticket}\nthat: {mean_of: grade}\nat_most: 7\nper: $plain\ngroup_by: [team_id]\n",
    "ratio": "share_of: {record: ticket}\nthat: {sum_of: won, over: lost}\nat_least: 91 %\nper: week\ngroup_by: [team_id]\n",
    "sequence": WHO + """for_each: ticket
steps: {record: ticket_event, match: {ticket_id: my_ticket}, where: {real: x}, name: step_name, time: step_at, ties: step_no}
order: [open, [sent, sent-again], shut]
required: [open, shut]
restarts: {reopened: [sent]}
""",
    "presence": WHO + f"for_each: site\nduring: online_hours\nstaffed_by: {{{INTERVAL}, void: counts}}\nat_least: 2\ntolerance: 13 minutes\n",
    "ladder": f"""of: {{findings: {{policies: ["conduct.*", "telephone.*"], severity: {{at_least: minor}}, decision: confirmed}}}}
per: accountable
look_back: 14 months
steps: [{{count: 1, propose: warning}}, {{count: 3, propose: talk, expects: {{{RELATED}}}, due: 6 working days}}]
""",
}
NAMES = {"forbidden": "requirement", "sums": "requirement", "never": "frequency", "row": "frequency", "days": "frequency", "mean": "rate", "ratio": "rate"}
OTHERS: tuple[Any, ...] = (
    "other_one", "other.one", "99 minutes", "99 calendar days", "99 %", "2026-03-03", "quarter", "lower", "higher", "minor", "all", "$dated", "17:45", 4, False,
)  # fmt: skip
SILENT = {
    ("Because", "otherwise"), ("PartPeriod", "otherwise"),  # said by standing last
    ("DatedValue", "otherwise"),
}  # fmt: skip


def written(name: str) -> dict[str, Any]:
    text = f"id: own.{name}\nkind: {NAMES.get(name, name)}\n" + COMMON + KIND[name]
    source = read(text, f"{name}.yaml")
    assert source.problems == ()
    return typing.cast("dict[str, Any]", source.data)


def understood(raw: dict[str, Any]) -> Base | None:
    try:
        return typing.cast(Base, POLICY.validate_python(raw, by_alias=True, by_name=False))
    except ValidationError:
        return None


def said(policy: Base) -> tuple[str, str]:
    return explain(policy, BOOK, None, "zh"), explain(policy, BOOK, None, "en")


def heard(path: tuple[str | int, ...]) -> tuple[int, ...]:
    """The languages in which a change is heard: of a text in one language that one."""
    return {"zh": (0,), "en": (1,)}.get(str(path[-1]), (0, 1))


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    for step, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, step)
        yield from paths(part, (*path, step))


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def changed(raw: dict[str, Any], path: tuple[str | int, ...]) -> Iterator[Base]:
    """The policy without what stands at a path, and with something else there."""
    without = copy.deepcopy(raw)
    del at(without, path[:-1])[path[-1]]
    if found := understood(without):
        yield found
    if isinstance(at(raw, path), dict | list):
        return
    for other in OTHERS:
        instead = copy.deepcopy(raw)
        at(instead, path[:-1])[path[-1]] = other
        if other != at(raw, path) and (found := understood(instead)):
            yield found
            return


def owner(policy: BaseModel, path: tuple[str | int, ...]) -> tuple[str, str]:
    """The model and key at a path, as they are named in the models."""
    value: Any = policy
    last = ("", "")
    for step in path:
        if isinstance(value, BaseModel):
            field = next((name for name, one in type(value).model_fields.items() if (one.alias or name) == step), None)
            last = (type(value).__name__, str(step) if field else "*")
            value = getattr(value, field) if field else (value.__pydantic_extra__ or {})[step]
        elif isinstance(value, dict | tuple):
            value = value[step]
        else:
            break
    return last


@pytest.mark.parametrize("name", KIND)
def test_a_change_of_any_key_is_heard_in_both_languages(name: str) -> None:
    raw = written(name)
    policy = POLICY.validate_python(raw, by_alias=True, by_name=False)
    before = said(policy)
    unheard = [
        path
        for path in paths(raw)
        for other in changed(raw, path)
        if any(said(other)[lang] == before[lang] for lang in heard(path)) and owner(policy, path) not in SILENT
    ]
    assert unheard == []


def test_these_policies_use_every_key_that_policies_have() -> None:
    used: set[tuple[str, str]] = set()
    for name in KIND:
        raw = written(name)
        policy = POLICY.validate_python(raw, by_alias=True, by_name=False)
        used |= {owner(policy, path) for path in paths(raw)}
    assert {one for kind in KINDS for one in keys(kind)} - used == set()


def keys(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    found: set[type[BaseModel]] = set()
    waiting = [model]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        for name, field in one.model_fields.items():
            yield one.__name__, field.alias or name
            waiting += list(models(field.annotation))


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from models(inner)
