"""What the forms about other tickets do: merge, link, split out, move (see actions.py).

Each answers with the number of the ticket to go on with.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from service_desk.errors import InvalidInput
from service_desk.joining import moving
from service_desk.joining import operations as joining
from service_desk.rules.tickets.numbers import is_valid_number
from service_desk.rules.tickets.vocabulary import MAX_SUBJECT_LENGTH, Kind
from service_desk.rules.words.plain_text import normalize_text

Form = Mapping[str, str]


async def merge(number: str, form: Form, staff_id: int, now: datetime) -> str:
    into = ticket_number(form, "into")
    await joining.merge(number, into, staff_id=staff_id, now=now)
    return into


async def link(number: str, form: Form, staff_id: int, now: datetime) -> str:
    await joining.link(number, ticket_number(form, "to"), staff_id=staff_id, now=now)
    return number


async def split(number: str, form: Form, staff_id: int, now: datetime) -> str:
    """A message of the customer's becomes a ticket of its own: that is where to go on."""
    kind: Kind | None = next((one for one in get_args(Kind) if one == form.get("kind")), None)
    return await joining.split_out(
        number,
        _message(form),
        kind=kind,
        subject=form.get("subject", "")[:MAX_SUBJECT_LENGTH],
        acknowledge=form.get("acknowledge") == "yes",
        staff_id=staff_id,
        now=now,
    )


async def move(number: str, form: Form, staff_id: int, now: datetime) -> str:
    """A message of the customer's to another ticket."""
    to = ticket_number(form, "to")
    await moving.move_message(number, _message(form), to, staff_id=staff_id, now=now)
    return number


def ticket_number(form: Form, field: str) -> str:
    """A ticket's number as it was typed or chosen; its check digit tells a mistyped one."""
    number = re.sub(r"[\s-]", "", normalize_text(form.get(field, ""))).strip("#")
    if not is_valid_number(number):
        raise InvalidInput(
            "{number} is no ticket number. Check its digits.",
            field=field,
            number=number[:20] or "–",
        )
    return number


def _message(form: Form) -> int:
    message = form.get("message", "")
    if not re.fullmatch("[0-9]{1,18}", message):
        raise InvalidInput("Choose a message.", field="message")
    return int(message)
