"""The rules of each kind of obligation: facts `open`, `answer` and `tick` -> exactly one outcome, with the word for it.

They say what `judge.py` says, case by case; a test holds every one against it.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.engines.live_rules import FALSE, MOST_RULES, PENDING, TRUE, UNKNOWN, Pattern, Rule, rule

EXCUSES = ((TRUE, "exempt:exempt"), (UNKNOWN, "unknown:unknown"))


def _excused(word: str, **patterns: Pattern) -> Iterator[tuple[str, Rule]]:
    """A fail, unless an excuse makes it exempt or unknown."""
    first, *others = patterns
    for excuse, said in ((FALSE, f"fail:{word}"), *EXCUSES):
        yield said, rule(**{first: [*patterns[first], ("excuse", "=", excuse)], **{other: patterns[other] for other in others}})


def _waiting(opened: Pattern, tick: Pattern, **others: Pattern) -> Iterator[tuple[str, Rule]]:
    """Pending, and from the instant of the warning on due soon."""
    yield "pending:pending", rule(open=opened, **others, tick=[*tick, ("now", "<", "open", "warn")])
    yield "pending:due-soon", rule(open=opened, **others, tick=[*tick, ("now", ">=", "open", "warn")])


def requirement() -> Iterator[tuple[str, Rule]]:
    """A record: `when` is 1 where it is decided, 2 where later, 0 where it is undated."""
    yield "not_applicable:not_applicable", rule(open=[("where", "=", FALSE)])
    yield "pending:pending", rule(open=[("where", "!=", FALSE), ("when", "=", 2)])
    yield "unknown:unknown", rule(open=[("where", "!=", FALSE), ("when", "=", 0)])
    dated: Pattern = [("when", "=", 1)]
    yield "pending:pending", rule(open=[*dated, ("where", "=", PENDING)])
    yield "unknown:unknown", rule(open=[*dated, ("where", "=", UNKNOWN)])
    asked: Pattern = [*dated, ("where", "=", TRUE)]
    yield "pass:met", rule(open=[*asked, ("demand", "=", TRUE)])
    yield "pending:pending", rule(open=[*asked, ("demand", "=", PENDING)])
    yield "unknown:unknown", rule(open=[*asked, ("demand", "=", UNKNOWN)])
    yield from _excused("fail", open=[*asked, ("demand", "=", FALSE)])


def deadline() -> Iterator[tuple[str, Rule]]:
    """`start`: 0 unknown, 1 known, 2 never; `sure`, `possible`, `ended` lie beyond all where they are not known."""
    yield "not_applicable:not_applicable", rule(open=[("where", "=", FALSE)])
    yield "not_applicable:not_applicable", rule(open=[("where", "!=", FALSE), ("start", "=", 2)])
    yield "unknown:unknown", rule(open=[("where", "!=", FALSE), ("start", "=", 0)])
    yield "pending:pending", rule(open=[("where", "=", PENDING), ("start", "=", 1)])
    yield "unknown:unknown", rule(open=[("where", "=", UNKNOWN), ("start", "=", 1)])
    began: Pattern = [("where", "=", TRUE), ("start", "=", 1)]
    yield "unknown:unknown", rule(open=[*began, ("early", "=", 1)])
    yield "unknown:unknown", rule(open=[*began, ("early", "=", 0), ("limited", "=", 0)])
    runs: Pattern = [*began, ("early", "=", 0), ("limited", "=", 1)]
    yield "pass:met", rule(open=runs, answer=[("sure", "<=", "open", "due")])
    yield "not_applicable:not_applicable", rule(open=runs, answer=[("sure", ">", "open", "due"), ("ended", "<=", "open", "due")])
    late: Pattern = [("sure", ">", "open", "due"), ("ended", ">", "open", "due")]
    yield from _waiting(runs, [("now", "<=", "open", "due")], answer=[("came", "=", 0), *late])
    yield from _lapsed("met-late", runs, [("came", "=", 1), *late], [])
    yield from _lapsed("lapsed", runs, [("came", "=", 0), *late], [("now", ">", "open", "due")])


def _lapsed(word: str, runs: Pattern, late: Pattern, tick: Pattern) -> Iterator[tuple[str, Rule]]:
    """After the limit: whatever leaves a doubt makes it unknown."""
    yield "unknown:unknown", rule(open=[*runs, ("doubt", "=", 1)], answer=late, tick=tick)
    clear: Pattern = [*runs, ("doubt", "=", 0)]
    yield "unknown:unknown", rule(open=clear, answer=[*late, ("possible", "<=", "open", "due")], tick=tick)
    never: Pattern = [*late, ("possible", ">", "open", "due")]
    yield "unknown:unknown", rule(open=clear, answer=[("undated", "=", 1), *never], tick=tick)
    never = [("undated", "=", 0), *never]
    if word == "lapsed":
        yield "unknown:unknown", rule(open=clear, answer=[*never, ("covered", "<", "open", "due")], tick=tick)
        never = [*never, ("covered", ">=", "open", "due")]
    yield from _excused(word, open=clear, answer=never, tick=tick)


def ripening() -> Iterator[tuple[str, Rule]]:
    """`since` lies beyond all where the condition does not hold for good."""
    yield "not_applicable:not_applicable", rule(open=[("where", "=", FALSE)])
    yield "not_applicable:not_applicable", rule(open=[("where", "!=", FALSE), ("start", "=", 2)])
    yield "unknown:unknown", rule(open=[("where", "!=", FALSE), ("start", "=", 0)])
    yield "unknown:unknown", rule(open=[("where", "!=", FALSE), ("start", "=", 1), ("limited", "=", 0)])
    began: Pattern = [("start", "=", 1), ("limited", "=", 1)]
    yield "unknown:unknown", rule(open=[*began, ("where", "=", UNKNOWN)])
    yield "pending:pending", rule(open=[*began, ("where", "=", PENDING)], tick=[("now", "<=", "open", "due")])
    yield "unknown:unknown", rule(open=[*began, ("where", "=", PENDING)], tick=[("now", ">", "open", "due")])
    runs: Pattern = [*began, ("where", "=", TRUE)]
    came: Pattern = [("now", ">=", "answer", "since")]
    for answer in ([("since", "<=", "open", "due")], [("since", ">", "open", "due"), ("covered", ">=", "open", "due")]):
        yield "pass:met", rule(open=[*runs, ("forbidden", "=", 0)], answer=answer, tick=came)
        yield from _excused("fail", open=[*runs, ("forbidden", "=", 1)], answer=answer, tick=came)
    yield "unknown:unknown", rule(open=runs, answer=[("since", ">", "open", "due"), ("covered", "<", "open", "due")], tick=came)
    yield from _waiting(runs, [("now", "<", "answer", "since"), ("now", "<=", "open", "due")], answer=[])
    over: Pattern = [("now", "<", "answer", "since"), ("now", ">", "open", "due")]
    yield "unknown:unknown", rule(open=[*runs, ("demand", "=", UNKNOWN)], answer=[], tick=over)
    known: Pattern = [*runs, ("demand", "!=", UNKNOWN)]
    yield "unknown:unknown", rule(open=known, answer=[("covered", "<", "open", "due")], tick=over)
    answer = [("covered", ">=", "open", "due")]
    yield "pass:met", rule(open=[*known, ("forbidden", "=", 1)], answer=answer, tick=over)
    yield from _excused("lapsed", open=[*known, ("forbidden", "=", 0)], answer=answer, tick=over)


def never_without() -> Iterator[tuple[str, Rule]]:
    """`any`: whether a gap is too long by all that may count; `broken`: by what surely does."""
    yield "not_applicable:not_applicable", rule(open=[("where", "=", FALSE)])
    yield "unknown:unknown", rule(open=[("where", "!=", FALSE), ("where", "!=", TRUE)])
    asked: Pattern = [("where", "=", TRUE)]
    yield from _excused("fail", open=[*asked, ("any", "=", 1)], answer=[("high", ">", "open", "anyway")])
    for opened, answer in (([*asked, ("any", "=", 0)], []), ([*asked, ("any", "=", 1)], [("high", "<=", "open", "anyway")])):
        yield "unknown:unknown", rule(open=[*opened, ("broken", "=", 1)], answer=answer)
        still: Pattern = [*opened, ("broken", "=", 0)]
        yield from _waiting(still, [("now", "<", "open", "until")], answer=answer)
        over: Pattern = [("now", ">=", "open", "until")]
        yield "unknown:unknown", rule(open=still, answer=[*answer, ("low", ">", "open", "first")], tick=over)
        seen: Pattern = [*answer, ("low", "<=", "open", "first")]
        yield "unknown:unknown", rule(open=still, answer=[*seen, ("high", "<", "open", "until")], tick=over)
        yield "pass:met", rule(open=still, answer=[*seen, ("high", ">=", "open", "until")], tick=over)


def frequency() -> Iterator[tuple[str, Rule]]:
    """`known`: whether what was found and what is needed are; `needed` is 1 where it is not known."""
    yield "not_applicable:not_applicable", rule(open=[("where", "=", FALSE)])
    yield "not_applicable:not_applicable", rule(open=[("where", "!=", FALSE), ("needed", "<=", 0)])
    asked: Pattern = [("needed", ">", 0), ("where", "!=", FALSE)]
    yield "unknown:unknown", rule(open=[*asked, ("where", "=", UNKNOWN)])
    asked = [*asked, ("where", "!=", UNKNOWN)]
    unknown: Pattern = [*asked, ("known", "=", 0)]
    yield from _waiting(unknown, [("now", "<=", "open", "last")])
    yield "unknown:unknown", rule(open=unknown, tick=[("now", ">", "open", "last")])
    known: Pattern = [*asked, ("known", "=", 1)]
    yield "pass:met", rule(open=known, answer=[("sure", ">=", "open", "needed")])
    short: Pattern = [("sure", "<", "open", "needed")]
    yield from _waiting(known, [("now", "<=", "open", "last")], answer=short)
    over: Pattern = [("now", ">", "open", "last")]
    yield "unknown:unknown", rule(open=known, answer=[*short, ("possible", ">=", "open", "needed")], tick=over)
    surely: Pattern = [*short, ("possible", "<", "open", "needed")]
    yield "unknown:unknown", rule(open=[*known, ("covered", "=", 0)], answer=surely, tick=over)
    yield from _excused("lapsed", open=[*known, ("covered", "=", 1)], answer=surely, tick=over)


def ladder() -> Iterator[tuple[str, Rule]]:
    """`doubt`: history lacks something and the last step is not reached; `step` is -1 where none is."""
    yield "unknown:unknown", rule(open=[("doubt", "=", 1)])
    yield "not_applicable:not_applicable", rule(open=[("doubt", "=", 0), ("step", "<", 0)])
    climbed: Pattern = [("doubt", "=", 0), ("step", ">=", 0)]
    yield "fail:fail", rule(open=[*climbed, ("follows", "=", 0)])
    asked: Pattern = [*climbed, ("follows", "=", 1)]
    yield "pass:met", rule(open=asked, answer=[("sure", "<=", "open", "due")])
    late: Pattern = [("sure", ">", "open", "due")]
    yield "pending:pending", rule(open=asked, answer=[("came", "=", 0), *late], tick=[("now", "<=", "open", "due")])
    for came, tick in ((1, []), (0, [("now", ">", "open", "due")])):
        yield "unknown:unknown", rule(open=asked, answer=[("came", "=", came), *late, ("possible", "<=", "open", "due")], tick=tick)
        never: Pattern = [("came", "=", came), *late, ("possible", ">", "open", "due")]
        if not came:
            yield "unknown:unknown", rule(open=asked, answer=[*never, ("covered", "<", "open", "due")], tick=tick)
            never = [*never, ("covered", ">=", "open", "due")]
        yield "fail:fail", rule(open=asked, answer=never, tick=tick)


def pairs() -> Iterator[tuple[str, Rule]]:
    """Repeats: a second event joined with a first no earlier than where its window opens; a finding with its rung."""
    yield "repeat:repeat", rule(second=[], first=[("at", "<=", "second", "at"), ("at", ">=", "second", "opens")])
    yield "step:step", rule(finding=[], rung=[("low", "<=", "finding", "number"), ("high", ">", "finding", "number")])


KINDS = {"Decided": requirement, "Due": deadline, "Ripe": ripening, "Gaps": never_without, "Found": frequency, "Climbed": ladder, "pairs": pairs}


def kinds() -> dict[str, dict[str, Rule]]:
    """The rulesets of all kinds, by the name of their numbers."""
    made = {}
    for name, rules in KINDS.items():
        made[name] = {f"{said}.{number}": one for number, (said, one) in enumerate(rules())}
        assert len(made[name]) <= MOST_RULES
    return made


__all__ = ["KINDS", "kinds"]
