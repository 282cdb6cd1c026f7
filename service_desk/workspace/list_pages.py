"""The page of all tickets, of any state, newest first."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response, Router, get

from service_desk import wall_clock
from service_desk.paging import DEFAULT_LIMIT
from service_desk.ticket_views.queries import ticket_list
from service_desk.ticket_views.schemas import TicketFilters
from service_desk.web.access import StaffRequest, needs_staff
from service_desk.web.templates import page
from service_desk.workspace.form_choices import form_choices
from service_desk.workspace.queue_pages import FILTERS, MAX_FILTER_LENGTH, read_filters

CUSTOMER = "customer"
"""Those of one customer, from their page."""


@get("/tickets", guards=[needs_staff])
async def show_tickets(request: StaffRequest) -> Response[str]:
    given = request.query_params
    chosen = {
        name: value[:MAX_FILTER_LENGTH]
        for name in FILTERS
        if (value := given.get(name, "").strip())
    }
    customer = given.get(CUSTOMER, "")
    if customer.isdecimal() and len(customer) < 18:
        chosen[CUSTOMER] = customer
    tickets = await ticket_list(
        _filters(chosen, request.user.email),
        limit=DEFAULT_LIMIT,
        after=given.get("after"),
        now=wall_clock.now(),
    )
    return page(
        request,
        "tickets/list.html",
        tickets=tickets.items,
        chosen=chosen,
        choices=await form_choices(),
        next_page=_url(chosen, tickets.next) if tickets.next else None,
    )


def _filters(chosen: dict[str, str], me: str) -> TicketFilters:
    given: dict[str, Any] = {"state": "any"} | chosen
    if CUSTOMER in given:
        given[CUSTOMER] = int(given[CUSTOMER])
    return read_filters(given, me)


def _url(chosen: dict[str, str], after: str) -> str:
    return f"/tickets?{urlencode(chosen | {'after': after})}"


router = Router("/", route_handlers=[show_tickets], include_in_schema=False)
