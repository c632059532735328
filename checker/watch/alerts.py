"""What the live watch says: one alert, its form as JSON, and its texts in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Literal

from checker.calendars import iso_local
from checker.errors import NOTHING, Text, say
from checker.finding import Finding, fingerprint
from checker.masks import Masks
from checker.policy.kinds import Base, subject_type
from checker.policy.records import RecordType
from checker.quick import quick
from checker.report.sentences import Writer, duration, moment
from checker.watch.known import Known, mark

Kind = Literal["due-soon", "lapsed", "met-late", "met", "fail", "unknown", "exempt", "repeat", "step", "late-event"]
KINDS: Mapping[Kind, Text] = {
    "due-soon": Text("即将到期", "due soon"), "lapsed": Text("已逾期", "lapsed"), "met-late": Text("逾期完成", "met late"), "met": Text("按时完成", "met"),
    "fail": Text("不合格", "fail"), "unknown": Text("无法判定", "unknown"), "exempt": Text("免责", "exempt"), "repeat": Text("重复发生", "repeat"),
    "step": Text("累进", "step"), "late-event": Text("迟到的记录", "late event"),
}  # fmt: skip
URGENT: tuple[Kind, ...] = ("lapsed", "fail", "due-soon", "repeat", "step", "met-late", "unknown", "late-event", "exempt", "met")
"""From what matters most to what matters least, within one severity."""


@quick
@dataclass(frozen=True, slots=True)
class Alert:
    """One thing said. `due_at` and `at` (the watcher's clock when it was known) are UTC microseconds; `fingerprint` is that of
    the finding, so that an alert is found again in an audit's run; `evaluated_by` is `engine` or `judge`."""

    kind: Kind
    policy: str
    site: str
    subject: str
    ordinal: str
    due_at: int | None
    at: int
    severity: str
    zh: str
    en: str
    fingerprint: str
    evaluated_by: str = "engine"


def as_line(alert: Alert, seq: int, zone_name: str) -> str:
    """The alert as one line of the log, in JSON. Instants stand twice: in the site's zone, and in UTC under `utc`."""
    due, at = _twice(alert.due_at, zone_name), _twice(alert.at, zone_name)
    site, subject, ordinal, zh, en = map(encode_basestring, (alert.site, alert.subject, alert.ordinal, alert.zh, alert.en))
    return (
        f'{{"schema_version": 1, "seq": {seq}, "alert": "{alert.kind}", "policy": "{alert.policy}", "site": {site}, "subject": {subject}, "ordinal": {ordinal}, '
        f'"due_at": {due[0]}, "at": {at[0]}, "severity": "{alert.severity}", "zh": {zh}, "en": {en}, '
        f'"fingerprint": "{alert.fingerprint}", "evaluated_by": "{alert.evaluated_by}", "utc": {{"due_at": {due[1]}, "at": {at[1]}}}}}\n'
    )


@lru_cache(4096)
def _twice(instant: int | None, zone_name: str) -> tuple[str, str]:
    """An instant in a zone and in UTC, in JSON."""
    return ("null", "null") if instant is None else (f'"{iso_local(zone_name, instant)}"', f'"{iso_local("UTC", instant)}"')


class Wording:
    """Makes alerts of findings. Names, phones and addresses are masked unless `unmask`."""

    def __init__(self, policies: Iterable[Base], types: dict[str, RecordType], zones: Mapping[str, str], unmask: bool = False) -> None:
        self.policies = {policy.id: policy for policy in policies}
        self.types, self.zones = types, zones
        self.masks = Masks(self.policies.values(), types, unmask)
        self.writer = Writer(self.policies, types, zones, self.masks)
        self.templates: dict[tuple[Kind, str, str], Text] = {}

    def alert(self, kind: Kind, finding: Finding, at: int, number: int = 0, evaluated_by: str = "engine") -> Alert:
        """What is said of a finding at an instant (UTC microseconds). `number`: which time it is, for `repeat`."""
        subject = self.masks.subject(finding.policy, finding.subject)
        said = self.writer.sentence(finding) if kind in SENTENCES else NOTHING
        zh, en = self._text(kind, finding.policy, finding.subject_type, finding.site_id, subject, finding.due_at, at, number, said)
        return Alert(
            kind, finding.policy, finding.site_id, subject, finding.ordinal, finding.due_at, at, finding.severity, zh, en, finding.fingerprint, evaluated_by,
        )  # fmt: skip

    def plainly(self, kind: Kind, policy: Base, site: str, known: Known, due: int | None, at: int) -> Alert:
        """What is said of an obligation of which no more is to be told than that it is so, and when it is due."""
        subject = self.masks.subject(policy.id, known.subject)
        zh, en = self._text(kind, policy.id, subject_type(policy), site, subject, due, at)
        identity = mark(policy.id, site, known.subject, known.ordinal)
        return Alert(kind, policy.id, site, subject, known.ordinal, due, at, policy.severity.level, zh, en, identity, known.by)

    def _text(self, kind: Kind, policy: str, about: str, site: str, subject: str, due_at: int | None, at: int, number: int = 0, said: Text = NOTHING) -> tuple[str, str]:
        """The words of an alert in both languages."""
        template = self.templates.get((kind, policy, about))
        if template is None:
            template = self.templates[kind, policy, about] = self._template(kind, policy, about)
        zh, en = template.zh, template.en
        due = due_said(due_at, at, self.zones.get(site, "UTC")) if "{due}" in zh else ""
        if kind != "due-soon":
            return zh.format(s=subject, n=number, due=due, said=said.zh), en.format(s=subject, n=number, due=due, said=said.en)
        left = max((due_at or at) - at, 0)
        return zh.format(s=subject, due=due, left=duration(left, "zh")), en.format(s=subject, due=due, left=duration(left, "en"))

    def _template(self, kind: Kind, policy: str, about: str) -> Text:
        """The words for alerts of a kind about a policy, with its name and that of what it is about."""
        type_, title = self.types.get(about), self.policies[policy].title.text
        names = type_.title.text if type_ else Text(about, about)
        zh, en = (TEMPLATES[kind][lang].replace("{t}", _plain(names[lang])).replace("{p}", _plain(title[lang])) for lang in ("zh", "en"))
        return Text(zh, en)


def _plain(text: str) -> str:
    """A text within a template, to be left as it stands."""
    return text.replace("{", "{{").replace("}", "}}")


TEMPLATES: Mapping[Kind, Text] = {
    "due-soon": Text("{t} {s} 须在 {left}内做到「{p}」(截止 {due})", "{t} {s}: {left} left for “{p}” (due {due})"),
    "lapsed": Text("{t} {s} 逾期,「{p}」截止 {due}:{said}", "{t} {s} has lapsed, “{p}” was due {due}: {said}"),
    "met-late": Text("{t} {s} 逾期后才做到「{p}」(截止 {due}):{said}", "{t} {s} met “{p}” late (due {due}): {said}"),
    "met": Text("{t} {s} 已做到「{p}」", "{t} {s} met “{p}”"),
    "fail": Text("{t} {s} 不符合「{p}」:{said}", "{t} {s} fails “{p}”: {said}"),
    "unknown": Text("{t} {s}「{p}」无法判定:{said}", "{t} {s}, “{p}”: {said}"),
    "exempt": Text("{t} {s}「{p}」免责", "{t} {s} is exempt from “{p}”"),
    "repeat": Text("{t} {s} 第 {n} 次不符合「{p}」:{said}", "{t} {s} fails “{p}” for the {n}. time: {said}"),
    "step": Text("{t} {s}「{p}」:{said}", "{t} {s}, “{p}”: {said}"),
}


SENTENCES = frozenset(kind for kind, template in TEMPLATES.items() if "{said}" in template.zh)
"""The kinds that tell what happened."""


def due_said(due_at: int | None, at: int, site: str) -> str:
    """A deadline as people read it: the time alone where it is today."""
    due, now = moment(due_at, site, "zh"), moment(at, site, "zh")
    if due[:10] != now[:10] or due_at is None:
        return due
    return f"{due[11:]}:00" if len(due) == 16 else due[11:]


def late_event(record: RecordType, site: str, key: str, time: int, at: int, zone_name: str) -> Alert:
    """A record came later than is allowed: it speaks of `time` when the watcher's clock stood at `at` (UTC microseconds)."""
    facts = {"k": key, "t": moment(time, zone_name, "zh"), "c": moment(at, zone_name, "zh")}
    text = Text(
        say("{r} {k} 迟到:说的是 {t} 的事,时钟已走到 {c};已记入,此前的提醒可能有误", "", r=record.title.zh, **facts).zh,
        say("", "{r} {k} came late: it speaks of {t}, the clock stood at {c}; it is kept, earlier alerts may be wrong", r=record.title.en, **facts).en,
    )
    return Alert("late-event", "", site, key, "", None, at, "advisory", text.zh, text.en, fingerprint("late-event", site, f"{record.record}/{key}", str(time)))


__all__ = ["KINDS", "URGENT", "Alert", "Kind", "Wording", "as_line", "due_said", "late_event"]
