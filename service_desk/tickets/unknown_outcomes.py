"""What became of a message is unknown: somebody decides, and the history says who (DESIGN §2.9)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from service_desk.database import fetch_one, fetch_value, transaction
from service_desk.errors import Conflict, NotFound
from service_desk.jobs import wake
from service_desk.outbox.failed_messages import recently_failed
from service_desk.outbox.queue import DELIVERY_JOBS, OPTED_OUT_SQL
from service_desk.tickets.change import change_ticket, staff_actor

BATCH = 200

# What the carrier never took may be sent again; a new attempt must not be taken for an old one, so
# the count of attempts goes on where one may still be under way.
_AGAIN = f"""
UPDATE outbox SET
    state = CASE WHEN stopped THEN 'suppressed' ELSE 'queued' END,
    next_attempt_at = CASE WHEN NOT stopped THEN $2::timestamptz END,
    attempts = CASE state WHEN 'failed' THEN 0 ELSE attempts END, error = NULL
FROM (SELECT id AS wanted, {OPTED_OUT_SQL} AS stopped FROM outbox WHERE id = $1) AS asked
WHERE id = wanted AND (state = 'unknown' OR (state = 'failed' AND provider_id IS NULL))
RETURNING channel
"""
_SENT = """
UPDATE outbox SET state = 'sent', sent_at = coalesce(sent_at, $2), error = NULL
WHERE id = $1 AND state = 'unknown' RETURNING state
"""


async def resend_message(outbox: int, *, staff_id: int, now: datetime) -> None:
    """Send once more what may have gone out, or what the carrier refused.

    Raises NotFound, and Conflict if somebody else was faster or it did arrive.
    """
    async with _decision(outbox, "message.resent", staff_id, now):
        channel = await fetch_value(_AGAIN, outbox, now)
        await _require_change(channel)
        wake(DELIVERY_JOBS[channel], about=outbox)


async def resend_failed_messages(*, staff_id: int, now: datetime) -> int:
    """Send once more what failed lately and certainly did not go out, the oldest first, a batch.

    Never what may have gone out: that is decided one by one. Returns how many are under way.
    """
    count = 0
    for outbox in await recently_failed(now, limit=BATCH):
        with suppress(Conflict):  # somebody else was faster
            await resend_message(outbox, staff_id=staff_id, now=now)
            count += 1
    return count


async def mark_as_sent(outbox: int, *, staff_id: int, now: datetime) -> None:
    """It went out after all: the customer says so. Raises NotFound, Conflict."""
    async with _decision(outbox, "message.marked_as_sent", staff_id, now):
        await _require_change(await fetch_value(_SENT, outbox, now))


@asynccontextmanager
async def _decision(outbox: int, event: str, staff_id: int, now: datetime) -> AsyncGenerator[None]:
    """The change and its line in the ticket's history, if it is about one."""
    row = await fetch_one(
        "SELECT t.number, o.message FROM outbox o LEFT JOIN ticket t ON t.id = o.ticket "
        "WHERE o.id = $1 AND o.channel <> 'webhook'",
        outbox,
    )
    if row is None:
        raise NotFound("There is no such message.")
    if row["number"] is None:
        async with transaction():
            yield
        return
    async with change_ticket(row["number"], actor=staff_actor(staff_id), now=now) as change:
        yield
        change.record(event, message=row["message"])


async def _require_change(state: str | None) -> None:
    if state is None:
        raise Conflict("It is known by now what became of this message. Load the page again.")
