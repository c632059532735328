"""The oracle's other kinds: sequences step by step, presence instant by instant, ladders finding by finding.

Like `reference.py`, which calls it: the standard library and the models of the language alone, slow and plain.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Any

from checker.policy.conditions import Related
from checker.policy.kinds import LEVELS, Ladder, Presence, Sequence
from checker.policy.over import FINDING, RECORD
from checker.policy.values import Duration, Parameter
from tests import reference
from tests.reference import DAY, LATER, Row, local_day, spans, to_utc

EVER = 10**18

# --- sequence --------------------------------------------------------------------------------------------------------


def sequence(site: Any, policy: Sequence) -> list[Row]:
    """Each cycle of each case; versions of a case that disagree are unknown."""
    judged: dict[tuple[Any, ...], list[tuple[Row, Row]]] = {}
    for row in site.versions(policy.for_each):
        for number, one in enumerate(_case(site, policy, row), 1):
            judged.setdefault((number,), []).append((row, one))
    pairs = [pair for listed in judged.values() for pair in listed]
    if policy.subject and tuple(policy.subject) != tuple(site.world.types[policy.for_each].key):
        _number(site, policy, pairs)
    return [one for listed in judged.values() for one in site.merged(policy, listed)]


def _number(site: Any, policy: Sequence, pairs: list[tuple[Row, Row]]) -> None:
    """Cycles of one subject, by the time of their case."""
    kind = site.world.types[policy.for_each]
    key = lambda row: "/".join("" if row[one] is None else str(row[one]) for one in kind.key)  # noqa: E731
    groups: dict[str, list[tuple[tuple[Any, ...], Row]]] = {}
    for row, one in pairs:
        times = [other[kind.time] for other, _ in pairs if key(other) == key(row) and other[kind.time] is not None]
        groups.setdefault(one["subject"], []).append(((not times, min(times, default=0), key(row), one["cycle"]), one))
    for listed in groups.values():
        ranks = sorted({order for order, _ in listed})
        for order, one in listed:
            one["ordinal"] = str(ranks.index(order) + 1)


def _case(site: Any, policy: Sequence, row: Row) -> list[Row]:
    kind = site.world.types[policy.for_each]
    time = row.get(kind.time) if kind.time else None
    steps, doubt = _steps(site, policy, row, site.first if time is None else time)
    cycles = walk(policy, steps) or [{"first": None, "at": None, "faults": 0, "missing": False}]
    return [_cycle(site, policy, row, time, cycle, number, doubt) for number, cycle in enumerate(cycles, 1)]


def _steps(site: Any, policy: Sequence, row: Row, at: int) -> tuple[list[tuple[int, Any, str]], list[Any]]:
    """The steps that are known as (time, tie, name), and the times of others of which something is not."""
    spec = policy.steps
    names = {step for entry in policy.order for step in ((entry,) if isinstance(entry, str) else entry)} | set(policy.restarts or {})
    clause = Related(record=spec.record, match=spec.match, where=spec.where, time=spec.time)
    known, doubt = [], []
    for counts, one in site.related(policy, policy.for_each, row, clause, at):
        name, time = one[spec.name], one[spec.time]
        if counts is False or (name is not None and name not in names):
            continue
        if counts is True and name is not None and time is not None:
            known.append((time, one[spec.ties] if spec.ties else None, name))
        else:
            doubt.append(time)
    return known, doubt


def walk(policy: Sequence, steps: list[tuple[int, Any, str]]) -> list[Row]:
    """The cycles of a case: when each was decided, and how much was wrong by then."""
    place = {step: number for number, entry in enumerate(policy.order) for step in ((entry,) if isinstance(entry, str) else entry)}
    back = {step: min((place[one] for one in targets if one in place), default=0) for step, targets in (policy.restarts or {}).items()}
    there = {**place, **back}
    cycles: list[Row] = []
    high, closed, came = -1, True, set[str]()
    for time, _, name in sorted(steps, key=lambda one: (one[0], one[1] is None, one[1] or 0, there[one[2]], one[2] not in back)):
        if closed and (name in back or not cycles):
            cycles.append({"first": time, "at": None, "faults": 0, "missing": False})
            closed = False
        elif name not in back and place[name] < high and cycles[-1]["at"] is not None and not cycles[-1]["faults"]:
            cycles.append({"first": time, "at": None, "faults": 0, "missing": False})
        now = cycles[-1]
        if name in back:
            high, closed = back[name], False
            came -= {step for step in came if place.get(step, -1) >= high}
            continue
        broken, high = place[name] < high, max(high, place[name])
        came.add(name)
        if broken and (now["at"] is None or now["faults"] == 0):
            now |= {"at": time, "faults": 1}
        elif place[name] == len(policy.order) - 1 and now["at"] is None:
            lacking = [step for step in policy.required or () if step not in came]
            now |= {"at": time, "faults": len(lacking), "missing": bool(lacking)}
        closed = closed or place[name] == len(policy.order) - 1
    return cycles


def _cycle(site: Any, policy: Sequence, row: Row, time: int | None, cycle: Row, number: int, doubts: list[Any]) -> Row:
    doubt = any(one is None or (cycle["at"] is not None and one <= cycle["at"]) for one in doubts)
    start = time if time is not None else cycle["first"]
    at = site.first if start is None else start
    upper = site.as_of if cycle["at"] is None else cycle["at"]
    near = lambda clause, one: site.related(policy, policy.for_each, one, clause, at, high=upper)  # noqa: E731
    where = site.where(policy, row, at, near) if site.effective(policy, at) else False
    excuse = site.holds(policy, policy.for_each, row, policy.excused_when, at, near) if policy.excused_when else False
    verdict = site.stepped(policy, row, where, cycle, doubt, start, None if excuse == "pending" else excuse)
    return site.finding(policy, site.subject(policy, row, at), str(number), verdict, measured=cycle["faults"], limit=0, decided_at=cycle["at"],
                        began=cycle["first"] if number > 1 else start, cycle=number,
                        accountable=site.person(policy, policy.for_each, row, at if cycle["at"] is None else cycle["at"]))  # fmt: skip


def stepped(site: Any, policy: Sequence, row: Row, where: Any, cycle: Row, doubt: bool, start: int | None, excuse: Any) -> str | None:
    """The verdict of one cycle."""
    cancelled, at = site._cancelled(policy, row, start)
    if where is False:
        return None
    if where == "pending":
        return "pending"
    if cancelled and (cycle["at"] is None or (isinstance(at, int) and cycle["at"] > at)):
        return None
    if cycle["at"] is None:
        return "pending"
    if where is None or doubt:
        return "unknown"
    if not cycle["faults"]:
        return "pass"
    if (cancelled and not isinstance(at, int)) or (cycle["missing"] and start is not None and site.covered_last(policy.steps.record)[0] > start):
        return "unknown"
    return "exempt" if excuse is True else "fail" if excuse is False else "unknown"


# --- presence --------------------------------------------------------------------------------------------------------


def presence(site: Any, policy: Presence) -> list[Row]:
    """Each subject in each window that touches the period."""
    found = []
    for key, rows in _subjects(site, policy).items():
        duties = _duties(site, policy, rows)
        spells = [spell for head, low, high in rows for spell in _spells(site, policy, head, low, high)]
        longest = {best: site.charged(policy, duties, spells, best) for best in (False, True)}
        for label in dict.fromkeys(duty["label"] for duty in duties):
            parts = [duty for duty in duties if duty["label"] == label]
            begin, last = parts[0]["from"], max(duty["until"] for duty in parts) - 1
            if begin < site.until and last >= site.first:
                found.append(_window(site, policy, "/".join(map(str, key)), parts[0], begin, last, longest[False].get(label, 0), longest[True].get(label, 0)))
    return found


def _subjects(site: Any, policy: Presence) -> dict[tuple[Any, ...], list[tuple[Row, int, int]]]:
    """By subject its rows, each with the time in which it is active; what rows of one key dispute is unknown."""
    kind = site.world.types[policy.for_each]
    own = tuple(one for one in kind.key if not kind.active or one != kind.active.from_)
    pieces: list[tuple[Row, int, int]] = []
    if kind.active is None:
        pieces = [(row, -EVER, EVER) for row in site.rows(policy.for_each)]
    else:
        by_key: dict[tuple[Any, ...], list[tuple[int, int, Row]]] = {}
        for row in site.versions(policy.for_each):
            by_key.setdefault(tuple(row[one] for one in own), []).append((*site.spell(kind, row), row))
        for listed in by_key.values():
            edges = sorted({edge for low, high, _ in listed if low < high for edge in (low, high)})
            for low, high in itertools.pairwise(edges):
                there = [row for start, end, row in listed if start <= low and high <= end]
                if there:
                    pieces.append(({**site._folded(kind, there), "#row": min(one["#row"] for one in there)}, low, high))
    found: dict[tuple[Any, ...], list[tuple[Row, int, int]]] = {}
    for row, low, high in pieces:
        key = tuple(row[one] for one in policy.subject or own)
        if None not in key:
            found.setdefault(key, []).append((row, low, high))
    return found


def _duties(site: Any, policy: Presence, rows: list[tuple[Row, int, int]]) -> list[Row]:
    """The parts of windows in which the subject owes it, one after the other."""
    parts = []
    windows = _windows(site, policy)
    for head, low, high in rows:
        for opens, closes, label in windows:
            start, end = max(opens, low), min(closes, high)
            if start < end and site.effective(policy, opens):
                near = lambda clause, one, end=end, opens=opens: site.related(policy, policy.for_each, one, clause, opens, high=end - 1)  # noqa: E731
                where = site.where(policy, head, opens, near)
                if where is not False:
                    parts.append({"from": start, "until": end, "label": label, "opens": opens, "month": policy.during == "always", "head": head, "where": None if where == "pending" else where,
                                  "needed": _value(site, policy, policy.at_least, opens, head), "tolerance": _tolerance(site, policy, opens, head)})  # fmt: skip
    found: list[Row] = []
    reached = -EVER
    for part in sorted(parts, key=lambda one: (one["from"], one["until"], one["head"]["#row"])):
        part["from"] = max(part["from"], reached)
        reached = max(reached, part["until"])
        if part["from"] < part["until"]:
            found.append(part)
    return found


def _value(site: Any, policy: Presence | Ladder, written: Any, at: int, row: Row) -> Any:
    return site.parameter(policy, getattr(policy, "for_each", RECORD), written.name, at, row) if isinstance(written, Parameter) else written


def _tolerance(site: Any, policy: Presence, at: int, row: Row) -> int | None:
    found = _value(site, policy, policy.tolerance, at, row)
    return found.amount if isinstance(found, Duration) else 0 if policy.tolerance is None else found


def _windows(site: Any, policy: Presence) -> list[tuple[int, int, str]]:
    """(opens, closes, label) from before any gap that may reach into the period to after as-of; what overlaps an earlier one
    is taken off."""
    first, until = site.world.period
    first, until = first - 60, max(until, site.as_of // DAY + 2)
    if policy.during == "always":
        return [(to_utc(site.zone, low * DAY), to_utc(site.zone, high * DAY), label) for low, high, label in sorted(spans("month", first, until))]
    listed = []
    for window in site.world.windows[site.site][str(policy.during)]:
        for day in range(first, until):
            if window.days in ("workdays", "restdays") and site.world.period[0] <= day < site.world.period[1]:
                site.works(day)
            if site._opens(window, day):
                opens, closes = window.micros
                listed.append((to_utc(site.zone, day * DAY + opens), to_utc(site.zone, day * DAY + closes), day))
    found: list[tuple[int, int, str]] = []
    seen: list[int] = []
    for opens, closes, day in sorted(listed):
        label = (date(1970, 1, 1) + timedelta(days=day)).isoformat()
        seen.append(day)
        start = max(opens, found[-1][1]) if found else opens
        if start < closes:
            found.append((start, closes, label if seen.count(day) == 1 else f"{label}/{seen.count(day)}"))
    return found


def _spells(site: Any, policy: Presence, head: Row, low: int, high: int) -> list[tuple[Any, bool, int, int]]:
    """(who, for certain, from, until): at most so long; an end that is unknown or before the start may be any later instant."""
    spec = policy.staffed_by
    kind = site.world.types[spec.record]
    person, must = _person(site, kind)
    clause = Related(record=spec.record, match=spec.match, where=spec.where, time=spec.from_, void=spec.void)
    found = []
    for counts, one in site.related(policy, policy.for_each, head, clause, site.first):
        if counts is False:
            continue
        start, end = _ends(site, kind, spec, one)
        key = tuple(one[name] for name in kind.key)
        who = one[person] if person else None
        sure = counts is True and None not in (start, end) and not (must and who is None)
        begin, finish = max(-EVER if start is None else start, low), min(EVER if end is None else end, high)
        if begin < finish:
            found.append((("row", key) if who is None else ("who", who), sure, begin, finish))
    return found


def _person(site: Any, kind: Any) -> tuple[str | None, bool]:
    """The field that says whose spell a row is, and whether every row is somebody's."""
    if kind.absence:
        return kind.absence.of, True
    if kind.team:
        return next(one for one in kind.key if one != kind.active.from_), True
    named = [one.by for one in kind.references.values() if site.world.types[one.record].team]
    return (named[0], kind.fields[named[0]].required) if named else (None, False)


def _ends(site: Any, kind: Any, spec: Any, one: Row) -> tuple[int | None, int | None]:
    """[from, until) of one row. A date begins at its midnight and is the last day, unless the roster says `to_excluded`."""
    start, end = one[spec.from_], one[spec.to]
    if kind.fields[spec.from_].type == "date" and start is not None:
        start = to_utc(site.zone, start * DAY)
    if end == LATER:
        return start, EVER
    if kind.fields[spec.to].type == "date":
        if end is None:
            comes = kind.fields[spec.to].empty == "not yet" and not one["#disputed"]
            return start, EVER if comes else None
        first = to_utc(site.zone, end * DAY)
        end = first if kind.active and kind.active.to == spec.to and kind.active.to_excluded else to_utc(site.zone, (end + 1) * DAY)
        if start is not None and kind.fields[spec.from_].type == "date" and first < start:
            return start, None
        if start is not None and kind.fields[spec.from_].type != "date" and end <= start:
            return start, None
    return start, None if None not in (start, end) and end < start else end


def charged(site: Any, policy: Presence, duties: list[Row], spells: list[tuple[Any, bool, int, int]], best: bool) -> dict[str, int]:
    """The longest gap charged to each window: in the best world, or in the worst. Months are each charged with their part."""
    covered = site.covered_last(policy.staffed_by.record)
    there = [(who, low, high) for who, sure, low, high in spells if best or sure]
    edges = {edge for duty in duties for edge in (duty["from"], min(duty["until"], site.as_of))} | {edge for _, low, high in there for edge in (low, high)}
    marks = sorted(edges | set(covered))
    gaps: list[list[int]] = []
    for low, high in itertools.pairwise(marks):
        duty = next((one for one in duties if one["from"] <= low < min(one["until"], site.as_of)), None)
        unseen = best and not covered[0] <= low < covered[1]
        if duty is None or unseen or len({who for who, start, end in there if start <= low < end}) >= (duty["needed"] or 0):
            continue
        if gaps and gaps[-1][1] == low:
            gaps[-1][1] = high
        else:
            gaps.append([low, high])
    found: dict[str, int] = {}
    for low, high in gaps:
        within = lambda instant: next(one for one in duties if one["from"] <= instant < one["until"])  # noqa: E731
        tolerance = within(low)["tolerance"]
        home = within(low + tolerance if tolerance is not None and high - low > tolerance else low)
        found[home["label"]] = max(found.get(home["label"], 0), high - low)
        for label in {duty["label"] for duty in duties if duty["month"] and duty["opens"] > home["opens"]}:
            part = sum(max(0, min(high, duty["until"]) - max(low, duty["from"])) for duty in duties if duty["label"] == label)
            found[label] = max(found.get(label, 0), part)
    return found


def _window(site: Any, policy: Presence, subject: str, duty: Row, begin: int, last: int, worst: int, best: int) -> Row:
    near = lambda clause, one: site.related(policy, policy.for_each, one, clause, duty["opens"], high=last)  # noqa: E731
    excuse = site.holds(policy, policy.for_each, duty["head"], policy.excused_when, duty["opens"], near) if policy.excused_when else False
    verdict = site.staffed(duty, last, worst, best, None if excuse == "pending" else excuse)
    return site.finding(policy, subject, duty["label"], verdict, measured=best, limit=duty["tolerance"], due_at=last, decided_at=last, began=begin,
                        accountable=site.person(policy, policy.for_each, duty["head"], last))  # fmt: skip


def staffed(site: Any, duty: Row, last: int, worst: int, best: int, excuse: Any) -> str:
    """The verdict of one window."""
    if last >= site.as_of:
        return "pending"
    if None in (duty["where"], duty["needed"], duty["tolerance"]):
        return "unknown"
    if worst <= duty["tolerance"] and best <= duty["tolerance"]:
        return "pass"
    if worst <= duty["tolerance"] or best <= duty["tolerance"]:
        return "unknown"
    return "exempt" if excuse is True else "fail" if excuse is False else "unknown"


# --- ladder ----------------------------------------------------------------------------------------------------------


def ladder(outer: Any, policy: Ladder) -> list[Row]:
    """Each finding of the policies that are read, with the step that it leads to."""
    site = type(outer)(replace(outer.world, types={**outer.world.types, RECORD: FINDING}), outer.site)
    now = {one.id: one for one in outer.world.policies}
    found = _counted(site, policy, now, outer.found)
    return [_rung(site, policy, now, found, one) for one in found]


def _read(policy: Ladder, ident: str, level: str) -> bool:
    wanted = policy.of.findings
    worst = LEVELS[: LEVELS.index((wanted.severity or {}).get("at_least", "advisory")) + 1]
    return ident != policy.id and level in worst and any(fnmatchcase(ident, glob) for glob in wanted.policies)


def _counted(site: Any, policy: Ladder, now: dict[str, Any], found: tuple[Row, ...]) -> list[Row]:
    """The violations that count, in order: of this run, and of earlier ones outside what this run judges."""
    listed = [_own(site, one, now[one["policy"]]) for one in found if one["verdict"] == "fail" and one["site"] == site.site]
    listed += [{**one, "age": 1, "by_record": False, "answers": one["policy"] in now and now[one["policy"]].accountable is not None}
               for one in site.world.earlier if one["site"] == site.site and one["moment"] <= site.as_of
               and not (one["policy"] in now and site.first <= one["moment"] < site.until)]  # fmt: skip
    kept: dict[str, Row] = {}
    for one in sorted((one for one in listed if _read(policy, one["policy"], one["level"])), key=lambda one: one["age"]):
        state, at = _decision(site, one) if policy.of.findings.decision else ("confirmed", one["moment"])
        if state in (None, "confirmed"):
            kept.setdefault(one["fingerprint"], {**one, "provisional": state is None, "start": max(one["moment"], at)})
    order = lambda one: (one["moment"], one["policy"], one["subject"], one["ordinal"])  # noqa: E731
    seen, distinct = set(), []
    for one in sorted(kept.values(), key=order):
        record = (one["policy"], one["row"]) if one["by_record"] else one["fingerprint"]
        if record not in seen:
            distinct.append(one)
        seen.add(record)
    return distinct


def _own(site: Any, one: Row, policy: Any) -> Row:
    kinds = ("requirement", "deadline", "sequence")
    words = (policy.id, one["site"], one["subject"], one["ordinal"])
    moment = one["decided_at"]
    return {**one, "moment": moment, "age": 0, "level": policy.severity.level, "answers": policy.accountable is not None, "by_record": policy.kind in kinds,
            "fingerprint": sha256("\x1f".join(words).encode()).hexdigest(), "team_id": _team(site, one["accountable"], moment)}  # fmt: skip


def _team(site: Any, person: str | None, at: int) -> str | None:
    kind = next(one for one in site.world.types.values() if one.team)
    spells = [(site.spell(kind, row), row) for row in site.versions(kind.record) if row[kind.key[0]] == person]
    there = [row for (low, high), row in spells if low <= at < high]
    return site._folded(kind, there)[kind.team] if there else None


def _decision(site: Any, one: Row) -> tuple[str | None, int]:
    """What was decided last of a finding, up to as-of, and when."""
    made = [(one["moment"] if at is None else at, number, word) for number, (mark, word, at) in enumerate(site.world.decisions) if one["fingerprint"].startswith(mark)]
    made = [each for each in made if each[0] <= site.as_of]
    return (max(made)[2], max(made)[0]) if made else (None, one["moment"])


def _rung(site: Any, policy: Ladder, now: dict[str, Any], found: list[Row], one: Row) -> Row:
    at, key = one["moment"], {"accountable": "accountable", "subject": "subject", "site_id": "site", "team_id": "team_id"}[policy.per]
    low = site._moved(policy, RECORD, one, at, policy.look_back, -1, "same", False, at)
    place = lambda other: (other["moment"], other["policy"], other["subject"], other["ordinal"])  # noqa: E731
    with_this = [other for other in found if other[key] == one[key] and other["moment"] > low and place(other) <= place(one)]
    counts = [_value(site, policy, step.count, at, one) for step in policy.steps]
    step = max((number for number, count in enumerate(counts) if one[key] is not None and len(with_this) >= count), default=None)
    gaps = _unknown_months(site, policy, now, low, at)
    follows = _follows(site, policy, policy.steps[step], one) if step is not None and policy.steps[step].expects else None
    verdict: str | None = None
    if site.effective(policy, at):
        verdict = ("unknown" if one["answers"] else None) if one[key] is None else site.climbed(policy, found, one, low, counts, step, gaps, follows)
    facts = {"measured": len(with_this), "limit": counts[0 if step is None else step], "decided_at": one["start"], "due_at": None}
    open_ = bool(gaps) and step != len(policy.steps) - 1
    if follows:
        met = follows["sure"] is not None and follows["sure"] <= follows["due"]
        facts = {"measured": follows["measured"], "limit": follows["limit"], "due_at": follows["due"], "decided_at": follows["sure"] if met else follows["due"]}
        if open_:
            facts |= {"decided_at": one["start"], "due_at": None}
    made = site.finding(policy, one[key] or "", f"F-{one['fingerprint'][:12]}", verdict, began=one["start"], accountable=one["accountable"], **facts)
    return {**made, "note": "provisional" if any(other["provisional"] for other in with_this) else None, "field": gaps}


def climbed(site: Any, policy: Ladder, found: list[Row], one: Row, low: int, counts: list[int], step: int | None, gaps: str, follows: Row | None) -> str | None:
    """The verdict on one finding."""
    if gaps and step != len(policy.steps) - 1:
        return "unknown"
    if step is None:
        return None
    if follows is None:
        return "fail"
    sure, possible, due = follows["sure"], follows["possible"], follows["due"]
    if sure is not None and sure <= due:
        return "pass"
    if sure is None and due >= site.as_of:
        return "pending"
    if (possible is not None and possible <= due) or (sure is None and follows["covered"] < due):
        return "unknown"
    return "fail"


def _unknown_months(site: Any, policy: Ladder, now: dict[str, Any], low: int, at: int) -> str:
    """The months in (low, at] of which, for some policy that is read, no run speaks."""
    found = []
    for first, until, label in sorted(spans("month", local_day(site.zone, low), local_day(site.zone, at) + 1)):
        start, end = max(low + 1, to_utc(site.zone, first * DAY)), min(at + 1, to_utc(site.zone, until * DAY))
        for one in now.values():
            if _read(policy, one.id, one.severity.level):
                known = [(site.first, min(site.until, site.as_of)), *((a, b) for where, which, a, b in site.world.audited if (where, which) == (site.site, one.id))]
                valid = site._valid(one)
                known += [(-EVER, valid[0]), (valid[1], EVER)]
                edges = sorted({start, end, *(edge for pair in known for edge in pair if start < edge < end)})
                if start < end and any(not any(a <= low_ < b for a, b in known) for low_ in edges[:-1]) and label not in found:
                    found.append(label)
    return ", ".join(found)


def _follows(site: Any, policy: Ladder, step: Any, one: Row) -> Row:
    start = one["start"]
    rows = site.related(policy, RECORD, one, step.expects, one["moment"], low=start)
    time = step.expects.time or site.world.types[step.expects.record].time
    sure = min((row[time] for counts, row in rows if counts is True), default=None)
    possible = min((row[time] if isinstance(row[time], int) else start for counts, row in rows if counts is not False), default=None)
    length = _value(site, policy, step.due, one["moment"], one)
    due = site._moved(policy, RECORD, one, start, length, 1, "end", False, one["moment"])
    first, last = local_day(site.zone, start), local_day(site.zone, site.as_of - 1 if sure is None else sure)
    measured, limit = {
        "elapsed": lambda: ((site.as_of if sure is None else sure) - start, length.amount), "calendar days": lambda: (last - first, length.amount),
        "months": lambda: (last - first, local_day(site.zone, due) - first),
        "working days": lambda: (sum(site.works(day) for day in range(first + 1, last + 1)) - sum(site.works(day) for day in range(last + 1, first + 1)), length.amount),
    }[length.clock]()  # fmt: skip
    return {"sure": sure, "possible": possible, "due": due, "covered": site.covered_last(step.expects.record)[1], "measured": measured, "limit": limit}


__all__ = ["charged", "climbed", "ladder", "local_day", "presence", "reference", "sequence", "staffed", "stepped", "walk"]
