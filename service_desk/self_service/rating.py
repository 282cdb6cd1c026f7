"""How the customer rates the handling, from 1 (bad) to 5 (good) (DESIGN §2.5)."""

from datetime import datetime, timedelta

from service_desk.database import fetch, fetch_value
from service_desk.errors import InvalidInput
from service_desk.outbox.queue import queue_message
from service_desk.texts.customer_texts import render_text
from service_desk.tickets.change import CUSTOMER, TicketChange, change_ticket
from service_desk.tickets.conversation import receive

MIN_SCORE, MAX_SCORE = 1, 5
LOW_SCORE = 2  # up to here a supervisor looks at the ticket again
NOTIFY_INTERVAL = timedelta(days=1)  # however often the customer changes their mind


async def rate(
    number: str,
    score: int,
    *,
    now: datetime,
    said: str | None = None,
    channel: str = "web",
    external_id: str | None = None,
) -> None:
    """Record the customer's rating; a later one replaces it. Tells the supervisors when it turns
    low, once a day at most.

    `said`: the text it came in, kept in the conversation. It reopens nothing. The same score
    again changes nothing.
    """
    if not MIN_SCORE <= score <= MAX_SCORE:
        raise InvalidInput("A rating is a number from 1 (bad) to 5 (good).", field="score")
    async with change_ticket(number, actor=CUSTOMER, now=now) as change:
        if said is not None:
            await receive(change, said, channel, external_id, reopens=False)
        before = await fetch_value("SELECT score FROM rating WHERE ticket = $1", change.ticket.id)
        if before == score:
            return
        told = _was_low_since(change, change.now - NOTIFY_INTERVAL)
        await fetch(
            "INSERT INTO rating (ticket, requested_at, score, rated_at) VALUES ($1, $3, $2, $3) "
            "ON CONFLICT (ticket) DO UPDATE SET score = $2, rated_at = $3",
            change.ticket.id,
            score,
            change.now,
        )
        change.record("rating.given", score=score)
        if score <= LOW_SCORE and not told and (before is None or before > LOW_SCORE):
            await _notify_supervisors(change, score)


def _was_low_since(change: TicketChange, since: datetime) -> bool:
    return any(
        event.type == "rating.given" and event.data["score"] <= LOW_SCORE and event.at > since
        for event in change.events
    )


async def _notify_supervisors(change: TicketChange, score: int) -> None:
    ticket = change.ticket
    for person in await fetch(
        "SELECT email, locale FROM staff WHERE role = 'supervisor' AND active"
    ):
        values = {"number": ticket.number, "score": score, "subject": ticket.subject}
        await queue_message(
            channel="email",
            recipient=person["email"],
            subject=render_text("subject_low_rating", person["locale"], **values),
            body=render_text("low_rating", person["locale"], **values),
            ticket=ticket.id,
            purpose="low_rating",
            now=change.now,
        )
