"""Verdicts and the identity of a finding."""

from __future__ import annotations

import hashlib
from collections import abc
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from checker.errors import Text
from checker.masking import JOINT
from checker.policy.kinds import Base, Deadline, Frequency, Ladder, Presence, Rate, Sequence
from checker.quick import quick

Verdict = Literal["pass", "fail", "pending", "unknown", "exempt"]
VERDICTS: tuple[Verdict, ...] = ("pass", "fail", "pending", "unknown", "exempt")
WORDS = {
    "pass": Text("合格", "pass"),
    "fail": Text("不合格", "fail"),
    "pending": Text("未到期", "pending"),
    "unknown": Text("无法判定", "unknown"),
    "exempt": Text("免责", "exempt"),
    "not_applicable": Text("不适用", "not applicable"),
}
LEVEL_WORDS = {
    "critical": Text("严重", "critical"), "major": Text("重要", "major"), "minor": Text("一般", "minor"), "advisory": Text("提示", "advisory"),
}  # fmt: skip
"""Severities, as people are told them."""
STEPS = {
    "oral-warning": Text("口头警告", "oral warning"), "written-warning": Text("书面警告并存档", "written warning on file"),
    "dismissal": Text("辞退(建议)", "dismissal (proposed)"), "criticism": Text("通报批评", "criticism"), "retraining": Text("再培训", "retraining"),
    "coaching": Text("帮教", "coaching"),
}  # fmt: skip
"""What ladders propose, in words."""
SEPARATOR = "\x1f"
NOBODY = {"zh": "责任人不明", "en": "nobody named"}
NOT_GIVEN = {"zh": "未填", "en": "not given"}
UNIT_WORDS = {"zh": (" 天", " 小时", " 分钟", " 秒"), "en": (" d", " h", " min", " s")}
"""Days, hours, minutes, seconds."""


TEAM = {"zh": "班组负责人", "en": "the team's leader"}
MANAGER = {"zh": "项目负责人", "en": "the site's manager"}


def proposal(step: str) -> Text:
    """What a ladder proposes, in words; other steps than the usual ones are said as they are written."""
    return STEPS.get(step, Text(step, step))


def nobody(policy: Base) -> dict[str, str]:
    """Who answers where no person is named: of a group, whoever leads it; of a record, nobody that is known."""
    groups = policy.group_by if isinstance(policy, Rate) else ("site_id",) if isinstance(policy, Presence | Frequency) and policy.for_each == "site" else ()
    if policy.accountable is not None or not groups:
        return NOBODY
    return TEAM if any(path.split(".")[-1] == "team_id" for path in groups) else MANAGER if set(groups) <= {"site_id"} else NOBODY


def default_sentence(policy: Base) -> dict[str, str]:
    """The sentence of a policy that has none of its own."""
    match policy:
        case Deadline():
            return {"zh": "用了 {measured},规定 {limit}内", "en": "took {measured}; the limit is {limit}"}
        case Frequency():
            return {"zh": "{ordinal} 内完成 {measured} 次,应完成 {limit} 次", "en": "{measured} of {limit} due in {ordinal}"}
        case Rate():
            return {"zh": "{ordinal} 达标 {measured} 件,至少应为 {limit} 件", "en": "{measured} meet it in {ordinal}; at least {limit} are needed"}
        case Sequence():
            return {"zh": "次序不对或缺少:{steps}({measured} 处)", "en": "out of order or missing: {steps} ({measured} in all)"}
        case Presence():
            return {"zh": "{ordinal} 空岗 {measured},允许 {limit}", "en": "{ordinal}: too few for {measured}; {limit} is tolerated"}
        case Ladder():
            return {"zh": "第 {number} 次,建议:{proposed}", "en": "finding number {number}: {proposed} is proposed"}
    return {"zh": f"不符合「{policy.title.zh}」", "en": f"does not meet: {policy.title.en}"}


def fingerprint(policy: str, site: str, subject: str, ordinal: str) -> str:
    """The stable identity of a finding: 64 hex digits; never made of a value that a correction may change."""
    return hashlib.sha256(SEPARATOR.join((policy, site, subject, ordinal)).encode()).hexdigest()


def short(identity: str) -> str:
    """How people are shown a fingerprint: `F-` and 12 hex digits."""
    return f"F-{identity[:12]}"


def subject_of(values: abc.Sequence[object]) -> str:
    """The subject as text: its field values joined with `/`."""
    return JOINT.join("" if value is None else str(value) for value in values)


@quick
@dataclass(frozen=True, slots=True)
class Finding:
    """One finding as the run directory holds it. Times are UTC microseconds; `arguments` is JSON of record fields."""

    policy: str
    standard: str
    verdict: Verdict
    severity: str
    points: Decimal | None
    site_id: str
    team_id: str | None
    accountable: str | None
    subject_type: str
    subject: str
    ordinal: str
    period: str
    occurred_at: int | None
    due_at: int | None
    decided_at: int | None
    measured: int | None
    limit: int | None
    unit: str | None
    value: str | None
    file: str | None
    sheet: str | None
    row: int | None
    missing: str | None
    because: int | None
    arguments: str | None
    note: str | None
    disputed: bool
    waived_by: str | None
    fingerprint: str
