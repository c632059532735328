"""The appendix: values in force, how scores are computed, what was checked whole, what by sample, what is left to inspection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.errors import Text, say
from checker.finding import LEVEL_WORDS
from checker.load import applies
from checker.policy.files import Profile
from checker.policy.kinds import Base, subject_type
from checker.policy.scoring import Points, Scoring
from checker.report.audit.model import Appendix, InForce
from checker.report.audit.told import Told
from checker.report.explain import cited
from checker.report.phrases import Phrases, amount


def appendix(told: Told) -> Appendix:
    catalogue, lang = told.book.catalogue, told.lang
    left = tuple((name, one.title.text[lang]) for name, one in catalogue.standards.items()) if catalogue else ()
    return Appendix(tuple(_values(told)), tuple(map(told.masks.text, _calculation(told))), tuple(_sampling(told, len(left))), left)


# --- values in force -------------------------------------------------------------------------------------------------


def _values(told: Told) -> Iterator[InForce]:
    """Each parameter of each policy that a site's profile selects: what the profile sets, else what the policy says."""
    for profile in {one.profile: one for one in told.profiles.values()}.values():
        for policy in told.book.policies:
            if applies(policy.id, profile):
                yield from _of_policy(told, policy, profile)


def _of_policy(told: Told, policy: Base, profile: Profile) -> Iterator[InForce]:
    words = Phrases(told.book.records, told.lang, policy, profile)
    for name, spec in policy.parameters.items():
        setting = profile.set.get(policy.id, {}).get(name)
        title = spec.title.text[told.lang] if spec.title else name
        dated: tuple[Any, ...] = setting if isinstance(setting, tuple) else (spec.values or ()) if setting is None else ()
        whose = say("方案 {p}", "profile {p}", p=profile.profile)[told.lang] if setting is not None else say("政策", "the policy")[told.lang]
        for one in dated:
            yield InForce(policy.id, title, profile.profile, _dated(told, policy, words, one, spec.unit), _origin(told, one, whose))
        plain = setting if setting is not None and not dated else spec.value if not dated else None
        if plain is not None:
            yield InForce(policy.id, title, profile.profile, amount(plain, told.lang, spec.unit), whose)


def _dated(told: Told, policy: Base, words: Phrases, one: Any, unit: str) -> str:
    """A value, with the days and the case that it holds for."""
    lang = told.lang
    start = say("自 {d} 起 ", "from {d}: ", d=one.from_)[lang] if one.from_ else ""
    until = say("至 {d} ", "until {d}: ", d=one.until)[lang] if one.until else ""
    case = say("{c}时 ", "where {c}: ", c=words.condition(subject_type(policy), one.when))[lang] if one.when else ""
    other = say("其余 ", "otherwise ")[lang] if one.otherwise else ""
    return f"{start}{until}{case}{other}{amount(one.value, lang, unit)}"


def _origin(told: Told, one: Any, whose: str) -> str:
    parts = [cited(one.source, told.book, told.lang)] if one.source else [whose]
    if one.approved_by:
        parts.append(say("{a}批准", "approved by {a}", a=one.approved_by)[told.lang])
    return {"zh": ",", "en": ", "}[told.lang].join(map(told.masks.text, parts))


# --- calculation -----------------------------------------------------------------------------------------------------


def _calculation(told: Told) -> Iterator[str]:
    """How scores come about, one paragraph each."""
    scorings = {profile.profile: profile.scoring for profile in told.profiles.values()}
    for name, scoring in scorings.items():
        if scoring is None:
            yield say("方案 {p} 没有写评分办法,不评分。", "Profile {p} says nothing of scoring: no score.", p=name)[told.lang]
            continue
        if len(scorings) > 1:
            yield say("方案 {p}:", "Profile {p}:", p=name)[told.lang]
        yield from (line[told.lang] for line in _lines(scoring, told.profiles, name))
    if len(told.profiles) > 1:
        yield say("多个项目时,总分是各项目得分的平均。", "With several sites the score of all is the mean of their scores.")[told.lang]
    yield say(
        "排名按每百项的不合格数,从少到多;相同的并列。热力图只计起点是时刻的要求。接近限值的合格项是用时在限值九成以上、仍合格的记录。",
        "Rankings go by violations per 100 judged, the fewest first; equal ones share a place. The heat map counts demands that begin at an instant. "
        "Near misses passed with more than nine tenths of their limit used.",
    )[told.lang]


def _lines(scoring: Scoring, profiles: dict[str, Profile], name: str) -> Iterator[Text]:
    profile = next(one for one in profiles.values() if one.profile == name)
    yield say("评分依据:{z}({a}批准)。", "Scoring: {e} (approved by {a}).", z=scoring.source.zh, e=scoring.source.en, a=scoring.approved_by)
    yield say("满分 100 分。权重:{z}。", "100 points. Weights: {e}.", z=";".join(f"{area.title.zh} {area.weight}" for area in scoring.areas),
              e="; ".join(f"{area.title.en} {area.weight}" for area in scoring.areas))  # fmt: skip
    yield say(
        "板块权重由其中参与评分的规则分摊({z});没有可评规则的板块,权重按比例让给其他板块;权重按 0.01 分取整,余数按最大余数分配。",
        "An area's weight is shared by its scored rules ({e}); an area without any gives its weight to the others in proportion; weights are rounded to 0.01 by largest remainder.",
        z="、".join(f"{LEVEL_WORDS[level].zh} {share} 份" for level, share in scoring.shares.items()) or "均分",
        e=", ".join(f"{LEVEL_WORDS[level].en} {share}" for level, share in scoring.shares.items()) or "equally",
    )
    yield _deductions(scoring, profile.points)
    yield say("比率类规则:扣分 = 权重 × min(1, |目标−实际| ÷ 目标 × {s});有几组时取已判各组的平均。",
              "Rates: deduction = weight × min(1, |target − value| ÷ target × {s}); with several groups, the mean over those judged.", s=scoring.steepness)  # fmt: skip
    if scoring.repeated:
        times = f"{float(scoring.repeated.weighs.value):g}"
        yield say("同一人同一规则 {d} 天内再次不合格,扣分 ×{t}。", "The same rule broken by the same person within {d} days again: deduction × {t}.",
                  d=scoring.repeated.within.amount, t=times)  # fmt: skip
    yield say("等级:{z}。", "Grades: {e}.", z="、".join(f"≥{one.from_} {one.grade.zh}" for one in scoring.grades),
              e=", ".join(f"≥{one.from_} {one.grade.en}" for one in scoring.grades))  # fmt: skip
    if scoring.critical_at_most is not None:
        top = next(one.grade for one in scoring.grades if str(one.from_) == str(scoring.critical_at_most))
        yield say("有严重不合格项的,等级不高于「{z}」。", "With a critical violation the grade is not above “{e}”.", z=top.zh, e=top.en)
    yield say(
        "暂定分:未驳回、未豁免的不合格项都计;确认分:只计已确认的。无法判定、未到期、不适用的不计分。累进政策只作建议的,不计分。",
        "Provisional score: every violation that is neither rejected nor waived. Confirmed score: only confirmed ones. What cannot be judged, is not due "
        "or does not apply scores nothing; what a ladder merely proposes scores nothing.",
    )


def _deductions(scoring: Scoring, points: dict[Any, Points]) -> Text:
    zh = "、".join(f"{LEVEL_WORDS[level].zh} {number}" for level, number in points.items())
    en = ", ".join(f"{LEVEL_WORDS[level].en} {number}" for level, number in points.items())
    if scoring.method == "points":
        return say("每项扣分:{z}(政策另写的从其规定);每条规则扣完权重为止。",
                   "Deduction per violation: {e} (unless the policy says otherwise); a rule loses at most its weight.", z=zh, e=en)  # fmt: skip
    bands = [(f"{one.over}", f"{one.deduct}") for one in scoring.bands]
    return say("按违规率(不合格 ÷ 已判)分档扣规则权重:{z}。", "By violation rate (violations ÷ judged), of the rule's weight: {e}.",
               z="、".join(f">{over} 扣 {deduct}" for over, deduct in bands), e="; ".join(f"over {over}: {deduct}" for over, deduct in bands))  # fmt: skip


# --- sampling --------------------------------------------------------------------------------------------------------


def _sampling(told: Told, left: int) -> Iterator[str]:
    """What was checked whole, what rests on samples that people drew, what is left to inspection."""
    judged = [one for one in told.counted if not one["missing_records"]]
    sampled = sorted({one["policy"] for one in judged if subject_type(told.policies[one["policy"]]).startswith("inspection")})
    whole = sum(one["obligations"] for one in judged if one["policy"] not in sampled)
    yield say("全数检查:{n} 条政策对提供的全部记录逐条判定,共 {o:,} 项,不抽样。", "Checked whole: {n} policies judged every record supplied, {o:,} obligations, without sampling.",
              n=len(judged) - len(sampled), o=whole)[told.lang]  # fmt: skip
    if sampled:
        number = sum(one["obligations"] for one in judged if one["policy"] in sampled)
        yield say("抽样检查:{n} 条政策依据现场检查表,共 {o:,} 项,只反映被抽查到的人和物。",
                  "By sample: {n} policies rest on inspection sheets, {o:,} obligations; they speak only of what was inspected.", n=len(sampled), o=number)[told.lang]  # fmt: skip
    proposing = len(told.summary["policies"]) - len(told.counted)
    if proposing:
        yield say("另有 {n} 条累进政策只提建议,不计入应核和不合格。",
                  "Ladders that only propose steps: {n}; they count neither as obligations nor as violations.", n=proposing)[told.lang]  # fmt: skip
    if left:
        yield say("另有 {n} 条标准只能现场检查,清单附后。", "{n} more standards can only be inspected on site; they are listed below.", n=left)[told.lang]
