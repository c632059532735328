"""What of a finding is personal: by the fields that policies read; known names, telephone numbers and addresses wherever they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from checker.masking import JOINT, Hidden, masked
from checker.policy.kinds import Accountable, Base, Ladder, subject_type
from checker.policy.over import levels, reads
from checker.policy.records import RecordType, resolve

Kinds = tuple[str | None, ...]
"""What each part of a value holds: a kind of personal data, or nothing personal."""


class Masks:
    """Shows what may be shown. With `unmask` everything is shown as it stands. `names` are all that stand in columns of names."""

    def __init__(self, policies: Iterable[Base], types: dict[str, RecordType], unmask: bool, names: Iterable[str] = ()) -> None:
        self.policies, self.types, self.unmask, self.hidden = tuple(policies), types, unmask, Hidden(names)

    def who(self, policy: str, person: str | None) -> str | None:
        """Whoever answers: ids as they are, names masked."""
        return self._by(self.answers.get(policy), person)

    def anybody(self, person: str, known: Iterable[str] = ()) -> str:
        """Whoever answers by some policy; `known` are the ids of the roster of people."""
        return self.mark(person) if person in known else self._by(next(iter(self.answers.values()), None), person) or person

    def subject(self, policy: str, subject: str) -> str:
        """A subject: masked where a part of it is personal."""
        kinds = None if self.unmask else self.subjects.get(policy)
        if not kinds:
            return self.mark(subject)
        parts = subject.split(JOINT)
        if len(kinds) != len(parts):
            return masked(subject, next(kind for kind in kinds if kind))
        return JOINT.join(masked(part, kind) if kind else self.mark(part) for part, kind in zip(parts, kinds, strict=True))

    def mark(self, text: str) -> str:
        """An id."""
        return text if self.unmask else self.hidden.mark(text)

    def text(self, text: str, personal: str | None = None) -> str:
        """A text by what its field holds; of free text the names that are known, numbers and addresses."""
        return text if self.unmask else self.hidden.cell(text, personal)

    def some(self, text: str | None) -> str | None:
        """A text, where there is one."""
        return text and self.text(text)

    def summary(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """The summary of a run as others may see it: names of files, reasons, approvers and what is waived."""
        sites = [{**one, "name": self.some(one.get("name"))} for one in found["sites"]]
        files = [{**one, "file": self.text(one["file"]), "sheet": self.some(one["sheet"])} for one in found["files"]]
        hidden: dict[str, int] = {}
        for path, rows in found["hidden_after_as_of"].items():
            hidden[self.text(path)] = hidden.get(self.text(path), 0) + rows
        told = {"subject": self.mark, **dict.fromkeys(("reason", "approved_by", "place"), self.text)}
        waivers = [{key: told[key](value) if key in told and value else value for key, value in one.items()} for one in found.get("waivers") or ()]
        lost = [{lang: self.text(said) for lang, said in one.items()} for one in found["incomplete"]]
        return {**found, "sites": sites, "files": files, "hidden_after_as_of": hidden, "waivers": waivers, "incomplete": lost}

    def _by(self, kind: str | None, person: str | None) -> str | None:
        if person is None or self.unmask:
            return person
        return masked(person, kind) if kind else self.hidden.mark(person)

    @cached_property
    def answers(self) -> Mapping[str, str]:
        """policy -> what kind of personal data names whoever answers, where it is any."""
        own = {one.id: next((kind for kind in self._kinds(one, _paths(one.accountable)) if kind), None) for one in self.policies}
        counted = {one.id: next((own[read] for read in self._read(one) if own.get(read)), None) for one in self.policies if isinstance(one, Ladder)}
        return {policy: kind for policy, kind in (own | counted).items() if kind}

    @cached_property
    def subjects(self) -> Mapping[str, Kinds]:
        """policy -> what the parts of its subjects hold, where some of it is personal."""
        own = {one.id: self._kinds(one, self._keys(one)) for one in self.policies if not isinstance(one, Ladder)}
        counted = {one.id: self._of_ladder(one, own) for one in self.policies if isinstance(one, Ladder)}
        return {policy: kinds for policy, kinds in (own | counted).items() if any(kinds)}

    def _of_ladder(self, ladder: Ladder, own: Mapping[str, Kinds]) -> Kinds:
        if ladder.per != "subject":
            return (self.answers.get(ladder.id),)
        return next((own[read] for read in self._read(ladder) if any(own.get(read, ()))), ())

    def _read(self, ladder: Ladder) -> list[str]:
        return reads(ladder, levels(self.policies))

    def _keys(self, policy: Base) -> tuple[str, ...]:
        kind = self.types.get(subject_type(policy))
        wanted = getattr(policy, "subject", None) or getattr(policy, "group_by", None) or (kind.subject if kind else ())
        return tuple(wanted)

    def _kinds(self, policy: Base, paths: Iterable[str]) -> Kinds:
        return tuple(self._kind(subject_type(policy), path) for path in paths)

    def _kind(self, record: str, path: str) -> str | None:
        try:
            return resolve(self.types, record, path).field.personal
        except KeyError:
            return None


def _paths(who: object) -> tuple[str, ...]:
    return who.first_present if isinstance(who, Accountable) else (who,) if isinstance(who, str) else ()


__all__ = ["Masks"]
