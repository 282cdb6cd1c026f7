"""How a ticket stands, in words for its customer: what STATUS answers and what callers hear."""

from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch_as
from service_desk.i18n.formats import local_time
from service_desk.rules.tickets.states import ENDED
from service_desk.settings import get_settings
from service_desk.texts.customer_texts import text

BETWEEN = {"en": "; ", "zh": "，"}
STOP = {"en": ".", "zh": "。"}


class Standing(Struct, frozen=True):
    """`agent`: who is on it. `answers_due_at`, `solution_due_at`: until when they were promised, by
    an agent or by the SLA; nothing of what is not owed, or stands still."""

    id: int
    number: str
    token: str
    state: str
    agent: str | None
    answers_due_at: tuple[datetime, ...]
    solution_due_at: datetime | None


async def standing_of(ticket: int) -> Standing:
    found = await fetch_as(
        Standing,
        """
        SELECT t.id, t.number, t.token, t.state, staff.name AS agent, owed.*
        FROM ticket t LEFT JOIN staff ON staff.id = t.assignee
            CROSS JOIN LATERAL (
                SELECT coalesce(array_agg(due_at) FILTER (
                            WHERE name IN ('response', 'next_response', 'promise')), '{}')
                        AS answers_due_at,
                    min(due_at) FILTER (WHERE name = 'resolution') AS solution_due_at
                FROM clock WHERE ticket = t.id AND phase = 'running'
            ) AS owed
        WHERE t.id = $1
        """,
        ticket,
    )
    return found[0]


def in_words(standing: Standing, locale: str, now: datetime) -> str:
    """State, who is on it, and the next promised time still to come; a promise that was broken is
    admitted before it."""
    parts = [text(f"state_{standing.state}", locale)]
    if standing.state not in ENDED:
        if standing.agent:
            parts.append(text("state_agent", locale, agent=standing.agent))
        parts += _promises(standing, locale, now)
    return BETWEEN["zh" if locale == "zh" else "en"].join(parts)


def as_sentence(words: str, locale: str) -> str:
    return words[:1].upper() + words[1:] + STOP["zh" if locale == "zh" else "en"]


def _promises(standing: Standing, locale: str, now: datetime) -> list[str]:
    promised = [(at, "state_answer_by") for at in standing.answers_due_at]
    if standing.solution_due_at is not None:
        promised.append((standing.solution_due_at, "state_solved_by"))
    said = [text("state_late", locale)] if any(at < now for at, _ in promised) else []
    if ahead := [(at, name) for at, name in promised if at >= now]:
        at, name = min(ahead)
        said.append(text(name, locale, time=local_time(at, get_settings().zone, locale, now)))
    return said
