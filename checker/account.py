"""The account of one obligation: what its conditions say, and the numbers and instants that it was compared with.

An account is data. `judged` gives its verdict by `judge.py` alone, so that an explanation can be judged again, and the live
engine has somebody to fall back on; `as_data` and `from_data` write and read it as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from checker import judge, judge_kinds
from checker.holds import Truth, all_hold, any_holds, negated
from checker.judge import Outcome
from checker.policy.conditions import Condition
from checker.quick import quick

Word = Literal["all_of", "any_of", "not", "test"]


@dataclass(frozen=True, slots=True)
class Node:
    """A condition as a tree. Of a test, `path` says where it stands in its condition and `holds` what it says; `truth` is what the
    whole says, by three values and pending. `shape` is the tree without what it says, as text, and `said` what its tests say, in order; `told` is both as
    text."""

    word: Word
    parts: tuple[Node, ...] = ()
    path: str = ""
    holds: Truth = None
    truth: Truth = field(init=False, repr=False, compare=False)
    shape: str = field(init=False, repr=False, compare=False)
    said: tuple[Truth, ...] = field(init=False, repr=False, compare=False)
    told: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        test = self.word == "test"
        object.__setattr__(self, "truth", self.holds if test else _says(self.word, [part.truth for part in self.parts]))
        object.__setattr__(self, "shape", "." if test else f"({self.word}{''.join(part.shape for part in self.parts)})")
        object.__setattr__(self, "said", (self.holds,) if test else tuple(one for part in self.parts for one in part.said))
        object.__setattr__(self, "told", f"{self.shape}{self.said}")

    def tests(self) -> Iterator[Node]:
        """The tests of the tree in written order."""
        if self.word == "test":
            yield self
        for part in self.parts:
            yield from part.tests()


def _says(word: Word, inner: list[Truth]) -> Truth:
    return negated(inner[0]) if word == "not" else any_holds(inner) if word == "any_of" else all_hold(inner)


def tree(condition: Condition | None, path: str = "", saying: Mapping[str, Truth] | None = None) -> Node:
    """A condition as a tree whose tests are named by their path (`any_of.0.rings`); `saying` gives what each says."""
    if condition is None:
        return Node("all_of")
    parts = []
    for key, value in condition.parts():
        at = f"{path}.{key}" if path else key
        if key in ("all_of", "any_of"):
            parts.append(Node(key, tuple(tree(one, f"{at}.{index}", saying) for index, one in enumerate(value))))  # type: ignore[arg-type]
        elif key == "not":
            parts.append(Node("not", (tree(value, at, saying),)))
        else:
            parts.append(Node("test", path=at, holds=(saying or {}).get(at)))
    return Node("all_of", tuple(parts))


@quick
@dataclass(frozen=True, slots=True)
class Decided:
    """A plain requirement: when it was decided (UTC microseconds); None: the record is undated, `later`: not yet."""

    at: int | Literal["later"] | None


@dataclass(frozen=True, slots=True)
class Stepped:
    """A cycle of a case (None: no step has come) and what else is known of it."""

    cycle: judge_kinds.Cycle | None
    known: judge_kinds.Known


@dataclass(frozen=True, slots=True)
class Staffed:
    """A window, its last instant, and the longest gap in the worst and in the best world."""

    duty: judge_kinds.Duty
    last: int
    as_of: int
    worst: int
    best: int


@dataclass(frozen=True, slots=True)
class Climbed:
    """The step that a finding leads to (None: none), the number of the last step, whether history lacks something."""

    step: int | None
    last: int
    uncovered: bool
    follows: judge_kinds.Follows | None
    as_of: int


Numbers = Decided | judge.Due | judge.Ripe | judge.Gaps | judge.Found | judge.Shares | judge.Sums | Stepped | Staffed | Climbed
NUMBERS: dict[str, type[Any]] = {one.__name__: one for one in Numbers.__args__}
NESTED: dict[str, type[Any]] = {"cycle": judge_kinds.Cycle, "known": judge_kinds.Known, "duty": judge_kinds.Duty, "follows": judge_kinds.Follows}
EMPTY = Node("all_of")


@quick
@dataclass(frozen=True, slots=True)
class Account:
    """What one obligation is judged by. `demand` says what `require`, `forbidden` or `that` says as written; `forbidden`
    that it must not hold."""

    policy: str
    site: str
    subject: str
    ordinal: str
    numbers: Numbers
    where: Node = EMPTY
    demand: Node = EMPTY
    excuse: Node | None = None
    forbidden: bool = False


def judged(account: Account) -> Outcome:
    """The verdict on an account."""
    where, demand = account.where.truth, account.demand.truth
    excuse = False if account.excuse is None else account.excuse.truth
    excuse = None if excuse == "pending" else excuse
    match account.numbers:
        case Decided(at=at):
            return judge.requirement(where, negated(demand) if account.forbidden else demand, excuse, at)
        case judge.Due() as times:
            return judge.deadline(where, times, excuse)
        case judge.Ripe() as times:
            return judge.ripening(where, demand, times, excuse, account.forbidden)
        case judge.Gaps() as gaps:
            return judge.never_without(where, gaps, excuse)
        case judge.Found() as numbers:
            return judge.frequency(where, numbers, excuse)
        case judge.Shares() as numbers:
            return judge.rate(numbers)
        case judge.Sums() as numbers:
            return judge.mean(numbers)
        case Stepped(cycle=cycle, known=known):
            return judge_kinds.sequence(where, cycle, known, excuse)
        case Staffed() as one:
            return judge_kinds.presence(where, one.duty, one.last, one.as_of, one.worst, one.best, excuse)
        case Climbed() as one:
            return judge_kinds.ladder(one.step, one.last, one.uncovered, one.follows, one.as_of)


def as_data(account: Account) -> dict[str, Any]:
    """The account as JSON can hold it."""
    trees = {name: None if (node := getattr(account, name)) is None else _written(node) for name in ("where", "demand", "excuse")}
    plain = {name: getattr(account, name) for name in ("policy", "site", "subject", "ordinal", "forbidden")}
    return {**plain, **trees, "numbers": {"of": type(account.numbers).__name__, **asdict(account.numbers)}}


def _written(node: Node) -> dict[str, Any]:
    return {"word": node.word, "parts": tuple(map(_written, node.parts)), "path": node.path, "holds": node.holds}


def from_data(data: Mapping[str, Any]) -> Account:
    """The account that `as_data` wrote."""
    numbers = dict(data["numbers"])
    model = NUMBERS[numbers.pop("of")]
    read = {name: _nested(name, value) for name, value in numbers.items()}
    excuse = None if data["excuse"] is None else _node(data["excuse"])
    plain = (data["policy"], data["site"], data["subject"], data["ordinal"])
    return Account(*plain, model(**read), _node(data["where"]), _node(data["demand"]), excuse, data["forbidden"])


def _nested(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return NESTED[name](**value) if isinstance(value, Mapping) else value


def _node(data: Mapping[str, Any]) -> Node:
    return Node(data["word"], tuple(_node(part) for part in data["parts"]), data["path"], data["holds"])


__all__ = ["Account", "Climbed", "Decided", "Node", "Numbers", "Staffed", "Stepped", "as_data", "from_data", "judged", "tree"]
