"""What a run keeps of what it was judged by, so that it can be compared, judged again and rendered without the files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from checker.errors import Where, refuse, say
from checker.policy.files import Calendar, Profile
from checker.policy.kinds import Base, Policy
from checker.policy.plain import plain
from checker.policy.records import RecordType
from checker.run import Run

FILE, FORMAT = "book.json", "book/1"


@dataclass(frozen=True)
class Kept:
    """The policies of a run (also those that lacked their records), the record types, the profiles of its sites, the
    calendars that these name, and the titles of documents by short id."""

    policies: Mapping[str, Base]
    records: Mapping[str, RecordType]
    profiles: Mapping[str, Profile]
    calendars: Mapping[str, Calendar]
    documents: Mapping[str, str]


def written(kept: Kept) -> str:
    """The text of `book.json`."""
    data = {
        "format": FORMAT, "policies": _plain(kept.policies), "records": _plain(kept.records), "profiles": _plain(kept.profiles),
        "calendars": _plain(kept.calendars), "documents": dict(kept.documents),
    }  # fmt: skip
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def _plain(models: Mapping[str, Any]) -> list[Any]:
    return [plain(one) for one in models.values()]


def read_kept(run: Run) -> Kept:
    """What a run was judged by. Raises CheckerError where it was written by a version that did not keep it."""
    try:
        data = json.loads((run.path / FILE).read_text(encoding="utf-8"))
        return Kept(
            {one.id: one for one in _models(TypeAdapter(Policy), data["policies"])},
            {one.record: one for one in _models(TypeAdapter(RecordType), data["records"])},
            {one.profile: one for one in _models(TypeAdapter(Profile), data["profiles"])},
            {one.calendar: one for one in _models(TypeAdapter(Calendar), data["calendars"])},
            data["documents"],
        )
    except (OSError, ValueError, KeyError) as error:
        raise refuse(
            "run.book", say("这次审核没有留下所用的政策(`{f}`)", "this run does not hold the policies that it was judged by (`{f}`)", f=FILE),
            say("用同一版本重新审核", "audit again with this version"), Where(str(run.path)),
        ) from error  # fmt: skip


def _models(adapter: TypeAdapter[Any], entries: Iterable[Any]) -> list[Any]:
    return [adapter.validate_python(one, by_alias=True, by_name=False) for one in entries]


__all__ = ["FILE", "Kept", "read_kept", "written"]
