"""The tables that reading.py leaves -> totals: rankings, repeats, heat map, near misses, proposals, waivers, notices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from duckdb import DuckDBPyConnection

from checker.engines.failed import EARLIER, RANK, violations
from checker.figures import Again, Let, Nearest, Proposed, Ranked, Served, Sort, Violation

NEAR, NEAR_EACH, WORST = 50, 5, 20
TIMED = ("requirement", "deadline", "sequence")
"""Kinds whose obligations begin at an instant; those of the others begin with a day or a period."""


def sizes(db: DuckDBPyConnection) -> tuple[int, int]:
    """How many violations there are, and how many proposals."""
    row = db.execute(
        "SELECT (SELECT count(*) FROM fail), (SELECT count(*) FROM found WHERE verdict = 'fail' AND policy IN (SELECT policy FROM proposing))"
    ).fetchone()
    assert row
    return int(row[0]), int(row[1])


def ranked(db: DuckDBPyConnection) -> tuple[Ranked, ...]:
    """Sites, teams and people: the most violations per obligation judged last."""
    found: list[Ranked] = []
    sort: Sort
    for sort, theirs, ours in (("site", "site_id", "site"), ("team", "team_id", "team"), ("person", "accountable", "accountable")):
        found += [
            Ranked(sort, *row)
            for row in db.execute(
                f"SELECT j.id, j.judged, coalesce(v.n, 0), coalesce(v.repeats, 0), coalesce(v.points, 0) FROM ("
                f"SELECT {theirs} AS id, sum(\"count\")::BIGINT AS judged FROM counted WHERE NOT nearest AND verdict IN ('pass', 'fail') AND {theirs} IS NOT NULL "
                f"AND policy NOT IN (SELECT policy FROM proposing) GROUP BY 1) j LEFT JOIN (SELECT {ours} AS id, count(*) AS n, "
                f"count(*) FILTER (WHERE repeat > 1) AS repeats, sum(weighed) AS points FROM fail WHERE counts GROUP BY 1) v ON v.id = j.id "
                f"ORDER BY coalesce(v.n, 0) / j.judged, coalesce(v.points, 0), j.id"
            ).fetchall()
        ]
    return tuple(found)


def again(db: DuckDBPyConnection) -> tuple[Again, ...]:
    """Two or more of one rule by one person, or about one subject where nobody answers; those of earlier runs in the look-back count."""
    who = "coalesce({0}.accountable, {0}.subject)"
    rows = db.execute(
        f"WITH own AS (SELECT f.policy, f.site, {who.format('f')} AS who, f.accountable IS NULL AS by_subject, count(*) AS n, min(f.moment) AS first, "
        f"max(f.moment) AS last FROM fail f WHERE f.counts GROUP BY ALL), before AS ({EARLIER}) "
        f"SELECT o.policy, o.site, o.who, o.by_subject, o.n, count(b.moment), o.first, o.last FROM own o JOIN place p ON p.site = o.site "
        f"LEFT JOIN before b ON b.policy = o.policy AND b.site = o.site AND {who.format('b')} = o.who AND b.moment >= o.last - p.back AND b.moment <= o.last "
        f"WHERE o.who <> '' GROUP BY ALL HAVING o.n + count(b.moment) >= 2 ORDER BY o.n DESC, o.policy, o.site, o.who"
    ).fetchall()
    return tuple(Again(*row) for row in rows)


def heat(db: DuckDBPyConnection, kinds: Mapping[str, str]) -> tuple[dict[tuple[int, int], int], int]:
    """(weekday, hour) -> violations found, of policies whose obligations begin at an instant; and how many the others have."""
    cells: dict[tuple[int, int], int] = {}
    others = 0
    for policy, weekday, hour, number in db.execute(
        'SELECT policy, isodow("date") - 1, "hour", sum("count")::BIGINT FROM counted WHERE NOT nearest AND verdict = \'fail\' '
        "AND policy NOT IN (SELECT policy FROM proposing) GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        if kinds.get(policy) in TIMED and weekday is not None and hour is not None:
            cells[weekday, hour] = cells.get((weekday, hour), 0) + number
        else:
            others += number
    return cells, others


def near(db: DuckDBPyConnection) -> tuple[Nearest, ...]:
    """Passes whose time was within a tenth of the limit: the closest few of each policy."""
    rows = db.execute(
        'SELECT policy, site_id, subject, ordinal, accountable, "date", measured, "limit", unit FROM counted WHERE nearest AND unit = \'us\' '
        'AND "limit" > 0 AND abs("limit" - measured) * 10 <= "limit" '
        f'QUALIFY row_number() OVER (PARTITION BY policy ORDER BY abs("limit" - measured), subject, ordinal) <= {NEAR_EACH} '
        f'ORDER BY abs("limit" - measured) / "limit", policy, site_id, subject, ordinal LIMIT {NEAR}'
    ).fetchall()
    return tuple(Nearest(*row) for row in rows)


def proposed(db: DuckDBPyConnection) -> tuple[Proposed, ...]:
    """The furthest step that each ladder proposes of each person."""
    rows = db.execute(
        "SELECT policy, site_id, coalesce(accountable, subject), coalesce(arguments ->> 'proposed', ''), (arguments ->> 'number')::BIGINT, epoch_us(due_at), "
        "coalesce(note = 'provisional', FALSE) FROM found WHERE verdict = 'fail' AND policy IN (SELECT policy FROM proposing) "
        "QUALIFY row_number() OVER (PARTITION BY policy, site_id, coalesce(accountable, subject) ORDER BY (arguments ->> 'number')::BIGINT DESC, place) = 1 "
        "ORDER BY ALL"
    ).fetchall()
    return tuple(Proposed(*row) for row in rows)


def let(db: DuckDBPyConnection) -> tuple[Let, ...]:
    """What is let stand by whom until when: what has no end stands last."""
    rows = db.execute(
        'SELECT policy, site, coalesce(waived_by, "by", \'\'), count(*), until, CASE WHEN waived_by IS NULL THEN reason END FROM fail '
        "WHERE waived GROUP BY ALL ORDER BY 1, 2, 3, 5, 6"
    ).fetchall()
    return tuple(Let(*row) for row in rows)


def served(db: DuckDBPyConnection) -> tuple[Served, ...]:
    """Notices: what is major or worse, or repeated, by whom it concerns, with the worst few."""
    whom = "site, CASE WHEN accountable IS NULL THEN team END, accountable"
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE serving AS SELECT place, dense_rank() OVER (ORDER BY {whom}) AS notice, "
        f"row_number() OVER (PARTITION BY {whom} ORDER BY {RANK}, weighed DESC, place) AS worst, site, team, accountable, weighed "
        f"FROM fail WHERE counts AND (severity IN ('critical', 'major') OR repeat > 1)"
    )
    worst: dict[int, list[tuple[int, Violation]]] = {}
    places = {row[0]: row[1:] for row in db.execute(f"SELECT place, notice, worst FROM serving WHERE worst <= {WORST}").fetchall()}
    numbers: dict[int, Any] = {row[0]: row[1] for row in db.execute(f"SELECT row_number() OVER (ORDER BY {RANK}, place), place FROM fail").fetchall()} if places else {}
    for one in violations(db, f"f.place IN (SELECT place FROM serving WHERE worst <= {WORST})"):
        notice, rank = places[numbers[one.number]]
        worst.setdefault(notice, []).append((rank, one))
    rows = db.execute("SELECT notice, any_value(site), max(team), any_value(accountable), count(*), sum(weighed) FROM serving GROUP BY 1 ORDER BY 1").fetchall()
    listed = {notice: tuple(one for _, one in sorted(found, key=lambda pair: pair[0])) for notice, found in worst.items()}
    return tuple(Served(*(*row[1:], listed[row[0]])) for row in rows)
