"""What was typed in wrong is put right: subject, product, serial number, and whose ticket it is.

The history keeps both (DESIGN §2.2). The kind is set with the classification.
"""

import secrets
from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from service_desk.contacts.finding import (
    FoundCustomer,
    NewCustomer,
    customer_by_id,
    find_or_create_customer,
)
from service_desk.database import fetch, transaction
from service_desk.errors import InvalidInput
from service_desk.input_types import KnownId, ShortText, Subject
from service_desk.opening.rows import SAME_MATTER
from service_desk.principal import staff_actor
from service_desk.rows import exists, get
from service_desk.rules.tickets.events import Change, TicketCorrected
from service_desk.rules.words.plain_text import is_blank, strip_unstorable
from service_desk.tables import Customer, Ticket
from service_desk.tables.conditions import IS_OPEN
from service_desk.tickets.change import TicketChange, change_ticket
from service_desk.tickets.reranking import rerank_customer_tickets

# The tickets that were merged into this one, directly or through others.
_PARTS = """
WITH RECURSIVE part (id, number) AS (
    SELECT id, number FROM ticket WHERE merged_into = $1
    UNION
    SELECT merged.id, merged.number FROM ticket merged JOIN part ON merged.merged_into = part.id)
SELECT number FROM part ORDER BY id
"""
_MARK_DUPLICATES = f"""
UPDATE ticket this SET duplicate_of = CASE WHEN this.id = $1 THEN (
    SELECT ticket.id FROM ticket
    WHERE ticket.customer = this.customer AND ticket.id <> this.id AND {SAME_MATTER.format("this")}
    ORDER BY ticket.id DESC LIMIT 1) END
WHERE this.id = $1 OR this.duplicate_of = $1
"""
# Calls about the ticket that are planned are calls to its customer.
_MOVE_REVISITS = """
UPDATE revisit SET customer = $2
WHERE ticket = $1 AND customer = $3 AND state IN ('planned', 'held')
"""
_EARLIER_COMPLAINTS = """(
    SELECT count(*) FROM ticket earlier
    WHERE earlier.customer = t.customer AND earlier.kind = 'complaint'
        AND earlier.received_at < t.received_at
        AND earlier.received_at >= t.received_at - interval '30 days')::int"""
_COUNT_COMPLAINTS_AGAIN = f"""
UPDATE ticket t SET earlier_complaints = {_EARLIER_COMPLAINTS}
WHERE t.id IN (SELECT id FROM ticket WHERE customer = ANY($1) AND {IS_OPEN}
               ORDER BY id FOR NO KEY UPDATE)
    AND t.earlier_complaints <> {_EARLIER_COMPLAINTS}
"""
# From nothing: what was wrong no longer finds the ticket, nor does the customer it was taken from.
_FIND_ANEW = """
UPDATE ticket t SET search = search_words(concat_ws(
    ' ', t.number, t.subject, t.description, t.product, t.serial_number, t.external_id,
    t.resolution, c.name, c.phone, c.email,
    (SELECT name FROM supplier WHERE supplier.id = t.supplier),
    (SELECT string_agg(body, ' ') FROM message WHERE ticket = t.id AND NOT automatic),
    $2::text))
FROM customer c WHERE c.id = t.customer AND t.id = $1
"""


class RightCustomer(NewCustomer, frozen=True):
    """`id`: of a known customer, then nothing else; without it, `phone` or `email`, as when a
    ticket is opened. `name` and the rest of whom it belongs to already are not changed by this."""

    id: KnownId | None = None


class Correction(Struct, frozen=True, forbid_unknown_fields=True):
    """Only what is given changes. `customer`: whose ticket it is."""

    subject: Subject | UnsetType = UNSET
    product: ShortText | UnsetType | None = UNSET
    serial_number: Annotated[str, Meta(max_length=100)] | UnsetType | None = UNSET
    customer: RightCustomer | UnsetType = UNSET


class _Texts(Struct, frozen=True):
    subject: str
    product: str | None
    serial_number: str | None


def corrected_fields(correction: Correction) -> list[str]:
    fields = Correction.__struct_fields__
    return [name for name in fields if getattr(correction, name) is not UNSET]


async def correct(number: str, correction: Correction, *, staff_id: int, now: datetime) -> None:
    """Put right what is given, in any state. A ticket that becomes another customer's takes those
    merged into it along. Raises InvalidInput, NotFound, MoveNotAllowed."""
    texts, actor = _texts(correction), staff_actor(staff_id)
    async with transaction():
        async with change_ticket(number, actor=actor, now=now) as change:
            owner = change.ticket.customer
            changes = await _put_right(change, texts)
            customer = await _right_customer(change, correction.customer, now)
            if customer is not None:
                changes |= await _give_to(change, customer)
            if changes:
                change.record(TicketCorrected(**changes))
        if customer is not None and customer.id != owner:
            for part in await fetch(_PARTS, change.ticket.id):
                async with change_ticket(
                    part["number"], actor=actor, now=now, merged_too=True
                ) as merged:
                    merged.record(TicketCorrected(**await _give_to(merged, customer)))
                await fetch(_FIND_ANEW, merged.ticket.id, None)
            await fetch(_MARK_DUPLICATES, change.ticket.id)
            await fetch(_COUNT_COMPLAINTS_AGAIN, [owner, customer.id])
            await rerank_customer_tickets([owner, customer.id])
        if changes:
            other = customer.other_details if customer else None
            await fetch(_FIND_ANEW, change.ticket.id, " ".join(other.given) if other else None)


def _texts(correction: Correction) -> dict[str, str | None]:
    """What is given of them, as stored. Raises InvalidInput."""
    texts: dict[str, str | None] = {}
    for name in ("subject", "product", "serial_number"):
        given = getattr(correction, name)
        if given is not UNSET:
            texts[name] = " ".join(strip_unstorable(given or "").split()) or None
    if "subject" in texts and is_blank(texts["subject"] or ""):
        raise InvalidInput("{name} must not be empty.", field="subject", name="subject")
    return texts


async def _put_right(change: TicketChange, texts: dict[str, str | None]) -> dict[str, Any]:
    """The changes to record."""
    present = await get(_Texts, Ticket, id=change.ticket.id)
    changes = {
        name: Change(before, value)
        for name, value in texts.items()
        if (before := getattr(present, name)) != value
    }
    change.set(**{name: changed.to for name, changed in changes.items()})
    return changes


async def _right_customer(
    change: TicketChange, given: RightCustomer | UnsetType, now: datetime
) -> FoundCustomer | None:
    """Whose ticket it is; None: of whom it was. Raises InvalidInput."""
    ticket = change.ticket
    if given is UNSET or given == RightCustomer(phone=ticket.customer_phone):
        return None
    if given.id is not None:
        return await _known_customer(given)
    if not (given.phone or "").strip() and not (given.email or "").strip():
        raise InvalidInput(
            "Say whose ticket it is: by the customer's id, phone number or e-mail address.",
            field="customer",
        )
    sender = replace(given, locale=given.locale or ticket.locale)
    found = await find_or_create_customer(sender, body=ticket.subject, now=now)
    if found.id == ticket.customer and found.other_details:
        raise InvalidInput(
            "The ticket is this customer's already. To put right the customer's own details, edit "
            "the customer.",
            field="customer",
        )
    return found


async def _known_customer(given: RightCustomer) -> FoundCustomer:
    if given != RightCustomer(id=given.id):
        raise InvalidInput("With an id, nothing else of the customer is given.", field="customer")
    if not await exists(Customer, id=given.id):
        raise InvalidInput(
            "There is no customer {customer}.", field="customer.id", customer=given.id
        )
    return await customer_by_id(given.id or 0)


async def _give_to(change: TicketChange, customer: FoundCustomer) -> dict[str, Any]:
    """The changes to record. The tracking page gets another address: the old one may have been sent
    to whom the ticket is none of."""
    ticket, changes = change.ticket, dict[str, Any]()
    if customer.new_details:
        changes["new_details"] = customer.new_details
    if customer.id == ticket.customer:
        return changes
    changes |= {
        "customer": Change(ticket.customer, customer.id),
        "other_details": customer.other_details,
    }
    await fetch(_MOVE_REVISITS, ticket.id, customer.id, ticket.customer)
    token = secrets.token_urlsafe(24)
    change.set(customer=customer.id, locale=customer.locale, token=token)
    if customer.tier != ticket.tier:
        ticket.tier = customer.tier
        await change.choose_policy()
    return changes
