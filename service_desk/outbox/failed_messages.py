"""Messages to people that failed or have an unknown outcome, the latter first."""

from datetime import datetime, timedelta

from msgspec import Struct

from service_desk.database import fetch, fetch_as, fetch_value
from service_desk.i18n.delivery_errors import NO_GATEWAY
from service_desk.i18n.twilio_codes import RECIPIENT_OPTED_OUT, describe_error
from service_desk.paging import Page, decode_cursor, make_page
from service_desk.rules.messages.vocabulary import MessageChannel, OutboxState, Purpose

# Older failures are stale: they are resent one by one or not at all.
RECENT = timedelta(days=7)
MAX_COUNTED = 1000

# As in outbox_failed_index. 2: a person has to decide. 1: the carrier never accepted it, so it can
# be resent. 0: it went out and did not arrive.
_URGENCY = """(CASE WHEN state = 'unknown' THEN 2
    WHEN state = 'failed' AND provider_id IS NULL THEN 1 ELSE 0 END)"""
_FAILED = "state IN ('unknown', 'failed', 'undelivered') AND channel <> 'webhook'"
_RECENTLY_FAILED = f"{_FAILED} AND {_URGENCY} = 1 AND created_at > $1"

# Without replies to STOP, which the carrier holds back as it must.
_LIST = f"""
SELECT o.id, o.channel, o.recipient, o.purpose, o.state, o.error, t.number, o.created_at, o.urgency
FROM (SELECT *, {_URGENCY} AS urgency FROM outbox WHERE {_FAILED}
        AND ({_URGENCY}, id) < ($1, $2)
        AND NOT (purpose = 'auto_reply' AND error IS NOT DISTINCT FROM $3)
        ORDER BY {_URGENCY} DESC, id DESC LIMIT $4) AS o
    LEFT JOIN ticket t ON t.id = o.ticket
ORDER BY o.urgency DESC, o.id DESC
"""
_COUNT = f"""
SELECT count(*) FROM (SELECT FROM outbox WHERE {_RECENTLY_FAILED} LIMIT $2) AS failed
"""
_WAITING = """
SELECT count(*) FROM (SELECT FROM outbox WHERE state = 'queued' AND error = $1 LIMIT $2) AS waiting
"""
_RECENT = f"SELECT id FROM outbox WHERE {_RECENTLY_FAILED} ORDER BY id LIMIT $2"


class FailedMessage(Struct, frozen=True):
    """`number`: of its ticket. `urgency`: see _URGENCY."""

    id: int
    channel: MessageChannel
    recipient: str
    purpose: Purpose
    state: OutboxState
    error: str | None
    number: str | None
    created_at: datetime
    urgency: int

    @property
    def can_resend(self) -> bool:
        return self.urgency > 0


async def list_failed_messages(*, limit: int, after: str | None = None) -> Page[FailedMessage]:
    """First those that a person has to decide on, then those that can be resent; newest first."""
    urgency, id_ = decode_cursor(after, tuple[int, int]) if after is not None else (3, 0)
    rows = await fetch_as(
        FailedMessage, _LIST, urgency, id_, describe_error(RECIPIENT_OPTED_OUT), limit + 1
    )
    return make_page(rows, limit, lambda row: (row.urgency, row.id))


async def count_recently_failed(now: datetime) -> int:
    """How many can be resent safely, up to MAX_COUNTED."""
    return await fetch_value(_COUNT, now - RECENT, MAX_COUNTED)


async def count_waiting_messages() -> int:
    """How many wait for a gateway to be set up, up to MAX_COUNTED."""
    return await fetch_value(_WAITING, NO_GATEWAY, MAX_COUNTED)


async def recently_failed(now: datetime, *, limit: int) -> list[int]:
    """Ids of those that can be resent safely, oldest first."""
    rows = await fetch(_RECENT, now - RECENT, limit)
    return [row["id"] for row in rows]
