"""Sending what is queued in the outbox: never twice by us (DESIGN §2.9).

queued ──take──▶ sending ──▶ sent ──callback──▶ delivered | undelivered | failed
   ▲                │ ├────▶ failed      refused, or tried too often
   └── tried later ─┘ └────▶ unknown     may have gone out: a person decides, we never repeat

What waits in "queued", the first time or again, is "suppressed" once its recipient has opted out.

The intent to send is committed before the network is touched, so that a worker killed in between
leaves a row in "sending" whose lease runs out: nobody knows whether it went. A webhook carries an
id by which its receiver tells a repetition, so what is unknown of one is simply sent again.
"""

import asyncio
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from service_desk.contacts.opt_outs import mark_opted_out_by_carrier
from service_desk.database import fetch, fetch_as, fetch_value, transaction
from service_desk.live.events import publish_changes
from service_desk.outbox.gateway import Gateway, Outcome, Outgoing
from service_desk.outbox.gateways import MESSAGE_CHANNELS, current_gateways
from service_desk.outbox.pace import available_segments, count_fitting, segments_in, spend_segments
from service_desk.outbox.queue import OPTED_OUT_SQL

BATCH = 50
LEASE = timedelta(seconds=90)  # longer than any gateway's time limits together
MAX_ATTEMPTS = 12  # about three hours
FIRST_DELAY, MAX_DELAY = timedelta(seconds=10), timedelta(hours=1)
MAX_ERROR_LENGTH = 300

log = structlog.get_logger()


class _Due(Outgoing, frozen=True, kw_only=True):
    """`stopped`: it is not sent, for its recipient has opted out. `number`: of its ticket."""

    stopped: bool
    number: str | None


async def deliver_due(now: datetime, channels: Sequence[str] = MESSAGE_CHANNELS) -> int:
    """Send up to one batch a channel of what is due. Returns how many rows it settled: 0, nothing
    is due, or the senders keep their pace.

    Any number of workers may run this at once. It ends when the slowest send has ended, so
    channels that must not wait for each other are asked for one by one.
    """
    return sum(await asyncio.gather(*(_deliver(channel, now) for channel in channels)))


async def _deliver(channel: str, now: datetime) -> int:
    ways = current_gateways()
    settled = await fetch(_EXPIRE_LEASES, now, channel)
    if channel in ways.handset:
        settled += await fetch(_HAND_OVER, now, channel, BATCH)
        taken = []
    else:
        taken = await _claim(channel, now, ways.pace.get(channel))
    sent = await asyncio.gather(
        *(_send(due, ways.by_channel[channel], now) for due in taken if not due.stopped)
    )
    numbers = {row["number"] for row in settled} | {due.number for due in taken} | set(sent)
    await publish_changes(*sorted(number for number in numbers if number))
    return len(settled) + len(taken)


async def _claim(channel: str, now: datetime, pace: float | None) -> list[_Due]:
    """What is due of one channel, marked as being sent; no more than its sender's pace allows."""
    if pace is None:
        return await fetch_as(_Due, _CLAIM, now, now + LEASE, channel, BATCH, None)
    async with transaction():
        room = await available_segments(channel, pace, now)
        waiting = await fetch(_WAITING, now, channel, BATCH)
        sizes = [0 if row["stopped"] else segments_in(channel, row["body"]) for row in waiting]
        leaving = count_fitting(sizes, room, pace)
        if not leaving:
            return []
        ids = [row["id"] for row in waiting[:leaving]]
        taken = await fetch_as(_Due, _CLAIM, now, now + LEASE, channel, leaving, ids)
        if segments := sum(segments_in(channel, due.body) for due in taken if not due.stopped):
            await spend_segments(channel, pace, segments, now)
        return taken


async def _send(outgoing: Outgoing, gateway: Gateway, now: datetime) -> str | None:
    """Send one and write down what became of it. Returns the number of its ticket, if any."""
    try:
        outcome = await gateway.send(outgoing)
    except Exception as error:  # a fault of ours must not stop the others
        log.exception("gateway failed", outbox=outgoing.id)
        outcome = Outcome("unknown", error=f"A fault in sending: {error!r}")
    return await record_send_result(outgoing, outcome, now)


async def record_send_result(outgoing: Outgoing, outcome: Outcome, now: datetime) -> str | None:
    """Write down what became of one attempt. Returns the number of the row's ticket, if any.

    A callback may have been faster, or the lease may have run out meanwhile: a callback's word
    stands, and what was unknown no longer is.
    """
    state, next_attempt_at = _next_state(outgoing, outcome, now)
    async with transaction():
        if outcome.opted_out:
            await mark_opted_out_by_carrier(outgoing.recipient, sent=now, now=now)
        return await fetch_value(
            _RECORD,
            outgoing.id,
            outgoing.attempt,
            state,
            next_attempt_at,
            outcome.provider_id,
            outcome.error and outcome.error[:MAX_ERROR_LENGTH],
            now,
        )


def _next_state(outgoing: Outgoing, outcome: Outcome, now: datetime) -> tuple[str, datetime | None]:
    if outcome.kind == "later" and outgoing.attempt < MAX_ATTEMPTS:
        return "queued", now + retry_delay(outgoing.attempt)
    return {"later": "failed", "refused": "failed"}.get(outcome.kind, outcome.kind), None


def retry_delay(attempt: int) -> timedelta:
    """How long to wait after attempt 1, 2, …: doubling, and spread so that a herd disperses."""
    whole = min(FIRST_DELAY * 2 ** (attempt - 1), MAX_DELAY)
    return whole * random.uniform(0.5, 1)


# The handset lives in the same database: taking and sending are one statement, so once is once.
_HAND_OVER = f"""
WITH due AS MATERIALIZED (
    SELECT id, {OPTED_OUT_SQL} AS stopped FROM outbox
    WHERE state = 'queued' AND next_attempt_at <= $1 AND channel = $2
    ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED)
UPDATE outbox SET next_attempt_at = NULL,
    state = CASE WHEN stopped THEN 'suppressed' ELSE 'sent' END,
    sent_at = CASE WHEN NOT stopped THEN $1::timestamptz END,
    attempts = attempts + (NOT stopped)::int
FROM due WHERE outbox.id = due.id
RETURNING (SELECT number FROM ticket WHERE id = outbox.ticket) AS number
"""

_WAITING = f"""
SELECT id, body, {OPTED_OUT_SQL} AS stopped FROM outbox
WHERE state = 'queued' AND next_attempt_at <= $1 AND channel = $2
ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED
"""

_CLAIM = f"""
WITH due AS MATERIALIZED (
    SELECT id, {OPTED_OUT_SQL} AS stopped FROM outbox
    WHERE state = 'queued' AND next_attempt_at <= $1 AND channel = $3
        AND ($5::bigint[] IS NULL OR id = ANY($5))
    ORDER BY next_attempt_at LIMIT $4 FOR UPDATE SKIP LOCKED)
UPDATE outbox SET next_attempt_at = NULL,
    state = CASE WHEN stopped THEN 'suppressed' ELSE 'sending' END,
    error = CASE WHEN NOT stopped THEN error END,
    lease_until = CASE WHEN NOT stopped THEN $2::timestamptz END,
    attempts = attempts + (NOT stopped)::int
FROM due WHERE outbox.id = due.id
RETURNING outbox.id, channel, recipient, subject, body, attempts AS attempt, stopped,
    CASE WHEN stopped THEN (SELECT number FROM ticket WHERE id = outbox.ticket) END AS number,
    coalesce((
    SELECT secret FROM webhook_subscription s
    WHERE s.id = outbox.subscription AND s.deleted_at IS NULL), '') AS secret
"""

_EXPIRE_LEASES = """
UPDATE outbox SET lease_until = NULL,
    state = CASE channel WHEN 'webhook' THEN 'queued' ELSE 'unknown' END,
    next_attempt_at = CASE channel WHEN 'webhook' THEN $1::timestamptz END,
    error = 'The worker stopped while sending this: it may have gone out.'
WHERE id IN (
    SELECT id FROM outbox WHERE state = 'sending' AND lease_until < $1 AND channel = $2
    FOR UPDATE SKIP LOCKED)
RETURNING (SELECT number FROM ticket WHERE id = outbox.ticket) AS number
"""

_RECORD = f"""
WITH row AS MATERIALIZED (
    SELECT id, state IN ('sending', 'unknown') AS open, $3 = 'queued' AND {OPTED_OUT_SQL} AS stopped
    FROM outbox WHERE id = $1 AND attempts = $2 FOR UPDATE)
UPDATE outbox SET
    provider_id = coalesce(provider_id, $5),
    sent_at = CASE WHEN $3 = 'sent' THEN coalesce(sent_at, $7) ELSE sent_at END,
    state = CASE WHEN open AND stopped THEN 'suppressed' WHEN open THEN $3 ELSE state END,
    next_attempt_at = CASE WHEN open AND NOT stopped THEN $4::timestamptz END,
    error = CASE WHEN NOT open THEN error WHEN NOT stopped THEN $6 END,
    lease_until = NULL
FROM row WHERE outbox.id = row.id
RETURNING (SELECT number FROM ticket WHERE id = outbox.ticket) AS number
"""
