"""How a ticket stands, in words for its customer: what STATUS answers and what callers hear."""

from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch_as
from service_desk.messaging.texts import text
from service_desk.rules.ticket_states import ENDED
from service_desk.settings import get_settings
from service_desk.web.formats import local_time

BETWEEN = {"en": "; ", "zh": "，"}


class Standing(Struct, frozen=True):
    """`agent`: who is on it. `answer_due_at`, `solution_due_at`: until when they were promised,
    by an agent or by the SLA; None for what is not owed, or stands still."""

    id: int
    number: str
    token: str
    state: str
    agent: str | None
    answer_due_at: datetime | None
    solution_due_at: datetime | None


async def standing_of(ticket: int) -> Standing:
    found = await fetch_as(
        Standing,
        """
        SELECT t.id, t.number, t.token, t.state, staff.name AS agent, owed.*
        FROM ticket t LEFT JOIN staff ON staff.id = t.assignee
            CROSS JOIN LATERAL (
                SELECT min(due_at) FILTER (WHERE name IN ('response', 'next_response', 'promise'))
                        AS answer_due_at,
                    min(due_at) FILTER (WHERE name = 'resolution') AS solution_due_at
                FROM clock WHERE ticket = t.id AND phase = 'running'
            ) AS owed
        WHERE t.id = $1
        """,
        ticket,
    )
    return found[0]


def in_words(standing: Standing, locale: str, now: datetime) -> str:
    """State, who is on it, and the next promised time; a promise that was broken is admitted."""
    parts = [text(f"state_{standing.state}", locale)]
    if standing.state not in ENDED:
        if standing.agent:
            parts.append(text("state_agent", locale, agent=standing.agent))
        if promise := _promise(standing, locale, now):
            parts.append(promise)
    return BETWEEN["zh" if locale == "zh" else "en"].join(parts)


def _promise(standing: Standing, locale: str, now: datetime) -> str | None:
    for name, due_at in (
        ("state_answer_by", standing.answer_due_at),
        ("state_solved_by", standing.solution_due_at),
    ):
        if due_at is not None:
            time = local_time(due_at, get_settings().zone, locale, now)
            return text("state_late" if now > due_at else name, locale, time=time)
    return None
