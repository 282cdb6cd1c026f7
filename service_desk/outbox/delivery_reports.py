"""Delivery reports: the carrier's status callbacks for messages we sent, in any order."""

from datetime import datetime

from service_desk.contacts.opt_outs import mark_opted_out_by_carrier
from service_desk.database import fetch_one, transaction
from service_desk.i18n.twilio_codes import RECIPIENT_OPTED_OUT, describe_error
from service_desk.jobs import wake
from service_desk.live.publishing import publish_changes
from service_desk.rules.tickets.message_events import NOT_DELIVERED

# By Twilio's status. Statuses that are not listed say nothing new.
STATES_BY_STATUS = {
    "queued": "sent",  # accepted by Twilio: no longer unknown
    "accepted": "sent",
    "scheduled": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}

# Callbacks overtake each other: a state only moves to the right in _STATE_ORDER. A callback without
# news may still be the first with the MessageSid, as for a reply in a webhook's response.
_REPORT = """
WITH found AS MATERIALIZED (
    SELECT id, array_position($6::text[], $3) > array_position($6::text[], state::text) AS news,
        coalesce(sent_at, created_at) AS went_at
    FROM outbox WHERE provider_id = $2 OR (id = $1 AND provider_id IS NULL)
    ORDER BY provider_id NULLS LAST LIMIT 1 FOR UPDATE)
UPDATE outbox SET
    provider_id = coalesce(provider_id, $2),
    state = CASE WHEN news THEN $3 ELSE state END,
    error = CASE WHEN news THEN $4 ELSE error END,
    sent_at = CASE WHEN news THEN coalesce(sent_at, $5) ELSE sent_at END,
    lease_until = CASE WHEN news THEN NULL ELSE lease_until END,
    next_attempt_at = CASE WHEN news THEN NULL ELSE next_attempt_at END
FROM found WHERE outbox.id = found.id AND (news OR provider_id IS NULL)
RETURNING outbox.id, news, went_at, recipient,
    (SELECT number FROM ticket WHERE id = outbox.ticket) AS number
"""
_STATE_ORDER = [
    *("suppressed", "queued", "sending", "unknown"),
    *("sent", "failed", "undelivered", "delivered"),
]


async def record_delivery_report(
    message_sid: str, status: str, *, outbox: int | None, error_code: int | None, now: datetime
) -> bool:
    """Apply one status callback. Returns whether it brought news about a message of ours.

    `outbox`: the row's id from the callback's URL; a callback may arrive before the API's response
    with the MessageSid.
    """
    state = STATES_BY_STATUS.get(status)
    if state is None:
        return False
    error = describe_error(error_code) if error_code else None
    async with transaction():
        row = await fetch_one(_REPORT, outbox, message_sid, state, error, now, _STATE_ORDER)
        if row is None or not row["news"]:
            return False
        if error_code == RECIPIENT_OPTED_OUT:
            await mark_opted_out_by_carrier(row["recipient"], sent_at=row["went_at"], now=now)
        if state in NOT_DELIVERED:
            wake("record_undelivered", about=row["id"])
    if row["number"]:
        await publish_changes(row["number"])
    return True
