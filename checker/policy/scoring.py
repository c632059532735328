"""How a profile scores an audit: weights, what a violation deducts, grades (catalogue, part 5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from checker.errors import say
from checker.policy.kinds import Level, PolicyId
from checker.policy.records import Source
from checker.policy.values import Duration, Frozen, Many, Scalar, Share, Words, wrong


@dataclass(frozen=True)
class Marks(Scalar):
    """Points of a score, exact: `"0.5"` is 1/2. A whole number may stand without quotes (see `Points`)."""

    value: Fraction = Fraction(0)

    pattern: ClassVar[str] = r"^[0-9]{1,6}(\.[0-9]{1,2})?$"
    example: ClassVar[str] = '"0.5"'
    zh: ClassVar[str] = "分数"
    en: ClassVar[str] = "a number of points"

    @classmethod
    def parse(cls, text: str) -> Self:
        if not re.fullmatch(cls.pattern, text):
            raise ValueError(text)
        return cls(Fraction(text))

    def __str__(self) -> str:
        return f"{float(self.value):g}"


def _marks_form(value: Any) -> str:
    return "number" if isinstance(value, int) else "text"


Points = Annotated[Annotated[Annotated[int, Field(ge=0)], Tag("number")] | Annotated[Marks, Tag("text")], Discriminator(_marks_form)]
"""Points: a whole number, or a decimal in quotes."""


def exact(points: int | Marks) -> Fraction:
    """Points as a fraction."""
    return points.value if isinstance(points, Marks) else Fraction(points)


class ScoredArea(Frozen):
    """What one line of the score table is made of; a policy belongs to the first area that names it."""

    title: Words
    weight: Points
    policies: Many[str]


class Grade(Frozen):
    """The grade of a score from so many points on."""

    from_: Points = Field(alias="from")
    grade: Words


class Band(Frozen):
    """Of rules that are scored by their violation rate: over that rate, so much of the rule's weight is deducted."""

    over: Share
    deduct: Share


class Repeated(Frozen):
    """A violation of the same rule by the same person within that time weighs so many times as much: `150 %`."""

    within: Duration
    weighs: Share


class Indicated(Frozen):
    """A row of the table of indicators: the share of obligations of these policies that are met, or the rate that one of them sets."""

    title: Words
    policies: Many[PolicyId]


class Scoring(Frozen):
    """100 points less what violations deduct. What a violation deducts is `points` of the policy or the profile; a rule deducts at most
    its own weight, an equal share of its area's by severity (`shares`); rates deduct by shortfall, `steepness` times as fast as they fall short."""

    source: Words
    approved_by: str
    document: Source | None = None
    method: Literal["points", "bands"] = "points"
    areas: Many[ScoredArea]
    shares: dict[Level, Points] = Field(default_factory=dict)
    steepness: Annotated[int, Field(ge=1)] = 5
    bands: Annotated[tuple[Band, ...], Field(strict=False)] = ()
    repeated: Repeated | None = None
    grades: Many[Grade]
    critical_at_most: Points | None = None
    pass_mark: Points | None = None

    @model_validator(mode="after")
    def _holds(self) -> Scoring:
        weights = sum(exact(area.weight) for area in self.areas)
        if weights != 100:
            raise wrong("scoring.weights", say("权重合计 {w},不是 100", "the weights add up to {w}, not to 100", w=float(weights)),
                        say("调整各项 `weight`", "change the weights"))  # fmt: skip
        steps = [exact(one.from_) for one in self.grades]
        if steps != sorted(set(steps), reverse=True) or steps[-1] != 0:
            raise wrong("scoring.grades", say("等级要从高到低,最后一级从 0 起", "grades go from the highest down, the last from 0"),
                        say("改 `grades:` 的 `from`", "change `from` in `grades:`"))  # fmt: skip
        if self.critical_at_most is not None and exact(self.critical_at_most) not in steps:
            raise wrong("scoring.veto", say("没有从 {v} 分起的等级", "no grade begins at {v}", v=self.critical_at_most),
                        say("写某一级的 `from`", "write the `from` of a grade"))  # fmt: skip
        if self.repeated is not None and self.repeated.within.clock != "calendar days":
            raise wrong("scoring.repeated", say("`{w}` 不是日历日", "`{w}` is no number of calendar days", w=self.repeated.within),
                        say("例如写 `90 calendar days`", "write for example `90 calendar days`"))  # fmt: skip
        rates = [one.over.value for one in self.bands]
        if rates != sorted(set(rates)) or (self.method == "bands" and not rates):
            raise wrong("scoring.bands", say("按违规率分档时,`bands:` 要从低到高", "with `method: bands`, `bands:` go from the lowest up"),
                        say("例如写 `{over: 2 %, deduct: 25 %}`", "write for example `{over: 2 %, deduct: 25 %}`"))  # fmt: skip
        return self


__all__ = ["Band", "Grade", "Indicated", "Marks", "Points", "Repeated", "ScoredArea", "Scoring", "exact"]
