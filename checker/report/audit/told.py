"""What the parts of a report have in common beside the run: local times, names of people and of rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any

from checker.calendars import UTC_EPOCH, zone
from checker.figures import Figures
from checker.finding import LEVEL_WORDS
from checker.policy.files import Profile
from checker.policy.kinds import Base
from checker.policy.over import proposes
from checker.report.audit.model import Lang, Rule
from checker.report.explain import cited, explain
from checker.report.of_run import OfRun
from checker.report.score import area_of


@dataclass(frozen=True)
class Told(OfRun):
    """A run that is reported, with its figures."""

    lang: Lang
    figures: Figures

    @cached_property
    def profiles(self) -> dict[str, Profile]:
        """site -> its profile."""
        return {site["site"]: self.book.profiles[site["profile"]] for site in self.run.summary["sites"]}

    @cached_property
    def titles(self) -> dict[str, str]:
        return {policy.id: policy.title.text[self.lang] for policy in self.book.policies}

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """The policies of the run as the report names them, explained by the one profile where there is but one."""
        profiles = list({one.profile: one for one in self.profiles.values()}.values())
        return {policy.id: self._rule(policy, profiles[0], profiles[0] if len(profiles) == 1 else None) for policy in self.book.policies}

    @cached_property
    def counted(self) -> list[dict[str, Any]]:
        """The counts of the policies that can be violated, of the summary: what a ladder merely proposes counts nowhere."""
        return [one for one in self.summary["policies"] if not proposes(self.policies[one["policy"]])]

    def _rule(self, policy: Base, first: Profile, profile: Profile | None) -> Rule:
        level, lang = policy.severity.level, self.lang
        clause = {"zh": ";", "en": "; "}[lang].join(cited(one, self.book, lang) for one in policy.source)
        text = tuple(line for line in explain(policy, self.book, profile, lang).splitlines()[2:] if line)
        area = area_of(policy.id, first.scoring) if first.scoring else None
        title = first.scoring.areas[area].title.text[lang] if first.scoring and area is not None else policy.id.split(".")[0]
        return Rule(policy.id, self.titles[policy.id], policy.standard, title, clause, level, LEVEL_WORDS[level][lang], str(getattr(policy, "kind", "")), text)

    def local(self, site: str, instant: int | None) -> datetime | None:
        """A local time, to the second; the last microsecond of a day stays one: it is written 24:00."""
        if instant is None:
            return None
        at = (UTC_EPOCH + timedelta(microseconds=instant)).astimezone(zone(self.zones[site])).replace(tzinfo=None)
        return at if at.time() == time.max else at.replace(microsecond=0)

    def name(self, person: str | None) -> str | None:
        """The name of a person, masked unless asked otherwise."""
        found = self.figures.people.get(person or "", (None, None))[0]
        return found and self.masks.text(found, "name")

    def person(self, person: str) -> str:
        """Whoever answers, whatever for."""
        return self.masks.anybody(person, self.figures.people)

    def some(self, text: str | None) -> str | None:
        """A text that people wrote, as shown."""
        return self.masks.some(text)

    def who(self, policy: str, person: str | None) -> str | None:
        """Whoever answers, as shown: ids as they are, names masked."""
        return self.masks.who(policy, person)

    def subject(self, policy: str, subject: str) -> str:
        """A subject as shown: masked where a part of it is personal."""
        return self.masks.subject(policy, subject)
