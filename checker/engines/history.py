"""Earlier runs and what people decided of their findings: folders in, tables `#finding` and `#decision` out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from checker.calendars import audit_period, day_start
from checker.compile.sql import name
from checker.engines.duckdb import HISTORY
from checker.errors import CheckerError, Problem, Where, refuse, say
from checker.ingest import Ingested, ingest
from checker.ingest.stage import SUBTOTAL
from checker.policy.kinds import Level
from checker.policy.records import RecordType
from checker.policy.values import Instant
from checker.run import MANIFEST, Run, read_run

FILES = tuple(f"decisions.{ending}" for ending in ("csv", "xlsx", "parquet"))
DECISION = RecordType.model_validate({
    "record": "decision", "title": {"zh": "认定", "en": "decision"}, "files": ["decisions", "认定"], "key": ["fingerprint", "at"], "time": "at",
    "fields": {
        "fingerprint": {"type": "id", "columns": ["编号", "指纹"], "required": True},
        "decision": {"type": "enum", "columns": ["认定", "结论"], "required": True, "values": {
            "confirmed": ["确认", "属实", "成立"], "dismissed": ["不成立", "撤销", "误判"], "exempt": ["免责"], "waived": ["豁免"], "open": ["待定", "补充材料"]}},
        "by": {"type": "text", "columns": ["认定人"]}, "role": {"type": "text", "columns": ["角色", "岗位"]}, "at": {"type": "instant", "columns": ["认定时间"]},
        "reason": {"type": "text", "columns": ["理由", "原因"]}, "until": {"type": "date", "columns": ["截止", "有效期至"]},
    },
})  # fmt: skip
"""The table of decisions, read like any other file."""
COLUMNS = say(
    "表头要有「编号」「认定」,可有「认定人」「认定时间」「理由」「截止」;认定写 确认、不成立、免责、豁免 或 待定",
    "its header names `fingerprint` and `decision`, and may name `by`, `at`, `reason`, `until`; a decision is confirmed, dismissed, exempt, waived or open",
)


@dataclass(frozen=True)
class History:
    """What earlier runs judged, (site, policy, from, until); the policies of which they have violations; their first instant."""

    audited: tuple[tuple[str, str, int, int], ...] = ()
    policies: Mapping[str, Level] = field(default_factory=dict)
    first: int | None = None


def load_history(db: DuckDBPyConnection, folders: Sequence[Path]) -> History:
    """Read every run and every table of decisions in these folders. Raises CheckerError for a folder that has neither."""
    for table, columns in HISTORY.items():
        db.execute(f"CREATE TABLE {name(table)} ({columns})")
    runs = runs_of(folders)
    decisions = [path for folder in folders for path in sorted(folder.rglob("decisions.*")) if path.name in FILES]
    for folder in folders:
        if not any(one.is_relative_to(folder) for one in (*(run.path for run in runs), *decisions)):
            raise _empty(folder)
    for age, run in enumerate(runs, 1):
        _findings(db, run, age)
    for path in decisions:
        _decisions(db, path)
    levels = 'SELECT policy, arg_min(level, age) FROM "#level" GROUP BY policy ORDER BY policy'
    first = db.execute('SELECT min(moment) FROM "#finding"').fetchone()
    audited = tuple(sorted({one for run in runs for one in _audited(run)}))
    return History(audited, dict(db.execute(levels).fetchall()) if runs else {}, first[0] if first else None)


def runs_of(folders: Sequence[Path]) -> list[Run]:
    """Every run in these folders, the latest first."""
    return sorted((run for folder in folders for run in _runs(folder)), key=_age, reverse=True)


def _runs(folder: Path) -> list[Run]:
    if not folder.is_dir():
        raise refuse("file.none", say("没有 {p}", "there is no {p}", p=folder), say("检查路径", "look at the path"), Where(folder.as_posix()))
    found = sorted(path.parent for path in folder.rglob(MANIFEST))
    return [read_run(path) for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def _age(run: Run) -> tuple[str, str]:
    """Later runs know more: by as-of, then by name."""
    return max((str(one["as_of"]) for one in run.manifest["sites"]), default=""), run.path.name


def _empty(folder: Path) -> CheckerError:
    return refuse(
        "history.empty", say("文件夹里没有以往的审核结果,也没有认定表", "the folder holds no earlier run and no table of decisions"),
        say("放入 `--out` 写的文件夹,或 `decisions.csv`", "put the folders that `--out` wrote into it, or `decisions.csv`"), Where(folder.as_posix()),
    )  # fmt: skip


def _findings(db: DuckDBPyConnection, run: Run, age: int) -> None:
    """The violations of one run that nobody waived."""
    db.execute('CREATE TABLE IF NOT EXISTS "#level" (age BIGINT, policy VARCHAR, level VARCHAR)')
    source = "FROM read_parquet(?) WHERE verdict = 'fail' AND waived_by IS NULL"
    path = str(run.path / "findings.parquet")
    db.execute(
        f'INSERT INTO "#finding" SELECT ?, policy, site_id, team_id, accountable, subject, ordinal, epoch_us(coalesce(decided_at, occurred_at)), '
        f"fingerprint, file || ':' || coalesce(sheet, '') || ':' || \"row\" {source}",
        [age, path],
    )
    db.execute(f'INSERT INTO "#level" SELECT DISTINCT ?, policy, severity {source}', [age, path])


def _audited(run: Run) -> list[tuple[str, str, int, int]]:
    """What a run judged, up to its as-of: each policy that had its records, at each site."""
    period = audit_period(str(run.manifest["period"]))
    judged = [one["policy"] for one in run.summary["policies"] if not one["missing_records"]]
    found = []
    for site in run.manifest["sites"]:
        as_of = Instant.parse(site["as_of"])
        until = min(day_start(site["zone"], period.until), as_of.local - (as_of.offset or 0))
        found += [(site["site"], policy, day_start(site["zone"], period.first), until) for policy in judged]
    return found


def _decisions(db: DuckDBPyConnection, path: Path) -> None:
    """Decisions in the order of their rows; a fingerprint may be written whole, or as people are shown it (`F-` and 12 digits)."""
    read = ingest((path,), {"decision": DECISION}, examine=True)
    if wrong := [*read.problems, *_unread(read, path)]:
        raise CheckerError(replace(one, fix=one.fix if one.where.column else COLUMNS) for one in wrong)
    rows: list[Any] = read.connection.execute(
        """SELECT left(regexp_replace(lower(fingerprint), '^f-', ''), 12), decision, "at", "by", reason, DATE '1970-01-01' + until::INTEGER FROM decision ORDER BY "#row" """
    ).fetchall()
    start = db.execute('SELECT count(*) FROM "#decision"').fetchone()
    first = int(start[0]) if start else 0
    if rows:
        marks, decisions, moments, people, reasons, ends = (list(column) for column in zip(*rows, strict=True))
        db.execute(
            'INSERT INTO "#decision" SELECT unnest(?), unnest(?), unnest(?::BIGINT[]), unnest(?::BIGINT[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), '
            "unnest(?::DATE[])",
            [marks, decisions, moments, list(range(first, first + len(rows))), people, reasons, ends],
        )


def _unread(read: Ingested, path: Path) -> Iterator[Problem]:
    """That it is no table of decisions, or has rows that cannot be used: a decision that is lost changes what is counted."""
    if not read.tables and not read.problems:
        yield Problem(Where(path.as_posix()), "decisions.form", say("这不是认定表", "this is not a table of decisions"))
    for one in read.rejects:
        if one.kind != SUBTOTAL:
            what = say("第 {n} 行不能用:`{t}` {z}", "row {n} cannot be used: `{t}` {e}", n=one.row, t=one.text, z=one.reason.zh, e=one.reason.en)
            yield Problem(Where(path.as_posix(), one.row or 0, sheet=one.sheet), "decisions.row", what)


__all__ = ["DECISION", "History", "load_history", "runs_of"]
