"""What `--require` asks of the fixtures of a policy: the situations that its kind has, and a clause for each case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.errors import Problem, Where, say
from checker.load import Book
from checker.policy.conditions import Condition, Related, Test
from checker.policy.files import Case
from checker.policy.kinds import Base, Deadline, Frequency, Ladder, Presence, Rate, Requirement
from checker.policy.kinds import Sequence as Steps
from checker.policy.records import MOMENTS, NUMBERS, resolve
from checker.testing.fixtures import Suite, judged_record

ORDERINGS = ("at_least", "at_most", "more_than", "less_than", "no_earlier_than", "no_later_than")
VERDICTS = {"met": "pass", "broken": "fail", "pending": "pending", "exempt": "exempt"}
WORDS = {"met": "合格", "broken": "不合格", "limit": "正好在限上", "missing": "缺值", "pending": "未到期", "exempt": "免责"}


def lacking(suites: Sequence[Suite], policies: Sequence[Base], book: Book) -> Iterator[Problem]:
    """Every situation that no case of a policy shows, and every case that names no clause."""
    for policy in policies:
        own = [suite for suite in suites if policy in suite.policies]
        shown = {case.shows for suite in own for case in suite.fixture.cases if _shows(case)}
        absent = [one for one in needed(policy, book) if one not in shown]
        if absent:
            where = own[0].spot.source.where(("policy",)) if own else book.where("policy", policy.id, "id")
            yield _absent(policy, absent, where)
    for suite in suites:
        for index, case in enumerate(suite.fixture.cases):
            if not case.from_.strip():
                what = say("用例没有写出处", "the case names no clause")
                yield suite.spot.at("cases", index, "from").problem("case.from", what, say("`from:` 写条款或案例", "give its clause or case under `from:`"))


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
    if isinstance(policy, Deadline | Frequency | Rate) or (isinstance(policy, Requirement) and policy.within is not None):
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


__all__ = ["lacking", "needed"]
