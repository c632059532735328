"""One finding of a run explained: the run's files read again, and the obligation judged from the rows that it rests on.

Where files are gone or have changed the explanation is what the run itself holds: the finding and its evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from checker.calendars import audit_period, day_start
from checker.coverage import absent_of, covered
from checker.engines.found import evidence_of, findings_of, marked
from checker.engines.history import History, load_history
from checker.engines.rows import Fetched
from checker.errors import CheckerError, Text, refuse, say
from checker.evidence import needed
from checker.finding import Finding
from checker.ingest import Ingested, ingest
from checker.ingest.readers import find, sha256
from checker.load import Book
from checker.load.kept import book_of_run, mappings_of_run
from checker.plan import Audit, Site
from checker.policy.files import Mapping as FileMappings
from checker.policy.kinds import Base, Ladder
from checker.policy.values import DAY, Instant
from checker.run import Run, read_run
from checker.witness import Past, Violation, Witness
from checker.witness.explain import explain
from checker.witness.explanation import Explanation
from checker.witness.obligations import Obligations
from checker.witness.told import Kind, Told, found_in, of_key

MARK = re.compile(r"(?:[Ff]-)?([0-9a-fA-F]{6,64})")
YEAR = 366 * DAY
Place = tuple[str | None, str | None, int | None]
"""(file, sheet, row)."""


@dataclass(frozen=True)
class Explained:
    """A finding of a run with its explanation; None where the files cannot be read again, with `why`. `evidence`: what the run says of
    further records. `places`: where the records of the explanation stand."""

    run: Run
    book: Book
    policy: Base
    finding: Finding
    explanation: Explanation | None
    why: Text | None
    evidence: tuple[tuple[str, str, Place], ...]
    places: Mapping[Any, Place]

    @property
    def agrees(self) -> bool:
        """Whether the explanation comes to the verdict of the run."""
        return self.explanation is None or self.explanation.verdict == self.finding.verdict


def is_mark(text: str) -> bool:
    """Whether a text is how a finding is named: `F-` and hex digits, or its fingerprint."""
    return bool(MARK.fullmatch(text)) and (text[:2].lower() == "f-" or len(text) == 64)


def explained(path: Path, mark: str, data: Sequence[Path] = (), history: Sequence[Path] = ()) -> Explained:
    """Explain the finding of a run that a fingerprint names. Raises CheckerError where there is none, or several."""
    run = read_run(path)
    book, finding = book_of_run(run), _finding(run, mark)
    policy = next(one for one in book.policies if one.id == finding.policy)
    evidence = tuple((record, key, (file, sheet, row)) for record, key, file, sheet, row in evidence_of(run, finding.fingerprint))
    files, why = _files(run, data)
    if why is None:
        try:
            return _judged(run, book, policy, finding, evidence, files, history)
        except CheckerError as error:
            first = error.problems[0]
            why = say("数据读不出来:{z}", "the data cannot be read: {e}", z=first.what.zh, e=first.what.en)
    return Explained(run, book, policy, finding, None, why, evidence, {})


def _finding(run: Run, mark: str) -> Finding:
    digits = MARK.fullmatch(mark)
    found = marked(run, digits[1].lower()) if digits else []
    if len(found) == 1:
        return found[0]
    if not found:
        raise refuse(
            "finding.none", say("这次审核没有编号为 `{m}` 的结果", "the run has no finding `{m}`", m=mark),
            say("编号见 violations.csv;合格项只有用 `checker audit --keep-passes` 才保留", "ids stand in violations.csv; passes are kept with `checker audit --keep-passes` alone"),
        )  # fmt: skip
    named = ", ".join(f"F-{one.fingerprint[:16]}" for one in found[:5])
    raise refuse("finding.several", say("有 {n} 个结果的编号以 `{m}` 开头", "the ids of {n} findings begin with `{m}`", n=len(found), m=mark),
                 say("多写几位,例如 {k}", "write more digits, for example {k}", k=named))  # fmt: skip


# --- files -----------------------------------------------------------------------------------------------------------


def _files(run: Run, given: Sequence[Path]) -> tuple[dict[str, Path], Text | None]:
    """(the files that the run read, by the names that it has for them; why they are not what it read). `given` stand in the place of
    the files and folders that it was given."""
    said = [Path(one) for one in run.manifest.get("read", {}).get("data", ())]
    paths = tuple(given) or tuple(next((one for one in (path, run.path.absolute().parent / path) if one.exists()), path) for path in said)
    way = say(";用 `--data` 指出它们在哪里", "; say with `--data` where they are")
    gone = next((path for path in paths if not path.exists()), None)
    if not paths or gone is not None:
        what = say("当时的数据 {p} 不在了", "the data {p} that was read is gone", p=gone or "")
        return {}, Text(what.zh + way.zh, what.en + way.en)
    try:
        files = {name: path for path, name in find(paths)}
        there = {name: sha256(path) for name, path in files.items()}
    except (CheckerError, OSError):
        return {}, Text("当时的数据读不出来" + way.zh, "the data that was read cannot be opened" + way.en)
    for one in run.manifest["data"]:
        if there.get(one["file"]) != one["sha256"]:
            changed = one["file"] in there
            what = (say("文件 {f} 在审核之后变了", "file {f} has changed since the audit", f=one["file"]) if changed
                    else say("当时的文件 {f} 不在了", "file {f} that was read is gone", f=one["file"]))  # fmt: skip
            return {}, Text(what.zh + way.zh, what.en + way.en)
    extra = min(there.keys() - {one["file"] for one in run.manifest["data"]}, default=None)
    if extra is not None:
        return {}, say("文件 {f} 审核时还没有;用 `--data` 只给当时的文件", "file {f} was not there at the audit; give those that were with `--data`", f=extra)
    return files, None


def _wanted(run: Run, book: Book, policy: Base, mappings: Sequence[FileMappings], files: Mapping[str, Path]) -> dict[str, Path]:
    """The files that say something of what a policy reads: its record types, those that they refer to, and the roster of sites. All
    where there is no such roster, for then every row has a say in which sites there are."""
    types, by_file = book.records, {(one["file"], one["record"]) for one in run.summary["files"]}
    sites = {record for record, kind in types.items() if len(kind.key) == 1 and kind.site == kind.key[0] and any(record == said for _, said in by_file)}
    if not sites:
        return dict(files)
    absent = getattr(policy.accountable, "unless_absent", None)
    left, found = [*needed(policy, types), *sites, *([absent] if absent else [])], set[str]()
    left += [one.record for one in types.values() if one.team]
    left += [lookup.record for mapping in mappings for entry in mapping.files for lookup in entry.lookup.values()]
    while left:
        record = left.pop()
        if record in types and record not in found:
            found.add(record)
            left += [one.record for one in types[record].references.values()]
            left += [unfold.record] if (unfold := types[record].unfold) else []
    return {name: path for name, path in files.items() if any(record in found for file, record in by_file if file == name)}


def _read(chosen: Mapping[str, Path], book: Book, mappings: Sequence[FileMappings]) -> Ingested:
    """The files read, with the names that the run has for them."""
    named = {new: old for path, new in find(tuple(chosen.values())) for old, one in chosen.items() if one == path}
    ingested = ingest(tuple(chosen.values()), book.records, mappings, examine=True)
    return replace(ingested, files=tuple(replace(one, path=named[one.path]) for one in ingested.files))


def _judged(
    run: Run, book: Book, policy: Base, finding: Finding, evidence: tuple[tuple[str, str, Place], ...], files: Mapping[str, Path], history: Sequence[Path]
) -> Explained:
    mappings = mappings_of_run(run)
    ingested = _read(_wanted(run, book, policy, mappings, files), book, mappings)
    folders = tuple(history) or tuple(Path(one) for one in run.manifest.get("read", {}).get("history", ()))
    past = load_history(ingested.connection, folders) if isinstance(policy, Ladder) else History()
    audit = _audit(run, book, ingested, past)
    places = {(number, file.path, file.sheet): number for number, file in enumerate(ingested.files)}
    witness = Witness(audit, Fetched(ingested.connection, audit.types, audit.present), _past(run, ingested) if isinstance(policy, Ladder) else Past())
    kind, place = witness.of(policy), witness.surroundings.places[finding.site_id]
    number = next((number for number, file, sheet in places if (file, sheet or None) == (finding.file, finding.sheet or None)), None)
    one = _obligation(kind, witness, finding, number)
    if one is None:
        why = say("数据里找不到这一项", "the data does not show this obligation")
        return Explained(run, book, policy, finding, None, why, evidence, {})
    made = explain(kind, place, one)
    named = {number: (file, sheet or None) for number, file, sheet in places}
    standing = {each.source: (*named[each.source[0]], each.source[1]) for each in made.records if isinstance(each.source, tuple)}
    return Explained(run, book, policy, finding, made, None, evidence, standing)


def _audit(run: Run, book: Book, ingested: Ingested, past: History) -> Audit:
    """The audit that a run was."""
    period = audit_period(str(run.manifest["period"]))
    sites = []
    for one in run.manifest["sites"]:
        as_of, zone = Instant.parse(str(one["as_of"])), str(one["zone"])
        first, until = day_start(zone, period.first), day_start(zone, period.until)
        sites.append(Site(one["site"], zone, book.profiles[one["profile"]], first, until, as_of.local - (as_of.offset or 0), ingested.site_windows.get(one["site"], {})))
    judged = {one["policy"] for one in run.summary["policies"] if not one["missing_records"]}
    present = frozenset(ingested.tables) - absent_of(ingested, sites, book.records).keys()
    span = min(site.first for site in sites) - YEAR, max(max(site.as_of, site.until) for site in sites) + YEAR
    return Audit(
        types=dict(book.records), policies=tuple(one for one in book.policies if one.id in judged), sites=tuple(sites), period=period, span=span,
        covered=covered(ingested), disputed=ingested.disputed, present=present, calendars=book.calendars, audited=past.audited, earlier=past.policies,
    )  # fmt: skip


def _past(run: Run, ingested: Ingested) -> Past:
    """What ladders count: the violations of this run that nobody waived, those of earlier runs, and decisions."""
    own = (_violation(one) for one in findings_of(run, ("fail",)) if one.waived_by is None and (one.decided_at or one.occurred_at) is not None)
    columns = "policy, site, subject, ordinal, accountable, team_id, moment, fingerprint, age, record"
    rows: Iterable[Any] = ingested.connection.execute(f'SELECT {columns} FROM "#finding" WHERE moment IS NOT NULL ORDER BY age, fingerprint').fetchall()
    decisions = ingested.connection.execute('SELECT id, decision, "at" FROM "#decision" ORDER BY "no"').fetchall()
    return Past((*own, *(Violation(*row) for row in rows)), tuple(decisions))


def _violation(one: Finding) -> Violation:
    moment = one.decided_at if one.decided_at is not None else one.occurred_at
    assert moment is not None
    record = None if one.file is None else f"{one.file}:{one.sheet or ''}:{one.row}"
    return Violation(one.policy, one.site_id, one.subject, one.ordinal, one.accountable, one.team_id, moment, one.fingerprint, 0, record)


def _obligation(kind: Kind, witness: Witness, finding: Finding, file: int | None) -> Told | None:
    """The obligation of which a finding speaks: by the row that it names, else among all of its site."""
    place = witness.surroundings.places[finding.site_id]
    assert isinstance(witness.records, Fetched)
    near: Iterable[Told] = ()
    if isinstance(kind, Obligations) and file is not None and finding.row is not None:
        keys = [key for site, key in witness.records.at(kind.record, file, finding.row) if site == finding.site_id]
        near = (one for key in keys for one in of_key(kind, place, key))
    else:
        near = found_in(kind, place, finding.subject, finding.ordinal)
    same = [one for one in near if any((account.subject, account.ordinal) == (finding.subject, finding.ordinal) for account in one.accounts)]
    return next((one for one in same if one.verdict == finding.verdict), same[0] if same else None)


__all__ = ["Explained", "explained", "is_mark"]
