"""A finding explained: the clause, the value in force and why, the records with their rows, the arithmetic, what would have been enough."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from checker.calendars import iso_utc, to_date
from checker.errors import LANGUAGES, Text
from checker.finding import LEVEL_WORDS, WORDS, Finding, short
from checker.policy.conditions import Condition
from checker.policy.kinds import Base
from checker.report.explain import cited
from checker.report.finding_steps import lines as said_lines
from checker.report.finding_words import Steps
from checker.report.of_run import OfRun
from checker.report.phrases import Phrases, amount
from checker.report.sentences import duration, moment
from checker.witness.explanation import SCHEMA_VERSION, Explanation, InForce, Involved, Tested, explained, plain
from checker.witness.seen import LATER

Place = tuple[str | None, str | None, int | None]
HOLDS: dict[Any, Text] = {True: Text("符合", "yes"), False: Text("不符合", "no"), None: Text("不明", "unknown"), "pending": Text("未到", "not yet")}
SO: dict[Any, Text] = {**HOLDS, True: Text("是", "yes"), False: Text("否", "no")}
COUNTS: dict[Any, Text] = {
    False: Text("不计", "does not count"), None: Text("说不准", "may count"), "met": Text("达标", "meets it"), "missed": Text("未达标", "does not meet it"),
    "exempt": Text("免责", "exempt"), "open": Text("说不准", "may meet it"), "doubtful": Text("说不准是否属于", "may belong"),
}  # fmt: skip
PARTS = {
    "where": Text("适用条件", "applies where"), "void": Text("作废", "void where"), "require": Text("要求", "demands"), "forbidden": Text("禁止", "forbids"),
    "excused_when": Text("免责条件", "excused where"),
}  # fmt: skip
ROLES = {
    "record": Text("本条", "the record"), "end": Text("完成", "ends it"), "pause": Text("暂停", "pause"), "related": Text("相关", "related"), "roster": Text("台账", "roster"),
    "found": Text("找到", "found"), "member": Text("其中", "member"), "step": Text("步骤", "step"), "spell": Text("在岗", "there"), "violation": Text("计入", "counted"),
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A finding of a run with its explanation (None, and `why`, where files cannot be read again). `evidence` is what the run says of
    further records; `places` where those of the explanation stand."""

    of: OfRun
    policy: Base
    finding: Finding
    explanation: Explanation | None
    why: Text | None
    evidence: Sequence[tuple[str, str, Place]]
    places: Mapping[Any, Place]

    @property
    def lang(self) -> str:
        return self.of.lang

    @property
    def zone(self) -> str:
        return self.of.zones.get(self.finding.site_id, "UTC")

    @property
    def record(self) -> str:
        return self.finding.subject_type

    @cached_property
    def words(self) -> Phrases:
        named = next((one["profile"] for one in self.of.run.summary["sites"] if one["site"] == self.finding.site_id), "")
        return Phrases(self.of.book.records, self.lang, self.policy, self.of.book.profiles.get(named))

    @cached_property
    def masked(self) -> Explanation | None:
        """The explanation with personal data as others may see it."""
        one, masks, policy = self.explanation, self.of.masks, self.policy.id
        if one is None or self.of.unmask:
            return one
        accounts = tuple(replace(account, subject=masks.subject(policy, account.subject)) for account in one.accounts)
        facts = replace(one.facts, accountable=masks.who(policy, one.facts.accountable))
        tests = tuple(replace(test, found=self._hidden(self.record, field_path(test.path), test.found)) for test in one.tests)
        return replace(one, accounts=accounts, facts=facts, tests=tests, records=tuple(map(self._shown, one.records)))

    def _shown(self, one: Involved) -> Involved:
        cells = tuple((path, self._hidden(one.record, path, value)) for path, value in one.cells)
        kind = self.of.book.records.get(one.record)
        personal = next((kind.fields[name].personal for name in kind.key if kind.fields[name].personal), None) if kind else None
        key = self._of_violation(one) if one.role == "violation" else self.of.masks.text(one.key, personal)
        return replace(one, key=key, cells=cells)

    def _of_violation(self, one: Involved) -> str:
        """The key of a violation that was counted: its subject and its ordinal."""
        subject, space, ordinal = one.key.rpartition(" ")
        return self.of.masks.subject(one.record, subject if space else ordinal) + space + (ordinal if space else "")

    def seen(self, place: Place) -> Place:
        """A place as others may see it."""
        file, sheet, row = place
        return self.of.masks.some(file), self.of.masks.some(sheet), row

    def _hidden(self, record: str, path: str, value: Any) -> Any:
        field = self.words._field(record, path)
        if isinstance(value, tuple):
            return tuple(self._hidden(record, path, one) for one in value)
        if not isinstance(value, str) or field is None or field.type in ("enum", "instant", "date"):
            return value
        return self.of.masks.mark(value) if field.type == "id" and not field.personal else self.of.masks.text(value, field.personal)


# --- JSON ------------------------------------------------------------------------------------------------------------


def as_data(told: Told) -> dict[str, Any]:
    """The explanation as JSON; `schemas/explanation.json` says what stands in it."""
    finding, masks, explanation = told.finding, told.of.masks, told.masked
    sentence = told.of.writer.sentence(finding)
    made: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION, "id": short(finding.fingerprint), "fingerprint": finding.fingerprint, "policy": finding.policy, "standard": finding.standard,
        "severity": finding.severity, "verdict": finding.verdict, "site_id": finding.site_id, "subject": masks.subject(finding.policy, finding.subject),
        "ordinal": finding.ordinal, "accountable": masks.who(finding.policy, finding.accountable), "sentence": {"zh": sentence.zh, "en": sentence.en},
        "clauses": [{"document": one.document, "clause": one.clause, **{lang: cited(one, told.of.book, lang) for lang in LANGUAGES}} for one in told.policy.source],
        "period": finding.period, "due_at": _iso(finding.due_at), "decided_at": _iso(finding.decided_at), "waived_by": masks.some(finding.waived_by),
        "evidence": [{"record": record, "key": masks.text(key), **_place(told.seen(place))} for record, key, place in told.evidence],
        "why_not": None if told.why is None else {"zh": masks.text(told.why.zh), "en": masks.text(told.why.en)}, "explanation": None,
    }  # fmt: skip
    if explanation is not None:
        data = explained(explanation)
        del data["schema_version"]
        for said, record in zip(data["records"], explanation.records, strict=True):
            said["source"] = _place(told.seen(told.places.get(record.source, (None, None, None)))) if isinstance(record.source, tuple) else {"finding": plain(record.source)}
            said["cells"] = dict(said["cells"])
        made["explanation"] = data
    return made


def _iso(instant: int | None) -> str | None:
    return None if instant is None else iso_utc(instant)


def _place(place: Place) -> dict[str, Any]:
    return dict(zip(("file", "sheet", "row"), place, strict=True))


# --- text ------------------------------------------------------------------------------------------------------------


def as_text(told: Told) -> str:
    """The explanation for people, in one language."""
    lines = list(_head(told))
    one = told.masked
    if told.why is not None:
        note = Text("没有重新计算:{w}。以下是审核当时的记载。", "not computed again: {w}. What follows is what the run itself holds.")
        lines += ["", note[told.lang].format(w=told.of.masks.text(told.why[told.lang]))]
    if one is None:
        lines += _section(told, Text("记录", "records"), _kept(told))
        return "\n".join(lines) + "\n"
    if one.verdict != told.finding.verdict:
        said = Text("注意:重新计算得出「{a}」,与审核结果「{b}」不同。", "note: computed again this comes to `{a}`, and the run says `{b}`.")
        lines += ["", said[told.lang].format(a=WORDS[one.verdict][told.lang], b=WORDS[told.finding.verdict][told.lang])]
    steps = Steps(told.words, told.record, told.zone)
    lines += _section(told, Text("适用的取值", "values in force"), [_value(told, value) for value in one.values])
    lines += _section(told, Text("条件", "conditions"), list(_tests(told, one)))
    lines += _section(told, Text("计算", "arithmetic"), list(said_lines(steps, one.steps)))
    lines += _section(told, Text("记录", "records"), list(_records(told, one.records)))
    lines += _section(told, Text("怎样才够", "what would have been enough"), [*said_lines(steps, one.enough), *(_unmet(told, one) if one.enough else ())])
    return "\n".join(lines) + "\n"


def _section(told: Told, head: Text, lines: list[str]) -> list[str]:
    return ["", head[told.lang] + ":", *(f"  {line}" for line in lines)] if lines else []


def _head(told: Told) -> Iterator[str]:
    finding, lang, masks = told.finding, told.lang, told.of.masks
    yield f"{short(finding.fingerprint)}  {WORDS[finding.verdict][lang]}  {LEVEL_WORDS[finding.severity][lang]}"
    yield f"{finding.policy}  {told.policy.title.text[lang]}"
    ordinal = f" · {finding.ordinal}" if finding.ordinal not in ("", "1") else ""
    yield f"{finding.site_id} · {masks.subject(finding.policy, finding.subject)}{ordinal} · {masks.who(finding.policy, finding.accountable) or '—'}"
    yield told.of.writer.sentence(finding)[lang]
    if finding.waived_by:
        yield Text("已豁免:{w}", "waived: {w}")[lang].format(w=masks.some(finding.waived_by))
    yield from ("", Text("依据", "clause")[lang] + ":")
    yield from (f"  {cited(source, told.of.book, lang)}" for source in told.policy.source)


def _kept(told: Told) -> list[str]:
    own = (told.finding.file, told.finding.sheet, told.finding.row)
    listed = [f"{told.words.record(told.record)} {where(told.seen(own))}"] if told.finding.file else []
    return listed + [f"{told.words.record(record)} {told.of.masks.text(key)} {where(told.seen(place))}" for record, key, place in told.evidence]


def where(place: Place) -> str:
    """`工单.xlsx[十月]:12`."""
    file, sheet, row = place
    return "" if file is None else file + (f"[{sheet}]" if sheet else "") + (f":{row}" if row is not None else "")


def _value(told: Told, one: InForce) -> str:
    lang, book = told.lang, told.of.book
    owner: Any = told.policy if one.owner == told.policy.id else book.records[one.owner]
    spec = owner.parameters[one.name]
    named = f"{one.name}({spec.title.text[lang]})" if spec.title else one.name
    case = Text("{c}时,", "where {c}: ")[lang].format(c=told.words.condition(told.record, Condition.model_validate(one.when))) if one.when else ""
    origin = Text("方案 {p} 设定", "set by profile {p}")[lang].format(p=one.profile) if one.by_profile else Text("文件规定", "as the document says")[lang]
    parts = [origin]
    if one.document and one.clause:
        documents = book.catalogue.documents if book.catalogue else {}
        title = documents[one.document].title.text[lang] if one.document in documents else one.document
        parts.append(Text("《{d}》{c}", "{d}, {c}")[lang].format(d=title, c=one.clause))
    parts += [Text("{a}批准", "approved by {a}")[lang].format(a=one.approved_by)] if one.approved_by else []
    parts += [Text("自 {d} 起", "since {d}")[lang].format(d=to_date(one.first))] if one.first is not None else []
    parts += [Text("至 {d} 止", "until {d}")[lang].format(d=to_date(one.last))] if one.last is not None else []
    return f"{named} = {case}{amount(one.value, lang, one.unit)}({(',' if lang == 'zh' else ', ').join(parts)})"


def _tests(told: Told, one: Explanation) -> Iterator[str]:
    """Each test with what it asks and what was found. Of what makes a record void and of excuses only what says something."""
    for test in one.tests:
        if test.part in ("void", "excused_when") and test.holds is False:
            continue
        mark = (HOLDS if test.part in ("where", "require") else SO).get(test.holds, HOLDS[None])[told.lang]
        yield f"[{mark}] {PARTS[test.part][told.lang]}: {_asked(told, test)}{_found(told, test)}"


def field_path(path: str) -> str:
    """The field that a test reads, of where it stands in its condition."""
    return re.sub(r"^(?:(?:all_of|any_of)\.\d+\.|not\.)+", "", path)


def _asked(told: Told, test: Tested) -> str:
    """The test in words."""
    part: Any = getattr(told.policy, test.part, None) if test.part != "void" else told.of.book.records[told.record].void
    keys = test.path.split(".")
    while isinstance(part, Condition) and keys[0] in ("all_of", "any_of", "not"):
        word = keys.pop(0)
        part = part.not_ if word == "not" else getattr(part, word)[int(keys.pop(0))]
    key = ".".join(keys)
    written = next(((name, value) for name, value in part.parts() if name == key), None) if isinstance(part, Condition) else None
    if written is None:
        return test.path
    bounds = {name: getattr(part, name) for name in ("at_least", "at_most") if key in ("number_of", "sum", "mean_of") and getattr(part, name) is not None}
    return told.words.condition(told.record, Condition.model_validate({key: written[1], **bounds}))


def _found(told: Told, test: Tested) -> str:
    if isinstance(test.found, list):
        surely, maybe = test.found
        more = Text(",另有 {n} 条说不准", ", {n} more may count")[told.lang].format(n=maybe - surely) if maybe > surely else ""
        return Text(";找到 {n} 条{m}", "; {n} found{m}")[told.lang].format(n=surely, m=more)
    return Text(";实际 {v}", "; found {v}")[told.lang].format(v=cell(told, told.record, field_path(test.path), test.found, test.type))


def cell(told: Told, record: str, path: str, value: Any, type_: str | None = None) -> str:
    """A cell as people read it."""
    lang, field = told.lang, told.words._field(record, path)
    kind = type_ or (field.type if field else "text")
    if value is LATER:
        return Text("尚未", "not yet")[lang]
    if value is None:
        return Text("未填", "not given")[lang]
    if isinstance(value, bool):
        return amount(value, lang)
    if isinstance(value, tuple):
        return ("、" if lang == "zh" else ", ").join(map(str, value)) or Text("空", "none")[lang]
    match kind:
        case "instant":
            return moment(value, told.zone, lang)
        case "date":
            return to_date(value).isoformat()
        case "duration":
            return duration(value, lang)
        case "enum":
            return told.words.value(field, str(value))
    return amount(value, lang, field.unit or "" if field else "")


def _unmet(told: Told, one: Explanation) -> Iterator[str]:
    """The conditions that were not met, or were and should not have been."""
    part = "forbidden" if one.accounts[0].forbidden else "require"
    yield from (f"  {_asked(told, test)}" for test in one.tests if test.part == part and test.path in one.unmet)


MOST = 25
"""Of the records of one role not more than this many are told in text."""


def _records(told: Told, records: Sequence[Involved]) -> Iterator[str]:
    counted: Counter[str] = Counter()
    for one in records:
        counted[one.role] += 1
        if counted[one.role] <= MOST:
            yield from _record(told, one)
    for role, number in counted.items():
        if number > MOST:
            more = Text("{r}还有 {n} 条,`--format json` 列出", "{r}: {n} more, listed by `--format json`")
            yield more[told.lang].format(r=ROLES[role][told.lang], n=number - MOST)


def _record(told: Told, one: Involved) -> Iterator[str]:
    title = told.words.record(one.record) if one.role != "violation" else one.record
    place = where(told.seen(told.places.get(one.source, (None, None, None)))) if isinstance(one.source, tuple) else str(one.source)
    counts = f"({COUNTS[one.counts][told.lang]})" if one.counts in COUNTS and one.counts is not True else ""
    at = f" {moment(one.at, told.zone, told.lang)}" if one.at is not None and abs(one.at) < 2**61 else ""
    yield f"{ROLES[one.role][told.lang]} {title} {one.key}{counts}{at}  {place}".rstrip()
    said = [f"{told.words.field(one.record, path)}={cell(told, one.record, path, value)}" for path, value in one.cells if value is not None and "." not in path]
    if said:
        yield "    " + (";" if told.lang == "zh" else "; ").join(said)


__all__ = ["Told", "as_data", "as_text"]
