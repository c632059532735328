"""A finding as other programs get it: one flat row of masked values, with its sentence in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from checker.calendars import UTC_EPOCH, to_date, zone
from checker.errors import NOTHING
from checker.finding import Finding, short
from checker.policy.records import RecordField, resolve
from checker.report.of_run import OfRun

SCHEMA_VERSION = 1
TOLD = ("fail", "unknown")
"""Verdicts of which a sentence says what happened."""
COLUMNS: Mapping[str, str] = {
    "schema_version": "INTEGER", "id": "VARCHAR", "fingerprint": "VARCHAR", "policy": "VARCHAR", "standard": "VARCHAR", "clause": "VARCHAR", "severity": "VARCHAR",
    "verdict": "VARCHAR", "points": "DECIMAL(18,4)", "site_id": "VARCHAR", "team_id": "VARCHAR", "accountable": "VARCHAR", "subject_type": "VARCHAR",
    "subject": "VARCHAR", "ordinal": "VARCHAR", "period": "VARCHAR", "occurred_at": "VARCHAR", "due_at": "VARCHAR", "decided_at": "VARCHAR",
    "measured": "BIGINT", "limit": "BIGINT", "unit": "VARCHAR", "value": "VARCHAR", "file": "VARCHAR", "sheet": "VARCHAR", "row": "BIGINT",
    "missing": "VARCHAR", "note": "VARCHAR", "disputed": "BOOLEAN", "waived_by": "VARCHAR", "sentence_zh": "VARCHAR", "sentence_en": "VARCHAR", "arguments": "JSON",
}  # fmt: skip
"""The columns in their order, and the type of each in a Parquet file. Times are ISO 8601 with the offset of the site."""


@dataclass(frozen=True)
class Handed(OfRun):
    """A run that is handed on. `findings` reads them anew at each call."""

    findings: Callable[[], Iterator[Finding]]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every finding as a row, in the total order of the run."""
        return (self._row(one) for one in self.findings())

    def _row(self, one: Finding) -> dict[str, Any]:
        some, policy, sentence = self.masks.some, self.policies[one.policy], self.writer.sentence(one) if one.verdict in TOLD else NOTHING
        return {
            "schema_version": SCHEMA_VERSION, "id": short(one.fingerprint), "fingerprint": one.fingerprint, "policy": one.policy, "standard": one.standard,
            "clause": "; ".join(f"{source.document} {source.clause}".strip() for source in policy.source), "severity": one.severity, "verdict": one.verdict,
            "points": None if one.points is None else str(one.points), "site_id": one.site_id, "team_id": some(one.team_id),
            "accountable": self.masks.who(one.policy, one.accountable), "subject_type": one.subject_type, "subject": self.masks.subject(one.policy, one.subject),
            "ordinal": one.ordinal, "period": one.period,
            "occurred_at": self._local(one.occurred_at, one.site_id), "due_at": self._local(one.due_at, one.site_id),
            "decided_at": self._local(one.decided_at, one.site_id), "measured": one.measured, "limit": one.limit, "unit": one.unit, "value": some(one.value),
            "file": some(one.file), "sheet": some(one.sheet) or None, "row": one.row, "missing": one.missing, "note": one.note, "disputed": one.disputed,
            "waived_by": some(one.waived_by), "sentence_zh": sentence.zh, "sentence_en": sentence.en,
            "arguments": self._arguments(one),
        }  # fmt: skip

    def _local(self, instant: int | None, site: str) -> str | None:
        """A time of a site, with its offset, to the microsecond where there are any."""
        if instant is None:
            return None
        return (UTC_EPOCH + timedelta(microseconds=instant)).astimezone(zone(self.zones.get(site, "UTC"))).isoformat()

    def _arguments(self, one: Finding) -> dict[str, Any]:
        """What the record said, by field: numbers and flags as they are, durations in microseconds, times in ISO 8601."""
        written = json.loads(one.arguments) if one.arguments else {}
        return {key: self._argument(value, self._field(one.subject_type, key), one.site_id) for key, value in written.items()}

    def _field(self, record: str, path: str) -> RecordField | None:
        try:
            return resolve(self.book.records, record, path).field
        except KeyError:
            return None

    def _argument(self, value: Any, field: RecordField | None, site: str) -> Any:
        if isinstance(value, list):
            return [self._argument(one, field, site) for one in value]
        if field and field.type == "instant" and isinstance(value, int):
            return self._local(value, site)
        if field and field.type == "date" and isinstance(value, int):
            return to_date(value).isoformat()
        personal = field.personal if field else None
        if field and field.type == "id" and not personal and isinstance(value, str):
            return self.masks.mark(value)
        return self.masks.text(str(value), personal) if isinstance(value, str) or (personal and value is not None) else value


__all__ = ["COLUMNS", "SCHEMA_VERSION", "Handed"]
