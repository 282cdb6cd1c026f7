"""Tiers of customers, recomputed every month by score (DESIGN §2.5)."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from service_desk.customers.schemas import TierReason
from service_desk.database import fetch, fetch_as, fetch_value, transaction
from service_desk.jobs import wake
from service_desk.rows import update
from service_desk.rules.customers.tiering import CustomerFacts, Tier, TierPolicy, decide_tiers
from service_desk.rules.suppliers.ladder import month_of
from service_desk.settings import get_settings
from service_desk.tables import TierReview
from service_desk.tables.conditions import IS_OPEN
from service_desk.tickets.reranking import rerank_customer_tickets

POLICY = TierPolicy()

# The row of the month is the lock: a second worker waits for it, and then inserts nothing.
CLAIM_MONTH = """
INSERT INTO tier_review (month, customer_count, changed_count, at)
SELECT $1, 0, 0, $2 WHERE EXISTS (SELECT FROM customer WHERE created_at < $3)
ON CONFLICT DO NOTHING RETURNING true
"""
TIER_FACTS = f"""
SELECT c.id AS customer, c.tier, c.spend_12m AS spend, coalesce(t.open, 0) AS open_work,
    extract(day FROM $1 - coalesce(c.last_contact_at, c.created_at))::int AS days_since_contact,
    c.tier_pinned AS pinned, coalesce(c.phone, c.email) IS NOT NULL AS reachable
FROM customer c LEFT JOIN (
    SELECT customer, count(*) AS open FROM ticket
    WHERE {IS_OPEN} GROUP BY customer) AS t ON t.customer = c.id
"""
SET_TIERS = """
UPDATE customer c SET tier = t.tier FROM unnest($1::bigint[], $2::text[]) AS t (id, tier)
WHERE c.id = t.id AND NOT c.tier_pinned
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
    async with transaction():
        if not await _claim(month, now):
            return None
        customers = await fetch_as(CustomerFacts, TIER_FACTS, now)
        changes = [
            NewTierChange(
                decision.customer,
                decision.before,
                decision.after,
                TierReason(None, decision.score, decision.position, decision.total),
            )
            for decision in decide_tiers(customers, POLICY)
        ]
        await _set_tiers(changes, now)
        counts = {
            TierReview.customer_count: len(customers),
            TierReview.changed_count: len(changes),
        }
        await update(TierReview, counts, month=month)
    return len(changes)


async def record_tier_changes(changes: Sequence[NewTierChange], now: datetime) -> None:
    """Add them to the tier history, in the caller's transaction; revisits are planned anew."""
    await fetch(
        RECORD_CHANGES,
        [change.customer for change in changes],
        [change.before for change in changes],
        [change.after for change in changes],
        [change.reason for change in changes],
        now,
    )
    if changes:
        wake("plan_revisits", about=changes[0].customer)


async def _claim(month: date, now: datetime) -> bool:
    first_instant = datetime(month.year, month.month, 1, tzinfo=get_settings().zone)
    return bool(await fetch_value(CLAIM_MONTH, month, now, first_instant))


async def _set_tiers(changes: Sequence[NewTierChange], now: datetime) -> None:
    customers = [change.customer for change in changes]
    await fetch(SET_TIERS, customers, [change.after for change in changes])
    await rerank_customer_tickets(customers)
    await record_tier_changes(changes, now)
