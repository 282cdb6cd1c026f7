"""What the worker and the supervisor do every day in the sample data: the real sweeps, at the times
at which they would have run, and decisions on what they propose."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from service_desk.clocks.sweep import record_due_levels
from service_desk.customers.tiers import recompute_tiers
from service_desk.dashboard.operations import deal_with_rating
from service_desk.dashboard.to_do import low_ratings
from service_desk.database import fetch, fetch_value
from service_desk.demo.sample_data.issues import load_sample_texts
from service_desk.demo.sample_data.people import AGENTS
from service_desk.reports.figures.months import Month, month_at
from service_desk.reports.figures.schemas import Countermeasure, Countermeasures
from service_desk.reports.operations import (
    draft_ended_months,
    save_countermeasures,
    sign_analysis,
    submit_analysis,
)
from service_desk.revisits.operations import record_outcome
from service_desk.revisits.planning import plan_revisits
from service_desk.revisits.schemas import OutcomeInput
from service_desk.rules.customers.revisit_cadence import CallOutcome
from service_desk.suppliers.decisions import approve, reject
from service_desk.suppliers.sweep import sweep_ladders
from service_desk.tickets.progress import auto_close_resolved

ScheduledJob = tuple[datetime, Callable[[datetime], Awaitable[object]]]
EXACT_SWEEPS_SINCE = timedelta(days=30)  # the sweeps since then are as on a real desk
SWEEP_INTERVAL = timedelta(hours=3)  # of those before, to save time
SWEEP_DELAY = timedelta(seconds=1)  # from a level to the worker's next sweep
REVISITS_SINCE = timedelta(days=30)
DECISION_DELAY = timedelta(days=3)  # from a proposal to the supervisor's decision
LEFT_UNDECIDED = timedelta(days=12)  # younger proposals are left to whoever tries the desk
DEALT_WITH_BY_NOW = timedelta(days=2)  # low ratings that are older
REJECTED = "东屹洗涤 Dongyi"  # the supplier whose warning is rejected
OUTCOMES: dict[CallOutcome, int] = {"reached": 72, "no_answer": 20, "refused": 5, "moved": 3}

# The lower bound matters: all is one transaction, and without it the scan of the index begins with
# every entry that an earlier change made obsolete.
NEXT_LEVEL = "SELECT min(next_level_at) FROM clock WHERE next_level_at >= $1 AND next_level_at < $2"
DUE_REVISITS = """
SELECT r.id, r.assignee, c.locale FROM revisit r JOIN customer c ON c.id = r.customer
WHERE r.state = 'planned' AND r.due_on <= $1 ORDER BY r.id
"""
OPEN_PROPOSALS = """
SELECT a.id, a.rung, s.name FROM supplier_action a JOIN supplier s ON s.id = a.supplier
WHERE a.state = 'proposed' AND a.rung <> 'removal' AND a.proposed_at <= $1 ORDER BY a.id
"""


async def record_levels_on_time(since: datetime, until: datetime) -> None:
    """The worker's sweeps that found something, each a second after the level was reached.

    `since`: a sweep ran then, or at most SWEEP_INTERVAL before.
    """
    swept = since - SWEEP_INTERVAL
    while due := await fetch_value(NEXT_LEVEL, swept, until - SWEEP_DELAY):
        await record_due_levels(due + SWEEP_DELAY)
        swept = due


class DailyRoutine:
    """`supervisor`: the id of whoever decides and signs."""

    def __init__(
        self, staff: Mapping[str, int], supervisor: int, now: datetime, zone: ZoneInfo,
        random: Random,
    ) -> None:  # fmt: skip
        self.agents = [staff[agent.email] for agent in AGENTS]
        self.supervisor = supervisor
        self.now = now
        self.zone = zone
        self.random = random

    def since(self, began: datetime) -> Iterator[ScheduledJob]:
        """Every job from then to now, with its time."""
        at = began
        while at < self.now - EXACT_SWEEPS_SINCE:
            yield at, record_due_levels
            at += SWEEP_INTERVAL
        day = began.astimezone(self.zone).date()
        while day <= self.now.astimezone(self.zone).date():
            for hour, job in self._jobs_of(day):
                at = datetime(day.year, day.month, day.day, hour, tzinfo=self.zone)
                if began <= at < self.now:
                    yield at, job
            day += timedelta(days=1)

    def _jobs_of(self, day: date) -> Iterator[tuple[int, Callable[[datetime], Awaitable[object]]]]:
        """With their hour."""
        if day.day == 1:
            yield 0, draft_ended_months
            yield 0, recompute_tiers
        yield 1, auto_close_resolved
        yield 2, sweep_ladders
        if day > (self.now - REVISITS_SINCE).astimezone(self.zone).date():
            yield 3, plan_revisits
            yield 15, self.call_customers
        yield 16, self.decide
        if day.day == 3:
            yield 17, self.finish_month

    async def call_customers(self, now: datetime) -> None:
        """Revisits that are due; a few are left over, as on any day."""
        today = now.astimezone(self.zone).date()
        rows = await fetch(DUE_REVISITS, today)
        share = 0.6 if self.now - now < timedelta(days=1) else 0.93
        for row in rows:
            if self.random.random() > share:
                continue
            (outcome,) = self.random.choices(list(OUTCOMES), list(OUTCOMES.values()))
            texts = load_sample_texts(row["locale"])
            note = self.random.choice(texts.revisit_notes) if outcome == "reached" else ""
            await record_outcome(
                row["id"],
                OutcomeInput(outcome, note),
                staff_id=row["assignee"] or self.random.choice(self.agents),
                now=now,
            )

    async def decide(self, now: datetime) -> None:
        """The supervisor deals with low ratings, and with what the ladder proposed some days ago.
        Removals stay open."""
        if self.now - now > DEALT_WITH_BY_NOW:
            for rating in await low_ratings():
                await deal_with_rating(rating.id, staff_id=self.supervisor, now=now)
        if self.now - now < LEFT_UNDECIDED - DECISION_DELAY:
            return
        for row in await fetch(OPEN_PROPOSALS, now - DECISION_DELAY):
            if row["name"] == REJECTED:
                note = "其中一件为用户操作不当，暂不警告。"
                await reject(row["id"], note=note, staff_id=self.supervisor, now=now)
            else:
                await approve(row["id"], note="", staff_id=self.supervisor, now=now)

    async def finish_month(self, now: datetime) -> None:
        """Countermeasures for the month that ended; the month before the last is signed too."""
        ended = month_at(now, self.zone).plus_months(-1)
        await save_countermeasures(ended, _measures(ended, now), now)
        if ended < month_at(self.now, self.zone).plus_months(-1):
            await submit_analysis(ended, staff_id=self.supervisor, now=now)
            await sign_analysis(ended, staff_id=self.supervisor, now=now)


def _measures(month: Month, now: datetime) -> Countermeasures:
    by = now.date() + timedelta(days=24)
    return Countermeasures(
        planned=[
            Countermeasure("海纳空调异响：要求厂家提交 8D 报告，更换风机轴承批次", "陈薇", by),
            Countermeasure(
                "Confirm every installation appointment by SMS the evening before",
                "Helen Park",
                by,
            ),
            Countermeasure("到货破损：外包装加护角，与物流重新约定验收流程", "刘洋", by),
        ],
        followed_up=[
            Countermeasure(
                "夜班增加一名值班客服，保证两小时内响应",
                "周建国",
                month.last_day,
                "已执行，夜间响应达标率提高",
            )
        ],
    )
