"""Data that is quickly made is data as any other."""

from __future__ import annotations

import pickle
from dataclasses import asdict, dataclass, field, replace

import pytest

from checker.quick import quick


@quick
@dataclass(frozen=True, slots=True)
class Pair:
    first: int
    second: str = "two"
    more: list[int] = field(default_factory=list, compare=False)


def test_it_is_made_compared_copied_and_written_as_any_other() -> None:
    one = Pair(1)
    assert one == Pair(first=1, second="two") and hash(Pair(1, "x", [])) == hash(Pair(1, "x", [2]))
    assert replace(one, first=3) == Pair(3) and asdict(one) == {"first": 1, "second": "two", "more": []}
    assert pickle.loads(pickle.dumps(one)) == one and repr(one).endswith("Pair(first=1, second='two', more=[])")
    assert Pair(1).more is not Pair(1).more


def test_what_lacks_a_value_is_not_made() -> None:
    with pytest.raises(TypeError, match="first"):
        Pair()  # type: ignore[call-arg]
