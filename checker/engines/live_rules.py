"""Policies as forward-chaining rules, in the subset of durable-rules that was measured to be safe.

Every pattern begins with a marker (a pattern that begins with a missing field matches the engine's own messages, for ever);
a pattern that compares with a captured fact ends with a guard that always holds (the engine reads past its array where the
last such term is false). There is no `$or`, no pattern within a pattern, no arithmetic, division, expression or timer; what
is missing is a flag or a number beyond all others, so that nothing is asked for by its absence. At most 50 rules stand in a
ruleset: more than 64 that match one fact lose it, some 500 different conditions never end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checker.account import Node

FALSE, TRUE, UNKNOWN, PENDING = range(4)
"""What a test says, as the engine reads it."""
MOST_RULES = 50
MOST_PARTS = 4
FAR = 2**62
"""An instant after all others; numbers of facts lie within it on either side."""

Rule = dict[str, Any]
Pattern = Sequence[tuple[Any, ...]]
OPERATORS = {"=": None, "!=": "$neq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
GUARD = "_g"
NOT = "!"
NOTHING = {"all_of": TRUE, "any_of": FALSE}


def rule(**patterns: Pattern) -> Rule:
    """A rule of one pattern a fact: `(field, operator, number)` compares with a number, `(field, operator, fact, field)` with
    a fact captured before it. The first pattern captures; the guard of the others refers to it."""
    first = next(iter(patterns))
    return {"all": [{fact: _pattern(fact, terms, None if fact == first else first)} for fact, terms in patterns.items()]}


def _pattern(fact: str, terms: Pattern, guarded: str | None) -> Rule:
    plain = [_term(*one) for one in terms if len(one) == 3]
    captured = [_term(one[0], one[1], {one[2]: one[3]}) for one in terms if len(one) == 4]
    guard = [{GUARD: {guarded: GUARD}}] if guarded else []
    return {"$and": [{"_r": 1}, {"k": fact}, *plain, *captured, *guard]}


def _term(field: str, operator: str, value: Any) -> Rule:
    word = OPERATORS[operator]
    return {field: value} if word is None else {word: {field: value}}


# --- conditions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """Inner nodes that are decided of one fact: rules by name, in the ruleset `place`; the names say `node=value`."""

    number: int
    place: str


@dataclass(frozen=True, slots=True)
class Program:
    """How the condition trees of a policy are decided: the steps in order, and the names of the roots. The fields `all_of` and `any_of`
    hold what each of nothing says."""

    steps: tuple[Step, ...]
    roots: Mapping[str, str]


@dataclass(slots=True)
class Book:
    """Rulesets in the making: rules are put where there is room."""

    steps: int = 0
    rulesets: dict[str, dict[str, Rule]] = field(default_factory=dict)

    def place(self, size: int) -> str:
        """The ruleset that has room for so many rules."""
        last = next(reversed(self.rulesets), "")
        if not last or len(self.rulesets[last]) + size > MOST_RULES:
            last = f"conditions{self.steps}"
            self.rulesets[last] = {}
        return last

    def program(self, trees: Mapping[str, Node]) -> Program:
        """Add the rules of a policy's trees."""
        levels: dict[int, list[tuple[str, str, list[str]]]] = {}
        roots = {}
        for letter, tree in trees.items():
            roots[letter] = _flatten(letter, tree, _counter(letter), levels)[0]
        steps = [step for level in sorted(levels) for step in self._steps(levels[level])]
        return Program(tuple(steps), roots)

    def _steps(self, nodes: list[tuple[str, str, list[str]]]) -> Iterator[Step]:
        rest = [(name, list(rules_of(word, parts))) for name, word, parts in nodes]
        while rest:
            taken: list[tuple[str, list[tuple[int, Pattern]]]] = []
            while rest and sum(len(rules) for _, rules in taken) + len(rest[0][1]) <= MOST_RULES:
                taken.append(rest.pop(0))
            place = self.place(sum(len(rules) for _, rules in taken))
            self.steps += 1
            for name, rules in taken:
                for number, (value, terms) in enumerate(rules):
                    self.rulesets[place][f"{name}={value}.{self.steps}.{number}"] = rule(step=[("s", "=", self.steps), *terms])
            yield Step(self.steps, place)


def _counter(letter: str) -> Iterator[str]:
    number = 0
    while True:
        yield f"{letter}n{number}"
        number += 1


def _flatten(letter: str, node: Node, names: Iterator[str], levels: dict[int, list[tuple[str, str, list[str]]]], place: list[int] | None = None) -> tuple[str, int]:
    """The field that holds what a node says (after `!`: the opposite), and the level on which it is decided; wide nodes are cut
    into narrow ones."""
    place = [0] if place is None else place
    if node.word == "test":
        place[0] += 1
        return f"{letter}{place[0] - 1}", 0
    parts = [_flatten(letter, part, names, levels, place) for part in node.parts]
    if node.word == "not":
        field, level = parts[0]
        return field[1:] if field.startswith(NOT) else NOT + field, level
    while len(parts) > MOST_PARTS:
        parts = [*parts[MOST_PARTS:], _decided(node.word, parts[:MOST_PARTS], names, levels)]
    return _decided(node.word, parts, names, levels)


def _decided(word: str, parts: list[tuple[str, int]], names: Iterator[str], levels: dict[int, list[tuple[str, str, list[str]]]]) -> tuple[str, int]:
    if not parts:
        return word, 0
    if len(parts) == 1:
        return parts[0]
    name, level = next(names), max((level for _, level in parts), default=0) + 1
    levels.setdefault(level, []).append((name, word, [part for part, _ in parts]))
    return name, level


def rules_of(word: str, parts: Sequence[str]) -> Iterator[tuple[int, Pattern]]:
    """(value, terms) of rules of which exactly one holds: pending outweighs unknown, and both what is not decisive."""
    decisive, otherwise = (FALSE, TRUE) if word == "all_of" else (TRUE, FALSE)
    before: tuple[int, ...] = ()
    for value in (decisive, PENDING, UNKNOWN):
        for index, part in enumerate(parts):
            never = [_says(one, "!=", excluded) for one in parts for excluded in before]
            yield value, [*never, *(_says(one, "!=", value) for one in parts[:index]), _says(part, "=", value)]
        before = (*before, value)
    yield otherwise, [_says(part, "=", otherwise) for part in parts]


def opposite(value: int) -> int:
    """What `not` makes of a value."""
    return {TRUE: FALSE, FALSE: TRUE}.get(value, value)


def _says(part: str, operator: str, value: int) -> tuple[str, str, int]:
    return (part[1:], operator, opposite(value)) if part.startswith(NOT) else (part, operator, value)


# --- kinds -----------------------------------------------------------------------------------------------------------

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


__all__ = ["FAR", "FALSE", "GUARD", "MOST_RULES", "NOT", "NOTHING", "PENDING", "TRUE", "UNKNOWN", "Book", "Program", "Rule", "Step", "kinds", "opposite", "rule", "rules_of"]
