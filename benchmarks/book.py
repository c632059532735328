"""The whole book on the same events, and twice as many requirements of one record type: what a policy more costs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from fixtures.sites.six import SELECT

ROOT = Path(__file__).parent.parent
TYPES = ("inspection_item", "ticket")
"""The record types whose requirements are doubled: the one that has most, and one half of whose requirements look up related records."""


PERIOD = "2026-01-01..2026-11-30"
"""Working days are counted beyond the period, and the national calendar ends with the year."""


def audit(data: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "checker", "audit", str(data), "--profile", "residential", "--period", PERIOD, "--out", str(out), "--fail-on", "never",
            "--max-unknown", "100 %", "--allow-missing", "--no-report", *more]  # fmt: skip


def six(data: Path, out: Path) -> list[str]:
    return audit(data, out, *SELECT)


def requirements(record: str) -> list[dict[str, Any]]:
    """The shipped requirements of the record type that are judged in one scan, without those that a site has to set a value of."""
    read = (yaml.safe_load(path.read_text(encoding="utf-8"))["policies"] for path in sorted((ROOT / "policies" / "standards").glob("*.yaml")))
    return [one for several in read for one in several if one["kind"] == "requirement" and one["for_each"] == record and "within" not in one
            and all(spec.get("value") != "set by site" for spec in one.get("parameters", {}).values())]


def selected(policies: list[dict[str, Any]]) -> list[str]:
    return [word for one in policies for word in ("--select", one["id"])]


def doubled(record: str, folder: Path) -> list[str]:
    """The options that judge every one of them twice: the second under another id."""
    once = requirements(record)
    again = [one | {"id": f"{one['id']}.again"} for one in once]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record}.yaml"
    path.write_text(yaml.safe_dump({"format": "policies/1", "policies": again}, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return ["--policies", "shipped", "--policies", str(path), *selected(once), *selected(again)]


def of_type(record: str, stages: dict[str, float]) -> float:
    """Seconds that the scans of the record type took."""
    return sum(seconds for name, seconds in stages.items() if name.removeprefix(f"requirement_{record}_").isdigit())
