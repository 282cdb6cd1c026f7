"""Sending what is queued in the outbox: never twice by us (DESIGN §2.9).

queued ──claim──▶ sending ──▶ sent ──callback──▶ delivered | undelivered | failed
   ▲                 │ ├────▶ failed      rejected, or out of attempts
   └───── retry ─────┘ └────▶ unknown     may have gone out: a person decides, we never repeat

A queued message, new or to be retried, is "suppressed" once its recipient has opted out.

The intent to send is committed before the network is used. A worker killed in between leaves a row
in "sending" whose lease expires, with an unknown outcome. Webhooks carry an id by which receivers
recognise a repetition, so theirs are simply sent again.
"""

import asyncio
import random
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta

import structlog

from service_desk.contacts.opt_outs import mark_opted_out_by_carrier
from service_desk.database import fetch, fetch_as, fetch_value, transaction
from service_desk.i18n.delivery_errors import NO_GATEWAY
from service_desk.live.publishing import publish_changes
from service_desk.outbox.gateways.channels import current_gateways
from service_desk.outbox.gateways.gateway import Gateway, Outcome, Outgoing
from service_desk.outbox.pace import (
    available_segments,
    count_fitting,
    seconds_until_fitting,
    segments_in,
    spend_segments,
)
from service_desk.outbox.statements import (
    CLAIM,
    DUE,
    EXPIRE_LEASES,
    HAND_OVER,
    RECORD,
    WAIT_FOR_GATEWAY,
)
from service_desk.rules.messages.vocabulary import MESSAGE_CHANNELS, OutboxChannel, OutboxState

BATCH = 50
LEASE = timedelta(seconds=90)  # longer than any gateway's timeouts together
PATIENCE = 1.0  # seconds: a send that takes longer is ended by itself, and holds up nothing else
MAX_IN_FLIGHT = 4 * BATCH
GATEWAY_CHECK = timedelta(minutes=10)  # between looks for a gateway that was missing
MAX_ATTEMPTS = 12  # about three hours
FIRST_DELAY, MAX_DELAY = timedelta(seconds=10), timedelta(hours=1)
MAX_ERROR_LENGTH = 300

log = structlog.get_logger()


class _Due(Outgoing, frozen=True, kw_only=True):
    """`opted_out`: it is suppressed instead of sent. `number`: of its ticket."""

    opted_out: bool
    number: str | None


async def deliver_due(now: datetime, channels: Sequence[OutboxChannel] = MESSAGE_CHANNELS) -> int:
    """Send up to one batch per channel of what is due. Returns how many rows it processed; 0 if
    nothing is due, or if the pace allows nothing now.

    Any number of workers may run this at once. It returns when all sends have ended, or after
    PATIENCE: the slow ones go on, and record their outcome themselves.
    """
    return sum(await asyncio.gather(*(_deliver(channel, now) for channel in channels)))


async def seconds_until_pace_allows(channel: OutboxChannel, now: datetime) -> float | None:
    """The pause until the next message that is due may leave; None if none waits for the pace."""
    gateways = current_gateways()
    pace = gateways.paces.get(channel)
    if pace is None or channel in gateways.handset:
        return None
    async with transaction():
        available = await available_segments(channel, pace, now)
        due = await fetch(DUE, now, channel, 1)
    if not due:
        return None
    size = 0 if due[0]["opted_out"] else segments_in(channel, due[0]["body"])
    return seconds_until_fitting(size, available, pace)


async def _deliver(channel: OutboxChannel, now: datetime) -> int:
    gateways = current_gateways()
    done = await fetch(EXPIRE_LEASES, now, channel)
    claimed: list[_Due] = []
    if channel in gateways.handset:
        done += await fetch(HAND_OVER, now, channel, BATCH)
    elif channel not in gateways.by_channel:
        later = now + GATEWAY_CHECK
        done += await fetch(WAIT_FOR_GATEWAY, now, later, channel, BATCH, NO_GATEWAY)
    elif len(gateways.in_flight) < MAX_IN_FLIGHT:
        claimed = await _claim(channel, now, gateways.paces.get(channel))
    sends = [_send(due, gateways.by_channel[channel], now) for due in claimed if not due.opted_out]
    await _with_patience(sends, gateways.in_flight)
    numbers = {row["number"] for row in done} | {due.number for due in claimed}
    await publish_changes(*sorted(number for number in numbers if number))
    return len(done) + len(claimed)


async def _with_patience(
    sends: Sequence[Coroutine[None, None, None]], in_flight: set[asyncio.Task[None]]
) -> None:
    """Wait for the sends, but not for those that hang."""
    if not sends:
        return
    tasks = [asyncio.create_task(send) for send in sends]
    try:
        _, slow = await asyncio.wait(tasks, timeout=PATIENCE)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        raise
    in_flight |= slow
    for task in slow:
        task.add_done_callback(in_flight.discard)


async def _claim(channel: OutboxChannel, now: datetime, pace: float | None) -> list[_Due]:
    """What is due on one channel, marked as being sent; no more than the pace allows."""
    if pace is None:
        return await fetch_as(_Due, CLAIM, now, now + LEASE, channel, BATCH, None)
    async with transaction():
        available = await available_segments(channel, pace, now)
        due = await fetch(DUE, now, channel, BATCH)
        sizes = [0 if row["opted_out"] else segments_in(channel, row["body"]) for row in due]
        fitting = count_fitting(sizes, available, pace)
        if not fitting:
            return []
        ids = [row["id"] for row in due[:fitting]]
        claimed = await fetch_as(_Due, CLAIM, now, now + LEASE, channel, fitting, ids)
        if segments := sum(segments_in(channel, one.body) for one in claimed if not one.opted_out):
            await spend_segments(channel, pace, segments, now)
        return claimed


async def _send(outgoing: Outgoing, gateway: Gateway, now: datetime) -> None:
    """Send one message, record the outcome and tell the pages that show its ticket."""
    try:
        outcome = await gateway.send(outgoing)
    except Exception as error:  # a bug in a gateway must not stop the other messages
        log.exception("gateway failed", outbox=outgoing.id)
        outcome = Outcome("unknown", error=f"Error while sending: {error!r}")
    if (number := await record_send_result(outgoing, outcome, now)) is not None:
        await publish_changes(number)


async def record_send_result(outgoing: Outgoing, outcome: Outcome, now: datetime) -> str | None:
    """Record the outcome of one attempt. Returns the number of the row's ticket, if any.

    A callback may have been faster, and keeps its state; if the lease has expired meanwhile,
    "unknown" is replaced by what is known now.
    """
    state, next_attempt_at = _next_state(outgoing, outcome, now)
    async with transaction():
        if outcome.opted_out:
            await mark_opted_out_by_carrier(outgoing.recipient, sent_at=now, now=now)
        return await fetch_value(
            RECORD,
            outgoing.id,
            outgoing.attempt,
            state,
            next_attempt_at,
            outcome.provider_id,
            outcome.error and outcome.error[:MAX_ERROR_LENGTH],
            now,
        )


def _next_state(
    outgoing: Outgoing, outcome: Outcome, now: datetime
) -> tuple[OutboxState, datetime | None]:
    match outcome.kind:
        case "retry" if outgoing.attempt < MAX_ATTEMPTS:
            return "queued", now + retry_delay(outgoing.attempt)
        case "retry" | "rejected":
            return "failed", None
        case "sent" | "unknown":
            return outcome.kind, None


def retry_delay(attempt: int) -> timedelta:
    """The pause after attempt 1, 2, …: doubling, with jitter so that retries spread out."""
    delay = min(FIRST_DELAY * 2 ** (attempt - 1), MAX_DELAY)
    return delay * random.uniform(0.5, 1)  # noqa: S311 - no secret
