"""The ticket page, and the forms on it."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath
from msgspec import Struct

from service_desk import wall_clock
from service_desk.customers.queries import recent_tickets
from service_desk.errors import DeskError, NotFound, NotLoggedIn
from service_desk.idempotency.nonces import new_nonce, valid_nonce
from service_desk.rules.edits import typed_in
from service_desk.rules.messages.sms_segments import segments_of
from service_desk.rules.tickets.events import TicketCorrected, TicketOpened
from service_desk.rules.tickets.message_events import CallbackRequested
from service_desk.rules.tickets.states import ALLOWED_MOVES
from service_desk.settings import get_settings
from service_desk.ticket_views.clock_lines import clock_lines
from service_desk.ticket_views.events import RecordedEvent, data_of, read_events
from service_desk.ticket_views.history import HistoryRenderer, load_names
from service_desk.ticket_views.reply_channels import reply_channels
from service_desk.ticket_views.schemas import MessageView, TicketView
from service_desk.ticket_views.warranty import ticket_warranty
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets.sending import MAX_TEXT_LENGTH
from service_desk.web.access import StaffRequest, needs_staff
from service_desk.web.forms import Form, read_form
from service_desk.web.locale import locale_of
from service_desk.web.security import sent_cookie
from service_desk.web.templates import error_text, page, see_other
from service_desk.workspace.actions import PROMISE_MINUTES, act
from service_desk.workspace.form_choices import form_choices
from service_desk.workspace.ticket_saves import current_plan, fields_of


class TicketFormError(Struct, frozen=True):
    """A rejected form, shown again as it was typed, with the message."""

    verb: str
    message: str
    field: str | None
    form: Form


@get("/tickets/{number:str}", guards=[needs_staff])
async def show_ticket(request: StaffRequest, number: FromPath[str]) -> Response[str]:
    return await ticket_page(request, number)


@post("/tickets/{number:str}/{verb:str}", guards=[needs_staff])
async def perform_action(
    request: StaffRequest, number: FromPath[str], verb: FromPath[str]
) -> Response[Any]:
    form = await read_form(request)
    try:
        next_number = await act(
            verb, number, form, staff_id=request.user.staff_id, now=wall_clock.now()
        )
    except (NotFound, NotLoggedIn):
        raise
    except DeskError as error:
        rejected = TicketFormError(
            verb, error_text(error, locale_of(request)), error.field, typed_in(form)
        )
        return await ticket_page(request, number, rejected, status=error.status)
    response = see_other(f"/tickets/{next_number}#{verb}")
    if nonce := valid_nonce(form):
        response.set_cookie(sent_cookie(nonce))
    return response


@post("/compose/segments", guards=[needs_staff])
async def count_segments(request: StaffRequest) -> Response[str]:
    """Characters and SMS segments of the text being written."""
    form = await read_form(request)
    body = form.get("body", "")
    return page(
        request,
        "tickets/segments.html",
        segments=segments_of(body),
        via=form.get("via", "sms"),
        max_length=MAX_TEXT_LENGTH if len(body) > MAX_TEXT_LENGTH else None,
    )


async def ticket_page(
    request: StaffRequest, number: str, rejected: TicketFormError | None = None, status: int = 200
) -> Response[str]:
    now = wall_clock.now()
    ticket = await get_ticket(number, now)
    events = read_events(ticket.events)
    names = await load_names(events)
    plan, choices = current_plan(events), await form_choices()
    renderer = HistoryRenderer(names, locale_of(request), get_settings().zone, now)
    return page(
        request,
        "tickets/ticket.html",
        status=status,
        ticket=ticket,
        clocks=await clock_lines(events, renderer, now),
        plan=plan,
        present=fields_of(ticket, plan, choices),
        callback_phone=callback_phone(ticket, events),
        other_details=other_details(events),
        warranty=await ticket_warranty(ticket),
        movable_messages=movable_messages(ticket, events),
        names=names,
        reply_channels=reply_channels(ticket, now),
        history=renderer.lines(events),
        choices=choices,
        recent_tickets=await recent_tickets(ticket.customer.id, exclude=number),
        moves=ALLOWED_MOVES[ticket.state],
        promise_minutes=PROMISE_MINUTES,
        nonce=new_nonce(),
        rejected=rejected,
    )


def callback_phone(ticket: TicketView, events: list[RecordedEvent]) -> str | None:
    """The number to call back: None if the caller withheld it."""
    requests = data_of(events, CallbackRequested)
    return requests[-1].phone if requests else ticket.customer.phone


def other_details(events: list[RecordedEvent]) -> list[str]:
    """Contact details that came with the ticket and are another customer's."""
    found: list[str] = []
    for data in (event.data for event in events):
        if isinstance(data, TicketOpened) or (isinstance(data, TicketCorrected) and data.customer):
            found = data.other_details.given if data.other_details else []
    return found


def movable_messages(ticket: TicketView, events: list[RecordedEvent]) -> list[MessageView]:
    """The customer's messages that can be split out or moved: all but the one that opened it."""
    opening = {opened.message for opened in data_of(events, TicketOpened)}
    return [
        message
        for message in ticket.messages
        if message.direction == "in"
        and message.ticket == ticket.number
        and message.id not in opening
    ]


router = Router(
    "/", route_handlers=[show_ticket, perform_action, count_segments], include_in_schema=False
)
