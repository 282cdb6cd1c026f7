"""The carrier's delivery reports of the desk's texts: sent, then delivered, to the status callback
of each (https://www.twilio.com/docs/messaging/guides/track-outbound-message-status)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from hashlib import sha256

import httpx
import structlog
from litestar import Litestar

from service_desk.database import DATABASE_ERRORS
from service_desk.demo.phone_book import unreported_texts
from service_desk.demo.signed_webhook import path_of, post_signed
from service_desk.i18n.twilio_codes import STATUS_PATH
from service_desk.rules.messages.sender_address import to_whatsapp
from service_desk.settings import get_settings

DESK_NUMBER = "+8675500000000"
POLL_SECONDS, POLL_SECONDS_IF_DOWN = 0.5, 5.0
MAX_PER_ROUND = 20  # a burst of texts must not keep the desk busy with reports

log = structlog.get_logger()


@asynccontextmanager
async def delivery_reports(app: Litestar) -> AsyncGenerator[None]:
    """In demo mode, report deliveries while the app runs."""
    if not get_settings().demo:
        yield
        return
    stop = asyncio.Event()
    task = asyncio.create_task(_keep_reporting(app, stop))
    try:
        yield
    finally:
        stop.set()  # not cancelled: a report goes through the whole application, and may finish
        await task


async def _keep_reporting(app: Litestar, stop: asyncio.Event) -> None:
    pause = POLL_SECONDS
    while not stop.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await stop.wait()
        try:
            await report_sent_texts(app)
            pause = POLL_SECONDS
        except (httpx.HTTPError, OSError, TimeoutError, *DATABASE_ERRORS) as error:
            pause = POLL_SECONDS_IF_DOWN
            log.warning("the handset cannot report deliveries", error=repr(error))


async def report_sent_texts(app: Litestar) -> int:
    """Report the texts that were sent since; how many there were."""
    texts = await unreported_texts(MAX_PER_ROUND)
    for text in texts:
        await report_delivery(
            app, f"{STATUS_PATH}?outbox={text.id}", text.recipient, whatsapp=text.whatsapp
        )
    return len(texts)


async def report_delivery(app: Litestar, url: str, phone: str, *, whatsapp: bool) -> None:
    """The two callbacks of one text to `phone`. `url`: its statusCallback, from which its id is
    made, so that a repeated report is about the same text."""
    path = path_of(url)
    address = to_whatsapp if whatsapp else str
    sid = f"SM{sha256(path.encode()).hexdigest()[:32]}"
    for status in ("sent", "delivered"):
        fields = {
            "SmsSid": sid,
            "SmsStatus": status,
            "MessageStatus": status,
            "To": address(phone),
            "MessageSid": sid,
            "From": address(DESK_NUMBER),
        }
        await post_signed(app, path, fields)
