"""The warranty of a ticket's asset: who pays, and what the consumer rules grant (DESIGN §2.7)."""

from msgspec import Struct

from service_desk.assets.queries import desk_date
from service_desk.assets.schemas import AssetView
from service_desk.database import fetch_value
from service_desk.rules.repairs.warranty import CHARGED_CAUSES, Advice, consumer_advice, is_free
from service_desk.settings import get_settings
from service_desk.ticket_views.schemas import TicketView

# Repairs of the same fault, that is, of the same category, under warranty before this ticket.
_FAILED_REPAIRS = """
SELECT count(*) FROM ticket t JOIN ticket this ON this.number = $1
WHERE t.customer = this.customer AND t.id <> this.id AND t.kind = 'repair'
    AND upper(t.serial_number) = upper(this.serial_number) AND t.category = this.category
    AND t.resolved_at < this.received_at AND t.cause <> ALL($2)
    AND (t.received_at AT TIME ZONE $3)::date <= $4
"""


class TicketWarranty(Struct, frozen=True):
    """`free_of_charge`: None while the warranty is not known."""

    asset: AssetView
    free_of_charge: bool | None
    advice: Advice | None


async def ticket_warranty(ticket: TicketView) -> TicketWarranty | None:
    """As of the day on which the ticket was received; None if the asset is not known."""
    asset = ticket.asset
    if asset is None:
        return None
    delivered_on = asset.installed_on or asset.accepted_on
    advice = consumer_advice(
        desk_date(ticket.received_at),
        delivered_on,
        asset.warranty,
        ticket.cause,
        await _failed_repairs(ticket, asset),
    )
    return TicketWarranty(asset, is_free(asset.warranty, ticket.cause), advice)


async def _failed_repairs(ticket: TicketView, asset: AssetView) -> int:
    """The fault is back, so the repairs before this ticket failed."""
    return await fetch_value(
        _FAILED_REPAIRS,
        ticket.number,
        [*CHARGED_CAUSES, "unfounded"],
        str(get_settings().zone),
        asset.warranty.until,
    )
