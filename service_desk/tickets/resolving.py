"""What resolving a ticket takes: a cause, and a word to the customer (DESIGN §2.2)."""

from service_desk.database import fetch
from service_desk.errors import InvalidInput
from service_desk.rules.tickets.events import TicketResolved
from service_desk.rules.tickets.message_events import MessageSent
from service_desk.rules.tickets.vocabulary import Cause
from service_desk.tickets.change import TicketChange
from service_desk.tickets.conversation import recipient_of
from service_desk.tickets.sending import send_automatic_message

MAX_NOTE_LENGTH = 500

_REQUEST_RATING = """
INSERT INTO rating (ticket, requested_at) VALUES ($1, $2)
ON CONFLICT (ticket) DO UPDATE SET requested_at = excluded.requested_at
"""


def check_cause(change: TicketChange, cause: Cause | None, cause_note: str | None) -> None:
    """A complaint is resolved with a category and a cause. Raises InvalidInput."""
    if change.ticket.kind != "complaint":
        return
    if change.ticket.category is None:
        raise InvalidInput(
            "A complaint is resolved with a category. Classify it first, then resolve it.",
            field="category",
        )
    if (cause or change.ticket.cause) == "unknown" and cause_note is None:
        raise InvalidInput(
            "A complaint is resolved with its cause. If it is unknown, say why in a word.",
            field="cause_note" if cause else "cause",
        )


async def record_resolved(
    change: TicketChange,
    resolution: str,
    cause: Cause | None,
    *,
    cause_note: str | None,
    told_by: str | None,
) -> None:
    """Tell the customer by their channel, unless they were told as `told_by` says, and ask for a
    rating."""
    name = "rating_request" if told_by is None else "rating_only"
    sent = await send_automatic_message(
        recipient_of(change.ticket),
        name,
        purpose="rating_request",
        now=change.now,
        counts=told_by is None,
        resolution=resolution,
    )
    resolved = TicketResolved(
        resolution,
        cause,
        told=told_by is not None or sent.counts,
        message=sent.message if sent.counts else None,
        told_by=told_by,
        cause_note=cause_note,
    )
    change.record(resolved)
    change.record(MessageSent(sent.message, sent.channel, automatic=True))
    await fetch(_REQUEST_RATING, change.ticket.id, change.now)


def clean_note(field: str, note: str | None) -> str | None:
    """None if it is empty. Raises InvalidInput."""
    note = (note or "").strip()
    if len(note) > MAX_NOTE_LENGTH:
        raise InvalidInput(
            "{field_label} must have between 1 and {max} characters.",
            field=field,
            field_label=field,
            max=MAX_NOTE_LENGTH,
        )
    return note or None
