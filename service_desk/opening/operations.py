"""open_tickets: the one function that opens tickets, for all channels (DESIGN §2.1)."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from service_desk.attachments.operations import attach
from service_desk.clocks.rows import append_events
from service_desk.clocks.versions import load_versions, policy_for, read_current
from service_desk.contacts.finding import FoundCustomer, customer_by_id, find_or_create_customers
from service_desk.database import after_commit, transaction
from service_desk.live.publishing import publish_changes
from service_desk.opening.new_ticket import NewTicket, OpenedTicket, clean
from service_desk.opening.rows import OpeningRequest, OpeningRows, gather, history, insert
from service_desk.rules.clocks.changes import transitions
from service_desk.rules.clocks.fold import Event, fold_clocks
from service_desk.rules.clocks.ranking import rank
from service_desk.rules.policies.policies import PolicyFacts
from service_desk.rules.tickets.numbers import make_number
from service_desk.suppliers.naming import find_or_create_supplier
from service_desk.tickets.change import SYSTEM
from service_desk.tickets.sending import CustomerRecipient, send_automatic_message
from service_desk.triage.categories import suggested_category
from service_desk.triage.safety_words import safety_words_in


class TicketOpening(msgspec.Struct, frozen=True):
    """A ticket to open. `received_at`: when the customer reached us, which starts its clocks."""

    new: NewTicket
    actor: str
    received_at: datetime


async def open_ticket(
    new: NewTicket, *, actor: str, received_at: datetime, now: datetime, acknowledge: bool = False
) -> OpenedTicket:
    """Open one ticket: see `open_tickets`.

    `acknowledge` sends the number by SMS or e-mail, for channels that do not reply by themselves.
    """
    async with transaction():
        (rows,) = await _open([TicketOpening(new, actor, received_at)], now)
        if acknowledge:
            sent = await _acknowledge(rows.recipient, rows.severity, now)
            await append_events([rows.recipient.ticket], [sent], [SYSTEM], now)
        return _opened_ticket(rows)


async def open_tickets(openings: Sequence[TicketOpening], *, now: datetime) -> list[OpenedTicket]:
    """Open tickets of different customers, each with its first message, history, clocks and rank.

    In one transaction, with as many statements as one ticket takes.
    Raises InvalidInput for invalid contacts and unknown categories.
    """
    async with transaction():
        return [_opened_ticket(rows) for rows in await _open(openings, now)]


def _opened_ticket(rows: OpeningRows) -> OpenedTicket:
    to, customer = rows.recipient, rows.request.customer
    duplicate = rows.facts["duplicate_number"]
    return OpenedTicket(
        to.ticket, to.number, to.token, customer.locale, customer.id, rows.severity, duplicate
    )


async def _open(openings: Sequence[TicketOpening], now: datetime) -> list[OpeningRows]:
    openings = [msgspec.structs.replace(opening, new=clean(opening.new)) for opening in openings]
    customers = await _customers(openings, now)
    requests = [
        await _resolve_request(opening, customer)
        for opening, customer in zip(openings, customers, strict=True)
    ]
    facts = await gather(requests)
    opened = [
        await _decide(opening, request, row)
        for opening, request, row in zip(openings, requests, facts, strict=True)
    ]
    # Events for webhooks read the ticket's row, which the statement that inserts it cannot see.
    subscribed = facts[0]["subscribed"]
    await insert(opened, await load_versions(), now, with_history=not subscribed)
    if subscribed:
        await append_events(*history(opened), now)
    for rows in opened:
        await attach(
            rows.facts["message"], rows.request.new.attachments, at=rows.request.received_at
        )
    numbers = [rows.recipient.number for rows in opened]
    after_commit(lambda: publish_changes(*numbers))
    return opened


async def _customers(openings: Sequence[TicketOpening], now: datetime) -> list[FoundCustomer]:
    """The customer of each ticket: known to the channel, else found by contact, else made."""
    known = [opening.new.customer_id for opening in openings]
    senders = [
        (opening.new.customer, opening.new.text)
        for opening, customer in zip(openings, known, strict=True)
        if customer is None
    ]
    found = iter(await find_or_create_customers(senders, now=now))
    return [
        next(found) if customer is None else await customer_by_id(customer) for customer in known
    ]


async def _resolve_request(opening: TicketOpening, customer: FoundCustomer) -> OpeningRequest:
    new, supplier = opening.new, None
    if new.supplier is not None:
        named = await find_or_create_supplier(new.supplier, now=opening.received_at)
        supplier, new = named.id, msgspec.structs.replace(new, supplier=named.name)
    category = new.category or await suggested_category(new.text)
    return OpeningRequest(new, customer, category, supplier, opening.received_at)


async def _decide(opening: TicketOpening, request: OpeningRequest, facts: Any) -> OpeningRows:
    """Severity, policy, clocks and rank, with the events that they follow from."""
    new, customer, received_at = request.new, request.customer, request.received_at
    safety_words = await safety_words_in(new.text)
    severity = "safety" if safety_words else new.severity or "normal"
    events = [_opened_event(new, facts, customer, severity, received_at)]
    if safety_words and new.severity != "safety":
        raised = {"from": new.severity or "normal", "to": "safety", "words": safety_words}
        events.append(Event("severity.raised", received_at, raised))
    applied = await policy_for(
        PolicyFacts(new.kind, new.channel, severity, customer.tier, new.supplier),
        read_current(facts),
    )
    events.append(Event("sla.policy_applied", received_at, applied))
    versions = await load_versions((applied["policy_version"],), (applied["calendar_version"],))
    clocks = fold_clocks(events, versions.policies, versions.calendars)
    events += transitions((), clocks, received_at)
    recipient = CustomerRecipient(
        facts["id"], make_number(facts["id"]), secrets.token_urlsafe(24), customer.locale,
        customer.phone, customer.email,
    )  # fmt: skip
    return OpeningRows(
        request, facts, recipient, severity, clocks,
        rank(clocks, severity, customer.tier, facts["earlier_complaints"]),
        events, [opening.actor] + [SYSTEM] * (len(events) - 1),
    )  # fmt: skip


def _opened_event(
    new: NewTicket, facts: Any, customer: FoundCustomer, severity: str, received_at: datetime
) -> Event:
    data = {
        "kind": new.kind,
        "channel": new.channel,
        "severity": severity,
        "message": new.split_message or facts["message"],
        "category": facts["category_code"],
        "supplier": new.supplier,
        "duplicate_of": facts["duplicate_number"],
        "linked_to": new.linked_to,
    }
    if new.split_message is not None:
        data["split_from"] = new.linked_to
    if customer.new_details:
        data["new_details"] = customer.new_details
    if customer.other_details:
        data["other_details"] = customer.other_details
    return Event("ticket.opened", received_at, data)


async def _acknowledge(recipient: CustomerRecipient, severity: str, now: datetime) -> Event:
    name = "acknowledgement_safety" if severity == "safety" else "acknowledgement"
    sent = await send_automatic_message(recipient, name, purpose="acknowledgement", now=now)
    data = {"message": sent.message, "via": sent.channel, "automatic": True}
    return Event("message.sent", now, data)
