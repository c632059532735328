"""The sample site as a stream: its rows one by one in the order of their own time, under the audit that judges them at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from checker import audit as auditing
from checker.audit import Request
from checker.commands import book_of, mapping_of, profiles_of
from checker.compile.sql import name
from checker.engines import duckdb as engine
from checker.plan import Audit
from checker.watch.table import Obligations, runs_live
from checker.watch.worker import Decider

Rows = list[tuple[str, str, dict[str, Any], int | None]]
Findings = Counter[tuple[Any, ...]]


def audited(monkeypatch: pytest.MonkeyPatch, out: Path, data: Path, mapping: Path, period: str, profile: str = "residential", policies: Sequence[Path] = ()) -> tuple[Audit, Rows, Findings]:
    """(the audit, its records as events, what it finds of the kinds that run live)."""
    taken: dict[str, Any] = {}
    plain = engine.run_plan

    def run_plan(db: Any, audit: Audit, *others: Any) -> Any:
        taken["audit"], taken["rows"] = audit, _rows(db, audit)
        return plain(db, audit, *others)

    book = book_of(policies or ["shipped"])
    profiles, default = profiles_of(book, profile)
    request = Request(
        data=(data,), book=book, profiles=profiles, default_profile=default, one_profile=False, mappings=(mapping_of(mapping, book),), period=period, as_of=None,
        out=out, keep_passes=True, allow_missing=True,
    )  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setattr(engine, "run_plan", run_plan)
        auditing.run(request, lambda outcome: {})
    live = {policy.id for policy in taken["audit"].policies if runs_live(policy)}
    found = duckdb.sql(f"SELECT policy, site_id, subject, ordinal, verdict FROM '{out}/findings.parquet'").fetchall()
    return taken["audit"], taken["rows"], Counter(row for row in found if row[0] in live)


def _rows(db: Any, audit: Audit) -> Rows:
    """Every row of every table, those without a time first, then in the order of the latest instant that they speak of."""
    found: Rows = []
    for record in sorted(audit.present):
        kind = audit.types[record]
        instants = [field for field, spec in kind.stored.items() if spec.type == "instant" and not spec.planned]
        fields = list(kind.stored)
        for site, *values in db.execute(f'SELECT "#site", {", ".join(map(name, fields))} FROM {name(record)}').fetchall():
            row = dict(zip(fields, values, strict=True))
            found.append((record, site, row, max((row[one] for one in instants if row[one] is not None), default=None)))
    return sorted(found, key=lambda one: (one[3] is not None, one[3] or 0))


def streamed(audit: Audit, rows: Rows, decider: Decider) -> Obligations:
    """The obligations after the stream, at the audit's as-of."""
    table, last = Obligations(audit, decider, 60_000_000), max(site.as_of for site in audit.sites)
    for record, site, fields, time in rows:
        table.put(record, site, fields)
        if time is not None and time < last:
            table.move(max(time, table.now or time))
            table.look()
    table.move(last)
    table.look()
    table.recall()
    return table


__all__ = ["audited", "streamed"]
