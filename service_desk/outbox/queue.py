"""The outbox: every outgoing SMS, e-mail and webhook is a row of the transaction that caused it.

DESIGN §2.9. `delivery.py` sends what is queued here.
"""

from datetime import datetime

from msgspec import Struct

from service_desk.database import DB, fetch_as
from service_desk.i18n.delivery_errors import NO_GATEWAY
from service_desk.jobs import Job, wake
from service_desk.outbox.missing_gateways import channels_without_gateway
from service_desk.rules.messages.vocabulary import MessageChannel, Purpose

MAX_SUBJECT_LENGTH = 200

DELIVERY_JOBS: dict[MessageChannel, Job] = {
    "sms": "deliver_sms",
    "whatsapp": "deliver_whatsapp",
    "email": "deliver_email",
}

OPTED_OUT_SQL = """(channel IN ('sms', 'whatsapp') AND coalesce((
    SELECT opted_out_at IS NOT NULL FROM customer WHERE phone = recipient), false))"""
"""SQL: whether a row is a text to a customer who has opted out. Checked when it is queued and again
before every attempt, as STOP may come in between. (With EXISTS, PostgreSQL would scan all customers
once instead of looking up those of one batch.)"""

# A text to a customer who opted out is kept as a row, to show what was not sent.
_QUEUE = f"""
INSERT INTO outbox (channel, recipient, subject, body, ticket, message, purpose, created_at,
                    state, next_attempt_at, counted, counts_once_sent, error)
SELECT $1, $2, $3, $4, $5, $6, $7, $8::timestamptz,
       CASE WHEN opted_out THEN 'suppressed' ELSE 'queued' END,
       CASE WHEN opted_out THEN NULL ELSE $8::timestamptz END,
       $9 AND NOT opted_out AND $10::text IS NULL, $9 AND NOT opted_out AND $10 IS NOT NULL,
       CASE WHEN NOT opted_out THEN $10 END
FROM (SELECT {OPTED_OUT_SQL} AS opted_out FROM (
          SELECT $1::text AS channel, $2::text AS recipient) AS given) AS checked
RETURNING id, counted AS counts, counts_once_sent AS waits
"""


class Queued(Struct, frozen=True):
    """`counts`: as an answer to the customer; not if it is suppressed. `waits`: it will count, once
    there is a gateway and it was sent."""

    id: int
    counts: bool
    waits: bool


async def queue_message(
    *,
    channel: MessageChannel,
    recipient: str,
    body: str,
    purpose: Purpose,
    now: datetime,
    subject: str = "",
    ticket: int | None = None,
    message: int | None = None,
) -> int:
    """Queue one message, to be sent after the caller's transaction commits. Returns its outbox id.

    `recipient`: E.164 or e-mail address; `ticket`, `message`: ids. A text to a
    customer who opted out becomes a row in state "suppressed".
    """
    queued = await _queue(channel, recipient, subject, body, ticket, message, purpose, now, False)
    return queued.id


async def queue_answer(
    *,
    channel: MessageChannel,
    recipient: str,
    body: str,
    purpose: Purpose,
    now: datetime,
    subject: str,
    ticket: int,
    message: int,
    counts: bool,
) -> Queued:
    """Like `queue_message`. `counts`: it answers the customer, until it finally fails, or without a
    gateway once it is sent (tickets/unknown_outcomes.py)."""
    return await _queue(channel, recipient, subject, body, ticket, message, purpose, now, counts)


async def _queue(
    channel: MessageChannel,
    recipient: str,
    subject: str,
    body: str,
    ticket: int | None,
    message: int | None,
    purpose: Purpose,
    now: datetime,
    counts: bool,
) -> Queued:
    assert DB.current_transaction.get() is not None, "a message is queued in a transaction"
    one_line = " ".join(subject.split())[:MAX_SUBJECT_LENGTH]  # a line break would inject a header
    waits = NO_GATEWAY if channel in channels_without_gateway() else None
    (queued,) = await fetch_as(
        Queued, _QUEUE,
        channel, recipient, one_line, body, ticket, message, purpose, now, counts, waits,
    )  # fmt: skip
    wake(DELIVERY_JOBS[channel], about=queued.id)
    return queued
