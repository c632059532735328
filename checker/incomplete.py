"""Why an audit is not complete: policies without records, too many unknowns, files that nobody recognised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from checker.errors import Text, say
from checker.evidence import FINDINGS
from checker.ingest import Ingested
from checker.policy.records import RecordType


def not_judged(listed: Sequence[Mapping[str, Any]], absent: Mapping[str, Text], types: Mapping[str, RecordType]) -> Iterator[Text]:
    """Policies without their records."""
    for one in listed:
        if one["missing_records"]:
            why = [absent.get(record) or no_records(record, types) for record in one["missing_records"]]
            zh, en = ";".join(text.zh for text in why), "; ".join(text.en for text in why)
            yield say("{p}:{z},未审核", "{p}: {e}, not judged", p=one["policy"], z=zh, e=en)


def without(lines: Sequence[Mapping[str, str]], policies: Sequence[str]) -> list[Mapping[str, str]]:
    """What makes a run incomplete, as its summary says it, without what `not_judged` said of some policies."""
    gone = tuple(f"{policy}: " for policy in policies)
    return [line for line in lines if not (line["en"].endswith(", not judged") and line["en"].startswith(gone))]


def no_records(record: str, types: Mapping[str, RecordType]) -> Text:
    if record == FINDINGS:
        return say("没有可累计的不合格项来源(政策未选,也没有 `--history`)", "no findings to count: none of the policies is selected, and there is no `--history`")
    kind = types[record]
    return say("没有{t}", "no records of {r}", t=kind.title.zh, r=kind.record)


def unknowns(listed: Sequence[Mapping[str, Any]], most: Fraction) -> Iterator[Text]:
    """Policies with too many unknowns, or with nothing else."""
    for one in listed:
        judged, unknown = one["obligations"], one["unknown"]
        if judged and unknown == judged:
            yield say("{p}:{n} 项全部无法判定", "{p}: none of {n} can be judged", p=one["policy"], n=judged)
        elif judged and Fraction(unknown, judged) > most:
            yield say(
                "{p}:{u}/{n} 无法判定,超过 {m}", "{p}: {u} of {n} cannot be judged, more than {m}",
                p=one["policy"], u=unknown, n=judged, m=f"{float(most * 100):g} %",
            )  # fmt: skip


def not_recognised(ingested: Ingested) -> Iterator[Text]:
    """Files of which no table is of a known type: an export that was lost."""
    known = {file.path for file in ingested.files if file.record}
    for path in sorted({file.path for file in ingested.files if file.read} - known):
        yield say("{f}:认不出是哪种记录,没有采用;写进对照文件,或从文件夹里移走", "{f}: not recognised and not used; describe it in a mapping, or move it out of the folder", f=path)


__all__ = ["no_records", "not_judged", "not_recognised", "unknowns"]
