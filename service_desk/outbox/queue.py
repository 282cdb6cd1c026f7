"""The outbox: every outgoing SMS, e-mail and webhook is a row of the transaction that caused it.

DESIGN §2.9. `delivery.py` sends what is queued here.
"""

from datetime import datetime

from service_desk.database import fetch_value, in_transaction
from service_desk.i18n.delivery_errors import NO_GATEWAY
from service_desk.jobs import Job, wake
from service_desk.outbox.gateways.missing_gateways import channels_without_gateway
from service_desk.rules.messages.vocabulary import MessageChannel, Purpose

MAX_MAIL_SUBJECT = 200

DELIVERY_JOBS: dict[MessageChannel, Job] = {
    "sms": "deliver_sms",
    "whatsapp": "deliver_whatsapp",
    "email": "deliver_email",
}

OPTED_OUT_SQL = """(channel IN ('sms', 'whatsapp') AND coalesce((
    SELECT opted_out_at IS NOT NULL FROM customer WHERE phone = recipient), (
    SELECT opted_out_at IS NOT NULL FROM customer WHERE handle = recipient), false))"""
"""SQL: whether a row is a text to a customer who has opted out. Checked when it is queued and again
before every attempt, as STOP may come in between. (With EXISTS, PostgreSQL would scan all customers
once instead of looking up those of one batch.)"""

# Follows a CTE `to_queue`. `counts`: whether a row answers the customer, until it finally fails,
# or without a gateway once it is sent (tickets/unknown_outcomes.py); `waits`: why it has none. A
# text to a customer who opted out is kept as a row, to show what was not sent.
QUEUE = f"""
INSERT INTO outbox (channel, recipient, subject, body, ticket, message, purpose, created_at,
                    state, next_attempt_at, counted, counts_once_sent, error)
SELECT channel, recipient, subject, body, ticket, message, purpose, at,
       CASE WHEN opted_out THEN 'suppressed' ELSE 'queued' END,
       CASE WHEN opted_out THEN NULL ELSE at END,
       counts AND NOT opted_out AND waits IS NULL, counts AND NOT opted_out AND waits IS NOT NULL,
       CASE WHEN NOT opted_out THEN waits END
FROM (SELECT *, {OPTED_OUT_SQL} AS opted_out FROM to_queue) AS checked
RETURNING id, message, state, error, counted, counts_once_sent
"""
_QUEUE_ONE = f"""
WITH to_queue AS (
    SELECT $1::text AS channel, $2::text AS recipient, $3::text AS subject, $4::text AS body,
        $5::bigint AS ticket, NULL::bigint AS message, $6::text AS purpose, $7::timestamptz AS at,
        false AS counts, $8::text AS waits)
{QUEUE}
"""


async def queue_message(
    *,
    channel: MessageChannel,
    recipient: str,
    body: str,
    purpose: Purpose,
    now: datetime,
    subject: str = "",
    ticket: int | None = None,
) -> int:
    """Queue one message, to be sent after the caller's transaction commits. Returns its outbox id.
    (One that is shown on a ticket: tickets/sending.py.)

    `recipient`: E.164 or e-mail address; `ticket`: its id. A text to a customer who opted out
    becomes a row in state "suppressed".
    """
    assert in_transaction(), "a message is queued in a transaction"
    id_: int = await fetch_value(
        _QUEUE_ONE,
        channel, recipient, one_line(subject), body, ticket, purpose, now, why_it_waits(channel),
    )  # fmt: skip
    wake(DELIVERY_JOBS[channel], about=id_)
    return id_


def one_line(subject: str) -> str:
    """A line break would inject a header."""
    return " ".join(subject.split())[:MAX_MAIL_SUBJECT]


def why_it_waits(channel: MessageChannel) -> str | None:
    """None if there is a gateway."""
    return NO_GATEWAY if channel in channels_without_gateway() else None
