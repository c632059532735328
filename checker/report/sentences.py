"""A finding as a sentence in both languages: rendered from templates when it is written for people."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from checker.calendars import iso_local, to_date
from checker.errors import Text
from checker.finding import NOT_GIVEN, UNIT_WORDS, WORDS, Finding, default_sentence, nobody, proposal
from checker.masking import masked
from checker.masks import Masks
from checker.policy.kinds import Base, Ladder, Sequence, subject_type
from checker.policy.records import RecordType, resolve
from checker.policy.values import DAY, HOUR, MINUTE, SECOND

SAID_AGAIN = 4096
"""Lengths and times that are remembered in words."""
PLACE = re.compile(r"\{([a-z_][a-z0-9_.]*)\}")
OWN = ("accountable", "measured", "limit", "due_at", "subject", "ordinal")
"""What may stand in every sentence."""
LACKS = {
    "coverage": Text("证据的覆盖时间", "coverage of the evidence"), "disputed": Text("一致的版本", "versions that agree"), "within": Text("时限", "the limit"),
    "at_least": Text("应有次数", "the number due"), "look_back": Text("累计的时间", "how far it looks back"), "?": Text("证据", "evidence"),
}  # fmt: skip
"""What an unknown may lack that is no field."""
WHOM = {"accountable": Text("责任人", "person accountable"), "subject": Text("对象", "subject"), "site_id": Text("项目", "site"), "team_id": Text("班组", "team")}
"""By whom a ladder counts."""
MONTHS = re.compile(r"[0-9]{4}-[0-9]{2}(, [0-9]{4}-[0-9]{2})*")
"""What an unknown of a ladder lacks: the months of which no run speaks."""


class Writer:
    """Turns findings into sentences. Names, phones and addresses are masked as `masks` say; all of them where there are none."""

    def __init__(self, policies: Mapping[str, Base], types: dict[str, RecordType], zones: Mapping[str, str], masks: Masks | None = None) -> None:
        self.policies, self.types, self.zones = policies, types, zones
        self.masks = masks or Masks(policies.values(), types, False)

    def sentence(self, finding: Finding) -> Text:
        """What happened, in both languages: the policy's own sentence, else one by its kind."""
        policy = self.policies[finding.policy]
        written = policy.because[finding.because] if policy.because and finding.because is not None else None
        if finding.verdict == "unknown":
            return self._unknown(finding)
        zh, en = (written.zh, written.en) if written else default_sentence(policy).values()
        return Text(self._filled(zh, finding, "zh"), self._filled(en, finding, "en"))

    def place(self, finding: Finding) -> str:
        """The file, sheet and row that a finding is traced to."""
        if finding.file is None:
            return ""
        sheet = f"[{finding.sheet}]" if finding.sheet else ""
        return self.masks.text(f"{finding.file}{sheet}") + (f":{finding.row}" if finding.row is not None else "")

    def lacking(self, policy: str, path: str, lang: str) -> str:
        """The name of what an unknown of a policy lacks."""
        if path in LACKS:
            return LACKS[path][lang]
        if MONTHS.fullmatch(path):
            return {"zh": f"{months(path, lang)} 的审核", "en": f"the audits of {months(path, lang)}"}[lang]
        judged = self.policies[policy]
        if isinstance(judged, Ladder) and path in WHOM:
            return WHOM[path][lang]
        own = isinstance(judged, Sequence) and path in (judged.steps.name, judged.steps.time)
        zh, en = self._title(judged.steps.record if own and isinstance(judged, Sequence) else subject_type(judged), path)
        return {"zh": zh, "en": en}[lang]

    def _unknown(self, finding: Finding) -> Text:
        lacks = finding.missing or "?"
        if lacks == "coverage":
            return Text("证据来源没有覆盖到期限,无法判定", "the source does not cover the time up to the deadline: cannot be judged")
        if lacks == "disputed":
            return Text("同一编号的几条记录内容不一致,无法判定", "versions of one record disagree: cannot be judged")
        if MONTHS.fullmatch(lacks):
            return Text(f"{months(lacks, 'zh')} 没有审核过,无法判定是第几次", f"nobody audited {months(lacks, 'en')}: which time it is cannot be told")
        zh, en = (self.lacking(finding.policy, lacks, lang) for lang in ("zh", "en"))
        return Text(f"缺少「{zh}」,无法判定", f"`{en}` is missing: cannot be judged")

    def _title(self, record: str, path: str) -> tuple[str, str]:
        try:
            field = resolve(self.types, record, path).field
        except KeyError:
            kind = self.types.get(path)
            there, _, rest = path.partition(".")
            if there in self.types and rest:
                return self._title(there, rest)
            return (kind.title.zh, kind.title.en) if kind else (path, path)
        zh = field.title.zh if field.title else field.columns[0] if field.columns else path
        return zh, field.title.en if field.title else path

    def parts(self, finding: Finding, lang: str) -> tuple[str, dict[str, str], dict[str, str]]:
        """The sentence of a violation as its template and what stands in the places, and all facts."""
        policy = self.policies[finding.policy]
        written = policy.because[finding.because] if policy.because and finding.because is not None else None
        template = {"zh": written.zh, "en": written.en}[lang] if written else default_sentence(policy)[lang]
        facts = self._facts(finding, lang)
        return template, {place: facts[place] for place in PLACE.findall(template) if place in facts}, facts

    def _filled(self, template: str, finding: Finding, lang: str) -> str:
        arguments, site, parts = _arguments(finding), self.zones.get(finding.site_id, "UTC"), pieces(template)
        said = [one if not number % 2 else self._fact(finding, one, arguments, site, lang) for number, one in enumerate(parts)]
        return "".join([one if one is not None else f"{{{parts[number]}}}" for number, one in enumerate(said)])

    def _facts(self, finding: Finding, lang: str) -> dict[str, str]:
        """What may stand in a sentence, by its name."""
        arguments, site = _arguments(finding), self.zones.get(finding.site_id, "UTC")
        return {name: said for name in (*arguments, *OWN) if (said := self._fact(finding, name, arguments, site, lang)) is not None}

    def _fact(self, finding: Finding, name: str, arguments: Mapping[str, object], site: str, lang: str) -> str | None:
        """What stands in a place of a sentence; None where nothing has that name."""
        match name:
            case "accountable":
                return self.masks.who(finding.policy, finding.accountable) or nobody(self.policies[finding.policy])[lang]
            case "measured":
                return measure(finding.measured, finding.unit, site, lang)
            case "limit":
                return measure(finding.limit, finding.unit, site, lang)
            case "due_at":
                return moment(finding.due_at, site, lang)
            case "subject":
                return self.masks.subject(finding.policy, finding.subject)
            case "ordinal":
                return finding.ordinal
        return self._argument(finding, name, arguments[name], site, lang) if name in arguments else None

    def _argument(self, finding: Finding, path: str, value: object, site: str, lang: str) -> str:
        """A field of the record as people read it; personal ones masked."""
        if value is None:
            return NOT_GIVEN[lang]
        try:
            field = resolve(self.types, finding.subject_type, path).field
        except KeyError:
            if path == "proposed":
                return proposal(str(value))[lang]
            return self.masks.text(str(value)) if isinstance(value, str) else str(value)
        if field.personal and not self.masks.unmask:
            return masked(str(value), field.personal)
        if field.type == "instant":
            return moment(int(str(value)), site, lang)
        if field.type == "duration":
            return duration(int(str(value)), lang)
        if field.type == "enum" and lang == "zh" and field.values:
            return next(iter(field.values.get(str(value), ())), str(value))
        if field.type == "flag":
            return {"zh": ("否", "是"), "en": ("no", "yes")}[lang][bool(value)]
        if isinstance(value, list):
            return self.masks.text(("、" if lang == "zh" else ", ").join(map(str, value)))
        if field.type in ("decimal", "share"):
            return f"{Decimal(str(value)).normalize():f}"
        if field.type == "id":
            return self.masks.mark(str(value))
        if field.type == "text":
            return self.masks.text(str(value))
        return to_date(int(str(value))).isoformat() if field.type == "date" else str(value)


@lru_cache(SAID_AGAIN)
def pieces(template: str) -> tuple[str, ...]:
    """A template's texts and the names of what stands between them, by turns."""
    return tuple(PLACE.split(template))


def _arguments(finding: Finding) -> Mapping[str, object]:
    return json.loads(finding.arguments) if finding.arguments and finding.arguments != "{}" else {}


def months(listed: str, lang: str) -> str:
    """`2025-10 至 2026-09`: months that follow each other are told by the first and the last."""
    runs: list[list[str]] = []
    for month in listed.split(", "):
        if runs and _next(runs[-1][-1]) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    joint, upto = {"zh": ("、", " 至 "), "en": (", ", " to ")}[lang]
    return joint.join(one[0] if len(one) == 1 else f"{one[0]}{upto}{one[-1]}" for one in runs)


def _next(month: str) -> str:
    year, number = map(int, month.split("-"))
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def measure(value: int | None, unit: str | None, site: str, lang: str) -> str:
    """A measure in its unit: durations, days, instants or a bare number."""
    if value is None:
        return "—"
    match unit:
        case "us":
            return duration(value, lang)
        case "days":
            return f"{value} 天" if lang == "zh" else f"{value} days"
        case "workdays":
            return f"{value} 个工作日" if lang == "zh" else f"{value} working days"
        case "e-4":
            return f"{value / 10_000:.4f}"
        case "instant":
            return moment(value, site, lang)
        case "date":
            return to_date(value).isoformat()
    return str(value)


@lru_cache(SAID_AGAIN)
def duration(micros: int, lang: str) -> str:
    """`7 分钟 12 秒` or `7 min 12 s`; days only from three on, so that 24 hours are not taken for a calendar day."""
    if micros < 0:
        return "-" + duration(-micros, lang)
    words = UNIT_WORDS[lang]
    parts = []
    for size, word in zip((DAY, HOUR, MINUTE), words, strict=False):
        count, micros = divmod(micros, size) if size < DAY or micros >= 3 * DAY else (0, micros)
        if count:
            parts.append(f"{count}{word}")
    seconds, rest = divmod(micros, SECOND)
    if seconds or rest or not parts:
        fraction = f"{seconds + rest / SECOND:.6f}".rstrip("0").rstrip(".") if rest else str(seconds)
        parts.append(f"{fraction}{words[3]}")
    return " ".join(parts[:3])


@lru_cache(SAID_AGAIN)
def moment(instant: int | None, site: str, lang: str) -> str:
    """A local time to the second; the last microsecond of a day is written 24:00."""
    if instant is None:
        return "—"
    said = iso_local(site, instant)
    if said[11:26] == "23:59:59.999999":
        return f"{said[:10]} 24:00"
    return f"{said[:10]} {said[11:16] if said[16:19] == ':00' else said[11:19]}"


def enough(finding: Finding) -> int | None:
    """How much more would have been enough, for measures where more is better."""
    if finding.measured is None or finding.limit is None or finding.unit not in ("times", "members"):
        return None
    return max(finding.limit - finding.measured, 0)


def verdict_word(finding: Finding, lang: str) -> str:
    return WORDS[finding.verdict][lang]


def share_of(part: Decimal | int, whole: Decimal | int) -> str:
    """A share for people, never rounded to a misleading 0 % or 100 %."""
    if not whole:
        return "—"
    exact = Fraction(part) / Fraction(whole) * 100
    rounded = round(float(exact), 1)
    if rounded == 100 and exact != 100:
        return "99.9 %"
    if rounded == 0 and exact:
        return "0.1 %"
    return f"{rounded:g} %"


__all__ = ["Writer", "duration", "enough", "measure", "moment", "share_of", "verdict_word"]
