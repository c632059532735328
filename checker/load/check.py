"""What a file's form cannot show: names that exist, types and units that fit, values that are set, floors that hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.errors import NOTHING, Problem, Text, nearest, say
from checker.load.conditions import Checker
from checker.load.strict import Path, Source
from checker.policy.conditions import Related
from checker.policy.files import Profile
from checker.policy.kinds import Base, Deadline, FirstOf, Frequency, LatestOf, Presence, Rate, Requirement, Sequence
from checker.policy.records import DatedValue, FirstField, ParameterSpec, RecordType
from checker.policy.typed import typed
from checker.policy.values import Duration, Parameter, Share


def check_book(book: Any) -> Iterator[Problem]:
    """Every problem that the policies, records and profiles of a book have with each other."""
    for record, kind in book.records.items():
        yield from _record(book, record, kind)
    for policy in book.policies:
        source, path = book.places[("policy", policy.id)]
        yield from _Policy(book, policy, source, path).problems()
    for profile in book.profiles.values():
        yield from _profile(book, profile)


def unknown(where: Any, id: str, zh: str, en: str, word: str, known: Any) -> Problem:
    """A name that does not exist, with the one that was probably meant."""
    listed = sorted(known)
    meant = nearest(word, listed)
    hint = say("是不是 `{m}`?", "did you mean `{m}`?", m=meant) if meant else say("已有 {k}", "there are {k}", k=", ".join(listed) or "—")
    return Problem(where, id, say("没有" + zh + " `{w}`", "there is no " + en + " `{w}`", w=word), hint)


# --- record types ----------------------------------------------------------------------------------------------------


def _record(book: Any, record: str, kind: RecordType) -> Iterator[Problem]:
    """Keys, time, references and unfolding name what exists."""
    source, path = book.places[("record", record)]
    check = Checker(book.records, source)
    for index, key in enumerate(kind.key):
        if key not in kind.stored:
            yield unknown(source.where((*path, "key", index)), "field.unknown", "字段", "field", key, kind.stored)
    for hop, reference in kind.references.items():
        at = (*path, "references", hop)
        if reference.record not in book.records:
            yield unknown(source.where((*at, "record")), "record.unknown", "记录类型", "record type", reference.record, book.records)
        for word, field in (("by", reference.by), ("at", reference.at)):
            if field is not None and field not in kind.stored:
                yield unknown(source.where((*at, word)), "field.unknown", "字段", "field", field, kind.stored)
    if kind.time:
        yield from check.path(record, kind.time, (*path, "time"))
    if kind.active:
        for word, name in (("from", kind.active.from_), ("to", kind.active.to)):
            if name is not None and name not in kind.stored:
                yield unknown(source.where((*path, "active", word)), "field.unknown", "字段", "field", name, kind.stored)
    for word, condition in (("void", kind.void), ("lapses", kind.lapses.where if kind.lapses else None)):
        if condition is not None:
            yield from check.condition(record, condition, (*path, word) if word == "void" else (*path, word, "where"), kind.parameters)
    if kind.unfold and kind.unfold.record not in book.records:
        yield unknown(source.where((*path, "unfold", "record")), "record.unknown", "记录类型", "record type", kind.unfold.record, book.records)


# --- policies --------------------------------------------------------------------------------------------------------


class _Policy:
    """The checks of one policy."""

    def __init__(self, book: Any, policy: Base, source: Source, path: Path) -> None:
        self.book, self.policy, self.source, self.path = book, policy, source, path
        self.check = Checker(book.records, source)

    def problems(self) -> Iterator[Problem]:
        record = self._own()
        yield from self._citations()
        if record not in self.book.records:
            yield unknown(self._where(*self._own_path()), "record.unknown", "记录类型", "record type", record, self.book.records)
            return
        yield from self._paths(record)
        yield from self._conditions(record)
        yield from self._related(record)
        yield from self._parameters()
        yield from self._clock(record)

    def _where(self, *parts: str | int) -> Any:
        return self.source.where((*self.path, *parts))

    def _own(self) -> str:
        return self.policy.share_of.record if isinstance(self.policy, Rate) else str(getattr(self.policy, "for_each", "")) or "site"

    def _own_path(self) -> tuple[str, ...]:
        return ("share_of", "record") if isinstance(self.policy, Rate) else ("for_each",)

    def _citations(self) -> Iterator[Problem]:
        if self.book.catalogue is None:
            return
        documents = self.book.catalogue.documents
        for index, source in enumerate(self.policy.source):
            if source.document not in documents:
                yield unknown(self._where("source", index, "document"), "document.unknown", "文件", "document", source.document, documents)

    def _paths(self, record: str) -> Iterator[Problem]:
        """Field paths that stand alone."""
        policy = self.policy
        who = policy.accountable
        if isinstance(who, str):
            yield from self._path(record, who, "accountable")
        elif who is not None:
            for index, path in enumerate(who.first_present):
                yield from self._path(record, path, "accountable", "first_present", index)
        if isinstance(policy.points, str):
            yield from self._path(record, policy.points, "points")
        for index, path in enumerate(getattr(policy, "subject", None) or ()):
            yield from self._path(record, path, "subject", index)
        if isinstance(policy, Rate):
            for index, path in enumerate(policy.group_by):
                yield from self._path(record, path, "group_by", index)
        if isinstance(policy, Deadline):
            starts = (policy.starts,) if isinstance(policy.starts, str) else policy.starts.first_present
            for path in starts:
                yield from self.check.moment(record, path, (*self.path, "starts"))
            if policy.ends_by:
                yield from self.check.moment(record, policy.ends_by, (*self.path, "ends_by"))

    def _path(self, record: str, path: str, *parts: str | int) -> Iterator[Problem]:
        if path != "site_id":
            yield from self.check.path(record, path, (*self.path, *parts))

    def _conditions(self, record: str) -> Iterator[Problem]:
        policy = self.policy
        for key in ("where", "excused_when", "require", "forbidden"):
            condition = getattr(policy, key, None)
            if condition is not None:
                yield from self.check.condition(record, condition, (*self.path, key), policy.parameters)
        for index, because in enumerate(policy.because or ()):
            if because.when is not None:
                yield from self.check.condition(record, because.when, (*self.path, "because", index, "when"), policy.parameters)
        if isinstance(policy, Rate):
            if policy.share_of.where is not None:
                yield from self.check.condition(record, policy.share_of.where, (*self.path, "share_of", "where"), policy.parameters)
            if policy.that.__class__.__name__ == "Condition":
                yield from self.check.condition(record, policy.that, (*self.path, "that"), policy.parameters)  # type: ignore[arg-type]

    def _related(self, record: str) -> Iterator[Problem]:
        policy = self.policy
        if isinstance(policy, Frequency):
            yield from self.check.related(record, policy.expects, (*self.path, "expects"), policy.parameters)
            if policy.covers:
                yield from self._covers(record)
        if isinstance(policy, Deadline):
            yield from self._ends(record, policy.ends, (*self.path, "ends"))
        if isinstance(policy, Sequence | Presence):
            clause: Any = policy.steps if isinstance(policy, Sequence) else policy.staffed_by
            if clause.record not in self.book.records:
                at = "steps" if isinstance(policy, Sequence) else "staffed_by"
                yield unknown(self._where(at, "record"), "record.unknown", "记录类型", "record type", clause.record, self.book.records)

    def _covers(self, record: str) -> Iterator[Problem]:
        policy = self.policy
        assert isinstance(policy, Frequency)
        assert policy.covers is not None
        yield from self.check.path(policy.expects.record, policy.covers.field, (*self.path, "covers", "field"))
        members = policy.covers.all_of
        if members.record not in self.book.records:
            yield unknown(self._where("covers", "all_of", "record"), "record.unknown", "记录类型", "record type", members.record, self.book.records)
            return
        yield from self.check.path(members.record, members.field, (*self.path, "covers", "all_of", "field"))
        if members.where:
            yield from self.check.condition(members.record, members.where, (*self.path, "covers", "all_of", "where"), policy.parameters)

    def _ends(self, record: str, end: object, at: Path) -> Iterator[Problem]:
        match end:
            case str():
                yield from self.check.moment(record, end, at)
            case Related():
                yield from self.check.related(record, end, at, self.policy.parameters)
            case FirstOf(first_of=members) | LatestOf(latest_of=members):
                word = "first_of" if isinstance(end, FirstOf) else "latest_of"
                for index, one in enumerate(members):
                    yield from self._ends(record, one, (*at, word, index))

    def _parameters(self) -> Iterator[Problem]:
        """Parameters that are used are declared, and those declared are used or at least meant for people."""
        policy = self.policy
        for name, at in _used(policy.model_dump(), ()):
            if name not in policy.parameters and not (at and at[0] == "parameters"):
                yield unknown(self.source.where((*self.path, *at)), "parameter.unknown", "参数", "parameter", name, policy.parameters)
        for name, spec in policy.parameters.items():
            yield from self._spec(name, spec)

    def _spec(self, name: str, spec: ParameterSpec) -> Iterator[Problem]:
        """Values fit their unit."""
        for index, value in enumerate(spec.values or ()):
            yield from fits(value.value, spec, self._where("parameters", name, "values", index, "value"))
        if spec.value is not None and not spec.set_by_site:
            yield from fits(spec.value, spec, self._where("parameters", name, "value"))

    def _clock(self, record: str) -> Iterator[Problem]:
        """A requirement that reads what may come later says when it is judged (language §6)."""
        policy = self.policy
        if not isinstance(policy, Requirement) or policy.judged_at or policy.starts:
            return
        demand = policy.require or policy.forbidden
        if demand is not None and (later := self.check.later(record, demand)):
            yield Problem(
                self._where("require" if policy.require else "forbidden"), "requirement.judged-at",
                say("`{f}` 可能晚于记录本身才有", "`{f}` may come later than the record", f=later),
                say("加 `judged_at: 时间字段`,或 `starts` 和 `within`", "add `judged_at: FIELD`, or `starts` and `within`"),
            )  # fmt: skip


def _used(data: Any, at: Path) -> Iterator[tuple[str, Path]]:
    """Every parameter named in a policy, with its place."""
    if isinstance(data, Parameter):
        yield data.name, at
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _used(value, (*at, str(key).removesuffix("_")))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield from _used(value, (*at, index))


# --- values ----------------------------------------------------------------------------------------------------------


def fits(value: object, spec: ParameterSpec, where: Any) -> Iterator[Problem]:
    """Whether a value has the form that its unit demands, and is one of those allowed."""
    wanted = _wanted(value, spec.unit)
    if wanted is not None:
        yield Problem(where, "parameter.form", say("`{v}` 与单位 `{u}` 不符", "`{v}` does not fit the unit `{u}`", v=value, u=spec.unit), wanted)
    elif spec.one_of and value not in spec.one_of:
        yield unknown(where, "parameter.one-of", "取值", "value", str(value), [str(one) for one in spec.one_of])


EXAMPLES = {"share": "10 %", "duration": "5 minutes", "time": '"20:30"', "flag": "true", "period": "month"}


def _wanted(value: object, unit: str) -> Text | None:
    """The way out where a value does not fit its unit; None where it does."""
    try:
        kind = typed(value, unit).kind
    except ValueError:
        kind = "?"
    expected = {"share": "share", "duration": "duration", "time": "time", "flag": "flag", "period": "period", "text": "text",
                "seconds": "duration", "minutes": "duration", "hours": "duration"}.get(unit, "count")  # fmt: skip
    if kind == expected:
        return None
    example = EXAMPLES.get(expected, "3")
    return say("例如写 `{x}`", "write for example `{x}`", x=example)


# --- profiles --------------------------------------------------------------------------------------------------------


def _profile(book: Any, profile: Profile) -> Iterator[Problem]:
    """A profile sets what exists, on the same clock, and lowers no floor."""
    source, _ = book.places[("profile", profile.profile)]
    by_id: dict[str, Any] = {policy.id: policy for policy in book.policies} | dict(book.records)
    for owner, settings in profile.set.items():
        if owner not in by_id:
            if book.policies:
                yield unknown(source.where(("set", owner), key=True), "policy.unknown", "政策或记录类型", "policy or record type", owner, by_id)
            continue
        for name, setting in settings.items():
            spec = by_id[owner].parameters.get(name)
            if spec is None:
                yield unknown(source.where(("set", owner, name), key=True), "parameter.unknown", "参数", "parameter", name, by_id[owner].parameters)
                continue
            for index, one in enumerate(setting if isinstance(setting, tuple) else (setting,)):
                at: Path = ("set", owner, name, index, "value") if isinstance(one, DatedValue) else ("set", owner, name)
                value = one.value if isinstance(one, DatedValue) else one
                yield from fits(value, spec, source.where(at))
                yield from _floor(value, spec, source.where(at))


def _floor(value: object, spec: ParameterSpec, where: Any) -> Iterator[Problem]:
    """A floor that a document prints may be raised, not lowered, and not moved to another clock."""
    floor = spec.floor
    if floor is None:
        return
    try:
        mine, printed = _size(value), _size(floor.value)
    except ValueError:
        return
    if mine[0] != printed[0]:
        yield Problem(where, "floor.clock", say("`{v}` 与文件规定的 `{f}` 不是同一种时钟", "`{v}` is not on the clock of the printed `{f}`", v=value, f=floor.value),
                      say("用同一种单位写", "write it on the same clock"))  # fmt: skip
        return
    looser = mine[1] < printed[1] if floor.better == "higher" else mine[1] > printed[1]
    if looser:
        what = say("`{v}` 低于文件规定的 `{f}`", "`{v}` is looser than the printed floor `{f}`", v=value, f=floor.value)
        yield Problem(where, "floor.lowered", what, say("可以更严,不能更松", "it may be stricter, never looser"))


def _size(value: object) -> tuple[str, Any]:
    """(clock or kind, size) of a value that can be ordered."""
    if isinstance(value, bool | Parameter):
        raise ValueError(value)
    if isinstance(value, int):
        return "count", value
    word = str(value)
    if word.endswith("%"):
        return "share", Share.parse(word).value
    length = Duration.parse(word)
    return length.clock, length.amount


__all__ = ["NOTHING", "FirstField", "check_book"]
