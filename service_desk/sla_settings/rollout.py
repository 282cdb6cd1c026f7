"""New terms reach the open tickets they are about; the worker carries it out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from service_desk.clocks.versions import all_rollouts, promised_terms_in, read_policy_book
from service_desk.database import fetch, fetch_one, transaction
from service_desk.rules.clocks.fold import Event
from service_desk.rules.policies.policies import PolicyFacts
from service_desk.rules.policies.rollouts import (
    PolicyBook,
    Rollout,
    Subject,
    TicketTerms,
    terms_after_rollout,
)
from service_desk.rules.tickets.states import ENDED
from service_desk.tickets.change import change_ticket, policy_facts, staff_actor

BATCH = 500  # tickets looked at in a transaction
MAX_CHANGED = 50  # of them changed: each is locked until its end

# The oldest alone: what two edits do to a ticket may depend on which comes first.
_CLAIM_ROLLOUT = """
    SELECT id, last_ticket, requested_by, requested_at, subject FROM sla_rollout
    WHERE id = (SELECT min(id) FROM sla_rollout WHERE finished_at IS NULL)
    AND finished_at IS NULL FOR UPDATE SKIP LOCKED
"""

_OPEN = """
    SELECT t.id, t.number, t.kind, t.channel, t.severity, c.tier, s.name AS supplier, e.applied,
        e.opened_at > $2 AS opened_since
    FROM ticket t JOIN customer c ON c.id = t.customer LEFT JOIN supplier s ON s.id = t.supplier
    CROSS JOIN LATERAL (
        SELECT min(recorded_at) AS opened_at,
            jsonb_agg(jsonb_build_object('type', type, 'at', at, 'data', data) ORDER BY id)
                FILTER (WHERE type = 'sla.policy_applied') AS applied
        FROM ticket_event WHERE ticket = t.id AND type IN ('ticket.opened', 'sla.policy_applied')
    ) e
    WHERE t.state NOT IN ('resolved', 'closed') AND t.id > $1 ORDER BY t.id LIMIT $3
"""


async def roll_out_terms(now: datetime) -> int:
    """Carry out what rollouts were requested, one after the other and batch by batch; the number of
    tickets looked at.

    A batch and how far the rollout came are one transaction: killed anywhere, it goes on from
    there. While one worker is at it, another leaves it alone.
    """
    processed = 0
    while (batch := await _roll_out_batch(now)) is not None:
        processed += batch
    return processed


async def _roll_out_batch(now: datetime) -> int | None:
    """How many tickets; None if no rollout is open that nobody else is at."""
    async with transaction():
        row = await fetch_one(_CLAIM_ROLLOUT)
        if row is None:
            return None
        rollout = _RolloutRun(
            msgspec.convert(row["subject"], Subject),
            staff_actor(row["requested_by"]) if row["requested_by"] else "system",
            await read_policy_book(),
            await all_rollouts(),
        )
        tickets = await fetch(_OPEN, row["last_ticket"], row["requested_at"], BATCH)
        done, changed = await rollout.apply_to(tickets, now)
        await fetch(
            "UPDATE sla_rollout SET last_ticket = $2, changed = changed + $3, finished_at = $4 "
            "WHERE id = $1",
            row["id"],
            tickets[done - 1]["id"] if tickets else row["last_ticket"],
            changed,
            now if done == len(tickets) < BATCH else None,
        )
        return done


class _RolloutRun:
    """One rollout on its way."""

    def __init__(
        self, subject: Subject, actor: str, book: PolicyBook, rollouts: Sequence[Rollout]
    ) -> None:
        self.subject = subject
        self.actor = actor
        self.book = book
        self.rollouts = rollouts

    async def apply_to(self, tickets: Sequence[Any], now: datetime) -> tuple[int, int]:
        """How many of them it went through, until MOST have other terms; and how many have. Which
        are concerned is seen without locks first, and decided again under each ticket's own."""
        done = changed = 0
        for row in tickets:
            if changed >= MAX_CHANGED:
                break
            done += 1
            facts = PolicyFacts(
                row["kind"], row["channel"], row["severity"], row["tier"], row["supplier"]
            )
            since = row["opened_since"]
            applied = msgspec.convert(row["applied"] or [], list[Event])
            if await self._new_terms(applied, facts, since) is None:
                continue
            async with change_ticket(row["number"], actor=self.actor, now=now) as change:
                terms = await self._new_terms(change.events, policy_facts(change.ticket), since)
                if terms is not None and change.ticket.state not in ENDED:
                    change.record("sla.policy_applied", **msgspec.structs.asdict(terms))
                    changed += 1
        return done, changed

    async def _new_terms(
        self, events: Sequence[Event], facts: PolicyFacts, since: bool
    ) -> TicketTerms | None:
        """None if they stay as they are; imported history was promised nothing and is not now."""
        promised = await promised_terms_in(events, self.rollouts)
        if promised is None:
            return None
        terms = terms_after_rollout(self.subject, promised, facts, self.book, opened_since=since)
        return None if terms == promised.now else terms
