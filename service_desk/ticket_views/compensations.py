"""What a ticket's customer was paid, or is to be."""

from service_desk.database import fetch_as
from service_desk.ticket_views.schemas import CompensationView

_COMPENSATIONS = """
SELECT x.id, amount, currency, reason, state, recovered_from IS NOT NULL AS recovered,
    p.name AS proposed_by, proposed_at, d.name AS decided_by, decided_at
FROM compensation x
    LEFT JOIN staff p ON p.id = x.proposed_by
    LEFT JOIN staff d ON d.id = x.decided_by
WHERE ticket = $1 ORDER BY x.id
"""


async def compensations_of(ticket: int) -> list[CompensationView]:
    """The oldest first."""
    return await fetch_as(CompensationView, _COMPENSATIONS, ticket)
