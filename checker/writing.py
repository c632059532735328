"""The tables of a run directory, from what an engine left in its database: the same for an audit and for a run judged again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from checker.compile import said
from checker.engines import export, hiding
from checker.load.kept import FILE as BOOK
from checker.masks import Masks
from checker.plan import Audit, Mark
from checker.policy.over import proposes

Writer = Callable[[Path], object]


def tables(db: Any, audit: Audit, documents: Mapping[str, str], book: str, masks: Masks) -> dict[str, Writer]:
    """Name of a file -> what writes it. `documents` are titles by short id; `book` is the text of what was judged by."""
    failing = export.failing(db)
    broken = [policy for policy in audit.policies if policy.id in failing]
    export.speak(db, said.macros(audit.sites, audit.span), None if masks.unmask else hiding.Masked(masks.hidden, said.told(broken, audit.types)))

    def sentences(path: Path, proposals: bool) -> None:
        told = [policy for policy in broken if proposes(policy) == proposals]
        if not told:
            path.write_text("\ufeff" + ",".join(said.HEAD) + "\n", encoding="utf-8", newline="")
            return
        cells = dict(zip(said.HEAD, said.violations(told, audit.types, documents, masks), strict=True))
        export.write_said(db, path, said.said(told, masks), cells, proposals)

    return {
        BOOK: lambda path: path.write_text(book, encoding="utf-8"),
        "violations.csv": lambda path: sentences(path, False),
        "proposals.csv": lambda path: sentences(path, True),
        "findings.parquet": lambda path: export.write_findings(db, path),
        "compared.parquet": lambda path: export.write_compared(db, path),
        "evidence.parquet": lambda path: export.write_evidence(db, path),
        "tally.parquet": lambda path: export.write_tally(db, path),
        "rates.parquet": lambda path: export.write_rates(db, path),
    }


def marked(marks: Mapping[str, Mark]) -> dict[str, Any]:
    """The limits that can be set otherwise without the files, as the manifest says them."""
    return {
        policy: {"parameter": one.parameter, "operator": one.operator, "whole_decides": one.whole_decides} for policy, one in sorted(marks.items())
    }


def marks_of(manifest: Mapping[str, Any]) -> dict[str, Mark]:
    """What `marked` said; none of a run that an earlier version wrote."""
    return {policy: Mark(**one) for policy, one in manifest.get("only_compared", {}).items()}


__all__ = ["Writer", "marked", "marks_of", "tables"]
