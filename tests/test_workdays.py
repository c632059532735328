"""Working days and service hours, day by day: the national library against the notices and another library, the arithmetic
of the database against steps on foot, and windows against the zone data where clocks are changed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import holidays
import pytest
from click.testing import CliRunner

from checker.calendars import open_intervals, outside_calendar, to_date, to_day, written_windows
from checker.cli import cli
from checker.compile.lengths import OUTSIDE, day_after
from checker.compile.scope import Scope
from checker.compile.windows import window_table, work_tables
from checker.engines.duckdb import create_table
from checker.errors import CheckerError
from checker.policy.files import Calendar, Window
from checker.policy.values import DAY
from checker.workdays import national, workdays
from tests.engine_adapter import audit_of
from tests.small_worlds import requirement, small
from tests.state_council import WORKED

WHY = {"reason": {"zh": "检修", "en": "maintenance"}, "source": {"document": "d", "clause": "1"}}


def test_every_day_of_three_years_is_as_the_notices_say() -> None:
    assert dict(national()) == WORKED
    assert len(WORKED) == 1096


def test_every_day_of_three_years_is_as_a_second_library_says() -> None:
    other = holidays.country_holidays("CN", years=[2024, 2025, 2026])
    assert [to_date(day) for day, works in national().items() if works != other.is_working_day(to_date(day))] == []


def test_a_company_closes_days_and_works_others() -> None:
    own = Calendar.model_validate({"format": "calendars/1", "calendar": "own", "closed": [{"from": "2026-05-06", "until": "2026-05-08", **WHY}],
                                   "extra": [{"from": "2026-05-10", **WHY}]})  # fmt: skip
    changed = {day for day, works in workdays(own).items() if works != national()[day]}
    assert sorted(map(to_date, changed)) == [date(2026, 5, 6), date(2026, 5, 7), date(2026, 5, 8), date(2026, 5, 10)]


def test_a_year_that_no_notice_speaks_of_is_the_companys_to_say() -> None:
    own = Calendar.model_validate({"format": "calendars/1", "calendar": "own", "covers": {"from": "2026-12-01", "until": "2027-12-31"},
                                   "closed": [{"from": "2027-01-01", **WHY}]})  # fmt: skip
    days = workdays(own)
    assert max(days) == to_day(date(2027, 12, 31))
    assert [days[to_day(date(2027, 1, day))] for day in (1, 2, 3, 4)] == [False, False, False, True]
    assert days[to_day(date(2026, 12, 5))] is False


def test_a_year_that_is_left_out_between_is_refused() -> None:
    own = Calendar.model_validate({"format": "calendars/1", "calendar": "own", "covers": {"from": "2028-01-01", "until": "2028-12-31"}})
    with pytest.raises(CheckerError, match="2027-01-01 is missing"):
        workdays(own)


@pytest.mark.parametrize("changes", ["closed", "extra"])
def test_a_changed_day_of_a_year_nobody_speaks_of_is_refused(changes: str) -> None:
    own = Calendar.model_validate({"format": "calendars/1", "calendar": "own", changes: [{"from": "2026-12-30", "until": "2027-01-02", **WHY}]})
    with pytest.raises(CheckerError, match="speaks of 2027-01-01"):
        workdays(own)


# --- arithmetic ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        for table in work_tables(audit_of(small(requirement(for_each="call", require={"outcome": "answered"}), {}))):
            create_table(made, table)
        yield made


def on_foot(day: int, amount: int) -> int | None:
    """The n-th working day after (or before) a day, by the notices; None where they end."""
    step = 1 if amount > 0 else -1
    while amount:
        day += step
        if day not in WORKED:
            return None
        amount -= step * WORKED[day]
    return day


class _Site:
    """A scope of which only the site and the end of the calendar are asked."""

    site = "'S1'"
    env = type("Env", (), {"unworked": staticmethod(lambda: str(max(WORKED) + 1))})()


@pytest.mark.parametrize("amount", [0, 1, 2, 3, 5, 7, 20])
@pytest.mark.parametrize("sign", ["+", "-"])
def test_working_days_from_every_day_of_three_years(db: duckdb.DuckDBPyConnection, amount: int, sign: str) -> None:
    expected = {day: on_foot(day, amount if sign == "+" else -amount) for day in WORKED}
    within = [day for day, target in expected.items() if target is not None]
    scope: Scope = _Site()  # type: ignore[assignment]
    found = dict(db.execute(f"SELECT d, {day_after(scope, 'd', str(amount), 2, sign)} FROM unnest(?::BIGINT[]) t(d)", [within]).fetchall())
    assert found == {day: expected[day] for day in within}
    assert len(within) > 1060


@pytest.mark.parametrize("day", ["2023-12-29", "2026-12-31", "2027-01-04"])
def test_a_day_outside_ends_the_count(db: duckdb.DuckDBPyConnection, day: str) -> None:
    scope: Scope = _Site()  # type: ignore[assignment]
    number = to_day(date.fromisoformat(day))
    with pytest.raises(duckdb.Error, match=OUTSIDE):
        db.execute(f"SELECT {day_after(scope, 'd', '1', 2)} FROM (SELECT {number}::BIGINT AS d)").fetchall()


def test_the_sentence_names_the_day_and_the_way_out() -> None:
    problem = outside_calendar(to_day(date(2027, 1, 4))).problems[0]
    assert problem.line("en").startswith("2027-01-04 lies outside the loaded work calendar; say that year with `covers:`")
    assert problem.line("zh").startswith("2027-01-04 不在已载入的工作日历内;")


def test_the_sentence_names_the_policy_that_counts_the_day(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        "format: policies/1\npolicies:\n- id: own.soon\n  standard: own.soon\n  title: {zh: 及时, en: Soon}\n  source: [{document: steward-standard, clause: 客户需求受理 3}]\n"
        "  severity: {level: minor, reason: {zh: 试, en: trial}}\n  kind: deadline\n  for_each: ticket\n  starts: received_at\n  ends: dispatched_at\n  within: 3 working days\n",
        encoding="utf-8")
    (tmp_path / "工单.csv").write_text("工单号,项目,需求类别,受理时间,状态\nt1,S1,报修,2031-05-05 09:00,关闭\n", encoding="utf-8")
    (tmp_path / "f.yaml").write_text("format: profiles/1\nprofile: ours\n", encoding="utf-8")
    done = CliRunner().invoke(cli, ["audit", str(tmp_path / "工单.csv"), "--policies", str(tmp_path), "--profile", "ours", "--period", "2031-05", "--out", str(tmp_path / "out"), "--lang", "en"])
    assert "lies outside the loaded work calendar (own.soon counts it)" in str(done.exception)


# --- windows ---------------------------------------------------------------------------------------------------------


def windows(*listed: dict[str, object]) -> tuple[Window, ...]:
    return tuple(Window.model_validate(one) for one in listed)


def test_service_hours_of_working_days_on_every_day_of_three_years() -> None:
    opens = windows({"from": "08:30", "to": "17:30", "days": "workdays"}, {"from": "10:00", "to": "12:00", "days": "restdays"})
    zone = ZoneInfo("Asia/Shanghai")
    found = open_intervals(opens, "Asia/Shanghai", min(WORKED), max(WORKED) + 1, national())
    expected = []
    for day, works in WORKED.items():
        at = to_date(day)
        for hour, minute in ((8, 30), (17, 30)) if works else ((10, 0), (12, 0)):
            moment = datetime(at.year, at.month, at.day, hour, minute, tzinfo=zone)
            expected.append((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))
    assert [edge for pair in found for edge in pair] == expected


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca"])
def test_windows_on_every_day_follow_the_zone_data_where_clocks_change(name: str) -> None:
    """Each edge is asked of the zone itself: the wall shows what the window says, however long the night was."""
    opens = windows({"from": "22:00", "to": "06:30", "days": "all"})
    zone, first = ZoneInfo(name), to_day(date(2026, 1, 1))
    found = open_intervals(opens, name, first, first + 365)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    for number, (start, end) in enumerate(found):
        low, high = ((epoch + timedelta(microseconds=edge)).astimezone(zone) for edge in (start, end))
        day = to_date(first + number)
        assert low.replace(tzinfo=None) == datetime(day.year, day.month, day.day, 22)
        assert high.replace(tzinfo=None) == datetime(day.year, day.month, day.day) + timedelta(days=1, hours=6, minutes=30)
    lengths = {end - start for start, end in found}
    assert len(lengths) >= 3, "no clock was changed"


def test_counted_time_of_a_window_is_that_of_its_minutes() -> None:
    """The table by which the database counts, against the minutes of a fortnight with a make-up day and a holiday."""
    world = small(requirement(for_each="call", require={"outcome": "answered"}), {}, period=("2026-09-14", "2026-10-12"),
                  windows={"hours": [{"from": "08:30", "to": "17:30", "days": "workdays"}]})  # fmt: skip
    rows = window_table(audit_of(world), "hours", {"S1": "hours"}).rows
    first, zone = to_day(date(2026, 9, 14)), ZoneInfo("Asia/Shanghai")
    minutes = {}
    for day in range(first, first + 28):
        at = datetime(1970, 1, 1, tzinfo=zone) + timedelta(days=day)
        minutes[day] = sum(WORKED[day] and 510 <= minute < 1050 for minute in range(1440))
        start = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        counted = sum(end - begin for _, begin, end, _ in rows if start <= begin < start + DAY)  # type: ignore[operator]
        assert counted == minutes[day] * 60_000_000
    assert sum(minutes.values()) == 16 * 540
    assert [row[3] for row in rows] == [sum(end - begin for _, begin, end, _ in rows[:n]) for n in range(len(rows))]  # type: ignore[operator,misc]


def test_a_roster_writes_windows_as_people_do() -> None:
    assert written_windows("08:00-22:00") == windows({"from": "08:00", "to": "22:00"})
    assert written_windows("工作日 8:30-17:30;周六、周日 09:00~12:00") == windows(
        {"from": "08:30", "to": "17:30", "days": "workdays"}, {"from": "09:00", "to": "12:00", "days": ["saturday", "sunday"]})  # fmt: skip
    assert written_windows("全天") == windows({"from": "00:00", "to": "24:00"})
    with pytest.raises(CheckerError, match="cannot be read"):
        written_windows("早上到晚上")


def test_nobody_pays_for_the_calendar_who_does_not_ask_for_it() -> None:
    told = "import sys; import checker.audit, checker.compile, checker.engines.duckdb; print('chinese_calendar' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout == "False\n"
