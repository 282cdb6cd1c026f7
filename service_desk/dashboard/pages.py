"""/dashboard, and the bell in the header."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from service_desk import wall_clock
from service_desk.dashboard.operations import deal_with_rating, mark_alerts_seen
from service_desk.dashboard.queries import (
    count_overdue,
    count_unseen_alerts,
    latest_alerts,
    latest_breaches,
    open_work,
    proposed_compensations,
)
from service_desk.dashboard.to_do import low_ratings, open_referrals
from service_desk.notifications.operations import mark_read, set_channels
from service_desk.notifications.queries import (
    BESIDE_ALERTS,
    NotificationView,
    channels_of,
    count_unread,
    list_notifications,
)
from service_desk.outbox.failed_messages import (
    count_recently_failed,
    count_waiting_messages,
    list_failed_messages,
)
from service_desk.outbox.gateways.missing_gateways import missing_gateways
from service_desk.rules.messages.vocabulary import NOTIFY_BY, NotifyBy
from service_desk.settings import get_settings
from service_desk.web.access import StaffRequest, needs_staff, needs_supervisor
from service_desk.web.forms import read_form
from service_desk.web.templates import page, see_other

FAILED_MESSAGES_SHOWN = NOTIFICATIONS_SHOWN = 30
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
        referrals=await open_referrals() if decides else None,
        ratings=await low_ratings() if decides else None,
        notifications=await _notifications(me.staff_id),
        channels=await channels_of(me.staff_id),
    )
    await mark_alerts_seen(me.staff_id)
    await mark_read(me.staff_id, None, now=now)
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
        unseen=await count_unseen_alerts(me.staff_id) + await count_unread(me.staff_id),
    )


@post("/notifications/channels", guards=[needs_staff])
async def choose_channels(request: StaffRequest) -> Response[Any]:
    form = await read_form(request)
    chosen: list[NotifyBy] = [channel for channel in NOTIFY_BY if form.get(channel) == "yes"]
    await set_channels(request.user.staff_id, chosen)
    return see_other("/dashboard#notifications")


@post("/ratings/{rating:int}/dealt-with", guards=[needs_supervisor])
async def finish_rating(request: StaffRequest, rating: FromPath[int]) -> Response[Any]:
    await deal_with_rating(rating, staff_id=request.user.staff_id, now=wall_clock.now())
    return see_other("/dashboard#ratings")


async def _notifications(staff_id: int) -> Sequence[NotificationView]:
    """Without levels of clocks, which the page lists as alerts."""
    page = await list_notifications(staff_id, limit=NOTIFICATIONS_SHOWN, kinds=BESIDE_ALERTS)
    return page.items


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_COUNT_DIGITS else 0


router = Router(
    "/",
    route_handlers=[show_dashboard, show_bell, choose_channels, finish_rating],
    include_in_schema=False,
)
