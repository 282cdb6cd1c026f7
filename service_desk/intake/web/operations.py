"""What the public pages write: a new ticket from the form, a message from the tracking page."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from service_desk.attachments.operations import stored_uploads
from service_desk.attachments.schemas import NewAttachment, Upload
from service_desk.contacts.finding import NewCustomer, normalize_contact
from service_desk.idempotency.receipts import Receipt, once, responses
from service_desk.intake.web.rate_limit import RateLimit, check_rate_limit
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.once import open_from_form
from service_desk.opening.operations import open_ticket
from service_desk.rules.tickets.choice import choose_ticket
from service_desk.rules.tickets.numbers import FoundNumbers
from service_desk.rules.words.customer_words import is_only_thanks
from service_desk.self_service.senders import sender_by_id
from service_desk.self_service.tracking import TrackedTicket
from service_desk.tickets.conversation import receive_message

BY_ADDRESS = RateLimit("address", 600)  # offices and mobile networks share an address
BY_CONTACT = RateLimit("contact", 10)  # each form sends them an acknowledgement


async def submit_form(new: NewTicket, files: Sequence[Upload], key: str, address: str) -> str:
    """Open the ticket, once for each key; its token. The same form sent again counts once. With
    other content it opens another ticket, as the form always does (DESIGN §2.1): it may be about
    another product, or correct the phone number.

    Raises TooManyRequests."""
    given = normalize_contact(new.customer)
    contact = given.phone or given.email or ""
    async with stored_uploads(files) as attachments:
        if answered := await responses([key]):
            return answered[key]
        await check_rate_limit(BY_ADDRESS, address)
        await check_rate_limit(BY_CONTACT, contact)
        return await open_from_form(
            msgspec.structs.replace(new, attachments=attachments),
            Receipt(key, contact),
            answer="token",
            now=new.received_at,
        )


async def receive_reply(
    ticket: TrackedTicket, body: str, files: Sequence[Upload], key: str, now: datetime
) -> str:
    """Put the message on the ticket, else on its follow-up, else on a new one. Returns the path of
    the page to show."""
    contact = ticket.customer_phone or ticket.customer_email or ticket.token
    async with stored_uploads(files) as attachments:

        async def receive() -> str:
            return await _add_or_follow_up(ticket, body, attachments, now)

        return await once(key, receive, contact=contact, body=body, now=now)


async def _add_or_follow_up(
    ticket: TrackedTicket, body: str, attachments: tuple[NewAttachment, ...], now: datetime
) -> str:
    only_thanks = is_only_thanks(body) and not attachments
    sender = await sender_by_id(ticket.customer, [ticket.number])
    named = FoundNumbers(valid=(ticket.number,))
    choice = choose_ticket(sender.tickets, named, now, only_thanks=only_thanks)
    chosen = sender.ticket(choice.number) if choice.number is not None else None
    if chosen is None:
        return f"/t/{await _open_follow_up(ticket, body, attachments, now)}?received=1"
    await receive_message(
        chosen.number, body, channel="web", attachments=attachments,
        reopens=not only_thanks, now=now,
    )  # fmt: skip
    return f"/t/{chosen.token}?added=1"


async def _open_follow_up(
    ticket: TrackedTicket, body: str, attachments: tuple[NewAttachment, ...], now: datetime
) -> str:
    new = NewTicket(
        kind="complaint",
        body=body,
        channel="web",
        customer=NewCustomer(),
        customer_id=ticket.customer,
        product=ticket.product,
        serial_number=ticket.serial_number,
        linked_to=ticket.number,
        attachments=attachments,
        received_at=now,
        acknowledge=True,
    )
    opened = await open_ticket(new, now=now)
    return opened.token
