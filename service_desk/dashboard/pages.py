"""/dashboard, and the bell in the header."""

from litestar import Response, Router, get

from service_desk import wall_clock
from service_desk.dashboard.operations import mark_alerts_seen
from service_desk.dashboard.queries import (
    count_overdue,
    count_unseen_alerts,
    latest_alerts,
    latest_breaches,
    open_work_counts,
    proposed_compensations,
)
from service_desk.outbox.failed_messages import count_recently_failed, list_failed_messages
from service_desk.web.access import StaffRequest, needs_staff
from service_desk.web.templates import page

FAILED_MESSAGES_SHOWN = 30


@get("/dashboard", guards=[needs_staff])
async def show_dashboard(request: StaffRequest) -> Response[str]:
    me = request.user
    decides = me.is_at_least("supervisor")
    now, asked = wall_clock.now(), request.query_params
    again = asked.get("again", "")
    shown = page(
        request,
        "dashboard/dashboard.html",
        counts=await open_work_counts(now),
        proposals=await proposed_compensations() if decides else None,
        broken=await latest_breaches(),
        alerts=await latest_alerts(me.staff_id),
        trouble=await list_failed_messages(limit=FAILED_MESSAGES_SHOWN, after=asked.get("after")),
        failed=await count_recently_failed(now) if decides else 0,
        again=int(again) if again.isascii() and again.isdigit() and len(again) < 10 else 0,
    )
    await mark_alerts_seen(me.staff_id)
    return shown


@get("/alerts/bell", guards=[needs_staff])
async def show_bell(request: StaffRequest) -> Response[str]:
    """How many promises are broken now, an agent's own, a supervisor's the whole desk's; and how
    many alerts are new to them."""
    me = request.user
    whose = None if me.is_at_least("supervisor") else me.staff_id
    overdue = await count_overdue(wall_clock.now(), whose)
    return page(
        request,
        "dashboard/bell.html",
        overdue=overdue,
        fresh=await count_unseen_alerts(me.staff_id),
    )


router = Router("/", route_handlers=[show_dashboard, show_bell], include_in_schema=False)
