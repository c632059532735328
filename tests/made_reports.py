"""Reports made by arithmetic, of any size, to be rendered: nothing here was audited and nobody here exists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from checker.report.audit import model as m
from checker.report.audit.standing import AreaScore, RuleScore, Score, SiteScore

AREAS = ("电话", "派单", "回访", "走访", "巡查", "仪容")
ENGLISH = ("Telephone", "Reception, appearance and conduct", "Intake and dispatch", "Complaints", "Patrols, vacant units and decoration", "Training, supervision and others")
SEVERITIES = (("critical", "严重"), ("major", "重要"), ("minor", "一般"), ("advisory", "提示"))


def rules(payload: str) -> tuple[m.Rule, ...]:
    return tuple(
        m.Rule(f"area-{i}.rule-{i}", f"第{i}条规定 {payload}".strip(), f"area-{i}.standard-{i}", AREAS[i % 6], f"《示例规范》第{i}条 {payload}".strip(), *SEVERITIES[i % 4], "deadline",
               (f"每条记录在 {i + 1} 分钟之内。", f"免责:{payload}")) for i in range(12)
    )  # fmt: skip


def violations(n: int, listed: tuple[m.Rule, ...], payload: str) -> Iterator[m.Nonconformity]:
    start = datetime(2026, 10, 1)
    for i in range(n):
        rule = listed[i % len(listed)]
        yield m.Nonconformity(
            number=i + 1, id=f"F-{i:012x}", fingerprint=f"{i:064x}", rule=rule, site=f"S{i % 3}", team=None if i % 7 == 0 else f"班组{i % 9}{payload}",
            accountable=None if i % 11 == 0 else f"E{i % 180:03d}", subject=f"W{i:06d}{payload if i % 50 == 0 else ''}", ordinal="1",
            occurred=None if i % 97 == 0 else start + timedelta(seconds=i * 37 % 2_600_000), due=start + timedelta(seconds=i * 41 % 2_600_000),
            template="工单 {ticket} 派单用了 {took},限 {limit}。", arguments=(("ticket", f"W{i:06d}"), ("took", f"{5 + i % 55} 分 {i % 60} 秒"), ("limit", f"5 分钟{payload if i % 50 == 0 else ''}")),
            measured=f"{5 + i % 55} 分 {i % 60} 秒", limit="5 分钟", short_of=None, value="max_minutes=5 分钟", file=f"十月/工单{i % 4}.xlsx", sheet="Sheet1", row=i % 9000 + 2,
            evidence=f"十月/工单{i % 4}.xlsx[Sheet1]:{i % 9000 + 2}", more=i % 3, points=Decimal("0.5") * (i % 4), weighed=Decimal("0.5") * (i % 4), weighed_confirmed=Decimal(0), repeat=1 + (i % 13 == 0), disputed=i % 101 == 0,
            note=payload or None, waived_by=None, decided=m.Decided("confirmed" if i % 5 == 0 else "open"),
        )  # fmt: skip


def report(n: int, lang: m.Lang = "zh", payload: str = "") -> m.Report:
    """A report with n violations; `payload` stands in every text that records or people could bring."""
    listed = rules(payload)
    first = tuple(violations(min(n, 40), listed, payload))
    area = tuple(AreaScore(one, Decimal(15), Decimal(15), 2, 2, 1000, 900, 60, 20, 10, 5, 4, 1, Decimal("3.25"), Decimal("11.75")) for one in (AREAS if lang == "zh" else ENGLISH))
    scored = tuple(RuleScore(one.policy, one.title, one.area, one.severity, "points", Decimal("7.5"), 500, 450, 30, 10, 5, 2, 2, 1, 0, 30, 3, Decimal(12), None, Decimal("7.5")) for one in listed)
    score = Score(Decimal("86.40"), "合格", True, area, scored)
    points = tuple(m.Point(f"2026-{month:02d}", 900 + month * 5, 1000) for month in range(5, 11))
    return m.Report(
        lang=lang,
        cover=m.Cover("PZ-2026-10-001", "月度品质审核报告" if lang == "zh" else "Monthly quality audit report", "2026-10", (m.CoverSite("S0", f"示例花园{payload}", "Asia/Shanghai", "residential", "2026-11-01 00:00"),),
                      (m.CoverFile(f"十月/工单{payload}.xlsx", "Sheet1", "工单", 1000, 980, 10, 6, 4, "ab" * 32),), "checker 0.1", 12, "cd" * 32, (("residential", "ef" * 32),),
                      (f"没有回访记录 {payload}",), None, "2026-09"),
        headline=m.Headline(Decimal("86.40"), Decimal("91.20"), "合格", Decimal(80), True, (m.Change("S0", "2026-09", Decimal("88.10"), "合格", Decimal("-1.70"), (12, 12)),), 12000, n, 3, 41, 120, 1, 2, (n // 5, n)),
        scores=(SiteScore("S0", "residential", score, score, n // 5, n, 1),),
        indicators=tuple(m.Indicator(f"及时率{i}{payload}", "S0", (listed[i].policy,), 930 + i, 1000, (95, 100), "at_least", i % 2 == 0, True, points) for i in range(6)),
        rates=(m.RateLine(listed[5].policy, listed[5].title, "S0", f"班组1{payload}", "2026-10", "fail", "不合格", Decimal(53), Decimal(674), (Decimal(1), Decimal(10)), True, False),),
        violations=m.Listing(n, lambda: violations(n, listed, payload)),
        sites=tuple(m.Standing(i + 1, f"S{i}", f"项目{i}", 4000, 40 + i, 3, Decimal(12), Decimal("1.2")) for i in range(3)),
        teams=tuple(m.Standing(i + 1, f"T{i}", f"班组{i}{payload}", 900, 20 + i, 2, Decimal(9), Decimal("2.2")) for i in range(9)),
        people=tuple(m.Standing(i + 1, f"E{i:03d}", f"某*{payload}", 90, 2 + i, 1, Decimal(3), Decimal("3.3")) for i in range(40)),
        repeats=tuple(m.Repeat(listed[i % 12], "S0", f"E{i:03d}{payload}", False, 2 + i, i, datetime(2026, 10, 2), datetime(2026, 10, 20)) for i in range(8)),
        causes=tuple(m.Cause(listed[i], 120 - 10 * i, sum(120 - 10 * k for k in range(i + 1))) for i in range(12)),
        heat=m.Heat(tuple(tuple((day * 5 + hour * 3) % 17 if 7 < hour < 21 else 0 for hour in range(24)) for day in range(7)), 4),
        near=tuple(m.Near(listed[1], "S0", f"W{i}{payload}", "1", f"E{i}", date(2026, 10, 5), "4 分 59 秒", "5 分钟") for i in range(5)),
        quality=m.Quality((("日期看不懂", 4), (f"未知人员{payload}", 2)), (f"工单文件从 10 月 3 日起{payload}",), (m.Doubt(listed[0], "unknown", 12, f"缺「响铃次数」{payload}"), m.Doubt(listed[1], "no records", None, "没有来函"))),
        exemptions=(m.Exemption(listed[2], "S0", 30, f"业重要求{payload}"),), waived=(m.Waived(listed[3], "S0", f"WV-1{payload}", 3, date(2026, 12, 1), f"线路检修{payload}"),),
        waivers=(m.Waiver(listed[3].policy, "S0", f"W000001{payload}", date(2026, 10, 1), date(2026, 12, 1), f"线路检修{payload}", f"客服经理{payload}", "waivers.yaml:3", 3),
                 m.Waiver("area-*", None, None, date(2026, 1, 1), date(2026, 9, 30), "试运行", "项目经理", "waivers.yaml:4", 0, ("期间结束前已到期", "范围过大"))),
        proposals=(m.Proposal(listed[4], "S0", f"E001{payload}", "书面警告存档", 2, datetime(2026, 11, 5), True),),
        notices=tuple(m.Notice(f"ZG-2026-10-{i:03d}", "S0", f"班组{i}", f"E{i:03d}", f"班组{i} E{i:03d} 某*{payload}", 30, Decimal(9), first[:8 + i]) for i in range(2)),
        rules=listed,
        appendix=m.Appendix((m.InForce(listed[0].policy, "max_minutes", "residential", "5 分钟", f"《示例规范》第3条{payload}"),), ("每项不合格按级别扣分。",), ("全部记录逐条核对。",), (("reception.signage", f"标识到位{payload}"),)),
    )  # fmt: skip
