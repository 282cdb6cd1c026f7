"""How a ticket stands, in words for its customer: what STATUS answers and what callers hear."""

from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch_as
from service_desk.i18n.formats import local_time
from service_desk.rules.tickets.states import ENDED
from service_desk.settings import get_settings
from service_desk.texts.customer_texts import render_text

SEPARATOR = {"en": "; ", "zh": "，"}
FULL_STOP = {"en": ".", "zh": "。"}


class TicketStatus(Struct, frozen=True):
    """`agent`: who is on it. `reply_due_times`, `resolution_due_at`: until when they were promised, by
    an agent or by the SLA; nothing of what is not owed, or stands still."""

    id: int
    number: str
    token: str
    state: str
    agent: str | None
    reply_due_times: tuple[datetime, ...]
    resolution_due_at: datetime | None


async def ticket_status(ticket: int) -> TicketStatus:
    found = await fetch_as(
        TicketStatus,
        """
        SELECT t.id, t.number, t.token, t.state, staff.name AS agent, owed.*
        FROM ticket t LEFT JOIN staff ON staff.id = t.assignee
            CROSS JOIN LATERAL (
                SELECT coalesce(array_agg(due_at) FILTER (
                            WHERE name IN ('response', 'next_response', 'promise')), '{}')
                        AS reply_due_times,
                    min(due_at) FILTER (WHERE name = 'resolution') AS resolution_due_at
                FROM clock WHERE ticket = t.id AND phase = 'running'
            ) AS owed
        WHERE t.id = $1
        """,
        ticket,
    )
    return found[0]


def describe_status(standing: TicketStatus, locale: str, now: datetime) -> str:
    """State, who is on it, and the next promised time still to come; a promise that was broken is
    admitted before it."""
    parts = [render_text(f"state_{standing.state}", locale)]
    if standing.state not in ENDED:
        if standing.agent:
            parts.append(render_text("state_agent", locale, agent=standing.agent))
        parts += _promises(standing, locale, now)
    return SEPARATOR["zh" if locale == "zh" else "en"].join(parts)


def as_sentence(words: str, locale: str) -> str:
    return words[:1].upper() + words[1:] + FULL_STOP["zh" if locale == "zh" else "en"]


def _promises(standing: TicketStatus, locale: str, now: datetime) -> list[str]:
    promised = [(at, "state_answer_by") for at in standing.reply_due_times]
    if standing.resolution_due_at is not None:
        promised.append((standing.resolution_due_at, "state_solved_by"))
    said = [render_text("state_late", locale)] if any(at < now for at, _ in promised) else []
    if ahead := [(at, name) for at, name in promised if at >= now]:
        at, name = min(ahead)
        said.append(
            render_text(name, locale, time=local_time(at, get_settings().zone, locale, now))
        )
    return said
