"""Server-sent events for open staff pages: "changed", with ticket numbers or "*"."""

import asyncio
from collections.abc import AsyncGenerator

from litestar import Router, get
from litestar.params import FromPath
from litestar.response import ServerSentEvent, ServerSentEventMessage

from service_desk.live.broadcast import BROADCAST
from service_desk.web.access import needs_staff

HEARTBEAT_EVERY = 15.0  # seconds, below the idle timeouts of proxies
MIN_INTERVAL = 0.7  # seconds between two refreshes of a page, however much happens
RETRY_AFTER = 2000  # milliseconds until the browser reconnects


@get("/live/queue", guards=[needs_staff], opt={"unmeasured": True})
async def follow_queue() -> ServerSentEvent:
    return _stream(None)


@get("/live/tickets/{number:str}", guards=[needs_staff], opt={"unmeasured": True})
async def follow_ticket(number: FromPath[str]) -> ServerSentEvent:
    return _stream(number)


def _stream(only: str | None) -> ServerSentEvent:
    return ServerSentEvent(
        _changes(only), headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


async def _changes(only: str | None) -> AsyncGenerator[ServerSentEventMessage]:
    listener = BROADCAST.open(only)
    try:
        yield ServerSentEventMessage(comment="open", retry=RETRY_AFTER)
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_EVERY):
                    await listener.wake.wait()
            except TimeoutError:
                yield ServerSentEventMessage(comment="still here")
                continue
            yield ServerSentEventMessage(event="changed", data=" ".join(listener.drain()))
            await asyncio.sleep(MIN_INTERVAL)
    finally:
        # Await nothing here: after a disconnect it would never run.
        BROADCAST.close(listener)


router = Router("/", route_handlers=[follow_queue, follow_ticket], include_in_schema=False)
