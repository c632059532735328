"""A year of one site's events as Parquet, N of them: seeded by arithmetic, so that the same N gives the same bytes of data.

40 % calls, 30 % tickets, 12 % visits, 8 % patrols, 8 % call-backs, 2 % inspections with 12 items each; instants to the
microsecond in UTC, empty cells, and rows exactly on the five-minute limit.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb

START = 1_767_196_800_000_000
"""2026-01-01 00:00 in Shanghai, UTC microseconds."""
YEAR = 365 * 86_400_000_000
STAFF, AREAS = 200, 100


def instant(micros: str) -> str:
    return f"(make_timestamp({micros}) AT TIME ZONE 'UTC')"


def spread(salt: int, size: int | str, row: str = "i") -> str:
    """A number in [0, size) that looks random and is not."""
    return f"(hash({row} * 1000003 + {salt}) % {size})::BIGINT"


AT = f"({START} + {spread(1, YEAR)})"
"""When a call, a visit, a patrol or an inspection is."""


def received(ticket: str = "i") -> str:
    return f"({START} + {spread(2, YEAR, ticket)})"


def done(ticket: str = "i") -> str:
    """Between an hour and 21 after it was received."""
    return f"({received(ticket)} + 3600000000 + {spread(3, 72_000_000_000, ticket)})"


@dataclass(frozen=True)
class Numbers:
    """How many there are of N events."""

    events: int

    def share(self, percent: int) -> int:
        return self.events * percent // 100

    @property
    def units(self) -> int:
        return max(self.share(12) * 10 // 23, 10)

    @property
    def picked(self) -> str:
        """The ticket of which a call-back speaks."""
        return spread(5, max(self.share(30), 1))

    @property
    def called_back(self) -> str:
        return f"({done(self.picked)} + {spread(15, 30_000_000_000)})"


def rosters(of: Numbers) -> dict[str, tuple[str, int]]:
    """Table -> (columns in terms of row number i, rows)."""
    return {
        "site": ("'S1' AS site_id, 'Asia/Shanghai' AS timezone, 'residential' AS profile_id", 1),
        "staff": ("'E' || i AS staff_id, 'name' AS name, 'S1' AS site_id, 'T' || i % 9 AS team_id, 'cashier' AS post, DATE '2020-01-01' AS hire_date, 'E0' AS superior_id", STAFF),
        "shift": (f"'H' || i AS shift_id, 'E' || i % {STAFF} AS staff_id, {instant(AT)} AS planned_start, 'none' AS leave_type", STAFF),
        "unit": ("'U' || i AS unit_id, 'S1' AS site_id", of.units),
        "customer": ("'K' || i AS customer_id, 'U' || i AS unit_id, DATE '2020-01-01' AS move_in_date", of.units),
        "area": (f"'A' || i AS area_id, 'S1' AS site_id, 'E' || i % {STAFF} AS keeper_id, DATE '2020-01-01' AS valid_from", AREAS),
        "checkpoint": (f"'P' || i AS checkpoint_id, 'A' || i % {AREAS} AS area_id, 'area' AS kind", AREAS * 5),
    }


def activity(of: Numbers) -> dict[str, tuple[str, int]]:
    """Table -> (columns in terms of row number i, rows)."""
    category = f"['repair','repair','repair','repair','special-service','complaint','consultation','consultation','suggestion','other'][1 + {spread(4, 10)}]"
    dispatched = f"CASE WHEN i % 1000 = 0 THEN {received()} + 300000000 WHEN i % 200 = 7 THEN NULL ELSE {received()} + {spread(6, 318_000_000)} END"
    return {
        "call": (
            f"'C' || i AS call_id, 'inbound' AS direction, {instant(AT)} AS ring_start_at, "
            f"CASE WHEN i % 20 = 3 THEN NULL ELSE CASE WHEN {spread(7, 100)} < 93 THEN 1 + {spread(8, 2)} ELSE 3 END END AS ring_count, "
            f"CASE WHEN i % 400 = 3 THEN NULL ELSE {spread(9, 13)} END AS ring_seconds, "
            f"CASE WHEN {spread(10, 100)} < 95 THEN 'answered' WHEN i % 2 = 0 THEN 'abandoned' ELSE 'missed' END AS outcome, 'E' || {spread(11, STAFF)} AS staff_id",
            of.share(40),
        ),
        "ticket": (
            f"'W' || i AS ticket_id, 'S1' AS site_id, {category} AS category, 'closed' AS status, {instant(received())} AS received_at, "
            f"'E' || {spread(12, STAFF)} AS received_by, {instant(f'({dispatched})')} AS dispatched_at, i % 400 = 7 AS resolved_on_spot, {instant(done())} AS completed_at",
            of.share(30),
        ),
        "visit": (
            f"'V' || i AS visit_id, 'U' || {spread(13, of.units)} AS unit_id, {instant(AT)} AS arrived_at, "
            f"CASE WHEN {spread(14, 10)} < 9 THEN 'done' ELSE 'no-answer' END AS outcome",
            of.share(12),
        ),
        "patrol": (
            f"'R' || i AS patrol_id, 'area' AS kind, 'A' || i % {AREAS} AS area_id, {instant(AT)} AS started_at, 'E1' AS staff_id, "
            f"list_transform(range(5), lambda k: 'P' || (i % {AREAS} + k * {AREAS})) AS checkpoint_ids",
            of.share(8),
        ),
        "callback": (
            f"'B' || i AS callback_id, ['W' || {of.picked}] AS ticket_ids, {instant(of.called_back)} AS \"at\", "
            f"'E1' AS \"by\", CASE WHEN {spread(16, 20)} < 19 THEN 'reached' ELSE 'no-answer' END AS result",
            of.share(8),
        ),
        "inspection": (f"'I' || i AS inspection_id, 'appearance' AS kind, 'S1' AS site_id, 'E' || i % {STAFF} AS staff_id, {instant(AT)} AS \"at\"", of.share(2)),
        "inspection_item": (
            "'I' || i // 12 AS inspection_id, 'appearance.' || ['uniform-neat','badge-position','no-ornaments-on-uniform','light-makeup',"
            "'body-and-breath-clean','no-pungent-food-before-shift','hair-clean-natural','hair-no-dye','hair-length-men',"
            "'jewellery-limits','nails','shoes'][1 + i % 12] AS item_code, "
            f"0 AS seq, CASE WHEN {spread(17, 100)} = 0 THEN 'fail' ELSE 'pass' END AS result",
            of.share(24),
        ),
    }


def kept(salt: int, value: str) -> str:
    """A value that is missing in two rows of a hundred."""
    return f"CASE WHEN {spread(salt, 50)} > 0 THEN {value} END"


def more(of: Numbers) -> dict[str, str]:
    """Table -> further columns: what the rest of the book reads of these events. Two of a hundred break what it asks."""
    after = {
        "registered_at": (received(), 20, 30), "entered_erp_at": (received(), 21, 90), "first_feedback_at": (received(), 22, 100), "feedback_entered_erp_at": (received(), 23, 110),
        "arrived_at": (received(), 24, 120), "price_quoted_at": (received(), 25, 0), "result_informed_at": (done(), 26, 60), "customer_confirmed_at": (done(), 27, 120),
        "closed_at": (done(), 28, 180), "appointment_at": (received(), 29, 3600),
    }  # fmt: skip
    times = ", ".join(f"{instant(f'{start} + {late * 1_000_000}') if name == 'closed_at' else kept(salt, instant(f'{start} + {late * 1_000_000}'))} AS {name}"
                      for name, (start, salt, late) in after.items())  # fmt: skip
    return {
        "call": f"CASE WHEN {spread(10, 100)} < 95 THEN {instant(f'{AT} + {spread(9, 13)} * 1000000')} END AS answered_at, "
                f"CASE WHEN {spread(44, 20)} = 0 THEN 'repair' ELSE '推销' END AS purpose, "
                f"'W' || {spread(30, max(of.share(30), 1))} AS ticket_id",
        "ticket": f"{times}, ['phone','phone','phone','desk'][1 + {spread(31, 4)}] AS channel, 'simple' AS complexity, 'private' AS location_part, 0 AS reopened_count, "
                  f"{kept(32, repr('who'))} AS contact_name, {kept(33, repr('000'))} AS contact_phone, {kept(34, repr('what'))} AS content, 'U1' AS unit_id, "
                  f"{kept(35, repr('none'))} AS special_request, 10.5 AS price_quoted, {kept(36, repr('satisfied'))} AS satisfaction",
        "visit": f"'K' || {spread(13, of.units)} AS customer_id, {kept(45, repr('S'))} AS signature_ref, TRUE AS customer_signed, {kept(37, repr('F'))} AS form_no, "
                 f"{kept(38, repr('none'))} AS needs, 'none' AS opinions, 'none' AS issues_found, {kept(39, instant(f'{AT} + 3600000000'))} AS entered_at",
        "customer": "0.0 AS arrears_amount",
        "patrol": f"CASE WHEN {spread(40, 50)} > 0 THEN ['治安消防','设备','清洁','绿化','装修空置房'] ELSE ['设备'] END AS topics_checked, "
                  f"{kept(41, instant(f'{AT} + 3600000000'))} AS entered_at",
        "callback": f"5 AS attitude_score, 5 AS quality_score, {kept(42, '5')} AS efficiency_score, 'satisfied' AS overall_satisfaction, "
                    f"{kept(43, instant(f'{of.called_back} + 600000000'))} AS entered_erp_at",
    }  # fmt: skip


def write(folder: Path, n: int, whole: bool = False) -> None:
    """Write every table of N events into a folder, with what the `whole` book reads of them or the six alone; a folder that is
    complete is left alone."""
    if (folder / ".complete").is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as db:
        of = Numbers(n)
        further = more(of) if whole else {}
        for table, (columns, rows) in {**rosters(of), **activity(of)}.items():
            columns += f", {further[table]}" if table in further else ""
            db.execute(f"COPY (SELECT {columns} FROM range({max(rows, 1)}) q(i)) TO '{folder / (table + '.parquet')}' (FORMAT parquet)")
    (folder / ".complete").touch()


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
