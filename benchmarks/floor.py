"""The floor: one process that scans the columns that the policies need and writes the same flat columns of the violations,
sorted. It judges nothing: the violations are taken from an earlier run's findings.

    python -m benchmarks.floor DATA FINDINGS OUT
"""

import sys
from pathlib import Path

import duckdb

data, findings, out = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
db = duckdb.connect()
NEEDED = {
    "call": "direction, ring_start_at, ring_count, ring_seconds, outcome, staff_id, call_id",
    "ticket": "ticket_id, category, status, received_at, received_by, dispatched_at, resolved_on_spot, completed_at",
    "visit": "unit_id, arrived_at, outcome", "patrol": "kind, area_id, started_at, checkpoint_ids",
    "callback": "ticket_ids, at, result", "inspection": "inspection_id, staff_id, at", "inspection_item": "inspection_id, item_code, result",
}  # fmt: skip
for table, columns in NEEDED.items():
    sums = ", ".join(f'sum(length("{one.strip()}"::VARCHAR))' if one.strip() == "checkpoint_ids" else f'count("{one.strip()}"), max("{one.strip()}")' for one in columns.split(","))
    db.execute(f"SELECT {sums} FROM '{data / table}.parquet'").fetchall()
db.execute(f"COPY (SELECT * FROM '{findings}' WHERE verdict = 'fail' ORDER BY policy, site_id, subject, ordinal) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")
