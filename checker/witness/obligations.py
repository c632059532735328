"""What obligations over single records have in common: subjects and cycles, whether a record belongs, who answers, and the
verdict where versions of a record are judged each by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from checker.account import EMPTY, Account, Decided, Node, judged
from checker.holds import Truth
from checker.judge import Outcome
from checker.policy.kinds import Deadline, Requirement
from checker.policy.kinds import Sequence as Case
from checker.witness.fields import Fields, Instant
from checker.witness.part import Part
from checker.witness.records import FIRST, SITE, Key, Row
from checker.witness.related import Bounds, key_cell
from checker.witness.seen import LATER, Seen, Sight
from checker.witness.surroundings import Place

Versions = tuple[Account, ...]
"""An obligation: the accounts of the versions of its record; one, where nothing is disputed."""
NOT_IN_FORCE = Node("test", path="effective", holds=False)
OUTSIDE = Node("all_of", (NOT_IN_FORCE,))


def verdict(accounts: Versions) -> Outcome:
    """The verdict on an obligation from the accounts of all versions of its record: unknown where they do not agree."""
    found = {judged(one) for one in accounts}
    return found.pop() if len(found) == 1 else "unknown"


class Obligations:
    """The obligations of one policy over the records of a type, an account a record (and member, and version)."""

    policy: Requirement | Deadline | Case

    def __init__(self, seen: Seen, policy: Requirement | Deadline | Case) -> None:
        self.seen, self.fields, self.record = seen, Fields(seen, policy), policy.for_each
        self.kind, self.conditions = seen.types[policy.for_each], self.fields.conditions
        self.each_of = getattr(policy, "each_of", None)
        self.where: Part = self.conditions.part(self.record, policy.where)
        self.plain = {one.plain: one for one in self.where.parts if one.plain is not None}
        """The tests of `where` that rest on a field of few values each, by where it stands."""
        self.needs = tuple(one.needs for one in self.where.parts if one.needs is not None)
        self.void = None if self.kind.void is None else self.conditions.part(self.record, self.kind.void, "void")
        members = (*((self.where,) if self.where.parts else ()), *(() if self.void is None else (Part("not", parts=(self.void,)),)))
        self.belonging = self.where if members in ((), (self.where,)) else Part("all_of", parts=members)
        self.excuse = None if policy.excused_when is None else self.conditions.part(self.record, policy.excused_when)
        self.time = self.fields.moment(self.record, self.kind.time) if self.kind.time else None
        own = (*self.kind.key, *((self.each_of,) if self.each_of else ()))
        self.subject_paths = policy.subject or own
        self.subject_cells = [key_cell(self.fields, self.record, path) for path in self.subject_paths]
        own_text = None if self.subject_paths in (("site_id",), (self.each_of,)) else self.kind.stored.get("/".join(self.subject_paths))
        self.subject_column = seen.columns[self.record][self.subject_paths[0]] if own_text and own_text.type in ("id", "text") else None
        """Where the subject stands, where it is a text of the record itself."""
        self.cycles = policy.subject is not None and tuple(policy.subject) != tuple(self.kind.key)
        self.width = FIRST + len(self.kind.stored)
        self.keys = tuple(seen.columns[self.record][name] for name in self.kind.key)

    # -- records ------------------------------------------------------------------------------------------------------

    def all(self, place: Place) -> Iterator[Versions]:
        """The obligations of every record at a site."""
        for key in tuple(self.seen.records.where(self.record, place.id, (), ())):
            yield from self.judged(place, key)

    def of(self, row: Row) -> list[Versions]:
        """The obligations of the record of which this is a row."""
        return self.judged(self.seen.surroundings.places[row[SITE]], self.key(row))

    def key(self, row: Row) -> Key:
        return tuple(row[column] for column in self.keys)

    def judged(self, place: Place, key: Key) -> list[Versions]:
        """The obligations of a record by its key: one, or one a member. A record of which nothing is due has none, unless its
        versions do not agree on that."""
        rows = self.seen.versions(self.record, place, key) if self.each_of is None else self.each(place, key)
        if len(rows) == 1:
            account = self.judge(place, rows[0], alone=True)
            return [] if account is None else [(account,)]
        found: dict[Any, list[Account]] = {}
        for row in rows:
            account = self.judge(place, row)
            assert account is not None
            found.setdefault(row[-1] if len(row) > self.width else None, []).append(account)
        return [tuple(listed) for listed in found.values()]

    def each(self, place: Place, key: Key) -> list[Row]:
        """The rows that are judged: with `each_of` one for every member that some version of the record lists."""
        versions = self.seen.versions(self.record, place, key)
        if self.each_of is None:
            return versions
        column = self.seen.columns[self.record][self.each_of]
        members = tuple(dict.fromkeys(member for row in versions for member in row[column] or ()))
        return [(*row, member) for row in versions for member in members or ((None,) if row[column] is None else ())]

    def versioned(self, place: Place, key: Key) -> Iterator[tuple[Row, Account]]:
        """Every account of a record with the row that it is of."""
        for row in self.each(place, key):
            account = self.judge(place, row)
            if account is not None:
                yield row, account

    def judge(self, place: Place, row: Row, alone: bool = False) -> Account | None:
        """The account of one version of a record; None where it is the only one and nothing is due."""
        raise NotImplementedError

    def begun(self, sight: Sight, row: Row) -> tuple[Instant, Truth]:
        """(when an obligation began, whether the record belongs, in force or not): by this cycles are numbered."""
        raise NotImplementedError

    # -- parts of an account ------------------------------------------------------------------------------------------

    def belongs(self, sight: Sight, row: Row, at: Instant, bounds: Bounds) -> Node:
        """`where`, and not void, and the member among those of this version."""
        belongs = self.belonging.node(sight, row, at, bounds)
        if len(row) <= self.width:
            return belongs
        listed = row[self.seen.columns[self.record][str(self.each_of)]]
        member = Node("test", path=str(self.each_of), holds=None if listed is None else row[-1] in listed)
        parts = (belongs,) if belongs.parts and self.belonging is self.where else belongs.parts
        return Node("all_of", (*parts, member))

    def ruled_out(self, place: Place, row: Row) -> bool:
        """Whether fields of few values alone say that a record does not belong, or fields that are empty."""
        sight = Sight(place, place.first, place.first)
        return any(row[column] is None for column in self.needs) or any(one.truth(sight, row, None) is False for one in self.plain.values())

    def in_force(self, place: Place, belongs: Node, at: int) -> Node:
        return belongs if place.in_force(self.policy, at) else self.outside_force(belongs)

    @staticmethod
    def outside_force(belongs: Node) -> Node:
        """What is said of a record that might belong, while the policy is not in force."""
        return Node("all_of", (NOT_IN_FORCE, *belongs.parts))

    def outside(self, place: Place, subject: str, ordinal: str, where: Node) -> Account:
        """The account of a record of which nothing is due."""
        return Account(self.policy.id, place.id, subject, ordinal, Decided(None), where, EMPTY)

    def subject(self, sight: Sight, row: Row, at: Instant) -> str:
        if self.subject_column is not None and type(found := row[self.subject_column]) is str:
            return found
        return as_text([cell(sight, row, at) for cell in self.subject_cells])

    def ordinal(self, place: Place, row: Row, subject: str, at: Instant, belongs: Truth) -> str:
        """The number of the cycle within the subject, by time, where the subject is more than the record."""
        if not self.cycles or (belongs is False and not self.counts_all):
            return "1"
        places = {self._order(place, one): None for one in self._of_subject(place, row, subject, at) if self._numbered(place, one, belongs)}
        mine = self._order(place, row)
        return str(sorted({*places, mine}).index(mine) + 1)

    def _of_subject(self, place: Place, row: Row, subject: str, at: Instant) -> Iterator[Row]:
        """The rows of the same subject, but for those that surely do not count: by an index where it is made of fields of their own."""
        sight = Sight(place, at if at is not None else place.first, place.as_of)
        paths = tuple(self.subject_paths)
        stored = all(path in self.kind.stored and path != "site_id" for path in paths)
        values = tuple(cell(sight, row, at) for cell in self.subject_cells)
        indexed = stored and None not in values and LATER not in values
        for key in tuple(self.seen.records.where(self.record, place.id, paths if indexed else (), values if indexed else ())):
            for one in self.each(place, key):
                if (self.counts_all or not self.ruled_out(place, one)) and self.subject(sight, one, self.begun_at(sight, one)) == subject:
                    yield one

    def begun_at(self, sight: Sight, row: Row) -> int:
        start = self.start(sight, row)
        return sight.place.first if start is None else start

    def start(self, sight: Sight, row: Row) -> int | None:
        """When an obligation began, where that is known."""
        raise NotImplementedError

    def _numbered(self, place: Place, row: Row, belongs: Truth) -> bool:
        if not self.counts_all:
            said = self.begun(self._sight(place, row), row)[1]
            return said is not False and (said is True) == (belongs is True)
        return True

    counts_all = False
    """Whether cycles are numbered among all, those that do not belong too."""

    def _sight(self, place: Place, row: Row) -> Sight:
        plain = Sight(place, place.first, place.as_of)
        return plain.valued(self.begun_at(plain, row))

    def _order(self, place: Place, row: Row) -> tuple[Any, ...]:
        """By the first of the starts of all versions; then by key and member."""
        sight = Sight(place, place.first, place.as_of)
        starts = [start for one in self.each(place, self.key(row)) if (start := self.start(sight, one)) is not None]
        member = row[-1] if len(row) > self.width else None
        return not starts, min(starts, default=0), as_text(self.key(row)), member or ""


def as_text(values: Sequence[Any]) -> str:
    """The subject or key as text."""
    if len(values) == 1 and type(values[0]) is str:
        return values[0]
    return "/".join("" if one in (None, LATER) else {True: "true", False: "false"}[one] if isinstance(one, bool) else str(one) for one in values)


__all__ = ["Obligations", "as_text", "verdict"]
