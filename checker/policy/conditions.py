"""Conditions: one list, the same wherever a condition stands (language §3), and related records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, PrivateAttr, SerializerFunctionWrapHandler, Tag, model_serializer, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from checker.errors import say
from checker.policy.values import Frozen, Length, Many, Number, Plain, wrong

Path = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}$")]
"""A field of the record, or of a record it refers to: `staff.team_id`; at most three hops."""
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


def in_order(dumped: dict[str, Any], written: tuple[str, ...]) -> dict[str, Any]:
    """A dumped model with its keys in the order in which they were written."""
    place = {key: index for index, key in enumerate(written)}
    return dict(sorted(dumped.items(), key=lambda pair: place.get(pair[0], place.get(pair[0].removesuffix("_"), len(place)))))


class Shifted(Frozen):
    """Another field, plus or minus a duration."""

    field: Path
    plus: Length | None = None
    minus: Length | None = None


def _bound_form(value: Any) -> str:
    return "shifted" if isinstance(value, dict | Shifted) else "plain"


Bound = Annotated[
    Annotated[Plain, Tag("plain")] | Annotated[Shifted, Tag("shifted")], Discriminator(_bound_form)
]


class Test(Frozen):
    """What one field must satisfy; several keys hold together."""

    __test__ = False

    is_: Plain | None = Field(None, alias="is")
    one_of: Many[Plain] | None = None
    none_of: Many[Plain] | None = None
    present: bool | None = None
    at_least: Plain | None = None
    at_most: Plain | None = None
    more_than: Plain | None = None
    less_than: Plain | None = None
    no_earlier_than: Bound | None = None
    no_later_than: Bound | None = None
    same_as: Path | None = None
    different_from: Path | None = None
    includes: Plain | None = None
    includes_all: Many[Plain] | None = None
    matches: str | None = None
    during: Plain | None = None

    def parts(self) -> Iterator[tuple[str, Any]]:
        """(operator, operand) as written, in written order."""
        for name in self._written:
            yield name, getattr(self, "is_" if name == "is" else name)

    _written: tuple[str, ...] = PrivateAttr(())

    @model_validator(mode="wrap")
    @classmethod
    def _keep_order(cls, data: Any, handler: ModelWrapValidatorHandler[Test]) -> Test:
        made = handler(data)
        if isinstance(data, dict):
            if not data:
                raise wrong(
                    "condition.empty",
                    say("条件是空的", "the condition is empty"),
                    say("写一个值或一个运算符", "write a value or an operator"),
                )
            object.__setattr__(made, "__pydantic_private__", {"_written": tuple(data)})
        return made

    @model_serializer(mode="wrap")
    def _write(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return in_order(handler(self), self._written)


def _test_form(value: Any) -> str:
    return "test" if isinstance(value, dict | Test) else "is"


FieldTest = Annotated[Annotated[Plain, Tag("is")] | Annotated[Test, Tag("test")], Discriminator(_test_form)]


class Condition(Frozen):
    """Every key holds: field paths with their tests, and the words below. Written order is kept."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[Path, FieldTest] = Field(init=False)

    all_of: Many[Condition] | None = None
    any_of: Many[Condition] | None = None
    not_: Condition | None = Field(None, alias="not")
    exists: Related | None = None
    none_exists: Related | None = None
    number_of: Related | None = None
    sum: Summed | None = None
    mean_of: Summed | None = None
    at_least: Plain | None = None
    at_most: Plain | None = None

    _written: tuple[str, ...] = PrivateAttr(())

    @model_validator(mode="wrap")
    @classmethod
    def _keep_order(cls, data: Any, handler: ModelWrapValidatorHandler[Condition]) -> Condition:
        made = handler(data)
        if isinstance(data, dict):
            object.__setattr__(made, "__pydantic_private__", {"_written": tuple(data)})
            made._check_bounds()
        return made

    @model_serializer(mode="wrap")
    def _write(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return in_order(handler(self), self._written)

    def _check_bounds(self) -> None:
        if not self._written:
            raise wrong(
                "condition.empty",
                say("条件是空的", "the condition is empty"),
                say("写一个字段和它的要求", "write a field and what it must be"),
            )
        counted = sum(part is not None for part in (self.number_of, self.sum, self.mean_of))
        bounded = self.at_least is not None or self.at_most is not None
        if counted > 1 or bool(counted) != bounded:
            raise wrong(
                "condition.bound",
                say("`number_of`、`sum`、`mean_of` 要配一个界限", "`number_of`, `sum` and `mean_of` go with a bound, one at a time"),
                say("在旁边写 `at_least` 或 `at_most`", "write `at_least` or `at_most` beside it"),
            )

    def parts(self) -> Iterator[tuple[str, Any]]:
        """(key, value) in written order; a key is a word of this model or a field path with its Test or value."""
        words = {"not": "not_"}
        for key in self._written:
            if key in ("at_least", "at_most"):
                continue
            extra = self.__pydantic_extra__
            yield key, extra[key] if key in extra else getattr(self, words.get(key, key))

    def fields(self) -> dict[str, Any]:
        """The field tests alone, in written order."""
        return dict(self.__pydantic_extra__)


class Related(Frozen):
    """Records of another type that belong to this one: one clause in every place (language §3)."""

    record: Name
    match: dict[Path, Path] = Field(default_factory=dict)
    where: Condition | None = None
    time: Path | None = None
    after: Path | None = None
    before: Path | None = None
    look_back: Length | None = None
    distinct: Path | None = None
    nth: Number | None = None
    for_period: Path | None = None
    void: Literal["counts"] | None = None


class Summed(Related):
    """A sum or mean of one numeric field over related records."""

    field: Path


class Interval(Frozen):
    """Spells of related records: `from` and `to` are instants of theirs."""

    record: Name
    match: dict[Path, Path] = Field(default_factory=dict)
    where: Condition | None = None
    from_: Path = Field(alias="from")
    to: Path
    void: Literal["counts"] | None = None

