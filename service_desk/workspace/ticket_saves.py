"""What the forms of the ticket page show, and saving only what was changed in them."""

import re
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime

from service_desk.database import transaction
from service_desk.edits.operations import Save, refusal
from service_desk.rules.edits import Values, form_values, overtaken, split_shown, wanted_changes
from service_desk.rules.tickets.events import PlanRecorded
from service_desk.rules.tickets.meanwhile import CLASSIFIED, CORRECTED
from service_desk.rules.tickets.vocabulary import MAX_OPTIONS
from service_desk.ticket_views.events import RecordedEvent, data_of, read_events
from service_desk.ticket_views.meanwhile import sentences_of, unchanged_since
from service_desk.ticket_views.schemas import TicketView
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets.change import lock_ticket
from service_desk.workspace.form_choices import Choices, form_choices


@asynccontextmanager
async def saving_ticket(
    number: str, form: Values, *, staff_id: int, now: datetime
) -> AsyncGenerator[Save]:
    """Save in the block what the form changed. Raises NotFound, and Overtaken if somebody changed
    the same since it was shown."""
    shown, sent = split_shown(form)
    wanted = wanted_changes(shown, sent)
    async with transaction():
        locked = await lock_ticket(number)
        present = await present_fields(number, now)
        if fields := overtaken(shown, wanted, present):
            values = {field: present[field] for field in fields}
            raise refusal(await sentences_of(locked.id, values, staff_id))
        yield Save(wanted, present)


def as_shown(
    number: str, form: Values, staff_id: int, *things: str
) -> AbstractAsyncContextManager[None]:
    """The block changes these things, which have no field that shows them: the form carries the
    ticket's version. Raises Overtaken if somebody changed them since."""
    version = form.get("version", "")
    known = int(version) if re.fullmatch("[0-9]{1,18}", version) else None
    return unchanged_since(number, known, things, staff_id=staff_id)


async def present_fields(number: str, now: datetime) -> dict[str, str]:
    ticket = await get_ticket(number, now)
    plan = current_plan(read_events(ticket.events))
    return fields_of(ticket, plan, await form_choices())


def fields_of(ticket: TicketView, plan: PlanRecorded | None, choices: Choices) -> dict[str, str]:
    """The fields of all forms by their names, as they show the ticket."""
    values: dict[str, object] = {name: getattr(ticket, name) for name in CLASSIFIED}
    values |= {name: getattr(ticket, name) for name in CORRECTED}
    values["customer"] = ticket.customer.phone or ticket.customer.email
    values["assignee"] = ticket.assignee
    options = plan.options if plan else ()
    for index in range(MAX_OPTIONS):
        values[f"option{index + 1}"] = options[index] if index < len(options) else ""
    values["diagnosis"] = plan.diagnosis if plan else ""
    values["plan"] = plan.plan if plan else ""
    values["owner"] = choices.email_of(plan.owner) if plan else ""
    values["chosen"] = plan.chosen + 1 if plan and plan.chosen is not None else ""
    return form_values(values)


def current_plan(events: list[RecordedEvent]) -> PlanRecorded | None:
    """The handling plan in force: the last one recorded."""
    plans = data_of(events, PlanRecorded)
    return plans[-1] if plans else None
