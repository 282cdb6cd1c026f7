"""open_tickets: the one function that opens tickets, for all channels (DESIGN §2.1)."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from service_desk.attachments.operations import attach
from service_desk.clocks.versions import load_versions, policy_for, read_current
from service_desk.contacts.finding import FoundCustomer, customer_by_id, find_or_create_customers
from service_desk.database import after_commit, transaction
from service_desk.live.publishing import publish_changes
from service_desk.notifications.operations import notify
from service_desk.opening.new_ticket import NewTicket, OpenedTicket, clean
from service_desk.opening.rows import (
    NewlyOpened,
    OpeningRows,
    append_history,
    gather,
    insert,
)
from service_desk.rules.clocks.changes import transitions
from service_desk.rules.clocks.fold import fold_clocks
from service_desk.rules.clocks.ranking import rank
from service_desk.rules.policies.policies import PolicyFacts
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.events import SeverityRaised, TicketOpened
from service_desk.rules.tickets.message_events import MessageSent
from service_desk.rules.tickets.numbers import make_number
from service_desk.rules.tickets.vocabulary import Severity
from service_desk.suppliers.naming import SupplierRef, find_or_create_supplier
from service_desk.tickets.sending import (
    CustomerRecipient,
    MessageToSend,
    automatic_message,
    send_messages,
)
from service_desk.triage.safety_words import safety_words_in


async def open_ticket(new: NewTicket, *, now: datetime) -> OpenedTicket:
    """Open one ticket: see `open_tickets`."""
    return (await open_tickets([new], now=now))[0]


async def open_tickets(new: Sequence[NewTicket], *, now: datetime) -> list[OpenedTicket]:
    """Open tickets of different customers, each with its first message, history, clocks and rank.

    In one transaction, with as many statements as one ticket takes.
    Raises InvalidInput for invalid contacts and unknown categories.
    """
    return [done.opened for done in await open_whole_tickets(new, now=now)]


async def open_whole_tickets(new: Sequence[NewTicket], *, now: datetime) -> list[NewlyOpened]:
    """The same, with all that is known of them then."""
    async with transaction():
        new = [clean(ticket) for ticket in new]
        customers = await _customers(new, now)
        suppliers = await _suppliers(new)
        facts = await gather(new, customers, suppliers)
        found = zip(new, customers, suppliers, facts, strict=True)
        openings = [await _prepare(*one, now) for one in found]
        versions = await insert(openings, now)
        for rows in openings:
            await attach(rows.facts["message"], rows.new.attachments, at=rows.new.received_at)
            if rows.opened.severity == "safety":
                await notify(
                    "safety", ticket=rows.opened.id, number=rows.opened.number,
                    subject=rows.new.subject, by=None, now=now,
                )  # fmt: skip
        acknowledgements = [rows.acknowledgement for rows in openings if rows.acknowledgement]
        sent = {one.message: one for one in await send_messages(acknowledgements, now)}
        await append_history(openings, now)
        numbers = [rows.opened.number for rows in openings]
        after_commit(lambda: publish_changes(*numbers))
        return [
            NewlyOpened(
                rows, sent.get(rows.facts["acknowledgement"]), versions.get(rows.opened.id), now
            )
            for rows in openings
        ]


async def _customers(new: Sequence[NewTicket], now: datetime) -> list[FoundCustomer]:
    """The customer of each ticket: known to the channel, else found by contact, else created."""
    senders = [
        (ticket.customer, ticket.subject_and_body) for ticket in new if ticket.customer_id is None
    ]
    found = iter(await find_or_create_customers(senders, now=now))
    return [
        next(found) if ticket.customer_id is None else await customer_by_id(ticket.customer_id)
        for ticket in new
    ]


async def _suppliers(new: Sequence[NewTicket]) -> list[SupplierRef | None]:
    return [
        await find_or_create_supplier(ticket.supplier, now=ticket.received_at)
        if ticket.supplier is not None
        else None
        for ticket in new
    ]


async def _prepare(
    new: NewTicket,
    customer: FoundCustomer,
    supplier: SupplierRef | None,
    facts: Any,
    now: datetime,
) -> OpeningRows:
    """Severity, policy, clocks and rank, with the events that they follow from, and the
    acknowledgement."""
    if supplier is not None:
        new = msgspec.structs.replace(new, supplier=supplier.name)
    received_at = new.received_at
    safety_words = await safety_words_in(new.subject_and_body)
    severity: Severity = "safety" if safety_words else new.severity or "normal"
    events = [_opened_event(new, facts, customer, severity)]
    if safety_words and new.severity != "safety":
        raised = SeverityRaised(new.severity or "normal", "safety", tuple(safety_words))
        events.append(Event(received_at, raised))
    applied = await policy_for(
        PolicyFacts(new.kind, new.channel, severity, customer.tier, new.supplier),
        read_current(facts),
    )
    events.append(Event(received_at, applied))
    versions = await load_versions((applied.policy_version,), (applied.calendar_version,))
    clocks = fold_clocks(events, versions.policies, versions.calendars)
    events += transitions((), clocks, received_at)
    opened = OpenedTicket(
        facts["id"], make_number(facts["id"]), secrets.token_urlsafe(24), customer.locale,
        customer.id, severity, facts["duplicate_number"],
    )  # fmt: skip
    ranking = rank(clocks, severity, customer.tier, facts["earlier_complaints"])
    acknowledgement = None
    if new.acknowledge:
        acknowledgement = await _acknowledgement(opened, customer, facts["acknowledgement"], now)
        sent = MessageSent(facts["acknowledgement"], acknowledgement.channel, automatic=True)
        events.append(Event(now, sent))
    return OpeningRows(new, customer, facts, opened, clocks, ranking, events, acknowledgement)


def _opened_event(new: NewTicket, facts: Any, customer: FoundCustomer, severity: Severity) -> Event:
    data = TicketOpened(
        kind=new.kind,
        channel=new.channel,
        severity=severity,
        message=new.split_message or facts["message"],
        category=facts["category_code"],
        supplier=new.supplier,
        duplicate_of=facts["duplicate_number"],
        linked_to=new.linked_to,
        split_from=new.linked_to if new.split_message is not None else None,
        new_details=customer.new_details,
        other_details=customer.other_details,
    )
    return Event(new.received_at, data)


async def _acknowledgement(
    opened: OpenedTicket, customer: FoundCustomer, message: int, now: datetime
) -> MessageToSend:
    """The customer is sent their number."""
    to = CustomerRecipient(
        opened.id, opened.number, opened.token, customer.locale, customer.phone, customer.email
    )
    name = "acknowledgement_safety" if opened.severity == "safety" else "acknowledgement"
    return await automatic_message(to, name, message=message, purpose="acknowledgement", now=now)
