"""/dashboard, and the bell in the header."""

from litestar import Response, Router, get

from service_desk import wall_clock
from service_desk.dashboard.operations import mark_alerts_seen
from service_desk.dashboard.queries import (
    count_overdue,
    count_unseen_alerts,
    latest_alerts,
    latest_breaches,
    open_work,
    proposed_compensations,
)
from service_desk.outbox.failed_messages import (
    count_recently_failed,
    count_waiting_messages,
    list_failed_messages,
)
from service_desk.outbox.missing_gateways import missing_gateways
from service_desk.settings import get_settings
from service_desk.web.access import StaffRequest, needs_staff
from service_desk.web.templates import page

FAILED_MESSAGES_SHOWN = 30
MAX_COUNT_DIGITS = 9


@get("/dashboard", guards=[needs_staff])
async def show_dashboard(request: StaffRequest) -> Response[str]:
    """`resent`, in the query: how many messages the button just sent again."""
    me = request.user
    decides = me.is_at_least("supervisor")
    now, query = wall_clock.now(), request.query_params
    response = page(
        request,
        "dashboard/dashboard.html",
        counts=await open_work(now),
        proposals=await proposed_compensations() if decides else None,
        breaches=await latest_breaches(),
        alerts=await latest_alerts(me.staff_id),
        failed_messages=await list_failed_messages(
            limit=FAILED_MESSAGES_SHOWN, after=query.get("after")
        ),
        resendable=await count_recently_failed(now) if decides else 0,
        missing_gateways=missing_gateways(get_settings()),
        waiting_messages=await count_waiting_messages(),
        resent=_count(query.get("resent", "")),
    )
    await mark_alerts_seen(me.staff_id)
    return response


@get("/alerts/bell", guards=[needs_staff])
async def show_bell(request: StaffRequest) -> Response[str]:
    """Overdue tickets (an agent's own, for supervisors the whole desk's) and unseen alerts."""
    me = request.user
    assignee = None if me.is_at_least("supervisor") else me.staff_id
    return page(
        request,
        "dashboard/bell.html",
        overdue=await count_overdue(wall_clock.now(), assignee),
        unseen=await count_unseen_alerts(me.staff_id),
    )


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_COUNT_DIGITS else 0


router = Router("/", route_handlers=[show_dashboard, show_bell], include_in_schema=False)
