"""Messages to people that failed, or whose outcome nobody knows: those to decide on first."""

from datetime import datetime, timedelta

from msgspec import Struct

from service_desk.database import fetch, fetch_as, fetch_value
from service_desk.i18n.twilio_codes import RECIPIENT_OPTED_OUT, describe_error
from service_desk.paging import Page, decode_cursor, make_page

# What failed before is stale: it goes out again one by one or not at all.
RECENT = timedelta(days=7)
MAX_COUNTED = 1000

# As in outbox_failed_index. 2: somebody has to decide. 1: the carrier never took it, so it may go
# again. 0: it went out and did not arrive.
_URGENCY = """(CASE WHEN state = 'unknown' THEN 2
    WHEN state = 'failed' AND provider_id IS NULL THEN 1 ELSE 0 END)"""
_FAILED = "state IN ('unknown', 'failed', 'undelivered') AND channel <> 'webhook'"
_RECENTLY_FAILED = f"{_FAILED} AND {_URGENCY} = 1 AND created_at > $1"


class FailedMessage(Struct, frozen=True):
    """One of them. `again`: it may be sent once more, because the carrier has not certainly taken
    it."""

    id: int
    channel: str
    recipient: str
    purpose: str
    state: str
    error: str | None
    number: str | None
    created_at: datetime
    urgency: int

    @property
    def again(self) -> bool:
        return self.urgency > 0


async def list_failed_messages(*, limit: int, after: str | None = None) -> Page[FailedMessage]:
    """Newest first of those that somebody has to decide on, then of those that can go out again.

    Without answers to STOP that the carrier kept back, as it must.
    """
    urgency, id_ = decode_cursor(after, tuple[int, int]) if after is not None else (3, 0)
    rows = await fetch_as(
        FailedMessage,
        f"""
        SELECT o.id, o.channel, o.recipient, o.purpose, o.state, o.error, t.number, o.created_at,
            o.urgency
        FROM (SELECT *, {_URGENCY} AS urgency FROM outbox WHERE {_FAILED}
                AND ({_URGENCY}, id) < ($1, $2)
                AND NOT (purpose = 'answer' AND error IS NOT DISTINCT FROM $3)
                ORDER BY {_URGENCY} DESC, id DESC LIMIT $4) AS o
            LEFT JOIN ticket t ON t.id = o.ticket
        ORDER BY o.urgency DESC, o.id DESC
        """,
        urgency,
        id_,
        describe_error(RECIPIENT_OPTED_OUT),
        limit + 1,
    )
    return make_page(rows, limit, lambda row: (row.urgency, row.id))


async def count_recently_failed(now: datetime) -> int:
    """How many can go out again for sure; MANY at most."""
    return await fetch_value(
        f"SELECT count(*) FROM (SELECT FROM outbox WHERE {_RECENTLY_FAILED} LIMIT {MAX_COUNTED}) AS failed",
        now - RECENT,
    )


async def recently_failed(now: datetime, *, limit: int) -> list[int]:
    """Ids of those that can go out again for sure, oldest first."""
    rows = await fetch(
        f"SELECT id FROM outbox WHERE {_RECENTLY_FAILED} ORDER BY id LIMIT $2", now - RECENT, limit
    )
    return [row["id"] for row in rows]
