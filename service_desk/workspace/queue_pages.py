"""The queue page: open tickets in rank order."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response, Router, get, post
from litestar.response import Redirect

from service_desk import wall_clock
from service_desk.ticket_views.queries import queue_page
from service_desk.ticket_views.schemas import TicketFilters
from service_desk.tickets.progress import take_next
from service_desk.web.access import StaffRequest, needs_staff
from service_desk.web.templates import page, see_other
from service_desk.workspace.form_choices import form_choices

PAGE_SIZE = 50
FILTERS = (
    *("state", "kind", "severity", "assignee", "supplier", "category", "tier", "breached"),
    *("overdue", "callback", "q"),
)
MAX_FILTER_LENGTH = 200


@get("/queue", guards=[needs_staff])
async def show_queue(request: StaffRequest) -> Response[str]:
    """The whole page; for htmx only its rows."""
    chosen = {
        name: value[:MAX_FILTER_LENGTH]
        for name in FILTERS
        if (value := request.query_params.get(name, "").strip())
    }
    now = wall_clock.now()
    tickets = await queue_page(
        read_filters(chosen, me=request.user.email),
        limit=PAGE_SIZE,
        after=request.query_params.get("after"),
        now=now,
    )
    rows_only = request.headers.get("hx-target") == "queue"
    values: dict[str, Any] = {} if rows_only else {"choices": await form_choices()}
    return page(
        request,
        "tickets/queue_rows.html" if rows_only else "tickets/queue.html",
        tickets=tickets.items,
        chosen=chosen,
        current_url=queue_url(chosen, after=request.query_params.get("after")),
        next_page=queue_url(chosen, after=tickets.next) if tickets.next else None,
        none_left="empty" in request.query_params,
        queue_url=queue_url,
        **values,
    )


@post("/queue/take-next", guards=[needs_staff])
async def claim_next(request: StaffRequest) -> Redirect:
    number = await take_next(staff_id=request.user.staff_id, now=wall_clock.now())
    return see_other(f"/tickets/{number}" if number else "/queue?empty=")


def read_filters(chosen: dict[str, str], me: str) -> TicketFilters:
    """Filters from the URL; `assignee=me` is the reader. An unknown value matches no ticket."""
    given: dict[str, Any] = dict(chosen)
    if given.get("assignee") == "me":
        given["assignee"] = me
    for name in given.keys() & {"breached", "overdue", "callback"}:
        given[name] = given[name] == "true"
    return TicketFilters(**given)


def queue_url(chosen: dict[str, str], **changed: str | None) -> str:
    """The queue with these filters; None removes one."""
    filters = {name: value for name, value in (chosen | changed).items() if value}
    return f"/queue?{urlencode(filters)}" if filters else "/queue"


router = Router("/", route_handlers=[show_queue, claim_next], include_in_schema=False)
