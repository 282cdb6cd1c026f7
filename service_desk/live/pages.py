"""Server-sent events for open staff pages: "changed", with ticket numbers or "*"."""

import asyncio
from collections.abc import AsyncGenerator

from litestar import Router, get
from litestar.params import FromPath
from litestar.response import ServerSentEvent, ServerSentEventMessage

from service_desk.live.broadcast import BROADCAST, Listener
from service_desk.staff.authentication import identify_caller
from service_desk.web.access import StaffRequest, needs_staff

HEARTBEAT_EVERY = 15.0  # seconds, below the idle timeouts of proxies
MIN_INTERVAL = 0.7  # seconds between two refreshes of a page, however much happens
RETRY_AFTER = 2000  # milliseconds until the browser reconnects


@get("/live/queue", guards=[needs_staff], opt={"unmeasured": True})
async def follow_queue(request: StaffRequest) -> ServerSentEvent:
    return _stream(request, None)


@get("/live/tickets/{number:str}", guards=[needs_staff], opt={"unmeasured": True})
async def follow_ticket(request: StaffRequest, number: FromPath[str]) -> ServerSentEvent:
    return _stream(request, number)


def _stream(request: StaffRequest, only: str | None) -> ServerSentEvent:
    return ServerSentEvent(
        _changes(request, only),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _changes(
    request: StaffRequest, only: str | None
) -> AsyncGenerator[ServerSentEventMessage]:
    """Until the session ends: by log-out, or by time."""
    listener = BROADCAST.open(only)
    try:
        yield ServerSentEventMessage(comment="open", retry=RETRY_AFTER)
        while True:
            message = await _next_message(listener)
            if await identify_caller(request) is None:
                return
            yield message
            await asyncio.sleep(MIN_INTERVAL)
    finally:
        # Await nothing here: after a disconnect it would never run.
        BROADCAST.close(listener)


async def _next_message(listener: Listener) -> ServerSentEventMessage:
    try:
        async with asyncio.timeout(HEARTBEAT_EVERY):
            await listener.wake.wait()
    except TimeoutError:
        return ServerSentEventMessage(comment="still here")
    return ServerSentEventMessage(event="changed", data=" ".join(listener.drain()))


router = Router("/", route_handlers=[follow_queue, follow_ticket], include_in_schema=False)
