"""The IT service desk's policies once more, in plain Python: csv and datetime, nothing of the checker.

Written from the ten sentences of examples/it-service-desk/README.md and the general rules of verdicts, not from the
YAML files. `audit` says what an audit of a log must find, finding by finding.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

MICRO, DAY = timedelta(microseconds=1), timedelta(days=1)
LATER: Literal["later"] = "later"
"""An instant that the log knows and that lies after the moment up to which it is read."""
When = datetime | Literal["later"] | None
Row = dict[str, str]
COVERED = (datetime(2016, 2, 29), datetime(2017, 2, 19))


@dataclass(frozen=True)
class Span:
    """What is audited: decisions from `start` to before `end`, on what the log says up to `as_of`."""

    start: datetime
    end: datetime
    as_of: datetime


@dataclass(frozen=True)
class Found:
    policy: str
    subject: str
    ordinal: str
    verdict: str
    decided: datetime | None
    measured: int | None = None
    limit: int | None = None
    lacks: str | None = None
    row: int | None = None


# --- the log ---------------------------------------------------------------------------------------------------------


def events(path: Path) -> list[Row]:
    """The events in the order of the file, each with its row number as a spreadsheet shows it."""
    opened = gzip.open(path, "rt", encoding="utf-8", newline="") if path.suffix == ".gz" else path.open(encoding="utf-8", newline="")
    with opened as file:
        reader = csv.reader(file)
        header = next(reader)
        header[header.index("category", header.index("category") + 1)] = "subcategory"
        return [dict(zip(header, cells, strict=True)) | {"row": str(number)} for number, cells in enumerate(reader, 2)]


def tickets(log: list[Row]) -> dict[str, list[Row]]:
    """Each ticket's last event. Two that are equally late and differ are both kept: nothing says which is right."""
    by_ticket: dict[str, list[Row]] = defaultdict(list)
    for event in log:
        by_ticket[event["number"]].append(event)
    last = {number: max(int(event["sys_mod_count"]) for event in found) for number, found in by_ticket.items()}
    return {
        number: [event for event in found if int(event["sys_mod_count"]) == last[number]]
        for number, found in by_ticket.items()
    }


def reconciled(log: list[Row]) -> dict[str, int]:
    """What became of the rows: every one can be read, none stands twice, all but the last of a ticket are superseded."""
    kept = sum(len(versions) for versions in tickets(log).values())
    return {"read": len(log), "accepted": kept, "rejected": 0, "duplicates": 0, "superseded": len(log) - kept}


def moment(text: str) -> datetime | None:
    """`29/2/2016 01:16`; `?` is missing."""
    return None if text == "?" else datetime.strptime(text, "%d/%m/%Y %H:%M")


def seen(text: str, as_of: datetime) -> When:
    found = moment(text)
    return LATER if found is not None and found > as_of else found


# --- one ticket ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Limit:
    """A limit on one of two clocks: hours and minutes as they pass, or local days after the day of the start."""

    elapsed: timedelta | None = None
    days: int = 0

    def last(self, start: datetime) -> datetime:
        """The last instant at which it is kept."""
        if self.elapsed is not None:
            return start + self.elapsed
        return datetime.combine(start.date() + (self.days + 1) * DAY, time()) - MICRO

    def taken(self, start: datetime, end: datetime) -> int:
        return (end - start) // MICRO if self.elapsed is not None else (end.date() - start.date()).days

    @property
    def amount(self) -> int:
        return self.elapsed // MICRO if self.elapsed is not None else self.days


BY_PRIORITY = {
    "1": Limit(timedelta(hours=8)), "2": Limit(timedelta(hours=24)), "3": Limit(days=3), "4": Limit(days=7),
}  # fmt: skip


def deadline(blank: Found, start: When, end: When, limit: Limit, names: tuple[str, str], as_of: datetime) -> Found | None:
    """From start to end within the limit. `names`: what is missing where start or end is."""
    if start == LATER:
        return None
    if start is None:
        return replace(blank, verdict="unknown", lacks=names[0])
    last = limit.last(start)
    if isinstance(end, datetime):
        numbers = replace(blank, measured=limit.taken(start, end), limit=limit.amount)
        if end < start:
            return replace(blank, verdict="unknown", decided=last, lacks=names[1])
        return replace(numbers, verdict="pass" if end <= last else "fail", decided=min(end, last))
    if last >= as_of:
        return replace(blank, verdict="pending")
    if end is None:
        return replace(blank, verdict="unknown", decided=last, lacks=names[1])
    until = as_of if limit.elapsed is not None else as_of - MICRO
    return replace(blank, verdict="fail", decided=last, measured=max(limit.taken(start, until), limit.amount + 1), limit=limit.amount)


def in_time(row: Row, blank: Found, as_of: datetime) -> Found | None:
    start, end = seen(row["opened_at"], as_of), seen(row["resolved_at"], as_of)
    found = deadline(blank, start, end, BY_PRIORITY[row["priority"]], ("opened_at", "resolved_at"), as_of)
    excused = row["rfc"] != "?"
    return replace(found, verdict="exempt") if found and found.verdict == "fail" and excused else found


def closed_after(row: Row, blank: Found, as_of: datetime) -> Found | None:
    start, end = seen(row["resolved_at"], as_of), seen(row["closed_at"], as_of)
    return deadline(blank, start, end, Limit(days=7), ("resolved_at", "closed_at"), as_of)


def entered_in_time(row: Row, blank: Found, as_of: datetime) -> Found | None:
    start, end = seen(row["opened_at"], as_of), seen(row["sys_created_at"], as_of)
    if not isinstance(end, datetime):
        return None
    return deadline(blank, start, end, Limit(timedelta(minutes=30)), ("opened_at", "sys_created_at"), as_of)


def at_closing(row: Row, blank: Found, as_of: datetime, kept: bool) -> Found:
    closed = seen(row["closed_at"], as_of)
    if not isinstance(closed, datetime):
        return replace(blank, verdict="pending")
    return replace(blank, verdict="pass" if kept else "fail", decided=closed)


def few_reassignments(row: Row, blank: Found, as_of: datetime) -> Found | None:
    number = int(row["reassignment_count"])
    return replace(at_closing(row, blank, as_of, number <= 3), measured=number, limit=3)


def reopened_at_most_once(row: Row, blank: Found, as_of: datetime) -> Found | None:
    return at_closing(row, blank, as_of, int(row["reopen_count"]) <= 1)


def complete(row: Row, blank: Found, as_of: datetime) -> Found | None:
    if row["ident_state"] != "Closed":
        return None
    return at_closing(row, blank, as_of, "?" not in (row["resolved_at"], row["resolved_by"], row["closed_code"]))


BY_TICKET: dict[str, Callable[[Row, Found, datetime], Found | None]] = {
    "resolution.in-time": in_time,
    "resolution.closed-after": closed_after,
    "handling.few-reassignments": few_reassignments,
    "handling.entered-in-time": entered_in_time,
    "reopening.at-most-once": reopened_at_most_once,
    "evidence.closed-ticket-complete": complete,
}


def of_ticket(policy: str, versions: list[Row], as_of: datetime) -> Found | None:
    """A ticket's verdict; of one whose last events differ only if they all agree. The first of their rows stands for it."""
    number = versions[0]["number"]
    found = [
        BY_TICKET[policy](row, Found(policy, number, "1", "", None, row=int(row["row"])), as_of) for row in versions
    ]
    some = [one for one in found if one is not None]
    if not some:
        return None
    first = min(int(row["row"]) for row in versions)
    latest = replace(max(some, key=lambda one: one.decided or datetime.min), row=first)
    if len({one and one.verdict for one in found}) == 1:
        return latest
    return replace(latest, verdict="unknown", lacks="disputed", measured=None, limit=None)


# --- a month ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rate:
    """`meets` of the tickets closed in a month, as a share in hundredths; more is better where `least`."""

    meets: Callable[[Row], bool]
    percent: Callable[[date], int]
    least: bool = True
    by_group: bool = False
    sample: int = 1


RATES = {
    "reopening.rate": Rate(lambda row: int(row["reopen_count"]) >= 1, lambda month: 1, least=False),
    "agreement.kept-by-group": Rate(
        lambda row: row["made_sla"] == "true", lambda month: 70 if month >= date(2016, 7, 1) else 60, by_group=True, sample=10
    ),
    "evidence.group-named": Rate(lambda row: row["assignment_group"] != "?", lambda month: 95),
    "evidence.entry-recorded": Rate(lambda row: row["sys_created_at"] != "?", lambda month: 50),
}


def months(span: Span) -> Iterator[tuple[date, date]]:
    """(first day, first day of the next) of the months that the span touches."""
    at = span.start.date().replace(day=1)
    while at < (span.end - MICRO).date() + DAY:
        following = (at + 31 * DAY).replace(day=1)
        yield at, following
        at = following


def of_months(policy: str, known: dict[str, list[Row]], span: Span) -> Iterator[Found]:
    """A finding for each month and group; `not applicable` where there are too few tickets to say anything."""
    rate = RATES[policy]
    for first, following in months(span):
        groups: dict[str, list[Row]] = {} if rate.by_group else {"DESK": []}
        for versions in known.values():
            closed = seen(agreed(versions, "closed_at"), span.as_of)
            if isinstance(closed, datetime) and first <= closed.date() < following:
                group = agreed(versions, "assignment_group") if rate.by_group else "DESK"
                groups.setdefault(group, []).append(versions[0])
        for group, members in groups.items():
            yield of_group(policy, "" if group == "?" else group, first, following, members, span)


def agreed(versions: list[Row], column: str) -> str:
    """What all versions of a ticket say, else missing."""
    return versions[0][column] if len({row[column] for row in versions}) == 1 else "?"


def of_group(policy: str, group: str, first: date, following: date, members: list[Row], span: Span) -> Found:
    rate, percent, size = RATES[policy], RATES[policy].percent(first), len(members)
    met = sum(rate.meets(row) for row in members)
    least = -(-percent * size // 100)
    most = percent * size // 100
    opens, closes = datetime.combine(first, time()), datetime.combine(following, time())
    found = Found(policy, group, f"{first:%Y-%m}", "", closes - MICRO, met, least if rate.least else most)
    uncovered = closes <= span.as_of and (opens < COVERED[0] or closes > COVERED[1])
    if size < rate.sample:
        return replace(found, verdict="unknown", lacks="coverage") if uncovered else replace(found, verdict="not_applicable")
    if closes > span.as_of:
        return replace(found, verdict="pending", decided=None)
    if uncovered:
        return replace(found, verdict="unknown", lacks="coverage")
    return replace(found, verdict="pass" if (met >= least if rate.least else met <= most) else "fail")


# --- the audit -------------------------------------------------------------------------------------------------------


def audit(log: list[Row], span: Span) -> dict[str, list[Found]]:
    """Every finding of every policy that belongs to an audit of the span, `not_applicable` among them."""
    known = {
        number: versions for number, versions in tickets(log).items() if seen(versions[0]["opened_at"], span.as_of) != LATER
    }
    result: dict[str, list[Found]] = {}
    for policy in BY_TICKET:
        found = (of_ticket(policy, versions, span.as_of) for versions in known.values())
        result[policy] = [one for one in found if one is not None and belongs(one, span)]
    for policy in RATES:
        result[policy] = [one for one in of_months(policy, known, span) if belongs(one, span)]
    return result


def belongs(found: Found, span: Span) -> bool:
    """Decided in the span; pending (all that is seen began before its end); or without any date."""
    if found.decided is None:
        return found.verdict in ("pending", "unknown")
    return span.start <= found.decided < span.end


def counts(findings: list[Found]) -> dict[str, int]:
    number = Counter(one.verdict for one in findings)
    words = ("pass", "fail", "pending", "unknown", "exempt", "not_applicable")
    due = sum(number.values()) - number["not_applicable"]
    return {"obligations": due} | {word: number[word] for word in words}


# --- the sample ------------------------------------------------------------------------------------------------------


def sample_of(log: list[Row]) -> set[str]:
    """The 2,000 tickets of the committed sample: the first 150 and the last 100 of the log, those with the undocumented
    state, and of the others as many as are wanting, spaced evenly."""
    order = list(dict.fromkeys(event["number"] for event in log))
    odd = {event["number"] for event in log if event["ident_state"] == "-100"}
    chosen = {*order[:150], *order[-100:], *odd}
    others = [number for number in order if number not in chosen]
    wanted = 2000 - len(chosen)
    return chosen | {others[place * len(others) // wanted] for place in range(wanted)}
