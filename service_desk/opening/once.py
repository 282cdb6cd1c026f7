"""Opening a ticket once, however often it is asked for; requests that come at the same time are
opened in one transaction, with as many statements as one of them takes.
"""

from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from service_desk.batching import Batcher
from service_desk.contacts.finding import Contact, normalize_contact
from service_desk.database import fetch, in_transaction, transaction
from service_desk.errors import Conflict
from service_desk.idempotency.receipts import Receipt, claim_all, store_responses
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.operations import open_whole_tickets
from service_desk.opening.rows import NewlyOpened

# Two callers with one external_id wait for each other. Imports have sources, each with ids of its
# own, so theirs are other tickets.
_LOCK_EXTERNAL_IDS = """
SELECT pg_advisory_xact_lock(turn) FROM (
    SELECT DISTINCT hashtextextended('external_id:' || id, 0) AS turn FROM unnest($1::text[]) AS id
    ORDER BY turn) AS turns
"""
_OPENED_BEFORE = """
SELECT DISTINCT ON (external_id) external_id, number FROM ticket WHERE external_id = ANY($1)
    AND NOT EXISTS (SELECT FROM imported_ticket WHERE imported_ticket.ticket = ticket.id)
ORDER BY external_id, id
"""

FormAnswer = Literal["number", "token"]


class _Opening(Struct, frozen=True):
    """`receipt`: of the form that it was asked for with, which keeps the `answer`."""

    new: NewTicket
    contact: Contact
    now: datetime
    receipt: Receipt | None = None
    answer: FormAnswer = "number"


async def open_ticket_once(new: NewTicket, *, now: datetime) -> NewlyOpened:
    """Open one ticket, unless a caller has opened one with this `external_id` before. Raises
    Conflict naming that one, and InvalidInput as `open_tickets` does."""
    opened = await _open(_Opening(new, normalize_contact(new.customer), now))
    assert isinstance(opened, NewlyOpened)
    return opened


async def open_from_form(
    new: NewTicket, receipt: Receipt, *, answer: FormAnswer, now: datetime
) -> str:
    """Open the ticket, unless this form has done so before: its number or token, either way."""
    opened = await _open(_Opening(new, normalize_contact(new.customer), now, receipt, answer))
    return opened if isinstance(opened, str) else getattr(opened.opened, answer)


async def _open(opening: _Opening) -> NewlyOpened | str:
    if not in_transaction():
        return await _openings.submit(opening)
    opened = (await _open_together([opening]))[0]
    if isinstance(opened, Conflict):
        raise opened
    return opened


async def _open_together(
    openings: Sequence[_Opening],
) -> list[NewlyOpened | str | Conflict]:
    """For each its ticket; what its form was answered before; or that there is one already."""
    async with transaction(plan_once=True):
        now = max(opening.now for opening in openings)
        answered = await claim_all([one.receipt for one in openings if one.receipt], now)
        known = await _opened_before(openings)
        done: dict[int, NewlyOpened | str | Conflict] = {}
        for place, opening in enumerate(openings):
            if opening.receipt and opening.receipt.key in answered:
                done[place] = answered[opening.receipt.key]
            elif opening.new.external_id in known:
                done[place] = _exists(opening.new.external_id, known)
        # In one order, so that two transactions do not wait for each other's customers.
        places = sorted(set(range(len(openings))) - set(done), key=lambda at: _order(openings[at]))
        if places:
            opened = await open_whole_tickets([openings[at].new for at in places], now=now)
            done |= zip(places, opened, strict=True)
        await store_responses(
            {
                receipt.key: getattr(ticket.opened, openings[place].answer)
                for place, ticket in done.items()
                if (receipt := openings[place].receipt) and isinstance(ticket, NewlyOpened)
            }
        )
        return [done[place] for place in range(len(openings))]


def _keys(opening: _Opening) -> list[Hashable]:
    """What only one of those that are opened together may have."""
    new, contact, receipt = opening.new, opening.contact, opening.receipt
    keys = {
        "phone": contact.phone,
        "email": contact.email,
        "customer": new.customer_id,
        "external_id": new.external_id,
        "sender": receipt and receipt.contact,
    }
    return [key for key in keys.items() if key[1] is not None]


_openings: Batcher[_Opening, NewlyOpened | str] = Batcher(_open_together, keys=_keys)


def _order(opening: _Opening) -> tuple[str, str, int]:
    contact = opening.contact
    return contact.phone or "", contact.email or "", opening.new.customer_id or 0


async def _opened_before(openings: Sequence[_Opening]) -> dict[str | None, str]:
    """Numbers of tickets by their external_id."""
    external_ids = [one.new.external_id for one in openings if one.new.external_id]
    if not external_ids:
        return {}
    await fetch(_LOCK_EXTERNAL_IDS, external_ids)
    return {row["external_id"]: row["number"] for row in await fetch(_OPENED_BEFORE, external_ids)}


def _exists(external_id: str | None, known: dict[str | None, str]) -> Conflict:
    return Conflict(
        "Ticket {number} has the external_id {external_id} already.",
        field="external_id",
        number=known[external_id],
        external_id=external_id,
    )
