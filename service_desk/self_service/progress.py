"""The status of a ticket in words, for its customer: replies to STATUS, and what callers hear."""

from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch_as
from service_desk.i18n.formats import local_time
from service_desk.rules.tickets.states import ENDED, TicketState
from service_desk.rules.words.languages import Locale
from service_desk.settings import get_settings
from service_desk.texts.customer_texts import render_text

SEPARATOR = {"en": "; ", "zh": "，"}
FULL_STOP = {"en": ".", "zh": "。"}


_STATUS = """
SELECT t.id, t.number, t.token, t.state, staff.name AS agent, due.*
FROM ticket t LEFT JOIN staff ON staff.id = t.assignee
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(due_at) FILTER (
                    WHERE name IN ('response', 'next_response', 'promise')), '{}')
                AS reply_due_times,
            min(due_at) FILTER (WHERE name = 'resolution') AS resolution_due_at
        FROM clock WHERE ticket = t.id AND phase = 'running'
    ) AS due
WHERE t.id = $1
"""


class TicketStatus(Struct, frozen=True):
    """`agent`: name of the assignee. `reply_due_times`, `resolution_due_at`: due times of running
    clocks, a promised update among them."""

    id: int
    number: str
    token: str
    state: TicketState
    agent: str | None
    reply_due_times: tuple[datetime, ...]
    resolution_due_at: datetime | None


async def ticket_status(ticket: int) -> TicketStatus:
    (status,) = await fetch_as(TicketStatus, _STATUS, ticket)
    return status


def describe_status(status: TicketStatus, locale: Locale, now: datetime) -> str:
    """State, assignee, whether we are late, and the next due time that is ahead."""
    parts = [render_text(f"state_{status.state}", locale)]
    if status.state not in ENDED:
        if status.agent:
            parts.append(render_text("state_agent", locale, agent=status.agent))
        parts += _promises(status, locale, now)
    return SEPARATOR["zh" if locale == "zh" else "en"].join(parts)


def as_sentence(words: str, locale: Locale) -> str:
    return words[:1].upper() + words[1:] + FULL_STOP["zh" if locale == "zh" else "en"]


def _promises(status: TicketStatus, locale: Locale, now: datetime) -> list[str]:
    promised = [(at, "state_answer_by") for at in status.reply_due_times]
    if status.resolution_due_at is not None:
        promised.append((status.resolution_due_at, "state_solved_by"))
    parts = [render_text("state_late", locale)] if any(at < now for at, _ in promised) else []
    if ahead := [(at, name) for at, name in promised if at >= now]:
        at, name = min(ahead)
        time = local_time(at, get_settings().zone, locale, now)
        parts.append(render_text(name, locale, time=time))
    return parts
