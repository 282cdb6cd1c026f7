"""/dashboard, and the bell in the header."""

from litestar import Response, Router, get

from service_desk import wall_clock
from service_desk.dashboard.operations import look_at_alerts
from service_desk.dashboard.queries import (
    broken_promises,
    counts,
    latest_alerts,
    new_alerts,
    overdue_count,
    proposed_compensations,
)
from service_desk.outbox.failed_messages import count_failed_lately, messages_in_trouble
from service_desk.web.access import StaffRequest, needs_staff
from service_desk.web.templates import page

TROUBLE_SHOWN = 30


@get("/dashboard", guards=[needs_staff])
async def show_dashboard(request: StaffRequest) -> Response[str]:
    me = request.user
    decides = me.is_at_least("supervisor")
    now, asked = wall_clock.now(), request.query_params
    again = asked.get("again", "")
    shown = page(
        request,
        "dashboard/dashboard.html",
        counts=await counts(now),
        proposals=await proposed_compensations() if decides else None,
        broken=await broken_promises(),
        alerts=await latest_alerts(me.staff_id),
        trouble=await messages_in_trouble(limit=TROUBLE_SHOWN, after=asked.get("after")),
        failed=await count_failed_lately(now) if decides else 0,
        again=int(again) if again.isascii() and again.isdigit() and len(again) < 10 else 0,
    )
    await look_at_alerts(me.staff_id)
    return shown


@get("/alerts/bell", guards=[needs_staff])
async def ring(request: StaffRequest) -> Response[str]:
    """How many promises are broken now, an agent's own, a supervisor's the whole desk's; and how
    many alerts are new to them."""
    me = request.user
    whose = None if me.is_at_least("supervisor") else me.staff_id
    overdue = await overdue_count(wall_clock.now(), whose)
    return page(
        request, "dashboard/bell.html", overdue=overdue, fresh=await new_alerts(me.staff_id)
    )


router = Router("/", route_handlers=[show_dashboard, ring], include_in_schema=False)
