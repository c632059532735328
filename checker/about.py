"""What `checker --version` says: the versions on which a verdict or a file may depend. Imports nothing heavy."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from checker import __version__

READS = ("calendars/1", "catalogue/1", "fixtures/1", "mappings/1", "policies/1", "profiles/1", "records/1", "waivers/1")
WRITES = ("run/1", "summary/1")
FIRST_YEAR, SCHEMA_VERSION = 2024, 1


def versions() -> str:
    """The program, its engine, the years of the work calendar, the formats it reads and writes; one line each."""
    lines = {
        "checker": __version__, "engine": f"DuckDB {_of('duckdb')}", "calendar": f"{FIRST_YEAR}..{_last_year()} (chinesecalendar {_of('chinesecalendar')})",
        "reads": " ".join(READS), "writes": " ".join(WRITES), "JSON": f"schema_version {SCHEMA_VERSION}",
    }  # fmt: skip
    return "\n".join(f"{name:<9} {said}" for name, said in lines.items())


def _of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"


def _last_year() -> int:
    """The last year of the national work calendar; a company's own may go on from there."""
    from chinese_calendar import constants

    return int(max(day.year for day in constants.holidays))


__all__ = ["FIRST_YEAR", "READS", "SCHEMA_VERSION", "WRITES", "versions"]
