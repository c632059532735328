"""Models as the plain data they were written in: what YAML or JSON would hold, and reads back to the same model."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from checker.policy.values import Scalar


def plain(value: Any) -> Any:
    """A model, or a part of one, as dictionaries, lists, words, whole numbers and flags; what is not said is left out."""
    match value:
        case BaseModel():
            fields = {spec.alias or name: getattr(value, name) for name, spec in type(value).model_fields.items()}
            said = fields | (value.__pydantic_extra__ or {})
            order = getattr(value, "_written", ()) or said
            return {key: plain(said[key]) for key in order if said[key] is not None}
        case Scalar():
            return str(value)
        case dict():
            return {key: plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
    return value


__all__ = ["plain"]
