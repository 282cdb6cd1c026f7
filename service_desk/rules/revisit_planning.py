"""Revisits spread over working days (DESIGN §2.5): who is called on which day, by whom."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from service_desk.rules.revisit_cadence import (
    IsWorkday,
    RevisitKind,
    RevisitPolicy,
    first_workday,
)
from service_desk.rules.tiering import Tier

# A revisit that is overdue is put on one of the next days, not spread over a window of weeks.
CATCH_UP_DAYS = 7

Slot = tuple[int, date]  # an agent's day


class Wanted(Struct, frozen=True):
    """A contact that is due. `agent`: whose customer it is; others step in if that one is full."""

    customer: int
    tier: Tier
    target: date
    kind: RevisitKind = "call"
    agent: int | None = None
    ticket: int | None = None


class Planned(Struct, frozen=True):
    wanted: Wanted
    on: date
    agent: int


class NotPlanned(Struct, frozen=True):
    """`full`: no agent has room within the window; `twice`: the customer is contacted anyway."""

    wanted: Wanted
    why: Literal["full", "twice"]


class Plan(Struct, frozen=True):
    planned: tuple[Planned, ...]
    not_planned: tuple[NotPlanned, ...]


def plan(
    wanted: Iterable[Wanted],
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
    load = Counter(booked)
    planned: list[Planned] = []
    not_planned: list[NotPlanned] = []
    customers: set[int] = set()
    for contact in sorted(wanted, key=lambda contact: _urgency(contact, today, policy)):
        if contact.customer in customers:
            not_planned.append(NotPlanned(contact, "twice"))
            continue
        days = window(contact, today, is_workday, policy)
        slot = _best_slot(contact, days, today, capacity, load, policy)
        if slot is None:
            not_planned.append(NotPlanned(contact, "full"))
            continue
        customers.add(contact.customer)
        load[slot] += 1
        planned.append(Planned(contact, on=slot[1], agent=slot[0]))
    return Plan(tuple(planned), tuple(not_planned))


def window(
    contact: Wanted, today: date, is_workday: IsWorkday, policy: RevisitPolicy
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
    contact: Wanted, today: date, policy: RevisitPolicy
) -> tuple[bool, Tier, bool, date, int]:
    """Visits before calls, since a visit makes the call of the same customer needless."""
    overdue = _is_overdue(contact, today, policy)
    return not overdue, contact.tier, contact.kind != "visit", contact.target, contact.customer


def _is_overdue(contact: Wanted, today: date, policy: RevisitPolicy) -> bool:
    return contact.target + timedelta(days=_width(contact, policy)) < today


def _width(contact: Wanted, policy: RevisitPolicy) -> int:
    """A call after a complaint is promised for its day: it has the narrowest window."""
    if contact.kind == "after_resolution":
        return min(policy.windows.values())
    return policy.windows[contact.tier]


def _best_slot(
    contact: Wanted,
    days: Sequence[date],
    today: date,
    capacity: Mapping[int, int],
    load: Counter[Slot],
    policy: RevisitPolicy,
) -> Slot | None:
    """The slot with room that is best, of the customer's own agent if there is one."""
    own = [contact.agent] if contact.agent in capacity else []
    others = [agent for agent in sorted(capacity) if agent not in own]
    soon = _is_overdue(contact, today, policy)

    def cost(slot: Slot) -> tuple[float, int, date, float, int]:
        agent, day = slot
        fullness = load[slot] / capacity[agent]
        if soon:
            return 0, 0, day, fullness, agent
        return fullness, abs((day - contact.target).days), day, 0, agent

    for agents in (own, others):
        slots = [(agent, day) for agent in agents if agent is not None for day in days]
        free = [slot for slot in slots if load[slot] < capacity[slot[0]]]
        if free:
            return min(free, key=cost)
    return None
