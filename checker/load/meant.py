"""The word that was probably meant: nearest in spelling, or what other tools and people call the same thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from checker.errors import Text, nearest, refuse, say

CALLED = {
    "all": "all_of", "and": "all_of", "any": "any_of", "or": "any_of", "none": "none_of", "not_exists": "none_exists",
    "count": "number_of", "count_of": "number_of", "average": "mean_of", "avg": "mean_of", "total": "sum",
    "eq": "is", "equals": "is", "equal": "is", "in": "one_of", "values": "one_of", "not_in": "none_of", "is_not": "none_of", "neq": "none_of",
    "min": "at_least", "gte": "at_least", "ge": "at_least", "minimum": "at_least", "max": "at_most", "lte": "at_most", "le": "at_most",
    "maximum": "at_most", "gt": "more_than", "over": "more_than", "above": "more_than", "lt": "less_than", "under": "less_than", "below": "less_than",
    "not_before": "no_earlier_than", "since": "no_earlier_than", "later_than": "no_earlier_than", "after": "no_earlier_than",
    "not_after": "no_later_than", "earlier_than": "no_later_than", "by": "group_by", "before": "no_later_than",
    "contains": "includes", "contains_all": "includes_all", "regex": "matches", "pattern": "matches", "like": "matches",
    "required": "require", "must": "require", "assert": "require", "check": "require", "forbid": "forbidden", "must_not": "forbidden",
    "unless": "excused_when", "exempt_when": "excused_when", "if": "where", "when": "where", "filter": "where", "each": "for_each",
    "start": "starts", "end": "ends", "limit": "within", "of": "share_of", "on": "staffed_by", "period": "every", "join": "match",
    "responsible": "accountable", "name": "title", "sources": "source", "params": "parameters", "columns_zh": "columns",
    "coverage": "presence", "escalation": "ladder", "completeness": "requirement", "recurrence": "frequency", "ratio": "rate", "order": "sequence",
    "string": "text", "str": "text", "int": "count", "integer": "count", "number": "count", "float": "decimal", "bool": "flag", "boolean": "flag",
    "datetime": "instant", "timestamp": "instant", "time": "instant", "percent": "share", "array": "list", "choice": "enum",
    "high": "major", "medium": "minor", "low": "advisory", "warning": "minor", "error": "major", "blocker": "critical",
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year", "annually": "year", "halfyear": "half-year",
}  # fmt: skip
SHOWN = 12


def meant(word: str, known: Iterable[str]) -> str:
    """The known word that `word` was probably meant to be, or an empty string."""
    words = list(known)
    lower = word.lower().strip().replace("-", "_")
    called = CALLED.get(lower, "")
    plain = {one.lower().replace("-", "_"): one for one in words}
    return plain.get(lower, "") or (called if called in words else "") or nearest(word, words) or nearest(lower, words)


def way_out(word: str, known: Iterable[str]) -> Text:
    """`did you mean …?`, else what there is."""
    words = list(known)
    found = meant(word, words)
    if found:
        return say("是不是 `{m}`?", "did you mean `{m}`?", m=found)
    if not words:
        return say("删去它", "remove it")
    return say("可写 {k}", "there are {k}", k=listed(words))


def policy_hint(named: str, known: Iterable[str]) -> Text:
    """Which policy, or group of policies, was meant; else which groups there are."""
    words = list(known)
    groups = sorted({word.split(".")[0] + ".*" for word in words})
    near = meant(named, groups if "*" in named else words)
    return say("是不是 `{m}`?", "did you mean `{m}`?", m=near) if near else say("已有 {k}", "there are {k}", k=", ".join(f"`{one}`" for one in groups))


def named_by(globs: Sequence[str], known: Iterable[str]) -> list[str]:
    """The policies that some glob of `--select` names, all where there is none. Raises CheckerError for a glob that names nothing."""
    words = list(known)
    for glob in globs:
        if not any(fnmatchcase(word, glob) for word in words):
            what = say("`--select {g}` 没有选中任何政策", "`--select {g}` names no policy", g=glob)
            raise refuse("select.nothing", what, policy_hint(glob, words))
    return [word for word in words if not globs or any(fnmatchcase(word, glob) for glob in globs)]


def listed(words: Sequence[str]) -> str:
    """Words in backticks, not too many of them."""
    shown = ", ".join(f"`{word}`" for word in words[:SHOWN])
    return shown + (", …" if len(words) > SHOWN else "")
