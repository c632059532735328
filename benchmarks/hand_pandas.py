"""The six standards by hand in pandas: the violations as (policy, subject, ordinal), sorted.

    python -m benchmarks.hand_pandas DATA OUT
"""

import sys
from pathlib import Path

import pandas as pd

DATA, OUT = Path(sys.argv[1]), sys.argv[2]
FIVE, END = pd.Timedelta(minutes=5), pd.Timestamp("2027-01-01")


def read(table: str, *columns: str) -> pd.DataFrame:
    return pd.read_parquet(DATA / f"{table}.parquet", columns=list(columns))


def local(series: pd.Series) -> pd.Series:
    return series.dt.tz_convert("Asia/Shanghai").dt.tz_localize(None)


def found(subject: pd.Series, policy: "str | pd.Series", ordinal: "str | pd.Series" = "1") -> pd.DataFrame:
    return pd.DataFrame({"policy": policy, "subject": subject, "ordinal": ordinal})


def calls() -> pd.DataFrame:
    frame = read("call", "call_id", "direction", "ring_count", "ring_seconds", "outcome")
    rings = frame.ring_count.fillna((frame.ring_seconds - 1).clip(lower=0) // 5 + 1)
    bad = (frame.outcome == "missed") | (frame.outcome.isin(["answered", "abandoned"]) & (rings > 2))
    return found(frame[bad & (frame.direction == "inbound")].call_id, "telephone.answer-within-rings")


def dispatch() -> pd.DataFrame:
    frame = read("ticket", "ticket_id", "received_at", "dispatched_at", "resolved_on_spot")
    took = frame.dispatched_at - frame.received_at
    over = local(frame.received_at) + FIVE < END
    return found(frame[~frame.resolved_on_spot & (took.isna() | (took > FIVE)) & over].ticket_id, "dispatch.within-five-minutes")


def callbacks() -> list[pd.DataFrame]:
    done = read("ticket", "ticket_id", "category", "completed_at")
    done["at"] = local(done.completed_at)
    done = done[done["at"] < END]
    made = read("callback", "ticket_ids", "at", "result")
    made = pd.DataFrame({"ticket_id": made.ticket_ids.str[0], "called": local(made["at"]), "result": made.result})
    made = made[made.called < END]
    repairs = done[done.category == "repair"]
    both = repairs.merge(made, on="ticket_id")
    both = both[both.called >= both["at"]]
    first = both[both.result == "reached"].groupby("ticket_id").called.min()
    third = both[both.result == "no-answer"].sort_values("called").groupby("ticket_id").called.nth(2)
    third.index = both.loc[third.index].ticket_id
    earliest = pd.concat([first, third] if len(third) else [first]).groupby(level=0).min()
    ends = repairs.ticket_id.map(earliest)
    day = repairs["at"].dt.floor("D")
    late = (repairs["at"] - day) > pd.Timedelta(hours=20, minutes=30)
    due = day + pd.Timedelta(days=1) + late.astype(int) * pd.Timedelta(days=1)
    missed = repairs[(ends.isna() | (ends >= due)) & (due <= END)]
    reached = made[made.result == "reached"].groupby("ticket_id").called.min().dt.strftime("%Y-%m")
    special = done[done.category == "special-service"]
    other = done[~done.category.isin(["repair", "special-service", "complaint"])]
    return [
        found(missed.ticket_id, "callback.repair-same-day"),
        _rate(special, reached, "callback.special-service-rate-100", 1), _rate(other, reached, "callback.other-rate-10", 10),
    ]  # fmt: skip


def _rate(members: pd.DataFrame, reached: pd.Series, policy: str, times: int) -> pd.DataFrame:
    month = members["at"].dt.strftime("%Y-%m")
    met = members.ticket_id.map(reached)
    share = pd.DataFrame({"month": month, "met": met.notna() & (met <= month)}).groupby("month").met.agg(["size", "sum"])
    short = share[share["sum"] * times < share["size"]]
    return found(pd.Series(["S1"] * len(short)), policy, pd.Series(short.index))


def visits() -> pd.DataFrame:
    done = read("visit", "unit_id", "arrived_at", "outcome")
    done = done[done.outcome == "done"]
    day = local(done.arrived_at).dt.floor("D").groupby(done.unit_id).agg(["min", "max"])
    apart = (day["max"] - day["min"]).dt.days
    units = read("customer", "unit_id").unit_id
    gap = units.map(apart)
    return found(units[gap.isna() | (gap < 30)], "visit.twice-per-year", "2026")


def patrols() -> pd.DataFrame:
    frame = read("patrol", "area_id", "started_at", "checkpoint_ids")
    frame["week"] = local(frame.started_at).dt.strftime("%G-W%V")
    seen = frame.explode("checkpoint_ids").groupby(["area_id", "week"]).checkpoint_ids.nunique()
    weeks = [f"2026-W{number:02}" for number in range(2, 53)]
    every = pd.MultiIndex.from_product([read("area", "area_id").area_id, weeks])
    short = seen.reindex(every, fill_value=0)
    short = short[short < 5].index
    return found(pd.Series(short.get_level_values(0)), "patrol.area-weekly-full-coverage", pd.Series(short.get_level_values(1)))


def items() -> pd.DataFrame:
    frame = read("inspection_item", "inspection_id", "item_code", "seq", "result")
    frame = frame[frame.result == "fail"]
    return found(frame.inspection_id + "/" + frame.item_code + "/" + frame.seq.astype(str), frame.item_code)


parts = [calls(), dispatch(), *callbacks(), visits(), patrols(), items()]
pd.concat(parts).sort_values(["policy", "subject", "ordinal"]).to_parquet(OUT, index=False)
