"""What a file's form cannot show: names that exist, types and units that fit, values that are set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.errors import Problem


def check_book(book: Any) -> Iterator[Problem]:
    """Every problem that the policies, records and profiles of a book have with each other."""
    return iter(())
