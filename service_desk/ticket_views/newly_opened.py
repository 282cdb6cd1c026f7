"""A ticket that was just opened, without reading it: it is as it was written."""

from datetime import datetime
from typing import Any

import msgspec

from service_desk.opening.rows import NewlyOpened
from service_desk.ticket_views.schemas import TicketView
from service_desk.ticket_views.whole_tickets import Parts, get_ticket, ticket_view


async def newly_opened(ticket: NewlyOpened, now: datetime) -> TicketView:
    """As `get_ticket` would read it. What others may have written meanwhile, webhooks or files, is
    read."""
    new, id_ = ticket.rows.new, ticket.opened.id
    if ticket.version is None or new.attachments or new.split_message is not None:
        return await get_ticket(ticket.opened.number, now)
    parts = Parts(
        {id_: ticket.rows.clocks}, {id_: _messages(ticket)}, {id_: _events(ticket)}, {id_: []}
    )
    return await ticket_view(_row(ticket), parts, now)


def _row(ticket: NewlyOpened) -> dict[str, Any]:
    new, customer, facts, opened = (
        ticket.rows.new, ticket.rows.customer, ticket.rows.facts, ticket.opened,
    )  # fmt: skip
    return {
        **msgspec.structs.asdict(customer),
        "id": opened.id,
        "number": opened.number,
        "token": opened.token,
        "kind": new.kind,
        "state": "new",
        "severity": opened.severity,
        "channel": new.channel,
        "subject": new.subject,
        "description": new.body,
        "locale": customer.locale,
        "customer": customer.id,
        "customer_name": customer.name,
        "customer_locale": customer.locale,
        "product": new.product,
        "serial_number": new.serial_number,
        "category_code": facts["category_code"],
        "category_confirmed": new.category is not None,
        "cause": "unknown",
        "supplier_name": new.supplier,
        "external_id": new.external_id,
        "duplicate_number": facts["duplicate_number"],
        "linked_number": facts["linked_to"] and new.linked_to,
        "received_at": new.received_at,
        "resolution": "",
        "rank_at": ticket.rows.ranking.rank_at,
        "rank_because": msgspec.to_builtins(ticket.rows.ranking.because),
        "version": ticket.version,
        **dict.fromkeys(
            (
                "assignee_email", "assignee_name", "merged_number", "resolved_at", "closed_at",
                "callback_requested_at", "score",
            )
        ),
    }  # fmt: skip


def _messages(ticket: NewlyOpened) -> list[dict[str, Any]]:
    new, sent, acknowledgement = ticket.rows.new, ticket.sent, ticket.rows.acknowledgement
    of_all: dict[str, Any] = {
        "ticket": ticket.opened.number,
        "visibility": "public",
        "author": None,
        "attachments": [],
    }
    first = {
        "id": ticket.rows.facts["message"],
        "direction": "in",
        "channel": new.channel,
        "automatic": False,
        "body": new.body,
        "at": new.received_at,
        "delivery": None,
        "delivery_error": None,
        "delivery_id": None,
    }
    if sent is None or acknowledgement is None:
        return [of_all | first]
    second = {
        "id": sent.message,
        "direction": "out",
        "channel": sent.channel,
        "automatic": True,
        "body": acknowledgement.body,
        "at": ticket.recorded_at,
        "delivery": sent.state,
        "delivery_error": sent.error,
        "delivery_id": sent.queued,
    }
    return [of_all | first, of_all | second]


def _events(ticket: NewlyOpened) -> list[dict[str, Any]]:
    return [
        {
            "type": event.type,
            "at": event.at,
            "recorded_at": ticket.recorded_at,
            "actor": actor,
            "data": msgspec.json.decode(msgspec.json.encode(event.data)),  # lists, as read
        }
        for event, actor in zip(ticket.rows.events, ticket.rows.actors, strict=True)
    ]
