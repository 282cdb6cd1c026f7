"""The customer rates the handling, from 1 (bad) to 5 (good) (DESIGN §2.5)."""

from datetime import datetime, timedelta

from msgspec import Struct

from service_desk.database import fetch
from service_desk.errors import InvalidInput
from service_desk.outbox.queue import queue_message
from service_desk.principal import CUSTOMER
from service_desk.rows import get_value, list_rows
from service_desk.rules.tickets.events import RatingGiven
from service_desk.rules.tickets.vocabulary import Channel
from service_desk.rules.words.languages import Locale
from service_desk.tables import Rating, Staff
from service_desk.texts.customer_texts import render_text
from service_desk.tickets.change import TicketChange, change_ticket
from service_desk.tickets.conversation import receive
from service_desk.tickets.messages import notify_about
from service_desk.tickets.refusals import surviving_number

MIN_SCORE, MAX_SCORE = 1, 5
LOW_SCORE = 2  # up to here supervisors are notified
NOTIFY_INTERVAL = timedelta(days=1)  # however often the customer changes the rating

_RATE = """
INSERT INTO rating (ticket, requested_at, score, rated_at) VALUES ($1, $3, $2, $3)
ON CONFLICT (ticket) DO UPDATE SET score = $2, rated_at = $3,
    dealt_with_at = NULL, dealt_with_by = NULL
"""


class Supervisor(Struct, frozen=True):
    email: str
    locale: Locale
    notify_by: list[str]


async def rate(
    number: str,
    score: int,
    *,
    now: datetime,
    body: str | None = None,
    channel: Channel = "web",
    provider_id: str | None = None,
) -> None:
    """Record the customer's rating; a later one replaces it. Supervisors are notified when it turns
    low, at most once a day.

    `body`: the message with the rating, which is kept and does not reopen the ticket. The same
    score again changes nothing. Raises InvalidInput, NotFound.
    """
    if not MIN_SCORE <= score <= MAX_SCORE:
        raise InvalidInput("A rating is a number from 1 (bad) to 5 (good).", field="score")
    number = await surviving_number(number)
    async with change_ticket(number, actor=CUSTOMER, now=now) as change:
        if body is not None:
            await receive(change, body, channel, provider_id, reopens=False)
        before = await get_value(Rating.score, ticket=change.ticket.id)
        if before == score:
            return
        notified = _was_low_since(change, change.now - NOTIFY_INTERVAL)
        await fetch(_RATE, change.ticket.id, score, change.now)
        change.record(RatingGiven(score))
        if score <= LOW_SCORE and not notified and (before is None or before > LOW_SCORE):
            await _notify_supervisors(change, score)


def _was_low_since(change: TicketChange, since: datetime) -> bool:
    return any(
        isinstance(rating := event.data, RatingGiven)
        and rating.score <= LOW_SCORE
        and event.at > since
        for event in change.events
    )


async def _notify_supervisors(change: TicketChange, score: int) -> None:
    ticket = change.ticket
    await notify_about(change, "low_rating")
    values = {"number": ticket.number, "score": score, "subject": ticket.subject}
    for person in await list_rows(Supervisor, Staff, role="supervisor", active=True):
        if "email" in person.notify_by:  # told already
            continue
        await queue_message(
            channel="email",
            recipient=person.email,
            subject=render_text("subject_low_rating", person.locale, **values),
            body=render_text("low_rating", person.locale, **values),
            ticket=ticket.id,
            purpose="low_rating",
            now=change.now,
        )
