"""The six standards by hand in Polars: the violations as (policy, subject, ordinal), sorted.

    python -m benchmarks.hand_polars DATA OUT
"""

import sys
from pathlib import Path

import polars as pl

DATA, OUT = Path(sys.argv[1]), sys.argv[2]
MINUTE, HALF_PAST_EIGHT = 60_000_000, (20 * 60 + 30) * 60_000_000


def scan(table: str) -> pl.LazyFrame:
    return pl.scan_parquet(DATA / f"{table}.parquet")


def local(column: str) -> pl.Expr:
    """Shanghai wall time; one offset all year."""
    return pl.col(column).dt.convert_time_zone("Asia/Shanghai").dt.replace_time_zone(None)


def found(frame: pl.LazyFrame, policy: str | pl.Expr, subject: str, ordinal: str | pl.Expr = "1") -> pl.LazyFrame:
    said = policy if isinstance(policy, pl.Expr) else pl.lit(policy)
    label = ordinal if isinstance(ordinal, pl.Expr) else pl.lit(ordinal)
    return frame.select(said.alias("policy"), pl.col(subject).alias("subject"), label.alias("ordinal"))


def calls() -> pl.LazyFrame:
    rings = pl.coalesce("ring_count", (pl.col("ring_seconds") - 1).clip(0) // 5 + 1)
    frame = scan("call").filter(pl.col("direction") == "inbound").with_columns(rings=rings)
    late = (pl.col("outcome") == "answered") & (pl.col("rings") > 2)
    lost = (pl.col("outcome") == "abandoned") & (pl.col("rings") > 2)
    return found(frame.filter(late | lost | (pl.col("outcome") == "missed")), "telephone.answer-within-rings", "call_id")


def dispatch() -> pl.LazyFrame:
    took = pl.col("dispatched_at") - pl.col("received_at")
    over = local("received_at") + pl.duration(minutes=5) < pl.datetime(2027, 1, 1)
    frame = scan("ticket").filter(~pl.col("resolved_on_spot") & ((took > pl.duration(minutes=5)) | took.is_null()) & over)
    return found(frame, "dispatch.within-five-minutes", "ticket_id")


def callbacks() -> list[pl.LazyFrame]:
    done = scan("ticket").select("ticket_id", "category", at=local("completed_at")).filter(pl.col("at") < pl.datetime(2027, 1, 1))
    calls_made = scan("callback").select(ticket_id=pl.col("ticket_ids").list.first(), called=local("at"), result="result").filter(pl.col("called") < pl.datetime(2027, 1, 1))
    reached = calls_made.filter(pl.col("result") == "reached")
    repairs = done.filter(pl.col("category") == "repair").with_columns(late=pl.col("at").dt.time() > pl.time(20, 30))
    first = repairs.join(reached, on="ticket_id", how="left").filter(pl.col("called").is_null() | (pl.col("called") >= pl.col("at")))
    third = calls_made.filter(pl.col("result") == "no-answer").join(repairs, on="ticket_id").filter(pl.col("called") >= pl.col("at"))
    tries = third.sort("called").group_by("ticket_id").agg(tried=pl.col("called").get(2, null_on_oob=True))
    answered = first.group_by("ticket_id").agg(pl.col("called").min())
    judged = repairs.join(answered, on="ticket_id", how="left").join(tries, on="ticket_id", how="left").with_columns(end=pl.min_horizontal("called", "tried"))
    due = pl.col("at").dt.truncate("1d") + pl.when("late").then(pl.duration(days=2)).otherwise(pl.duration(days=1))
    missed = judged.filter((pl.col("end").is_null() | (pl.col("end") >= due)) & (due <= pl.datetime(2027, 1, 1)))
    return [found(missed, "callback.repair-same-day", "ticket_id"), _rate(done, reached, "special"), _rate(done, reached, "other")]


def _rate(done: pl.LazyFrame, reached: pl.LazyFrame, which: str) -> pl.LazyFrame:
    special = pl.col("category") == "special-service"
    members = done.filter(special if which == "special" else ~pl.col("category").is_in(["repair", "special-service", "complaint"]))
    month = members.with_columns(month=pl.col("at").dt.strftime("%Y-%m"))
    called = reached.with_columns(by=pl.col("called").dt.strftime("%Y-%m")).group_by("ticket_id").agg(by=pl.col("by").min())
    counted = month.join(called, on="ticket_id", how="left").with_columns(met=pl.col("by").is_not_null() & (pl.col("by") <= pl.col("month")))
    share = counted.group_by("month").agg(pl.len().alias("n"), pl.col("met").sum())
    short = share.filter(pl.col("met") < pl.col("n")) if which == "special" else share.filter(pl.col("met") * 10 < pl.col("n"))
    policy = "callback.special-service-rate-100" if which == "special" else "callback.other-rate-10"
    return found(short.with_columns(site=pl.lit("S1")), policy, "site", pl.col("month"))


def visits() -> pl.LazyFrame:
    """Two visits 30 days apart are there when the first and the last are: greedily from the earliest."""
    done = scan("visit").filter(pl.col("outcome") == "done").with_columns(day=local("arrived_at").dt.date())
    spans = done.group_by("unit_id").agg(apart=(pl.col("day").max() - pl.col("day").min()).dt.total_days())
    frame = scan("customer").select("unit_id").join(spans, on="unit_id", how="left").filter(pl.col("apart").is_null() | (pl.col("apart") < 30))
    return found(frame, "visit.twice-per-year", "unit_id", "2026")


def patrols() -> pl.LazyFrame:
    """Weeks that end in 2026 and in which some checkpoint was not scanned; the first is covered by the sources only in part."""
    when = local("started_at")
    seen = scan("patrol").with_columns(week=when.dt.strftime("%G-W%V")).explode("checkpoint_ids").group_by("area_id", "week").agg(pl.col("checkpoint_ids").n_unique().alias("n"))
    weeks = pl.LazyFrame({"week": [f"2026-W{number:02}" for number in range(2, 53)]})
    frame = scan("area").select("area_id").join(weeks, how="cross").join(seen, on=["area_id", "week"], how="left").filter(pl.col("n").fill_null(0) < 5)
    return found(frame, "patrol.area-weekly-full-coverage", "area_id", pl.col("week"))


def items() -> pl.LazyFrame:
    frame = scan("inspection_item").filter(pl.col("result") == "fail").with_columns(key=pl.format("{}/{}/{}", "inspection_id", "item_code", "seq"))
    return found(frame, pl.col("item_code"), "key")


parts = [calls(), dispatch(), *callbacks(), visits(), patrols(), items()]
pl.concat(parts).sort("policy", "subject", "ordinal").collect(engine="streaming").write_parquet(OUT)
