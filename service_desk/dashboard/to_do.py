"""What waits for a supervisor: questions referred to them, and low ratings."""

from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch_as
from service_desk.self_service.rating import LOW_SCORE

MAX_LISTED = 30

_REFERRALS = """
SELECT t.number, t.subject, e.data ->> 'question' AS question, staff.name AS asked_by, clock.due_at,
    e.id AS version
FROM clock JOIN ticket t ON t.id = clock.ticket
    CROSS JOIN LATERAL (SELECT id, data FROM ticket_event
        WHERE ticket = t.id AND type = 'ticket.referred' ORDER BY id DESC LIMIT 1) AS e
    LEFT JOIN staff ON staff.id = (e.data ->> 'by')::bigint
WHERE clock.name = 'referral' AND clock.phase = 'running' ORDER BY clock.due_at, t.id LIMIT $1
"""
_LOW_RATINGS = """
SELECT rating.id, t.number, t.subject, rating.score, rating.rated_at
FROM rating JOIN ticket t ON t.id = rating.ticket
WHERE rating.score <= $1 AND rating.dealt_with_at IS NULL ORDER BY rating.rated_at LIMIT $2
"""


class OpenReferral(Struct, frozen=True):
    """`version`: of the ticket, when the question was asked."""

    number: str
    subject: str
    question: str
    asked_by: str | None
    due_at: datetime
    version: int


class LowRating(Struct, frozen=True):
    id: int
    number: str
    subject: str
    score: int
    rated_at: datetime


async def open_referrals() -> list[OpenReferral]:
    """The most urgent first."""
    return await fetch_as(OpenReferral, _REFERRALS, MAX_LISTED)


async def low_ratings() -> list[LowRating]:
    """Not dealt with yet, oldest first."""
    return await fetch_as(LowRating, _LOW_RATINGS, LOW_SCORE, MAX_LISTED)
