"""REST of what the caller was notified of (DESIGN §3)."""

from typing import Annotated

from litestar import Router, get, post
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta, Struct

from service_desk import wall_clock
from service_desk.input_types import MAX_ID
from service_desk.notifications.operations import mark_read
from service_desk.notifications.queries import NotificationView, list_notifications
from service_desk.paging import DEFAULT_LIMIT, Page
from service_desk.web.access import StaffRequest, needs_scope
from service_desk.web.query_parameters import After, Limit


class ReadInput(Struct, frozen=True, forbid_unknown_fields=True):
    """Without `ids`: all."""

    ids: list[Annotated[int, Meta(ge=1, le=MAX_ID)]] | None = None


class ReadResult(Struct, frozen=True):
    """How many were unread."""

    read: int


@get("/", operation_id="list_notifications", guards=[needs_scope("tickets:read")])
async def show_notifications(
    request: StaffRequest,
    limit: Limit = DEFAULT_LIMIT,
    after: After = None,
) -> Page[NotificationView]:
    """What the caller was notified of, newest first."""
    return await list_notifications(request.user.staff_id, limit=limit, after=after)


@post(
    "/read",
    operation_id="read_notifications",
    guards=[needs_scope("tickets:read")],
    status_code=HTTP_200_OK,
)
async def read_notifications(request: StaffRequest, data: JSONBody[ReadInput]) -> ReadResult:
    read = await mark_read(request.user.staff_id, data.ids, now=wall_clock.now())
    return ReadResult(read)


router = Router(
    "/notifications",
    route_handlers=[show_notifications, read_notifications],
    tags=["Notifications"],
)
