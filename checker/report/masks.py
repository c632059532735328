"""What of a finding is personal: by the fields that policies read, and telephone numbers wherever they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from checker.policy.kinds import Accountable, Base, subject_type
from checker.policy.records import RecordType, resolve
from checker.report.sentences import cell_shown, masked


class Masks:
    """Shows what may be shown. With `unmask` everything is shown as it stands."""

    def __init__(self, policies: Iterable[Base], types: dict[str, RecordType], unmask: bool) -> None:
        self.policies, self.types, self.unmask = tuple(policies), types, unmask

    def who(self, policy: str, person: str | None) -> str | None:
        """Whoever answers: ids as they are, names masked."""
        kind = self._answers.get(policy)
        return masked(person, kind) if person and kind and not self.unmask else person

    def subject(self, policy: str, subject: str) -> str:
        """A subject: masked where a part of it is personal."""
        kind = self._subjects.get(policy)
        return masked(subject, kind) if subject and kind and not self.unmask else subject

    def text(self, text: str, personal: str | None = None) -> str:
        """A text by what its field holds; of free text the telephone numbers."""
        return text if self.unmask else cell_shown(text, personal)

    @cached_property
    def _answers(self) -> Mapping[str, str]:
        return self._personal(lambda policy: _paths(policy.accountable))

    @cached_property
    def _subjects(self) -> Mapping[str, str]:
        return self._personal(self._keys)

    def _keys(self, policy: Base) -> tuple[str, ...]:
        kind = self.types.get(subject_type(policy))
        wanted = getattr(policy, "subject", None) or getattr(policy, "group_by", None) or (kind.subject if kind else ())
        return tuple(wanted)

    def _personal(self, paths: Callable[[Base], Iterable[str]]) -> dict[str, str]:
        """policy -> what kind of personal data one of its paths holds."""
        found: dict[str, str] = {}
        for policy in self.policies:
            for path in paths(policy):
                try:
                    personal = resolve(self.types, subject_type(policy), path).field.personal
                except KeyError:
                    continue
                if personal:
                    found[policy.id] = personal
        return found


def _paths(who: object) -> tuple[str, ...]:
    return who.first_present if isinstance(who, Accountable) else (who,) if isinstance(who, str) else ()


__all__ = ["Masks"]
