"""REST of tickets and the queue (DESIGN §3)."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from litestar import Response, Router, get, patch, post
from litestar.di import NamedDependency, Provide
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from service_desk import wall_clock
from service_desk.contacts.phone_numbers import to_e164
from service_desk.errors import InvalidInput
from service_desk.opening.corrections import correct, corrected_fields
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.once import open_ticket_once
from service_desk.paging import DEFAULT_LIMIT, Page
from service_desk.rest import ticket_verbs
from service_desk.rest.schemas import CorrectionInput, TicketInput
from service_desk.rules.customers.tiering import Tier
from service_desk.rules.tickets.states import TicketState
from service_desk.rules.tickets.vocabulary import Kind, Severity
from service_desk.rules.words.plain_text import is_blank
from service_desk.settings import get_settings
from service_desk.suppliers.naming import check_supplier_exists
from service_desk.ticket_views.meanwhile import unchanged_since
from service_desk.ticket_views.newly_opened import newly_opened
from service_desk.ticket_views.queries import queue_page, ticket_list
from service_desk.ticket_views.schemas import TicketFilters, TicketSummary, TicketView
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import progress
from service_desk.web.access import StaffRequest, needs_scope
from service_desk.web.query_parameters import After, Limit
from service_desk.web.timestamps import read_moment, require_offset

CLOCK_SKEW = timedelta(minutes=5)  # by which a caller's clock may be ahead
MAX_AGE = timedelta(days=3650)


@post("/tickets", guards=[needs_scope("tickets:write")], operation_id="open_ticket")
async def post_ticket(request: StaffRequest, data: JSONBody[TicketInput]) -> Response[TicketView]:
    """Open a ticket. The customer is sent its number, unless `received_at` is given. 409 names the
    ticket that has this `external_id` already; imported ones do not count."""
    now = wall_clock.now()
    received_at = _check_received_at(data.received_at, now)
    for field in ("subject", "description"):
        if is_blank(getattr(data, field)):
            raise InvalidInput("{name} must not be empty.", field=field, name=field)
    if data.supplier:
        await check_supplier_exists(data.supplier, staff_id=request.user.staff_id)
    fields = {name: getattr(data, name) for name in data.__struct_fields__}
    fields |= {"received_at": received_at, "body": fields.pop("description")}
    acknowledge = data.received_at is None
    new = NewTicket(**fields, actor=request.user.actor, acknowledge=acknowledge)
    opened = await open_ticket_once(new, now=now)
    ticket = await newly_opened(opened, now)
    return Response(ticket, headers={"Location": f"/api/v1/tickets/{ticket.number}"})


BREACHED = "A clock was met late, or is overdue now."
OVERDUE = "A clock is past its due time now, as the dashboard counts."


PHONE = "A phone number, with its country code if it is from abroad."
FROM = "A time with its offset, or a date: from its beginning in the desk's time zone."
TO = "A time with its offset, or a date: to its end in the desk's time zone."


def read_filters(
    in_state: Annotated[TicketState | Literal["any"] | None, QueryParameter(name="state")] = None,
    kind: FromQuery[Kind | None] = None,
    severity: FromQuery[Severity | None] = None,
    assignee: FromQuery[str | None] = None,
    supplier: FromQuery[str | None] = None,
    category: FromQuery[str | None] = None,
    tier: FromQuery[Tier | None] = None,
    breached: Annotated[bool | None, QueryParameter(description=BREACHED)] = None,
    overdue: Annotated[bool | None, QueryParameter(description=OVERDUE)] = None,
    callback: FromQuery[bool | None] = None,
    q: FromQuery[str | None] = None,
    phone: Annotated[str | None, QueryParameter(description=PHONE)] = None,
    email: FromQuery[str | None] = None,
    external_id: FromQuery[str | None] = None,
    received_from: Annotated[str | None, QueryParameter(description=FROM)] = None,
    received_to: Annotated[str | None, QueryParameter(description=TO)] = None,
) -> TicketFilters:
    """The filters of the query string; `assignee`: an e-mail address or `none`."""
    return TicketFilters(
        state=in_state, kind=kind, severity=severity, assignee=assignee, supplier=supplier,
        category=category, tier=tier, breached=breached, overdue=overdue,
        callback=callback, q=q, phone=to_e164(phone, get_settings().region) if phone else None,
        email=email.strip().lower() if email else None, external_id=external_id,
        received_from=_moment("received_from", received_from),
        received_to=_moment("received_to", received_to, ends=True),
    )  # fmt: skip


def _moment(name: str, text: str | None, *, ends: bool = False) -> datetime | None:
    return read_moment(name, text, get_settings().zone, ends=ends) if text else None


@get("/tickets", guards=[needs_scope("tickets:read")], operation_id="list_tickets")
async def list_tickets(
    filters: NamedDependency[TicketFilters],
    limit: Limit = DEFAULT_LIMIT,
    after: After = None,
) -> Page[TicketSummary]:
    """Newest first; without `state` the open ones, `state=any` for all."""
    return await ticket_list(filters, limit=limit, after=after, now=wall_clock.now())


@get("/queue", guards=[needs_scope("tickets:read")], operation_id="queue")
async def get_queue(
    filters: NamedDependency[TicketFilters],
    limit: Limit = DEFAULT_LIMIT,
    after: After = None,
) -> Page[TicketSummary]:
    """Ranked tickets that are not resolved or closed, the most urgent first."""
    return await queue_page(filters, limit=limit, after=after, now=wall_clock.now())


@post(
    "/queue/take-next",
    guards=[needs_scope("tickets:write")],
    operation_id="take_next",
    status_code=HTTP_200_OK,
    responses={
        HTTP_200_OK: ResponseSpec(TicketView, generate_examples=False, description="The ticket."),
        HTTP_204_NO_CONTENT: ResponseSpec(None, description="No ticket is unassigned."),
    },
)
async def post_take_next(request: StaffRequest) -> Response[TicketView | None]:
    """Claim the top unassigned ticket: 200 with it, 204 if there is none."""
    now = wall_clock.now()
    number = await progress.take_next(staff_id=request.user.staff_id, now=now)
    if number is None:
        return Response(None, status_code=HTTP_204_NO_CONTENT)
    return Response(await get_ticket(number, now))


@get("/tickets/{number:str}", guards=[needs_scope("tickets:read")], operation_id="get_ticket")
async def show_ticket(number: FromPath[str]) -> TicketView:
    return await get_ticket(number, wall_clock.now())


@patch(
    "/tickets/{number:str}", guards=[needs_scope("tickets:write")], operation_id="correct_ticket"
)
async def patch_ticket(
    request: StaffRequest, number: FromPath[str], data: JSONBody[CorrectionInput]
) -> TicketView:
    """Put right what was typed in wrong; the history keeps both. Only what is given changes.
    `customer`: whose ticket it is, by `id`, phone number or e-mail address; a new one is added.
    The tracking page of a ticket that becomes another customer's gets another address."""
    by, now = request.user.staff_id, wall_clock.now()
    async with unchanged_since(number, data.version, corrected_fields(data), staff_id=by):
        await correct(number, data, staff_id=by, now=now)
    return await get_ticket(number, now)


def _check_received_at(given: datetime | None, now: datetime) -> datetime:
    if given is None:
        return now
    received_at = require_offset("received_at", given)
    if not now - MAX_AGE < received_at <= now + CLOCK_SKEW:
        raise InvalidInput(
            "The time of receipt must be within the past ten years and not in the future.",
            field="received_at",
        )
    return min(received_at, now)


router = Router(
    "/",
    dependencies={"filters": Provide(read_filters, sync_to_thread=False)},
    tags=["tickets"],
    route_handlers=[
        post_ticket, list_tickets, get_queue, post_take_next, show_ticket, patch_ticket,
        *ticket_verbs.HANDLERS,
    ],
)  # fmt: skip
