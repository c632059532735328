"""A JSON document of which some lists are written as they come, so that a million findings need not stand in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

ENCODE = json.JSONEncoder(ensure_ascii=False).encode
Items = Callable[[], Iterator[Mapping[str, Any]]]


def streamed(document: Mapping[str, Any], lists: Mapping[str, Items]) -> Iterator[str]:
    """The text of a document. Each name of `lists` stands in it once, as the one member of a list, in the order of `lists`;
    what it names is asked for when its turn comes, and is written in its place, one item a line."""
    rest = json.dumps(document, ensure_ascii=False, indent=1)
    for name, items in lists.items():
        before, _, rest = rest.partition(json.dumps(name))
        yield before
        for number, one in enumerate(items()):
            yield (",\n" if number else "") + ENCODE(one)
    yield rest + "\n"


__all__ = ["ENCODE", "streamed"]
