"""What `--require` asks of the fixtures of a policy: the situations that its kind has, and a clause for each case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from checker.errors import Problem, Where, say
from checker.load import Book
from checker.load.meant import meant
from checker.policy.conditions import Condition, Related, Test
from checker.policy.files import Case
from checker.policy.kinds import Base, Deadline, Frequency, Ladder, Presence, Rate, Requirement
from checker.policy.kinds import Sequence as Steps
from checker.policy.records import MOMENTS, NUMBERS, resolve
from checker.testing.fixtures import Suite, judged_record

ORDERINGS = ("at_least", "at_most", "more_than", "less_than", "no_earlier_than", "no_later_than")
VERDICTS = {"met": "pass", "broken": "fail", "pending": "pending", "exempt": "exempt"}
WORDS = {"met": "合格", "broken": "不合格", "limit": "正好在限上", "missing": "缺值", "pending": "未到期", "exempt": "免责"}

CASES = frozenset(f"case {number}" for number in range(1, 19))
"""The tricky cases that the catalogue settles."""
LINES = frozenset(f"language {number}" for number in range(2, 9)) | {f"language 7.{number}" for number in range(1, 17)}
"""The sections of the language, and the lines of its fine print."""


def lacking(suites: Sequence[Suite], policies: Sequence[Base], book: Book) -> Iterator[Problem]:
    """Every situation that no case of a policy shows, and every case that cites nothing that there is."""
    for policy in policies:
        own = [suite for suite in suites if policy in suite.policies]
        shown = {case.shows for suite in own for case in suite.fixture.cases if _shows(case)}
        absent = [one for one in needed(policy, book) if one not in shown]
        if absent:
            where = own[0].spot.source.where(("policy",)) if own else book.where("policy", policy.id, "id")
            yield _absent(policy, absent, where)
    listed = clauses(book)
    for suite in suites:
        yield from _uncited(suite, listed | {text for policy in suite.policies for text in _cited(policy)})


def _uncited(suite: Suite, known: Set[str]) -> Iterator[Problem]:
    """The cases of a file that rest on nothing that anybody could look up."""
    for index, case in enumerate(suite.fixture.cases):
        if case.from_ in known or case.from_ in CASES | LINES:
            continue
        if not case.from_.strip():
            what = say("用例没有写出处", "the case names no clause")
        else:
            what = say("没有条款、案例或语言条文「{f}」", "there is no clause, case or line of the language `{f}`", f=case.from_)
        near = meant(case.from_, known)
        fix = say("是不是 `{m}`?", "did you mean `{m}`?", m=near) if near else say(
            "写 `文件 条款`(catalogue.yaml 里有的)、`case 1` 至 `case 18`,或 `language 6`、`language 7.3`",
            "write `DOCUMENT CLAUSE` as catalogue.yaml has it, `case 1` to `case 18`, or `language 6`, `language 7.3`")  # fmt: skip
        yield suite.spot.at("cases", index, "from").problem("case.from", what, fix)


def clauses(book: Book) -> frozenset[str]:
    """Every clause of a standard of the catalogue, as a case cites it: document and clause."""
    standards = book.catalogue.standards.values() if book.catalogue else ()
    return frozenset(f"{source.document} {source.clause}" for standard in standards for source in standard.source)


def _cited(policy: Base) -> Iterator[str]:
    """The clauses that a policy rests on itself: those of a company's own documents stand nowhere else."""
    yield from (f"{source.document} {source.clause}" for source in policy.source)


def _shows(case: Case) -> bool:
    """Whether a case expects what it says it shows; on the limit, and with a value missing, anything may be right."""
    verdict = VERDICTS.get(case.shows)
    return verdict is None or any(one.verdict == verdict for one in case.expect)


def _absent(policy: Base, absent: Sequence[str], where: Where) -> Problem:
    zh = "、".join(f"{one}({WORDS[one]})" for one in absent)
    what = say("政策 `{p}` 没有这些用例:{z}", "policy `{p}` has no case that shows {e}", p=policy.id, z=zh, e=", ".join(absent))
    return Problem(where, "fixture.lacking", what, say("加一个 `shows:` 这种情形的用例", "add a case with `shows:` of that kind"))


def needed(policy: Base, book: Book) -> Iterator[str]:
    """The situations that there can be, by kind and by what the policy says."""
    if not (isinstance(policy, Ladder) and all(step.expects is None for step in policy.steps)):  # a mere proposal is never met
        yield "met"
    yield from ("broken", "missing")
    if _limited(policy, book):
        yield "limit"
    if isinstance(policy, Deadline | Frequency | Rate | Steps) or (isinstance(policy, Requirement) and policy.within is not None):
        yield "pending"
    if getattr(policy, "excused_when", None) is not None:
        yield "exempt"


def _limited(policy: Base, book: Book) -> bool:
    """Whether something is ordered: a length, a number, a share, an instant."""
    if isinstance(policy, Deadline | Frequency | Rate | Presence | Ladder):
        return True
    if isinstance(policy, Requirement):
        return policy.within is not None or any(_orders(one, judged_record(policy), book) for one in (policy.require, policy.forbidden) if one)
    return not isinstance(policy, Steps)


def _orders(condition: Condition, record: str, book: Book) -> bool:
    if condition.at_least is not None or condition.at_most is not None:
        return True
    for key, value in condition.parts():
        if isinstance(value, Test) and any(operator in ORDERINGS for operator, _ in value.parts()) and _measured(book, record, key):
            return True
        inner = value if isinstance(value, tuple) else (value,)
        if any(isinstance(one, Condition) and _orders(one, record, book) for one in inner):
            return True
        if isinstance(value, Related) and value.where is not None and _orders(value.where, value.record, book):
            return True
    return False


def _measured(book: Book, record: str, path: str) -> bool:
    try:
        return resolve(book.records, record, path).field.type in NUMBERS | MOMENTS
    except KeyError:
        return True


__all__ = ["clauses", "lacking", "needed"]
