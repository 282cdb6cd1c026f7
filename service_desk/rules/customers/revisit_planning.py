"""Spreads due revisits over working days and agents (DESIGN §2.5)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from heapq import heapify, heappop, heappush
from typing import Literal

from msgspec import Struct

from service_desk.rules.customers.revisit_cadence import (
    IsWorkday,
    RevisitKind,
    RevisitPolicy,
    first_workday,
)
from service_desk.rules.customers.tiering import Tier

# An overdue revisit gets one of the next days instead of a window that can be weeks wide.
CATCH_UP_DAYS = 7

Slot = tuple[int, date]  # an agent's day


class DueRevisit(Struct, frozen=True):
    """`agent`: the customer's own; others step in when that one has no capacity left."""

    customer: int
    tier: Tier
    target: date
    kind: RevisitKind = "call"
    agent: int | None = None
    ticket: int | None = None


class PlannedRevisit(Struct, frozen=True):
    revisit: DueRevisit
    on: date
    agent: int


class UnplannedRevisit(Struct, frozen=True):
    """no_capacity: no agent has any left within the window; already_planned: another revisit of
    the same customer was planned."""

    revisit: DueRevisit
    reason: Literal["no_capacity", "already_planned"]


class Plan(Struct, frozen=True):
    planned: tuple[PlannedRevisit, ...]
    not_planned: tuple[UnplannedRevisit, ...]


def assign_revisits(
    due: Iterable[DueRevisit],
    *,
    today: date,
    is_workday: IsWorkday,
    capacity: Mapping[int, int],
    booked: Mapping[Slot, int],
    policy: RevisitPolicy,
) -> Plan:
    """Give each revisit a day and an agent: overdue ones first, then A before B before C.

    `capacity`: revisits a day, by agent; `booked`: revisits they have already. Within its window a
    revisit goes to the least loaded day and agent, of equals to the day nearest its target; an
    overdue one goes to the first day with capacity.
    """
    workload = _Workload(capacity, booked)
    working = cache(is_workday)
    planned: list[PlannedRevisit] = []
    not_planned: list[UnplannedRevisit] = []
    customers: set[int] = set()
    for revisit in sorted(due, key=lambda revisit: _urgency(revisit, today, policy)):
        if revisit.customer in customers:
            not_planned.append(UnplannedRevisit(revisit, "already_planned"))
            continue
        days = window(revisit, today, working, policy)
        slot = _best_slot(revisit, days, workload, soon=_is_overdue(revisit, today, policy))
        if slot is None:
            not_planned.append(UnplannedRevisit(revisit, "no_capacity"))
            continue
        customers.add(revisit.customer)
        workload.take(slot)
        planned.append(PlannedRevisit(revisit, on=slot[1], agent=slot[0]))
    return Plan(tuple(planned), tuple(not_planned))


def window(
    revisit: DueRevisit, today: date, is_workday: IsWorkday, policy: RevisitPolicy
) -> tuple[date, ...]:
    """The working days, from today on, on which `revisit` may be planned.

    If its window has none, the first working day after it.
    """
    width = timedelta(days=_width(revisit, policy))
    first = max(revisit.target - width, today)
    last = revisit.target + width
    if _is_overdue(revisit, today, policy):
        last = today + timedelta(days=CATCH_UP_DAYS)
    days = (first + timedelta(days=after) for after in range((last - first).days + 1))
    return tuple(filter(is_workday, days)) or (first_workday(last, is_workday),)


def _urgency(
    revisit: DueRevisit, today: date, policy: RevisitPolicy
) -> tuple[bool, Tier, bool, date, int]:
    """Visits before calls, since a visit saves the same customer's call."""
    overdue = _is_overdue(revisit, today, policy)
    return not overdue, revisit.tier, revisit.kind != "visit", revisit.target, revisit.customer


def _is_overdue(revisit: DueRevisit, today: date, policy: RevisitPolicy) -> bool:
    return revisit.target + timedelta(days=_width(revisit, policy)) < today


def _width(revisit: DueRevisit, policy: RevisitPolicy) -> int:
    """Days either side. A call after a complaint was promised for its day: the narrowest window."""
    if revisit.kind == "after_resolution":
        return min(policy.windows.values())
    return policy.windows[revisit.tier]


def _best_slot(
    revisit: DueRevisit, days: Sequence[date], workload: "_Workload", *, soon: bool
) -> Slot | None:
    """Of the customer's own agent, else of any. `soon`: the earliest, not the least loaded."""

    def best(offers: Iterable[tuple[float, Slot]]) -> Slot | None:
        if soon:
            found = min(offers, key=lambda offer: offer[1][1], default=None)
        else:
            found = min(offers, key=by_load_then_nearness, default=None)
        return None if found is None else found[1]

    def by_load_then_nearness(offer: tuple[float, Slot]) -> tuple[float, int, date]:
        fullness, (_, day) = offer
        return fullness, abs((day - revisit.target).days), day

    own = best(workload.offers_of(revisit.agent, days)) if revisit.agent is not None else None
    return own or best(workload.offers(days))


class _Workload:
    """How full each agent's days are. Offers are (fullness, slot) of slots with capacity left."""

    def __init__(self, capacity: Mapping[int, int], booked: Mapping[Slot, int]) -> None:
        self._capacity = capacity
        self._load = Counter(booked)
        self._emptiest: dict[date, list[tuple[float, int]]] = {}

    def offers_of(self, agent: int, days: Iterable[date]) -> Iterable[tuple[float, Slot]]:
        if agent in self._capacity:
            for day in days:
                if (fullness := self._fullness(agent, day)) < 1:
                    yield fullness, (agent, day)

    def offers(self, days: Iterable[date]) -> Iterable[tuple[float, Slot]]:
        """For each day, the least loaded agent's."""
        for day in days:
            if queue := self._queue(day):
                fullness, agent = queue[0]
                yield fullness, (agent, day)

    def take(self, slot: Slot) -> None:
        agent, day = slot
        self._load[slot] += 1
        if (fullness := self._fullness(agent, day)) < 1:
            heappush(self._queue(day), (fullness, agent))

    def _queue(self, day: date) -> list[tuple[float, int]]:
        """A heap of the agents with capacity that day; drops entries that a booking made stale."""
        queue = self._emptiest.get(day)
        if queue is None:
            rated = ((self._fullness(agent, day), agent) for agent in self._capacity)
            queue = self._emptiest[day] = [entry for entry in rated if entry[0] < 1]
            heapify(queue)
        while queue and queue[0][0] != self._fullness(queue[0][1], day):
            heappop(queue)
        return queue

    def _fullness(self, agent: int, day: date) -> float:
        capacity = self._capacity[agent]
        return self._load[agent, day] / capacity if capacity > 0 else 1
