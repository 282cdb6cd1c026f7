"""New terms reach the open tickets: foretold by a preview, carried out by the worker."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from service_desk.database import fetch, fetch_one, transaction
from service_desk.rules.business_time import Calendar
from service_desk.rules.sla_clocks import Clock, Event, fold_clocks
from service_desk.rules.sla_policies import ALWAYS, Policy, choose_policy
from service_desk.sla.history import ClockHistory, clock_histories
from service_desk.sla.versions import (
    CURRENT_VERSIONS_SQL,
    Current,
    Versions,
    read_current,
    versions,
)
from service_desk.tickets.change import change_ticket, staff_actor

BATCH = 100  # tickets a transaction
BREATH = 50  # tickets looked at between two other requests of this process
EXAMPLES = 20
DRAFT = -1  # stands for the version that is not stored yet


class Moved(msgspec.Struct, frozen=True):
    """A clock whose due time the edit would move. No `due_at`: it is not promised so far; no
    `would_be`: it would not be any more."""

    number: str
    clock: str
    due_at: datetime | None
    would_be: datetime | None


class Preview(msgspec.Struct):
    """`open_tickets` looked at; `tickets` of them would have another due time."""

    open_tickets: int = 0
    tickets: int = 0
    examples: list[Moved] = []


async def preview_policy(policy: Policy) -> Preview:
    """What saving this policy, applied to open tickets, would change. Nothing is written."""
    current, known = await _in_force()
    policies = dict(known.policies) | {DRAFT: policy}
    order = [DRAFT if policies[id_].name == policy.name else id_ for id_ in current.policies]
    if DRAFT not in order:
        order.insert(0, DRAFT)
    return await _preview(order, policies, dict(known.calendars), current.calendars)


async def preview_retirement(name: str) -> Preview:
    """What retiring this policy, applied to open tickets, would change. Nothing is written."""
    current, known = await _in_force()
    policies = dict(known.policies)
    order = [id_ for id_ in current.policies if policies[id_].name != name]
    return await _preview(order, policies, dict(known.calendars), current.calendars)


async def preview_order(names: Sequence[str]) -> Preview:
    """What this order of the policies in force, applied to open tickets, would change."""
    current, known = await _in_force()
    order = sorted(current.policies, key=lambda id_: names.index(known.policies[id_].name))
    return await _preview(order, dict(known.policies), dict(known.calendars), current.calendars)


async def preview_calendar(name: str, calendar: Calendar) -> Preview:
    """What saving this calendar, applied to open tickets, would change. Nothing is written."""
    current, known = await _in_force()
    calendars = dict(known.calendars) | {DRAFT: calendar}
    names = current.calendars | {name: DRAFT}
    return await _preview(current.policies, dict(known.policies), calendars, names)


async def roll_out_terms(now: datetime) -> int:
    """Carry out what rollouts were requested, batch by batch; the number of tickets looked at.

    A batch and how far the rollout came are one transaction: killed anywhere, it goes on from
    there. Two workers take different rollouts.
    """
    looked_at = 0
    while (batch := await _roll_out_batch(now)) is not None:
        looked_at += batch
    return looked_at


async def _roll_out_batch(now: datetime) -> int | None:
    """How many tickets; None if no rollout is open that nobody else is at."""
    async with transaction():
        rollout = await fetch_one(
            "SELECT id, last_ticket, requested_by FROM sla_rollout WHERE finished_at IS NULL "
            "ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
        )
        if rollout is None:
            return None
        tickets = await fetch(
            "SELECT id, number FROM ticket WHERE state NOT IN ('resolved', 'closed') "
            f"AND id > $1 ORDER BY id LIMIT {BATCH}",
            rollout["last_ticket"],
        )
        actor = staff_actor(rollout["requested_by"]) if rollout["requested_by"] else "system"
        changed = 0
        for ticket in tickets:
            async with change_ticket(ticket["number"], actor=actor, now=now) as change:
                if change.clocks:  # imported history has no promise to move
                    await change.apply_newest_policy()
                changed += bool(change.recorded)
        await fetch(
            "UPDATE sla_rollout SET last_ticket = $2, changed = changed + $3, finished_at = $4 "
            "WHERE id = $1",
            rollout["id"],
            tickets[-1]["id"] if tickets else rollout["last_ticket"],
            changed,
            None if tickets else now,
        )
        return len(tickets)


async def _in_force() -> tuple[Current, Versions]:
    current = read_current(await fetch_one(f"SELECT {CURRENT_VERSIONS_SQL}"))
    return current, await versions(current.policies, current.calendars.values())


async def _preview(
    order: Sequence[int],
    policies: dict[int, Policy],
    calendars: dict[int, Calendar],
    names: dict[str, int],
) -> Preview:
    preview = Preview()
    in_order = [policies[id_] for id_ in order]
    async for batch, known in clock_histories(open_only=True):
        policies |= known.policies
        calendars |= known.calendars
        for looked_at, history in enumerate(batch):
            if looked_at % BREATH == 0:
                await asyncio.sleep(0)
            if not history.clocks:
                continue
            preview.open_tickets += 1
            chosen = choose_policy(in_order, history.facts)
            if chosen is None:
                continue
            name = in_order[chosen].calendar
            terms = {
                "policy_version": order[chosen],
                "calendar_version": None if name == ALWAYS else names[name],
            }
            moved = _moved(history, terms, policies, calendars)
            preview.tickets += bool(moved)
            preview.examples += moved[: EXAMPLES - len(preview.examples)]
    return preview


def _moved(
    history: ClockHistory,
    terms: dict[str, int | None],
    policies: dict[int, Policy],
    calendars: dict[int, Calendar],
) -> list[Moved]:
    """Clocks not yet ended whose due time differs under these terms."""
    applied = [event.data for event in history.events if event.type == "sla.policy_applied"]
    if applied and all(applied[-1].get(name) == version for name, version in terms.items()):
        return []
    events = [*history.events, Event("sla.policy_applied", history.events[-1].at, terms)]
    is_due = _due_times(history.clocks)
    would_be = _due_times(fold_clocks(events, policies, calendars))
    return [
        Moved(history.number, name, is_due.get((name, nth)), would_be.get((name, nth)))
        for name, nth in is_due | would_be
        if is_due.get((name, nth)) != would_be.get((name, nth))
    ]


def _due_times(clocks: Iterable[Clock]) -> dict[tuple[str, int], datetime]:
    """Of those that have not ended."""
    return {
        (clock.name, clock.ordinal): clock.due_at
        for clock in clocks
        if clock.phase in ("running", "paused")
    }
