"""Tickets ranked again after a change of their customer, not of themselves (DESIGN §2.4)."""

from collections.abc import Sequence
from typing import Any

from service_desk.clocks.rows import stored_clock
from service_desk.database import after_commit, fetch
from service_desk.live.publishing import publish_changes
from service_desk.rules.clocks.clock import Clock
from service_desk.rules.clocks.ranking import rank

_LOCK_TICKETS = """
SELECT t.id, t.number, t.severity, c.tier, t.earlier_complaints
FROM ticket t JOIN customer c ON c.id = t.customer
WHERE t.customer = ANY($1) AND t.rank_at IS NOT NULL ORDER BY t.id FOR NO KEY UPDATE OF t
"""
_RUNNING_CLOCKS = "SELECT * FROM clock WHERE ticket = ANY($1) AND phase = 'running' ORDER BY id"
_UPDATE_RANKS = """
UPDATE ticket SET rank_at = r.rank_at, rank_because = r.because
FROM unnest($1::bigint[], $2::timestamptz[], $3::jsonb[]) AS r (id, rank_at, because)
WHERE ticket.id = r.id
"""


async def rerank_customer_tickets(customers: Sequence[int]) -> None:
    """Rank the tickets of these customers by their new tier, in the caller's transaction.

    Clocks stay as they are: a policy is chosen by tier only when a ticket is opened, classified or
    given to another customer.
    """
    tickets = await fetch(_LOCK_TICKETS, list(customers))
    if not tickets:
        return
    clocks: dict[int, list[Clock]] = {row["id"]: [] for row in tickets}
    for row in await fetch(_RUNNING_CLOCKS, list(clocks)):
        clocks[row["ticket"]].append(stored_clock(row).clock)
    ranks: list[tuple[Any, ...]] = []
    for row in tickets:
        ranking = rank(clocks[row["id"]], row["severity"], row["tier"], row["earlier_complaints"])
        ranks.append((row["id"], ranking.rank_at, ranking.because))
    await fetch(_UPDATE_RANKS, *(list(column) for column in zip(*ranks, strict=True)))
    after_commit(lambda: publish_changes(*(row["number"] for row in tickets)))
