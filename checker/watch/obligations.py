"""The live watch: events and ticks in, alerts out; everything it says is a function of their sequence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from checker.account import Account, Decided
from checker.calendars import Span
from checker.errors import Text, say
from checker.finding import Finding
from checker.plan import FOREVER, Audit
from checker.policy.kinds import Base, Ladder, Presence, Rate
from checker.policy.kinds import Sequence as Case
from checker.watch.alerts import Alert, Kind, Wording
from checker.watch.archive import Archive
from checker.watch.kept import read, written
from checker.watch.known import Change, Known
from checker.watch.parked import Parked
from checker.watch.remembered import Remembering
from checker.watch.sites import Sites, local_day
from checker.watch.steps import Repeats, Steps
from checker.watch.table import Obligations as Table
from checker.watch.table import runs_live
from checker.watch.told import Telling
from checker.watch.watching import Settings, Upcoming
from checker.watch.worker import Decider, Worker
from checker.witness.records import Key

SAID: Mapping[str, Kind] = {"due-soon": "due-soon", "lapsed": "lapsed", "met-late": "met-late", "met": "met", "fail": "fail", "unknown": "unknown", "exempt": "exempt"}
"""The words that are said when they become known; the others are not."""


LENGTHY = frozenset(("lapsed", "met-late", "fail", "unknown"))
"""The words of which more is said than that they are so, and when it is due."""


def _nobody(alert: Alert) -> None:
    """Nobody listens."""


class Watch:
    """What `watching.Watching` asks for. `decider`: who answers; without one the rule engine in a process of its own, which raises
    CheckerError where it is not installed."""

    def __init__(self, settings: Settings, decider: Decider | None = None) -> None:
        self.settings, self.types = settings, settings.book.records
        live = [policy for policy in settings.policies if runs_live(policy)]
        self.decider = decider if decider is not None else Remembering(Worker(live))
        own = frozenset(record for record, kind in self.types.items() if kind.unfold is None)
        self._audit = Audit(
            types=dict(self.types), policies=settings.policies, sites=(), period=Span(0, 1, "live"), span=(0, 0), present=own, calendars=settings.book.calendars,
        )  # fmt: skip
        self.obligations = Table(self._audit, self.decider, settings.warn_before)
        self.steps = Steps(settings.policies, self.decider)
        self._read()
        self.sites = Sites(settings, self.types)
        self.wording = Wording(settings.policies, dict(self.types), {}, settings.unmask)
        self.parked = Parked(self.types)
        self.empty = {record: {name: value for name, spec in kind.stored.items() if (value := spec.blank) is not None} for record, kind in self.types.items()}
        self.timed = {record: {name for name, spec in kind.stored.items() if spec.type == "instant" and not spec.planned} for record, kind in self.types.items()}
        self.begun: int | None = None
        self.stale = True
        self.midnight = 0
        """The instant at which the day of some site ends, by which it is judged."""
        self.wrong: list[Text] = []
        self.say: Callable[[Alert], object] = _nobody

    def close(self) -> None:
        """End the engine's process."""
        self.decider.close()

    @property
    def not_live(self) -> Sequence[Text]:
        """What cannot be judged while time runs, each with its reason."""
        return [_why_not(policy) for policy in self.settings.policies if not runs_live(policy)]

    @property
    def troubles(self) -> Sequence[Text]:
        """What keeps it from judging as things stand: sites without a profile, records that wait, days of which no work calendar speaks."""
        outside = [say("{p}:{z}", "{p}: {e}", p=ident, z=one.what.zh, e=one.what.en) for ident, one in sorted(self.obligations.troubles.items())]
        return [*self.wrong, *map(_waits, self.parked.listed), *outside]

    @property
    def whole(self) -> bool:
        """Whether its state, with what it put away, holds every record that came."""
        return True

    def use(self, archive: Archive | None, say: Callable[[Alert], object]) -> None:
        """Where to put away what nothing open reads, and whom to tell what is to be said, in order, each once."""
        self.obligations.records.archive, self.say = archive, say

    # -- in -----------------------------------------------------------------------------------------------------------

    def feed(self, record: str, row: Mapping[str, Any]) -> None:
        """Take in a record, or what changed of one. What it says of a time to come is looked at when the clock gets there."""
        implied = not self.sites.roster
        changed = self.sites.learn(record, row)
        if changed:
            self.stale = True
            if implied or not self.sites.rostered:
                self._home_again()
        self._place(record, dict(row))
        for kind, fields in self.parked.take_all() if changed else ():
            self._place(kind, fields)
        now = self.obligations.now
        if now is not None and not self.stale and self._by_now(record, row, now):
            self._look()

    def tick(self, now: int) -> None:
        """The clock stands at `now` (UTC microseconds)."""
        self.begun = now if self.begun is None else self.begun
        self.obligations.move(now)
        self._settle()
        self._look()

    def _place(self, record: str, fields: dict[str, Any]) -> None:
        records = self.obligations.records
        if record in records.unfolded:
            records.brought(record)
        key = tuple([fields.get(name) for name in self.types[record].key])
        records.recall(record, key)
        site = self.sites.of(records, record, fields)
        if site is None:
            self.parked.add(record, fields)
            return
        for one in (*self.parked.take(record, key), fields):
            self._put(record, site, key, one)
        for kind, waiting in self.parked.told(record, fields):
            self._place(kind, waiting)

    def _put(self, record: str, site: str, key: Key, fields: dict[str, Any]) -> None:
        """Of a record that is new, fields that nobody named say what an empty one of them means."""
        new = not self.obligations.records.versions(record, site, key)
        self.obligations.put(record, site, {**self.empty[record], **fields} if new else fields)

    def _home_again(self) -> None:
        """A site became known: what was taken to be of the only one may be of it."""
        records = self.obligations.records
        records.recall_all()
        for (record, site), table in tuple(records.tables.items()):
            if record not in records.unfolded and site not in self.sites.known:
                for key, rows in tuple(table.rows.items()):
                    self.parked.add(record, {name: rows[-1][column] for name, column in table.columns.items()})
                    records.remove(record, site, key)
        self.obligations.forget(frozenset(self.sites.known))

    def _by_now(self, record: str, row: Mapping[str, Any], now: int) -> bool:
        timed = self.timed[record]
        return all(value <= now for name, value in row.items() if name in timed and value is not None)

    def restored(self) -> None:
        """The records of a state are there: find the sites that they are judged at."""
        if self.obligations.now is not None and self.begun is not None:
            self._judge_by(self.begun, self.obligations.now)

    def _settle(self) -> None:
        """Judge by the sites that are known, and by periods up to today."""
        now, begun = self.obligations.now, self.begun
        if now is not None and begun is not None and (self.stale or now >= self.midnight):
            self._judge_by(begun, now)
            self.obligations.again(frequencies=not self.stale)
            self.stale = False

    def _judge_by(self, begun: int, now: int) -> None:
        """The audit of these sites from when the watch began to the end of today."""
        sites, self.wrong = self.sites.made(begun, now)
        spans = [(local_day(site.zone, begun), local_day(site.zone, now) + 1) for site in sites] or [(0, 1)]
        period = Span(min(first for first, _ in spans), max(until for _, until in spans), "live")
        self._audit = Audit(
            types=dict(self.types), policies=self.settings.policies, sites=sites, period=period, span=(begun, now), present=self._audit.present,
            calendars=self.settings.book.calendars,
        )  # fmt: skip
        self.obligations.settle(self._audit)
        self._read()
        self.wording = Wording(self.settings.policies, dict(self.types), {site.id: site.zone for site in sites}, self.settings.unmask)
        self.midnight = min((site.until for site in sites), default=FOREVER)

    def _read(self) -> None:
        """Read policies anew where the audit is another."""
        self.telling = Telling(self.obligations.witness)
        self.repeats = Repeats(self.obligations.witness, self.obligations.policies, self.decider) if self._audit.sites else None

    # -- out ----------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Look again, and say what is to be said of it."""
        self.obligations.look(self._changed)

    def _changed(self, change: Change) -> None:
        before, after = change.before, change.after
        if before is not None and before.outcome == "fail" and (after is None or after.outcome != "fail"):
            self.steps.withdrawn(change.policy.id, change.unit.site, before.subject, before.ordinal)
        if after is not None:
            news, broken = _is_news(before, after, change.account), after.outcome == "fail" and (before is None or before.outcome != "fail")
            number = self.repeats.number(change.policy, change.unit) if before is None and self.repeats is not None else 0
            if news or broken or number > 1:
                for alert in self._alerts(change, after, news, broken, number):
                    self.say(alert)

    def _alerts(self, change: Change, after: Known, news: bool, broken: bool, number: int) -> Iterator[Alert]:
        """What is said of a change, and of what follows from it."""
        now = self.obligations.now
        assert now is not None
        if news and after.word not in LENGTHY and number <= 1 and self.telling.single(change.policy, change.unit):
            yield self.wording.plainly(SAID[after.word], change.policy, change.unit.site, after, change.due_at, now)
            return
        finding = self.telling.finding(change.policy, change.unit, after, change.account)
        if finding is None:
            return
        if news:
            yield self.wording.alert(SAID[after.word], finding, now, evaluated_by=after.by)
        if number > 1:
            yield self.wording.alert("repeat", finding, now, number, after.by)
        if broken:
            place = self.obligations.witness.surroundings.places[change.unit.site]
            for step in self.steps.steps(finding, self._audit, place):
                yield self.wording.alert("step", step, now, evaluated_by=after.by)

    def upcoming(self, most: int) -> list[Upcoming]:
        """The open obligations that are due next, soonest first."""
        masks = self.wording.masks
        return [Upcoming(policy.id, unit.site, masks.subject(policy.id, one.subject), due) for due, policy, unit, one in self.obligations.due_next(most)]

    def findings(self, as_of: int) -> list[Finding]:
        """All findings as they stand at an instant not before the clock, passes too, in the order of policy, site, subject, ordinal."""
        self.tick(as_of)
        self.obligations.recall()
        found = [finding for policy, unit, one in self.obligations.known() if (finding := self.telling.finding(policy, unit, one)) is not None]
        return sorted(found, key=lambda one: (one.policy, one.site_id, one.subject, one.ordinal))

    # -- state --------------------------------------------------------------------------------------------------------

    def state(self) -> Any:
        """Everything it knows, as JSON can hold it."""
        return written(self)

    def restore(self, state: Any) -> None:
        """Be as `state` says."""
        read(self, state)


def _is_news(before: Known | None, after: Known, account: Account | None) -> bool:
    """Whether a word is said: nothing of what is open, and of a record that needs no time to be met only that it is so after all."""
    if after.word not in SAID or (before is not None and before.word == after.word):
        return False
    plain = account is not None and isinstance(account.numbers, Decided)
    return not (after.word == "met" and plain and (before is None or before.outcome == "pending"))


def _waits(record: str) -> Text:
    """What is said of a record type of which some records wait."""
    return say("`{r}` 有记录不知道属于哪个项目,先等着:写 `site_id`,或送来它所属的台账",
               "`{r}`: it is not known to which site some records belong; they wait for a `site_id`, or for the roster that names it", r=record)  # fmt: skip


def _why_not(policy: Base) -> Text:
    """Why a policy does not run live."""
    match policy:
        case Rate():
            why = Text("比率要等期间结束才有结论", "a rate is decided when its period has ended")
        case Presence():
            why = Text("在岗要等时段结束、班次记录齐全才有结论", "presence is decided when its window has ended and the shifts are in")
        case Case():
            why = Text("次序要等个案结束才有结论", "a sequence is decided when the case has ended")
        case Ladder():
            why = Text("达到哪一级随时提醒,结论由审核给出", "its steps are said as they are reached, its findings come from an audit")
        case _:
            why = Text("只在审核时判定", "it is judged by an audit alone")
    return say("「{z}」({p})不实时给结论:{a}", "“{e}” ({p}) is not judged live: {b}", z=policy.title.zh, e=policy.title.en, p=policy.id, a=why.zh, b=why.en)


__all__ = ["Watch"]
