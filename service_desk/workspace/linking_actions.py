"""The forms that involve another ticket: merge, link, split out, move (see actions.py).

Each returns the number of the ticket to show next.
"""

import re
from datetime import datetime

from service_desk.errors import InvalidInput
from service_desk.linking import operations as linking
from service_desk.linking.message_moves import move_message
from service_desk.rules.tickets.numbers import is_valid_number
from service_desk.rules.tickets.vocabulary import KINDS, MAX_SUBJECT_LENGTH, Kind
from service_desk.rules.words.plain_text import normalize_text
from service_desk.web.forms import Form
from service_desk.workspace.ticket_saves import as_shown


async def merge(number: str, form: Form, staff_id: int, now: datetime) -> str:
    into = ticket_number(form, "into")
    async with as_shown(number, form, staff_id, "state"):
        await linking.merge(number, into, staff_id=staff_id, now=now)
    return into


async def link(number: str, form: Form, staff_id: int, now: datetime) -> str:
    async with as_shown(number, form, staff_id, "link"):
        await linking.link(number, ticket_number(form, "to"), staff_id=staff_id, now=now)
    return number


async def split(number: str, form: Form, staff_id: int, now: datetime) -> str:
    """A customer's message becomes a ticket of its own, which is shown next."""
    kind: Kind | None = next((kind for kind in KINDS if kind == form.get("kind")), None)
    return await linking.split_out(
        number,
        _message(form),
        kind=kind,
        subject=form.get("subject", "")[:MAX_SUBJECT_LENGTH],
        acknowledge=form.get("acknowledge") == "yes",
        staff_id=staff_id,
        now=now,
    )


async def move(number: str, form: Form, staff_id: int, now: datetime) -> str:
    """Move a customer's message to another ticket."""
    to = ticket_number(form, "to")
    await move_message(number, _message(form), to, staff_id=staff_id, now=now)
    return number


def ticket_number(form: Form, field: str) -> str:
    """The number as typed or chosen. Raises InvalidInput if its check digit is wrong."""
    number = re.sub(r"[\s-]", "", normalize_text(form.get(field, ""))).strip("#")
    if not is_valid_number(number):
        raise InvalidInput(
            "{number} is not a ticket number. Check its digits.",
            field=field,
            number=number[:20] or "–",
        )
    return number


def _message(form: Form) -> int:
    message = form.get("message", "")
    if not re.fullmatch("[0-9]{1,18}", message):
        raise InvalidInput("Choose a message.", field="message")
    return int(message)
