"""Messages of unknown outcome: staff decide, and the history records who (DESIGN §2.9). And answers
that turn out otherwise than when they were written: those that never arrived, so that the ticket's
clocks run on, and those that had waited for a gateway, and count from when they were sent (§2.3).
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import msgspec

from service_desk.database import fetch, fetch_one, fetch_value, transaction
from service_desk.errors import Conflict, NotFound
from service_desk.i18n.delivery_errors import NO_GATEWAY
from service_desk.jobs import wake
from service_desk.outbox.failed_messages import recently_failed
from service_desk.outbox.gateways.missing_gateways import channels_without_gateway
from service_desk.outbox.queue import DELIVERY_JOBS, OPTED_OUT_SQL
from service_desk.principal import SYSTEM, staff_actor
from service_desk.rows import get
from service_desk.rules.tickets.event import EventData
from service_desk.rules.tickets.message_events import (
    ARRIVED,
    NOT_DELIVERED,
    MessageFailed,
    MessageMarkedAsSent,
    MessageResent,
    MessageSentLater,
)
from service_desk.tables import Outbox
from service_desk.tables.conditions import one_of
from service_desk.tickets.change import change_ticket
from service_desk.tickets.messages import notify_about

BATCH = 200

# A failed message can be sent again only if the carrier never accepted it (provider_id). Where an
# attempt may still be under way, the count of attempts goes on, so that a report of the old attempt
# is not mistaken for one of the new.
_RESEND = f"""
UPDATE outbox SET
    state = CASE WHEN opted_out THEN 'suppressed' ELSE 'queued' END,
    next_attempt_at = CASE WHEN NOT opted_out THEN $2::timestamptz END,
    attempts = CASE state WHEN 'failed' THEN 0 ELSE attempts END,
    error = CASE WHEN waits THEN $4 END,
    counted = answers AND NOT waits AND NOT counts_once_sent,
    counts_once_sent = counts_once_sent OR (answers AND waits)
FROM (SELECT id AS resent, opted_out, NOT opted_out AND channel = ANY($3::text[]) AS waits,
          counted OR purpose IN ('reply', 'rating_request') AS answers
      FROM (SELECT *, {OPTED_OUT_SQL} AS opted_out FROM outbox WHERE id = $1) AS row) AS found
WHERE id = resent AND (state = 'unknown' OR (state = 'failed' AND provider_id IS NULL))
RETURNING channel, NOT waits AS counts
"""
_MARK_AS_SENT = """
UPDATE outbox SET state = 'sent', sent_at = coalesce(sent_at, $2), error = NULL
WHERE id = $1 AND state = 'unknown' RETURNING state
"""

NEVER_ARRIVED = f"counted AND outbox.{one_of('state', NOT_DELIVERED)}"
SENT_LATER = f"counts_once_sent AND outbox.{one_of('state', ARRIVED)}"
_DUE = """
SELECT outbox.id, ticket.number FROM outbox JOIN ticket ON ticket.id = outbox.ticket
WHERE {condition} ORDER BY outbox.id LIMIT {limit}
"""
_DUE_NEVER_ARRIVED = _DUE.format(condition=NEVER_ARRIVED, limit=BATCH)
_DUE_SENT_LATER = _DUE.format(condition=SENT_LATER, limit=BATCH)
_TAKE_BACK = f"""
UPDATE outbox SET counted = false WHERE id = $1 AND {NEVER_ARRIVED}
RETURNING message, state, (SELECT author FROM message WHERE id = outbox.message) AS author
"""


_COUNT = f"""
UPDATE outbox SET counted = true, counts_once_sent = false WHERE id = $1 AND {SENT_LATER}
RETURNING message
"""


class TicketMessage(msgspec.Struct, frozen=True):
    """`ticket_number`: None for messages to staff."""

    message: int | None
    ticket_number: str | None


async def resend_message(outbox: int, *, staff_id: int, now: datetime) -> None:
    """Send a message again that may have gone out, or that the carrier refused.

    Raises NotFound, and Conflict if somebody else has decided or the outcome is known by now.
    """
    async with _decision(outbox, staff_id, now) as (message, record):
        resent = await fetch_one(_RESEND, outbox, now, channels_without_gateway(), NO_GATEWAY)
        if resent is None:
            raise _decided()
        record(MessageResent(message, counts=resent["counts"]))
        wake(DELIVERY_JOBS[resent["channel"]], about=outbox)


async def resend_failed_messages(*, staff_id: int, now: datetime) -> int:
    """Send a batch of recently failed messages again, oldest first. Returns how many.

    Messages that may have gone out are left alone: those are decided one by one.
    """
    count = 0
    for outbox in await recently_failed(now, limit=BATCH):
        with suppress(Conflict):  # somebody else has decided
            await resend_message(outbox, staff_id=staff_id, now=now)
            count += 1
    return count


async def mark_as_sent(outbox: int, *, staff_id: int, now: datetime) -> None:
    """For a message that did go out, as the customer says. Raises NotFound, Conflict."""
    async with _decision(outbox, staff_id, now) as (message, record):
        if await fetch_value(_MARK_AS_SENT, outbox, now) is None:
            raise _decided()
        record(MessageMarkedAsSent(message))
        wake("record_undelivered", about=outbox)


@asynccontextmanager
async def _decision(
    outbox: int, staff_id: int, now: datetime
) -> AsyncGenerator[tuple[int | None, Callable[[EventData], None]]]:
    """The id of the message, and what records an event in the history of its ticket, if it is
    about one."""
    sent = await get(
        TicketMessage,
        Outbox,
        Outbox.channel != "webhook",
        columns={"ticket_number": Outbox.ticket.number},
        id=outbox,
    )
    if sent is None:
        raise NotFound("There is no such message.")
    if sent.ticket_number is None:
        async with transaction():
            yield sent.message, lambda _: None
        return
    async with change_ticket(
        sent.ticket_number, actor=staff_actor(staff_id), now=now, merged_too=True
    ) as change:
        yield sent.message, change.record


def _decided() -> Conflict:
    return Conflict("The outcome of this message is known by now. Reload the page.")


async def record_undelivered(now: datetime) -> int:
    """Record a batch of answers that failed or were suppressed after they had counted. Returns how
    many. Whatever moves a message into such a state only has to leave it there."""
    due = await fetch(_DUE_NEVER_ARRIVED)
    for row in due:
        await _record_failed(row["id"], row["number"], now)
    return len(due)


async def record_sent_later(now: datetime) -> int:
    """Record a batch of answers that had waited for a gateway and were sent. Returns how many."""
    due = await fetch(_DUE_SENT_LATER)
    for row in due:
        async with change_ticket(row["number"], actor=SYSTEM, now=now) as change:
            message = await fetch_value(_COUNT, row["id"])
            if message is not None:
                change.record(MessageSentLater(message))
    return len(due)


async def _record_failed(outbox: int, number: str, now: datetime) -> None:
    async with change_ticket(number, actor=SYSTEM, now=now) as change:
        # Under the lock: another worker may have recorded it, or somebody sent it again.
        failed = await fetch_one(_TAKE_BACK, outbox)
        if failed is not None:
            change.record(MessageFailed(failed["message"], failed["state"]))
            await notify_about(change, "message_failed", failed["author"], change.ticket.assignee)
