"""A problem stands where its cause is: one node of valid files is spoilt, and the problem must be at that node."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from checker.load import Book, examine, understood
from checker.load.book import bound, over
from checker.load.check import check_book
from checker.load.source import Place, Source, Span
from checker.load.strict import read

ROOT = Path(__file__).parent.parent
FREE = frozenset({"values", "columns", "events", "documents", "standards", "follows", "points", "restarts", "constants", "set", "windows"})
"""Under these keys stand words that the author chooses freely."""


@dataclass(frozen=True)
class Node:
    """A key or a scalar of a valid file. `names` is the key that it stands under."""

    file: Path
    span: Span
    is_key: bool
    names: str


@cache
def files() -> tuple[Path, ...]:
    return tuple(sorted((ROOT / "policies").rglob("*.yaml")) + sorted((ROOT / "fixtures" / "refused" / "book").glob("*.yaml")))


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def books() -> dict[str, Book]:
    return {name: examine([ROOT / folder])[0] for name, folder in (("shipped", "policies"), ("refused", "fixtures/refused/book"))}


def nodes_of(place: Place, file: Path, under: str = "") -> Iterator[Node]:
    """Every key and every scalar, from the places that reading gave."""
    if isinstance(place.parts, dict):
        for key, part in place.parts.items():
            if under not in FREE:
                yield Node(file, place.keys[key], True, key)
            yield from nodes_of(part, file, key)
        if not place.parts:
            yield Node(file, place.span, False, under)
    else:
        for part in place.parts:
            yield from nodes_of(part, file, under)


@cache
def nodes() -> tuple[Node, ...]:
    found: list[Node] = []
    for path in files():
        source = read(text_of(path), path.name)
        assert source.place is not None
        assert source.problems == ()
        found += nodes_of(source.place, path)
    return tuple(found)


def token(node: Node) -> str:
    line = text_of(node.file).splitlines()[node.span.line - 1]
    return line[node.span.column - 1 : node.span.column - 1 + node.span.length]


def replaced(node: Node, by: str) -> str:
    lines = text_of(node.file).splitlines()
    line = lines[node.span.line - 1]
    start = node.span.column - 1
    lines[node.span.line - 1] = line[:start] + by + line[start + node.span.length :]
    return "\n".join(lines) + "\n"


def problems_of(node: Node, by: str) -> list[tuple[int, int]]:
    """The places of the problems once a node is replaced, the file held against the rest of its book."""
    loaded = understood(read(replaced(node, by), "spoilt.yaml"))
    book = books()["refused" if "refused" in node.file.parts else "shipped"]
    found = [*loaded.source.problems]
    found += check_book(over(book, bound([loaded], found)))
    return [(one.where.line, one.where.column) for one in found]


def spoilings(node: Node, chance: random.Random) -> str:
    """What a node becomes: a key that nobody knows, or a value that cannot stand anywhere."""
    if node.is_key:
        return chance.choice([f"{token(node)} zz", f"Ü{token(node)}", f"{token(node)}：x"])
    return chance.choice(["1.5", "NO", "0x1F", "~", "21:00", "010", "!!str x", "*a", "{<<: x}"])


@pytest.mark.hunt
def test_in_five_thousand_spoilt_files_the_problem_is_at_the_spoilt_node() -> None:
    _spoil(5_000)


def test_the_problem_is_at_the_spoilt_node() -> None:
    _spoil(200)


def _spoil(number: int) -> None:
    chance = random.Random(20261001)
    missed = []
    for node in (chance.choice(nodes()) for _ in range(number)):
        by = spoilings(node, chance)
        inside = range(node.span.column, node.span.column + len(by) + 1)
        if not any(line == node.span.line and column in inside for line, column in problems_of(node, by)):
            missed.append((node.file.name, node.span, token(node), by))
    print(f"\n{number - len(missed)} of {number} problems stand within the spoilt node")
    assert len(missed) <= number // 100, missed[:10]


def test_every_key_and_value_is_where_it_is_said_to_be() -> None:
    """The text at a place is the key, or the value as it was written."""
    for node in nodes():
        if node.is_key:
            assert token(node).strip("\"'") == node.names
        assert token(node) == token(node).strip()


def places(source: Source) -> Place:
    assert source.place is not None
    return source.place


def test_places_count_characters_not_bytes() -> None:
    source = read('甲: {乙: "丙丁", 戊: 己}\n', "x")
    inner = places(source).parts["甲"]  # type: ignore[call-overload]
    assert (inner.keys["戊"], inner.parts["戊"].span) == (Span(1, 14, 1), Span(1, 17, 1))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(end: str) -> None:
    source = read(end.join(["a: 1", "b: {c: no}", ""]), "x")
    assert [(one.where.line, one.where.column) for one in source.problems] == [(2, 8)]
