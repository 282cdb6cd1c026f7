"""Revisits spread over working days (DESIGN §2.5): who is called on which day, by whom."""

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

# A revisit that is overdue is put on one of the next days, not spread over a window of weeks.
CATCH_UP_DAYS = 7

Slot = tuple[int, date]  # an agent's day


class DueRevisit(Struct, frozen=True):
    """A contact that is due. `agent`: whose customer it is; others step in if that one is full."""

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
    """`full`: no agent has room within the window; `twice`: the customer is contacted anyway."""

    revisit: DueRevisit
    reason: Literal["no_capacity", "already_planned"]


class Plan(Struct, frozen=True):
    planned: tuple[PlannedRevisit, ...]
    not_planned: tuple[UnplannedRevisit, ...]


def assign_revisits(
    wanted: Iterable[DueRevisit],
    *,
    today: date,
    is_workday: IsWorkday,
    capacity: Mapping[int, int],
    booked: Mapping[Slot, int],
    policy: RevisitPolicy,
) -> Plan:
    """Give each contact a day and an agent: overdue ones first, then A before B before C.

    `capacity`: revisits a day of each agent; `booked`: those that agents have already.
    Within its window a contact goes where the agent has the most room, of equals to the day
    nearest to its target; an overdue one goes to the first day with room.
    """
    room = _Capacity(capacity, booked)
    working = cache(is_workday)
    planned: list[PlannedRevisit] = []
    not_planned: list[UnplannedRevisit] = []
    customers: set[int] = set()
    for contact in sorted(wanted, key=lambda contact: _urgency(contact, today, policy)):
        if contact.customer in customers:
            not_planned.append(UnplannedRevisit(contact, "already_planned"))
            continue
        days = window(contact, today, working, policy)
        slot = _best_slot(contact, days, room, soon=_is_overdue(contact, today, policy))
        if slot is None:
            not_planned.append(UnplannedRevisit(contact, "no_capacity"))
            continue
        customers.add(contact.customer)
        room.take(slot)
        planned.append(PlannedRevisit(contact, on=slot[1], agent=slot[0]))
    return Plan(tuple(planned), tuple(not_planned))


def window(
    contact: DueRevisit, today: date, is_workday: IsWorkday, policy: RevisitPolicy
) -> tuple[date, ...]:
    """The working days on which `contact` may be planned, from today on.

    A window wholly within a holiday gives the first working day after it.
    """
    width = timedelta(days=_width(contact, policy))
    first = max(contact.target - width, today)
    last = contact.target + width
    if _is_overdue(contact, today, policy):
        last = today + timedelta(days=CATCH_UP_DAYS)
    days = (first + timedelta(days=after) for after in range((last - first).days + 1))
    return tuple(filter(is_workday, days)) or (first_workday(last, is_workday),)


def _urgency(
    contact: DueRevisit, today: date, policy: RevisitPolicy
) -> tuple[bool, Tier, bool, date, int]:
    """Visits before calls, since a visit makes the call of the same customer needless."""
    overdue = _is_overdue(contact, today, policy)
    return not overdue, contact.tier, contact.kind != "visit", contact.target, contact.customer


def _is_overdue(contact: DueRevisit, today: date, policy: RevisitPolicy) -> bool:
    return contact.target + timedelta(days=_width(contact, policy)) < today


def _width(contact: DueRevisit, policy: RevisitPolicy) -> int:
    """A call after a complaint is promised for its day: it has the narrowest window."""
    if contact.kind == "after_resolution":
        return min(policy.windows.values())
    return policy.windows[contact.tier]


def _best_slot(
    contact: DueRevisit, days: Sequence[date], room: "_Capacity", *, soon: bool
) -> Slot | None:
    """The best slot of the customer's own agent, else of whoever has the most room; or None."""

    def best(offers: Iterable[tuple[float, Slot]]) -> Slot | None:
        if soon:
            found = min(offers, key=lambda offer: offer[1][1], default=None)
        else:
            found = min(offers, key=by_room_then_nearness, default=None)
        return None if found is None else found[1]

    def by_room_then_nearness(offer: tuple[float, Slot]) -> tuple[float, int, date]:
        fullness, (_, day) = offer
        return fullness, abs((day - contact.target).days), day

    own = best(room.offers_of(contact.agent, days)) if contact.agent is not None else None
    return own or best(room.offers(days))


class _Capacity:
    """How full every agent's days are. Offers are (fullness, slot), of slots with room only."""

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
        """For each day the agent with the most room."""
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
        """A heap of the agents with room on that day; what a booking made stale is dropped here."""
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
