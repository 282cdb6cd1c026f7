"""What a member of staff was told."""

from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch_as, fetch_value
from service_desk.paging import Page, decode_cursor, make_page
from service_desk.rows import get_value
from service_desk.rules.messages.vocabulary import NotificationKind, NotifyBy
from service_desk.tables import Staff

MAX_COUNTED = 1000

_LIST = """
SELECT n.id, n.kind, t.number AS ticket, t.subject, n.at, n.read_at, n.sent_by
FROM notification n LEFT JOIN ticket t ON t.id = n.ticket
WHERE n.staff = $1 AND n.id < $2 ORDER BY n.id DESC LIMIT $3
"""
_COUNT_UNREAD = f"""
SELECT count(*) FROM (SELECT FROM notification WHERE staff = $1 AND read_at IS NULL
    LIMIT {MAX_COUNTED}) AS unread
"""


class Notification(Struct, frozen=True):
    """`ticket`: its number; `sent_by`: beside the screen."""

    id: int
    kind: NotificationKind
    ticket: str | None
    subject: str | None
    at: datetime
    read_at: datetime | None
    sent_by: list[NotifyBy]


async def list_notifications(
    staff_id: int, *, limit: int, after: str | None = None
) -> Page[Notification]:
    """Newest first."""
    before = decode_cursor(after, int) if after is not None else (1 << 63) - 1
    rows = await fetch_as(Notification, _LIST, staff_id, before, limit + 1)
    return make_page(rows, limit, lambda row: row.id)


async def channels_of(staff_id: int) -> list[NotifyBy]:
    """Those that the person chose, beside the screen."""
    return list(await get_value(Staff.notify_by, id=staff_id) or [])


async def count_unread(staff_id: int) -> int:
    """MAX_COUNTED at most."""
    return await fetch_value(_COUNT_UNREAD, staff_id)
