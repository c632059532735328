"""Findings as people read them, as SQL: what `report/sentences.py` says of one finding, said here of all of them.

A million violations are written by the database; a test holds every cell against the other module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from checker.calendars import offsets
from checker.compile.common import PLACE
from checker.compile.sql import DAY, text
from checker.finding import LEVEL_WORDS, NOT_GIVEN, STEPS, UNIT_WORDS, default_sentence, nobody
from checker.masking import JOINT
from checker.masks import Masks
from checker.plan import Site
from checker.policy.kinds import Base, subject_type
from checker.policy.records import RecordField, RecordType, resolve

MOMENT = "%Y-%m-%d %H:%M"


def macros(sites: Sequence[Site], span: tuple[int, int]) -> Iterator[str]:
    """What the columns are made of: local times, durations, measures in their unit, masks, cells that are no formulas."""
    yield f"_local(site_, us) AS us + {_offset(sites, span)}"
    yield (
        f"_moment(site_, us) AS CASE WHEN us IS NULL THEN '—' WHEN (_local(site_, us) + 1) % {DAY} = 0 "
        f"THEN strftime(make_timestamp(_local(site_, us)), '%Y-%m-%d') || ' 24:00' "
        f"WHEN (_local(site_, us) // 1000000) % 60 = 0 THEN strftime(make_timestamp(_local(site_, us)), '{MOMENT}') "
        f"ELSE strftime(make_timestamp(_local(site_, us)), '{MOMENT}:%S') END"
    )
    for lang, (day, hour, minute, second) in UNIT_WORDS.items():
        left = f"(CASE WHEN us >= {3 * DAY} THEN us % {DAY} ELSE us END)", "us % 3600000000"
        seconds = "CASE WHEN us % 1000000 = 0 THEN (us % 60000000 // 1000000)::VARCHAR ELSE rtrim(printf('%d.%06d', us % 60000000 // 1000000, us % 1000000), '0') END"
        most = f"us >= {3 * DAY} AND {left[0]} >= 3600000000 AND {left[1]} >= 60000000"
        yield (
            f"_span_{lang}(us) AS concat_ws(' ', CASE WHEN us >= {3 * DAY} THEN (us // {DAY})::VARCHAR || '{day}' END, "
            f"CASE WHEN {left[0]} >= 3600000000 THEN ({left[0]} // 3600000000)::VARCHAR || '{hour}' END, "
            f"CASE WHEN {left[1]} >= 60000000 THEN ({left[1]} // 60000000)::VARCHAR || '{minute}' END, "
            f"CASE WHEN (us % 60000000 > 0 OR us = 0) AND NOT ({most}) THEN {seconds} || '{second}' END)"
        )
        yield f"_duration_{lang}(us) AS CASE WHEN us < 0 THEN '-' || _span_{lang}(-us) ELSE _span_{lang}(us) END"
        yield (
            f"_measure_{lang}(site_, n, unit_) AS CASE WHEN n IS NULL THEN '—' WHEN unit_ = 'us' THEN _duration_{lang}(n) "
            f"WHEN unit_ = 'days' THEN n::VARCHAR || '{' 天' if lang == 'zh' else ' days'}' "
            f"WHEN unit_ = 'workdays' THEN n::VARCHAR || '{' 个工作日' if lang == 'zh' else ' working days'}' "
            f"WHEN unit_ = 'e-4' THEN printf('%.4f', n / 10000.0) WHEN unit_ = 'instant' THEN _moment(site_, n) "
            f"WHEN unit_ = 'date' THEN _date(n) ELSE n::VARCHAR END"
        )
    yield "_date(n) AS (DATE '1970-01-01' + n::INTEGER)::VARCHAR"
    yield "_name(s) AS left(s, 1) || repeat('*', greatest(length(s) - 1, 1))"
    yield "_digits(s) AS regexp_replace(s, '[^0-9]', '', 'g')"
    yield "_phone(s) AS CASE WHEN length(_digits(s)) >= 7 THEN left(_digits(s), 3) || '****' || right(_digits(s), 4) ELSE '****' END"
    yield "_id_number(s) AS CASE WHEN length(s) > 8 THEN left(s, 6) || '…' || right(s, 2) ELSE '…' END"
    yield "_address(s) AS left(s, greatest(1, least(6, length(s) // 3))) || '…'"
    yield (
        r"_safe(s) AS CASE WHEN s = '' THEN NULL WHEN contains(E'=+-@\t\r＝＋－＠', left(s, 1)) "
        r"AND NOT regexp_full_match(s, '-?([0-9]+\.?[0-9]*|\.[0-9]+)') THEN chr(39) || s ELSE s END"
    )
    many = "0[0-9]+|[0-9]{12,}|[0-9]{4}-[0-9]{2}(-[0-9]{2})?"
    yield f"_as_text(s) AS CASE WHEN s >= '0' AND s < ':' AND regexp_full_match(s, '{many}') THEN chr(9) || s ELSE _safe(s) END"


def _offset(sites: Sequence[Site], span: tuple[int, int]) -> str:
    """The offset of an instant `us` at a site `site_`; a plain number where there is but one."""
    zones: dict[str, list[str]] = {}
    for site in sites:
        zones.setdefault(site.zone, []).append(site.id)
    by_zone = {zone: _stretches(offsets(zone, *span)) for zone in zones}
    if len(set(by_zone.values())) == 1:
        return next(iter(by_zone.values()))
    branches = " ".join(f"WHEN site_ IN ({', '.join(map(text, listed))}) THEN {by_zone[zone]}" for zone, listed in zones.items())
    return f"(CASE {branches} END)"


def _stretches(found: Sequence[tuple[int, int, int]]) -> str:
    if len(found) == 1:
        return str(found[0][2])
    return "(CASE " + " ".join(f"WHEN us < {end} THEN {shift}" for _, end, shift in found[:-1]) + f" ELSE {found[-1][2]} END)"


def sentences(policies: Iterable[Base], types: dict[str, RecordType], lang: str, unmask: bool) -> str:
    """The sentence of a violation `f`: the policy's own, else one by its kind."""
    branches = " ".join(f"WHEN {text(policy.id)} THEN {_of_policy(policy, types, lang, unmask)}" for policy in policies)
    return f"CASE f.policy {branches} END" if branches else "NULL"


def told(policies: Iterable[Base], types: dict[str, RecordType]) -> dict[str, dict[str, bool]]:
    """policy -> argument of its sentences that may hold a name or a number, and is not masked by its kind -> whether it is an id."""
    found = {policy.id: dict(_told(policy, types)) for policy in policies}
    return {policy: listed for policy, listed in found.items() if listed}


def _told(policy: Base, types: dict[str, RecordType]) -> Iterator[tuple[str, bool]]:
    for one in [default_sentence(policy), *({"zh": one.zh, "en": one.en} for one in policy.because or ())]:
        for place in PLACE.findall(one["zh"] + one["en"]):
            field = _field(types, subject_type(policy), place)
            if place not in FACTS and (field is None or (field.type in WRITTEN and not field.personal)):
                yield place, field is not None and field.type == "id"


WRITTEN = ("text", "list", "id")
FACTS = ("accountable", "measured", "limit", "due_at", "subject", "ordinal")
"""Places of a sentence that are no fields of its record."""


def _field(types: dict[str, RecordType], record: str, named: str) -> RecordField | None:
    try:
        return resolve(types, record, named).field
    except KeyError:
        return None


def _path(named: str) -> str:
    return "'$.\"" + named.replace("'", "''") + "\"'"


def _of_policy(policy: Base, types: dict[str, RecordType], lang: str, unmask: bool) -> str:
    record = subject_type(policy)
    who = nobody(policy)[lang]
    own = [_filled(getattr(one, lang), record, types, lang, unmask, who) for one in policy.because or ()]
    usual = _filled(default_sentence(policy)[lang], record, types, lang, unmask, who)
    if len(own) == 1:
        return f"CASE WHEN f.because = 0 THEN {own[0]} ELSE {usual} END"
    return "CASE f.because " + " ".join(f"WHEN {index} THEN {sql}" for index, sql in enumerate(own)) + f" ELSE {usual} END" if own else usual


def _filled(template: str, record: str, types: dict[str, RecordType], lang: str, unmask: bool, who: str) -> str:
    parts, at = [], 0
    for place in PLACE.finditer(template):
        parts += [text(template[at : place.start()])] if place.start() > at else []
        parts.append(_place(place[1], record, types, lang, unmask, who))
        at = place.end()
    parts += [text(template[at:])] if at < len(template) else []
    return " || ".join(parts) or "''"


def _place(named: str, record: str, types: dict[str, RecordType], lang: str, unmask: bool, who: str) -> str:
    match named:
        case "accountable":
            return f"coalesce(f.who_said, {text(who)})"
        case "measured" | "limit":
            return f"f.{named}_{lang}"
        case "due_at":
            return "f.due_said"
        case "subject":
            return "f.subject_said"
        case "ordinal":
            return "f.ordinal"
    field, path = _field(types, record, named), _path(named)
    value = f"json_extract_string(f.args, {path})"
    if named == "proposed" and field is None:
        value = f"CASE {value} {' '.join(f'WHEN {text(step)} THEN {text(words[lang])}' for step, words in STEPS.items())} ELSE {value} END"
    return f"coalesce({_argument(field, value, path, lang, unmask)}, {text(NOT_GIVEN[lang])})"


def _argument(field: RecordField | None, value: str, path: str, lang: str, unmask: bool) -> str:
    """A field of the record as people read it; personal ones masked."""
    if field is None:
        return value
    if field.personal and not unmask:
        return f"CASE WHEN {value} IS NOT NULL THEN _{field.personal.replace('-', '_')}({value}) END"
    match field.type:
        case "instant":
            return f"CASE WHEN {value} IS NOT NULL THEN _moment(f.site, ({value})::BIGINT) END"
        case "duration":
            return f"CASE WHEN {value} IS NOT NULL THEN _duration_{lang}(({value})::BIGINT) END"
        case "date":
            return f"_date(({value})::BIGINT)"
        case "flag":
            yes, no = ("是", "否") if lang == "zh" else ("yes", "no")
            return f"CASE {value} WHEN 'true' THEN '{yes}' WHEN 'false' THEN '{no}' END"
        case "list":
            return f"CASE WHEN {value} IS NOT NULL THEN array_to_string(json_extract_string(f.args, {path[:-1]}[*]'), '{'、' if lang == 'zh' else ', '}') END"
        case "enum" if lang == "zh" and field.values:
            named = {code: words[0] for code, words in field.values.items() if words}
            branches = " ".join(f"WHEN {text(str(code))} THEN {text(word)}" for code, word in named.items())
            return f"CASE {value} {branches} ELSE {value} END" if branches else value
        case "decimal" | "share":
            return f"regexp_replace({value}, '\\.0+$|(\\.[0-9]*[1-9])0+$', '\\1')"
    return value


SAID = {
    "occurred_said": "_moment(f.site, f.occurred)", "due_said": "_moment(f.site, f.due)",
    "measured_zh": "_measure_zh(f.site, f.measured, f.unit)", "measured_en": "_measure_en(f.site, f.measured, f.unit)",
    "limit_zh": '_measure_zh(f.site, f."limit", f.unit)', "limit_en": '_measure_en(f.site, f."limit", f.unit)',
}  # fmt: skip


def said(policies: Iterable[Base], masks: Masks) -> dict[str, str]:
    """Times, measures and people in words: computed once a violation, read by several cells and sentences."""
    listed = tuple(policies)
    who = {one.id: _masked("f.accountable", masks.answers[one.id]) for one in listed if one.id in masks.answers}
    subject = {one.id: _parts(masks.subjects[one.id]) for one in listed if one.id in masks.subjects}
    written = {f"{one}_said": f"_text(f.{one})" for one in ("team", "value", "waived_by")}
    return {**SAID, **written, "who_said": _each(who, "f.accountable", masks.unmask), "subject_said": _each(subject, "f.subject", masks.unmask)}


def _each(own: Mapping[str, str], column: str, unmask: bool) -> str:
    """What is said of a column: by the policy where it is personal there."""
    branches = " ".join(f"WHEN {text(policy)} THEN {sql}" for policy, sql in own.items())
    return column if unmask else f"CASE f.policy {branches} ELSE _mark({column}) END" if branches else f"_mark({column})"


def _masked(value: str, kind: str) -> str:
    return f"CASE WHEN {value} IS NOT NULL THEN _{kind.replace('-', '_')}({value}) END"


def _parts(kinds: Sequence[str | None]) -> str:
    """A subject part by part; whole where it has not as many parts as its policy says."""
    split = f"string_split(f.subject, '{JOINT}')"
    shown = [_masked(f"{split}[{number}]", kind) if kind else f"_mark({split}[{number}])" for number, kind in enumerate(kinds, 1)]
    whole = _masked("f.subject", next(kind for kind in kinds if kind))
    return f"CASE WHEN len({split}) = {len(kinds)} THEN {f' || {text(JOINT)} || '.join(shown)} ELSE {whole} END"

HEAD = (
    "编号 id", "政策 policy", "名称 title", "标准 standard", "条款 clause", "级别 severity", "扣分 points", "项目 site", "班组 team", "责任人 accountable",
    "对象 subject", "序次 ordinal", "发生时间 occurred at", "期限 due at", "实测 measured", "限值 limit", "还差 short of", "取值 value in force",
    "事实", "fact", "备注 note", "有争议 disputed", "豁免 waived by", "文件 file", "工作表 sheet", "行 row",
)  # fmt: skip


def violations(policies: Sequence[Base], types: dict[str, RecordType], documents: Mapping[str, str], masks: Masks) -> tuple[str, ...]:
    """The cells under HEAD of a violation `f` (with the columns of `said`). `documents` are titles by short id."""
    clause = _by_policy({one.id: clause_of(one, documents) for one in policies})
    level = " ".join(f"WHEN {text(word)} THEN {text(f'{said.zh} {word}')}" for word, said in LEVEL_WORDS.items())
    note = " ".join(f"WHEN {text(code)} THEN {text(said)}" for code, said in _notes(types).items())
    short = "f.unit IN ('times', 'members') AND f.measured IS NOT NULL"
    return (
        "'F-' || left(f.fingerprint, 12)", "f.policy", _by_policy({one.id: one.title.zh for one in policies}), "_standard(f.policy)", clause,
        f"CASE _severity(f.policy) {level} END",
        "regexp_replace(f.points::VARCHAR, '\\.0+$|(\\.[0-9]*[1-9])0+$', '\\1')", "_safe(f.site)", "_safe(f.team_said)", "_safe(f.who_said)",
        "_as_text(f.subject_said)", "_as_text(f.ordinal)", "f.occurred_said", "f.due_said", "_safe(f.measured_zh)",
        "_safe(f.limit_zh)", f'CASE WHEN {short} THEN greatest(f."limit" - f.measured, 0) END', "_safe(f.value_said)",
        f"_safe({sentences(policies, types, 'zh', masks.unmask)})", f"_safe({sentences(policies, types, 'en', masks.unmask)})", f"CASE f.note {note} END",
        "CASE WHEN f.disputed THEN '是' END", "_safe(f.waived_by_said)", "_safe(_text(_file(f.file)))", "_safe(_text(_sheet(f.file)))", 'f."row"',
    )  # fmt: skip


def _by_policy(words: Mapping[str, str]) -> str:
    """A text of each policy."""
    branches = " ".join(f"WHEN {text(policy)} THEN _safe({text(said)})" for policy, said in words.items())
    return f"CASE f.policy {branches} END" if branches else "NULL"


def _notes(types: Mapping[str, RecordType]) -> dict[str, str]:
    """What the codes of notes say: how a derived field was found, and ends before starts."""
    found = {"early": "先后颠倒 end before start", "provisional": "暂定 provisional", "unanswered": "截至时刻仍没有 nothing came by as-of"}
    for kind in types.values():
        for name, spec in kind.fields.items():
            if spec.note_if_second:
                found[f"{kind.record}.{name}"] = f"{spec.note_if_second.zh} {spec.note_if_second.en}"
    return found


def clause_of(policy: Base, documents: Mapping[str, str]) -> str:
    """《客服岗位操作标准》仪容仪表: every clause that a policy cites."""
    return ";".join(f"《{documents[one.document]}》{one.clause}" if one.document in documents else f"{one.document} {one.clause}" for one in policy.source)


__all__ = ["HEAD", "clause_of", "macros", "said", "sentences", "told", "violations"]
