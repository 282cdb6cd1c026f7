"""Applying new terms to the open tickets that an edit concerns; run by the worker."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from service_desk.clocks.versions import all_rollouts, promised_terms_in, read_policy_book
from service_desk.database import fetch, fetch_one, transaction
from service_desk.principal import SYSTEM, staff_actor
from service_desk.rows import update
from service_desk.rules.policies.policies import PolicyFacts
from service_desk.rules.policies.rollouts import (
    PolicyBook,
    Rollout,
    RolloutSubject,
    terms_after_rollout,
)
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.events import PolicyApplied
from service_desk.rules.tickets.states import ENDED
from service_desk.tables import SlaRollout
from service_desk.tables.conditions import IS_OPEN
from service_desk.tickets.change import change_ticket, policy_facts

BATCH = 500  # tickets per transaction
MAX_CHANGED = 50  # tickets changed per transaction: each stays locked until its end

# Only the oldest: the result of two rollouts on a ticket may depend on their order.
_CLAIM_ROLLOUT = """
    SELECT id, last_ticket, requested_by, requested_at, subject FROM sla_rollout
    WHERE id = (SELECT min(id) FROM sla_rollout WHERE finished_at IS NULL)
    AND finished_at IS NULL FOR UPDATE SKIP LOCKED
"""

_OPEN_TICKETS = f"""
    SELECT t.id, t.number, t.kind, t.channel, t.severity, c.tier, s.name AS supplier, e.applied,
        e.opened_at > $2 AS opened_since
    FROM ticket t JOIN customer c ON c.id = t.customer LEFT JOIN supplier s ON s.id = t.supplier
    CROSS JOIN LATERAL (
        SELECT min(recorded_at) AS opened_at,
            jsonb_agg(jsonb_build_object('at', at, 'data', data) ORDER BY id)
                FILTER (WHERE type = 'sla.policy_applied') AS applied
        FROM ticket_event WHERE ticket = t.id AND type IN ('ticket.opened', 'sla.policy_applied')
    ) e
    WHERE t.{IS_OPEN} AND t.id > $1 ORDER BY t.id LIMIT $3
"""


async def roll_out_terms(now: datetime) -> int:
    """Carry out one batch of the requested rollouts, in order. Returns the number of tickets
    processed; 0 if nothing is left.

    Each batch is recorded in its own transaction: a killed worker's rollout continues from the last
    batch. Only one worker at a time carries out rollouts.
    """
    while (processed := await _roll_out_batch(now)) == 0:
        pass  # that rollout had no ticket left; the next one may have
    return processed or 0


async def _roll_out_batch(now: datetime) -> int | None:
    """The number of tickets; None if no rollout is pending, or another worker has it."""
    async with transaction():
        row = await fetch_one(_CLAIM_ROLLOUT)
        if row is None:
            return None
        rollout = _RolloutRun(
            msgspec.convert(row["subject"], RolloutSubject),
            staff_actor(row["requested_by"]) if row["requested_by"] else SYSTEM,
            await read_policy_book(),
            await all_rollouts(),
        )
        tickets = await fetch(_OPEN_TICKETS, row["last_ticket"], row["requested_at"], BATCH)
        done, changed = await rollout.apply_to(tickets, now)
        progress: dict[Any, Any] = {
            SlaRollout.last_ticket: tickets[done - 1]["id"] if tickets else row["last_ticket"],
            SlaRollout.changed: SlaRollout.changed + changed,
            SlaRollout.finished_at: now if done == len(tickets) < BATCH else None,
        }
        await update(SlaRollout, progress, id=row["id"])
        return done


class _Applied(msgspec.Struct, frozen=True):
    at: datetime
    data: PolicyApplied


class _RolloutRun:
    """One rollout, with the facts that its decisions need."""

    def __init__(
        self, subject: RolloutSubject, actor: str, book: PolicyBook, rollouts: Sequence[Rollout]
    ) -> None:
        self.subject = subject
        self.actor = actor
        self.book = book
        self.rollouts = rollouts

    async def apply_to(self, tickets: Sequence[Any], now: datetime) -> tuple[int, int]:
        """The number of tickets processed before MAX_CHANGED was reached, and of those changed. A
        ticket is checked without its lock first, and decided again under it."""
        done = changed = 0
        for row in tickets:
            if changed >= MAX_CHANGED:
                break
            done += 1
            facts = PolicyFacts(
                row["kind"], row["channel"], row["severity"], row["tier"], row["supplier"]
            )
            since = row["opened_since"]
            applied = msgspec.convert(row["applied"] or [], list[_Applied])
            promised = [Event(event.at, event.data) for event in applied]
            if await self._new_terms(promised, facts, since) is None:
                continue
            async with change_ticket(row["number"], actor=self.actor, now=now) as change:
                terms = await self._new_terms(change.events, policy_facts(change.ticket), since)
                if terms is not None and change.ticket.state not in ENDED:
                    change.record(terms)
                    changed += 1
        return done, changed

    async def _new_terms(
        self, events: Sequence[Event], facts: PolicyFacts, since: bool
    ) -> PolicyApplied | None:
        """None if the terms stay; imported tickets have none and get none."""
        promised = await promised_terms_in(events, self.rollouts)
        if promised is None:
            return None
        terms = terms_after_rollout(self.subject, promised, facts, self.book, opened_since=since)
        return None if terms == promised.current else terms
