"""Rank: the one order of the queue, explained (DESIGN §2.4)."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from service_desk.rules.clocks.clock import Clock
from service_desk.rules.customers.tiering import Tier
from service_desk.rules.tickets.vocabulary import Severity

HOUR = 3600
SEVERITY_HEAD_START: dict[Severity, int] = {"safety": 24 * HOUR, "high": 4 * HOUR, "low": -4 * HOUR}
TIER_HEAD_START: dict[Tier, int] = {"A": 2 * HOUR, "B": 1 * HOUR}
COMPLAINT_HEAD_START = HOUR // 2
MAX_COMPLAINT_HEAD_START = 2 * HOUR


class RankReason(msgspec.Struct, frozen=True):
    """One term of the sum. `code` due: the clock `detail` is due `at`. Otherwise a head start of
    `seconds` (negative: ranked later): for the severity or tier `detail`, or for `count` earlier
    complaints."""

    code: Literal["due", "severity", "tier", "earlier_complaints"]
    detail: str = ""
    seconds: int = 0
    count: int = 0
    at: datetime | None = None


class Ranking(msgspec.Struct, frozen=True):
    """Smallest `rank_at` first. None: no clock counts, and the ticket comes last, by age."""

    rank_at: datetime | None
    because: tuple[RankReason, ...] = ()


def rank(
    clocks: Iterable[Clock], severity: Severity, tier: Tier | None, earlier_complaints: int
) -> Ranking:
    """The earliest due time of the clocks not yet met, minus the head start. Paused clocks do not
    count. `earlier_complaints`: of the same customer in the 30 days before this ticket.

    Reasons of 0 seconds are omitted. Independent of the present, so the order is stable.
    """
    running = [clock for clock in clocks if clock.phase == "running"]
    if not running:
        return Ranking(None)
    first = min(running, key=lambda clock: clock.due_at)
    head_starts = tuple(_head_starts(severity, tier, earlier_complaints))
    head_start = timedelta(seconds=sum(reason.seconds for reason in head_starts))
    due = RankReason("due", detail=first.name, at=first.due_at)
    return Ranking(first.due_at - head_start, (due, *head_starts))


def _head_starts(
    severity: Severity, tier: Tier | None, earlier_complaints: int
) -> Iterator[RankReason]:
    if severity in SEVERITY_HEAD_START:
        yield RankReason("severity", detail=severity, seconds=SEVERITY_HEAD_START[severity])
    if tier is not None and tier in TIER_HEAD_START:
        yield RankReason("tier", detail=tier, seconds=TIER_HEAD_START[tier])
    if earlier_complaints > 0:
        seconds = min(earlier_complaints * COMPLAINT_HEAD_START, MAX_COMPLAINT_HEAD_START)
        yield RankReason("earlier_complaints", seconds=seconds, count=earlier_complaints)
