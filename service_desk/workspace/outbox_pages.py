"""Sending failed messages again, or marking them as sent, from the dashboard or a ticket."""

import re
from typing import Any

from litestar import Response, Router, post
from litestar.params import FromPath

from service_desk import wall_clock
from service_desk.tickets.unknown_outcomes import (
    mark_as_sent,
    resend_failed_messages,
    resend_message,
)
from service_desk.web.access import StaffRequest, needs_staff, needs_supervisor
from service_desk.web.forms import read_form
from service_desk.web.templates import see_other

TICKET_PATH = re.compile(r"/tickets/[0-9]{1,20}")


@post("/outbox/{outbox:int}/send-again", guards=[needs_staff])
async def post_resend(request: StaffRequest, outbox: FromPath[int]) -> Response[Any]:
    await resend_message(outbox, staff_id=request.user.staff_id, now=wall_clock.now())
    return see_other(await _back(request))


@post("/outbox/send-again", guards=[needs_supervisor])
async def post_resend_failed(request: StaffRequest) -> Response[Any]:
    count = await resend_failed_messages(staff_id=request.user.staff_id, now=wall_clock.now())
    return see_other(f"/dashboard?resent={count}#outbox")


@post("/outbox/{outbox:int}/mark-sent", guards=[needs_staff])
async def post_mark_as_sent(request: StaffRequest, outbox: FromPath[int]) -> Response[Any]:
    await mark_as_sent(outbox, staff_id=request.user.staff_id, now=wall_clock.now())
    return see_other(await _back(request))


async def _back(request: StaffRequest) -> str:
    """Where the button was. Any other path could lead off the desk."""
    path = (await read_form(request)).get("back", "")
    return f"{path}#conversation" if TICKET_PATH.fullmatch(path) else "/dashboard#outbox"


router = Router(
    "/",
    route_handlers=[post_resend, post_resend_failed, post_mark_as_sent],
    include_in_schema=False,
)
