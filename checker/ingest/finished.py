"""What is known of the finished tables beside their rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from checker.ingest.stage import Bad


@dataclass
class Finished:
    """What `finish` leaves beside the tables. Counts by file number."""

    tables: frozenset[str] = frozenset()
    rejects: list[Bad] = field(default_factory=list)
    quality: list[Bad] = field(default_factory=list)
    duplicates: dict[int, int] = field(default_factory=dict)
    superseded: dict[int, int] = field(default_factory=dict)
    disputed: frozenset[str] = frozenset()
    zones: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, str] = field(default_factory=dict)
    windows: dict[str, dict[str, str]] = field(default_factory=dict)
    span: tuple[int | None, int | None] = (None, None)


__all__ = ["Finished"]
