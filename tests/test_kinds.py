"""The policies of the language's own examples, with verdicts worked by hand: sequence, presence and ladder."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.load import Book, load_book, load_file
from checker.report.explain import explain
from checker.testing.fixtures import results, suites_at

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "tests" / "kinds").glob("*.yaml"))


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book([ROOT / "policies"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_case_finds_what_it_expects_and_nothing_else(path: Path, book: Book) -> None:
    assert [f"{one.case}: {what.en}" for one in results(suites_at([path], book), book) for what in one.differences] == []


SAID = {
    "step-order": ("按顺序:受理 → 派单/改派 → 完成 → 确认 → 关闭;到「关闭」时应已有:受理、完成、关闭;「返工」之后从派单/改派重新开始",
                   "in this order: registered → dispatched/re-dispatched → completed → confirmed → closed; by closed there must have been: "
                   "registered, completed, closed; after reopened it begins again at dispatched/re-dispatched"),
    "online-hours": ("在在线服务时间内任何时刻至少有 1 个「岗位」为微客服的排班考勤(从「签到时间」到「签退时间」);一人只算一次;每次空缺不超过 5 分钟",
                     "at every instant of online hours at least 1 of a Shift whose post is wechat (from actual start to actual end); "
                     "a person counts once; a gap may last 5 minutes"),
    "repeat-violation": ("同一责任人在 12 个月 内累计:第 1 次 → 口头警告;第 2 次 → 书面警告并存档(5 个工作日 内应有奖惩记录)",
                         "by person accountable, within 12 months: number 1 → oral warning; number 2 → written warning on file (within 5 working days there must be: Reward or sanction)"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SAID)
def test_each_kind_is_explained_as_a_person_would_say_it(kind: str, book: Book) -> None:
    policy = load_file(ROOT / "tests" / "kinds" / f"{kind}.yaml").policies[-1]
    for lang, said in zip(("zh", "en"), SAID[kind], strict=True):
        assert said in explain(policy, book, None, lang)


COVER = """format: fixtures/1
policies:
  - id: patrol.whole-site
    standard: patrol.area-weekly-full-coverage
    title: {zh: 每周走遍全部点位, en: Every checkpoint of the site each week}
    source: [{document: steward-standard, clause: 客服巡查 2}]
    severity: {level: major, reason: {zh: 试, en: a trial}}
    kind: frequency
    for_each: site
    expects: {record: patrol, where: {kind: area}, time: started_at}
    every: week
    at_least: 1
    covers: {field: checkpoint_ids, all_of: {record: checkpoint, match: {}, field: checkpoint_id}}
covered: {patrol: {from: 2026-10-01, until: 2026-11-01}}
records:
  site: [{site_id: S1, site_name: 测试苑}]
  checkpoint: [{checkpoint_id: p1, area_id: a1, kind: area, site_id: S1}, {checkpoint_id: p2, area_id: a2, kind: fire, site_id: S1}]
cases:
  - name: both areas, and one of them
    shows: limit
    from: language 7.6
    period: 2026-10-12..2026-10-25
    records:
      patrol:
        - {patrol_id: r1, kind: area, site_id: S1, started_at: 2026-10-13T09:00:00, checkpoint_ids: [p1, p2]}
        - {patrol_id: r2, kind: area, site_id: S1, started_at: 2026-10-20T09:00:00, checkpoint_ids: [p1]}
    expect:
      - {subject: S1, ordinal: 2026-W42, verdict: pass, measured: 1, limit: 1}
      - {subject: S1, ordinal: 2026-W43, verdict: fail, measured: 0, limit: 1}
"""


def test_members_of_a_full_cover_may_be_all_of_the_site(tmp_path: Path, book: Book) -> None:
    (tmp_path / "cover.yaml").write_text(COVER, encoding="utf-8")
    assert [what.en for one in results(suites_at([tmp_path / "cover.yaml"], book), book) for what in one.differences] == []
