"""Which days are worked in China from 2024 to 2026, typed from the State Council's notices of 25 October 2023,
12 November 2024 and 4 November 2025. No library stands behind it: it is what the libraries are held against."""

from __future__ import annotations

from datetime import date, timedelta

EPOCH = date(1970, 1, 1)

HOLIDAYS = (
    ("2024-01-01", 1), ("2024-02-10", 8), ("2024-04-04", 3), ("2024-05-01", 5), ("2024-06-10", 1), ("2024-09-15", 3), ("2024-10-01", 7),
    ("2025-01-01", 1), ("2025-01-28", 8), ("2025-04-04", 3), ("2025-05-01", 5), ("2025-05-31", 3), ("2025-10-01", 8),
    ("2026-01-01", 3), ("2026-02-15", 9), ("2026-04-04", 3), ("2026-05-01", 5), ("2026-06-19", 3), ("2026-09-25", 3), ("2026-10-01", 7),
)  # fmt: skip
"""(first day, number of days) of each holiday."""

MADE_UP = (
    "2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12",
    "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
    "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
)  # fmt: skip
"""Saturdays and Sundays that are worked."""


def _worked() -> dict[int, bool]:
    first, after = date(2024, 1, 1), date(2027, 1, 1)
    days = {first + timedelta(days=n): (first + timedelta(days=n)).weekday() < 5 for n in range((after - first).days)}
    for start, length in HOLIDAYS:
        days.update((date.fromisoformat(start) + timedelta(days=n), False) for n in range(length))
    days.update((date.fromisoformat(one), True) for one in MADE_UP)
    return {(day - EPOCH).days: works for day, works in days.items()}


WORKED = _worked()
"""Day number since 1970-01-01 -> whether it is worked."""
