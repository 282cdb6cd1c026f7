"""Tiers of customers, recomputed every month by score (DESIGN §2.5).

They are written batch by batch, so that a message of a customer waits for one batch at most. A run
that is cut short is continued by the next: it finds the tiers of the batches before as they should
be. The month has its review when all is written.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from service_desk.customers.schemas import TierReason
from service_desk.database import fetch, fetch_as, fetch_value, transaction
from service_desk.jobs import wake
from service_desk.rules.customers.tiering import CustomerFacts, Tier, TierPolicy, decide_tiers
from service_desk.rules.suppliers.ladder import month_of
from service_desk.settings import get_settings
from service_desk.tables.conditions import IS_OPEN
from service_desk.tickets.reranking import rerank_customer_tickets

POLICY = TierPolicy()

BATCH = 500  # customers

IS_DUE = """
SELECT NOT EXISTS (SELECT FROM tier_review WHERE month = $1)
    AND EXISTS (SELECT FROM customer WHERE created_at < $2)
"""
# Whoever is first, of two workers; and what both of them, and runs that were cut short, changed.
RECORD_REVIEW = """
INSERT INTO tier_review (month, customer_count, changed_count, at)
SELECT $1, $2, count(*), $3 FROM tier_change
WHERE at >= $4 AND reason ->> 'by' IS NULL
ON CONFLICT DO NOTHING RETURNING changed_count
"""
TIER_FACTS = f"""
SELECT c.id AS customer, c.tier, c.spend_12m AS spend, coalesce(t.open, 0) AS open_work,
    extract(day FROM $1 - coalesce(c.last_contact_at, c.created_at))::int AS days_since_contact,
    c.tier_pinned AS pinned, coalesce(c.phone, c.email) IS NOT NULL AS reachable
FROM customer c LEFT JOIN (
    SELECT customer, count(*) AS open FROM ticket
    WHERE {IS_OPEN} GROUP BY customer) AS t ON t.customer = c.id
"""
# What somebody else changed meanwhile, a person or another worker, stays as it is.
SET_TIERS = """
WITH locked AS (SELECT id FROM customer WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE)
UPDATE customer c SET tier = t.after
FROM locked JOIN unnest($1::bigint[], $2::text[], $3::text[]) AS t (id, before, after) USING (id)
WHERE c.id = locked.id AND c.tier = t.before AND NOT c.tier_pinned
RETURNING c.id
"""
RECORD_CHANGES = """
INSERT INTO tier_change (customer, tier_before, tier_after, reason, at)
SELECT customer, before, after, reason, $5
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::jsonb[])
    AS c (customer, before, after, reason)
"""


class NewTierChange(Struct, frozen=True):
    customer: int
    before: Tier
    after: Tier
    reason: TierReason


async def recompute_tiers(now: datetime) -> int | None:
    """Once per month of the desk's time zone; how many changed, or None if it is not due.

    The month in which the desk starts is left out: it has no past to compute a score from.
    """
    month = month_of(now, get_settings().zone)
    first_instant = datetime(month.year, month.month, 1, tzinfo=get_settings().zone)
    if not await fetch_value(IS_DUE, month, first_instant):
        return None
    customers = await fetch_as(CustomerFacts, TIER_FACTS, now)
    # In a thread: with many customers it takes seconds, in which replies are sent.
    decisions = await asyncio.to_thread(decide_tiers, customers, POLICY)
    changes = [
        NewTierChange(
            decision.customer,
            decision.before,
            decision.after,
            TierReason(None, decision.score, decision.position, decision.total),
        )
        for decision in decisions
    ]
    for start in range(0, len(changes), BATCH):
        await _set_tiers(changes[start : start + BATCH], now)
    async with transaction():
        if changes:
            wake("plan_revisits", about=month)
        changed: int | None = await fetch_value(
            RECORD_REVIEW, month, len(customers), now, first_instant
        )
    return changed


async def record_tier_changes(changes: Sequence[NewTierChange], now: datetime) -> None:
    """Add them to the tier history, in the caller's transaction; revisits are planned anew."""
    await _record(changes, now)
    if changes:
        wake("plan_revisits", about=changes[0].customer)


async def _set_tiers(changes: Sequence[NewTierChange], now: datetime) -> None:
    async with transaction():
        rows = await fetch(
            SET_TIERS,
            [change.customer for change in changes],
            [change.before for change in changes],
            [change.after for change in changes],
        )
        changed = {row["id"] for row in rows}
        await rerank_customer_tickets(sorted(changed))
        await _record([change for change in changes if change.customer in changed], now)


async def _record(changes: Sequence[NewTierChange], now: datetime) -> None:
    await fetch(
        RECORD_CHANGES,
        [change.customer for change in changes],
        [change.before for change in changes],
        [change.after for change in changes],
        [change.reason for change in changes],
        now,
    )
