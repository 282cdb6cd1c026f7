"""Tickets ranked anew because their customer changed, not they (DESIGN §2.4)."""

from collections.abc import Sequence
from typing import Any

from service_desk.clocks.rows import stored_clock
from service_desk.database import after_commit, fetch
from service_desk.live.events import publish_changes
from service_desk.rules.clocks.clock import Clock
from service_desk.rules.clocks.ranking import rank


async def rerank_customer_tickets(customers: Sequence[int]) -> None:
    """Move their tickets in the queue after their tier changed, in the caller's transaction.

    What was promised stays: a policy is chosen by tier when a ticket is opened or classified.
    """
    tickets = await fetch(
        "SELECT t.id, t.number, t.severity, c.tier, t.earlier_complaints "
        "FROM ticket t JOIN customer c ON c.id = t.customer "
        "WHERE t.customer = ANY($1) AND t.rank_at IS NOT NULL ORDER BY t.id "
        "FOR NO KEY UPDATE OF t",
        list(customers),
    )
    if not tickets:
        return
    clocks: dict[int, list[Clock]] = {row["id"]: [] for row in tickets}
    for row in await fetch(
        "SELECT * FROM clock WHERE ticket = ANY($1) AND phase = 'running' ORDER BY id",
        list(clocks),
    ):
        clocks[row["ticket"]].append(stored_clock(row).clock)
    ranks: list[tuple[Any, ...]] = []
    for row in tickets:
        order = rank(clocks[row["id"]], row["severity"], row["tier"], row["earlier_complaints"])
        ranks.append((row["id"], order.rank_at, order.because))
    await fetch(
        "UPDATE ticket SET rank_at = r.rank_at, rank_because = r.because "
        "FROM unnest($1::bigint[], $2::timestamptz[], $3::jsonb[]) AS r (id, rank_at, because) "
        "WHERE ticket.id = r.id",
        *(list(column) for column in zip(*ranks, strict=True)),
    )
    after_commit(lambda: publish_changes(*(row["number"] for row in tickets)))
